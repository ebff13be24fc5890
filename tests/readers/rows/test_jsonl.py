"""Reading JSON Lines: odd rows, damage, packings, compared with Python's own ``json``."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, ReadOptions, Record, documents, read_shard
from dedup.readers.containers import Shard
from dedup.readers.rows import jsonl
from dedup.readers.rows.jsonl import NoText, span_of
from tests.support.containers import PACKS, SUFFIX, damages, everything, odd_texts, texts


def shard(path: Path, content: bytes, packing: str = "") -> Shard:
    path.write_bytes(PACKS[packing](content))
    return Shard(str(path), "jsonl", packing)


def read_bytes(content: bytes, options: ReadOptions | None = None) -> list[Document | Skipped]:
    found = read_shard(Shard("-", "jsonl"), options, io.BytesIO(content))
    return list(found)


def one(content: bytes, options: ReadOptions | None = None) -> Record:
    (found,) = read_bytes(content, options)
    assert isinstance(found, Record)
    return found


ROWS = {
    "an id names a row": (b'{"text":"a","id":"x1","url":"http://h/"}', "x1"),
    "a number does": (b'{"text":"a","id":17,"url":"http://h/"}', "17"),
    "an empty id does not": (b'{"text":"a","id":"","url":"http://h/"}', "http://h/"),
    "nor one that is true": (b'{"text":"a","id":true}', "line 1"),
    "nor a list": (b'{"text":"a","id":[1]}', "line 1"),
    "a row without either has its line": (b'{"text":"a"}', "line 1"),
    "CRLF": (b'{"text":"a"}\r\n', "line 1"),
    "a byte-order mark": (b'\xef\xbb\xbf{"text":"a"}\n', "line 1"),
    "spaces around": (b'  {"text" : "a"}  ', "line 1"),
    "the last of two fields": (b'{"text":"b","text":"a"}', "line 1"),
    "a nested field of that name": (b'{"z":{"text":"b"},"text":"a","y":{"text":1}}', "line 1"),
    "a number beyond floats": (b'{"n":1e400,"m":-0.0,"text":"a"}', "line 1"),
    "a number of 5,000 digits": (b'{"n":' + b"7" * 5000 + b',"text":"a"}', "line 1"),
    "NaN": (b'{"n":NaN,"text":"a"}', "line 1"),
    "escapes": (rb'{"text":"\u0061"}', "line 1"),
}


@pytest.mark.parametrize(("line", "name"), ROWS.values(), ids=ROWS)
def test_a_row_is_a_document(line: bytes, name: str) -> None:
    found = one(line)
    assert (found.text, found.record, found.number, found.source) == ("a", name, 1, "-")


def test_url_date_and_host_come_along() -> None:
    found = one(b'{"text":"a","url":"https://Ex.org:80/p","date":"2026-01-02"}')
    assert (found.url, found.date, found.host) == ("https://Ex.org:80/p", "2026-01-02", "ex.org")
    other = ReadOptions(text_field="t", id_field="k", url_field="u", date_field="d")
    found = one(b'{"t":"a","u":"b","d":"c","k":"e","text":7}', other)
    assert (found.text, found.url, found.date, found.record, found.host) == ("a", "b", "c", "e", "")


def test_two_rows_in_a_row_never_have_one_name() -> None:
    found = read_bytes(b'{"text":"a","id":1}\n' * 3)
    assert [each.record for each in found] == ["1", "1 (line 2)", "1"]


def test_line_separators_of_unicode_part_no_lines() -> None:
    text = "a\u2028b\u2029c\x85d"
    line = json.dumps({"text": text}, ensure_ascii=False).encode()
    assert texts(read_bytes(line + b"\n" + line)) == [text, text]


def test_lone_surrogates_that_are_escaped_are_read() -> None:
    assert one(rb'{"text":"a\ud800"}').text == "a\ud800"


BAD = {
    "half a line": (b'{"text":"a', "not JSON: Unterminated string starting at, column 9"),
    "a raw control character": (
        b'{"text":"a\tb"}',
        "not JSON: Invalid control character at, column 11",
    ),
    "two objects on a line": (b'{"text":"a"}{"text":"b"}', "not JSON: Extra data, column 13"),
    "bytes that aren't UTF-8": (b'{"text":"\xff"}', "byte 9 is not utf-8 (invalid start byte)"),
    "a surrogate in UTF-8": (
        b'{"text":"\xed\xa0\x80"}',
        "byte 9 is not utf-8 (invalid continuation byte)",
    ),
    "a list": (b"[1]", "a list instead of an object"),
    "null": (b"null", "null instead of an object"),
    "a string": (b'"a"', "a string instead of an object"),
    "null for a text": (b'{"text":null}', "its field 'text' is null"),
    "a number for a text": (b'{"text":1.5}', "its field 'text' is a number"),
    "an object for a text": (b'{"text":{}}', "its field 'text' is an object"),
    "no text": (b'{"body":"a","id":1}', "no field 'text'; it has 'body', 'id'"),
    "no fields": (b"{}", "no field 'text'; it has none"),
    "a hundred thousand brackets": (b"[" * 100_000, "not read: nested too deeply"),
}


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_bad_lines_are_told_and_passed_over(line: bytes, reason: str) -> None:
    found = read_bytes(b'{"text":"before"}\n' + line + b'\n\n{"text":"after"}\n')
    assert texts(found) == ["before", "after"]
    assert damages(found) == [("line 2", reason)]


@pytest.mark.parametrize(("line", "reason"), BAD.values(), ids=BAD)
def test_bad_lines_stop_strict_reading(line: bytes, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read_bytes(b'{"text":"before"}\n' + line, ReadOptions(strict=True))
    assert str(caught.value) == f"-: line 2: {reason}; mend it, or leave out --strict"


@pytest.mark.parametrize("errors", ["replace", "ignore", "surrogateescape"])
def test_bytes_that_are_not_utf8_may_be_let_through(errors: str) -> None:
    expected = b"a\xffb".decode("utf-8", errors)
    assert one(b'{"text":"a\xffb"}', ReadOptions(errors=errors)).text == expected


def test_lines_too_long_are_passed_over_in_pieces() -> None:
    long = b'{"text":"' + b"x" * 1_000_000 + b'"}\n'
    content = b'{"text":"a"}\n' + long + b'{"text":"b"}\n' + long[:-1]
    found = read_bytes(content, ReadOptions(max_bytes=1000))
    assert texts(found) == ["a", "b"]
    reason = "a line of more than 1,000 bytes"
    assert damages(found) == [("line 2", reason), ("line 4", reason)]
    exact = b'{"text":"abc"}'
    assert (
        texts(read_bytes(exact + b"\n" + exact, ReadOptions(max_bytes=len(exact)))) == ["abc"] * 2
    )


def test_a_file_without_the_field_is_an_error_that_names_those_it_has(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    for count in (1, 99, 100, 5000):
        path.write_bytes(b'{"body":"x","title":"y"}\n' * count)
        with pytest.raises(NoText) as caught:
            list(documents(path))
        assert str(caught.value) == (
            f"{path}: no row has a field 'text'; they have 'body', 'title'; "
            "name the field that holds the text with --text-field"
        )
    path.write_bytes(b'{"body":"x"}\n' * 99 + b'{"text":"y"}\n' + b'{"body":"x"}\n' * 200)
    assert texts(documents(path)) == ["y"]
    path.write_bytes(b'{"text":null}\n{"body":"x"}\n')
    assert texts(documents(path)) == []


def test_a_file_in_a_folder_may_be_there_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"body":"x"}\n')
    (tmp_path / "b.txt").write_bytes(b"text")
    found = list(documents(tmp_path))
    assert texts(found) == ["text"]
    assert found[1] == Damaged(
        str(tmp_path / "a.jsonl"), "no row has a field 'text'; they have 'body'"
    )


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed_files_are_read(tmp_path: Path, packing: str) -> None:
    rows = [json.dumps({"text": f"text {k} " * 50}) for k in range(3000)]
    content = "\n".join(rows).encode()
    path = tmp_path / f"a.jsonl{SUFFIX[packing]}"
    half = content.index(b"\n", len(content) // 2) + 5
    pack = PACKS[packing]
    for packed in (pack(content), pack(content[:half]) + pack(content[half:])):
        path.write_bytes(packed)
        assert len(texts(documents(path))) == 3000
    path.write_bytes(content)
    assert len(texts(documents(path))) == 3000, "the suffix lies, the bytes don't"


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_packed_files_cut_short_are_told_at_every_byte(tmp_path: Path, packing: str) -> None:
    content = b"".join(b'{"text":"text %d"}\n' % k for k in range(20))
    packed = PACKS[packing](content)
    path = tmp_path / "a.jsonl"
    for size in range(4, len(packed)):
        path.write_bytes(packed[:size])
        found = everything(Shard(str(path), "jsonl", packing))
        assert texts(found) == [f"text {k}" for k in range(len(texts(found)))]
        assert damages(found)[-1][1] == "cut short: its packing has no end"


def test_a_damaged_packing_ends_a_file(tmp_path: Path) -> None:
    content = b'{"text":"a"}\n'
    found = everything(shard(tmp_path / "a", content + b"", "gzip"))
    assert texts(found) == ["a"]
    (tmp_path / "a").write_bytes(PACKS["gzip"](content) + b"garbage")
    found = everything(Shard(str(tmp_path / "a"), "jsonl", "gzip"))
    assert texts(found) == ["a"]
    ((place, reason),) = damages(found)
    assert place == "after line 1"
    assert reason.startswith("damaged: ")
    (tmp_path / "a").write_bytes(
        PACKS["gzip"](content) + bytes(600) + PACKS["gzip"](content) + bytes(9)
    )
    assert texts(everything(Shard(str(tmp_path / "a"), "jsonl", "gzip"))) == ["a", "a"]


def test_a_little_file_may_unpack_to_very_much(tmp_path: Path) -> None:
    line = b'{"text":"' + b"x" * 50_000_000 + b'"}\n{"text":"a"}\n'
    found = everything(shard(tmp_path / "a", line, "gzip"), ReadOptions(max_bytes=1 << 20))
    assert texts(found) == ["a"]


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"")
    assert list(documents(path)) == [Skipped(str(path), "empty")]


def test_standard_input_may_be_json_lines() -> None:
    content = b'{"text":"a"}\n'
    for packing in ("", "gzip", "zstd"):
        stream = io.BytesIO(PACKS[packing](content))
        assert texts(documents("-", stdin=stream, container="jsonl")) == ["a"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
rows = st.lists(
    st.dictionaries(st.sampled_from(["text", "id", "url", "x", "\u2028", 'q"'])
                    | st.text(max_size=4), json_values, max_size=5)
    | st.fixed_dictionaries({"text": odd_texts, "n": json_values}),
    min_size=1, max_size=8,
)  # fmt: skip


@given(rows, st.booleans(), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans())
def test_every_row_is_read_as_python_reads_it(
    made: list[dict[str, object]], ascii_only: bool, end: str, compact: bool
) -> None:
    separators = (",", ":") if compact else None
    lines = [json.dumps(row, ensure_ascii=ascii_only, separators=separators) for row in made]
    content = end.join(lines).encode("utf-8", "surrogatepass")
    expected = []
    for line in content.split(b"\n"):
        try:
            row = json.loads(line.decode())
        except ValueError:
            continue
        if isinstance(row.get("text"), str):
            expected.append(row["text"])
    try:
        assert texts(read_bytes(content)) == expected
    except NoText:
        assert not any("text" in row for row in made)


#: What stands in lines that the quick decoder may read in another way than Python's.
PIECES = (
    "{", "}", "[", "]", ",", ":", '"text"', '"id"', '"date"', '"a"', '"\\ud800"', '"\\u00e9"',
    "1", "-0.0", "1e999", "12345678901234567890123", "1.5", "NaN", "true", "null", " ", '"', "\\",
    "\x7f", "é", "\udcff",
)  # fmt: skip
numbers = st.sampled_from([0, -1, 2**53 + 1, 2**63, 2**64, 10**40, 0.1, 1e300, 1714557600.5])


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
    | st.fixed_dictionaries(
        {"text": odd_texts, "id": numbers | odd_texts, "date": numbers | odd_texts, "n": numbers}
    ).map(json.dumps)
)
def test_usual_lines_are_read_as_all_others(line: str) -> None:
    content = b'{"text": "a"}\n' + line.encode("utf-8", "surrogateescape")
    quick = read_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "_usual", lambda line, numbers: None)
        assert read_bytes(content) == quick


@given(st.dictionaries(st.text(max_size=4), json_values, max_size=5), odd_texts, st.booleans())
def test_the_place_of_a_value_is_found(row: dict[str, object], text: str, ascii_only: bool) -> None:
    line = " " + json.dumps({**row, "text": text}, ensure_ascii=ascii_only)
    span = span_of(line, "text")
    assert span is not None
    assert json.loads(line[slice(*span)]) == text
    assert span_of(line, "another field") is None or "another field" in row


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    line = json.dumps({"text": "some words " * 1000}).encode() + b"\n"
    path.write_bytes(PACKS["gzip"](line * 5000))  # 55 MB
    tracemalloc.start()
    count = sum(1 for _ in documents(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 5000
    assert peak < 8_000_000


LINES = (
    '{"text": "a"}', '{"text": "a", "n": 1e999, "m": NaN}', '{"text": "a", "text": "b"}',
    '{"text": "\\ud800", "id": 12345678901234567890123}', '{"text": "a"', '{"text": "a"}}',
    '{"text": "a"} {}', '{"text": "a",}', "{}", "{", "}", "{{}}", '{"text": "a\x01"}',
    '{"text": "a", "n": ' + "9" * 5000 + "}", '{"text": "a", "n": ' + "[" * 100_000 + "}",
    "\ufeff{}", '{"text": "a", "n": ' + '{"n": ' * 400 + "1" + "}" * 401,
)  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_line_is_read_alike_with_every_line_end(line: str) -> None:
    first = '{"text": "the first"}\n'
    plainly, *others = (read_bytes(f"{first}{line}{end}".encode()) for end in ("\n", "\r\n", ""))
    assert others == [plainly] * 2
