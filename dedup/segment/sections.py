r"""Long texts in sections, each short enough to be cut into paragraphs by itself.

Knows: line ends, blank lines, how long a section is. Does not know: what a paragraph is, markup,
files.

A text of more than ``SECTION`` characters is cut section by section, whether it is in memory as a
whole or read piece by piece, so that both give the same paragraphs. A section ends behind the last
blank line within so many characters, and behind further blank lines that follow it. If there is no
blank line, it ends behind the last line end; if there is no line end, at the end of that line. So a
line is never split, and a block between blank lines is only split if it is longer than a section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dedup.paragraph import Document

#: The most characters of a section, except for one long line and for blank lines.
SECTION = 1 << 16

_BLANK = re.compile(r"(?>\r\n|\r|\n)[^\S\r\n]*+(?:\r\n|\r|\n)")
#: In a text without ``\r`` every blank line contains this, which is found quickly.
_FEED_AND_SPACE = re.compile(r"\n\s")
_BLANKS = re.compile(r"(?:[^\S\r\n]*+(?:\r\n|\r|\n))*")
_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Section(Document):
    """A part of a long text, which is cut into paragraphs by itself.

    Attributes:
        start: the number of characters before it.
        line: the number of line ends before it.
        last: whether the text ends with it.
        unread: whether it is a part of a line that is too long to be held in memory.
        head: whether it is the first part of such a line.
        encoding: the encoding of the file that it was read from.

    """

    start: int = 0
    line: int = 0
    last: bool = True
    unread: bool = False
    head: bool = False
    encoding: str = "utf-8"


def sections(document: Document) -> Iterator[Section]:
    """Cut a text into sections; a short text is one. Cost: 1 ns a character."""
    return read(iter((document.text,)), document.source, document.record)


def read(
    texts: Iterator[str],
    source: str,
    record: str | None = None,
    most: int | None = None,
    encoding: str = "utf-8",
) -> Iterator[Section]:
    """Cut a text that comes in pieces into sections.

    most: a line that takes more bytes of memory than this is passed on in parts, marked as unread;
    None reads lines of any length. Memory: a section, or the longest line, and a piece.
    """
    return _Cutter(texts, source, record, most, encoding).sections()


class _Cutter:
    """Gathers pieces until a section is whole."""

    def __init__(
        self,
        texts: Iterator[str],
        source: str,
        record: str | None,
        most: int | None,
        encoding: str,
    ) -> None:
        self._encoding = encoding
        self._texts, self._source, self._record, self._most = texts, source, record, most
        self._buffer, self._at, self._ended = "", 0, False
        self._start = self._line = 0

    def sections(self) -> Iterator[Section]:
        """Give all sections, at least one."""
        while True:
            end = self._end()
            if not end and self._buffer:
                yield from self._unread_line()
            else:
                yield self._taken(end)
            if self._ended and self._at == len(self._buffer):
                return

    def _taken(self, end: int, unread: bool = False, head: bool = False) -> Section:
        """Take the text up to a place in the buffer."""
        whole = self._at == 0 and end == len(self._buffer)
        text = self._buffer if whole else self._buffer[self._at : end]
        self._at = end
        last = end == len(self._buffer) and not self._more()
        found = Section(
            text, self._source, self._record, self._start, self._line, last, unread, head,
            self._encoding,
        )  # fmt: skip
        self._start += len(text)
        self._line += 0 if last else line_ends(text)
        return found

    def _more(self) -> bool:
        """Read the next piece into the buffer; False at the end of the text."""
        for piece in self._texts:
            if piece:
                rest = self._buffer[self._at :] if self._at else self._buffer
                self._buffer, self._at = rest + piece if rest else piece, 0
                return True
        self._ended = True
        return False

    def _end(self) -> int:
        """Find where the section ends; 0 if it is a line that is too long."""
        while len(self._buffer) - self._at <= SECTION:
            if not self._more():
                return len(self._buffer)
        blank = self._last_blank()
        if blank:
            return self._behind_blanks(blank)
        limit = self._at + SECTION
        last = max(self._buffer.rfind(each, self._at, limit) for each in "\r\n") + 1
        if last:
            last += self._buffer[last - 1 : last + 1] == "\r\n"
        else:
            last = self._line_end(SECTION)
        return last and self._behind_blanks(last)

    def _last_blank(self) -> int:
        """Find the end of the last blank line within the length of a section; 0 if none is."""
        at, limit = self._at, self._at + SECTION
        if self._buffer.find("\r", at, limit) < 0 and not _FEED_AND_SPACE.search(
            self._buffer, at, limit
        ):
            return 0
        near = self._buffer.rfind("\n\n", at, limit)
        for begin in (max(limit - SECTION // 8, near), at):
            found = None
            for found in _BLANK.finditer(self._buffer, begin, limit):  # noqa: B007
                pass
            if found:
                return found.end()
        return 0

    def _behind_blanks(self, end: int) -> int:
        """Find the end of the blank lines that follow, within the length of another section."""
        most = end - self._at + SECTION
        while True:
            match = _BLANKS.match(self._buffer, end, self._at + most)
            assert match is not None
            end = match.end()
            ahead = self._buffer[end : end + 64]
            rest = ahead if ahead.strip() else self._buffer[end : self._at + most]
            if rest.strip() or len(self._buffer) - self._at >= most:
                return end + (self._buffer[end - 1 : end + 1] == "\r\n")
            before = end - self._at
            if not self._more():
                # Spaces at the end of the text are not a line, and belong to this section.
                return len(self._buffer)
            end = self._at + before

    def _line_end(self, behind: int) -> int:
        """Find the end of a line, from so many characters on; 0 if it is too long."""
        while True:
            found = _END.search(self._buffer, self._at + behind)
            if found and (found.end() < len(self._buffer) or found[0] != "\r" or self._ended):
                return found.end()
            behind = found.start() - self._at if found else len(self._buffer) - self._at
            if self._most is not None and self._buffer.__sizeof__() > self._most:
                return 0
            if not self._more():
                return len(self._buffer)

    def _unread_line(self) -> Iterator[Section]:
        """Give a line that is too long, in parts."""
        head = True
        while True:
            found = _END.search(self._buffer, self._at)
            if found and found[0] == "\r" and found.end() == len(self._buffer):
                self._more()
                found = _END.search(self._buffer, self._at)
            end = found.end() if found else len(self._buffer)
            yield self._taken(end, unread=True, head=head)
            head = False
            if found or (self._ended and self._at == len(self._buffer)):
                return


def line_ends(text: str) -> int:
    r"""Count line ends.

    >>> line_ends("a\r\nb\rc\n")
    3
    """
    feeds = text.count("\n")
    if "\r" not in text:
        return feeds
    return feeds + text.count("\r") - (text.count("\r\n") if feeds else 0)
