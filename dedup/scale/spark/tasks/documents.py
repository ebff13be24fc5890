"""Files to documents, on an executor.

Knows: the readers of the package, how documents are numbered and ranked. Does not know: Spark,
paragraphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.options import Policy
from dedup.paragraph import Document, Extent, Paragraph, Skipped
from dedup.readers import Options, Record, Shard, read_shard, unfit
from dedup.readers.file import Unfit
from dedup.scale.competition import Rank, Scope, rank_of, scope_of
from dedup.scale.shards import Page
from dedup.scale.spark.failures import TaskFailed
from dedup.scale.spark.tasks.arrow import batch_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: Bits of an id that number the documents of a file.
DOCUMENT_BITS = 23

#: Columns of the stage ``documents``; scope, rank: null where documents have none; reason: why
#: something was not read, or null; extent: how much that is; identified: whether a row has an id.
SCHEMA = (
    "id long, part int, source string, record string, scope string, rank double, markup string, "
    "text string, reason string, extent string, identified boolean"
)

#: Which of them is the text.
_TEXT = 7

#: Characters of a batch, and most documents of one.
_CHARACTERS, _DOCUMENTS = 4_000_000, 1000


class ReadFiles(NamedTuple):
    """Read files, one after another, and ask the policy for the rank and scope of documents."""

    options: Options
    policy: Policy

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns part, path, container, packing, named; write documents in their order.

        named: whether the file itself was asked for; others may be there for something else.
        """
        for batch in batches:
            names = ("part", "named", "path", "container", "packing")
            for part, named, *shard in zip(
                *(batch.column(each).to_pylist() for each in names), strict=True
            ):
                yield from self._file(part, Shard(*shard), named)

    def _read(self, shard: Shard, named: bool) -> Iterator[Document | Skipped]:
        try:
            yield from read_shard(shard, self.options)
        except Unfit as error:
            if named:
                raise
            yield unfit(error)

    def _file(self, part: int, shard: Shard, named: bool) -> Iterator[RecordBatch]:
        held: list[tuple[Any, ...]] = []
        size = 0
        # Those of paragraphs are told where these are sketched.
        rank = None if self.policy.keep == "longest" else rank_of(self.policy)
        scope = scope_of(self.policy)
        for number, each in enumerate(self._read(shard, named)):
            if number >> DOCUMENT_BITS:
                raise TaskFailed(
                    f"{shard.path}: more than {1 << DOCUMENT_BITS} documents; cut it in parts"
                )
            name = f"{shard.path}#{number}"
            row = _row((part << DOCUMENT_BITS) + number, part, each, name, rank, scope)
            held.append(row)
            size += len(row[_TEXT] or "")
            if size >= _CHARACTERS or len(held) >= _DOCUMENTS:
                yield _batch(held)
                held, size = [], 0
        if held:
            yield _batch(held)


def _row(
    number: int,
    part: int,
    found: Document | Skipped,
    name: str,
    rank: Rank | None,
    scope: Scope | None,
) -> tuple[Any, ...]:
    record = getattr(found, "record", None)
    if isinstance(found, Skipped):
        where = number, part, found.source, record
        return *where, None, None, None, None, found.reason, found.extent.value, None
    host, date = (found.host, found.date) if isinstance(found, Record) else ("", None)
    page = Page([Paragraph("")], found.source, name, host, date)
    ranked = None
    if rank is not None:
        (ranked,) = np.asarray(rank.of(page), dtype=np.float64).tolist()
    within = None if scope is None else scope.of(page)
    markup = getattr(found, "markup", None)
    text: str | None = found.text
    reason = extent = None
    if _has_lone_surrogate(found.text):
        text, reason = None, "half a surrogate pair, which no UTF-8 can hold"
        extent = Extent.RECORD.value
    identified = isinstance(found, Record) and found.identified
    where = number, part, found.source, record
    return *where, within, ranked, markup, text, reason, extent, identified


def _has_lone_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _batch(held: list[tuple[Any, ...]]) -> RecordBatch:
    import pyarrow

    kinds = {"long": pyarrow.int64(), "int": pyarrow.int32(), "string": pyarrow.string(),
             "double": pyarrow.float64(), "boolean": pyarrow.bool_()}  # fmt: skip
    names = [each.split() for each in SCHEMA.split(", ")]
    return batch_of(
        **{
            name: pyarrow.array(column, kinds[kind])
            for (name, kind), column in zip(names, zip(*held, strict=True), strict=True)
        }
    )
