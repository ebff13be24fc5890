"""The laws as checks of an answer, and the texts on which they are checked.

Knows: the oracle. Each check raises AssertionError; ``test_planted`` shows which faults each finds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

import dedup
from dedup import kernel
from dedup.core import sketch, walk
from dedup.core.bands import BURST, jaccard_at
from dedup.core.variants import judge
from tests.support import brute
from tests.support.places import DEV

#: A recipe with buckets; small inputs are compared pair by pair unless one is given.
BANDED = dedup.Recipe(permutations=96, bands=32, rows=3)

_VOCABULARY = (
    *("river", "stone", "ferry", "council", "night", "bridge", "engine", "water", "lamp", "paper"),
    *("window", "garden", "letter", "winter", "seven", "harbour", "Straße", "naïve", "İstanbul"),
    *("ΟΔΟΣ", "Привет", "नमस्ते", "日本語", "ภาษา", "한국어", "ﬁne", "don't", "3.5"),
    "supercalifragilisticexpialidocious",
)


class Cut(NamedTuple):
    """Of n signatures: keys uint32 (bands, n), sketches uint64 (n, words)."""

    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]


def check_same(found: dedup.Found, answer: brute.Answer) -> None:
    """The answer is the oracle's, paragraph by paragraph."""
    assert found.kept.tolist() == answer.kept
    assert found.match.tolist() == answer.match
    assert found.similarity.tolist() == np.array(answer.similarity, np.float32).tolist()
    assert found.kind.tolist() == answer.kind


def check_sound(found: dedup.Found, texts: Sequence[str], tokens: str = "words") -> None:
    """Law 1: copies and variants name a kept paragraph with the score that it has."""
    for position in np.flatnonzero(found.match != np.arange(len(texts))).tolist():
        partner = int(found.match[position])
        assert found.kept[partner]
        a, b = brute.units(texts[position], tokens), brute.units(texts[partner], tokens)
        score = brute.similarity(a, b)
        assert score >= found.threshold
        assert found.similarity[position] == np.float32(score)
        assert (found.kind[position] == dedup.Kind.EXACT) == (a == b)
        if found.kept[position]:
            assert found.kind[position] == dedup.Kind.VARIANT
            assert found.variants == "report"
            assert judged(texts[partner], texts[position], tokens)
        else:
            assert found.kind[position] in (dedup.Kind.EXACT, dedup.Kind.NEAR)
    own = np.flatnonzero(found.match == np.arange(len(texts)))
    assert found.kept[own].all()
    assert (found.similarity[own] == 1.0).all()
    assert (found.kind[own] == dedup.Kind.UNIQUE).all()


@cache
def judged(a: str, b: str, tokens: str = "words") -> bool:
    """Say whether two texts are variants, one pair at a time."""
    return judge(a, b, tokens).variant


def judged_by(tokens: str) -> brute.Variant:
    """Judge by what is compared."""
    return lambda a, b: judged(a, b, tokens)


def check_complete(found: dedup.Found, texts: Sequence[str], tokens: str = "words") -> None:
    """Law 2 at recall 1: no two kept paragraphs that compete are copies, but what is counted."""
    rows = [
        (texts[k], brute.units(texts[k], tokens))
        for k in np.flatnonzero(found.kept).tolist()
        if len(brute.words(texts[k])) >= max(1, found.recipe.min_tokens)
    ]
    escaped = 0
    for j, (text, row) in enumerate(rows):
        for other_text, other in rows[:j]:
            if brute.similarity(other, row) >= found.threshold:
                escaped += found.variants == "remove" or not judged(other_text, text, tokens)
    assert escaped <= found.uncompared


def check_identical(a: dedup.Found, b: dedup.Found) -> None:
    """Law 3: two ways of working gave one answer."""
    for name in ("kept", "match", "similarity", "kind"):
        left, right = getattr(a, name), getattr(b, name)
        assert left.dtype == right.dtype
        assert left.tolist() == right.tolist()


def check_words(texts: Sequence[str], expected: Sequence[Sequence[str]] | None = None) -> None:
    """Words are the oracle's, and token hashes are equal where words are, there alone."""
    from dedup.core import tokens

    rows = tokens.tokenise(texts)
    expected = expected or [brute.words(text) for text in texts]
    assert rows.lengths.tolist() == [len(row) for row in expected]
    flat = [word for row in expected for word in row]
    hashes = rows.values.tolist()
    pairs = set(zip(flat, hashes, strict=True))
    assert len(pairs) == len(set(flat)) == len(set(hashes))


def check_similarities(texts: Sequence[str], tokens: str = "words") -> None:
    """Batched similarity of every pair is that of dynamic programming."""
    from dedup import stages

    count = len(texts)
    left, right = np.divmod(np.arange(count * count), max(count, 1))
    scores = stages.compare_texts(texts, left, right, tokens)
    rows = [brute.units(text, tokens) for text in texts]
    expected = [brute.similarity(rows[i], rows[j]) for i, j in zip(left, right, strict=True)]
    assert scores.tolist() == expected


def cut(signatures: NDArray[np.uint32], bands: int, rows: int, words: int = 0) -> Cut:
    """Cut signatures, uint32 (permutations, n), into keys and sketches."""
    # What the permutations are does not matter: they are drawn already.
    drawn = np.ones((2, len(signatures)), dtype=np.uint32)
    return Cut(*kernel.cut(signatures, kernel.Family(1, False, drawn, bands, rows, words)))


