r"""Plain text to paragraphs, whole or in pieces.

Knows: lines, blank lines, and how to tell lines that are paragraphs from lines that were wrapped.
Does not know: any markup, files, encodings.

Lines end with ``\n``, ``\r\n`` or ``\r``, also mixed in one text, and are counted by these alone,
as editors do. A form feed, a vertical tab, U+0085 and U+2029 part paragraphs as a blank line does,
but no line ends there. U+2028 is white space inside a line. A byte-order mark at the beginning is
no part of the first paragraph. White space around a paragraph is no part of it.

The rule of ``segment`` ("auto"). A block is what stands between two blank lines.

1. In a text of one block every line is a paragraph: articles, lists, logs. So it is in a block of
   more than 1,000 lines.
2. A block of one line is a paragraph. In one of several lines, either each line is a paragraph
   or the whole is, and its line ends say which, those of its first seven lines. A line end is

   - a *sentence's*, where the line ends with a mark of one, quotes and brackets behind it aside;
   - else *wrapped*, where the first word of the next line would not have fitted into the width,
     which is that of the block's second longest line, or of the longer of two; also where the next
     line begins with a small letter and neither is longer than 120 columns;
   - else *wide*, where one of the two lines has 80 columns or more, as verse has not;
   - else *open*, as in verse, addresses and lists of names.

   Where less than half of the line ends are wrapped, and half or more are a sentence's or wide,
   the lines are paragraphs. A block of fewer than six line ends is judged together with other
   blocks of several lines: the nearest before it, one after the other, until there are six; if
   these are too few, with those behind it that begin within the next 1,000 lines.

So what a block is follows from what stands before it and from no more than 1,000 lines behind it:
``stretches`` holds these, and a piece of text, in memory.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
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

#: Characters of a text that are cut at once.
PIECE = 1 << 20

#: From CJK radicals on most characters are two columns wide.
_TWO_COLUMNS = re.compile("[\u2e80-\U0010ffff]")
_LOOK = 400  # characters of a line looked at for wide ones, and for its first word

_BOM = "\ufeff"
_PARTING = "\f\v\x85\u2029"
_PARTS = re.compile(f"[{_PARTING}]")
_LAST_END = re.compile(rf"(?s:.*)(?:[\n{_PARTING}]|\r(?!\Z))")
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
    return _whole(document, "auto")


def segment_lines(document: Document) -> list[Paragraph]:
    """Take every line that isn't blank for a paragraph."""
    at, number = (document.start, document.line + 1) if isinstance(document, Section) else (0, 1)
    lines, _ = find_lines(document.text, at, number)
    return _each_line(lines, document.source, document.record, 0, len(lines.numbers))


def segment_blocks(document: Document) -> list[Paragraph]:
    """Take every stretch of lines between blank ones for a paragraph."""
    return _whole(document, "blank")


def stretches(
    pieces: Iterable[str], source: str = "", record: str | None = None, markup: str = "auto"
) -> Iterator[list[Paragraph]]:
    r"""Cut a text that comes in pieces of any length; places are those in the whole text.

    markup: "auto", "lines" or "blank", whose paragraphs have no bound. The paragraphs are those of
    the text as one. Memory: a few times ``PIECE`` characters and what the module's head says, or
    the longest line. Cost: linear, 1 to 2 us a paragraph.

    >>> [each.text for few in stretches(["One\ntw", "o\n\nThree"]) for each in few]
    ['One', 'two', 'Three']
    """
    if markup not in ("auto", "lines", "blank"):
        raise ValueError(f"markup is {markup!r}; it must be 'auto', 'lines' or 'blank'")
    cutter = _Cutter(source, record, markup)
    gathered: list[str] = []
    length, enough = 0, PIECE
    for piece in pieces:
        gathered.append(piece)
        length += len(piece)
        if length < enough:
            continue
        text = "".join(gathered)
        found = _LAST_END.match(text)
        end = found.end() if found else 0
        if end:
            yield cutter.cut(text[:end], False)
        gathered, length = [text[end:]], len(text) - end
        enough = max(PIECE, 2 * length)
    yield cutter.cut("".join(gathered), True)


def _whole(document: Document, markup: str) -> list[Paragraph]:
    cutter = _Cutter(document.source, document.record, markup)
    if isinstance(document, Section):
        cutter.at, cutter.number = document.start, document.line + 1
    return cutter.cut(document.text, True)


