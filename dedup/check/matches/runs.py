"""Runs: groups that stand side by side in all their places, as a pasted block does.

Knows: positions, the file of each position, what stands between two of them. Does not know: rules,
texts, how groups are found, lines.

As in ``find``, one other paragraph may stand between two paragraphs of a run, in some places or in
all. So a paragraph that was inserted, deleted or rewritten does not split a block. Any number of
paragraphs may stand between them if they are the same in every place; they are too short to be
compared by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from dedup.check.findings.report import VARIANT
from dedup.check.matches.groups import MatchGroup


class GroupRun(NamedTuple):
    """Groups side by side, and for each place of the run its positions, in reading order."""

    groups: list[MatchGroup]
    tracks: list[list[int]]


def runs(
    groups: Sequence[MatchGroup], files: Sequence[str], prints: Sequence[str]
) -> list[GroupRun]:
    """Join groups into runs; a group that stands alone is a run of one.

    Args:
        groups: in the order of their first places.
        files: the file of each position.
        prints: the fingerprint of each position.

    Cost: linear.
    """
    owner: dict[int, int] = {}
    for number, group in enumerate(groups):
        for k in group.places:
            owner.setdefault(k, number)
    placed = sorted(owner)
    after = {k: q for k, q in pairwise(placed) if files[k] == files[q]}
    following: dict[int, tuple[int, dict[int, int]]] = {}
    met = set()
    for number, group in enumerate(groups):
        found = _next(number, groups, owner, after, prints)
        if found and found[0] not in met and _kind(group) == _kind(groups[found[0]]):
            following[number] = found
            met.add(found[0])
    return [_run(number, groups, following) for number in range(len(groups)) if number not in met]


def _kind(group: MatchGroup) -> bool:
    return VARIANT in group.rules


def _next(
    number: int,
    groups: Sequence[MatchGroup],
    owner: dict[int, int],
    after: dict[int, int],
    prints: Sequence[str],
) -> tuple[int, dict[int, int]] | None:
    """Find the group that follows a group in most places, and the position that follows each place.

    None where no group follows it in at least two places and half of the places.
    """
    places = [k for k in groups[number].places if owner[k] == number]
    steps = {k: after[k] for k in places if k in after}
    counted = Counter(owner[q] for q in steps.values() if owner[q] > number)
    if not counted:
        return None
    other, _ = min(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    steps = {k: q for k, q in steps.items() if owner[q] == other}
    k, q = min(steps.items())
    between = prints[k + 1 : q]
    steps = {k: q for k, q in steps.items() if _alike(between, prints[k + 1 : q])}
    largest = max(len(groups[number].places), len(groups[other].places))
    if len(steps) < 2 or 2 * len(steps) < largest:
        return None
    return other, steps


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether the paragraphs between two positions are the same, apart from one of them."""
    if max(len(one), len(other)) <= 1 or one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    common = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    common = min(len(one), len(other)) if common is None else common
    rest, others = one[common:], other[common:]
    if len(rest) == len(others):
        return rest[1:] == others[1:]
    return rest[1:] == others if len(rest) > len(others) else rest == others[1:]


def _run(
    number: int, groups: Sequence[MatchGroup], following: dict[int, tuple[int, dict[int, int]]]
) -> GroupRun:
    """Make the run that begins with a group."""
    members = [groups[number]]
    tracks = [[k] for k in groups[number].places]
    while number in following:
        number, steps = following[number]
        ends = {track[-1]: track for track in tracks}
        for k, q in steps.items():
            ends[k].append(q)
        reached = set(steps.values())
        tracks += [[k] for k in groups[number].places if k not in reached]
        members.append(groups[number])
    return GroupRun(members, sorted(tracks))
