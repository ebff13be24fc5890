"""Which stretches two token sequences have in common, each token written as one character.

Knows: how to align two strings along a longest common subsequence, and when that is too much.
Does not know: what a character stands for, what becomes of the stretches.
"""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, Postfix, Prefix

#: Product of two lengths up to which two strings are aligned at once: 64 MB of bits.
MOST_CELLS = 1 << 29

#: Characters in a row that make an anchor, where they stand once in either string.
ANCHOR = 8

#: Product of two lengths up to which what stands between two anchors is aligned, and the sum of
#: those products for two strings: some two seconds.
_BETWEEN, _ALTOGETHER = 1 << 24, 1 << 32

#: A stretch in common: its beginning in the one string, in the other, its length.
Block = tuple[int, int, int]


def common_ends(a: str, b: str) -> tuple[int, int]:
    """Count the characters two strings share at their beginnings and, of the rest, at their ends.

    Cost: linear.
    """
    head = Prefix.similarity(a, b)
    return head, Postfix.similarity(a[head:], b[head:])


def align(a: str, b: str, most: int = MOST_CELLS) -> list[Block] | None:
    """List what two strings have in common, in order; together a longest common subsequence.

    Two that are too long are aligned without their common ends; None where the product of what
    is left is above ``most``. Cost: the product of the lengths over 64, and a bit of memory each.
    """
    if len(a) * len(b) <= MOST_CELLS:
        return _blocks(a, b)
    head, tail = common_ends(a, b)
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if len(inner_a) * len(inner_b) > most:
        return None
    inner = [(head + i, head + j, size) for i, j, size in _blocks(inner_a, inner_b)]
    return [(0, 0, head), *inner, (len(a) - tail, len(b) - tail, tail)]


def align_by_anchors(a: str, b: str) -> list[Block]:
    """List what two strings of any length have in common, in order, though perhaps not all.

    What stands once in either string, ``ANCHOR`` characters in a row, is taken for the same in
    both, as far as that can be in one order; only what stands between is aligned, and where that
    is too long, only its common ends. Depends on the two strings alone. Cost: 3 us a character.
    """
    blocks: list[Block] = []
    at_a = at_b = spent = 0
    for begin_a, begin_b, size in [*_anchors(a, b), (len(a), len(b), 0)]:
        # Two anchors on one diagonal may overlap.
        skip = max(at_a - begin_a, at_b - begin_b, 0)
        if skip and (skip >= size or begin_a - begin_b != at_a - at_b):
            continue
        inner_a, inner_b = a[at_a : begin_a + skip], b[at_b : begin_b + skip]
        if inner_a and inner_b:
            cells = len(inner_a) * len(inner_b)
            inner = None
            if cells <= min(_BETWEEN, MOST_CELLS) and spent + cells <= _ALTOGETHER:
                inner, spent = _blocks(inner_a, inner_b), spent + cells
            blocks += [(at_a + i, at_b + j, n) for i, j, n in inner or _ends(inner_a, inner_b)]
        blocks.append((begin_a + skip, begin_b + skip, size - skip))
        at_a, at_b = begin_a + size, begin_b + size
    return blocks


def _ends(a: str, b: str) -> list[Block]:
    """List just what two strings share at their ends."""
    head, tail = common_ends(a, b)
    return [(0, 0, head), (len(a) - tail, len(b) - tail, tail)]


def _anchors(a: str, b: str) -> list[Block]:
    """List the anchors of two strings, the most that stand in one order."""
    codes = _codes(a), _codes(b)
    (in_a, at_a), (in_b, at_b) = _once(codes[0]), _once(codes[1])
    _, first, second = np.intersect1d(in_a, in_b, assume_unique=True, return_indices=True)
    at_a, at_b = at_a[first], at_b[second]
    same = np.ones(len(at_a), dtype=bool)
    for k in range(ANCHOR):
        same &= codes[0][at_a + k] == codes[1][at_b + k]
    at_a, at_b = at_a[same], at_b[same]
    order = np.argsort(at_a)
    at_a, at_b = at_a[order], at_b[order]
    rising = _longest_rising(at_b.tolist())
    return [
        (i, j, ANCHOR) for i, j in zip(at_a[rising].tolist(), at_b[rising].tolist(), strict=True)
    ]


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _once(codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Give the hashes of what stands once in a string, rising, and where each begins."""
    count = max(len(codes) - ANCHOR + 1, 0)
    grams = np.zeros(count, dtype=np.uint64)
    for k in range(ANCHOR):
        grams *= np.uint64(0x9E3779B97F4A7C15)
        grams += codes[k : k + count]
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


def _blocks(a: str, b: str) -> list[Block]:
    return [(i, j, size) for i, j, size in Indel.editops(a, b).as_matching_blocks()]
