"""Tokens to shingles, signatures, band keys and sketches; keys to buckets; numbers for tokens.

Knows: the arrays of those functions of ``kernel.h``. Does not know: recipes.
"""

from __future__ import annotations

import os
from ctypes import byref, c_int64
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.calls import at, checked, loaded
from dedup.ragged import Ragged, starts_of


class Family(NamedTuple):
    """How rows of tokens become signatures: see ``dedup_family`` in ``kernel.h``."""

    width: int
    linked: bool
    permutations: NDArray[np.uint32]
    bands: int
    rows: int
    words: int


class Sketches(NamedTuple):
    """The signatures, keys, sketches and bags of ``n`` rows.

    signatures: uint32 (permutations, n), if asked for; keys: uint32 (bands, n); sketches: uint64
    (n, words); bags: uint64 (n, BAG_WORDS), if asked for.
    """

    signatures: NDArray[np.uint32] | None
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]
    bags: NDArray[np.uint64] | None = None


def sketch(
    tokens: Ragged[np.uint64], family: Family, signatures: bool = False, bags: bool = False
) -> Sketches:
    """Sketch every row. Cost: 0.9 us for 65 tokens and 87 permutations."""
    rows, count = len(tokens.starts) - 1, family.permutations.shape[1]
    whole = np.empty((count, rows), dtype=np.uint32) if signatures else None
    keys = np.empty((family.bands, rows), dtype=np.uint32)
    sketches = np.empty((rows, family.words), dtype=np.uint64)
    drawn = np.ascontiguousarray(family.permutations)
    some_bags = np.empty((rows, c.BAG_WORDS), dtype=np.uint64) if bags else None
    out = c.Sketches(at(whole), at(keys), at(sketches), at(some_bags), rows)
    values = np.ascontiguousarray(tokens.values)
    checked(
        loaded().dedup_sketch(
            byref(_described(family, drawn)), at(values), at(tokens.starts), 0, rows, byref(out)
        )
    )
    return Sketches(whole, keys, sketches, some_bags)


