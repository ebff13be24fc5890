"""The kernel's buckets: held to a plain sort and to grouping by key."""

from __future__ import annotations

import ctypes
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import kernel
from tests.support import kernel_calls, plain

_KEYS = st.sampled_from([0, 1, 2, 2**10, 2**11, 2**22 + 1, 2**31, 2**32 - 1])
_ROWS = st.one_of(st.integers(0, 40), st.sampled_from([2**11, 2**22, 2**32 - 1]))


def check(packed: list[int]) -> None:
    array = np.array(packed, dtype=np.uint64)
    result, rows = kernel_calls.buckets(array)
    assert rows == plain.buckets(packed)
    assert result == sum(map(len, rows))
    assert array.tolist() == sorted(packed)
    flat, sizes = kernel.buckets(np.array(packed, dtype=np.uint64))
    assert flat.tolist() == [row for bucket in rows for row in bucket]
    assert sizes.tolist() == [*map(len, rows)]
    assert [flat.dtype, sizes.dtype] == [np.dtype(np.uint32), np.dtype(np.int64)]


@given(st.lists(st.builds(lambda key, row: key << 32 | row, _KEYS, _ROWS), max_size=60))
@example([])
@example([5])
@example([2**64 - 1] * 3)
@example([7 << 32 | 1, 7 << 32, 8 << 32])
def test_buckets_are_those_of_a_sort(packed: list[int]) -> None:
    check(packed)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=60))
def test_any_values_are_sorted(packed: list[int]) -> None:
    check([*packed, *packed[::2]])


@pytest.mark.parametrize("bits", [1, 8, 17, 32])
def test_many_rows(bits: int) -> None:
    rng = random.Random(bits)
    check([rng.getrandbits(bits) << 32 | row for row in range(20_000)])


def test_parts_that_share_no_key_give_the_same_in_threads() -> None:
    keys = np.random.default_rng(3).integers(0, 4_000, 20_000).astype(np.uint64)
    packed = keys << np.uint64(32) | np.arange(20_000, dtype=np.uint64)
    _, whole = kernel_calls.buckets(packed.copy())
    parts = [packed[keys // np.uint64(1_000) == part] for part in range(4)]
    with ThreadPoolExecutor(3) as threads:
        found = [rows for _, rows in threads.map(kernel_calls.buckets, parts)]
    assert [bucket for rows in found for bucket in rows] == whole


@pytest.mark.parametrize("count", [-1, -(2**63), 2**60, 2**63 - 1])
def test_counts_that_can_not_be_are_refused(count: int) -> None:
    many = ctypes.c_int64(7)
    function = kernel_calls.library().dedup_buckets
    assert function(None, None, count, None, None, many) == kernel_calls.BAD_SIZE
    assert many.value == 7
