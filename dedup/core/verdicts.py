"""Which of the pairs at or above the threshold are copies and which are variants, asked late.

Knows: pairs of rows in order of similarity, a judge who is handed pairs. Does not know: texts, who
proposed the pairs, which rows are kept (it is told which pairs count).

A row's pairs are looked at from the most similar on (of equals, the first): it is a copy of the
first that is no variant. At most ``JUDGED`` are looked at, so that a thousand variants of one
template cost no thousand judgements each. A judgement costs ten times a comparison, so a pair
is judged only when the answer depends on it: until then it counts as a copy, unless the row has a
variant already, which makes the next one likely.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

#: How many pairs of a paragraph are judged at most.
JUDGED = 8

#: What is known of a pair.
UNKNOWN, COPY, VARIANT = 0, 1, 2

Rows = NDArray[np.int64]

#: Says which pairs of rows are variants: (i, j) to bool.
Judge = Callable[[Rows, Rows], NDArray[np.bool_]]


class Verdicts:
    """The pairs at or above the threshold, ordered by copy, similarity and kept row.

    kept, copy, score: the pairs in that order; at: int64, the place of each among the pairs given;
    verdict: int8, what is known of each. Without a judge every pair is a copy. known: int8, what
    is known already of each pair given.
    """

    def __init__(
        self,
        kept: Rows,
        copy: Rows,
        score: NDArray[np.float64],
        threshold: float,
        judge: Judge | None,
        known: NDArray[np.int8] | None = None,
    ) -> None:
        good = np.flatnonzero(score >= threshold)
        self.at = good[np.lexsort((kept[good], -score[good], copy[good]))]
        self.kept, self.copy, self.score = kept[self.at], copy[self.at], score[self.at]
        self._judge = judge
        if judge is None:
            self.verdict = np.full(len(self.at), COPY, dtype=np.int8)
        elif known is None:
            self.verdict = np.full(len(self.at), UNKNOWN, dtype=np.int8)
        else:
            self.verdict = known[self.at]
        self._first = first_of_each(self.copy)
        self._heads = np.flatnonzero(self._first)
        self._row = np.cumsum(self._first) - 1

    def places(self, counts: NDArray[np.bool_]) -> Rows:
        """For each pair, how many pairs of its row that count stand before it."""
        before: Rows = np.cumsum(counts) - counts
        before -= before[self._heads][self._row]
        return before

    def matches(self, shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say which pairs are copies as far as is known, leaving out what is beyond ``JUDGED``.

        shown: which pairs have a kept row that is shown to the copy. What is not shown counts as
        well, in case it will be.
        """
        doubted = np.zeros(len(self._heads), dtype=bool)
        doubted[self._row[self.verdict == VARIANT]] = True
        good: NDArray[np.bool_] = self.verdict == COPY
        good |= (self.verdict == UNKNOWN) & ~doubted[self._row]
        if self._judge is not None:
            good &= ~shown | (self.places(shown) < JUDGED)
        return good

    def ask(self, shown: NDArray[np.bool_]) -> bool:
        """Have the pairs judged on which the answer depends next; False where there are none.

        Of each row one more than were judged before, so that few rounds do.
        """
        if self._judge is None:
            return False
        within = shown & (self.places(shown) < JUDGED)
        open_pairs = within & (self.verdict == UNKNOWN)
        open_pairs &= self.places(within & (self.verdict == COPY)) == 0
        judged = np.bincount(self._row[self.verdict != UNKNOWN], minlength=len(self._heads))
        asked = np.flatnonzero(open_pairs & (self.places(open_pairs) <= judged[self._row]))
        if not len(asked):
            return False
        variant = self._judge(self.kept[asked], self.copy[asked])
        self.verdict[asked] = np.where(variant, VARIANT, COPY)
        return True

    def partners(self, shown: NDArray[np.bool_]) -> Rows:
        """Choose the pair that names each row's partner, once nothing is left to ask.

        The first copy, or else the first variant; positions in this order, one a row at most.
        """
        within = shown & (self.places(shown) < JUDGED) if self._judge is not None else shown
        copies = np.flatnonzero(within & (self.verdict == COPY))
        copies = copies[first_of_each(self._row[copies])]
        others = np.flatnonzero(shown)
        others = others[first_of_each(self._row[others])]
        matched = np.zeros(len(self._heads), dtype=bool)
        matched[self._row[copies]] = True
        return np.concatenate((copies, others[~matched[self._row[others]]]))

    def unjudged(self, shown: NDArray[np.bool_], kept: NDArray[np.bool_], low: int = 0) -> Rows:
        """List the pairs of kept rows that were shown and, being too many, not judged.

        kept: bool, by row - low. Positions in this order.
        """
        if self._judge is None:
            return self.copy[:0]
        return np.flatnonzero(shown & kept[self.copy - low] & (self.places(shown) >= JUDGED))


def first_of_each(ordered: Rows) -> NDArray[np.bool_]:
    """Mark the first of each group of equal neighbours."""
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return first
