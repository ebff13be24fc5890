r"""AsciiDoc: what stands in such a text, and what can be taken out of it.

Knows: the markers in front of paragraphs. Does not know: blocks (``blocks``), what stands within a
line (``inline``), conditions (``conditionals``).
"""

from __future__ import annotations

import re

from dedup.segment.asciidoc.blocks import blocks, comments
from dedup.segment.asciidoc.conditionals import conditionals
from dedup.segment.markers import HEAD, markers_of
from dedup.segment.markup import Syntax

_markers = re.compile(
    r"(?:(?:\*{1,6}|-|\.{1,6}|[0-9]{1,9}\.|[A-Za-z]\.|[ivxIVX]{1,9}\)|<(?:[0-9]{1,9}|\.)>|•)[ \t]++"
    r"(?:\[[ xX*]\][ \t]++)?|(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]++"
    r"|(?!//)\S.*?(?:::{1,3}|;;)[ \t]++)?"
).match
_TERM_END = re.compile(r"(?:::{1,3}|;;)\Z")

#: Is shown as nothing.
_NOTHING = "{empty}"


def _emptied(source: str) -> str:
    """Keep the markers, and those behind a term that stands on its own."""
    found = markers_of(source, _markers)
    if not found and (end := _TERM_END.search(source)):
        return _NOTHING + end[0]
    return found + _NOTHING


def _holds_more(first: str, last: str, below: str, blank: bool) -> bool:
    """Say whether a plus sign follows, which attaches the next block to an item."""
    return not blank and below[:HEAD].strip() == "+"


ASCIIDOC = Syntax(blocks, comments, _emptied, _holds_more, conditionals)
