"""A text to its paragraphs, each with the place where it stands.

Knows: which markups there are. Does not know: how any of them is cut (a module each), files,
encodings, containers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from types import MappingProxyType

from dedup.checks import check_choice
from dedup.paragraph import Document, Paragraph
from dedup.segment import marked, plain, sections
from dedup.segment.block import Comment, Left
from dedup.segment.branches import Branch, Condition, Conflict, branches, conflicts, exclusive
from dedup.segment.marked import markup_of
from dedup.segment.sections import Section

__all__ = [
    "MARKUPS", "Branch", "Comment", "Condition", "Conflict", "Left", "Section", "Segmenter",
    "branches", "comments", "conflicts", "exclusive", "in_pieces", "markup_of", "paragraphs",
    "segmenter", "telling",
]  # fmt: skip

#: Cuts one document into paragraphs, in reading order, no two overlapping.
Segmenter = Callable[[Document], list[Paragraph]]

#: Cuts plain text, or one section of it, with places counted from its beginning.
_PLAIN: Mapping[str, Segmenter] = MappingProxyType(
    {"auto": plain.segment, "lines": plain.segment_lines, "blank": plain.segment_blocks}
)


def _segment_plain(markup: str, document: Document) -> list[Paragraph]:
    """Cut plain text, a long one section by section."""
    if not _is_long(document):
        return _PLAIN[markup](document)
    return [*chain.from_iterable(_plain_pieces(markup, document))]


def _is_long(document: Document) -> bool:
    return len(document.text) > sections.SECTION and not isinstance(document, Section)


def _plain_pieces(markup: str, document: Document) -> Iterator[list[Paragraph]]:
    for section in sections.sections(document):
        yield _PLAIN[markup](section)


#: What ``markup`` may be. A new markup is a module beside ``plain`` and a line here.
MARKUPS: Mapping[str, Segmenter] = MappingProxyType(
    {
        **{name: partial(_segment_plain, name) for name in _PLAIN},
        **{name: partial(marked.segment, name, False) for name in marked.NAMES},
    }
)


def segmenter(markup: str, headings: bool = False) -> Segmenter:
    """Look up a markup by its name. Raises ValueError, naming those there are.

    With ``headings``, those of a markup that has such are paragraphs too.
    """
    check_choice("markup", markup, MARKUPS)
    if headings and markup in marked.NAMES:
        return partial(marked.segment, markup, True)
    return MARKUPS[markup]


def telling(markup: str, headings: bool, left: Left) -> Segmenter:
    """Look up a markup as ``segmenter`` does; ``left`` is told of what is left out, by its kind."""
    if markup in marked.NAMES:
        return partial(marked.segment, markup, headings, left=left)
    return segmenter(markup, headings)


def in_pieces(document: Document, markup: str) -> Iterator[list[Paragraph]]:
    """Cut one document into paragraphs, a list of some of them at a time.

    Together they are what ``segmenter(markup)`` gives. Of plain text a list holds those of one
    section, so that a long text never has all its paragraphs in memory; of a markup there is one
    list. Raises ValueError for an unknown markup.
    """
    check_choice("markup", markup, MARKUPS)
    if markup in _PLAIN and _is_long(document):
        return _plain_pieces(markup, document)
    return iter((MARKUPS[markup](document),))


def is_plain(markup: str) -> bool:
    """Say whether a markup cuts plain text, which can be taken section by section."""
    return markup in _PLAIN


def paragraphs(
    text: str,
    markup: str = "auto",
    source: str = "",
    record: str | None = None,
    headings: bool = False,
) -> list[Paragraph]:
    r"""Cut a text into paragraphs with their places.

    ``markup`` says what parts paragraphs. In plain text: "blank" lines, the ends of "lines", or
    "auto", whichever of the two each block of lines was evidently written with. In "markdown",
    "mdx", "rst", "asciidoc" and "html": the blocks of prose, list items and quotes among them;
    code, tables of figures, front matter, comments and directives are none, and headings only with
    ``headings``. What an include or a snippet would bring is not read. ``source`` and ``record``
    stand in every place.

    For each paragraph ``text[paragraph.start:paragraph.end] == paragraph.text``, marks and tags
    included; ``paragraph.prose`` are its words without them, in plain text the same. Raises
    ValueError for an unknown markup, nothing for malformed text. Cost: linear, 1 to 2 us a
    paragraph of plain text, 2 to 5 us a line of markup.

    >>> [(each.first, each.text) for each in paragraphs("One.\n\nTwo,\nstill two.\n")]
    [(1, 'One.'), (3, 'Two,\nstill two.')]
    >>> [(each.first, each.prose) for each in paragraphs("# A\n- *One*\n- two\n", "markdown")]
    [(2, 'One'), (3, 'two')]
    """
    if not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}, not a str")
    return segmenter(markup, headings)(Document(text, source, record))


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
    check_choice("markup", markup, MARKUPS)
    return marked.comments(text, markup) if markup in marked.NAMES else []
