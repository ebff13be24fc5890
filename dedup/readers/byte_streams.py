"""Streams of the unpacked bytes of files, URLs and standard input.

Knows: how a file is opened, how its bytes are unpacked, how damage ends a stream. Does not know:
which packings there are (``packings``), how URLs are opened (``remote``), lines, encodings.

An unpacked stream ends where damage begins, and ``damage_of`` then says what is wrong. What was
read before the damage is sound.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING, BinaryIO, cast

from dedup.errors import InputError
from dedup.files import open_file, unreadable
from dedup.readers import packings
from dedup.readers.file import STDIN
from dedup.readers.packings import Decompressor, Packing, packing_of
from dedup.readers.remote import is_remote, open_remote

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: Bytes taken from a file at once.
CHUNK = 1 << 18

_TOO_WIDE = "its zstd window is more than 2 GB, which isn't read; unpack it first"


class Meter:
    """Counts how many bytes of a file have been read, as the file is packed."""

    def __init__(self) -> None:
        self._file: BinaryIO | None = None
        self._at = 0

    def follow(self, file: BinaryIO) -> None:
        """Take a file as the one to measure."""
        self._file = file

    @property
    def at(self) -> int:
        """The number of bytes read; 0 before a file is followed.

        Bytes that were read and not unpacked yet count too.
        """
        if self._file is not None and not self._file.closed and self._file.seekable():
            self._at = self._file.tell()
        return self._at


def open_raw(path: str, stdin: BinaryIO | None = None, meter: Meter | None = None) -> BinaryIO:
    """Open a file, a URL or standard input, and don't unpack it.

    Raises:
        InputError: it can't be opened.
        MissingExtra: it is a URL, and fsspec isn't installed.
    """
    if path == STDIN:
        return _unclosed(stdin or sys.stdin.buffer)
    try:
        opened = open_remote(path) if is_remote(path) else open_file(path, CHUNK)
    except OSError as error:
        raise unreadable(path, error) from error
    if meter is not None:
        meter.follow(opened)
    return opened


def _unclosed(stream: BinaryIO) -> BinaryIO:
    """Give a stream that reads from another one and leaves that open when it is closed."""
    return cast(BinaryIO, io.BufferedReader(_Borrowed(stream), CHUNK))


class _Borrowed(io.RawIOBase):
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        room = memoryview(buffer).cast("B")
        try:
            piece = self._stream.read(len(room))
        except OSError as error:
            raise unreadable(STDIN, error) from error
        room[: len(piece)] = piece
        return len(piece)


def look_ahead(stdin: BinaryIO | None, size: int) -> tuple[bytes, BinaryIO]:
    """Read the first bytes of standard input; also give a stream that begins with them again."""
    stream = stdin or sys.stdin.buffer
    head = b""
    try:
        while len(head) < size and (piece := stream.read(size - len(head))):
            head += piece
    except OSError as error:
        raise unreadable(STDIN, error) from error
    return head, cast(BinaryIO, _Again(head, stream))


class _Again(io.RawIOBase):
    """A stream that first gives bytes that were read already, then the rest."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if not self._head:
            return self._rest.read(size)
        if size < 0:
            size = len(self._head)
        piece, self._head = self._head[:size], self._head[size:]
        return piece


def is_too_wide(error: Exception) -> bool:
    """Say whether zstd has refused a frame because its window is larger than allowed."""
    return "too much memory" in str(error)


