"""Filters: they tell which band keys a run certainly does not hold, so its slots aren't read.

Knows: Bloom filters with two hashes, 8 to 16 bits a band key. Does not know: files, slots.

Most band keys that are looked up are in no bucket. One in twenty to seventy of those passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.index.damage import Damage

#: The multipliers of the two hashes; ``kernel/memtable.c`` has the same.
_FIRST, _SECOND = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)

#: Fewest and most bits that choose a place: one byte, and 128 MB.
_FEWEST, _MOST = 3, 30

Numbers = NDArray[np.int64]


def bits_for(keys: int) -> int:
    """Return how many bits choose a place in the filter of so many band keys."""
    return min(max((8 * keys - 1).bit_length(), _FEWEST), _MOST)


def make(keys: NDArray[np.uint32]) -> bytes:
    """Make the filter of some band keys. Cost: 10 ns each."""
    bits = bits_for(len(keys))
    marked = np.zeros(1 << bits, dtype=bool)
    for factor in (_FIRST, _SECOND):
        marked[(keys * factor) >> np.uint32(32 - bits)] = True
    return np.packbits(marked, bitorder="little").tobytes()


class Filters:
    """The filters of one run of each band.

    Where there is no run, nothing passes; where a run has no filter, everything does.
    """

    def __init__(self, bands: int) -> None:
        self._runs = np.full(bands, -1, dtype=np.int64)
        self._shifts = np.full(bands, 29, dtype=np.uint32)
        self._marks = np.zeros((bands, 1), dtype=np.uint8)

    def missing(self, runs: Numbers) -> Numbers:
        """List the bands whose filter is of another run than ``runs`` has."""
        return np.flatnonzero(self._runs != runs)

    def put(self, band: int, run: int, body: bytes | None) -> None:
        """Put in the filter of a band's run; -1: there is no run; None: it has no filter."""
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

    def passing(self, first_band: int, band_keys: NDArray[np.uint32]) -> Numbers:
        """List the places of the band keys that the runs of their bands may hold.

        band_keys: uint32 (bands, n), contiguous, of some bands from ``first_band`` on. Cost: 5 us,
        and 5 ns for each.
        """
        return kernel.filters_pass(self._marks, self._shifts, first_band, band_keys)
