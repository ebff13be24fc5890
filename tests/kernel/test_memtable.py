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


def test_filters_let_pass_what_is_marked_by_both_hashes() -> None:
    draw = np.random.default_rng(1)
    bits = [3, 9, 12]
    marks = draw.integers(0, 256, (3, 512), dtype=np.uint8)
    shifts = np.array([32 - each for each in bits], dtype=np.uint32)
    keys = draw.integers(0, 1 << 32, (2, 500), dtype=np.uint32)
    expected = []
    for place, key in enumerate(keys.ravel().tolist()):
        band = 1 + place // 500
        spots = [
            (key * factor & 0xFFFFFFFF) >> 32 - bits[band] for factor in (0x9E3779B1, 0x85EBCA6B)
        ]
        if all(marks[band, spot >> 3] >> (spot & 7) & 1 for spot in spots):
            expected.append(place)
    assert kernel.filters_pass(marks, shifts, 1, keys).tolist() == expected


@pytest.mark.parametrize("shift", [1, 28, 32])
def test_a_filter_that_its_marks_are_too_few_for_is_refused(shift: int) -> None:
    marks, keys = np.zeros((1, 1), dtype=np.uint8), np.zeros((1, 1), dtype=np.uint32)
    with pytest.raises(ValueError, match="the kernel refused the sizes"):
        kernel.filters_pass(marks, np.array([shift], dtype=np.uint32), 0, keys)
