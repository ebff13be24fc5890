"""SARIF 2.1.0, as GitHub code scanning and editors read it: a result for every group.

Knows: the fields, GitHub's own rules and limits. Does not know: who uploads the report.

A pull request shows a result only if all lines of its first location are in the diff, so that is
the primary place alone, its lines and no more. The others are related locations, which are shown
only where the message links to them. Paths are URIs relative to the root of the repository.
GitHub tells results apart by a hash that it computes itself while uploading; ours stands beside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from dedup import __version__
from dedup.check.findings.report import (
    ERROR,
    NOTE,
    REPEATED,
    RULES,
    SIMILAR,
    VARIANT,
    WARNING,
    Finding,
    Place,
    Report,
)
from dedup.check.reports import phrases
from dedup.check.reports.documents import Fields, array, dump
from dedup.core.similarity import rounded
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Results that GitHub takes, and of those the ones that it shows.
MOST_RESULTS, MOST_SHOWN = 25_000, 5_000

#: Locations of a result, the primary one among them.
MOST_LOCATIONS = 1_000

#: Locations in one report, for its size: in larger ones only what messages link to is listed.
MOST_IN_ALL = 150_000

#: Places that a message links to.
_LINKED = 20

_PRECISION = {REPEATED: "very-high", SIMILAR: "high", VARIANT: "medium"}
_LEVELS = {REPEATED: ERROR, SIMILAR: WARNING, VARIANT: NOTE}
_SEVERITIES = {ERROR: "error", WARNING: "warning", NOTE: "recommendation"}
_SPECIAL = re.compile(r"[\\\[\]]")
_LINE_END = re.compile(r"\r\n|\r|\n")


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write one SARIF document, one result on each line."""
    del look
    shown = _shown(report)
    in_all = sum(min(len(each.places), MOST_LOCATIONS) for each in shown)
    most = MOST_LOCATIONS - 1 if in_all <= MOST_IN_ALL else _LINKED
    yield '{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",'
    yield f'"runs": [{{"tool": {dump({"driver": _driver()})},'
    yield '"columnKind": "unicodeCodePoints", "automationDetails": {"id": "dedup/"},'
    left_out = len(report.findings) - len(shown)
    if left_out:
        yield f'"properties": {dump({"resultsLeftOut": left_out})},'
    yield from array((_result(each, most) for each in shown), '"results": ', "}]}")


def _shown(report: Report) -> list[Finding]:
    """Choose the findings that a host accepts. If it does not show all, the gravest come first."""
    if len(report.findings) <= MOST_SHOWN:
        return list(report.findings)
    return phrases.gravest(report.findings)[:MOST_RESULTS]


def _driver() -> Fields:
    return {
        "name": "dedup",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in RULES],
    }


def _rule(rule: str) -> Fields:
    text = phrases.RULE_TEXTS[rule]
    level = _LEVELS[rule]
    return {
        "id": rule,
        "shortDescription": {"text": text.short},
        "fullDescription": {"text": text.full},
        "help": {"text": f"{text.remedy[0].upper()}{text.remedy[1:]}."},
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["documentation"],
            "precision": _PRECISION[rule],
            "problem.severity": _SEVERITIES[level],
        },
    }


def _result(finding: Finding, most: int) -> Fields:
    """Write a result with at most ``most`` related locations."""
    others = finding.places[1 : most + 1]
    return {
        "ruleId": finding.rule,
        "ruleIndex": RULES.index(finding.rule),
        "level": finding.level,
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _location(finding.places[0])}],
        "relatedLocations": [_related(finding, k, place) for k, place in enumerate(others, 1)],
        "partialFingerprints": {"dedup/paragraph/v1": finding.fingerprint},
        "properties": {
            "similarity": rounded(phrases.similarity(finding), 4),
            "words": finding.words,
            "places": len(finding.places),
            "paragraphs": len(finding.groups),
        },
    }


def _related(finding: Finding, k: int, place: Place) -> Fields:
    return {
        "id": k,
        "message": {"text": _literal(phrases.other(finding, k))},
        "physicalLocation": _location(place),
    }


def _message(finding: Finding) -> str:
    """Say what the primary place repeats, with links to the related locations."""
    places = finding.places[1 : _LINKED + 1]
    links = [f"[{_literal(phrases.spot(place))}]({k})" for k, place in enumerate(places, 1)]
    more = len(finding.places) - 1 - len(links)
    rest = f" and {counted(more, 'more place')}" if more else ""
    facts = ", with other facts" if finding.rule == VARIANT else ""
    note = f" Note: {_literal(phrases.note(finding))}." if finding.note else ""
    if finding.pages:
        return phrases.whole(
            f"{_literal(phrases.headline(finding))}: {', '.join(links)}{rest}.{note}"
        )
    share = phrases.like(finding)
    many = "paragraphs" if len(finding.groups) > 1 else "paragraph"
    what = f"{many.capitalize()} {share}" if finding.differs else f"Same {many} as"
    words = counted(finding.words, "word")
    return phrases.whole(f"{what} {', '.join(links)}{rest}{facts} ({words}).{note}")


def _literal(text: str) -> str:
    """Escape what would be read as a link or a placeholder in a message."""
    text = _SPECIAL.sub(lambda found: "\\" + found.group(), phrases.whole(text))
    return text.replace("{", "{{").replace("}", "}}")


def _location(place: Place) -> Fields:
    """Write path and region; a column counts characters, the end one is exclusive.

    The column where a paragraph begins is not known, so the region begins with the line.
    """
    paragraph = place.paragraph
    last = _LINE_END.split(paragraph.text)[-1]
    return {
        "artifactLocation": {"uri": uri(paragraph.source)},
        "region": {
            "startLine": paragraph.first,
            "startColumn": 1,
            "endLine": paragraph.last,
            "endColumn": len(last) + 1,
        },
    }


def uri(source: str) -> str:
    """Write a relative path as a URI: UTF-8, percent-encoded, slashes as they are."""
    return quote(source.encode("utf-8", "surrogateescape"), safe="/")
