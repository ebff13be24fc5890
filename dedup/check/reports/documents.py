"""Writing JSON a line at a time: a document whose long lists have one entry a line.

Knows: JSON. Does not know: fields, findings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

Fields = dict[str, object]


def dump(value: object) -> str:
    """Write JSON on one line that is readable, and valid UTF-8 whatever a path or text holds."""
    written = json.dumps(value, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, as in names that are no UTF-8
        written = json.dumps(value)
    return written


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
