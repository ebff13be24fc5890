"""The phrases about findings that all formats use: headlines, how places relate, what to do.

Knows: the wording, which two places of a finding are shown side by side, which findings come first.
Does not know: formats, colours, escapes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dedup.check.findings.report import (
    LEVELS,
    REPEATED,
    SIMILAR,
    VARIANT,
    Finding,
    Place,
    RepeatedPages,
    Report,
)
from dedup.core.similarity import rounded
from dedup.explanation import MOST_SHOWN, Stretch, stretches_of
from dedup.paragraph import text_of
from dedup.reports.wording import counted, mark, one_line, shorten, visible
from dedup.segment import markup_of, markups

#: Writes a name that strangers chose, such as a path, with the escapes of a format.
Quote = Callable[[str], str]

#: Characters that a report compares word by word in all, 1 us each: of very many similar
#: paragraphs only the first have their differing words listed.
MOST_IN_ALL = 500_000

#: The phrase for texts whose differing words are not shown.
TOO_LONG = "too long to be shown word by word"

#: The number of characters in common that are shown beside a difference.
CONTEXT = 60

#: The most characters of differences that are shown where a finding has one line.
_FEW_DIFFERENCES = 100

#: The most folders that are named.
_MOST_TREES = 6

_SURROGATES = re.compile(r"[\ud800-\udfff]")

#: The words of a comment that silences a finding below it.
_DISABLE = "dedup-disable-next"


class RuleText(NamedTuple):
    """What a rule finds, in short and in full, what to do, and how its groups are counted."""

    short: str
    full: str
    remedy: str
    name: str


#: The phrases before a line of settings.
_MEANT = "if they are meant to be alike, such as versions or translations"
_SHARED = "if its text is made to be repeated, such as a snippet"

RULE_TEXTS = {
    REPEATED: RuleText(
        "Paragraph repeated word for word",
        "The same paragraph stands in two or more places. Markup, line breaks, punctuation and "
        "case do not count.",
        "keep one copy, and link to it or include it",
        "repeated",
    ),
    SIMILAR: RuleText(
        "Paragraph repeated with small changes",
        "Two or more paragraphs say nearly the same in nearly the same words. One may be an edited "
        "copy that the other has drifted away from.",
        "keep one text, and link to it or include it",
        "similar",
    ),
    VARIANT: RuleText(
        "Paragraph repeated with other facts",
        "Two or more paragraphs are alike but for facts: a number, a version, a name.",
        "check that the facts are meant to differ",
        "variant",
    ),
}


def path(source: str) -> str:
    """Write a name so that it controls no terminal and can be written in any encoding."""
    return _SURROGATES.sub("\ufffd", visible(source))


def whole(text: str) -> str:
    """Replace halves of surrogate pairs, which UTF-8 can't hold, by U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


def spot(place: Place, quote: Quote = path) -> str:
    """Write where a place begins: ``docs/linux.md:10``."""
    return quote(f"{place.paragraph.source}:{place.paragraph.first}")


def stretch(place: Place, quote: Quote = path) -> str:
    """Write where a place stands: ``docs/linux.md:10``, or ``docs/linux.md:10-45``."""
    paragraph = place.paragraph
    last = f"-{paragraph.last}" if paragraph.last > paragraph.first else ""
    return quote(f"{paragraph.source}:{paragraph.first}{last}")


def percent(similarity: float) -> str:
    """Write a similarity for people; only equal words have 100%."""
    return f"{rounded(similarity, 2):.0%}"


def original(finding: Finding) -> int:
    """Choose the place that the primary one is compared with; give its position, 1 or more.

    If some places differ it is one that has other words than the primary place: the reference, or
    if the primary place is the reference, the first place that is not new. For files that repeat
    each other it is the second place.
    """
    places = finding.places
    others = list(range(1, len(places)))
    if finding.pages:
        return 1
    if finding.differs:
        others = [k for k in others if _apart(places[0], places[k])] or others
    kept = [k for k in others if places[k].kept]
    unchanged = [k for k in others if not places[k].changed]
    return (kept or unchanged or others)[0]


def _apart(one: Place, other: Place) -> bool:
    """Say whether the similarities show that two places of a group may have different words."""
    return min(one.similarity, other.similarity) < 1.0


