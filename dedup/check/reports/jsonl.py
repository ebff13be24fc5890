"""Findings as JSON lines, for programs that read one at a time; the fields are those of ``json``.

Knows: the types of lines: "finding", "unused", and "summary" as the last one.
Does not know: the fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from dedup.check.findings.report import Report
from dedup.check.reports import json
from dedup.check.reports.documents import dump

if TYPE_CHECKING:
    from dedup.check.reports import Appearance


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write a line for each finding, and one for the summary."""
    del look
    for fields in json.findings(report):
        yield dump({"type": "finding", **fields})
    for comment in report.unused:
        yield dump({"type": "unused", **asdict(comment)})
    yield dump({"type": "summary", "version": json.VERSION, **json.summary(report)})
