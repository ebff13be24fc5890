"""Findings as CSV, for spreadsheets and data frames: a row for every place.

Knows: the columns. Does not know: which program reads them.

The rows of a finding have one fingerprint; the first is the primary place. A text that a
spreadsheet would take for a formula has an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.findings.report import Report
from dedup.check.reports import phrases
from dedup.core.similarity import rounded

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

COLUMNS = (
    "fingerprint", "rule", "level", "source", "first", "last", "similarity", "kept", "changed",
    "words", "paragraphs", "note",
)  # fmt: skip

#: What a cell begins with that a spreadsheet takes for a formula.
_FORMULA = ("=", "+", "-", "@")


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write the names of the columns, then a row for each place of each finding."""
    del look
    yield _row(COLUMNS)
    for finding in report.findings:
        for place in finding.places:
            paragraph = place.paragraph
            yield _row(
                (
                    finding.fingerprint, finding.rule, finding.level, paragraph.source,
                    paragraph.first, paragraph.last, rounded(place.similarity, 4),
                    "yes" if place.kept else "no", "yes" if place.changed else "no",
                    place.words or finding.words, len(finding.groups), finding.note,
                )
            )  # fmt: skip


def _row(cells: tuple[object, ...]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow([_cell(each) for each in cells])
    return written.getvalue()


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = phrases.path(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
