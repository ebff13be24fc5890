"""The rule by which plain text is cut into paragraphs, in plain Python. The kernel must agree.

Knows: the rule in the head of ``dedup/segment/plain.py``. Does not know: bytes, the kernel.
"""

from __future__ import annotations

import re
from collections import deque
from itertools import compress, pairwise
from typing import NamedTuple

from dedup.paragraph import Document, Paragraph
from dedup.segment.sections import Section

#: A block of more lines isn't one paragraph; and how many lines behind a block are looked at.
LONGEST = 1_000

#: Columns: verse has fewer, and prose is seldom wrapped at more.
WIDE, LONG = 80, 120

#: Line ends that are enough to judge a block, and lines looked at in each.
ENOUGH, FIRST = 6, 7

#: From CJK radicals on most characters are two columns wide.
_TWO_COLUMNS = re.compile("[\u2e80-\U0010ffff]")
_LOOK = 400  # characters of a line looked at for wide ones, and for its first word

_BOM = "\ufeff"
_PARTING = "\f\v\x85\u2029"
_PARTS = re.compile(f"[{_PARTING}]")
_MARKS = frozenset(".!?…。！？।॥؟۔｡．")
_CLOSING = "\"'”’»›)]」』】）*_"  # may follow them
_ENDING = _MARKS.union(_CLOSING)


#: Line ends: those that are wrapped, those of a sentence or wide, and all.
Votes = tuple[int, int, int]
_NO_VOTES = (0, 0, 0)


class Lines(NamedTuple):
    """The lines with something on them: number, where that something begins, and what it is.

    heads: the positions in these lists of those that a character before them parts from what
    stands above, wherever that is.
    """

    numbers: list[int]
    starts: list[int]
    texts: list[str]
    heads: list[int]


def segment(document: Document) -> list[Paragraph]:
    """Cut at line ends or at blank lines, by the rule in this module's head."""
    return _Cutter(document).judged()


def segment_lines(document: Document) -> list[Paragraph]:
    """Take every line that isn't blank for a paragraph."""
    return _Cutter(document).each_line()


def segment_blocks(document: Document) -> list[Paragraph]:
    """Take every stretch of lines between blank ones for a paragraph."""
    return _Cutter(document).blocks()


class _Cutter:
    """Cuts one text, or a section of one whose places are those in the whole."""

    __slots__ = ("_at", "_document", "_lines")

    def __init__(self, document: Document) -> None:
        self._at, number = 0, 1
        if isinstance(document, Section):
            self._at, number = document.start, document.line + 1
        self._document = document
        self._lines = find_lines(document.text, self._at, number)

    def each_line(self, head: int = 0, after: int | None = None) -> list[Paragraph]:
        """Give lines as paragraphs: all, or those from ``head`` to before ``after``."""
        numbers, starts, texts, _ = self._lines
        numbers, starts, texts = numbers[head:after], starts[head:after], texts[head:after]
        source, record = self._document.source, self._document.record
        return [
            Paragraph(text, source, record, number, number, start, start + len(text))
            for number, start, text in zip(numbers, starts, texts, strict=True)
        ]

    def blocks(self) -> list[Paragraph]:
        """Give blocks as paragraphs."""
        return [self._block(*each) for each in pairwise(_block_edges(self._lines))]

    def _block(self, head: int, after: int) -> Paragraph:
        numbers, starts, texts, _ = self._lines
        start, end = starts[head], starts[after - 1] + len(texts[after - 1])
        document = self._document
        text = document.text[start - self._at : end - self._at]
        return Paragraph(
            text, document.source, document.record, numbers[head], numbers[after - 1], start, end
        )

    def judged(self) -> list[Paragraph]:
        """Give blocks or their lines, by the rule in this module's head."""
        edges = _block_edges(self._lines)
        if len(edges) == 2:
            return self.each_line()
        votes = self._votes(edges)
        before: deque[Votes] = deque(maxlen=ENOUGH)
        found: list[Paragraph] = []
        given = 0
        for k, (head, after) in enumerate(pairwise(edges)):
            if after - head == 1:
                continue
            if after - head <= LONGEST and _is_paragraph(edges, votes, k, before):
                found += self.each_line(given, head)
                found.append(self._block(head, after))
                given = after
            before.append(votes[k])
        return found + self.each_line(given)

    def _votes(self, edges: list[int]) -> list[Votes]:
        texts = self._lines.texts
        return [
            _vote(texts[head : min(after, head + FIRST)]) if after - head > 1 else _NO_VOTES
            for head, after in pairwise(edges)
        ]


