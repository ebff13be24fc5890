"""What a job did not read is told and seen; a job that fails early leaves nothing in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dedup.cli import main
from dedup.dump.restoration import NotRestored, restore
from dedup.readers.byte_streams import open_unpacked
from tests.support.articles import PARAGRAPHS
from tests.support.containers import PACKS

A, B, C = PARAGRAPHS[:3]

Capture = pytest.CaptureFixture[str]


def rows(*texts: str, field: str = "text") -> bytes:
    return b"".join(json.dumps({field: each}).encode() + b"\n" for each in texts)


def clean(*arguments: object) -> int:
    return main(["clean", *map(str, arguments)])


def left_in(folder: Path) -> list[str]:
    """What stands in a folder, hidden things too."""
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))


JOBS: dict[str, tuple[dict[str, bytes], int, str]] = {
    "all is read": ({}, 0, ""),
    "a picture": ({"a.png": b"\x89PNG\0"}, 0, "passed over: 1 file (binary): "),
    "one row in 200": ({"a.jsonl": rows(*[B] * 199) + b"{}\n"}, 0, "not read: 1 row or record (no"),
    "half of the rows": ({"a.jsonl": rows(B) + b"{}\n"}, 3, "not read: 1 row or record (no field"),
    "a file cut short": ({"a.jsonl.gz": PACKS["gzip"](rows(B, C))[:-9]}, 3, "the end: 1 file (cut"),
    "another encoding": ({"a.txt": b"caf\xe9"}, 3, "1 file (byte 3, in line 1, is not utf-8"),
    "a table": ({"a.csv": b"a,b\n"}, 3, "1 file (a table): "),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code", "told"), JOBS.values(), ids=JOBS)
def test_a_job_tells_what_it_did_not_read(
    tmp_path: Path, capsys: Capture, files: dict[str, bytes], code: int, told: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "z.jsonl").write_bytes(rows(A, A))
    for name, content in files.items():
        (folder / name).write_bytes(content)
    assert clean(folder, "-o", tmp_path / "out", "--workers", 1) == code
    shown = capsys.readouterr().err
    assert told in shown
    assert ("exit code 3: not all was read" in shown) == (code == 3)
    assert clean(folder, "--plan", tmp_path / "plan.jsonl", "--workers", 1) == code


ODD = f"{A}\n{A}\ncaf\xe9\n".encode("latin-1", "replace")


@pytest.mark.parametrize("packing", ["", "gzip"])
@pytest.mark.parametrize("size", [1, 100_000], ids=["short", "in sections"])
def test_a_text_in_another_encoding_is_written_as_it_stands(
    tmp_path: Path, packing: str, size: int
) -> None:
    name = "a.txt.gz" if packing else "a.txt"
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    # It differs from line to line, but for the copy that stands before the odd byte.
    content = b"".join(b"line %d of many\n" % each for each in range(size)) + ODD
    (folder / name).write_bytes(PACKS[packing](content) if packing else content)
    (folder / "z.txt").write_text(f"{B}\n{B}\n")
    assert clean(folder, "-o", out, "--workers", 1) == 3
    with open_unpacked(str(out / name), packing) as written:
        assert written.read() == content
    assert (out / "z.txt").read_text() == f"{B}\n"
    restore(str(out), str(tmp_path / "back"))
    with open_unpacked(str(tmp_path / "back" / name), packing) as again:
        assert again.read() == content
    assert (tmp_path / "back" / "z.txt").read_text() == f"{B}\n{B}\n"


def test_a_share_may_be_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(rows(B) + b"{}\n")
    assert clean(tmp_path / "a.jsonl", "-o", tmp_path / "b.jsonl", "--allow-skipped", 0.5) == 0
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "a.jsonl").read_bytes()


DAMAGED = {
    "a packing without an end": ("a.jsonl.gz", PACKS["gzip"](rows(A, B))[:12]),
    "a text": ("a.txt.gz", PACKS["gzip"](A.encode())[:12]),
    "Parquet": ("a.parquet", b"PAR1 and so on"),
    "zstd": ("a.jsonl.zst", PACKS["zstd"](rows(A, B))[:9]),
}


@pytest.mark.parametrize(("name", "content"), DAMAGED.values(), ids=DAMAGED)
def test_a_file_of_which_nothing_was_read_is_not_written(
    tmp_path: Path, capsys: Capture, name: str, content: bytes
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(content)
    assert clean(folder / name, "-o", tmp_path / "out", "--workers", 1) == 2
    assert f"{name}: " in capsys.readouterr().err
    assert left_in(tmp_path) == ["in", f"in/{name}"]
    (folder / "z.jsonl").write_bytes(rows(A, A))
    assert clean(folder, "-o", tmp_path / "out", "--workers", 1) == 3
    assert left_in(tmp_path / "out") == ["cleaned.json", "removed.jsonl.gz", "z.jsonl"]
    with pytest.raises(NotRestored, match=name):
        restore(str(tmp_path / "out"), str(tmp_path / "back"))
    assert (tmp_path / "back" / "z.jsonl").read_bytes() == rows(A, A)


# -- going on after an error

LATIN = f"{B} caf\xe9\n".encode("latin-1", "replace")

FIRST: dict[str, tuple[str, bytes, list[str], list[str]]] = {
    "the field of the text": ("a.jsonl", rows(A, A, field="body"), [], ["--text-field", "body"]),
    "an encoding": ("a.txt", LATIN, [], ["--encoding", "latin-1"]),
    "bytes that are marked": ("a.txt", LATIN, [], ["--errors", "replace"]),
    "a field of URLs": ("a.jsonl", rows(A, A), ["--url-field", "u"], []),
    "a host": ("a.jsonl", rows(A, A), ["--scope", "host"], ["--scope", "all"]),
    "the newest": ("a.jsonl", rows(A, A), ["--keep", "newest"], ["--keep", "first"]),
    "a date": (
        "a.jsonl", b'{"text": "a", "date": "May"}\n', ["--keep", "newest"], ["--keep", "longest"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize(("name", "content", "wrong", "right"), FIRST.values(), ids=FIRST)
def test_what_an_error_advises_works_at_once(
    tmp_path: Path, name: str, content: bytes, wrong: list[str], right: list[str], folder: bool
) -> None:
    (tmp_path / name).write_bytes(content)
    output = tmp_path / "out" / "" if folder else tmp_path / f"out-{name}"
    target = f"{output}/" if folder else str(output)
    for work in ([], ["--work", str(tmp_path / "work")]):
        assert clean(tmp_path / name, "-o", target, *work, *wrong) == 2
        assert [each for each in left_in(tmp_path) if "dedup" in each or "work" in each] == []
    assert clean(tmp_path / name, "-o", target, *right) == 0


def test_damage_that_is_passed_over_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(rows(*[A] * 300) + b"no json\n")
    target = tmp_path / "b.jsonl"
    assert clean(tmp_path / "a.jsonl", "-o", target, "--strict") == 2
    assert (tmp_path / ".b.jsonl.dedup-work").exists()
    assert clean(tmp_path / "a.jsonl", "-o", target) == 0
    assert not (tmp_path / ".b.jsonl.dedup-work").exists()
