"""JSON Lines in other encodings than UTF-8, with marks and joined: read, and written back."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.paragraph import Document
from dedup.readers import ReadOptions, documents
from dedup.readers.containers import Shard
from dedup.readers.rows.jsonl import lines
from dedup.readers.rows.lines import EncodedLines
from dedup.writers import Change, Noted, WriteOptions, write_shard
from tests.support.containers import PACKS, damages, texts

ROWS = ("Der Fluß ist schön.", "Gå över ån, Elin.", "Ça va, l'été?")


def row(text: str) -> str:
    return json.dumps({"text": text, "n": 1}, ensure_ascii=False)


def marked(rows: Sequence[str], encoding: str, end: str = "\n") -> bytes:
    return ("\ufeff" + "".join(row(each) + end for each in rows)).encode(encoding)


ASKED = ("cp1252", "latin-1", "mac-roman", "cp037", "utf-7")
WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32")


@pytest.mark.parametrize("encoding", ASKED + WIDE)
def test_rows_are_read_in_the_encoding_that_is_asked_for(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.jsonl"
    content = "".join(f"{row(each)}\n" for each in ROWS).encode(encoding)
    for packing, suffix in (("", ""), ("gzip", ".gz"), ("zstd", ".zst")):
        path = tmp_path / f"a.jsonl{suffix}"
        path.write_bytes(PACKS[packing](content))
        assert texts(documents(path, encoding)) == list(ROWS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_are_recognised(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(marked(ROWS, encoding, end))
    assert texts(documents(path)) == list(ROWS)
    path.write_bytes(marked(ROWS, encoding, end) * 2 + marked(ROWS, "utf-8"))
    assert texts(documents(path)) == list(ROWS) * 3
    path.write_bytes(
        marked(ROWS, "utf-8") + marked(ROWS, encoding, end) + marked(ROWS, "utf-16-be")
    )
    found = list(documents(path))
    assert texts(found) == list(ROWS) * 3
    assert [getattr(each, "record", "") for each in found][-1] == "line 9"
    path.write_bytes("\ufeff".encode(encoding))
    assert [getattr(each, "reason", "") for each in documents(path)] == ["empty"]


def test_a_letter_that_looks_like_a_line_end_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = ["\u0a0a\u0a00\u000a\u0a0d", "\u2028"]
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-be"):
        path.write_bytes(marked(rows, encoding))
        assert texts(documents(path)) == rows


def test_bytes_of_another_encoding_cost_one_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(marked(ROWS, "utf-8") + row("\xe9").encode("latin-1") + b"\n")
    found = list(documents(path))
    assert texts(found) == list(ROWS)
    assert damages(found) == [("line 4", "byte 10 is not utf-8 (invalid continuation byte)")]
    path.write_bytes(marked(ROWS, "utf-16-le")[:-1])
    found = list(documents(path))
    assert texts(found) == list(ROWS[:2])
    assert damages(found) == [("line 3", "byte 66 is not utf-16-le (truncated data)")]


def test_a_long_row_of_wide_characters_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(marked(["a", "x" * 300_000, "b"], "utf-16-le"))
    found = list(documents(path, max_bytes=1001))
    assert texts(found) == ["a", "b"]
    assert damages(found) == [("line 2", "a line of more than 1,001 bytes")]


#: Files of rows of which some can be dropped: content, the encoding that is asked for.
CONTENTS: dict[str, tuple[bytes, str]] = {
    "UTF-16 with a mark": (marked(ROWS, "utf-16-le"), "utf-8"),
    "UTF-16 with CRLF": (marked(ROWS, "utf-16-be", "\r\n"), "utf-8"),
    "UTF-16 that was asked for": (marked(ROWS, "utf-16-le")[2:], "utf-16"),
    "UTF-32": (marked(ROWS, "utf-32-le"), "utf-8"),
    "joined": (marked(ROWS, "utf-8") + marked(ROWS, "utf-16-le") + marked(ROWS, "utf-8"), "utf-8"),
    "windows-1252": ("".join(row(each) + "\r\n" for each in ROWS).encode("cp1252"), "cp1252"),
    "windows-1252 with escapes": (
        (row(ROWS[0]) + '\n{"text": "\\u4e2d ö\\ud83d\\ude00", "x":"\xe4"}\n').encode("cp1252"),
        "cp1252",
    ),
    "Shift_JIS with two codes of one character": (
        b'{"a": "\xee\xe0", "text": "\x82\xa0.\x82\xa2", "b": "\xed@\xfa\\"}\n', "cp932",
    ),
    "EBCDIC": ("".join(row(each) + "\n" for each in ROWS).encode("cp037"), "cp037"),
    "damaged": (marked(ROWS, "utf-16-le") + b"\0\xd8\n\0{\0}\0\n\0", "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "encoding"), CONTENTS.values(), ids=CONTENTS)
def test_what_is_not_changed_keeps_its_bytes(tmp_path: Path, content: bytes, encoding: str) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_bytes(content)
    shard, reading = Shard(str(source), "jsonl"), ReadOptions(encoding)
    before = list(lines(shard, reading))
    assert b"".join(each.raw for each in before) == content
    write_shard(shard, str(target), lambda _: None, reading)
    assert target.read_bytes() == content

    def shorten(document: Document) -> Change:
        return document.text[2:]

    write_shard(shard, str(target), shorten, reading)
    after = list(lines(Shard(str(target), "jsonl"), reading))
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        if isinstance(old.found, Document):
            assert isinstance(new.found, Document)
            assert new.found.text == old.found.text[2:]
            head, tail = old.raw.split(encoded_text(old.raw, old.encoding))
            assert new.raw.startswith(head)
            assert new.raw.endswith(tail)
        else:
            assert new.raw == old.raw


def encoded_text(raw: bytes, encoding: str) -> bytes:
    """Give the bytes of the value of the text of a row without escaped quotes."""
    middle = raw.partition('"text": "'.encode(encoding))[2]
    return middle.partition('"'.encode(encoding))[0]


@pytest.mark.parametrize(("content", "encoding"), CONTENTS.values(), ids=CONTENTS)
def test_rows_that_are_dropped_leave_their_mark(
    tmp_path: Path, content: bytes, encoding: str
) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_bytes(content)
    shard, reading = Shard(str(source), "jsonl"), ReadOptions(encoding)
    gone = texts(documents(source, encoding))[0]
    write_shard(
        shard,
        str(target),
        lambda document: "" if document.text == gone else None,
        reading,
        WriteOptions(empty="drop"),
    )
    kept = [each.raw for each in lines(shard, reading) if getattr(each.found, "text", "") != gone]
    assert target.read_bytes() == b"".join(kept)


def test_notes_are_written_in_the_encoding_of_their_row(tmp_path: Path) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_bytes(marked(ROWS, "utf-16-le"))
    shard = Shard(str(source), "jsonl")
    note = WriteOptions(note="cut")
    write_shard(shard, str(target), lambda _: Noted(None, ["é"]), None, note)
    rows = target.read_bytes().decode("utf-16").splitlines()
    assert [json.loads(each)["cut"] for each in rows] == [["é"]] * 3


marks = st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "utf-32-be"])
pieces = st.lists(st.tuples(marks, st.text(max_size=9)), max_size=5)


@given(pieces, st.integers(1, 30))
def test_lines_put_together_are_the_stream(made: list[tuple[str, str]], size: int) -> None:
    content = b"".join(f"\ufeff{text}\n".encode(name, "surrogatepass") for name, text in made)
    source = EncodedLines(io.BytesIO(content), "utf-8")
    found = []
    while raw := source.read(size):
        found.append(raw)
    assert b"".join(found) == content
