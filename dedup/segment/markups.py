"""Which markups there are: the one table of them.

Knows: their names, the suffixes of their files, how a comment is written in each. Does not know:
how a text in any of them is read: that is a folder or a module each, imported when it is first
needed. CONTRIBUTING says how one is added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from dedup.checks import check_choice
from dedup.kernel import ParagraphRule
from dedup.segment.markup import Markup, Syntax, Tabs


def _markdown() -> Syntax:
    from dedup.segment.markdown import MARKDOWN

    return MARKDOWN


def _mdx() -> Syntax:
    from dedup.segment.markdown import MDX

    return MDX


def _rst() -> Syntax:
    from dedup.segment.rst import RST

    return RST


def _asciidoc() -> Syntax:
    from dedup.segment.asciidoc import ASCIIDOC

    return ASCIIDOC


def _html() -> Syntax:
    from dedup.segment.html import HTML

    return HTML


_HTML_COMMENT = ("<!--", "-->")
_MARKDOWN_TABS = (Tabs.FENCES, Tabs.TITLES, Tabs.SECTIONS)

#: Every markup by its name, plain text first.
MARKUPS: Mapping[str, Markup] = MappingProxyType(
    {
        row.name: row
        for row in (
            Markup("auto", ("txt", "text"), plain=ParagraphRule.JUDGED),
            Markup("lines", plain=ParagraphRule.EACH_LINE),
            Markup("blank", plain=ParagraphRule.EACH_BLOCK),
            Markup(
                "markdown",
                ("md", "markdown", "mdown", "mkd", "mkdn", "mdwn", "qmd", "rmd", "mdc"),
                load=_markdown,
                comment="<!-- {} -->",
                comment_marks=(_HTML_COMMENT,),
                tabs=_MARKDOWN_TABS,
            ),
            Markup(
                "mdx",
                ("mdx",),
                load=_mdx,
                comment="{{/* {} */}}",
                comment_marks=(_HTML_COMMENT, ("{/*", "*/}")),
                tabs=_MARKDOWN_TABS,
            ),
            Markup(
                "rst",
                ("rst",),
                load=_rst,
                comment=".. {}",
                comment_lines=re.compile(r"^\.\.[ \t\n](.*(?:\n[ \t]+.*)*)", re.MULTILINE),
                tabs=(Tabs.DIRECTIVES,),
            ),
            Markup(
                "asciidoc",
                ("adoc", "asciidoc", "asc"),
                load=_asciidoc,
                comment="// {}",
                comment_lines=re.compile(r"^//(.*(?:\n//.*)*)", re.MULTILINE),
                tabs=(Tabs.BLOCKS,),
            ),
            Markup(
                "html",
                ("html", "htm", "xhtml"),
                load=_html,
                comment="<!-- {} -->",
                comment_marks=(_HTML_COMMENT,),
            ),
        )
    }
)


def names() -> tuple[str, ...]:
    """Give the names of all markups, plain text first."""
    return tuple(MARKUPS)


def listed() -> str:
    """Name the markups that are not plain text, for a sentence that offers them."""
    *others, last = (f"'{each.name}'" for each in MARKUPS.values() if each.load)
    return f"{', '.join(others)} or {last}"


def named(name: str) -> Markup:
    """Look up a markup by its name. Raises ValueError, naming those there are."""
    if name not in MARKUPS:
        check_choice("markup", name, names())
    return MARKUPS[name]


def syntax_of(name: str) -> Syntax | None:
    """Give the syntax of a markup; None for plain text. Raises ValueError as ``named`` does."""
    return named(name).syntax


def markup_of(path: str) -> str | None:
    """Name the markup that the suffix of a path stands for, in either case; None for others.

    >>> markup_of("docs/guide.MD"), markup_of("notes.txt"), markup_of("main.py")
    ('markdown', 'auto', None)
    """
    stem, _, suffix = path.replace("\\", "/").rpartition("/")[2].rpartition(".")
    suffix = suffix.lower()
    return next((each.name for each in MARKUPS.values() if stem and suffix in each.suffixes), None)
