"""Similarity: batched, by matrix and alone, it is that of dynamic programming."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import stages
from dedup.core import similarity as stage
from dedup.core.tokens import tokenise
from dedup.ragged import Ragged, starts_of
from tests.support import brute
from tests.support.laws import DevSet, all_pairs, check_similarities, text_lists, thresholds

PAIRS = {
    "the same": ("the old ferry", "The old ferry!", 1.0),
    "nothing in common": ("the old ferry", "a new bridge", 0.0),
    "one word of four replaced": ("the old ferry sank", "the new ferry sank", 0.75),
    "one word more": ("the old ferry", "the very old ferry", 6 / 7),
    "the same words in reverse order": ("a b c", "c b a", 2 / 6),
    "a repeated word counts once for each": ("a a a", "a", 0.5),
    "no word on either side": ("", "?!", 1.0),
    "no word on one side": ("", "ferry", 0.0),
    "ideographs one by one": ("渡し船は七時に出る", "渡し船は八時に出る", 16 / 18),
}


@pytest.mark.parametrize(("a", "b", "expected"), PAIRS.values(), ids=PAIRS)
def test_similarity(a: str, b: str, expected: float) -> None:
    assert dedup.similarity(a, b) == expected
    assert dedup.similarity(b, a) == expected
    check_similarities([a, b])


def test_characters_forgive_what_words_do_not() -> None:
    a, b = "the ferry 1eaves at sevcn", "the ferry leaves at seven"
    assert dedup.similarity(a, b) == 0.6
    assert dedup.similarity(a, b, tokens="chars") == 2 * 23 / 50


@given(text_lists(most=6), st.sampled_from(["words", "chars"]))
def test_batched_is_dynamic_programming(texts: list[str], tokens: str) -> None:
    check_similarities(texts, tokens)
    for text in texts[:2]:
        rows = brute.units(texts[0], tokens), brute.units(text, tokens)
        assert dedup.similarity(texts[0], text, tokens) == brute.similarity(*rows)


@given(text_lists(most=8), st.integers(0, 8), thresholds, st.sampled_from(["words", "chars"]))
def test_all_similar_is_pairwise(texts: list[str], cut: int, threshold: float, tokens: str) -> None:
    cut = min(cut, len(texts))
    i, j, scores = stages.alike_texts(texts[:cut], texts[cut:], threshold, tokens)
    rows = [brute.units(text, tokens) for text in texts]
    expected = {
        (a, b - cut): score
        for a in range(cut)
        for b in range(cut, len(rows))
        if (score := brute.similarity(rows[a], rows[b])) >= threshold
    }
    found = dict(zip(zip(i.tolist(), j.tolist(), strict=True), scores.tolist(), strict=True))
    assert found == expected
    assert len(i) == len(expected)


def test_long_rows_at_their_own_size() -> None:
    words = [f"w{k}" for k in range(900)]
    rows = [
        words, words[:800], words[:500], words[::-1], words[100:], words[50:850],
        [*words[:300], *words[500:]], [f"v{word}" for word in words], words[:360], words[:340],
        [*words[:450], "other", *words[451:]],
    ]  # fmt: skip
    texts = [" ".join(row) for row in rows]
    i, j, scores = stages.alike_texts(texts, None, 0.8, "words")
    expected = {
        (a, b): score
        for b in range(len(rows))
        for a in range(b)
        if (score := dedup.similarity(texts[a], texts[b])) >= 0.8
    }
    found = dict(zip(zip(i.tolist(), j.tolist(), strict=True), scores.tolist(), strict=True))
    assert found == expected
    assert len(found) > 15


@pytest.mark.parametrize("count", [40, 420])
def test_more_distinct_words_than_there_are_characters(count: int) -> None:
    # Every word of 1.2 million would need a character of its own.
    texts = [" ".join(f"w{k}x{n}" for n in range(1_200_000 // count)) for k in range(count)]
    found = dedup.find([*texts, *(f"{text} and more" for text in texts)], workers=1)
    assert found.match.tolist() == [*range(count)] * 2
    assert not found.kept[count:].any()


def test_many_distinct_words_do_not_share_a_character() -> None:
    # 70,000 words do not fit into the 65,536 characters that hashes choose from.
    rows = [[f"w{k}" for k in range(b, b + 35_000)] for b in (0, 35_000)]
    texts = [" ".join(row) for row in rows] + [" ".join(rows[0][::2] + rows[1][::2])]
    strings = stage.as_strings(tokenise(texts))
    assert len(set("".join(strings))) == 70_000
    assert [len(string) for string in strings] == [35_000] * 3
    pairs = np.array([0, 0, 1]), np.array([1, 2, 2])
    assert stages.compare_texts(texts, *pairs, "words").tolist() == [0.0, 0.5, 0.5]


@given(st.lists(st.lists(st.integers(0, 40).map(lambda v: v << 59), max_size=9), max_size=6))
def test_strings_are_equal_where_tokens_are(rows: list[list[int]]) -> None:
    flat = np.array([v % 2**64 for row in rows for v in row], dtype=np.uint64)
    starts = starts_of(np.array([len(row) for row in rows], dtype=np.int64))
    joined = "".join(stage.as_strings(Ragged(flat, starts)))
    pairs = set(zip(flat.tolist(), joined, strict=True))
    assert len(pairs) == len(set(flat.tolist())) == len(set(joined))


@pytest.fixture
def short_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cap pairs so low that small texts reach it."""
    monkeypatch.setattr(stage, "MOST_CELLS", 30)


