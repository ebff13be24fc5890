"""A paragraph and its place; a document; what was left out and why.

Knows: nothing but the values. Does not know: files, markup or tokens.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of text and where it stands.

    Lines count from 1 and include both ends; ``start`` and ``end`` are character positions in
    the document, so that ``document.text[start:end] == text``.
    """

    text: str
    source: str = ""
    record: str | None = None
    first: int = 1
    last: int = 1
    start: int = 0
    end: int = 0

    @property
    def place(self) -> dict[str, str | int | None]:
        """The place as every report writes it: source, record, first and last line."""
        return {
            "source": self.source,
            "record": self.record,
            "first": self.first,
            "last": self.last,
        }


def text_of(paragraph: str | Paragraph) -> str:
    """Return the text of what ``find`` takes: a str or a Paragraph."""
    return paragraph if isinstance(paragraph, str) else paragraph.text


@dataclass(frozen=True, slots=True)
class Document:
    """One text as its container held it: a file, or one record of an archive."""

    text: str
    source: str = ""
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not read, with the reason in a few words."""

    source: str
    reason: str
    record: str | None = None
