"""Candidates to the answer: which paragraphs are kept, and which kept one each copy repeats.

Knows: the pairs of a block's rows with earlier rows, and when to list and compare them and to lay
out their texts for the judge. Does not know: the rule itself (it stands at the head of
``kernel/walk.c``), texts, how a pair is compared or judged, where rows come from.

The walk goes through the rows block by block, in the order of rank. When a block begins, it is
known which rows the buckets remember. So this module first lists the candidates among these rows
and compares all of them at once, in threads. Then it lays out the texts that may have to be judged.
Then the kernel goes through the rows of the block one by one; it compares and judges the pairs
inside the block.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

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

#: The most candidates with which a paragraph is compared.
MOST = 64

#: The verdicts on a pair.
UNKNOWN, COPY, VARIANT = range(3)


class Limits(NamedTuple):
    """The limits of the walk.

    cap: kept rows that a bucket remembers; most: candidates with which a row is compared;
    first_block, largest_block: rows of the first and of the largest block; each block is twice as
    large as the one before, up to this; looks: remembered rows that a block may look at; laid_out:
    characters of the texts that are laid out for a block of several rows. The last four don't
    change the answer.
    """

    cap: int = CAP
    most: int = MOST
    first_block: int = 64
    largest_block: int = 4096
    looks: int = 1 << 22
    laid_out: int = 1 << 23


LIMITS = Limits()


class Judged(Protocol):
    """Gives the walk what it needs to judge rows."""

    def page(self, rows: Rows) -> kernel.Reading:
        """Lay out the texts of rows."""

    def sizes(self, rows: Rows) -> Rows:
        """Give the approximate lengths of the texts of rows, in characters."""


class Compared(Judged, Protocol):
    """Gives the walk what it needs to compare rows. Pairs are (earlier, later)."""

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        """Give the similarity of pairs: float64 (m,), NaN for a pair that is too long."""

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        """Give the sketches of rows: uint64 (m, words)."""

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        """Give the units of rows that are compared; an empty row for one that is too long."""


class Decision(NamedTuple):
    """The answer for ``n`` rows: kept bool (n,); match int64 (n,).

    match: for a copy, the kept row that it repeats; for a variant, the kept row of which it is one;
    for any other row, itself. similarity: float64 (n,), to the match; uncompared: an upper bound of
    the pairs with kept rows that met in a bucket and were not compared.
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
    """Decide all rows; pairs whose sketches agree in fewer than ``least`` places are not compared.

    whole: see ``all_ranks``; buckets: the number of hot buckets. Without a ``judge`` every pair
    that is similar enough is a copy. Cost: linear in the candidates, and up to ``cap`` looks for
    each member of each hot bucket.
    """
    walk = Walk(whole.high, buckets, rows, least, threshold, judge, limits)
    return walk.take(_without_unlike(whole, threshold, limits.most), progress)


def _without_unlike(whole: RankRange, threshold: float, most: int) -> RankRange:
    """Leave out pairs below the threshold that can't change the answer.

    They can change it for rows whose candidates are limited to ``most``: rows in a hot bucket, and
    rows with more than ``most`` pairs.
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
    """Decide ``count`` rows if all pairs that are similar enough are known.

    With a judge, give either ``rows``, which it judges, or ``verdicts``, the known verdicts on the
    pairs: uint8 (m,). Cost: linear in the pairs.
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
    """The rows from ``low`` to before ``high``, with their pairs and buckets.

    rows: int64, the rows that share a bucket with another one, rising. earlier, later, scores: the
    pairs from small buckets whose later row is in the range, by later and then earlier row. member,
    bucket: int64 (m,), a row and the hot bucket that holds it, by row. verdicts, agreement: uint8,
    for the pairs from small buckets, if they are known.
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
    """Make one range of all rows, without similarities: the caller fills in ``scores``.

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
    """The hot buckets of a block's rows.

    starts: int64 (k + 1,), where the buckets of each row begin; bucket: int64 (m,); rows, sketches:
    the rows that have buckets, and their sketches; at: int64 (k,), the place of each row's sketch,
    or -1.
    """

    starts: Rows
    bucket: Rows
    rows: Rows
    sketches: NDArray[np.uint64]
    at: Rows


