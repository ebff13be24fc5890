"""Writes files without what goes of them, on executors.

Knows: how a task gets what goes, that the same task may run twice at once. Does not know: how a
file is written (``dump.file``), how what goes was decided.

A task writes to a folder of its own, and moves its files into place at the end. Of two equal tasks
the later one replaces the files by the same files.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.dump.file import Order, rewrite_by
from dedup.dump.removal import Going
from dedup.dump.selection import InOrder, Selection
from dedup.dump.summary import read_done
from dedup.errors import InputError
from dedup.paragraph import Paragraph
from dedup.scale.spark.tasks.arrow import batch_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: Columns that a task reads. A file begins with a row that has the command, and document -1; after
#: it comes what goes, by document and number. kept_source: null for what repeats nothing.
GOING = (
    "part int, document int, number int, first int, last int, similarity double, kind string, "
    "whole boolean, kept_source string, kept_record string, kept_first int, kept_last int, "
    "command string"
)

#: Columns that a task writes: the facts of each file that it wrote.
DONE = "part int, done string"


class GoingRow(NamedTuple):
    """A row of ``GOING``."""

    part: int
    document: int
    number: int
    first: int
    last: int
    similarity: float
    kind: str
    whole: bool
    kept_source: str | None
    kept_record: str | None
    kept_first: int
    kept_last: int
    command: str | None

    @property
    def paragraph(self) -> int:
        """The number of the paragraph in its document."""
        return self.number


class RewriteFiles(NamedTuple):
    """Write files. draft: the folder of the job, which this machine must reach."""

    draft: str

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read ``GOING``, by file; write ``DONE``. Raises InputError without the folder."""
        rows = _GoingRows(batches)
        while (head := rows.head()) is not None:
            assert head.command is not None
            if not os.path.exists(os.path.join(self.draft, "job.json")):
                raise InputError(
                    self.draft, "an executor does not find it, where the driver made it",
                    "let -o, or --plan, name a folder that the driver and all executors reach by "
                    "the same path",
                )  # fmt: skip
            order = Order(**json.loads(head.command))
            done = self._done(order, rows.of(head.part))
            yield batch_of(**_columns(head.part, json.dumps(done)))

    def _done(self, order: Order, going: Iterator[GoingRow]) -> dict[str, Any]:
        """Write a file, unless it is written; give its facts."""
        if os.path.exists(order.facts):
            for _ in going:
                pass
            return read_done(order.facts)
        own = tempfile.mkdtemp(prefix="task-", dir=self.draft)
        try:
            return _rewrite_in(own, order, Sent(going, order.path))
        finally:
            shutil.rmtree(own, ignore_errors=True)


def _rewrite_in(own: str, order: Order, decided: Sent) -> dict[str, Any]:
    """Write a file in the folder ``own``, and move it into its place."""
    names = {name: getattr(order, name) for name in ("target", "part", "facts")}
    moves = {
        name: (os.path.join(own, name, os.path.basename(place)), place)
        for name, place in names.items() if place is not None
    }  # fmt: skip
    here = {**asdict(order), **{name: source for name, (source, _) in moves.items()}}
    done = rewrite_by(Order(**here), decided, long=False)
    for source, place in moves.values():
        if os.path.exists(source):  # a file that can't be read at all is not written
            os.makedirs(os.path.dirname(place), exist_ok=True)
            os.replace(source, place)
    return done


def command_of(order: Order) -> str:
    """Write an order as a string for a task, with absolute paths of what the task writes."""
    fields = asdict(order)
    for name in ("target", "part", "facts"):
        if fields[name] is not None:
            fields[name] = os.path.abspath(fields[name])
    return json.dumps(fields)


class _GoingRows:
    """The rows of a task, by file."""

    def __init__(self, batches: Iterable[RecordBatch]) -> None:
        self._rest = (
            GoingRow(*row)
            for batch in batches
            for row in zip(
                *(batch.column(name).to_pylist() for name in GoingRow._fields), strict=True
            )
        )
        self._next = next(self._rest, None)

    def head(self) -> GoingRow | None:
        """Take the first row of the next file; None after the last file."""
        found = self._next
        self._next = next(self._rest, None)
        return found

    def of(self, part: int) -> Iterator[GoingRow]:
        """Take the other rows of a file."""
        while self._next is not None and self._next.part == part:
            yield self._next
            self._next = next(self._rest, None)


class Sent(Selection):
    """What goes of the documents of one file, from the rows of a task: a ``dump.Selection``."""

    def __init__(self, rows: Iterator[GoingRow], source: str) -> None:
        self._rows, self._source = InOrder(rows), source

    def going(self, paragraphs: Sequence[Paragraph], continued: bool = False) -> list[Going]:
        """Give what goes of the next document. Raises InputError where the file has changed."""
        found: list[Going] = []
        for row, at, here in self._rows.of_next(paragraphs, continued):
            if here is None or (here.first, here.last) != (row.first, row.last):
                raise self._changed()
            found.append(_going(row, at))
        return found

    def finish(self) -> None:
        """Raise InputError where rows are left, because the file has changed."""
        if self._rows.next is not None:
            raise self._changed()

    def _changed(self) -> InputError:
        return InputError(
            self._source, "it has changed since the job read it first",
            "inputs must not change while a job runs; remove the job's folder to start anew",
        )  # fmt: skip


def _going(row: GoingRow, at: int) -> Going:
    kept = None
    if row.kept_source is not None:
        kept = {"source": row.kept_source, "record": row.kept_record, "first": row.kept_first,
                "last": row.kept_last}  # fmt: skip
    return Going(at, row.similarity, row.kind, kept, row.whole)


def _columns(part: int, done: str) -> dict[str, Any]:
    import pyarrow

    return {
        "part": pyarrow.array([part], pyarrow.int32()),
        "done": pyarrow.array([done], pyarrow.string()),
    }
