r"""The syntax of other languages in Markdown.

Knows: the lines of site generators and their kin: Hugo, Jekyll, mdBook, MkDocs, Docusaurus,
VitePress, DocFX, Obsidian, MyST, MDX, with all their ways to include a file or a snippet. Does not
know: the contents of such files, Markdown's own blocks, which lines stand in code (the caller asks
only about lines outside of code).

Each function gives the number of lines to leave out from a given line on. 0 means that the line is
Markdown.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from dedup.segment.inline import TEMPLATE
from dedup.segment.lines import Lines

#: Lines looked at for the end of what began on one of them: a tag, an import, a template call.
_FAR = 60

_CALLS = re.compile(rf"(?:{TEMPLATE}\s*+)+(?:<!--[^>]*-->\s*)?$")
_CALL_OPENS = re.compile(r"\{(?:\{[<%#]|%|#)")
_CALL_NAME = re.compile(r"\{(?:\{[<%]|%)-?\s*([\w./-]+)")
_CLOSING_CALL = re.compile(
    r"\{\{[<%]\s{0,9}/\s{0,9}([\w./-]{1,99})\s{0,9}[>%]\}\}|\{%-?\s{0,9}end([\w./-]{1,99})\s{0,9}-?%\}"
)
_CODE_CALLS = re.compile(
    r".*(?:code|highlight|mermaid|math|katex|latex|plantuml|diagram|chart|graph|csv|comment|"
    r"schema|jsonld|style|script|iframe|raw-?html|terminal|console|shell)",
    re.IGNORECASE,
)
_OUTPUT = re.compile(
    r"(?:\{\{(?:[^{}]++|\{(?!\{)|\}(?!\}))*\}\}\s*+)+$|\{\*(?:[^*{}]++|\*(?!\}))*\*\}\s*$"
)
_LEAF = re.compile(r"::[A-Za-z][\w-]*+(?:\[[^\[\]]*+\])?(?:\{[^{}]*+\})?\s*+$")
_EMBED = re.compile(
    r"!\[\[[^\[\]]*+\]\]\s*+$|!include\s+\S+\s*$|<<<\s*+\S+\s*+$|<<\[|"
    r"@import\s+[\"']|@\[[\w -]*+\](?:\([^()]*+\))?\s*+$|\[\[?_?TOC_?\]?\]\s*+$|"
    r"\[![A-Za-z][\w-]*+\s*+(?:\[[^\[\]]*+\]\([^()]*+\)|[^\s\[\]]++)\]\s*+$",
    re.IGNORECASE,
)
_ATTRIBUTES = re.compile(r"\{(?:[:.#][^{}]*+|![^{}]*!)\}\s*$")
_CONTAINER = re.compile(r":{3,}(?:\s*+[\w{\[.#-].*|\s*+)$")
_OPTION = re.compile(r":[A-Za-z][\w-]*+:(?:\s|$)")
_PYMDOWN = re.compile(r"/{3,}(?:\s+[\w-]+.*)?$")
_SNIPPET = re.compile(r";?-+8<-+(?:\s|$)")
_ESM = re.compile(
    r"import\s+(?:[\w*{][^\n]*\sfrom\s+)?[\"']|import\s+(?:[\w$]+\s*,\s*)?\{[^}'\"]*$|"
    r"export\s+(?:default|const|let|var|function|async|class)\b|export\s+[{*]"
)
_BRACED = r"\{(?:[^{}]++|\{(?:[^{}]++|\{[^{}]*+\})*\})*\}"
_TAG = rf"</?(?:[A-Za-z][\w.:-]*+(?:[^<>\"'{{}}]++|\"[^\"]*+\"|'[^']*+'|{_BRACED})*)?/?>"
_COMPONENT = re.compile(r"</?(?:[A-Z]\w*[a-z]|>)")
_TAGS = re.compile(rf"(?:{_TAG}[ \t]*+)+")


class Embedded:
    """The constructs of other languages in one document."""

    def __init__(self, text: str, lines: Lines, mdx: bool) -> None:
        self.text = text
        self.lines = lines
        self.mdx = mdx
        self._unbalanced = 0  # up to this line no search for a closing brace pays
        self._closings: dict[str, list[int]] | None = None

    def count(self, number: int, rest: str, starting: bool) -> int:
        """Count the lines to leave out from ``number`` on, whose content is ``rest``.

        ``starting`` says that no paragraph is open above.
        """
        char = rest[0]
        if char in "@![<" and starting and _EMBED.match(rest):
            return 1
        if char == "{":
            return self._call(number, rest, starting)
        if char == ":":
            return self._container(number, rest)
        if char in "$\\":
            return self._math(number, rest)
        if char == "<":
            return self._tags(number, rest)
        if char == "/":
            return 1 if _PYMDOWN.match(rest) else 0
        if char in "-;":
            return self._snippet(number, rest)
        if char in "ie" and starting and _ESM.match(rest):
            return self._balanced(number)
        return 0

    def _call(self, number: int, rest: str, starting: bool) -> int:
        """Template calls, MDX comments and expressions, attribute lists, includes."""
        if rest.startswith("{/*"):
            return self._until(number, "*/}")
        if _CALL_OPENS.match(rest):
            if not _CALLS.match(rest):
                return self._long_call(number, rest)
            name = _CALL_NAME.match(rest)
            if name and self.is_code(rest):
                return self._paired(number, name[1])
            return 1
        if _ATTRIBUTES.match(rest) or (starting and _OUTPUT.match(rest)):
            return 1
        if self.mdx and starting and not rest.startswith("{{"):
            return self._balanced(number)
        return 0

    def is_code(self, rest: str) -> bool:
        """Say whether a line begins a call that holds code, up to the call that closes it."""
        name = _CALL_NAME.match(rest)
        if not name or not _CALLS.match(rest) or rest.rstrip().endswith("/>}}"):
            return False
        return bool(_CODE_CALLS.match(name[1]))

    def _long_call(self, number: int, rest: str) -> int:
        """Count the lines of a call that ends at the end of a later line."""
        closing = "%}" if rest.startswith("{%") else "#}" if rest.startswith("{#") else "}}"
        if closing in rest:
            return 0
        for line in range(number + 1, min(number + _FAR, len(self.lines.texts))):
            if closing in self.lines.texts[line]:
                return line + 1 - number if self.lines.texts[line].rstrip()[-2:] == closing else 0
        return 0

    def _paired(self, number: int, name: str) -> int:
        """Count the lines to the closing call, content included; 1 where there is none."""
        if self._closings is None:
            self._closings = {}
            for found in _CLOSING_CALL.finditer(self.text):
                self._closings.setdefault(found[1] or found[2], []).append(found.end())
        ends = self._closings.get(name, [])
        at = bisect_right(ends, self.lines.end(number))
        return self._line_of(ends[at]) + 1 - number if at < len(ends) else 1

    def _line_of(self, position: int) -> int:
        return bisect_right(self.lines.starts, position) - 1

    def _until(self, number: int, mark: str) -> int:
        """Count the lines up to the one with the mark; 0 where it is too far."""
        texts = self.lines.texts
        for line in range(number, min(number + _FAR, len(texts))):
            if mark in texts[line]:
                return line + 1 - number if texts[line].rstrip().endswith(mark) else 0
        return 0

    def _balanced(self, number: int) -> int:
        """Count the lines up to a blank one where every brace is closed, else to the first."""
        texts = self.lines.texts
        depth, first = 0, 0
        for line in range(number, len(texts)):
            row = texts[line]
            if row.strip():
                depth += row.count("{") - row.count("}")
                continue
            first = first or line - number
            if depth <= 0:
                return line - number
            if line < self._unbalanced or line > number + first + _FAR:
                break
        self._unbalanced = max(self._unbalanced, number + first + _FAR)
        return first or len(texts) - number

    def _container(self, number: int, rest: str) -> int:
        """Count a ``:::`` line and the options below it, or a ``::name`` line."""
        if _LEAF.match(rest):
            return 1
        if not _CONTAINER.match(rest):
            return 0
        return 1 + self.options(number + 1)

    def options(self, number: int) -> int:
        """Count the option lines ``:name: value`` that stand from ``number`` on."""
        texts = self.lines.texts
        line = number
        while line < len(texts) and _OPTION.match(texts[line].lstrip()):
            line += 1
        return line - number

    def _math(self, number: int, rest: str) -> int:
        """Count the lines of displayed mathematics; a blank line ends it too."""
        shown = rest.rstrip()
        if shown.startswith("\\begin{"):
            closing = "\\end" + shown[6:].partition("}")[0] + "}"
        elif shown.startswith("$$"):
            closing = "$$"
        elif shown.startswith("\\["):
            closing = "\\]"
        else:
            return 0
        at = shown.find(closing, 2)
        if at >= 0:
            return 1 if at == len(shown) - len(closing) else 0
        if closing == "\\]" and len(shown) > 2:
            return 0
        texts = self.lines.texts
        for line in range(number + 1, len(texts)):
            row = texts[line].rstrip()
            if not row or closing in row:
                return line + bool(row) - number
        return len(texts) - number

    def _snippet(self, number: int, rest: str) -> int:
        """Count a snippet line, or a block of them."""
        if not _SNIPPET.match(rest):
            return 0
        return self._until_same(number, rest.strip()) if rest.strip().endswith("-") else 1

    def _until_same(self, number: int, mark: str) -> int:
        texts = self.lines.texts
        for line in range(number + 1, min(number + _FAR, len(texts))):
            if not texts[line].strip():
                break
            if texts[line].strip() == mark:
                return line + 1 - number
        return 1

    def _tags(self, number: int, rest: str) -> int:
        """Count the lines of JSX tags that have no text beside them."""
        if not (self.mdx or _COMPONENT.match(rest)):
            return 0
        found = _TAGS.match(self.text, self.text.find("<", self.lines.starts[number]))
        if not found:
            return 0
        last = self._line_of(found.end())
        beside = self.text[found.end() : self.lines.end(last)]
        return 0 if beside.strip() else last + 1 - number
