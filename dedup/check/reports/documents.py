"""Writing JSON a line at a time: a document whose long lists have one entry a line.

Knows: JSON. Does not know: fields, findings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

Fields = dict[str, object]

# What a terminal would obey, what some readers take for a line's end, and halves of surrogate
# pairs, as in names that are no UTF-8. In JSON they stand in strings only.
_UNWANTED = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def dump(value: object) -> str:
    """Write JSON on one line that is readable, and harmless whatever a path or text holds."""
    written = json.dumps(value, ensure_ascii=False)
    return _UNWANTED.sub(lambda found: f"\\u{ord(found.group()):04x}", written)


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
