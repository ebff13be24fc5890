"""One line for each group: the primary place as editors open it, the rule, the other places.

Knows: how the line is made. Does not know: wording, colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.findings.report import VARIANT, Finding, Report
from dedup.check.reports import full, phrases, statistics
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Other places that a line names; it counts the rest.
_MOST_PLACES = 100


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write a line for each group, then the sums."""
    yield from full.unused(report)
    if not report.findings:
        yield phrases.clean(report)
        return
    shown, more = full.selected(report, look._replace(limit=look.limit or 0))
    for finding, compare in phrases.affordable(shown):
        yield line(finding, compare)
    if more:
        yield f"... {counted(more, 'more group')}"
    if look.statistics:
        yield from ("", *statistics.lines(report), "")
    yield from phrases.sums(report)


def line(finding: Finding, compare: bool = True) -> str:
    """Write one group: ``a.md:10:1: repeated-paragraph same as b.md:10, c.md:5 (60 words)``.

    If only a few words differ they follow, unless too much would have to be compared.
    """
    primary, *others = map(phrases.spot, finding.places[: _MOST_PLACES + 1])
    if len(finding.places) > _MOST_PLACES + 1:
        others.append(f"{len(finding.places) - _MOST_PLACES - 1:,} more")
    if finding.pages:
        return f"{primary}:1: {finding.rule} {phrases.headline(finding)}"
    facts = ", with other facts" if finding.rule == VARIANT else ""
    number = len(finding.groups)
    many = f"{counted(number, 'paragraph')}, " if number > 1 else ""
    differences = phrases.differences(finding) if compare else ""
    return phrases.whole(
        f"{primary}:1: {finding.rule} {phrases.like(finding)} {', '.join(others)}{facts}"
        f" ({many}{counted(finding.words, 'word')}){f': {differences}' if differences else ''}"
    )
