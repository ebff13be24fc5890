"""A job in a folder answers what ``find`` does, whatever the bounds (law 4)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import dedup
from benchmarks import corpus
from dedup import scale
from tests.core.test_runs import page
from tests.support import laws, places, scales

Numbers = NDArray[np.int64]

BANDED = dedup.Recipe(permutations=96, bands=32, rows=3)
ALL_PAIRS = dedup.Recipe(permutations=64, bands=0, rows=4)


@st.composite
def document_lists(draw: st.DrawFn) -> list[list[list[dedup.Paragraph]]]:
    """Shards of documents, some empty, of edited copies and short paragraphs."""
    texts = draw(laws.text_lists(most=24))
    shards: list[list[list[dedup.Paragraph]]] = [[]]
    number = 0
    while texts:
        size = draw(st.integers(0, 7))
        some, texts = texts[:size], texts[size:]
        shards[-1].append(scales.paragraphs(some, f"document {number}"))
        number += 1
        if draw(st.integers(0, 3)) == 0:
            shards.append([])
    return shards


@settings(max_examples=40, deadline=None)
@given(document_lists(), laws.thresholds, st.sampled_from([scales.TINY, scales.HOT, scales.ROOMY]))
def test_a_job_answers_what_find_does(
    documents: list[list[list[dedup.Paragraph]]], threshold: float, bounds: scales.Bounds
) -> None:
    scales.check_equals_find(documents, bounds, threshold=threshold, recipe=BANDED, workers=1)


@settings(max_examples=25, deadline=None)
@given(
    document_lists(),
    laws.thresholds,
    st.sampled_from([BANDED, ALL_PAIRS]),
    st.sampled_from(["report", "remove", "ignore"]),
    st.sampled_from(["words", "chars"]),
    st.randoms(use_true_random=False),
)
def test_with_a_rank_and_every_kind_of_recipe(
    documents: list[list[list[dedup.Paragraph]]],
    threshold: float,
    recipe: dedup.Recipe,
    variants: str,
    tokens: str,
    random: object,
) -> None:
    count = sum(len(part) for shard in documents for part in shard)
    draw = np.random.default_rng(hash(random) % 2**32)
    ranks = draw.choice([0.0, -0.0, 1.5, -2.0, 1e300], count)
    recipe = dedup.Recipe(
        tokens, recipe.width, recipe.permutations, recipe.bands, recipe.rows, min_tokens=4
    )
    scales.check_equals_find(
        documents, scales.HOT, ranks.tolist(), threshold=threshold, recipe=recipe, workers=1,
        variants=variants,
    )  # fmt: skip


LETTERS = {
    "a pasted block takes its short ones along": ["AaBbC", "XAaBbC"],
    "what is repeated stands in two documents": ["AaB", "CbD", "AaBCbD"],
    "one copy is no run": ["AaB", "XAaX"],
    "another copy in between parts a run": ["AaBaC", "X", "AaXaB"],
    "without words": ["A*B-C_D", "A*B-C_D"],
    "many documents of one site": ["aAbBcC", "aAbBcC", "aAbBXcC", "aAYbBcC"],
    "short ones that repeat one that goes": ["AaBa", "AaBaAaBa"],
}


@pytest.mark.parametrize("letters", LETTERS.values(), ids=LETTERS)
@pytest.mark.parametrize("bounds", [scales.TINY, scales.ROOMY], ids=["tiny", "roomy"])
def test_short_paragraphs_go_with_runs(letters: list[str], bounds: scales.Bounds) -> None:
    pages = [page(each, f"page{k}") for k, each in enumerate(letters)]
    scales.check_equals_find([[each] for each in pages], bounds, recipe=BANDED, workers=1)
    scales.check_equals_find([pages], bounds, recipe=BANDED, workers=1)


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize(
    "bounds",
    [
        scales.Bounds(unit=100, arrays=9000, gathered=500, bin=64),
        scales.Bounds(unit=100, arrays=1 << 20, gathered=500, bin=64, cap=3, most=4),
        scales.Bounds(unit=1000, arrays=1 << 24, gathered=1 << 20, bin=1024),
    ],
    ids=["blocks of sketches", "hot buckets", "all in memory"],
)
def test_natural_text_with_any_number_of_workers(workers: int, bounds: scales.Bounds) -> None:
    texts = [*corpus.paragraphs(500, 5, edited=0.3).texts, *corpus.variants(40, 2)]
    documents = [[texts[k : k + 7]] for k in range(0, len(texts), 7)]
    scales.check_equals_find(documents, bounds, recipe=BANDED, workers=workers)


def test_ranks_are_those_of_find() -> None:
    texts = corpus.paragraphs(400, 6, edited=0.4).texts
    documents = [[texts[k : k + 9]] for k in range(0, len(texts), 9)]
    for ranks in (
        [-len(text) for text in texts],
        [len(text) / 7 for text in texts],
        [k % 3 for k in range(len(texts))],
        [-k for k in range(len(texts))],
    ):
        bounds = scales.Bounds(unit=100, arrays=9000, gathered=500, bin=64)
        scales.check_equals_find(documents, bounds, ranks, recipe=BANDED, workers=1)


def test_any_order_of_shards_with_the_same_rank(tmp_path: Path) -> None:
    texts = [*corpus.paragraphs(300, 12, edited=0.4).texts, *corpus.variants(30, 4)]
    texts += ["Read more", "Share"] * 5 + texts[:20]
    parts = [scales.paragraphs(texts[k : k + 9], f"page {k}") for k in range(0, len(texts), 9)]
    number = {part[0].source: 9 * k for k, part in enumerate(parts)}

    def as_first_read(part: scale.Part) -> Numbers:
        head = part[0]
        assert isinstance(head, dedup.Paragraph)
        return number[head.source] + np.arange(len(part))

    rank = scale.Rank("as first read", as_first_read)
    bounds = scales.Bounds(unit=50, arrays=9000, gathered=200, bin=32)
    answers = []
    for turn, order in enumerate(
        (range(len(parts)), np.random.default_rng(3).permutation(len(parts)))
    ):
        documents = [[parts[k]] for k in order]
        decisions = scales.run(
            documents, tmp_path / str(turn), bounds, recipe=BANDED, workers=1, rank=rank
        )
        position = np.concatenate([as_first_read(parts[k]) for k in order])
        every = decisions.every()
        back = np.argsort(position)
        answers.append((
            every.kept[back].tolist(), position[every.match][back].tolist(),
            every.similarity[back].tolist(), every.kind[back].tolist(),
        ))  # fmt: skip
    assert answers[0] == answers[1]
    assert not all(answers[0][0])


@pytest.mark.parametrize("name", ["bible_editions", "ocr_two_scans", "versioned_etcd"])
def test_real_paragraphs(name: str) -> None:
    if not (places.DEV / name / "units.jsonl").exists():
        pytest.skip(f"no {name} beside the checkout")
    with open(places.DEV / name / "units.jsonl", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines][:6000]
    documents = [
        [scales.paragraphs(texts[k : k + 30], f"document {k}")] for k in range(0, len(texts), 30)
    ]
    bounds = scales.Bounds(unit=1000, arrays=1 << 18, gathered=5000, bin=64)
    scales.check_equals_find(documents, bounds, recipe=BANDED, workers=2)


def test_the_recipe_is_chosen_for_what_is_expected() -> None:
    texts = corpus.paragraphs(600, 7, edited=0.3).texts
    scales.check_equals_find([[texts]], scales.ROOMY, workers=1)


def test_nothing_at_all(tmp_path: Path) -> None:
    nothing: list[scales.Documents] = [[], [[]], [[[]], []]]
    for number, documents in enumerate(nothing):
        decisions = scales.run(documents, tmp_path / str(number), workers=1)
        assert len(decisions) == 0
        assert decisions.every().kept.tolist() == []


def test_shards_that_hold_nothing_have_no_paragraphs(tmp_path: Path) -> None:
    documents: scales.Documents = [[], [["one two three"]], [], [[]], [["four"], ["five"]], []]
    decisions = scales.run(documents, tmp_path, workers=1)
    assert [len(decisions.of_shard(k).kept) for k in range(6)] == [0, 1, 0, 0, 2, 0]
    assert [decisions.of_shard(k).first for k in range(6)] == [0, 0, 1, 1, 1, 3]


def test_progress_is_told_stage_by_stage(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    texts = corpus.paragraphs(200, 8, edited=0.3).texts
    scales.run(
        [[texts]], tmp_path, recipe=BANDED, workers=1, progress=lambda *each: told.append(each)
    )
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert [each for each in stages if each != "look"] == [
        "sketch", "fold", "number", "buckets", "texts", "compare", "decide", "write",
        "count",
    ]  # fmt: skip
    assert all(0 <= done <= total for _, done, total in told)
    last = {stage: (done, total) for stage, done, total in told}
    assert all(done == total for done, total in last.values())


def test_only_the_answer_and_the_places_are_left(tmp_path: Path) -> None:
    scales.run([[["a b c"]]], tmp_path, recipe=BANDED, workers=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "answer.copies", "answer.kept", "answer.kind", "answer.match", "answer.similarity",
        "documents", "inputs.json", "lengths", "lines", "manifest.json", "name_ends", "names",
        "shards", "words",
    ]  # fmt: skip


BAD_RANKS = {
    "not one for each": (lambda part: [1.0], "has shape"),
    "NaN": (lambda part: [float("nan")] * len(part), "NaN"),
    "words": (lambda part: ["a"] * len(part), "must hold numbers"),
    "now whole, now not": (lambda part: [len(part[0]) / 2] * len(part) if part[0] == "e f"
                           else [1] * len(part), "whole numbers here"),
}  # fmt: skip


@pytest.mark.parametrize(("rank", "reason"), BAD_RANKS.values(), ids=BAD_RANKS)
def test_ranks_that_are_none(tmp_path: Path, rank: object, reason: str) -> None:
    documents = [[["a b", "c d"], ["e f", "g h"]]]
    with pytest.raises(ValueError, match=reason):
        scales.run(documents, tmp_path, workers=1, rank=scale.Rank("bad", rank))  # type: ignore[arg-type]


def test_documents_are_all_of_a_kind(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="shard1 gives"):
        scales.run([[["a"]], [scales.paragraphs(["b"], "x")]], tmp_path / "a", workers=1)
    with pytest.raises(TypeError, match="shard0 gives"):
        scales.run([[[1]]], tmp_path / "b", workers=1)  # type: ignore[list-item]
