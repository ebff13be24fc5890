"""Make a site of documents from a seed, with planted copies of paragraphs.

Knows: how pages of Markdown, MDX, reStructuredText and HTML are written, at which lines each block
stands, and which paragraph was made from which one and how. Does not know: what looks for them.

The pages have what pages of a real site have: front matter, headings, lists, code, tables, links.
Some of this repeats too (settings, snippets, short notes) and is not repeated prose. Half of the
pages have a paragraph in each line, half have lines of some 80 characters. The words are made up,
except for the most frequent ones, which are English.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from benchmarks import corpus

Draw = np.random.Generator

#: What a copy is, beside its original. FIVE: four exact copies of one original.
EXACT, FIVE, WRAPPED, QUOTED, ITEM, MARKED, EDITED, REPLACED = (
    "exact", "exact, five in all", "re-wrapped", "block-quoted", "as a list item",
    "other bold, code, links", "edited", "words replaced one for one",
)  # fmt: skip
MDX, RST, HTML = "Markdown to MDX", "Markdown to reStructuredText", "Markdown to HTML"
SORTS = (EXACT, FIVE, WRAPPED, QUOTED, ITEM, MARKED, MDX, RST, HTML, EDITED, REPLACED)

#: Frequent words of English, as which the most frequent made-up ones are written; those that an
#: edit may change for each other.
_ENGLISH = """
the of and to in is a that for it with as on be this by are from or you at an which can when will
one have all we has was they its if your more there their so use each used other than into some
only time up out what these them may any two first new also file how such no then same set name
using like between over must after here where before should page them about
"""
_EXCHANGED = "the that this with for are from which when will have has was they its"
_NOTICE = "This page is about the second edition."
_ENDINGS = ("s", "ed", "ing")

#: Share of pages by suffix; the others are Markdown.
_SHARES = {"mdx": 0.05, "rst": 0.05, "html": 0.05}
_SUFFIX = {MDX: "mdx", RST: "rst", HTML: "html"}

#: Columns of the pages that have shorter lines; 0: one line a paragraph.
_WIDTHS = (0, 72, 80, 96)
_MOST_SNIPPETS, _STOCK = 2, 20
_WORD = re.compile(r"[A-Za-z]+")

#: Words of a paragraph that is planted again; the share of its words that an edit touches.
_LENGTHS = (25, 150)
_TOUCHED = (0.05, 0.15)
#: What an edit does to a word, with how often. To respell: another function word or another ending.
_EDITS = {"respell": 0.5, "drop": 0.25, "add": 0.25}

#: Named for what they are, to be told apart in what is found.
PROSE, FRONT, CODE, TABLE, LINKS, HEADING, NOTE, LIST, FRAME = (
    "prose", "front matter", "code", "table", "links", "heading", "note", "list", "frame",
)  # fmt: skip


class Block(NamedTuple):
    """A part of a page: its kind and its lines, both ends included, from 1.

    group: paragraphs made of one original share a number, others have -1. sort: how it was made of
    the original, "" for the original itself.
    """

    kind: str
    first: int
    last: int
    group: int = -1
    sort: str = ""


class Page(NamedTuple):
    """A file: path, text, and blocks in the order of their lines."""

    path: str
    text: str
    blocks: list[Block]


class _Prose(NamedTuple):
    """A paragraph before it is written. marks: by the position of a word; width: see _WIDTHS."""

    words: list[str]
    marks: Mapping[int, str]
    width: int
    within: str = ""  # "", QUOTED or ITEM
    group: int = -1
    sort: str = ""


class _Part(NamedTuple):
    """A block of a page before it is written: a paragraph, or rows of words."""

    kind: str
    prose: _Prose | None = None
    rows: Sequence[Sequence[str]] = ()


class _Plan(NamedTuple):
    """A page before it is written."""

    path: str
    width: int
    parts: list[_Part]

    @property
    def suffix(self) -> str:
        return self.path.rpartition(".")[2]


def make(pages: int, seed: int = 1, copies: int = 40) -> list[Page]:
    """Make a site with some planted copies of each sort, on 20 pages or more. Cost: 3 ms a page.

    The same arguments make the same site. A page has some 5,000 characters.
    """
    draw = np.random.default_rng(seed)
    texts = iter(_texts(16 * pages + 100, seed))
    stock = [_snippet(draw, next(texts).split()) for _ in range(_STOCK)]
    suffixes = enumerate(_suffixes(draw, pages))
    plans = [_plan(draw, f"{number:04}", suffix, texts, stock) for number, suffix in suffixes]
    _plant(draw, plans, copies, [word for _ in range(20) for word in _plain(next(texts))])
    return [_write(plan) for plan in plans]


def _texts(count: int, seed: int) -> list[str]:
    """Make paragraphs, and write the most frequent words as English ones."""
    texts = corpus.paragraphs(count, seed, exact=0, edited=0, words=62).texts
    seen = Counter(word for text in texts[:500] for word in _plain(text))
    english = _ENGLISH.split()
    ranked = [word for word, _ in seen.most_common(len(english))]
    written = dict(zip(ranked, english, strict=False))
    written |= {word.capitalize(): new.capitalize() for word, new in written.items()}
    return [_WORD.sub(lambda found: written.get(found[0], found[0]), text) for text in texts]


def save(pages: Sequence[Page], folder: Path) -> None:
    """Write the pages as files."""
    for page in pages:
        path = folder / page.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.text, encoding="utf-8", newline="\n")


# -- what stands on a page


def _suffixes(draw: Draw, pages: int) -> list[str]:
    """Draw the suffix of each page: the shares of all but Markdown, one of each at least."""
    drawn = [each for each, share in _SHARES.items() for _ in range(max(1, round(pages * share)))]
    return [drawn[k] if k < len(drawn) else "md" for k in draw.permutation(pages).tolist()]


def _plan(draw: Draw, number: str, suffix: str, texts: Iterator[str], stock: list[_Part]) -> _Plan:
    """Make a page up, of parts drawn for it."""
    width = int(draw.choice(_WIDTHS, p=(0.5, 0.1, 0.3, 0.1)))
    title = _plain(next(texts))
    parts = [_Part(FRONT, rows=[title[:4], *([word] for word in title[4:7])])]
    if draw.random() < 0.3:
        parts.append(_Part(NOTE, rows=[_NOTICE.split()]))
    snippets = int(draw.integers(0, _MOST_SNIPPETS + 1))
    for section in range(int(draw.integers(2, 5))):
        if section:
            parts.append(_Part(HEADING, rows=[_plain(next(texts))[:3]]))
        count = int(draw.integers(2, 5))
        parts += [_Part(PROSE, _prose(draw, next(texts), width)) for _ in range(count)]
        if section < snippets:
            shared = draw.random() < 0.4
            parts.append(
                stock[draw.integers(_STOCK)] if shared else _snippet(draw, next(texts).split())
            )
        if draw.random() < 0.3:
            parts.append(_Part(LIST, rows=_items(draw, next(texts))))
        if draw.random() < 0.15:
            parts.append(_Part(TABLE, rows=_rows(draw, _plain(next(texts)))))
    if draw.random() < 0.3:
        words = _plain(next(texts))
        parts.append(_Part(LINKS, rows=[words[at : at + 2] for at in range(0, 8, 2)]))
    return _Plan(f"docs/{title[0]}/{number}-{title[1]}.{suffix}", width, parts)


def _plain(text: str) -> list[str]:
    """Give the words of a text without capitals and full stops."""
    return [word.strip(".,").lower() for word in text.split()]


def _prose(draw: Draw, text: str, width: int) -> _Prose:
    words = text.split()
    return _Prose(words, _marks(draw, words) if draw.random() < 0.3 else {}, width)


def _marks(draw: Draw, words: Sequence[str]) -> dict[int, str]:
    """Choose a few words to be bold, code or links; no two side by side."""
    places = draw.choice(len(words) // 3, min(4, len(words) // 8), replace=False) * 3
    return {int(at): str(draw.choice(["bold", "code", "link"])) for at in places}


def _snippet(draw: Draw, words: Sequence[str]) -> _Part:
    """Make lines of code."""
    names = [word.strip(".,").lower() for word in words]
    rows = []
    for k in range(min(int(draw.integers(3, 12)), len(names) // 3)):
        first, second, third = names[3 * k : 3 * k + 3]
        rows.append([f"{'    ' * (k % 3)}{first}_{second} = {third}({k}, '{names[0]}')"])
    return _Part(CODE, rows=rows)


def _items(draw: Draw, text: str) -> list[list[str]]:
    words = text.split()
    rows: list[list[str]] = []
    while words and len(rows) < 6:
        size = int(draw.integers(6, 19))
        rows.append(words[:size])
        words = words[size:]
    return rows


def _rows(draw: Draw, words: Sequence[str]) -> list[list[str]]:
    body = [list(words[at : at + 4]) for at in range(0, len(words) - 3, 4)]
    return [["Option", "Kind", "Default", "Since"], *body[: int(draw.integers(2, 9))]]


# -- copies


def _plant(draw: Draw, plans: list[_Plan], copies: int, stock: Sequence[str]) -> None:
    """Write paragraphs of Markdown pages once more, on other pages drawn for each."""
    places = [
        (page, at)
        for page, plan in enumerate(plans)
        for at, part in enumerate(plan.parts)
        if part.prose and plan.suffix == "md"
        if _LENGTHS[0] <= len(part.prose.words) <= _LENGTHS[1]
    ]
    order = iter(draw.permutation(len(places)).tolist())
    new: list[tuple[int, _Prose]] = []
    group = 0
    for sort in SORTS:
        each = 4 if sort == FIVE else 1
        suffix = _SUFFIX.get(sort, "md")
        for _ in range(-(-copies // each)):
            page, at = places[next(order)]
            original = plans[page].parts[at].prose
            assert original is not None
            plans[page].parts[at] = _Part(PROSE, original._replace(group=group))
            targets = [k for k, plan in enumerate(plans) if plan.suffix == suffix and k != page]
            for target in draw.choice(targets, each, replace=False).tolist():
                copied = _copy(draw, original, sort, stock)._replace(group=group, sort=sort)
                new.append((target, copied))
            group += 1
    for target, copied in new:
        parts = plans[target].parts
        parts.insert(int(draw.integers(1, len(parts) + 1)), _Part(PROSE, copied))


def _copy(draw: Draw, original: _Prose, sort: str, stock: Sequence[str]) -> _Prose:
    """Make one copy; where it isn't exact its lines are drawn anew as well."""
    if sort in (EXACT, FIVE):
        return original
    if sort in (QUOTED, ITEM):
        return original._replace(within=sort)
    if sort == MARKED:
        return original._replace(marks=_marks(draw, original.words))
    copied = original._replace(
        width=int(draw.choice([each for each in _WIDTHS if each != original.width]))
    )
    if sort in (EDITED, REPLACED):
        edits = _EDITS if sort == EDITED else {"replace": 1.0}
        return copied._replace(words=_edited(draw, original.words, stock, edits), marks={})
    return copied


