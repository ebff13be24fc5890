"""Unpack archives into intact streams of bytes, and go on behind damage.

Knows: members of gzip, frames of zstd and lz4. Does not know: records, what the bytes mean.

An archive is packed record by record: each record is a member of gzip, or a frame of zstd or lz4.
Where one is damaged, the stream gives all bytes before it and ends with the damage. The next stream
begins at the next member or frame that begins a record. To give all bytes before the damage of zstd
and lz4, what was unpacked since the last damage is unpacked a second time.

``GzipUnpacker`` unpacks gzip, by isal. It gives the packed bytes of members too, for a writer that
copies them. fastwarc's readers unpack zstd and lz4. They refuse frames of zstd with windows of more
than 128 MB, so ``WideFrames`` unpacks these.

Known limits:
- A file that is cut exactly between two members looks whole, and so does one that is cut in the
  first 18 or the last 8 bytes of a frame of lz4.
- A flipped bit in a frame of zstd without a checksum isn't noticed.
- Frames of zstd that need a dictionary are read from the beginning of the file, not behind damage.
"""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import BinaryIO, NamedTuple, Protocol, cast

from dedup.errors import MissingExtra
from dedup.readers import packings
from dedup.readers.byte_streams import CHUNK, Unpacked, is_too_wide, not_unpacked
from dedup.readers.containers import WARC_MAGIC
from dedup.readers.file import STDIN
from dedup.readers.packings import Framing, Packing

#: Packed bytes read at once.
_PACKED = 1 << 17

#: Packed bytes given to isal at once. What lies behind the end of a member is copied.
_WINDOW = 1 << 13

#: Bytes of gzip unpacked at once. A step that fails gives nothing.
_STEP = 1 << 16

#: Bytes unpacked at once near damage, so that little before the damage is lost.
_CAREFUL = 1 << 12

#: Bytes with which a member begins.
_MAGIC = 3

#: The most packed bytes of a member that are kept for a writer to copy.
_COPIED = 16 << 20


class Unpacker(Protocol):
    """Unpacks a file from a place on, as fastwarc's readers and the classes below do."""

    def read(self, size: int, /) -> bytes:
        """Unpack at most ``size`` bytes. Raises OSError at damage."""

    def tell(self) -> int:
        """Give the number of bytes unpacked so far."""

    def frame_start_position(self) -> int | None:
        """Give where the current member or frame begins, counted from where reading began."""


class IntactStream:
    """The unpacked bytes of a file from one place up to its end or to damage.

    damage: what is wrong, once the stream has ended; "" at the end of the file.
    """

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.damage = ""

    def read(self, size: int) -> bytes:
        """Give at most ``size`` bytes; b"" at the end and at damage."""
        piece = self._source.read(size)
        if not piece and isinstance(self._source, Unpacked):
            self.damage = self._source.damage
        return piece

    def packed(self, start: int, end: int) -> bytes | None:
        """Give the packed bytes of exactly this part of the stream; None if they weren't kept."""
        return None


def intact_streams(
    raw: BinaryIO, packing: str, keep_packed: bool = False
) -> Iterator[IntactStream]:
    """Unpack a file into streams; a new one begins behind each damage. Raises MissingExtra.

    A file that can't be read twice, such as standard input, ends at the first damage.

    Args:
        keep_packed: whether ``packed`` of a stream is wanted.
    """
    if not packing:
        yield IntactStream(raw)
        return
    row = packings.named(packing)
    if row.framing is None or not raw.seekable():
        if row.unpack is None:
            raise not_unpacked(STDIN, packing, "from files alone", "give its file")
        yield IntactStream(cast(BinaryIO, Unpacked(cast(BinaryIO, _Onward(raw)), row)))
        return
    start = 0
    while start >= 0:
        stream = _PackedStream(raw, row, row.framing, start, keep_packed)
        yield stream
        start = stream.next_start() if stream.damage else -1


