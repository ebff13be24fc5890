"""The benchmark of jobs on dumps runs at a small size and prints its tables; nothing is timed."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import corpus, crawl, crawl_pages, crawl_peers, crawl_steps


def test_the_job_is_run_at_growing_size_and_beside_mere_reading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--sizes=300,600", "--floor=300", "--workers=1"]
    crawl.main([*sizes, f"--folder={tmp_path}"])
    printed = capsys.readouterr().out
    for word in ("rewrite", "growth", "resident MB", "fastwarc", "plan written", "all written"):
        assert word in printed
    made = {each.name for each in tmp_path.iterdir()}
    assert made == {"jsonl-300", "jsonl-600", "wet-300", "small-jsonl", "compiled"}


def test_the_files_may_hold_real_sentences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentences = [f"The {k} boats of the {k + 7} ports are late." for k in range(200)]
    units = [json.dumps({"text": " ".join(sentences[k : k + 5])}) for k in range(0, 200, 5)]
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "units.jsonl").write_text("\n".join(units))
    folder = tmp_path / "made"
    options = ["--sizes=100", "--floor=0", "--workers=1", f"--texts={tmp_path}"]
    crawl.main([*options, f"--folder={folder}"])
    assert "resident MB" in capsys.readouterr().out
    (text, *_) = crawl_peers.texts_of(sorted((folder / "jsonl-100-real").iterdir()))
    assert "boats" in text


def test_files_are_the_same_of_one_seed_and_hold_what_was_made(tmp_path: Path) -> None:
    made = corpus.paragraphs(40, 7000)
    first, again = (crawl.make(tmp_path / name, 40, "jsonl", 7) for name in ("a", "b"))
    for paths in (first, again):
        rows = crawl_peers.texts_of(paths)
        assert [line for row in rows for line in row.split("\n")] == made.texts
    assert crawl.read_only(crawl.make(tmp_path / "c", 40, "wet", 7)[0]) == 40


@pytest.mark.parametrize(
    ("container", "written"), [("jsonl", b"\\u00e9"), ("jsonl-utf8", "é".encode())]
)
def test_rows_are_escaped_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, container: str, written: bytes
) -> None:
    monkeypatch.setattr(crawl, "_texts", lambda *given: ["An é."])
    (path,) = crawl.make(tmp_path, 1, container, 7)
    assert written in gzip.decompress(path.read_bytes())


def test_peers_that_are_absent_are_named_and_ours_takes_out_every_exact_copy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in crawl_steps._NEEDED:
        monkeypatch.setitem(crawl_steps._NEEDED, name, ("no_such_package",))
    crawl_peers.main(["--paragraphs=400", f"--folder={tmp_path}"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    ours = [row for row in rows if row[:2] == ["dedup", "clean"]]
    assert [row[-5] for row in ours] == ["100.0%", "100.0%"]
    assert float(ours[1][-4].rstrip("%")) > 80
    assert [row[-3:] for row in ours] == [["0", "0", "0"]] * 2
    missing = [row for row in rows if row[-1:] == ["no_such_package"]]
    assert len({" ".join(row) for row in missing}) == len(crawl_steps.PEERS)


def test_what_is_left_is_counted_against_what_was_planted(tmp_path: Path) -> None:
    one, other = "one two three four five", "six seven eight nine ten"
    near, cut = "one two three four 5", "one two three four"
    made = corpus.Corpus([one, one, one, near, other], np.array([0, 0, 0, 0, 4]),
                         np.array([0, 0, 0, 3, 4]))  # fmt: skip
    pages = crawl_pages.Pages(made, np.array([0, 3, 5]))
    assert pages.texts() == [[one, one, one], [near, other]]

    def left(*rows: str, paragraphs: bool = False) -> crawl_peers.Left:
        return crawl_peers.marked(pages, rows, paragraphs)

    assert left("\n".join([one] * 3), f"{near}\n{other}") == (0, 0, 0.0, 0.0, 0, 0, 0)
    assert left(one, one, other, paragraphs=True) == (None, 2, 0.5, 1.0, 0, 0, 0)
    assert left("", near) == (1, 4, 1.0, 0.0, 1, 1, 0)
    assert left(f"{cut}\n{other}", "") == (1, 4, 1.0, 1.0, 0, 0, 1)


def test_the_record_of_removals_is_no_text_that_is_left(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "removed.jsonl.gz", "wt") as file:
        file.write(json.dumps({"text": "gone"}))
    (tmp_path / "left.jsonl").write_text(json.dumps({"text": "one\ntwo"}))
    assert list(crawl_peers.texts_of(sorted(tmp_path.iterdir()))) == ["one\ntwo"]


def test_pages_of_real_documents_hold_copies_of_earlier_paragraphs(tmp_path: Path) -> None:
    for name in "abcdef":
        rows = (
            f"The {name} boat {k} leaves the {k + 7} harbour at noon on {k}." for k in range(30)
        )
        (tmp_path / f"{name}.md").write_text("\n\n".join([*rows, "Too short."]))
    pages = crawl_pages.read(tmp_path, 1000, 1)
    texts, origin, wording = pages.corpus
    own = np.arange(len(texts))
    assert (origin == own).sum() == 180
    assert (wording <= own).all()
    assert (origin <= wording).all()
    assert [texts[row] for row in wording] == texts
    assert len(set(texts)) == (wording == own).sum()
    assert (origin != own).sum() > 15
    assert sum(map(len, pages.texts())) == len(texts)
    assert crawl_pages.read(tmp_path, 1000, 1).corpus.texts == texts
