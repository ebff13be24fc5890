"""A text to its paragraphs, each with the place where it stands.

Knows: how plain text and markups are told apart, how a block becomes a paragraph with its line
numbers. Does not know: which markups there are (``markups``), how any of them is cut (a module or
a folder each), files, encodings, containers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain

from dedup.kernel import ParagraphRule
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
from dedup.segment.sections import Section

__all__ = [
    "Branch", "Comment", "Condition", "Conflict", "Left", "Markup", "Section", "Segmenter",
    "Syntax", "are_cut_together", "blocks", "branches", "comments", "conflicts", "cut_together",
    "cutter", "everywhere", "exclusive", "in_pieces", "is_plain", "markup_of", "paragraphs",
    "segmenter",
]  # fmt: skip


def paragraphs(
    text: str,
    markup: str = "auto",
    source: str = "",
    record: str | None = None,
    headings: bool = False,
) -> list[Paragraph]:
    r"""Cut a text into paragraphs with their places.

    For each paragraph ``text[paragraph.start:paragraph.end] == paragraph.text``, marks and tags
    included; ``paragraph.prose`` holds its words without them, in plain text the same.

    Args:
        text: may be malformed in any way.
        markup: what parts paragraphs. In plain text: "blank" lines, the ends of "lines", or "auto",
            whichever of the two each block of lines was evidently written with. In "markdown",
            "mdx", "rst", "asciidoc" and "html": the blocks of prose, list items and quotes among
            them. Code, tables of figures, front matter, comments and directives are no prose, and
            what an include or a snippet would bring is not read.
        source: the name of the document, which stands in every place.
        record: that of the record within the document, likewise.
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
    """Give what cuts documents in a markup, by the markup's name.

    Args:
        markup: as of ``paragraphs``.
        headings: whether the headings of a markup are paragraphs too; plain text has none.
        left: counts the blocks of a markup that a reader sees and that are no prose, by their kind.

    Raises:
        ValueError: for an unknown markup, naming those there are.

    """
    found = markups.named(markup)
    if found.plain is not None:
        return partial(_segment_plain, found.plain)
    return partial(_segment, markup, headings=headings, left=left)


def in_pieces(document: Document, markup: str) -> Iterator[list[Paragraph]]:
    """Cut one document into paragraphs, a list of some of them at a time.

    Together they are what ``segmenter(markup)`` gives. Of plain text a list holds those of one
    section, so that a long text never has all its paragraphs in memory; of a markup there is one
    list. Raises ValueError for an unknown markup.
    """
    rule = markups.named(markup).plain
    if rule is not None and _is_long(document):
        return _plain_pieces(rule, document)
    return iter((segmenter(markup)(document),))


def cutter(markup: str) -> Callable[[Document], Sequence[Paragraph]]:
    """Give what cuts one document after the other as ``segmenter(markup)`` does; for one thread.

    The paragraphs of plain text that isn't long are made where they are asked for.
    """
    rule = markups.named(markup).plain
    if rule is None:
        return segmenter(markup)
    own, long = plain.TextCutter(rule).cut, segmenter(markup)
    return lambda document: long(document) if _is_long(document) else own(document)


def are_cut_together(document: Document, markup: str) -> bool:
    """Say whether a document is plain text that isn't long, nor a section of such."""
    return is_plain(markup) and not _is_long(document) and not isinstance(document, Section)


def cut_together(documents: Sequence[Document], markup: str) -> Iterator[plain.CutParagraphs]:
    """Cut plain texts that aren't long, and no sections of such, in one go, in half the time.

    Raises ValueError for a markup that isn't plain text.
    """
    rule = markups.named(markup).plain
    if rule is None:
        raise ValueError(f"markup is {markup!r}, which is no plain text")
    return plain.cut_together(documents, rule)


def is_plain(markup: str) -> bool:
    """Say whether a markup is plain text, which can be cut section by section."""
    return markups.named(markup).plain is not None


def blocks(text: str, markup: str, headings: bool = False, left: Left | None = None) -> list[Block]:
    """Cut a text in a markup that is not plain text. Never raises for what stands in the text.

    Of a merge conflict that was not settled both sides are read, apart. Raises ValueError for plain
    text and for an unknown markup. Cost: linear, 2 to 5 us a line.
    """
    syntax = markups.syntax_of(markup)
    if syntax is None:
        raise ValueError(f"markup is {markup!r}, which is plain text and has no blocks")
    return syntax.blocks(without_marks(text), headings, left)


def comments(text: str, markup: str) -> list[Comment]:
    r"""Find what a document's authors wrote for each other, in the order in which it stands.

    ``<!-- -->`` in Markdown, MDX and HTML, ``{/* */}`` in MDX, ``.. `` in reStructuredText, ``//``
    lines and ``////`` blocks in AsciiDoc; plain text has none. What stands in code, verbatim blocks
    or front matter is no comment, and neither is one that never ends or holds nothing. Raises
    ValueError for an unknown markup. Cost: linear, as ``paragraphs``; next to none where no mark of
    a comment stands in the text.

    >>> comments("A `<!-- b -->` c <!-- d -->\n", "markdown")
    [Comment(start=17, end=27, text='d')]
    """
    syntax = markups.syntax_of(markup)
    return syntax.comments(without_marks(text)) if syntax else []


def branches(text: str, markup: str) -> list[Branch]:
    """Find the parts of a text that are read under a condition, in order, none overlapping.

    Conditions are the conditionals of a markup that has such, and the sides of a merge conflict
    that was not settled, in plain text too. Raises ValueError for an unknown markup. Cost: linear,
    or next to none where the text has neither.
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
    """Cut a document in a markup, and number the lines."""
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
