"""Stretches: the one found has as much in common as the best of all, and no end to spare."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.core import local_alignment
from tests.support import brute


def most_in_common(inner: str, outer: str) -> int:
    """The most that any stretch as long as the inner string has in common, one after another."""
    size = len(inner)
    starts = range(len(outer) - size + 1)
    return max(brute.common(inner, outer[start : start + size]) for start in starts)


def check(inner: str, outer: str, need: int, answer: list[int]) -> None:
    """One answer is right."""
    common, begin, end, before, after = answer
    most = most_in_common(inner, outer)
    assert common == (most if most >= need else 0)
    if common:
        assert 0 <= begin < end <= len(outer)
        assert end - begin <= len(inner)
        assert brute.common(inner, outer[begin:end]) == common
        assert brute.common(inner, outer[begin + 1 : end]) == common - 1
        assert brute.common(inner, outer[begin : end - 1]) == common - 1
        middle = inner[before : len(inner) - after]
        assert brute.common(middle, outer[begin:end]) == common
        assert brute.common(middle[1:], outer[begin:end]) == common - 1
        assert brute.common(middle[:-1], outer[begin:end]) == common - 1


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, str, int]:
    """An inner string, a longer one that often holds an edited copy of it, and its need."""
    letters = st.sampled_from(draw(st.sampled_from(["ab", "abcd", "abcdefghijklmnop"])))
    inner = draw(st.text(letters, min_size=1, max_size=14))
    copy = list(inner)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(copy)))
        copy[place : place + draw(st.integers(0, 2))] = draw(st.text(letters, max_size=2))
    before, after = draw(st.text(letters, max_size=12)), draw(st.text(letters, max_size=12))
    outer = before + ("".join(copy) if draw(st.booleans()) else "") + after
    outer += draw(letters) * (len(inner) - len(outer))
    return inner, outer, draw(st.integers(1, len(inner)))


@given(st.lists(pairs(), max_size=6))
def test_the_best_stretch_is_that_of_trying_all(cases: list[tuple[str, str, int]]) -> None:
    inner, outer = [case[0] for case in cases], [case[1] for case in cases]
    need = np.array([case[2] for case in cases], dtype=np.int64)
    answer = local_alignment.stretches(inner, outer, need)
    for k, case in enumerate(cases):
        check(*case, [int(column[k]) for column in answer])


@pytest.mark.parametrize("size", [63, 64, 65, 130])
def test_long_strings(size: int) -> None:
    draw = np.random.default_rng(size)
    for letters in (2, 4, 60):
        inner = "".join(map(chr, draw.integers(97, 97 + letters, size)))
        copy = list(inner)
        for place in draw.integers(0, size, size // 12).tolist():
            copy[place] = "?"
        around = "".join(map(chr, draw.integers(97, 97 + letters, 90)))
        outer = around[:50] + "".join(copy) + around[50:]
        need = size * 8 // 10
        answer = local_alignment.stretches([inner], [outer], np.array([need]))
        check(inner, outer, need, [int(column[0]) for column in answer])


def test_a_search_that_costs_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = "abcdefghij" * 3
    twice = inner[::2] + "?" * 40 + inner[1::2]
    outer = ["?" * 30 + inner + "?" * 9, twice, "?" * 31 + inner[:-3] + "!!!" + "?" * 40, "?" * 70]
    need = np.array([29, 15, 27, 1])

    def common(cells: int, looks: int) -> list[int]:
        monkeypatch.setattr(local_alignment, "MOST_CELLS", cells)
        monkeypatch.setattr(local_alignment, "LEAST_LOOKS", looks)
        found: list[int] = local_alignment.stretches([inner] * 4, outer, need).common.tolist()
        return found

    assert common(10**9, 32) == [30, 15, 27, 0]
    # Word for word costs nothing; what has too little in common as a whole is not searched.
    assert common(30 * 104, 1) == [30, 15, -1, 0]
    assert common(30 * 104, 2) == [30, -1, -1, -1]


def test_nothing_to_search() -> None:
    answer = local_alignment.stretches([], [], np.empty(0, dtype=np.int64))
    assert [len(column) for column in answer] == [0] * 5