class _PackedStream(IntactStream):
    """A stream of a packed file that can be read twice."""

    def __init__(
        self, raw: BinaryIO, packing: Packing, framing: Framing, start: int, keep_packed: bool
    ) -> None:
        super().__init__(raw)
        self._packing, self._framing = packing, framing
        self._start = start
        copies = keep_packed and framing.copied
        self._members: deque[PackedMember] | None = deque() if copies else None
        self._unpacker = self._open()
        self._given = 0
        self._end = -1  # the number of sound bytes, once damage is known
        self._bad = 0  # where the damaged member begins
        self._reason = ""

    def _open(self) -> Unpacker:
        self._source.seek(self._start)
        return self._unpacked_from_here(self._members)

    def _unpacked_from_here(self, kept: deque[PackedMember] | None) -> Unpacker:
        if self._framing.copied:
            return GzipUnpacker(self._source, kept)
        reader = getattr(fastwarc("stream_io"), self._framing.reader)
        return cast(Unpacker, reader(_Onward(self._source), buffer_size=_PACKED))

    def read(self, size: int) -> bytes:
        """Give at most ``size`` bytes; b"" at the end and at damage."""
        if self.damage:
            return b""
        if self._end >= 0:
            return self._read_to_damage(size)
        try:
            piece = self._unpacker.read(size)
        except OSError as error:
            if error.errno:
                raise  # the file itself can't be read
            self._turn_back(self._why(error), is_too_wide(error))
            return self.read(size)
        self._given += len(piece)
        return piece

    def _why(self, error: OSError) -> str:
        """Say what is damaged."""
        if isinstance(self._unpacker, WideFrames):
            return str(error)
        if isinstance(error, NoEnd) and self._members is None:
            return "cut short: its last gzip member has no end"
        return f"damaged {self._framing.unit}: {error}"

    def _turn_back(self, reason: str, is_wide: bool) -> None:
        """Note the damage, and begin anew to give the bytes before it that fastwarc has lost.

        Args:
            is_wide: whether nothing is damaged, and fastwarc has only refused a wide window.
        """
        self._bad = self._start + (self._unpacker.frame_start_position() or 0)
        if isinstance(self._unpacker, GzipUnpacker | WideFrames):
            self.damage = reason
            return
        self._reason = reason
        if is_wide:
            self._source.seek(self._start)
            self._unpacker = WideFrames(self._source, self._packing)
        else:
            self._end = self._unpacker.tell()
            self._unpacker = self._open()
        try:
            self._skip(self._given)
        except OSError as error:
            if error.errno:
                raise
            self.damage = reason

    def _skip(self, left: int) -> None:
        while left and (again := self._unpacker.read(min(left, CHUNK))):
            left -= len(again)

    def _read_to_damage(self, size: int) -> bytes:
        try:
            piece = self._unpacker.read(min(size, _CAREFUL, self._end - self._given))
        except OSError as error:
            if error.errno:
                raise
            piece = b""
        self._given += len(piece)
        if not piece:
            self.damage = self._reason
        return piece

    def next_start(self) -> int:
        """Find the next member or frame behind the damage with a record in it; -1 for none."""
        if isinstance(self._unpacker, WideFrames):
            return -1
        begins = self._framing.begins
        at, held = self._bad + 1, b""
        while True:
            self._source.seek(at + len(held))
            piece = self._source.read(CHUNK)
            if not piece:
                return -1
            held += piece
            found = held.find(begins)
            while found >= 0:
                if self._begins_record(at + found):
                    return at + found
                found = held.find(begins, found + 1)
            at += max(len(held) - len(begins) + 1, 0)
            held = held[-(len(begins) - 1) :]

    def _begins_record(self, at: int) -> bool:
        self._source.seek(at)
        try:
            return self._unpacked_from_here(None).read(len(WARC_MAGIC)) == WARC_MAGIC
        except OSError as error:
            if error.errno:
                raise
            return False

    def packed(self, start: int, end: int) -> bytes | None:
        """Give the bytes of the member that holds exactly this part; None if there is none."""
        members = self._members
        if members is None:
            return None
        while members and members[0].end <= start < end:
            members.popleft()
        if members and (members[0].start, members[0].end) == (start, end):
            return members[0].packed
        return None


class WideFrames:
    """Unpacks zstd with windows that fastwarc refuses, up to the first damage."""

    def __init__(self, raw: BinaryIO, packing: Packing) -> None:
        self._frames = Unpacked(cast(BinaryIO, _Onward(raw)), packing)
        self._given = 0

    def read(self, size: int) -> bytes:
        """Unpack at most ``size`` bytes. Raises OSError at damage."""
        piece = cast(bytes, self._frames.read(size))
        self._given += len(piece)
        if not piece and self._frames.damage:
            raise OSError(self._frames.damage)
        return piece

    def tell(self) -> int:
        """Give the number of bytes unpacked so far."""
        return self._given

    def frame_start_position(self) -> int:
        """Give 0, where reading began; where the current frame begins isn't known."""
        return 0


