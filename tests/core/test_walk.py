"""Decisions: blocks of rows give what walking row after row gives."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dedup import kernel
from dedup.core import candidates as meetings
from dedup.core import sketch
from dedup.core import walk as stage
from dedup.core.tokens import lay_out
from dedup.core.variants import are_variants, judge_of
from dedup.core.walk import COPY, VARIANT, Limits
from dedup.ragged import Ragged, starts_of
from tests.support import brute

Rows = NDArray[np.int64]

#: Pairs of rows that agree in fewer places are not compared.
LEAST = 6

#: Words of which the texts that are judged are made: of some pairs one says something else.
_WORDS = ("blue", "12", "13", "Rome", "Paris", "not", "the", "boats", "boat", "cache_dir")


class Case(NamedTuple):
    """Rows: band keys, sketches of one word, what is compared of them, and texts to be judged."""

    keys: list[NDArray[np.uint32]]
    words: NDArray[np.uint64]
    rows: list[list[int]]
    texts: list[str]
    threshold: float
    judge: kernel.Judge | None = None

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        pairs = zip(i.tolist(), j.tolist(), strict=True)
        return np.array([self.score(a, b) for a, b in pairs])

    def score(self, i: int, j: int) -> float:
        if not self.rows[i] or not self.rows[j]:
            return float("nan")
        return brute.similarity(self.rows[i], self.rows[j])

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        return self.words[rows]

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        some = [self.rows[k] for k in rows.tolist()]
        flat = np.array([token for row in some for token in row], dtype=np.uint64)
        return Ragged(flat, starts_of(np.array([*map(len, some)], dtype=np.int64)))

    def page(self, rows: Rows) -> kernel.Reading:
        return lay_out([self.texts[k] for k in rows.tolist()], places=True)

    def sizes(self, rows: Rows) -> Rows:
        return np.array([len(self.texts[k]) for k in rows.tolist()], dtype=np.int64)

    def agreement(self, i: Rows, j: Rows) -> NDArray[np.uint8]:
        return sketch.agreement(self.words[i], self.words[j])

    def met(self, cap: int) -> meetings.Candidates:
        found = meetings.Collection()
        for band, keys in enumerate(self.keys):
            found.add(band, meetings.candidates(meetings.shared(keys), self.words, LEAST, cap))
        return found.joined()

    def is_variant(self, i: int, j: int) -> bool:
        if self.judge is None:
            return False
        return bool(are_variants([self.texts[i], self.texts[j]], np.array([0]), np.array([1]))[0])


def sketches_of(nibbles: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pack four bits for each of 16 places of every row: uint64 (n, 1)."""
    places = 4 * np.arange(16, dtype=np.uint64)
    words: NDArray[np.uint64] = (nibbles.astype(np.uint64) << places).sum(1, dtype=np.uint64)
    return words[:, None]


def random_case(seed: int) -> Case:
    """Draw a case: up to 60 rows of a few words, up to 4 bands, from a few buckets to many."""
    draw = np.random.default_rng(seed)
    count, bands, letters = (int(draw.integers(1, most)) for most in (60, 5, 5))
    frame = "while many small {} went down towards {} beyond the hills at {} that year"
    return Case(
        [draw.integers(0, draw.integers(1, 12), count).astype(np.uint32) for _ in range(bands)],
        sketches_of(draw.integers(0, 1 + draw.integers(1, 4), (count, 16))),
        [draw.integers(0, letters + 1, draw.integers(0, 9)).tolist() for _ in range(count)],
        [frame.format(*draw.choice(_WORDS[: draw.integers(1, 11)], 3)) for _ in range(count)],
        float(draw.choice([0.3, 0.6, 0.7, 0.9])),
        judge_of() if draw.random() < 0.7 else None,
    )


def decided(case: Case, limits: Limits) -> stage.Decision:
    met = case.met(limits.cap)
    return stage.decide(
        whole_of(case, met), len(met.sizes), case, LEAST, case.threshold, case.judge, limits
    )


def whole_of(case: Case, met: meetings.Candidates) -> stage.RankRange:
    whole = stage.all_ranks(len(case.rows), met)
    return whole._replace(scores=case.compare(whole.earlier, whole.later))


def expected(case: Case, limits: Limits) -> brute.Decision:
    return brute.row_by_row(
        len(case.rows),
        [keys.tolist() for keys in case.keys],
        lambda i, j: int(case.agreement(np.array([i]), np.array([j]))[0]),
        LEAST,
        case.score,
        case.threshold,
        limits.cap,
        limits.most,
        case.is_variant,
    )


