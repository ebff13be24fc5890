"""One file put back: what is left of it, and what went, to what it was.

Knows: which bytes of a file are a document that was changed. Does not know: where in these its text
stands (``writers``), the record of removals as a file, which files there are.

A removal says where in the written bytes its document begins and how long that is, so whatever
stands between documents, damage included, is passed on as it is and never parsed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from types import TracebackType
from typing import BinaryIO, Self

from xxhash import xxh3_128

from dedup import schema
from dedup.dump.removal import Removal, misfit, put_back
from dedup.dump.summary import File, text_bytes
from dedup.errors import InputError
from dedup.files import unreadable
from dedup.paragraph import Document
from dedup.readers import ReadOptions, Shard, containers
from dedup.readers.archives.members import IntactStream, intact_streams
from dedup.readers.byte_streams import CHUNK, damage_of, open_unpacked
from dedup.readers.containers import Holds, packing_by_name
from dedup.writers import Change, undo, write_shard


class Cleaned:
    """A file that ``clean`` wrote, read again in order, as unpacked.

    left_out: it is not there, because nothing was left of it. Raises InputError for what is no
    regular file, can't be read, or is damaged.
    """

    def __init__(self, path: str, container: str, left_out: bool = False) -> None:
        self._path, self._container, self._left_out = path, container, left_out
        self._digest = xxh3_128()
        self._opened = ExitStack()
        self._read: Callable[[int], bytes]
        self._damage: Callable[[], str] = str
        #: How many bytes were read.
        self.at = 0

    def __enter__(self) -> Self:
        if not self._left_out:
            schema.require_regular(self._path, "'dedup clean' wrote it; put it back there")
        if self._left_out or not os.path.getsize(self._path):
            self._read = io.BytesIO().read  # nothing, which not every packing has a frame for
            return self
        packing = packing_by_name(self._path)
        if containers.named(self._container).holds == Holds.RECORDS:
            raw = self._opened.enter_context(open(self._path, "rb"))
            intact: IntactStream = next(intact_streams(raw, packing))
            self._read, self._damage = intact.read, lambda: intact.damage
        else:
            stream: BinaryIO = self._opened.enter_context(open_unpacked(self._path, packing))
            self._read, self._damage = stream.read, lambda: damage_of(stream)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._opened.close()

    @property
    def digest(self) -> str:
        """The digest of what was read."""
        return self._digest.hexdigest()

    def pieces(self, size: int | None) -> Iterator[bytes]:
        """Read on for so many bytes, or to the end; what isn't there isn't given."""
        left = CHUNK if size is None else size
        while left:
            try:
                piece = self._read(min(left, CHUNK))
            except OSError as error:
                raise unreadable(self._path, error) from error
            if not piece:
                if damage := self._damage():
                    raise InputError(self._path, damage, "use the files as they were written")
                return
            self._digest.update(piece)
            self.at += len(piece)
            left -= len(piece) if size is not None else 0
            yield piece


def undone(
    cleaned: Cleaned, removals: Iterator[Removal], file: File, reading: ReadOptions
) -> Iterator[bytes]:
    """Give the bytes of a file as they were, in order. Raises InputError where it doesn't fit.

    Memory: what is left of a document, and what went of it.
    """
    for _, some in groupby(removals, lambda each: each.document):
        gone = list(some)
        first = gone[0]
        if first.at < cleaned.at:
            raise misfit(first)
        yield from cleaned.pieces(first.at - cleaned.at)
        now = b"".join(cleaned.pieces(first.size))
        if len(now) != first.size:
            raise misfit(first)
        if first.raw is not None:
            yield first.raw
        elif first.dropped:
            raise misfit(first)
        else:
            yield _undo(now, gone, file, reading)
    yield from cleaned.pieces(None)


def _undo(now: bytes, gone: Sequence[Removal], file: File, reading: ReadOptions) -> bytes:
    """Put what went from one document back into its bytes."""

    def old(text: str) -> str:
        return put_back(text, gone)

    try:
        return undo(file.container, now, old, file.encoding, reading)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise misfit(gone[0]) from error  # these bytes are no such document


def require_digest(found: str, wanted: str | None, path: str) -> None:
    """Raise InputError where a digest is not the one that the manifest tells."""
    if found != wanted:
        raise InputError(
            path, "it is not the one that the record of removals speaks of: it, or the manifest, "
            "was changed since", "use the files as they were written, with their own record",
        )  # fmt: skip


# -- Parquet


def restore_parquet(
    path: str, target: str, file: File, removals: Iterator[Removal], reading: ReadOptions
) -> None:
    """Write a file of Parquet with its old texts; none where they do not come out as they were."""
    schema.require_regular(path, "'dedup clean' wrote it; put it back there")
    found = xxh3_128()
    with open(path, "rb") as opened:
        while piece := opened.read(CHUNK):
            found.update(piece)
    require_digest(found.hexdigest(), file.digest_after, path)
    undo = _Rows(removals, file, path)
    write_shard(Shard(path, file.container), target, undo.edit, reading, None, None, undo)
    if not undo.finished:
        raise InputError(path, "it is no Parquet", "use the files as they were written")


class _Rows:
    """Gives every row its old text; the history of a writer, that stops it where they don't fit."""

    def __init__(self, removals: Iterator[Removal], file: File, path: str) -> None:
        self._documents = groupby(removals, lambda each: each.document)
        self._file, self._path = file, path
        self._document = 0
        #: Whether all was written, and is as it was.
        self.finished = False
        self._digest = xxh3_128()
        self.read = self.wrote = len
        self._take()

    def _take(self) -> None:
        """Take the removals of the next document that has some."""
        self._held = list(next(self._documents, (0, ()))[1])

    def edit(self, document: Document) -> Change:
        """Give a document the text it had."""
        number, self._document = self._document, self._document + 1
        text = None
        if self._held and self._held[0].document == number:
            text = put_back(document.text, self._held)
            self._take()
        self._digest.update(text_bytes(document.text if text is None else text))
        return text

    def mark(self) -> None:
        """Need nothing of it."""

    take_back = mark

    def changed(self, before: bytes | None, dropped: bool, size: int) -> None:
        """Need nothing of it."""

    def finish(self) -> None:
        """Make sure that all is as it was. Raises InputError."""
        if self._held:
            raise misfit(self._held[0])
        require_digest(self._digest.hexdigest(), self._file.digest_before, self._path)
        self.finished = True
