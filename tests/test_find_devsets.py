"""The laws on real text: all pairs of six sets, compared exhaustively."""

from __future__ import annotations

import numpy as np
import pytest

import dedup
from tests import brute
from tests.laws import DevSet


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("recall", [0.9, 0.99])
def test_few_pairs_escape_and_no_copy_is_false(
    real: DevSet, threshold: float, recall: float
) -> None:
    found = dedup.find(real.texts, threshold, recall)
    assert found.recipe.bands > 0
    score = {(i, j): s for i, j, s in real.pairs if s >= threshold}
    first = np.array(real.first)
    escaped = [pair for pair in score if found.kept[list(pair)].all()]
    assert len(score) > 40
    assert found.expected_recall >= recall
    for k in np.flatnonzero(~found.kept).tolist():
        own, partner = int(first[k]), int(found.match[k])
        assert found.kept[partner]
        assert first[partner] == partner
        exact = own == partner
        assert (found.kind[k] == dedup.Kind.EXACT) == exact
        expected = 1.0 if exact else score[min(own, partner), max(own, partner)]
        assert found.similarity[k] == np.float32(expected)
    assert len(escaped) <= (1 - recall) * len(score)


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_with_every_pair_compared_the_answer_is_the_pure_law(
    real: DevSet, threshold: float
) -> None:
    # One threshold on the whole set; the others on a part, for every pair takes seconds.
    count = len(real.texts) if threshold == 0.8 else min(len(real.texts), 700)
    found = dedup.find(real.texts[:count], threshold, recall=1.0)
    pairs = [(i, j) for i, j, s in real.pairs if s >= threshold and j < count]
    first = real.first[:count]
    same = [(i, k) for k, i in enumerate(first) if i != k and len(real.words[k]) >= 8]
    kept = brute.first_independent(count, [*same, *_spread(pairs, first)])
    assert found.kept.tolist() == kept
    best: dict[int, tuple[float, int]] = {}
    for i, j, s in real.pairs:
        if s >= threshold and j < count and kept[i]:
            best[j] = max(best.get(j, (0.0, 0)), (s, -i))
    for k in np.flatnonzero(~found.kept).tolist():
        own = real.first[k]
        score, partner = (1.0, own) if kept[own] else (best[own][0], -best[own][1])
        assert found.match[k] == partner
        assert found.similarity[k] == np.float32(score)
    assert (found.uncompared, found.expected_recall) == (0, 1.0)


def _spread(pairs: list[tuple[int, int]], first: list[int]) -> list[tuple[int, int]]:
    """Give the pairs of first places to every later place of the same words."""
    places: dict[int, list[int]] = {}
    for k, own in enumerate(first):
        places.setdefault(own, []).append(k)
    return [(a, b) for i, j in pairs for a in places[i] for b in places[j]]


def test_rank_and_workers_change_nothing(real: DevSet) -> None:
    texts = real.texts[:800]
    found = dedup.find(texts)
    places = np.random.default_rng(5).permutation(len(texts))
    again = dedup.find([texts[k] for k in places.tolist()], rank=places, workers=2)
    assert again.recipe == found.recipe
    assert again.kept[np.argsort(places)].tolist() == found.kept.tolist()
    assert places[again.match[np.argsort(places)]].tolist() == found.match.tolist()
