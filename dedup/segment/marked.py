r"""Documents with markup to paragraphs.

Knows: which module reads which markup, and how a block becomes a paragraph with its line numbers.
Does not know: any markup, files. A markup's module is imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dedup.paragraph import Document, Paragraph
from dedup.segment.block import Block, Comment, Left
from dedup.segment.branches import without_marks

#: Markups that are read, and the options of their modules.
NAMES = ("markdown", "mdx", "rst", "asciidoc", "html")

_SUFFIXES: Mapping[str, str] = MappingProxyType(
    {
        suffix: name
        for name, suffixes in (
            ("markdown", "md markdown mdown mkd mkdn mdwn qmd rmd mdc"),
            ("mdx", "mdx"),
            ("rst", "rst"),
            ("asciidoc", "adoc asciidoc asc"),
            ("html", "html htm xhtml"),
            ("auto", "txt text"),
        )
        for suffix in suffixes.split()
    }
)


def markup_of(path: str) -> str | None:
    """Name the markup that the suffix of a path stands for, in either case; None for others.

    >>> markup_of("docs/guide.MD"), markup_of("notes.txt"), markup_of("main.py")
    ('markdown', 'auto', None)
    """
    name = path.replace("\\", "/").rpartition("/")[2]
    stem, _, suffix = name.rpartition(".")
    return _SUFFIXES.get(suffix.lower()) if stem else None


def segment(
    markup: str, headings: bool, document: Document, left: Left | None = None
) -> list[Paragraph]:
    """Cut a document by one of ``NAMES``; headings are paragraphs where asked for.

    ``left`` is told of what is left out.
    """
    text, source, record = document.text, document.source, document.record
    found = []
    line, at = 1, 0
    ends = _line_ends if "\r" in text else _line_feeds
    for start, end, prose in blocks(text, markup, headings, left):
        first = line + ends(text, at, start)
        line = first + ends(text, start, end)
        found.append(Paragraph(text[start:end], source, record, first, line, start, end, prose))
        at = end
    return found


def blocks(text: str, markup: str, headings: bool = False, left: Left | None = None) -> list[Block]:
    """Cut a text by one of ``NAMES``. Never raises. Cost: linear, 2 to 5 us a line.

    Of a merge conflict that was not settled both sides are read, apart.
    """
    text = without_marks(text)
    if markup in ("markdown", "mdx"):
        from dedup.segment import markdown

        return markdown.blocks(text, headings, markup == "mdx", left)
    if markup == "rst":
        from dedup.segment import rst

        return rst.blocks(text, headings, left)
    if markup == "asciidoc":
        from dedup.segment import asciidoc

        return asciidoc.blocks(text, headings, left)
    from dedup.segment import html

    return html.blocks(text, headings, left)


def comments(text: str, markup: str) -> list[Comment]:
    """Find the comments of a text in one of ``NAMES``. Never raises. Cost: linear."""
    text = without_marks(text)
    if markup in ("markdown", "mdx"):
        from dedup.segment import markdown

        return markdown.comments(text, mdx=markup == "mdx")
    if markup == "rst":
        from dedup.segment import rst

        return rst.comments(text)
    if markup == "asciidoc":
        from dedup.segment import asciidoc

        return asciidoc.comments(text)
    from dedup.segment import html

    return html.comments(text)


def _line_feeds(text: str, start: int, end: int) -> int:
    return text.count("\n", start, end)


def _line_ends(text: str, start: int, end: int) -> int:
    r"""Count the line ends in a stretch, where not all of them are ``\n``."""
    feeds, returns = text.count("\n", start, end), text.count("\r", start, end)
    return feeds + returns - text.count("\r\n", start, end)
