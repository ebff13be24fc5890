r"""Finds the blocks and comments of reStructuredText.

Knows: the block syntax of docutils and the directives of Sphinx. Does not know: inline markup
(``inline``), conditions (``conditionals``), the meaning of includes, roles and domains.

This is a scanner over indentation, and not a parser. It skips what is not prose (literal blocks,
tables, comments, targets, some directives) with everything indented below it. All other text is cut
where a blank line stands or the indentation changes. The tables below say of every directive of
docutils and Sphinx whether it holds prose. Directives of a domain (``.. py:function::``) and of
autodoc do. Directives that are not in the tables hold prose if a sentence stands in them. Cost:
linear.
"""

from __future__ import annotations

import re

from dedup.segment.block import CODE, DIRECTIVE, FORMULA, OPTIONS, TABLE, Block, Comment, Left
from dedup.segment.lines import Lines, split_lines
from dedup.segment.rst.inline import words_of


def _names(text: str) -> frozenset[str]:
    """Make a set of the words of a text."""
    return frozenset(text.split())


#: Directives whose argument is the beginning of their prose.
_SPEAKING = _names(
    "attention caution danger error hint important note tip warning seealso todo compound epigraph "
    "highlights pull-quote impl-detail"
)
#: Such directives whose argument begins with versions, with the number of versions.
_VERSIONED = {
    **dict.fromkeys(
        _names(
            "versionadded versionchanged versionremoved deprecated soft-deprecated version-added "
            "version-changed version-removed version-deprecated"
        ),
        1,
    ),
    "deprecated-removed": 2,
}
#: Directives with prose below, whose argument is a title, a name, a condition or a picture. First
#: those of docutils, then those of Sphinx and its domains (``auto...`` are known by that), others.
_HOLDING = _names(
    "admonition class container figure line-block sidebar topic "
    "acks cssclass describe glossary hlist ifconfig object only rst-class "
    "attribute classmethod cmdoption concept confval data decorator decoratormethod directive enum "
    "enum-class enum-struct enumerator envvar exception function macro member method module option "
    "property staticmethod struct type union var "
    "availability card collapse details dropdown grid grid-item grid-item-card group-tab margin "
    "opcode panels tab tab-item tab-set tabbed tabs"
)
#: Directives without prose. Of docutils: code and mathematics, what is passed through, tables, what
#: has no body or isn't seen, headers and footers of pages, headings. Then those of Sphinx.
_SILENT = _names(
    "code math parsed-literal raw csv-table list-table table "
    "contents date default-role image include meta replace restructuredtext-test-directive role "
    "sectnum target-notes title unicode footer header rubric "
    "code-block digraph doctest graph graphviz inheritance-diagram literalinclude productionlist "
    "sourcecode testcleanup testcode testoutput testsetup "
    "autosummary codeauthor default-domain highlight index moduleauthor program sectionauthor "
    "tabularcolumns todolist toctree centered alias currentmodule namespace namespace-pop "
    "namespace-push"
)
#: What the bodies of some of these directives are counted as.
_KINDS = {
    **dict.fromkeys(_names("csv-table list-table table"), TABLE),
    "math": FORMULA,
    **dict.fromkeys(
        _names(
            "code parsed-literal raw code-block digraph doctest graph graphviz productionlist "
            "sourcecode testcode testoutput"
        ),
        CODE,
    ),
}
#: The directives of a domain that have no body, or whose body is code.
_NAMES = _SILENT - {"role"}
#: The directives that are headings.
_HEADINGS = _names("centered rubric")

#: The most marks of items on one line; further ones are text.
_DEEPEST = 100

#: Other directives that hold no prose, even if their text ends like a sentence.
_CODE = re.compile(
    r"code|source|literal|parsed|raw|math|prod|.*(?:table|code|math|diagram|graph|uml|chart)|"
    r"tabular|figure|image|include|mermaid|tikz|doctest|test|meta|bibl|ipython|jupyter|jinja|"
    r"plot|exec|prompt|console|shell|terminal|program-output|command-output|highlight|comment"
)
_SENTENCE_END = re.compile(r"\w[.!?][)\"'”*`_]*$")
#: Lines of code that may end like a sentence.
_REMARK = re.compile(r"\s*+(?:[#;%$]|//|--|>>>|\.\. )")

