"""Write one file of a job anew: read it, cut it, write it and record its removals.

Knows: the steps for one file, which may run in another process, and again after a kill. Does not
know: other files, how copies are found.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple

from xxhash import xxh3_128

from dedup.cuts import Cut, apply, plan
from dedup.dump import record
from dedup.dump.batch import Batch, Rest
from dedup.dump.removal import Going, Removal, completed, removals
from dedup.dump.selection import Decided, Goes, Planned, Selection, read_goes
from dedup.dump.summary import read_done, text_bytes
from dedup.paragraph import Document, Extent, Paragraph, Skipped
from dedup.readers import (
    ReadOptions,
    Shard,
    containers,
    markup_of_document,
    read_shard,
    too_large,
    unfit,
)
from dedup.readers.byte_streams import Meter, damage_of, open_unpacked
from dedup.readers.containers import Holds
from dedup.readers.coverage import Coverage
from dedup.readers.file import NotDecodable, TextFile, Unfit
from dedup.readers.texts.long_texts import LongText, long_text
from dedup.scale import Decisions
from dedup.segment import (
    Section,
    are_cut_together,
    cut_texts,
    cutter,
    is_plain,
    sections,
    segmenter,
)
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
from dedup.writers.output import Output, packing_of_name, sink

#: Progress is reported once for so many documents, or sections of long ones.
_REPORTED = 500

#: Bytes of the removals of one document that are kept in memory, and that are written at once.
_HELD, _PIECE = 1 << 22, 1 << 20

#: Bytes of the record that are gathered before they are packed.
_GATHERED = 1 << 16


class _Undo(NamedTuple):
    """What it takes to undo the change of a document; as in ``Removal``."""

    at: int = 0
    size: int = 0
    raw: bytes | None = None
    dropped: bool = False


_NOTHING = _Undo()


@dataclass(frozen=True, slots=True)
class Order:
    """What to do with one file. Its values are plain, so that it can be sent to another process.

    number: the number of the shard among all, references counted; target: the file to write, None
    for none; part: the file for the removals; facts: the file that says that it is done.
    work, goes: the folder of the decisions and the file of ``selection.select``; or plan: a part of
    a plan. named: whether the user named the file itself.
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


def rewrite(
    order: dict[str, Any], progress: Callable[[int], object] | None = None
) -> dict[str, Any]:
    """Write one file anew and return what was done. A stage, for ``Workers``.

    A file that an earlier run finished is not written again. progress: called now and then with the
    number of bytes that were read of the file. Memory: as ``write_shard``.
    """
    asked = Order(**order)
    facts = Path(asked.facts)
    if facts.exists():
        return read_done(asked.facts)
    return rewrite_by(asked, _selection(asked), progress=progress)


def rewrite_by(
    order: Order,
    selection: Selection,
    long: bool = True,
    progress: Callable[[int], object] | None = None,
) -> dict[str, Any]:
    """Write one file anew without the paragraphs of a selection, and return what was done.

    long: whether to read a plain text that does not fit in memory section by section. Its
    paragraphs are the same, except where one line does not fit in memory. progress: as for
    ``rewrite``.
    """
    done = _Rewriting(order, selection, long, progress).run()
    write_whole([(order.facts, json.dumps(done).encode())])
    return done


class _Rewriting:
    """The work on one file. It is also the history that the writer reports to."""

    def __init__(
        self,
        order: Order,
        selection: Selection,
        long: bool,
        progress: Callable[[int], object] | None,
    ) -> None:
        self._order = order
        self._progress, self._meter, self._asked = progress, Meter(), 0
        self._in_sections = long and is_plain(order.markup)
        self._reading = ReadOptions(**order.reading)
        self._writing = WriteOptions(**order.writing)
        self._container = containers.named(order.container)
        # A text or page has no field for notes; only the record lists what would be removed.
        self._noted = self._writing.note is not None and self._container.holds != Holds.DOCUMENT
        self._selection = selection
        self._documents = 0
        self._cut_into: Sequence[Paragraph] = []  # the section at hand
        self._ready: dict[int, tuple[Batch, int]] = {}  # the place in a batch, by identity
        self._cutters: dict[str, Callable[[Document], Sequence[Paragraph]]] = {}
        self._paragraphs = 0  # of the document at hand, in its sections so far
        self._notes: list[object] = []
        self._cuts: list[Cut] = []
        self._first = b""  # the line of the first removal of a document
        self._undo = _NOTHING  # what is added to it
        self._lines: list[bytes] = []  # of the others of that document, as they will be written
        self._in_memory = 0  # bytes of these
        self._others: BinaryIO = io.BytesIO()  # those before them, once they are many
        self._waiting: list[bytes] = []  # pieces of the record that are not written yet
        self._waiting_size = 0
        self._write: Callable[[bytes], object] = _nowhere
        self._coverage = Coverage()
        self._left = self._gone = self._size = 0
        self._encoding: str | None = None
        self._trace = _Trace()
        self._removals = xxh3_128()
        self._whole = False

    def run(self) -> dict[str, Any]:
        order = self._order
        shard = Shard(order.path, order.container, order.packing, self._meter)
        written = Written()
        copied = False
        with (
            Output(order.part) as output,
            TemporaryFile(dir=os.path.dirname(order.part)) as self._others,
        ):
            packed = sink(output, "gzip")
            self._write = packed.write
            try:
                if order.target is None:
                    self._read_only(shard)
                else:
                    written = write_shard(
                        shard, order.target, self._edit, self._reading, self._writing,
                        self._coverage.skip, self, self.section if self._in_sections else None,
                        self.expect,
                    )  # fmt: skip
            except Unfit as error:
                if order.named or self._reading.strict:
                    raise
                self._coverage.skip(unfit(error))
                copied = isinstance(error, NotDecodable) and self._copy(shard)
            self._tell()
            self._put_all()
            packed.end_member()
        self._selection.finish()
        some = written.documents or written.passed or copied
        if self._coverage.count(Extent.FILE) and not some:
            self._leave_out()
        return {
            "written": written._asdict(), "gone": self._gone, "gone_size": self._size,
            "left": self._left, "coverage": self._coverage.fields,
            "encoding": self._encoding,
            "digest_before": self._trace.before.hexdigest() if self._whole else None,
            "digest_after": self._trace.after.hexdigest() if self._whole else None,
            "digest_removals": self._removals.hexdigest(),
        }  # fmt: skip

    def _copy(self, shard: Shard) -> bool:
        """Copy a text that is not valid in its encoding unchanged; return False if that fails.

        Removals that were found before the invalid bytes are dropped.
        """
        self._first, self._undo, self._lines, self._in_memory = b"", _NOTHING, [], 0
        self._others.seek(0)
        self._others.truncate()
        self._gone = self._size = self._left = 0
        self._trace, self._encoding = _Trace(), None
        if self._order.target is None:
            return False
        with open_unpacked(shard.path, shard.packing) as stream, Output(self._order.target) as out:
            packed = sink(out, packing_of_name(self._order.target), self._writing.level)
            while piece := stream.read(_PIECE):
                self._trace.read(piece)
                self._trace.wrote(piece)
                packed.write(piece)
            packed.end_member()
            self._whole = not damage_of(stream)
        return self._whole

    def _leave_out(self) -> None:
        """Leave no output for a file of which nothing could be read."""
        self._whole = False
        if self._order.target is not None:
            Path(self._order.target).unlink(missing_ok=True)

    def _read_only(self, shard: Shard) -> None:
        long = long_text(shard, self._reading) if self._in_sections else None
        if isinstance(long, LongText):
            for section in long.sections():
                if not section.unread:
                    self.section(section)
                elif section.head:
                    self._coverage.skip(long.skipped(section))
            return
        for document in (long,) if long else read_shard(shard, self._reading):
            if isinstance(document, Skipped):
                self._coverage.skip(document)
            else:
                self._edit(document)

    def _edit(self, document: Document) -> Change:
        if isinstance(document, TextFile):
            self._encoding = document.encoding
        elif self._container.packs_itself:
            self._trace.read(text_bytes(document.text))
        batch, number = self._ready.pop(id(document), (None, 0))
        if batch is not None and (rest := self._rest(document, batch, number)):
            return rest.text
        markup = markup_of_document(document, self._order.markup)
        if batch is None and (skipped := too_large(document, markup, self._reading)):
            self._coverage.skip(skipped)
            return None
        is_long = len(document.text) > sections.SECTION and is_plain(markup)
        if not is_long:
            if batch is None:
                going = self._going(document, markup)
            else:
                going = batch.whole(number)
                self._cut_into = batch.paragraphs(number) if going else ()
            if not going:
                return None
            if not going[0].whole and self._writing.note is None:
                new = self._cut(document, markup, going)
                return None if new is None else Shortened(new, self._cuts)
        every = sections.sections(document) if is_long else iter(())
        chosen = ((each, self._going(each, markup)) for each in every)
        some = [next(chosen) if is_long else (document, going)]
        whole = _goes_whole(some[0])
        if whole:  # one section does not show whether the whole document is removed
            some += chosen
            whole = all(len(going) == len(segmenter(markup)(each)) for each, going in some)
        pieces: list[str] = []
        changed = False
        for section, going in chain(some, chosen):
            new = self._cut(section, markup, going, whole, anew=len(some) > 1)
            changed |= new is not None
            pieces.append(section.text if new is None else new)
        if self._writing.note is not None:
            return Noted(None, self._notes) if self._notes else None
        if whole:
            self._undo = _Undo(dropped=True)
            return LEFT_OUT
        return Shortened("".join(pieces), self._cuts) if changed else None

    def section(self, section: Section) -> str | None:
        """Return the new text of a section of a long text; None if it does not change."""
        markup, self._encoding = self._order.markup, section.encoding
        return self._cut(section, markup, self._going(section, markup), held=False)

    def _begin(self, section: Document) -> bool:
        """Begin with the next document, or section of one; return whether it continues one."""
        self._asked += 1
        if self._progress is not None and self._asked % _REPORTED == 0:
            self._progress(self._meter.at)
        if isinstance(section, Section) and section.start > 0:
            return True
        self._tell()
        self._coverage.read(section.source)
        self._documents += 1
        self._paragraphs, self._notes, self._cuts = 0, [], []
        return False

    def _going(self, section: Document, markup: str) -> list[Going]:
        """Ask which paragraphs of the next document, or section of one, are removed."""
        continued = self._begin(section)
        self._cut_into = _within(section, self._cutter(markup)(section))
        return self._selection.going(self._cut_into, continued)

    def _rest(self, document: Document, batch: Batch, number: int) -> Rest | None:
        """Return what is left of the next document, and record its removals."""
        self._begin(document)
        if not number:
            batch.decide(self._selection, self._documents - 1)
        rest = batch.rest(number)
        if rest is not None:
            self._gone += rest.gone
            self._size += rest.size
            self._first, self._lines = rest.first, [rest.others]
        return rest

    def expect(self, documents: Sequence[Document]) -> None:
        """Cut in one call those of the next documents that are short plain texts in a row.

        The caller keeps the documents until it has asked for the change of each.
        """
        self._ready = {}
        if self._writing.note is not None:
            return
        for markup, some in groupby(documents, self._together):
            if markup is not None:
                batch = Batch(cut_texts([*some], markup))
                places = enumerate(batch.documents)
                self._ready.update((id(each), (batch, number)) for number, each in places)

    def _together(self, document: Document) -> str | None:
        """Return the markup of a short plain text, None for any other document."""
        markup = markup_of_document(document, self._order.markup)
        return markup if are_cut_together(document, markup) else None

    def _cutter(self, markup: str) -> Callable[[Document], Sequence[Paragraph]]:
        """Return the function that cuts documents in a markup."""
        if markup not in self._cutters:
            self._cutters[markup] = cutter(markup)
        return self._cutters[markup]

    def _cut(
        self,
        section: Document,
        markup: str,
        going: list[Going],
        whole: bool = False,
        anew: bool = False,
        held: bool = True,
    ) -> str | None:
        """Remove paragraphs from a document or a section of one, and record the removals.

        whole: whether the whole document is removed; anew: whether another section was cut since
        ``going`` was asked for; held: whether the whole document is in memory, so that its cuts are
        collected.
        """
        paragraphs = _within(section, segmenter(markup)(section)) if anew else self._cut_into
        before = section if isinstance(section, Section) else Section("")
        first, self._paragraphs = self._paragraphs, self._paragraphs + len(paragraphs)
        if not going:
            return None
        cuts: list[Cut] | None = None
        if self._writing.note is None and not whole:
            kept = [True] * len(paragraphs)
            for each in going:
                kept[each.paragraph] = False
            cuts, left = plan(section.text, paragraphs, kept, markup, before.last)
            self._left += len(left)
            stays = set(left)
            going = [each for each in going if each.paragraph not in stays]
        for gone in removals(section.text, paragraphs, going, cuts, self._documents - 1):
            self._hold(gone.behind(before.start, first))
        if cuts is None:
            return None
        if not before.start:
            self._cuts = cuts
        elif held:
            at = before.start
            self._cuts += [Cut(each.start + at, each.end + at, each.instead) for each in cuts]
        return apply(section.text, cuts)

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
        """Record what it takes to undo the change of the last document."""
        self._undo = _Undo(self._trace.size - size, size, before, dropped)

    def finish(self) -> None:
        """Note that the file was written to its end."""
        self._whole = True

    def _hold(self, gone: Removal) -> None:
        """Keep the line of a removal until its document is written."""
        self._gone += 1
        text = gone.text
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        self._size += size
        if self._noted:
            self._notes.append(_span(gone))
        line = gone.line()
        if not self._first:
            self._first = line
            return
        self._lines.append(line)
        self._in_memory += len(line)
        if self._in_memory > _HELD:
            self._others.write(b"".join(self._lines))
            self._lines, self._in_memory = [], 0

    def _tell(self) -> None:
        """Write down the removals of the document before."""
        if not self._first:
            return
        first = completed(self._first, *self._undo)
        self._first, self._undo = b"", _NOTHING
        lines, self._lines, self._in_memory = self._lines, [], 0
        if not self._others.tell():
            self._put(b"".join((first, *lines)))
            return
        self._put(first)
        self._others.seek(0)
        while piece := self._others.read(_PIECE):
            self._put(piece)
        self._others.seek(0)
        self._others.truncate()
        self._put(b"".join(lines))

    def _put(self, piece: bytes) -> None:
        """Write a piece of the record, together with others."""
        self._waiting.append(piece)
        self._waiting_size += len(piece)
        if self._waiting_size > _GATHERED:
            self._put_all()

    def _put_all(self) -> None:
        """Write all pieces of the record that wait."""
        whole = b"".join(self._waiting)
        self._waiting, self._waiting_size = [], 0
        self._removals.update(whole)
        self._write(whole)


