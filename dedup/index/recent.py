"""The newest rows of an index, in memory: which of them share a key in a band.

Knows: one hash table of chains for each band, over a ring of rows. Does not know: files, texts.

Row ``number`` has its place in the ring at ``number % size``. A band may be emptied by itself, once
its rows are sorted into the file; until then a row stays at its place, so at most ``size`` rows may
lie between the oldest that any band still holds and the newest. Memory: 13 bytes for each row and
band, touched as it fills.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

#: Chains of a band for each place of the ring.
_LOAD = 1


class Recent:
    """A ring of ``size`` rows (a power of two) in ``bands`` bands."""

    def __init__(self, bands: int, size: int) -> None:
        self._size = size
        self._chains = size // _LOAD
        self._keys = np.zeros(bands * size, dtype=np.uint32)
        self._next = np.zeros(bands * size, dtype=np.int32)
        self._heads = np.zeros(bands * self._chains, dtype=np.int32)
        self._held = np.zeros(bands * size, dtype=bool)
        self._used = np.zeros(bands, dtype=bool)
        self._end = 0

    def add(self, first: int, keys: NDArray[np.uint32], held: NDArray[np.bool_]) -> None:
        """Add rows ``first``, ``first + 1``, ...: keys and held (bands, n), held says which count.

        Cost: some 30 us, and 20 ns for each key.
        """
        count = keys.shape[1]
        self._end = first + count
        ring = (first + np.arange(count)) & (self._size - 1)
        self._held.reshape(-1, self._size)[:, ring] = held
        band, row = np.nonzero(held)
        if not len(band):
            return
        self._used[band] = True
        key = keys[band, row]
        place = (first + row) & (self._size - 1)
        at = band * self._size + place
        self._keys[at] = key
        chain = self._chain(band, key)
        order = np.argsort(chain, kind="stable")
        chain, at, place = chain[order], at[order], place[order]
        same = chain[1:] == chain[:-1]
        before = self._heads[chain]
        before[1:][same] = place[:-1][same] + 1
        self._next[at] = before
        last = np.append(~same, True)
        self._heads[chain[last]] = place[last] + 1

    def empty(self, bands: NDArray[np.int64]) -> None:
        """Forget all rows of some bands. Cost: 30 us a band for a ring of 2**17."""
        for band in bands.tolist():
            if self._used[band]:
                self._heads[band * self._chains : (band + 1) * self._chains] = 0
                self._used[band] = False

    def find(
        self, band: NDArray[np.int64], key: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], Numbers]:
        """Find the rows with these keys in these bands: (which question, number of the row).

        Cost: some 10 us for each step down the longest chain, of which there are about eight.
        """
        asked = np.arange(len(band))
        head = self._heads[self._chain(band, key)]
        which = [asked[:0]]
        places = [asked[:0]]
        base = band * self._size
        while True:
            going = head > 0
            if not going.all():
                asked, head = asked[going], head[going]
            if not len(asked):
                break
            place = head.astype(np.int64) - 1
            at = base[asked] + place
            same = self._keys[at] == key[asked]
            if same.any():
                which.append(asked[same])
                places.append(place[same])
            head = self._next[at]
        place = np.concatenate(places)
        last = self._end - 1
        return np.concatenate(which), last - ((last - place) & (self._size - 1))

    def rows(self, band: int, first: int) -> tuple[NDArray[np.uint32], Numbers]:
        """List the keys and numbers of the rows of a band from row ``first`` on."""
        numbers = np.arange(first, self._end)
        at = band * self._size + (numbers & (self._size - 1))
        held = self._held[at]
        return self._keys[at[held]], numbers[held]

    def _chain(self, band: NDArray[np.int64], key: NDArray[np.uint32]) -> NDArray[np.int64]:
        return band * self._chains + (key & np.uint32(self._chains - 1)).astype(np.int64)