def check_decision(case: Case, limits: Limits) -> None:
    """The decision is that of the walk, whatever the blocks, and what escaped is counted."""
    answer = expected(case, limits)
    counted = set()
    for block in (1, 2, 7, 64):
        found = decided(case, limits._replace(first_block=block, largest_block=block))
        assert found.kept.tolist() == answer.kept
        assert found.match.tolist() == answer.match
        assert found.similarity.tolist() == answer.similarity
        counted.add(found.uncompared)
    escaped = {
        (i, j)
        for band in case.keys
        for j in range(len(band))
        for i in range(j)
        if band[i] == band[j]
        and answer.kept[i]
        and answer.kept[j]
        and case.agreement(np.array([i]), np.array([j]))[0] >= LEAST
        and case.score(i, j) >= case.threshold
        and not case.is_variant(i, j)
    }
    assert not escaped & answer.compared
    assert len(counted) == 1
    assert counted.pop() >= len(escaped)


BOUNDS = [
    Limits(cap=1, most=64),
    Limits(cap=3, most=64),
    Limits(cap=3, most=2),
    Limits(cap=32, most=1),
    Limits(cap=5, most=3),
    Limits(cap=4, most=64),
    Limits(cap=32, most=64),
    Limits(cap=4, most=5, looks=1, laid_out=1),
]


@pytest.mark.parametrize("limits", BOUNDS, ids=str)
@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_decides_as_the_walk_does(limits: Limits, seed: int) -> None:
    check_decision(random_case(seed), limits)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), max_size=4))
def test_stretch_by_stretch_is_decided_as_at_once(seed: int, cuts: list[int]) -> None:
    case, limits = random_case(seed), Limits(cap=3, most=4)
    count = len(case.rows)
    met = case.met(limits.cap)
    whole = whole_of(case, met)

    def walk() -> stage.Walk:
        return stage.Walk(count, len(met.sizes), case, LEAST, case.threshold, case.judge, limits)

    first = walk()
    borders = sorted({0, count, *(cut for cut in cuts if cut < count)})
    parts = [first.take(part_of(whole, a, b)) for a, b in pairwise(borders)]
    at_once = walk().take(whole)
    assert np.concatenate([part.kept for part in parts]).tolist() == at_once.kept.tolist()
    assert np.concatenate([part.match for part in parts]).tolist() == at_once.match.tolist()
    similarity = np.concatenate([part.similarity for part in parts])
    assert similarity.tolist() == at_once.similarity.tolist()
    assert sum(part.uncompared for part in parts) == at_once.uncompared


def part_of(whole: stage.RankRange, low: int, high: int) -> stage.RankRange:
    """Cut the rows ``low`` to before ``high`` out of a stretch."""
    mine = (whole.later >= low) & (whole.later < high)
    members = (whole.member >= low) & (whole.member < high)
    return stage.RankRange(
        low, high, whole.rows[(whole.rows >= low) & (whole.rows < high)], whole.earlier[mine],
        whole.later[mine], whole.scores[mine], whole.member[members], whole.bucket[members],
    )  # fmt: skip


