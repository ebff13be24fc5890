r"""Marks in front of paragraphs, and what can stand for nothing.

Knows: in each markup the marks of items, quotes, notes and terms, what hangs on them, and what a
reader doesn't see. Does not know: blocks, how a paragraph is cut out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

#: Characters of a line that may be marks.
_HEAD = 1_000

_QUOTE = re.compile(r" {0,3}> ?")
_MARKDOWN = re.compile(
    r"(?:[ \t]*+(?:>|(?:[-+*]|[0-9]{1,9}[.)]|:)(?=[ \t])|\[\^[^\]\s]{1,99}+\]:))*[ \t]*+"
).match
_RST = re.compile(
    r"(?:(?:[-*+•‣⁃]|\(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}|\#)[.)])[ \t]++)*"
    r"(?:\.\.[ \t]++(?:\[[^\]]*+\]|(?:version[a-z]{1,9}|deprecated)::[ \t]++\S++|[\w:.+-]*?::)"
    r"[ \t]*+"
    r"|:(?![:\s])(?:[^:\\]++|\\.|:(?![\s`]|$))+:[ \t]++"
    r"|\|[ \t]++)?"
).match
_ASCIIDOC = re.compile(
    r"(?:(?:\*{1,6}|-|\.{1,6}|[0-9]{1,9}\.|[A-Za-z]\.|[ivxIVX]{1,9}\)|<(?:[0-9]{1,9}|\.)>|•)[ \t]++"
    r"(?:\[[ xX*]\][ \t]++)?|(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]++"
    r"|(?!//)\S.*?(?:::{1,3}|;;)[ \t]++)?"
).match
_PATTERNS = MappingProxyType(
    {"markdown": _MARKDOWN, "mdx": _MARKDOWN, "rst": _RST, "asciidoc": _ASCIIDOC}
)
_LINE_END = re.compile(r"[\r\n]")
_TERM_END = re.compile(r"(?:::{1,3}|;;)\Z")
_ELEMENT = re.compile(r"<([A-Za-z][A-Za-z0-9-]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*>")

#: What a reader doesn't see, by markup.
_NOTHING: Mapping[str, str] = MappingProxyType(
    {
        "markdown": "<!-- -->",
        "mdx": "{/* */}",
        "rst": "..",
        "asciidoc": "{empty}",
        "html": "",
    }
)


def emptied(source: str, markup: str) -> str:
    r"""Give a paragraph's source without its words: marks or tags, and nothing to be seen there.

    >>> emptied("1. One\n   two", "markdown"), emptied("<p class=a>One</p>", "html")
    ('1. <!-- -->', '<p class=a></p>')
    """
    if markup in ("html", "markdown", "mdx") and (tags := _tags(source)):
        return tags
    marks, nothing = _marks(source, markup), _NOTHING[markup]
    if markup == "rst" and source.endswith("::"):
        return marks + "::"
    if markup == "asciidoc" and not marks and (end := _TERM_END.search(source)):
        return nothing + end[0]
    return marks + nothing


def holds_more(row: str, last: str, below: str, blank: bool, markup: str) -> bool:
    """Say whether a paragraph's marks hold what stands below it too.

    row, last: the paragraph's first and last line; below: the next line that isn't blank;
    ``blank``: whether blank lines stand between.
    """
    row, below = row[:_HEAD], below[:_HEAD]
    if markup == "html":
        return False
    if markup == "asciidoc":
        return not blank and below.strip() == "+"
    if markup == "rst":
        if last.rstrip().endswith("::"):
            return True
        quotes = 0
    else:
        quotes = 0
        while found := _QUOTE.match(row):
            row, quotes = row[found.end() :], quotes + 1
    for _ in range(quotes):
        found = _QUOTE.match(below)
        if not found:
            return False
        below = below[found.end() :]
    shown = row.lstrip()
    return bool(_marks(shown, markup)) and _indent(below) > _indent(row)


def _marks(source: str, markup: str) -> str:
    if markup not in _PATTERNS:
        return ""
    found = _PATTERNS[markup](_LINE_END.split(source[:_HEAD], maxsplit=1)[0])
    return found[0] if found else ""


def _tags(source: str) -> str:
    """Give the tags of the element that a source is, without its content; or nothing."""
    found = _ELEMENT.match(source)
    closing = f"</{found[1]}>" if found else ""
    return found[0] + closing if found and source.lower().endswith(closing.lower()) else ""


def _indent(row: str) -> int:
    row = row[:_HEAD].expandtabs(4)
    return len(row) - len(row.lstrip())
