"""Rows of shingles to MinHash signatures, bit-equal to datasketch 2, scheme "affine32".

Knows: the hash family (MurmurHash3's 32-bit finaliser, then ``a * h + b`` modulo 2**32 with odd
``a``, the parameters drawn by numpy's frozen RandomState). Does not know: text, bands.
Source: ekzhu/datasketch 2.0, MinHash; Broder 1997.

Rows are laid out as the columns of a matrix, each padded with a shingle of its own, which no
minimum notices; one permutation is then three passes of plain vector arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.ragged import Ragged

#: Shingles a block holds: small enough for the cache, large enough to hide the cost of a call.
_BLOCK = 1 << 16

#: The signature of nothing at all: every place at its largest value.
EMPTY = np.uint32(0xFFFFFFFF)


class Permutations(NamedTuple):
    """The parameters of the hash family: odd ``a`` and ``b``, uint32 (permutations,) each."""

    a: NDArray[np.uint32]
    b: NDArray[np.uint32]


def permutations(count: int, seed: int) -> Permutations:
    """Draw the permutations of a seed, as datasketch does. Cost: some 30 us."""
    draw = np.random.RandomState(seed)
    a = draw.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, count, dtype=np.uint32)
    return Permutations(a, b)


def signatures(shingles: Ragged[np.uint32], family: Permutations) -> NDArray[np.uint32]:
    """Take the minimum of every permutation over every row.

    shingles: n rows, any of which may be empty. Returns uint32 (permutations, n), the row of an
    empty text all ``EMPTY``. Cost: 0.28 ns for each shingle and permutation.
    """
    out = np.full((len(family.a), len(shingles.starts) - 1), EMPTY, dtype=np.uint32)
    mixed = _mix32(shingles.values)
    steps = list(zip(family.a, family.b, strict=True))
    for rows, places in _blocks(shingles):
        block = mixed[places]
        turned = np.empty_like(block)
        least = np.empty((len(steps), len(rows)), dtype=np.uint32)
        for place, (a, b) in enumerate(steps):
            np.multiply(block, a, out=turned)
            np.add(turned, b, out=turned)
            np.minimum.reduce(turned, axis=0, out=least[place])
        out[:, rows] = least
    return out


def _blocks(shingles: Ragged[np.uint32]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Cut the rows into blocks of like length: (rows, (longest, rows) places of shingles)."""
    lengths = shingles.lengths
    order = np.argsort(lengths, kind="stable")[::-1]
    order = order[lengths[order] > 0]
    at = 0
    while at < len(order):
        longest = int(lengths[order[at]])
        rows = order[at : at + max(1, _BLOCK // longest)]
        at += len(rows)
        column = np.minimum(np.arange(longest)[:, None], lengths[rows] - 1)
        yield rows, shingles.starts[rows] + column


def _mix32(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values
