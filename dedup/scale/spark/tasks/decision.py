"""Decides rows that meet others, on an executor: ``core.walk`` over a stream of records.

Knows: records, the numbers of rows inside a task, which texts are still needed. Does not know:
Spark, how rows met, which rows a task gets.

A task gets the records of whole clusters in the order of rank, and works on some of them at a time.
After that it holds the id of each row and whether the row is kept; it holds a text only while a hot
bucket remembers the row. So memory is 13 bytes a row, 144 bytes a hot bucket, and the texts of at
most ``CAP`` rows of each hot bucket.

Records, with the columns of ``RECORD``; each row has at least one:
    pair     of a small bucket: its later row, its earlier row as other, agreement, score, variant
    member   a row of hot buckets: the ids of these buckets, its sketch and its text
    earlier  the earlier row of a pair, and nothing else
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.candidates import ends_of
from dedup.core.walk import COPY, LIMITS, VARIANT, Decision, Limits, RankRange, Walk, settle
from dedup.encoded import Column, encode, lengths
from dedup.pages import page_of
from dedup.ragged import Ragged
from dedup.recipe import Recipe
from dedup.scale.spark.tasks.arrow import Rows, batch_of, matrix, strings, values
from dedup.sequences import Sequences
from dedup.stages import compare_texts, judge_for, sequences_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: Columns of the records, and of the answer. The answer has the rows that match another; its last
#: row has no id, and says how many pairs were not compared.
RECORD = (
    "row long, other long, agreement int, score double, variant boolean, buckets array<long>, "
    "sketch binary, text string"
)
ANSWER = "row long, kept boolean, match long, similarity double, uncompared long"

#: The columns that only pairs have, and only members.
_TELLING = ("other", "buckets")

#: Records that are decided together, and bytes of them.
_RECORDS, _BYTES = 1 << 17, 1 << 26


class Decide(NamedTuple):
    """Decide the rows of a task. judged: the recipe that pairs alike are judged by, or None."""

    least: int
    threshold: float
    tokens: str
    judged: Recipe | None
    scoped: bool
    limits: Limits = LIMITS

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read records, by row; write the answer."""
        stream = _Stream(self)
        for some in _by_rows(batches):
            yield stream.decide(some)
        yield _answer(uncompared=[stream.uncompared])


