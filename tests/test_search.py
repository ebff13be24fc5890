"""The laws: what ``find`` answers, against brute force."""

from __future__ import annotations

import importlib
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup import pages, sequences
from dedup.core.candidates import Candidates, Collection
from dedup.core.tokens import tokenise
from dedup.core.walk import Limits
from dedup.options import Matching
from tests.support import brute
from tests.support.laws import (
    BANDED,
    all_pairs,
    banded_answer,
    check_complete,
    check_identical,
    check_same,
    check_sound,
    judged,
    judged_by,
    template,
    text_lists,
    thresholds,
)

# In the package the function hides the module of the same name.
stage = importlib.import_module("dedup.search")

tokens_kinds = st.sampled_from(["words", "chars"])
minima = st.sampled_from([0, 1, 3, 8, 9])

BASE = "the old chain ferry crosses the river at seven every morning of the week"
EXAMPLES: dict[str, tuple[list[str], list[int]]] = {
    "no paragraph": ([], []),
    "one paragraph": ([BASE], [0]),
    "an exact copy": ([BASE, BASE], [0, 0]),
    "a copy but for case and punctuation": ([BASE, BASE.upper() + "!"], [0, 0]),
    "an edited copy": ([BASE, BASE.replace("every", "each")], [0, 0]),
    "a variant of it": ([BASE, BASE.replace("river", "canal")], [0, 0]),
    "another text": ([BASE, "a text of eight or more words that stands alone"], [0, 1]),
    "short texts are kept": (["Read more", "Read more"], [0, 1]),
    "texts without a word are kept": (["", "", "***", "***"], [0, 1, 2, 3]),
    "a text between its copies": ([BASE, BASE + " again", BASE], [0, 0, 0]),
}


@given(text_lists(), thresholds)
def test_words_that_are_read_already_change_nothing(texts: list[str], threshold: float) -> None:
    check_reading(texts, threshold)


def test_words_of_long_texts_that_are_read_already_change_nothing() -> None:
    long = BASE.replace("every", "each") + " again" * 50_000
    check_reading([BASE, long, BASE + " again" * 50_000], 0.8)


def check_reading(texts: list[str], threshold: float) -> None:
    """Find with and without words that are read already: the same."""
    for recipe in (None, BANDED):
        matching = Matching(threshold, min_tokens=1, recipe=recipe)
        found = stage.find_by(matching, texts, words=tokenise(texts))
        usual = stage.find_by(matching, texts)
        for name in ("kept", "match", "similarity", "kind"):
            assert getattr(found, name).tolist() == getattr(usual, name).tolist()


@pytest.mark.parametrize(("texts", "match"), EXAMPLES.values(), ids=EXAMPLES)
def test_examples(texts: list[str], match: list[int]) -> None:
    for recipe in (None, BANDED):
        found = dedup.find(texts, recipe=recipe)
        assert found.match.tolist() == match
        copies = np.array(match) != np.arange(len(texts))
        assert found.kept.tolist() == (~copies | (found.kind == dedup.Kind.VARIANT)).tolist()
        removed = dedup.find(texts, recipe=recipe, variants="remove")
        assert removed.match.tolist() == match
        assert removed.kept.tolist() == (~copies).tolist()
        assert removed.kind.tolist() == np.minimum(found.kind, dedup.Kind.NEAR).tolist()


def test_there_are_no_chains() -> None:
    # Each is like its neighbours and unlike the others: every other one is kept.
    words = [f"w{k}" for k in range(60)]
    texts = [" ".join(words[4 * k : 4 * k + 24]) for k in range(8)]
    assert dedup.similarity(texts[0], texts[1]) >= 0.8 > dedup.similarity(texts[0], texts[2])
    for recipe in (None, dedup.Recipe(permutations=128, bands=128, rows=1)):
        found = dedup.find(texts, recipe=recipe)
        assert found.kept.tolist() == [True, False] * 4
        assert found.match.tolist() == [0, 0, 2, 2, 4, 4, 6, 6]


@settings(max_examples=80)
@given(text_lists(), thresholds, tokens_kinds, minima)
def test_every_pair_compared_is_the_pure_law(
    texts: list[str], threshold: float, tokens: str, min_tokens: int
) -> None:
    found = dedup.find(texts, threshold, recall=1.0, tokens=tokens, min_tokens=min_tokens)
    check_same(
        found, brute.pure_law(texts, threshold, tokens, min_tokens, variant=judged_by(tokens))
    )
    check_sound(found, texts, tokens)
    check_complete(found, texts, tokens)
    assert found.expected_recall == 1.0
    quiet = dedup.find(
        texts, threshold, recall=1.0, tokens=tokens, min_tokens=min_tokens, variants="ignore"
    )
    assert quiet.kept.tolist() == found.kept.tolist()
    assert quiet.match.tolist() == np.where(found.kept, np.arange(len(texts)), found.match).tolist()
    assert not (quiet.kind == dedup.Kind.VARIANT).any()


