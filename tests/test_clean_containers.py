"""clean over containers: copies go across rows and files, all else in them stays."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup.cli import main
from tests.articles import PARAGRAPHS

Capture = pytest.CaptureFixture[str]
A, B, C = PARAGRAPHS[:3]
TEXTS = [f"{A}\n\n{B}\n", f"{C}\n\n{A}\n", f"{B}\n"]
CLEANED = [f"{A}\n\n{B}\n", f"{C}\n", ""]


def rows(texts: list[str]) -> list[dict[str, object]]:
    return [{"id": f"r{k}", "n": 1.50, "text": text} for k, text in enumerate(texts)]


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_json_lines_keep_their_other_fields(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / f"a{suffix}", tmp_path / f"new{suffix}"
    raw = "".join(json.dumps(row) + "\n" for row in rows(TEXTS)).encode()
    source.write_bytes(gzip.compress(raw) if suffix.endswith("gz") else raw)
    assert main(["clean", str(source), "-o", str(target)]) == 0
    out = target.read_bytes()
    out = gzip.decompress(out) if suffix.endswith("gz") else out
    assert out.decode() == "".join(json.dumps(row) + "\n" for row in rows(CLEANED))
    with gzip.open(f"{target}.removed.jsonl.gz") as record:
        gone = [json.loads(line) for line in record]
    assert [(each["record"], each["text"], each["kept"]["record"]) for each in gone] == [
        ("r1", A, "r0"),
        ("r2", B, "r0"),
    ]


def test_parquet_keeps_its_columns_and_types(tmp_path: Path) -> None:
    table = pa.table(
        {"id": [1, 2, 3], "text": TEXTS, "score": pa.array([1, 2, None], pa.float32())}
    )
    pq.write_table(table, tmp_path / "a.parquet")
    assert main(["clean", str(tmp_path / "a.parquet"), "-o", f"{tmp_path}/new/"]) == 0
    new = pq.read_table(tmp_path / "new" / "a.parquet")
    assert new.schema == table.schema
    assert new["text"].to_pylist() == CLEANED
    assert new.drop_columns("text") == table.drop_columns("text")


def test_copies_go_across_files_of_several_kinds(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "crawl"
    folder.mkdir()
    (folder / "a.txt").write_text(f"{A}\n\n{C}\n", "utf-8")
    (folder / "b.jsonl").write_text(json.dumps({"text": f"{B}\n\n{A}"}) + "\n", "utf-8")
    (folder / "c.html").write_text(f"<h1>T</h1>\n<p>{B}</p>\n<p>Short.</p>\n", "utf-8")
    assert main(["clean", str(folder), "-o", str(tmp_path / "new")]) == 0
    new = tmp_path / "new"
    assert (new / "a.txt").read_text("utf-8") == f"{A}\n\n{C}\n"
    assert json.loads((new / "b.jsonl").read_text("utf-8"))["text"].strip() == B
    page = (new / "c.html").read_text("utf-8")
    assert B not in page
    assert "<h1>T</h1>" in page
    assert "<p>Short.</p>" in page
    assert "took out 2 of" in capsys.readouterr().err


def test_a_container_is_not_printed(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": A}) + "\n", "utf-8")
    assert main(["clean", str(tmp_path / "a.jsonl")]) == 2
    assert "name one: -o" in capsys.readouterr().err
    assert main(["clean", "-", "--container", "jsonl", "-o", str(tmp_path / "b.jsonl")]) == 2
    assert "standard input is cleaned as plain text alone" in capsys.readouterr().err


def test_what_is_read_is_not_written_over(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": A}) + "\n", "utf-8")
    before = path.read_bytes()
    assert main(["clean", str(path), "-o", str(path)]) == 2
    assert "would replace what is being read" in capsys.readouterr().err
    assert path.read_bytes() == before
