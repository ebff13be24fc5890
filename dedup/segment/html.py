"""Reads HTML: the blocks of prose of a document, or the text of a page.

Knows: which elements separate paragraphs, which hold no prose and which no text at all, how a
browser reads tags, comments and unclosed elements. Does not know: encodings, HTTP, the templates
of pages.

Both are made by one walk over the tags. ``blocks`` gives the prose of a document with its place in
the source, so that it can be removed there. It leaves out scripts, styles, hidden elements,
navigation, headers, footers, asides, tables of figures, preformatted text and code blocks, form
controls, and text in a form outside of paragraphs, list items and cells. If a paragraph is all of a
``<p>``, ``<li>`` or the like, its place includes the tags, so that removing it leaves no empty
element.

``page_text`` gives all that a reader sees, with navigation and tables of figures, as plain text:
a blank line after each block, and a line end where ``<br>`` or ``<pre>`` has one.

In both, every element that a browser displays on its own lines separates paragraphs. So do two line
breaks in a row, and each cell of a table is a paragraph. A table is one of figures if it has a
caption, a ``<thead>``, or a ``<th>`` and neither another table nor two paragraphs in one cell. All
other tables are taken for layout.

There is one pass over the tags, with a list as the stack, so neither depth nor missing closing tags
take more time. At a tag or comment that never ends the document ends, as in a browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from dedup.segment.block import CODE, NAVIGATION, TABLE, Block, Comment, Left
from dedup.segment.inline import collapse, decode, without_templates
from dedup.segment.lines import front_matter, split_lines
from dedup.segment.markers import tags_of
from dedup.segment.markup import Syntax


def _names(text: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(text.split())


#: Inline elements that separate nothing, and that need not be noted as open.
_INLINE = _names(
    "a abbr acronym b bdi bdo big cite data del dfn em font i ins kbd label mark nobr q rp rt ruby"
    " s samp small span strike strong sub sup time tt u var"
)

#: A tag that ends: slash, name, attributes. Or what looks like the beginning of markup.
_MARKUP = re.compile(
    r"<(?:(/?)([A-Za-z][^\s/>]*+)"
    r"((?>(?:[^>\"'=]++|=\s*+\"[^\"]*+\"|=\s*+'[^']*+'|[=\"'])*))>"
    r"|[A-Za-z/!?])"
)
_NAMED = re.compile(r"</?[A-Za-z]")
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=\"'/>][^\s=/>]*+)(?:\s*+=\s*+(?P<value>\"[^\"]*+\"|'[^']*+'|[^\s>]++))?"
)
_NOT_DISPLAYED = re.compile(r"(?:^|[;\"'\s])display\s*+:\s*+none\b", re.IGNORECASE)


#: Elements of code. A comment in them is an example.
_CODE = _names("code pre listing")
_VOID = _names("area base br col embed hr img input link meta param source track wbr keygen")
#: Elements whose content is not shown, and is not markup up to their own closing tag.
_RAW = _names("script style textarea title xmp iframe noembed noframes")
_RAW_ENDS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.IGNORECASE)
        for name in sorted(_RAW | {"sup", "a"})
    }
)
#: The beginning of the mark of a footnote in a sentence, and its most characters.
_NOTE_MARK = re.compile(
    r"\s(?:class|role)\s{0,9}=\s{0,9}[\"']?[^\"'>]{0,99}(?:footnote|noteref)|\sdata-footnote-ref"
    r"|^<sup\s[^>]{0,99}\bclass=[\"']?reference\b"
)
_NOTES = ("sup", "a")
_NEAR = 400
_HEADINGS = _names("h1 h2 h3 h4 h5 h6")
_TABLES = _names("table thead tbody tfoot tr td th caption colgroup")
_TABLE_PARTS = _TABLES - {"table"}
_CELLS = _names("td th caption")
#: Elements whose white space is shown.
_PRE = _names("pre listing")
#: Elements that are not prose, and separate the paragraphs around them.
_NO_PROSE_BLOCKS = _names("nav header footer aside menu") | _PRE
#: What each of these elements is counted as.
_LEFT = MappingProxyType(
    {
        **dict.fromkeys(_NO_PROSE_BLOCKS, NAVIGATION),
        **dict.fromkeys(_PRE, CODE),
        "table": TABLE,
    }
)
#: Elements that are not shown, or controls. They don't split a paragraph that they stand in.
_NO_TEXT = _names(
    "template button select noscript svg math canvas object audio video datalist dialog"
)
_NO_PROSE = _NO_PROSE_BLOCKS | _NO_TEXT
_TEXTUAL = _names("p li dd dt blockquote figcaption td th")
_WHOLE = _names("p li dd dt blockquote figcaption") | _HEADINGS
_BORDERS = (
    _names(
        "address article body center details dialog div dl fieldset figure form frameset dir hgroup"
        " hr html legend main ol optgroup option search section summary ul"
    )
    | _WHOLE
    | _TABLES
    | _NO_PROSE_BLOCKS
)
#: An item ends where the next begins, unless a list has begun in it.
_ITEMS = {"li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd")}
_LISTS = _names("ul ol dl dir menu")
#: A closing tag in these doesn't close what was opened outside; but for that of a table's part.
_SCOPES = _CELLS | {"table", "template"}
#: Inline elements that have to be known to be open.
_KEPT = _NO_TEXT | {"code"}
#: Characters of the shortest attribute that hides an element.
_SHORTEST = len(" hidden")
#: Elements whose beginning and end are noted.
_NOTED = _TABLES | _CODE | {"form"}
_SPACES = frozenset(("", "&nbsp;", "&nbsp", "&#160;", "&#xA0;", "&#xa0;"))


def blocks(text: str, headings: bool = False, left: Left | None = None) -> list[Block]:
    """Cut an HTML document, with or without front matter. Never raises. Cost: linear.

    ``left`` is filled with the numbers of blocks that are left out.
    """
    page = _Prose(text, headings, left=left)
    _walk(page, _body(text), len(text))
    return page.found


def fragment(text: str, start: int, end: int, headings: bool, left: Left) -> list[Block]:
    """Cut the HTML that stands between two positions of a text of another markup.

    Tables are not read, because authors of such a markup don't use tables for layout.
    """
    page = _Prose(text, headings, left=left, tables=False)
    _walk(page, start, end)
    return page.found


def comments(text: str, start: int | None = None, end: int | None = None) -> list[Comment]:
    """Find the comments of a document, or between two positions of it, except those in code."""
    page = _Prose(text, False)
    _walk(page, _body(text) if start is None else start, len(text) if end is None else end)
    return page.comments


def page_text(page: str) -> str:
    r"""Give what a reader sees of a page, a blank line between any two blocks. Never raises.

    White space is collapsed except in preformatted text. Cost: linear, 1.5 us a tag.

    >>> page_text("<h1>A</h1><ul><li>b<li>c</ul><p>d<br>e<td>f")
    'A\n\nb\n\nc\n\nd\ne\n\nf'
    """
    shown = _Text(page)
    _walk(shown, 0, len(page))
    return "\n\n".join(shown.found)


def _body(text: str) -> int:
    """Say where a document begins behind its front matter."""
    if text[:1] != "\ufeff" and not text.startswith(("---", "+++", ";;;", "{")):
        return 0
    lines = split_lines(text)
    count = front_matter(lines)
    return lines.starts[count] if count < len(lines.starts) else len(text)


def _walk(page: _Gatherer, start: int, end: int) -> None:
    """Walk over the tags between two positions."""
    text, search, position = page.text, _MARKUP.search, start
    passed = frozenset[str]() if page.follows_inline else _INLINE
    while found := search(text, position, end):
        begin, after = found.span()
        if position < begin and not page.hidden:
            page.add_text(position, begin)
        position = after
        slash, name, attributes = found.groups()
        if name is None:
            position = _no_tag(page, begin, end)
            continue
        if not name.islower():
            name = name.lower()
        if (
            name in passed
            and (slash or len(attributes) < _SHORTEST or not _is_hidden(attributes))
            and not page.hidden
        ):
            continue
        if slash:
            page.close(name, position)
        elif name in _RAW:
            position = _raw_end(text, name, position, end)
        elif name in _NOTES and (after := page.note_mark(name, begin, position, end)):
            position = after
        else:
            page.open(name, begin, attributes)
    if position < end and not page.hidden:
        page.add_text(position, end)
    page.finish()


def _no_tag(page: _Gatherer, start: int, end: int) -> int:
    """Read a comment, a declaration, an instruction or a tag without an end; give its end."""
    text = page.text
    if text.startswith("<!--", start):
        closing = text.find("-->", start + 2, end)
        if closing >= 0:
            page.comment(start, closing)
        return closing + 3 if closing >= 0 else end
    closing = -1 if _NAMED.match(text, start) else text.find(">", start, end)
    return closing + 1 if closing >= 0 else end


def _raw_end(text: str, name: str, start: int, end: int) -> int:
    """Find the position behind the closing tag of an element without markup in it."""
    closing = _RAW_ENDS[name].search(text, start, end)
    return closing.end() if closing else end


def _is_hidden(attributes: str) -> bool:
    """Say whether the attributes of an element keep it from being shown."""
    folded = attributes.lower()
    if "hidden" not in folded and "display" not in folded:
        return False
    for each in _ATTRIBUTE.finditer(attributes):
        name = each["name"].lower()
        if name == "hidden" or (name == "style" and _NOT_DISPLAYED.search(each["value"] or "")):
            return True
    return False


#: An open element: its name, whether it hides what is in it, the block that it begins or stands in,
#: and the list or the item of one, of the same scope; "" for none.
_Open = tuple[str, bool, str, str]


class _Gatherer:
    """What is open at a place of a page, and the paragraph being gathered there."""

    #: Elements whose text is left out.
    hiding = _NO_TEXT
    #: Whether ``inline`` and ``inline_end`` are called.
    follows_inline = True

    def __init__(self, text: str) -> None:
        self.text = text
        self._pop_all()
        self._reset()

    def _pop_all(self) -> None:
        self.stack: list[_Open] = [("", False, "", "")]
        self.scopes: list[str] = [""]
        self.counts: list[dict[str, int]] = [{}]  # of what is open in each scope
        self.hidden = self.forms = self.codes = self.verbatim = 0

    def _reset(self) -> None:
        self.pieces: list[str] = []
        self.start = self.end = -1  # of what is shown
        self.broken = False

    def add_text(self, start: int, end: int) -> None:
        """Add the text between two tags to the paragraph."""
        piece = self.text[start:end]
        self.pieces.append(piece)
        shown = piece.strip()
        if shown not in _SPACES:
            self.broken = False
            if self.start < 0:
                self.start = start + len(piece) - len(piece.lstrip())
            self.end = start + len(piece.rstrip())

    def part(self, close: str = "", end: int = 0) -> None:
        """End the paragraph; ``close`` names the closing tag that did it and ``end`` its end."""
        raise NotImplementedError

    def end_line(self) -> None:
        """End a line of the paragraph where ``<br>`` stands once."""
        self.pieces.append(" ")

    def finish(self) -> None:
        """End the page."""
        self.part()

    def comment(self, start: int, closing: int) -> None:
        """Called for each comment; ``closing`` is where the mark at its end begins."""

    def note_mark(self, name: str, start: int, behind: int, end: int) -> int:
        """Give the end of an element that is the mark of a footnote and no word; 0 for others."""
        return 0

    def leave(self, name: str) -> None:
        """Called for an element that is left out, with all that is in it."""

    def block(self, name: str, start: int) -> None:
        """Called for the tag of a block, which begins at ``start``."""

    def inline(self, start: int) -> None:
        """Called for the tag of an inline element, which begins at ``start``."""

    def inline_end(self, end: int) -> None:
        """Called for the closing tag of an inline element, which ends at ``end``."""

    def table_part(self, name: str, opens: bool) -> None:
        """Called where a table or a part of one begins or ends."""

    def open(self, name: str, start: int, attributes: str) -> None:
        """Open an element whose tag begins at ``start``."""
        border = name in _BORDERS
        if border:
            self.part()
            self._end_before(name)
            self.block(name, start)
        if name in _VOID:
            if name == "br":
                self._break()
        elif not attributes.endswith("/"):
            hides = name in self.hiding or (len(attributes) >= _SHORTEST and _is_hidden(attributes))
            if border or hides or name in _KEPT:
                self._push(name, hides)
            elif not self.hidden:
                self.inline(start)

    def _end_before(self, name: str) -> None:
        """Close what the beginning of a block closes."""
        if name == "body":
            self._pop_all()
        elif self.counts[-1].get("p"):
            self._pop("p")
        if name in _ITEMS:
            if (item := self.stack[-1][3]) in _ITEMS[name]:
                self._pop(item)
        elif name in _TABLE_PARTS:
            if self.scopes[-1] in _CELLS:
                self._pop(self.scopes[-1])
            if name not in _CELLS and self.counts[-1].get("tr"):
                self._pop("tr")

    def close(self, name: str, end: int) -> None:
        """Close an element and what is still open in it; a stray closing tag only parts."""
        if name in _BORDERS:
            self.part(name, end)
        elif name == "br":
            self._break()
        elif name not in _KEPT and not self.counts[-1].get(name) and not self.hidden:
            self.inline_end(end)
        if self.counts[-1].get(name) or self._can_close(name):
            self._pop(name)

    def _can_close(self, name: str) -> bool:
        """Say whether an element is open, in this scope or the table's, that its tag closes."""
        depth = len(self.counts) - 1
        while not self.counts[depth].get(name):
            scope = self.scopes[depth]
            ends = name == scope or (name in _TABLES and scope in _CELLS)
            if not ends:
                return False
            depth -= 1
        return True

    def _push(self, name: str, hides: bool) -> None:
        counts = self.counts[-1]
        counts[name] = counts.get(name, 0) + 1
        if name in _NOTED:
            self._note(name, 1)
        if hides:
            if not self.hidden:
                self.leave(name)
            self.hidden += 1
        _, _, block, item = self.stack[-1]
        if name in _BORDERS:
            block = name
        if name in _SCOPES:
            self.scopes.append(name)
            self.counts.append({})
            item = ""
        if name in _ITEMS or name in _LISTS:
            item = name
        self.stack.append((name, hides, block, item))

    def _pop(self, name: str) -> None:
        last = ""
        while last != name:
            last, hides, _, _ = self.stack.pop()
            if hides:
                self.hidden -= 1
            if last in _SCOPES:
                self.scopes.pop()
                self.counts.pop()
            self.counts[-1][last] -= 1
            if last in _NOTED:
                self._note(last, -1)

    def _note(self, name: str, change: int) -> None:
        """Note that one more of an element is open, or one less."""
        if name in _TABLES:
            self.table_part(name, change > 0)
        elif name in _CODE:
            self.codes += change
            self.verbatim += change * (name in _PRE)
        else:
            self.forms += change

    def _break(self) -> None:
        if self.hidden:
            return
        if self.verbatim:
            self.pieces.append("\n")
        elif self.broken:
            self.part()
        elif self.start >= 0:
            self.end_line()
            self.broken = True