@settings(max_examples=40)
@given(text_lists(), thresholds, tokens_kinds)
def test_with_variants_removed_similarity_alone_decides(
    texts: list[str], threshold: float, tokens: str
) -> None:
    found = dedup.find(texts, threshold, recall=1.0, tokens=tokens, variants="remove")
    check_same(found, brute.pure_law(texts, threshold, tokens))
    check_sound(found, texts, tokens)
    check_complete(found, texts, tokens)


recipes = st.sampled_from(
    [
        BANDED,
        dedup.Recipe(permutations=12, bands=12, rows=1, min_tokens=1),
        dedup.Recipe(permutations=40, bands=8, rows=4, seed=7),
        dedup.Recipe(tokens="chars", width=3, permutations=64, bands=16, rows=4),
        dedup.Recipe(tokens="chars", width=5, permutations=60, bands=20, rows=3, min_tokens=0),
    ]
)


@settings(max_examples=80)
@given(text_lists(), thresholds.filter(lambda t: t < 1.0), recipes)
def test_buckets_answer_as_the_rule_says(
    texts: list[str], threshold: float, recipe: dedup.Recipe
) -> None:
    found = dedup.find(texts, threshold, recipe=recipe)
    check_same(found, banded_answer(texts, recipe, threshold))
    check_sound(found, texts, recipe.tokens)


@settings(max_examples=60)
@given(text_lists(), st.integers(1, 3), st.integers(1, 3), st.sampled_from([1, 3, 64]), recipes)
def test_crowded_buckets_answer_as_the_rule_says(
    texts: list[str], cap: int, most: int, block: int, recipe: dedup.Recipe
) -> None:
    limits = Limits(cap, most, block, block)
    found = stage.find_by(Matching(0.6, recipe=recipe), texts, limits=limits)
    check_same(found, banded_answer(texts, recipe, 0.6, limits=limits))


@given(text_lists(), st.randoms(use_true_random=False), st.sampled_from([None, BANDED]))
def test_rank_decides_and_not_the_order_given(
    texts: list[str], draw: random.Random, recipe: dedup.Recipe | None
) -> None:
    found = dedup.find(texts, 0.7, recipe=recipe)
    places = list(range(len(texts)))
    draw.shuffle(places)
    again = dedup.find([texts[place] for place in places], 0.7, rank=places, recipe=recipe)
    back = np.argsort(places, kind="stable")
    assert again.kept[back].tolist() == found.kept.tolist()
    assert [places[k] for k in again.match[back].tolist()] == found.match.tolist()
    assert again.similarity[back].tolist() == found.similarity.tolist()
    assert again.kind[back].tolist() == found.kind.tolist()


@settings(max_examples=60)
@given(text_lists(), st.lists(st.integers(-2, 2), min_size=14, max_size=14))
def test_equal_ranks_keep_reading_order(texts: list[str], ranks: list[int]) -> None:
    rank = ranks[: len(texts)]
    found = dedup.find(texts, 0.7, rank=rank)
    check_same(found, brute.pure_law(texts, 0.7, rank=rank, variant=judged))
    check_same(
        dedup.find(texts, 0.7, rank=rank, recipe=BANDED), banded_answer(texts, BANDED, 0.7, rank)
    )


def corpus(count: int = 900) -> list[str]:
    """Write texts of which many repeat others, with hot buckets and short ones among them."""
    draw = random.Random(11)
    texts: list[str] = []
    for number in range(count):
        kind = draw.random()
        if kind < 0.3 and texts:
            words = draw.choice(texts).split() or ["again"]
            for _ in range(draw.randint(0, 3)):
                words[draw.randrange(len(words))] = f"edit{number}"
            texts.append(" ".join(words))
        elif kind < 0.5:
            texts.append(template(number))
        elif kind < 0.55:
            texts.append(draw.choice(["", "Read more", "* * *"]))
        else:
            texts.append(" ".join(f"w{draw.randrange(3000)}" for _ in range(draw.randint(8, 40))))
    return texts


#: Characters of a batch of texts, and of one that is laid out; characters read again together,
#: pairs compared together, rows compared with all others together.
BATCHES = {
    "one text at a time": ((1, 1), (1, 1, 1)),
    "two texts at a time": ((500, 500), (500, 2, 2)),
    "three texts at a time": ((750, 750), (750, 3, 3)),
    "a thousand at a time": ((250_000, 250_000), (250_000, 1000, 1000)),
}


def cut_small(patch: pytest.MonkeyPatch, judged: tuple[int, int], read: tuple[int, ...]) -> None:
    """Let batches be of these sizes."""
    for module, names, sizes in (
        (stage, ("_BATCH_CHARACTERS",), judged[:1]),
        (pages, ("_BATCH",), judged[1:]),
        (sequences, ("_BATCH", "_PAIRS", "_ROWS"), read),
    ):
        for name, size in zip(names, sizes, strict=True):
            assert getattr(module, name) != size
            patch.setattr(module, name, size)


