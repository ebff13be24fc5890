"""The sums that ``--statistics`` adds: by rule, by pairs of folders, and the largest groups.

Knows: how copies are added up. Does not know: formats. Lines begin with numbers, and never with
names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from dedup.check.findings.report import RULES, Part, Report
from dedup.check.reports import phrases
from dedup.reports.wording import counted

#: Folder pairs and groups that are listed.
_MOST = 10


def lines(report: Report) -> Iterator[str]:
    """Write the tables."""
    yield from _rules(report)
    yield ""
    yield from _folders(report)
    yield ""
    yield from _groups(report)


def _rules(report: Report) -> Iterator[str]:
    yield "  groups   copies     words  rule"
    for rule in RULES:
        of_rule = [each for each in report.findings if each.rule == rule]
        if of_rule:
            copies = sum(each.copies for each in of_rule)
            saved = sum(each.saves for each in of_rule)
            yield f"{len(of_rule):8,} {copies:8,} {saved:9,}  {rule}"


def _folders(report: Report) -> Iterator[str]:
    """Write which two folders have most in common: those of the primary place and of each other."""
    pairs: Counter[tuple[str, str]] = Counter()
    saved: Counter[tuple[str, str]] = Counter()
    for finding in report.findings:
        for part in finding.groups:
            for pair in _pairs(part):
                pairs[pair] += 1
                saved[pair] += part.words
    ranked = sorted(pairs, key=lambda pair: (-saved[pair], pair))
    yield "  copies     words  folders"
    for one, other in ranked[:_MOST]:
        names = one if one == other else f"{one} and {other}"
        yield f"{pairs[one, other]:8,} {saved[one, other]:9,}  {names}"
    if len(ranked) > _MOST:
        yield f"{'':8} {'':9}  and {counted(len(ranked) - _MOST, 'more pair')}"


def _pairs(part: Part) -> Iterator[tuple[str, str]]:
    folders = [_folder(place.paragraph.source) for place in part.places]
    for other in folders[1:]:
        first, second = sorted((folders[0], other))
        yield first, second


def _folder(source: str) -> str:
    return phrases.path(source.rpartition("/")[0]) or "."


def _groups(report: Report) -> Iterator[str]:
    yield "  copies     words  largest groups"
    for finding in phrases.most_saving(report.findings)[:_MOST]:
        spot = phrases.spot(finding.places[0])
        yield f"{finding.copies:8,} {finding.saves:9,}  {spot}  {finding.rule}"
