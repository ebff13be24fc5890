"""Bands: keys that are equal where the rows of a band are, and a promise that holds."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.core import bands
from dedup.core.candidates import shared
from tests.support.laws import band_keys, check_band_keys


@given(st.integers(1, 8), st.integers(1, 6), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_keys_are_equal_where_the_rows_of_the_band_are(
    cut: int, rows: int, count: int, seed: int
) -> None:
    # Few values, so that bands share some of their rows, and the same ones in another order.
    draw = np.random.default_rng(seed)
    check_band_keys(draw.integers(0, 3, (cut * rows, count)).astype(np.uint32), cut, rows)


def test_permutations_beyond_the_bands_do_not_count() -> None:
    draw = np.random.default_rng(1).integers(0, 2**32, (10, 5)).astype(np.uint32)
    changed = draw.copy()
    changed[9:] += np.uint32(1)
    assert (band_keys(draw, 3, 3) == band_keys(changed, 3, 3)).all()


def test_every_bit_of_a_key_depends_on_every_row() -> None:
    draw = np.random.default_rng(2).integers(0, 2**32, (3, 2000)).astype(np.uint32)
    keys = band_keys(draw, 1, 3)[0]
    for row in range(3):
        changed = draw.copy()
        changed[row] ^= np.uint32(1)
        flips = keys ^ band_keys(changed, 1, 3)[0]
        share = [float((flips >> np.uint32(bit) & np.uint32(1)).mean()) for bit in range(32)]
        assert all(0.4 < each < 0.6 for each in share)


@pytest.mark.parametrize("tokens", ["words", "chars"])
@pytest.mark.parametrize("threshold", [0.5, 0.7, 0.8, 0.9, 0.95])
def test_the_promise_is_kept_where_permutations_suffice(threshold: float, tokens: str) -> None:
    for recall in (0.5, 0.9, 0.99, 0.999):
        for count in (1_000, 300_000, 30_000_000):
            cut = bands.choose(threshold, recall, count, tokens)
            reached = bands.expected_recall(cut, threshold, bands.BURST[tokens])
            assert cut.bands * cut.rows <= 512
            assert cut.rows <= bands.MAX_ROWS
            if threshold >= 0.8 and recall <= 0.99:
                assert reached >= recall


def test_more_paragraphs_never_take_fewer_rows() -> None:
    counts = [10**k for k in range(3, 10)]
    rows = [bands.choose(0.8, 0.99, count, "words").rows for count in counts]
    assert rows == sorted(rows)
    assert rows[0] < rows[-1]


@given(st.floats(0.5, 0.99), st.integers(1, 5), st.floats(1, 5))
def test_the_jaccard_index_falls_with_similarity_and_width(
    similarity: float, width: int, burst: float
) -> None:
    here = bands.jaccard_at(similarity, width, burst)
    assert 0.0 <= here <= bands.jaccard_at(similarity + 0.01, width, burst)
    assert bands.jaccard_at(similarity, width + 1, burst) <= here
    assert bands.jaccard_at(1.0, width, burst) == 1.0


def test_the_jaccard_index_of_isolated_edits_is_exact() -> None:
    # 40 words, 4 of them replaced far from each other: 8 of 39 word pairs are lost.
    a = [f"w{k}" for k in range(40)]
    b = [f"x{k}" if k % 10 == 5 else word for k, word in enumerate(a)]
    left, right = ({*pairwise(row)} for row in (a, b))
    jaccard = len(left & right) / len(left | right)
    assert abs(bands.jaccard_at(0.9, 2) - jaccard) < 0.01


def test_expected_recall_is_the_mean_of_the_s_curve() -> None:
    banding = bands.Banding(2, 24, 3)
    steps = 4000
    total = 0.0
    for k in range(steps):
        s = 0.8 + 0.2 * (k + 0.5) / steps
        j = (2 * s - 1) / (3 - 2 * s)
        total += 1 - (1 - j**3) ** 24
    assert math.isclose(bands.expected_recall(banding, 0.8), total / steps, rel_tol=1e-3)


@pytest.mark.parametrize(("threshold", "recall"), [(0.8, 0.99), (0.8, 0.9), (0.7, 0.9)])
def test_the_promise_holds_for_the_worst_edits_there_are(threshold: float, recall: float) -> None:
    # Pairs spread evenly from the threshold to 1, every edit alone: 600 pairs of 60 words.
    draw = np.random.default_rng(17)
    recipe = dedup.Recipe.choose(threshold, recall, 100_000)
    texts = []
    for number in range(600):
        words = [f"w{number}x{k}" for k in range(60)]
        edits = round((1 - draw.uniform(threshold, 1)) * 60)
        edited = list(words)
        for place in draw.choice(30, min(edits, 29), replace=False):
            edited[2 * place] += "y"
        texts += [" ".join(words), " ".join(edited)]
    keys = band_keys(dedup.signatures(texts, recipe).T, recipe.bands, recipe.rows)
    met = (keys[:, 0::2] == keys[:, 1::2]).any(axis=0)
    promised = recipe.expected_recall(threshold)
    assert promised >= recall
    # Three standard errors.
    assert met.mean() >= promised - 3 * math.sqrt(promised * (1 - promised) / 600)


def test_strangers_do_not_meet() -> None:
    draw = np.random.default_rng(4)
    recipe = dedup.Recipe()
    texts = [" ".join(f"w{k}" for k in draw.integers(0, 5000, 60)) for _ in range(2000)]
    keys = band_keys(dedup.signatures(texts, recipe).T, recipe.bands, recipe.rows)
    met = sum(int((s * (s - 1) // 2).sum()) for s in (
        shared(band).sizes for band in keys
    ))  # fmt: skip
    assert met <= 20