class _Pairs(NamedTuple):
    """The pairs of a block, row by row.

    starts: int64 (k + 1,), where the pairs of each row begin; later, earlier: their rows;
    agreement: in how many places their sketches agree; known: int64 (m,), the number of each pair
    among the pairs of the range, or -1 for a new pair; left_out: int64 (k,), how many more pairs
    each row had.
    """

    starts: Rows
    later: Rows
    earlier: Rows
    agreement: NDArray[np.uint8]
    known: Rows
    left_out: Rows


class _Places:
    """Lists distinct rows, and finds the places of rows in such a list.

    Memory: 4 bytes a row. Cost: 5 ns a row, where sorting and searching take 100.
    """

    def __init__(self) -> None:
        # The place of each row in the list that it was last looked up in, or anything.
        self._last = np.zeros(0, dtype=np.int32)

    def hold(self, count: int) -> None:
        """Make room for the rows up to ``count``."""
        if len(self._last) < count:
            self._last = np.zeros(count, dtype=np.int32)

    def distinct(self, *rows: Rows) -> Rows:
        """List distinct rows, rising."""
        every = np.concatenate(rows)
        order = np.arange(len(every), dtype=np.int32)
        self._last[every] = order
        found: Rows = every[self._last[every] == order]
        found.sort()
        return found

    def of(self, known: Rows, rows: NDArray[np.integer[Any]]) -> Rows:
        """Find the places of rows in ``known``, distinct rows; -1 for a row that isn't there."""
        if not len(known):
            return np.full(rows.shape, -1, dtype=np.int64)
        self._last[known] = np.arange(len(known), dtype=np.int32)
        place = np.minimum(self._last[rows], len(known) - 1).astype(np.int64)
        return np.where(known[place] == rows, place, -1)


