"""The kernel's similarities: held to dynamic programming, cell after cell."""

from __future__ import annotations

import math
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from dedup import kernel
from tests.support import brute, kernel_calls, plain
from tests.support.kernel_calls import ragged
from tests.support.laws import DevSet, thresholds

#: Few values, some of which share their place in the table of a block.
_VALUES = st.sampled_from([0, 1, 2, 3, 2**63, 2**64 - 1, *range(2**57, 2**57 + 4)])
rows_of_few = st.lists(st.lists(_VALUES, max_size=12), min_size=1, max_size=6)
NO_BOUND = 2**63 - 1


def every_pair(count: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(count) for j in range(count)]


def trimmed_cells(a: list[int], b: list[int]) -> int:
    """Multiply the lengths of two rows without their common ends."""
    for _ in range(2):
        head = [*takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False))]
        a, b = a[len(head) :][::-1], b[len(head) :][::-1]
    return len(a) * len(b)


def plainly(a: list[int], b: list[int], most_cells: int = NO_BOUND) -> float:
    return brute.similarity(a, b) if trimmed_cells(a, b) <= most_cells else math.nan


def same(found: list[float], expected: list[float]) -> bool:
    return len(found) == len(expected) and all(
        a == b or (math.isnan(a) and math.isnan(b)) for a, b in zip(found, expected, strict=True)
    )


@given(rows_of_few, st.data())
@example([[]], None)
@example([[1], []], None)
def test_any_pairs_in_any_order_are_dynamic_programming(
    rows: list[list[int]], data: st.DataObject | None
) -> None:
    pairs = every_pair(len(rows))
    if data is not None:
        pairs = data.draw(st.lists(st.sampled_from(pairs), max_size=12))
    expected = [brute.similarity(rows[i], rows[j]) for i, j in pairs]
    result, found = kernel_calls.similarities(ragged(rows), pairs)
    assert (result, found.tolist()) == (0, expected)
    i, j = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    assert kernel.similarities(ragged(rows), i, j, NO_BOUND).tolist() == expected


@given(rows_of_few, st.integers(0, 40))
def test_pairs_beyond_the_bound_are_not_a_number(rows: list[list[int]], most: int) -> None:
    pairs = every_pair(len(rows))
    _, found = kernel_calls.similarities(ragged(rows), pairs, most)
    expected = [plainly(rows[i], rows[j], most) for i, j in pairs]
    assert same(found.tolist(), expected)
    # Whether a row stands on the left again does not matter.
    for pair, score in zip(pairs, expected, strict=True):
        assert same(kernel_calls.similarities(ragged(rows), [pair], most)[1].tolist(), [score])


@given(rows_of_few, st.data())
def test_any_stretch_of_pairs_gives_the_same(rows: list[list[int]], data: st.DataObject) -> None:
    pairs = every_pair(len(rows))
    begin = data.draw(st.integers(0, len(pairs)))
    end = data.draw(st.integers(begin, len(pairs)))
    _, whole = kernel_calls.similarities(ragged(rows), pairs)
    _, some = kernel_calls.similarities(ragged(rows), pairs, NO_BOUND, begin, end)
    assert some.tolist() == whole[begin:end].tolist()


#: Lengths about those at which blocks end.
_SIZES = (0, 1, 2, 31, 62, 63, 64, 65, 66, 127, 128, 129, 191, 192, 193, 255, 256, 257, 300)


