"""Documents of JSON and XML, written line by line.

Knows: the syntax and escapes of both. Does not know: fields, elements, findings.
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
    """Write readable JSON on one line, harmless whatever a path or text contains."""
    return visible_json(json.dumps(value, ensure_ascii=False))


def array(entries: Iterable[object], before: str = "", after: str = "") -> Iterator[str]:
    """Write an array, one entry on each line, with text before and after it."""
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
    """Write a text as XML. Characters that XML can't hold become U+FFFD."""
    return html.escape(_FORBIDDEN.sub("\ufffd", text))
