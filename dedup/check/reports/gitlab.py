"""GitLab Code Quality: an issue for every copy, so that a merge request marks each.

Knows: the fields that GitLab reads and its levels. Does not know: where the report is uploaded.

GitLab tells issues apart by their fingerprints and takes one as new where its fingerprint is. So
they are made of rule, path and words, and a number where those are equal, never of a line: what
moves inside its file, or is wrapped anew, stays the same issue.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dedup.check.findings.report import ERROR, NOTE, WARNING, Finding, Place, Report
from dedup.check.reports import phrases
from dedup.check.reports.documents import Fields, array
from dedup.paragraph import text_of
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

_SEVERITIES = {ERROR: "major", WARNING: "minor", NOTE: "info"}


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write a JSON array, one issue on each line; ``[]`` if nothing was found."""
    del look
    return array(_issues(report))


def _issues(report: Report) -> Iterator[Fields]:
    """Make an issue of every place, except the one that the others are copies of."""
    seen: Counter[str] = Counter()
    for finding in report.findings:
        kept = finding.places[phrases.original(finding)]
        for place in finding.places:
            if place is not kept:
                content = _content(finding, place)
                seen[content] += 1
                said = _description(finding, place, kept)
                yield _issue(finding, place, said, f"{content}\0{seen[content]}")


def _issue(finding: Finding, place: Place, said: str, content: str) -> Fields:
    paragraph = place.paragraph
    return {
        "description": said,
        "check_name": finding.rule,
        "fingerprint": hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": _SEVERITIES[finding.level],
        "location": {
            "path": phrases.whole(paragraph.source),
            "lines": {"begin": paragraph.first, "end": paragraph.last},
        },
    }


def _description(finding: Finding, place: Place, kept: Place) -> str:
    """Say what a copy repeats, how many other places there are, and the note of the finding."""
    if min(place.similarity, kept.similarity) == 1.0:
        said = "same text as"
    else:
        said = f"{phrases.percent(min(place.similarity, kept.similarity))} like"
    more = len(finding.places) - 2
    others = f" and {counted(more, 'more place')}" if more else ""
    words = counted(place.words or finding.words, "word")
    note = f"; {phrases.note(finding)}" if finding.note else ""
    return phrases.whole(f"{finding.rule}: {said} {phrases.spot(kept)}{others} ({words}){note}")


def _content(finding: Finding, place: Place) -> str:
    """Give what distinguishes an issue from others: the rule, the path, the words."""
    words = " ".join(text_of(place.paragraph).split())
    return f"{finding.rule}\0{place.paragraph.source}\0{words}"
