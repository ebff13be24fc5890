"""Candidates to the answer: who is kept, and which kept paragraph each copy repeats.

Knows: thresholds, buckets that remember, the order of rank. Does not know: texts, how a pair is
compared or judged (it is handed the functions), where rows come from.

The rule, for row after row in order of rank: its candidates are the kept rows that its buckets
remember and whose sketches agree with its own in enough places; of more than ``MOST`` those that
agree most are compared (of equals, the first). Of those similar enough the ``JUDGED`` most similar
(of equals, the first) are judged: the row is a copy of the most similar that is no variant. Where
there is none it is kept, as a variant of the most similar if one is similar enough, and each of
its buckets that remembers fewer than ``CAP`` remembers it. Here the same answer is worked out for
many rows at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP, Candidates, distinct, pack, unpack
from dedup.core.independent import independent
from dedup.core.verdicts import COPY, JUDGED, UNKNOWN, Judge, Verdicts, first_of_each

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
    """The answer for ``n`` rows: kept bool (n,); match int64 (n,).

    match: the kept row that a copy repeats, that a kept row is a variant of, or the row's own;
    similarity: float64 (n,), with the match; uncompared: pairs that met and were not compared, or
    were similar enough and not judged.
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
    judge: Judge | None = None,
) -> Decision:
    """Decide ``count`` rows; pairs that agree in fewer than ``least`` places are not compared.

    Without a ``judge`` every pair that is similar enough is a copy. Cost: linear in the candidates,
    and ``CAP`` looks for each membership of a hot bucket.
    """
    earlier, later = unpack(met.pairs)
    scores = compare(earlier, later)
    crowded = len(later) > 0 and int(np.bincount(later).max()) > MOST
    if len(met.sizes) or crowded:
        walk = Walk(count, len(met.sizes), agreement, least, compare, threshold, judge)
        return walk.take(_everything(count, met, scores))
    good = scores >= threshold
    answer = settle(count, earlier[good], later[good], scores[good], judge)
    return answer._replace(uncompared=answer.uncompared + int(np.isnan(scores).sum()))


def settle(
    count: int,
    earlier: Rows,
    later: Rows,
    scores: NDArray[np.float64],
    judge: Judge | None = None,
) -> Decision:
    """Decide ``count`` rows of which all pairs that are similar enough are known.

    Cost: linear in the pairs for each round of judgements, of which there are a few.
    """
    pairs = Verdicts(earlier, later, scores, 0.0, judge)
    kept = independent(count, earlier, later)
    while True:
        shown = kept[pairs.kept]
        good = pairs.matches(shown)
        again = independent(count, pairs.kept[good], pairs.copy[good])
        # The answer of the first row is right from the start, that of the next a round later.
        if np.array_equal(again, kept) and not pairs.ask(shown):
            break
        kept = again
    match, similarity = np.arange(count), np.ones(count)
    chosen = pairs.partners(shown)
    match[pairs.copy[chosen]] = pairs.kept[chosen]
    similarity[pairs.copy[chosen]] = pairs.score[chosen]
    return Decision(kept, match, similarity, len(pairs.unjudged(shown, kept)))


def _place_in_group(ordered: Rows) -> Rows:
    """Number the members of each group of equal values from 0, in their order."""
    heads = np.flatnonzero(first_of_each(ordered))
    return np.arange(len(ordered)) - np.repeat(heads, np.diff(heads, append=len(ordered)))


class Stretch(NamedTuple):
    """The rows from ``low`` to before ``high`` and what is known of them.

    rows: int64, those that meet another, rising. earlier, later, scores: the pairs of small buckets
    whose later row is among them, by later and then earlier row. member, bucket: int64 (m,), which
    of them is in which hot bucket, by row.
    """

    low: int
    high: int
    rows: Rows
    earlier: Rows
    later: Rows
    scores: NDArray[np.float64]
    member: Rows
    bucket: Rows


