r"""reStructuredText: what stands in such a text, and what can be taken out of it.

Knows: the markers in front of paragraphs. Does not know: blocks (``blocks``), what stands within a
line (``inline``), conditions (``conditionals``).
"""

from __future__ import annotations

import re

from dedup.segment.markers import HEAD, hangs_on, markers_of
from dedup.segment.markup import Syntax
from dedup.segment.rst.blocks import blocks, comments
from dedup.segment.rst.conditionals import conditionals

_markers = re.compile(
    r"(?:(?:[-*+•‣⁃]|\(?(?:[0-9]{1,9}|[A-Za-z]|[ivxlcdmIVXLCDM]{1,9}|\#)[.)])[ \t]++)*"
    r"(?:\.\.[ \t]++(?:\[[^\]]*+\]|(?:version[a-z]{1,9}|deprecated)::[ \t]++\S++|[\w:.+-]*?::)"
    r"[ \t]*+"
    r"|:(?![:\s])(?:[^:\\]++|\\.|:(?![\s`]|$))+:[ \t]++"
    r"|\|[ \t]++)?"
).match

#: Says at the end of a paragraph that a literal block follows.
_LITERAL = "::"


def _emptied(source: str) -> str:
    """Keep the markers, and an empty comment or the mark of a literal block."""
    nothing = _LITERAL if source.endswith(_LITERAL) else ".."
    return markers_of(source, _markers) + nothing


def _holds_more(first: str, last: str, below: str, blank: bool) -> bool:
    """Say whether a literal block follows, or what is indented below the marker."""
    if last.rstrip().endswith(_LITERAL):
        return True
    return hangs_on(first[:HEAD], below[:HEAD], _markers)


RST = Syntax(blocks, comments, _emptied, _holds_more, conditionals)
