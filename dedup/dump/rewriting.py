"""One file of a job: read, cut, written, its removals written down.

Knows: the steps of one file, that they can be taken in another process and once more after a kill.
Does not know: other files, how copies are found.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xxhash import xxh3_128

from dedup.cutting import apply, plan
from dedup.dump import record
from dedup.dump.digests import Trace, text_bytes
from dedup.dump.removal import Removal, removals
from dedup.dump.selecting import Decided, Planned, Selection, read_goes
from dedup.dump.summary import read_done
from dedup.paragraph import Document, Extent, Skipped
from dedup.readers import Options, Shard, markup_of_document, read_shard, unfit
from dedup.readers.coverage import Coverage
from dedup.readers.file import TextFile, Unfit
from dedup.scale import Decisions
from dedup.segment import segmenter
from dedup.writers import (
    LEFT_OUT,
    Change,
    Noted,
    Shortened,
    WriteOptions,
    Written,
    write_shard,
)
from dedup.writers.file import write_whole
from dedup.writers.output import Output, sink


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with one file; plain values, so that another process can be told.

    number: of the shard among all, references counted; target: where it is written, None for
    nowhere; part: where its removals go; facts: where is told that it is done. work: the folder of
    the decisions, and goes: what goes by them, see ``selecting.select``; or plan: a part of a plan.
    named: whether the file itself was asked for.
    """

    number: int
    path: str
    container: str
    packing: str
    named: bool
    target: str | None
    part: str
    facts: str
    work: str | None
    goes: str | None
    plan: str | None
    markup: str
    reading: dict[str, Any]
    writing: dict[str, Any]


def rewrite(order: dict[str, Any]) -> dict[str, Any]:
    """Write one file anew; returns what became of it. A stage, for ``Workers``.

    What was done before is not done again. Memory: that of ``write_shard``.
    """
    told = Order(**order)
    facts = Path(told.facts)
    if facts.exists():
        return read_done(told.facts)
    done = _Rewriting(told).run()
    write_whole([(told.facts, json.dumps(done).encode())])
    return done


class _Rewriting:
    """The work on one file; the history of its writer, too."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._reading = Options(**order.reading)
        self._writing = WriteOptions(**order.writing)
        self._selection = _selection(order)
        self._documents = 0
        self._held: list[Removal] = []
        self._write: Callable[[bytes], object] = _nowhere
        self._coverage = Coverage()
        self._left = self._gone = self._size = 0
        self._encoding: str | None = None
        self._trace = Trace()
        self._removals = xxh3_128()
        self._whole = False

    def run(self) -> dict[str, Any]:
        order = self._order
        shard = Shard(order.path, order.container, order.packing)
        written = Written()
        with Output(order.part) as output:
            packed = sink(output, "gzip")
            self._write = packed.write
            try:
                if order.target is None:
                    self._read_only(shard)
                else:
                    written = write_shard(
                        shard, order.target, self._edit, self._reading, self._writing,
                        self._coverage.skip, self,
                    )  # fmt: skip
            except Unfit as error:
                if order.named or self._reading.strict:
                    raise
                self._coverage.skip(unfit(error))
            self._tell()
            packed.end_member()
        if isinstance(self._selection, Planned):
            self._selection.finish()
        if self._coverage.count(Extent.FILE) and not (written.documents or written.passed):
            self._leave_out()
        return {
            "written": written._asdict(), "gone": self._gone, "gone_size": self._size,
            "left": self._left, "coverage": self._coverage.fields,
            "encoding": self._encoding,
            "digest_before": self._trace.before.hexdigest() if self._whole else None,
            "digest_after": self._trace.after.hexdigest() if self._whole else None,
            "digest_removals": self._removals.hexdigest(),
        }  # fmt: skip

    def _leave_out(self) -> None:
        """Write nothing for a file of which nothing could be read."""
        self._whole = False
        if self._order.target is not None:
            Path(self._order.target).unlink(missing_ok=True)

    def _read_only(self, shard: Shard) -> None:
        for document in read_shard(shard, self._reading):
            if isinstance(document, Skipped):
                self._coverage.skip(document)
            else:
                self._edit(document)

    def _edit(self, document: Document) -> Change:
        self._tell()
        self._coverage.read(document.source)
        if isinstance(document, TextFile):
            self._encoding = document.encoding
        elif self._order.container == "parquet":
            self._trace.read(text_bytes(document.text))
        markup = markup_of_document(document, self._order.markup)
        paragraphs = segmenter(markup)(document)
        number, self._documents = self._documents, self._documents + 1
        going = self._selection.going(paragraphs)
        if not going:
            return None
        whole = going[0].whole and len(going) == len(paragraphs)
        if whole or self._writing.note is not None:
            self._held = removals(document.text, paragraphs, going, None, number)
            if self._writing.note is not None:
                return Noted(None, [_span(each) for each in self._held])
            self._held[0] = self._held[0]._replace(dropped=True)
            return LEFT_OUT
        kept = [True] * len(paragraphs)
        for each in going:
            kept[each.paragraph] = False
        cuts, left = plan(document.text, paragraphs, kept, markup)
        self._left += len(left)
        stays = set(left)
        going = [each for each in going if each.paragraph not in stays]
        self._held = removals(document.text, paragraphs, going, cuts, number)
        return Shortened(apply(document.text, cuts), cuts)

    # -- the history of the writer

    def read(self, piece: bytes) -> object:
        """Follow what is read."""
        return self._trace.read(piece)

    def wrote(self, piece: bytes) -> object:
        """Follow what is written."""
        self._trace.wrote(piece)
        return None

    def mark(self) -> None:
        """Remember how far that is."""
        self._trace.mark()

    def take_back(self) -> None:
        """Go back to the mark."""
        self._trace.take_back()

    def changed(self, before: bytes | None, dropped: bool, size: int) -> None:
        """Write down what it takes to undo the change at hand."""
        at = self._trace.size - size
        self._held[0] = self._held[0]._replace(at=at, size=size, raw=before, dropped=dropped)

    def finish(self) -> None:
        """Know that all was written."""
        self._whole = True

    def _tell(self) -> None:
        """Write down the removals of the document before."""
        for each in self._held:
            self._gone += 1
            self._size += len(each.text.encode("utf-8", "surrogatepass"))
            line = each.line()
            self._removals.update(line)
            self._write(line)
        self._held = []


def _selection(order: Order) -> Selection:
    if order.plan is not None:
        return Planned(record.read_part(order.plan), Path(order.plan))
    assert order.work is not None
    assert order.goes is not None
    decisions, goes = Decisions(Path(order.work)), read_goes(Path(order.goes))
    return Decided(decisions, order.number, goes)


def _span(removal: Removal) -> dict[str, object]:
    """Make a note of what would go."""
    return {name: getattr(removal, name) for name in ("start", "end", "similarity", "kind", "kept")}


def _nowhere(line: bytes) -> None:
    """Write nothing."""
