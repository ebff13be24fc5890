"""Run jobs on disk beside ``dedup.find``: shards from lists, bounds so small that every path runs.

Knows: how a job is run, and what its answer must equal.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import dedup
from dedup import scale
from dedup.core import candidates, walk
from dedup.paragraph import Paragraph
from dedup.scale import job
from dedup.scale.budget import Memory
from dedup.scale.stages import answer, buckets, decision, first_pass, sketches, texts
from dedup.scale.storage import column, layout, radix
from tests.support import flat

#: Documents, shard by shard.
Documents = Sequence[Sequence[scale.Part]]


class Bounds(NamedTuple):
    """Bounds of a job; all are tiny unless a test says otherwise."""

    unit: int = 5
    arrays: int = 400
    each: int = 100
    cap: int = 32
    most: int = 64
    gathered: int = 8
    bin: int = 2


TINY = Bounds()
HOT = Bounds(cap=2, most=3, arrays=3000)
ROOMY = Bounds(unit=64, arrays=1 << 20, gathered=1 << 20, bin=1 << 10)


@contextmanager
def within(bounds: Bounds) -> Iterator[None]:
    """Run with these bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "UNIT", bounds.unit)
        patch.setattr(first_pass, "_TEXTS", max(2, bounds.unit // 3))
        patch.setattr(candidates, "CAP", bounds.cap)
        limits = walk.LIMITS._replace(cap=bounds.cap, most=bounds.most)
        patch.setattr(walk, "LIMITS", limits)
        patch.setattr(buckets, "_GATHERED", bounds.gathered)
        patch.setattr(buckets, "_MEMBERS", bounds.gathered)
        patch.setattr(radix, "_BIN", bounds.bin)
        patch.setattr(radix, "_RANGE", 2 * bounds.bin)
        patch.setattr(radix, "_READ", 3)
        patch.setattr(sketches, "_LOOKS", 3)
        patch.setattr(texts, "_PAIRS", 3)
        patch.setattr(column, "_SPANS", 300)
        patch.setattr(answer, "_TOGETHER", bounds.unit)
        patch.setattr(decision, "_PAUSE", 0.0)
        patch.setattr(os, "fsync", lambda file: None)
        for name in ("_BUCKET", "_ROW", "_WANTED", "_ALIKE"):
            patch.setattr(decision, name, 0)
        patch.setattr(job, "_INSIDE", 0)
        patch.setattr(job, "allot", lambda memory, workers: Memory(10**9, workers, bounds.arrays))
        yield


def shards_of(documents: Documents) -> list[scale.Shard]:
    """Make shards that give these documents whenever they are read."""
    return [
        scale.Shard(f"shard{number}", lambda some=some: iter(some), len(some), str(number))  # type: ignore[misc]
        for number, some in enumerate(documents)
    ]


def run(documents: Documents, work: Path, bounds: Bounds = TINY, **options: Any) -> scale.Decisions:
    """Run a job over documents."""
    with within(bounds):
        return flat.run(shards_of(documents), work, **options)


def check_equals_find(
    documents: Documents,
    bounds: Bounds = TINY,
    ranks: Sequence[float] | None = None,
    **options: Any,
) -> None:
    """A job answers what ``find`` does on all paragraphs; ranks: one for each of them."""
    flat: list[Any] = [each for shard in documents for part in shard for each in part]
    with within(bounds):
        found = dedup.find(flat, rank=ranks, **options)
    if ranks is not None:
        by_id = {id(part): start for part, start in _starts(documents)}
        values = np.asarray(ranks)
        options["rank"] = scale.Rank(
            "given", lambda part: values[by_id[id(part)] : by_id[id(part)] + len(part)]
        )
    expected = scale.Estimate(len(flat), 100 * len(flat))
    with tempfile.TemporaryDirectory() as work:
        decisions = run(documents, Path(work), bounds, expected=expected, **options)
        check_same(decisions, found, [len(list(_flat(shard))) for shard in documents])
        if flat and isinstance(flat[0], Paragraph):
            assert decisions.places(range(len(flat))) == [each.place for each in flat]


def check_same(decisions: scale.Decisions, found: dedup.Found, sizes: Sequence[int]) -> None:
    """The answer is that of ``find``, shard after shard."""
    assert len(decisions) == len(found.kept)
    begin = 0
    for number, size in enumerate(sizes):
        part = decisions.of_shard(number)
        assert part.first == begin
        for name in ("kept", "match", "similarity", "kind"):
            expected = getattr(found, name)[begin : begin + size]
            assert getattr(part, name).tolist() == expected.tolist(), name
        begin += size
    assert decisions.recipe == found.recipe
    assert decisions.expected_recall == found.expected_recall


def _flat(shard: Sequence[scale.Part]) -> Iterator[object]:
    for part in shard:
        yield from part


def _starts(documents: Documents) -> Iterator[tuple[scale.Part, int]]:
    at = 0
    for shard in documents:
        for part in shard:
            yield part, at
            at += len(part)


def paragraphs(texts: Sequence[str], source: str) -> list[Paragraph]:
    """Make the paragraphs of a document, one a line."""
    return [Paragraph(text, source, None, line, line) for line, text in enumerate(texts, 1)]
