"""The kernel's buckets: held to a plain sort and to grouping by key."""

from __future__ import annotations

import ctypes
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate, combinations

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


@given(st.lists(_KEYS, min_size=1, max_size=9), st.data())
def test_keys_are_packed_with_the_numbers_of_their_rows(
    keys: list[int], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(keys) - 1), max_size=12))
    expected = [keys[row] << 32 | number for number, row in enumerate(rows)]
    assert kernel_calls.packed(keys, rows) == (0, expected)
    found = kernel.packed(np.array(keys, dtype=np.uint32), np.array(rows, dtype=np.int64))
    assert found.tolist() == expected


@pytest.mark.parametrize("row", [-1, 2, -(2**63), 2**63 - 1])
def test_keys_of_rows_that_are_not_there_are_refused(row: int) -> None:
    assert kernel_calls.packed([5, 6], [0, row])[0] == kernel_calls.BAD_SIZE


def agreeing(a: int, b: int, words: int) -> int:
    """Count the four-bit places in which two sketches agree."""
    return sum((a ^ b) >> 4 * place & 15 == 0 for place in range(16 * words))


_BUCKETS = st.lists(st.lists(st.integers(0, 7), min_size=2, max_size=5, unique=True), max_size=4)


@given(_BUCKETS, st.integers(1, 2), st.integers(0, 33), st.integers(0, 2**32))
def test_pairs_of_buckets_are_those_that_agree(
    buckets: list[list[int]], words: int, least: int, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    nibbles = draw.integers(0, 2, (8, 16 * words), dtype=np.uint64)
    sketches = (nibbles.reshape(8, words, 16) << (4 * np.arange(16, dtype=np.uint64))).sum(axis=2)
    plainly = [int.from_bytes(row.tobytes(), "little") for row in sketches]
    buckets = [sorted(bucket) for bucket in buckets]
    every = [pair for bucket in buckets for pair in combinations(bucket, 2)]
    likely = [(i, j) for i, j in every if agreeing(plainly[i], plainly[j], words) >= least]
    starts = [0, *accumulate(map(len, buckets))]
    flat = [row for bucket in buckets for row in bucket]
    for some, expected in ((sketches, likely), (None, every)):
        found: list[tuple[int, int]] = []
        begin = 0
        while begin < len(buckets):
            result, pairs, begin = kernel_calls.bucket_pairs(flat, starts, some, least, 10, begin)
            assert result == len(pairs)
            found += pairs
        assert found == expected
        rows, sizes = np.array(flat, dtype=np.uint32), np.diff(starts)
        told = kernel.bucket_pairs(rows, sizes, some, least).tolist()
        assert [divmod(value, 2**32) for value in told] == expected


def test_pairs_without_room_and_sizes_that_can_not_be() -> None:
    table = np.zeros((3, 1), dtype=np.uint64)
    told = kernel_calls.bucket_pairs
    assert told([0, 1, 2], [0, 3], table, 0, 2)[0] == kernel_calls.NO_ROOM
    assert told([0, 1, 3], [0, 3], table, 0, 9)[0] == kernel_calls.BAD_SIZE
    assert told([0, 1, 2], [0, 3, 2], table, 0, 9)[0] == kernel_calls.BAD_SIZE
    assert told([0, 1, 2], [-1, 2], table, 0, 9)[0] == kernel_calls.BAD_SIZE
    assert told([0, 1, 2], [0, 2**62], table, 0, 9)[0] == kernel_calls.BAD_SIZE
    assert told([0, 1], [0, 2], table, 0, -1)[0] == kernel_calls.BAD_SIZE
    assert told([0, 1], [0, 2], table, 0, 9, -1)[0] == kernel_calls.BAD_SIZE
    assert told([0, 1], [0, 2], table, 0, 9, 1, 0)[0] == kernel_calls.BAD_SIZE
