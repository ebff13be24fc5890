"""The kernel's alignments: stretches that both rows have, as long together as they can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import kernel
from tests.kernel.test_similarity import NO_BOUND, every_pair, long_rows, rows_of_few, trimmed_cells
from tests.support import brute, kernel_calls, plain
from tests.support.kernel_calls import BAD_SIZE, NO_ROOM, ragged
from tests.support.laws import DevSet

Blocks = list[tuple[int, int, int]]


def check_blocks(a: list[int], b: list[int], blocks: Blocks) -> int:
    """Blocks rise in both rows, hold the same tokens and don't touch; returns their tokens."""
    at, same = (-1, -1), 0
    for left, right, size in blocks:
        assert size > 0
        assert left >= max(at[0], 0)
        assert right >= max(at[1], 0)
        assert (left, right) != at
        assert a[left : left + size] == b[right : right + size] != []
        assert (left + size, right + size) <= (len(a), len(b))
        at, same = (left + size, right + size), same + size
    return same


def ends(a: list[int], b: list[int]) -> int:
    """Count the tokens of the common ends of two rows."""
    cells = min(len(a), len(b))
    head = next((k for k in range(cells) if a[k] != b[k]), cells)
    cells -= head
    return head + next((k for k in range(cells) if a[-1 - k] != b[-1 - k]), cells)


def check_align(rows: list[list[int]], pairs: list[tuple[int, int]], most: int = NO_BOUND) -> None:
    found = kernel_calls.align(ragged(rows), pairs, most)
    assert found.result == sum(map(len, found.blocks))
    for (i, j), blocks, whole in zip(pairs, found.blocks, found.whole, strict=True):
        assert whole == (trimmed_cells(rows[i], rows[j]) <= most)
        same = check_blocks(rows[i], rows[j], blocks)
        assert same == (brute.common(rows[i], rows[j]) if whole else ends(rows[i], rows[j]))
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    made = kernel.align(ragged(rows), left, right, most)
    flat = [*zip(made.left.tolist(), made.right.tolist(), made.size.tolist(), strict=True)]
    assert flat == [block for blocks in found.blocks for block in blocks]
    assert np.diff(made.starts).tolist() == [*map(len, found.blocks)]
    assert made.whole.tolist() == found.whole


@given(rows_of_few, st.data())
@example([[]], None)
@example([[1, 2, 1], [1, 1], [2]], None)
def test_blocks_are_a_longest_common_subsequence(
    rows: list[list[int]], data: st.DataObject | None
) -> None:
    pairs = every_pair(len(rows))
    if data is not None:
        pairs = data.draw(st.lists(st.sampled_from(pairs), max_size=12))
    check_align(rows, pairs)


@given(rows_of_few, st.integers(0, 40))
def test_of_pairs_too_long_there_are_the_common_ends(rows: list[list[int]], most: int) -> None:
    check_align(rows, every_pair(len(rows)), most)


@given(rows_of_few, st.data())
def test_a_pair_is_aligned_alike_alone_and_among_others(
    rows: list[list[int]], data: st.DataObject
) -> None:
    pairs = data.draw(st.lists(st.sampled_from(every_pair(len(rows))), max_size=12))
    alone = [kernel_calls.align(ragged(rows), [pair]).blocks[0] for pair in pairs]
    assert kernel_calls.align(ragged(rows), pairs).blocks == alone


@given(rows_of_few, st.integers(0, 12))
def test_too_little_room_is_told(rows: list[list[int]], room: int) -> None:
    pairs = every_pair(len(rows))
    whole = kernel_calls.align(ragged(rows), pairs)
    found = kernel_calls.align(ragged(rows), pairs, NO_BOUND, room)
    assert found == (whole if whole.result <= room else kernel_calls.Aligned(NO_ROOM, [], []))


@pytest.mark.parametrize("values", [2, 5, 60])
def test_rows_of_many_blocks(values: int) -> None:
    rows = long_rows(values + 7, values)
    check_align(rows, every_pair(len(rows))[::7])


@pytest.mark.parametrize(
    ("pairs", "starts", "most", "room"),
    [
        ([(-1, 0)], [0, 1, 2], 9, 4),
        ([(0, 1)], [0, 2, 1], 9, 4),
        ([(1, 0)], [0, -1, 2], 9, 4),
        ([(0, 1)], [0, 1, 2], -1, 4),
        ([(0, 1)], [0, 1, 2], 9, -1),
    ],
    ids=["a row below nothing", "rows that fall", "rows below nothing", "a bound", "room"],
)
def test_sizes_that_can_not_be_are_refused(
    pairs: list[tuple[int, int]], starts: list[int], most: int, room: int
) -> None:
    tokens = ragged([[1], [2]])._replace(starts=np.array(starts))
    assert kernel_calls.align(tokens, pairs, most, room).result == BAD_SIZE


def test_a_number_of_pairs_below_nothing_is_refused() -> None:
    starts = np.zeros(4, dtype=np.int64)
    blocks = kernel_calls.CBlocks(None, None, None, 0, kernel_calls.at(starts[1:]), None)
    function = kernel_calls.library().dedup_align
    assert function(None, None, None, None, -1, 9, blocks) == BAD_SIZE
    assert not starts.any()


def test_pairs_of_real_text(real: DevSet) -> None:
    short = [pair for pair in real.pairs if len(real.words[pair[1]]) <= 150]
    some = short[:: len(short) // 20 + 1]
    rows = sorted({k for pair in some for k in pair[:2]})
    tokens = [[*map(plain.token, real.words[k])] for k in rows]
    check_align(tokens, [(rows.index(i), rows.index(j)) for i, j, _ in some])
