"""Filters of runs: which keys a run certainly does not hold, so that its slots need not be read.

Knows: Bloom's filter with two hashes, 8 to 16 bits a key. Does not know: files, slots.

Most keys that are asked about are in no bucket. Of those one in twenty to seventy passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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
    for places in _places(keys, np.uint32(32 - bits)):
        marked[places] = True
    return np.packbits(marked).tobytes()


def _places(
    keys: NDArray[np.uint32], shift: NDArray[np.uint32] | np.uint32
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    return (keys * _FIRST) >> shift, (keys * _SECOND) >> shift


class Filters:
    """The filters of one run of each band; a band without one lets everything pass."""

    def __init__(self, bands: int) -> None:
        self._runs = np.full(bands, -1, dtype=np.int64)
        self._shifts = np.zeros(bands, dtype=np.uint32)
        self._marks = np.zeros((bands, 1), dtype=np.uint8)
        self._open = np.ones(bands, dtype=bool)

    def missing(self, runs: Numbers) -> Numbers:
        """List the bands whose run is another than the one that was put in."""
        return np.flatnonzero(self._runs != runs)

    def put(self, band: int, run: int, body: bytes | None) -> None:
        """Put in the filter of a band's run; None: it has none."""
        self._runs[band], self._open[band] = run, body is None
        if body is None:
            return
        size = self._marks.shape[1]
        if len(body) > size:
            grown = np.zeros((len(self._runs), len(body)), dtype=np.uint8)
            grown[:, :size] = self._marks
            self._marks = grown
        self._marks[band, : len(body)] = np.frombuffer(body, dtype=np.uint8)
        self._shifts[band] = 32 - (8 * len(body) - 1).bit_length()

    def passes(self, band: Numbers, key: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Say which keys the runs of these bands may hold: bool (n,). Cost: 30 ns a key."""
        passing = self._open[band]
        hit = np.ones(len(key), dtype=bool)
        for place in _places(key, self._shifts[band]):
            byte = self._marks[band, np.where(passing, 0, place >> np.uint32(3))]
            hit &= (byte >> (np.uint8(7) - (place & np.uint32(7)).astype(np.uint8)) & 1) > 0
        return passing | hit
