"""The stretch of one string that has most in common with another, shorter one.

Knows: strings, longest common subsequences by rapidfuzz, many pairs at once. Does not know: what
a character stands for, which pairs are worth it, thresholds.

A stretch that begins one place later has at most one character more or less in common. So between
two beginnings the most that any stretch can have follows from what both have and how far apart
they are; only where that could be enough is the one in the middle looked at, and so on. That finds
the best of all stretches of the shorter string's length after looking at a few.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cpdist

#: Cells that the search in one pair may cost: about a quarter of a second.
MOST_CELLS = 10**9

Whole = NDArray[np.int64]


class Stretches(NamedTuple):
    """The best stretch of each pair: int64 (m,) each.

    common: characters in common, 0 where no stretch has as many as needed, -1 where the pair was
    given up; begin, end: where the stretch stands in the longer string, end excluded. Its first
    and last characters are among those in common. Of several best stretches it is one.
    """

    common: Whole
    begin: Whole
    end: Whole


def stretches(inner: list[str], outer: list[str], need: Whole) -> Stretches:
    """Find the stretch of ``outer[k]``, no longer than ``inner[k]``, that has most in common.

    need: int64 (m,), how many characters must be in common, 1 or more. No inner string may be
    longer than its outer one. A pair that would cost more than ``MOST_CELLS`` is given up, unless
    the inner string stands there word for word or a good stretch was found by then. Cost, for 40
    and 120 characters: 1 us where the inner string stands word for word, 3 us where it is far from
    it, 30 us between.
    """
    pairs = _Pairs(inner, outer)
    begin = _numbers(map(str.find, outer, inner), len(inner))
    common, end = np.where(begin >= 0, pairs.size, 0), begin + pairs.size
    rest = np.flatnonzero(begin < 0)
    dear = pairs.size[rest] * (pairs.size[rest] + pairs.room[rest]) > MOST_CELLS
    common[rest[dear]] = -1
    rest = rest[~dear]
    # The whole outer string has at least as much in common as any stretch of it.
    whole = pairs.common(rest, np.zeros_like(rest), pairs.size[rest] + pairs.room[rest])
    rest = rest[whole >= need[rest]]
    common[rest], begin[rest] = _Search(pairs, rest, need[rest]).run()
    rest = rest[common[rest] > 0]
    begin[rest], end[rest] = pairs.trim(rest, begin[rest], common[rest])
    return Stretches(common, begin, end)


class _Pairs:
    """Pairs of strings. size: lengths of the inner ones; room: by how much the others exceed it."""

    def __init__(self, inner: list[str], outer: list[str]) -> None:
        self._inner, self._outer = inner, outer
        self.size = _numbers(map(len, inner), len(inner))
        self.room = _numbers(map(len, outer), len(outer)) - self.size

    def common(self, pair: Whole, begin: Whole, end: Whole) -> Whole:
        """Count what inner strings have in common with stretches of their outer ones."""
        spans = zip(pair.tolist(), begin.tolist(), end.tolist(), strict=True)
        counts: Whole = cpdist(
            [self._inner[k] for k in pair.tolist()],
            [self._outer[k][a:b] for k, a, b in spans],
            scorer=LCSseq.similarity,
            dtype=np.int32,
        ).astype(np.int64)
        return counts

    def trim(self, pair: Whole, begin: Whole, common: Whole) -> tuple[Whole, Whole]:
        """Take off each stretch, as long as the inner string, what it can spare: (begin, end)."""
        end = begin + self.size[pair]
        begin = begin + self._spare(pair, begin, end, common, 1, 0)
        return begin, end - self._spare(pair, begin, end, common, 0, 1)

    def _spare(
        self, pair: Whole, begin: Whole, end: Whole, common: Whole, left: int, right: int
    ) -> Whole:
        """Count, by bisection, the characters that can go from the left or from the right."""
        low, high = np.zeros_like(pair), end - begin - common
        while len(rest := np.flatnonzero(low < high)):
            middle = (low[rest] + high[rest] + 1) // 2
            counts = self.common(
                pair[rest], begin[rest] + left * middle, end[rest] - right * middle
            )
            enough = counts == common[rest]
            low[rest[enough]] = middle[enough]
            high[rest[~enough]] = middle[~enough] - 1
        return low


class _Search:
    """The search for the best stretch of some pairs, all at once.

    best, at: what the best stretch so far has in common, at first one less than needed, and where
    it begins; looks: how many more stretches may be looked at; given_up: whether that was too few.
    """

    def __init__(self, pairs: _Pairs, pair: Whole, need: Whole) -> None:
        self._pairs, self._pair, self._need = pairs, pair, need
        self._size, self._room = pairs.size[pair], pairs.room[pair]
        self._best, self._at = need - 1, np.full(len(pair), -1)
        self._looks = MOST_CELLS // (self._size * self._size)
        self._given_up = np.zeros(len(pair), dtype=bool)

    def run(self) -> tuple[Whole, Whole]:
        """Search: (in common, begin) as in ``Stretches``, the stretches as long as the inner."""
        # The gaps between two beginnings that were looked at: of which pair, both, their counts.
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
        """Count what the stretches that begin there have in common, and note the best."""
        counts = self._pairs.common(self._pair[gap], begin, begin + self._size[gap])
        order = np.lexsort((begin, -counts, gap))
        first = order[np.flatnonzero(np.diff(gap[order], prepend=-1))]
        better = first[counts[first] > self._best[gap[first]]]
        self._best[gap[better]], self._at[gap[better]] = counts[better], begin[better]
        self._looks -= np.bincount(gap, minlength=len(self._looks))
        return counts

    def _open(self, gap: Whole, width: Whole, both: Whole) -> Whole:
        """List the gaps in which a better stretch may begin, as long as looks are left."""
        open_gaps = (width > 1) & ((both + width) // 2 > self._best[gap])
        left = self._looks[gap] > 0
        self._given_up[gap[open_gaps & ~left]] = True
        return np.flatnonzero(open_gaps & left)


def _numbers(values: Iterable[int], count: int) -> Whole:
    return np.fromiter(values, dtype=np.int64, count=count)