def made(count: int, bands: int, row: Callable[[int], tuple[list[int], str]]) -> Case:
    """Make a case in which all rows share all buckets; the nearer, the more places agree."""
    rows, texts = zip(*(row(k) for k in range(count)), strict=True)
    nibbles = np.array([[(k + place) // 16 % 16 for place in range(16)] for k in range(count)])
    keys = [np.full(count, band, dtype=np.uint32) for band in range(bands)]
    return Case(keys, sketches_of(nibbles), [*rows], [*texts], 0.8, judge_of())


#: The same words for all, and a text that is a variant of that of every other number.
def _of_one_template(number: int) -> tuple[list[int], str]:
    return [1] * 9, f"boats went down towards the towns beyond the hills in {1000 + number}"


SHAPES = {
    "a chain": made(80, 1, lambda k: ([k, *range(k + 1, k + 10)], "")),
    "strangers": made(80, 3, lambda k: ([k] * 9, "")),
    "copies": made(80, 2, lambda k: ([1] * 9, "")),
    "two families": made(80, 2, lambda k: ([k % 2] * 9, "")),
    "more families than a bucket remembers": made(80, 1, lambda k: ([k % 9] * 9, "")),
    "variants": made(80, 1, _of_one_template),
    "copies among variants": made(80, 1, lambda k: _of_one_template(k % 5)),
    "variants closer than the copy": made(
        60, 1, lambda k: ([1] * 9 + [2] * (k % 3), _of_one_template(k % 7)[1])
    ),
}


@pytest.mark.parametrize("limits", BOUNDS, ids=str)
@pytest.mark.parametrize("case", SHAPES.values(), ids=SHAPES)
def test_shapes(case: Case, limits: Limits) -> None:
    check_decision(case, limits)


def test_a_twin_behind_many_closer_variants_is_found() -> None:
    # Forty variants with all of the last row's words, and a twin with fewer: it is not passed over.
    def row(k: int) -> tuple[list[int], str]:
        twin = k in (3, 59)
        return [1] * (8 if k == 3 else 9), _of_one_template(7 if twin else 100 + k)[1]

    case = made(60, 1, row)._replace(words=np.zeros((60, 1), dtype=np.uint64))
    found = decided(case, Limits(cap=60))
    assert found.kept.tolist() == [True] * 59 + [False]
    assert found.match[59] == 3
    assert found.uncompared == 0


def test_what_a_bucket_forgets_is_counted() -> None:
    # 40 strangers in one bucket that remembers 5: the k-th meets k and is shown 5.
    case = made(40, 1, lambda k: ([k] * 9, ""))._replace(words=np.zeros((40, 1), dtype=np.uint64))
    found = decided(case, Limits(cap=5))
    assert found.kept.all()
    assert found.uncompared == sum(max(0, k - 5) for k in range(40))


@pytest.mark.parametrize(("count", "limits"), [(4, Limits()), (12, Limits(cap=3))])
def test_what_is_not_a_number_is_no_copy_and_is_counted(count: int, limits: Limits) -> None:
    case = made(count, 1, lambda k: ([], ""))._replace(words=np.zeros((count, 1), dtype=np.uint64))
    found = decided(case, limits)
    assert found.kept.all()
    assert found.uncompared == count * (count - 1) // 2


def test_nothing_is_uncounted_without_a_bound() -> None:
    for seed in range(20):
        case = random_case(seed)
        case = case._replace(rows=[row or [1] for row in case.rows])
        assert decided(case, Limits(cap=100, most=100)).uncompared == 0


def test_a_row_without_tokens_is_too_long_to_be_compared() -> None:
    keys = [np.zeros(4, dtype=np.uint32)]
    case = Case(keys, np.zeros((4, 1), dtype=np.uint64), [[], [1], [], [1]], [""] * 4, 0.5)
    found = decided(case, Limits(cap=2, most=8, first_block=4))
    assert found.kept.tolist() == [True, True, True, False]
    # The last row is like the second; the first is too long, and the third it is not shown.
    assert found.uncompared == 1 + 2 + 2


def test_a_giant_bucket_costs_no_square() -> None:
    # 20,000 strangers in one bucket: each is compared with a few, and laid out once.
    count, laid_out = 20_000, 0

    class Strangers(Case):
        def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
            assert len(i) <= 64 * 4096
            return np.zeros(len(i))

        def page(self, rows: Rows) -> kernel.Reading:
            nonlocal laid_out
            laid_out += len(rows)
            return super().page(rows)

    case = Strangers(
        [np.zeros(count, dtype=np.uint32)], np.zeros((count, 1), dtype=np.uint64),
        [[k] for k in range(count)], ["a text"] * count, 0.8, judge_of(),
    )  # fmt: skip
    found = decided(case, Limits())
    assert found.kept.all()
    assert laid_out <= count


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
    verdicts = np.where((earlier > 0) | (later == 4), VARIANT, COPY).astype(np.uint8)
    found = stage.settle(5, earlier, later, scores, judge_of(), verdicts=verdicts)
    assert found.kept.tolist() == [True, True, True, False, True]
    assert found.match.tolist() == [0, 1, 2, 0, 1]
    assert found.similarity.tolist() == [1.0, 1.0, 1.0, 0.8, 0.95]


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1))
def test_settle_keeps_the_first_independent_rows(seed: int) -> None:
    # Where each pair makes a copy, the rows kept are the first maximal independent set.
    draw = np.random.default_rng(seed)
    count = int(draw.integers(1, 40))
    edges = np.argwhere(np.triu(draw.random((count, count)) < draw.choice([0.02, 0.2, 0.7]), 1))
    scores = np.ones(len(edges))
    found = stage.settle(count, edges[:, 0], edges[:, 1], scores)
    pairs = [(i, j) for i, j in edges.tolist()]
    assert found.kept.tolist() == brute.first_independent(count, pairs)


def test_rows_in_no_pair_that_is_alike_are_not_laid_out() -> None:
    case = made(6, 1, lambda k: ([1] * 9, ""))
    asked: list[int] = []

    class Watched(Case):
        def page(self, rows: Rows) -> kernel.Reading:
            asked.extend(rows.tolist())
            return super().page(rows)

    earlier, later = np.array([0, 1, 2]), np.array([3, 4, 5])
    watched = Watched(*case)
    none = np.empty(0, dtype=np.int64)
    walk = stage.Walk(6, 0, watched, 0, 0.8, case.judge)
    found = walk.take(
        stage.RankRange(
            0, 6, np.arange(6), earlier, later, np.array([0.9, 0.5, np.nan]), none, none
        )
    )
    assert asked == [0, 3]
    assert found.kept.tolist() == [True, True, True, False, True, True]
