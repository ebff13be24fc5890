"""Findings as JSON, for programs: one document. Fields are only ever added.

Knows: the names and the order of the fields. Does not know: how findings come about.

The document is ``{"version", "summary", "findings", "unused"}``. A finding has its places, the
primary one first. A place has the fields source, record, first and last as in ``dedup find``, with
``similarity`` (with the kept paragraph of the group), ``changed`` and ``kept``. ``changes`` are the
words that differ between the primary place (new) and the place at the position ``against`` (old),
or null if the texts are too long, or too many, to be compared word by word. Positions count from 0.
``paragraphs`` is the number of paragraphs that stand side by side in the places. If files repeat
each other it is the number of paragraphs that they have in common. Then ``pages`` has the
``files``, the file that the finding is ``about``, the ``share`` of its words, and as ``advice`` the
line of settings that stops comparing them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from dedup.check.findings.report import LEVELS, RULES, Finding, Place, Report
from dedup.check.reports import phrases
from dedup.check.reports.documents import Fields, array, dump
from dedup.core.similarity import rounded

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Goes up when a field changes its meaning or goes away.
VERSION = 1

_DIGITS = 4  # of similarities


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write all findings as one JSON document, one finding on each line."""
    del look
    yield f'{{"version": {VERSION},'
    yield f'"summary": {dump(summary(report))},'
    yield from array(findings(report), '"findings": ', ",")
    yield from array(map(asdict, report.unused), '"unused": ', "}")


def summary(report: Report) -> Fields:
    """Give the sums: what was looked at, what was found, what the baseline accepts.

    ``words`` is the number of words that would go if the copies were removed.
    """
    rules = Counter(each.rule for each in report.findings)
    levels = Counter(each.level for each in report.findings)
    return {
        "files": report.files,
        "skipped": len(report.skipped),
        "left_out": dict(report.left_out),
        "paragraphs": report.paragraphs,
        "findings": len(report.findings),
        "rules": {rule: rules[rule] for rule in RULES},
        "levels": {level: levels[level] for level in LEVELS},
        "copies": sum(each.copies for each in report.findings),
        "words": sum(each.saves for each in report.findings),
        "baseline": report.baseline,
        "accepted": report.accepted,
        "stale": report.stale,
        "trees": [each._asdict() for each in report.trees],
        "ref": report.ref,
        "seconds": round(report.seconds, 3),
    }


def findings(report: Report) -> Iterator[Fields]:
    """Give the findings one by one."""
    for each, compare in phrases.affordable(report.findings):
        yield _finding(each, compare)


def _finding(each: Finding, compare: bool) -> Fields:
    return {
        "rule": each.rule,
        "level": each.level,
        "fingerprint": each.fingerprint,
        "words": each.words,
        "note": each.note,
        "paragraphs": len(each.groups),
        "pages": _pages(each),
        "places": [_place(place) for place in each.places],
        **_changes(each, compare),
    }


def _pages(each: Finding) -> Fields | None:
    """Give the files that repeat each other, and the setting that stops comparing them."""
    if each.pages is None:
        return None
    pages = each.pages._asdict()
    return {**pages, "share": rounded(each.pages.share, _DIGITS)}


def _place(place: Place) -> Fields:
    return {
        **place.paragraph.place,
        "similarity": rounded(place.similarity, _DIGITS),
        "changed": place.changed,
        "kept": place.kept,
    }


def _changes(each: Finding, compare: bool) -> Fields:
    """List the words that differ; an empty list if all places are equal."""
    against = phrases.original(each)
    if not each.differs:
        return {"against": against, "changes": []}
    stretches = phrases.stretches(each) if compare else None
    if stretches is None:
        return {"against": against, "changes": None}
    changes = [{"old": part.old, "new": part.new} for part in stretches if part.op != "same"]
    return {"against": against, "changes": changes}
