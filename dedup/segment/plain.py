r"""Plain text to paragraphs.

Knows: lines, blank lines, and how to tell lines that are paragraphs from lines that were wrapped.
Does not know: any markup, files, encodings.

Lines end with ``\n``, ``\r\n`` or ``\r``, also mixed in one text, and with nothing else: a form
feed or U+2028 is white space inside a line. A byte-order mark at the beginning is no part of the
first paragraph. White space around a paragraph is no part of it.

The rule of ``segment`` ("auto"), for a whole text:

1. Where no blank line stands between two others, every line is a paragraph: articles with one
   paragraph a line, lists, logs.
2. With blank lines, the blocks between them are the paragraphs: hard-wrapped prose, stanzas of a
   poem, lists in prose.
3. Except where the lines of those blocks are evidently paragraphs each, as in an article with one
   paragraph a line and a blank line below its title. Evident is: half of the text in blocks of
   several lines stands in lines longer than 120 columns, which neither verse nor usual wrapping
   has, and less than half of the line ends in them look like wrapping. A line end looks like
   wrapping where it comes in mid-sentence and the first word of the next line would not have
   fitted into the width of the text.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from dedup.paragraph import Document, Paragraph

#: Lines longer than this are not usually wrapped ones.
LONG = 120

#: Blocks looked at to judge a text; taken evenly from all of it.
_SAMPLE = 1_000

#: From here on (CJK radicals) most characters are two columns wide.
_WIDE = "\u2e80"
_LOOK = 400  # characters of a line looked at for wide ones

_BOM = "\ufeff"
_ENDS_SENTENCE = re.compile(r"[.!?…:;。！？：；।॥؟۔]\W*\Z")


class Lines(NamedTuple):
    """The lines with something on them: number, where that something begins, and what it is."""

    numbers: list[int]
    starts: list[int]
    texts: list[str]


def segment(document: Document) -> list[Paragraph]:
    """Cut at line ends or at blank lines, by the rule in this module's head."""
    lines = find_lines(document.text)
    if not lines.numbers or lines.numbers[-1] - lines.numbers[0] == len(lines.numbers) - 1:
        return _each_line(document, lines)
    edges = _block_edges(lines)
    if _lines_are_paragraphs(lines.texts, edges):
        return _each_line(document, lines)
    return _each_block(document, lines, edges)


def segment_lines(document: Document) -> list[Paragraph]:
    """Take every line that isn't blank for a paragraph."""
    return _each_line(document, find_lines(document.text))


def segment_blocks(document: Document) -> list[Paragraph]:
    """Take every stretch of lines between blank ones for a paragraph."""
    lines = find_lines(document.text)
    return _each_block(document, lines, _block_edges(lines))


def find_lines(text: str) -> Lines:
    """Find the lines that aren't blank. Cost: linear; 0.5 us each, 0.1 us for each blank one."""
    numbers: list[int] = []
    starts: list[int] = []
    texts: list[str] = []
    at = 1 if text.startswith(_BOM) else 0
    for number, line in enumerate(_split(text[at:]), 1):
        if line and (shown := line.strip()):
            indent = len(line) - len(line.lstrip()) if line[0] != shown[0] else 0
            numbers.append(number)
            starts.append(at + indent)
            texts.append(shown)
        at += len(line) + 1
    return Lines(numbers, starts, texts)


def _split(text: str) -> list[str]:
    r"""Part a text at its line ends, each taking one character, so ``\r`` of ``\r\n`` stays."""
    parts = text.split("\n")
    if text.count("\r") == text.count("\r\n"):
        return parts
    lines: list[str] = []
    for part in parts[:-1]:
        lines += part[:-1].split("\r") if part else [part]
        lines[-1] += part[-1:]
    return lines + parts[-1].split("\r")


def _block_edges(lines: Lines) -> list[int]:
    """Say at which line each block begins; the number of lines comes last."""
    numbers = lines.numbers
    edges = [k for k in range(1, len(numbers)) if numbers[k] - numbers[k - 1] > 1]
    return [0, *edges, len(numbers)] if numbers else [0]


def _each_line(document: Document, lines: Lines) -> list[Paragraph]:
    source, record = document.source, document.record
    return [
        Paragraph(text, source, record, number, number, start, start + len(text))
        for number, start, text in zip(*lines, strict=True)
    ]


def _each_block(document: Document, lines: Lines, edges: list[int]) -> list[Paragraph]:
    text, source, record = document.text, document.source, document.record
    numbers, starts, texts = lines
    found = []
    for head, after in pairwise(edges):
        start, end = starts[head], starts[after - 1] + len(texts[after - 1])
        place = (source, record, numbers[head], numbers[after - 1], start, end)
        found.append(Paragraph(text[start:end], *place))
    return found


def _lines_are_paragraphs(texts: list[str], edges: list[int]) -> bool:
    """Say whether the lines within blocks are evidently paragraphs each. See the module's head."""
    several = [(head, after) for head, after in pairwise(edges) if after - head > 1]
    several = several[:: 1 + len(several) // _SAMPLE]
    blocks = [texts[head : min(after, head + _SAMPLE)] for head, after in several]
    columns = sorted(_columns(line) for block in blocks for line in block)
    if not columns or 2 * sum(each for each in columns if each > LONG) < sum(columns):
        return False
    width = columns[9 * len(columns) // 10]
    ends = [_looks_wrapped(*pair, width) for block in blocks for pair in pairwise(block)]
    return 2 * sum(ends) < len(ends)


def _looks_wrapped(line: str, after: str, width: int) -> bool:
    """Say whether the end of ``line`` looks like wrapping at ``width`` columns."""
    if _ENDS_SENTENCE.search(line, max(0, len(line) - 8)):
        return False
    word = after[:_LOOK].split(None, 1)[0]
    return _columns(line) + 1 + _columns(word) > width


def _columns(line: str) -> int:
    """Estimate how wide a line is on the screen, in columns."""
    if line.isascii():
        return len(line)
    return len(line) + sum(char >= _WIDE for char in line[:_LOOK])
