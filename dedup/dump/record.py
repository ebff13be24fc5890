"""The record of removals as a file: JSON Lines, packed or not, or Parquet.

Knows: suffixes, lines, columns. Does not know: what a removal means.

A job writes one part for each of its files, packed with gzip, and joins the parts at the end. A
file of gzip may have several members, so a record in gzip is simply all parts in a row.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from dedup import schema
from dedup.dump.removal import Removal, removal_of
from dedup.errors import InputError
from dedup.files import unreadable
from dedup.readers.byte_streams import damage_of, open_unpacked
from dedup.readers.rows.parquet import pyarrow
from dedup.writers.output import Output, packing_of_name, sink

if TYPE_CHECKING:
    from pyarrow import Schema

#: The name of a record in a folder; beside a file, it is added to the name of the file.
RECORD = "removed.jsonl.gz"

#: The suffixes that a record may have.
SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")

#: No removal has a line of so many bytes: a line holds at most the bytes of a document, escaped.
_LONGEST = 1 << 30

#: Removals that are turned into columns at once.
_ROWS = 10_000


def check_name(path: str) -> None:
    """Raise InputError for a name without the suffix of a record."""
    if not path.endswith(SUFFIXES):
        raise InputError(
            path, "is no name for a record of removals",
            "let it end in .jsonl, .jsonl.gz, .jsonl.zst or .parquet",
        )  # fmt: skip
    if path.endswith(".parquet"):
        pyarrow("parquet")


def write_lines(path: str, lines: Iterable[bytes]) -> None:
    """Write lines, packed as the name says. Raises InputError."""
    if path.endswith(".parquet"):
        raise InputError(path, "what is cleaned in memory has no record in Parquet", "name .jsonl")
    check_name(path)
    with Output(path) as output:
        packed = sink(output, packing_of_name(path))
        for line in lines:
            packed.write(line)
        packed.end_member()


def write_beside(path: str, lines: Sequence[bytes], in_place: bool) -> None:
    """Write the record of one text that was cleaned in memory. Raises InputError.

    The record of an earlier run is never overwritten. If there is one, this run must remove the
    same paragraphs, or none at all if the text replaces itself.
    """
    if not os.path.isfile(path):
        write_lines(path, lines)
    elif (lines or not in_place) and lines != list(_held(path)):
        raise InputError(
            path, "holds what an earlier run took out", "name another with --removed, or move it"
        )


def _held(path: str) -> Iterator[bytes]:
    try:
        yield from lines(path)
    except InputError:
        yield b""  # equal to no line


def read_part(path: str) -> Iterator[Removal]:
    """Read the removals of a part, or of any record of JSON Lines. Raises InputError."""
    for number, line in enumerate(lines(path), 1):
        if line.strip():
            yield removal_of(object_of(line, path, number), path, number)


def lines(path: str) -> Iterator[bytes]:
    """Read the lines of a file, unpacked. Raises InputError if it was cut short."""
    with open_unpacked(path, packing_of_name(path)) as stream:
        while line := _next_line(stream, path):
            yield line
        if damage := damage_of(stream):
            raise InputError(path, damage, "make it anew")


def _next_line(stream: BinaryIO, path: str) -> bytes:
    try:
        line = stream.readline(_LONGEST)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(line) == _LONGEST and not line.endswith(b"\n"):
        raise InputError(path, f"it has a line of more than {_LONGEST:,} bytes", "make it anew")
    return line


def canonical_lines(path: str, named: bool) -> Iterator[bytes]:
    """Read the removals of a record as lines of JSON, whatever its form. Raises InputError.

    named: whether the command line named the record; another one must be a regular file.
    """
    if not named:
        schema.require_regular(path, "name the record with --removed")
    if path.endswith(".parquet"):
        yield from (each.line() for each in read(path))
    else:
        yield from (line for line in lines(path) if line.strip())


def source_of(line: bytes) -> str | None:
    """Return the source that a line of a record names; None if the line is no removal."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    source = found.get("source") if isinstance(found, dict) else None
    return source if isinstance(source, str) else None


def removal_in(line: bytes, path: str, number: int) -> Removal:
    """Read the removal in a line. number: of the line, for an error. Raises InputError."""
    return removal_of(object_of(line, path, number), path, number)


def object_of(line: bytes, path: str, number: int) -> dict[str, Any]:
    """Read an object of JSON in a line. Raises InputError."""
    found = schema.parsed(line, f"{path}:{number}")
    if not isinstance(found, dict):
        raise InputError(f"{path}:{number}", "it is no object of JSON")
    return found


def join(parts: Sequence[str], target: str, head: bytes = b"") -> None:
    """Join parts into a record. head: the first line. Raises InputError.

    Memory: a few thousand removals.
    """
    if target.endswith(".parquet"):
        _to_parquet(parts, target)
        return
    with Output(target) as output:
        packed = sink(output, packing_of_name(target))
        packed.write(head)
        if target.endswith(".gz"):
            packed.end_member()
            for part in parts:
                with open(part, "rb") as file:
                    shutil.copyfileobj(file, output, 1 << 20)
            return
        for part in parts:
            for line in lines(part):
                packed.write(line)
        packed.end_member()


def _schema() -> Schema:
    arrow = pyarrow()
    text, number = arrow.string(), arrow.int64()
    kept = arrow.struct(
        [("source", text), ("record", text), ("first", number), ("last", number)]
    )  # fmt: skip
    columns = [
        ("source", text), ("record", text), ("first", number), ("last", number),
        ("document", number), ("paragraph", number), ("start", number), ("end", number),
        ("similarity", arrow.float64()), ("kind", text), ("kept", kept), ("text", text),
        ("before", text), ("after", text), ("instead", text), ("at", number),
        ("size", number), ("dropped", arrow.bool_()), ("raw", arrow.binary()),
    ]  # fmt: skip
    return arrow.schema(columns)


def _to_parquet(parts: Sequence[str], target: str) -> None:
    every = (each for part in parts for each in read_part(part))
    schema = _schema()
    with (
        Output(target) as output,
        pyarrow("parquet").ParquetWriter(output, schema, compression="zstd") as writer,
    ):
        while some := list(islice(every, _ROWS)):
            rows = [{name: getattr(each, name) for name in schema.names} for each in some]
            try:
                table = pyarrow().Table.from_pylist(rows, schema)
            except UnicodeEncodeError as error:
                raise InputError(
                    target, f"Parquet can't hold half of a surrogate pair, as {some[0].source} has",
                    "let the name of the record end in .jsonl.gz",
                ) from error  # fmt: skip
            writer.write_table(table)


def read(path: str) -> Iterator[Removal]:
    """Read a record, whatever its form. Raises InputError if it is not one."""
    if not path.endswith(".parquet"):
        yield from read_part(path)
        return
    number = 0
    try:
        with pyarrow("parquet").ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield removal_of(row, path, number)
    except OSError as error:
        raise InputError(path, f"can't be read: {error}") from error
    except pyarrow().ArrowException as error:
        raise InputError(path, f"it is no Parquet ({error})") from error
