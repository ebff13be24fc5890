"""Candidates to the answer: who is kept, and which kept paragraph each copy repeats.

Knows: the pairs that rows have with rows before their block, in which order pairs are compared and
judged. Does not know: the rule itself (``kernel/walk.c``, whose head states it), texts, how a pair
is compared or judged (it is handed that), where rows come from.

Rows are walked block by block in the order of rank. What the buckets remember when a block begins
is known, so its candidates from before are compared first, all at once; the kernel then walks the
rows of the block one after another. A pair is judged only where the answer depends on it: the
kernel asks, and goes on from there with the answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.candidates import CAP, Candidates, distinct, pack, unpack
from dedup.core.similarity import MOST_CELLS
from dedup.ragged import Ragged

Rows = NDArray[np.int64]

#: Says which pairs of rows are variants: (i, j) to bool.
Judge = Callable[[Rows, Rows], NDArray[np.bool_]]

#: How many candidates a paragraph is compared with at most, and how many pairs of it are judged.
MOST, JUDGED = 64, 8

_COPY, _VARIANT = 1, 2


class Limits(NamedTuple):
    """The limits of the walk.

    cap: kept rows that a bucket remembers; most: candidates that a row is compared with; judged:
    pairs of a row that are judged; first_block, largest_block: rows of the first block and of the
    largest, between which blocks double; looks: looks at what buckets remember that a block may
    cost. The last three change no answer.
    """

    cap: int = CAP
    most: int = MOST
    judged: int = JUDGED
    first_block: int = 64
    largest_block: int = 4096
    looks: int = 1 << 20


LIMITS = Limits()


class Compared(Protocol):
    """What the walk has to know of rows. Pairs are (earlier, later)."""

    def agreement(self, i: Rows, j: Rows) -> NDArray[np.uint8]:
        """In how many places the sketches of pairs agree: uint8 (m,)."""

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
    and were not compared, or were similar enough and not judged.
    """

    kept: NDArray[np.bool_]
    match: Rows
    similarity: NDArray[np.float64]
    uncompared: int


def decide(
    count: int,
    met: Candidates,
    rows: Compared,
    least: int,
    threshold: float,
    judge: Judge | None = None,
    limits: Limits | None = None,
) -> Decision:
    """Decide ``count`` rows; pairs that agree in fewer than ``least`` places are not compared.

    Without a ``judge`` every pair that is similar enough is a copy. Cost: linear in the candidates,
    and ``cap`` looks for each membership of a hot bucket.
    """
    earlier, later = unpack(met.pairs)
    scores = rows.compare(earlier, later)
    walk = Walk(count, len(met.sizes), rows, least, threshold, judge, limits)
    return walk.take(_everything(count, met, scores))


def settle(
    count: int,
    earlier: Rows,
    later: Rows,
    scores: NDArray[np.float64],
    judge: Judge | None = None,
    limits: Limits | None = None,
) -> Decision:
    """Decide ``count`` rows of which all pairs that are similar enough are known.

    Cost: linear in the pairs.
    """
    order = np.lexsort((earlier, later))
    none = np.empty(0, dtype=np.int64)
    walked = np.zeros(count, dtype=bool)
    walked[earlier] = walked[later] = True
    every = (limits or LIMITS)._replace(most=max(count, 1))
    walk = Walk(count, 0, None, 0, 0.0, judge, every)
    return walk.take(
        Stretch(
            0, count, np.flatnonzero(walked), earlier[order], later[order], scores[order],
            none, none,
        )
    )  # fmt: skip


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


class _Pairs(NamedTuple):
    """The pairs of a block, by later and then earlier row; left_out: the later rows of others."""

    later: Rows
    earlier: Rows
    agreement: NDArray[np.uint8]
    left_out: Rows


