"""Candidates by rare shingles: the rule, worked out one row after another; and its bounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.core import rare
from dedup.ragged import Ragged, starts_of


def by_the_rule(
    rows: Sequence[Sequence[int]],
    lengths: Sequence[int],
    width: int,
    asks: Sequence[bool],
    lost: Sequence[int],
    least: Sequence[int],
) -> tuple[list[tuple[int, int]], int]:
    """Apply the rule at the head of ``core.rare``: the pairs, and how many were left out."""
    pairs: list[tuple[int, int]] = []
    left_out = 0
    by_length = sorted(range(len(rows)), key=lambda k: (lengths[k], k))
    for row in (k for k in range(len(rows)) if asks[k]):
        long_enough = [k for k in by_length if lengths[k] >= least[row]]
        holders = {s: [k for k in long_enough if s in rows[k]] for s in set(rows[row])}
        missing = sum(not held for held in holders.values())
        allowed = (width + 1) * lost[row]
        found = sorted((len(held), s) for s, held in holders.items() if held)
        looked = [s for _, s in found[: rare.RAREST]]
        whole = sum(len(holders[s]) <= rare.WINDOW for s in looked)
        seen = Counter(k for s in looked for k in holders[s][: rare.WINDOW])
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


def propose(
    rows: Sequence[Sequence[int]],
    lengths: Sequence[int],
    width: int,
    asks: Sequence[bool],
    lost: Sequence[int],
    least: Sequence[int],
) -> tuple[list[tuple[int, int]], int]:
    """What the module proposes."""
    values = np.array([value for row in rows for value in row], dtype=np.uint32)
    shingles = Ragged(values, starts_of(np.array([len(row) for row in rows], dtype=np.int64)))
    whole = (np.array(each, dtype=np.int64) for each in (lost, least))
    found = rare.propose(
        shingles, np.array(lengths, dtype=np.int64), width, np.array(asks, dtype=bool), *whole
    )
    assert found.inner.dtype == found.outer.dtype == np.int64
    return list(zip(found.inner.tolist(), found.outer.tolist(), strict=True)), found.left_out


@st.composite
def inputs(draw: st.DrawFn) -> tuple[list[list[int]], list[int], list[bool], list[int], list[int]]:
    """Rows of shingles of which many share some, with lengths and bounds of their own."""
    shingle = st.sampled_from([1, 2, 3, 5, 1 << 20, 1 << 30, (1 << 31) + 1, 3 << 30, 2**32 - 1])
    rows = draw(st.lists(st.lists(shingle, max_size=9), max_size=12))
    count = len(rows)
    lengths = [len(row) + draw(st.integers(0, 2)) for row in rows]
    asks = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    lost = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))
    return rows, lengths, asks, lost, [length + draw(st.integers(1, 3)) for length in lengths]


@given(inputs(), st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), st.integers(1, 4))
def test_the_rule(
    case: tuple[list[list[int]], list[int], list[bool], list[int], list[int]],
    width: int,
    rarest: int,
    window: int,
    most: int,
) -> None:
    rows, lengths, asks, lost, least = case
    with pytest.MonkeyPatch.context() as patch:
        # Bounds that so few rows can reach, and work cut into small pieces.
        for name, value in (("RAREST", rarest), ("WINDOW", window), ("MOST", most)):
            patch.setattr(rare, name, value)
        patch.setattr(rare, "_PART", 4)
        patch.setattr(rare, "_SEEN", 3)
        found = propose(rows, lengths, width, asks, lost, least)
        assert found == by_the_rule(rows, lengths, width, asks, lost, least)


def test_what_a_row_sees_is_bounded() -> None:
    # A row that stands in 3,000 others, each with words of its own besides.
    own = iter(range(100, 10**6))
    held = list(range(30))
    rows = [held] + [[*held, *(next(own) for _ in range(30))] for _ in range(3_000)]
    lengths = [len(row) for row in rows]
    asks = [True] * len(rows)
    lost = [length // 10 for length in lengths]
    pairs, left_out = propose(rows, lengths, 4, asks, lost, [length + 1 for length in lengths])
    assert pairs == [(0, k) for k in range(1, rare.MOST + 1)]
    assert left_out == rare.WINDOW - rare.MOST


def test_no_rows() -> None:
    assert propose([], [], 4, [], [], []) == ([], 0)
    assert propose([[], []], [0, 0], 4, [True, True], [0, 0], [1, 1]) == ([], 0)
