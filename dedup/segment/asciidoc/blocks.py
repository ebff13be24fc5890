r"""Finds the blocks and comments of AsciiDoc.

Knows: the block syntax of Asciidoctor: delimited blocks, lists, attribute entries, block macros,
conditionals. Does not know: inline markup (``inline``), the values of attributes, the contents of
includes, which branch of a conditional is true (all are read), which branches exclude each other
(``conditionals``).

A paragraph that begins in a branch ends with the branch. A paragraph that begins above a branch
includes the lines of the branch.

Verbatim blocks, tables, comments and passthroughs are not prose. The contents of example, sidebar,
quote and open blocks are. A verbatim block that is never closed reaches to the end of the document,
as in Asciidoctor. Cost: linear.
"""

from __future__ import annotations

import re

from dedup.segment.asciidoc.conditionals import CONDITIONAL
from dedup.segment.asciidoc.inline import words_of
from dedup.segment.block import CODE, TABLE, Block, Comment, Left
from dedup.segment.lines import front_matter, split_lines

_VERBATIM = re.compile(r"(?:-{4,}|\.{4,}|\+{4,}|/{4,}|`{3}\S*+|[|,:!]={3,})$")
_COMPOUND = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--|\"\"|~{4,})$")
_BREAK = re.compile(r"(?:'{3,}|<{3,}|-{3}|\*{3}|(?:[-*] ){2}[-*])$")
_ATTRIBUTES = re.compile(r"\[(?:|[\[\w.#%,\"'{&].*)\]$")
_CODE_STYLES = re.compile(
    r"\[(?:(?:source|listing|literal|stem|latexmath|asciimath|pass|comment|plantuml|mermaid|ditaa|"
    r"graphviz|vega|svgbob|blockdiag|seqdiag|bytefield|wavedrom|nomnoml|tikz)\b|,\s*\w)"
)
_ENTRY = re.compile(r":!?[\w][\w-]*!?:(?:\s|$)")
_MACRO = re.compile(r"(?:[A-Za-z][\w-]*::[^\s\[]*|include::[^\s\[][^\[]*)\[.*\]$")
_DOCUMENT_TITLE = re.compile(r"=\s+\S")
_TITLE = re.compile(r"\.[^\s.].*$")
_HEADING = re.compile(r"(?:={1,6}|#{1,6})\s+(?P<words>\S.*)$")
_UNDERLINE = re.compile(r"(?:=+|-+|~+|\^+|\++)$")
_ITEM = re.compile(
    r"(?:\*{1,6}|-|\.{1,6}|[0-9]+[.]|[A-Za-z]\.|[ivxIVX]+\)|<(?:[0-9]+|\.)>|•)\s+(?=\S)"
)
_CHECKBOX = re.compile(r"\[[ xX*]\]\s+")
_TERM = re.compile(r"(?P<term>(?!//)\S.*?)(?:::{1,3}|;;)(?:\s+(?P<words>\S.*))?$")
_ADMONITION = re.compile(r"(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):\s+(?=\S)")
_COMMENT = re.compile(r"//(?!/)")
_COMMENTED = re.compile(r"(?:^|[\r\n])//")


def blocks(text: str, headings: bool = False, left: Left | None = None) -> list[Block]:
    """Cut an AsciiDoc document. Never raises. Cost: linear, 2 to 5 us a line.

    ``left`` is filled with the numbers of blocks that are left out.
    """
    return _AsciiDocScanner(text, headings, left=left).run()


def comments(text: str) -> list[Comment]:
    """Find the comments, of lines and of blocks. Cost: as ``blocks``, or none."""
    if not _COMMENTED.search(text.removeprefix("\ufeff")):
        return []
    scanner = _AsciiDocScanner(text, False)
    scanner.run()
    return scanner.comments


