"""Paragraphs inside longer ones go from a job on disk as they do from ``find``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dedup
from benchmarks import corpus
from dedup import scale
from dedup.scale import job
from tests.support import flat, scales


def documents() -> list[list[scale.Part]]:
    texts = corpus.paragraphs(200, 5, edited=0.3).texts
    longer = [f"{texts[k]} {texts[k + 1]}" for k in range(0, 60, 2)]
    texts = [*texts, *longer, "Read more", *longer[:4], "Read more", *longer[4:9], *texts[10:14]]
    return [
        [scales.paragraphs(texts[k : k + 20], f"document {k}")] for k in range(0, len(texts), 20)
    ]


@pytest.mark.parametrize("bounds", [scales.TINY, scales.ROOMY])
def test_what_stands_inside_goes(bounds: scales.Bounds) -> None:
    scales.check_equals_find(documents(), bounds, contained="remove", workers=1)


def test_some_do(tmp_path: Path) -> None:
    answer = scales.run(documents(), tmp_path, scales.ROOMY, contained="remove", workers=1).every()
    assert np.count_nonzero(answer.kind == dedup.Kind.CONTAINED) > 20


def test_too_much_for_the_memory_is_refused_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scales.within(scales.ROOMY):
        shards = scales.shards_of(documents())
        monkeypatch.setattr(job, "_INSIDE", 10**6)
        with pytest.raises(
            scale.MemoryTooSmall, match=r"inside longer ones .* run again with more"
        ):
            flat.run(shards, tmp_path, contained="remove", workers=1)
        monkeypatch.setattr(job, "_INSIDE", 0)
        answer = flat.run(shards, tmp_path, contained="remove", workers=1).every()
    assert np.count_nonzero(answer.kind == dedup.Kind.CONTAINED) > 20


def test_not_within_a_scope(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="contained is 'remove'"):
        scales.run(
            documents(), tmp_path, contained="remove", scope=scale.Scope("all", lambda part: "")
        )
