"""Scopes, marks and counts of a job on disk: each scope is answered as by itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from benchmarks import corpus
from dedup import scale
from dedup.scale.stages import scopes
from tests.support import scales

RECIPE = dedup.Recipe(permutations=96, bands=32, rows=3)
HOSTS = ("a.example", "b.example", "c.example")


def documents(seed: int) -> list[list[scale.Part]]:
    """Documents of three hosts, in two shards, that repeat each other's paragraphs."""
    texts = corpus.paragraphs(240, seed, edited=0.3).texts
    texts = [*texts[:200], *texts[:60], *corpus.variants(20, seed)]
    every: list[scale.Part] = []
    for number, start in enumerate(range(0, len(texts), 10)):
        source, host = f"document {number}", HOSTS[number % 3]
        page = scales.paragraphs(texts[start : start + 10], source)
        every.append(scale.Page(page, source, source, host))
    return [every[:12], every[12:]]


def host_of(part: scale.Part) -> str:
    assert isinstance(part, scale.Page)
    return part.host


def paragraphs_of(pages: list[scale.Part]) -> list[dedup.Paragraph]:
    found = [each for page in pages for each in page]
    assert all(isinstance(each, dedup.Paragraph) for each in found)
    return found  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("bounds", "variants"),
    [(scales.TINY, "report"), (scales.HOT, "remove"), (scales.ROOMY, "report"),
     (scales.ROOMY, "remove")],
)  # fmt: skip
def test_each_host_is_answered_as_if_it_were_alone(
    tmp_path: Path, bounds: scales.Bounds, variants: str
) -> None:
    every = documents(3)
    answer = scales.run(
        every, tmp_path, bounds, scope=scale.Scope("host", host_of), recipe=RECIPE,
        variants=variants,
    ).every()  # fmt: skip
    pages = [(number, each) for number, each in enumerate(page for part in every for page in part)]
    starts = np.cumsum([0, *(len(page) for _, page in pages)])
    met = 0
    for host in HOSTS:
        own = [number for number, page in pages if host_of(page) == host]
        numbers = np.concatenate([np.arange(starts[k], starts[k + 1]) for k in own])
        with scales.within(bounds):
            found = dedup.find(
                paragraphs_of([pages[k][1] for k in own]), recipe=RECIPE, variants=variants
            )
        assert answer.kept[numbers].tolist() == found.kept.tolist()
        assert answer.match[numbers].tolist() == numbers[found.match].tolist()
        assert answer.kind[numbers].tolist() == found.kind.tolist()
        met += int((~found.kept).sum())
    assert met > 10
    together = dedup.find(paragraphs_of([page for _, page in pages]), recipe=RECIPE)
    assert (~together.kept).sum() > met


def test_a_scope_needs_bands(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="recall is 1"):
        scales.run(documents(3), tmp_path, scope=scale.Scope("host", host_of), recall=1.0)


def test_another_scope_is_another_job(tmp_path: Path) -> None:
    scales.run(documents(3), tmp_path, scales.ROOMY, recipe=RECIPE)
    with pytest.raises(scale.WorkMismatch, match="scope is 'host' instead of None"):
        scales.run(documents(3), tmp_path, recipe=RECIPE, scope=scale.Scope("host", host_of))


def test_copies_are_counted(tmp_path: Path) -> None:
    answer = scales.run(documents(4), tmp_path, scales.ROOMY, recipe=RECIPE).every()
    counts = Counter(answer.match[~answer.kept].tolist())
    assert answer.copies.tolist() == [counts.get(k, 0) for k in range(len(answer.kept))]
    assert max(counts.values()) > 1


@given(st.lists(st.text(max_size=5), min_size=1, max_size=8), st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_mixing_keeps_a_scope_together_and_others_apart(names: list[str], words: int) -> None:
    hashes = np.array([scopes.scope_hash(name) for name in names], dtype=np.uint64)
    prints = np.zeros((len(names), 2), dtype=np.uint64)
    keys = np.zeros((2, len(names)), dtype=np.uint32)
    sketches = np.zeros((len(names), words), dtype=np.uint64)
    scopes.mix(prints, keys, sketches, hashes)
    for i, one in enumerate(names):
        for j, other in enumerate(names):
            same = one == other
            assert (prints[i] == prints[j]).all() == same
            assert (keys[:, i] == keys[:, j]).all() == same
            if words:
                assert (sketches[i] == sketches[j]).all() == same
