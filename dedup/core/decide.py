"""Candidates to the answer: who is kept, and which kept paragraph each copy repeats.

Knows: thresholds, buckets that remember, the order of rank. Does not know: texts, how a pair is
compared (it is handed two functions), where rows come from.

The rule, for row after row in order of rank: its candidates are the kept rows that its buckets
remember and whose sketches agree with its own in enough places; of more than ``MOST`` those that
agree most are compared (of equals, the first). Where one is similar enough the row is a copy of
the most similar (of equals, the first); else it is kept, and each of its buckets that remembers
fewer than ``CAP`` remembers it. Here the same answer is worked out for many rows at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP, Candidates, pack, unpack
from dedup.core.independent import independent

#: How many candidates a paragraph is compared with at most.
MOST = 64

#: Rows of the first block of a walk and of the largest; later blocks double.
_FIRST_BLOCK, _LARGEST_BLOCK = 64, 4096

#: Looks a block may cost at a time; a block that would need more is halved.
_LOOKS = 1 << 20

#: Similarity of pairs of rows: (i, j) to float64, NaN for a pair that is not compared.
Compare = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]

#: In how many places the sketches of pairs of rows agree: (i, j) to uint8.
Agreement = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.uint8]]

Rows = NDArray[np.int64]


class Decision(NamedTuple):
    """The answer for ``n`` rows: kept bool (n,); match int64 (n,), a row's own where kept.

    similarity: float64 (n,), with the match; uncompared: pairs that met and were not compared.
    """

    kept: NDArray[np.bool_]
    match: Rows
    similarity: NDArray[np.float64]
    uncompared: int


def decide(
    count: int,
    met: Candidates,
    agreement: Agreement,
    least: int,
    compare: Compare,
    threshold: float,
) -> Decision:
    """Decide ``count`` rows; pairs that agree in fewer than ``least`` places are not compared.

    Cost: linear in the candidates, and ``CAP`` looks for each membership of a hot bucket.
    """
    earlier, later = unpack(met.pairs)
    scores = compare(earlier, later)
    crowded = len(later) > 0 and int(np.bincount(later).max()) > MOST
    if len(met.sizes) or crowded:
        walk = _Walk(count, met, scores, agreement, least, compare, threshold)
        walk.run()
        return Decision(walk.kept, walk.match, walk.similarity, walk.uncompared)
    good = scores >= threshold
    uncompared = int(np.isnan(scores).sum())
    return settle(count, earlier[good], later[good], scores[good])._replace(uncompared=uncompared)


def settle(count: int, earlier: Rows, later: Rows, scores: NDArray[np.float64]) -> Decision:
    """Decide ``count`` rows of which all matching pairs are known. Cost: linear in the pairs."""
    kept = independent(count, earlier, later)
    match, similarity = np.arange(count), np.ones(count)
    good = kept[earlier] & ~kept[later]
    _name_partners(match, similarity, earlier[good], later[good], scores[good])
    return Decision(kept, match, similarity, 0)


def _name_partners(
    match: Rows,
    similarity: NDArray[np.float64],
    kept: Rows,
    copy: Rows,
    scores: NDArray[np.float64],
) -> None:
    """Write down for each copy the most similar of the kept rows, of equals the first."""
    order = np.lexsort((kept, -scores, copy))
    best = order[_first_of_each(copy[order])]
    match[copy[best]] = kept[best]
    similarity[copy[best]] = scores[best]


def _first_of_each(ordered: Rows) -> NDArray[np.bool_]:
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def _place_in_group(ordered: Rows) -> Rows:
    """Number the members of each group of equal values from 0, in their order."""
    heads = np.flatnonzero(_first_of_each(ordered))
    return np.arange(len(ordered)) - np.repeat(heads, np.diff(heads, append=len(ordered)))


class _Walk:
    """A walk through the rows in order of rank, block by block.

    The rows before a block are decided, so what its buckets remember is known. Inside a block the
    rule is applied to all rows at once, again and again, until nothing changes: the answer of the
    first row is right from the start, so that of the next is right one round later, and so on; in
    practice a few rounds do.
    """

    def __init__(
        self,
        count: int,
        met: Candidates,
        scores: NDArray[np.float64],
        agreement: Agreement,
        least: int,
        compare: Compare,
        threshold: float,
    ) -> None:
        self.kept = np.ones(count, dtype=bool)
        self.match = np.arange(count)
        self.similarity = np.ones(count)
        self.uncompared = 0
        self._agreement, self._least = agreement, least
        self._compare, self._threshold = compare, threshold
        earlier, later = unpack(met.pairs)
        by_later = np.argsort(later, kind="stable")
        self._earlier, self._later = earlier[by_later], later[by_later]
        self._scores = scores[by_later]
        self._known = pack(self._later, self._earlier)
        bucket = np.repeat(np.arange(len(met.sizes)), met.sizes)
        by_row = np.argsort(met.members, kind="stable")
        self._member, self._bucket = met.members[by_row], bucket[by_row]
        self._remembered = np.zeros((len(met.sizes), CAP), dtype=np.uint32)
        self._filled = np.zeros(len(met.sizes), dtype=np.int64)
        self._met_kept = np.zeros(len(met.sizes), dtype=np.int64)
        self._kept_rows = 0
        walked = np.zeros(count, dtype=bool)
        walked[earlier] = walked[later] = walked[met.members] = True
        self._rows = np.flatnonzero(walked)

    def run(self) -> None:
        """Decide every row that meets another."""
        rows = self._rows
        at, size = 0, _FIRST_BLOCK
        while at < len(rows):
            decided = self._decide_block(rows[at : at + size])
            size = min(2 * size, _LARGEST_BLOCK) if decided >= size else max(decided, 1)
            at += decided

    def _decide_block(self, block: Rows) -> int:
        """Decide the first rows of a block; return how many."""
        low, high = int(block[0]), int(block[-1]) + 1
        span = slice(*np.searchsorted(self._member, (low, high)).tolist())
        member, bucket = self._member[span], self._bucket[span]
        if len(block) > 1 and int(self._filled[bucket].sum()) > _LOOKS:
            return self._decide_block(block[: len(block) // 2])
        old = self._before_block(low, high, member, bucket)
        inside = _Inside(member, bucket, low, self._certain(old, block), self._filled)
        if len(block) > 1 and inside.looks > _LOOKS:
            return self._decide_block(block[: len(block) // 2])
        self._settle(inside, self._inside_block(low, high, inside), old, block)
        return len(block)

    def _before_block(self, low: int, high: int, member: Rows, bucket: Rows) -> _Pairs:
        """Compare the rows of a block with the candidates that were decided before it."""
        seen = self._filled[bucket]
        copy = np.repeat(member, seen)
        place = np.arange(len(copy)) - np.repeat(np.cumsum(seen) - seen, seen)
        kept = self._remembered[np.repeat(bucket, seen), place].astype(np.int64)
        good = self._agreement(kept, copy) >= self._least
        small = slice(*np.searchsorted(self._later, (low, high)).tolist())
        earlier, later = self._earlier[small], self._later[small]
        decided = self.kept[earlier] & (earlier < low)
        met = np.unique(
            np.concatenate((pack(copy[good], kept[good]), pack(later[decided], earlier[decided])))
        )
        copy, kept = unpack(met)
        # What is not among the first MOST now will not be with the rows of the block besides.
        order, first = self._best_of_each(kept, copy)
        kept, copy = kept[order][first], copy[order][first]
        left_out = unpack(met)[0][order][~first]
        return _Pairs(kept, copy, self._scores_of(kept, copy), left_out)

    def _best_of_each(self, kept: Rows, copy: Rows) -> tuple[Rows, NDArray[np.bool_]]:
        """Order pairs by copy, agreement and rank; mark the first ``MOST`` of each copy."""
        order = np.lexsort((kept, -self._agreement(kept, copy).astype(np.int64), copy))
        return order, _place_in_group(copy[order]) < MOST

    def _certain(self, old: _Pairs, block: Rows) -> NDArray[np.bool_]:
        """Say which rows of a block are copies whatever the block holds: bool by row - low.

        A row is, if it matches a row before the block and the kept rows inside can't crowd that
        out of the candidates compared.
        """
        low = int(block[0])
        certain = np.zeros(int(block[-1]) + 1 - low, dtype=bool)
        certain[old.copy[old.score >= self._threshold] - low] = True
        taken = np.bincount(old.copy - low, minlength=len(certain))
        walked = np.zeros(len(certain), dtype=bool)
        walked[block - low] = True
        while True:
            doubtful = np.cumsum(walked & ~certain)
            crowded = certain & (taken + doubtful > MOST)
            if not crowded.any():
                return certain
            certain &= ~crowded

    def _inside_block(self, low: int, high: int, inside: _Inside) -> _Pairs:
        """Compare the rows of a block with each other, each pair that meets once."""
        inside.keep_likely(self._agreement(inside.earlier, inside.later) >= self._least)
        small = slice(*np.searchsorted(self._later, (low, high)).tolist())
        earlier, later = self._earlier[small], self._later[small]
        mine = earlier >= low
        inside.add_small(earlier[mine], later[mine])
        scores = self._scores_of(inside.kept, inside.copy)
        return _Pairs(inside.kept, inside.copy, scores, np.empty(0, dtype=np.int64))

    def _settle(self, inside: _Inside, new: _Pairs, old: _Pairs, block: Rows) -> None:
        """Apply the rule to the whole block until nothing changes, and write the answer down."""
        low = inside.low
        kept_row = np.concatenate((new.kept, old.kept))
        copy = np.concatenate((new.copy, old.copy))
        score = np.concatenate((new.score, old.score))
        order, _ = self._best_of_each(kept_row, copy)
        heads = _first_of_each(copy[order])
        shown = np.ones(len(copy), dtype=bool)
        kept = ~inside.certain
        while True:
            shown[: len(new.kept)] = inside.visible(kept)
            nth = np.cumsum(shown[order])
            nth -= (nth - shown[order])[heads][np.cumsum(heads) - 1]
            allowed = np.empty(len(copy), dtype=bool)
            allowed[order] = shown[order] & (nth <= MOST)
            good = allowed & (score >= self._threshold)
            again = np.ones(len(kept), dtype=bool)
            again[copy[good] - low] = False
            if np.array_equal(again, kept):
                break
            kept = again
        compared = copy[allowed & ~np.isnan(score)]
        missed = np.concatenate(
            (old.left_out, copy[shown & ~allowed], copy[allowed & np.isnan(score)])
        )
        self._count_uncompared(inside, kept, compared, missed, block)
        self.kept[block] = kept[block - low]
        _name_partners(self.match, self.similarity, kept_row[good], copy[good], score[good])
        self._remember(inside, kept)

    def _remember(self, inside: _Inside, kept: NDArray[np.bool_]) -> None:
        """Let the buckets remember the kept rows of a block, and count what they don't show."""
        stays = kept[inside.member - inside.low]
        place = inside.places(stays) + self._filled[inside.bucket]
        fits = stays & (place < CAP)
        bucket = inside.bucket[fits]
        self._remembered[bucket, place[fits]] = inside.member[fits]
        size = len(self._filled)
        self._filled += np.bincount(bucket, minlength=size)
        self._met_kept += np.bincount(inside.bucket[stays], minlength=size)

    def _count_uncompared(
        self, inside: _Inside, kept: NDArray[np.bool_], compared: Rows, missed: Rows, block: Rows
    ) -> None:
        """Count the kept rows that a block's rows met or could have met and were not compared with.

        A row may meet another in several buckets, so what its buckets hide is an upper bound; so
        are all kept rows before it that it was not compared with. The smaller of the two counts.
        """
        size = len(kept)
        hidden = inside.places(kept[inside.member - inside.low]) + self._met_kept[inside.bucket]
        hidden = np.maximum(hidden - CAP, 0)
        unseen = np.bincount(inside.member - inside.low, weights=hidden, minlength=size)
        unseen += np.bincount(missed - inside.low, minlength=size)
        walked = np.zeros(size, dtype=np.int64)
        walked[block - inside.low] = kept[block - inside.low]
        before = self._kept_rows + np.cumsum(walked) - walked
        before -= np.bincount(compared - inside.low, minlength=size)
        self.uncompared += int(np.minimum(unseen, before).sum())
        self._kept_rows += int(walked.sum())

    def _scores_of(self, kept: Rows, copy: Rows) -> NDArray[np.float64]:
        """Look up the similarity of pairs compared already and compare the others."""
        keys = pack(copy, kept)
        place = np.minimum(np.searchsorted(self._known, keys), max(0, len(self._known) - 1))
        scores = np.empty(len(keys))
        known = np.zeros(len(keys), dtype=bool)
        if len(self._known):
            known = self._known[place] == keys
            scores[known] = self._scores[place[known]]
        scores[~known] = self._compare(kept[~known], copy[~known])
        return scores


