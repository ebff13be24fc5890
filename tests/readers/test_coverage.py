"""What was not read is counted and reported, and changes the exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli import main
from dedup.paragraph import Document, Extent, Skipped
from dedup.readers.coverage import NAMED, Coverage
from tests.support.articles import PARAGRAPHS
from tests.support.containers import PACKS, warcinfo

A, B = PARAGRAPHS[:2]

Capture = pytest.CaptureFixture[str]


def rows(good: int, bad: int = 0, line: bytes = b'{"body": 1}\n') -> bytes:
    """Rows with a text, those without one spread among them."""
    text = json.dumps({"text": A}).encode() + b"\n"
    return text * (good // 2) + line * bad + text * (good - good // 2)


def gz_cut(content: bytes) -> bytes:
    return PACKS["gzip"](content)[:-20]


#: Files, the exit code of a folder that holds them beside a text, and what is said of them.
FOLDERS: dict[str, tuple[dict[str, bytes], int, str]] = {
    "all is read": ({"a.jsonl": rows(9)}, 0, ""),
    "a picture": ({"a.png": b"\x89PNG\0\0"}, 0, "passed over: 1 file (binary): "),
    "an empty file of rows": ({"a.jsonl": b""}, 0, "passed over: 1 file (empty): "),
    "one row in 200": (
        {"a.jsonl": rows(199, 1)}, 0, "not read: 1 row or record (no field 'text'; it has 'body')",
    ),
    "three rows in 200": ({"a.jsonl": rows(197, 3)}, 3, "not read: 3 rows or records (no field"),
    "a bad row in one file of many rows": (
        {"a.jsonl": rows(1, 1), "b.jsonl": rows(5000)}, 3, "not read: 1 row or record",
    ),
    "a file cut short": (
        {"a.jsonl.gz": gz_cut(rows(9))}, 3,
        "not read, or not to the end: 1 file (cut short: its packing has no end): ",
    ),
    "a text cut short": ({"a.txt.gz": gz_cut(B.encode() * 99)}, 3, "not to the end: 1 file (cut"),
    "another encoding": ({"a.txt": b"caf\xe9 au lait"}, 3, "1 file (byte 3, in line 1, is not"),
    "Parquet that is none": ({"a.parquet": b"PAR1 and so on"}, 3, "1 file (not Parquet, or cut"),
    "rows of another sort": ({"a.jsonl": rows(0, 5)}, 3, "1 file (no row has a field 'text'"),
    "a table": ({"a.csv": b"a,b\n"}, 3, "1 file (a table): "),
    "two tables": ({"a.csv": b"a,b\n", "b.csv": b"a,b\n"}, 3, "2 files (a table): "),
    "a packing that isn't read": ({"a.txt.bz2": b"BZh91AY"}, 3, "1 file (packed by bzip2): "),
    "a text with NUL in it": ({"a.txt": b"w\0o\0r\0d\0"}, 3, "1 file (binary): "),
    "records without pages": ({"a.warc": warcinfo()}, 0, ""),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code", "message"), FOLDERS.values(), ids=FOLDERS)
def test_what_find_did_not_read_is_told(
    tmp_path: Path, capsys: Capture, files: dict[str, bytes], code: int, message: str
) -> None:
    (tmp_path / "z.txt").write_text(f"{A}\n{B}\n")
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert main(["find", str(tmp_path), "--format", "json"]) == code
    shown = capsys.readouterr()
    assert message in shown.err
    assert ("exit code 3: not all was read" in shown.err) == (code == 3)
    summary = json.loads(shown.out)["summary"]
    assert summary["all_read"] == (code == 0)
    assert bool(summary["unread"]) == bool(message)
    if message:
        assert all(each["places"] and each["count"] for each in summary["unread"])


def test_the_first_three_places_are_named(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.jsonl").write_bytes(rows(2, 9, b"no json\n"))
    assert main(["find", str(tmp_path / "a.jsonl")]) == 3
    (line, _) = capsys.readouterr().err.splitlines()
    places = ", ".join(f"{tmp_path}/a.jsonl: line {k}" for k in (2, 3, 4))
    assert line == (
        "not read: 9 rows or records (not JSON: Expecting value, column 1): " + places + ", ..."
    )


def test_a_share_may_be_allowed(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.jsonl").write_bytes(rows(5, 5))
    command = ["find", str(tmp_path), "--allow-skipped"]
    assert [main([*command, share]) for share in ("0.49", "0.5", "1")] == [3, 0, 0]
    assert main([*command, "1.5"]) == 2
    assert "allow_skipped is 1.5; it must be from 0 to 1" in capsys.readouterr().err
    (tmp_path / "b.gz").write_bytes(gz_cut(B.encode() * 99))
    assert main([*command, "1"]) == 3


@pytest.mark.parametrize("command", [["find"], ["find", "--histogram"], ["clean"]])
def test_where_nothing_was_read_nothing_is_done(
    tmp_path: Path, capsys: Capture, command: list[str]
) -> None:
    (tmp_path / "a.txt.gz").write_bytes(PACKS["gzip"](b"words")[:8])
    assert main([*command, str(tmp_path / "a.txt.gz")]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"{tmp_path}/a.txt.gz: cut short: its packing has no end; nothing was read" in shown.err


def test_no_row_has_it_is_said_where_none_has(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"body": 1}\n' * 150 + rows(2))
    assert main(["find", str(path)]) == 3
    assert "not read: 150 rows or records (no field 'text'; it has 'body')" in (
        capsys.readouterr().err
    )
    path.write_bytes(b'{"body": 1}\n' * 150)
    assert main(["find", str(path)]) == 2
    assert "no row has a field 'text'; they have 'body'" in capsys.readouterr().err


# -- the counts

events = st.one_of(
    st.builds(Document, st.just("text"), st.sampled_from("ab")),
    st.builds(
        Skipped, st.sampled_from("ab"), st.sampled_from(["row 1", "row 22", "x"]), st.none(),
        st.sampled_from(Extent),
    ),
)  # fmt: skip


@given(st.lists(events), st.floats(0, 1))
def test_the_counts_are_those_of_a_plain_list(
    found: list[Document | Skipped], share: float
) -> None:
    coverage = Coverage()
    assert list(coverage.counted(found)) == found
    skipped = [each for each in found if isinstance(each, Skipped)]
    assert coverage.skipped == len(skipped)
    for extent in Extent:
        assert coverage.count(extent) == sum(each.extent == extent for each in skipped)
    whole = not any(each.extent == Extent.FILE for each in skipped)
    for source in "ab":
        own = [each for each in found if each.source == source]
        unread = sum(isinstance(each, Skipped) and each.extent == Extent.RECORD for each in own)
        read = sum(isinstance(each, Document) for each in own)
        whole = whole and unread <= share * (read + unread)
    assert coverage.is_whole(share) == whole
    for reason in coverage.reasons:
        assert 1 <= len(reason.places) <= min(NAMED, reason.count)


def test_reasons_that_never_end_are_put_together() -> None:
    coverage = Coverage()
    for k in range(300):
        coverage.skip(Skipped("a", chr(0x4E00 + k), None, Extent.RECORD))
    assert coverage.skipped == 300
    assert len(coverage.reasons) == 101
    assert coverage.reasons[0].words == "other reasons"
    assert coverage.reasons[0].count == 200
