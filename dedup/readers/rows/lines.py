r"""Cut the bytes of a stream into lines, in any encoding.

Knows: how a line feed is encoded, byte-order marks between lines. Does not know: packings, what a
line holds.
"""

from __future__ import annotations

import codecs
from typing import BinaryIO

from dedup.readers.byte_streams import CHUNK
from dedup.readers.file import encoding_of, mark_of, mark_size

#: The first bytes of byte-order marks.
_BEGINS = (b"\xef", b"\xff", b"\xfe", b"\0")


class EncodedLines:
    r"""The lines of a stream with their line ends, and each byte-order mark as a line of its own.

    Joined, they are the stream. ``encoding`` is Python's name for the encoding of the last line. A
    mark changes it, if the given encoding is one of Unicode.

    >>> import io
    >>> lines = EncodedLines(io.BytesIO(b"\xef\xbb\xbfa\n\xff\xfeb\0\n\0"), "utf-8")
    >>> [(lines.read(9), lines.encoding) for _ in range(4)][2:]
    [(b'\xff\xfe', 'utf-16-le'), (b'b\x00\n\x00', 'utf-16-le')]
    """

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._stream = stream
        asked = codecs.lookup(encoding).name
        self._marks = asked.startswith("utf-") and asked != "utf-7"
        self._held = bytearray()  # bytes that were read from the stream and not given yet
        self.ended = True  # whether the last answer was the end of a line
        self.is_mark = False  # whether the last answer was a mark
        self._set(encoding_of(b"", asked))

    def _set(self, encoding: str) -> None:
        self.encoding = encoding
        self._end = "\n".encode(encoding)
        self._is_narrow = self._end == b"\n"
        self._is_usual = False  # whether ``readline`` gives the next line, unless it is a mark

    def read(self, size: int) -> bytes:
        """Give the next line, at most ``size`` bytes of it; b"" at the end. Raises OSError."""
        if self._is_usual:
            raw = self._stream.readline(size)
            if len(raw) < size and not raw.startswith(_BEGINS):
                return raw
            self._held += raw
        return self._read(size)

    def _read(self, size: int) -> bytes:
        """Give the next line, where it may be a mark, long, or in an encoding like UTF-16."""
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
        """Take a mark, if one stands here, and change to its encoding; b"" for none."""
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
        """Find the end of the line at or shortly before a position, or behind it; -1 for none."""
        unit = len(self._end)
        found = self._held.find(self._end, max(at - unit, 0), size)
        while found >= 0 and found % unit:
            found = self._held.find(self._end, found + 1, size)
        return found

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken
