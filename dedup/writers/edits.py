"""The changes to documents while a file is written anew, and their counts.

Knows: the kinds of changes, the counts. Does not know: containers, how a text was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from dedup.cuts import Cut
from dedup.errors import InputError
from dedup.options.fields import check_choices, option
from dedup.paragraph import Document, Skipped
from dedup.readers import damage
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged
from dedup.segment import Section
from dedup.writers.output import Followed, Sink

#: What an archive of pages may become.
TARGETS = ("jsonl", "wet")

#: Bytes of the entries that are written together, and bytes that each counts beside its own.
_TOGETHER, _OVERHEAD = 1 << 18, 200

#: What to do with documents that are left without any text.
EMPTY = ("keep", "drop")


class Noted(NamedTuple):
    """A change with a note, any value of JSON, that is written beside the text."""

    text: str | None
    note: object


class Shortened(NamedTuple):
    """A new text and the cuts that gave it, in order.

    With the cuts, what stays keeps its bytes even if its encoding has several ways to write a text.
    """

    text: str
    cuts: Sequence[Cut]


class LeftOut(Enum):
    """The type of ``LEFT_OUT``, the change of a document that is not written."""

    LEFT_OUT = "left out"


LEFT_OUT = LeftOut.LEFT_OUT

#: An entry of a container: a line or a record.
Entry = TypeVar("Entry")

#: The change of a document; None if it stays as it is.
Change = str | Noted | Shortened | LeftOut | None

Edit = Callable[[Document], Change]

#: Returns the new text of a section of a long text; None if it stays.
EditSection = Callable[[Section], str | None]


class History(Protocol):
    """Follows what is read and written, so that it can be undone.

    A writer calls these methods. An entry is a line or a record of a container; a file of text is
    one entry.
    """

    def read(self, piece: bytes) -> object:
        """Take the next bytes that were read, as unpacked. Not called for Parquet."""

    def wrote(self, piece: bytes) -> object:
        """Take the next bytes that are written, before they are packed; of Parquet, of the file."""

    def mark(self) -> None:
        """Note the place: what is read and written from here on may be taken back."""

    def take_back(self) -> None:
        """Forget what was read and written since ``mark``, because the writer took it back."""

    def changed(self, before: bytes | None, dropped: bool, size: int) -> None:
        """Note that the entry written last was changed, or that the last entry was not written.

        before: its old bytes, if they do not follow from its old text; size: how many bytes it has
        now, which are the last that were written.
        """

    def finish(self) -> None:
        """Called when everything is written, before the file is put in place; may raise."""


class Forgotten:
    """A history that records nothing."""

    def read(self, piece: bytes) -> object:
        """Do nothing."""
        return None

    wrote = read

    def mark(self) -> None:
        """Do nothing."""

    take_back = mark

    def changed(self, before: bytes | None, dropped: bool, size: int) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class WriteOptions:
    """How documents are written.

    empty: "drop" leaves out rows and records without text. to: for archives of pages alone; None
    writes WET for a file that is WET by its name, and JSONL for others. level: of packing; None for
    the default of the packing. Raises ValueError, with the field, for wrong values.
    """

    empty: str = option(
        "keep", "What to do with documents that are left without any text.", choices=EMPTY
    )
    to: str | None = option(
        None, "Form in which the pages of an archive are written.  [default: jsonl with url, date"
        " and text]",
        choices=TARGETS,
    )  # fmt: skip
    level: int | None = None
    note: str | None = option(
        None, "Leave the text as it is, and list what would be taken out in this new field or"
        " column. For JSON Lines and Parquet.", "FIELD", flag="annotate",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_choices(self)
        if self.level is not None and not 1 <= self.level <= 22:
            raise ValueError(f"level is {self.level!r}; it must be from 1 to 22, above 9 for zstd")


class Written(NamedTuple):
    """Counts of what was done with a file.

    documents: documents that were read; changed: documents with a new text; emptied: changed ones
    that are left without any text; dropped: changed ones that were not written; passed: rows and
    records without a document that were copied; lost: damaged ones that could not be written.
    """

    documents: int = 0
    changed: int = 0
    emptied: int = 0
    dropped: int = 0
    passed: int = 0
    lost: int = 0


class Outcome(NamedTuple):
    """What to do with one document. text: the new text, None to change nothing; drop: leave it out.

    cuts: the cuts that gave the text, if known.
    """

    text: str | None
    drop: bool = False
    note: object = None
    noted: bool = False
    cuts: Sequence[Cut] | None = None


_SAME = Outcome(None)


#: Called with the documents that ``edit`` will be called for next.
Expect = Callable[[Sequence[Document]], object]


class Editor:
    """Calls ``edit`` for each document, and counts the changes."""

    def __init__(
        self,
        edit: Edit,
        reading: ReadOptions,
        writing: WriteOptions,
        skipped: Callable[[Skipped], object] | None = None,
        history: History | None = None,
        edit_section: EditSection | None = None,
        expect: Expect | None = None,
    ) -> None:
        self._edit = edit
        self._edit_section = edit_section
        self._expect = expect
        self.history: History = history or Forgotten()
        self._strict = reading.strict
        self._drop = writing.empty == "drop"
        self._skipped = skipped
        self.documents = self.changed = self.emptied = self.dropped = self.passed = self.lost = 0

    def followed(self, packed: Sink) -> Sink:
        """Return a sink that reports to the history, if there is one."""
        if isinstance(self.history, Forgotten):
            return packed
        return Followed(packed, self.history.wrote)

    def expect(self, documents: Sequence[Document]) -> None:
        """Announce the documents that come next."""
        if self._expect is not None:
            self._expect(documents)

    def outcome(self, document: Document) -> Outcome:
        """Return what to do with a document."""
        self.documents += 1
        change = self._edit(document)
        if change is LEFT_OUT:
            self.changed += 1
            self.dropped += 1
            return Outcome("", True)
        noted = isinstance(change, Noted)
        cuts = change.cuts if isinstance(change, Shortened) else None
        text = change.text if isinstance(change, Noted | Shortened) else change
        note = change.note if isinstance(change, Noted) else None
        if text is None or text == document.text:
            return Outcome(None, False, note, True) if noted else _SAME
        self.changed += 1
        drop = False
        if _is_blank(text) and not _is_blank(document.text):
            self.emptied += 1
            drop = self._drop
            self.dropped += drop
        return Outcome(text, drop, note, noted, cuts)

    @property
    def takes_sections(self) -> bool:
        """Whether a long plain text is changed section by section."""
        return self._edit_section is not None

    def outcomes(self, sections: Iterable[Section]) -> Iterator[tuple[str, bool]]:
        """Yield the text of each section of one document, and whether it was changed.

        Unread sections stay as they are. A document that is left without any text is written,
        because its first sections are written before its end is known.
        """
        assert self._edit_section is not None
        self.documents += 1
        changed = filled = was_filled = False
        for section in sections:
            new = None if section.unread else self._edit_section(section)
            text = section.text if new is None else new
            changed |= new is not None
            filled = filled or bool(text.strip())
            was_filled = was_filled or bool(section.text.strip())
            yield text, new is not None
        self.changed += changed
        self.emptied += changed and was_filled and not filled

    def skip(self, found: Skipped, written: int = 0, lost: int = 0) -> None:
        """Report what was not read. written, lost: how many entries of it are copied, or lost.

        Raises InputError for damage if reading is strict.
        """
        if self._strict and isinstance(found, Damaged):
            raise damage(found)
        self.passed += written
        self.lost += lost
        if self._skipped is not None:
            self._skipped(found)

    def written(self) -> Written:
        """Return the counts."""
        return Written(
            self.documents, self.changed, self.emptied, self.dropped, self.passed, self.lost
        )


def _is_blank(text: str) -> bool:
    """Say whether a text holds nothing but white space."""
    return not text or text.isspace()


class Batches(Generic[Entry]):
    """Collects entries of a container and writes some at a time, in their order.

    The editor is told their documents first. If reading fails with an InputError, the entries
    before the failure are still written. Memory: about 1 MB more than one entry.
    """

    def __init__(self, editor: Editor, write: Callable[[Entry], None]) -> None:
        self._editor, self._write = editor, write
        self._entries: list[Entry] = []
        self._documents: list[Document] = []
        self._size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None or issubclass(kind, InputError):
            self.empty()

    def add(self, entry: Entry, found: object, size: int) -> None:
        """Add an entry. found: its document, or anything else; size: its bytes."""
        self._entries.append(entry)
        if isinstance(found, Document):
            self._documents.append(found)
        self._size += size + _OVERHEAD
        if self._size > _TOGETHER:
            self.empty()

    def empty(self) -> None:
        """Write all entries that were collected."""
        entries, documents = self._entries, self._documents
        self._entries, self._documents, self._size = [], [], 0
        if documents:
            self._editor.expect(documents)
        for entry in entries:
            self._write(entry)
