"""Plain texts cut into paragraphs, and paragraphs taken out of them.

Knows: the arrays of ``dedup_paragraphs`` and ``dedup_remove``. Does not know: documents, markup.
"""

from __future__ import annotations

from ctypes import byref
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.encoded import Encoded
from dedup.kernel import structures as c
from dedup.kernel.calls import NO_ROOM, at, checked, loaded


class ParagraphRule(IntEnum):
    """What counts as a paragraph of plain text; ``kernel.h`` explains the three rules."""

    EACH_LINE = 0
    EACH_BLOCK = 1
    JUDGED = 2


class Cutting(NamedTuple):
    """The ``n`` paragraphs of ``m`` texts.

    places: int64 (4, n): for each paragraph, the characters of its document where it begins and
    ends, and its first and last line, from 1; starts: int64 (m + 1,), the first paragraph of each
    text; texts: the texts of the paragraphs; spans: int64 (2, n), the bytes where each begins and
    ends among those of all texts.
    """

    places: NDArray[np.int64]
    starts: NDArray[np.int64]
    texts: Encoded
    spans: NDArray[np.int64]


#: The byte that ends nearly all lines; and all bytes that may end a line or paragraph, or be the
#: last byte of a character that does.
_FEED, _ENDS = (b"\n",), (b"\n", b"\v", b"\f", b"\r", b"\x85", b"\xa9")


def paragraphs(
    texts: Encoded,
    rule: ParagraphRule,
    character: NDArray[np.int64] | None = None,
    line: NDArray[np.int64] | None = None,
) -> Cutting:
    """Cut plain texts into paragraphs.

    character, line: (m,), how many characters and line ends of its document stand before each text;
    None if every text is a whole document. Cost: 1 ns a byte and 0.1 us a line.
    """
    count = len(texts.starts) - 1
    raw = texts.bytes[int(texts.starts[0]) : int(texts.starts[-1])]
    nothing = np.zeros(count, dtype=np.int64)
    before = (nothing if character is None else character, nothing if line is None else line)
    packed, starts = np.empty(len(raw), dtype=np.uint8), np.empty(count + 1, dtype=np.int64)
    for ends in (_FEED, _ENDS):  # most texts have no line ends other than line feeds
        room = count + sum(np.count_nonzero(raw == ord(each)) for each in ends)
        rows = _Rows(int(room))
        out = rows.described(starts, packed)
        result = loaded().dedup_paragraphs(
            at(texts.bytes), at(texts.starts), *map(at, before), count, rule, byref(out)
        )
        if result != NO_ROOM:
            break
    found = rows.packed_starts[: checked(result) + 1]
    own = Encoded(packed[: int(found[-1])], found)
    count = len(found) - 1
    return Cutting(rows.places[:, :count], starts, own, rows.spans[:, :count])


class Rests(NamedTuple):
    """What ``removed`` leaves of ``m`` texts without ``n`` of their paragraphs.

    rests: the texts without these; nothing of a text that loses none. before, after: int64 (2, n),
    the bytes among those of all texts that go before and after each of the paragraphs.
    """

    rests: Encoded
    before: NDArray[np.int64]
    after: NDArray[np.int64]


def removed(texts: Encoded, cutting: Cutting, going: NDArray[np.int64]) -> Rests:
    """Take paragraphs out of plain texts, each of which is a whole document.

    cutting: what ``paragraphs`` gave for the texts; going: int64 (n,), the numbers of the
    paragraphs, rising. Cost: 1 ns a byte and 20 ns a paragraph.
    """
    count, size = len(going), int(texts.starts[-1] - texts.starts[0])
    places = np.empty((6, count), dtype=np.int64)
    rest = np.empty(size, dtype=np.uint8)
    rest_starts = np.empty(len(texts.starts), dtype=np.int64)
    out = c.Removal(*map(at, places), at(rest), size, at(rest_starts))
    result = loaded().dedup_remove(
        at(texts.bytes), at(texts.starts), len(texts.starts) - 1, *map(at, cutting.spans),
        at(cutting.starts), at(going), count, byref(out),
    )  # fmt: skip
    checked(result)
    return Rests(Encoded(rest[: int(rest_starts[-1])], rest_starts), places[2:4], places[4:])


class _Rows:
    """The arrays that the kernel fills with paragraphs, ``room`` at most."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._columns = np.zeros((7, room + 1), dtype=np.int64)
        self._heads = np.empty(room, dtype=np.uint8)

    @property
    def spans(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._columns[:2]
        return found

    @property
    def places(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._columns[2:6]
        return found

    @property
    def packed_starts(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._columns[6]
        return found

    def described(
        self, starts: NDArray[np.int64], packed: NDArray[np.uint8] | None = None
    ) -> c.Cutting:
        """Make the kernel's structure of these arrays."""
        base, step = self._columns.ctypes.data, 8 * (self.room + 1)
        size = 0 if packed is None else len(packed)
        return c.Cutting(
            *range(base, base + 6 * step, step), at(self._heads), self.room, at(starts),
            at(packed), size, base + 6 * step,
        )  # fmt: skip


class Cutter:
    """Cuts one text after another by one rule, with the same arrays. Only for one thread."""

    def __init__(self, rule: ParagraphRule) -> None:
        self._rule = int(rule)
        self._starts = np.zeros(2, dtype=np.int64)
        self._before = np.zeros(2, dtype=np.int64)
        self._edges = np.zeros(2, dtype=np.int64)
        self._call = loaded().dedup_paragraphs
        self._addresses = [at(each) for each in (self._edges, self._before, self._before[1:])]
        self._hold(64)

    def _hold(self, room: int) -> None:
        self._rows = _Rows(room)
        self._out = self._rows.described(self._starts)

    def places(self, raw: bytes, character: int = 0, line: int = 0) -> NDArray[np.int64]:
        """Cut a text, or a section of one: int64 (4, n), as of ``Cutting``.

        Cost: 5 us, 1 ns a byte and 0.1 us a line.
        """
        edges, character_at, line_at = self._addresses
        self._edges[1] = len(raw)
        self._before[:] = character, line
        for ends in (_FEED, _ENDS):
            room = 1 + sum(map(raw.count, ends))
            if room > self._rows.room:
                self._hold(2 * room)
            result: int = self._call(
                raw, edges, character_at, line_at, 1, self._rule, byref(self._out)
            )
            if result != NO_ROOM:
                break
        found: NDArray[np.int64] = self._rows.places[:, : checked(result)].copy()
        return found
