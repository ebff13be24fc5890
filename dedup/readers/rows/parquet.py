"""Read documents from Parquet.

Knows: row groups, columns, which types hold text. Does not know: markup, compression (pyarrow
undoes it).

A file is read at most a thousand rows at a time. A damaged row group is passed over; its Damaged
names the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from dedup.errors import InputError, MissingExtra
from dedup.files import unreadable
from dedup.paragraph import Document, Extent, Skipped
from dedup.readers.byte_streams import open_raw
from dedup.readers.containers import Shard
from dedup.readers.file import STDIN
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged, Record
from dedup.readers.rows import parquet_pages as pages
from dedup.readers.rows.fields import listed, splits, written_date
from dedup.readers.rows.jsonl import NoText, id_of, name_of_row

if TYPE_CHECKING:
    from pyarrow import Array, DataType, Field, RecordBatch, Scalar, Schema
    from pyarrow.parquet import ParquetFile

#: The most rows in memory at once, and the most bytes of them; long rows are fewer at once.
ROWS = 1_000
_BATCH = 8 << 20

#: The most bytes of rows in memory at once, if all of them had the longest value of a dictionary.
_REPEATED = 32 << 20

#: Copies of a page in memory while it is read.
_HELD = 3

#: Copies of a text in memory while it is read, cut and written.
_COPIES = 5

#: Bytes that are read from the file at once.
_BUFFER = 1 << 20


#: The path of a field: the name of its column, then of the fields within that.
Place = tuple[str, ...]


class RowGroup(NamedTuple):
    """A row group.

    place: its number in the file, from 0.
    before, rows: the number of rows before it, and in it.
    size: its bytes, unpacked.
    page: the bytes of the longest page of each column, together.
    value: the bytes of the longest value in a dictionary, which many rows may have.
    """

    place: int
    before: int
    rows: int
    size: int = 0
    page: int = 0
    value: int = 0

    @property
    def batch(self) -> int:
        """The number of its rows that are in memory at once."""
        most = min(ROWS, _BATCH * self.rows // max(self.size, 1), _REPEATED // max(self.value, 1))
        return max(1, most)


def read(
    shard: Shard, options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Skipped]:
    """Read the documents of one file, at most ``ROWS`` rows in memory at a time.

    Raises:
        NoText: the file has no such column of text.
        InputError: the file can't be opened, or a page of it is too long for memory.
        MissingExtra: pyarrow isn't installed.

    Cost: 4 us a row and 2 ns a byte.
    """
    if shard.path == STDIN:
        raise InputError(shard.path, "Parquet can't be read from standard input", "name a file")
    with open_raw(shard.path, stdin) as raw:
        file = opened(raw, shard.path)
        if isinstance(file, Damaged):
            yield file
            return
        reader = RowParser(file.schema_arrow, shard.path, options)
        for group in groups(file, raw, shard.path, options):
            yield from _read_group(file, group, reader)


def first_fields(shard: Shard, options: ReadOptions) -> list[str]:
    """List the columns; fields within a column by their paths (``a.b``)."""
    with open_raw(shard.path) as raw:
        file = opened(raw, shard.path)
        if isinstance(file, Damaged):
            return []
        found = []
        for each in file.schema_arrow:
            found.append(each.name)
            if pyarrow("types").is_struct(each.type):
                found += [f"{each.name}.{inside.name}" for inside in each.type]
        return found


def _read_group(
    file: ParquetFile, group: RowGroup, reader: RowParser
) -> Iterator[Document | Skipped]:
    number = group.before
    for batch in batches(file, group, reader.path, reader.columns):
        if isinstance(batch, Damaged):
            yield batch
            return
        yield from reader.read(batch, number)
        number += batch.num_rows


def pyarrow(module: str = "") -> ModuleType:
    """Import the package that reads Parquet, or a module of it. Raises MissingExtra."""
    try:
        return import_module(f"pyarrow.{module}" if module else "pyarrow")
    except ImportError as error:
        raise MissingExtra("pyarrow", "parquet") from error


def opened(raw: BinaryIO, path: str) -> ParquetFile | Damaged:
    """Open a Parquet file; give Damaged if it isn't one, or its end is missing."""
    parquet = pyarrow("parquet")
    try:
        file = parquet.ParquetFile(raw, buffer_size=_BUFFER, pre_buffer=False)
        file.schema_arrow.names  # noqa: B018 - names that are not UTF-8 raise here
        return file
    except (pyarrow().ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise unreadable(path, error) from error
        reason = f"not Parquet, or cut short: {_first_line(error)}"
        return Damaged(path, reason, None, Extent.FILE)


def groups(file: ParquetFile, raw: BinaryIO, path: str, options: ReadOptions) -> Iterator[RowGroup]:
    """List the row groups of a file.

    Args:
        raw: the same file.

    Raises:
        InputError: a page is too long for memory. pyarrow unpacks a page as a whole, and the row
            group can't be written without it, so it isn't passed over.
    """
    before = 0
    for place in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(place)
        found = RowGroup(place, before, group.num_rows, group.total_byte_size)
        if found.size * min(found.rows, ROWS) > _REPEATED:
            columns = [pages.longest(raw, group.column(k)) for k in range(group.num_columns)]
            page, value = sum(each.page for each in columns), max(each.value for each in columns)
            found = found._replace(page=page, value=value)
        if _HELD * found.page > options.room:
            size = _HELD * found.page
            raise InputError(
                path, f"row group {place} has long pages: {options.too_large(size)}",
                "write it anew with shorter pages, or split its longest cells",
            )  # fmt: skip
        yield found
        before += group.num_rows


def batches(
    file: ParquetFile, group: RowGroup, path: str, columns: list[str] | None
) -> Iterator[RecordBatch | Damaged]:
    """Read the rows of a row group. If it is damaged, the last answer is Damaged."""
    place = f"rows {group.before + 1}-{group.before + group.rows}"
    try:
        yield from file.iter_batches(group.batch, row_groups=[group.place], columns=columns)
    except (pyarrow().ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise unreadable(path, error) from error
        reason = f"row group {group.place} is damaged: {_first_line(error)}"
        yield Damaged(path, reason, place, Extent.FILE)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


class RowParser:
    """Makes documents of the rows of one schema."""

    def __init__(self, schema: Schema, path: str, options: ReadOptions) -> None:
        self.path = path
        self.options = options
        self.previous: str | None = None
        self.name = options.text_field
        self.text = _require_text(schema, path, self.name)
        wanted = (options.id_field or "id", options.url_field, options.date_field)
        self.others = [place_of(schema, name) for name in wanted]
        places = [self.text, *(each for each in self.others if each)]
        self.columns = list(dict.fromkeys(".".join(each) for each in places))

    def read(self, batch: RecordBatch, before: int) -> Iterator[Document | Skipped]:
        """Make a document, or a Damaged, of each row of a batch. before: the rows before it."""
        texts = cells(values_at(batch, self.text))
        nothing = [None] * len(texts)
        names, urls, dates = (
            map(_known, cells(values_at(batch, place))) if place else nothing
            for place in self.others
        )
        rows = zip(texts, names, urls, dates, strict=True)
        for number, (text, name, url, date) in enumerate(rows, before + 1):
            if not isinstance(text, str):
                reason = text.reason if isinstance(text, NoValue) else "is null"
                yield Damaged(self.path, f"its column {self.name!r} {reason}", f"row {number}")
            elif len(text) > self.options.longest:
                beyond = self.options.beyond()
                reason = f"a text of more than {self.options.longest:,} characters{beyond}"
                yield Damaged(self.path, reason, f"row {number}")
            elif _COPIES * text.__sizeof__() > self.options.room:
                reason = self.options.too_large(_COPIES * text.__sizeof__())
                yield Damaged(self.path, reason, f"row {number}")
            else:
                yield self._document(text, name, url, date, number)

    def _document(self, text: str, name: object, url: object, date: object, number: int) -> Record:
        url = url if isinstance(url, str) else None
        record = name_of_row(name, url, self.previous, f"row {number}")
        self.previous = record
        date = written_date(date)
        return Record(text, self.path, record, number, url, date, identified=bool(id_of(name)))


class NoValue(NamedTuple):
    """A cell that can't be converted to a value of Python, and why."""

    reason: str


def cells(column: Array) -> list[object]:
    """Give the cells of a column as values of Python; NoValue for cells that can't be converted.

    Only here is it noticed that a text is not UTF-8, or that a time is in no calendar.
    """
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (pyarrow().ArrowException, ValueError, ArithmeticError):
        return [_cell(each) for each in column]


def _cell(scalar: Scalar) -> object:
    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        shown = error.object[error.start : error.start + 4].hex(" ")
        return NoValue(f"is not UTF-8: byte {error.start} ({shown})")
    except (pyarrow().ArrowException, ValueError, ArithmeticError) as error:
        return NoValue(f"can't be read: {_first_line(error)}")


def _known(cell: object) -> object:
    """Give None for a name, URL or date that can't be converted."""
    return None if isinstance(cell, NoValue) else cell


def place_of(schema: Schema, name: str) -> Place | None:
    """Find a column by its name, or a field within one by its path; None for none.

    As by ``fields.value_of``, a column with exactly this name, dots included, comes first.
    """
    return _place_in(
        {each.name: each.type for each in schema if schema.names.count(each.name) == 1}, name
    )


def _place_in(kinds: Mapping[str, DataType], name: str) -> Place | None:
    if name in kinds:
        return (name,)
    for head, rest in splits(name):
        kind = kinds.get(head)
        if kind is not None and pyarrow("types").is_struct(kind):
            inside = _place_in({each.name: each.type for each in kind}, rest)
            if inside is not None:
                return (head, *inside)
    return None


def values_at(batch: RecordBatch, place: Place) -> Array:
    """Give the values of a field; null also where an outer field is null."""
    column = batch.column(place[0])
    return pyarrow("compute").struct_field(column, list(place[1:])) if place[1:] else column


def _kind_at(schema: Schema, place: Place) -> DataType:
    kind = schema.field(place[0]).type
    for name in place[1:]:
        kind = kind.field(name).type
    return kind


def _texts_of(kinds: Iterable[Field], before: str = "") -> Iterator[str]:
    """List the columns of text, and the fields of text one level within a column."""
    for each in kinds:
        if is_text(each.type):
            yield before + each.name
        elif not before and pyarrow("types").is_struct(each.type):
            yield from _texts_of(each.type, f"{each.name}.")


def _require_text(schema: Schema, path: str, name: str) -> Place:
    """Find the column of the text. Raises NoText if the schema has no such column of text."""
    place = place_of(schema, name)
    if place is not None and is_text(_kind_at(schema, place)):
        return place
    texts = list(_texts_of(schema))
    found = [str(each.type) for each in schema if each.name == name]
    if place is not None:
        found = [str(_kind_at(schema, place))]
    reason = (
        f"{len(found)} columns are called {name!r}"
        if len(found) > 1
        else f"its column {name!r} is {found[0]}, not text"
        if found
        else f"no column {name!r}"
    )
    raise NoText(
        path,
        f"{reason}; its columns of text are {listed(texts)}",
        "name the column that holds the text with --text-field",
    )


def is_text(kind: DataType) -> bool:
    """Say whether an Arrow type holds text."""
    types = pyarrow("types")
    if types.is_dictionary(kind):
        kind = kind.value_type
    return cast(
        bool,
        types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind),
    )