class Walk:
    """A walk through the rows in order of rank, stretch by stretch and in these block by block.

    rows: what is to be known of rows, None where all pairs are; scoped: whether the last word of a
    sketch is a scope. ``memory.kept`` is right for the rows taken. Memory: a byte a row,
    ``4 * cap + 16`` bytes a bucket, and the stretch.
    """

    def __init__(
        self,
        count: int,
        buckets: int,
        rows: Compared | None,
        least: int,
        threshold: float,
        judge: Judge | None,
        limits: Limits | None = None,
        scoped: bool = False,
    ) -> None:
        limits = limits or LIMITS
        self._of, self._judge, self._limits = rows, judge, limits
        self._rule = kernel.Rule(
            limits.cap, limits.most, limits.judged, least, MOST_CELLS, threshold,
            judge is not None, scoped,
        )  # fmt: skip
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

    def take(self, stretch: Stretch) -> Decision:
        """Decide the rows of the next stretch; the answer is for these rows alone."""
        self._stretch = stretch
        self._known = pack(stretch.later, stretch.earlier)
        low, high, rows = stretch.low, stretch.high, stretch.rows
        match, similarity = np.arange(low, high), np.ones(high - low)
        before = self.uncompared
        at, size = 0, self._limits.first_block
        while at < len(rows):
            block = self._fitting(rows[at : at + size])
            found = self._decide(block)
            match[block - low], similarity[block - low] = found
            at += len(block)
            size = min(2 * size, self._limits.largest_block) if len(block) == size else len(block)
        return Decision(self.memory.kept[low:high], match, similarity, self.uncompared - before)

    def _fitting(self, block: Rows) -> Rows:
        """Take as many of the rows as may be looked at together, one at least."""
        while len(block) > 1:
            _, bucket = self._memberships(block)
            if int(self.memory.filled[bucket].sum()) <= self._limits.looks:
                break
            block = block[: len(block) // 2]
        return block

    def _memberships(self, block: Rows) -> tuple[Rows, Rows]:
        member = self._stretch.member
        span = slice(*np.searchsorted(member, (block[0], block[-1] + 1)).tolist())
        return member[span], self._stretch.bucket[span]

    def _decide(self, block: Rows) -> tuple[Rows, NDArray[np.float64]]:
        """Decide the rows of a block: their matches and similarities."""
        member, bucket = self._memberships(block)
        pairs = self._pairs(block, member, bucket)
        told = self._block(block, member, bucket, pairs)
        match, similarity = np.empty_like(block), np.empty(len(block))
        verdicts = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint8)
        done = 0
        while True:
            done, asked = kernel.walk(
                self.memory, self._rule, told, done, verdicts, match, similarity
            )
            if not len(asked.row):
                return match, similarity
            verdicts = self._judged(block, asked, verdicts)

    def _judged(
        self, block: Rows, asked: kernel.Asked, known: tuple[NDArray[np.uint64], NDArray[np.uint8]]
    ) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
        """Judge the pairs that are asked for, and put them beside those that are known."""
        assert self._judge is not None
        variant = self._judge(asked.row, block[asked.place])
        keys = np.concatenate((known[0], pack(asked.place, asked.row)))
        found = np.concatenate((known[1], np.where(variant, _VARIANT, _COPY).astype(np.uint8)))
        order = np.argsort(keys)
        return keys[order], found[order]

    def _pairs(self, block: Rows, member: Rows, bucket: Rows) -> _Pairs:
        """List the pairs with what buckets remember, and those of small buckets.

        Of more than ``most`` pairs with rows before the block those that agree most: what is not
        among them now will not be with the rows of the block besides.
        """
        low = int(block[0])
        kept, remembered = self.memory.kept, self.memory.remembered
        seen = self.memory.filled[bucket]
        copy = np.repeat(member, seen)
        place = np.arange(len(copy)) - np.repeat(np.cumsum(seen) - seen, seen)
        earlier = remembered[np.repeat(bucket, seen), place].astype(np.int64)
        if len(copy):
            assert self._of is not None
            good = self._of.agreement(earlier, copy) >= self._rule.least
            copy, earlier = copy[good], earlier[good]
        stretch = self._stretch
        small = slice(*np.searchsorted(stretch.later, (low, block[-1] + 1)).tolist())
        mine, theirs = stretch.later[small], stretch.earlier[small]
        possible = kept[theirs] | (theirs >= low)
        met = distinct([pack(copy, earlier), pack(mine[possible], theirs[possible])])
        copy, earlier = unpack(met)
        if self._of is None:
            return _Pairs(copy, earlier, np.zeros(len(copy), dtype=np.uint8), copy[:0])
        agreement = self._of.agreement(earlier, copy)
        first = _first_of_each(copy, earlier, agreement, earlier < low, self._limits.most)
        return _Pairs(copy[first], earlier[first], agreement[first], copy[~first])

    def _block(self, block: Rows, member: Rows, bucket: Rows, pairs: _Pairs) -> kernel.Block:
        """Lay out what the kernel needs to know."""
        inside = np.unique(member)
        at = np.full(len(block), -1, dtype=np.int64)
        at[np.searchsorted(block, inside)] = np.arange(len(inside))
        sketches: NDArray[np.uint64] = np.empty((0, 1), dtype=np.uint64)
        tokens: Ragged[np.uint64] = _NO_TOKENS
        if len(inside):
            assert self._of is not None
            sketches, tokens = self._of.sketches(inside), self._of.sequences(inside)
        ends = np.append(block, block[-1] + 1)
        left_out = np.bincount(np.searchsorted(block, pairs.left_out), minlength=len(block))
        return kernel.Block(
            np.ascontiguousarray(block),
            np.searchsorted(pairs.later, ends), pairs.earlier, pairs.agreement,
            self._scores(pairs), left_out, np.searchsorted(member, ends),
            np.ascontiguousarray(bucket), at, sketches, tokens,
        )  # fmt: skip

    def _scores(self, pairs: _Pairs) -> NDArray[np.float64]:
        """Look up the similarity of pairs compared already and compare the others."""
        keys = pack(pairs.later, pairs.earlier)
        place = np.minimum(np.searchsorted(self._known, keys), max(0, len(self._known) - 1))
        scores = np.empty(len(keys))
        known = np.zeros(len(keys), dtype=bool)
        if len(self._known):
            known = self._known[place] == keys
            scores[known] = self._stretch.scores[place[known]]
        if not known.all():
            assert self._of is not None
            scores[~known] = self._of.compare(pairs.earlier[~known], pairs.later[~known])
        return scores


_NO_TOKENS = Ragged(np.empty(0, dtype=np.uint64), np.zeros(1, dtype=np.int64))


def _first_of_each(
    copy: Rows,
    kept: Rows,
    agreement: NDArray[np.uint8],
    counts: NDArray[np.bool_],
    most: int,
) -> NDArray[np.bool_]:
    """Mark the first ``most`` pairs of each copy by agreement and rank, of those that count.

    Those that don't are marked too.
    """
    marked = np.ones(len(copy), dtype=bool)
    if len(copy) and int(np.bincount(copy - copy[0]).max()) > most:
        some = np.flatnonzero(counts)
        order = np.lexsort((kept[some], -agreement[some].astype(np.int64), copy[some]))
        ordered = copy[some][order]
        heads = np.searchsorted(ordered, ordered)
        marked[some[order[np.arange(len(order)) - heads >= most]]] = False
    return marked