@pytest.mark.parametrize("sizes", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("recall", [0.99, 1.0])
def test_batches_don_t_matter(
    sizes: tuple[tuple[int, int], tuple[int, ...]],
    recall: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = corpus() if recall < 1.0 else corpus(150)
    found = dedup.find(texts, recall=recall)
    cut_small(monkeypatch, *sizes)
    check_identical(found, dedup.find(texts, recall=recall))
    assert 0.1 < found.kept.mean() < 0.9


@settings(max_examples=50)
@given(text_lists(), st.integers(1, 700), st.integers(1, 5), st.sampled_from([None, BANDED]))
def test_batches_of_any_size_don_t_matter(
    texts: list[str], characters: int, pairs: int, recipe: dedup.Recipe | None
) -> None:
    found = dedup.find(texts, 0.7, recipe=recipe)
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch, (characters, pairs), (characters, pairs, pairs))
        check_identical(found, dedup.find(texts, 0.7, recipe=recipe))


def test_the_order_in_which_candidates_are_found_doesn_t_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts = corpus()
    found = dedup.find(texts)
    for seed in range(3):

        class Shuffled(Collection):
            """Adds the bands in another order than they came in."""

            def __init__(self) -> None:
                super().__init__()
                self.bands: list[tuple[int, Candidates]] = []

            def add(self, band: int, found: Candidates) -> None:
                self.bands.append((band, found))

            def joined(self, seed: int = seed) -> Candidates:
                random.Random(seed).shuffle(self.bands)
                for each in self.bands:
                    super().add(*each)
                return super().joined()

        monkeypatch.setattr(stage, "Collection", Shuffled)
        check_identical(found, dedup.find(texts))


@pytest.mark.parametrize(
    ("first", "largest", "looks", "laid_out"),
    [(1, 1, 1 << 20, 1 << 20), (3, 5, 40, 200), (4096, 4096, 1 << 20, 1 << 20)],
)
def test_the_blocks_of_the_walk_don_t_matter(
    first: int, largest: int, looks: int, laid_out: int
) -> None:
    texts = corpus()
    found = dedup.find(texts)
    limits = Limits(first_block=first, largest_block=largest, looks=looks, laid_out=laid_out)
    again = stage.find_by(Matching(found.threshold, recipe=found.recipe), texts, limits=limits)
    check_identical(found, again)


def test_a_second_call_answers_as_the_first() -> None:
    texts = corpus(450)
    first = dedup.find(texts)
    dedup.find(texts[::-1], threshold=0.5)
    check_identical(first, dedup.find(texts))


@pytest.mark.parametrize("recipe", [None, BANDED], ids=["pairs", "bands"])
def test_short_paragraphs_don_t_change_the_answer(recipe: dedup.Recipe | None) -> None:
    texts = corpus(300)
    long = [k for k, text in enumerate(texts) if len(brute.words(text)) >= 8]
    assert len(long) < len(texts)
    found = dedup.find(texts, recipe=recipe)
    alone = dedup.find([texts[k] for k in long], recipe=recipe)
    assert found.kept[long].tolist() == alone.kept.tolist()
    assert found.match[long].tolist() == [long[k] for k in alone.match.tolist()]
    short = sorted(set(range(len(texts))) - set(long))
    assert found.kept[short].all()


@pytest.mark.parametrize("recall", [0.9, 0.99])
@pytest.mark.parametrize("threshold", [0.8, 0.9])
def test_few_pairs_escape_of_made_text(threshold: float, recall: float) -> None:
    texts = corpus(700)
    found = dedup.find(texts, threshold, recall, variants="remove")
    assert found.recipe.bands > 0
    check_sound(found, texts)
    pairs = copies_among(texts, threshold)
    assert pairs > 100
    escaped = copies_among([texts[k] for k in np.flatnonzero(found.kept)], threshold)
    assert escaped <= (1 - recall) * pairs
    every = dedup.find(texts, threshold, recall=1.0, variants="remove")
    assert copies_among([texts[k] for k in np.flatnonzero(every.kept)], threshold) == 0


def copies_among(texts: list[str], threshold: float) -> int:
    """Count the pairs of distinct words that are similar, of eight words or more."""
    rows = [row for row in {tuple(brute.words(text)) for text in texts} if len(row) >= 8]
    return len(all_pairs(rows, range(len(rows)), threshold))


def test_progress_is_told_and_ends() -> None:
    told: list[tuple[str, int, int]] = []
    dedup.find(corpus(450), progress=lambda *step: told.append(step))
    assert [*dict.fromkeys(stage for stage, _, _ in told)] == [
        "sketch",
        "buckets",
        "compare",
        "decide",
    ]
    for name in ("sketch", "buckets", "compare", "decide"):
        done, totals = zip(*[step[1:] for step in told if step[0] == name], strict=True)
        assert list(done) == sorted(done)
        assert set(totals) == {done[-1]}


def test_paragraphs_answer_as_their_texts() -> None:
    texts = [text for text in corpus(200) if len(brute.words(text)) >= 8]
    placed = [dedup.Paragraph(text, "page", None, k, k) for k, text in enumerate(texts)]
    check_identical(dedup.find(texts), dedup.find(placed))


def test_what_was_given_is_left_alone() -> None:
    texts = corpus(50)
    copy = list(texts)
    dedup.find(texts, recipe=BANDED)
    assert texts == copy
