"""Which files are never compared with each other.

Knows: sections of files, and the sets of files in which any two may be compared. Does not know:
globs, paragraphs.

Every family of globs puts a file in one of its sections or in none. Two files are compared unless
some family puts them in two different sections. So a file in no section is compared with all files.
A text that stands in two sections, and in a file outside of them, is found in all three places; if
it stands only in the two sections, it is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: The section of a file in every family; None for a family that puts it in no section.
Sections = tuple[tuple[object, ...] | None, ...]


def comparable(one: Sections, other: Sections) -> bool:
    """Say whether files with these two lists of sections are compared."""
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def sets_to_compare(kinds: Iterable[Sections]) -> list[list[Sections]]:
    """Group the kinds of files into sets in which all kinds are compared with each other.

    Any two comparable kinds stand together in some set, and no set is a part of another. Where no
    file is in a section there is one set. The order of the kinds does not matter.
    """
    distinct = sorted(set(kinds), key=repr)
    if all(len(kind) == 1 for kind in distinct):
        outside: list[Sections] = [kind for kind in distinct if kind == (None,)]
        return [[*outside, kind] for kind in distinct if kind != (None,)] or [outside]
    merged = set(distinct)
    for one in distinct:
        merged |= {_merged(one, other) for other in merged if comparable(one, other)}
    return [
        [kind for kind in distinct if _within(kind, whole)]
        for whole in sorted(merged, key=repr)
        if not any(whole != other and _within(whole, other) for other in merged)
    ]


def _merged(one: Sections, other: Sections) -> Sections:
    return tuple(a if b is None else b for a, b in zip(one, other, strict=True))


def _within(kind: Sections, whole: Sections) -> bool:
    """Say whether every section of a kind is a section of ``whole``."""
    return all(a is None or a == b for a, b in zip(kind, whole, strict=True))


def connected(kinds: Sequence[Sections]) -> list[list[int]]:
    """Part the places of one text into groups, each connected by pairs that are compared.

    kinds: the kind of each place. Returns the positions of each group. Cost: linear, and the square
    of the number of distinct kinds.
    """
    places: dict[Sections, list[int]] = {}
    for position, kind in enumerate(kinds):
        places.setdefault(kind, []).append(position)
    parts: list[list[Sections]] = []
    for kind in places:
        met = [part for part in parts if any(comparable(kind, each) for each in part)]
        apart = [part for part in parts if part not in met]
        parts = [*apart, [kind, *(each for part in met for each in part)]]
    return sorted(sorted(k for kind in part for k in places[kind]) for part in parts)
