"""``dedup clean`` on containers: copies are found across rows and files, everything else stays."""

from __future__ import annotations

import base64
import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedup.cli import main
from dedup.commands import clean as commands
from dedup.dump import job
from tests.support.articles import PARAGRAPHS

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
    assert "name a file or folder with -o" in capsys.readouterr().err
    assert main(["clean", "-", "--container", "jsonl", "-o", str(tmp_path / "b.jsonl")]) == 2
    assert "on standard input only plain text is cleaned" in capsys.readouterr().err


@pytest.mark.parametrize(
    "content", [f"<html><p>{A}<p>{A}", f"{json.dumps({'text': A})}\n"], ids=["HTML", "JSON Lines"]
)
def test_standard_input_is_no_text_because_it_is_not_named(
    content: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert main(["clean", "-"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "on standard input only plain text is cleaned" in captured.err


PART = b"one two three four five six seven eight"

#: Encoding, options, what stays of a text, and the copy of its first line that ends it.
ALIKE: dict[str, tuple[str, list[str], bytes, bytes]] = {
    "two codes of one character": (
        "cp932", [], PART + b" \x81\xe0\n\x87\x90 \xfa\x54 words\n", PART + b" \x87\x90\n",
    ),
    "damaged bytes, marked": (
        "utf-8", ["--errors", "replace"], PART + b" \xff\ncaf\xe9\n", PART + b" \xfe\n",
    ),
    "damaged bytes, left out": (
        "utf-8", ["--errors", "ignore"], PART + b" \xff\ncaf\xe9\n", PART + b"\xfe\n",
    ),
    "a mark of UTF-16": (
        "utf-16", [], f"\ufeff{PART.decode()}\nü\n".encode("utf-16-be"),
        f"{PART.decode()}\n".encode("utf-16-be"),
    ),
    "escapes without a need": (
        "iso2022_jp", [], PART + b"\n\x1b(B\x1b$B%A\x1b(B\x1b$B%A\x1b(B\n", PART + b"\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("encoding", "options", "stays", "copy"), ALIKE.values(), ids=ALIKE)
@pytest.mark.parametrize("place", ["standard input", "a file", "in its place"])
def test_what_stays_keeps_its_bytes_on_every_way_out(
    encoding: str, options: list[str], stays: bytes, copy: bytes, place: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes],
) -> None:  # fmt: skip
    path = tmp_path / "a.txt"
    path.write_bytes(stays + copy)
    given = [str(path)]
    if place == "standard input":
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stays + copy)))
        given = ["-"]
    elif place == "in its place":
        given += ["-o", str(path)]
    assert main(["clean", *given, "--encoding", encoding, *options]) == 0
    written = capsysbinary.readouterr().out
    assert (path.read_bytes() if place == "in its place" else written) == stays


def test_a_text_whose_bytes_can_not_stay_is_refused(tmp_path: Path, capsys: Capture) -> None:
    line = PART.decode()
    # UTF-7 packs characters together: here what stays and what goes.
    packed = base64.b64encode(f"é\n{line}".encode("utf-16-be")).rstrip(b"=")
    path = tmp_path / "a.txt"
    path.write_bytes(PART + b"\ncaf+" + packed + b"-\n")
    assert main(["clean", str(path), "--encoding", "utf-7"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "convert it to UTF-8 first" in captured.err


def test_what_is_read_is_not_written_over(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"text": A}) + "\n", "utf-8")
    before = path.read_bytes()
    assert main(["clean", str(path), "-o", str(path)]) == 2
    assert "would replace what is being read" in capsys.readouterr().err
    assert path.read_bytes() == before


def two_texts(folder: Path) -> str:
    folder.mkdir()
    (folder / "a.txt").write_text(f"{A}\n\n{C}\n", "utf-8")
    (folder / "b.md").write_text(f"{C}\n\n{B}\n", "utf-8")
    return str(folder)


def test_what_went_of_texts_is_told_by_the_job_that_took_it(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, new = two_texts(tmp_path / "in"), str(tmp_path / "new")

    def search(*_: object, **__: object) -> None:
        raise AssertionError("it is searched twice")

    monkeypatch.setattr(commands, "search", search)
    assert main(["clean", source, "-o", new]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{source}/b.md: line 1 repeats {source}/a.txt:3 (identical)"
    assert lines[1].startswith("took out 1 of 4 paragraphs, ")


def test_what_went_is_told_by_a_job_that_was_stopped_at_its_end(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, new = two_texts(tmp_path / "in"), tmp_path / "new"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    def stopped(name: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(job, name, stop)
            with pytest.raises(SystemExit, match="130"):
                main(["clean", source, "-o", str(new)])
        capsys.readouterr()

    stopped("_move")
    assert main(["clean", source, "-o", str(new)]) == 0
    assert capsys.readouterr().err.startswith(f"{source}/b.md: line 1 repeats ")
    # What was decided is deleted first: where some of it is gone, the sums are told.
    stopped("delete")
    (new / ".dedup-work" / "decided" / "lines").unlink()
    assert main(["clean", source, "-o", str(new)]) == 0
    assert capsys.readouterr().err.startswith("took out 1 of 4 paragraphs, ")
    assert not (new / ".dedup-work").exists()


def test_sums_are_told_where_texts_were_changed_since(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = two_texts(tmp_path / "in")

    move = job._move

    def changing(draft: Path, target: str) -> None:
        (tmp_path / "in" / "a.txt").write_text("Another.\n", "utf-8")
        move(draft, target)

    monkeypatch.setattr(job, "_move", changing)
    assert main(["clean", source, "-o", str(tmp_path / "new")]) == 0
    assert capsys.readouterr().err.startswith("took out 1 of 4 paragraphs, ")
