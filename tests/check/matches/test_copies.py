"""What the rules find, against comparing everything with everything."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.check.config.suppression import ALL, BITS
from dedup.check.findings.report import REPEATED, RULES, SIMILAR, VARIANT
from dedup.check.matches import copies as matching
from dedup.check.matches.copies import Corpus, RuleMatch, matches, words_of
from dedup.check.scope.isolation import Sections, comparable, connected, sets_to_compare
from dedup.core.variants import are_variants
from tests.support import brute

THRESHOLD = 0.8
WORDS = ("river", "stone", "market", "harbour", "winter", "lantern", "copper", "bridge", "garden")


def judged(a: str, b: str) -> bool:
    """Say whether two texts differ in a fact."""
    return bool(are_variants([a, b], np.array([0]), np.array([1]))[0])


def corpus(
    texts: Sequence[str],
    off: Sequence[int] = (),
    free: Sequence[bool] = (),
    kinds: Sequence[Sections] = (),
) -> Corpus:
    count = len(texts)
    return Corpus(
        list(texts),
        words_of(texts),
        np.array(off or [0] * count, dtype=np.uint8),
        np.array(free or [False] * count, dtype=bool),
        list(kinds or [()] * count),
    )


def find(what: Corpus, min_words: int = 4, rules: Sequence[str] = RULES) -> list[RuleMatch]:
    return matches(what, rules, min_words, THRESHOLD)


def together(found: Sequence[RuleMatch], rule: str) -> set[frozenset[int]]:
    """List the pairs of places that stand in one group."""
    return {
        frozenset(pair)
        for group in found
        if group.rule == rule
        for pair in combinations(group.places, 2)
    }


@st.composite
def edited_texts(draw: st.DrawFn) -> list[str]:
    """Draw a few texts and copies of them, each with a few words taken out, put in or replaced."""
    chance = random.Random(draw(st.integers(0, 10**6)))
    texts: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        words = chance.choices(WORDS, k=chance.randint(6, 14))
        texts.append(" ".join(words))
        for _ in range(chance.randint(0, 4)):
            words = list(words)
            for _ in range(chance.randint(0, 2)):
                at = chance.randrange(len(words))
                words[at : at + chance.randint(0, 1)] = chance.choices(
                    WORDS, k=chance.randint(0, 2)
                )
            texts.append(" ".join(words))
    chance.shuffle(texts)
    return texts


@st.composite
def sections(draw: st.DrawFn, count: int) -> list[Sections]:
    one = st.sampled_from([None, ("a",), ("b",), ("c",)])
    return [(draw(one), draw(one)) for _ in range(count)]


def like(a: str, b: str) -> float:
    return brute.similarity(brute.words(a), brute.words(b))


@settings(max_examples=60)
@given(edited_texts(), st.data())
def test_every_pair_is_told_and_nothing_else(texts: list[str], data: st.DataObject) -> None:
    kinds = data.draw(sections(len(texts)))
    what = corpus(texts, kinds=kinds)
    found = find(what)
    long = [k for k, text in enumerate(texts) if len(brute.words(text)) >= 4]
    pairs = [(i, j) for i, j in combinations(long, 2) if comparable(kinds[i], kinds[j])]
    repeated, similar = together(found, REPEATED), together(found, SIMILAR)
    for i, j in pairs:
        if brute.words(texts[i]) == brute.words(texts[j]):
            assert frozenset((i, j)) in repeated
        elif like(texts[i], texts[j]) >= THRESHOLD and not judged(texts[i], texts[j]):
            shown = {frozenset((a, b)) for a, b in same_texts(texts, kinds, i, j)}
            assert shown & similar, (texts[i], texts[j])
    for group in found:
        check_group(group, texts)


def same_texts(texts: list[str], kinds: list[Sections], i: int, j: int) -> list[tuple[int, int]]:
    """List the pairs of places that have the words of two texts and are compared."""
    return [
        (a, b)
        for a, one in enumerate(texts)
        for b, other in enumerate(texts)
        if brute.words(one) == brute.words(texts[i])
        and brute.words(other) == brute.words(texts[j])
        and comparable(kinds[a], kinds[b])
    ]


def check_group(group: RuleMatch, texts: list[str]) -> None:
    """Hold every place of a group against its centres."""
    assert len(group.places) >= 2
    assert list(group.places) == sorted(group.places)
    assert group.centres <= group.places.keys()
    centre = texts[min(group.centres)]
    for k, score in group.places.items():
        assert score == pytest.approx(like(centre, texts[k]))
        if group.rule == REPEATED:
            assert brute.words(centre) == brute.words(texts[k])
        elif brute.words(centre) != brute.words(texts[k]):
            assert score >= THRESHOLD
            assert judged(centre, texts[k]) is (group.rule == VARIANT)


@settings(max_examples=40)
@given(edited_texts())
def test_variants_are_told_where_they_are_asked_for(texts: list[str]) -> None:
    shown = together(find(corpus(texts)), VARIANT)
    words = [brute.words(text) for text in texts]
    for i, j in combinations(range(len(texts)), 2):
        if min(len(words[i]), len(words[j])) < 4 or words[i] == words[j]:
            continue
        if like(texts[i], texts[j]) >= THRESHOLD and judged(texts[i], texts[j]):
            pairs = {frozenset(pair) for pair in same_texts(texts, [()] * len(texts), i, j)}
            assert pairs & shown
    assert not together(find(corpus(texts), rules=(REPEATED, SIMILAR)), VARIANT)


@settings(max_examples=40)
@given(edited_texts())
def test_each_rule_finds_the_same_alone(texts: list[str]) -> None:
    what = corpus(texts)
    every = find(what)
    for rule in RULES:
        assert find(what, rules=(rule,)) == [each for each in every if each.rule == rule]


@given(st.integers(0, 6), st.data())
def test_sets_of_files_hold_every_comparable_pair_and_no_other(
    count: int, data: st.DataObject
) -> None:
    kinds = data.draw(sections(count))
    sets = sets_to_compare(kinds)
    for one, other in combinations(set(kinds), 2):
        shared = any(one in each and other in each for each in sets)
        assert shared is comparable(one, other)
    assert sets == sets_to_compare(reversed(kinds))


def test_copies_in_two_sections_are_silent_but_with_one_outside_all_are_told() -> None:
    text = "the lantern of the harbour hangs over the old stone bridge"
    kinds: list[Sections] = [(("v1",),), (("v2",),)]
    assert find(corpus([text, text], kinds=kinds)) == []
    (group,) = find(corpus([text] * 3, kinds=[*kinds, (None,)]))
    assert list(group.places) == [0, 1, 2]
    two = find(corpus([text] * 4, kinds=kinds * 2))
    assert [list(each.places) for each in two] == [[0, 2], [1, 3]]


def test_what_hangs_together_by_a_third() -> None:
    assert connected([(("a",),), (("b",),), (None,)]) == [[0, 1, 2]]
    assert connected([(("a",),), (("b",),), (("a",),)]) == [[0, 2], [1]]


def test_what_is_off_leaves_the_comparison_of_its_rule_alone() -> None:
    text = "the lantern of the harbour hangs over the old stone bridge by the market"
    near = f"{text} as ever it did"
    texts = [text, text, near, near]
    assert {each.rule for each in find(corpus(texts))} == {REPEATED, SIMILAR}
    off = [ALL, 0, 0, 0]
    assert [list(each.places) for each in find(corpus(texts, off=off))] == [[2, 3], [1, 2, 3]]
    off = [0, 0, BITS[REPEATED], 0]
    assert [list(each.places) for each in find(corpus(texts, off=off))] == [[0, 1], [0, 1, 2, 3]]
    off = [0, 0, BITS[SIMILAR], BITS[SIMILAR]]
    assert [list(each.places) for each in find(corpus(texts, off=off))] == [[0, 1], [2, 3]]


def test_what_stands_in_a_free_file_may_be_repeated_and_slightly_changed() -> None:
    text = "the lantern of the harbour hangs over the old stone bridge by the market"
    near = f"{text} as ever it did"
    other = "copper engines in winter need a garden of their own near the river"
    texts = [text, near, near, other, other, text]
    free = [False, False, False, False, False, True]
    assert [list(each.places) for each in find(corpus(texts, free=free))] == [[3, 4]]


def test_short_paragraphs_are_not_compared_and_two_ideographs_are_a_word() -> None:
    text = "one two three four five"
    assert find(corpus([text, text]), min_words=6) == []
    assert len(find(corpus([text, text]), min_words=5)) == 1
    han = "河水流过古老的石桥"
    assert words_of([han]).counts.tolist() == [5]
    assert find(corpus([han, han]), min_words=6) == []
    assert len(find(corpus([han, han]), min_words=5)) == 1


@pytest.mark.parametrize("char", ["河", "か", "ก", "〣", "〸", "ꧠ", "ꩠ", "𛀁", "\U0003fffd", "ｶ"])
def test_whatever_is_a_token_by_itself_is_half_a_word(char: str) -> None:
    texts = [char * 4, "", f"one {char}{char} two", "a river"]
    assert words_of(texts).counts.tolist() == [2, 0, 3, 2]


def test_very_large_groups_cost_no_square(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "LARGE", 3)
    line = "the lantern of the harbour hangs over the old stone bridge by the market"
    base = line.split()
    texts = [" ".join([*base[:k], "quite", *base[k:]]) for k in range(1, 12)]
    found = find(corpus(texts), rules=(SIMILAR,))
    assert set().union(*(each.places for each in found)) == set(range(11))


def test_nothing_to_compare() -> None:
    assert find(corpus([])) == []
    assert find(corpus(["", " ", "..."])) == []
