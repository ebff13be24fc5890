r"""Cut the bytes of a WARC archive into records, and go on behind damage.

Knows: where records begin and end. Does not know: packings, what a record means, HTTP, text.

A record is a head, an empty line, a body of as many bytes as the head says, and two line ends. If
that doesn't fit, the record is damaged, and reading goes on at the next line that begins with
``WARC/`` behind an empty line. Line ends may be ``\n`` alone, and more or fewer of them may stand
between records. A length that ends a few bytes before the next record is corrected.

Most records of an archive have a head of the form that their writer always gives. A caller that
knows this form as a pattern gets such records many at a time (``Stretch``). They are what ``Raw``
would say of them; whatever is unlike the pattern comes as a ``Raw``.

Bytes that stand in no whole record go to ``spill``, so that a writer can copy every byte that could
be unpacked.

Known limit: if a record is longer than ``limit`` and its head names a length beyond the end of the
file, the record is given as cut short, and so are all records behind it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, cast

from dedup.readers.archives.members import IntactStream, intact_streams
from dedup.readers.containers import WARC_MAGIC

#: Bytes unpacked at once; few enough for the processor's cache, which makes cutting faster.
_PIECE = 1 << 18

#: The most bytes that a head may have, and the most that nearly all heads have.
_MAX_HEAD, _USUAL_HEAD = 1 << 20, 1 << 12

#: The most line ends that belong to the record before them; more of them belong to none.
_MOST_GAP = 1 << 12

#: Bytes that are looked at behind a record: its line ends and the beginning of the next record.
_AHEAD = 16

#: Bytes at the end of a buffer that may be the first half of the beginning of a record.
_MARK = 128

_length = re.compile(rb"\nContent-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n", re.IGNORECASE).search
_version = re.compile(WARC_MAGIC + rb"\d[.\d]*[ \t]*\r?\n").match
_next = re.compile(rb"\n\r?\n(?=" + WARC_MAGIC + rb"\d)").search
_anywhere = re.compile(
    b"(?=" + WARC_MAGIC + rb"\d[.\d]*[ \t]*\r?\n[A-Za-z][A-Za-z-]{1,40}[ \t]*:)"
).search
#: The line ends behind a record, as the standard has them, and the next record.
_GAP = b"\r\n\r\n"
_NEXT = _GAP + WARC_MAGIC

#: The most bytes that a body may have beyond its Content-Length, which is then corrected.
_SLACK = 4

#: Is called with bytes that are in no whole record, before the damaged or long record is given to
#: which they belong.
Spill = Callable[[bytes], object]

#: Finds a pattern in bytes, from a position on.
Search = Callable[[bytes, int], re.Match[bytes] | None]

_line_ends = re.compile(rb"[\r\n]*").match


class Raw(NamedTuple):
    """A record as it stands in the archive.

    number: its place among the records, from 1.
    head: its head with the empty line.
    body: b"" for a damaged record, None for one longer than the limit. All bytes of both were
        spilled.
    gap: the line ends behind it.
    length: the length of the body that the head names.
    damage: what is wrong with the record; "" for nothing.
    packed: its bytes in the packed file, if they were asked for and hold no other record.
    last: whether nothing could be read behind the damage.
    lost: whether the record could not be unpacked. What was spilled is only its beginning then.
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


class Stretch:
    r"""Intact records that stand one behind the other, and whose heads fit the caller's pattern.

    number: the place of the first among the records of the archive, from 1.
    buffer: bytes with all of these records.
    places: the match of each head, and where the body behind it begins and ends. Two line ends
        (``\r\n\r\n``) follow the body.
    """

    __slots__ = ("_base", "_stream", "buffer", "number", "places")

    def __init__(
        self, number: int, buffer: bytes, places: list[Place], stream: IntactStream, base: int
    ) -> None:
        self.number, self.buffer, self.places = number, buffer, places
        self._stream, self._base = stream, base  # base: where in the stream the buffer begins

    def raws(self) -> Iterator[Raw]:
        """Give each record as it stands. It must be asked for before the next stretch is."""
        buffer, packed, base = self.buffer, self._stream.packed, self._base
        for number, (found, head, end) in enumerate(self.places, self.number):
            start, length = found.start(), end - head
            own = packed(base + start, base + end + len(_GAP))
            yield Raw(number, buffer[start:head], buffer[head:end], _GAP, length, "", own)


#: The match of a head, and where the body behind it begins and ends.
Place = tuple[re.Match[bytes], int, int]


