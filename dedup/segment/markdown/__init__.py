r"""Markdown and MDX: what stands in such a text, and what can be taken out of it.

Knows: the markers in front of paragraphs. Does not know: blocks (``blocks``), what stands within a
line (``inline``).
"""

from __future__ import annotations

import re
from functools import partial

from dedup.segment.markdown.blocks import blocks, comments
from dedup.segment.markers import HEAD, hangs_on, markers_of, tags_of
from dedup.segment.markup import Syntax

_QUOTE = re.compile(r" {0,3}> ?")
_markers = re.compile(
    r"(?:[ \t]*+(?:>|(?:[-+*]|[0-9]{1,9}[.)]|:)(?=[ \t])|\[\^[^\]\s]{1,99}+\]:))*[ \t]*+"
).match


def _emptied(source: str, nothing: str) -> str:
    """Keep the tags of an element, or else the markers and what Markdown has for nothing."""
    return tags_of(source) or markers_of(source, _markers) + nothing


def _holds_more(first: str, last: str, below: str, blank: bool) -> bool:
    """Say whether what stands below is in the same quotes, and indented below the marker."""
    first, below = first[:HEAD], below[:HEAD]
    while found := _QUOTE.match(first):
        quoted = _QUOTE.match(below)
        if not quoted:
            return False
        first, below = first[found.end() :], below[quoted.end() :]
    return hangs_on(first, below, _markers)


MARKDOWN = Syntax(blocks, comments, partial(_emptied, nothing="<!-- -->"), _holds_more)

MDX = Syntax(
    partial(blocks, mdx=True),
    partial(comments, mdx=True),
    partial(_emptied, nothing="{/* */}"),
    _holds_more,
)