def _edited(
    draw: Draw, words: Sequence[str], stock: Sequence[str], edits: Mapping[str, float]
) -> list[str]:
    """Edit some words, no two side by side; first and last ones and those before a stop stay."""
    edited = list(words)
    touched = max(2, round(len(words) * draw.uniform(*_TOUCHED)))
    free = [k for k in range(1, len(words) - 1) if words[k].isalpha() and words[k].islower()]
    places: set[int] = set()
    for at in draw.permutation(free).tolist():
        if len(places) < touched and places.isdisjoint((at - 1, at + 1)):
            places.add(at)
    for at in sorted(places, reverse=True):
        kind = str(draw.choice([*edits], p=[*edits.values()]))
        new = str(draw.choice(stock))
        edited[at : at + 1] = _edit(draw, kind, edited[at], new)
    return edited


def _edit(draw: Draw, kind: str, word: str, new: str) -> list[str]:
    """Give the words that stand where one stood."""
    if kind == "drop":
        return []
    if kind == "add":
        return [word, new]
    if kind == "replace":
        return [new]
    if word in _EXCHANGED.split():
        return [str(draw.choice([each for each in _EXCHANGED.split() if each != word]))]
    return [word + str(draw.choice(_ENDINGS))]


# -- pages to lines


def _write(plan: _Plan) -> Page:
    writer = _WRITERS[plan.suffix]
    lines: list[str] = []
    blocks: list[Block] = []
    for part in plan.parts:
        own = writer.part(part)
        if own:
            prose = part.prose or _Prose([], {}, 0)
            blocks.append(
                Block(part.kind, len(lines) + 1, len(lines) + len(own), prose.group, prose.sort)
            )
            lines += [*own, ""]
    return Page(plan.path, "\n".join([*lines, *writer.closing]), blocks)


