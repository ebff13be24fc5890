"""What a markup is: its name, the names of its files, and how its texts are read.

Knows: which properties every markup has. Does not know: which markups there are (``markups``).
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
    """Cuts a text into blocks of prose, and headings if these are asked for.

    ``left`` is filled with the numbers of blocks that are not prose. Never raises. Cost: linear.
    """

    def __call__(self, text: str, headings: bool = ..., left: Left | None = ...) -> list[Block]:
        """Give the blocks in order."""


class HoldsMore(Protocol):
    """Says whether the marker in front of a paragraph also holds the line below the paragraph.

    Args:
        first: the first line of the paragraph.
        last: its last line.
        below: the next line that is not blank.
        blank: whether blank lines stand between.

    """

    def __call__(self, first: str, last: str, below: str, blank: bool) -> bool:
        """Say it of one paragraph."""


def _no_conditionals(text: str) -> None:
    """Give no reader of conditions, as in a markup that has none."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How the texts of a markup are read, and how paragraphs are removed from them.

    Attributes:
        blocks: cuts a text into blocks, in order.
        comments: finds the comments of a text, in order.
        emptied: gives the source of a paragraph without its words. Its markers stay, with something
            that a reader doesn't see.
        holds_more: see ``HoldsMore``.
        conditionals: gives a reader of the conditions of a text; None if the text has none.

    """

    blocks: BlockReader
    comments: Callable[[str], list[Comment]]
    emptied: Callable[[str], str]
    holds_more: HoldsMore
    conditionals: Callable[[str], Conditionals | None] = _no_conditionals


class Tabs(Enum):
    """How a markup writes tabs, besides tags and shortcodes, which all markups may contain."""

    DIRECTIVES = "directives that are indented below"
    FENCES = "fences with a name"
    TITLES = "lines of equals signs with a title"
    SECTIONS = "headings that link to a tab"
    BLOCKS = "blocks with an attribute"


@dataclass(frozen=True, slots=True)
class Markup:
    """One markup. Plain text has a rule, every other markup has a syntax.

    Attributes:
        name: its name, for ``markup=`` and ``--markup``.
        suffixes: the suffixes of its files, in lower case and without the dot.
        plain: the rule by which plain text is cut.
        load: imports the syntax and gives it. It is called when the markup is first needed, so that
            a markup that is not used takes no time.
        comment: how a comment is written, with ``{}`` in the place of its words; "" if there are
            none.
        comment_marks: the marks that begin and end a comment. They are searched for in the first
            lines of a file, even in code.
        comment_lines: instead of marks, the pattern of a comment of whole lines; its first group
            holds the words.
        tabs: how tabs are written.

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
