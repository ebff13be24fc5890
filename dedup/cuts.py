"""Where to cut paragraphs out of a document, so that the rest means the same as before.

Knows: lines, blank lines, and how to check that the rest still has the kept paragraphs. Does not
know: markups (``segment`` does), how copies are found, files.

The rule: a paragraph is cut out with the whole lines that it has for itself. Code, tables and
headings around it stay. The blank lines after it are cut out too; in a markup only if a blank line
stands before it as well, because otherwise the text after it could join the text before it. At the
end of a text, the blank lines before the paragraph are cut out instead, so that the text still ends
with the same line end. If a paragraph shares a line with something else, only the paragraph is cut
out. A byte-order mark stays.

In a markup this is not always enough. The marker of a list item also holds the indented blocks
below it, and a paragraph may separate a list from indented code. There the markers stay, and the
words are replaced by the markup's empty text (``<!-- -->``, ``..``, ``{empty}``). Then the rest is
cut into paragraphs again. Where these are not the kept paragraphs, the paragraphs that were cut out
there are replaced by empty text as well. Where that doesn't help, they are left in.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dedup.paragraph import Document, Paragraph
from dedup.segment import blocks, markups, sections
from dedup.segment.markup import Syntax
from dedup.segment.plain import CutParagraphs

_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")

#: How often a document is tried. After that, all of its copies are left in.
_TRIES = 8

#: How many paragraphs ahead the search looks for a place where two sequences agree again.
_NEAR = 12

Words = Sequence[tuple[str, bool]]
Spans = Sequence[tuple[int, int]]

#: What is cut out of a paragraph: its lines, only its words, or nothing.
_LINES, _WORDS, _NONE = 0, 1, 2


class Cut(NamedTuple):
    """A span of a text that is cut out, and the text that replaces it."""

    start: int
    end: int
    instead: str = ""


class _Seen(NamedTuple):
    """A block at ``start``: its words, and whether it is a paragraph (else it is a heading)."""

    words: tuple[str, bool]
    start: int


class _OwnLines(NamedTuple):
    """The lines that one or more paragraphs have for themselves; ``end``: after the line end."""

    start: int
    end: int
    head: int  # the first paragraph
    last: int


def without(
    text: str, paragraphs: Sequence[Paragraph], kept: Sequence[bool], markup: str = "auto"
) -> tuple[str, list[int]]:
    """Cut the paragraphs that aren't kept out of a text, if the others stay the same without them.

    Returns the text, and the positions of the paragraphs that had to be left in: see ``plan``.
    """
    cut, left = plan(text, paragraphs, kept, markup)
    return apply(text, cut), left


def plan(
    text: str,
    paragraphs: Sequence[Paragraph],
    kept: Sequence[bool],
    markup: str = "auto",
    last: bool = True,
) -> tuple[list[Cut], list[int]]:
    """Plan the cuts that remove the paragraphs that aren't kept, in order.

    Args:
        text: the text.
        paragraphs: all paragraphs of the text, as the segmenter of the markup gives them.
        kept: whether each of them is kept.
        markup: the markup of the text.
        last: whether the document ends with this text; false for a section of a long plain text
            that is not its last one, because sections are planned one by one.

    Returns:
        The cuts, and the positions of the paragraphs that have to be left in because the kept ones
        would change without them. In plain text there are none.

    Cost: linear; in a markup, as much as cutting the text into paragraphs a few times.
    """
    how = dict.fromkeys((k for k in range(len(paragraphs)) if not kept[k]), _LINES)
    syntax = markups.syntax_of(markup)
    spans = _spans(paragraphs)
    if syntax is None or not how:
        return _plan(text, spans, how, syntax, last), []
    _spare_markers(text, spans, how, syntax)
    whole = _read(text, markup)
    copies, starts = list(how), [spans[k][0] for k in how]
    for _ in range(_TRIES):
        planned = _plan(text, spans, how, syntax)
        gone = {spans[k][0] for k in how if how[k] != _NONE}
        wanted = [each for each in whole if each.start not in gone]
        now = [each.words for each in _read(apply(text, planned), markup)]
        amiss = list(_amiss([each.words for each in wanted], now))
        if not amiss:
            return planned, [k for k in how if how[k] == _NONE]
        edges = [-1, *(each.start for each in wanted), len(text)]
        for before, after in amiss:
            _do_less(how, copies, starts, edges[before], edges[after + 1])
    return [], list(how)


def cuts(text: str, paragraphs: Sequence[Paragraph], kept: Sequence[bool]) -> list[tuple[int, int]]:
    """List the spans of a plain text that are cut out with the copies. Cost: linear."""
    how = dict.fromkeys((k for k in range(len(paragraphs)) if not kept[k]), _LINES)
    return [(each.start, each.end) for each in _plan(text, _spans(paragraphs), how, None)]


def _spans(paragraphs: Sequence[Paragraph]) -> Spans:
    """Give where paragraphs begin and end."""
    if isinstance(paragraphs, CutParagraphs):
        return paragraphs.spans
    return [(each.start, each.end) for each in paragraphs]


def _spare_markers(text: str, spans: Spans, how: dict[int, int], syntax: Syntax) -> None:
    """Keep the markers that hold more than the paragraph, unless all of that is cut out too."""
    # Where the lines of the next paragraph begin, and where the first line after it begins that
    # stays.
    below = (-1, -1)
    for k in reversed(how):
        own = _own_lines(text, spans, k)
        if not own:
            below = (-1, -1)
            continue
        first, last = _row(text, own.start, own.end), _last_row(text, spans, k)
        at = _blank_end(text, own.end, len(text), last)
        blank = at > own.end
        at = below[1] if at == below[0] else at
        if syntax.holds_more(first, last, _row(text, at, len(text)), blank):
            how[k] = _WORDS
        below = (own.start, own.start if how[k] == _WORDS else at)


def _do_less(
    how: dict[int, int], copies: list[int], starts: list[int], start: int, end: int
) -> None:
    """Cut out less between two positions or, if nothing is cut out there, just before them.

    copies: the keys of ``how``; starts: where each of these paragraphs begins.
    """
    first, last = bisect_right(starts, start), bisect_left(starts, end)
    inside = [k for k in copies[first:last] if how[k] != _NONE]
    if not inside:
        while first and how[copies[first - 1]] == _NONE:
            first -= 1
        inside = copies[max(first - 1, 0) : first]
    least = min((how[k] for k in inside), default=_NONE)
    for k in inside:
        how[k] += how[k] == least


def _read(text: str, markup: str) -> list[_Seen]:
    """Cut a text into paragraphs and headings."""
    plain = {each.start for each in blocks(text, markup)}
    every = blocks(text, markup, headings=True)
    return [_Seen((each.prose, each.start in plain), each.start) for each in every]


def _amiss(wanted: Words, now: Words) -> Iterator[tuple[int, int]]:
    """Find the parts of ``wanted`` that differ from ``now``: (first, after the last) of each.

    If a part that differs is long, the search ends there. Cost: linear.
    """
    i = j = 0
    while i < len(wanted) or j < len(now):
        if wanted[i : i + 1] == now[j : j + 1]:
            i, j = i + 1, j + 1
            continue
        ahead = _ahead(wanted[i : i + _NEAR], now[j : j + _NEAR])
        yield i, i + ahead[0]
        if not any(ahead):
            return
        i, j = i + ahead[0], j + ahead[1]


def _ahead(wanted: Words, now: Words) -> tuple[int, int]:
    """Say how many entries of both to skip until they agree; (0, 0) if that is too far ahead."""
    for steps in range(1, 2 * _NEAR):
        for i in range(steps + 1):
            a, b = wanted[i : i + 1], now[steps - i : steps - i + 1]
            if a == b and (a or (i == len(wanted) < _NEAR and steps - i == len(now) < _NEAR)):
                return i, steps - i
    return 0, 0


def apply(text: str, planned: Sequence[Cut]) -> str:
    """Cut spans, in order, out of a text. Cost: linear."""
    pieces, at = [], 0
    for start, end, instead in planned:
        pieces += [text[at:start], instead]
        at = end
    return "".join([*pieces, text[at:]])


def _plan(
    text: str,
    spans: Spans,
    how: dict[int, int],
    syntax: Syntax | None,
    final: bool = True,
) -> list[Cut]:
    """List the cuts, in order; how: what to cut out of each paragraph that isn't kept."""
    planned: list[Cut] = []
    block: _OwnLines | None = None
    for k, degree in how.items():
        own = _own_lines(text, spans, k) if degree == _LINES else None
        if block and own and _belong_together(text, spans, block, own, syntax):
            block = block._replace(end=own.end, last=k)
            continue
        if block:
            planned.append(_with_blank_lines(text, spans, block, syntax is None, final))
        block = own
        if degree == _WORDS and syntax:
            start, end = spans[k]
            nothing = syntax.emptied(text[start:end])
            planned.append(Cut(start, end, nothing + _gap(text, end, nothing)))
        elif degree == _LINES and not own:
            planned.append(Cut(*spans[k]))
    if block:
        planned.append(_with_blank_lines(text, spans, block, syntax is None, final))
    return planned


