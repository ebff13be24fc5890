"""What a markup is: its name, the names of its files, and how a text in it is read.

Knows: what there is to say about any markup. Does not know: which markups there are (``markups``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from dedup.kernel import ParagraphRule
from dedup.paragraph import Document, Paragraph
from dedup.segment.block import Block, Comment, Left
from dedup.segment.branches import Conditionals

#: Cuts one document into paragraphs, in reading order, no two overlapping.
Segmenter = Callable[[Document], list[Paragraph]]


class BlockReader(Protocol):
    """Cuts a text into paragraphs of prose, and into headings too where these are asked for.

    ``left`` counts what a reader sees and is no prose. Never raises. Cost: linear.
    """

    def __call__(self, text: str, headings: bool = ..., left: Left | None = ...) -> list[Block]:
        """Give the blocks in order."""


class HoldsMore(Protocol):
    """Says whether the marker in front of a paragraph holds what stands below it too.

    first, last: the first and the last line of the paragraph; below: the next line that isn't
    blank; blank: whether blank lines stand between.
    """

    def __call__(self, first: str, last: str, below: str, blank: bool) -> bool:
        """Say it of one paragraph."""


def _no_conditionals(text: str) -> None:
    """Read no conditions, as in a markup that has none."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a text in a markup is read, and what can be taken out of it.

    blocks, comments: what stands in a text, in order. emptied: the source of a paragraph without
    its words, so that its markers stay, with something that a reader doesn't see. holds_more: see
    ``HoldsMore``. conditionals: gives what reads the conditions of a text, None where it has none.
    """

    blocks: BlockReader
    comments: Callable[[str], list[Comment]]
    emptied: Callable[[str], str]
    holds_more: HoldsMore
    conditionals: Callable[[str], Conditionals | None] = _no_conditionals


class Tabs(Enum):
    """How a markup writes tabs, of which a reader sees one, beside the tags that all have."""

    DIRECTIVES = "directives that are indented below"
    FENCES = "fences with a name"
    TITLES = "lines of equals signs with a title"
    SECTIONS = "headings that link to a tab"
    BLOCKS = "blocks with an attribute"


@dataclass(frozen=True, slots=True)
class Markup:
    """One markup. Plain text has a rule, every other markup has a syntax.

    name: what ``markup=`` and ``--markup`` call it.
    suffixes: what the names of its files end with, in lower case and without the dot.
    plain: the rule by which plain text is cut.
    load: imports and gives the syntax; it is called when the markup is first needed, so that nobody
        waits for a markup that isn't used.
    comment: how a comment is written, with ``{}`` in place of its words; "" where there are none.
    comment_marks: what begins a comment, and what ends it. These are searched for in the first
        lines of a file, where what they stand in doesn't matter.
    comment_lines: a comment of whole lines in their place, its words as the first group.
    tabs: the notations of tabs in it.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    plain: ParagraphRule | None = None
    load: Callable[[], Syntax] | None = None
    comment: str = ""
    comment_marks: tuple[tuple[str, str], ...] = ()
    comment_lines: re.Pattern[str] | None = None
    tabs: tuple[Tabs, ...] = ()

    @property
    def syntax(self) -> Syntax | None:
        """The syntax; None for plain text."""
        return self.load() if self.load else None
