"""Filters let pass every band key of their run, and few others."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.index.damage import Damage
from dedup.index.sqlite import filters
from dedup.index.sqlite.filters import Filters


@pytest.mark.parametrize("keys", [0, 1, 5, 1000, 70_000])
def test_a_filter_lets_all_its_keys_pass_and_few_others(keys: int) -> None:
    draw = np.random.default_rng(keys)
    some = draw.integers(0, 1 << 32, keys, dtype=np.uint32)
    other = draw.integers(0, 1 << 32, 300, dtype=np.uint32)
    held = Filters(3)
    held.put(2, 9, filters.make(other))
    held.put(0, 7, filters.make(some))
    assert held.missing(np.array([7, 8, 9])).tolist() == [1]
    assert len(held.passing(0, some[None])) == len(some)
    assert len(held.passing(2, other[None])) == len(other)
    strangers = draw.integers(0, 1 << 32, (3, 20_000), dtype=np.uint32)
    passing = np.bincount(held.passing(0, strangers) // 20_000, minlength=3) / 20_000
    assert passing[0] < 0.07
    assert passing[1] == 0
    held.put(1, 8, None)
    held.put(0, -1, None)
    again = np.bincount(held.passing(0, strangers) // 20_000, minlength=3) / 20_000
    assert again.tolist() == [0, 1, passing[2]]


def test_a_filter_is_made_as_it_was() -> None:
    assert filters.make(np.array([1, 2, 0xFFFFFFFF], dtype=np.uint32)).hex() == "82900900"

    assert filters.make(np.empty(0, dtype=np.uint32)).hex() == "00"


def test_a_filter_longer_than_any_that_is_made_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "_MOST", 10)
    longest = filters.make(np.arange(10_000, dtype=np.uint32))
    held = Filters(1)
    held.put(0, 1, longest)
    assert len(held.passing(0, np.arange(10_000, dtype=np.uint32)[None])) == 10_000
    for wrong in (longest * 2, longest[:-1], b"", "x"):
        with pytest.raises(Damage, match="the filter of run 1 is of another length"):
            held.put(0, 1, wrong)  # type: ignore[arg-type]
