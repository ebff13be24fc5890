"""Ranks: who competes first to be kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import rank
from tests.support import brute

BASE = "the old chain ferry crosses the river at seven every morning"
TEXTS = [BASE, BASE + " again", BASE + " and once", "a text of eight words that stands alone here"]
PLACED = [dedup.Paragraph(text, source) for text, source in zip(TEXTS, "cabd", strict=True)]

KEPT: dict[str, tuple[object, list[bool]]] = {
    "none keeps the first": (None, [True, False, False, True]),
    "first keeps the first": (rank.first, [True, False, False, True]),
    "longest keeps the longest": (rank.longest, [False, False, True, True]),
    "numbers keep the smallest": ([3, 1, 2, 0], [False, True, False, True]),
    "equal numbers keep the first": ([5, 5, 5, 5], [True, False, False, True]),
    "floats may be infinite": ([0.5, np.inf, -np.inf, 0], [False, False, True, True]),
    "truth values rank False first": ([True, False, True, True], [False, True, False, True]),
    "large unsigned numbers": (
        np.array([2**64 - 1, 2**63, 2**64 - 2, 0], dtype=np.uint64),
        [False, True, False, True],
    ),
    "newest keeps the last date": (
        rank.newest(["2024-05-01", "2023-01-01", "2024-06-01", "2020-01-01"]),
        [False, False, True, True],
    ),
    "oldest keeps the first date": (
        rank.oldest(np.array(["2024-05-01", "2023-01-01", "2024-06-01", "2020-01-01"], "M8[D]")),
        [False, True, False, True],
    ),
    "sources in the given order": (
        lambda paragraphs: rank.by_source(paragraphs, ["x", "b", "a"]),
        [False, False, True, True],
    ),
    "sources not listed come last": (
        lambda paragraphs: rank.by_source(paragraphs, ["a"]),
        [False, True, False, True],
    ),
}


@pytest.mark.parametrize(("order", "kept"), KEPT.values(), ids=KEPT)
def test_keeps(order: object, kept: list[bool]) -> None:
    assert dedup.find(PLACED, rank=order, variants="remove").kept.tolist() == kept  # type: ignore[arg-type]


@given(st.lists(st.text(max_size=5)))
def test_longest_counts_characters(texts: list[str]) -> None:
    assert rank.longest(texts).tolist() == [-len(text) for text in texts]
    placed = [dedup.Paragraph(text) for text in texts]
    assert rank.longest(placed).tolist() == [-len(text) for text in texts]


@given(st.lists(st.integers(-5, 5)))
def test_newest_and_oldest_sort_by_date(dates: list[int]) -> None:
    count = len(dates)
    newest = brute.by_rank(count, rank.newest(dates).tolist())
    oldest = brute.by_rank(count, rank.oldest(dates).tolist())
    assert newest == sorted(range(count), key=lambda k: (-dates[k], k))
    assert oldest == sorted(range(count), key=lambda k: (dates[k], k))