def headline(finding: Finding) -> str:
    """Say what was found: ``3 copies of the same 60-word paragraph``."""
    number = len(finding.places)
    if finding.pages:
        return _editions(finding, finding.pages)
    if not finding.differs:
        return f"{counted(number, 'copy')} of the same {_what(finding)}"
    if same(finding) > 1:
        odd, which = number - same(finding), _differing(finding)
        said = (
            f"{which} differs"
            if which
            else f"{odd:,} more {'is' if odd == 1 else 'are'} {likeness(finding)}"
        )
        return f"the same {_what(finding)} in {same(finding):,} places; {said}"
    if len(finding.groups) > 1:
        return f"{len(finding.groups):,} paragraphs in {number:,} places are {likeness(finding)}"
    return f"{number:,} paragraphs are {likeness(finding)}"


def _what(finding: Finding) -> str:
    """Name what is repeated: ``60-word paragraph``, ``5 paragraphs (320 words)``."""
    number = len(finding.groups)
    if number == 1:
        return f"{finding.words:,}-word paragraph"
    return f"{number:,} paragraphs ({finding.words:,} words)"


def _differing(finding: Finding) -> str:
    """Name the place that differs from the reference; "" if there are several."""
    odd = [each for part in finding.groups for each in part.places if each.similarity < 1.0]
    return spot(odd[0]) if len(odd) == 1 else ""


def _editions(finding: Finding, pages: RepeatedPages) -> str:
    """Say how much of a file stands in others: ``12 paragraphs, 61% of b.md, stand in a.md too``.

    If some of them differ, say how many.
    """
    others = [each for each in pages.files if each != pages.about]
    named = " and ".join(map(path, others)) if len(others) < 3 else f"{len(others):,} more files"
    odd = sum(any(each.similarity < 1.0 for each in part.places) for part in finding.groups)
    differ = f"; {odd:,} of them {'differs' if odd == 1 else 'differ'}" if odd else ""
    return (
        f"{counted(len(finding.groups), 'paragraph')}, {percent(pages.share)} of "
        f"{path(pages.about)}, stand in {named} too{differ}"
    )


def sentence(finding: Finding) -> str:
    """Say what was found, and how long it is, to be written behind the place."""
    number = len(finding.places)
    if finding.pages or (finding.differs and same(finding) > 1):
        return headline(finding)
    if not finding.differs:
        return f"same {_what(finding)} in {number:,} places"
    return f"{headline(finding)} ({counted(finding.words, 'word')})"


def same(finding: Finding) -> int:
    """Count the places that have the wording of the reference."""
    return sum(place.similarity == 1.0 for place in finding.places)


def likeness(finding: Finding) -> str:
    """Say how alike the paragraphs of a group are: ``86% alike``, ``86% to 95% alike``."""
    facts = ", with other facts" if finding.rule == VARIANT else ""
    return f"{_share(finding)} alike{facts}"


def like(finding: Finding) -> str:
    """Say how the primary place is related to the others: ``same as``, ``86% like``."""
    return f"{_share(finding)} like" if finding.differs else "same as"


def similarity(finding: Finding) -> float:
    """Give a similarity of the primary place and its original, made of the places' similarities."""
    return min(finding.places[0].similarity, finding.places[original(finding)].similarity)


def _share(finding: Finding) -> str:
    """Write the similarities of the places with the reference: the lowest to the highest."""
    every = [place.similarity for place in finding.places if not place.kept]
    below = [each for each in every if each < 1.0] or every
    low, high = percent(min(below)), percent(max(below))
    return low if low == high else f"{low} to {high}"


def relation(finding: Finding, k: int, quote: Quote = path) -> str:
    """Say how place ``k`` is related to the primary one; "" if the headline says so already."""
    primary, place = finding.places[0], finding.places[k]
    if k == 0 or finding.pages:
        return ""
    if not finding.differs:
        return _layout(primary, place)
    if primary.kept or place.kept:
        together = min(primary.similarity, place.similarity)
        if together == 1.0:
            return _layout(primary, place) or "same words"
        return f"{percent(together)} alike" if len(finding.places) > 2 else ""
    kept = next((each for each in finding.places if each.kept), None)
    if kept is None:
        return ""
    if place.similarity == 1.0:
        return ""
    return f"{percent(place.similarity)} like {spot(kept, quote)}"