class Unpacked(io.RawIOBase):
    """A stream of the unpacked bytes of another stream.

    damage: what is wrong with the packed bytes, once the stream has ended; "" for nothing.
    """

    def __init__(self, packed: BinaryIO, packing: Packing) -> None:
        """Unpack by a packing that has ``unpack``. Raises MissingExtra."""
        assert packing.unpack is not None
        self.damage = ""
        self._packed = packed
        self._new = packing.unpack()
        self._padding = packing.padding
        self._current: Decompressor | None = None
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        """Say that this stream can be read."""
        return True

    def close(self) -> None:
        """Close the packed stream too."""
        self._packed.close()
        super().close()

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Unpack into a buffer; give 0 at the end and at damage. Raises OSError."""
        room = memoryview(buffer).cast("B")
        while not self._ended:
            piece = self._next(len(room))
            if piece:
                room[: len(piece)] = piece
                return len(piece)
        return 0

    def _next(self, size: int) -> bytes:
        """Unpack one piece; b"" at the end of a member, and where more must be read first."""
        if self._current is None or self._current.eof:
            self._between_members()
            if self._ended:
                return b""
            self._current = self._new()
        try:
            piece = self._current.decompress(self._waiting, size)
        except Exception as error:  # zlib.error, ZstdError: no base in common
            self._fail(_TOO_WIDE if is_too_wide(error) else f"damaged: {error}")
            return b""
        self._waiting = b""
        if not piece and not self._current.eof:
            self._waiting = self._packed.read(CHUNK)
            if not self._waiting:
                self._fail("cut short: its packing has no end")
        return piece

    def _between_members(self) -> None:
        """Go to where the next member begins, or to the end."""
        if self._current is not None:
            self._waiting = self._current.unused_data
        self._waiting = self._waiting.lstrip(self._padding)
        while not self._waiting and not self._ended:
            piece = self._packed.read(CHUNK)
            self._ended = not piece
            self._waiting = piece.lstrip(self._padding)

    def _fail(self, reason: str) -> None:
        self.damage, self._ended = reason, True


def open_unpacked(
    path: str, packing: str, stdin: BinaryIO | None = None, meter: Meter | None = None
) -> BinaryIO:
    """Open a file, a URL or standard input as a stream of its unpacked bytes.

    Args:
        packing: how it is packed. That of standard input is found out by its first bytes.

    Raises:
        InputError: it can't be opened, or its packing isn't read.
        MissingExtra: the package that unpacks it isn't installed.
    """
    raw = open_raw(path, stdin, meter)
    try:
        if path == STDIN:
            packing = packing_of(cast(io.BufferedReader, raw).peek(8)[:8])
        return _unpacked(raw, path, packing)
    except BaseException:
        raw.close()
        raise


def _unpacked(raw: BinaryIO, path: str, name: str) -> BinaryIO:
    if not name:
        return raw
    packing = packings.named(name)
    if packing.unpack is None:
        reason = "for archives alone" if packing.framing else ""
        raise not_unpacked(path, name, reason)
    return cast(BinaryIO, io.BufferedReader(Unpacked(raw, packing), CHUNK))


def not_unpacked(
    path: str, packing: str, read: str = "", remedy: str = "unpack it first"
) -> InputError:
    """Make the error for a file whose packing isn't read.

    Args:
        read: what the packing is read for instead, such as "for archives alone"; "" for nothing.
    """
    said = f"which is read {read}" if read else "which isn't read"
    return InputError(path, f"packed by {packing}, {said}", remedy)


def damage_of(stream: BinaryIO) -> str:
    """Say what damage has ended an unpacked stream; "" where it has ended by itself."""
    return str(getattr(getattr(stream, "raw", None), "damage", ""))


def head_of(path: str, size: int) -> bytes:
    """Read the first bytes of a file or URL. Raises InputError."""
    with open_raw(path) as opened:
        try:
            return opened.read(size)
        except OSError as error:
            raise unreadable(path, error) from error


def unpacked_head(path: str, packing: str, size: int) -> bytes:
    """Read the first unpacked bytes of a file; b"" where its packing isn't read."""
    if not packing:
        return head_of(path, size)
    if packings.named(packing).unpack is None:
        return b""
    with open_unpacked(path, packing) as opened:
        try:
            return opened.read(size)
        except OSError as error:
            raise unreadable(path, error) from error


def size_of(path: str) -> int:
    """Give the size of a local file in bytes; 0 for a URL and for standard input."""
    return os.path.getsize(path) if os.path.isfile(path) else 0
