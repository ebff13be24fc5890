"""Joins the matches of all rules into groups, so that each paragraph is reported once.

Knows: how matches of equal and of similar paragraphs become one group. Does not know: how matches
are found, files, the baseline.

Equal paragraphs and the paragraphs similar to them are one group, around the wording that most
places have. A paragraph may be similar to those of two groups. If it then stands in several places,
the second group names only one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dedup.check.findings.report import REPEATED, SIMILAR, VARIANT
from dedup.check.matches.copies import RuleMatch


class MatchGroup(NamedTuple):
    """Positions of equal and similar paragraphs.

    Attributes:
        rules: the rules of the matches that the group is made of, each with a note for the report.
        centre: the first place of the reference, which is the wording that most places have.
        places: all positions, in rising order, with their similarity to the reference.

    """

    rules: dict[str, str]
    centre: int
    places: dict[int, float]


def grouped(matches: Iterable[tuple[RuleMatch, str]], prints: Sequence[str]) -> list[MatchGroup]:
    """Join matches, each given with a note, into groups, in the order of their first places.

    prints: the fingerprint of each paragraph. Cost: linear, apart from sorting.
    """
    every = [*matches]
    repeated = [pair for pair in every if pair[0].rule == REPEATED]
    holder = {k: number for number, (match, _) in enumerate(repeated) for k in match.places}
    like = [pair for pair in every if pair[0].rule == SIMILAR]
    like.sort(key=lambda pair: (-_weight(pair[0], prints), min(pair[0].places)))
    listed: set[int] = set()
    taken: set[int] = set()
    groups = []
    for match, note in like:
        group = _once(match, note, listed, prints)
        for number in sorted({holder[k] for k in group.places if k in holder} - taken):
            taken.add(number)
            group = _with(group, *repeated[number])
        listed |= _several(group, prints)
        groups.append(group)
    for number, (match, note) in enumerate(repeated):
        if number not in taken:
            groups.append(MatchGroup({REPEATED: note}, min(match.centres), match.places))
            listed |= match.places.keys()
    for match, note in (pair for pair in every if pair[0].rule == VARIANT):
        groups.append(_once(match, note, listed, prints))
        listed |= _several(groups[-1], prints)
    return sorted(groups, key=lambda each: min(each.places))


def _weight(match: RuleMatch, prints: Sequence[str]) -> int:
    """Count the places of the reference."""
    centre = prints[min(match.centres)]
    return sum(prints[k] == centre for k in match.places)


def _once(match: RuleMatch, note: str, listed: set[int], prints: Sequence[str]) -> MatchGroup:
    """Make a group of a match, with one place of each text that another group lists in full."""
    centre = min(match.centres)
    kept: dict[str, int] = {}
    if centre in listed:
        kept[prints[centre]] = centre
    places = {
        k: similarity
        for k, similarity in match.places.items()
        if k not in listed or kept.setdefault(prints[k], k) == k
    }
    return MatchGroup({match.rule: note}, centre, places)


def _with(group: MatchGroup, match: RuleMatch, note: str) -> MatchGroup:
    """Add the places of equal paragraphs, of which the group has at least one."""
    similarity = next(group.places[k] for k in match.places if k in group.places)
    places = {**dict.fromkeys(match.places, similarity), **group.places}
    return MatchGroup({**group.rules, REPEATED: note}, group.centre, dict(sorted(places.items())))


def _several(group: MatchGroup, prints: Sequence[str]) -> set[int]:
    """List the places of a group whose text stands in several places of it."""
    places: dict[str, list[int]] = {}
    for k in group.places:
        places.setdefault(prints[k], []).append(k)
    return {k for every in places.values() if len(every) > 1 for k in every}
