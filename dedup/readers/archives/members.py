"""Packed archives to bytes, one intact stream after another, past whatever is damaged.

Knows: members of gzip, frames of zstd and lz4. Does not know: records, what the bytes mean.

An archive is packed record by record, each a member or frame of its own. Where one is damaged all
before it is given, the damage is told, and reading goes on at the next one that begins a record.
That takes a second look at what was unpacked since the last damage.

fastwarc's readers unpack, a third faster than zlib. They don't notice where a gzip file was cut
short, so that its last member is looked at again. Frames of zstd with windows of more than 128 MB,
which they refuse, are unpacked as files of other containers are. Where the packed bytes are wanted
too, to be copied, gzip is unpacked member by member.

Known limits: a cut exactly between two members can't be seen, and one in the first 18 or the last
eight bytes of a frame of lz4 isn't. A flipped bit in zstd without checksums gives other bytes.
Frames of zstd that need a dictionary are read from the beginning of the file, but not past damage.
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
from dedup.readers.containers import WARC_MAGIC
from dedup.readers.file import STDIN
from dedup.readers.packings import Framing, Packing
from dedup.readers.streams import CHUNK, Unpacked, is_too_wide, not_unpacked

#: Packed bytes taken at once.
_PACKED = 1 << 16

#: Bytes of gzip unpacked at once; of a step that fails nothing is given.
_STEP = 1 << 16

#: Bytes unpacked at once near damage, so that little before it is lost.
_CAREFUL = 1 << 12

#: A single member longer than this is known to be whole by the length it says it has.
_TAIL = 64 << 20

#: Packed bytes of a member that are kept to be copied.
_COPIED = 16 << 20


class Unpacker(Protocol):
    """Unpacks a file from a place on, as fastwarc's readers and the classes below do."""

    def read(self, size: int, /) -> bytes:
        """Unpack at most so many bytes. Raises OSError at damage."""

    def tell(self) -> int:
        """Give the number of bytes unpacked, up to the damage where there is some."""

    def frame_start_position(self) -> int | None:
        """Say where the current member or frame begins, from where reading began."""


class IntactStream:
    """The unpacked bytes of a file up to its end or to damage, which ``damage`` then describes."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.damage = ""

    def read(self, size: int) -> bytes:
        """Give at most so many bytes; nothing at the end and at damage."""
        piece = self._source.read(size)
        if not piece and isinstance(self._source, Unpacked):
            self.damage = self._source.damage
        return piece

    def packed(self, start: int, end: int) -> bytes | None:
        """Give the packed bytes of just this part of the stream, where they were kept."""
        return None


def intact_streams(
    raw: BinaryIO, packing: str, keep_packed: bool = False
) -> Iterator[IntactStream]:
    """Unpack a file, one stream after another from damage to damage. Raises MissingExtra.

    What can't be read twice, as standard input, ends at the first damage.
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
    """A stream of a packed file that can be read again."""

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
        self._end = -1  # where the sound bytes end, once damage is known
        self._bad = 0  # where the damaged member begins
        self._reason = ""

    def _open(self) -> Unpacker:
        self._source.seek(self._start)
        if self._members is not None:
            self._members.clear()
            return GzipUnpacker(self._source, self._members)
        return _unpacker(self._source, self._framing)

    def read(self, size: int) -> bytes:
        """Give at most so many bytes; nothing at the end and at damage."""
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
        """Note the damage, and read again what was unpacked and lost with it.

        is_wide: whether it is none, but a window that fastwarc doesn't read.

        A ``GzipUnpacker`` loses nothing at damage. It reads gzip again, so that the same bytes are
        given with ``keep_packed`` and without.
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
        """Look whether the last member of gzip is whole, for fastwarc doesn't."""
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
        """Find the next member or frame behind the damage that begins a record; -1 for none."""
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
        """Give the bytes of the member that holds just this part, if one does."""
        members = self._members
        if members is None:
            return None
        while members and members[0].end <= start < end:
            members.popleft()
        if members and (members[0].start, members[0].end) == (start, end):
            return members[0].packed
        return None


class WideFrames:
    """Unpacks zstd with windows that fastwarc refuses, up to damage and not past it."""

    def __init__(self, raw: BinaryIO, packing: Packing) -> None:
        self._frames = Unpacked(cast(BinaryIO, _Onward(raw)), packing)
        self._given = 0

    def read(self, size: int) -> bytes:
        """Unpack at most so many bytes. Raises OSError at damage."""
        piece = cast(bytes, self._frames.read(size))
        self._given += len(piece)
        if not piece and self._frames.damage:
            raise OSError(self._frames.damage)
        return piece

    def tell(self) -> int:
        """Give the number of bytes unpacked."""
        return self._given

    def frame_start_position(self) -> int:
        """Say where reading began, for where frames begin isn't known."""
        return 0


class _Onward:
    """A file from where it stands, which fastwarc only reads on, and neither moves nor closes."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._place = 0

    def read(self, size: int) -> bytes:
        """Read on."""
        piece = self._raw.read(size)
        self._place += len(piece)
        return piece

    def tell(self) -> int:
        """Say how much was read."""
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        """Raises UnsupportedOperation: this file is only read on."""
        raise io.UnsupportedOperation("this file is only read on")

    def close(self) -> None:
        """Leave the file open."""


def _unpacker(raw: BinaryIO, framing: Framing) -> Unpacker:
    unpacker = getattr(fastwarc("stream_io"), framing.reader)
    return cast(Unpacker, unpacker(_Onward(raw), buffer_size=_PACKED))


def fastwarc(module: str) -> ModuleType:
    """Give a module of the package that reads archives. Raises MissingExtra."""
    try:
        return import_module(f"fastwarc.{module}")
    except ImportError as error:
        raise MissingExtra("fastwarc", "warc") from error


def _ends_well(raw: BinaryIO) -> bool:
    """Say whether every member of gzip from here on reaches its end."""
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
    """A member of gzip: where its unpacked bytes begin and end, and what it is packed."""

    start: int
    end: int
    packed: bytes


class GzipUnpacker:
    """Unpacks gzip member by member, and keeps each as it was for whoever wants to copy it."""

    def __init__(self, raw: BinaryIO, kept: deque[PackedMember] | None) -> None:
        self._raw = raw
        self._kept = kept
        self._held = b""  # unpacked bytes that were not given yet
        self._waiting = b""  # packed bytes that belong to what comes next
        self._gzip = packings.gzip_library()
        self._member = self._gzip.new()
        self._begun = False
        self._start = 0  # where the current member's unpacked bytes begin
        self._place = 0
        self._frame = 0  # where the current member begins in the file
        self._packed: list[bytes] = []
        self._size = 0  # packed bytes of the current member so far

    def tell(self) -> int:
        """Give the number of bytes unpacked."""
        return self._place

    def frame_start_position(self) -> int:
        """Say where the current member begins, from where reading began."""
        return self._frame

    def read(self, size: int) -> bytes:
        """Give at most so many bytes, of one member. Raises OSError at damage.

        What is given before damage doesn't depend on how it was asked for: it is unpacked in steps.
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
