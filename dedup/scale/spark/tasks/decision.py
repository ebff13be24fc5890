"""Clusters of rows to the decision, on an executor: the walk of ``core.walk`` over each.

Knows: records of a group, numbers inside a task. Does not know: Spark, how rows were clustered.

A group holds whole clusters, or the first rows of a large one, or the rows after those, for which
the answer before is at hand: kept rows that are candidates (roots), and what hot buckets remember.
Roots come before the rows of their cluster in the order of rank, so here before all rows. Where the
answer is guessed (see ``stages.guesses``), a row may be both a root and to be decided.

Records, by group and kind (columns in ``RECORD``):
    memory   row: a bucket; many: the kept rows it remembers, in order
    text     a row of a hot bucket, or one that is remembered; x: its sketch; text
    member   row; many: its hot buckets
    pair     other, row: earlier and later row of a small bucket, with what is known of the pair
    rooted   the same, the earlier row being decided and kept
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.walk import (
    COPY,
    LIMITS,
    VARIANT,
    Decision,
    Limits,
    RankRange,
    Walk,
    settle,
)
from dedup.recipe import Recipe
from dedup.scale.spark.tasks.arrow import Rows, batch_of, values
from dedup.sequences import RowsInMemory, Sequences
from dedup.stages import judge_for

if TYPE_CHECKING:
    from pyarrow import RecordBatch

MEMORY, TEXT, MEMBER, PAIR, ROOTED = range(5)

#: Columns of the records and of the answer.
RECORD = (
    "group long, kind int, row long, other long, agreement int, score double, variant boolean, "
    "x binary, text string, many array<long>"
)
ANSWER = (
    "row long, kept boolean, match long, similarity double, bucket long, memory array<long>, "
    "uncompared long"
)

#: The row that is like nobody.
_NOBODY = -1

#: Records of small groups that are decided together.
_TOGETHER = 20_000


class Decide(NamedTuple):
    """Decide groups.

    judged: by what pairs alike are judged, None for not at all; banded: whether a row is compared
    with so many at most; remember: whether to tell what buckets remember, for the rows that follow;
    guessed: whether that is given for all rows, each of which sees what comes before it (see
    ``stages.guesses``).
    """

    least: int
    threshold: float
    tokens: str
    judged: Recipe | None
    scoped: bool
    banded: bool
    remember: bool
    guessed: bool = False
    limits: Limits = LIMITS

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read records, those of a group together, by kind."""
        for group in _groups(batches):
            yield from _Task(self, group).answer()


class Group(NamedTuple):
    """The records of some groups: columns of each kind, in the order they came."""

    memory: dict[int, Rows]
    texts: dict[int, tuple[bytes, str]]
    members: dict[int, Rows]
    pairs: list[tuple[Rows, Rows, Rows, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]]


def _groups(batches: Iterable[RecordBatch]) -> Iterator[Group]:
    """Gather records up to a border between groups once there are enough."""
    group = Group({}, {}, {}, [])
    size, last = 0, None
    for batch in batches:
        if not batch.num_rows:
            continue
        of = values(batch, "group")
        borders = [0, *(np.flatnonzero(np.diff(of)) + 1).tolist()]
        begin = 0
        for border in borders:
            held = size + border - begin
            if held >= _TOGETHER and (border or of[0] != last):
                _add(group, batch, begin, border)
                yield group
                group, size, begin = Group({}, {}, {}, []), 0, border
        _add(group, batch, begin, batch.num_rows)
        size += batch.num_rows - begin
        last = of[-1]
    if size:
        yield group


