"""Aligning sequences of any length: what is found in common stands in both, in order."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Indel, LCSseq

import dedup
from dedup.core import alignment, similarity
from dedup.core.alignment import align, align_by_anchors
from dedup.found import Kind

texts = st.text("abc", max_size=60) | st.lists(
    st.sampled_from(["abcdefghij", "klmnopqrstu", "x", "yy"]), max_size=8
).map("".join)


def row(text: str) -> alignment.Row:
    """Take every character for a token."""
    return np.array([*map(ord, text)], dtype=np.uint64)


@given(texts, texts)
def test_what_is_in_common_stands_in_both_in_order(a: str, b: str) -> None:
    at_a = at_b = common = 0
    for i, j, size in align_by_anchors(row(a), row(b)):
        assert (i, j) >= (at_a, at_b)
        assert j >= at_b
        assert a[i : i + size] == b[j : j + size]
        at_a, at_b, common = i + size, j + size, common + size
    assert common <= LCSseq.similarity(a, b)


@given(st.text(min_size=0, max_size=80))
def test_a_string_is_all_in_common_with_itself(a: str) -> None:
    assert sum(size for _, _, size in align_by_anchors(row(a), row(a))) == len(a)


def edited(seed: int, count: int, share: int = 12) -> tuple[str, str]:
    """Make two texts of so many words, each with one word in ``share`` replaced."""
    draw = random.Random(seed)
    base = [f"w{draw.randrange(5000)}x" for _ in range(count)]
    made = []
    for _ in range(2):
        some = base[:]
        for _ in range(count // share):
            some[draw.randrange(count)] = f"w{draw.randrange(5000)}x"
        made.append(" ".join(some))
    return made[0], made[1]


@pytest.mark.parametrize("seed", range(3))
def test_of_an_edited_text_next_to_nothing_escapes(seed: int) -> None:
    pair = edited(seed, 3_000)
    both = similarity.units(pair, "words")
    first, second = np.split(both.values, both.starts[1:2])
    found = sum(size for _, _, size in align_by_anchors(first, second))
    assert found >= 0.99 * LCSseq.similarity(*similarity.as_strings(both))


def test_texts_too_long_are_explained_by_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = edited(1, 2_000)
    exact = dedup.similarity(a, b)
    monkeypatch.setattr(similarity, "MOST_CELLS", 1_000)
    found = dedup.explain(a, b)
    assert exact - 0.01 <= found.similarity <= exact
    assert found.note.startswith("too long to be compared exactly: the similarity is this or more")
    assert found.kind in (Kind.NEAR, Kind.VARIANT)
    assert "".join(each.old for each in found.stretches) == a
    assert "".join(each.new for each in found.stretches) == b


def test_long_texts_are_aligned_between_their_anchors(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = edited(2, 2_000)
    import dedup.explanation

    monkeypatch.setattr(dedup.explanation, "MOST_CELLS", 1_000)
    monkeypatch.setattr(alignment, "MOST_CELLS", 1_000)
    found = dedup.explain(a, b)
    assert found.note == "too long to be aligned word by word"
    assert len(found.stretches) > 300


@given(texts, texts)
def test_an_alignment_is_that_of_a_longest_common_subsequence(a: str, b: str) -> None:
    # Of several longest ones it is the one that rapidfuzz finds.
    expected = Indel.editops(a, b).as_matching_blocks()[:-1]
    assert align(row(a), row(b)) == [tuple(block) for block in expected]


def test_of_a_pair_too_long_nothing_is_said() -> None:
    assert align(row("axxxb"), row("ayyb"), 6) == [(0, 0, 1), (4, 3, 1)]
    assert align(row("axxxb"), row("ayyb"), 5) is None


@pytest.mark.parametrize("count", [80_000, 300_000])
def test_two_paragraphs_of_very_many_words_answer_in_seconds(count: int) -> None:
    a, b = edited(3, count)
    found = dedup.find([a, b], workers=1)
    assert found.uncompared == 1
    assert found.kept.tolist() == [True, True]


def test_long_paragraphs_with_common_ends_are_compared() -> None:
    a, _ = edited(4, 100_000)
    found = dedup.find([a, a.replace("w77x", "other", 1)], workers=1)
    assert found.uncompared == 0
    assert found.kept.tolist() == [True, False]
