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
from dedup.core import sketch
from dedup.ragged import Ragged, starts_of
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


@contextmanager
def within(limits: Limits, block: int = 1) -> Iterator[None]:
    """Walk with these limits, so many rows at a time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meetings, "CAP", limits.cap)
        patch.setattr(stage, "LIMITS", stage.Limits(*limits, block, block))
        yield


class Matrices:
    """What the walk has to know of rows that it takes one by one: any matrices will do."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def agreement(self, i: Rows, j: Rows) -> NDArray[np.uint8]:
        assert (i < j).all()
        return self._case.agreement[i, j]

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        return self._case.similarity[i, j]

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        return np.zeros((len(rows), 1), dtype=np.uint64)

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        return Ragged(np.ones(len(rows), dtype=np.uint64), np.arange(len(rows) + 1))


def judge_of(case: Case) -> stage.Judge | None:
    return (lambda i, j: case.variant[i, j]) if case.variant.any() else None


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
    of = Matrices(case)
    met = meetings.candidates(
        map(meetings.shared, case.keys), lambda i, j: of.agreement(i, j) >= LEAST
    )
    return stage.decide(len(case.keys[0]), met, of, LEAST, case.threshold, judge_of(case))


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
    Limits(cap=5, most=3),
    Limits(cap=4, most=64),
    Limits(cap=32, most=64, judged=1),
    Limits(cap=4, most=5, judged=3),
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

        def walk() -> stage.Walk:
            return stage.Walk(
                count, len(met.sizes), Matrices(case), LEAST, case.threshold, judge_of(case)
            )

        first = walk()
        borders = sorted({0, count, *(cut for cut in cuts if cut < count)})
        parts = [first.take(part_of(whole, a, b)) for a, b in pairwise(borders)]
        at_once = walk().take(whole)
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


class Sketched(NamedTuple):
    """Rows with sketches of one word and tokens: what the kernel compares by itself."""

    keys: list[NDArray[np.uint32]]
    words: NDArray[np.uint64]
    rows: list[list[int]]
    variant: NDArray[np.bool_]

    def agreement(self, i: Rows, j: Rows) -> NDArray[np.uint8]:
        return sketch.agreement(self.words[i], self.words[j])

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        pairs = zip(i.tolist(), j.tolist(), strict=True)
        return np.array([brute.similarity(self.rows[a], self.rows[b]) for a, b in pairs])

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        return self.words[rows]

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        some = [self.rows[k] for k in rows.tolist()]
        flat = np.array([token for row in some for token in row], dtype=np.uint64)
        return Ragged(flat, starts_of(np.array([*map(len, some)], dtype=np.int64)))


def sketched(seed: int) -> Sketched:
    """Draw up to 60 rows of a few words, that share a few buckets."""
    draw = np.random.default_rng(seed)
    count, bands, letters = (int(draw.integers(1, most)) for most in (60, 4, 5))
    nibbles = draw.integers(0, 1 + draw.integers(1, 4), (count, 16)).astype(np.uint64)
    words = (nibbles << (4 * np.arange(16, dtype=np.uint64))).sum(axis=1, dtype=np.uint64)
    return Sketched(
        [draw.integers(0, draw.integers(1, 6), count).astype(np.uint32) for _ in range(bands)],
        words[:, None],
        [draw.integers(0, letters + 1, draw.integers(1, 9)).tolist() for _ in range(count)],
        draw.random((count, count)) < draw.choice([0.0, 0.3, 0.9, 1.0]),
    )


@pytest.mark.parametrize("limits", BOUNDS, ids=str)
@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 7, 64]))
def test_a_block_of_rows_is_decided_as_they_are_one_by_one(
    limits: Limits, seed: int, block: int
) -> None:
    case, threshold, least = sketched(seed), 0.7, 6
    count = len(case.rows)
    judge = (lambda i, j: case.variant[i, j]) if case.variant.any() else None
    found = []
    for size in (block, 1):
        with within(limits, size):
            met = meetings.candidates(
                map(meetings.shared, case.keys), lambda i, j: case.agreement(i, j) >= least
            )
            found.append(stage.decide(count, met, case, least, threshold, judge))
    for name in ("kept", "match", "similarity"):
        assert getattr(found[0], name).tolist() == getattr(found[1], name).tolist()
    assert found[0].uncompared == found[1].uncompared
    answer = brute.row_by_row(
        count,
        [keys.tolist() for keys in case.keys],
        lambda i, j: int(case.agreement(np.array([i]), np.array([j]))[0]),
        least,
        lambda i, j: brute.similarity(case.rows[i], case.rows[j]),
        threshold,
        limits.cap,
        limits.most,
        lambda i, j: bool(case.variant[i, j]),
        limits.judged if judge else 1 << 30,
    )
    assert found[0].kept.tolist() == answer.kept
    assert found[0].match.tolist() == answer.match
    assert found[0].similarity.tolist() == answer.similarity


def test_a_row_without_tokens_is_too_long_to_be_compared() -> None:
    keys, none = [np.zeros(4, dtype=np.uint32)], np.zeros((4, 4), dtype=bool)
    case = Sketched(keys, np.zeros((4, 1), dtype=np.uint64), [[], [1], [], [1]], none)
    with within(Limits(cap=2, most=8), 4):
        met = meetings.candidates(map(meetings.shared, keys), lambda i, j: i >= 0)
        found = stage.decide(4, met, case, 1, 0.5)
    assert found.kept.tolist() == [True, True, True, False]
    # The last row is like the second; the first is too long, and the third it is not shown.
    assert found.uncompared == 1 + 2 + 2


class Strangers(Matrices):
    """Rows of which any two agree and none are alike."""

    def __init__(self) -> None:
        self.looks = 0

    def agreement(self, i: Rows, j: Rows) -> NDArray[np.uint8]:
        self.looks += len(i)
        return np.full(len(i), 9, dtype=np.uint8)

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        return np.zeros(len(i))

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        return Ragged(rows.astype(np.uint64), np.arange(len(rows) + 1))


def test_a_giant_bucket_costs_no_square() -> None:
    # 20,000 strangers in one bucket: at most CAP looks each, not 200 million pairs.
    keys, of = np.zeros(20_000, dtype=np.uint32), Strangers()
    met = meetings.candidates([meetings.shared(keys)], lambda i, j: of.agreement(i, j) > 0)
    found = stage.decide(len(keys), met, of, LEAST, 0.8)
    assert found.kept.all()
    assert of.looks <= 5 * meetings.CAP * len(keys)


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