class _AsciiDocScanner:
    """A position in the lines of a document."""

    def __init__(self, text: str, headings: bool, left: Left | None = None) -> None:
        self.headings = headings
        self.lines = split_lines(text)
        self.rows = [each.rstrip() for each in self.lines.texts]
        self.single: set[int] = set()  # lines that are branches of their own
        self._unpack()
        self.found: list[Block] = []
        self.comments: list[Comment] = []
        self.left = Left() if left is None else left
        self.code = False  # an attribute line said that the next block is code
        self.in_list = False  # lines may begin items without a blank line
        self.awaited = False  # a term has nothing behind it yet

    def _unpack(self) -> None:
        """Put in place of a conditional with content on its line that content."""
        for number, row in enumerate(self.rows):
            if row[:2] != "if" or not (found := CONDITIONAL.match(row)):
                continue
            if found["words"] and found["kind"] != "ifeval":
                self.rows[number] = found["words"].strip()
                self.single.add(number)

    def run(self) -> list[Block]:
        """Walk over all lines."""
        number, count = front_matter(self.lines), len(self.rows)
        number = self._header(number)
        while number < count:
            row = self.rows[number]
            number = self._block(number, row) if row else number + 1
        return self.found

    def _header(self, number: int) -> int:
        """Pass over the lines of author and revision below the document's title."""
        while number < len(self.rows) and not self.rows[number]:
            number += 1
        if number < len(self.rows) and _DOCUMENT_TITLE.match(self.rows[number]):
            following = self._block(number, self.rows[number])
            while following < len(self.rows) and self.rows[following]:
                self._remark(following)
                following += 1
            return following
        return number

    def _block(self, number: int, row: str) -> int:
        """Read the block that begins on a line; give the next line's number."""
        following = self._silent(number, row)
        if following:
            return following
        code, self.code = self.code, False
        if code:
            self.left[CODE] += 1
        if code and (_COMPOUND.match(row) or _VERBATIM.match(row)):
            return self._to_same(number, row)
        if code:
            return self._to_blank(number)
        following = self._delimited(number, row) or self._heading(number, row)
        if following:
            self.in_list = self.in_list and bool(_COMPOUND.match(row))
            return following
        if row == "+":
            return number + 1
        return self._prose(number, row)

    def _silent(self, number: int, row: str) -> int:
        """Pass over what says something about the document but nothing in it; 0 for other."""
        if row[0] == ":" and _ENTRY.match(row):
            while self.rows[number].endswith(" \\") and number + 1 < len(self.rows):
                number += 1
            return number + 1
        if row[0] == "[" and _ATTRIBUTES.match(row):
            self.code = self.code or bool(_CODE_STYLES.match(row))
            return number + 1
        if row[0] == "." and _TITLE.match(row):
            return number + 1
        if self._remark(number) or _MACRO.match(row):
            return number + 1
        return 0

    def _remark(self, number: int) -> bool:
        """Note a line that is a comment."""
        row = self.rows[number]
        if not _COMMENT.match(row):
            return False
        self._comment(number, number, row[2:])
        return True

    def _comment(self, first: int, last: int, words: str) -> None:
        if words.strip():
            self.comments.append(Comment(*self.lines.span(first, last), words.strip()))

    def _delimited(self, number: int, row: str) -> int:
        """Pass over a verbatim block, or the mark of another; 0 where there is none."""
        if _VERBATIM.match(row):
            following = self._to_same(number, row)
            if row[0] == "/" and self.rows[following - 1] == row:
                inside = self.rows[number + 1 : following - 1]
                self._comment(number, following - 1, "\n".join(inside))
            elif row[0] != "/":
                self.left[TABLE if row[0] in "|,:!" else CODE] += 1
            return following
        if _COMPOUND.match(row) or _BREAK.match(row):
            return number + 1
        return 0

    def _to_same(self, number: int, mark: str) -> int:
        """Pass over the lines to the mark that ends a block."""
        mark = mark.rstrip("abcdefghijklmnopqrstuvwxyz") if mark[0] == "`" else mark
        for line in range(number + 1, len(self.rows)):
            if self.rows[line] == mark:
                return line + 1
        return len(self.rows)

    def _to_blank(self, number: int) -> int:
        while number < len(self.rows) and self.rows[number]:
            number += 1
        return number

    def _heading(self, number: int, row: str) -> int:
        """Read a section's title of either form; 0 where there is none."""
        found = _HEADING.match(row)
        if found:
            if self.headings:
                self._add(number, number, found["words"].rstrip("=# "))
            return number + 1
        under = self.rows[number + 1] if number + 1 < len(self.rows) else ""
        if not _UNDERLINE.match(under) or abs(len(under) - len(row)) > 1 or row[0].isspace():
            return 0
        if len(row) < 3 or not (row[0].isalnum() and number and not self.rows[number - 1]):
            return 0
        if self.headings:
            self._add(number, number + 1, row)
        return number + 2

    def _prose(self, number: int, row: str) -> int:
        """Read a list's item, a definition, an admonition or a paragraph."""
        shown = row.lstrip()
        item = _ITEM.match(shown)
        awaited, self.awaited = self.awaited, False
        if item:
            self.in_list = True
            shown = shown[item.end() :]
            box = _CHECKBOX.match(shown)
            return self._paragraph(number, shown[box.end() :] if box else shown)
        term = _TERM.match(shown)
        if term:
            self.in_list = True
            if not term["words"]:
                self.awaited = True
                self._add(number, number, term["term"])
                return number + 1
            return self._paragraph(number, term["words"])
        if len(shown) < len(row) and not awaited:
            self.left[CODE] += 1
            return self._to_blank(number)
        if number and self.rows[number - 1] != "+" and not awaited:
            self.in_list = False
        admonition = _ADMONITION.match(shown)
        return self._paragraph(number, shown[admonition.end() :] if admonition else shown)

    def _paragraph(self, number: int, shown: str) -> int:
        """Read the lines of a paragraph; comments between them are no part of it."""
        first = last = number
        parts = [shown]
        number += 1
        depth = 0  # of branches that begin in the paragraph
        while first not in self.single and number < len(self.rows) and self.rows[number]:
            row = self.rows[number]
            if row[0] in "ei" and (found := CONDITIONAL.match(row)):
                depth += -1 if found["kind"] == "endif" else 1
                if depth < 0:
                    break
            if self._remark(number) or _MACRO.match(row):
                number += 1
                continue
            if self._ends(row):
                break
            parts.append(row)
            last = number
            number += 1
        self._add(first, last, "\n".join(parts))
        return number

    def _ends(self, row: str) -> bool:
        """Say whether a line ends the paragraph above without a blank line."""
        if row == "+" or _VERBATIM.match(row) or _COMPOUND.match(row):
            return True
        if row[0] == "[" and _ATTRIBUTES.match(row):
            return True
        if not self.in_list:
            return False
        shown = row.lstrip()
        return bool(_ITEM.match(shown) or _TERM.match(shown))

    def _add(self, first: int, last: int, words: str) -> None:
        shown = words_of(words)
        if shown:
            self.found.append(Block(*self.lines.span(first, last), shown))
