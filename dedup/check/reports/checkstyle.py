"""Checkstyle XML, which many CI servers and editors read: an error for every group.

Knows: the elements and severities of Checkstyle. Does not know: how a group is worded.

An error stands at the first line of the primary place; its message names the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from dedup.check.findings.report import ERROR, NOTE, WARNING, Finding, Report
from dedup.check.reports import phrases
from dedup.check.reports.documents import quoted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

_SEVERITIES = {ERROR: "error", WARNING: "warning", NOTE: "info"}

#: Other places that a message names.
_MOST_PLACES = 20


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write one XML document, one error on each line."""
    del look
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<checkstyle version="4.3">'
    for source, findings in groupby(sorted(report.findings, key=_source), _source):
        yield f"  <file name={quoted(phrases.path(source))}>"
        yield from map(_error, findings)
        yield "  </file>"
    yield "</checkstyle>"


def _source(finding: Finding) -> str:
    return finding.places[0].paragraph.source


def _error(finding: Finding) -> str:
    line, severity = finding.places[0].paragraph.first, _SEVERITIES[finding.level]
    message = f"{phrases.sentence(finding)}: also at {phrases.others(finding, _MOST_PLACES)}"
    if finding.note:
        message += f"; {phrases.note(finding)}"
    return (
        f'    <error line="{line}" severity="{severity}" message={quoted(message)} '
        f'source="dedup.{finding.rule}"/>'
    )
