"""``dedup clean --engine spark``: what it refuses, and what it passes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dedup
from dedup.cli import main
from dedup.dump.request import Request
from dedup.dump.spark import job
from dedup.dump.summary import Summary
from dedup.errors import InputError
from dedup.options import Matching, Policy
from dedup.readers import Damaged, ReadOptions
from dedup.scale.spark import Cluster, work
from dedup.writers import WriteOptions
from tests.support.flat import run_on_spark

Capture = pytest.CaptureFixture[str]

ON_SPARK = ["--engine", "spark"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["in.jsonl", *ON_SPARK], "--engine spark writes to a folder; name one with -o"),
        (["in.jsonl", "--master", "local", "-o", "x"], "--master is for Spark; add --engine spark"),
        (["in.jsonl", *ON_SPARK, "-o", "x", "--contained", "remove"],
         "--contained doesn't exist on Spark; leave this option out"),
        (["in.jsonl", *ON_SPARK, "-o", "x", "--workers", "2"],
         "--workers doesn't exist on Spark; the cluster decides how many tasks run at once"),
        ([*ON_SPARK, "-o", "x", "--apply", "plan.jsonl"],
         "--apply doesn't exist on Spark; carry out the plan on one machine"),
        (["in.jsonl", *ON_SPARK, "-o", "s3a://new/"],
         "s3a://new/ is a URL, and executors write files as one machine does, to folders"),
        (["in.jsonl", *ON_SPARK, "--plan", "s3a://plan.jsonl"], "s3a://plan.jsonl is a URL"),
        (["in.jsonl", *ON_SPARK, "-o", "x", "--keep", "order"],
         "keep is 'order' and order has 0"),
    ],
)  # fmt: skip
def test_what_spark_does_not_have_is_refused(
    capsys: Capture, arguments: list[str], message: str
) -> None:
    assert main(["clean", *arguments]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_options_are_handed_on(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Request] = []

    def run(request: Request, cluster: Cluster, skipped: Callable[[Any], None]) -> Summary:
        given.append(request)
        assert cluster.master == "spark://h:7077"
        assert cluster.progress is not None
        cluster.progress(work.StageDone("sketch", 1_000, 2_500, 1.25))
        for line in (1, 2, 3):
            skipped(Damaged("in.jsonl", "not JSON", f"line {line}"))
        return Summary({}, "removed.jsonl.gz", [])

    monkeypatch.setattr(job, "clean_on_cluster", run)
    out = str(tmp_path / "out")
    assert main([
        "clean", "in.jsonl", "-o", f"{out}/", *ON_SPARK, "--master", "spark://h:7077",
        "--keep", "newest", "--scope", "host", "--text-field", "body", "--threshold", "0.9",
        "--min-copies", "3", "--protect", "a", "--protect", "b", "--reference", "old.jsonl",
        "--max-loss", "0.5", "--min-share", "0.3", "--drop-documents", "0.7", "--annotate", "cut",
        "--pages", "main", "--work", "s3a://tmp",
    ]) == 3  # fmt: skip
    (request,) = given
    assert request.policy == Policy(
        "newest", (), "host", 3, 0.3, drop_documents=0.7, protect=("a", "b"), max_loss=0.5
    )
    assert request.matching == Matching(0.9)
    assert request.reading == ReadOptions(text_field="body", pages="main")
    assert request.references == ("old.jsonl",)
    assert request.writing == WriteOptions(note="cut")
    assert request.resources.work == "s3a://tmp"
    assert (request.paths, request.output, request.folder) == (("in.jsonl",), f"{out}/", True)
    assert capsys.readouterr().err.splitlines()[:-1] == [
        "sketch: 1,000 rows, 2.5 kB shuffled, 1.2 s",
        "marked in 'cut' 0 paragraphs, 0 bytes, from 0 files",
        f"written to {out}/; what went is in {out}/removed.jsonl.gz",
        "not read: 3 rows or records (not JSON): in.jsonl: line 1, in.jsonl: line 2, in.jsonl: "
        "line 3",
    ]


def test_a_reference_is_not_cleaned_on_spark(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "a"}\n', "utf-8")
    with pytest.raises(InputError, match="is to be cleaned and a reference too"):
        run_on_spark([str(path)], str(tmp_path / "out"), references=[str(tmp_path)])
    assert not (tmp_path / "out").exists()


def test_an_index_is_no_reference_on_spark(tmp_path: Path, capsys: Capture) -> None:
    dedup.Index(tmp_path / "seen.db").close()
    arguments = ["in.jsonl", "-o", "x", *ON_SPARK, "--reference"]
    assert main(["clean", *arguments, str(tmp_path / "seen.db")]) == 2
    assert "seen.db is an index, which executors can't read" in capsys.readouterr().err
