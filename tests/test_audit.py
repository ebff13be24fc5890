"""The audit: what it counts, against every pair compared by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dedup
from benchmarks.corpus import paragraphs


def test_all_paragraphs_audited_meet_every_pair() -> None:
    texts = paragraphs(300, seed=3, edited=0.4).texts
    found = dedup.find(texts, variants="remove")
    distinct = list(dict.fromkeys(texts))
    scores = [dedup.similarity(a, b) for n, a in enumerate(distinct) for b in distinct[n + 1 :]]
    true = sum(found.threshold <= score < 1 for score in scores)
    assert true > 20
    assert found.audit(sample=10_000)[:3] == (len(distinct), true, 0)


def test_variants_are_no_escaped_pairs() -> None:
    base = "Upgrade the cluster to version 3.{} before you remove the old nodes from it."
    texts = [base.format(k) for k in range(5)] + [base.format(0).replace("before", "well before")]
    found = dedup.find(texts)
    assert found.kept.sum() == 5
    assert found.audit()[:3] == (6, 5, 0)
    assert dedup.find(texts, variants="remove").audit()[:3] == (6, 15, 0)


def test_what_was_not_found_is_counted_as_escaped() -> None:
    texts = paragraphs(300, seed=4, edited=0.4).texts
    blind = dedup.find(texts, threshold=1.0)
    missed = dedup.Found(
        blind.kept, blind.match, blind.similarity, blind.kind, 0.8, blind.recipe, 1.0, 0, texts,
        "remove",
    )  # fmt: skip
    audit = missed.audit(sample=400)
    assert audit.escaped == audit.pairs > 20
    assert audit.share == 1.0
    assert 0.9 < audit.low < audit.share == audit.high


def test_a_sample_estimates_the_share() -> None:
    texts = paragraphs(2_000, seed=5, edited=0.4).texts
    found = dedup.find(texts)
    audit = found.audit(sample=300)
    assert audit.sample == 300
    assert audit.pairs > 50
    assert audit.low <= audit.share <= audit.high < 0.1
    assert audit == found.audit(sample=300)


def test_nothing_to_compare() -> None:
    assert dedup.find([]).audit() == (0, 0, 0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("sample", "error"), [(0, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_wrong_samples(sample: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="sample is"):
        dedup.find(["one two"]).audit(sample)


def test_short_paragraphs_are_not_audited() -> None:
    found = dedup.find(["too short to count", "too short to count!"])
    assert found.kept.all()
    assert np.array_equal(found.audit()[:3], (0, 0, 0))
