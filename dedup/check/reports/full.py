"""The report for people: each group with its places, its wording and what to do, then the sums.

Knows: how a group is laid out, how many are shown of very many. Does not know: terminals
(``Appearance`` has the width and whether to use colours), how findings come about.

No line begins with words of a document.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from dedup.check.findings.report import ERROR, WARNING, Finding, Report
from dedup.check.reports import phrases, statistics
from dedup.core.tokens import words
from dedup.explanation import MOST_SHOWN
from dedup.paragraph import text_of
from dedup.reports.wording import counted, mark, one_line, shorten, wrap

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Up to so many groups are all shown, in the order of their places. Of more, only the few are shown
#: that save most words.
MOST_GROUPS, FEW_GROUPS = 50, 10

#: The most places of a group that are shown.
_MOST_PLACES = 10

_EXCERPT = 180  # characters
_MOST_LINES = 12  # of what differs

_BAR = "   |"
_PAINT = {ERROR: "\x1b[1;31m", WARNING: "\x1b[1;33m"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write the whole report. If nothing was found it is usually one line."""
    yield from unused(report)
    if not report.findings:
        yield phrases.clean(report)
        return
    for said, setting in phrases.trees(report):
        yield f"layout: {said}"
        if setting:
            yield "   = help: if they are, put into dedup.toml:"
            yield f"       {setting}"
        yield ""
    shown, more = selected(report, look)
    for finding in shown:
        yield from _group(report, finding, look)
        yield ""
    if more:
        yield _more(report, more)
        yield ""
    if look.statistics:
        yield from statistics.lines(report)
        yield ""
    yield from phrases.sums(report)


def selected(report: Report, look: Appearance) -> tuple[list[Finding], int]:
    """Choose the groups to show, first files that repeat each other; count the other groups."""
    every = list(report.findings)
    if look.limit is None:
        most = len(every) if len(every) <= MOST_GROUPS else FEW_GROUPS
    else:
        most = look.limit or len(every)
    if len(every) <= most:
        return sorted(every, key=lambda each: each.pages is None), 0
    return phrases.most_saving(every)[:most], len(every) - most


def unused(report: Report) -> Iterator[str]:
    """List the comments that switch nothing off."""
    for each in report.unused:
        place = f"{phrases.path(each.source)}:{each.line}"
        why = f" ({one_line(each.reason)})" if each.reason else ""
        yield phrases.whole(f"unused: {place}: {one_line(each.comment)}{why}")


def _more(report: Report, more: int) -> str:
    rest = f"... {counted(more, 'more group')}"
    if report.baseline:
        return f"{rest}. --max-findings 0 shows all"
    return f"{rest}. First time? Accept today's state with: dedup baseline"


def _group(report: Report, finding: Finding, look: Appearance) -> Iterator[str]:
    rule = _painted(finding.rule, _PAINT.get(finding.level, _BOLD), look)
    yield f"{rule}: {_headline(finding)}"
    yield from _places(report, finding, look)
    if not finding.pages:
        yield _BAR
        for line in _wording(finding, look):
            yield f"{_BAR}  {phrases.whole(line)}"
        yield _BAR
    yield from help_of(finding)


def help_of(finding: Finding) -> Iterator[str]:
    """Write the note of a finding, and what to do about it."""
    if finding.note:
        yield f"   = note: {phrases.note(finding)}"
    yield f"   = help: {phrases.remedy(finding)}"
    if setting := phrases.setting(finding):
        yield f"       {setting}"


def _headline(finding: Finding) -> str:
    """Say what was found, with the lengths of the paragraphs if they may differ."""
    said = phrases.headline(finding)
    if finding.pages or len(finding.groups) > 1 or phrases.same(finding) > 1:
        return said
    lengths = [finding.words]
    if len(finding.places) == 2:
        lengths.append(len(words(text_of(finding.places[1].paragraph))))
    return f"{said} ({' and '.join(f'{each:,}' for each in lengths)} words)"


def _places(report: Report, finding: Finding, look: Appearance) -> Iterator[str]:
    number = len(finding.places)
    shown = number if look.verbose else min(number, _MOST_PLACES)
    spots = [f"{phrases.spot(place)}:1" for place in finding.places[:shown]]
    width = min(max(map(len, spots)), look.columns // 2)
    for k, spot in enumerate(spots):
        said = phrases.remarks(report, finding, k)
        place = f"{spot:{width}}   {said}" if said else spot
        if k == 0:
            place = _painted(spot, _BOLD, look) + place[len(spot) :]
        yield f"  {'-->' if k == 0 else ':::'} {place}"
    if shown < number:
        yield f"  ... and {counted(number - shown, 'more place')}"


def _wording(finding: Finding, look: Appearance) -> Iterator[str]:
    """Show the beginning of what is repeated, or what differs with some words around it."""
    columns = look.columns - len(_BAR) - 2
    if not finding.differs:
        most = MOST_SHOWN if look.verbose else _EXCERPT
        text = one_line(shorten(phrases.excerpt(finding), most))
        yield from wrap([(text, "")], columns, look.colour)
        return
    stretches = phrases.differing(finding)
    if stretches is None:
        yield phrases.TOO_LONG
        return
    pieces = mark(stretches, 0 if look.verbose else phrases.CONTEXT)
    shown = wrap(pieces, columns, look.colour)
    yield from shown if look.verbose else islice(shown, _MOST_LINES)
    if next(shown, None) is not None:
        yield "..."


def _painted(text: str, code: str, look: Appearance) -> str:
    return f"{code}{text}{_PLAIN}" if look.colour else text
