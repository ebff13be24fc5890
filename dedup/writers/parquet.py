"""Write documents back to Parquet.

Knows: schemas, row groups, how columns were packed. Does not know: paragraphs.

Columns, their types and order, the metadata, the packing of each column, and the row groups stay. A
row group of more than ``_GROUP`` bytes becomes several, because it is in memory until it is
written. The rows of a damaged row group cannot be copied; they are counted as lost.

Bloom filters, encryption and a declared sort order are not written again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers.byte_streams import open_raw
from dedup.readers.containers import Shard
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged
from dedup.readers.rows.parquet import (
    Place,
    RowGroup,
    RowParser,
    batches,
    groups,
    opened,
    pyarrow,
    values_at,
)  # fmt: skip
from dedup.writers.edits import Editor, Outcome, WriteOptions
from dedup.writers.output import Output

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch, Schema
    from pyarrow.parquet import FileMetaData, ParquetFile, ParquetWriter

#: Bytes of rows in memory before they are written as a row group.
_GROUP = 16 << 20

#: Packings that pyarrow writes, by what it calls them in a file.
_CODECS = {
    "UNCOMPRESSED": "none",
    "SNAPPY": "snappy",
    "GZIP": "gzip",
    "ZSTD": "zstd",
    "LZ4": "lz4",
    "LZ4_RAW": "lz4",
    "BROTLI": "brotli",
}


def write(
    shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
) -> None:
    """Write a file of Parquet anew, a row group in memory at a time. Raises InputError, NoText.

    Cost: that of reading, and that of packing, some 10 ns a byte.
    """
    with open_raw(shard.path) as raw:
        file = opened(raw, shard.path)
        if isinstance(file, Damaged):
            editor.skip(file, lost=1)
            return
        rows = RowParser(file.schema_arrow, shard.path, reading)
        schema = _schema(file.schema_arrow, shard.path, writing.note)
        with Output(target, editor.history.wrote) as output:
            with _writer(output, schema, file, writing) as writer:
                for group in groups(file, raw, shard.path, reading):
                    _write_group(writer, _edited(file, group, rows, schema, editor, writing))
            editor.history.finish()


def _schema(schema: Schema, path: str, note: str | None) -> Schema:
    """Add the column of notes. Raises InputError where there is one of that name."""
    if note is None:
        return schema
    if note in schema.names:
        raise InputError(path, f"it has a column {note!r} already", "name another for the notes")
    return schema.append(pyarrow().field(note, pyarrow().string()))


def _writer(
    output: Output, schema: Schema, file: ParquetFile, writing: WriteOptions
) -> ParquetWriter:
    """Make a writer that packs each column as it was."""
    metadata = file.metadata
    chosen = _columns(metadata)
    return pyarrow("parquet").ParquetWriter(
        output,
        schema,
        version=metadata.format_version if metadata.format_version in _VERSIONS else "2.6",
        compression={path: codec for path, (codec, _, _) in chosen.items()} or "snappy",
        use_dictionary=[path for path, (_, dictionary, _) in chosen.items() if dictionary],
        write_statistics=[path for path, (_, _, statistics) in chosen.items() if statistics],
        use_deprecated_int96_timestamps=_has_int96(metadata),
    )


_VERSIONS = ("1.0", "2.4", "2.6")


def _columns(metadata: FileMetaData) -> dict[str, tuple[str, bool, bool]]:
    """Say how each column was written: packing, with a dictionary, with statistics."""
    if not metadata.num_row_groups:
        return {}
    group = metadata.row_group(0)
    columns = [group.column(k) for k in range(metadata.num_columns)]
    return {
        each.path_in_schema: (
            _CODECS.get(each.compression, "snappy"),
            any("DICTIONARY" in encoding for encoding in each.encodings),
            bool(each.is_stats_set),
        )
        for each in columns
    }


def _has_int96(metadata: FileMetaData) -> bool:
    columns = range(metadata.num_columns)
    return any(metadata.schema.column(k).physical_type == "INT96" for k in columns)


def _write_group(writer: ParquetWriter, edited: Iterator[RecordBatch]) -> None:
    """Write batches as one row group, or as several where they are too large for one."""
    held: list[RecordBatch] = []
    size = 0
    for batch in edited:
        held.append(batch)
        size += batch.nbytes
        if size > _GROUP:
            _flush(writer, held)
            held, size = [], 0
    _flush(writer, held)


def _flush(writer: ParquetWriter, held: list[RecordBatch]) -> None:
    table = pyarrow().Table.from_batches(held, writer.schema)
    if table.num_rows:
        writer.write_table(table, row_group_size=table.num_rows)


def _edited(
    file: ParquetFile,
    group: RowGroup,
    rows: RowParser,
    schema: Schema,
    editor: Editor,
    writing: WriteOptions,
) -> Iterator[RecordBatch]:
    """Read the rows of a group, changed."""
    number = group.before
    for batch in batches(file, group, rows.path, None):
        if isinstance(batch, Damaged):
            editor.skip(batch, lost=group.before + group.rows - number)
            return
        found = list(rows.read(batch, number))
        editor.expect([each for each in found if isinstance(each, Document)])
        outcomes = [_outcome(each, editor) for each in found]
        number += batch.num_rows
        yield _changed(batch, outcomes, rows.text, schema, writing.note)


def _outcome(found: object, editor: Editor) -> Outcome:
    if isinstance(found, Skipped):
        editor.skip(found, written=1)
        return Outcome(None)
    return editor.outcome(found)  # type: ignore[arg-type]


def _changed(
    batch: RecordBatch, outcomes: list[Outcome], place: Place, schema: Schema, note: str | None
) -> RecordBatch:
    arrays = list(batch.columns)
    if any(each.text is not None for each in outcomes):
        column = schema.get_field_index(place[0])
        new = _replaced(values_at(batch, place), [each.text for each in outcomes])
        arrays[column] = _with(arrays[column], place[1:], new)
    if note is not None:
        notes = [json.dumps(each.note) if each.noted else None for each in outcomes]
        arrays.append(pyarrow().array(notes, pyarrow().string()))
    changed = pyarrow().RecordBatch.from_arrays(arrays, schema=schema)
    if any(each.drop for each in outcomes):
        changed = changed.filter(pyarrow().array([not each.drop for each in outcomes]))
    return changed


def _with(column: Array, within: Place, values: Array) -> Array:
    """Put other values into a column, or into a field within it; what is null stays null."""
    if not within:
        return values
    name, *rest = within
    fields = list(column.type)
    number = column.type.get_field_index(name)
    arrays = [column.field(k) for k in range(len(fields))]
    arrays[number] = _with(arrays[number], tuple(rest), values)
    mask = column.is_null() if column.null_count else None
    return pyarrow().StructArray.from_arrays(arrays, fields=fields, mask=mask)


def _replaced(column: Array, texts: list[str | None]) -> Array:
    """Put texts in the place of those of a column, where they aren't None.

    What stays, stays byte for byte: it may be no UTF-8.
    """
    arrow, types = pyarrow(), pyarrow("types")
    kind = column.type
    plain = column.dictionary_decode() if types.is_dictionary(kind) else column
    raw = {
        arrow.string(): arrow.binary(),
        arrow.large_string(): arrow.large_binary(),
        arrow.string_view(): arrow.binary_view(),
    }[plain.type]
    old = plain.view(raw).to_pylist()
    new = [was if text is None else text.encode() for text, was in zip(texts, old, strict=True)]
    made = arrow.array(new, raw).view(plain.type)
    return made.dictionary_encode().cast(kind) if types.is_dictionary(kind) else made
