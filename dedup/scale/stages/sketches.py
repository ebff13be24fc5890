"""Sketches by row, from memory where they fit and else from a file; bags of the wanted rows.

Knows: rows, how sketches agree. Does not know: buckets, pairs, who asks.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core import sketch
from dedup.scale.stages.heads import own_heads, spans
from dedup.scale.storage.column import Column
from dedup.scale.storage.layout import Files
from dedup.sequences import Bags

Rows = NDArray[np.int64]

#: Pairs looked at in one go: what they gather stays in the processor's cache.
_LOOKS = 1 << 14


class Wanted:
    """Numbers some rows from 0: bool (n,). Memory: a byte a row, and 8 for 64 rows."""

    def __init__(self, wanted: NDArray[np.bool_]) -> None:
        self.mask = wanted
        full = np.zeros(-(-len(wanted) // 64) * 64, dtype=bool)
        full[: len(wanted)] = wanted
        self._bits = np.packbits(full, bitorder="little").view("<u8")
        self._before = np.zeros(len(self._bits) + 1, dtype=np.int64)
        np.cumsum(np.bitwise_count(self._bits), out=self._before[1:])

    def __len__(self) -> int:
        return int(self._before[-1])

    def number(self, rows: Rows) -> Rows:
        """Number of each of these rows, which must be wanted ones."""
        word = rows >> 6
        below = (np.uint64(1) << (rows & 63).astype(np.uint64)) - np.uint64(1)
        number: Rows = self._before[word] + np.bitwise_count(self._bits[word] & below)
        return number


class Sketches:
    """The sketches of some rows: all of ``count``, or the wanted ones."""

    def __init__(
        self, table: NDArray[np.uint64] | Column, first: int = 0, wanted: Wanted | None = None
    ) -> None:
        self._table, self._first, self._wanted = table, first, wanted

    def of(self, rows: Rows) -> NDArray[np.uint64]:
        """Give the sketches of rows: uint64 (m, words)."""
        at = rows - self._first if self._wanted is None else self._wanted.number(rows)
        if isinstance(self._table, Column):
            distinct, where = np.unique(at, return_inverse=True)
            found: NDArray[np.uint64] = self._table.gather(distinct)
            return found[where]
        return self._table[at]


def agreement(one: Sketches, other: Sketches, i: Rows, j: Rows) -> NDArray[np.uint8]:
    """In how many places the sketches of pairs of rows agree: uint8 (m,)."""
    found = np.empty(len(i), dtype=np.uint8)
    for start in range(0, len(i), _LOOKS):
        some = slice(start, start + _LOOKS)
        found[some] = sketch.agreement(one.of(i[some]), other.of(j[some]))
    return found


def read_all(files: Files, count: int, unit: int, rows: int) -> NDArray[np.uint64]:
    """Read the sketches of all rows into memory: uint64 (rows, words)."""
    table = np.empty((rows, files.sketch_words), dtype=np.uint64)
    for start, stop in spans(count, unit):
        own = own_heads(files, start, stop)
        table[files.row.read(start, stop)[own]] = files.sketches.read(start, stop)[own]
    return table


def read_wanted(files: Files, count: int, unit: int, wanted: Wanted) -> Sketches:
    """Read the sketches of the wanted rows into memory."""
    table = np.empty((len(wanted), files.sketch_words), dtype=np.uint64)
    for start, stop, own, number in _wanted_heads(files, count, unit, wanted):
        table[number] = files.sketches.read(start, stop)[own]
    return Sketches(table, wanted=wanted)


def read_bags(files: Files, count: int, unit: int, wanted: Wanted, threshold: float) -> Bags:
    """Read the bags of the wanted rows into memory, in the order of their numbers."""
    bags = np.empty((len(wanted), kernel.BAG_WORDS), dtype=np.uint64)
    words = np.empty(len(wanted), dtype=np.int32)
    for start, stop, own, number in _wanted_heads(files, count, unit, wanted):
        bags[number] = files.bags.read(start, stop)[own]
        words[number] = files.words.read(start, stop)[own]
    return Bags(bags, words, threshold)


def _wanted_heads(
    files: Files, count: int, unit: int, wanted: Wanted
) -> Iterator[tuple[int, int, Rows, Rows]]:
    """Give for each unit its span, the places of wanted rows in it, and their numbers."""
    for start, stop in spans(count, unit):
        own = own_heads(files, start, stop)
        rows = files.row.read(start, stop)[own].astype(np.int64)
        mine = wanted.mask[rows]
        yield start, stop, own[mine], wanted.number(rows[mine])


def arrange(files: Files, count: int, unit: int, rows: int, most: int) -> None:
    """Write the sketches of all rows by row, ``most`` rows at a time."""
    column = files.fresh("by_row")
    for low, high in spans(rows, most):
        table = np.empty((high - low, files.sketch_words), dtype=np.uint64)
        for start, stop in spans(count, unit):
            own = own_heads(files, start, stop)
            row = files.row.read(start, stop)[own].astype(np.int64)
            mine = (row >= low) & (row < high)
            if mine.any():
                table[row[mine] - low] = files.sketches.read(start, stop)[own[mine]]
        column.append(table)
