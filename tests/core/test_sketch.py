"""Sketches: places that two signatures share, in their lowest four bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

import dedup
from dedup.core import sketch
from tests.support.laws import cut


def packed_sketches(signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
    return cut(signatures, 0, 1, sketch.sketch_words(len(signatures))).sketches


@given(
    st.sampled_from([1, 15, 16, 17, 63, 96, 128, 369, 510, 512, 2000]), st.integers(0, 2**32 - 1)
)
def test_agreement_counts_places(permutations: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    signatures = draw.integers(0, 2**32, (permutations, 6)).astype(np.uint32)
    signatures[:, 3:] = np.where(draw.random((permutations, 3)) < 0.5, signatures[:, :3], 7)
    packed = packed_sketches(signatures)
    assert packed.shape == (6, sketch.sketch_words(permutations))
    places = 16 * packed.shape[1]
    low = np.zeros((places, 6), dtype=np.uint32)
    low[: min(places, permutations)] = signatures[:places] % 16
    i, j = np.divmod(np.arange(36), 6)
    expected = (low[:, i] == low[:, j]).sum(axis=0)
    assert sketch.agreement(packed[i], packed[j]).tolist() == expected.tolist()


@given(st.integers(1, 2000), st.integers(0, 2**32 - 1))
@example(1, 0)
@example(624, 1)
@example(72, 2**32 - 1)
def test_permutations_are_those_of_numpy(count: int, seed: int) -> None:
    draw = np.random.RandomState(seed)
    a = draw.randint(0, 1 << 31, count, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    b = draw.randint(0, 1 << 32, count, dtype=np.uint32)
    assert sketch.permutations(count, seed).tolist() == [a.tolist(), b.tolist()]


@pytest.mark.parametrize("permutations", [8, 64, 96, 512])
@pytest.mark.parametrize("jaccard", [0.2, 0.43, 0.8])
def test_few_true_pairs_fall_below_the_cut(permutations: int, jaccard: float) -> None:
    draw = np.random.default_rng(3)
    count = 4000
    pair = draw.integers(0, 2**32, (2, permutations, count)).astype(np.uint32)
    pair[1] = np.where(draw.random((permutations, count)) < jaccard, pair[0], pair[1])
    agreed = sketch.agreement(packed_sketches(pair[0]), packed_sketches(pair[1]))
    # One in a thousand is meant; three times that leaves room for chance and for the bell curve.
    assert (agreed < sketch.least_agreement(jaccard, permutations)).mean() <= 0.003


def test_the_cut_turns_strangers_away() -> None:
    draw = np.random.default_rng(4).integers(0, 2**32, (2, 96, 4000)).astype(np.uint32)
    agreed = sketch.agreement(packed_sketches(draw[0]), packed_sketches(draw[1]))
    assert (agreed >= sketch.least_agreement(0.43, 96)).mean() <= 0.001


def test_many_permutations_make_no_difference_to_find() -> None:
    text = "the old chain ferry crosses the river at seven every morning"
    for bands, rows in ((128, 4), (500, 4)):
        recipe = dedup.Recipe(permutations=bands * rows, bands=bands, rows=rows)
        found = dedup.find([text, text.replace("seven", "eight")], recipe=recipe)
        assert found.match.tolist() == [0, 0]
