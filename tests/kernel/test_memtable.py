"""The kernel's table of recent rows and its filters: held to dictionaries and to marks."""

from __future__ import annotations

import numpy as np
import pytest

from dedup import kernel


def test_recent_rows_are_found_as_in_a_dict() -> None:
    draw = np.random.default_rng(3)
    table = kernel.Memtable(3, 256)
    memory: list[dict[int, list[int]]] = [{}, {}, {}]
    number = 0
    mark = [0, 0, 0]
    for _ in range(60):
        count = int(draw.integers(1, 40))
        keys = draw.integers(0, 30, (3, count), dtype=np.uint32)
        held = draw.random((3, count)) < 0.8
        for band in range(3):
            if number + count - mark[band] > 256:
                table.empty(np.array([band]))
                memory[band], mark[band] = {}, number
        table.add(number, keys, held)
        for band in range(3):
            for row in np.flatnonzero(held[band]).tolist():
                memory[band].setdefault(int(keys[band, row]), []).append(number + row)
        number += count
        first = int(draw.integers(3))
        asked = np.tile(np.arange(30, dtype=np.uint32), (3 - first, 1))
        which, found = table.find(first, asked)
        members: dict[int, list[int]] = {}
        for at, each in zip(which.tolist(), found.tolist(), strict=True):
            members.setdefault(at, []).append(each)
        for at in range(asked.size):
            expected = memory[first + at // 30].get(at % 30, [])
            assert sorted(members.get(at, [])) == expected
        band = int(draw.integers(3))
        got, numbers = table.rows(band, mark[band])
        flat = {k: int(v) for k, v in zip(numbers.tolist(), got.tolist(), strict=True)}
        assert flat == {each: k for k, some in memory[band].items() for each in some}


def test_more_rows_with_one_key_than_there_was_room_for_are_all_found() -> None:
    table = kernel.Memtable(1, 1024)
    table.add(0, np.full((1, 1000), 5, dtype=np.uint32), np.ones((1, 1000), dtype=bool))
    which, found = table.find(0, np.array([[5, 6]], dtype=np.uint32))
    assert sorted(found.tolist()) == [*range(1000)]
    assert set(which.tolist()) == {0}


def test_bands_and_rows_beyond_a_table_are_refused() -> None:
    table = kernel.Memtable(2, 16)
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        table.find(1, np.zeros((2, 1), dtype=np.uint32))
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        table.add(0, np.zeros((2, 17), dtype=np.uint32), np.ones((2, 17), dtype=bool))


def test_slots_that_may_hold_a_key_are_those_whose_filter_has_both_marks() -> None:
    draw = np.random.default_rng(1)
    mark_bits, slot_bits = [3, 9, 12], [8, 4, 9]
    filters = [draw.integers(0, 256, 1 << bits - 3, dtype=np.uint8).tobytes() for bits in mark_bits]
    keys = draw.integers(0, 1 << 32, (2, 500), dtype=np.uint32)
    bands, first_slots = [1, 1, 2, 0], [0, 7 << 24, 1 << 40, 5]
    runs = kernel.Runs(bands, first_slots, [*slot_bits, 8], [*filters, None])
    expected = []
    for run in range(3):
        for place, key in enumerate(keys[bands[run] - 1].tolist(), 500 * (bands[run] - 1)):
            spots = [
                (key * factor & 0xFFFFFFFF) >> 32 - mark_bits[run]
                for factor in (0x9E3779B1, 0x85EBCA6B)
            ]
            if all(filters[run][spot >> 3] >> (spot & 7) & 1 for spot in spots):
                expected.append((place, run, first_slots[run] + (key >> 32 - slot_bits[run])))
    assert [*zip(*(each.tolist() for each in runs.find(1, keys)), strict=True)] == expected


def test_a_run_without_a_filter_may_hold_any_key() -> None:
    runs = kernel.Runs([0] * 9, range(9), [8] * 9, [None] * 9)
    question, run, _ = runs.find(0, np.zeros((1, 30), dtype=np.uint32))
    assert question.tolist() == [*range(30)] * 9
    assert run.tolist() == np.repeat(np.arange(9), 30).tolist()
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        kernel.Runs([0], [0], [32], [None]).find(0, np.zeros((1, 1), dtype=np.uint32))


@pytest.mark.parametrize("width", [0, 8])
def test_numbers_of_a_width_that_cannot_be_are_refused(width: int) -> None:
    starts, keys = np.array([0, 16]), np.zeros(1, dtype=np.uint32)
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        kernel.slots_find(bytes(16), starts, np.array([width]), keys)
