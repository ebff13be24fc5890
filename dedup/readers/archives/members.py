"""Unpack archives into intact streams of bytes, and go on behind damage.

Knows: members of gzip, frames of zstd and lz4. Does not know: records, what the bytes mean.

An archive is packed record by record: each record is a member of gzip, or a frame of zstd or lz4.
Where one is damaged, the stream gives all bytes before it and ends with the damage. The next stream
begins at the next member or frame that begins a record. To give all bytes before the damage, what
was unpacked since the last damage is unpacked a second time.

fastwarc's readers do the unpacking, a third faster than zlib, with three exceptions. They don't
notice that a gzip file is cut short, so the last member is unpacked again. They refuse frames of
zstd with windows of more than 128 MB, so ``WideFrames`` unpacks these. They don't give the packed
bytes of a member, so ``GzipUnpacker`` unpacks gzip where a writer wants to copy them.

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
_PACKED = 1 << 16

#: Bytes of gzip unpacked at once. A step that fails gives nothing.
_STEP = 1 << 16

#: Bytes unpacked at once near damage, so that little before the damage is lost.
_CAREFUL = 1 << 12

#: A gzip file of one member longer than this isn't unpacked again; its last four bytes, which hold
#: its length, say whether it is whole.
_TAIL = 64 << 20

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
        if self._members is not None:
            self._members.clear()
            return GzipUnpacker(self._source, self._members)
        return _unpacker(self._source, self._framing)

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
            reason = f"damaged {self._framing.unit}: {error}"
            reason = str(error) if isinstance(self._unpacker, WideFrames) else reason
            self._turn_back(reason, is_too_wide(error))
            return self.read(size)
        if not piece:
            self._check_end()
        self._given += len(piece)
        return piece

    def _turn_back(self, reason: str, is_wide: bool) -> None:
        """Note the damage, and begin anew to give the bytes before it that fastwarc has lost.

        A ``GzipUnpacker`` loses nothing at damage. It reads gzip again, so that the same bytes are
        given with ``keep_packed`` and without.

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
        elif self._framing.copied:
            self._source.seek(self._start)
            self._unpacker = GzipUnpacker(self._source, None)
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

    def _check_end(self) -> None:
        """Note damage if the last member of gzip is cut short, which fastwarc doesn't notice."""
        if not self._framing.copied or isinstance(self._unpacker, GzipUnpacker):
            return
        frame = self._unpacker.frame_start_position() or 0
        self._bad = self._start + frame
        size = self._source.seek(0, io.SEEK_END)
        if frame == 0 and size - self._start > _TAIL:
            self._source.seek(-4, io.SEEK_END)
            whole = self._source.read(4) == (self._unpacker.tell() % 2**32).to_bytes(4, "little")
        else:
            self._source.seek(self._bad)
            whole = _ends_well(self._source)
        if not whole:
            self.damage = "cut short: its last gzip member has no end"

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
            return _unpacker(self._source, self._framing).read(len(WARC_MAGIC)) == WARC_MAGIC
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


def _unpacker(raw: BinaryIO, framing: Framing) -> Unpacker:
    unpacker = getattr(fastwarc("stream_io"), framing.reader)
    return cast(Unpacker, unpacker(_Onward(raw), buffer_size=_PACKED))


def fastwarc(module: str) -> ModuleType:
    """Import a module of the package that unpacks archives. Raises MissingExtra."""
    try:
        return import_module(f"fastwarc.{module}")
    except ImportError as error:
        raise MissingExtra("fastwarc", "warc") from error


def _ends_well(raw: BinaryIO) -> bool:
    """Say whether all members of gzip from here on are whole."""
    members = GzipUnpacker(raw, None)
    try:
        while members.read(CHUNK):
            pass
    except OSError as error:
        if error.errno:
            raise
        return False
    return True


class PackedMember(NamedTuple):
    """A member of gzip: where its unpacked bytes begin and end, and its packed bytes."""

    start: int
    end: int
    packed: bytes


class GzipUnpacker:
    """Unpacks gzip member by member, and adds the packed bytes of each member to ``kept``."""

    def __init__(self, raw: BinaryIO, kept: deque[PackedMember] | None) -> None:
        self._raw = raw
        self._kept = kept
        self._held = b""  # unpacked bytes that were not given yet
        self._waiting = b""  # packed bytes that were read and not unpacked yet
        self._gzip = packings.gzip_library()
        self._member = self._gzip.new()
        self._begun = False
        self._start = 0  # where the current member's unpacked bytes begin
        self._place = 0
        self._frame = 0  # where the current member begins in the file
        self._packed: list[bytes] = []
        self._size = 0  # packed bytes of the current member so far

    def tell(self) -> int:
        """Give the number of bytes unpacked so far."""
        return self._place

    def frame_start_position(self) -> int:
        """Give where the current member begins, counted from where reading began."""
        return self._frame

    def read(self, size: int) -> bytes:
        """Give at most ``size`` bytes of one member. Raises OSError at damage.

        Bytes are unpacked in steps of one size. So the bytes before damage are the same for any
        ``size``.
        """
        if not self._held:
            self._held = self._step()
        piece, self._held = self._held[:size], self._held[size:]
        return piece

    def _step(self) -> bytes:
        while True:
            if not self._waiting and not self._member.unconsumed_tail:
                self._waiting = self._raw.read(_PACKED)
            taken = self._member.unconsumed_tail + self._waiting
            if not taken and not self._begun:
                return b""
            if piece := self._unpack(taken):
                return piece
            if not taken and self._begun:
                raise OSError("it has no end")

    def _unpack(self, taken: bytes) -> bytes:
        member = self._member
        try:
            if not self._begun:
                self._gzip.require_begin(taken)
            self._begun = True
            piece = member.decompress(taken, _STEP)
        except self._gzip.error as error:
            raise OSError(str(error)) from None
        self._place += len(piece)
        left = member.unused_data if member.eof else member.unconsumed_tail
        used = len(taken) - len(left)
        self._size += used
        if self._kept is not None and self._size <= _COPIED:
            self._packed.append(taken[:used])
        self._waiting = b""
        if member.eof:
            self._finish(left)
        return piece

    def _finish(self, left: bytes) -> None:
        if self._kept is not None and self._size <= _COPIED:
            self._kept.append(PackedMember(self._start, self._place, b"".join(self._packed)))
        self._frame += self._size
        self._packed, self._size, self._start = [], 0, self._place
        self._waiting, self._member, self._begun = left, self._gzip.new(), False