class Walk:
    """A walk through the rows in order of rank, range by range, and block by block in each.

    rows: gives what is needed to compare and judge rows; if all pairs are known, a ``Judged`` is
    enough. scoped: whether the last word of a sketch is a scope. ``memory.kept`` is valid for the
    rows that ``take`` has decided. Between two ranges the caller may replace the arrays of
    ``memory`` by longer ones. Memory: 5 bytes a row, ``4 * cap + 16`` bytes a bucket, and the
    range.
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
        self._places = _Places()

    @property
    def uncompared(self) -> int:
        """The sum of ``uncompared`` of all decisions so far."""
        return int(self.memory.counts[1])

    @property
    def _compared(self) -> Compared:
        """The rows, in a walk in which not all pairs are known."""
        assert hasattr(self._rows, "sketches")
        return self._rows  # type: ignore[return-value]

    def take(self, ranks: RankRange, progress: Progress = silent) -> Decision:
        """Decide the rows of the next range; the answer is for these rows alone."""
        low, high, rows = ranks.low, ranks.high, ranks.rows
        match, similarity = np.arange(low, high), np.ones(high - low)
        before = self.uncompared
        self._places.hold(len(self.memory.kept))
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
        """Halve a block until its buckets show few enough rows, or one row is left."""
        while len(block) > 1:
            span = _members_of(ranks, block)
            if int(self.memory.filled[ranks.bucket[span]].sum()) <= self._limits.looks:
                break
            block = block[: len(block) // 2]
        return block

    def _decide(self, ranks: RankRange, block: Rows) -> tuple[Rows, NDArray[np.float64]] | None:
        """Decide the rows of a block: their matches and similarities.

        Returns None if the block has too much text to judge at a time.
        """
        members = self._members(ranks, block)
        pairs = self._pairs(ranks, block, members)
        scores = self._scores(ranks, pairs)
        verdicts = _verdicts(ranks, pairs)
        page, page_row, pair_page_row = None, members.at, pairs.known
        if self._judge is not None:
            unjudged = (scores >= self._rule.threshold) & (verdicts == UNKNOWN)
            wanted = self._places.distinct(
                members.rows, pairs.earlier[unjudged], pairs.later[unjudged]
            )
            if len(wanted) and self._too_long(block, wanted):
                return None
            page = self._page(wanted)
            page_row, pair_page_row = (
                self._places.of(wanted, block),
                self._places.of(wanted, pairs.earlier),
            )
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
        """Say whether the block must be smaller, so that less text is laid out at a time."""
        assert self._rows is not None
        return len(block) > 1 and int(self._rows.sizes(wanted).sum()) > self._limits.laid_out

    def _page(self, wanted: Rows) -> kernel.Reading:
        return lay_out([], places=True) if self._rows is None else self._rows.page(wanted)

    def _members(self, ranks: RankRange, block: Rows) -> _Members:
        span = _members_of(ranks, block)
        member = ranks.member[span]
        rows = self._places.distinct(member)
        starts = np.searchsorted(member, np.append(block, block[-1] + 1))
        sketches = self._compared.sketches(rows) if len(rows) else _NO_SKETCHES
        bucket = np.ascontiguousarray(ranks.bucket[span], dtype=np.int64)
        return _Members(starts, bucket, rows, sketches, self._places.of(rows, block))

    def _pairs(self, ranks: RankRange, block: Rows, members: _Members) -> _Pairs:
        """List the pairs with rows that hot buckets remember, and the pairs from small buckets.

        Of more than ``most`` pairs with rows before the block, it lists those that agree most. The
        others would not be among the ``most`` best together with the rows of the block either.
        """
        low = int(block[0])
        span = slice(*np.searchsorted(ranks.later, (low, block[-1] + 1)).tolist())
        earlier = ranks.earlier[span]
        small = np.flatnonzero(self.memory.kept[earlier] | (earlier >= low)) + span.start
        earlier, later = ranks.earlier[small], ranks.later[small]
        place = self._places.of(block, later)
        agreement = self._agreement(ranks, small, place, members)
        before = earlier < low
        met = self._meet(block, members, earlier[before], place[before], agreement[before])
        # `met.pair` is -1 for a pair from a hot bucket; that takes the last number, which is -1.
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

    def _agreement(
        self, ranks: RankRange, small: Rows, place: Rows, members: _Members
    ) -> NDArray[np.uint8]:
        """Count the places in which pairs from small buckets agree, where a row may have too many.

        place: of each later row in the block. The others get 0.
        """
        if ranks.agreement is not None:
            return ranks.agreement[small]
        many = np.bincount(place, minlength=len(members.at)) > self._rule.most
        many |= members.at >= 0
        asked = np.flatnonzero(many[place])
        found = np.zeros(len(small), dtype=np.uint8)
        if len(asked):
            some = small[asked]
            sides = (self._compared.sketches(rows[some]) for rows in (ranks.earlier, ranks.later))
            found[asked] = sketch.agreement(*sides)
        return found

    def _meet(
        self,
        block: Rows,
        members: _Members,
        earlier: Rows,
        place: Rows,
        agreement: NDArray[np.uint8],
    ) -> kernel.Met:
        """List the candidates of a block's rows in hot buckets, together with known pairs.

        earlier, place, agreement: the pairs from small buckets with rows before the block: the
        earlier row, the place of the later row in the block, and the agreement of the sketches.
        """
        buckets, bucket = np.unique(members.bucket, return_inverse=True)
        filled, remembered = self.memory.filled[buckets], self.memory.remembered[buckets]
        shown = np.arange(self._limits.cap) < filled[:, None]
        known = self._places.distinct(remembered[shown].astype(np.int64))
        places = np.where(shown, self._places.of(known, remembered), -1)
        return kernel.meet(
            self._rule,
            kernel.Meeting(
                np.searchsorted(place, np.arange(len(block) + 1)), earlier,
                self._places.of(known, earlier),
                agreement, members.starts, bucket.astype(np.int64), places.astype(np.int64), filled,
                known, self._compared.sketches(known) if len(known) else members.sketches[:0],
                members.at, members.sketches,
            ),
        )  # fmt: skip

    def _scores(self, ranks: RankRange, pairs: _Pairs) -> NDArray[np.float64]:
        """Look up the similarities of pairs that were compared before, and compare the others."""
        known = pairs.known >= 0
        scores = np.empty(len(known))
        scores[known] = ranks.scores[pairs.known[known]]
        if not known.all():
            scores[~known] = self._compared.compare(pairs.earlier[~known], pairs.later[~known])
        return scores


_NO_TOKENS = Ragged(np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64))
_NO_SKETCHES = np.empty((0, 1), dtype=np.uint64)


def _members_of(ranks: RankRange, block: Rows) -> slice:
    """Find the slice of ``member`` and ``bucket`` for a block's rows."""
    return slice(*np.searchsorted(ranks.member, (block[0], block[-1] + 1)).tolist())


def _verdicts(ranks: RankRange, pairs: _Pairs) -> NDArray[np.uint8]:
    """Look up the verdicts on pairs, as far as they are known."""
    verdicts = np.zeros(len(pairs.known), dtype=np.uint8)
    if ranks.verdicts is not None:
        known = pairs.known >= 0
        verdicts[known] = ranks.verdicts[pairs.known[known]]
    return verdicts
