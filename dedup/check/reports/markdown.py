"""GitHub-flavoured Markdown, for a comment on a pull request or the summary of a job.

Knows: how a group is laid out, how to escape a stranger's text, and how much fits. Does not know:
which program posts it.

Paths and words stand in code only, where nothing is a mention, a link or HTML. Groups come with
the gravest and largest first, so that what does not fit matters least.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.findings.report import Finding, Report
from dedup.check.reports import phrases
from dedup.reports.wording import counted, wrap

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Bytes of a comment: GitHub takes 65,536 characters.
MOST_COMMENT = 65_000

_MOST_PLACES = 20
_WORDING = 600  # characters that are shown of a paragraph or of what differs
_COLUMNS = 100
_ROOM = 400  # bytes kept free for the last lines

_TICKS = re.compile(r"`+")


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write a comment."""
    del look
    return document(report, MOST_COMMENT)


def document(report: Report, most: int) -> Iterator[str]:
    """Write a document of at most ``most`` bytes; groups that do not fit are counted at the end.

    The first line is a mark by which a bot recognises its comment.
    """
    head = ["<!-- dedup -->", f"### {_title(report)}", "", *_sums(report)]
    yield from head
    room = most - _ROOM - _bytes(head)
    ranked = phrases.gravest(report.findings)
    for number, finding in enumerate(ranked):
        group = ["", *_group(report, finding)]
        room -= _bytes(group)
        if room < 0:
            yield from ("", f"... and {counted(len(ranked) - number, 'more group')}.")
            return
        yield from group


def _bytes(lines: list[str]) -> int:
    return sum(len(line.encode()) + 1 for line in lines)


def _title(report: Report) -> str:
    if not report.findings:
        return "dedup: no repeated paragraphs"
    return f"dedup: {counted(len(report.findings), 'group')} of repeated paragraphs"


def _sums(report: Report) -> list[str]:
    if not report.findings:
        return [phrases.clean(report, code)]
    said = []
    for trees, setting in phrases.trees(report, code):
        said += ["", f"{trees}{f': {code(setting)} settles it' if setting else ''}."]
    return [*phrases.sums(report, code), *said]


def _group(report: Report, finding: Finding) -> Iterator[str]:
    yield f"**{finding.rule}** ({finding.level}): {phrases.sentence(finding)}"
    yield ""
    for k, place in enumerate(finding.places[:_MOST_PLACES]):
        remarks = phrases.remarks(report, finding, k, code)
        yield f"- {phrases.spot(place, code)}{f': {remarks}' if remarks else ''}"
    if len(finding.places) > _MOST_PLACES:
        yield f"- and {counted(len(finding.places) - _MOST_PLACES, 'more place')}"
    yield ""
    if finding.pages:
        if setting := phrases.setting(finding):
            yield f"To settle it, if they are meant to be alike: {code(setting)}"
    else:
        yield from _fenced(phrases.wording(finding, _WORDING))
    if finding.note:
        yield from ("", f"Note: {code(phrases.note(finding))}")


def code(text: str) -> str:
    """Write a text as a code span, in as many backticks as it needs."""
    text = phrases.path(text) or "\ufffd"
    ticks = "`" * (_longest(text) + 1)
    space = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _fenced(text: str) -> Iterator[str]:
    """Write a text as a block of code, wrapped."""
    fence = "`" * max(3, _longest(text) + 1)
    yield f"{fence}text"
    yield from wrap([(phrases.path(text), "")], _COLUMNS, colour=False)
    yield fence


def _longest(text: str) -> int:
    """Count the backticks of the longest run of them."""
    return max((len(ticks) for ticks in _TICKS.findall(text)), default=0)
