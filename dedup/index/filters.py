"""Filters of runs: which keys a run certainly does not hold, so that its slots need not be read.

Knows: Bloom's filter with two hashes, 8 to 16 bits a key. Does not know: files, slots.

Most keys that are asked about are in no bucket. Of those one in twenty to seventy passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.index.damage import Damage

#: By what a key is multiplied for either hash; ``kernel/memtable.c`` looks them up by the same.
_FIRST, _SECOND = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)

#: Fewest bits of a place: those of one byte. Most: of 2**30 places, 128 MB.
_FEWEST, _MOST = 3, 30

Numbers = NDArray[np.int64]


def bits_for(keys: int) -> int:
    """How many bits choose a place in the filter of so many keys."""
    return min(max((8 * keys - 1).bit_length(), _FEWEST), _MOST)


def make(keys: NDArray[np.uint32]) -> bytes:
    """Make the filter of some keys. Cost: 10 ns a key."""
    bits = bits_for(len(keys))
    marked = np.zeros(1 << bits, dtype=bool)
    for factor in (_FIRST, _SECOND):
        marked[(keys * factor) >> np.uint32(32 - bits)] = True
    return np.packbits(marked, bitorder="little").tobytes()


class Filters:
    """The filters of one run of each band. No run: nothing passes; no filter: everything does."""

    def __init__(self, bands: int) -> None:
        self._runs = np.full(bands, -1, dtype=np.int64)
        self._shifts = np.full(bands, 29, dtype=np.uint32)
        self._marks = np.zeros((bands, 1), dtype=np.uint8)

    def missing(self, runs: Numbers) -> Numbers:
        """List the bands whose run is another than the one that was put in."""
        return np.flatnonzero(self._runs != runs)

    def put(self, band: int, run: int, body: bytes | None) -> None:
        """Put in the filter of a band's run, -1 for no run; None: it has none."""
        if body is None:
            body = b"\0" if run < 0 else b"\xff"
        elif type(body) is not bytes or len(body).bit_count() != 1 or len(body) > 1 << (_MOST - 3):
            raise Damage(f"the filter of run {run} is of another length")
        size = self._marks.shape[1]
        if len(body) > size:
            grown = np.zeros((len(self._runs), len(body)), dtype=np.uint8)
            grown[:, :size] = self._marks
            self._marks = grown
        self._runs[band] = run
        self._marks[band, : len(body)] = np.frombuffer(body, dtype=np.uint8)
        self._shifts[band] = 32 - (8 * len(body) - 1).bit_length()

    def passing(self, first_band: int, keys: NDArray[np.uint32]) -> Numbers:
        """List the places of the keys that the runs of their bands may hold.

        keys: uint32 (some bands from ``first_band`` on, n), contiguous. Cost: 5 us, and 5 ns a key.
        """
        return kernel.filters_pass(self._marks, self._shifts, first_band, keys)