def cut(
    signatures: NDArray[np.uint32], family: Family
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Cut signatures, uint32 (permutations, n): keys uint32 (bands, n), sketches uint64 (n, words).

    Cost: 0.3 us a row.
    """
    drawn, whole = (np.ascontiguousarray(each) for each in (family.permutations, signatures))
    rows = whole.shape[1]
    keys = np.empty((family.bands, rows), dtype=np.uint32)
    sketches = np.empty((rows, family.words), dtype=np.uint64)
    out = c.Sketches(None, at(keys), at(sketches), None, rows)
    checked(loaded().dedup_cut(byref(_described(family, drawn)), at(whole), rows, byref(out)))
    return keys, sketches


def _described(family: Family, drawn: NDArray[np.uint32]) -> c.Family:
    return c.Family(
        family.width, family.linked, at(drawn[0]), at(drawn[1]), drawn.shape[1], family.bands,
        family.rows, family.words,
    )  # fmt: skip


def shingles(tokens: Ragged[np.uint64], width: int, linked: bool) -> Ragged[np.uint32]:
    """Hash every shingle of every row. Cost: 0.2 us for 65 tokens."""
    rows = len(tokens.starts) - 1
    out = np.empty(len(tokens.values), dtype=np.uint32)
    starts = np.empty(rows + 1, dtype=np.int64)
    values = np.ascontiguousarray(tokens.values)
    count = checked(
        loaded().dedup_shingles(
            at(values), at(tokens.starts), rows, width, linked, at(out), at(starts)
        )
    )
    return Ragged(out[:count], starts)


class Numbers:
    """Gives tokens numbers from 0 on, equal tokens the same one. For one thread at a time.

    Memory: 24 to 48 bytes for each distinct token.
    """

    def __init__(self) -> None:
        # Odd, and random so that nobody can write a text that is slow to number. No number depends
        # on it.
        self._multiplier = int.from_bytes(os.urandom(8), "little") | 1
        self._make_room(12)

    def of(self, values: NDArray[np.uint64]) -> NDArray[np.uint32]:
        """Number tokens: uint32 (m,). Raises MemoryError beyond 2**30 of them.

        Cost: 2 to 5 ns a token.
        """
        values = np.ascontiguousarray(values)
        out = np.empty(len(values), dtype=np.uint32)
        done = self._number(values, out)
        while done < len(values):
            known = self._tokens
            self._make_room(self._table.slot_bits + 1)
            self._number(known, np.empty(len(known), dtype=np.uint32))
            done += self._number(values[done:], out[done:])
        return out

    def tokens(self, numbers: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """Give the tokens with these numbers."""
        return self._tokens[numbers]

    def _make_room(self, bits: int) -> None:
        if bits > 32:
            raise MemoryError("more than 2**30 distinct words can't be numbered")
        # Tokens fill a quarter of the slots, so few of them find their slot taken.
        self._tokens = np.empty(1 << (bits - 2), dtype=np.uint64)
        self._slots = np.zeros(1 << bits, dtype=np.uint32)
        self._table = c.Numbers(
            at(self._tokens), 0, len(self._tokens), at(self._slots), self._multiplier, bits
        )

    def _number(self, values: NDArray[np.uint64], out: NDArray[np.uint32]) -> int:
        table = byref(self._table)
        return checked(loaded().dedup_number(table, at(values), len(values), at(out)))


def buckets(packed: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Sort ``key << 32 | row`` in place, and list the rows whose key another row has too.

    Returns the rows, uint32, bucket after bucket and rising in each; and how many members each
    bucket has, int64. Cost: 10 ns a row.
    """
    count = len(packed)
    spare = np.empty(count, dtype=np.uint64)
    rows, sizes = np.empty(count, dtype=np.uint32), np.empty(count // 2, dtype=np.int64)
    many = c_int64()
    members = checked(
        loaded().dedup_buckets(at(packed), at(spare), count, at(rows), at(sizes), byref(many))
    )
    return rows[:members].copy(), sizes[: many.value].copy()


def packed(keys: NDArray[np.uint32], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pack the keys of some rows for ``buckets``: uint64 (n,), ``keys[rows[k]] << 32 | k``."""
    out = np.empty(len(rows), dtype=np.uint64)
    checked(loaded().dedup_pack(at(keys), len(keys), at(rows), len(rows), at(out)))
    return out


#: How many pairs there is room for at a time. If a bucket has more, there is room for these.
_PAIRS = 1 << 17


def bucket_pairs(
    rows: NDArray[np.uint32],
    sizes: NDArray[np.int64],
    sketches: NDArray[np.uint64] | None = None,
    least: int = 0,
) -> NDArray[np.uint64]:
    """List the pairs inside buckets whose sketches agree: uint64 (m,), ``earlier << 32 | later``.

    rows, sizes: as ``buckets`` gives them; sketches: uint64 (n, words), of all rows. A pair is
    listed if its sketches agree in ``least`` places or more; without sketches all pairs are. Cost:
    5 ns for each pair in a bucket.
    """
    starts = starts_of(sizes)
    largest = int(sizes.max(initial=0))
    room = max(_PAIRS, largest * (largest - 1) // 2)
    table = np.empty((0, 0), dtype=np.uint64) if sketches is None else sketches
    table = np.ascontiguousarray(table)
    look = c.Look(at(table), *table.shape, least)
    found, begin = [np.empty(0, dtype=np.uint64)], 0
    while begin < len(sizes):
        some = np.empty(room, dtype=np.uint64)
        out = c.Proposals(at(some), room, 0)
        count = checked(
            loaded().dedup_bucket_pairs(
                at(rows), at(starts), begin, len(sizes), byref(look), byref(out)
            )
        )
        found.append(some[:count].copy())
        begin = out.next
    return np.concatenate(found)
