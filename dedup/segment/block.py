"""A stretch of prose as a segmenter finds it.

Knows: where the stretch stands and the words a reader sees there. Does not know: which markup it
came from, its line numbers, the source's name.
"""

from __future__ import annotations

from typing import NamedTuple


class Block(NamedTuple):
    """One paragraph of a document.

    ``text[start:end]`` is its source, markup included, with no white space at either end: what is
    reported and removed. ``prose`` is what is compared: the same words without emphasis marks,
    link targets, quote marks and tags, white space collapsed.
    """

    start: int
    end: int
    prose: str
