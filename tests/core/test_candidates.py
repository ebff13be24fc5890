"""Candidates: who meets in a bucket."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dedup.core import candidates as stage

Rows = NDArray[np.int64]
key_tables = st.integers(0, 25).flatmap(
    lambda count: st.lists(
        st.lists(st.sampled_from([0, 1, 2, 7, 2**32 - 1]), min_size=count, max_size=count),
        max_size=3,
    )
)


def buckets(keys: list[int]) -> list[list[int]]:
    """Group rows by key; those that are alone are left out."""
    found: dict[int, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        found[key].append(row)
    return [members for _, members in sorted(found.items()) if len(members) > 1]


def joined(bands: Iterable[stage.Candidates]) -> stage.Candidates:
    found = stage.Collection()
    for band, some in enumerate(bands):
        found.add(band, some)
    return found.joined()


@given(key_tables)
def test_buckets_are_the_rows_that_share_a_key(table: list[list[int]]) -> None:
    for keys in table:
        found = stage.shared(np.array(keys, dtype=np.uint32))
        parts = np.split(found.rows, np.cumsum(found.sizes)[:-1])
        assert [part.tolist() for part in parts][: len(found.sizes)] == buckets(keys)


@given(key_tables, st.integers(1, 30), st.integers(1, 10), st.sampled_from([2, 3, 99]))
def test_small_buckets_give_pairs_and_hot_ones_members(
    table: list[list[int]], cap: int, flush: int, modulus: int
) -> None:
    # Rows that leave the same remainder have the same sketch, and others agree nowhere.
    sketches = np.arange(25, dtype=np.uint64)[:, None] % np.uint64(modulus)
    sketches *= np.uint64(0x1111111111111111 if modulus <= 16 else 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "_FLUSH", flush)
        met = joined(
            stage.candidates(stage.shared(np.array(keys, dtype=np.uint32)), sketches, 16, cap)
            for keys in table
        )
    every = [members for keys in table for members in buckets(keys)]
    expected = {
        pair
        for members in every
        if len(members) <= cap
        for pair in combinations(members, 2)
        if modulus > 16 or pair[0] % modulus == pair[1] % modulus
    }
    i, j = stage.unpack(met.pairs)
    assert list(zip(i.tolist(), j.tolist(), strict=True)) == sorted(expected)
    hot = [members for members in every if len(members) > cap]
    assert met.sizes.tolist() == [len(members) for members in hot]
    assert met.members.tolist() == [row for members in hot for row in members]


def test_the_order_of_the_bands_does_not_matter() -> None:
    draw = np.random.default_rng(6)
    bands = [draw.integers(0, 9, 60).astype(np.uint32) for _ in range(5)]
    first = joined(stage.candidates(stage.shared(band)) for band in bands)
    again = joined(stage.candidates(stage.shared(band)) for band in bands[::-1])
    assert first.pairs.tolist() == again.pairs.tolist()


def test_rows_are_numbered_in_the_order_they_are_given() -> None:
    keys = np.array([7, 8, 7, 8, 7], dtype=np.uint32)
    found = stage.shared(keys, np.array([4, 3, 0]))
    assert (found.rows.tolist(), found.sizes.tolist()) == ([0, 2], [2])


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=8))
def test_packing_sorts_like_the_pair_and_comes_undone(pairs: list[tuple[int, int]]) -> None:
    i, j = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    packed = stage.pack(i, j)
    assert [tuple(pair) for pair in np.stack(stage.unpack(packed), 1).tolist()] == pairs
    back = stage.unpack(stage.distinct([packed, packed]))
    assert np.stack(back, 1).tolist() == [list(pair) for pair in sorted(set(pairs))]
