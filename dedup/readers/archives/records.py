r"""Bytes of a WARC file to its records, raw and whole, past whatever is damaged.

Knows: where records begin and end. Does not know: packings, what a record means, HTTP, text.

A record is a head, an empty line, as many bytes as its head says, and two line ends. Where that
doesn't come out, the record is damaged, and reading goes on where the next line begins with
``WARC/`` after an empty one. Line ends may be ``\n`` alone, and more or fewer of them may stand
between records. A length that falls a few bytes short of the next record is put right. What
stands in no record that is given whole goes to ``spill``, so that no byte that could be unpacked is
lost to whoever writes the archive again.

Known limits: of a record longer than ``limit`` whose head says still more than that, no end is
found before the end of the file; it is told as cut short, with all that stood behind it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, cast

from dedup.readers.archives.members import IntactStream, intact_streams
from dedup.readers.containers import WARC_MAGIC

#: Bytes unpacked at once: what stays in the processor's cache is cut into records faster.
_PIECE = 1 << 17

#: Bytes of a head; nothing longer is taken for one. Few are longer than the second.
_MAX_HEAD, _USUAL_HEAD = 1 << 20, 1 << 12

#: Line ends that are taken for those behind a record; what is more stands between records.
_MOST_GAP = 1 << 12

#: Bytes behind a record that are looked at: its line ends, and the beginning of the next.
_AHEAD = 16

#: Bytes at the end of a buffer in which the beginning of a next record may stand.
_MARK = 128

_length = re.compile(rb"\nContent-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE).search
_version = re.compile(WARC_MAGIC + rb"\d[.\d]*[ \t]*\r?\n").match
_next = re.compile(rb"\n\r?\n(?=" + WARC_MAGIC + rb"\d)").search
_anywhere = re.compile(
    b"(?=" + WARC_MAGIC + rb"\d[.\d]*[ \t]*\r?\n[A-Za-z][A-Za-z-]{1,40}[ \t]*:)"
).search
#: The line ends behind a record.
_GAP = b"\r\n\r\n"

#: Bytes that a body may have beyond its length, and is read all the same.
_SLACK = 4

#: Takes what is in no whole record, piece by piece, before the record that it belongs to is told.
Spill = Callable[[bytes], object]

#: Finds a pattern in bytes, from a position on.
Search = Callable[[bytes, int], re.Match[bytes] | None]

_line_ends = re.compile(rb"[\r\n]*").match


class Raw(NamedTuple):
    """A record: its head with the empty line, its body, and the line ends behind it.

    number: its place among the records, from 1. body: empty where ``damage`` says what is wrong,
    None where it is longer than was asked for; in both cases all its bytes were spilled. length:
    what the head says. packed: the bytes it had in the file, where they were asked for and are
    those of this record alone. lost: whether it could not be unpacked; what was spilled of it then
    is but its beginning. last: whether nothing behind the damage could be read.
    """

    number: int
    head: bytes
    body: bytes | None
    gap: bytes
    length: int
    damage: str = ""
    packed: bytes | None = None
    last: bool = False
    lost: bool = False


def records(
    raw: BinaryIO,
    packing: str,
    limit: int,
    keep_packed: bool = False,
    spill: Spill | None = None,
) -> Iterator[Raw]:
    """Read the records of an archive, with those that are damaged in their places.

    limit: bodies longer than this are passed over, but for ``spill``, which is given such a record
    piece by piece, and whatever is damaged or stands between records. What is in memory is some
    three times the limit at most, and 1 MB for usual records. With ``keep_packed`` the members of
    gzip are given along. Raises OSError
    where the file can't be read, MissingExtra. Cost: 5 us a record and 3 ns a byte for gzip, 6 ns
    with ``keep_packed``.
    """
    number = 0
    broken: Raw | None = None
    for stream in intact_streams(raw, packing, keep_packed):
        if broken is not None:
            yield broken
        framer = _Framer(stream, limit, number, spill or len)
        yield from framer.records()
        number = framer.number
        broken = framer.broken
    if broken is not None:
        yield broken._replace(last=True)


class _Framer:
    """Cuts the bytes of a stream into records."""

    def __init__(self, stream: IntactStream, limit: int, number: int, spill: Spill) -> None:
        self.stream = stream
        self.limit = limit
        self.number = number
        self.spill = spill
        self.buffer = b""
        self.at = 0  # where in the buffer the next record begins
        self.base = 0  # where in the stream the buffer begins
        self.ended = False
        self.broken: Raw | None = None  # what is wrong at the end of the stream
        self.empty_line = _Finder(b"\n\r\n")
        self.bare_line = _Finder(b"\n\n")

    def records(self) -> Iterator[Raw]:
        """Give all records of the stream."""
        while self._skip_gap():
            head = self._head_end()
            found = self._record(head) if head else self._headless()
            if found is not None:
                yield found
        if self.stream.damage:
            self.broken = self._damaged(self.stream.damage)._replace(lost=True)

    def _headless(self) -> Raw | None:
        """Pass over what is no record, or the beginning of one."""
        begun = _version(self.buffer, self.at)
        reason = "cut short: its head has no end" if begun else "no record begins here"
        return self._resync(_anywhere, self.at + 1, reason)

    def _record(self, head: int) -> Raw | None:
        """Take the record whose head ends there; None where it falls to damage told later."""
        if not _version(self.buffer, self.at):
            return self._headless()
        found = _length(self.buffer, self.at, head)
        if not found:
            return self._resync(_next, head - 1, "its head has no Content-Length")
        length = int(found[1])
        return (self._whole if length <= self.limit else self._pass_over)(head - self.at, length)

    def _skip_gap(self) -> bool:
        """Go to where the next record should begin; False at the end."""
        if self.buffer.startswith(b"W", self.at):
            return True
        self._pass_gap()
        return self.at < len(self.buffer)

    def _spill_to(self, end: int) -> None:
        """Go to a position of the buffer; what stands before it is in no whole record."""
        if end > self.at:
            self.spill(self.buffer[self.at : end])
            self.at = end

    def _need(self, wanted: int) -> bool:
        """Have so many bytes in the buffer, forgetting what was dealt with; False if there aren't.

        What the stream still has is in the buffer then.
        """
        have = len(self.buffer) - self.at
        if have >= wanted or self.ended:
            return have >= wanted
        pieces = [self.buffer[self.at :]]
        while have < wanted and not self.ended:
            # What is held is copied, so much is read at once where much is held.
            piece = self.stream.read(max(wanted - have, _PIECE, have // 4))
            self.ended = not piece
            have += len(piece)
            pieces.append(piece)
        self.base += self.at
        self.buffer, self.at = b"".join(pieces), 0
        return have >= wanted

    def _head_end(self) -> int:
        """Find the end of the head that begins here; 0 where there is none."""
        while True:
            buffer, at = self.buffer, self.at
            end = buffer.find(b"\n\r\n", at, at + _USUAL_HEAD)
            bare = buffer.find(b"\n\n", at, end if end >= 0 else at + _USUAL_HEAD)
            if end >= 0 or bare >= 0:
                return bare + 2 if bare >= 0 else end + 3
            end = self.empty_line.find(buffer, self.base, at, at + _MAX_HEAD)
            most = end if end >= 0 else at + _MAX_HEAD
            bare = self.bare_line.find(buffer, self.base, at, most)
            if bare >= 0:
                return bare + 2
            if end >= 0:
                return end + 3
            if len(buffer) - at >= _MAX_HEAD or not self._need(len(buffer) - at + 1):
                return 0

    def _whole(self, size: int, length: int) -> Raw | None:
        """Take a record whose head has a size, and whose body is wanted."""
        self._need(size + length + _AHEAD)
        if len(self.buffer) - self.at < size + length:
            return self._cut_short(size, length)
        after = _gap(self.buffer, self.at + size + length, _MOST_GAP)
        if after == len(self.buffer):
            self._need(size + length + _MOST_GAP + _AHEAD)
            after = _gap(self.buffer, self.at + size + length, _MOST_GAP)
        buffer, at = self.buffer, self.at
        head = at + size
        # Where the line ends of a record stand the length was right, whatever follows them.
        proper = buffer.startswith(_GAP, head + length) or after - head - length == _MOST_GAP
        if not proper and not WARC_MAGIC.startswith(buffer[after : after + len(WARC_MAGIC)]):
            if more := _miscounted(buffer, head + length):
                return self._whole(size, length + more)
            reason = f"its Content-Length is {length:,}, but no record follows after that"
            return self._resync(_next, head - 1, reason)
        self.number += 1
        packed = self.stream.packed(self.base + at, self.base + after)
        self.at = after
        body, gap = buffer[head : head + length], buffer[head + length : after]
        return Raw(self.number, buffer[at:head], body, gap, length, "", packed)

    def _cut_short(self, size: int, length: int) -> Raw | None:
        """Deal with a record that the stream ends in."""
        head = self.at + size
        if _next(self.buffer, head - 1):
            reason = f"its Content-Length is {length:,}, but the next record begins before that"
            return self._resync(_next, head - 1, reason)
        held = len(self.buffer) - head
        if self.stream.damage:
            self.at = len(self.buffer)
            return None  # told with the damage, whose victim this record is
        self._spill_to(len(self.buffer))
        return self._damaged(f"cut short: {held:,} of {length:,} bytes", last=True)

    def _resync(self, begins: Search, at: int, reason: str) -> Raw | None:
        """Go to the next record after a position of the buffer, and tell what is passed over."""
        while not (found := begins(self.buffer, at)):
            self._spill_to(max(self.at, len(self.buffer) - _MARK))
            if not self._need(len(self.buffer) - self.at + 1):
                if self.stream.damage:
                    self.at = len(self.buffer)
                    return None
                self._spill_to(len(self.buffer))
                return self._damaged(reason, last=True)
            at = 0
        self._spill_to(found.end())
        return self._damaged(reason)

    def _pass_over(self, size: int, length: int) -> Raw | None:
        """Give a record without its body, which is longer than wanted."""
        head = self.at + size
        start = self.buffer[self.at : head]
        left = size + length
        while left and self._need(1):
            taken = min(len(self.buffer) - self.at, left)
            self._spill_to(self.at + taken)
            left -= taken
        if not left:
            self._pass_gap()
            self.number += 1
            return Raw(self.number, start, None, b"", length)
        if self.stream.damage:
            return None
        return self._damaged(f"cut short: {length - left:,} of {length:,} bytes", last=True)

    def _pass_gap(self) -> None:
        """Go over the line ends behind a record that is passed over."""
        while True:
            self._spill_to(_gap(self.buffer, self.at))
            if self.at < len(self.buffer) or not self._need(1):
                return

    def _damaged(self, reason: str, last: bool = False) -> Raw:
        self.number += 1
        return Raw(self.number, b"", b"", b"", 0, reason, None, last)


def _miscounted(buffer: bytes, end: int) -> int:
    """Say how many bytes a body has beyond its length, where a writer miscounted a few; else 0."""
    for more in range(1, _SLACK + 1):
        for gap in (_GAP, b"\n\n"):
            behind = end + more + len(gap)
            next_begins = buffer[behind : behind + len(WARC_MAGIC)] in (WARC_MAGIC, b"")
            if next_begins and buffer.startswith(gap, end + more):
                return more
    return 0


def _gap(buffer: bytes, at: int, most: int = sys.maxsize) -> int:
    """Give the end of the line ends that stand here, of the first ``most``."""
    if buffer[at : at + 5] == b"\r\n\r\nW":
        return at + 4
    return cast(re.Match[bytes], _line_ends(buffer, at, min(at + most, len(buffer)))).end()


class _Finder:
    """Where the next mark of a kind stands in a stream; no byte is looked at twice for it."""

    def __init__(self, mark: bytes) -> None:
        self.mark = mark
        self.looked = 0  # none begins before this that wasn't asked for
        self.found = -1  # the last that was found

    def find(self, buffer: bytes, base: int, at: int, end: int) -> int:
        """Give the first from ``at`` on that ends before ``end``, -1 for none; ``at`` never falls.

        base: where in the stream the buffer begins.
        """
        if self.found < base + at:
            end = min(end, len(buffer))
            found = buffer.find(self.mark, max(at, self.looked - base), end)
            if found < 0:
                self.looked = max(self.looked, base + end - len(self.mark) + 1)
                return -1
            self.found = self.looked = base + found
        found = self.found - base
        return found if found + len(self.mark) <= end else -1