_COMMENT = re.compile(r"\.\.(?:$|\s+(?![_|\[]))")
_COMMENTED = re.compile(r"(?:^|[\r\n])[^\S\r\n]*\.\.\s")
_EXPLICIT = re.compile(r"(?:\.\.|__)(?:\s|$)")
_DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|]+\|\s+)?(?P<name>[A-Za-z][\w:.+-]*?)\s?::(?:\s+|$)")
_NOTE = re.compile(r"\.\.\s+\[(?:\#?[\w.:+-]*|\*)\](?:\s+|$)")
_BULLET = re.compile(r"[-*+•‣⁃](?:\s+|$)")
_ENUMERATOR = re.compile(r"\(?(?:[0-9]+|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}|\#)[.)](?:\s+|$)")
_FIELD = re.compile(r":(?![:\s])(?:[^:\\]|\\.|:(?![\s`]|$))+(?<!\s):(?:\s+|$)")
#: An option, its argument behind a space, an equals sign or nothing, and then a comma with more of
#: them, two spaces or the end. The letters of a long option may be its argument's.
_OPTION = re.compile(
    r"(?:--?[\w-]{2,}+(?: [\w<\[{]\S*+)?"
    r"|--?[\w-]{2}-*+=?[\w<\[{]\S*+"
    r"|(?:-\w|/[A-Z?])(?:[ =]?[\w<\[{]\S*+)?)"
    r"(?:,\s|(?<=,)\s|\s{2}|$)"
)
_LINE = re.compile(r"\|(?:\s+|$)")
_GRID = re.compile(r"\+(?:[-=]+\+)+$")
_BORDER = re.compile(r"=+(?:\s+=+)+$")
_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*$")
_QUOTED = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")


def blocks(text: str, headings: bool = False, left: Left | None = None) -> list[Block]:
    """Cut a document in reStructuredText. Never raises. Cost: linear, 2 to 5 us a line.

    ``left`` is filled with the numbers of blocks that are left out.
    """
    return _RstScanner(text, headings, left=left).run()


def comments(text: str) -> list[Comment]:
    """Find the comments. Cost: as ``blocks``, or none."""
    if not _COMMENTED.search(text):
        return []
    scanner = _RstScanner(text, False)
    scanner.run()
    return scanner.comments


