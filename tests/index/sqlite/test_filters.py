"""Filters let pass every band key of their run, and few others."""

from __future__ import annotations

import numpy as np
import pytest

from dedup import kernel
from dedup.index.damage import Damage
from dedup.index.sqlite import filters


@pytest.mark.parametrize("keys", [0, 1, 5, 1000, 70_000])
def test_a_filter_lets_all_its_keys_pass_and_few_others(keys: int) -> None:
    draw = np.random.default_rng(keys)
    some = draw.integers(0, 1 << 32, keys, dtype=np.uint32)
    runs = kernel.Runs([0], [0], [8], [filters.make(some)])
    assert runs.find(0, some[None])[0].tolist() == [*range(keys)]
    strangers = draw.integers(0, 1 << 32, (1, 20_000), dtype=np.uint32)
    assert len(runs.find(0, strangers)[0]) < 0.07 * 20_000


def test_a_filter_is_made_as_it_was() -> None:
    assert filters.make(np.array([1, 2, 0xFFFFFFFF], dtype=np.uint32)).hex() == "82900900"

    assert filters.make(np.empty(0, dtype=np.uint32)).hex() == "00"


def test_a_filter_longer_than_any_that_is_made_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "_MOST", 10)
    longest = filters.make(np.arange(10_000, dtype=np.uint32))
    assert filters.checked(1, longest) == longest
    for wrong in (longest * 2, longest[:-1], b"", "x"):
        with pytest.raises(Damage, match="the filter of run 1 is of another length"):
            filters.checked(1, wrong)