class _Onward:
    """A file that fastwarc can only read forward from its place, and can't move or close."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._place = 0

    def read(self, size: int) -> bytes:
        """Read the next bytes."""
        piece = self._raw.read(size)
        self._place += len(piece)
        return piece

    def tell(self) -> int:
        """Give the number of bytes read so far."""
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        """Raise UnsupportedOperation."""
        raise io.UnsupportedOperation("this file can only be read forward")

    def close(self) -> None:
        """Leave the file open."""


def fastwarc(module: str) -> ModuleType:
    """Import a module of the package that unpacks archives. Raises MissingExtra."""
    try:
        return import_module(f"fastwarc.{module}")
    except ImportError as error:
        raise MissingExtra("fastwarc", "warc") from error


class PackedMember(NamedTuple):
    """A member of gzip: where its unpacked bytes begin and end, and its packed bytes."""

    start: int
    end: int
    packed: bytes


class NoEnd(OSError):
    """The last member of a file ends with the file, and not by itself."""


class GzipUnpacker:
    """Unpacks gzip member by member, and adds the packed bytes of each member to ``kept``."""

    def __init__(self, raw: BinaryIO, kept: deque[PackedMember] | None) -> None:
        self._raw = raw
        self._kept = kept
        self._held = b""  # unpacked bytes that were not given yet
        self._waiting = memoryview(b"")  # packed bytes that were read and not unpacked yet
        self._gzip = packings.gzip_library()
        self._member = self._gzip.new()
        self._begun = False
        self._start = 0  # where the current member's unpacked bytes begin
        self._place = 0
        self._frame = 0  # where the current member begins in the file
        self._packed: list[memoryview] = []
        self._size = 0  # packed bytes of the current member so far
        self._failure: OSError | None = None  # the damage behind the bytes that were given last

    def tell(self) -> int:
        """Give the number of bytes unpacked so far."""
        return self._place

    def frame_start_position(self) -> int:
        """Give where the current member begins, counted from where reading began."""
        return self._frame

    def read(self, size: int) -> bytes:
        """Give ``size`` bytes, fewer of them before damage and the end. Raises OSError at damage.

        Bytes are unpacked in steps of one size. So the bytes before damage are the same for any
        ``size``.
        """
        pieces, missing = [self._held], size - len(self._held)
        while missing > 0 and self._failure is None:
            try:
                piece = self._step()
            except OSError as error:
                self._failure = error
                break
            if not piece:
                break
            pieces.append(piece)
            missing -= len(piece)
        given = b"".join(pieces)
        if not given and self._failure is not None:
            raise self._failure
        given, self._held = given[:size], given[size:]
        return given

    def _step(self) -> bytes:
        """Unpack the next bytes of a member; b"" at the end."""
        while True:
            if not self._waiting:
                self._waiting = memoryview(self._raw.read(_PACKED))
            ended = not self._waiting
            if ended and not self._begun:
                return b""
            if piece := self._unpack(self._waiting[:_WINDOW]):
                return piece
            if ended and self._begun:
                raise NoEnd("it has no end")

    def _unpack(self, taken: memoryview) -> bytes:
        member = self._member
        try:
            if not self._begun:
                self._gzip.require_begin(bytes(taken[:_MAGIC]))
            self._begun = True
            piece = member.decompress(taken, _STEP)
        except self._gzip.error as error:
            raise OSError(str(error)) from None
        self._place += len(piece)
        left = len(member.unused_data if member.eof else member.unconsumed_tail)
        used = len(taken) - left
        self._size += used
        if self._kept is not None and self._size <= _COPIED:
            self._packed.append(taken[:used])
        self._waiting = self._waiting[used:]
        if member.eof:
            self._finish()
        return piece

    def _finish(self) -> None:
        if self._kept is not None and self._size <= _COPIED:
            self._kept.append(PackedMember(self._start, self._place, b"".join(self._packed)))
        self._frame += self._size
        self._packed, self._size, self._start = [], 0, self._place
        self._member, self._begun = self._gzip.new(), False
