"""Parquet to documents.

Knows: row groups, columns, which types hold text. Does not know: markup, packings (pyarrow does).

A file is read a few rows at a time, and of each row group no more than that, if its pages are of
usual size; a damaged row group is passed over, told with its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from dedup.errors import InputError, MissingExtra
from dedup.paragraph import Document, Skipped
from dedup.readers.containers import Shard
from dedup.readers.file import STDIN, unreadable
from dedup.readers.jsonl import NoText, fields_of, name_of_row
from dedup.readers.options import Options
from dedup.readers.record import Damaged, Record
from dedup.readers.streams import open_raw

if TYPE_CHECKING:
    from pyarrow import DataType, RecordBatch, Schema
    from pyarrow.parquet import ParquetFile

#: Rows in memory at once, fewer where they are long, and the bytes that a file is read by.
ROWS = 1_000
_BATCH = 8 << 20
_BUFFER = 1 << 20


class Group(NamedTuple):
    """A row group: its place from 0, the rows before it and its own, its bytes as unpacked."""

    place: int
    before: int
    rows: int
    size: int = 0

    @property
    def batch(self) -> int:
        """How many of its rows are held in memory at once."""
        return max(1, min(ROWS, _BATCH * self.rows // max(self.size, 1)))


def read(shard: Shard, options: Options, stdin: BinaryIO | None) -> Iterator[Document | Skipped]:
    """Read the documents of one file, ``ROWS`` rows in memory at a time.

    Raises NoText where there is no such column of text, InputError where the file can't be opened,
    MissingExtra. Cost: 4 us a row and 2 ns a byte.
    """
    if shard.path == STDIN:
        raise InputError(shard.path, "Parquet can't be read from standard input", "name a file")
    with open_raw(shard.path, stdin) as raw:
        file = opened(raw, shard.path)
        if isinstance(file, Damaged):
            yield file
            return
        reader = Rows(file.schema_arrow, shard.path, options)
        for group in groups(file):
            yield from _read_group(file, group, reader)


def _read_group(file: ParquetFile, group: Group, reader: Rows) -> Iterator[Document | Skipped]:
    number = group.before
    for batch in batches(file, group, reader.path, reader.columns):
        if isinstance(batch, Damaged):
            yield batch
            return
        yield from reader.read(batch, number)
        number += batch.num_rows


def pyarrow(module: str = "") -> ModuleType:
    """Give the package that reads Parquet, or a module of it. Raises MissingExtra."""
    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError as error:
        raise MissingExtra("pyarrow", "parquet") from error


def opened(raw: BinaryIO, path: str) -> ParquetFile | Damaged:
    """Open a file of Parquet; gives Damaged where it isn't one, or its end is missing."""
    parquet = pyarrow("parquet")
    try:
        return parquet.ParquetFile(raw, buffer_size=_BUFFER, pre_buffer=False)
    except (pyarrow().ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise unreadable(path, error) from error
        return Damaged(path, f"not Parquet, or cut short: {_first_line(error)}")


def groups(file: ParquetFile) -> Iterator[Group]:
    """List the row groups of a file."""
    before = 0
    for place in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(place)
        yield Group(place, before, group.num_rows, group.total_byte_size)
        before += group.num_rows


def batches(
    file: ParquetFile, group: Group, path: str, columns: list[str] | None
) -> Iterator[RecordBatch | Damaged]:
    """Read the rows of a row group; where it is damaged, Damaged comes last."""
    place = f"rows {group.before + 1}-{group.before + group.rows}"
    try:
        yield from file.iter_batches(group.batch, row_groups=[group.place], columns=columns)
    except (pyarrow().ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise unreadable(path, error) from error
        yield Damaged(path, f"row group {group.place} is damaged: {_first_line(error)}", place)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


class Rows:
    """Makes documents of the rows of one schema."""

    def __init__(self, schema: Schema, path: str, options: Options) -> None:
        self.path = path
        self.options = options
        self.previous: str | None = None
        self.text = options.text_field
        _require_text(schema, path, self.text)
        wanted = (options.id_field or "id", options.url_field, options.date_field)
        self.others = [name if schema.names.count(name) == 1 else None for name in wanted]
        self.columns = list(dict.fromkeys([self.text, *(each for each in self.others if each)]))

    def read(self, batch: RecordBatch, before: int) -> Iterator[Document | Skipped]:
        """Make the documents of a batch, before which so many rows stand, one for each row."""
        texts = batch.column(self.text).to_pylist()
        nothing = [None] * len(texts)
        names, urls, dates = (
            batch.column(name).to_pylist() if name else nothing for name in self.others
        )
        rows = zip(texts, names, urls, dates, strict=True)
        for number, (text, name, url, date) in enumerate(rows, before + 1):
            if text is None:
                yield Damaged(self.path, f"its column {self.text!r} is null", f"row {number}")
            elif len(text) > self.options.max_bytes:
                reason = f"a text of more than {self.options.max_bytes:,} characters"
                yield Damaged(self.path, reason, f"row {number}")
            else:
                yield self._document(text, name, url, date, number)

    def _document(self, text: str, name: object, url: object, date: object, number: int) -> Record:
        url = url if isinstance(url, str) else None
        record = name_of_row(name, url, self.previous, f"row {number}")
        self.previous = record
        written = None if date is None else str(date)
        return Record(text, self.path, record, number, url, written)


def _require_text(schema: Schema, path: str, name: str) -> None:
    """Raise NoText where a schema has no such column of text."""
    texts = [each.name for each in schema if is_text(each.type)]
    if schema.names.count(name) == 1 and name in texts:
        return
    found = [str(each.type) for each in schema if each.name == name]
    reason = (
        f"{len(found)} columns are called {name!r}"
        if len(found) > 1
        else f"its column {name!r} is {found[0]}, not text"
        if found
        else f"no column {name!r}"
    )
    raise NoText(
        path,
        f"{reason}; its columns of text are {fields_of(texts)}",
        "name the column that holds the text with --text-field",
    )


def is_text(kind: DataType) -> bool:
    """Say whether a type of Arrow holds text."""
    types = pyarrow("types")
    if types.is_dictionary(kind):
        kind = kind.value_type
    return cast(
        bool,
        types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind),
    )
