"""Candidates by rare shingles: the rule, worked out one row after another; and its bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.core import inverted_index as rare
from dedup.ragged import Ragged, starts_of


class Case(NamedTuple):
    """Rows of shingles and what is asked of each."""

    rows: Sequence[Sequence[int]]
    lengths: Sequence[int]
    asks: Sequence[bool]
    lost: Sequence[int]
    least: Sequence[int]
    clear: Sequence[int]


Answer = tuple[list[tuple[int, int]], int]


def seen_of(holders: list[int], lengths: Sequence[int], clear: int) -> list[int]:
    """The rows of a list that are seen."""
    if len(holders) <= rare.LISTED:
        return holders
    near = sum(lengths[k] < clear for k in holders)
    begin = min(near, len(holders) - rare.GLIMPSE)
    return holders[begin : begin + rare.GLIMPSE]


def by_the_rule(case: Case, width: int) -> Answer:
    """Apply the rule at the module's head: the pairs, and how many were left out."""
    rows, lengths = case.rows, case.lengths
    pairs: list[tuple[int, int]] = []
    left_out = 0
    by_length = sorted(range(len(rows)), key=lambda k: (lengths[k], k))
    for row in (k for k in range(len(rows)) if case.asks[k]):
        long_enough = [k for k in by_length if lengths[k] >= case.least[row]]
        holders = {s: [k for k in long_enough if s in rows[k]] for s in set(rows[row])}
        missing = sum(not held for held in holders.values())
        allowed = (width + 1) * case.lost[row]
        looked: list[tuple[int, list[int]]] = []
        met = 0
        for _, s in sorted((len(held), s) for s, held in holders.items() if held):
            sight = seen_of(holders[s], lengths, case.clear[row])
            met += len(sight)
            if met <= rare.SIGHT and len(looked) < rare.RAREST:
                looked.append((s, sight))
        whole = sum(len(holders[s]) <= rare.LISTED for s, _ in looked)
        seen = Counter(k for _, sight in looked for k in sight)
        good = [
            (-times, k)
            for k, times in seen.items()
            if missing <= allowed
            and times >= min(2, len(looked))
            and 4 * times >= len(looked)
            and missing + whole - times <= allowed
        ]
        pairs.extend((row, k) for _, k in sorted(good)[: rare.MOST])
        left_out += max(0, len(good) - rare.MOST)
    return sorted(pairs), left_out


