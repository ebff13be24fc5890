"""Tabs of a page: parts of which a reader sees one at a time.

Knows: how site generators write tabs: tags, shortcodes, directives, indented blocks and sections.
Does not know: conditionals of a markup (``dedup.segment.branches``), paragraphs, settings.

Tabs are alternatives of each other if nothing stands between them but tags and blank lines. Cost:
linear, or next to nothing where nothing in the text looks like a tab.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from dedup.segment import Branch, branches, markups
from dedup.segment.branches import Condition, Fact
from dedup.segment.lines import Lines, split_lines
from dedup.segment.markup import Tabs

#: The names of components, shortcodes and directives that are tabs. "===" stands for the tabs of
#: Material for MkDocs, "#tab" for the sections of docfx, "[tabs]" for blocks of Asciidoctor Tabs.
KNOWN = ("TabItem", "Tab", "TabPanel", "tab", "tabitem", "tab-item", "tabpanel", "tab-panel",
         "group-tab", "code-tab", "===", "#tab", "[tabs]")  # fmt: skip

#: The beginning or the end of an element, of a shortcode, or of a block of Liquid or Jinja.
_MARK = re.compile(
    r"<(?P<slash>/?)(?P<tag>[A-Za-z][\w.-]{0,60}+)(?P<rest>[^<>]{0,1000}+)>"
    r"|\{[{%][<%]?[ \t]{0,9}+(?P<end>/|end)?[ \t]{0,9}+(?P<name>[A-Za-z][\w-]{0,60}+)"
    r"[^{}]{0,1000}+\}{1,2}+"
)
_DIRECTIVE = re.compile(r"(?P<indent>[ \t]{0,99}+)\.\. (?P<name>[a-z][\w-]{0,60}+)::(?:\s|$)")
_MATERIAL = re.compile(r"(?P<indent>[ \t]{0,99}+)===[!+]?+[ \t]{1,99}+\"")
_TITLE = re.compile(r"===[!+]?+[ \t]{1,99}+\"")
_COLONS = re.compile(r"[ \t]{0,99}+(?P<fence>:{3,}+|`{3,}+)\{(?P<name>[a-z][\w-]{0,60}+)\}")
_CLOSING = re.compile(r"[ \t]{0,99}+(?P<fence>:{3,}+|`{3,}+)[ \t]{0,99}+$")
_SECTION = re.compile(r"#{1,6}+[ \t]{1,99}+\[[^\]]*+\]\(#tab/")
_SECTION_END = re.compile(r"(?:\*\*\*|---)[ \t]{0,99}+$")
_CODE = re.compile(r"[ \t]{0,99}+(?P<fence>`{3,}+|~{3,}+)")
_TERM = re.compile(r"[^\s].*::[ \t]{0,99}+$")


class _Stretch(NamedTuple):
    """A tab: its content from ``start`` to ``end``, with its marks from ``before`` to ``after``."""

    start: int
    end: int
    before: int
    after: int


def alternatives(text: str, markup: str, names: Collection[str]) -> list[Branch]:
    """Find the tabs of a document, each with the condition that the reader has chosen it.

    names: the names of tabs. Tabs may stand in tabs, so branches may overlap.
    """
    names = _standing(text, names)
    if not names:
        return []
    notations = [each for each in markups.named(markup).tabs if _may_stand(each, text, names)]
    tags = _may_have_tags(text, names)
    if not notations and not tags:
        return []
    lines = split_lines(text)
    found = [*_tags(text, lines, names)] if tags else []
    for notation in notations:
        found += _tabs(notation, lines, names)
    return [*_conditions(text, sorted(found, key=lambda each: (each.before, -each.after)))]


def _standing(text: str, names: Iterable[str]) -> list[str]:
    """List the names that stand in a text, without marks.

    Where one doesn't, no name that contains it does either; so most texts are searched for a few.
    """
    found: list[str] = []
    absent: list[str] = []
    for name in sorted(names, key=len):
        letters = name.strip("[]#")
        if any(each in letters for each in absent):
            continue
        if letters in text:
            found.append(name)
        else:
            absent.append(letters)
    return found


def _may_have_tags(text: str, names: Collection[str]) -> bool:
    """Say whether a tag, a shortcode or a block may stand in a text that holds the names."""
    return "{{" in text or "{%" in text or any(f"<{each}" in text for each in names)


def _may_stand(notation: Tabs, text: str, names: Collection[str]) -> bool:
    """Say whether tabs in one notation may stand in a text that holds the names."""
    if notation == Tabs.DIRECTIVES:
        return any(f".. {each}::" in text for each in names)
    if notation == Tabs.FENCES:
        return any(f"{{{each}}}" in text for each in names)
    if notation == Tabs.TITLES:
        return "===" in names and _TITLE.search(text) is not None
    if notation == Tabs.SECTIONS:
        return "#tab" in names and "](#tab/" in text
    return "[tabs]" in names and "[tabs" in text


def _tabs(notation: Tabs, lines: Lines, names: Collection[str]) -> Iterator[_Stretch]:
    """Find the tabs that are written in one notation."""
    if notation == Tabs.DIRECTIVES:
        yield from _indented(lines, _DIRECTIVE, names)
    elif notation == Tabs.FENCES:
        yield from _fenced(lines, names)
    elif notation == Tabs.TITLES:
        yield from _indented(lines, _MATERIAL, names)
    elif notation == Tabs.SECTIONS:
        yield from _sections(lines)
    else:
        yield from _blocks(lines)


def unsettled(text: str) -> list[Branch]:
    """Find the sides of merge conflicts, and no conditionals of the markup."""
    return branches(text, "auto")


def _conditions(text: str, found: Sequence[_Stretch]) -> Iterator[Branch]:
    """Number the groups of tabs and the tabs in each, and make a branch of each tab."""
    group = 0
    last: dict[int, tuple[int, int, int]] = {}  # by the parent's number: end, group, tab
    open_tabs: list[tuple[int, int]] = []  # end and number of those that the next may stand in
    for number, each in enumerate(found):
        while open_tabs and open_tabs[-1][0] <= each.before:
            open_tabs.pop()
        parent = open_tabs[-1][1] if open_tabs else -1
        end, own, tab = last.get(parent, (-1, -1, -1))
        if end < 0 or _MARK.sub("", text[end : each.before]).strip():
            group, own, tab = group + 1, group + 1, -1
        last[parent] = each.after, own, tab + 1
        open_tabs.append((each.after, number))
        condition: Condition = (Fact(("tabs", own), tab + 1, True),)
        yield Branch(each.start, each.end, (condition,))


def _tags(text: str, lines: Lines, names: Collection[str]) -> Iterator[_Stretch]:
    """Find tabs that are elements, shortcodes or blocks of Liquid; those in code are none."""
    code = _code(lines)
    opened: dict[str, list[tuple[int, int]]] = {}
    at = 0
    for mark in _MARK.finditer(text):
        name = mark["tag"] or mark["name"]
        if name not in names or (mark["rest"] or "").endswith("/"):
            continue
        while at < len(code) and code[at][1] <= mark.start():
            at += 1
        if at < len(code) and code[at][0] <= mark.start():
            continue
        if not (mark["slash"] or mark["end"]):
            opened.setdefault(name, []).append((mark.start(), mark.end()))
        elif opened.get(name):
            before, start = opened[name].pop()
            yield _Stretch(start, mark.start(), before, mark.end())


def _code(lines: Lines) -> list[tuple[int, int]]:
    """List where fenced code stands."""
    found = []
    fence, begin = "", 0
    for row, start in zip(lines.texts, lines.starts, strict=False):
        mark = _CODE.match(row)
        if not mark:
            continue
        if not fence and "{" not in row:
            fence, begin = mark["fence"], start
        elif fence and mark["fence"].startswith(fence) and not row[mark.end() :].strip():
            found.append((begin, start))
            fence = ""
    return found


def _indented(lines: Lines, pattern: re.Pattern[str], names: Collection[str]) -> Iterator[_Stretch]:
    """Find tabs that are a line with an indented block below."""
    opened: list[tuple[int, int, int]] = []  # indentation, begin of the mark, begin behind it
    for number, row in enumerate(lines.texts):
        if not row.strip():
            continue
        start, indent = lines.starts[number], len(row) - len(row.lstrip())
        while opened and indent <= opened[-1][0]:
            _, before, begin = opened.pop()
            yield _Stretch(begin, start, before, start)
        mark = pattern.match(row)
        if mark and (pattern is _MATERIAL or mark["name"] in names):
            opened.append((indent, start, start + len(row)))
    end = lines.end(len(lines.texts) - 1)
    for _, before, begin in reversed(opened):
        yield _Stretch(begin, end, before, end)


def _fenced(lines: Lines, names: Collection[str]) -> Iterator[_Stretch]:
    """Find tabs that are directives of MyST."""
    opened: list[tuple[str, int, int, bool]] = []
    for number, row in enumerate(lines.texts):
        start = lines.starts[number]
        if mark := _COLONS.match(row):
            opened.append((mark["fence"], start, start + len(row), mark["name"] in names))
        elif (mark := _CLOSING.match(row)) and opened and mark["fence"] == opened[-1][0]:
            _, before, begin, is_tab = opened.pop()
            if is_tab:
                yield _Stretch(begin, start, before, start + len(row))


def _sections(lines: Lines) -> Iterator[_Stretch]:
    """Find tabs that are sections of docfx; each ends at the next one or at a rule."""
    opened: tuple[int, int] | None = None
    for number, row in enumerate(lines.texts):
        start = lines.starts[number]
        section = _SECTION.match(row)
        if opened and (section or _SECTION_END.match(row)):
            yield _Stretch(opened[1], start, opened[0], start)
            opened = None
        if section:
            opened = start, start + len(row)
    if opened:
        end = lines.end(len(lines.texts) - 1)
        yield _Stretch(opened[1], end, opened[0], end)


def _blocks(lines: Lines) -> Iterator[_Stretch]:
    """Find the tabs of Asciidoctor Tabs: the definition of each term in such a block."""
    fence, announced = "", False
    opened: tuple[int, int] | None = None
    for number, row in enumerate(lines.texts):
        start, line = lines.starts[number], row.strip()
        ends = bool(fence) and line == fence
        term = fence and _TERM.match(row)
        if opened and (ends or term):
            yield _Stretch(opened[1], start, opened[0], start)
            opened = None
        if ends:
            fence = ""
        elif term:
            opened = start, start + len(row)
        elif not fence and announced and len(line) > 3 and not line.strip("="):
            fence = line
        if line:
            announced = line.startswith("[tabs") or (announced and line[:1] in ".[")
