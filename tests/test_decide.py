"""Decisions: many rows at once give what walking row after row gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dedup.core import candidates as meetings
from dedup.core import decide as stage
from dedup.core import verdicts
from tests import brute

Rows = NDArray[np.int64]

#: Pairs of rows that agree in fewer places are not compared.
LEAST = 2


class Case(NamedTuple):
    """Band keys, in how many places pairs agree, how similar and whether variants, row by row."""

    keys: list[NDArray[np.uint32]]
    agreement: NDArray[np.uint8]
    similarity: NDArray[np.float64]
    variant: NDArray[np.bool_]
    threshold: float


class Limits(NamedTuple):
    """Bounds so small that small cases reach them."""

    cap: int
    most: int
    judged: int = 8
    first_block: int = 2
    largest_block: int = 16
    looks: int = 1 << 20


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meetings, "CAP", limits.cap)
        patch.setattr(stage, "CAP", limits.cap)
        patch.setattr(stage, "MOST", limits.most)
        patch.setattr(stage, "JUDGED", limits.judged)
        patch.setattr(verdicts, "JUDGED", limits.judged)
        patch.setattr(stage, "_FIRST_BLOCK", limits.first_block)
        patch.setattr(stage, "_LARGEST_BLOCK", limits.largest_block)
        patch.setattr(stage, "_LOOKS", limits.looks)
        yield


def random_case(seed: int) -> Case:
    """Draw a case: up to 60 rows, up to 4 bands, from a few buckets to many."""
    draw = np.random.default_rng(seed)
    count, bands = int(draw.integers(1, 60)), int(draw.integers(1, 5))
    return Case(
        [draw.integers(0, draw.integers(1, 12), count).astype(np.uint32) for _ in range(bands)],
        draw.integers(0, draw.integers(1, 9), (count, count)).astype(np.uint8),
        np.round(draw.random((count, count)), 2),
        draw.random((count, count)) < draw.choice([0.0, 0.3, 0.9, 1.0]),
        float(draw.choice([0.3, 0.6, 0.9, 0.97])),
    )


def decided(case: Case) -> stage.Decision:
    def agreement(i: Rows, j: Rows) -> NDArray[np.uint8]:
        assert (i < j).all()
        return case.agreement[i, j]

    met = meetings.candidates(
        map(meetings.shared, case.keys), lambda i, j: agreement(i, j) >= LEAST
    )
    return stage.decide(
        len(case.keys[0]),
        met,
        agreement,
        LEAST,
        lambda i, j: case.similarity[i, j],
        case.threshold,
        (lambda i, j: case.variant[i, j]) if case.variant.any() else None,
    )


def expected(case: Case, limits: Limits) -> brute.Decision:
    return brute.row_by_row(
        len(case.keys[0]),
        [keys.tolist() for keys in case.keys],
        lambda i, j: int(case.agreement[i, j]),
        LEAST,
        lambda i, j: float(case.similarity[i, j]),
        case.threshold,
        limits.cap,
        limits.most,
        lambda i, j: bool(case.variant[i, j]),
        limits.judged if case.variant.any() else 1 << 30,
    )


def check_decision(case: Case, limits: Limits) -> None:
    """The decision is that of the walk, and what escaped is counted."""
    with within(limits):
        found = decided(case)
    answer = expected(case, limits)
    assert found.kept.tolist() == answer.kept
    assert found.match.tolist() == answer.match
    assert found.similarity.tolist() == answer.similarity
    escaped = {
        (i, j)
        for band in case.keys
        for j in range(len(band))
        for i in range(j)
        if band[i] == band[j]
        and answer.kept[i]
        and answer.kept[j]
        and case.agreement[i, j] >= LEAST
        and case.similarity[i, j] >= case.threshold
        and not case.variant[i, j]
    }
    assert not escaped & answer.compared
    assert found.uncompared >= len(escaped)


BOUNDS = [
    Limits(cap=1, most=64),
    Limits(cap=3, most=64),
    Limits(cap=3, most=2),
    Limits(cap=32, most=1),
    Limits(cap=5, most=3, looks=10),
    Limits(cap=4, most=64, first_block=1, largest_block=1),
    Limits(cap=4, most=4, first_block=64, largest_block=4096),
    Limits(cap=32, most=64, judged=1),
    Limits(cap=4, most=5, judged=3, looks=10),
]


@pytest.mark.parametrize("limits", BOUNDS, ids=str)
@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_decides_as_the_walk_does(limits: Limits, seed: int) -> None:
    check_decision(random_case(seed), limits)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), max_size=4))
def test_stretch_by_stretch_is_decided_as_at_once(seed: int, cuts: list[int]) -> None:
    case, limits = random_case(seed), Limits(cap=3, most=4, judged=2)
    count = len(case.keys[0])
    with within(limits):
        met = meetings.candidates(
            map(meetings.shared, case.keys), lambda i, j: case.agreement[i, j] >= LEAST
        )
        earlier, later = meetings.unpack(met.pairs)
        whole = stage._everything(count, met, case.similarity[earlier, later])
        walk = stage.Walk(
            count, len(met.sizes), lambda i, j: case.agreement[i, j], LEAST,
            lambda i, j: case.similarity[i, j], case.threshold, lambda i, j: case.variant[i, j],
        )  # fmt: skip
        borders = sorted({0, count, *(cut for cut in cuts if cut < count)})
        parts = [walk.take(part_of(whole, a, b)) for a, b in pairwise(borders)]
        at_once = stage.Walk(
            count, len(met.sizes), lambda i, j: case.agreement[i, j], LEAST,
            lambda i, j: case.similarity[i, j], case.threshold, lambda i, j: case.variant[i, j],
        ).take(whole)  # fmt: skip
    assert np.concatenate([part.kept for part in parts]).tolist() == at_once.kept.tolist()
    assert np.concatenate([part.match for part in parts]).tolist() == at_once.match.tolist()
    similarity = np.concatenate([part.similarity for part in parts])
    assert similarity.tolist() == at_once.similarity.tolist()
    assert sum(part.uncompared for part in parts) == at_once.uncompared


def part_of(whole: stage.Stretch, low: int, high: int) -> stage.Stretch:
    """Cut the rows ``low`` to before ``high`` out of a stretch."""
    mine = (whole.later >= low) & (whole.later < high)
    members = (whole.member >= low) & (whole.member < high)
    return stage.Stretch(
        low, high, whole.rows[(whole.rows >= low) & (whole.rows < high)], whole.earlier[mine],
        whole.later[mine], whole.scores[mine], whole.member[members], whole.bucket[members],
    )  # fmt: skip


def made(
    count: int,
    bands: int,
    similar: Callable[[int, int], float],
    variant: Callable[[int, int], bool] = lambda i, j: False,
) -> Case:
    """Make a case in which all rows share all buckets; the nearer, the more places agree."""
    table = np.array([[similar(i, j) for j in range(count)] for i in range(count)])
    variants = np.array([[variant(i, j) for j in range(count)] for i in range(count)])
    keys = [np.full(count, band, dtype=np.uint32) for band in range(bands)]
    places = np.array([[9 - min(7, abs(i - j)) for j in range(count)] for i in range(count)])
    return Case(keys, places.astype(np.uint8), table, variants, 0.8)


SHAPES = {
    "a chain": made(80, 1, lambda i, j: 0.9 * (abs(i - j) == 1)),
    "a star around the first row": made(80, 2, lambda i, j: 0.9 * (i == 0 or j == 0)),
    "a star around the last row": made(80, 1, lambda i, j: 0.9 * (max(i, j) == 79)),
    "a bucket of strangers": made(80, 3, lambda i, j: 0.1),
    "a bucket of copies": made(80, 2, lambda i, j: 1.0),
    "a bucket of two families": made(80, 2, lambda i, j: 1.0 * (i % 2 == j % 2)),
    "more families than a bucket remembers": made(80, 1, lambda i, j: 0.9 * (i % 9 == j % 9)),
    "a bucket of variants": made(80, 1, lambda i, j: 0.9, lambda i, j: True),
    "copies among variants": made(80, 1, lambda i, j: 0.9, lambda i, j: i % 5 != j % 5),
    "variants closer than the copy": made(
        60, 1, lambda i, j: 0.8 + 0.003 * (60 - abs(i - j)), lambda i, j: i > 0
    ),
    "neighbours closer than the first": made(60, 1, lambda i, j: 0.8 + 0.003 * (60 - abs(i - j))),
}


@pytest.mark.parametrize("limits", BOUNDS, ids=str)
@pytest.mark.parametrize("case", SHAPES.values(), ids=SHAPES)
def test_shapes(case: Case, limits: Limits) -> None:
    check_decision(case, limits)


def test_what_a_bucket_forgets_is_counted() -> None:
    # 40 strangers in one bucket that remembers 5: the k-th meets k and is shown 5.
    with within(Limits(cap=5, most=64)):
        found = decided(made(40, 1, lambda i, j: 0.0))
    assert found.kept.all()
    assert found.uncompared == sum(max(0, k - 5) for k in range(40))


def test_what_is_not_a_number_is_no_copy_and_is_counted() -> None:
    for count, limits in ((4, Limits(cap=32, most=64)), (12, Limits(cap=3, most=64))):
        with within(limits):
            found = decided(made(count, 1, lambda i, j: float("nan")))
        assert found.kept.all()
        assert found.uncompared == count * (count - 1) // 2


def test_nothing_is_uncounted_without_a_bound() -> None:
    with within(Limits(cap=100, most=100, judged=100)):
        assert decided(random_case(3)).uncompared == 0


def test_a_giant_bucket_costs_no_square() -> None:
    # 20,000 strangers in one bucket: at most CAP looks each, not 200 million pairs.
    looks = 0

    def agreement(i: Rows, j: Rows) -> NDArray[np.uint8]:
        nonlocal looks
        looks += len(i)
        return np.full(len(i), 9, dtype=np.uint8)

    keys = np.zeros(20_000, dtype=np.uint32)
    met = meetings.candidates([meetings.shared(keys)], lambda i, j: agreement(i, j) > 0)
    found = stage.decide(len(keys), met, agreement, LEAST, lambda i, j: np.zeros(len(i)), 0.8)
    assert found.kept.all()
    assert looks <= 5 * meetings.CAP * len(keys)


def test_settle_names_the_most_similar_and_of_equals_the_first() -> None:
    earlier = np.array([0, 1, 2, 0, 1])
    later = np.array([3, 3, 3, 4, 4])
    scores = np.array([0.8, 0.9, 0.9, 0.85, 0.85])
    found = stage.settle(5, earlier, later, scores)
    assert found.kept.tolist() == [True, True, True, False, False]
    assert found.match.tolist() == [0, 1, 2, 1, 0]
    assert found.similarity.tolist() == [1.0, 1.0, 1.0, 0.9, 0.85]


def test_settle_passes_over_variants_and_names_the_closest_where_there_is_nothing_else() -> None:
    earlier = np.array([0, 1, 2, 0, 1])
    later = np.array([3, 3, 3, 4, 4])
    scores = np.array([0.8, 0.9, 0.9, 0.85, 0.95])

    def judge(i: Rows, j: Rows) -> NDArray[np.bool_]:
        return np.asarray((i > 0) | (j == 4))

    found = stage.settle(5, earlier, later, scores, judge)
    assert found.kept.tolist() == [True, True, True, False, True]
    assert found.match.tolist() == [0, 1, 2, 0, 1]
    assert found.similarity.tolist() == [1.0, 1.0, 1.0, 0.8, 0.95]


def test_only_pairs_on_which_the_answer_depends_are_judged() -> None:
    # Forty copies of one row: all of them are alike, and each is judged with the first alone.
    judged: list[tuple[int, int]] = []

    def judge(i: Rows, j: Rows) -> NDArray[np.bool_]:
        judged.extend(zip(i.tolist(), j.tolist(), strict=True))
        return np.zeros(len(i), dtype=bool)

    earlier, later = np.triu_indices(40, 1)
    found = stage.settle(40, earlier, later, np.full(len(later), 0.9), judge)
    assert found.kept.tolist() == [True] + [False] * 39
    assert sorted(judged) == [(0, row) for row in range(1, 40)]