class _Pairs(NamedTuple):
    """Compared pairs: kept and copy int64 (m,), rising by copy and then kept; score float64 (m,).

    left_out: int64, the later row of each pair that is not among them, being beyond ``MOST``.
    """

    kept: Rows
    copy: Rows
    score: NDArray[np.float64]
    left_out: Rows


class _Inside:
    """The pairs of rows that meet inside one block, of which the earlier may yet be kept.

    member, bucket: the memberships of the block's rows, bucket by bucket. earlier, later: rows of
    the pairs that a bucket with room lists; kept, copy: the distinct pairs, by copy and then kept.
    """

    def __init__(
        self, member: Rows, bucket: Rows, low: int, certain: NDArray[np.bool_], filled: Rows
    ) -> None:
        order = np.argsort(bucket, kind="stable")
        self.member, self.bucket = member[order], bucket[order]
        self.low, self.certain = low, certain
        self._heads = np.flatnonzero(_first_of_each(self.bucket))
        self._sizes = np.diff(self._heads, append=len(self.bucket))
        self._room = CAP - filled[self.bucket]
        after = np.repeat(self._heads + self._sizes, self._sizes) - np.arange(len(self.bucket)) - 1
        after[certain[self.member - low] | (self._room <= 0)] = 0
        self.looks = int(after.sum())
        if self.looks > _LOOKS:
            return
        self._at = np.repeat(np.arange(len(after)), after)
        step = np.arange(len(self._at)) - np.repeat(np.cumsum(after) - after, after)
        self.earlier, self.later = self.member[self._at], self.member[self._at + 1 + step]

    def keep_likely(self, likely: NDArray[np.bool_]) -> None:
        """Keep those of the listed pairs that are likely."""
        self._at = self._at[likely]
        self.earlier, self.later = self.earlier[likely], self.later[likely]

    def add_small(self, earlier: Rows, later: Rows) -> None:
        """Add the likely pairs of small buckets, and make the list of distinct pairs."""
        listed = pack(self.later, self.earlier)
        always = pack(later, earlier)
        pairs = np.unique(np.concatenate((listed, always)))
        self.copy, self.kept = unpack(pairs)
        self._pair = np.searchsorted(pairs, listed)
        self._always = np.zeros(len(pairs), dtype=bool)
        self._always[np.searchsorted(pairs, always)] = True

    def places(self, stays: NDArray[np.bool_]) -> Rows:
        """For each membership, how many kept rows of this block its bucket met before it."""
        before: Rows = np.cumsum(stays) - stays
        return before - np.repeat(before[self._heads], self._sizes)

    def visible(self, kept: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Say of each distinct pair whether its earlier row is shown to the later one."""
        stays = kept[self.member - self.low]
        shown = stays & (self.places(stays) < self._room)
        seen = self._always.copy()
        seen[self._pair[shown[self._at]]] = True
        seen &= kept[self.kept - self.low]
        return seen
