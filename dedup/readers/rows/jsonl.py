r"""Read documents from JSON Lines.

Knows: lines, JSON objects, which field is the text, and where in a line it stands. Does not know:
packings, markup, what is done with a document.

A line ends only with ``\n``, so U+2028 and the like stay in the text. A byte-order mark may stand
before any line, because files may have been joined; the lines behind it are in its encoding. If an
object has a field twice the last one counts, as in Python and in browsers. Numbers may be of any
size, because only those of dates are converted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import islice
from json.scanner import make_scanner
from typing import BinaryIO, NamedTuple

import orjson

from dedup.files import unreadable
from dedup.paragraph import Document, Extent, Skipped
from dedup.readers import bounds
from dedup.readers.byte_streams import CHUNK, damage_of, open_unpacked
from dedup.readers.containers import Shard
from dedup.readers.file import Unfit
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged, Record
from dedup.readers.rows.fields import listed, names_of, splits, value_of, written_date
from dedup.readers.rows.lines import EncodedLines

#: Lines at the beginning of a file in which ``first_fields`` looks for an object.
_LOOK = 100

_SPACE = " \t\n\r"
_plain = json.JSONDecoder()
_scan = make_scanner(_plain)  # type: ignore[arg-type]  # typeshed knows no other decoder
# Python refuses to convert numbers of more than 4,300 digits, so this decoder leaves them as text.
_careful = json.JSONDecoder(parse_int=str, parse_float=str)

_FLAT = frozenset((str, int, float, bool, type(None)))

_TYPES = {dict: "an object", list: "a list", str: "a string", bool: "true or false"}


class NoText(Unfit):
    """No row of a file has the field or column that holds the text."""


class Line(NamedTuple):
    """A line as it stands, and its document.

    A byte-order mark is a line of its own here, and a line that is too long comes in pieces.

    found: the document, or a Skipped for one that could not be read. None for a blank line, for a
        mark, and for the later pieces of a long line.
    encoding: Python's name for the encoding of the line.
    """

    raw: bytes
    found: Document | Skipped | None
    encoding: str = "utf-8"


def read(
    shard: Shard, options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Skipped]:
    """Read the documents of one file of JSON Lines, one line in memory at a time.

    Raises:
        NoText: no row has the field of the text.
        InputError: the file can't be opened.

    Cost: 6 us a row and 5 ns a byte.
    """
    for line in lines(shard, options, stdin):
        if line.found is not None:
            yield line.found


def lines(shard: Shard, options: ReadOptions, stdin: BinaryIO | None = None) -> Iterator[Line]:
    """Read all lines with their documents. Joined, the lines are the unpacked file."""
    path, limit = shard.path, options.longest
    reader = _LineParser(path, options)
    with open_unpacked(path, shard.packing, stdin, shard.meter) as stream:
        number = 0
        source = EncodedLines(stream, options.encoding)
        try:
            while raw := source.read(limit + 1):
                if source.is_mark:
                    yield Line(raw, None, source.encoding)
                    continue
                number += 1
                if len(raw) > limit and not source.ended:
                    reason = f"a line of more than {limit:,} bytes{options.beyond()}"
                    yield Line(raw, Damaged(path, reason, f"line {number}"), source.encoding)
                    while not source.ended and (raw := source.read(CHUNK)):
                        yield Line(raw, None, source.encoding)
                else:
                    yield Line(raw, reader.read(raw, number, source.encoding), source.encoding)
        except OSError as error:
            raise unreadable(path, error) from error
        if damage := damage_of(stream):
            yield Line(b"", Damaged(path, damage, f"after line {number}", Extent.FILE))
        elif not number:
            yield Line(b"", Skipped(path, "empty"))
    reader.require_text()


def first_fields(shard: Shard, options: ReadOptions) -> list[str]:
    """List the fields of the first row; fields within an object by their paths (``a.b``)."""
    with open_unpacked(shard.path, shard.packing) as stream:
        source = EncodedLines(stream, options.encoding)
        for raw in islice(iter(lambda: source.read(options.longest + 1), b""), _LOOK):
            try:
                row = _careful.decode(raw.decode(source.encoding, "replace"))
            except (ValueError, RecursionError):
                continue
            if isinstance(row, dict):
                return names_of(row)
    return []


def _decoded(line: str) -> object:
    """Decode a line of JSON, without its line end. Raises as ``JSONDecoder.decode``.

    An object that begins and ends a line is decoded without looking for white space around it.
    """
    if line.startswith("{") and line.endswith("}\n"):
        try:
            row, end = _scan(line, 0)
        except (StopIteration, ValueError, RecursionError):
            end = 0  # what is wrong is said below
        if end == len(line) - 1:
            return row
    return _plain.decode(line.rstrip("\r\n"))


def _usual(line: bytes, numbers: tuple[str, ...]) -> dict[str, object] | None:
    """Decode a line of JSON in UTF-8 that is like most; None for any other.

    It is an object without lists and objects in it, and without floats in the fields ``numbers``.
    orjson takes a third of the time, but it reads deeper objects than Python does, and whole
    numbers of more than 64 bits as floats.
    """
    try:
        row = orjson.loads(line)
    except ValueError:
        return None
    if type(row) is not dict:
        return None
    kinds = {*map(type, row.values())}
    if not kinds <= _FLAT or (float in kinds and any(type(row.get(k)) is float for k in numbers)):
        return None
    return row


class _LineParser:
    """Makes documents of lines, and notices if no line has a text."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        self.path = path
        self.options = options
        self._room = options.room
        self._numbers = (options.id_field or "id", options.date_field)
        self.previous: str | None = None
        self.without = 0  # rows without the field of the text; -1 once a row has it
        self.fields = ""

    def read(self, raw: bytes, number: int, encoding: str) -> Document | Skipped | None:
        """Read one line; None if it is blank."""
        if not bounds.is_small(len(raw), self._room):
            size = bounds.of_row(raw)
            if size > self._room:
                return self._damaged(number, self.options.too_large(size))
        usual = _usual(raw, self._numbers) if encoding == "utf-8" else None
        row = self._row(raw, number, encoding) if usual is None else usual
        if not isinstance(row, dict):
            return row
        has, text = value_of(row, self.options.text_field)
        if isinstance(text, str):
            self.without = -1
            return self._document(row, text, number)
        if has:
            self.without = -1
            return self._damaged(
                number, f"its field {self.options.text_field!r} is {_type_of(text)}"
            )
        return self._without_text(row, number)

    def _row(self, raw: bytes, number: int, encoding: str) -> dict[str, object] | Damaged | None:
        """Decode a line of any form; None if it is blank."""
        try:
            line = raw.decode(encoding, self.options.errors)
        except UnicodeDecodeError as error:
            reason = f"byte {error.start} is not {encoding} ({error.reason})"
            return self._damaged(number, reason)
        try:
            row = _decoded(line)
        except (ValueError, RecursionError) as error:
            if not line.strip(_SPACE):
                return None
            if isinstance(error, json.JSONDecodeError):
                return self._damaged(number, f"not JSON: {error.msg}, column {error.colno}")
            if isinstance(error, RecursionError):
                return self._damaged(number, "not read: nested too deeply")
            row = _careful.decode(line.rstrip("\r\n"))
        if not isinstance(row, dict):
            return self._damaged(number, f"{_type_of(row)} instead of an object")
        return row

    def _document(self, row: dict[str, object], text: str, number: int) -> Record:
        options = self.options
        (_, url), (_, date) = value_of(row, options.url_field), value_of(row, options.date_field)
        url = url if isinstance(url, str) else None
        _, name = value_of(row, options.id_field or "id")
        record = name_of_row(name, url, self.previous, f"line {number}")
        self.previous = record
        date = written_date(date)
        return Record(text, self.path, record, number, url, date, identified=bool(id_of(name)))

    def _without_text(self, row: dict[str, object], number: int) -> Damaged:
        field = self.options.text_field
        self.fields = listed(names_of(row))
        if self.without >= 0:
            self.without += 1
        return self._damaged(number, f"no field {field!r}; it has {self.fields}")

    def require_text(self) -> None:
        """Raise NoText if rows were read and none had the field of the text."""
        if self.without > 0:
            raise NoText(
                self.path,
                f"no row has a field {self.options.text_field!r}; they have {self.fields}",
                "name the field that holds the text with --text-field",
            )

    def _damaged(self, number: int, reason: str) -> Damaged:
        return Damaged(self.path, reason, f"line {number}")