def _everything(count: int, met: Candidates, scores: NDArray[np.float64]) -> Stretch:
    """Make one stretch of all rows."""
    earlier, later = unpack(met.pairs)
    walked = np.zeros(count, dtype=bool)
    walked[earlier] = walked[later] = walked[met.members] = True
    by_later = np.argsort(later, kind="stable")
    by_row = np.argsort(met.members, kind="stable")
    bucket = np.repeat(np.arange(len(met.sizes)), met.sizes)
    return Stretch(
        0, count, np.flatnonzero(walked), earlier[by_later], later[by_later], scores[by_later],
        met.members[by_row], bucket[by_row],
    )  # fmt: skip


class Remembered(NamedTuple):
    """What a walk carries from stretch to stretch, beside what is kept.

    rows: uint32 (b, CAP), the kept rows that each hot bucket remembers; filled: int64 (b,), how
    many; met: int64 (b,), how many it met; kept: how many rows that met others were kept.
    """

    rows: NDArray[np.uint32]
    filled: Rows
    met: Rows
    kept: int


class Walk:
    """A walk through the rows in order of rank, stretch by stretch and in these block by block.

    The rows before a block are decided, so what its buckets remember is known. Inside a block the
    rule is applied to all rows at once, again and again, until nothing changes: the answer of the
    first row is right from the start, so that of the next is right one round later, and so on; in
    practice a few rounds do.

    kept: bool (count,), right for the rows taken. Memory: that, ``4 * CAP + 16`` bytes a bucket,
    and the stretch.
    """

    def __init__(
        self,
        count: int,
        buckets: int,
        agreement: Agreement,
        least: int,
        compare: Compare,
        threshold: float,
        judge: Judge | None,
    ) -> None:
        self.kept = np.ones(count, dtype=bool)
        self.uncompared = 0
        self._agreement, self._least = agreement, least
        self._compare, self._threshold, self._judge = compare, threshold, judge
        self._remembered = np.zeros((buckets, CAP), dtype=np.uint32)
        self._filled = np.zeros(buckets, dtype=np.int64)
        self._met_kept = np.zeros(buckets, dtype=np.int64)
        self._kept_rows = 0

    def take(self, stretch: Stretch) -> Decision:
        """Decide the rows of the next stretch; the answer is for these rows alone."""
        self._low, high, self._rows = stretch.low, stretch.high, stretch.rows
        self._earlier, self._later, self._scores = stretch.earlier, stretch.later, stretch.scores
        self._known = pack(self._later, self._earlier)
        self._member, self._bucket = stretch.member, stretch.bucket
        self._match, self._similarity = np.arange(self._low, high), np.ones(high - self._low)
        before = self.uncompared
        self.run()
        return Decision(
            self.kept[self._low : high], self._match, self._similarity, self.uncompared - before
        )

    def remembered(self) -> Remembered:
        """Give what is carried to the next stretch; the arrays are the walk's own."""
        return Remembered(self._remembered, self._filled, self._met_kept, self._kept_rows)

    def go_on(self, kept: NDArray[np.bool_], remembered: Remembered, uncompared: int) -> None:
        """Take up a walk where another stood; kept: bool, of the rows that it took."""
        self.kept[: len(kept)] = kept
        self._remembered, self._filled, self._met_kept, self._kept_rows = remembered
        self.uncompared = uncompared

    def run(self) -> None:
        """Decide every row of the stretch that meets another."""
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
        old = self._judge_first(self._before_block(low, high, member, bucket))
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
        met = distinct([pack(copy[good], kept[good]), pack(later[decided], earlier[decided])])
        copy, kept = unpack(met)
        # What is not among the first MOST now will not be with the rows of the block besides.
        order, first = self._best_of_each(kept, copy)
        kept, copy = kept[order][first], copy[order][first]
        left_out = unpack(met)[0][order][~first]
        return _Pairs(kept, copy, self._scores_of(kept, copy), _unknown(copy), left_out)

    def _best_of_each(self, kept: Rows, copy: Rows) -> tuple[Rows, NDArray[np.bool_]]:
        """Order pairs by copy, agreement and rank; mark the first ``MOST`` of each copy."""
        order = np.lexsort((kept, -self._agreement(kept, copy).astype(np.int64), copy))
        return order, _place_in_group(copy[order]) < MOST

    def _judge_first(self, old: _Pairs) -> _Pairs:
        """Judge pairs with rows before the block until each row has a copy or no more to ask."""
        pairs = self._verdicts(old)
        every = np.ones(len(pairs.at), dtype=bool)
        while pairs.ask(every):
            pass
        old.verdict[pairs.at] = pairs.verdict
        return old

    def _verdicts(self, pairs: _Pairs) -> Verdicts:
        return Verdicts(
            pairs.kept, pairs.copy, pairs.score, self._threshold, self._judge, pairs.verdict
        )

    def _certain(self, old: _Pairs, block: Rows) -> NDArray[np.bool_]:
        """Say which rows of a block are copies whatever the block holds: bool by row - low.

        A row is, if it is a copy of a row before the block and the kept rows inside can't crowd
        that out of the candidates compared, nor out of those judged.
        """
        low = int(block[0])
        size = int(block[-1]) + 1 - low
        pairs = self._verdicts(old)
        every = np.ones(len(pairs.at), dtype=bool)
        chosen = pairs.partners(every)
        chosen = chosen[pairs.verdict[chosen] == COPY]
        certain = np.zeros(size, dtype=bool)
        certain[pairs.copy[chosen] - low] = True
        compared = np.bincount(old.copy - low, minlength=size)
        ahead = np.zeros(size, dtype=np.int64)
        if self._judge is not None:
            ahead[pairs.copy[chosen] - low] = pairs.places(every)[chosen] + MOST + 1 - JUDGED
        taken = np.maximum(compared, ahead)
        walked = np.zeros(size, dtype=bool)
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
        none = np.empty(0, dtype=np.int64)
        return _Pairs(inside.kept, inside.copy, scores, _unknown(inside.copy), none)

    def _settle(self, inside: _Inside, new: _Pairs, old: _Pairs, block: Rows) -> None:
        """Apply the rule to the whole block until nothing changes, and write the answer down."""
        low = inside.low
        both = new.joined(old)
        order, _ = self._best_of_each(both.kept, both.copy)
        heads = first_of_each(both.copy[order])
        pairs = self._verdicts(both)
        shown = np.ones(len(both.copy), dtype=bool)
        allowed = np.empty(len(both.copy), dtype=bool)
        kept = ~inside.certain
        while True:
            shown[: len(new.kept)] = inside.visible(kept)
            nth = np.cumsum(shown[order])
            nth -= (nth - shown[order])[heads][np.cumsum(heads) - 1]
            allowed[order] = shown[order] & (nth <= MOST)
            looked_at = allowed[pairs.at]
            again = np.ones(len(kept), dtype=bool)
            again[pairs.copy[pairs.matches(looked_at) & looked_at] - low] = False
            if np.array_equal(again, kept) and not pairs.ask(looked_at):
                break
            kept = again
        nothing = np.isnan(both.score)
        allowed[pairs.at[pairs.unjudged(looked_at, kept, low)]] = False
        missed = both.copy[(shown & ~allowed) | (allowed & nothing)]
        missed = np.concatenate((old.left_out, missed))
        self._count_uncompared(inside, kept, both.copy[allowed & ~nothing], missed, block)
        self.kept[block] = kept[block - low]
        chosen = pairs.partners(looked_at)
        self._match[pairs.copy[chosen] - self._low] = pairs.kept[chosen]
        self._similarity[pairs.copy[chosen] - self._low] = pairs.score[chosen]
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

    verdict: int8 (m,), what is known of those similar enough; left_out: int64, the later row of
    each pair that is not among them, being beyond ``MOST``.
    """

    kept: Rows
    copy: Rows
    score: NDArray[np.float64]
    verdict: NDArray[np.int8]
    left_out: Rows

    def joined(self, other: _Pairs) -> _Pairs:
        """Put other pairs after these."""
        return _Pairs(
            np.concatenate((self.kept, other.kept)),
            np.concatenate((self.copy, other.copy)),
            np.concatenate((self.score, other.score)),
            np.concatenate((self.verdict, other.verdict)),
            np.concatenate((self.left_out, other.left_out)),
        )


def _unknown(copy: Rows) -> NDArray[np.int8]:
    return np.full(len(copy), UNKNOWN, dtype=np.int8)


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
        self._heads = np.flatnonzero(first_of_each(self.bucket))
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
        pairs = distinct([listed, always])
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
