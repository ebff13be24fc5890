"""Score, kind and word diff of two texts: nothing lost, original wording, one score."""

from __future__ import annotations

import importlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.core import alignment
from dedup.core.similarity import similarity
from dedup.core.tokens import words
from dedup.core.variants import judge, judgements
from dedup.explanation import Stretch, explain, stretches_of
from dedup.found import Kind

WORDS = st.lists(st.sampled_from(["One", "one,", "two", "Two!", "“three”", "4", "-", "五六"]))
TEXTS = WORDS.map(" ".join) | st.text(max_size=20)

# Two texts and what the stretches of them are.
CASES: list[tuple[str, str, str, list[tuple[str, str, str]]]] = [
    ("two empty texts have no stretches", "", "", []),
    ("equal words are one stretch in both wordings", "A, b", "a b!", [("same", "A, b", "a b!")]),
    ("a word replaced", "A cat sat.", "A dog sat.", [
        ("same", "A ", "A "), ("changed", "cat ", "dog "), ("same", "sat.", "sat.")]),
    ("a word added at the end", "A cat", "A cat sat.", [
        ("same", "A cat", "A cat "), ("new", "", "sat.")]),
    ("a word taken from the beginning", "So “a” cat", "“A” cat", [
        ("old", "So “", ""), ("same", "a” cat", "“A” cat")]),
    ("nothing in common", "One two", "three", [("changed", "One two", "three")]),
    ("one text is empty", "", "One two.", [("new", "", "One two.")]),
    ("one text has no words", "...", "One two.", [("changed", "...", "One two.")]),
    ("neither has words", "...", "!", [("same", "...", "!")]),
    ("scripts without spaces go by character", "渡船停了", "渡船走了", [
        ("same", "渡船", "渡船"), ("changed", "停", "走"), ("same", "了", "了")]),
    ("a word parted by a hyphen", "the long boat", "the long-boat", [
        ("same", "the long boat", "the long-boat")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_stretches(a: str, b: str, expected: list[tuple[str, str, str]]) -> None:
    assert explain(a, b).stretches == tuple(Stretch(*each) for each in expected)


@given(TEXTS, TEXTS)
def test_stretches_join_to_both_texts(a: str, b: str) -> None:
    stretches = explain(a, b).stretches
    assert "".join(each.old for each in stretches) == a
    assert "".join(each.new for each in stretches) == b
    assert all(one.op != other.op for one, other in pairwise(stretches))


@given(WORDS.map(" ".join), WORDS.map(" ".join))
def test_the_same_stretches_hold_the_longest_common_subsequence(a: str, b: str) -> None:
    found = explain(a, b)
    same = [each for each in found.stretches if each.op == "same"]
    common = sum(len(words(each.old)) for each in same)
    assert [words(each.old) for each in same] == [words(each.new) for each in same]
    total = len(words(a)) + len(words(b))
    assert found.similarity == (2 * common / total if total else 1.0)


@given(TEXTS, TEXTS, st.sampled_from(["words", "chars"]))
def test_the_score_is_the_one_similarity(a: str, b: str, tokens: str) -> None:
    assert explain(a, b, tokens).similarity == similarity(a, b, tokens)


# Two texts, their kind at the default threshold, and the beginning of the note.
NOTED = [
    ("identical", "One two.", "One two.", Kind.EXACT, ""),
    ("other quotes", "“One” two", '"one" Two', Kind.EXACT, "only punctuation, case or"),
    ("wrapped elsewhere", "One\ntwo three", "One two\nthree ", Kind.EXACT, "only the spacing"),
    ("no words", "...", "!!!", Kind.EXACT, "no word in either text"),
    ("one word of five", "a b c d e", "a b x d e", Kind.NEAR, ""),
    ("one word of four", "a b c d", "a b x d", Kind.UNIQUE, ""),
]


@pytest.mark.parametrize(
    ("a", "b", "kind", "note"), [each[1:] for each in NOTED], ids=[each[0] for each in NOTED]
)
def test_kind_and_note(a: str, b: str, kind: Kind, note: str) -> None:
    found = explain(a, b)
    assert found.kind == kind
    assert found.note.startswith(note)
    assert bool(found.note) == bool(note)


def test_what_stands_inside_is_said() -> None:
    inner = "The ferry leaves the quay at nine in the morning and at noon."
    found = explain(inner, f"As was said before, and will be said again: {inner} So be there.")
    assert found.kind == Kind.CONTAINED
    assert found.note == "100 % of the words of the shorter stand in one piece of the longer"
    assert explain("one two", "one two three four five").kind == Kind.UNIQUE


def test_the_threshold_decides_what_is_near() -> None:
    assert explain("a b c d", "a b x d", threshold=0.7).kind == Kind.NEAR


#: Characters whose normal form is of another length, or several tokens, or none.
ODD = st.text(
    alphabet="aA é“-\n\u00ad\u200c\u0645\u06cc ℀½ſßİı\u0301ё０漢ー\ud800\U0001f600", max_size=20
)


@given(st.lists(TEXTS | ODD, min_size=1, max_size=6))
def test_many_pairs_are_shown_as_each_alone(texts: list[str]) -> None:
    pairs = [(i, j) for i in range(len(texts)) for j in range(len(texts))]
    left, right = np.array(pairs).T
    expected = [explain(texts[i], texts[j]).stretches for i, j in pairs]
    assert list(stretches_of(texts, left, right)) == expected


@given(st.lists(TEXTS | ODD, min_size=1, max_size=5))
def test_many_pairs_are_judged_as_each_alone(texts: list[str]) -> None:
    pairs = [(i, j) for i in range(len(texts)) for j in range(len(texts))]
    left, right = np.array(pairs).T
    found = judgements(texts, left, right)
    assert list(found) == [judge(texts[i], texts[j]) for i, j in pairs]


def test_what_is_too_long_to_be_shown_has_no_stretches() -> None:
    texts = ["word " * 15_000, "word " * 15_001, "A cat sat."]
    (long, short) = stretches_of(texts, np.array([0, 2]), np.array([1, 2]))
    assert long is None
    assert short == (Stretch("same", "A cat sat.", "A cat sat."),)


def test_texts_too_long_to_align_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("dedup.explanation"), "MOST_CELLS", 3)
    monkeypatch.setattr(alignment, "MOST_CELLS", 3)
    found = explain("One a b c four", "One b x four")
    assert [each.op for each in found.stretches] == ["same", "changed", "same"]
    assert found.note == "too long to be aligned word by word"


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(TypeError, match="b is a NoneType, not a str"):
        explain("A", None)  # type: ignore[arg-type]
