"""The settings of the Scrapy pipeline: their names, the values they accept, their defaults.

Knows: the settings ``DEDUP_*``. Does not know: Scrapy, except that its settings are read by name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dedup.errors import ConfigError, RecipeMismatch
from dedup.index import Index
from dedup.integrations.repeats import REVISITS, check_revisits
from dedup.segment import markups, segmenter

PREFIX = "DEDUP_"

#: What may be done with an item that repeats other items.
ACTIONS = ("drop_item", "drop_paragraphs", "annotate")

#: "drop_item" drops an item if at least this share of its words stands in copies.
_SHARE = 0.5

_SOURCE = "Scrapy settings"


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """The settings of a pipeline, checked.

    index: a file, a URL or ":memory:". options: the arguments of ``Index`` that were given.
    annotate: the field that receives the matches, or None. drop_share: the share of copied words
    from which on an item is dropped, or None if no item is.
    """

    index: str
    options: dict[str, Any]
    fields: tuple[str, ...]
    key: str
    action: str
    annotate: str | None
    drop_share: float | None
    markup: str
    revisits: str


def read_settings(settings: Mapping[str, Any]) -> PipelineSettings:
    """Read the settings ``DEDUP_*``. Raises ConfigError, naming a setting that can't be used."""
    given = {
        name.removeprefix(PREFIX): _converted(name, settings[name])
        for name in map(str, settings)
        if name.startswith(PREFIX) and settings[name] is not None
    }
    options = {name.lower(): value for name, value in given.items() if name in _OF_INDEX}
    _try(options)
    action = given.get("ACTION", "drop_paragraphs")
    share = given.get("DROP_SHARE", _SHARE if action == "drop_item" else None)
    if share is not None and action == "annotate":
        raise wrong("DROP_SHARE", f"is {share}, but DEDUP_ACTION = 'annotate' drops nothing")
    jobdir = settings.get("JOBDIR")
    return PipelineSettings(
        given.get("INDEX", str(Path(jobdir, "dedup.db")) if jobdir else ":memory:"),
        options,
        given.get("FIELDS", ("text",)),
        given.get("KEY", "url"),
        action,
        given.get("ANNOTATE", "dedup" if action == "annotate" else None),
        share,
        given.get("MARKUP", "auto"),
        given.get("REVISITS", "remove"),
    )


def open_index(settings: PipelineSettings) -> Index:
    """Open the index. Raises ConfigError, naming a setting that differs from those of the file."""
    try:
        return Index(settings.index, **settings.options)
    except RecipeMismatch as error:
        own, asked = error.expected, error.found
        name = next(each for each in asked if asked[each] != own[each])
        raise wrong(
            name.upper(),
            f"is {asked[name]!r}, but the index {settings.index} was made with {own[name]!r}",
            "leave the setting out, or take another DEDUP_INDEX",
        ) from error
    except ValueError as error:
        raise _of_index(error, settings.options) from error


def wrong(name: str, reason: str, remedy: str = "") -> ConfigError:
    """Make the error about a setting. name: without the prefix."""
    return ConfigError(_SOURCE, None, PREFIX + name if name else "", reason, remedy)


def _converted(name: str, value: object) -> Any:  # noqa: ANN401 - of many types
    short = name.removeprefix(PREFIX)
    convert = _CONVERT.get(short)
    if convert is None:
        near = difflib.get_close_matches(short, _CONVERT, 1)
        known = ", ".join(PREFIX + each for each in _CONVERT)
        raise wrong(
            short,
            "there is no such setting",
            f"did you mean {PREFIX}{near[0]}?" if near else f"there are {known}",
        )
    try:
        return convert(value)
    except (TypeError, ValueError) as error:
        raise wrong(short, f"is {value!r}", f"it must be {_MUST[short]}") from error


def _try(options: dict[str, Any]) -> None:
    """Raise ConfigError for wrong arguments of ``Index``, by opening an index in memory."""
    anywhere = {name: value for name, value in options.items() if name not in ("durable", "ttl")}
    try:
        Index(":memory:", **anywhere).close()
    except (TypeError, ValueError) as error:
        raise _of_index(error, options) from error


def _of_index(error: Exception, options: dict[str, Any]) -> ConfigError:
    """Turn an error about an argument of ``Index``, whose name it begins with, into ConfigError."""
    name, _, reason = str(error).partition(" ")
    return wrong(name.upper(), reason) if name in options else wrong("", str(error))


def _text(value: object) -> str:
    if not isinstance(value, str | Path) or not str(value):
        raise TypeError
    return str(value)


def _names(value: object) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
        raise TypeError
    found = tuple(each.strip() for each in names)
    if not all(found) or len(set(found)) < max(len(found), 1):
        raise ValueError
    return found


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError
    return float(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError
    return int(value)


def _share(value: object) -> float:
    share = _number(value)
    if not 0.0 < share <= 1.0:
        raise ValueError
    return share


def _flag(value: object) -> bool:
    known = {"1": True, "true": True, "0": False, "false": False}
    found = known.get(str(value).lower())
    if found is None:
        raise ValueError
    return found


def _action(value: object) -> str:
    if value not in ACTIONS:
        raise ValueError
    return str(value)


def _markup(value: object) -> str:
    segmenter(str(value))
    return str(value)


def _revisits(value: object) -> str:
    check_revisits(str(value))
    return str(value)


def _any_of(names: object) -> str:
    return "one of " + ", ".join(map(repr, names))  # type: ignore[call-overload]


_FLAG = "True or False"

#: For every setting, the function that reads it, and what it must be.
_KNOWN: dict[str, tuple[Callable[[object], Any], str]] = {
    "INDEX": (_text, "a path, a URL or ':memory:'"),
    "FIELDS": (_names, "names of fields, as a list or separated by commas, each once"),
    "KEY": (_text, "the name of a field"),
    "ACTION": (_action, _any_of(ACTIONS)),
    "ANNOTATE": (_text, "the name of a field"),
    "DROP_SHARE": (_share, "a number above 0 and at most 1"),
    "MARKUP": (_markup, _any_of(markups.names())),
    "REVISITS": (_revisits, _any_of(REVISITS)),
    "THRESHOLD": (_number, "a number above 0 and at most 1"),
    "RECALL": (_number, "a number above 0 and below 1"),
    "TOKENS": (_text, "'words' or 'chars'"),
    "MIN_TOKENS": (_whole, "a whole number, 0 or more"),
    "VARIANTS": (_text, "'report', 'remove' or 'ignore'"),
    "EXPECTED": (_whole, "a whole number, 1 or more"),
    "STORE_TEXTS": (_flag, _FLAG),
    "DURABLE": (_flag, _FLAG),
    "TTL": (_whole, "a whole number of seconds"),
}

_CONVERT = {name: convert for name, (convert, _) in _KNOWN.items()}
_MUST = {name: must for name, (_, must) in _KNOWN.items()}

#: The settings that are arguments of ``Index``.
_OF_INDEX = (
    *("THRESHOLD", "RECALL", "TOKENS", "MIN_TOKENS", "VARIANTS", "EXPECTED"),
    *("STORE_TEXTS", "DURABLE", "TTL"),
)
