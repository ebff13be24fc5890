"""Like pairs of two lists are those that comparing every pair gives."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.check.matches import likeness
from dedup.check.matches.likeness import like_pairs, read
from dedup.stages import alike_texts
from tests.support import brute
from tests.support.laws import text_lists, thresholds

WORDS = [f"word{number}" for number in range(40)]


def check(left: list[str], right: list[str], threshold: float) -> int:
    """Compare with every pair, and give the number of like ones."""
    i, j, scores = like_pairs(read(left), read(right), threshold)
    found = list(zip(i.tolist(), j.tolist(), scores.tolist(), strict=True))
    theirs = [*map(brute.words, right)]
    every = (
        (a, b, brute.similarity(one, other))
        for a, one in enumerate(map(brute.words, left))
        for b, other in enumerate(theirs)
    )
    assert found == [(a, b, pytest.approx(score)) for a, b, score in every if score >= threshold]
    return len(found)


@given(text_lists(), text_lists(), thresholds)
def test_every_like_pair_is_found_in_order(
    left: list[str], right: list[str], threshold: float
) -> None:
    check(left, right, threshold)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from([0.5, 0.8, 0.9, 1.0]))
def test_edited_copies_among_strangers_are_found(seed: int, threshold: float) -> None:
    draw = random.Random(seed)
    right = [" ".join(draw.choices(WORDS, k=draw.randint(1, 30))) for _ in range(40)]
    left = []
    for text in draw.sample(right, 10):
        words = text.split()
        for _ in range(draw.randint(0, 4)):
            words[draw.randrange(len(words))] = draw.choice(WORDS)
        left.append(" ".join(words))
    assert check(left, right, threshold) > 0 or threshold > 0.5


def test_blocks_and_batches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(5)
    texts = [" ".join(draw.choices(WORDS[:6], k=5)) for _ in range(70)]
    whole = check(texts, texts, 0.8)
    monkeypatch.setattr(likeness, "_BLOCK", 200)
    monkeypatch.setattr(likeness, "_BATCH", 9)
    assert check(texts, texts, 0.8) == whole > 70
    monkeypatch.setattr(likeness, "_MANY", 2.0)
    assert check(texts, texts, 0.8) == whole


def test_words_beyond_what_a_bin_holds_are_no_miss() -> None:
    one = "word " * 70_000
    other = one + "more " * 2_000
    strangers = [" ".join(WORDS)] * 20
    i, j, scores = like_pairs(read([one]), read([*strangers, other]), 0.95)
    assert (i.tolist(), j.tolist()) == ([0], [20])
    expected = alike_texts([one], [other], 0.95, "words")[2]
    assert np.array_equal(scores, expected)


def test_texts_too_long_to_compare_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["word " * 10, "word " * 9, "word " * 11]
    monkeypatch.setattr(likeness, "LONGEST", 50)
    for share in (0.1, 2.0):
        monkeypatch.setattr(likeness, "_MANY", share)
        i, j, _ = like_pairs(read(texts), read(texts), 0.8)
        assert list(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


@pytest.mark.parametrize(("left", "right"), [([], ["a b"]), (["a b"], []), ([], [])])
def test_nothing_is_like_nothing(left: list[str], right: list[str]) -> None:
    assert check(left, right, 0.8) == 0
