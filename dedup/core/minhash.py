"""Rows of shingles to MinHash signatures, bit-equal to datasketch 2, scheme "affine32".

Knows: the hash family (MurmurHash3's 32-bit finaliser, then ``a * h + b`` modulo 2**32 with odd
``a``, the parameters drawn by numpy's frozen RandomState). Does not know: text, bands.
Source: ekzhu/datasketch 2.0, MinHash; Broder 1997.

A permutation is three passes of plain vector arithmetic over all shingles of a batch; several are
made together, as many as the cache holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.ragged import Ragged

#: Values turned together: 1 MB.
_TOGETHER = 1 << 18

#: The signature of nothing at all: every place at its largest value.
EMPTY = np.uint32(0xFFFFFFFF)


def permutations(count: int, seed: int) -> NDArray[np.uint32]:
    """Draw the permutations of a seed, as datasketch does: uint32 (2, count), odd ``a`` and ``b``.

    Cost: some 200 us, so callers draw them once for many batches.
    """
    draw = np.random.RandomState(seed)
    a = draw.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, count, dtype=np.uint32)
    return np.stack((a, b))


def signatures(shingles: Ragged[np.uint32], family: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Take the minimum of every permutation over every row.

    shingles: n rows, any of which may be empty; family: what ``permutations`` drew. Returns
    uint32 (permutations, n), the row of an empty text all ``EMPTY``. Cost: 0.4 ns for each shingle
    and permutation.
    """
    rows = np.flatnonzero(shingles.lengths)
    out = np.full((family.shape[1], len(shingles.starts) - 1), EMPTY, dtype=np.uint32)
    if not len(rows):
        return out
    mixed = _mix32(shingles.values)
    # Only rows that hold something: reduceat gives an empty one its neighbour's value.
    starts = shingles.starts[rows]
    every_row = len(rows) == out.shape[1]
    a, b = family[:, :, None]
    together = min(max(1, _TOGETHER // len(mixed)), len(a))
    # One piece of memory for all: to get it anew takes a tenth longer.
    memory = np.empty((together, len(mixed)), dtype=np.uint32)
    for begin in range(0, len(a), together):
        some = slice(begin, begin + together)
        turned = memory[: len(a) - begin]
        np.multiply(mixed, a[some], out=turned)
        turned += b[some]
        if every_row:
            np.minimum.reduceat(turned, starts, axis=1, out=out[some])
        else:
            out[some, rows] = np.minimum.reduceat(turned, starts, axis=1)
    return out


def _mix32(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values
