"""The benchmark of jobs on dumps runs at a small size and prints its tables; nothing is timed."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import corpus, crawl, crawl_peers


def test_the_job_is_run_at_growing_size_and_beside_mere_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--sizes=300,600", "--floor=300", "--peers=0", "--workers=1"]
    crawl.main([*sizes, f"--folder={tmp_path}"])
    printed = capsys.readouterr().out
    for word in ("rewrite", "growth", "resident MB", "fastwarc", "plan written", "all written"):
        assert word in printed
    assert sorted(each.name for each in tmp_path.iterdir()) == ["jsonl-300", "jsonl-600", "wet-300"]


def test_files_are_the_same_of_one_seed_and_hold_what_was_made(tmp_path: Path) -> None:
    made = corpus.paragraphs(40, 7000)
    first, again = (crawl.make(tmp_path / name, 40, "jsonl", 7) for name in ("a", "b"))
    assert list(crawl_peers.lines_of(first)) == list(crawl_peers.lines_of(again)) == made.texts
    assert crawl.read_only(crawl.make(tmp_path / "c", 40, "wet", 7)[0]) == 40


def test_peers_that_are_absent_are_named_and_ours_takes_out_every_exact_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in crawl_peers._NEEDED:
        monkeypatch.setitem(crawl_peers._NEEDED, name, ("no_such_package",))
    crawl.main(["--sizes=", "--floor=0", "--peers=400", f"--folder={tmp_path}"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    ours = [row for row in rows if row[:2] == ["dedup", "clean"]]
    assert [row[-3] for row in ours] == ["100.0%", "100.0%"]
    assert float(ours[1][-2].rstrip("%")) > 80
    assert sum("no_such_package" in row for row in rows) == 1 + len(crawl_peers._MINHASH)


def test_what_is_left_is_counted_against_what_was_planted(tmp_path: Path) -> None:
    texts = ["one", "one", "one", "one edited", "two"]
    made = corpus.Corpus(texts, np.array([0, 0, 0, 0, 4]), np.array([0, 0, 0, 3, 4]))
    assert crawl_peers.marked(made, texts) == (0.0, 0.0, 0)
    assert crawl_peers.marked(made, ["one", "one", "two"]) == (0.5, 1.0, 0)
    assert crawl_peers.marked(made, ["one edited"]) == (1.0, 0.0, 2)
    with gzip.open(tmp_path / "removed.jsonl.gz", "wt") as file:
        file.write(json.dumps({"text": "gone"}))
    (tmp_path / "left.jsonl").write_text(json.dumps({"text": "one\ntwo"}))
    assert list(crawl_peers.lines_of(sorted(tmp_path.iterdir()))) == ["one", "two"]
