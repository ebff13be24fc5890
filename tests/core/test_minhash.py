"""MinHash: bit for bit datasketch's, scheme "affine32"."""

from __future__ import annotations

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import kernel
from dedup.core import sketch
from tests.support import plain
from tests.support.kernel_calls import ragged
from tests.support.laws import DevSet, text_lists

#: A place of the signature of nothing.
EMPTY = 2**32 - 1

FAMILIES = [(1, 1), (3, 1), (96, 1), (128, 1), (128, 42), (256, 2**32 - 1), (64, 0)]


def shingles(text: str, width: int) -> list[int]:
    """Hash the shingles of a text."""
    return plain.shingles(plain.linked(plain.tokens(text)), width)


def by_datasketch(rows: list[list[int]], count: int, seed: int) -> list[list[int]]:
    """Sketch rows of 32-bit hashes by datasketch."""
    return [plain.signature(row, count, seed) for row in rows]


def ours(rows: list[list[int]], count: int, seed: int) -> list[list[int]]:
    """Sketch rows of 32-bit hashes by the kernel, which is handed tokens that have them."""
    tokens = ragged([[*map(plain.token_of, row)] for row in rows])
    drawn = sketch.permutations(count, seed)
    family = kernel.Family(1, False, drawn, 0, 1, 0)
    found = kernel.sketch(tokens, family, signatures=True).signatures
    assert found is not None
    return [[*map(int, row)] for row in found.T]


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


def test_rows_of_a_batch_are_those_alone() -> None:
    draw = np.random.default_rng(3)
    rows = [draw.integers(0, 2**32, n).tolist() for n in draw.integers(0, 50, 200)]
    assert [ours([row], 16, 1)[0] for row in rows] == ours(rows, 16, 1)


@given(text_lists(most=5))
def test_signatures_of_texts_are_those_of_datasketch(texts: list[str]) -> None:
    recipe = dedup.Recipe(permutations=24, bands=8, rows=3, seed=9)
    rows = [shingles(text, recipe.width) for text in texts]
    assert dedup.signatures(texts, recipe).tolist() == by_datasketch(rows, 24, 9)


def test_signatures_of_real_text_are_those_of_datasketch(real: DevSet) -> None:
    family = dedup.Recipe()
    tokens = ([*map(plain.token, row)] for row in real.words[:200])
    sketches = MinHash.bulk(
        [plain.shingles(plain.linked(row), family.width) for row in tokens],
        num_perm=family.permutations,
        seed=family.seed,
        scheme="affine32",
        hashfunc=lambda value: value,
    )
    expected = [sketch.hashvalues.tolist() for sketch in sketches]
    assert dedup.signatures(real.texts[:200]).tolist() == expected


def test_a_text_without_a_word_has_the_signature_of_nothing() -> None:
    found = dedup.signatures(["", "?!", "a"])
    assert (found[:2] == EMPTY).all()
    assert (found[2] != EMPTY).any()
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
    for value in shingles(text, 2):
        own.update(value)
    assert lean.jaccard(LeanMinHash(own)) == 1.0
