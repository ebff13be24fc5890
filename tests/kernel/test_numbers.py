"""The kernel's numbers for tokens: held to a dictionary; rows of them, to rows of tokens."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import kernel
from dedup.ragged import Ragged
from tests.support import kernel_calls
from tests.support.kernel_calls import BAD_SIZE

#: Tokens that fall into few slots whatever odd number they are multiplied by: multiples of 2**60.
tokens = st.integers(0, 15).map(lambda k: k << 60) | st.integers(0, 2**64 - 1)


def numbered(values: list[int]) -> list[int]:
    """Number values by the order in which they first come."""
    known: dict[int, int] = {}
    return [known.setdefault(value, len(known)) for value in values]


@given(st.lists(st.lists(tokens, max_size=40), max_size=5))
def test_numbers_are_given_in_the_order_of_first_sight(batches: list[list[int]]) -> None:
    numbers = kernel.Numbers()
    found = [numbers.of(np.array(batch, dtype=np.uint64)) for batch in batches]
    values = [value for batch in batches for value in batch]
    joined = np.concatenate([np.empty(0, dtype=np.uint32), *found])
    assert joined.tolist() == numbered(values)
    assert numbers.tokens(joined).tolist() == values


@pytest.mark.parametrize("size", [1, 700, 50_000])
def test_tables_grow_and_numbers_stay(size: int) -> None:
    draw = random.Random(size)
    values = [draw.randrange(2**64) for _ in range(size)]
    values += draw.choices(values, k=size)
    numbers = kernel.Numbers()
    found = numbers.of(np.array(values, dtype=np.uint64))
    assert found.tolist() == numbered(values)
    assert numbers.of(np.array(values, dtype=np.uint64)).tolist() == found.tolist()
    assert numbers.tokens(found).tolist() == values


@given(st.lists(tokens, max_size=40), st.integers(1, 5), st.integers(0, 16))
def test_a_table_that_is_full_says_how_far_it_came(
    values: list[int], bits: int, capacity: int
) -> None:
    capacity = min(capacity, 1 << (bits - 1))
    result, found = kernel_calls.number(values, bits, capacity)
    expected = numbered(values)
    fit = [number for number in expected if number < capacity]
    assert result == next((k for k, n in enumerate(expected) if n >= capacity), len(values))
    assert found[:result] == fit[:result]


@pytest.mark.parametrize(
    ("bits", "capacity", "count", "size"),
    [(0, 0, 0, 1), (33, 1, 0, 1), (3, 5, 0, 1), (3, 4, 5, 1), (3, -1, 0, 1), (3, 4, -1, 1),
     (3, 4, 0, -1), (-(2**31), 1, 0, 1), (2**31 - 1, 1, 0, 1)],
)  # fmt: skip
def test_sizes_that_can_not_be_are_refused(bits: int, capacity: int, count: int, size: int) -> None:
    table = kernel_calls.CNumbers(None, count, capacity, None, 1, bits)
    assert kernel_calls.library().dedup_number(table, None, size, None) == BAD_SIZE


@given(st.lists(st.lists(st.integers(0, 6), max_size=300), min_size=1, max_size=6), st.data())
def test_rows_of_numbers_are_as_alike_as_rows_of_values(
    rows: list[list[int]], data: st.DataObject
) -> None:
    every = st.integers(0, len(rows) - 1)
    pairs = data.draw(st.lists(st.tuples(every, every), max_size=12))
    most = data.draw(st.sampled_from([0, 40, 2**63 - 1]))
    wide = kernel_calls.ragged(rows)
    narrow = Ragged(wide.values.astype(np.uint32), wide.starts)
    expected = kernel_calls.similarities(wide, pairs, most)
    found = kernel_calls.similarities(narrow, pairs, most)
    assert found[0] == expected[0]
    assert np.array_equal(found[1], expected[1], equal_nan=True)
    i, j = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    again = kernel.similarities(narrow, i, j, most)
    assert np.array_equal(again, expected[1], equal_nan=True)
