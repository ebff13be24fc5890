"""The review page of a check: findings to look at and accept; the page then gives the baseline.

Knows: how findings of a check become those of a page. Does not know: the page itself, the form of a
baseline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from dedup.check.config.settings import BASELINE
from dedup.check.findings import baseline
from dedup.check.findings.report import VARIANT, Finding, Part, Place, Report
from dedup.check.matches.copies import words_of
from dedup.check.reports import full, phrases
from dedup.found import Kind
from dedup.paragraph import text_of
from dedup.reports.review import contents, page
from dedup.reports.wording import counted

if TYPE_CHECKING:
    from dedup.check.reports import Appearance

#: Entries of a baseline that a page holds, so that it can give a new one; 8 MB.
MOST_ENTRIES = 50_000

#: Findings whose texts are fingerprinted together.
_BATCH = 500

#: Changed places that are named.
_MOST_CHANGED = 5


def lines(report: Report, look: Appearance) -> Iterator[str]:
    """Write the page."""
    del look
    sums = phrases.sums(report) if report.findings else [phrases.clean(report)]
    yield from page.page(
        contents.ReviewContents(
            "What the check found",
            [*sums, *full.unused(report), *_advice(report)],
            _findings(report),
            _sorts(report),
            baseline=_baseline(report) if _fits(report) else None,
        )
    )


def _advice(report: Report) -> list[str]:
    """Say how to accept findings, on the page or in another way."""
    if not report.findings:
        return []
    if not _fits(report):
        return ["The baseline is too large for this page to write it anew: use dedup baseline."]
    name = phrases.path(report.baseline or BASELINE)
    return [f"Tick what may stay, download the baseline, and put it in the place of {name}."]


def _fits(report: Report) -> bool:
    """Say whether the page can hold the entries of the baseline."""
    return len(report.entries) <= MOST_ENTRIES


def _sorts(report: Report) -> dict[str, contents.FindingSort]:
    rules = [each.rule for each in report.findings]
    return {
        rule: contents.FindingSort(said.name.capitalize(), said.full, rules.count(rule))
        for rule, said in phrases.RULE_TEXTS.items()
    }


def _baseline(report: Report) -> contents.Baseline:
    name = os.path.basename(report.baseline or "") or BASELINE
    return contents.Baseline(name, *baseline.frame(), _acceptances(report.entries))


def _acceptances(
    entries: Mapping[baseline.Key, baseline.Entry],
) -> list[contents.Acceptance]:
    return [
        contents.Acceptance(
            baseline.name_of(key), entry.copies, _whole(baseline.line_of(key, entry))
        )
        for key, entry in entries.items()
    ]


def _whole(line: str) -> str:
    """Write halves of surrogate pairs as JSON does, because no file can hold them."""
    return line.encode("utf-8", "backslashreplace").decode()


def _findings(report: Report) -> Iterator[contents.ReviewFinding]:
    """Make the findings of the page, those that save most words first."""
    every = phrases.most_saving(report.findings)
    for at in range(0, len(every), _BATCH):
        some = every[at : at + _BATCH]
        texts = [
            text_of(place.paragraph)
            for each in some
            for part in each.groups
            for place in part.places
        ]
        known = words_of(texts)
        begin = 0
        for finding in some:
            entries: dict[baseline.Key, baseline.Entry] = {}
            for part in finding.groups:
                places = range(begin, begin + len(part.places))
                more = baseline.accepting_group(sorted(part.rules), places, texts, known)
                entries = baseline.merged(entries, more)
                begin = places.stop
            yield _finding(report, finding, _acceptances(entries))


def _finding(
    report: Report, finding: Finding, accepts: Sequence[contents.Acceptance]
) -> contents.ReviewFinding:
    pairs = [*islice(_pairs(finding), contents.MOST_PAIRS)]
    return contents.ReviewFinding(
        finding.rule,
        phrases.spot(finding.places[0]),
        phrases.headline(finding),
        finding.saves,
        pairs,
        finding.copies - len(pairs),
        finding.level,
        "; ".join(each for each in (phrases.note(finding), _changed(report, finding)) if each),
        accepts,
    )


def _pairs(finding: Finding) -> Iterator[contents.Pair]:
    """Pair each place with the reference, paragraph by paragraph."""
    for part in finding.groups:
        places = part.places
        kept = next((k for k, each in enumerate(places) if each.kept), min(1, len(places) - 1))
        for k, place in enumerate(places):
            if k != kept:
                yield _pair(part, places[kept], place)


def _pair(part: Part, kept: Place, place: Place) -> contents.Pair:
    similarity = min(kept.similarity, place.similarity)
    kind = Kind.VARIANT if VARIANT in part.rules else Kind.NEAR
    kind = Kind.EXACT if similarity == 1.0 else kind
    return contents.Pair(kept.paragraph, place.paragraph, similarity, kind)


def _changed(report: Report, finding: Finding) -> str:
    """Name the places that are new or changed."""
    places = [each for each in finding.places if each.changed]
    if not places:
        return ""
    named = ", ".join(phrases.spot(each) for each in places[:_MOST_CHANGED])
    more = len(places) - _MOST_CHANGED
    rest = f" and {counted(more, 'more place')}" if more > 0 else ""
    return f"{phrases.changed(report, places[0])}: {named}{rest}"
