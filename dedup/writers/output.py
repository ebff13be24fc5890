"""Write one file whole or not at all, piece by piece, packed on the way.

Knows: a temporary file beside the target, members and frames. Does not know: which packings there
are (``packings``), what is written.

The bytes of a file depend only on its content, the level and the installed packages. They hold no
time, name or random number, so that repeated work gives the same file.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from dedup.errors import InputError
from dedup.readers import packings
from dedup.readers.archives.members import fastwarc
from dedup.readers.containers import packing_by_name
from dedup.readers.packings import Compressor, Framing
from dedup.writers.file import unwritable

#: Bytes gathered before they are written.
_BUFFER = 1 << 20

#: Bytes of a member that are packed in one go: some packages give other bytes for other pieces.
_PACKED = 1 << 16


def temporary_of(target: str) -> str:
    """Return the path of the temporary file of a target; it is always the same."""
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name[:200]}.part")


class Output:
    """A file that appears at its target when the ``with`` block ends without an error.

    Folders are created; the permissions of an existing file stay. A program that is killed leaves
    ``temporary_of``, which the next one that writes the same target overwrites.
    """

    def __init__(self, target: str, on_write: Callable[[bytes], object] | None = None) -> None:
        """on_write: is given what is written, in order."""
        self.target = target
        self._temporary = temporary_of(target)
        self._on_write = on_write

    def __enter__(self) -> Self:
        """Begin. Raises InputError."""
        try:
            os.makedirs(os.path.dirname(self.target) or ".", exist_ok=True)
            with suppress(FileNotFoundError):
                os.unlink(self._temporary)
            self._file = open(self._temporary, "xb", buffering=_BUFFER)
        except OSError as error:
            raise unwritable(self.target, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Put the file in place, or leave none behind. Raises InputError."""
        try:
            try:
                self._file.flush()
                if kind is None:
                    os.fsync(self._file.fileno())
            finally:
                self._file.close()
            if kind is None:
                if os.path.exists(self.target):
                    shutil.copymode(self.target, self._temporary)
                os.replace(self._temporary, self.target)
        except OSError as failure:
            if kind is None:
                raise unwritable(self.target, failure) from failure
        finally:
            with suppress(OSError):
                os.unlink(self._temporary)

    def write(self, content: bytes) -> int:
        """Write. Raises InputError."""
        if self._on_write is not None:
            self._on_write(content)
        try:
            return self._file.write(content)
        except OSError as error:
            raise unwritable(self.target, error) from error

    closed = False

    def flush(self) -> None:
        """Do nothing: the file counts only when the block ends."""

    def close(self) -> None:
        """Do nothing, for packages that close what they write to."""

    def writable(self) -> bool:
        """Say that this is written to."""
        return True

    def seekable(self) -> bool:
        """Say that it is written in order."""
        return False

    readable = seekable

    def tell(self) -> int:
        """Say how much was written."""
        return self._file.tell()

    def cut(self, size: int) -> None:
        """Take back all but the first so many bytes. Raises InputError."""
        try:
            self._file.seek(size)
            self._file.truncate()
        except OSError as error:
            raise unwritable(self.target, error) from error


class Sink(Protocol):
    """Packs what is written to it. ``end_member`` must be called at the end, and may be before."""

    def write(self, content: bytes) -> object:
        """Pack and write."""

    def end_member(self) -> None:
        """End a member or frame, if one was begun."""


def packing_of_name(path: str) -> str:
    """Return the packing for the name of a file to write; "" for none. Raises InputError."""
    packing = packing_by_name(path)
    if packing and not packings.named(packing).is_written:
        suffixes = packings.written_suffixes()
        raise InputError(path, f"{packing} is not written", f"choose {suffixes} or no packing")
    return packing


def sink(output: Output, packing: str, level: int | None = None, archive: bool = False) -> Sink:
    """Make a sink for a packing. Raises MissingExtra.

    level: from 1 to 9 for gzip, to 22 for zstd; None for a fast level of gzip and the default of
    zstd. archive: whether each record becomes a member of its own.
    """
    if not packing:
        return _Plain(output)
    row = packings.named(packing)
    if row.pack is not None and not (archive and row.framing and row.framing.writer):
        return _Members(output, row.pack(level))
    assert row.framing is not None
    return _Frames(output, row.framing)


class Followed:
    """A sink that reports what is written to it, before it is packed."""

    def __init__(self, packed: Sink, on_write: Callable[[bytes], object]) -> None:
        self._sink, self._on_write = packed, on_write
        self.end_member = packed.end_member

    def write(self, content: bytes) -> None:
        """Report, pack and write."""
        self._on_write(content)
        self._sink.write(content)


class _Plain:
    def __init__(self, output: Output) -> None:
        self.write = output.write

    def end_member(self) -> None:
        """Do nothing."""


class _Members:
    """Packs each member with a compressor of its own, in pieces of one size."""

    def __init__(self, output: Output, new: Callable[[], Compressor]) -> None:
        self._output = output
        self._new = new
        self._member: Compressor | None = None
        self._waiting: list[bytes] = []
        self._size = 0  # bytes of what waits
        self._begun = False

    def write(self, content: bytes) -> None:
        self._begun = True
        at, room = 0, _PACKED - self._size
        while len(content) - at >= room:
            self._pack(b"".join([*self._waiting, content[at : at + room]]))
            self._waiting, self._size = [], 0
            at, room = at + room, _PACKED
        self._waiting.append(content[at:])
        self._size += len(content) - at

    def _pack(self, piece: bytes) -> None:
        """Pack a piece of the member."""
        self._member = self._member or self._new()
        if packed := self._member.compress(piece):
            self._output.write(packed)

    def end_member(self) -> None:
        if not self._begun:
            return
        member = self._member or self._new()
        self._output.write(member.compress(b"".join(self._waiting)) + member.flush())
        self._member, self._waiting, self._size, self._begun = None, [], 0, False


class _Frames:
    """Packs with one of fastwarc's writers, for archives."""

    def __init__(self, output: Output, framing: Framing) -> None:
        self._writer = getattr(fastwarc("stream_io"), framing.writer)(output)
        self.write = self._writer.write

    def end_member(self) -> None:
        self._writer.finish()
        self._writer.flush()
