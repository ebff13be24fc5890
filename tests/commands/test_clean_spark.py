"""``dedup clean --engine spark``: what it refuses, and what it hands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import dedup
from dedup.cli import main
from dedup.errors import InputError
from dedup.options import Matching, Policy
from dedup.readers import Damaged, Options
from dedup.readers.coverage import Coverage
from dedup.recipe import Recipe
from dedup.scale.spark import Cluster, frames, job, work

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "spark"], "--engine spark writes to a folder; name one: -o"),
        (["--master", "local", "-o", "x"], "--master is for --engine spark"),
        (["--engine", "spark", "-o", "x", "--max-loss", "0.5"], "--max-loss is not there on Spark"),
        (["--engine", "spark", "-o", "x", "--contained", "remove"], "--contained is not there"),
        (["--engine", "spark", "-o", "x", "--pages", "main"], "--pages is not there on Spark"),
        (["--engine", "spark", "-o", "x", "--scope", "across"], "--scope across is not there"),
        (["--engine", "spark", "-o", "x", "--keep", "order"], "keep is 'order' and order has 0"),
    ],
)
def test_what_spark_does_not_have_is_refused(
    capsys: Capture, arguments: list[str], message: str
) -> None:
    assert main(["clean", "in.jsonl", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_options_are_handed_on(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {}

    def run(paths: Any, output: str, *, cluster: Cluster, **options: Any) -> job.Done:
        given.update(options, paths=list(paths), output=output, master=cluster.master)
        assert cluster.progress is not None
        cluster.progress(work.Told("sketch", 1_000, 2_500, 1.25))
        summary = frames.Summary(1_000, 40, Recipe(), 0.99, 2, 1, 0)
        coverage = Coverage()
        coverage.read("in.jsonl", 997)
        for line in (1, 2, 3):
            coverage.skip(Damaged("in.jsonl", "not JSON", f"line {line}"))
        return job.Done(coverage, summary)

    monkeypatch.setattr(job, "run", run)
    assert main([
        "clean", "in.jsonl", "-o", "out", "--engine", "spark", "--master", "spark://h:7077",
        "--keep", "newest", "--scope", "host", "--text-field", "body", "--threshold", "0.9",
        "--min-copies", "3", "--protect", "a", "--protect", "b", "--reference", "old.jsonl",
    ]) == 0  # fmt: skip
    wanted = {"master": "spark://h:7077", "paths": ["in.jsonl"], "output": "out",
              "policy": Policy("newest", (), "host", 3, protect=("a", "b")),
              "matching": Matching(0.9), "reading": Options(text_field="body"), "markup": "auto",
              "references": ("old.jsonl",)}  # fmt: skip
    assert given == wanted
    assert capsys.readouterr().err.splitlines() == [
        "sketch: 1,000 rows, 2.5 kB shuffled, 1.2 s",
        "took out 40 of 1,000 paragraphs in 997 documents, decided in 2 rounds",
        "written to out/texts; what went is in out/removed",
        "not read: 3 rows or records (not JSON): in.jsonl: line 1, in.jsonl: line 2, in.jsonl: "
        "line 3",
    ]


def test_a_reference_is_not_cleaned_on_spark(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a"}\n', "utf-8")
    with pytest.raises(InputError, match="is to be cleaned and a reference too"):
        job.run([str(path)], str(tmp_path / "out"), references=[str(tmp_path)])


def test_an_index_is_no_reference_on_spark(tmp_path: Path, capsys: Capture) -> None:
    dedup.Index(tmp_path / "seen.db").close()
    arguments = ["in.jsonl", "-o", "x", "--engine", "spark", "--reference"]
    assert main(["clean", *arguments, str(tmp_path / "seen.db")]) == 2
    assert "seen.db is an index, which executors can't read" in capsys.readouterr().err
