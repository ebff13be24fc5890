r"""Finds the blocks and comments of Markdown and MDX.

Knows: CommonMark's blocks, tables, footnotes, definition lists, admonitions of site generators,
front matter. Does not know: inline markup (``inline``), raw HTML (``html``), the syntax of other
languages in Markdown (``embedded``), the contents of includes.

A block is a paragraph. Every item of a list, every paragraph of a quote, every term and every
definition is a block. Its span is whole lines, with the marks of lists and quotes. There is one
pass over the lines, with the open containers (quotes, list items, ...) as a stack of widths, as
CommonMark's appendix describes. Tabs are expanded first, because only structure and words matter.

Where authors mean something else than CommonMark says, the authors are followed. A fence directly
below a line of HTML is a fence, although CommonMark takes it for a part of the HTML. A tag that is
indented inside an element begins HTML and not code, as in kramdown. Inside a component indentation
has no meaning, as in MDX.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable

from dedup.segment import html
from dedup.segment.block import CODE, FORMULA, TABLE, Block, Comment, Left
from dedup.segment.inline import BRACE
from dedup.segment.lines import front_matter, split_lines
from dedup.segment.markdown.elements import Elements
from dedup.segment.markdown.embedded import Embedded
from dedup.segment.markdown.inline import words_of

#: Stands for a quote in the stack of containers. Other values are columns of indentation.
_QUOTE = -1
#: The most containers in one another; deeper ones are text.
_DEEPEST = 100

#: Characters at the beginning of a line that may be markup.
_SPECIAL = frozenset(">#*-+_=~`<[{$\\:!?/|;@ie0123456789")
#: These characters and white space.
_CONSTRUCTS = _SPECIAL | {char for char in map(chr, range(0x3001)) if char.isspace()}

_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_UNDERLINE = re.compile(r"(?:=+|-+) *$")
_ITEM = re.compile(r"(?:[-+*]|(?P<number>[0-9]{1,9})[.)])(?P<gap> +|$)")
_FENCE = re.compile(r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})\s*(?P<info>.*)")
_DIRECTIVE = re.compile(
    r"\{(?:note|warning|tip|important|caution|danger|hint|attention|error|admonition|seealso|"
    r"versionadded|versionchanged|versionremoved|deprecated|topic|sidebar|epigraph|highlights|"
    r"pull-quote|compound|container|figure|only|dropdown|card|"
    r"tab-item|tab-set|grid|grid-item|grid-item-card|margin|glossary|todo)\}"
)
_DELIMITERS = re.compile(r"(?=.*[|:])\|?(?: *:?-+:? *\|)*(?: *:?-+:? *)?$")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:")
_TITLE = r"(?:\"[^\"]*\"|'[^']*'|\([^()]*\))"
_TARGET = rf"(?:<[^<>]*>|(?:[^\s<{{]|{BRACE})(?:[^\s{{]|{BRACE})*)"
_DEFINITION = re.compile(
    rf"\[(?!\^)(?:[^\[\]\\]|\\.)+\]:\s*+(?P<target>{_TARGET}(?P<title>\s+{_TITLE})?)?\s*$"
)
_TARGET_LINE = re.compile(rf"\s*{_TARGET}(?:\s+{_TITLE})?\s*$").match
_TITLE_LINE = re.compile(rf"\s*{_TITLE}\s*$").match
_ALERT = re.compile(r"\[![\w-]+\][+-]?(?:\s|$)")
_ADMONITION = re.compile(r"(?:!!!|\?\?\?)\+? *[\w\"-]|===[!+]? +[\"']")

_HTML_RAW = re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE)
_HTML_RAW_END = re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE)
_HTML_BLOCK = re.compile(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|"
    r"details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|"
    r"h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|"
    r"optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|"
    r"track|ul)(?=\s|/?>|$)",
    re.IGNORECASE,
)
_HTML_INLINE = re.compile(
    r"</?(?:a|b|br|code|em|i|img|kbd|picture|small|span|strong|sub|sup|u)(?=[\s/>])", re.IGNORECASE
)
_HTML_TAG = re.compile(
    r"(?:<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*"
    r"(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']*'|\"[^\"]*\"))?)*\s*/?>|</[A-Za-z][A-Za-z0-9-]*\s*>)\s*$"
)

_MARK = re.compile(r"\\.|`+|<!--|\{/\*", re.DOTALL)
_TICKS = re.compile(r"`+")


def blocks(
    text: str, headings: bool = False, left: Left | None = None, mdx: bool = False
) -> list[Block]:
    """Cut a Markdown document. Never raises. Cost: linear, 2 to 5 us a line.

    mdx: tags are components and braces are expressions, and indented lines are not code. left: is
    filled with the numbers of blocks that are left out.
    """
    return _MarkdownScanner(text, headings, mdx, left=left).run()


def comments(text: str, mdx: bool = False) -> list[Comment]:
    """Find the comments of HTML, and with ``mdx`` of JavaScript in braces, but for those in code.

    Cost: as ``blocks``, or next to none where no mark of a comment stands in the text.
    """
    if "<!--" not in text and not (mdx and "{/*" in text):
        return []
    scanner = _MarkdownScanner(text, False, mdx)
    scanner.run()
    lines, found = scanner.lines, []
    for first, last, raw in scanner.open:
        start, end = lines.starts[first], lines.end(last)
        found += html.comments(text, start, end) if raw else _inline_comments(text, start, end, mdx)
    return found


def _inline_comments(text: str, start: int, end: int, mdx: bool) -> list[Comment]:
    """Find the comments between two positions in text, where backticks make code."""
    found = []
    ticks = _runs_of_ticks(text, start, end)
    closings = {"<!--": "-->", "{/*": "*/}"} if mdx else {"<!--": "-->"}
    while mark := _MARK.search(text, start, end):
        start = mark.end()
        if mark[0][0] == "`":
            later = ticks.get(len(mark[0]), [])  # none where its first tick was escaped
            at = bisect_right(later, start)
            start = later[at] if at < len(later) else start
        elif mark[0] in closings:
            at = text.find(closings[mark[0]], start, end)
            if at < 0:
                del closings[mark[0]]
                continue
            words = text[start:at].strip()
            start = at + 3
            found += [Comment(mark.start(), start, words)] if words else []
    return found


def _runs_of_ticks(text: str, start: int, end: int) -> dict[int, list[int]]:
    """For each length of a run of backticks, list where such runs end."""
    ends: dict[int, list[int]] = {}
    for run in _TICKS.finditer(text, start, end):
        ends.setdefault(len(run[0]), []).append(run.end())
    return ends


class _MarkdownScanner:
    """The open containers and the open paragraph at a line of a document."""

    def __init__(self, text: str, headings: bool, mdx: bool, left: Left | None = None) -> None:
        self.text = text
        self.headings = headings
        self.mdx = mdx
        self.lines = split_lines(text)
        self.rows = self.lines.texts
        if "\t" in text:
            self.rows = [each.expandtabs(4) for each in self.rows]
        self.embedded = Embedded(text, self.lines, mdx)
        self.elements = Elements(text)
        self.found: list[Block] = []
        self.stack: list[int] = []
        self.parts: list[str] = []  # the open paragraph
        self.first = self.last = 0
        self.in_table = False
        self.empty_item = -2  # the line of an item that has nothing on it yet
        self.directives: list[str] = []  # fences whose content is prose
        self.left = Left() if left is None else left
        self.coded = -1  # the last line of indented code
        self.unclosed: dict[str, tuple[int, int]] = {}  # see _is_closed
        self.open: list[tuple[int, int, bool]] = []  # lines a comment may stand in; raw HTML or not

    def run(self) -> list[Block]:
        """Walk over all lines."""
        number = front_matter(self.lines)
        count = len(self.rows)
        while number < count:
            if not self.stack and not self.in_table:
                number = self._plain(number)
            if number < count:
                number = self._line(number)
        self._finish()
        return self.found

    def _plain(self, number: int) -> int:
        """Read lines outside of all constructs as ``_line`` does, but faster."""
        rows, parts = self.rows, self.parts
        for line in range(number, len(rows)):
            row = rows[line]
            if not row:
                if parts:
                    self._finish()
                    parts = self.parts
            elif row[0] in _CONSTRUCTS:
                return line
            else:
                if not parts:
                    self.first = line
                parts.append(row)
                self.last = line
        return len(rows)

    def _line(self, number: int) -> int:
        """Read one line, or a construct that begins there; give the next line's number."""
        row = self.rows[number]
        depth, at = self._matched(row) if self.stack else (0, 0)
        while True:
            rest = row[at:].lstrip(" ")
            if not rest.strip():
                return self._blank(number, depth)
            indent = len(row) - at - len(rest)
            if indent >= 4 and not self._free(number):
                if self.parts:
                    return self._text(number, rest, depth)
                del self.stack[depth:]
                if rest[0] != "<" or not self.elements.around(self.lines.starts[number]):
                    return self._indented(number)
                return self._html(number, rest, depth, True) or self._indented(number)
            if rest[0] not in _SPECIAL:
                return self._text(number, rest, depth)
            width, skip = self._container(number, rest, indent, depth)
            if not skip:
                break
            self._finish()
            self.stack[depth:] = [width]
            depth += 1
            at += indent + skip
        following = self._leaf(number, rest, depth)
        return following or self._text(number, rest, depth)

    def _indented(self, number: int) -> int:
        """Pass over a line of indented code."""
        if self.coded < 0 or any(map(str.strip, self.rows[self.coded + 1 : number])):
            self.left[CODE] += 1
        self.coded = number
        return number + 1

    def _matched(self, row: str) -> tuple[int, int]:
        """Say how many open containers a line goes on with, and where its content begins."""
        at = 0
        for depth, width in enumerate(self.stack):
            indent = len(row) - at - len(row[at:].lstrip(" "))
            if width == _QUOTE:
                if (indent > 3 and not self.mdx) or row[at + indent : at + indent + 1] != ">":
                    return depth, at
                at += indent + 1
                at += row[at : at + 1] == " "
            elif indent >= width:
                at += width
            elif at + indent < len(row):
                return depth, at
        return len(self.stack), at

    def _free(self, number: int) -> bool:
        """Say whether an indented line is never code."""
        return self.mdx or self.elements.in_component(self.lines.starts[number])

    def _blank(self, number: int, depth: int) -> int:
        self._finish()
        if number == self.empty_item + 1 and self.stack:
            depth = min(depth, len(self.stack) - 1)
        del self.stack[depth:]
        return number + 1

    def _text(self, number: int, rest: str, depth: int) -> int:
        """Take a line into the open paragraph, lazily or not, or begin one with it."""
        if self.in_table:
            if depth == len(self.stack):
                self.open.append((number, number, False))
                return number + 1
            self.in_table = False
        if not self.parts:
            del self.stack[depth:]
            self.first = number
        self.parts.append(rest)
        self.last = number
        return number + 1

    def _finish(self) -> None:
        """End the open paragraph and the open table."""
        if self.parts:
            self.open.append((self.first, self.last, False))
            self._add(self.first, self.last, words_of("\n".join(self.parts)))
            self.parts = []
        self.in_table = False

    def _add(self, first: int, last: int, words: str) -> None:
        if words:
            self.found.append(Block(*self.lines.span(first, last), words))

    def _container(self, number: int, rest: str, indent: int, depth: int) -> tuple[int, int]:
        """Say which container begins here: its width, and the length of its mark (0: none)."""
        if depth >= _DEEPEST:
            return 0, 0
        char = rest[0]
        if char == ">":
            return _QUOTE, 2 if rest[1:2] == " " else 1
        if char in "-+*0123456789":
            return self._item(number, rest, indent, depth)
        if char == ":" and rest[1:2] == " ":
            return 2, 2
        if char == "[" and (note := _FOOTNOTE.match(rest)):
            return 4, note.end()
        if char in "!?=" and _ADMONITION.match(rest):
            return indent + 4, len(rest)
        return 0, 0

    def _item(self, number: int, rest: str, indent: int, depth: int) -> tuple[int, int]:
        found = _ITEM.match(rest)
        if not found or _is_rule(rest):
            return 0, 0
        length = found.end() - len(found["gap"])
        empty = found.end() == len(rest)
        interrupts = bool(self.parts) and depth == len(self.stack)
        if interrupts and (empty or found["number"] not in (None, "1")):
            return 0, 0
        if empty:
            self.empty_item = number
        far = len(found["gap"]) > 4 and not self.mdx  # and so indented code
        gap = 1 if empty or far else len(found["gap"])
        return indent + length + gap, min(length + gap, len(rest))

    def _leaf(self, number: int, rest: str, depth: int) -> int:
        """Read what is neither container nor text: give the next line's number, 0 if nothing."""
        char = rest[0]
        inside = bool(self.parts) and depth == len(self.stack)
        if char in "`~" and (fence := _FENCE.match(rest)):
            return self._fence(number, fence, depth, self._free(number))
        if char == "#" and _HEADING.match(rest):
            return self._heading(number, rest, depth)
        if inside and char in "-=" and _UNDERLINE.match(rest):
            return self._underlined(number)
        if inside and char in "|:-" and self._opens_table(number, rest):
            return number + 1
        if char in "*-_" and _is_rule(rest):
            return self._skip(depth, number + 1)
        if char == "[" and not self.parts and (following := self._definition(number, rest, depth)):
            return following
        count = self.embedded.count(number, rest, not self.parts)
        if count:
            self._skip(depth, number)
            if char == "<":
                self.elements.read(self.lines.starts[number], self.lines.end(number + count - 1))
            if char in "$\\":
                self.left[FORMULA] += 1
            elif count > 1 and self.embedded.is_code(rest):
                self.left[CODE] += 1
            if count == 1 or rest.startswith("{/*"):
                self.open.append((number, number + count - 1, False))
            return number + count
        return self._html(number, rest, depth) if char == "<" else 0

    def _skip(self, depth: int, following: int) -> int:
        """End the paragraph and close the containers that do not go on here."""
        self._finish()
        del self.stack[depth:]
        return following

    def _heading(self, number: int, rest: str, depth: int) -> int:
        self._skip(depth, number)
        self.open.append((number, number, False))
        if self.headings:
            self._add(number, number, words_of(rest.strip("# ")))
        return number + 1

    def _underlined(self, number: int) -> int:
        """Make the open paragraph a heading."""
        parts, self.parts = self.parts, []
        self.open.append((self.first, self.last, False))
        if self.headings:
            self._add(self.first, self.last, words_of("\n".join(parts)))
        return number + 1

    def _opens_table(self, number: int, rest: str) -> bool:
        """Say whether a table's second line is this, and take the first from the paragraph.

        A wrong number of cells, which CommonMark makes text, still is meant as a table.
        """
        head = self.parts[-1].strip()
        if self.in_table or "|" not in head or not _DELIMITERS.match(rest):
            return False
        self.parts.pop()
        self.last -= 1
        self._finish()
        self.open.append((number - 1, number - 1, False))
        self.in_table = True
        self.left[TABLE] += 1
        return True

    def _definition(self, number: int, rest: str, depth: int) -> int:
        """Read a link's definition, its title on the next line too, or an alert's mark."""
        if _ALERT.match(rest):
            return self._skip(depth, number + 1)
        found = _DEFINITION.match(rest)
        if not found:
            return 0
        following = number + 1
        if not found["target"]:
            if not self._goes_on(following, _TARGET_LINE):
                return 0
            following += 1
        if not found["title"] and self._goes_on(following, _TITLE_LINE):
            following += 1
        return self._skip(depth, following)

    def _goes_on(self, number: int, fits: Callable[[str, int], object]) -> bool:
        if number >= len(self.rows):
            return False
        depth, at = self._matched(self.rows[number])
        return depth == len(self.stack) and bool(fits(self.rows[number], at))

    def _fence(self, number: int, fence: re.Match[str], depth: int, free: bool) -> int:
        """Pass over fenced code; of a directive only over its marks.

        ``free``: its end may be indented as one likes.
        """
        self._skip(depth, number)
        mark, info = fence["mark"], fence["info"]
        if _DIRECTIVE.match(info):
            self.directives.append(mark)
            return number + 1 + self.embedded.options(number + 1)
        if self.directives and not info and mark.startswith(self.directives[-1]):
            self.directives.pop()
            return number + 1
        self.left[CODE] += 1
        return self._region(number + 1, _closing_fence(mark, free))

    def _region(self, number: int, closes: Callable[[str], bool]) -> int:
        """Pass over lines to the one that closes a region, or its container."""
        for line in range(number, len(self.rows)):
            row = self.rows[line]
            depth, at = self._matched(row) if self.stack else (0, 0)
            if depth < len(self.stack):
                return line
            if closes(row[at:]):
                return line + 1
        return len(self.rows)

    def _html(self, number: int, rest: str, depth: int, indented: bool = False) -> int:
        """Read a block of raw HTML: cut its prose out, pass over the rest.

        ``indented``: it would be code, but for the element around it.
        """
        closing = _raw_end(rest)
        if closing is None:
            if not (_HTML_BLOCK.match(rest) or self._is_tag(rest, indented)):
                return 0
            self._skip(depth, number)
            end, fence = self._to_blank(number + 1)
            self.elements.read(self.lines.starts[number], self.lines.end(end - 1))
            self._cut(number, end)
            return self._fence(end, fence, depth, True) if fence else end
        self._skip(depth, number)
        inside = rest[4:] if rest.startswith("<!--") else rest
        end = number + 1
        if not closing(inside):
            end = self._region(number + 1, closing)
        if rest.startswith("<!--") or not rest.startswith(("<?", "<!")):
            self._cut(number, end)
        return end

    def _is_tag(self, rest: str, indented: bool) -> bool:
        """Say whether a tag begins HTML that is not the name of a block."""
        if indented:
            return bool(_HTML_INLINE.match(rest))
        return not self.parts and bool(_HTML_TAG.match(rest))

    def _cut(self, number: int, end: int) -> None:
        """Cut the prose out of lines of HTML."""
        self.open.append((number, end - 1, True))
        begin = self.text.index("<", self.lines.starts[number])
        self.found += html.fragment(
            self.text, begin, self.lines.end(end - 1), self.headings, self.left
        )

    def _to_blank(self, number: int) -> tuple[int, re.Match[str] | None]:
        """Pass over lines of HTML to a blank one or the end of their container.

        A fence ends them too, and is given; in MDX so does what else Markdown begins there.
        """
        for line in range(number, len(self.rows)):
            row = self.rows[line]
            depth, at = self._matched(row) if self.stack else (0, 0)
            rest = row[at:].strip(" ")
            if depth < len(self.stack) or not rest.strip():
                return line, None
            fence = _FENCE.match(rest) if rest[0] in "`~" else None
            if fence and (self.mdx or self._is_closed(line, fence["mark"])):
                return line, fence
            if self.mdx and self._is_apart(line, rest):
                return line, None
        return len(self.rows), None

    def _is_apart(self, number: int, rest: str) -> bool:
        """Say whether a line is a heading, an item, or the tags of components alone."""
        if _HEADING.match(rest) or _ITEM.match(rest):
            return True
        return rest.lstrip("</")[:1].isupper() and self.embedded.count(number, rest, False) > 0

    def _is_closed(self, number: int, mark: str) -> bool:
        """Say whether a fence that begins on a line ends in its container.

        Where one isn't closed a longer one further on isn't either: so much is remembered.
        """
        length, until = self.unclosed.get(mark[0], (0, 0))
        if number < until and len(mark) >= length:
            return False
        closes = _closing_fence(mark, True)
        end = self._region(number + 1, closes)
        last = self.rows[end - 1]
        if end > number + 1 and closes(last[self._matched(last)[1] :]):
            return True
        self.unclosed[mark[0]] = len(mark), end
        return False


def _is_rule(rest: str) -> bool:
    """Say whether a line is a thematic break: three marks of a kind or more, spaces between."""
    mark = rest[0]
    return mark in "*-_" and not rest.rstrip(mark + " ") and rest.count(mark) >= 3


def _closing_fence(mark: str, free: bool) -> Callable[[str], bool]:
    """Give what tells the line that closes a fence; ``free``: however far it is indented."""

    def closes(rest: str) -> bool:
        if mark not in rest:
            return False
        shown = rest.strip(" ")
        return shown.strip(mark[0]) == "" and (free or len(rest) - len(rest.lstrip(" ")) < 4)

    return closes


def _raw_end(rest: str) -> Callable[[str], bool] | None:
    """Say how a region of raw HTML ends that a blank line does not end; None for others."""
    if _HTML_RAW.match(rest):
        return lambda row: bool(_HTML_RAW_END.search(row))
    if not rest.startswith(("<!", "<?")):
        return None
    if rest.startswith("<!--"):
        mark = "-->"
    elif rest.startswith("<?"):
        mark = "?>"
    elif rest.startswith("<![CDATA["):
        mark = "]]>"
    elif rest[2:3].isalpha():
        mark = ">"
    else:
        return None
    return lambda row: mark in row
