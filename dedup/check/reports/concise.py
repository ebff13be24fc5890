"""One line a group: the primary place as editors open it, the rule, the other places.

Knows: the line. Does not know: wording, colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.finding import VARIANT, Finding, Report
from dedup.check.reports import full, phrases, statistics
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Look

#: Other places that a line names; it counts the rest.
_MOST_PLACES = 100


def lines(report: Report, look: Look) -> Iterator[str]:
    """Write a line for each group, then the sums."""
    yield from full.unused(report)
    if not report.findings:
        yield phrases.clean(report)
        return
    shown, more = full.selected(report, look._replace(limit=look.limit or 0))
    for finding in shown:
        yield line(finding)
    if more:
        yield f"... {counted(more, 'more group')}"
    if look.statistics:
        yield from ("", *statistics.lines(report), "")
    yield from phrases.sums(report)


def line(finding: Finding) -> str:
    """Write one group: ``a.md:10:1: repeated-paragraph same as b.md:10, c.md:5 (60 words)``."""
    primary, *others = map(phrases.spot, finding.places[: _MOST_PLACES + 1])
    if len(finding.places) > _MOST_PLACES + 1:
        others.append(f"{len(finding.places) - _MOST_PLACES - 1:,} more")
    facts = ", with other facts" if finding.rule == VARIANT else ""
    return (
        f"{primary}:1: {finding.rule} {phrases.like(finding)} {', '.join(others)}{facts}"
        f" ({counted(finding.words, 'word')})"
    )
