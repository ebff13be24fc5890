"""Find the rows of an index that have a key in a band: in memory, and in sorted runs.

Knows: the arrays of ``dedup_memtable_*``, ``dedup_runs_find`` and ``dedup_slots_find``. Does not
know: stores.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.calls import NO_ROOM, at, checked, loaded


class Memtable:
    """The newest rows of an index, in memory: a ring of ``size`` rows, a power of two.

    It finds the rows that have a key in one of ``bands`` bands. Each band can be emptied on its
    own. A row stays in the ring until all bands that hold it are emptied, so the caller must empty
    a band before the rows that it holds span more than ``size`` numbers. Memory: 13 bytes for each
    row and band, used as the ring fills.
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
        """Add rows ``first``, ``first + 1``, ...: keys, held: (bands, n).

        held: whether the bucket of a key remembers the row; otherwise the row is not found by it.

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
        """Find the rows that have keys: (place of the key, number of the row).

        keys: uint32 (some bands from ``first_band`` on, n), contiguous; a place counts through all
        of them, band after band. Cost: some 5 us, and 20 ns a key.
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


class Runs:
    """The sorted runs of an index: finds the slots in which a band key may be.

    For each run, bands has its band, first_slots the id of its first slot, slot_bits the number of
    bits of a band key that choose the slot, and filters its Bloom filter of 2**k bytes, or None for
    a run without one, which may have any band key.
    """

    def __init__(
        self,
        bands: Sequence[int],
        first_slots: Sequence[int],
        slot_bits: Sequence[int],
        filters: Sequence[bytes | None],
    ) -> None:
        self._marks = [
            None if each is None else np.frombuffer(each, dtype=np.uint8) for each in filters
        ]
        rows = zip(bands, first_slots, slot_bits, self._marks, strict=True)
        described = [
            c.Run(
                band, slot, bits, 0 if each is None else (8 * len(each)).bit_length() - 1, at(each)
            )
            for band, slot, bits, each in rows
        ]
        self._runs = (c.Run * len(described))(*described)

    def find(
        self, first_band: int, keys: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Find the slots that may hold band keys: (place of the key, place of the run, slot).

        keys: uint32 (some bands from ``first_band`` on, n), contiguous; a place counts through all
        of them, band after band. The answers come run after run. Cost: some 5 us, and 5 ns for each
        key and run.
        """
        room = keys.size + 64
        while True:
            found = np.empty((3, room), dtype=np.int64)
            question, run, slot = found
            out = c.Likely(at(question), at(run), at(slot), room)
            count = loaded().dedup_runs_find(
                byref(self._runs), len(self._runs), first_band, at(keys), *keys.shape, byref(out)
            )
            if count != NO_ROOM:
                break
            room *= 8
        checked(count)
        return question[:count], run[:count], slot[:count]


def slots_find(
    bodies: bytes, starts: NDArray[np.int64], widths: NDArray[np.int64], keys: NDArray[np.uint32]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find a band key in each slot: (place of the slot, number of a row that has the key).

    See ``dedup_slots_find`` in ``kernel.h``. bodies: the slots, one after another; starts: int64
    (n + 1,), where each begins; widths: int64 (n,), how many bytes a number has in each; keys:
    uint32 (n,), the key to find in each. Cost: some 5 us, and 0.1 us a slot.
    """
    raw = np.frombuffer(bodies, dtype=np.uint8)
    room = len(raw) // 4 + 1
    question, number = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    count = checked(
        loaded().dedup_slots_find(
            at(raw), at(starts), at(widths), at(keys), len(keys),
            byref(c.Found(at(question), at(number), room)),
        )
    )  # fmt: skip
    return question[:count], number[:count]
