"""Candidates to the answer: who is kept, and which kept paragraph each copy repeats.

Knows: the pairs that rows have with rows before their block, in which order they are looked up,
compared and laid out to be judged. Does not know: the rule itself (``kernel/walk.c``, whose head
states it), texts, how a pair is compared or judged, where rows come from.

Rows are walked block by block in the order of rank. What the buckets remember when a block begins
is known, so its candidates from before are listed and compared first, all at once and in threads;
the texts that may have to be judged are laid out; the kernel then walks the rows of the block one
after another, and compares and judges what it meets.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core import sketch
from dedup.core.candidates import CAP, Candidates, unpack
from dedup.core.similarity import MOST_CELLS
from dedup.core.tokens import lay_out
from dedup.progress import Progress, silent
from dedup.ragged import Ragged

Rows = NDArray[np.int64]

#: How many candidates a paragraph is compared with at most.
MOST = 64

#: What may be known of a pair.
UNKNOWN, COPY, VARIANT = range(3)


class Limits(NamedTuple):
    """The limits of the walk.

    cap: kept rows that a bucket remembers; most: candidates that a row is compared with;
    first_block, largest_block: rows of the first block and of the largest, between which blocks
    double; looks: rows that buckets show to a block; laid_out: characters of the texts that are
    laid out for it, or of those of one row. The last four change no answer.
    """

    cap: int = CAP
    most: int = MOST
    first_block: int = 64
    largest_block: int = 4096
    looks: int = 1 << 22
    laid_out: int = 1 << 23


LIMITS = Limits()


class Judged(Protocol):
    """What the walk has to know of rows to judge them."""

    def page(self, rows: Rows) -> kernel.Reading:
        """Lay out the texts of rows."""

    def sizes(self, rows: Rows) -> Rows:
        """How long the texts of rows are, about, in characters."""


class Compared(Judged, Protocol):
    """What the walk has to know of rows. Pairs are (earlier, later)."""

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        """Similarity of pairs: float64 (m,), NaN for a pair that is too long."""

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        """The sketches of rows: uint64 (m, words)."""

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        """What is compared of rows; nothing of one that is too long to be compared."""


class Decision(NamedTuple):
    """The answer for ``n`` rows: kept bool (n,); match int64 (n,).

    match: the kept row that a copy repeats, that a kept row is a variant of, or the row's own;
    similarity: float64 (n,), with the match; uncompared: an upper bound of the kept rows that met
    and were not compared.
    """

    kept: NDArray[np.bool_]
    match: Rows
    similarity: NDArray[np.float64]
    uncompared: int


def decide(
    whole: RankRange,
    buckets: int,
    rows: Compared,
    least: int,
    threshold: float,
    judge: kernel.Judge | None = None,
    limits: Limits = LIMITS,
    progress: Progress = silent,
) -> Decision:
    """Decide all rows; pairs that agree in fewer than ``least`` places are not compared.

    whole: see ``all_ranks``; buckets: how many hot ones there are. Without a ``judge`` every pair
    that is similar enough is a copy. Cost: linear in the candidates, and ``cap`` looks for each
    membership of a hot bucket.
    """
    walk = Walk(whole.high, buckets, rows, least, threshold, judge, limits)
    return walk.take(_without_unlike(whole, threshold, limits.most), progress)


def _without_unlike(whole: RankRange, threshold: float, most: int) -> RankRange:
    """Leave out pairs below the threshold where they can't change the answer.

    They can where pairs are counted: at rows in a hot bucket, and at rows with more than ``most``
    pairs.
    """
    counted = np.bincount(whole.later, minlength=whole.high) > most
    counted[whole.member] = True
    wanted = np.flatnonzero(~(whole.scores < threshold) | counted[whole.later])
    pairs = (whole.earlier[wanted], whole.later[wanted], whole.scores[wanted])
    return whole._replace(earlier=pairs[0], later=pairs[1], scores=pairs[2])


def settle(
    count: int,
    earlier: Rows,
    later: Rows,
    scores: NDArray[np.float64],
    judge: kernel.Judge | None = None,
    rows: Judged | None = None,
    verdicts: NDArray[np.uint8] | None = None,
    limits: Limits = LIMITS,
) -> Decision:
    """Decide ``count`` rows of which all pairs that are similar enough are known.

    With a judge, either ``rows``, which are judged, or ``verdicts``, which are known: uint8 (m,).
    Cost: linear in the pairs.
    """
    order = np.lexsort((earlier, later))
    none = np.empty(0, dtype=np.int64)
    walked = np.zeros(count, dtype=bool)
    walked[earlier] = walked[later] = True
    walk = Walk(count, 0, rows, 0, 0.0, judge, limits._replace(most=max(count, 1)))
    return walk.take(
        RankRange(
            0, count, np.flatnonzero(walked), earlier[order], later[order], scores[order],
            none, none, None if verdicts is None else verdicts[order],
        )
    )  # fmt: skip


class RankRange(NamedTuple):
    """The rows from ``low`` to before ``high`` and what is known of them.

    rows: int64, those that meet another, rising. earlier, later, scores: the pairs of small buckets
    whose later row is among them, by later and then earlier row. member, bucket: int64 (m,), which
    of them is in which hot bucket, by row. verdicts, agreement: uint8, of the pairs of small
    buckets, where they are known.
    """

    low: int
    high: int
    rows: Rows
    earlier: Rows
    later: Rows
    scores: NDArray[np.float64]
    member: Rows
    bucket: Rows
    verdicts: NDArray[np.uint8] | None = None
    agreement: NDArray[np.uint8] | None = None


def all_ranks(count: int, met: Candidates) -> RankRange:
    """Make one range of all rows; the similarities of its pairs are for the caller to fill in.

    Memory: 24 bytes a pair.
    """
    pairs = met.pairs << np.uint64(32)
    pairs |= met.pairs >> np.uint64(32)
    pairs.sort()
    later, earlier = unpack(pairs)
    walked = np.zeros(count, dtype=bool)
    walked[earlier] = walked[later] = walked[met.members] = True
    by_row = np.argsort(met.members, kind="stable")
    bucket = np.repeat(np.arange(len(met.sizes)), met.sizes)
    return RankRange(
        0, count, np.flatnonzero(walked), earlier, later, np.empty(0), met.members[by_row],
        bucket[by_row],
    )  # fmt: skip


class _Members(NamedTuple):
    """Which rows of a block are in which hot buckets.

    starts: int64 (k + 1,), where the buckets of each row begin; bucket: int64 (m,); rows: int64,
    the rows with buckets, with their sketches; at: int64 (k,), where each row's sketch stands, or
    -1.
    """

    starts: Rows
    bucket: Rows
    rows: Rows
    sketches: NDArray[np.uint64]
    at: Rows


class _Pairs(NamedTuple):
    """The pairs of a block, by row: starts int64 (k + 1,), later and earlier rows, agreement.

    known: int64 (m,), the number of each among the pairs of the range, or -1; left_out: int64
    (k,), how many more there were.
    """

    starts: Rows
    later: Rows
    earlier: Rows
    agreement: NDArray[np.uint8]
    known: Rows
    left_out: Rows


class Walk:
    """A walk through the rows in order of rank, range by range and in these block by block.

    rows: what is to be known of rows, of which no more than what is judged where all pairs are
    known; scoped: whether the last word of a sketch is a scope. ``memory.kept`` is right for the
    rows taken; the arrays of ``memory`` may be replaced by longer ones between two ranges. Memory:
    a byte a row, ``4 * cap + 16`` bytes a bucket, and the range.
    """

    def __init__(
        self,
        count: int,
        buckets: int,
        rows: Compared | Judged | None,
        least: int,
        threshold: float,
        judge: kernel.Judge | None,
        limits: Limits = LIMITS,
        scoped: bool = False,
    ) -> None:
        self._rows, self._judge, self._limits = rows, judge, limits
        self._rule = kernel.Rule(limits.cap, limits.most, least, MOST_CELLS, threshold, scoped)
        self.memory = kernel.Memory(
            np.ones(count, dtype=bool),
            np.zeros((buckets, limits.cap), dtype=np.uint32),
            np.zeros(buckets, dtype=np.int64),
            np.zeros(buckets, dtype=np.int64),
            np.zeros(2, dtype=np.int64),
        )

    @property
    def uncompared(self) -> int:
        """The sum of what the decisions so far leave uncompared."""
        return int(self.memory.counts[1])

    @property
    def _compared(self) -> Compared:
        """What is to be known of rows where not all pairs are known."""
        assert hasattr(self._rows, "sketches")
        return self._rows  # type: ignore[return-value]

    def take(self, ranks: RankRange, progress: Progress = silent) -> Decision:
        """Decide the rows of the next range; the answer is for these rows alone."""
        low, high, rows = ranks.low, ranks.high, ranks.rows
        match, similarity = np.arange(low, high), np.ones(high - low)
        before = self.uncompared
        at, size = 0, self._limits.first_block
        while at < len(rows):
            block = self._fitting(ranks, rows[at : at + size])
            found = self._decide(ranks, block)
            if found is None:
                size = len(block) // 2
                continue
            match[block - low], similarity[block - low] = found
            at += len(block)
            size = min(2 * size, self._limits.largest_block) if len(block) == size else len(block)
            progress("decide", at, len(rows))
        return Decision(self.memory.kept[low:high], match, similarity, self.uncompared - before)

    def _fitting(self, ranks: RankRange, block: Rows) -> Rows:
        """Take as many of the rows as may be looked at together, one at least."""
        while len(block) > 1:
            span = _members_of(ranks, block)
            if int(self.memory.filled[ranks.bucket[span]].sum()) <= self._limits.looks:
                break
            block = block[: len(block) // 2]
        return block

    def _decide(self, ranks: RankRange, block: Rows) -> tuple[Rows, NDArray[np.float64]] | None:
        """Decide the rows of a block: their matches and similarities; None for too much text."""
        members = self._members(ranks, block)
        pairs = self._pairs(ranks, block, members)
        scores = self._scores(ranks, pairs)
        verdicts = _verdicts(ranks, pairs)
        page, page_row, pair_page_row = None, members.at, pairs.known
        if self._judge is not None:
            unjudged = (scores >= self._rule.threshold) & (verdicts == UNKNOWN)
            wanted = _distinct(members.rows, pairs.earlier[unjudged], pairs.later[unjudged])
            if len(wanted) and self._too_long(block, wanted):
                return None
            page = self._page(wanted)
            page_row, pair_page_row = _places(wanted, block), _places(wanted, pairs.earlier)
        tokens = self._compared.sequences(members.rows) if len(members.rows) else _NO_TOKENS
        return kernel.walk(
            self.memory, self._rule, self._judge,
            kernel.Block(
                np.ascontiguousarray(block), pairs.starts, pairs.earlier, pairs.agreement, scores,
                verdicts, pair_page_row, pairs.left_out, members.starts,
                members.bucket, members.at, members.sketches, tokens, page, page_row,
            ),
        )  # fmt: skip

    def _too_long(self, block: Rows, wanted: Rows) -> bool:
        """Say whether fewer rows should be laid out at a time."""
        assert self._rows is not None
        return len(block) > 1 and int(self._rows.sizes(wanted).sum()) > self._limits.laid_out

    def _page(self, wanted: Rows) -> kernel.Reading:
        return lay_out([], places=True) if self._rows is None else self._rows.page(wanted)

    def _members(self, ranks: RankRange, block: Rows) -> _Members:
        span = _members_of(ranks, block)
        member = ranks.member[span]
        rows = _distinct(member)
        starts = np.searchsorted(member, np.append(block, block[-1] + 1))
        sketches = self._compared.sketches(rows) if len(rows) else _NO_SKETCHES
        bucket = np.ascontiguousarray(ranks.bucket[span], dtype=np.int64)
        return _Members(starts, bucket, rows, sketches, _places(rows, block))

    def _pairs(self, ranks: RankRange, block: Rows, members: _Members) -> _Pairs:
        """List the pairs with what buckets remember, and those of small buckets.

        Of more than ``most`` pairs with rows before the block those that agree most: what is not
        among them now will not be with the rows of the block besides.
        """
        low = int(block[0])
        span = slice(*np.searchsorted(ranks.later, (low, block[-1] + 1)).tolist())
        earlier = ranks.earlier[span]
        small = np.flatnonzero(self.memory.kept[earlier] | (earlier >= low)) + span.start
        earlier, later = ranks.earlier[small], ranks.later[small]
        place = np.searchsorted(block, later)
        agreement = self._agreement(ranks, small, place)
        before = earlier < low
        met = self._meet(block, members, earlier[before], place[before], agreement[before])
        # The last number stands for a pair that isn't among those of small buckets.
        known = np.append(small[before], -1)[met.pair]
        there = np.repeat(np.arange(len(block)), np.diff(met.starts))
        if before.all():
            return _Pairs(met.starts, block[there], met.earlier, met.agreement, known, met.left_out)
        there = np.concatenate((there, place[~before]))
        order = np.argsort(there, kind="stable")
        there = there[order]
        return _Pairs(
            np.searchsorted(there, np.arange(len(block) + 1)), block[there],
            np.concatenate((met.earlier, earlier[~before]))[order],
            np.concatenate((met.agreement, agreement[~before]))[order],
            np.concatenate((known, small[~before]))[order], met.left_out,
        )  # fmt: skip

    def _agreement(self, ranks: RankRange, small: Rows, place: Rows) -> NDArray[np.uint8]:
        """Say in how many places pairs of small buckets agree, where a row may have too many."""
        if ranks.agreement is not None:
            return ranks.agreement[small]
        most = int(np.bincount(place, minlength=1).max())
        if not len(ranks.member) and most <= self._rule.most:
            return np.zeros(len(small), dtype=np.uint8)
        sides = (self._compared.sketches(rows[small]) for rows in (ranks.earlier, ranks.later))
        return sketch.agreement(*sides)

    def _meet(
        self,
        block: Rows,
        members: _Members,
        earlier: Rows,
        place: Rows,
        agreement: NDArray[np.uint8],
    ) -> kernel.Met:
        """Look into the buckets of a block; earlier, place, agreement: the small buckets' pairs."""
        buckets, bucket = np.unique(members.bucket, return_inverse=True)
        filled, remembered = self.memory.filled[buckets], self.memory.remembered[buckets]
        shown = np.arange(self._limits.cap) < filled[:, None]
        known = _distinct(remembered[shown].astype(np.int64))
        places = np.where(shown, np.searchsorted(known, remembered), -1)
        return kernel.meet(
            self._rule,
            kernel.Meeting(
                np.searchsorted(place, np.arange(len(block) + 1)), earlier, _places(known, earlier),
                agreement, members.starts, bucket.astype(np.int64), places.astype(np.int64), filled,
                known, self._compared.sketches(known) if len(known) else members.sketches[:0],
                members.at, members.sketches,
            ),
        )  # fmt: skip

    def _scores(self, ranks: RankRange, pairs: _Pairs) -> NDArray[np.float64]:
        """Look up the similarity of pairs compared already and compare the others."""
        known = pairs.known >= 0
        scores = np.empty(len(known))
        scores[known] = ranks.scores[pairs.known[known]]
        if not known.all():
            scores[~known] = self._compared.compare(pairs.earlier[~known], pairs.later[~known])
        return scores


_NO_TOKENS = Ragged(np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64))
_NO_SKETCHES = np.empty((0, 1), dtype=np.uint64)


def _members_of(ranks: RankRange, block: Rows) -> slice:
    """Find the memberships of a block's rows."""
    return slice(*np.searchsorted(ranks.member, (block[0], block[-1] + 1)).tolist())


def _verdicts(ranks: RankRange, pairs: _Pairs) -> NDArray[np.uint8]:
    """Look up what is known of pairs."""
    verdicts = np.zeros(len(pairs.known), dtype=np.uint8)
    if ranks.verdicts is not None:
        known = pairs.known >= 0
        verdicts[known] = ranks.verdicts[pairs.known[known]]
    return verdicts


def _distinct(*rows: Rows) -> Rows:
    """List distinct rows, rising."""
    return np.unique(np.concatenate(rows))


def _places(known: Rows, rows: Rows) -> Rows:
    """Find where rows stand among known ones, which rise; -1 for one that isn't there."""
    if not len(known):
        return np.full(len(rows), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(known, rows), len(known) - 1)
    return np.where(known[place] == rows, place, -1)
