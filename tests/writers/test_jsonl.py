"""JSON Lines back to where they were: only what changed changes, read back the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import ReadOptions
from dedup.readers.containers import Shard
from dedup.readers.rows.jsonl import NoText, span_of
from dedup.writers import Noted, WriteOptions, Written, jsonl, write_shard
from tests.readers.rows.test_jsonl import BAD, rows
from tests.support.containers import PACKS, SUFFIX, everything, odd_texts, texts, unpacked, values


def rewrite(
    folder: Path,
    content: bytes,
    edit: Callable[[Document], object],
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    packing: str = "",
) -> tuple[bytes, Written]:
    """Write content as a shard, edit it, and give what was written, unpacked."""
    source, target = folder / f"a.jsonl{SUFFIX[packing]}", folder / f"b.jsonl{SUFFIX[packing]}"
    source.write_bytes(PACKS[packing](content))
    shard = Shard(str(source), "jsonl", packing)
    written = write_shard(shard, str(target), edit, reading, writing)  # type: ignore[arg-type]
    return unpacked(target.read_bytes(), packing), written


def same(document: Document) -> None:
    return None


CHANGES = {
    "only the text": (
        b'{"a":1.50,"text":"old","z":[1e400]}\n',
        b'{"a":1.50,"text":"new","z":[1e400]}\n',
    ),
    "spaces stay": (b'{ "text" :  "old" ,"n":-0 }\r\n', b'{ "text" :  "new" ,"n":-0 }\r\n'),
    "the last of two": (b'{"text":"x","text":"old"}', b'{"text":"x","text":"new"}'),
    "no nested one": (b'{"o":{"text":"old"},"text":"old"}', b'{"o":{"text":"old"},"text":"new"}'),
    "a mark before it": (b'\xef\xbb\xbf{"text":"old"}', b'\xef\xbb\xbf{"text":"new"}'),
    "escapes elsewhere": (rb'{"k\u00e9":"\/","text":"old"}', rb'{"k\u00e9":"\/","text":"new"}'),
    "a key that is escaped": (rb'{"te\u0078t":"old"}', rb'{"te\u0078t":"new"}'),
    "a lone surrogate elsewhere": (
        rb'{"t":"\ud800","text":"old"}',
        rb'{"t":"\ud800","text":"new"}',
    ),
    "numbers of any length": (
        b'{"n":' + b"7" * 5000 + b',"text":"old"}',
        b'{"n":' + b"7" * 5000 + b',"text":"new"}',
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_only_the_value_of_the_text_changes(tmp_path: Path, before: bytes, after: bytes) -> None:
    content, written = rewrite(tmp_path, before, lambda document: "new")
    assert content == after
    assert written == Written(documents=1, changed=1)


@given(
    odd_texts,
    odd_texts,
    st.sampled_from(["", "é", "/", "\x7f", "é\\/"]),
    st.booleans(),
    st.sampled_from(["n", "é", "text"]),
    st.none() | odd_texts,
)
# A backslash and a slash in a text stand in its literal like an escaped slash.
@example("a\\/", "b/", "", True, "text", None)
@example("a/", "b\\/", "", True, "text", None)
@example("é\\/", "é/", "", True, "text", None)
@example("é/", "é\\/", "", False, "text", None)
def test_a_text_is_put_alike_by_bytes_and_by_characters(
    old: str, new: str, more: str, ascii_only: bool, other: str, beside: str | None
) -> None:
    row = {"x": beside, "text": old + more, other: old + more}
    raw = json.dumps(row, ensure_ascii=ascii_only)
    line = raw.encode("utf-8", "surrogateescape")
    found = jsonl.with_text(line, "text", new, old + more)
    start, end = span_of(raw, "text") or (0, 0)
    literal = jsonl.literal_of(new, raw[start:end])
    again = jsonl.literal_of(old + more, literal)
    assert found[0].decode("utf-8", "surrogateescape") == raw[:start] + literal + raw[end:]
    assert found[1] == (again == raw[start:end])


STYLES = {
    "raw characters stay raw": ('{"text":"é / x"}', "é /", '{"text":"é /"}'),
    "escapes stay escapes": (r'{"text":"\u00e9 / x"}', "é /", r'{"text":"\u00e9 /"}'),
    "slashes too": (r'{"text":"\u00e9 \/ x"}', "é /", r'{"text":"\u00e9 \/"}'),
    "lone surrogates are escaped": (r'{"text":"é\ud800 x"}', "é\ud800", r'{"text":"é\ud800"}'),
    "pairs in escapes": (r'{"text":"\ud83d\ude00 x"}', "\U0001f600", r'{"text":"\ud83d\ude00"}'),
    "line ends": (r'{"text":"a\nb\r\nc"}', "a\nb\r\n", r'{"text":"a\nb\r\n"}'),
}


@pytest.mark.parametrize(("before", "text", "after"), STYLES.values(), ids=STYLES)
def test_texts_are_escaped_as_they_were(tmp_path: Path, before: str, text: str, after: str) -> None:
    content, _ = rewrite(tmp_path, before.encode(), lambda document: text)
    assert content.decode() == after


@pytest.mark.parametrize("line", [each for each, _ in BAD.values()], ids=BAD)
def test_lines_without_a_document_stay_as_they_are(tmp_path: Path, line: bytes) -> None:
    before = b'{"text":"old"}\n' + line + b'\n\n \n{"text":"old"}'
    found: list[Skipped] = []
    source, target = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_bytes(before)
    shard = Shard(str(source), "jsonl")
    written = write_shard(shard, str(target), lambda document: "new", skipped=found.append)
    assert target.read_bytes() == before.replace(b'"old"', b'"new"')
    assert written == Written(documents=2, changed=2, passed=1)
    assert [each.record for each in found] == ["line 2"]
    with pytest.raises(InputError, match="line 2"):
        write_shard(shard, str(target), lambda document: "other", ReadOptions(strict=True))
    assert target.read_bytes() == before.replace(b'"old"', b'"new"')


def test_lines_too_long_stay_as_they_are(tmp_path: Path) -> None:
    long = b'{"text":"' + b"x" * 1_000_000 + b'"}\n'
    before = b'{"text":"old"}\n' + long + b'{"text":"old"}\n' + long[:-1]
    content, written = rewrite(
        tmp_path, before, lambda document: "new", ReadOptions(max_bytes=1000)
    )
    assert content == before.replace(b'"old"', b'"new"')
    assert written == Written(documents=2, changed=2, passed=2)


def test_bytes_that_are_not_utf8_stay_elsewhere_in_the_line(tmp_path: Path) -> None:
    before = b'{"a":"\xff","text":"old \xff"}'
    for errors in ("replace", "ignore"):
        content, _ = rewrite(tmp_path, before, lambda document: "new", ReadOptions(errors=errors))
        assert content == b'{"a":"\xff","text":"new"}'
    kept = ReadOptions(errors="surrogateescape")
    content, _ = rewrite(tmp_path, before, lambda document: document.text[4:], kept)
    assert json.loads(content.decode("utf-8", "surrogateescape"))["text"] == "\udcff"


def test_documents_left_empty_are_kept_or_dropped(tmp_path: Path) -> None:
    before = b'{"text":"a"}\n{"text":"b"}\n{"text":" "}\n{"text":"c"}'
    edit = {"a": "", "b": " \n", " ": " "}
    content, written = rewrite(tmp_path, before, lambda document: edit.get(document.text))
    assert content == b'{"text":""}\n{"text":" \\n"}\n{"text":" "}\n{"text":"c"}'
    assert written == Written(documents=4, changed=2, emptied=2)
    drop = WriteOptions(empty="drop")
    content, written = rewrite(
        tmp_path, before, lambda document: edit.get(document.text), None, drop
    )
    assert content == b'{"text":" "}\n{"text":"c"}'
    assert written == Written(documents=4, changed=2, emptied=2, dropped=2)


def test_notes_stand_behind_the_other_fields(tmp_path: Path) -> None:
    before = b'{"text":"a", "n":1}\n{"text":"b" }\r\n{"text":"c"}\n'
    edit = {"a": Noted(None, {"cut": [[0, 1]]}), "b": Noted("new", None)}
    writing = WriteOptions(note="dedup")
    content, written = rewrite(
        tmp_path, before, lambda document: edit.get(document.text), None, writing
    )
    assert content == (
        b'{"text":"a", "n":1, "dedup": {"cut": [[0, 1]]}}\n'
        b'{"text":"new", "dedup": null}\r\n{"text":"c"}\n'
    )
    assert written == Written(documents=3, changed=1)


@pytest.mark.parametrize("packing", ["", "gzip", "zstd"])
def test_what_is_not_changed_is_the_same_to_the_byte(tmp_path: Path, packing: str) -> None:
    before = b"\xef\xbb\xbf" + b"\n".join([*(each for each, _ in BAD.values()), b'{"text":"a"}'])
    content, _ = rewrite(tmp_path, before, same, packing=packing)
    assert content == before
    target = tmp_path / f"b.jsonl{SUFFIX[packing]}"
    first = target.read_bytes()
    rewrite(tmp_path, before, same, packing=packing)
    assert target.read_bytes() == first


def test_a_file_cut_short_is_written_as_far_as_it_goes(tmp_path: Path) -> None:
    content = b"".join(b'{"text":"text %d"}\n' % k for k in range(100))
    source, target = tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"
    source.write_bytes(PACKS["gzip"](content)[:-20])
    shard = Shard(str(source), "jsonl", "gzip")
    found: list[Skipped] = []
    written = write_shard(shard, str(target), same, skipped=found.append)
    assert content.startswith(unpacked(target.read_bytes(), "gzip"))
    assert written.documents == len(texts(everything(shard)))
    assert [each.reason for each in found][-1] == "cut short: its packing has no end"


def test_nothing_is_written_without_the_field(tmp_path: Path) -> None:
    with pytest.raises(NoText):
        rewrite(tmp_path, b'{"body":"x"}\n', same)
    assert [each.name for each in tmp_path.iterdir()] == ["a.jsonl"]


@given(rows, st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]), st.data())
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[dict[str, object]],
    ascii_only: bool,
    end: str,
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("j")
    lines = [json.dumps(row, ensure_ascii=ascii_only) for row in [*made, {"text": "a"}]]
    content = end.join(lines).encode("utf-8", "surrogatepass")
    assert rewrite(folder, content, same)[0] == content
    changes: list[str] = []

    def edit(document: Document) -> str:
        changes.append(data.draw(odd_texts | st.just(document.text)))
        return changes[-1]

    changed, written = rewrite(folder, content, edit)
    assert written.documents == len(changes)
    assert texts(everything(Shard(str(folder / "b.jsonl"), "jsonl"))) == changes
    for before, after in zip(content.split(b"\n"), changed.split(b"\n"), strict=True):
        try:
            old = json.loads(before.decode())
        except ValueError:
            assert after == before
            continue
        new = json.loads(after.decode())
        assert list(new) == list(old)
        assert {**new, "text": 0} == {**old, "text": 0} or "text" not in old
    assert values(everything(Shard(str(folder / "a.jsonl"), "jsonl")))