class _Writer(ABC):
    """One markup."""

    closing: Sequence[str] = ("",)

    def part(self, part: _Part) -> list[str]:
        """Write a part of a page as lines, none where the markup has no such part."""
        if part.prose:
            return self.prose(part.prose)
        rows = part.rows
        if part.kind == FRONT:
            return self.front(" ".join(rows[0]).capitalize(), [each[0] for each in rows[1:]])
        if part.kind == HEADING:
            return self.heading(" ".join(rows[0]).capitalize())
        if part.kind == CODE:
            return self.code([each[0] for each in rows])
        if part.kind == TABLE:
            return self.table(rows)
        if part.kind == LINKS:
            return self.items([[self.mark("-".join(row), "link")] for row in rows], 0)
        if part.kind == LIST:
            return self.items(rows, 0)
        return self.prose(_Prose([*rows[0]], {}, 0))

    def prose(self, prose: _Prose) -> list[str]:
        """Write a paragraph as lines."""
        words = [
            self.mark(word, prose.marks[k]) if k in prose.marks else self.plain(word)
            for k, word in enumerate(prose.words)
        ]
        if prose.within == ITEM:
            return self.items([words], prose.width)
        if prose.within == QUOTED:
            return self.quote(_fill(words, prose.width))
        return self.paragraph(_fill(words, prose.width))

    def plain(self, word: str) -> str:
        """Write a word without marks."""
        return word

    def mark(self, word: str, mark: str) -> str:
        """Write a word with a mark, what follows it outside."""
        inner = word.rstrip(".,")
        return self.marked(inner, mark) + word[len(inner) :]

    def paragraph(self, lines: list[str]) -> list[str]:
        """Write the lines of a paragraph."""
        return lines

    @abstractmethod
    def marked(self, word: str, mark: str) -> str: ...

    @abstractmethod
    def quote(self, lines: list[str]) -> list[str]: ...

    @abstractmethod
    def items(self, rows: Sequence[Sequence[str]], width: int) -> list[str]: ...

    @abstractmethod
    def front(self, title: str, words: list[str]) -> list[str]: ...

    @abstractmethod
    def heading(self, title: str) -> list[str]: ...

    @abstractmethod
    def code(self, rows: list[str]) -> list[str]: ...

    @abstractmethod
    def table(self, rows: Sequence[Sequence[str]]) -> list[str]: ...


