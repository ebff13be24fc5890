"""The stretch of a string that has most in common with a shorter string.

Knows: strings, longest common subsequences by rapidfuzz, many pairs at once. Does not know: what
a character stands for, which pairs are worth comparing, thresholds.

All stretches have the length of the shorter string. If a stretch begins one place later than
another, it has at most one common character more or less. So the numbers of common characters of
two stretches give an upper bound for all stretches that begin between them. If the bound is higher
than the best number so far, the search looks at the stretch in the middle, and then at both halves
in the same way. So it finds the best stretch after looking at a few.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

#: The most cells (products of lengths) that the search in one pair may cost, about a second's work.
#: The search begins only if this is enough for so many looks at the whole outer string.
MOST_CELLS, LEAST_LOOKS = 4 * 10**9, 32

Whole = NDArray[np.int64]


class Stretches(NamedTuple):
    """The best stretch of each pair: int64 (m,) each.

    common: characters in common; 0 if no stretch has as many as needed, -1 if the search was given
    up. begin, end: where the stretch stands in the longer string, end excluded; its first and last
    characters are common ones. If several stretches are best, it is any one of them. before, after:
    how many characters of the shorter string stand before the first and after the last common one.
    """

    common: Whole
    begin: Whole
    end: Whole
    before: Whole
    after: Whole


def stretches(inner: list[str], outer: list[str], need: Whole) -> Stretches:
    """Find the stretch of ``outer[k]``, no longer than ``inner[k]``, that has most in common.

    need: int64 (m,), how many characters must be in common, 1 or more. No inner string may be
    longer than its outer one. The search gives a pair up if it would cost more than ``MOST_CELLS``
    (8,000 characters in 15,000), unless the outer string holds the inner one unchanged, or the
    search found a good enough stretch before. Cost, for 40 and 120 characters: 1 us if the outer
    string holds the inner one unchanged, 3 us if the two are very different, 30 us between.
    """
    pairs = _Pairs(inner, outer)
    begin = _numbers(map(str.find, outer, inner), len(inner))
    common = np.where(begin >= 0, pairs.size, 0)
    edges = pairs.edges(np.arange(len(inner)), begin)
    rest = np.flatnonzero(begin < 0)
    cells = pairs.size[rest] * (pairs.size[rest] + pairs.room[rest])
    dear = LEAST_LOOKS * cells > MOST_CELLS
    common[rest[dear]] = -1
    rest = rest[~dear]
    # The whole outer string has at least as much in common as any stretch of it.
    whole = pairs.edges(rest, np.zeros_like(rest))
    whole[3] += pairs.room[rest]
    rest = rest[pairs.common(rest, whole) >= need[rest]]
    common[rest], begin = _Search(pairs, rest, need[rest]).run()
    found = common[rest] > 0
    rest = rest[found]
    edges[:, rest] = pairs.trim(rest, pairs.edges(rest, begin[found]), common[rest])
    return Stretches(common, edges[2], edges[3], edges[0], pairs.size - edges[1])


class _Pairs:
    """Pairs of strings. size: lengths of the inner ones; room: how much longer the outer ones are.

    Edges, int64 (4, m), mark a part of the inner string and a part of the outer one: begin and end
    of the first, begin and end of the second.
    """

    def __init__(self, inner: list[str], outer: list[str]) -> None:
        self._inner, self._outer = inner, outer
        self.size = _numbers(map(len, inner), len(inner))
        self.room = _numbers(map(len, outer), len(outer)) - self.size

    def edges(self, pair: Whole, begin: Whole) -> Whole:
        """Give the edges of the whole inner string and of the stretch that starts at ``begin``."""
        return np.stack((np.zeros_like(pair), self.size[pair], begin, begin + self.size[pair]))

    def common(self, pair: Whole, edges: Whole) -> Whole:
        """Count what parts of inner strings have in common with parts of the outer ones."""
        inner, outer = self._inner, self._outer
        spans = list(zip(pair.tolist(), *edges.tolist(), strict=True))
        counts: Whole = cpdist(
            [inner[k][a:b] for k, a, b, _, _ in spans],
            [outer[k][c:d] for k, _, _, c, d in spans],
            scorer=LCSseq.similarity,
            dtype=np.int32,
        ).astype(np.int64)
        return counts

    def trim(self, pair: Whole, edges: Whole, common: Whole) -> Whole:
        """Shorten both parts, the outer one first, as far as they keep all that is in common."""
        for edge in (2, 3, 0, 1):
            edges[edge] += self._spare(pair, edges, edge, common)
        return edges

    def _spare(self, pair: Whole, edges: Whole, edge: int, common: Whole) -> Whole:
        """Find, by bisection, how far an edge can move inwards and leave as much in common."""
        inwards = -1 if edge % 2 else 1
        part = edges[edge // 2 * 2 : edge // 2 * 2 + 2]
        low, high = np.zeros_like(pair), part[1] - part[0] - common
        while len(rest := np.flatnonzero(low < high)):
            middle = (low[rest] + high[rest] + 1) // 2
            moved = edges[:, rest]
            moved[edge] += inwards * middle
            enough = self.common(pair[rest], moved) == common[rest]
            low[rest[enough]] = middle[enough]
            high[rest[~enough]] = middle[~enough] - 1
        return inwards * low


class _Search:
    """The search for the best stretches of some pairs, all at once.

    best: how much the best stretch so far has in common, at first one less than needed; at: where
    that stretch begins; looks: how many more stretches the search may look at; given_up: whether it
    ran out of looks.
    """

    def __init__(self, pairs: _Pairs, pair: Whole, need: Whole) -> None:
        self._pairs, self._pair, self._need = pairs, pair, need
        self._size, self._room = pairs.size[pair], pairs.room[pair]
        self._best, self._at = need - 1, np.full(len(pair), -1)
        self._looks = MOST_CELLS // (self._size * self._size)
        self._given_up = np.zeros(len(pair), dtype=bool)

    def run(self) -> tuple[Whole, Whole]:
        """Search; returns ``common`` as in ``Stretches``, and where the best stretches begin."""
        # A gap lies between two beginnings at which the search has looked. Arrays of all gaps: the
        # pair, the two beginnings, and how much the stretches at these have in common.
        gap = np.arange(len(self._pair))
        low, high = np.zeros_like(gap), self._room
        at_low, at_high = self._look(gap, low), self._look(gap, high)
        while len(wide := self._open(gap, high - low, at_low + at_high)):
            gap, low, high, at_low, at_high = (
                each[wide] for each in (gap, low, high, at_low, at_high)
            )
            middle = (low + high) // 2
            counts = self._look(gap, middle)
            gap = np.concatenate((gap, gap))
            low, high = np.concatenate((low, middle)), np.concatenate((middle, high))
            at_low, at_high = np.concatenate((at_low, counts)), np.concatenate((counts, at_high))
        missed = np.where(self._given_up, -1, 0)
        return np.where(self._best >= self._need, self._best, missed), self._at

    def _look(self, gap: Whole, begin: Whole) -> Whole:
        """Count how much the stretches at ``begin`` have in common, and note the best ones."""
        pair = self._pair[gap]
        counts = self._pairs.common(pair, self._pairs.edges(pair, begin))
        order = np.lexsort((begin, -counts, gap))
        first = order[np.flatnonzero(np.diff(gap[order], prepend=-1))]
        better = first[counts[first] > self._best[gap[first]]]
        self._best[gap[better]], self._at[gap[better]] = counts[better], begin[better]
        self._looks -= np.bincount(gap, minlength=len(self._looks))
        return counts

    def _open(self, gap: Whole, width: Whole, both: Whole) -> Whole:
        """List the gaps in which a better stretch may begin, of pairs that have looks left."""
        open_gaps = (width > 1) & ((both + width) // 2 > self._best[gap])
        left = self._looks[gap] > 0
        self._given_up[gap[open_gaps & ~left]] = True
        return np.flatnonzero(open_gaps & left)


def _numbers(values: Iterable[int], count: int) -> Whole:
    return np.fromiter(values, dtype=np.int64, count=count)