class DecideAll(NamedTuple):
    """Decide all rows by comparing every pair, in one task: where a recipe has no bands."""

    threshold: float
    tokens: str
    judged: Recipe | None

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns row and text, by row; write the answer. Cost: quadratic."""
        every = [(values(batch, "row"), strings(batch, "text")) for batch in batches]
        if not every:
            return
        rows = np.concatenate([some for some, _ in every])
        texts = Sequences(Column.joined([some for _, some in every]), self.tokens)
        i, j, scores = texts.all_similar(np.arange(len(rows)), self.threshold)
        good = ~np.isnan(scores)
        judge = judge_for(self.judged) if self.judged else None
        decided = settle(len(rows), i[good], j[good], scores[good], judge, texts)
        yield _matched(rows, rows, decided)
        yield _answer(uncompared=[decided.uncompared + int((~good).sum())])


def _by_rows(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    """Join batches until they are large enough, and cut them where a row ends."""
    held: list[RecordBatch] = []
    for batch in batches:
        held.append(batch)
        records, size = sum(each.num_rows for each in held), sum(each.nbytes for each in held)
        if records < _RECORDS and size < _BYTES:
            continue
        whole = _joined(held)
        rows = values(whole, "row")
        border = int(np.searchsorted(rows, rows[-1])) if len(rows) else 0
        if border:
            yield whole.slice(0, border)
        held = [whole.slice(border)]
    if held and (last := _joined(held)).num_rows:
        yield last


def _joined(batches: list[RecordBatch]) -> RecordBatch:
    import pyarrow

    (whole,) = pyarrow.Table.from_batches(batches).combine_chunks().to_batches() or batches[:1]
    return whole


class _Stream:
    """The walk through the rows of a task, which get numbers from 0 as they come."""

    def __init__(self, how: Decide) -> None:
        self._ids = np.empty(0, dtype=np.int64)
        self._count = 0
        self._buckets: dict[int, int] = {}
        self._texts = _Texts(how.tokens)
        judge = judge_for(how.judged) if how.judged else None
        self._walk = Walk(
            0, 0, self._texts, how.least, how.threshold, judge, how.limits, scoped=how.scoped
        )

    @property
    def uncompared(self) -> int:
        """An upper bound of the pairs that met and were not compared."""
        return self._walk.uncompared

    def decide(self, records: RecordBatch) -> RecordBatch:
        """Decide the rows of some records; give the answer."""
        row = values(records, "row")
        ids = np.unique(row)
        low, high = self._count, self._count + len(ids)
        self._ids = _grown(self._ids, high)
        self._ids[low:high] = ids
        self._count = high
        number = low + np.searchsorted(ids, row)
        pairs, members = (np.flatnonzero(records.column(name).is_valid()) for name in _TELLING)
        earlier, later, scores, verdicts, agreement = self._pairs(
            records.take(pairs), number[pairs]
        )
        member, bucket = self._members(records.take(members), number[members])
        self._make_room()
        decided = self._walk.take(RankRange(
            low, high, np.arange(low, high), earlier, later, scores, member, bucket, verdicts,
            agreement,
        ))  # fmt: skip
        memory = self._walk.memory
        shown = np.arange(memory.remembered.shape[1]) < memory.filled[:, None]
        self._texts.keep_only(np.unique(memory.remembered[shown]).astype(np.int64))
        return _matched(ids, self._ids, decided)

    def _pairs(self, records: RecordBatch, later: Rows) -> tuple[NDArray[Any], ...]:
        """Sort pairs by later and earlier row: earlier, later, score, verdict, agreement."""
        earlier = np.searchsorted(self._ids[: self._count], values(records, "other"))
        order = np.lexsort((earlier, later))
        verdicts = np.where(values(records, "variant").astype(bool), VARIANT, COPY)
        return (
            earlier[order], later[order], values(records, "score")[order],
            verdicts.astype(np.uint8)[order],
            values(records, "agreement").astype(np.uint8)[order],
        )  # fmt: skip

    def _members(self, records: RecordBatch, rows: Rows) -> tuple[Rows, Rows]:
        """Hold the texts of members; give their buckets, by number: rows int64, buckets int64."""
        if not len(rows):
            return rows, rows
        self._texts.add(rows, matrix(records.column("sketch"), np.uint64), strings(records, "text"))
        lists = records.column("buckets")
        names, place = np.unique(lists.flatten().to_numpy(), return_inverse=True)
        known = self._buckets
        numbers = [known.setdefault(name, len(known)) for name in names.tolist()]
        bucket = np.array(numbers, dtype=np.int64)[place]
        member = np.repeat(rows, lists.value_lengths().to_numpy())
        order = np.lexsort((bucket, member))
        return member[order], bucket[order]

    def _make_room(self) -> None:
        """Give the walk room for all rows and buckets that have come."""
        memory, buckets = self._walk.memory, len(self._buckets)
        self._walk.memory = memory._replace(
            kept=_grown(memory.kept, self._count, True),
            remembered=_grown(memory.remembered, buckets),
            filled=_grown(memory.filled, buckets), met=_grown(memory.met, buckets),
        )  # fmt: skip


class _Texts:
    """The sketches and texts of some rows, by number. See ``core.walk.Compared``."""

    def __init__(self, tokens: str) -> None:
        self._tokens = tokens
        self._rows = np.empty(0, dtype=np.int64)
        self._sketches = np.empty((0, 1), dtype=np.uint64)
        self._texts = Column(encode([]))

    def add(self, rows: Rows, sketches: NDArray[np.uint64], texts: Column) -> None:
        """Hold more rows, which have higher numbers than the others."""
        some = self._sketches if len(self._rows) else sketches[:0]
        self._rows = np.concatenate((self._rows, rows))
        self._sketches = np.concatenate((some, sketches))
        self._texts = Column.joined([self._texts, texts])

    def keep_only(self, rows: Rows) -> None:
        """Forget all but some of the rows."""
        at = self._at(rows)
        if len(at) < len(self._rows):
            self._rows, self._sketches = rows, self._sketches[at]
            self._texts = self._texts.take(at)

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        """Compare pairs of rows."""
        rows, left, right = ends_of(i, j)
        return compare_texts(self._of(rows), left, right, self._tokens)

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        """Give the sketches of rows."""
        return self._sketches[self._at(rows)]

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        """Give what is compared of rows."""
        return sequences_of(self._of(rows), self._tokens)

    def page(self, rows: Rows) -> kernel.Reading:
        """Lay out the texts of rows for the judge."""
        return page_of(self._of(rows))

    def sizes(self, rows: Rows) -> Rows:
        """Count the bytes of the texts of rows."""
        return lengths(self._texts)[self._at(rows)]

    def _at(self, rows: Rows) -> Rows:
        return np.searchsorted(self._rows, rows)

    def _of(self, rows: Rows) -> Column:
        return self._texts.take(self._at(rows))


def _grown(array: NDArray[Any], size: int, value: object = 0) -> NDArray[Any]:
    """Give an array of at least ``size`` rows; new ones hold ``value``."""
    if size <= len(array):
        return array
    larger = np.full((max(size, len(array) * 3 // 2), *array.shape[1:]), value, dtype=array.dtype)
    larger[: len(array)] = array
    return larger


def _matched(ids: Rows, every: Rows, decided: Decision) -> RecordBatch:
    """Give the answer. ids: of the rows that were decided; every: the id of each number."""
    match = every[decided.match]
    some = match != ids
    return _answer(
        row=ids[some], kept=decided.kept[some], match=match[some],
        similarity=decided.similarity[some],
    )  # fmt: skip


def _answer(**columns: object) -> RecordBatch:
    """Make a batch of the answer; columns that are not given are null."""
    import pyarrow

    kinds = {"long": pyarrow.int64(), "boolean": pyarrow.bool_(), "double": pyarrow.float64()}
    count = len(next(iter(columns.values())))  # type: ignore[arg-type]
    every = {}
    for name, kind in (each.split() for each in ANSWER.split(", ")):
        given = columns.get(name)
        every[name] = (
            pyarrow.nulls(count, kinds[kind]) if given is None
            else pyarrow.array(given, kinds[kind])
        )  # fmt: skip
    return batch_of(**every)