def propose(case: Case, width: int) -> Answer:
    """What the module proposes."""
    values = np.array([value for row in case.rows for value in row], dtype=np.uint32)
    sizes = np.array([len(row) for row in case.rows], dtype=np.int64)
    lengths, lost, least, clear = (
        np.array(each, dtype=np.int64) for each in (case.lengths, case.lost, case.least, case.clear)
    )
    bounds = rare.Bounds(np.array(case.asks, dtype=bool), lost, least, clear)
    found = rare.propose(Ragged(values, starts_of(sizes)), lengths, width, bounds)
    assert found.inner.dtype == found.outer.dtype == np.int64
    return list(zip(found.inner.tolist(), found.outer.tolist(), strict=True)), found.left_out


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Rows of shingles of which many share some, with lengths and bounds of their own."""
    shingle = st.sampled_from([1, 2, 3, *(k << 28 | k for k in range(1, 16)), 2**32 - 1])
    rows = [draw(st.lists(shingle, max_size=14)) for _ in range(draw(st.integers(0, 4)))]
    for _ in range(draw(st.integers(0, 8)) if rows else 0):
        held = draw(st.sampled_from(rows))
        rows.append([*held[draw(st.integers(0, 4)) :], *draw(st.lists(shingle, max_size=4))])

    def some(values: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(values, min_size=len(rows), max_size=len(rows)))

    lengths = [len(row) + more for row, more in zip(rows, some(st.integers(0, 2)), strict=True)]
    least = [a + b for a, b in zip(lengths, some(st.integers(1, 3)), strict=True)]
    clear = [a + b for a, b in zip(least, some(st.integers(0, 4)), strict=True)]
    asks = [value > 0 for value in some(st.integers(0, 2))]
    return Case(rows, lengths, asks, some(st.integers(0, 2)), least, clear)


@settings(max_examples=150)
@given(cases(), st.integers(1, 3), st.data())
def test_the_rule(case: Case, width: int, data: st.DataObject) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # Bounds that so few rows can reach, and work cut into small pieces.
        for name, most in (("RAREST", 12), ("SIGHT", 25), ("LISTED", 4), ("MOST", 4)):
            patch.setattr(rare, name, data.draw(st.integers(1, most), name))
        patch.setattr(rare, "GLIMPSE", data.draw(st.integers(1, rare.LISTED), "GLIMPSE"))
        patch.setattr(rare, "_PART", 4)
        patch.setattr(rare, "_SEEN", 3)
        assert propose(case, width) == by_the_rule(case, width)


def asking(rows: Sequence[Sequence[int]], count: int | None = None, lost: int = 3) -> Case:
    """A case in which the first rows ask, or all."""
    lengths = [len(row) for row in rows]
    least = [length + 1 for length in lengths]
    asks = [k < (count or len(rows)) for k in range(len(rows))]
    return Case(rows, lengths, asks, [lost] * len(rows), least, least)


ASKED: dict[str, tuple[list[int], list[list[int]], int, list[int]]] = {
    "all of it stands in one": ([1, 2, 3, 4], [[1, 2, 3, 4, 5], [1, 6, 7, 8, 9]], 0, [1]),
    "one lost token takes three": ([1, 2, 3, 4, 5], [[1, 2, 6, 7, 8, 9]], 1, [1]),
    "one lost token does not take four": ([1, 2, 3, 4, 5, 6], [[1, 2, 7, 8, 9, 10, 11]], 1, []),
    "one of two that could stand somewhere": ([1, 2, 3], [[1, 4, 5, 6], [2, 7, 8, 9]], 5, []),
    "the only one that could": ([1, 2, 3], [[1, 4, 5, 6]], 5, [1]),
    "two of nine": ([*range(9)], [[*range(9, 18), 0, 1], [*range(2, 9), *range(20, 24)]], 9, [2]),
    "three of nine": ([*range(9)], [[*range(9, 18), 0, 1, 2], [*range(3, 12)] * 2], 9, [1, 2]),
    "a shingle of its own is missing": ([1, 2, 3], [[1, 2, 4, 5]], 0, []),
    "even if it stands there twice": ([1, 2, 3, 3], [[1, 2, 4, 5, 6]], 0, []),
    "one that stands in a short row only, too": ([1, 2, 3], [[1, 2, 4, 5], [3]], 0, []),
    "shingles repeat": ([1, 2, 1, 2, 1, 2], [[1, 2, 1, 2, 1, 2, 1]], 0, [1]),
}


@pytest.mark.parametrize(("row", "others", "lost", "outer"), ASKED.values(), ids=ASKED)
def test_one_row_asks(row: list[int], others: list[list[int]], lost: int, outer: list[int]) -> None:
    case = asking([row, *others], 1, lost)
    assert propose(case, 2) == by_the_rule(case, 2) == ([(0, k) for k in outer], 0)


@pytest.mark.parametrize("more", [0, 1])
def test_lists_that_are_seen_whole_tell_what_is_missing(more: int) -> None:
    # Three shingles of four stand in the next row, and three lists are just not too long, or are.
    rows = [[1, 2, 3, 4], [1, 2, 3, 5, 6], [4, 7, 8, 9, 10]]
    rows += [[2, 3, 4, *range(100 * k, 100 * k + 9)] for k in range(1, rare.LISTED + more)]
    case = asking(rows, 1, 0)
    pairs, _ = found = propose(case, 2)
    assert found == by_the_rule(case, 2)
    assert ((0, 1) in pairs) == bool(more)


def test_common_shingles_do_not_make_up_for_one_that_is_missing() -> None:
    others = [[2, 3, *range(100 * k, 100 * k + 9)] for k in range(1, rare.LISTED + 2)]
    assert propose(asking([[1, 2, 3], *others], 1, 0), 2) == ([], 0)
    assert len(propose(asking([[2, 3], *others], 1, 0), 2)[0]) == rare.GLIMPSE


def test_what_a_row_sees_is_bounded() -> None:
    # A row that stands in many others, each with words of its own besides.
    own = iter(range(100, 10**6))
    held = list(range(30))
    rows = [held] + [[*held, *(next(own) for _ in range(30))] for _ in range(3_000)]
    pairs, left_out = propose(asking(rows), 4)
    assert pairs == [(0, k) for k in range(1, rare.GLIMPSE + 1)]
    assert left_out == 0
    pairs, left_out = propose(asking(rows[: rare.LISTED + 1]), 4)
    assert pairs == [(0, k) for k in range(1, rare.MOST + 1)]
    assert left_out == rare.LISTED - rare.MOST


def test_no_rows() -> None:
    assert propose(asking([]), 4) == ([], 0)
    assert propose(asking([[], []]), 4) == ([], 0)