def _is_paragraph(edges: list[int], votes: list[Votes], block: int, before: deque[Votes]) -> bool:
    """Judge a block of several lines. before: the votes of those above it, the nearest last."""
    wrapped, ended, count = votes[block]
    if count < ENOUGH:
        for more in reversed(before):
            wrapped, ended, count = wrapped + more[0], ended + more[1], count + more[2]
            if count >= ENOUGH:
                break
    behind, k = edges[block + 1], block + 1
    while count < ENOUGH and k + 1 < len(edges) and edges[k] - behind < LONGEST:
        more = votes[k]
        wrapped, ended, count = wrapped + more[0], ended + more[1], count + more[2]
        k += 1
    return 2 * wrapped >= count or 2 * ended < count


def find_lines(text: str, at: int = 0, number: int = 1) -> Lines:
    """Find the lines that aren't blank in a text or a section of one.

    at, number: where the piece begins, and in which line. Cost: linear; 0.5 us each, 0.1 us for
    each blank one.
    """
    if not at and text.startswith(_BOM):
        at, text = 1, text[1:]
    rows = _split(text)
    if _is_parted(text):
        return _find_parted(rows, at, number)
    shown = [*map(str.strip, rows)]
    starts: list[int] = []
    if shown == rows:  # the same objects, as a rule
        for row in rows:
            if row:
                starts.append(at)
            at += len(row) + 1
    else:
        for row, line in zip(rows, shown, strict=True):
            if line:
                starts.append(at if row[0] == line[0] else at + len(row) - len(row.lstrip()))
            at += len(row) + 1
    numbers = [*compress(range(number, number + len(rows)), shown)]
    return Lines(numbers, starts, [*filter(None, shown)], [])


def _is_parted(text: str) -> bool:
    """Say whether something else than a line end parts paragraphs, quicker than a pattern does."""
    return "\f" in text or "\v" in text or "\x85" in text or "\u2029" in text


def _find_parted(rows: list[str], at: int, number: int) -> Lines:
    """Find the lines where some are parted by other characters than line ends."""
    lines = Lines([], [], [], [])
    parted = False
    for each, row in enumerate(rows, number):
        for k, line in enumerate(_PARTS.split(row)):
            parted = parted or k > 0
            if shown := line.strip():
                if parted:
                    lines.heads.append(len(lines.numbers))
                    parted = False
                lines.numbers.append(each)
                lines.starts.append(at + len(line) - len(line.lstrip()))
                lines.texts.append(shown)
            at += len(line) + 1
    return lines


def _split(text: str) -> list[str]:
    r"""Part a text at its line ends, each taking one character, so ``\r`` of ``\r\n`` stays."""
    parts = text.split("\n")
    if "\r" not in text or text.count("\r") == text.count("\r\n"):
        return parts
    lines: list[str] = []
    for part in parts[:-1]:
        lines += part[:-1].split("\r") if part else [part]
        lines[-1] += part[-1:]
    return lines + parts[-1].split("\r")


def _block_edges(lines: Lines) -> list[int]:
    """Say at which line each block begins; the number of lines comes last."""
    numbers = lines.numbers
    if not numbers:
        return [0]
    if not lines.heads and numbers[-1] - numbers[0] == len(numbers) - 1:
        return [0, len(numbers)]
    edges = [k for k in range(1, len(numbers)) if numbers[k] - numbers[k - 1] > 1]
    if lines.heads:
        edges = sorted({*edges, *lines.heads} - {0})
    return [0, *edges, len(numbers)]


def _vote(rows: list[str]) -> Votes:
    """Count the line ends between the first lines of a block. See the module's head."""
    wrapped = ended = width = 0
    for line, after in pairwise(rows):
        if line[-1] in _ENDING and (line[-1] in _MARKS or _ends_sentence(line)):
            ended += 1
        elif after[0].islower() and len(line) <= LONG and len(after) <= LONG:
            wrapped += 1
        else:
            width = width or _width(rows)
            columns = _columns(line)
            if columns + _first_word(after) >= width:
                wrapped += 1
            elif columns >= WIDE or _columns(after) >= WIDE:
                ended += 1
    return wrapped, ended, len(rows) - 1


def _width(rows: list[str]) -> int:
    columns = sorted(len(row) if row.isascii() else _columns(row) for row in rows)
    return columns[-2] if len(rows) > 2 else columns[-1]


def _ends_sentence(line: str) -> bool:
    return line.rstrip(_CLOSING)[-1:] in _MARKS


def _first_word(line: str) -> int:
    """Measure the first word of a line, in columns."""
    return _columns(line[:_LOOK].split(None, 1)[0])


def _columns(line: str) -> int:
    """Estimate how wide a line is on the screen, in columns."""
    if line.isascii():
        return len(line)
    return len(line) + len(_TWO_COLUMNS.findall(line, 0, _LOOK))
