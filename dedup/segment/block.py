"""What the markups find in a text: blocks of prose, and comments.

Knows: the values. Does not know: which markup they are from, line numbers, the name of the source.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

#: The numbers of blocks that a reader sees and that are not prose, by what they are.
Left = Counter[str]

CODE, TABLE, FORMULA, NAVIGATION = "code block", "table", "formula", "navigation block"
OPTIONS, DIRECTIVE = "option list", "directive"


class Block(NamedTuple):
    """One paragraph of a document.

    ``text[start:end]`` is its source with all markup, without white space at either end. It is
    reported and removed. ``prose`` is compared: the same words without emphasis marks, link
    targets, quote marks and tags, with single spaces.
    """

    start: int
    end: int
    prose: str


class Comment(NamedTuple):
    """A comment that is not empty.

    ``text[start:end]`` is its source with the marks. ``text`` is what stands between the marks,
    without white space at either end.
    """

    start: int
    end: int
    text: str