class _Text(_Gatherer):
    """Gathers the text of all blocks."""

    hiding = _NO_TEXT - {"dialog", "math"}
    follows_inline = False

    def __init__(self, text: str) -> None:
        self.found: list[str] = []
        self.lines: list[str] = []
        super().__init__(text)

    def add_text(self, start: int, end: int) -> None:
        """Add the text between two tags to the block; where it stands doesn't matter."""
        piece = self.text[start:end]
        self.pieces.append(piece)
        if (self.start or self.broken) and piece.strip() not in _SPACES:
            self.broken = False
            self.start = 0

    def end_line(self) -> None:
        """Begin another line of the text."""
        self.lines.append("".join(self.pieces))
        self.pieces = []

    def part(self, close: str = "", end: int = 0) -> None:
        """Add the block to those found, unless it shows nothing."""
        if self.start < 0:
            self.pieces = []
            return
        text = "".join(self.pieces)
        if self.verbatim:
            shown = _verbatim(text)
        elif self.lines:
            rows = (" ".join(decode(each).split()) for each in (*self.lines, text))
            shown = "\n".join(filter(None, rows))
            self.lines = []
        else:
            shown = " ".join(decode(text).split())
        if shown:
            self.found.append(shown)
        self._reset()


def _verbatim(text: str) -> str:
    r"""Decode preformatted text, without blank lines at its ends; line ends become ``\n``."""
    shown = decode(text).replace("\r\n", "\n").replace("\r", "\n").rstrip()
    begin = len(shown) - len(shown.lstrip())
    return shown[shown.rfind("\n", 0, begin) + 1 :]