def _layout(primary: Place, place: Place) -> str:
    """Say how two paragraphs with the same words differ."""
    one, other = primary.paragraph, place.paragraph
    if one.text == other.text:
        return ""
    if one.text.split() == other.text.split():
        return "wrapped differently"
    if text_of(one).split() == text_of(other).split():
        return "with other markup"
    return "with other punctuation or case"


def changed(report: Report, place: Place, quote: Quote = path) -> str:
    """Say that a place is new or changed; "" if it is not."""
    if not place.changed:
        return ""
    return f"changed since {quote(report.ref)}" if report.ref else "changed"


def remarks(report: Report, finding: Finding, k: int, quote: Quote = path) -> str:
    """Describe a place: its last line, whether it changed, how it is related to the primary one.

    The last line is only given for several paragraphs in a row.
    """
    place = finding.places[k]
    paragraph = place.paragraph
    several = len(finding.groups) > 1 and paragraph.last > paragraph.first
    last = f"to line {paragraph.last:,}" if several else ""
    said = last, changed(report, place, quote), relation(finding, k, quote)
    return ", ".join(each for each in said if each)


def note(finding: Finding) -> str:
    """Give the note of a finding on one line."""
    return whole(one_line(finding.note))


def others(finding: Finding, most: int) -> str:
    """Name up to ``most`` places other than the primary one."""
    named = ", ".join(map(spot, finding.places[1 : most + 1]))
    more = len(finding.places) - 1 - most
    return f"{named} and {more:,} more" if more > 0 else named


def other(finding: Finding, k: int) -> str:
    """Say how place ``k`` is related to the primary one, even if the headline says so already."""
    return relation(finding, k) or ("the other paragraph" if finding.differs else "the same text")


def remedy(finding: Finding) -> str:
    """Say what to do, and how a comment in the markup of the primary file silences the finding."""
    markup = markup_of(finding.places[0].paragraph.source)
    comment = markups.named(markup).comment if markup else ""
    disable = comment.format(_DISABLE)
    one = len(finding.groups) == 1 and disable
    instead = f"put {disable} above it" if one else "accept it with: dedup baseline"
    if finding.pages and finding.pages.advice:
        meant = _MEANT if finding.pages.advice.startswith("isolate") else _SHARED
        return f"{RULE_TEXTS[finding.rule].remedy}; {meant}, put into dedup.toml:"
    return f"{_advice(finding)}, or {instead}"


def trees(report: Report, quote: Quote = path) -> Iterator[tuple[str, str]]:
    """Say which folders look like versions or translations, each time with a line of settings."""
    for each in report.trees:
        names = [quote(f"{name}/") if name else "the root" for name in each.folders[:_MOST_TREES]]
        more = len(each.folders) - len(names)
        rest = f" and {more:,} more" if more else ""
        joined = f"{counted(each.findings, 'group')} of {len(report.findings):,}"
        verb = "joins" if each.findings == 1 else "join"
        yield (
            f"{', '.join(names)}{rest} hold mostly the same paths, as versions and translations "
            f"do; {joined} {verb} them",
            path(each.setting),
        )


def setting(finding: Finding) -> str:
    """Give the line of settings that stops a finding; "" where there is none."""
    return path(finding.pages.advice) if finding.pages else ""


def _advice(finding: Finding) -> str:
    """Say what to do about a finding. A place that differs from several can be made like them."""
    if finding.rule == REPEATED and finding.differs and same(finding) > 1 and not finding.pages:
        which = _differing(finding) or "those that differ"
        return f"give {which} the words of the rest, or {RULE_TEXTS[finding.rule].remedy}"
    return RULE_TEXTS[finding.rule].remedy


def stretches(finding: Finding) -> tuple[Stretch, ...] | None:
    """Compare the original (old) with the primary place (new); None where they are too long.

    Cost: 0.3 ms for 60 words; see ``dedup.explanation``.
    """
    pair = finding.places[original(finding)], finding.places[0]
    texts = [text_of(place.paragraph) for place in pair]
    return next(stretches_of(texts, np.array([0]), np.array([1])))


def differing(finding: Finding) -> tuple[Stretch, ...] | None:
    """Compare the first part of a finding that differs with its original, as ``stretches`` does."""
    for part in finding.parts:
        if any(each.similarity < 1.0 for each in part.places):
            return stretches(replace(finding, places=part.places, parts=(), pages=None))
    return stretches(finding)


