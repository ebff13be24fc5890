"""One finding in full: every place, and all words that differ, paragraph by paragraph.

Knows: how people name a finding, how all of it is laid out. Does not know: colour codes, the
phrases about a finding (``phrases``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from dedup.check.findings.report import Finding, Part, Report
from dedup.check.reports import full, phrases
from dedup.paragraph import text_of
from dedup.reports.wording import mark, one_line, wrap

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Digits of a fingerprint that name a finding.
LEAST_DIGITS = 6


def named(report: Report, name: str) -> list[Finding]:
    """Find findings by a place, ``docs/a.md:10``, by a file, or by digits of a fingerprint."""
    path, _, line = name.rpartition(":")
    if not (path and line.isdecimal() and len(line) < 10):
        path, line = name, ""
    path = path.removeprefix("./")
    number = int(line) if line else None
    return [
        each
        for each in report.findings
        if (len(name) >= LEAST_DIGITS and each.fingerprint.startswith(name))
        or any(_stands(part, path, number) for part in each.groups)
    ]


def _stands(part: Part, path: str, line: int | None) -> bool:
    """Say whether a paragraph stands in a line of a file, or anywhere in it."""
    return any(
        each.paragraph.source == path
        and (line is None or each.paragraph.first <= line <= each.paragraph.last)
        for each in part.places
    )


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write each finding of a report in full."""
    for finding in report.findings:
        yield f"{finding.rule}: {phrases.headline(finding)}"
        yield f"  fingerprint {finding.fingerprint}"
        for part in finding.groups:
            yield ""
            yield from _part(report, replace(finding, parts=(), pages=None, places=part.places),
                             part, look)  # fmt: skip
        yield ""
        yield from full.help_of(finding)
        yield ""


def _part(report: Report, finding: Finding, part: Part, look: Appearance) -> Iterator[str]:
    """Write the places of a paragraph, its words, and the words that differ in each place."""
    kept = next((each for each in part.places if each.kept), part.places[-1])
    for k, place in enumerate(part.places):
        remarks = phrases.changed(report, place)
        alike = f"{phrases.percent(place.similarity)} alike" if place.similarity < 1.0 else ""
        said = ", ".join(each for each in (alike, remarks) if each)
        yield f"  {phrases.stretch(place)}{f'   {said}' if said else ''}"
        if place.similarity < 1.0:
            pair = replace(finding, places=(part.places[k], kept))
            stretches = phrases.stretches(pair)
            pieces = mark(stretches) if stretches else [(phrases.TOO_LONG, "")]
            yield from _quoted(pieces, look)
    if not finding.differs:
        yield from _quoted([(one_line(text_of(kept.paragraph)), "")], look)


def _quoted(pieces: list[tuple[str, str]], look: Appearance) -> Iterator[str]:
    for line in wrap(pieces, look.columns - 5, look.colour):
        yield f"   |  {phrases.whole(line)}"
