"""JUnit XML: a suite for every file with findings, a failed case for every group.

Knows: the grammar that Jenkins and Surefire share. Does not know: which levels fail a build (every
finding is a failure here; leave rules out of the check to leave them out of the report).

Cases have no line of their own in that grammar, so the message and the text of the failure say
where. Names inside a suite are unique: some readers take only the first of equal ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from dedup.check.findings.report import Finding, Report
from dedup.check.reports import phrases
from dedup.check.reports.documents import escaped, quoted
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

_PACKAGE = "org.dedup"

#: Places that the text of a failure lists.
_MOST_PLACES = 100

_WORDING = 600  # characters that are shown of a paragraph or of what differs


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write one XML document; if nothing was found it has a single case, which passes."""
    del look
    number = len(report.findings)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    sums = f'tests="{number or 1}" failures="{number}" errors="0" time="{report.seconds:.3f}"'
    yield f'<testsuites name="dedup" {sums}>'
    by_file = phrases.affordable(sorted(report.findings, key=_source))
    for source, group in groupby(by_file, key=lambda pair: _source(pair[0])):
        yield from _suite(report, source, list(group))
    if not number:
        yield from _passed(report)
    yield "</testsuites>"


def _source(finding: Finding) -> str:
    return finding.places[0].paragraph.source


def _passed(report: Report) -> Iterator[str]:
    yield f'  <testsuite name="dedup" package="{_PACKAGE}" tests="1" failures="0" errors="0">'
    name = f"{_PACKAGE}: {counted(report.files, 'file')} without repeated paragraphs"
    yield f'    <testcase name={quoted(name)} classname="dedup"/>'
    yield "  </testsuite>"


def _suite(report: Report, source: str, findings: list[tuple[Finding, bool]]) -> Iterator[str]:
    number = f'tests="{len(findings)}" failures="{len(findings)}" errors="0"'
    yield f'  <testsuite name={quoted(phrases.path(source))} package="{_PACKAGE}" {number}>'
    seen: Counter[str] = Counter()
    for finding, compare in findings:
        seen[finding.rule] += 1
        yield from _case(report, finding, seen[finding.rule], compare)
    yield "  </testsuite>"


def _case(report: Report, finding: Finding, number: int, compare: bool) -> Iterator[str]:
    folder, slash, name = phrases.path(_source(finding)).rpartition("/")
    stem = name.rpartition(".")[0] or name
    again = f" ({number})" if number > 1 else ""
    title = f"{_PACKAGE}.{finding.rule}{again}"
    yield f"    <testcase name={quoted(title)} classname={quoted(folder + slash + stem)}>"
    message = f"{phrases.spot(finding.places[0])}: {phrases.sentence(finding)}"
    yield f'      <failure type="{finding.level}" message={quoted(message)}>'
    yield from map(escaped, _body(report, finding, compare))
    yield "      </failure>"
    yield "    </testcase>"


def _body(report: Report, finding: Finding, compare: bool) -> Iterator[str]:
    """Write the text of a failure: the places, what differs, the note."""
    for k, place in enumerate(finding.places[:_MOST_PLACES]):
        remarks = phrases.remarks(report, finding, k)
        yield f"{phrases.spot(place)}{f' ({remarks})' if remarks else ''}"
    if len(finding.places) > _MOST_PLACES:
        yield f"and {counted(len(finding.places) - _MOST_PLACES, 'more place')}"
    if finding.pages:
        yield phrases.setting(finding)
    else:
        yield phrases.wording(finding, _WORDING, compare)
    if finding.note:
        yield phrases.note(finding)