LONG = "one two three four five six seven eight"
CAPPED = {
    "two long texts of the same words": (LONG, " ".join(LONG.split()[::-1]), None),
    "two long texts with common ends": (LONG, LONG.replace("five", "fünf"), 14 / 16),
    "a long text and its beginning": (LONG, "one two three four five six seven", 14 / 15),
    "a long text twice": (LONG, LONG, 1.0),
    "a long text and a short one": (LONG, "two six", 4 / 10),
    "a long text and no word": (LONG, "", 0.0),
}


@pytest.mark.usefixtures("short_cap")
@pytest.mark.parametrize(("a", "b", "expected"), CAPPED.values(), ids=CAPPED)
def test_a_pair_too_long_is_not_a_number(a: str, b: str, expected: float | None) -> None:
    left, right = np.array([0, 1]), np.array([1, 0])
    scores = stages.compare_texts([a, b], left, right, "words")
    i, j, found = stages.alike_texts([a], [b], 0.9, "words")
    if expected is None:
        assert np.isnan(scores).all()
        assert (i.tolist(), j.tolist()) == ([0], [0])
        assert np.isnan(found).all()
    else:
        assert scores.tolist() == [expected, expected]
        assert found.tolist() == [expected] * (expected >= 0.9)


@pytest.mark.usefixtures("short_cap")
@pytest.mark.parametrize("recipe", [None, dedup.Recipe(permutations=64, bands=64, rows=1)])
def test_pairs_too_long_are_counted(recipe: dedup.Recipe | None) -> None:
    # Their only difference stands at both ends, so there are no common ends to take off.
    texts = [f"{a} two three four five six seven {b}" for a, b in [("x", "y"), ("v", "w")]]
    found = dedup.find([*texts, texts[0]], threshold=0.5, recipe=recipe)
    assert found.uncompared == 1
    assert found.kept.tolist() == [True, True, False]


@pytest.mark.usefixtures("short_cap")
def test_a_pair_too_long_that_shares_too_few_words_is_known_to_be_unlike() -> None:
    i, _, _ = stages.alike_texts(
        [LONG], ["nine ten eleven twelve red blue green one"], 0.5, "words"
    )
    assert len(i) == 0


def test_similarity_has_no_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MOST_CELLS", 1)
    assert dedup.similarity("a b c d", "a x c d") == 0.75


BAD: dict[str, tuple[object, object, str, type[Exception], str]] = {
    "None for a text": (None, "a", "words", TypeError, "a is a NoneType"),
    "bytes for a text": ("a", b"a", "words", TypeError, "b is a bytes"),
    "an unknown kind of token": ("a", "a", "lines", ValueError, "tokens is 'lines'"),
}


@pytest.mark.parametrize(("a", "b", "tokens", "error", "message"), BAD.values(), ids=BAD)
def test_refused(a: object, b: object, tokens: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dedup.similarity(a, b, tokens)  # type: ignore[arg-type]


@given(text_lists(most=8), st.sampled_from([0.5, 0.7, 0.8, 1.0]))
def test_the_exhaustive_oracle_is_dynamic_programming(texts: list[str], threshold: float) -> None:
    rows = [brute.words(text) for text in texts if brute.words(text)]
    expected = [
        (i, j, score)
        for i in range(len(rows))
        for j in range(i + 1, len(rows))
        if (score := brute.similarity(rows[i], rows[j])) >= threshold
    ]
    assert sorted(all_pairs(rows, range(len(rows)), threshold)) == expected


def test_the_exhaustive_oracle_on_real_text(real: DevSet) -> None:
    for i, j, score in real.pairs[:: max(1, len(real.pairs) // 20)]:
        if len(real.words[i]) <= 300:
            assert brute.similarity(real.words[i], real.words[j]) == score
            assert dedup.similarity(real.texts[i], real.texts[j]) == score