def _fill(words: Sequence[str], width: int) -> list[str]:
    """Break words into lines of at most ``width`` characters; one line where that is 0."""
    lines = [words[0]]
    for word in words[1:]:
        if width and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines


def _hung(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Write items with hyphens, further lines indented below the first."""
    lines = []
    for row in rows:
        first, *others = _fill(row, width)
        lines += [f"- {first}", *(f"  {line}" for line in others)]
    return lines


class _Markdown(_Writer):
    def marked(self, word: str, mark: str) -> str:
        shown = {"bold": f"**{word}**", "code": f"`{word}`"}
        return shown.get(mark, f"[{word}](https://example.org/{word}/)")

    def quote(self, lines: list[str]) -> list[str]:
        return [f"> {line}" for line in lines]

    def items(self, rows: Sequence[Sequence[str]], width: int) -> list[str]:
        return _hung(rows, width)

    def front(self, title: str, words: list[str]) -> list[str]:
        tags = ", ".join(words)
        return ["---", f"title: {title}", "draft: false", "weight: 10", f"tags: [{tags}]", "---"]

    def heading(self, title: str) -> list[str]:
        return [f"## {title}"]

    def code(self, rows: list[str]) -> list[str]:
        return ["```python", *rows, "```"]

    def table(self, rows: Sequence[Sequence[str]]) -> list[str]:
        head, *body = (f"| {' | '.join(row)} |" for row in rows)
        return [head, "|---|---|---|---|", *body]


class _Mdx(_Markdown):
    def front(self, title: str, words: list[str]) -> list[str]:
        imports = "import Tabs from '@theme/Tabs';"
        return [*super().front(title, words), "", imports, "", f"# {title}"]

    def code(self, rows: list[str]) -> list[str]:
        return ["<Tabs>", "", *super().code(rows), "", "</Tabs>"]


class _Rst(_Writer):
    def marked(self, word: str, mark: str) -> str:
        shown = {"bold": f"**{word}**", "code": f"``{word}``"}
        return shown.get(mark, f"`{word} <https://example.org/{word}/>`_")

    def quote(self, lines: list[str]) -> list[str]:
        return [f"   {line}" for line in lines]

    def items(self, rows: Sequence[Sequence[str]], width: int) -> list[str]:
        return _hung(rows, width)

    def front(self, title: str, words: list[str]) -> list[str]:
        return [f".. _{words[0]}:", "", title, "=" * len(title)]

    def heading(self, title: str) -> list[str]:
        return [title, "-" * len(title)]

    def code(self, rows: list[str]) -> list[str]:
        return [".. code-block:: python", "", *(f"   {row}" for row in rows)]

    def table(self, rows: Sequence[Sequence[str]]) -> list[str]:
        width = [max(map(len, column)) for column in zip(*rows, strict=True)]
        rule = "  ".join("=" * each for each in width)
        head, *body = (
            "  ".join(cell.ljust(w) for cell, w in zip(row, width, strict=True)).rstrip()
            for row in rows
        )
        return [rule, head, rule, *body, rule]


class _Html(_Writer):
    closing = ("</main>", "</body>", "</html>", "")

    def plain(self, word: str) -> str:
        return escape(word)

    def marked(self, word: str, mark: str) -> str:
        shown = {"bold": f"<strong>{word}</strong>", "code": f"<code>{word}</code>"}
        return shown.get(mark, f'<a href="https://example.org/{word}/">{word}</a>')

    def paragraph(self, lines: list[str]) -> list[str]:
        *others, last = lines
        first, *others = [*others, f"{last}</p>"]
        return [f"<p>{first}", *others]

    def quote(self, lines: list[str]) -> list[str]:
        return ["<blockquote>", *self.paragraph(lines), "</blockquote>"]

    def items(self, rows: Sequence[Sequence[str]], width: int) -> list[str]:
        filled = ["\n".join(_fill(row, width)) for row in rows]
        return "\n".join(["<ul>", *(f"<li>{each}</li>" for each in filled), "</ul>"]).split("\n")

    def front(self, title: str, words: list[str]) -> list[str]:
        del words
        head = ["<!doctype html>", '<html lang="en">', "<head>", '<meta charset="utf-8">']
        return [
            *head,
            f"<title>{title}</title>",
            "</head>",
            "<body>",
            "<main>",
            f"<h1>{title}</h1>",
        ]

    def heading(self, title: str) -> list[str]:
        return [f"<h2>{title}</h2>"]

    def code(self, rows: list[str]) -> list[str]:
        *others, last = rows
        first, *others = [*others, f"{last}</code></pre>"]
        return [f"<pre><code>{first}", *others]

    def table(self, rows: Sequence[Sequence[str]]) -> list[str]:
        cells = ("".join(f"<td>{cell}</td>" for cell in row) for row in rows)
        return ["<table>", *(f"<tr>{row}</tr>" for row in cells), "</table>"]


_WRITERS: Mapping[str, _Writer] = MappingProxyType(
    {"md": _Markdown(), "mdx": _Mdx(), "rst": _Rst(), "html": _Html()}
)
