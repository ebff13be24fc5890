"""Writing JSON a line at a time, with one entry of a long list a line; texts as XML holds them.

Knows: JSON, XML. Does not know: fields, elements, findings.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator

from dedup.reports.escapes import visible_json

Fields = dict[str, object]

# What XML 1.0 has no way to write, not even as a reference, and what reorders the text around it.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufffe\uffff]"
)


def dump(value: object) -> str:
    """Write JSON on one line that is readable, and harmless whatever a path or text holds."""
    return visible_json(json.dumps(value, ensure_ascii=False))


def array(entries: Iterable[object], before: str = "", after: str = "") -> Iterator[str]:
    """Write an array with an entry a line, and what stands before and after it."""
    line = f"{before}["
    mark = ""
    for entry in entries:
        yield line + mark
        line, mark = f"  {dump(entry)}", ","
    if mark:
        yield line
        line = ""
    yield f"{line}]{after}"


def quoted(text: str) -> str:
    """Write the value of an XML attribute."""
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """Write a text as XML; what XML can't hold is shown as U+FFFD."""
    return html.escape(_FORBIDDEN.sub("\ufffd", text))