def records(
    raw: BinaryIO,
    packing: str,
    limit: int,
    keep_packed: bool = False,
    spill: Spill | None = None,
) -> Iterator[Raw]:
    """Read the records of an archive in order, damaged ones too; see ``stretches``."""
    for each in stretches(raw, packing, limit, None, keep_packed, spill):
        assert isinstance(each, Raw)  # without a pattern there are no stretches
        yield each


def stretches(
    raw: BinaryIO,
    packing: str,
    limit: int,
    usual: re.Pattern[bytes] | None,
    keep_packed: bool = False,
    spill: Spill | None = None,
) -> Iterator[Raw | Stretch]:
    r"""Read the records of an archive in order, damaged ones too, some of them in stretches.

    Args:
        usual: matches a whole head of the usual form, up to its empty line. Its first line is
            ``WARC/`` with the version, its lines end with ``\r\n``, and its last group is the
            number of the first Content-Length in it. None: every record comes by itself.
        limit: the most bytes of a body that is read.
        keep_packed: whether to give the packed bytes of records in gzip.
        spill: is called with the bytes of longer and damaged records, and with those between
            records, piece by piece.

    Raises:
        OSError: the file can't be read.
        MissingExtra: fastwarc isn't installed, and the packing isn't gzip.

    Cost: 2 us a record in a stretch, 8 us another, and 3 ns a byte for gzip. Memory: usually 1 MB,
        at most some three times the limit.
    """
    number = 0
    broken: Raw | None = None
    for stream in intact_streams(raw, packing, keep_packed):
        if broken is not None:
            yield broken
        framer = _Framer(stream, limit, number, spill or len, usual)
        yield from framer.records()
        number = framer.number
        broken = framer.broken
    if broken is not None:
        yield broken._replace(last=True)


