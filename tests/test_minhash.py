"""MinHash: bit for bit datasketch's, scheme "affine32"."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup.core import minhash
from dedup.core.shingle import shingles
from dedup.core.tokens import linked, tokenise
from dedup.ragged import Ragged, starts_of
from tests.laws import DevSet, text_lists

FAMILIES = [(1, 1), (3, 1), (96, 1), (128, 1), (128, 42), (256, 2**32 - 1), (64, 0)]


def by_datasketch(shingle_rows: list[list[int]], count: int, seed: int) -> list[list[int]]:
    """Sketch rows of 32-bit hashes by datasketch."""
    found = []
    for row in shingle_rows:
        sketch = MinHash(num_perm=count, seed=seed, scheme="affine32", hashfunc=lambda value: value)
        for value in row:
            sketch.update(value)
        found.append([int(value) for value in sketch.hashvalues])
    return found


def ours(rows: list[list[int]], count: int, seed: int) -> list[list[int]]:
    flat = np.array([value for row in rows for value in row], dtype=np.uint32)
    ragged = Ragged(flat, starts_of(np.array([len(row) for row in rows], dtype=np.int64)))
    return minhash.signatures(ragged, minhash.permutations(count, seed)).T.tolist()  # type: ignore[no-any-return]


ROWS = {
    "no row": [],
    "an empty row": [[]],
    "one shingle": [[7]],
    "the extremes": [[0], [2**32 - 1]],
    "a repeated shingle": [[5, 5, 5]],
    "empty rows between others": [[], [1, 2], [], [], [3], []],
    "rows of unlike length": [[k * 2654435761 % 2**32 for k in range(n)] for n in (1, 300, 2, 65)],
}


@pytest.mark.parametrize(("count", "seed"), FAMILIES)
@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_signatures_are_those_of_datasketch(rows: list[list[int]], count: int, seed: int) -> None:
    assert ours(rows, count, seed) == by_datasketch(rows, count, seed)


@given(
    st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=20), max_size=6),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_signatures_of_random_rows_are_those_of_datasketch(
    rows: list[list[int]], count: int, seed: int
) -> None:
    assert ours(rows, count, seed) == by_datasketch(rows, count, seed)


def test_rows_of_a_block_and_of_many_blocks_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(3)
    rows = [draw.integers(0, 2**32, n).tolist() for n in draw.integers(0, 50, 200)]
    whole = ours(rows, 16, 1)
    for block in (1, 7, 64):
        if hasattr(minhash, "_BLOCK"):
            monkeypatch.setattr(minhash, "_BLOCK", block)
        assert ours(rows, 16, 1) == whole
    assert [ours([row], 16, 1)[0] for row in rows] == whole


@given(text_lists(most=5))
def test_signatures_of_texts_are_those_of_datasketch(texts: list[str]) -> None:
    recipe = dedup.Recipe(permutations=24, bands=8, rows=3, seed=9)
    rows = shingles(linked(tokenise(texts)), recipe.width)
    split = [part.tolist() for part in np.split(rows.values, rows.starts[1:-1])][: len(texts)]
    assert dedup.signatures(texts, recipe).tolist() == by_datasketch(split, 24, 9)


def test_signatures_of_real_text_are_those_of_datasketch(real: DevSet) -> None:
    texts = real.texts[:200]
    rows = shingles(linked(tokenise(texts)), 2)
    family = dedup.Recipe()
    sketches = MinHash.bulk(
        [part.tolist() for part in np.split(rows.values, rows.starts[1:-1])],
        num_perm=family.permutations,
        seed=family.seed,
        scheme="affine32",
        hashfunc=lambda value: value,
    )
    expected = [sketch.hashvalues.tolist() for sketch in sketches]
    assert dedup.signatures(texts).tolist() == expected


def test_a_text_without_a_word_has_the_signature_of_nothing() -> None:
    found = dedup.signatures(["", "?!", "a"])
    assert (found[:2] == minhash.EMPTY).all()
    assert (found[2] != minhash.EMPTY).any()
    assert found.dtype == np.uint32


def test_no_text_has_no_signature() -> None:
    assert dedup.signatures([]).shape == (0, dedup.Recipe().permutations)


def test_equal_places_estimate_the_jaccard_index() -> None:
    # 1000 permutations: the standard error is 0.015 at J = 1/3.
    draw = np.random.default_rng(8).integers(0, 2**32, 300).tolist()
    a, b = ours([draw[:200], draw[100:]], 1000, 1)
    share = np.mean(np.array(a) == np.array(b))
    assert abs(share - 1 / 3) < 0.06


def test_datasketch_takes_the_signatures_as_its_own() -> None:
    text = "the ferry leaves the old harbour at seven"
    (row,) = dedup.signatures([text])
    lean = LeanMinHash(seed=1, hashvalues=row, scheme="affine32")
    own = MinHash(num_perm=len(row), seed=1, scheme="affine32", hashfunc=lambda value: value)
    for value in shingles(linked(tokenise([text])), 2).values.tolist():
        own.update(value)
    assert lean.jaccard(LeanMinHash(own)) == 1.0
