"""The lengths of the pages of a Parquet file, before any page is unpacked.

Knows: the head of a page, a struct in Thrift's compact protocol (PageHeader of parquet-format).
Does not know: what is in a page, which columns matter.

pyarrow unpacks a page as a whole and doesn't say beforehand how long it is. The head of the page,
a few bytes of the file, does.
"""

from __future__ import annotations

import struct
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from pyarrow.parquet import ColumnChunkMetaData

#: Bytes that are read for a head at first, and at most: statistics in it may hold long values.
_HEAD, _MOST = 1 << 10, 1 << 24

#: The type of a page that is a dictionary.
_DICTIONARY = 2

#: A longer dictionary isn't searched for its longest value.
_LOOKED = 1 << 26

_LENGTH = struct.Struct("<I")


class Longest(NamedTuple):
    """The bytes of a column's longest page, unpacked, and of the longest value in its dictionary.

    A value of a dictionary stands once in the file, but many rows may have it.
    """

    page: int
    value: int


class _Head(NamedTuple):
    kind: int
    unpacked: int
    packed: int
    length: int


def longest(raw: BinaryIO, column: ColumnChunkMetaData) -> Longest:
    """Measure the pages of one column of a row group, as far as their heads can be read.

    Moves the position of the file. Cost: reading a kilobyte for each page.
    """
    at = column.data_page_offset
    if column.dictionary_page_offset is not None and 0 < column.dictionary_page_offset < at:
        at = column.dictionary_page_offset
    end = at + column.total_compressed_size
    page = value = 0
    while at < end:
        head = _read(raw, at)
        if head is None:
            break
        page = max(page, head.unpacked)
        if head.kind == _DICTIONARY and column.physical_type == "BYTE_ARRAY":
            value = max(value, _longest_value(raw, at + head.length, head, column.compression))
        at += head.length + max(head.packed, 0)
    return Longest(page, value)


def _longest_value(raw: BinaryIO, at: int, head: _Head, codec: str) -> int:
    """Measure the longest value of a dictionary; if it can't be read, the whole dictionary."""
    if head.unpacked > _LOOKED:
        return head.unpacked
    raw.seek(at)
    content = raw.read(max(head.packed, 0))
    try:
        if codec != "UNCOMPRESSED":
            name = "lz4_raw" if codec == "LZ4" else codec.lower()  # the form that writers use
            unpacked = import_module("pyarrow").decompress(content, head.unpacked, name)
            content = unpacked.to_pybytes()
        place = most = 0
        while place < len(content):
            (length,) = _LENGTH.unpack_from(content, place)
            most = max(most, length)
            place += _LENGTH.size + length
    except (ValueError, OSError, struct.error):
        return head.unpacked
    return min(most, head.unpacked)


def _read(raw: BinaryIO, at: int) -> _Head | None:
    size = _HEAD
    while size <= _MOST:
        raw.seek(at)
        content = raw.read(size)
        try:
            return _parsed(content)
        except IndexError:
            if len(content) < size:
                return None
            size *= 16
        except ValueError:
            return None
    return None


def _parsed(content: bytes) -> _Head:
    """Parse the head of a page. Raises IndexError if it is cut short, ValueError if it is none."""
    reader = _Compact(content)
    fields = reader.struct()
    try:
        return _Head(fields[1], fields[2], fields[3], reader.at)
    except KeyError as error:
        raise ValueError("no head of a page") from error


class _Compact:
    """Reads Thrift's compact protocol; only whole numbers are kept."""

    def __init__(self, content: bytes) -> None:
        self._content, self.at = content, 0

    def _byte(self) -> int:
        found = self._content[self.at]
        self.at += 1
        return found

    def _varint(self) -> int:
        found = shift = 0
        while shift < 70:
            byte = self._byte()
            found |= (byte & 0x7F) << shift
            if byte < 0x80:
                return found
            shift += 7
        raise ValueError("a number without an end")

    def _number(self) -> int:
        found = self._varint()
        return (found >> 1) ^ -(found & 1)

    def struct(self, depth: int = 0) -> dict[int, int]:
        """Read the fields of a struct up to its end."""
        fields: dict[int, int] = {}
        field = 0
        while byte := self._byte():
            field = field + (byte >> 4) if byte >> 4 else self._number()
            value = self._value(byte & 15, depth)
            if value is not None:
                fields[field] = value
        return fields

    def _value(self, kind: int, depth: int) -> int | None:
        """Read a whole number; pass over any other value, and give None."""
        if kind in (4, 5, 6):
            return self._number()
        if kind in (1, 2):
            return None
        if kind == 12 and depth < 8:
            self.struct(depth + 1)
            return None
        steps = {3: 1, 7: 8}.get(kind)
        if kind == 8:
            steps = self._varint()
        if steps is None:
            raise ValueError(f"a field of the kind {kind}, which no head of a page has")
        self.at += steps
        if self.at > len(self._content):
            raise IndexError
        return None
