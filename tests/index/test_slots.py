"""Slots give back what was packed, and keep their format."""

from __future__ import annotations

import numpy as np
import pytest

from dedup.index import slots


def test_slots_are_packed_as_they_were() -> None:
    keys = np.array([0x01FFFFFF, 0x00000001, 0xFF345678], dtype=np.uint32)
    places, bodies = slots.pack(keys, np.array([5, 70_000, 2]), 8, 3)
    assert places.tolist() == [0, 1, 255]
    assert [body.hex() for body in bodies] == ["010000701101", "ffffff050000", "785634020000"]


@pytest.mark.parametrize("bits", [8, 13, 20])
@pytest.mark.parametrize("width", [3, 4])
def test_slots_give_back_what_was_packed(bits: int, width: int) -> None:
    draw = np.random.default_rng(bits)
    keys = draw.integers(0, 1 << 32, 3000, dtype=np.uint32)
    keys[:50] = keys[50:100]
    numbers = draw.permutation(1 << 20)[:3000]
    places, bodies = slots.pack(keys, numbers, bits, width)
    low, members, counts = slots.unpack(bodies, width)
    whole = slots.whole_keys(low, places, counts, bits)
    expected = sorted(zip(keys.tolist(), numbers.tolist(), strict=True))
    assert list(zip(whole.tolist(), members.tolist(), strict=True)) == expected
    by_place = dict(zip(places.tolist(), bodies, strict=True))
    for key in keys[:60]:
        body = by_place[int(key) >> (32 - bits)]
        which, found = slots.find([body], np.array([width]), np.array([key]))
        assert which.tolist() == [0] * len(found)
        assert set(found.tolist()) == set(numbers[keys == key].tolist())


def test_a_slot_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a slot holds 7 bytes"):
        slots.unpack([bytes(7)], 3)
    with pytest.raises(ValueError, match="a slot holds 8 bytes, no multiple of 7"):
        slots.find([bytes(6), bytes(8)], np.array([3, 4]), np.zeros(2, dtype=np.uint32))
