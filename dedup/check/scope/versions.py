"""Older versions of the documents, which nobody edits any more.

Knows: which sections of a family are versions of the same thing, and their order. Does not know:
globs, texts, which files there are.

A repetition within an older version is reported once, and only where no newer version has it too.
Paragraphs outside of all versions are compared only with the newest version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.check.config.settings import SectionGlobs
from dedup.check.files.globs import VERSION_NAME
from dedup.check.scope.isolation import Sections

_NUMBER = re.compile(r"\d+|x")
_EARLY = re.compile(r"alpha|beta|rc|dev")

#: Names of the newest version that has been released. Other names without a digit, such as "next",
#: are versions to come.
_RELEASED = ("latest", "stable")

#: The order of a version among versions of the same thing; a later version has a larger rank.
Rank = tuple[int, tuple[int, ...], int]

#: The rank of documents without a version, such as those beside the folders of older versions.
NEWEST: Rank = (3, (), 0)


class Edition(NamedTuple):
    """A version: the number of its family, what it is a version of, and its rank."""

    family: int
    of: tuple[object, ...]
    rank: Rank


def frozen(
    kinds: Sequence[Sections], families: Sequence[SectionGlobs]
) -> dict[int, tuple[Edition, ...]]:
    """Give the paragraphs that stand in older versions, with these versions.

    kinds: the sections of the file of each paragraph.
    """
    answer: dict[Sections, tuple[Edition, ...]] = {}
    distinct = set(kinds)
    for number, family in enumerate(families):
        sections = {kind[number] for kind in distinct}
        editions = _editions(number, family, {each for each in sections if each is not None})
        newest: dict[tuple[object, ...], Rank] = {}
        for each in editions.values():
            newest[each.of] = max(newest.get(each.of, each.rank), each.rank)
        for kind in distinct:
            section = kind[number]
            edition = editions.get(section) if section is not None else None
            if edition and edition.rank < newest[edition.of]:
                answer[kind] = (*answer.get(kind, ()), edition)
    return {k: answer[kind] for k, kind in enumerate(kinds) if kind in answer}


def _editions(
    number: int, family: SectionGlobs, sections: Iterable[tuple[object, ...]]
) -> dict[tuple[object, ...], Edition]:
    """Read the version of each section of a family; empty where a family has no versions."""
    every = list(sections)
    if family.versions:
        ranks = [rank_of(each) for each in family.versions]
        return {each: Edition(number, (), ranks[int(str(each[0]))]) for each in every}
    columns: dict[tuple[object, int], list[str]] = {}
    for section in every:
        for column, value in enumerate(section[1:]):
            columns.setdefault((section[0], column), []).append(str(value))
    versions = {
        place
        for place, values in columns.items()
        if all(map(VERSION_NAME.fullmatch, values))
        and any(each.isdigit() for value in values for each in value)
    }
    if not versions:
        return {}
    editions = {}
    for section in every:
        rank, rest = NEWEST, []
        for column, value in enumerate(section[1:]):
            if (section[0], column) in versions:
                rank = rank_of(str(value))
            else:
                rest.append(value)
        editions[section] = Edition(number, tuple(rest), rank)
    return editions


def rank_of(version: str) -> Rank:
    """Rank a version by its numbers; a pre-release precedes its release, names follow numbers.

    >>> sorted(["next", "10.0", "9.x", "9.1", "10.0-rc1", ""], key=rank_of)
    ['9.1', '9.x', '10.0-rc1', '10.0', 'next', '']
    """
    numbers = _NUMBER.findall(version)
    if not version:
        return NEWEST
    if not any(map(str.isdigit, numbers)):
        return (1 if version in _RELEASED else 2), (), 0
    early = _EARLY.search(version)
    head = _NUMBER.findall(version[: early.start()]) if early else numbers
    places = tuple(1 << 30 if each == "x" else int(each[:9]) for each in head)
    return 0, places, -1 if early else 0


def outdated(prints: Sequence[str], older: Mapping[int, tuple[Edition, ...]]) -> NDArray[np.bool_]:
    """Say which paragraphs of older versions have a text that a newer version has too: bool (n,).

    prints: the fingerprint of each paragraph. Cost: linear.
    """
    answer = np.zeros(len(prints), dtype=bool)
    if not older:
        return answer
    newest: dict[tuple[str, int, tuple[object, ...]], Rank] = {}
    for k, editions in older.items():
        for each in editions:
            key = prints[k], each.family, each.of
            newest[key] = max(newest.get(key, each.rank), each.rank)
    texts = {prints[k] for k in older}
    current = {prints[k] for k in range(len(prints)) if k not in older and prints[k] in texts}
    for k, editions in older.items():
        answer[k] = prints[k] in current or any(
            each.rank < newest[prints[k], each.family, each.of] for each in editions
        )
    return answer
