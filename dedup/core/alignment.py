"""Which stretches two sequences of tokens have in common.

Knows: when two are too long to be aligned as a whole, and what is done then. Does not know: how
they are aligned (``kernel``), what a token stands for, what becomes of the stretches.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.ragged import Ragged, starts_of

#: Product of two lengths, common ends aside, up to which two are aligned at once: 64 MB of bits.
MOST_CELLS = 1 << 29

#: Tokens in a row that make an anchor, where they stand once in either sequence.
ANCHOR = 8

#: Product of two lengths up to which what stands between two anchors is aligned, and the sum of
#: those products for two sequences: some two seconds.
_BETWEEN, _ALTOGETHER = 1 << 24, 1 << 32

#: A stretch in common: its beginning in the one sequence, in the other, its length.
Block = tuple[int, int, int]

#: A sequence of tokens.
Row = NDArray[np.uint64]


def align(a: Row, b: Row, most: int = MOST_CELLS) -> list[Block] | None:
    """List what two sequences have in common, in order; together a longest common subsequence.

    None where the product of their lengths, common ends aside, is above ``most``. Cost: that
    product over 64, and a bit of memory each.
    """
    blocks, whole = _aligned(a, b, most)
    return blocks if whole else None


def _aligned(a: Row, b: Row, most: int) -> tuple[list[Block], bool]:
    """Align two sequences; of two that are too long give the common ends, and False."""
    both = Ragged(np.concatenate((a, b)), starts_of(np.array([len(a), len(b)])))
    found = kernel.align(both, np.array([0]), np.array([1]), most)
    rows = (found.left.tolist(), found.right.tolist(), found.size.tolist())
    return list(zip(*rows, strict=True)), bool(found.whole[0])


def align_by_anchors(a: Row, b: Row) -> list[Block]:
    """List what two sequences of any length have in common, in order, though perhaps not all.

    What stands once in either, ``ANCHOR`` tokens in a row, is taken for the same in both, as far as
    that can be in one order; only what stands between is aligned, and where that is too long, only
    its common ends. Depends on the two sequences alone. Cost: 3 us a token.
    """
    blocks: list[Block] = []
    at_a = at_b = spent = 0
    for begin_a, begin_b, size in [*_anchors(a, b), (len(a), len(b), 0)]:
        # Two anchors on one diagonal may overlap.
        skip = max(at_a - begin_a, at_b - begin_b, 0)
        if skip and (skip >= size or begin_a - begin_b != at_a - at_b):
            continue
        inner_a, inner_b = a[at_a : begin_a + skip], b[at_b : begin_b + skip]
        if len(inner_a) and len(inner_b):
            cells = len(inner_a) * len(inner_b)
            fits = cells <= min(_BETWEEN, MOST_CELLS) and spent + cells <= _ALTOGETHER
            spent += cells if fits else 0
            inner, _ = _aligned(inner_a, inner_b, cells if fits else 0)
            blocks += [(at_a + i, at_b + j, n) for i, j, n in inner]
        blocks.append((begin_a + skip, begin_b + skip, size - skip))
        at_a, at_b = begin_a + size, begin_b + size
    return blocks


def _anchors(a: Row, b: Row) -> list[Block]:
    """List the anchors of two sequences, the most that stand in one order."""
    (in_a, at_a), (in_b, at_b) = _once(a), _once(b)
    _, first, second = np.intersect1d(in_a, in_b, assume_unique=True, return_indices=True)
    at_a, at_b = at_a[first], at_b[second]
    same = np.ones(len(at_a), dtype=bool)
    for k in range(ANCHOR):
        same &= a[at_a + k] == b[at_b + k]
    at_a, at_b = at_a[same], at_b[same]
    order = np.argsort(at_a)
    at_a, at_b = at_a[order], at_b[order]
    rising = _longest_rising(at_b.tolist())
    return [
        (i, j, ANCHOR) for i, j in zip(at_a[rising].tolist(), at_b[rising].tolist(), strict=True)
    ]


def _once(row: Row) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Give the hashes of what stands once in a sequence, rising, and where each begins."""
    count = max(len(row) - ANCHOR + 1, 0)
    grams = np.zeros(count, dtype=np.uint64)
    for k in range(ANCHOR):
        grams *= np.uint64(0x9E3779B97F4A7C15)
        grams += row[k : k + count]
        grams ^= grams >> np.uint64(29)
    found, places, counts = np.unique(grams, return_index=True, return_counts=True)
    return found[counts == 1], places[counts == 1].astype(np.int64)


def _longest_rising(values: list[int]) -> list[int]:
    """List the positions of a longest rising subsequence. Cost: 1 us a value."""
    tops: list[int] = []  # the least value that a subsequence of each length ends with
    ends: list[int] = []  # and its position
    before = []
    for k, value in enumerate(values):
        at = bisect_left(tops, value)
        before.append(ends[at - 1] if at else -1)
        tops[at : at + 1], ends[at : at + 1] = [value], [k]
    found = []
    k = ends[-1] if ends else -1
    while k >= 0:
        found.append(k)
        k = before[k]
    return found[::-1]
