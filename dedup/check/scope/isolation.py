"""Which files are never compared with each other.

Knows: sections of files, and the sets of files in which any two may be compared. Does not know:
globs, paragraphs.

The rule: every family of globs puts a file in a section or in none. Two files are comparable unless
some family has put them in two different sections. So a file in no section is compared with all,
and a text that stands in two sections and once outside is found with all three places, while the
same text in the two sections alone is not found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: A file's section in every family; None where it is in none.
Sections = tuple[tuple[object, ...] | None, ...]


def comparable(one: Sections, other: Sections) -> bool:
    """Say whether files of two kinds are compared."""
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def sets_to_compare(kinds: Iterable[Sections]) -> list[list[Sections]]:
    """Cover the kinds of files with sets, each comparable throughout.

    Any two comparable kinds stand in some set together, and no set is part of another. Without a
    section there is one set. The answer depends on the kinds alone and not on their order.
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
    """Say whether a kind says nothing but what ``whole`` says."""
    return all(a is None or a == b for a, b in zip(kind, whole, strict=True))


def connected(kinds: Sequence[Sections]) -> list[list[int]]:
    """Part places of one text into what hangs together: positions, by the kind of each place.

    Two places hang together if they are comparable, or both do with a third. Cost: linear, and the
    square of the number of distinct kinds.
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
