"""Cuts a text into paragraphs, each with its place in the text.

Knows: how plain text and markups differ, how a block becomes a paragraph with line numbers. Does
not know: which markups there are (``markups``), how any of them is read (a module or a folder for
each), files, encodings, containers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

from dedup import kernel
from dedup.encoded import Column, lengths
from dedup.kernel import Cutting, ParagraphRule
from dedup.paragraph import Document, Paragraph
from dedup.segment import markups, plain, sections
from dedup.segment.block import Block, Comment, Left
from dedup.segment.branches import (
    Branch,
    Condition,
    Conflict,
    branches_of,
    conflicts,
    everywhere,
    exclusive,
    without_marks,
)
from dedup.segment.markup import Markup, Segmenter, Syntax
from dedup.segment.markups import markup_of
from dedup.segment.plain import CutTexts
from dedup.segment.sections import Section

__all__ = [
    "Branch", "Comment", "Condition", "Conflict", "CutTexts", "Left", "Markup", "Section",
    "Segmenter", "Syntax", "are_columns_cut_together", "are_cut_together", "blocks", "branches",
    "comments", "conflicts", "cut_columns", "cut_texts", "cut_together", "cutter", "everywhere",
    "exclusive", "in_pieces", "is_plain", "markup_of", "paragraphs", "segmenter",
]  # fmt: skip


def paragraphs(
    text: str,
    markup: str = "auto",
    source: str = "",
    record: str | None = None,
    headings: bool = False,
) -> list[Paragraph]:
    r"""Cut a text into paragraphs with their places.

    For each paragraph ``text[paragraph.start:paragraph.end] == paragraph.text``, with marks and
    tags. ``paragraph.prose`` holds its words without them; in plain text both are the same.

    Args:
        text: may be malformed in any way.
        markup: what separates paragraphs. In plain text it is "blank" lines, the ends of "lines",
            or with "auto" whichever of the two fits each block of lines. In "markdown", "mdx",
            "rst", "asciidoc" and "html" paragraphs are the blocks of prose, such as list items and
            quotes. Code, tables of figures, front matter, comments and directives are not prose,
            and files that the text includes are not read.
        source: the name of the document, for the places of its paragraphs.
        record: the name of the record within the document, likewise.
        headings: whether the headings of a markup are paragraphs too.

    Raises:
        ValueError: for an unknown markup.
        TypeError: for a text that is no str.

    Cost: linear, 1 to 2 us a paragraph of plain text, 2 to 5 us a line of markup.

    >>> [(each.first, each.text) for each in paragraphs("One.\n\nTwo,\nstill two.\n")]
    [(1, 'One.'), (3, 'Two,\nstill two.')]
    >>> [(each.first, each.prose) for each in paragraphs("# A\n- *One*\n- two\n", "markdown")]
    [(2, 'One'), (3, 'two')]

    """
    if not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}, not a str")
    return segmenter(markup, headings)(Document(text, source, record))


def segmenter(markup: str, headings: bool = False, left: Left | None = None) -> Segmenter:
    """Give the function that cuts documents of a markup into paragraphs.

    Args:
        markup: as of ``paragraphs``.
        headings: whether the headings of a markup are paragraphs too; plain text has none.
        left: is filled with the numbers of blocks that a reader sees and that are not prose, by
            their kind.

    Raises:
        ValueError: for an unknown markup, naming those there are.

    """
    found = markups.named(markup)
    if found.plain is not None:
        return partial(_segment_plain, found.plain)
    return partial(_segment, markup, headings=headings, left=left)


def in_pieces(document: Document, markup: str) -> Iterator[list[Paragraph]]:
    """Cut one document into paragraphs, a list of some of them at a time.

    Together the lists are what ``segmenter(markup)`` gives. In plain text there is a list for each
    section, so that the paragraphs of a long text are never all in memory; a document of a markup
    gives one list. Raises ValueError for an unknown markup.
    """
    rule = markups.named(markup).plain
    if rule is not None and _is_long(document):
        return _plain_pieces(rule, document)
    return iter((segmenter(markup)(document),))


def cutter(markup: str) -> Callable[[Document], Sequence[Paragraph]]:
    """Give a function that cuts as ``segmenter(markup)`` does, for use by one thread.

    The paragraphs of a short plain text are made only when they are asked for.
    """
    rule = markups.named(markup).plain
    if rule is None:
        return segmenter(markup)
    own, long = plain.TextCutter(rule).cut, segmenter(markup)
    return lambda document: long(document) if _is_long(document) else own(document)


def are_cut_together(document: Document, markup: str) -> bool:
    """Say whether a document is a short plain text, which ``cut_together`` takes; no section is."""
    return is_plain(markup) and not _is_long(document) and not isinstance(document, Section)


def cut_together(documents: Sequence[Document], markup: str) -> Iterator[plain.CutParagraphs]:
    """Cut many short plain texts in one call, which takes half the time. Sections are not allowed.

    Raises ValueError for a markup that isn't plain text.
    """
    return cut_texts(documents, markup).paragraphs()


def cut_texts(documents: Sequence[Document], markup: str) -> plain.CutTexts:
    """Cut as ``cut_together`` does; give the paragraphs of all texts in columns."""
    rule = markups.named(markup).plain
    if rule is None:
        raise ValueError(f"markup is {markup!r}, which is no plain text")
    return plain.cut_texts(documents, rule)


def are_columns_cut_together(texts: Column, markup: str) -> bool:
    """Say whether a markup is plain text, and all of some texts are surely short."""
    return is_plain(markup) and not (lengths(texts) > sections.SECTION).any()


def cut_columns(texts: Column, markup: str) -> Cutting:
    """Cut many short plain texts in one call. Raises ValueError for another markup."""
    rule = markups.named(markup).plain
    if rule is None:
        raise ValueError(f"markup is {markup!r}, which is no plain text")
    return kernel.paragraphs(texts.encoded, rule)


def is_plain(markup: str) -> bool:
    """Say whether a markup is plain text, which can be cut section by section."""
    return markups.named(markup).plain is not None


def blocks(text: str, markup: str, headings: bool = False, left: Left | None = None) -> list[Block]:
    """Cut a text of a markup that is not plain text into blocks.

    Both sides of an unresolved merge conflict are read, as separate blocks. Nothing in the text
    raises an error. Raises ValueError for plain text and for an unknown markup. Cost: linear, 2 to
    5 us a line.
    """
    syntax = markups.syntax_of(markup)
    if syntax is None:
        raise ValueError(f"markup is {markup!r}, which is plain text and has no blocks")
    return syntax.blocks(without_marks(text), headings, left)


def comments(text: str, markup: str) -> list[Comment]:
    r"""Find the comments of a document, in order.

    They are ``<!-- -->`` in Markdown, MDX and HTML, ``{/* */}`` in MDX, ``.. `` in
    reStructuredText, ``//`` lines and ``////`` blocks in AsciiDoc; plain text has none. Comments in
    code, verbatim blocks and front matter are left out, and so are empty ones and those that never
    end. Raises ValueError for an unknown markup. Cost: linear, as ``paragraphs``; next to nothing
    if the text contains no mark of a comment.

    >>> comments("A `<!-- b -->` c <!-- d -->\n", "markdown")
    [Comment(start=17, end=27, text='d')]
    """
    syntax = markups.syntax_of(markup)
    return syntax.comments(without_marks(text)) if syntax else []


def branches(text: str, markup: str) -> list[Branch]:
    """Find the parts of a text that are read under a condition, in order, without overlaps.

    These are the branches of a markup's conditionals and, in plain text too, the sides of
    unresolved merge conflicts. Raises ValueError for an unknown markup. Cost: linear, or next to
    nothing if the text has neither.
    """
    syntax = markups.syntax_of(markup)
    return branches_of(text, syntax.conditionals(text) if syntax else None)


def _segment_plain(rule: ParagraphRule, document: Document) -> list[Paragraph]:
    """Cut plain text, a long one section by section."""
    if not _is_long(document):
        return [*plain.TextCutter(rule).cut(document)]
    return [*chain.from_iterable(_plain_pieces(rule, document))]


def _is_long(document: Document) -> bool:
    return len(document.text) > sections.SECTION and not isinstance(document, Section)


def _plain_pieces(rule: ParagraphRule, document: Document) -> Iterator[list[Paragraph]]:
    cutting = plain.TextCutter(rule)
    for section in sections.sections(document):
        yield [*cutting.cut(section)]


def _segment(markup: str, document: Document, headings: bool, left: Left | None) -> list[Paragraph]:
    """Cut a document of a markup into paragraphs with line numbers."""
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


def _line_feeds(text: str, start: int, end: int) -> int:
    return text.count("\n", start, end)


def _line_ends(text: str, start: int, end: int) -> int:
    r"""Count the line ends between two positions, where not all of them are ``\n``."""
    feeds, returns = text.count("\n", start, end), text.count("\r", start, end)
    return feeds + returns - text.count("\r\n", start, end)
