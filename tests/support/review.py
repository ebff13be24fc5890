"""Review pages for tests: made of texts, and read again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from dedup.paragraph import Paragraph
from dedup.reports.findings import findings
from dedup.reports.review import page
from dedup.reports.review.found import contents
from dedup.search import find

#: What strangers may write into texts, names of files and records.
HOSTILE = {
    "the end of a script": "</script><script>document.title='taken'</script>",
    "the end of a script, in capitals": "</SCRIPT ><img src=x onerror=alert(1)>",
    "a comment that opens": "<!--<script>",
    "an element": "<iframe srcdoc='x'></iframe><b onclick=alert(1)>",
    "quotes and backslashes": "\\\"'`${alert(1)}\\u003c/script>",
    "an override of direction": "abc\u202etxt.exe\u2066\u200f",
    "a NUL and other controls": "a\x00b\x1b[2Jc\x7f\x9b",
    "halves of surrogate pairs": "a\ud800b\udc00c",
    "separators of lines": "a\u2028b\u2029c",
    "names of what fills the page": "$data ${title} $$ {{data}}",
    "an entity": "&lt;script&gt;&#x3c;",
}

_DATA = re.compile(r'<script type="application/json" id="data">\n(.*?)\n</script>', re.DOTALL)


def written(texts: Sequence[str], source: str = "a.txt", record: str | None = None) -> str:
    """Write the page of what repeats in some texts, a line each."""
    return made_of([Paragraph(text, source, record, k, k) for k, text in enumerate(texts, 1)])


def made_of(paragraphs: Sequence[Paragraph]) -> str:
    """Write the page of what repeats in paragraphs."""
    found = find(paragraphs)
    shown = findings(paragraphs, found, 1, 0, 0.5, contained=found.contained)
    return "\n".join([*page.page(contents(shown)), ""])


def data_of(made: str) -> Any:
    """Read the data of a page."""
    found = _DATA.search(made)
    assert found
    return json.loads(found[1])
