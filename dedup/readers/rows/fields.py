"""Fields of rows, found by their names.

Knows: how a name with dots is read, and how a date is written. Does not know: JSON, Parquet, which
field is wanted.

A name with dots is a path: ``metadata.url`` is the field ``url`` in the object ``metadata``. If a
row has a field with exactly this name, dots included, that field is taken instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

#: The most fields that a message lists, and the most characters of a name that it shows.
_NAMED, _CHARACTERS = 8, 40

#: A date that is a number from the first on is in units of a second by the second: nanoseconds,
#: microseconds, milliseconds.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))

#: A number of seconds or milliseconds that was written as text.
_EPOCH = re.compile(r"[0-9]{9,10}(?:[0-9]{3})?(?:\.[0-9]+)?", re.ASCII)

#: Ten digits that are a year, month, day and hour, such as 2026010203, and no number of seconds.
_COMPACT = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-2][0-9]")


def value_of(row: Mapping[str, Any], name: str) -> tuple[bool, Any]:
    """Give whether a row has a field, and the value of the field.

    >>> value_of({"doc": {"text": "a"}, "doc.n": 1}, "doc.text")
    (True, 'a')
    >>> value_of({"doc": {"n": 2}, "doc.n": 1}, "doc.n"), value_of({}, "doc")
    ((True, 1), (False, None))
    """
    if name in row:
        return True, row[name]
    for head, rest in splits(name):
        inside = row.get(head)
        if isinstance(inside, Mapping):
            has, value = value_of(inside, rest)
            if has:
                return True, value
    return False, None


def splits(name: str) -> Iterator[tuple[str, str]]:
    """Split a name at each of its dots in turn: (the outer field, the path within it)."""
    at = name.find(".")
    while at >= 0:
        yield name[:at], name[at + 1 :]
        at = name.find(".", at + 1)


def names_of(row: Mapping[str, Any]) -> list[str]:
    """List the fields of a row, and those of the objects in it by their paths (``a.b``)."""
    found = []
    for name, value in row.items():
        found.append(name)
        if isinstance(value, Mapping):
            found += [f"{name}.{each}" for each in value]
    return found


def listed(names: list[str]) -> str:
    """List the names of fields for a message."""
    shown = ", ".join(repr(each[:_CHARACTERS]) for each in names[:_NAMED])
    return (shown + (", ..." if len(names) > _NAMED else "")) or "none"


def written_date(value: object) -> str | None:
    """Give the date in a field as text. A number of seconds since 1970 becomes ISO 8601.

    Numbers of milliseconds, microseconds and nanoseconds are recognised by their size. A text that
    is no date is given unchanged; a caller that needs a date refuses it. The answer is None for
    null, true, false, a list and an object.

    >>> written_date(1714557600), written_date(1714557600000.0), written_date("1714557600")
    ('2024-05-01T10:00:00+00:00', '2024-05-01T10:00:00+00:00', '2024-05-01T10:00:00+00:00')
    >>> written_date("2024-05-01"), written_date(None), written_date(True)
    ('2024-05-01', None, None)
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _since_1970(value)
    if isinstance(value, str):
        text = value.strip()
        if _EPOCH.fullmatch(text) and not _COMPACT.fullmatch(text):
            return _since_1970(float(text))
        return value
    if isinstance(value, dict | list):
        return None
    return str(value)


def _since_1970(number: float) -> str:
    unit = next((unit for least, unit in _UNITS if abs(number) >= least), 1.0)
    try:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / unit)).isoformat()
    except (OverflowError, ValueError):
        return str(number)