class _Table:
    """What is known of a table that is open."""

    def __init__(self, before: int) -> None:
        self.before = self.cell = before  # paragraphs found before it and before its last cell
        self.headed = self.named = self.nested = False

    def end_cell(self, found: int) -> None:
        """Note how many paragraphs were found up to the end of a cell."""
        self.nested = self.nested or found - self.cell > 1

    @property
    def of_figures(self) -> bool:
        """Say whether it is a table of figures, by the rule in this module's head."""
        return self.named or (self.headed and not self.nested)


class _Prose(_Gatherer):
    """Gathers the paragraphs of prose with their places, and the comments."""

    hiding = _NO_PROSE

    def __init__(
        self, text: str, headings: bool, left: Left | None = None, tables: bool = True
    ) -> None:
        self.headings = headings
        self.found: list[Block] = []
        self.comments: list[Comment] = []
        self.left = Left() if left is None else left
        self.tables: list[_Table] = []
        if not tables:
            self.hiding = _NO_PROSE | _TABLES
        super().__init__(text)

    def _reset(self) -> None:
        super()._reset()
        self.whole: tuple[str, int] | None = None
        self.lead = self.tail = -1
        self.depth = self.low = 0

    def comment(self, start: int, closing: int) -> None:
        """Note a comment, unless code is open."""
        words = self.text[start + 4 : closing].strip()
        if words and not self.codes:
            self.comments.append(Comment(start, closing + 3, words))

    def note_mark(self, name: str, start: int, behind: int, end: int) -> int:
        """Find the closing tag of a mark, near by."""
        if not _NOTE_MARK.search(self.text[start:behind]):
            return 0
        closing = _raw_end(self.text, name, behind, min(end, behind + _NEAR))
        return closing if closing < behind + _NEAR else 0

    def part(self, close: str = "", end: int = 0) -> None:
        """Add the paragraph to those found, if it is prose."""
        if self.start >= 0:
            prose = collapse(without_templates(decode("".join(self.pieces))))
            if prose and self._is_prose():
                self.found.append(Block(*self._span(close, end), prose))
        self._reset()

    def _is_prose(self) -> bool:
        block = self.stack[-1][2]
        if block in _HEADINGS:
            return self.headings
        return block in _TEXTUAL or not self.forms

    def _span(self, close: str, end: int) -> tuple[int, int]:
        """Take tags along: those of the element itself, else those of inline elements."""
        if self.whole and self.whole[0] == close:
            return self.whole[1], end
        if self.depth or self.low < 0:
            return self.start, self.end
        start = self.lead if self.lead >= 0 else self.start
        return start, max(self.end, self.tail)

    def leave(self, name: str) -> None:
        """Count what is left out, if a reader sees it."""
        if kind := _LEFT.get(name):
            self.left[kind] += 1

    def finish(self) -> None:
        """End the page, and judge the tables that are still open."""
        super().finish()
        while self.tables:
            self.tables[-1].end_cell(len(self.found))
            self._end_table()

    def block(self, name: str, start: int) -> None:
        """Note where an element begins that a paragraph may be all of."""
        if name in _WHOLE and not self.hidden:
            self.whole = (name, start)

    def inline(self, start: int) -> None:
        """Note where a paragraph's first tag begins."""
        self.depth += 1
        if self.start < 0 and self.lead < 0:
            self.lead = start

    def inline_end(self, end: int) -> None:
        """Note where a paragraph's last tag ends."""
        self.depth -= 1
        self.low = min(self.low, self.depth)
        if self.start >= 0:
            self.tail = end

    def table_part(self, name: str, opens: bool) -> None:
        """Note what tells a table of figures from one that lays the page out."""
        if name == "table":
            if not opens:
                self._end_table()
                return
            if self.tables:
                self.tables[-1].nested = True
            self.tables.append(_Table(len(self.found)))
        elif self.tables and name in _CELLS:
            self.tables[-1].end_cell(len(self.found))
            self.tables[-1].cell = len(self.found)
            self.tables[-1].headed |= name == "th"
        if self.tables and name in ("thead", "caption"):
            self.tables[-1].named = True

    def _end_table(self) -> None:
        """Take back what was found in a table of figures."""
        if self.tables and (table := self.tables.pop()).of_figures:
            self.left[TABLE] += 1
            del self.found[table.before :]


def _holds_more(first: str, last: str, below: str, blank: bool) -> bool:
    """Say that an element never holds what stands behind its end."""
    return False


HTML = Syntax(blocks, comments, tags_of, _holds_more)
