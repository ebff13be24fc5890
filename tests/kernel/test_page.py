"""The kernel's pages: held to the rule said plainly, over dictionaries and lists."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import kernel
from dedup.ragged import Ragged
from tests.support import brute
from tests.support.kernel_calls import ragged

EXACT, NEAR, UNIQUE = 1, 2, 0


class Case(NamedTuple):
    """A page, the members of its buckets, and the tokens of its rows and of the stored ones."""

    rule: kernel.Rule
    page: kernel.Arrivals
    members: kernel.Members
    rows: list[list[int]]
    stored: list[list[int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count, stored = draw(st.integers(0, 12)), draw(st.integers(0, 9))
    bands = draw(st.integers(0, 4))
    rule = kernel.Rule(
        draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(0, 14)), 10**6,
        draw(st.sampled_from([0.3, 0.6, 1.0])), False,
    )  # fmt: skip
    exact = np.where(random.random(count) < 0.2, 7, -1).astype(np.int64)
    pairs = [
        (row, band, place)
        for row in range(count)
        for band in range(bands)
        for place in range(stored)
        if random.random() < 0.2
    ]
    row, band, place = (
        np.array(pairs, dtype=np.int64).reshape(-1, 3)[random.permutation(len(pairs))].T.copy()
    )
    sketches = random.integers(0, 3, (count + stored, 1)).astype(np.uint64)
    page = kernel.Arrivals(
        random.integers(0, 4, (count, 2)).astype(np.uint64),
        random.integers(0, 5, (bands, count)).astype(np.uint32),
        sketches[:count], exact, draw(st.booleans()),
    )  # fmt: skip
    members = kernel.Members(row, band, place, sketches[count:])
    texts = [random.integers(0, 4, random.integers(1, 6)).tolist() for _ in range(count + stored)]
    # Equal words have equal fingerprints, as they have in a page.
    for k in range(count):
        texts[k] = texts[next(j for j in range(k + 1) if (page.prints[j] == page.prints[k]).all())]
    return Case(rule, page, members, texts[:count], texts[count:])


def agreement(case: Case, row: int, other: np.uint64) -> int:
    """In how many of 16 places of four bits a row's sketch agrees with another."""
    apart = int(case.page.sketches[row, 0]) ^ int(other)
    return sum((apart >> 4 * place) & 15 == 0 for place in range(16))


def few(found: list[tuple[int, int]], most: int) -> list[tuple[int, int]]:
    """Leave the (agreement, row) that agree most; of equals, the first."""
    return sorted(found, key=lambda each: (-each[0], each[1]))[:most]


def candidates(case: Case) -> dict[int, list[tuple[int, int]]]:
    """For each row, the stored rows worth comparing: (place, agreement)."""
    found: dict[int, set[int]] = defaultdict(set)
    for row, place in zip(case.members.row.tolist(), case.members.place.tolist(), strict=True):
        if case.page.exact[row] < 0:
            found[row].add(place)
    likely = {}
    for row, places in found.items():
        pairs = [(agreement(case, row, case.members.sketches[p, 0]), p) for p in places]
        pairs = few([each for each in pairs if each[0] >= case.rule.least], case.rule.most)
        likely[row] = sorted((place, agreed) for agreed, place in pairs)
    return likely


def outcomes(case: Case) -> list[tuple[bool, int, float, list[int]]]:
    """For each row: kept, kind, similarity, and the bands whose buckets remember it."""
    page, rule = case.page, case.rule
    likely = candidates(case)
    # Stored rows come before those of the page.
    base = len(case.stored)
    fill: dict[tuple[int, int], list[int]] = {}
    stored: dict[tuple[int, int], int] = defaultdict(int)
    for row, band in zip(case.members.row.tolist(), case.members.band.tolist(), strict=True):
        stored[row, band] += 1
    kept: list[int] = []
    answers: list[tuple[bool, int, float, list[int]]] = []
    for row in range(len(page.exact)):
        if page.exact[row] >= 0:
            answers.append((False, EXACT, 1.0, []))
            continue
        met: dict[int, tuple[int, float]] = {}
        for place, agreed in likely.get(row, []):
            met[place] = agreed, brute.similarity(case.stored[place], case.rows[row])
        buckets = []
        if page.together:
            for band in range(len(page.band_keys)):
                mine = (band, int(page.band_keys[band, row]))
                buckets.append(mine)
                fill.setdefault(mine, [-1] * min(stored[row, band], rule.cap))
            for other in kept:
                if (page.prints[other] == page.prints[row]).all():
                    met[base + other] = 255, 1.0
            for other in (each for mine in buckets for each in fill[mine] if each >= 0):
                agreed = agreement(case, row, page.sketches[other, 0])
                if agreed >= rule.least and base + other not in met:
                    met[base + other] = agreed, brute.similarity(case.rows[other], case.rows[row])
        left = few([(agreed, other) for other, (agreed, _) in met.items()], rule.most)
        good = sorted(
            (-met[other][1], other) for _, other in left if met[other][1] >= rule.threshold
        )
        if good:
            score, other = good[0]
            same = other >= base and (page.prints[other - base] == page.prints[row]).all()
            answers.append((False, EXACT if same else NEAR, -score, []))
            continue
        held = [mine[0] for mine in buckets if len(fill[mine]) < rule.cap]
        for mine in buckets:
            if len(fill[mine]) < rule.cap:
                fill[mine].append(row)
        kept.append(row)
        answers.append((True, UNIQUE, 1.0, held))
    return answers