class _Cutter:
    """Cuts a text that comes in pieces, each but the last with the end of a line at its end."""

    __slots__ = (
        "alone", "at", "inside", "lines", "markup", "number", "offset", "parted", "record",
        "source", "text", "votes",
    )  # fmt: skip

    def __init__(self, source: str, record: str | None, markup: str) -> None:
        self.source, self.record, self.markup = source, record, markup
        self.at, self.number = 0, 1  # of the next piece
        self.parted = False  # whether it begins behind a character that parts paragraphs
        self.text, self.offset = "", 0  # what was not given yet, and where it begins
        self.lines = Lines([], [], [], [])
        self.votes: deque[Votes] = deque(maxlen=ENOUGH)  # of the blocks before
        self.alone = True  # whether there was no block before
        self.inside = False  # whether a block goes on here whose lines are paragraphs

    def cut(self, piece: str, final: bool) -> list[Paragraph]:
        """Give the paragraphs that can be given when this piece is known."""
        self._add(piece, final)
        edges = _block_edges(self.lines)
        if self.markup == "lines":
            found = self._each_line(0, len(self.lines.numbers))
            done = len(self.lines.numbers)
        elif self.markup == "blank":
            blocks = [*pairwise(edges)]
            found = [self._block(*each) for each in (blocks if final else blocks[:-1])]
            done = edges[-1] if final or not blocks else blocks[-1][0]
        else:
            found, done = self._judged(edges, final)
        if not final:
            self._forget(done)
        return found

    def _add(self, piece: str, final: bool) -> None:
        """Add the lines of a piece to those that are not given yet."""
        if not self.text:
            self.text, self.offset = piece, self.at
        else:
            self.text += piece
        lines, self.number = find_lines(piece, self.at, self.number)
        if lines.numbers and self.parted and lines.heads[:1] != [0]:
            lines.heads.insert(0, 0)
        if not final:
            self._note_parted(piece, lines)
        self.at += len(piece)
        known = self.lines
        self.lines = (
            Lines(
                known.numbers + lines.numbers,
                known.starts + lines.starts,
                known.texts + lines.texts,
                known.heads + [len(known.numbers) + each for each in lines.heads],
            )
            if known.numbers
            else lines
        )

    def _note_parted(self, piece: str, lines: Lines) -> None:
        """Note whether a character that parts paragraphs stands at the end of a piece."""
        if lines.numbers:
            end = lines.starts[-1] + len(lines.texts[-1]) - self.at
            self.parted = bool(_PARTS.search(piece, end))
        else:
            self.parted = self.parted or bool(_PARTS.search(piece))

    def _forget(self, done: int) -> None:
        """Forget the lines that were given."""
        numbers, starts, texts, heads = self.lines
        heads = [each - done for each in heads if each >= done]
        self.lines = Lines(numbers[done:], starts[done:], texts[done:], heads)
        begin = self.lines.starts[0] if self.lines.starts else self.at
        self.text, self.offset = self.text[begin - self.offset :], begin

    def _each_line(self, head: int, after: int) -> list[Paragraph]:
        return _each_line(self.lines, self.source, self.record, head, after)

    def _block(self, head: int, after: int) -> Paragraph:
        numbers, starts, texts, _ = self.lines
        start, end, offset = starts[head], starts[after - 1] + len(texts[after - 1]), self.offset
        text = self.text[start - offset : end - offset]
        return Paragraph(
            text, self.source, self.record, numbers[head], numbers[after - 1], start, end
        )

    def _judged(self, edges: list[int], final: bool) -> tuple[list[Paragraph], int]:
        """Give the paragraphs of the blocks that can be judged, and how many lines these have."""
        found: list[Paragraph] = []
        given = done = 0
        if self.alone and final and len(edges) == 2:
            return self._each_line(0, edges[1]), edges[1]
        votes, votes_before = self._votes(edges), self.votes
        for k, (head, after) in enumerate(pairwise(edges)):
            complete = final or k + 2 < len(edges)
            if self.inside or after - head > LONGEST:
                votes_before += [] if self.inside else [votes[k]]
                self.inside = not complete
            elif not complete:
                break
            elif after - head > 1:
                whole = self._is_paragraph(edges, votes, k, final)
                if whole is None:
                    break
                if whole:
                    if given < head:
                        found += self._each_line(given, head)
                    found.append(self._block(head, after))
                    given = after
                votes_before.append(votes[k])
            self.alone = False
            done = after
        return found + self._each_line(given, done) if given < done else found, done

    def _votes(self, edges: list[int]) -> list[Votes]:
        texts = self.lines.texts
        return [
            _vote(texts[head : min(after, head + FIRST)]) if after - head > 1 else _NO_VOTES
            for head, after in pairwise(edges)
        ]

    def _is_paragraph(
        self, edges: list[int], votes: list[Votes], block: int, final: bool
    ) -> bool | None:
        """Judge a block of several lines; None where that takes more of what follows."""
        wrapped, ended, count = votes[block]
        if count < ENOUGH:
            for more in reversed(self.votes):
                wrapped, ended, count = wrapped + more[0], ended + more[1], count + more[2]
                if count >= ENOUGH:
                    break
        behind, k = edges[block + 1], block + 1
        while count < ENOUGH and k + 1 < len(edges) and edges[k] - behind < LONGEST:
            if not final and k + 2 == len(edges) and edges[k + 1] - edges[k] < FIRST:
                return None
            more = votes[k]
            wrapped, ended, count = wrapped + more[0], ended + more[1], count + more[2]
            k += 1
        if count < ENOUGH and not final and edges[-1] - behind < LONGEST:
            return None
        return 2 * wrapped >= count or 2 * ended < count


def find_lines(text: str, at: int = 0, number: int = 1) -> tuple[Lines, int]:
    """Find the lines that aren't blank in a piece of a text, and the number of the line behind it.

    at, number: where the piece begins, and in which line. Cost: linear; 0.5 us each, 0.1 us for
    each blank one.
    """
    if not at and text.startswith(_BOM):
        at, text = 1, text[1:]
    rows = _split(text)
    if _is_parted(text):
        return _find_parted(rows, at, number), number + len(rows) - 1
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
    after = number + len(rows)
    numbers = [*compress(range(number, after), shown)]
    return Lines(numbers, starts, [*filter(None, shown)], []), after - 1


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


def _each_line(
    lines: Lines, source: str, record: str | None, head: int, after: int
) -> list[Paragraph]:
    numbers, starts, texts, _ = lines
    if after - head < len(numbers):
        numbers, starts, texts = numbers[head:after], starts[head:after], texts[head:after]
    return [
        Paragraph(text, source, record, number, number, start, start + len(text))
        for number, start, text in zip(numbers, starts, texts, strict=True)
    ]


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
