"""HTML to blocks.

Knows: which elements part paragraphs, which are no prose, how a browser reads tags, comments and
unclosed elements. Does not know: encodings, HTTP, what a page's template looks like.

Left out: scripts, styles, navigation, headers, footers, asides, tables, preformatted text and
code blocks, form controls, and text that stands in a form outside any paragraph or list item.
Two line breaks in a row part paragraphs. A paragraph that is all of a ``<p>``, ``<li>`` or the
like takes its tags along, so that removing it leaves no empty element.

One pass over the tags with a list as the stack: neither depth nor missing ends cost more than
their characters. Where a tag or comment never ends the document ends, as in a browser.
"""

from __future__ import annotations

import re

from dedup.segment.block import Block, Comment
from dedup.segment.lines import front_matter, split_lines
from dedup.segment.prose import collapse, decode, without_templates

_MARKUP = re.compile(r"<[A-Za-z/!?]")
_TAG = re.compile(
    r"<(?P<close>/?)(?P<name>[A-Za-z][^\s/>]*+)"
    r"(?:[^>\"'=]++|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|[=\"'])*+>"
)


def _names(text: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(text.split())


#: A comment in these is an example.
_CODE = ("code", "pre", "listing")
_VOID = _names("area base br col embed hr img input link meta param source track wbr keygen")
#: Their content is no markup up to their own closing tag.
_RAW = _names("script style textarea title xmp iframe noembed noframes")
#: The mark of a footnote in a sentence, and how far on it ends.
_NOTE_MARK = re.compile(
    r"\s(?:class|role)\s{0,9}=\s{0,9}[\"']?[^\"'>]{0,99}(?:footnote|noteref)|\sdata-footnote-ref"
    r"|^<sup\s[^>]{0,99}\bclass=[\"']?reference\b"
)
_NEAR = 400
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
#: Left out, and part the paragraphs around them.
_NO_PROSE_BLOCKS = _names(
    "nav header footer aside pre listing table thead tbody tfoot tr td th caption colgroup "
    "menu dialog"
)
#: Left out of the middle of a paragraph.
_NO_PROSE_INLINE = _names(
    "template button select noscript svg math canvas object audio video datalist"
)
_NO_PROSE = _NO_PROSE_BLOCKS | _NO_PROSE_INLINE
_TEXTUAL = _names("p li dd dt blockquote figcaption")
_WHOLE = _TEXTUAL | _HEADINGS
_BORDERS = (
    _names(
        "address article body center details div dl fieldset figure form hgroup hr html legend "
        "main ol optgroup option search section summary ul frameset dir"
    )
    | _WHOLE
    | _NO_PROSE_BLOCKS
)


def blocks(text: str, headings: bool = False) -> list[Block]:
    """Cut an HTML document, with or without front matter. Never raises. Cost: linear."""
    return fragment(text, _body(text), len(text), headings)


def fragment(text: str, start: int, end: int, headings: bool = False) -> list[Block]:
    """Cut the HTML that stands between two positions of a text."""
    return _read(text, start, end, headings).found


def comments(text: str, start: int | None = None, end: int | None = None) -> list[Comment]:
    """Find the comments of a document, or between two positions of it, but for those in code."""
    start = _body(text) if start is None else start
    return _read(text, start, len(text) if end is None else end, False).comments


def _body(text: str) -> int:
    """Say where a document begins behind its front matter."""
    if text[:1] != "\ufeff" and not text.startswith(("---", "+++", ";;;", "{")):
        return 0
    lines = split_lines(text)
    count = front_matter(lines)
    return lines.starts[count] if count < len(lines.starts) else len(text)


def _read(text: str, start: int, end: int, headings: bool) -> _Page:
    """Walk over the tags between two positions."""
    page = _Page(text, headings)
    position = start
    while found := _MARKUP.search(text, position, end):
        page.add_text(position, found.start())
        position = _markup(page, found.start(), end)
    page.add_text(position, end)
    page.part()
    return page


def _markup(page: _Page, start: int, end: int) -> int:
    """Read the tag or comment that begins at ``start``; give the position behind it."""
    text = page.text
    if text.startswith("<!--", start):
        closing = text.find("-->", start + 2, end)
        if closing >= 0:
            page.comment(start, closing)
        return closing + 3 if closing >= 0 else end
    tag = _TAG.match(text, start, end)
    if tag is None:
        # A declaration, an instruction, or a tag that never ends.
        closing = -1 if text[start + 1].isalpha() else text.find(">", start, end)
        return closing + 1 if closing >= 0 else end
    name = tag["name"].lower()
    if tag["close"]:
        page.close(name, tag.end())
        return tag.end()
    if name in _RAW:
        return _raw_end(text, name, tag.end(), end)
    if name in ("sup", "a") and _NOTE_MARK.search(tag[0]):
        closing = _raw_end(text, name, tag.end(), min(end, tag.end() + _NEAR))
        if closing < tag.end() + _NEAR:
            return closing
    page.open(name, start, text[tag.end() - 2] == "/")
    return tag.end()


def _raw_end(text: str, name: str, start: int, end: int) -> int:
    """Find the position behind the closing tag of an element without markup in it."""
    closing = re.compile(rf"</{name}(?=[\s/>])[^>]*>?", re.IGNORECASE).search(text, start, end)
    return closing.end() if closing else end


class _Page:
    """What is open at a place of a page, and the paragraph being gathered there."""

    def __init__(self, text: str, headings: bool) -> None:
        self.text = text
        self.headings = headings
        self.found: list[Block] = []
        self.comments: list[Comment] = []
        self.names: list[str] = []
        self.nearest: list[str] = [""]  # for each open element, the block it stands in
        self.count: dict[str, int] = {}
        self.hidden = 0
        self._reset()

    def _reset(self) -> None:
        self.pieces: list[str] = []
        self.start = self.end = -1
        self.whole: tuple[str, int] | None = None
        self.lead = self.tail = -1
        self.depth = self.low = 0
        self.broken = False

    def add_text(self, start: int, end: int) -> None:
        """Add the text between two tags to the paragraph."""
        if self.hidden or start >= end:
            return
        piece = self.text[start:end]
        shown = piece.strip()
        self.pieces.append(piece)
        if shown:
            self.broken = False
            if self.start < 0:
                self.start = start + len(piece) - len(piece.lstrip())
            self.end = start + len(piece.rstrip())

    def comment(self, start: int, closing: int) -> None:
        """Note a comment, unless code is open."""
        words = self.text[start + 4 : closing].strip()
        if words and not any(self.count.get(name) for name in _CODE):
            self.comments.append(Comment(start, closing + 3, words))

    def part(self, close: str = "", end: int = 0) -> None:
        """End the paragraph; ``close`` names the closing tag that did it and ``end`` its end."""
        if self.start >= 0:
            prose = collapse(without_templates(decode("".join(self.pieces))))
            if prose and self._is_prose():
                self.found.append(Block(*self._span(close, end), prose))
        self._reset()

    def _is_prose(self) -> bool:
        block = self.nearest[-1]
        if block in _HEADINGS:
            return self.headings
        return block in _TEXTUAL or not self.count.get("form")

    def _span(self, close: str, end: int) -> tuple[int, int]:
        """Take tags along: those of the element itself, else those of inline elements."""
        if self.whole and self.whole[0] == close:
            return self.whole[1], end
        if self.depth or self.low < 0:
            return self.start, self.end
        start = self.lead if self.lead >= 0 else self.start
        return start, max(self.end, self.tail)

    def open(self, name: str, start: int, closed: bool) -> None:
        """Open an element whose tag begins at ``start``; ``closed`` if it ends in a slash."""
        if name in _BORDERS:
            self.part()
            if name == "body":
                self._pop_all()
            elif self.count.get("p"):
                self._pop("p")
            if name in _WHOLE and not self.hidden:
                self.whole = (name, start)
        if name in _VOID:
            if name == "br":
                self._break()
        elif not closed:
            self._push(name, start)

    def _push(self, name: str, start: int) -> None:
        self.names.append(name)
        self.nearest.append(name if name in _BORDERS else self.nearest[-1])
        self.count[name] = self.count.get(name, 0) + 1
        if name in _NO_PROSE:
            self.hidden += 1
        elif name not in _BORDERS and not self.hidden:
            self.depth += 1
            if self.start < 0 and self.lead < 0:
                self.lead = start

    def close(self, name: str, end: int) -> None:
        """Close an element and what is still open in it; a stray closing tag only parts."""
        if name in _BORDERS:
            self.part(name, end)
        elif name == "br":
            self._break()
        elif name not in _NO_PROSE and not self.hidden:
            self.depth -= 1
            self.low = min(self.low, self.depth)
            if self.start >= 0:
                self.tail = end
        if self.count.get(name):
            self._pop(name)

    def _break(self) -> None:
        if self.hidden:
            return
        if self.broken:
            self.part()
        elif self.start >= 0:
            self.pieces.append(" ")
            self.broken = True

    def _pop(self, name: str) -> None:
        last = ""
        while last != name:
            last = self.names.pop()
            self.nearest.pop()
            self.count[last] -= 1
            self.hidden -= last in _NO_PROSE

    def _pop_all(self) -> None:
        self.names, self.nearest, self.count, self.hidden = [], [""], {}, 0
