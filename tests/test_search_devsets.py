"""The laws on real text: all pairs of six sets, compared exhaustively."""

from __future__ import annotations

import numpy as np
import pytest

import dedup
from tests.support.laws import DevSet, judged


@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
@pytest.mark.parametrize("recall", [0.9, 0.99])
def test_few_pairs_escape_and_no_copy_is_false(
    real: DevSet, threshold: float, recall: float
) -> None:
    found = dedup.find(real.texts, threshold, recall)
    assert found.recipe.bands > 0
    score = {(i, j): s for i, j, s in real.pairs if s >= threshold}
    first = np.array(real.first)
    both = [pair for pair in score if found.kept[list(pair)].all()]
    escaped = [(i, j) for i, j in both if not judged(real.texts[i], real.texts[j])]
    copies = len(score) - len(both) + len(escaped)
    assert copies > 30
    assert found.expected_recall >= recall
    for k in np.flatnonzero(~found.kept).tolist():
        own, partner = int(first[k]), int(found.match[k])
        assert found.kept[partner]
        assert first[partner] == partner
        exact = own == partner
        assert (found.kind[k] == dedup.Kind.EXACT) == exact
        expected = 1.0 if exact else score[min(own, partner), max(own, partner)]
        assert found.similarity[k] == np.float32(expected)
    assert len(escaped) <= (1 - recall) * copies


@pytest.mark.parametrize("variants", ["report", "remove"])
@pytest.mark.parametrize("threshold", [0.7, 0.8, 0.9])
def test_with_every_pair_compared_the_answer_is_the_pure_law(
    real: DevSet, threshold: float, variants: str
) -> None:
    # One threshold on the whole set; the others on a part, for every pair takes seconds.
    count = len(real.texts) if threshold == 0.8 else min(len(real.texts), 700)
    found = dedup.find(real.texts[:count], threshold, recall=1.0, variants=variants)
    alike: dict[int, list[tuple[float, int]]] = {}
    for i, j, s in real.pairs:
        if s >= threshold and j < count:
            alike.setdefault(j, []).append((-s, i))
    own = [k for k in range(count) if real.first[k] == k]
    kept, match, score = dict.fromkeys(range(count), True), list(range(count)), [1.0] * count
    for k in own:
        best = sorted((s, i) for s, i in alike.get(k, []) if kept[i])
        copies = (
            best
            if variants == "remove"
            else [(s, i) for s, i in best if not judged(real.texts[i], real.texts[k])]
        )
        kept[k] = not copies
        if best:
            score[k], match[k] = -(copies or best)[0][0], (copies or best)[0][1]
    for k in range(count):
        first = real.first[k]
        if first != k and len(real.words[k]) >= 8:
            kept[k], match[k] = False, first if kept[first] else match[first]
            score[k] = 1.0 if kept[first] else score[first]
    assert found.kept.tolist() == [kept[k] for k in range(count)]
    assert found.match.tolist() == match
    assert found.similarity.tolist() == np.array(score, np.float32).tolist()
    assert (found.uncompared, found.expected_recall) == (0, 1.0)


def test_rank_and_workers_change_nothing(real: DevSet) -> None:
    texts = real.texts[:800]
    found = dedup.find(texts)
    places = np.random.default_rng(5).permutation(len(texts))
    again = dedup.find([texts[k] for k in places.tolist()], rank=places, workers=2)
    assert again.recipe == found.recipe
    assert again.kept[np.argsort(places)].tolist() == found.kept.tolist()
    assert places[again.match[np.argsort(places)]].tolist() == found.match.tolist()