def _gap(text: str, end: int, nothing: str) -> str:
    """Give the line end that an empty comment needs if no blank line follows."""
    found = _LINE_END.match(text, end)
    if not found or not nothing.endswith("..") or not _row(text, found.end(), len(text)).strip():
        return ""
    return found[0]


def _before(text: str, spans: Spans, k: int) -> int:
    """Give the end of the paragraph before; for the first one, where the text begins."""
    if k:
        return spans[k - 1][1]
    return min(len(_BOM) * text.startswith(_BOM), spans[0][0])


def _after(text: str, spans: Spans, k: int) -> int:
    """Give the beginning of the next paragraph, or the end of the text."""
    return spans[k + 1][0] if k + 1 < len(spans) else len(text)


def _own_lines(text: str, spans: Spans, k: int) -> _OwnLines | None:
    """Give the lines of a paragraph; None if it shares one of them with something else."""
    first, last = spans[k]
    if text[first - 1 : first] == "\n" == text[last : last + 1]:
        return _OwnLines(first, last + 1, k, k)  # most paragraphs of most crawls
    before, after = _before(text, spans, k), _after(text, spans, k)
    start = _line_start(text, before, first)
    found = _LINE_END.search(text, last, after)
    end = found.start() if found else after
    if (start == before and k) or (not found and k + 1 < len(spans)):
        return None
    if text[start:first].strip() or text[last:end].strip():
        return None
    return _OwnLines(start, found.end() if found else after, k, k)


