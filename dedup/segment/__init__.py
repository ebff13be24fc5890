"""A text to its paragraphs, each with the place where it stands.

Knows: which markups there are. Does not know: how any of them is cut (a module each), files,
encodings, containers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from dedup.paragraph import Document, Paragraph
from dedup.segment import plain

#: Cuts one document into paragraphs, in reading order, no two overlapping.
Segmenter = Callable[[Document], list[Paragraph]]

#: What ``markup`` may be. A new markup is a module beside ``plain`` and a line here.
MARKUPS: Mapping[str, Segmenter] = MappingProxyType(
    {
        "auto": plain.segment,
        "lines": plain.segment_lines,
        "blank": plain.segment_blocks,
    }
)


def segmenter(markup: str) -> Segmenter:
    """Look up a markup by its name. Raises ValueError, naming those there are."""
    try:
        return MARKUPS[markup]
    except KeyError:
        known = ", ".join(repr(name) for name in MARKUPS)
        raise ValueError(f"markup is {markup!r}; it must be one of {known}") from None


def paragraphs(
    text: str, markup: str = "auto", source: str = "", record: str | None = None
) -> list[Paragraph]:
    r"""Cut a text into paragraphs with their places.

    ``markup`` says what parts paragraphs: "blank" lines, the ends of "lines", or "auto", whichever
    of the two the text was evidently written with. ``source`` and ``record`` are noted in every
    place. For each paragraph ``text[paragraph.start:paragraph.end] == paragraph.text``. Cost:
    linear, 1 to 2 us a paragraph.

    >>> [(each.first, each.text) for each in paragraphs("One.\n\nTwo,\nstill two.\n")]
    [(1, 'One.'), (3, 'Two,\nstill two.')]
    """
    if not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}, not a str")
    return segmenter(markup)(Document(text, source, record))
