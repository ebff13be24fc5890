"""Writing JSON a line at a time: a document whose long lists have one entry a line.

Knows: JSON. Does not know: fields, findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from dedup.reports.escapes import visible_json

Fields = dict[str, object]


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