def name_of_row(name: object, url: str | None, previous: str | None, place: str) -> str:
    """Name a row for people by its id, its URL or its place.

    Args:
        previous: the name of the row before. A row with the same name gets its place added.
    """
    found = id_of(name) or url or place
    return f"{found} ({place})" if found == previous else found


def id_of(value: object) -> str:
    """Give the value of a field as an id; "" for a value that is none, such as a list."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _type_of(value: object) -> str:
    return "null" if value is None else _TYPES.get(type(value), "a number")


def span_of(line: str, field: str, sound: bool = False) -> tuple[int, int] | None:
    r"""Find where the value of a field stands in a line of JSON; None if the field isn't there.

    The field is found as by ``fields.value_of``. If the object has it twice, the last one counts.

    Args:
        sound: whether the line is known to be valid, so that its strings needn't be parsed again.

    >>> line = '{"a": {"text": 1}, "text": "x\\n"}'
    >>> start, end = span_of(line, "text")
    >>> line[start:end]
    '"x\\n"'
    """
    at = _after_space(line, 1 if line.startswith("\ufeff") else 0)
    return _span_in(line, field, at, _end_of_sound if sound else _end_of)


def _end_of(line: str, at: int) -> int:
    """Find the end of a value."""
    return _careful.raw_decode(line, at)[1]


def _end_of_sound(line: str, at: int) -> int:
    """Find the end of a value in a valid line; of a string by its quotes alone."""
    if line[at] != '"':
        return _end_of(line, at)
    end = line.index('"', at + 1)
    while line[end - 1] == "\\" and _is_escaped(line, end):
        end = line.index('"', end + 1)
    return end + 1


def _is_escaped(line: str, at: int) -> bool:
    """Say whether an odd number of backslashes stands before a position."""
    first = at
    while line[first - 1] == "\\":
        first -= 1
    return (at - first) % 2 == 1


def _span_in(
    line: str, field: str, at: int, end_of: Callable[[str, int], int]
) -> tuple[int, int] | None:
    """Find the value of a field in the object that begins at a position."""
    outer = dict(splits(field))
    spans: dict[str, tuple[int, int]] = {}
    while line[at] != "}":
        at = _after_space(line, at + 1)
        if line[at] == "}":
            break
        key, at = _careful.raw_decode(line, at)
        start = _after_space(line, line.index(":", at) + 1)
        end = end_of(line, start)
        if key == field or key in outer:
            spans[key] = (start, end)
        at = _after_space(line, end)
    if field in spans:
        return spans[field]
    for name, rest in outer.items():
        if name in spans and line[spans[name][0]] == "{":
            found = _span_in(line, rest, spans[name][0], end_of)
            if found:
                return found
    return None


def _after_space(line: str, at: int) -> int:
    while line[at : at + 1] in _SPACE and at < len(line):
        at += 1
    return at