def band_keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> NDArray[np.uint32]:
    """Make the band keys of signatures: uint32 (bands, n)."""
    return cut(signatures, bands, rows).keys


def check_band_keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> None:
    """Two keys of one band are equal where the band's rows are, there alone."""
    keys = band_keys(signatures, bands, rows)
    seen: dict[int, tuple[int, ...]] = {}
    for band in range(bands):
        for row in range(signatures.shape[1]):
            cut = (band, *signatures[band * rows : (band + 1) * rows, row].tolist())
            assert seen.setdefault(int(keys[band, row]), cut) == cut
    assert len(seen) == len(set(seen.values()))


def banded_answer(
    texts: Sequence[str],
    recipe: dedup.Recipe,
    threshold: float,
    rank: Sequence[float] | None = None,
    variant: brute.Variant | None = None,
    limits: walk.Limits = walk.LIMITS,
) -> brute.Answer:
    """The oracle's answer by the rule of the buckets, over the signatures of these texts."""
    jaccard = jaccard_at(threshold, recipe.width, BURST[recipe.tokens])
    return brute.banded_law(
        texts,
        threshold,
        dedup.signatures(texts, recipe).tolist(),
        recipe.bands,
        recipe.rows,
        16 * sketch.sketch_words(recipe.permutations),
        sketch.least_agreement(jaccard, recipe.permutations),
        limits.cap,
        limits.most,
        recipe.tokens,
        recipe.min_tokens,
        rank,
        variant or judged_by(recipe.tokens),
    )


@st.composite
def text_lists(draw: st.DrawFn, most: int = 14) -> list[str]:
    """Lists of paragraphs of which many are edited copies, some are short or without a word."""
    word = st.sampled_from(_VOCABULARY)
    bases = draw(st.lists(st.lists(word, min_size=8, max_size=14), min_size=1, max_size=3))
    texts = []
    for _ in range(draw(st.integers(0, most))):
        if draw(st.integers(0, 9)) == 0:
            texts.append(draw(st.sampled_from(["", "***", "river stone", "Stone. River?", "\x00"])))
            continue
        words = list(draw(st.sampled_from(bases)))
        for _ in range(draw(st.integers(0, 4))):
            place, kind = draw(st.integers(0, len(words) - 1)), draw(st.integers(0, 3))
            if kind == 0:
                words[place] = draw(word)
            elif kind == 1:
                words.insert(place, draw(word))
            elif len(words) > 1:
                words.pop(place) if kind == 2 else words.append(words.pop(place))
        texts.append(draw(st.sampled_from([" ", ", ", "\n", " – "])).join(words))
    return texts


thresholds = st.sampled_from([0.3, 0.5, 0.6, 2 / 3, 0.7, 0.75, 0.8, 0.9, 0.95, 1.0])


def template(number: int, words: int = 30, changed: int = 3) -> str:
    """Write a text of a template by number: most words are fixed, some are its own."""
    fixed = [f"fixed{place}" for place in range(words - changed)]
    for place in range(changed):
        fixed.insert((number * 7 + place * 11) % len(fixed), f"own{number}x{place}")
    return " ".join(fixed)


class DevSet(NamedTuple):
    """A set of real paragraphs and all its pairs of distinct word sequences from 0.7 on."""

    name: str
    texts: list[str]
    words: list[list[str]]
    first: list[int]
    pairs: list[tuple[int, int, float]]


def dev_set(name: str) -> DevSet:
    """Read a set and compare every pair of it. ``first``: where each text's words stood first.

    Pairs are of positions in reading order, both of them first of their words, of eight or more.
    """
    with open(DEV / name / "units.jsonl", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    words = [brute.words(text) for text in texts]
    place: dict[tuple[str, ...], int] = {}
    first = [place.setdefault(tuple(row), k) for k, row in enumerate(words)]
    own = [k for k in range(len(texts)) if first[k] == k and len(words[k]) >= 8]
    return DevSet(name, texts, words, first, all_pairs([words[k] for k in own], own, 0.7))


def as_dev_set(kept: list[Any]) -> DevSet:
    """Make a set of what was written as JSON."""
    name, texts, words, first, pairs = kept
    return DevSet(name, texts, words, first, [(i, j, score) for i, j, score in pairs])


def all_pairs(
    rows: Sequence[Sequence[str]], names: Sequence[int], threshold: float
) -> list[tuple[int, int, float]]:
    """Compare all rows: (name, later name, similarity), with words written as characters."""
    number: dict[str, str] = {}
    strings = ["".join(number.setdefault(w, chr(0x10000 + len(number))) for w in r) for r in rows]
    found = []
    for begin in range(0, len(rows), 1000):
        block = strings[begin : begin + 1000]
        scores = cdist(
            block,
            strings[begin:],
            scorer=Indel.normalized_similarity,
            score_cutoff=threshold - 1e-6,
            dtype=np.float32,
        )
        for i, j in np.argwhere(scores > 0).tolist():
            if i < j:
                score = Indel.normalized_similarity(strings[begin + i], strings[begin + j])
                length = len(strings[begin + i]) + len(strings[begin + j])
                exact = 2.0 * round(score * length / 2.0) / length
                if exact >= threshold:
                    found.append((names[begin + i], names[begin + j], exact))
    return found
