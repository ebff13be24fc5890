r"""Bytes of a stream to lines, in whatever encoding.

Knows: how a line feed is encoded, byte-order marks between lines. Does not know: what lines hold,
packings.
"""

from __future__ import annotations

import codecs
from typing import BinaryIO

from dedup.readers.file import encoding_of, mark_of, mark_size
from dedup.readers.streams import CHUNK

#: What byte-order marks begin with.
_BEGINS = (b"\xef", b"\xff", b"\xfe", b"\0")


class EncodedLines:
    r"""The lines of a stream with their ends, and byte-order marks before them on their own.

    Put together they are the stream. ``encoding`` is that of what was given last, by Python's name:
    marks change it where the one asked for is an encoding with marks.

    >>> import io
    >>> lines = EncodedLines(io.BytesIO(b"\xef\xbb\xbfa\n\xff\xfeb\0\n\0"), "utf-8")
    >>> [(lines.read(9), lines.encoding) for _ in range(4)][2:]
    [(b'\xff\xfe', 'utf-16-le'), (b'b\x00\n\x00', 'utf-16-le')]
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        asked = codecs.lookup(encoding).name
        self._marks = asked.startswith("utf-") and asked != "utf-7"
        self._held = bytearray()  # read from the stream already
        self.ended = True  # whether what was given last ends a line
        self.is_mark = False  # whether it is a mark
        self._set(encoding_of(b"", asked))

    def _set(self, encoding: str) -> None:
        self.encoding = encoding
        self._end = "\n".encode(encoding)
        self._is_narrow = self._end == b"\n"
        self._is_usual = False  # whether nothing but a mark needs care before the next line

    def read(self, size: int) -> bytes:
        """Give a line, at most so many bytes of it; nothing at the end. Raises OSError."""
        if self._is_usual:
            raw = self._stream.readline(size)
            if len(raw) < size and not raw.startswith(_BEGINS):
                return raw
            self._held += raw
        return self._read(size)

    def _read(self, size: int) -> bytes:
        """Give a line where marks, an encoding of several bytes or a long line need care."""
        begins = self.ended
        self.is_mark = False
        if self._is_narrow and not self._held:
            self._held += self._stream.readline(size)
        if begins and self._marks and (mark := self._mark()):
            return mark
        raw = self._buffered(size)
        self._is_usual = self._is_narrow and self.ended and not self._held
        return raw

    def _mark(self) -> bytes:
        """Take a mark, if one stands here, and go on in its encoding."""
        while len(self._held) < 4 and (piece := self._stream.read(CHUNK)):
            self._held += piece
        encoding = mark_of(bytes(self._held[:4]))
        if encoding is None:
            return b""
        self._set(encoding)
        self.is_mark = True
        return self._take(mark_size(encoding))

    def _buffered(self, size: int) -> bytes:
        unit = len(self._end)
        size = max(size - size % unit, unit)
        at = 0
        while (found := self._find(at, size)) < 0 and len(self._held) < size:
            at = len(self._held)
            piece = self._stream.read(CHUNK)
            if not piece:
                size = at
                break
            self._held += piece
        self.ended = found >= 0
        return self._take(found + unit if self.ended else size)

    def _find(self, at: int, size: int) -> int:
        """Find the end of the line, from about a position on; -1 for none."""
        unit = len(self._end)
        found = self._held.find(self._end, max(at - unit, 0), size)
        while found >= 0 and found % unit:
            found = self._held.find(self._end, found + 1, size)
        return found

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken
