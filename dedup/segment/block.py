"""What is found in a text with markup: the source of each paragraph, and comments.

Knows: where a paragraph stands and the words a reader sees there. Does not know: which markup it
came from, its line numbers, the source's name.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

#: What a segmenter passes over though a reader sees it, each block counted by what it is.
Left = Counter[str]

CODE, TABLE, FORMULA, NAVIGATION = "code block", "table", "formula", "navigation block"
OPTIONS, DIRECTIVE = "option list", "directive"


class Block(NamedTuple):
    """One paragraph of a document.

    ``text[start:end]`` is its source, markup included, with no white space at either end: what is
    reported and removed. ``prose`` is what is compared: the same words without emphasis marks,
    link targets, quote marks and tags, white space collapsed.
    """

    start: int
    end: int
    prose: str


class Comment(NamedTuple):
    """A comment that isn't empty.

    ``text[start:end]`` is its source, marks included; ``text`` is what stands between the marks,
    without white space at either end.
    """

    start: int
    end: int
    text: str
