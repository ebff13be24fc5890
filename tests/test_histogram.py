"""The histogram of similarities, against every pair compared one by one."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest

import dedup
from benchmarks.corpus import paragraphs
from dedup import histogram as stage
from dedup import pairs
from dedup.cli import main
from dedup.histogram import histogram
from dedup.options import Resources
from tests.support import brute


def distinct(texts: list[str]) -> list[str]:
    first: dict[tuple[str, ...], str] = {}
    for text in texts:
        if len(brute.words(text)) >= 8:
            first.setdefault(tuple(brute.words(text)), text)
    return list(first.values())


def test_every_pair_is_counted_in_its_bin() -> None:
    texts = [*paragraphs(150, seed=3, edited=0.6).texts, "too short", "* * *"]
    rows = distinct(texts)
    scores = [dedup.similarity(a, b) for a, b in combinations(rows, 2)]
    found = histogram(texts, low=0.2, step=0.1)
    for each in found.bins:
        last = each.high == 1.0
        inside = [s for s in scores if each.low <= s and (s < each.high or last)]
        assert each.pairs == len(inside)
        assert len(each.examples) == min(3, len(inside))
        assert (each.variants is None) == (not inside)
        for example in each.examples:
            assert example.first < example.second
            pair = texts[example.first], texts[example.second]
            assert example.similarity == dedup.similarity(*pair)
            assert example.similarity in inside
    assert [each.low for each in found.bins] == pytest.approx([0.2 + 0.1 * k for k in range(8)])
    assert (found.paragraphs, found.sample) == (len(rows), len(rows))
    assert found.copies == len([t for t in texts if len(brute.words(t)) >= 8]) - len(rows)


def test_a_sample_estimates_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = paragraphs(1500, seed=4, edited=0.6).texts
    every = histogram(texts)
    monkeypatch.setattr(stage, "MOST_PAIRS", 400_000)
    some = histogram(texts)
    assert some.sample < every.sample == every.paragraphs == some.paragraphs
    whole, part = (sum(each.pairs for each in found.bins) for found in (every, some))
    assert whole > 300
    assert abs(part - whole) < 0.25 * whole
    assert some == histogram(texts)


def test_workers_and_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = paragraphs(200, seed=5, edited=0.5).texts
    found = histogram(texts)
    assert histogram(texts, resources=Resources(2)) == found
    for module in (stage, pairs):
        monkeypatch.setattr(module, "_BLOCK", 7)
    assert histogram(texts) == found


def test_variants_are_told() -> None:
    base = "Upgrade the cluster to version 3.{} before you remove the old nodes from it."
    last = histogram([base.format(k) for k in range(5)]).bins[-2]
    assert (last.pairs, last.variants) == (10, 1.0)


@pytest.mark.parametrize("texts", [[], ["one text of eight words or more stands alone"], ["short"]])
def test_nothing_to_count(texts: list[str]) -> None:
    assert all(each.pairs == 0 for each in histogram(texts).bins)


@pytest.mark.parametrize("options", [{"low": 0.0}, {"low": 1.0}, {"step": 2.0}])
def test_wrong_bounds(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be above 0 and below 1"):
        histogram([], **options)  # type: ignore[arg-type]


def test_the_command_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n".join(paragraphs(60, seed=6, edited=0.6).texts), encoding="utf-8")
    assert main(["find", str(path), "--histogram"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["similarity", "pairs", "variants"]
    marks = [k for k, line in enumerate(lines) if line.startswith("---- threshold 0.8 ----")]
    assert lines[marks[0] + 1].startswith("0.75-0.80")
    assert "each compared with all others" in lines[-1]
    assert main(["find", str(path), "--histogram", "--format", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert sum(each["pairs"] for each in report["bins"]) > 10
    for each in report["bins"]:
        for example in each["examples"]:
            assert {place["source"] for place in example["places"]} == {str(path)}
