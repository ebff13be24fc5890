"""Which stretches two sequences of tokens have in common.

Knows: when two sequences are too long to align as a whole, and how to align parts of them instead.
Does not know: the alignment itself (``kernel``), what a token stands for, who uses the stretches.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.ragged import Ragged, starts_of

#: Two sequences are aligned as a whole if the product of their lengths, without their common
#: beginning and end, is at most this. The alignment then needs at most 64 MB.
MOST_CELLS = 1 << 29

#: Tokens of an anchor: a stretch that occurs exactly once in each of the two sequences.
ANCHOR = 8

#: The parts between two anchors are aligned if the product of their lengths is at most the first
#: number, and while the sum of these products is at most the second one. That takes some two
#: seconds.
_BETWEEN, _ALTOGETHER = 1 << 24, 1 << 32

#: A common stretch: where it begins in the first sequence, where in the second one, its length.
Block = tuple[int, int, int]

#: A sequence of tokens.
Row = NDArray[np.uint64]


def align(a: Row, b: Row, most: int = MOST_CELLS) -> list[Block] | None:
    """List the common stretches of two sequences, in order: a longest common subsequence.

    Returns None if the product of the lengths, without common beginning and end, is above
    ``most``. Cost: a 64th of that product in steps, and as many bits of memory as the product.
    """
    blocks, whole = _aligned(a, b, most)
    return blocks if whole else None


def _aligned(a: Row, b: Row, most: int) -> tuple[list[Block], bool]:
    """Align two sequences. If they are too long, give their common ends only, and False."""
    both = Ragged(np.concatenate((a, b)), starts_of(np.array([len(a), len(b)])))
    found = kernel.align(both, np.array([0]), np.array([1]), most)
    rows = (found.left.tolist(), found.right.tolist(), found.size.tolist())
    return list(zip(*rows, strict=True)), bool(found.whole[0])


def align_by_anchors(a: Row, b: Row) -> list[Block]:
    """List common stretches of two sequences of any length, in order. It may miss some.

    An anchor is a stretch of ``ANCHOR`` tokens that occurs exactly once in each sequence. As many
    anchors as stand in the same order in both are taken as common. The parts between them are
    aligned; of parts that are too long, only the common ends are found. The result depends on the
    two sequences alone. Cost: 3 us a token.
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
    """List the largest set of anchors that stand in the same order in both sequences."""
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
    """Give the stretches of ``ANCHOR`` tokens that occur once: hashes, rising, and beginnings."""
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
    tops: list[int] = []  # for each length, the smallest last value of a rising subsequence
    ends: list[int] = []  # the position of that value
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