def _add(group: Group, batch: RecordBatch, begin: int, end: int) -> None:
    if begin == end:
        return
    some = batch.slice(begin, end - begin)
    kind = values(some, "kind")
    for wanted, place in ((MEMORY, group.memory), (MEMBER, group.members)):
        records = some.take(np.flatnonzero(kind == wanted))
        many = records.column("many")
        ends = np.cumsum(many.value_lengths().to_numpy(zero_copy_only=False))
        lists = np.split(many.flatten().to_numpy(zero_copy_only=False), ends[:-1])
        place.update(zip(records.column("row").to_pylist(), lists, strict=False))
    records = some.take(np.flatnonzero(kind == TEXT))
    pairs_of = zip(records.column("x").to_pylist(), records.column("text").to_pylist(), strict=True)
    group.texts.update(zip(records.column("row").to_pylist(), pairs_of, strict=True))
    where = np.flatnonzero(kind >= PAIR)
    if len(where):
        pairs = some.take(where)
        group.pairs.append((
            values(pairs, "other"), values(pairs, "row"), values(pairs, "agreement"),
            values(pairs, "score"), values(pairs, "variant").astype(bool), kind[where] == ROOTED,
        ))  # fmt: skip


class _Task:
    """One group while it is decided: its rows by number, roots first."""

    def __init__(self, how: Decide, group: Group) -> None:
        self._how, self._group = how, group
        self._judge = judge_for(how.judged) if how.judged else None
        none = np.empty(0, dtype=np.int64)
        nothing = (none, none, none, np.empty(0), none.astype(bool), none.astype(bool))
        columns = [np.concatenate(each) for each in zip(nothing, *group.pairs, strict=True)]
        earlier, later, places, self._score, variant, rooted = columns
        self._roots = np.unique(np.concatenate((earlier[rooted], *group.memory.values(), none)))
        member = np.array(list(group.members), dtype=np.int64)
        self._walked = np.unique(np.concatenate((later, earlier[~rooted], member)))
        # Behind the roots stands one that is like nobody: it fills what a bucket remembers.
        self._rows = np.concatenate((self._roots, [_NOBODY], self._walked))
        self._begin = len(self._roots) + 1
        self._earlier = np.where(rooted, self._root(earlier), self._number(earlier))
        self._later = self._number(later)
        order = np.lexsort((self._earlier, self._later))
        self._earlier, self._later = self._earlier[order], self._later[order]
        self._places, self._score = places[order].astype(np.uint8), self._score[order]
        self._verdict = np.where(variant[order], VARIANT, COPY).astype(np.uint8)
        lists = list(group.members.values())
        sizes = list(map(len, lists))
        self._member = np.repeat(self._number(member), sizes)
        every = np.concatenate((none, *lists))
        self._known_buckets, bucket = np.unique(every, return_inverse=True)
        # What a bucket shows depends on the row where it remembers rows after it.
        shown = self._shown(np.repeat(member, sizes), every)
        most = how.limits.cap + 1
        seen, self._bucket = np.unique(bucket * most + shown, return_inverse=True)
        self._buckets, self._filled = np.divmod(seen, most)

    def _root(self, rows: Rows) -> Rows:
        """Number roots, in the order of rank; anything for others."""
        return np.searchsorted(self._roots, rows)

    def _number(self, rows: Rows) -> Rows:
        """Number rows to be decided: behind all roots, in the order of rank."""
        return self._begin + np.searchsorted(self._walked, rows)

    def _shown(self, rows: Rows, buckets: Rows) -> Rows:
        """Count for each membership the remembered rows that come before it."""
        shown = np.zeros(len(rows), dtype=np.int64)
        order = np.argsort(buckets, kind="stable")
        names, first = np.unique(buckets[order], return_index=True)
        for name, places in zip(names.tolist(), np.split(order, first[1:]), strict=False):
            remembered = self._group.memory.get(name)
            if remembered is not None:
                shown[places] = np.searchsorted(remembered, rows[places])
        return shown

    def answer(self) -> Iterator[RecordBatch]:
        """Decide, and tell of every row that isn't a root."""
        most = int(np.bincount(self._later, minlength=1).max())
        crowded = self._how.banded and most > self._how.limits.most
        walk = None
        if len(self._buckets) or crowded:
            rows, walk = self._walk()
        else:
            every = self._settle()
            begin = self._begin
            rows = Decision(
                every.kept[begin:], every.match[begin:], every.similarity[begin:], every.uncompared
            )
        count = len(self._walked)
        yield _batch(
            row=self._walked, kept=rows.kept, match=self._rows[rows.match],
            similarity=rows.similarity, uncompared=_first(count, rows.uncompared),
        )  # fmt: skip
        if walk is not None and self._how.remember:
            yield self._memory(walk)

    def _settle(self) -> Decision:
        good = self._score >= self._how.threshold
        settled = settle(
            len(self._rows), self._earlier[good], self._later[good], self._score[good],
            self._judge, verdicts=self._verdict[good],
        )  # fmt: skip
        nothing = int(np.isnan(self._score).sum())
        return settled._replace(uncompared=settled.uncompared + nothing)

    def _walk(self) -> tuple[Decision, Walk]:
        how = self._how
        walk = Walk(
            len(self._rows), len(self._buckets), self._known(), how.least, how.threshold,
            self._judge, how.limits, scoped=how.scoped, nobody=len(self._roots),
        )  # fmt: skip
        begin, memory = self._begin, walk.memory
        memory.remembered[:] = len(self._roots)
        for number, (place, shown) in enumerate(zip(self._buckets, self._filled, strict=True)):
            rows = self._group.memory.get(int(self._known_buckets[place]))
            if rows is not None:
                memory.remembered[number, :shown] = self._root(rows[:shown])
        memory.filled[:] = how.limits.cap if how.guessed else self._filled
        memory.met[:] = memory.filled
        memory.counts[0] = begin
        order = np.lexsort((self._bucket, self._member))
        walked = np.arange(begin, len(self._rows))
        stretch = RankRange(
            begin, len(self._rows), walked, self._earlier, self._later, self._score,
            self._member[order], self._bucket[order], self._verdict, self._places,
        )  # fmt: skip
        return walk.take(stretch), walk

    def _known(self) -> RowsInMemory:
        """Put sketches and texts where numbers find them."""
        rows = np.array(list(self._group.texts), dtype=np.int64)
        records = list(self._group.texts.values())
        heads = np.full(len(self._rows), -1, dtype=np.int64)
        for numbers, known in ((self._root(rows), self._roots), (self._number(rows), self._walked)):
            here = np.isin(rows, known)
            heads[numbers[here]] = np.flatnonzero(here)
        joined = b"".join(x for x, _ in records)
        sketches = np.frombuffer(joined, dtype=np.uint64).reshape(len(rows), -1 if rows.size else 1)
        sequences = Sequences([text for _, text in records], self._how.tokens)
        return RowsInMemory(sketches, heads, sequences)

    def _memory(self, walk: Walk) -> RecordBatch:
        """Tell what each bucket remembers."""
        rows, filled = walk.memory.remembered, walk.memory.filled
        names = self._known_buckets[self._buckets]
        records = [
            self._rows[some[:size].astype(np.int64)].tolist()
            for some, size in zip(rows, filled.tolist(), strict=True)
        ]
        return _batch(bucket=names, memory=records)


def _first(count: int, value: int) -> list[int]:
    return [value, *[0] * (count - 1)] if count else []


def _batch(**columns: Sequence[object] | NDArray[Any]) -> RecordBatch:
    """Make a batch of the answer; columns not given are null."""
    import pyarrow

    types = {
        "row": pyarrow.int64(), "kept": pyarrow.bool_(), "match": pyarrow.int64(),
        "similarity": pyarrow.float64(), "bucket": pyarrow.int64(),
        "memory": pyarrow.list_(pyarrow.int64()),
        "uncompared": pyarrow.int64(),
    }  # fmt: skip
    count = len(next(iter(columns.values())))
    return batch_of(
        **{
            name: pyarrow.array(columns[name], kind)
            if name in columns
            else pyarrow.nulls(count, kind)
            for name, kind in types.items()
        }
    )