@given(cases())
def test_candidates_are_the_stored_rows_that_agree_most(case: Case) -> None:
    found = kernel.page_candidates(case.rule, case.page, case.members)
    expected = candidates(case)
    used = sorted({place for pairs in expected.values() for place, _ in pairs})
    assert found.used.tolist() == used
    for row in range(len(case.page.exact)):
        some = slice(found.starts[row], found.starts[row + 1])
        pairs = zip(
            found.used[found.stored[some]].tolist(), found.agreement[some].tolist(), strict=True
        )
        assert [*pairs] == expected.get(row, [])
        assert found.compared[row] or not expected.get(row)


def decided(case: Case) -> kernel.Outcomes:
    """Let the kernel decide a case, handing over no text that it doesn't ask for."""
    proposed = kernel.page_candidates(case.rule, case.page, case.members)
    wanted = [
        row if compared else []
        for row, compared in zip(case.rows, proposed.compared.tolist(), strict=True)
    ]
    tokens = ragged([*wanted, *(case.stored[place] for place in proposed.used.tolist())])
    return kernel.page_outcomes(case.rule, None, case.page, case.members, proposed, None, tokens)


@given(cases())
def test_a_page_is_decided_as_row_after_row(case: Case) -> None:
    found = decided(case)
    told = [
        (
            bool(found.kept[row]), int(found.kind[row]), float(found.similarity[row]),
            np.flatnonzero(found.held[:, row]).tolist(),
        )
        for row in range(len(case.page.exact))
    ]  # fmt: skip
    assert told == outcomes(case)


NONE = np.empty(0, dtype=np.int64)

WRONG: dict[str, dict[str, Any]] = {
    "a row that isn't there": {"row": np.array([2])},
    "a band that isn't there": {"band": np.array([3])},
    "a stored row that isn't there": {"place": np.array([1])},
    "a row below none": {"row": np.array([-1])},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_members_that_are_nowhere_are_refused(wrong: dict[str, Any]) -> None:
    rule = kernel.Rule(4, 4, 0, 10, 0.5, False)
    page = kernel.Arrivals(
        np.zeros((2, 2), dtype=np.uint64), np.zeros((3, 2), dtype=np.uint32),
        np.zeros((2, 1), dtype=np.uint64), np.array([-1, -1]), True,
    )  # fmt: skip
    members = kernel.Members(np.array([0]), np.array([0]), np.array([0]), page.sketches[:1])
    tokens = Ragged(np.empty(0, dtype=np.uint64), np.zeros(4, dtype=np.int64))
    proposed = kernel.page_candidates(rule, page, members)
    kernel.page_outcomes(rule, None, page, members, proposed, None, tokens)
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        kernel.page_candidates(rule, page, members._replace(**wrong))
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        kernel.page_outcomes(
            rule, None, page, members._replace(**wrong), proposed, None, tokens
        )  # fmt: skip


def test_texts_that_are_too_few_are_refused() -> None:
    rule = kernel.Rule(4, 4, 0, 10, 0.5, False)
    page = kernel.Arrivals(
        np.zeros((1, 2), dtype=np.uint64), np.zeros((1, 1), dtype=np.uint32),
        np.zeros((1, 1), dtype=np.uint64), np.array([-1]), True,
    )  # fmt: skip
    members = kernel.Members(NONE, NONE, NONE, page.sketches[:0])
    proposed = kernel.page_candidates(rule, page, members)
    for starts in ([0, 2], [1, 1]):
        tokens = Ragged(np.empty(1, dtype=np.uint64), np.array(starts))
        with pytest.raises(ValueError, match="the kernel refused the sizes"):
            kernel.page_outcomes(rule, None, page, members, proposed, None, tokens)


def test_more_rows_than_a_page_has_are_refused() -> None:
    many = kernel.PAGE_ROWS + 1
    page = kernel.Arrivals(
        np.zeros((many, 2), dtype=np.uint64), np.zeros((0, many), dtype=np.uint32),
        np.zeros((many, 0), dtype=np.uint64), np.full(many, -1), True,
    )  # fmt: skip
    members = kernel.Members(NONE, NONE, NONE, page.sketches[:0])
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        kernel.page_candidates(kernel.Rule(4, 4, 0, 10, 0.5, False), page, members)