class _RstScanner:
    """A position in the lines of a document."""

    def __init__(self, text: str, headings: bool, left: Left | None = None) -> None:
        self.headings = headings
        self.lines: Lines = split_lines(text)
        self.rows = [each.expandtabs(8).rstrip() for each in self.lines.texts]
        self.found: list[Block] = []
        self.comments: list[Comment] = []
        self.left = Left() if left is None else left
        self.last_border: int | None = None  # the last line that could end a simple table

    def run(self) -> list[Block]:
        """Walk over all lines."""
        number, count = 0, len(self.rows)
        while number < count:
            row = self.rows[number]
            shown = row.lstrip()
            number = self._block(number, len(row) - len(shown), shown) if shown else number + 1
        return self.found

    def _block(self, number: int, indent: int, shown: str) -> int:
        """Read the block that begins on a line; give the next line's number."""
        if shown[0] in "._" and _EXPLICIT.match(shown):
            return self._explicit(number, indent, shown)
        following = self._table(number, shown) or self._adorned(number, indent, shown)
        if following:
            return following
        if shown.startswith(">>> "):
            self.left[CODE] += 1
            return self._to_blank(number)
        if shown[0] in "-/" and _OPTION.match(shown) and not _BULLET.match(shown):
            if not (number and self.rows[number - 1]):
                self.left[OPTIONS] += 1
            return self._below(number + 1, indent)
        return self._item(number, indent, shown)

    def _indent(self, number: int) -> int:
        """Measure the indentation of a line; -1 for a blank or missing one."""
        if number >= len(self.rows) or not self.rows[number]:
            return -1
        row = self.rows[number]
        return len(row) - len(row.lstrip())

    def _below(self, number: int, indent: int) -> int:
        """Pass over blank lines and lines indented more than ``indent``."""
        while number < len(self.rows):
            if self.rows[number] and self._indent(number) <= indent:
                break
            number += 1
        return number

    def _to_blank(self, number: int) -> int:
        while number < len(self.rows) and self.rows[number]:
            number += 1
        return number

    def _explicit(self, number: int, indent: int, shown: str) -> int:
        """Read explicit markup: a directive, a note, or what is no prose."""
        note = _NOTE.match(shown)
        if note:
            return self._hanging(number, indent, shown[note.end() :])
        if shown == ".." and self._indent(number + 1) < 0:
            return number + 1
        directive = _DIRECTIVE.match(shown)
        if not directive:
            following = self._below(number + 1, indent)
            if _COMMENT.match(shown):
                self._comment(number, following)
            return following
        name, argument = directive["name"].lower(), shown[directive.end() :]
        versions = _VERSIONED.get(name, 0)
        if versions or name in _SPEAKING:
            for _ in range(versions):
                argument = argument.partition(" ")[2].lstrip()
            if argument:
                return self._hanging(number, indent, argument)
        elif not self._holds(number, indent, name):
            if self.headings and name in _HEADINGS:
                self._add(number, number, argument)
            following = self._below(number + 1, indent)
            kind = _KINDS.get(name.rpartition(":")[2], "" if name in _SILENT else DIRECTIVE)
            if kind and any(self.rows[number + 1 : following]):
                self.left[kind] += 1
            return following
        return self._options(number + 1, indent, bool(argument))

    def _holds(self, number: int, indent: int, name: str) -> bool:
        """Say whether prose stands below a directive."""
        local = name.rpartition(":")[2]
        if name in _SILENT or (local != name and local in _NAMES):
            return False
        if name in _HOLDING or local != name or name.startswith("auto"):
            return True
        return self._speaks(number, indent, name)

    def _comment(self, number: int, following: int) -> None:
        """Note the comment of some lines."""
        while not self.rows[following - 1]:
            following -= 1
        inside = [self.rows[number].lstrip()[2:], *self.rows[number + 1 : following]]
        words = "\n".join(each.strip() for each in inside).strip()
        if words:
            self.comments.append(Comment(*self.lines.span(number, following - 1), words))

    def _speaks(self, number: int, indent: int, name: str) -> bool:
        """Say whether a directive that is not known holds a sentence below its options."""
        if _CODE.match(name):
            return False
        number = self._options(number + 1, indent, True)
        end = self._below(number, indent)
        ends = (k for k in range(number, end) if self.rows[k] and self._indent(k + 1) < 0)
        return any(
            _SENTENCE_END.search(self.rows[k][-9:]) and not _REMARK.match(self.rows[k])
            for k in ends
        )

    def _options(self, number: int, indent: int, titled: bool) -> int:
        """Pass over a directive's options and, if it has a title, what else the title holds."""
        while self._indent(number) > indent:
            if not titled and not _FIELD.match(self.rows[number].lstrip()):
                break
            number += 1
        return number

    def _hanging(self, number: int, indent: int, words: str) -> int:
        """Read a paragraph that begins behind a mark and goes on indented more than the mark."""
        if not words:
            return number + 1
        return self._paragraph(number, self._body(number, indent), words)

    def _body(self, number: int, indent: int) -> int:
        """Say how the lines below a mark at ``indent`` are indented."""
        following = self._indent(number + 1)
        return following if following > indent else indent + 1

    def _table(self, number: int, shown: str) -> int:
        """Pass over a table; 0 where there is none."""
        if shown[0] == "+" and _GRID.match(shown):
            self.left[TABLE] += 1
            return self._to_blank(number)
        if shown[0] != "=" or not _BORDER.match(shown):
            return 0
        self.left[TABLE] += 1
        if self.last_border is None:
            self.last_border = max(
                (line for line in range(number, len(self.rows)) if self._ends_table(line)),
                default=number,
            )
        for line in range(number + 1, self.last_border + 1):
            if self._ends_table(line):
                return line + 1
        return self._to_blank(number)

    def _ends_table(self, number: int) -> bool:
        border = _BORDER.match(self.rows[number].lstrip())
        return bool(border) and self._indent(number + 1) < 0

    def _adorned(self, number: int, indent: int, shown: str) -> int:
        """Read a section's title with its adornment, or a transition; 0 for neither."""
        if _ADORNMENT.match(shown):
            title = self._indent(number + 1) >= 0
            if title and len(shown) >= 2 and self._same(number, number + 2):
                return self._title(number, number + 2, number + 1)
            if len(shown) >= 4:
                return number + 1
        if indent == 0 and self._indent(number + 1) == 0:
            under = self.rows[number + 1]
            if _ADORNMENT.match(under) and (len(under) >= min(4, len(shown)) and under != "::"):
                return self._title(number, number + 1, number)
        return 0

    def _same(self, over: int, under: int) -> bool:
        return under < len(self.rows) and self.rows[over].strip() == self.rows[under].strip()

    def _title(self, first: int, last: int, line: int) -> int:
        if self.headings:
            self._add(first, last, self.rows[line].strip())
        return last + 1

    def _item(self, number: int, indent: int, shown: str) -> int:
        """Read an item of a list, a field, a line block or a paragraph."""
        at = outer = indent
        marks = 0
        while marks < _DEEPEST and (mark := self._mark(number, at, indent, shown)):
            marks += 1
            outer = at
            at += mark
            shown = shown[mark:]
            if not shown:
                return number + 1
        if at > indent and shown[0] in "._" and _EXPLICIT.match(shown):
            return self._explicit(number, at, shown)
        if at > indent:
            following = self._indent(number + 1)
            return self._paragraph(number, following if following > outer else at, shown)
        if shown[0] == ":" and (field := _FIELD.match(shown)):
            return self._hanging(number, indent, shown[field.end() :])
        if shown[0] == "|" and _LINE.match(shown):
            return self._line_block(number, indent)
        return self._paragraph(number, indent, shown)

    def _mark(self, number: int, at: int, indent: int, shown: str) -> int:
        """Measure the mark of a list's item with the space behind it; 0 if there is none."""
        bullet = _BULLET.match(shown)
        if bullet:
            return bullet.end()
        enumerator = _ENUMERATOR.match(shown)
        if not enumerator:
            return 0
        # A wrapped paragraph may begin with an initial: then the next line is not indented.
        following = self._indent(number + 1)
        if following >= 0 and following <= at and at == indent:
            after = self.rows[number + 1].lstrip()
            if following == indent and not _ENUMERATOR.match(after):
                return 0
        return enumerator.end()

    def _line_block(self, number: int, indent: int) -> int:
        """Read a line block, a stanza, as one paragraph."""
        first, parts = number, []
        while self._indent(number) >= indent:
            shown = self.rows[number].lstrip()
            if self._indent(number) == indent and not _LINE.match(shown):
                break
            parts.append(shown.removeprefix("|"))
            number += 1
        self._add(first, number - 1, "\n".join(parts))
        return number

    def _paragraph(self, number: int, indent: int, shown: str) -> int:
        """Read a paragraph whose lines are indented by ``indent``, and the literal block below."""
        first, parts = number, [shown]
        number += 1
        while self._indent(number) == indent:
            after = self.rows[number].lstrip()
            if after.startswith(".. ") and _EXPLICIT.match(after):
                break
            parts.append(after)
            number += 1
        self._add(first, number - 1, "\n".join(parts))
        return self._literal(number, indent) if parts[-1].endswith("::") else number

    def _literal(self, number: int, indent: int) -> int:
        """Pass over a literal block, indented or quoted."""
        start = number
        while start < len(self.rows) and not self.rows[start]:
            start += 1
        if start >= len(self.rows) or start == number or self._indent(start) != indent:
            following = self._below(number, indent)
            self.left[CODE] += start < following
            return following
        mark = self.rows[start].lstrip()[0]
        if mark not in _QUOTED:
            return number
        self.left[CODE] += 1
        while self._indent(start) == indent and self.rows[start].lstrip()[0] == mark:
            start += 1
        return start

    def _add(self, first: int, last: int, words: str) -> None:
        shown = words_of(words)
        if shown:
            self.found.append(Block(*self.lines.span(first, last), shown))
