"""The values that all parts share: a paragraph with its place, a document, something not read.

Knows: nothing but these values. Does not know: files, markup or tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter


@dataclass(frozen=True, slots=True, init=False)
class Paragraph:
    """A block of text and where it stands.

    Lines count from 1 and include both ends; ``start`` and ``end`` are character positions in
    the document, so that ``document.text[start:end] == text``. ``prose`` is the text that is
    compared: the words without markup. If there is no markup to leave out, it is ``text``.
    """

    text: str
    source: str = ""
    record: str | None = None
    first: int = 1
    last: int = 1
    start: int = 0
    end: int = 0
    prose: str = None  # type: ignore[assignment]

    def __init__(
        self,
        text: str,
        source: str = "",
        record: str | None = None,
        first: int = 1,
        last: int = 1,
        start: int = 0,
        end: int = 0,
        prose: str | None = None,
    ) -> None:
        """Take the values as they are. Cost: 0.6 us, half of what a dataclass's method takes."""
        _set_text(self, text)
        _set_source(self, source)
        _set_record(self, record)
        _set_first(self, first)
        _set_last(self, last)
        _set_start(self, start)
        _set_end(self, end)
        _set_prose(self, text if prose is None else prose)

    @property
    def place(self) -> dict[str, str | int | None]:
        """The place as every report writes it: source, record, first and last line."""
        return {
            "source": self.source,
            "record": self.record,
            "first": self.first,
            "last": self.last,
        }


# Functions that set the fields of a new Paragraph. Its fields can't be assigned, as it is frozen.
_set_text, _set_source, _set_record, _set_first, _set_last, _set_start, _set_end, _set_prose = (
    getattr(Paragraph, each.name).__set__ for each in fields(Paragraph)
)


def text_of(paragraph: str | Paragraph) -> str:
    """Return the text that ``find`` compares: a str itself, or the prose of a Paragraph."""
    return paragraph if isinstance(paragraph, str) else paragraph.prose


def texts_of(paragraphs: Sequence[Paragraph]) -> list[str]:
    """Return the prose of each paragraph. Cost: 0.03 us a paragraph."""
    return list(map(attrgetter("prose"), paragraphs))


@dataclass(frozen=True, slots=True)
class Document:
    """One text as it was read: a file, a row, or a record of an archive."""

    text: str
    source: str = ""
    record: str | None = None


class Extent(StrEnum):
    """How much was not read."""

    #: A file, all of it or the rest of it.
    FILE = "file"
    #: One row or record of a file.
    RECORD = "record"
    #: Part of a document that was read: U+FFFD stands for it, or the document ends before it.
    PART = "part"
    #: Nothing that matters: a picture, a file that ``clean`` wrote, archive records without text.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not read, with the reason in a few words.

    extent: how much was not read. Two values with different extents may still be equal.
    """

    source: str
    reason: str
    record: str | None = None
    extent: Extent = field(default=Extent.NOTHING, compare=False)