def long_rows(seed: int, values: int) -> list[list[int]]:
    """Write rows of these lengths, edited copies and strangers."""
    rng = random.Random(seed)
    base = [rng.randrange(values) * 0x9E3779B97F4A7C15 % 2**64 for _ in range(400)]
    rows = []
    for size in _SIZES:
        begin = rng.randrange(400 - size + 1)
        row = base[begin : begin + size]
        for _ in range(rng.randrange(size // 8 + 1)):
            row[rng.randrange(size)] = rng.randrange(values)
        rows.append(row)
    return rows


@pytest.mark.parametrize("values", [2, 5, 60, 100_000])
def test_rows_of_many_blocks_are_dynamic_programming(values: int) -> None:
    rows = long_rows(values, values)
    pairs = every_pair(len(rows))
    _, found = kernel_calls.similarities(ragged(rows), pairs)
    # Held to another's dynamic programming, which is fast, and now and then to the plain one.
    for number, ((i, j), score) in enumerate(zip(pairs, found.tolist(), strict=True)):
        total = len(rows[i]) + len(rows[j])
        common = LCSseq.similarity(rows[i], rows[j])
        assert score == (2.0 * common / total if total else 1.0)
        if number % 29 == 0:
            assert score == brute.similarity(rows[i], rows[j])
    again = [(j, i) for i, j in pairs]
    assert kernel_calls.similarities(ragged(rows), again)[1].tolist() == found.tolist()


def test_a_block_of_tokens_that_share_one_place_of_its_table() -> None:
    # All fall into one slot: the multiplier's inverse leads them there.
    inverse = pow(0x9E3779B97F4A7C15, -1, 2**64)
    pool = [(k * inverse) % 2**64 for k in range(200)]
    rng = random.Random(2)
    rows = [rng.sample(pool, size) for size in (64, 64, 100, 130)] + [pool]
    pairs = every_pair(len(rows))
    _, found = kernel_calls.similarities(ragged(rows), pairs)
    assert found.tolist() == [brute.similarity(rows[i], rows[j]) for i, j in pairs]


# -- all pairs


def listed(pairs: kernel.Pairs) -> list[tuple[int, int, float]]:
    left, right, score = (each.tolist() for each in pairs)
    return [*zip(left, right, score, strict=True)]


def alike(
    rows: list[list[int]], left: range, right: range, threshold: float, most: int = NO_BOUND
) -> list[tuple[int, int, float]]:
    """Compare all pairs of which the later row stands on the right."""
    later = [(i, j) for i in left for j in right if j > i]
    scores = [plainly(rows[i], rows[j], most) for i, j in later]
    # What is not a number is not below the threshold.
    return [(*pair, s) for pair, s in zip(later, scores, strict=True) if not s < threshold]


def check_alike(
    rows: list[list[int]], left: range, right: range, threshold: float, most: int = NO_BOUND
) -> None:
    expected = alike(rows, left, right, threshold, most)
    # With the least room there may be: row after row.
    found: list[tuple[int, int, float]] = []
    begin, calls = left.start, 0
    while begin < left.stop:
        result, some, begin_next = kernel_calls.all_similar(
            ragged(rows), range(begin, left.stop), right, threshold, most
        )
        assert result == len(some)
        assert begin_next > begin or not left
        found, begin, calls = [*found, *some], begin_next, calls + 1
    assert calls <= len(left)
    pairs = kernel.all_similar(ragged(rows), left, right, threshold, most)
    for each in (found, listed(pairs)):
        assert [pair[:2] for pair in each] == [pair[:2] for pair in expected]
        assert same([pair[2] for pair in each], [pair[2] for pair in expected])


@given(rows_of_few, thresholds, st.data())
def test_all_pairs_of_any_ranges_are_dynamic_programming(
    rows: list[list[int]], threshold: float, data: st.DataObject
) -> None:
    edges = st.lists(st.integers(0, len(rows)), min_size=2, max_size=2).map(sorted)
    left, right = (range(*data.draw(edges)) for _ in range(2))
    check_alike(rows, left, right, threshold)


@given(rows_of_few, thresholds, st.integers(0, 2))
def test_all_pairs_too_long_are_among_them_unless_their_words_say_no(
    rows: list[list[int]], threshold: float, most: int
) -> None:
    whole = range(len(rows))
    pairs = kernel.all_similar(ragged(rows), whole, whole, threshold, most)
    found = listed(pairs)
    exact = alike(rows, whole, whole, threshold)
    bounded = {pair[:2]: pair[2] for pair in alike(rows, whole, whole, threshold, most)}
    for i, j, score in found:
        assert same([score], [bounded[i, j]])
    # A pair that is similar is there; one that is told too long may be left out only if it is not.
    assert {pair[:2] for pair in exact} <= {pair[:2] for pair in found}


@pytest.mark.parametrize("values", [5, 60])
def test_all_pairs_of_long_rows(values: int) -> None:
    rows = [row for row in long_rows(values + 1, values) if len(row) < 140]
    for threshold in (0.3, 0.8):
        check_alike(rows, range(len(rows)), range(len(rows)), threshold)


def test_threads_give_the_same() -> None:
    rows = long_rows(5, 60) * 3
    pairs = every_pair(len(rows))
    _, whole = kernel_calls.similarities(ragged(rows), pairs)
    tokens, count = ragged(rows), len(pairs)
    edges = [(k, min(k + 400, count)) for k in range(0, count, 400)]
    with ThreadPoolExecutor(3) as threads:
        parts = threads.map(
            lambda edge: kernel_calls.similarities(tokens, pairs, NO_BOUND, *edge)[1], edges
        )
        assert np.concatenate([*parts]).tolist() == whole.tolist()
        blocks = [(range(a, a + 19), range(b, b + 19)) for a in (0, 19, 38) for b in (0, 19, 38)]
        some = threads.map(
            lambda ends: listed(kernel.all_similar(tokens, ends[0], ends[1], 0.8, NO_BOUND)),
            blocks,
        )
        found = [pair for each in some for pair in each]
    every = range(len(rows))
    at_once = kernel.all_similar(tokens, every, every, 0.8, NO_BOUND)
    assert sorted(found) == listed(at_once)


# -- sizes


BAD_PAIRS = {
    "a row below nothing": ([(-1, 0)], [0, 1, 2], 0, 1),
    "a row that ends before it begins": ([(0, 1)], [0, 2, 1], 0, 1),
    "the same on the right": ([(1, 0)], [0, -1, 2], 0, 1),
    "a begin below nothing": ([(0, 1)], [0, 1, 2], -1, 1),
    "an end before the begin": ([(0, 1)], [0, 1, 2], 1, 0),
    "after others": ([(0, 1), (0, 1), (0, -1)], [0, 1, 2], 0, 3),
}


@pytest.mark.parametrize(("pairs", "starts", "begin", "end"), BAD_PAIRS.values(), ids=BAD_PAIRS)
def test_pairs_that_can_not_be_are_refused(
    pairs: list[tuple[int, int]], starts: list[int], begin: int, end: int
) -> None:
    tokens = ragged([[1], [2]])._replace(starts=np.array(starts))
    result, _ = kernel_calls.similarities(tokens, pairs, NO_BOUND, begin, end)
    assert result == kernel_calls.BAD_SIZE


def test_a_bound_below_nothing_is_refused() -> None:
    assert kernel_calls.similarities(ragged([[1], [2]]), [(0, 1)], -1)[0] == kernel_calls.BAD_SIZE
    whole = range(2)
    refused = kernel_calls.all_similar(ragged([[1], [2]]), whole, whole, 0.5, -1)
    assert refused[0] == kernel_calls.BAD_SIZE


def bags_of(rows: list[list[int]]) -> NDArray[np.uint64]:
    raw = b"".join(plain.bag(row).to_bytes(8 * kernel.BAG_WORDS, "little") for row in rows)
    return np.frombuffer(raw, dtype=np.uint64).reshape(-1, kernel.BAG_WORDS)


@given(rows_of_few, thresholds, st.data())
def test_what_may_be_similar_is_told_by_bags(
    rows: list[list[int]], threshold: float, data: st.DataObject
) -> None:
    pairs, bags, sizes = every_pair(len(rows)), bags_of(rows), [*map(len, rows)]
    expected = [plain.may_be_similar(rows[i], rows[j], threshold) for i, j in pairs]
    assert kernel_calls.may_be_similar(bags, sizes, pairs, threshold) == (0, expected)
    i, j = np.array(pairs, dtype=np.int64).T
    lengths = np.array(sizes, dtype=np.int32)
    assert kernel.may_be_similar(bags, lengths, i, j, threshold, NO_BOUND).tolist() == expected
    # None that is similar is ruled out.
    similar = [plainly(rows[i], rows[j]) >= threshold for i, j in pairs]
    assert all(may for may, is_one in zip(expected, similar, strict=True) if is_one)
    begin = data.draw(st.integers(0, len(pairs)))
    end = data.draw(st.integers(begin, len(pairs)))
    some = kernel_calls.may_be_similar(bags, sizes, pairs, threshold, NO_BOUND, begin, end)
    assert some == (0, expected[begin:end])


def test_nothing_is_said_of_long_pairs_and_of_empty_bags() -> None:
    bags = bags_of([[1, 2, 3], [4, 5, 6], []])
    every = [(0, 1), (0, 2), (2, 1)]
    assert kernel_calls.may_be_similar(bags, [3, 3, 3], every, 0.5) == (0, [False, True, True])
    assert kernel_calls.may_be_similar(bags, [3, 3, 3], every, 0.5, 9) == (0, [False, True, True])
    assert kernel_calls.may_be_similar(bags, [3, 3, 3], every, 0.5, 8) == (0, [True] * 3)


BAD_BAGS = {
    "a row below nothing": ([(-1, 0)], [1, 1], 0, 1, 9),
    "a row beyond": ([(0, 2)], [1, 1], 0, 1, 9),
    "fewer tokens than none": ([(0, 1)], [1, -1], 0, 1, 9),
    "a begin below nothing": ([(0, 1)], [1, 1], -1, 1, 9),
    "an end before the begin": ([(0, 1)], [1, 1], 1, 0, 9),
    "a bound below nothing": ([(0, 1)], [1, 1], 0, 1, -1),
}


@pytest.mark.parametrize(
    ("pairs", "sizes", "begin", "end", "most"), BAD_BAGS.values(), ids=BAD_BAGS
)
def test_bags_that_can_not_be_are_refused(
    pairs: list[tuple[int, int]], sizes: list[int], begin: int, end: int, most: int
) -> None:
    found = kernel_calls.may_be_similar(bags_of([[1], [2]]), sizes, pairs, 0.5, most, begin, end)
    assert found[0] == kernel_calls.BAD_SIZE


BAD_RANGES = {
    "left below nothing": (range(-1, 1), range(2), 8, [0, 1, 2]),
    "right below nothing": (range(1), range(-1, 2), 8, [0, 1, 2]),
    "left ends before it begins": (range(2, 0), range(2), 8, [0, 1, 2]),
    "right ends before it begins": (range(2), range(2, 0), 8, [0, 1, 2]),
    "too little room": (range(2), range(2), 1, [0, 1, 2]),
    "no room at all": (range(2), range(2), -1, [0, 1, 2]),
    "rows that fall, on the right": (range(1), range(2), 8, [0, 2, 1]),
    "rows that fall, on the left": (range(1, 2), range(1), 8, [0, 2, 1]),
    "rows below nothing": (range(2), range(2), 8, [-1, 1, 2]),
}


@pytest.mark.parametrize(("left", "right", "room", "starts"), BAD_RANGES.values(), ids=BAD_RANGES)
def test_ranges_that_can_not_be_are_refused(
    left: range, right: range, room: int, starts: list[int]
) -> None:
    tokens = ragged([[1], [2]])._replace(starts=np.array(starts))
    out = np.zeros(8)
    where = kernel_calls.at(out)
    call = kernel_calls.CPairs(where, where, where, room, 0)
    result = kernel_calls.library().dedup_all_similar(
        kernel_calls.at(tokens.values), kernel_calls.at(tokens.starts), left.start, left.stop,
        right.start, right.stop, 0.5, NO_BOUND, call,
    )  # fmt: skip
    assert result == kernel_calls.BAD_SIZE


def test_memory_that_is_not_there_is_told() -> None:
    # So long a row can't be laid out: the kernel asks for memory before it reads the row.
    tokens = ragged([[1]])._replace(starts=np.array([0, 2**50, 2**50]))
    assert kernel_calls.similarities(tokens, [(0, 1)] * 2)[0] == kernel_calls.NO_MEMORY
    with pytest.raises(MemoryError, match="the kernel could not get the memory"):
        kernel.similarities(tokens, np.zeros(2, np.int64), np.ones(2, np.int64), NO_BOUND)
    call = kernel_calls.CPairs(None, None, None, 2**60, 0)
    result = kernel_calls.library().dedup_all_similar(
        None, None, 0, 0, 0, 2**55, 0.5, NO_BOUND, call
    )
    assert result == kernel_calls.NO_MEMORY


# -- real text


def test_pairs_of_real_text(real: DevSet) -> None:
    short = [pair for pair in real.pairs if len(real.words[pair[1]]) <= 200]
    some = short[:: len(short) // 150 + 1]
    rows = sorted({k for pair in some for k in pair[:2]})
    place = {row: k for k, row in enumerate(rows)}
    tokens = ragged([[*map(plain.token, real.words[k])] for k in rows])
    pairs = [(place[i], place[j]) for i, j, _ in some]
    assert kernel_calls.similarities(tokens, pairs)[1].tolist() == [score for *_, score in some]
    assert [score for *_, score in some[:20]] == [
        brute.similarity(real.words[i], real.words[j]) for i, j, _ in some[:20]
    ]
    whole = range(len(rows))
    found = kernel.all_similar(tokens, whole, whole, 0.7, NO_BOUND)
    known = {pair[:2]: pair[2] for pair in real.pairs}
    expected = sorted(
        (place[i], place[j], known[i, j]) for i in rows for j in rows if (i, j) in known
    )
    assert listed(found) == expected
