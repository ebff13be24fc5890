"""The kernel's shingles, signatures, keys and sketches: held to plain integers and datasketch."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dedup
from dedup import kernel, stages
from dedup.core.sketch import permutations
from dedup.core.tokens import code_points, tokenise
from dedup.ragged import Ragged
from tests.support import kernel_calls, plain
from tests.support.kernel_calls import Family, ragged, rows_of
from tests.support.laws import DevSet

#: Token hashes of which many take neighbours along, 3 being one more than there are.
_TOKENS = st.one_of(
    st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 2, 3, 2**64 - 1, 2**63 + 1, 2**32 + 2])
)
token_rows = st.lists(st.lists(_TOKENS, max_size=10), max_size=6)
widths = st.integers(1, kernel.MAX_WIDTH)


@st.composite
def families(draw: st.DrawFn, most: int = 24) -> Family:
    """Draw families: not all permutations need be in a band, nor in the sketch."""
    count, rows = draw(st.integers(1, most)), draw(st.integers(1, 8))
    return Family(
        draw(widths),
        draw(st.booleans()),
        count,
        draw(st.integers(0, count // rows)),
        rows,
        draw(st.integers(0, min(count, 3))),
        draw(st.integers(0, 2**32 - 1)),
    )


def plain_shingles(row: Sequence[int], width: int, linked: bool) -> list[int]:
    return plain.shingles(plain.linked(row) if linked else row, width)


def check_cut(found: kernel_calls.Sketched, signatures: list[list[int]], family: Family) -> None:
    """Keys and sketches are those of the signatures."""
    assert found.result == 0
    keys = [plain.band_keys(row, family.bands, family.band_rows) for row in signatures]
    assert found.keys.T.tolist() == keys
    words = [plain.sketch(row, family.sketch_words) for row in signatures]
    assert found.sketches.tolist() == words


def check_sketch(rows: list[list[int]], family: Family) -> kernel_calls.Sketched:
    signatures = [
        plain.signature(
            plain_shingles(row, family.width, family.linked), family.permutations, family.seed
        )
        for row in rows
    ]
    found = kernel_calls.sketch(ragged(rows), family)
    assert found.signatures.T.tolist() == signatures
    check_cut(found, signatures, family)
    assert [int.from_bytes(each.tobytes(), "little") for each in found.bags] == [
        *map(plain.bag, rows)
    ]
    if rows:
        check_cut(kernel_calls.cut(found.signatures, family), signatures, family)
    return found


@given(token_rows, widths, st.booleans())
@example([[1], [2], [], [2, 2, 2, 2], [3, 3]], 1, True)
def test_shingles_are_the_plain_ones(rows: list[list[int]], width: int, linked: bool) -> None:
    result, values, starts = kernel_calls.shingles(ragged(rows), width, linked)
    expected = [plain_shingles(row, width, linked) for row in rows]
    assert rows_of(values, starts) == expected
    assert result == sum(map(len, expected))
    found = kernel.shingles(ragged(rows), width, linked)
    assert rows_of(found.values, found.starts) == expected


@given(token_rows, families())
@example([[], [5], [1, 2], []], Family(permutations=1, bands=1, band_rows=1))
@example([[7, 8, 9]], Family(8, True, 24, 3, 8, 2, 2**32 - 1))
def test_sketches_are_the_plain_ones(rows: list[list[int]], family: Family) -> None:
    found = check_sketch(rows, family)
    alone = [kernel_calls.sketch(ragged([row]), family) for row in rows]
    for place, each in enumerate(alone):
        assert each.signatures[:, 0].tolist() == found.signatures[:, place].tolist()
        assert each.keys[:, 0].tolist() == found.keys[:, place].tolist()
        assert each.sketches[0].tolist() == found.sketches[place].tolist()


@given(token_rows, families(), st.data())
def test_any_stretch_of_rows_gives_the_same(
    rows: list[list[int]], family: Family, data: st.DataObject
) -> None:
    begin = data.draw(st.integers(0, len(rows)))
    end = data.draw(st.integers(begin, len(rows)))
    whole = kernel_calls.sketch(ragged(rows), family)
    some = kernel_calls.sketch(ragged(rows), family, begin, end)
    assert some.result == 0
    assert some.signatures.tolist() == whole.signatures[:, begin:end].tolist()
    assert some.keys.tolist() == whole.keys[:, begin:end].tolist()
    assert some.sketches.tolist() == whole.sketches[begin:end].tolist()
    assert some.bags.tolist() == whole.bags[begin:end].tolist()


@given(token_rows, families())
def test_the_module_gives_what_the_library_gives(rows: list[list[int]], family: Family) -> None:
    told = kernel.Family(
        family.width,
        family.linked,
        permutations(family.permutations, family.seed),
        family.bands,
        family.band_rows,
        family.sketch_words,
    )
    expected = kernel_calls.sketch(ragged(rows), family)
    found = kernel.sketch(ragged(rows), told, signatures=True)
    assert found.signatures is not None
    assert found.signatures.tolist() == expected.signatures.tolist()
    assert found.keys.tolist() == expected.keys.tolist()
    assert found.sketches.tolist() == expected.sketches.tolist()
    assert kernel.sketch(ragged(rows), told).keys.tolist() == expected.keys.tolist()
    keys, sketches = kernel.cut(expected.signatures, told)
    assert keys.tolist() == expected.keys.tolist()
    assert sketches.tolist() == expected.sketches.tolist()


@pytest.mark.parametrize("count", [1, 3, 4, 5, 87, 96, 128, 256, 511])
@pytest.mark.parametrize("size", [1, 7, 8, 9, 31, 32, 33, 500])
def test_long_rows_and_many_permutations(count: int, size: int) -> None:
    rng = random.Random(count * size)
    rows = [[rng.getrandbits(64) for _ in range(size)] for _ in range(2)]
    check_sketch(rows, Family(2, True, count, count // 3, 3, min(count, (count + 15) // 16)))


def test_threads_give_the_same() -> None:
    rng, family = random.Random(3), Family(permutations=96, bands=32, sketch_words=4)
    tokens = ragged([[rng.getrandbits(64) for _ in range(rng.randrange(90))] for _ in range(600)])
    whole = kernel_calls.sketch(tokens, family)
    edges = [(begin, min(begin + 70, 600)) for begin in range(0, 600, 70)]
    with ThreadPoolExecutor(3) as threads:
        parts = [*threads.map(lambda edge: kernel_calls.sketch(tokens, family, *edge), edges)]
    for name, axis in (("signatures", 1), ("keys", 1), ("sketches", 0)):
        joined = np.concatenate([getattr(part, name) for part in parts], axis)
        assert joined.tolist() == getattr(whole, name).tolist()


# -- sizes


GOOD = Family()
BAD = {
    "no permutation": GOOD._replace(permutations=0, bands=0, sketch_words=0),
    "permutations below nothing": GOOD._replace(permutations=-1),
    "too many permutations": GOOD._replace(permutations=2**24 + 1),
    "so many that a count of them overflows": GOOD._replace(permutations=2**63 - 1),
    "no width": GOOD._replace(width=0),
    "a width below nothing": GOOD._replace(width=-(2**31)),
    "a width of nine": GOOD._replace(width=9),
    "bands without rows": GOOD._replace(band_rows=0),
    "bands of nine rows": GOOD._replace(band_rows=9, bands=1),
    "rows below nothing": GOOD._replace(band_rows=-3),
    "bands below nothing": GOOD._replace(bands=-1),
    "more bands than permutations give": GOOD._replace(bands=5),
    "bands whose product overflows": GOOD._replace(bands=2**62, band_rows=4),
    "words below nothing": GOOD._replace(sketch_words=-1),
    "more words than permutations": GOOD._replace(sketch_words=13),
    "words whose places overflow": GOOD._replace(sketch_words=2**60),
}


def refused(
    family: Family, begin: int, end: int, stride: int, starts: list[int]
) -> tuple[int, int]:
    """Call both functions with sizes for which there is no room at all: what they return."""
    drawn = np.ones((2, 16), dtype=np.uint32)
    told = kernel_calls.CFamily(
        family.width, family.linked, kernel_calls.at(drawn), kernel_calls.at(drawn),
        family.permutations, family.bands, family.band_rows, family.sketch_words,
    )  # fmt: skip
    out = kernel_calls.CSketches(None, None, None, None, stride)
    edges, values = np.array(starts), np.ones(64, dtype=np.uint64)
    library = kernel_calls.library()
    return (
        library.dedup_sketch(
            told, kernel_calls.at(values), kernel_calls.at(edges), begin, end, out
        ),
        library.dedup_cut(told, kernel_calls.at(values), end - begin, out),
    )


@pytest.mark.parametrize("family", BAD.values(), ids=BAD)
def test_families_that_can_not_be_are_refused(family: Family) -> None:
    assert refused(family, 0, 1, 1, [0, 1]) == (kernel_calls.BAD_SIZE,) * 2


def test_a_family_that_can_be_is_not() -> None:
    assert refused(GOOD, 0, 0, 0, [0]) == (0, 0)


@pytest.mark.parametrize(
    ("begin", "end", "stride"), [(0, 2, 1), (1, 0, 9), (0, 1, -1), (0, 1, 2**62)]
)
def test_ranges_that_can_not_be_are_refused(begin: int, end: int, stride: int) -> None:
    assert refused(GOOD, begin, end, stride, [0, 1, 2]) == (kernel_calls.BAD_SIZE,) * 2


@pytest.mark.parametrize("starts", [[0, 3, 2], [-1, 1, 2], [0, 2**62, 2**62]])
def test_rows_that_can_not_be_are_refused(starts: list[int]) -> None:
    assert refused(GOOD, 0, 2, 2, starts)[0] == kernel_calls.BAD_SIZE
    assert refused(GOOD, -1, 2, 3, [0, *starts])[0] == kernel_calls.BAD_SIZE
    tokens = Ragged(np.ones(2, dtype=np.uint64), np.array(starts))
    assert kernel_calls.shingles(tokens, 2, True)[0] == kernel_calls.BAD_SIZE


@pytest.mark.parametrize(("rows", "width"), [(-1, 2), (1, 0), (1, 9), (1, -1)])
def test_shingles_that_can_not_be_are_refused(rows: int, width: int) -> None:
    starts, out = np.array([0, 1]), np.zeros(4, dtype=np.int64)
    where = kernel_calls.at(out)
    result = kernel_calls.library().dedup_shingles(
        where, kernel_calls.at(starts), rows, width, 1, where, where
    )
    assert result == kernel_calls.BAD_SIZE
    assert not out.any()


def test_memory_that_is_not_there_is_told() -> None:
    # The kernel asks for memory for the longest row before it reads one.
    assert refused(GOOD, 0, 1, 1, [0, 2**56])[0] == kernel_calls.NO_MEMORY
    tokens = Ragged(np.ones(2, dtype=np.uint64), np.array([0, 2**56]))
    assert kernel_calls.shingles(tokens, 2, True)[0] == kernel_calls.NO_MEMORY
    with pytest.raises(MemoryError, match="the kernel could not get the memory"):
        kernel.shingles(tokens, 2, True)


# -- real text


def test_sketches_of_real_text(real: DevSet) -> None:
    some = real.texts[:: max(1, len(real.texts) // 150)]
    recipe = dedup.Recipe()
    words = len(stages.sketch_texts(["a"], recipe, stages.family(recipe)).sketches[0])
    family = Family(
        recipe.width, True, recipe.permutations, recipe.bands, recipe.rows, words, recipe.seed
    )
    tokens = [plain.tokens(text) for text in some]
    found = check_sketch(tokens, family)
    sketched = stages.sketch_texts(some, recipe, stages.family(recipe))
    assert sketched.keys.tolist() == found.keys.tolist()
    assert sketched.sketches.tolist() == found.sketches.tolist()
    assert dedup.signatures(some, recipe).T.tolist() == found.signatures.tolist()
    # By characters: no neighbour is taken along.
    family = family._replace(width=4, linked=False)
    rows = code_points(some[:20])
    check_sketch(rows_of(rows.values, rows.starts), family)
    assert rows_of(*tokenise(some)) == tokens
