"""Shingles: every few neighbours of a row, and nothing across rows."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import kernel
from dedup.ragged import Ragged
from tests.support.kernel_calls import ragged

rows_of_tokens = st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=10), max_size=6)
widths = st.integers(1, kernel.MAX_WIDTH)


def shingles(rows: Ragged[np.uint64], width: int) -> Ragged[np.uint32]:
    """Hash shingles of tokens as they are."""
    return kernel.shingles(rows, width, linked=False)


def plain(row: list[int], width: int) -> list[tuple[int, ...]]:
    """List the runs of ``width`` neighbours of a row; of a shorter row the whole, of none none."""
    if 0 < len(row) < width:
        return [tuple(row)]
    return [tuple(row[k : k + width]) for k in range(len(row) - width + 1)]


@given(rows_of_tokens, widths)
def test_each_row_has_its_neighbours_as_shingles(rows: list[list[int]], width: int) -> None:
    found = shingles(ragged(rows), width)
    expected = [plain(row, width) for row in rows]
    assert found.lengths.tolist() == [len(row) for row in expected]
    # One hash for one shingle, wherever it stands; the row around it doesn't matter.
    flat = [shingle for row in expected for shingle in row]
    alone = [shingles(ragged([list(shingle)]), width).values.tolist() for shingle in flat]
    assert [[value] for value in found.values.tolist()] == alone


def test_fewer_tokens_than_a_shingle_is_wide_in_the_whole_batch() -> None:
    assert dedup.signatures(["ab", ""], dedup.Recipe(tokens="chars", width=5)).shape == (2, 96)


@given(st.integers(0, 2**63), widths.filter(lambda width: width > 1))
def test_the_order_of_neighbours_counts(base: int, width: int) -> None:
    row = [base + k for k in range(width)]
    assert shingles(ragged([row]), width).values != shingles(ragged([row[::-1]]), width).values


def test_ten_thousand_shingles_hardly_collide() -> None:
    row = np.random.default_rng(5).integers(0, 2**63, 10_001).tolist()
    for width in (1, 2, 5):
        values = shingles(ragged([row]), width).values
        # Of random 32-bit values 0.01 pairs are expected.
        assert len(np.unique(values)) >= len(values) - 1


def test_small_differences_reach_every_bit() -> None:
    # Neighbouring token hashes give unlike shingle hashes: about half of the bits differ.
    rows = [[k, 7] for k in range(1000)]
    values = shingles(ragged(rows), 2).values
    flips = np.bitwise_count(values[1:] ^ values[:-1])
    assert 15 < flips.mean() < 17
