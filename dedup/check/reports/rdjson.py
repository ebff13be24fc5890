"""Reviewdog's diagnostic format (rdjson): a diagnostic for every group, the other places related.

Knows: its fields and levels. Does not know: reviewdog's options.

Columns are left out on both ends of a range, so that it means whole lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.findings.report import ERROR, LEVELS, NOTE, WARNING, Finding, Place, Report
from dedup.check.reports import phrases
from dedup.check.reports.documents import Fields, array

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

_SEVERITIES = {ERROR: "ERROR", WARNING: "WARNING", NOTE: "INFO"}

#: Related places that a diagnostic lists; its message counts the others.
_MOST_PLACES = 100


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write one JSON document, one diagnostic on each line."""
    del look
    yield '{"source": {"name": "dedup"},'
    if report.findings:
        level = min((each.level for each in report.findings), key=LEVELS.index)
        yield f'"severity": "{_SEVERITIES[level]}",'
    yield from array(map(_diagnostic, report.findings), '"diagnostics": ', "}")


def _diagnostic(finding: Finding) -> Fields:
    others = finding.places[1 : _MOST_PLACES + 1]
    return {
        "message": _message(finding),
        "location": _location(finding.places[0]),
        "severity": _SEVERITIES[finding.level],
        "code": {"value": finding.rule},
        "related_locations": [
            {
                "message": phrases.other(finding, k),
                "location": _location(place),
            }
            for k, place in enumerate(others, 1)
        ],
    }


def _message(finding: Finding) -> str:
    """Say what was found and in which other places, for programs that show no related places."""
    note = f"; {phrases.note(finding)}" if finding.note else ""
    return phrases.whole(f"{phrases.sentence(finding)}: also at {phrases.others(finding, 3)}{note}")


def _location(place: Place) -> Fields:
    paragraph = place.paragraph
    lines = {"start": {"line": paragraph.first}, "end": {"line": paragraph.last}}
    return {"path": phrases.whole(paragraph.source), "range": lines}
