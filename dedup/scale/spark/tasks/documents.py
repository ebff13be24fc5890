"""Files to documents, on an executor.

Knows: how documents are read, numbered and ranked. Does not know: Spark, paragraphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.options import Policy
from dedup.paragraph import Document, Extent, Paragraph, Skipped
from dedup.readers import (
    ReadOptions,
    Record,
    Shard,
    markup_of_document,
    read_shard,
    too_large,
    unfit,
)
from dedup.readers.file import Unfit
from dedup.scale.competition import rank_of, scope_of
from dedup.scale.shards import Page
from dedup.scale.spark.failures import TaskFailed
from dedup.scale.spark.tasks.arrow import batch_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: Bits of an id that number the documents of a file.
DOCUMENT_BITS = 23

#: Columns of the stage ``documents``. host: empty where a document has none; scope, rank: null
#: where a document has none; reason: null, or why something was not read; extent: how much was not
#: read; identified: whether a row of the input has an id.
SCHEMA = (
    "id long, part int, source string, record string, host string, scope string, rank double, "
    "markup string, text string, reason string, extent string, identified boolean"
)

#: Which of them is the text.
_TEXT = 8

#: The reason why a text is not compared that Arrow can't hold.
HALF = "half a surrogate pair, which no UTF-8 can hold"

#: Characters of a batch, and most documents of one.
_CHARACTERS, _DOCUMENTS = 4_000_000, 1000


class ReadFiles(NamedTuple):
    """Read files, and give each document its rank and scope by the policy.

    markup: of documents that don't name their own; references: the number of files that are
    references, which come first; referring: how references are read.
    """

    options: ReadOptions
    policy: Policy
    markup: str = "auto"
    references: int = 0
    referring: ReadOptions | None = None

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns part, path, container, packing, named; write documents in their order.

        named: whether the user named the file itself. A file that only lies in a folder is skipped
        where its content is none that dedup reads; a named one is an error.
        """
        for batch in batches:
            names = ("part", "named", "path", "container", "packing")
            for part, named, *shard in zip(
                *(batch.column(each).to_pylist() for each in names), strict=True
            ):
                yield from self._file(part, Shard(*shard), named)

    def _read(
        self, shard: Shard, named: bool, options: ReadOptions
    ) -> Iterator[Document | Skipped]:
        try:
            for each in read_shard(shard, options):
                if isinstance(each, Skipped):
                    yield each
                else:
                    markup = markup_of_document(each, self.markup)
                    yield too_large(each, markup, options) or each
        except Unfit as error:
            if named:
                raise
            yield unfit(error)

    def _file(self, part: int, shard: Shard, named: bool) -> Iterator[RecordBatch]:
        held: list[tuple[Any, ...]] = []
        size = number = 0
        options = self.referring if part < self.references and self.referring else self.options
        # The length of paragraphs is counted where they are sketched.
        rank = None if self.policy.keep == "longest" else rank_of(self.policy)
        scope = scope_of(self.policy)
        for each in self._read(shard, named, options):
            if number >> DOCUMENT_BITS:
                raise TaskFailed(
                    f"{shard.path}: more than {1 << DOCUMENT_BITS} documents; cut it in parts"
                )
            where = (part << DOCUMENT_BITS) + number, part, each.source
            if isinstance(each, Skipped):
                row = _unread(where, each)
            else:
                page = _page(each, f"{shard.path}#{number}")
                ranked = None if rank is None else float(np.asarray(rank.of(page))[0])
                within = None if scope is None else scope.of(page)
                row = _row(where, each, page, within, ranked, self.markup)
                number += 1
            held.append(row)
            size += len(row[_TEXT] or "")
            if size >= _CHARACTERS or len(held) >= _DOCUMENTS:
                yield _batch(held)
                held, size = [], 0
        if held:
            yield _batch(held)


def _unread(where: tuple[int, int, str], found: Skipped) -> tuple[Any, ...]:
    nothing = (None,) * 5
    return *where, found.record, *nothing, found.reason, found.extent.value, None


def _page(found: Document, name: str) -> Page:
    """Make a page, as policies take it, with one paragraph to stand for the document."""
    host, date = (found.host, found.date) if isinstance(found, Record) else ("", None)
    return Page([Paragraph("")], found.source, name, host, date)


def _row(
    where: tuple[int, int, str],
    found: Document,
    page: Page,
    within: object,
    ranked: float | None,
    markup: str,
) -> tuple[Any, ...]:
    text: str | None = found.text
    reason = extent = None
    if _has_lone_surrogate(found.text):
        text, reason, extent = None, HALF, Extent.RECORD.value
    identified = isinstance(found, Record) and found.identified
    how = markup_of_document(found, markup)
    return (*where, found.record, page.host, within, ranked, how, text, reason, extent, identified)


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