class _Framer:
    """Cuts the bytes of a stream into records."""

    def __init__(
        self,
        stream: IntactStream,
        limit: int,
        number: int,
        spill: Spill,
        usual: re.Pattern[bytes] | None,
    ) -> None:
        self.stream = stream
        self.usual = usual
        self.limit = limit
        self.number = number
        self.spill = spill
        self.buffer = b""
        self.at = 0  # where in the buffer the next record begins
        self.base = 0  # where in the stream the buffer begins
        self.ended = False
        self.broken: Raw | None = None  # the record that the damage at the end has cut off
        self.empty_line = _Finder(b"\n\r\n")
        self.bare_line = _Finder(b"\n\n")

    def records(self) -> Iterator[Raw | Stretch]:
        """Give all records of the stream."""
        while True:
            while self.usual is not None and (stretch := self._stretch(self.usual)):
                yield stretch
            if not self._skip_gap():
                break
            head = self._head_end()
            found = self._record(head) if head else self._headless()
            if found is not None:
                yield found
        if self.stream.damage:
            self.broken = self._damaged(self.stream.damage)._replace(lost=True)

    def _stretch(self, usual: re.Pattern[bytes]) -> Stretch | None:
        """Take the records from here on that are as usual; None if the next one isn't."""
        places = self._places(usual)
        left = len(self.buffer) - self.at
        if not places and left < _PIECE and not self.ended:  # perhaps it only ends too early
            self._need(left + 1)
            places = self._places(usual)
        if not places:
            return None
        found = Stretch(self.number + 1, self.buffer, places, self.stream, self.base)
        self.number += len(places)
        self.at = places[-1][2] + len(_GAP)
        return found

    def _places(self, usual: re.Pattern[bytes]) -> list[Place]:
        buffer, at, limit, match = self.buffer, self.at, self.limit, usual.match
        group = usual.groups
        places: list[Place] = []
        while found := match(buffer, at):
            head = found.end()
            length = int(found[group])
            at = head + length
            if length > limit or not buffer.startswith(_NEXT, at):
                break
            places.append((found, head, at))
            at += len(_GAP)
        return places

    def _headless(self) -> Raw | None:
        """Pass over bytes that are no record, or only the beginning of one."""
        begun = _version(self.buffer, self.at)
        reason = "cut short: its head has no end" if begun else "no record begins here"
        return self._resync(_anywhere, self.at + 1, reason)

    def _record(self, head: int) -> Raw | None:
        """Take the record with the head that ends there; None if damage has cut it off."""
        if not _version(self.buffer, self.at):
            return self._headless()
        found = _length(self.buffer, self.at, head)
        if not found:
            return self._resync(_next, head - 1, "its head has no Content-Length")
        length = int(found[1])
        return (self._whole if length <= self.limit else self._pass_over)(head - self.at, length)

    def _skip_gap(self) -> bool:
        """Go to where the next record should begin; give False at the end."""
        if self.buffer.startswith(b"W", self.at):
            return True
        self._pass_gap()
        return self.at < len(self.buffer)

    def _spill_to(self, end: int) -> None:
        """Go to a position in the buffer, and spill the bytes before it."""
        if end > self.at:
            self.spill(self.buffer[self.at : end])
            self.at = end

    def _need(self, wanted: int) -> bool:
        """Read until the buffer has ``wanted`` bytes from the current position on.

        Gives False if the stream ends before; the buffer then holds all that was left. The bytes
        before the current position are forgotten.
        """
        have = len(self.buffer) - self.at
        if have >= wanted or self.ended:
            return have >= wanted
        pieces = [self.buffer[self.at :]]
        while have < wanted and not self.ended:
            # Joining copies what is held. So the more is held, the more is read at once.
            piece = self.stream.read(max(wanted - have, _PIECE, have // 4))
            self.ended = not piece
            have += len(piece)
            pieces.append(piece)
        self.base += self.at
        self.buffer, self.at = b"".join(pieces), 0
        return have >= wanted

    def _head_end(self) -> int:
        """Find the end of the head that begins here; 0 if it has none."""
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
        """Take a record with its body. size, length: the bytes of head and body."""
        self._need(size + length + _AHEAD)
        if len(self.buffer) - self.at < size + length:
            return self._cut_short(size, length)
        after = _gap(self.buffer, self.at + size + length, _MOST_GAP)
        if after == len(self.buffer):
            self._need(size + length + _MOST_GAP + _AHEAD)
            after = _gap(self.buffer, self.at + size + length, _MOST_GAP)
        buffer, at = self.buffer, self.at
        head = at + size
        # If line ends stand behind the body, its length is right, whatever follows them.
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
        """Take a record that goes on beyond the end of the stream."""
        head = self.at + size
        if _next(self.buffer, head - 1):
            reason = f"its Content-Length is {length:,}, but the next record begins before that"
            return self._resync(_next, head - 1, reason)
        held = len(self.buffer) - head
        if self.stream.damage:
            self.at = len(self.buffer)
            return None  # ``records`` gives it as the broken record
        self._spill_to(len(self.buffer))
        return self._damaged(f"cut short: {held:,} of {length:,} bytes", last=True)

    def _resync(self, begins: Search, at: int, reason: str) -> Raw | None:
        """Go to the next record behind a position; give what is passed over as a damaged record."""
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
        """Give a record that is longer than the limit, without its body."""
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
        """Go over line ends between records."""
        while True:
            self._spill_to(_gap(self.buffer, self.at))
            if self.at < len(self.buffer) or not self._need(1):
                return

    def _damaged(self, reason: str, last: bool = False) -> Raw:
        self.number += 1
        return Raw(self.number, b"", b"", b"", 0, reason, None, last)


def _miscounted(buffer: bytes, end: int) -> int:
    """Give how many bytes the body has beyond its Content-Length, if it is a few; else 0."""
    for more in range(1, _SLACK + 1):
        for gap in (_GAP, b"\n\n"):
            behind = end + more + len(gap)
            next_begins = buffer[behind : behind + len(WARC_MAGIC)] in (WARC_MAGIC, b"")
            if next_begins and buffer.startswith(gap, end + more):
                return more
    return 0


def _gap(buffer: bytes, at: int, most: int = sys.maxsize) -> int:
    """Give the position behind the line ends that stand here, at most ``most`` bytes of them."""
    if buffer[at : at + 5] == b"\r\n\r\nW":
        return at + 4
    return cast(re.Match[bytes], _line_ends(buffer, at, min(at + most, len(buffer)))).end()


class _Finder:
    """Finds the next mark in a stream without looking at any byte twice."""

    def __init__(self, mark: bytes) -> None:
        self.mark = mark
        self.looked = 0  # all marks that begin before this position were found
        self.found = -1  # the position of the mark that was found last

    def find(self, buffer: bytes, base: int, at: int, end: int) -> int:
        """Find the first mark from ``at`` on that ends before ``end``; give -1 for none.

        Args:
            base: where in the stream the buffer begins.
            at: a position in the buffer that is never before that of an earlier call.
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