class _Trace:
    """The xxh3_128 digests of the unpacked bytes that are read and written, and their number.

    ``restore`` compares the files with them.
    """

    def __init__(self) -> None:
        self.before, self.after = xxh3_128(), xxh3_128()
        self.size = 0
        self._marked = (self.before, self.after, 0)
        self.read = self.before.update

    def wrote(self, piece: bytes) -> None:
        """Follow what is written."""
        self.after.update(piece)
        self.size += len(piece)

    def mark(self) -> None:
        """Remember how far that is."""
        self._marked = (self.before.copy(), self.after.copy(), self.size)

    def take_back(self) -> None:
        """Go back to the mark."""
        self.before, self.after, self.size = self._marked
        self.read = self.before.update


def _selection(order: Order) -> Selection:
    if order.plan is not None:
        return Planned(record.read_part(order.plan), Path(order.plan))
    assert order.work is not None
    assert order.goes is not None
    decisions, goes = _opened(order.work, order.goes)
    return Decided(decisions, order.number, goes)


@lru_cache(maxsize=1)
def _opened(work: str, goes: str) -> tuple[Decisions, Goes]:
    """Open the answer of a job, which all files of a process have in common.

    Opening reads the manifest and holds the size of each column against it: 5 ms, as long as a
    small file takes.
    """
    return Decisions(Path(work)), read_goes(Path(goes))


def close_answer() -> None:
    """Give back the files of the answer that this process wrote its files by."""
    _opened.cache_clear()


def _within(section: Document, paragraphs: Sequence[Paragraph]) -> Sequence[Paragraph]:
    """Make the positions of paragraphs relative to the beginning of their section."""
    at = section.start if isinstance(section, Section) else 0
    if not at:
        return paragraphs
    return [
        Paragraph(
            each.text, each.source, each.record, each.first, each.last,
            each.start - at, each.end - at,
        )
        for each in paragraphs
    ]  # fmt: skip


def _goes_whole(chosen: tuple[Document, list[Going]]) -> bool:
    _, going = chosen
    return bool(going) and going[0].whole


def _span(removal: Removal) -> dict[str, object]:
    """Return the note on a paragraph that would be removed."""
    return {name: getattr(removal, name) for name in ("start", "end", "similarity", "kind", "kept")}


def _nowhere(line: bytes) -> None:
    """Write nothing."""
