"""Radix files: 64-bit records spilled to one file for each range of rows, and read back in order.

Knows: the upper 32 bits are a row; how many records there are of which rows. Does not know: what a
record means.

Memory while spilling: what is gathered, which the owner bounds. Reading back: pieces of rows, cut
by the counts so that each fits.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.scale.storage.column import Column
from dedup.scale.storage.folder import Folder

#: Rows of a range at least, and most ranges.
_RANGE, _MOST = 1 << 16, 256

#: Rows that are counted together.
_BIN = 1 << 10

#: Records read at a time.
_READ = 1 << 20

Packed = NDArray[np.uint64]


class Piece(NamedTuple):
    """Rows ``low`` to before ``high``, all of one range."""

    low: int
    high: int


class Ranges:
    """Radix files of one kind of record over ``count`` rows."""

    def __init__(self, folder: Folder, name: str, count: int) -> None:
        self._folder, self._name, self._count = folder, name, count
        self.size = -(-max(_RANGE, -(-count // _MOST)) // _BIN) * _BIN
        self._number = max(1, -(-count // self.size))
        self._lock = threading.Lock()
        self.counts = np.zeros(-(-count // _BIN) or 1, dtype=np.int64)

    def _file(self, number: int) -> AbstractContextManager[Column]:
        return self._folder.opened(f"{self._name}.{number:03d}", "u8")

    def clear(self) -> None:
        """Empty all files."""
        for number in range(self._number):
            with self._file(number) as file:
                file.cut(0)
        self.counts[:] = 0

    def spill(self, records: Packed) -> None:
        """Write rising records to the files of their rows. Safe to call from several threads."""
        if not len(records):
            return
        borders = np.arange(self._number + 1, dtype=np.uint64) * np.uint64(self.size)
        cuts = np.searchsorted(records, borders << np.uint64(32))
        cuts[-1] = len(records)
        bins = (records >> np.uint64(32)).astype(np.int64) // _BIN
        with self._lock:
            self.counts += np.bincount(bins, minlength=len(self.counts))
            for number, (begin, end) in enumerate(pairwise(cuts.tolist())):
                if begin < end:
                    with self._file(number) as file:
                        file.append(records[begin:end])

    def read(self, piece: Piece) -> Packed:
        """Read the records of a piece, in no order. Cost: a pass over the file of its range."""
        low, high = (np.uint64(row) << np.uint64(32) for row in (piece.low, piece.high))
        found = [np.empty(0, dtype=np.uint64)]
        whole = piece.low % self.size == 0 and (
            piece.high == self._count or piece.high % self.size == 0
        )
        with self._file(piece.low // self.size) as file:
            for start in range(0, len(file), _READ):
                some: Packed = file.read(start, min(start + _READ, len(file)))
                found.append(some if whole else some[(some >= low) & (some < high)])
        return np.concatenate(found)


def pieces(ranges: Ranges, weights: NDArray[np.int64], count: int, most: int) -> list[Piece]:
    """Cut rows into pieces of a weight of at most ``most``, or one bin.

    weights: int64, of each bin of rows.
    """
    found: list[Piece] = []
    low, total = 0, 0
    for number, weight in enumerate(weights.tolist()):
        start = number * _BIN
        if start > low and (total + weight > most or start % ranges.size == 0):
            found.append(Piece(low, start))
            low, total = start, 0
        total += weight
    return [*found, Piece(low, count)] if count > low else found
