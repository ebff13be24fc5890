r"""Markers in front of paragraphs: those of items, quotes, notes and terms.

Knows: how to find the markers of a paragraph, and whether the next line belongs to the same marker.
Does not know: which markers a markup has, blocks, how a paragraph is removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

#: The number of characters of a line that are searched for markers.
HEAD = 1_000

#: Matches the markers at the beginning of a line; an empty match where there is none.
Markers = Callable[[str], re.Match[str] | None]

_LINE_END = re.compile(r"[\r\n]")
_ELEMENT = re.compile(r"<([A-Za-z][A-Za-z0-9-]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*>")


def markers_of(source: str, markers: Markers) -> str:
    """Give the markers in front of a paragraph."""
    found = markers(_LINE_END.split(source[:HEAD], maxsplit=1)[0])
    return found[0] if found else ""


def tags_of(source: str) -> str:
    """Give the tags of the element of HTML that a source is, without its content; "" for none."""
    found = _ELEMENT.match(source)
    closing = f"</{found[1]}>" if found else ""
    return found[0] + closing if found and source.lower().endswith(closing.lower()) else ""


def hangs_on(row: str, below: str, markers: Markers) -> bool:
    """Say whether a line begins with a marker and the line below it is indented further."""
    return bool(markers_of(row.lstrip(), markers)) and _indent(below) > _indent(row)


def _indent(row: str) -> int:
    row = row[:HEAD].expandtabs(4)
    return len(row) - len(row.lstrip())
