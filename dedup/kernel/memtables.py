"""Which of the latest rows of an index have a key in a band.

Knows: the arrays of ``dedup_memtable_*`` and ``dedup_filters_pass``. Does not know: stores.
"""

from __future__ import annotations

from ctypes import byref

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.binding import NO_ROOM, at, checked, loaded


class Memtable:
    """A ring of ``size`` rows (a power of two) in ``bands`` bands: which rows have a key.

    A band may be emptied by itself; until then a row stays at its place, so at most ``size`` rows
    may lie between the oldest that any band still holds and the newest. Memory: 13 bytes for each
    row and band, touched as it fills.
    """

    def __init__(self, bands: int, size: int) -> None:
        self._size = size
        self._keys, self._next, self._heads = (
            np.zeros((bands, size), dtype=np.uint32) for _ in range(3)
        )
        self._held = np.zeros((bands, size), dtype=bool)
        self._table = c.Memtable(
            at(self._keys), at(self._next), at(self._heads), at(self._held), bands, size, 0
        )

    def add(self, first: int, keys: NDArray[np.uint32], held: NDArray[np.bool_]) -> None:
        """Add rows ``first``, ``first + 1``, ...: keys and held (bands, n), held says which count.

        Cost: some 5 us, and 10 ns for each key.
        """
        keys, held = np.ascontiguousarray(keys), np.ascontiguousarray(held)
        count = keys.shape[1]
        checked(loaded().dedup_memtable_add(byref(self._table), first, at(keys), at(held), count))

    def empty(self, bands: NDArray[np.int64]) -> None:
        """Forget all rows of some bands. Cost: 30 us a band for a ring of 2**17."""
        self._heads[bands] = 0

    def find(
        self, first_band: int, keys: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the rows with keys in bands: (place of the key, number of the row).

        keys: uint32 (some bands from ``first_band`` on, n), contiguous; places count through them.
        Cost: some 5 us, and 20 ns a key.
        """
        room = 4 * keys.size + 64
        while True:
            question, number = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
            count = loaded().dedup_memtable_find(
                byref(self._table), first_band, at(keys), *keys.shape,
                byref(c.Found(at(question), at(number), room)),
            )  # fmt: skip
            if count != NO_ROOM:
                break
            room *= 8
        checked(count)
        return question[:count], number[:count]

    def rows(self, band: int, first: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """List the keys and numbers of the rows of a band from row ``first`` on."""
        numbers = np.arange(first, self._table.end)
        at = numbers & (self._size - 1)
        held = self._held[band, at]
        return self._keys[band, at[held]], numbers[held]


def filters_pass(
    marks: NDArray[np.uint8],
    shifts: NDArray[np.uint32],
    first_band: int,
    keys: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """List the places of the keys that pass the filters of their bands: ``dedup_filters_pass``.

    marks: uint8 (bands, bytes); shifts: uint32 (bands,); keys: uint32 (some bands from
    ``first_band`` on, n), contiguous. Cost: some 5 us, and 5 ns a key.
    """
    out = np.empty(keys.size, dtype=np.int64)
    filters = c.Filters(at(marks), at(shifts), *marks.shape)
    count = checked(
        loaded().dedup_filters_pass(byref(filters), first_band, at(keys), *keys.shape, at(out))
    )
    return out[:count]
