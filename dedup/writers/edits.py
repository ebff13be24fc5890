"""What is done with each document while a file is written anew, and how often each is done.

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

#: Bytes of the entries of a container that are looked at together, and what each counts beside.
_TOGETHER, _OVERHEAD = 1 << 18, 200

#: What may become of documents that are left without any text.
EMPTY = ("keep", "drop")


class Noted(NamedTuple):
    """A change with a note, any value of JSON, that is written beside the text."""

    text: str | None
    note: object


class Shortened(NamedTuple):
    """A new text and the cuts that gave it, in order.

    With them what stays keeps its bytes even where its encoding has several for one text.
    """

    text: str
    cuts: Sequence[Cut]


class LeftOut(Enum):
    """A document that is not written, whatever it holds; its only value is ``LEFT_OUT``."""

    LEFT_OUT = "left out"


LEFT_OUT = LeftOut.LEFT_OUT

#: What a container is read by: a line, a record.
Entry = TypeVar("Entry")

#: The new text of a document; None where it stays as it is.
Change = str | Noted | Shortened | LeftOut | None

Edit = Callable[[Document], Change]

#: Gives the new text of a section of a long text; None where it stays.
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
        """Forget what was read and written since ``mark``; it was taken back."""

    def changed(self, before: bytes | None, dropped: bool, size: int) -> None:
        """Note that the entry written last was changed, or that one was not written at all.

        before: its bytes, where its old text alone can't undo that; size: the bytes it has now,
        which are the last that were written.
        """

    def finish(self) -> None:
        """Called when all is written, before the file is put in place. An error prevents that."""


class Forgotten:
    """A history that keeps nothing, for what need not be undone."""

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

    empty: "drop" leaves out rows and records. to: None lets WET stay WET by its name, and makes all
    else JSONL; of no effect on other containers. level: of packing; None for the default of each.
    Raises ValueError, naming the field, for what can't be.
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
    """What became of a file.

    documents: those read; changed: of these, with another text; emptied: of these, left without
    any; dropped: of those changed, not written; passed: rows and records without a text, written as
    they stand; lost: damaged ones that could not be written.
    """

    documents: int = 0
    changed: int = 0
    emptied: int = 0
    dropped: int = 0
    passed: int = 0
    lost: int = 0


class Outcome(NamedTuple):
    """What is done with one document: ``text`` None for nothing, ``drop`` for leaving it out.

    cuts: those that gave the text, where they are known.
    """

    text: str | None
    drop: bool = False
    note: object = None
    noted: bool = False
    cuts: Sequence[Cut] | None = None


_SAME = Outcome(None)


#: Is told which documents ``edit`` will be asked for next, so that it can look at them together.
Expect = Callable[[Sequence[Document]], object]


class Editor:
    """Asks ``edit`` for the change of each document, and counts what was done."""

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
        """Give a sink whose writing the history follows, if there is one."""
        if isinstance(self.history, Forgotten):
            return packed
        return Followed(packed, self.history.wrote)

    def expect(self, documents: Sequence[Document]) -> None:
        """Tell which documents come next."""
        if self._expect is not None:
            self._expect(documents)

    def outcome(self, document: Document) -> Outcome:
        """Say what is done with a document."""
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
        if not text.strip() and document.text.strip():
            self.emptied += 1
            drop = self._drop
            self.dropped += drop
        return Outcome(text, drop, note, noted, cuts)

    @property
    def takes_sections(self) -> bool:
        """Whether a long plain text is changed section by section."""
        return self._edit_section is not None

    def outcomes(self, sections: Iterable[Section]) -> Iterator[tuple[str, bool]]:
        """Give the text of the sections of one document, changed or not, and whether it was.

        What is unread stays as it is. A document that is left without any text is written, for
        whether it is dropped can't be known before.
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
        """Tell what was not read, and count what of it is written all the same and what isn't.

        Raises InputError for what is damaged where reading is strict.
        """
        if self._strict and isinstance(found, Damaged):
            raise damage(found)
        self.passed += written
        self.lost += lost
        if self._skipped is not None:
            self._skipped(found)

    def written(self) -> Written:
        """Give the counts."""
        return Written(
            self.documents, self.changed, self.emptied, self.dropped, self.passed, self.lost
        )


class Batches(Generic[Entry]):
    """Holds entries of a container until there are enough, and has them written in their order.

    Their documents are announced to ``editor`` first. What is held is written too where reading
    fails, for it was sound. Memory: some 1 MB beyond the entry at hand.
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
        """Take an entry that gives ``found`` and has some bytes."""
        self._entries.append(entry)
        if isinstance(found, Document):
            self._documents.append(found)
        self._size += size + _OVERHEAD
        if self._size > _TOGETHER:
            self.empty()

    def empty(self) -> None:
        """Write all that are held."""
        entries, documents = self._entries, self._documents
        self._entries, self._documents, self._size = [], [], 0
        if documents:
            self._editor.expect(documents)
        for entry in entries:
            self._write(entry)