def most_saving(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: those that save most words first."""
    return sorted(findings, key=lambda finding: (-finding.saves, *_place(finding)))


def gravest(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: the gravest level first, and within it those that save most words."""
    return sorted(
        findings,
        key=lambda each: (LEVELS.index(each.level), -each.saves, *_place(each)),
    )


def _place(finding: Finding) -> tuple[str, int, str]:
    paragraph = finding.places[0].paragraph
    return paragraph.source, paragraph.first, finding.rule


def clean(report: Report, quote: Quote = path) -> str:
    """Say in one line that nothing was found, and what the baseline accepts."""
    looked = f"{counted(report.files, 'file')} ({_looked(report)})"
    if report.ref:
        found = f"No repeated paragraphs in what changed since {quote(report.ref)}, in {looked}"
    else:
        found = f"No {'new ' if report.accepted else ''}repeated paragraphs in {looked}"
    return f"{'; '.join([found, *_baseline(report, quote), *_left_out(report)])}."


def sums(report: Report, quote: Quote = path) -> list[str]:
    """Say how many groups were found, what was looked at, and what the baseline accepts."""
    kinds = ((rule, sum(each.rule == rule for each in report.findings)) for rule in RULE_TEXTS)
    parts = ", ".join(f"{number:,} {RULE_TEXTS[rule].name}" for rule, number in kinds if number)
    groups = f"{counted(len(report.findings), 'group')} ({parts})"
    found = f"Found {groups} in {counted(report.files, 'file')}, {_looked(report)}"
    lines = [f"{'; '.join([found, *_left_out(report)])}."]
    known = _baseline(report, quote)
    return [*lines, f"{'; '.join(known)}."] if known else lines


def _left_out(report: Report) -> list[str]:
    """Say in one clause what was not compared; nothing if all was."""
    said = ", ".join(counted(number, name) for name, number in report.left_out)
    return [f"left out: {said}"] if said else []


def _looked(report: Report) -> str:
    return f"{counted(report.paragraphs, 'paragraph')}, {_seconds(report.seconds)}"


def _baseline(report: Report, quote: Quote) -> list[str]:
    """Say how many groups the baseline accepts, and how many of its entries are stale."""
    known = []
    if report.baseline and report.accepted:
        verb = "is" if report.accepted == 1 else "are"
        known.append(
            f"{counted(report.accepted, 'known group')} {verb} in {quote(report.baseline)}"
        )
    if report.stale:
        entries = f"{counted(report.stale, 'entry')} {'is' if report.stale == 1 else 'are'} stale"
        known.append(f"{entries} (dedup baseline --prune)")
    return known


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:,.0f} s"


def affordable(findings: Iterable[Finding]) -> Iterator[tuple[Finding, bool]]:
    """Say of each finding whether its words are compared, for only so many are in one report."""
    left = MOST_IN_ALL
    for finding in findings:
        cost = _length(finding) if finding.differs else 0
        affords = cost <= min(left, MOST_SHOWN)
        left -= cost if affords else 0
        yield finding, affords


def _length(finding: Finding) -> int:
    """Count the characters of the two places that are compared word by word."""
    pair = finding.places[0], finding.places[original(finding)]
    return sum(len(text_of(place.paragraph)) for place in pair)


def wording(finding: Finding, most: int, compare: bool = True) -> str:
    """Show on one line what is repeated, or what differs with some words around it.

    Without ``compare`` only the words of the primary place are shown.
    """
    if not finding.differs or not compare:
        return shorten(one_line(shorten(excerpt(finding), most)), most)
    parts = differing(finding)
    if parts is None:
        return TOO_LONG
    return shorten(one_line("".join(text for text, _ in mark(parts, CONTEXT))), most)


def differences(finding: Finding) -> str:
    """Show only the words that differ; "" if there are none, or too many for one line."""
    parts = differing(finding) if finding.differs and not finding.pages else None
    if not parts:
        return ""
    pieces = (mark([part]) for part in parts if part.op != "same")
    said = " ".join(one_line("".join(text for text, colour in each if colour)) for each in pieces)
    return said if len(said) <= _FEW_DIFFERENCES else ""


def excerpt(finding: Finding) -> str:
    """Give the words of the primary paragraph."""
    return text_of(finding.places[0].paragraph)