def _line_start(text: str, before: int, at: int) -> int:
    """Say where the line of a position begins, but no position before ``before``."""
    return max(before, text.rfind("\n", before, at) + 1, text.rfind("\r", before, at) + 1)


def _belong_together(
    text: str, spans: Spans, block: _OwnLines, own: _OwnLines, syntax: Syntax | None
) -> bool:
    """Say whether nothing but blank lines stands between the lines of two paragraphs.

    In plain text every other line is a paragraph, so there it is enough that none stands between.
    """
    if syntax is None:
        return own.head == block.last + 1
    if block.end == own.start:
        return True
    row = _last_row(text, spans, block.last)
    return _blank_end(text, block.end, own.start, row) == own.start


def _with_blank_lines(text: str, spans: Spans, block: _OwnLines, plain: bool, final: bool) -> Cut:
    """Cut out some lines with the blank lines around them, by the rule in this module's head."""
    end, after = block.end, _after(text, spans, block.last)
    if end < after:
        end = _blank_end(text, end, after, _last_row(text, spans, block.last))
    if plain and not (final and end == len(text)):
        return Cut(block.start, end)
    above = _blank_start(text, spans, block)
    if end == len(text):
        return Cut(_within_last_section(text, above, block.start) if plain else above, end)
    top = block.start == _before(text, spans, 0)
    return Cut(block.start, end if top or above < block.start else block.end)


def _within_last_section(text: str, above: int, start: int) -> int:
    """Limit the blank lines above to the last section, because sections are planned one by one."""
    if above == start or len(text) <= sections.SECTION:
        return above
    *_, last = sections.sections(Document(text))
    return min(start, max(above, last.start))


def _row(text: str, start: int, end: int) -> str:
    """Give the line that begins at ``start``."""
    found = _LINE_END.search(text, start, end)
    return text[start : found.start() if found else end]


def _last_row(text: str, spans: Spans, k: int) -> str:
    """Give the last line of a paragraph that shares its lines with nothing else."""
    end = spans[k][1]
    return text[_line_start(text, _before(text, spans, k), end) : end]


def _is_blank(row: str, model: str) -> bool:
    """Say whether a line is blank, apart from quote markers with which ``model`` begins too."""
    shown = row.rstrip()
    return not shown or (not shown.strip(" \t>") and model.startswith(shown))


def _blank_end(text: str, at: int, limit: int, model: str) -> int:
    """Say where the blank lines end that begin at ``at``, up to ``limit``."""
    while at < limit:
        found = _LINE_END.search(text, at, limit)
        if not found and limit < len(text):
            return at
        row = text[at : found.start() if found else limit]
        if not _is_blank(row, model):
            return at
        at = found.end() if found else limit
    return at


def _blank_start(text: str, spans: Spans, block: _OwnLines) -> int:
    """Say where the blank lines above some lines begin; without any, where the lines begin."""
    before = _before(text, spans, block.head)
    if block.head and block.start - before <= 1:
        return block.start  # nothing but the end of the line of the paragraph before
    ends = list(_LINE_END.finditer(text, before, block.start))
    model = _row(text, block.start, block.end)
    at = block.start
    while ends:
        end = ends.pop().start()
        if not ends and block.head:
            break  # the line of the paragraph before
        start = ends[-1].end() if ends else before
        if not _is_blank(text[start:end], model):
            break
        at = start
    return at
