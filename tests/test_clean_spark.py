"""``dedup clean --engine spark``: what it refuses, and what it hands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dedup.cli import main
from dedup.recipe import Recipe
from dedup.scale.spark import cleaning, job, work

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--engine", "spark"], "--engine spark writes to a folder; name one: -o"),
        (["--master", "local", "-o", "x"], "--master is for --engine spark"),
        (["--engine", "spark", "-o", "x", "--protect", "a"], "--protect is not there on Spark"),
        (["--engine", "spark", "-o", "x", "--contained", "remove"], "--contained is not there"),
        (["--engine", "spark", "-o", "x", "--pages", "main"], "--pages is not there on Spark"),
        (["--engine", "spark", "-o", "x", "--keep", "order"], "--keep order is not there"),
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

    def run(paths: Any, output: str, *, progress: Any, **options: Any) -> job.Done:
        given.update(options, paths=list(paths), output=output)
        progress(work.Told("sketch", 1_000, 2_500, 1.25))
        summary = cleaning.Summary(1_000, 40, Recipe(), 0.99, 2, 1, 0)
        return job.Done(10, 3, summary)

    monkeypatch.setattr(job, "run", run)
    assert main([
        "clean", "in.jsonl", "-o", "out", "--engine", "spark", "--master", "spark://h:7077",
        "--keep", "newest", "--scope", "host", "--text-field", "body", "--threshold", "0.9",
    ]) == 0  # fmt: skip
    wanted = {"master": "spark://h:7077", "rank": "newest", "scope": "host", "text_field": "body",
              "threshold": 0.9, "paths": ["in.jsonl"], "output": "out"}  # fmt: skip
    assert {name: given[name] for name in wanted} == wanted
    assert "workers" not in given
    assert capsys.readouterr().err.splitlines() == [
        "sketch: 1,000 rows, 2.5 kB shuffled, 1.2 s",
        "took out 40 of 1,000 paragraphs in 10 documents, decided in 2 rounds",
        "3 records not read",
        "written to out/texts; what went is in out/removed",
    ]
