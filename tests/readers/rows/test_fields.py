"""Fields by path, dates in several forms, one spelling of hosts; options that no row can meet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli import main
from dedup.dump.job import clean_files
from dedup.options import Policy
from dedup.readers import ReadOptions, Record, documents
from dedup.readers.record import host_of
from dedup.readers.rows.fields import listed, value_of, written_date
from dedup.readers.rows.jsonl import NoText, span_of
from tests.support.articles import PARAGRAPHS
from tests.support.flat import make_request

A, B, C = PARAGRAPHS[:3]

Capture = pytest.CaptureFixture[str]
Row = dict[str, Any]


def jsonl(path: Path, *rows: Row) -> str:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), "utf-8")
    return str(path)


def records(path: str, **options: Any) -> list[Record]:
    return [each for each in documents([path], **options) if isinstance(each, Record)]


# -- by name or by path

PATHS: dict[str, tuple[Row, str, tuple[bool, object]]] = {
    "at the top": ({"text": "a"}, "text", (True, "a")),
    "within": ({"doc": {"text": "a"}}, "doc.text", (True, "a")),
    "three deep": ({"a": {"b": {"c": 1}}}, "a.b.c", (True, 1)),
    "a name with a dot comes first": ({"a": {"b": 1}, "a.b": 2}, "a.b", (True, 2)),
    "a name with a dot within": ({"a": {"b.c": 3}}, "a.b.c", (True, 3)),
    "a name with a dot around": ({"a.b": {"c": 4}}, "a.b.c", (True, 4)),
    "null is there": ({"a": {"b": None}}, "a.b", (True, None)),
    "through a list is no way": ({"a": [{"b": 1}]}, "a.b", (False, None)),
    "through a text neither": ({"a": "b"}, "a.b", (False, None)),
    "an empty name within": ({"a": {"": 5}}, "a.", (True, 5)),
    "nothing": ({}, "a.b", (False, None)),
}


@pytest.mark.parametrize(("row", "name", "value"), PATHS.values(), ids=PATHS)
def test_a_path_leads_to_a_field(row: Row, name: str, value: tuple[bool, object]) -> None:
    assert value_of(row, name) == value
    line = json.dumps(row)
    span = span_of(line, name)
    assert (span is not None) == value[0]
    if span is not None:
        assert json.loads(line[slice(*span)]) == value[1]


names = st.sampled_from(["a", "b", "c", "a.b", "b.c", ".", ""])
rows = st.recursive(
    st.integers(0, 9), lambda inner: st.dictionaries(names, inner, max_size=3), max_leaves=8
)


@given(st.dictionaries(names, rows, max_size=3), st.lists(names, min_size=1, max_size=3))
def test_a_span_is_where_the_value_stands(row: Row, parts: list[str]) -> None:
    name, line = ".".join(parts), json.dumps(row)
    has, value = value_of(row, name)
    span = span_of(line, name)
    assert (None if span is None else json.loads(line[slice(*span)])) == (value if has else None)


def test_rows_of_json_are_read_by_paths(tmp_path: Path) -> None:
    path = jsonl(
        tmp_path / "a.jsonl",
        {"doc": {"text": A, "id": 7}, "metadata": {"url": "http://h/1", "date": 1714557600}},
    )
    options = {
        "text_field": "doc.text", "id_field": "doc.id", "url_field": "metadata.url",
        "date_field": "metadata.date",
    }  # fmt: skip
    (found,) = records(path, **options)
    assert (found.text, found.record, found.url) == (A, "7", "http://h/1")
    assert found.date == "2024-05-01T10:00:00+00:00"


def test_a_wrong_name_is_refused_with_the_paths_there_are(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "a.jsonl", {"doc": {"text": A}, "n": 1})
    with pytest.raises(NoText, match=r"they have 'doc', 'doc\.text', 'n'"):
        records(path)


def struct_table() -> pa.Table:
    texts = [{"text": A, "n": 1}, None, {"text": None, "n": 2}, {"text": A, "n": 3}, {"text": B}]
    kind = pa.struct([("n", pa.int32()), ("text", pa.string())])
    return pa.table(
        {
            "doc": pa.array(texts, kind),
            "meta": pa.array([{"url": f"http://h/{k}"} for k in range(5)]),
            "k": pa.array(range(5)),
        }
    )


def test_parquet_is_read_and_written_by_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = struct_table()
    pq.write_table(table, path)
    found = records(str(path), text_field="doc.text", url_field="meta.url")
    assert [(each.text, each.url) for each in found] == [
        (A, "http://h/0"), (A, "http://h/3"), (B, "http://h/4"),
    ]  # fmt: skip
    reading = ReadOptions(text_field="doc.text", url_field="meta.url")
    clean_files(make_request([str(path)], str(tmp_path / "out"), reading=reading, workers=1))
    left = pq.read_table(tmp_path / "out" / "a.parquet")
    expected = table.to_pylist()
    expected[3]["doc"]["text"] = ""
    assert (left.to_pylist(), left.schema) == (expected, table.schema)


def test_json_is_written_by_paths(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    line = '{"n": 1.0,  "doc": {"a": 1, "text": %s, "z": [ ]}}\n'
    source.write_text((line % json.dumps(A)) * 2, "utf-8")
    reading = ReadOptions(text_field="doc.text")
    clean_files(make_request([str(source)], str(tmp_path / "out"), reading=reading, workers=1))
    written = (tmp_path / "out" / "a.jsonl").read_text("utf-8")
    assert written == line % json.dumps(A) + line % '""'


def test_a_column_that_holds_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(struct_table(), path)
    with pytest.raises(NoText, match=r"'doc\.n' is int32, not text.* are 'doc\.text', 'me"):
        records(str(path), text_field="doc.n")


# -- dates

DATES = {
    "seconds": (1714557600, "2024-05-01T10:00:00+00:00"),
    "fractions": (1714557600.5, "2024-05-01T10:00:00.500000+00:00"),
    "milliseconds": (1714557600000, "2024-05-01T10:00:00+00:00"),
    "microseconds": (1714557600000000, "2024-05-01T10:00:00+00:00"),
    "nanoseconds": (1714557600000000000, "2024-05-01T10:00:00+00:00"),
    "before 1970": (-86400, "1969-12-31T00:00:00+00:00"),
    "seconds in quotes": ("1714557600", "2024-05-01T10:00:00+00:00"),
    "seconds of 2001 in quotes": ("999999999", "2001-09-09T01:46:39+00:00"),
    "milliseconds in quotes": ("1714557600123", "2024-05-01T10:00:00.123000+00:00"),
    "a compact date of ten digits": ("2024050110", "2024050110"),
    "a compact date": ("20240501100000", "20240501100000"),
    "ISO 8601": ("2024-05-01", "2024-05-01"),
    "a time of Arrow": (datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01 00:00:00+00:00"),
    "no date": ("yesterday", "yesterday"),
    "too large": (1e300, "1e+300"),
    "nothing": (None, None),
    "true": (True, None),
    "an object": ({"$date": 1}, None),
}


@pytest.mark.parametrize(("value", "date"), DATES.values(), ids=DATES)
def test_a_date_is_read_as_people_have_it(value: object, date: str | None) -> None:
    assert written_date(value) == date


@given(st.integers(-(10**10), 10**10))
def test_a_number_of_seconds_is_that_time(seconds: int) -> None:
    written = written_date(seconds)
    assert written is not None
    assert datetime.fromisoformat(written).timestamp() == seconds


@pytest.mark.parametrize("container", ["jsonl", "parquet"])
@pytest.mark.parametrize("scale", [1, 1000, 1e6, 0.5])
def test_the_newest_by_numbers_is_kept(tmp_path: Path, container: str, scale: float) -> None:
    dates = [1.6e9 * scale, 1.7e9 * scale, 1.65e9 * scale]
    rows = [{"text": A, "date": date} for date in dates]
    source = tmp_path / f"in.{container}"
    if container == "jsonl":
        jsonl(source, *rows)
    else:
        pq.write_table(pa.table({name: [row[name] for row in rows] for name in rows[0]}), source)
    request = make_request(
        [str(source)], str(tmp_path / "out"), workers=1, policy=Policy(keep="newest")
    )
    clean_files(request)
    written = tmp_path / "out" / source.name
    if container == "jsonl":
        left = [json.loads(line)["text"] for line in written.read_text("utf-8").splitlines()]
    else:
        left = pq.read_table(written)["text"].to_pylist()
    assert left == ["", A, ""]


# -- hosts

HOSTS = {
    "www": ("https://www.example.org/a", "example.org"),
    "capitals, a port and a user": ("http://me:x@WWW.Example.ORG:80/", "example.org"),
    "a dot at the end": ("http://www.example.org./", "example.org"),
    "www is all there is": ("http://www.org/", "www.org"),
    "www of a top level": ("http://www.localhost/", "www.localhost"),
    "www2 is another": ("http://www2.example.org/", "www2.example.org"),
    "the form for the DNS": ("http://xn--bcher-kva.example/", "b\u00fccher.example"),
    "as people write it": ("http://www.B\u00dcCHER.example/", "b\u00fccher.example"),
    "decomposed": ("http://bu\u0308cher.example/", "b\u00fccher.example"),
    "full-width dots": ("http://b\u00fccher\u3002example/", "b\u00fccher.example"),
    "no name of the DNS": ("http://\u2603\u2603_.x/", "\u2603\u2603_.x"),
    "a broken form": ("http://xn--\u0000/", "xn--\u0000"),
    "an address": ("http://[::1]:80/", "[::1]"),
    "numbers": ("http://127.0.0.1/", "127.0.0.1"),
    "no URL": ("example.org/a", ""),
}


@pytest.mark.parametrize(("url", "host"), HOSTS.values(), ids=HOSTS)
def test_a_host_has_one_spelling(url: str, host: str) -> None:
    assert host_of(url) == host


@given(st.text())
def test_no_url_is_too_odd(text: str) -> None:
    host_of("http://" + text)
    host_of(text)


# -- what no row has


def refused(tmp_path: Path, capsys: Capture, *options: str, rows: Sequence[Row] = ()) -> str:
    every = rows or [{"text": A, "metadata": {"url": "http://a/1"}, "when": 1714557600}] * 2
    source = jsonl(tmp_path / "in.jsonl", *every)
    assert main(["clean", source, "-o", str(tmp_path / "out.jsonl"), *options]) == 2
    assert not (tmp_path / "out.jsonl").exists()
    return capsys.readouterr().err


UNMET = {
    "a field of URLs": (["--url-field", "nosuch"], "url_field is 'nosuch', and no row has a URL"),
    "a field of ids": (["--id-field", "nosuch"], "id_field is 'nosuch', and no row has an id"),
    "a host": (["--scope", "host"], "scope is 'host', and no document has a URL"),
    "a host in another field": (
        ["--scope", "host", "--url-field", "nosuch"], "url_field is 'nosuch'",
    ),
    "the newest": (["--keep", "newest"], "keep is 'newest', and no document has a date"),
    "the newest by another field": (
        ["--keep", "newest", "--date-field", "nosuch"], "and no document has a date",
    ),
    "an order": (["--keep", "order", "--order", "wiki*"], "order is 'wiki*', which fits no source"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "message"), UNMET.values(), ids=UNMET)
def test_what_no_row_has_is_refused_with_the_fields_there_are(
    tmp_path: Path, capsys: Capture, options: list[str], message: str
) -> None:
    error = refused(tmp_path, capsys, *options)
    assert message in error
    assert "'text', 'metadata', 'metadata.url', 'when'" in error


def test_find_refuses_a_field_that_no_row_has(tmp_path: Path, capsys: Capture) -> None:
    source = jsonl(tmp_path / "in.jsonl", {"text": A, "u": "http://a/1"})
    assert main(["find", source, "--url-field", "url2"]) == 2
    assert "url_field is 'url2', and no row has a URL there; rows have 'text', 'u'" in (
        capsys.readouterr().err
    )
    assert main(["find", source, "--url-field", "u"]) == 0


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_find_refuses_a_field_of_ids_that_no_row_has(
    tmp_path: Path, capsys: Capture, suffix: str
) -> None:
    source = tmp_path / f"in.{suffix}"
    if suffix == "jsonl":
        jsonl(source, {"text": A, "n": {"id": 7}}, {"text": A})
    else:
        pq.write_table(pa.table({"text": [A, A], "n": [{"id": 7}, None]}), source)
    assert main(["find", str(source), "--id-field", "n.key"]) == 2
    assert "id_field is 'n.key', and no row has an id there; rows have 'text', 'n', 'n.id'" in (
        capsys.readouterr().err
    )
    assert main(["find", str(source), "--id-field", "n.id"]) == 0
    assert main(["clean", str(source), "-o", f"{source}.new", "--id-field", "n.id"]) == 0


def test_find_lists_the_columns_of_parquet(tmp_path: Path, capsys: Capture) -> None:
    source = tmp_path / "in.parquet"
    pq.write_table(pa.table({"text": [A], "meta": [{"u": "http://a/1"}]}), source)
    assert main(["find", str(source), "--url-field", "url2"]) == 2
    assert "and no row has a URL there; rows have 'text', 'meta', 'meta.u'" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(("count", "more"), [(7, False), (8, False), (9, True)])
def test_of_many_fields_the_first_are_listed(count: int, more: bool) -> None:
    names = [f"f{k}" for k in range(count)]
    shown = ", ".join(f"'{each}'" for each in names[:8])
    assert listed(names) == shown + ", ..." * more


def test_one_row_that_has_it_is_enough(tmp_path: Path) -> None:
    rows = [{"text": A}, {"text": A, "url": "http://a/1"}, {"text": A, "url": "http://www.a.b/"}]
    source = jsonl(tmp_path / "in.jsonl", *rows)
    request = make_request([source], str(tmp_path / "out"), policy=Policy(scope="host"), workers=1)
    assert clean_files(request).count("gone") == 0


def test_files_of_text_are_hosts_of_their_own(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"{A}\n{B}\n{A}\n", "utf-8")
    request = make_request(
        [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")], str(tmp_path / "out"),
        policy=Policy(scope="host"), workers=1,
    )  # fmt: skip
    clean_files(request)
    assert (tmp_path / "out" / "b.txt").read_text("utf-8") == f"{A}\n{B}\n"


def test_texts_without_dates_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"{A}\n{A}\n", "utf-8")
    request = make_request(
        [str(tmp_path / "a.txt")], str(tmp_path / "b.txt"), folder=False,
        policy=Policy(keep="newest"),
    )  # fmt: skip
    with pytest.raises(ValueError, match="and no document has a date; keep the first"):
        clean_files(request)


# -- references


def test_references_have_a_field_of_their_own(tmp_path: Path, capsys: Capture) -> None:
    old = jsonl(tmp_path / "old.jsonl", {"body": A})
    new = jsonl(tmp_path / "new.jsonl", {"text": A}, {"text": B})
    arguments = ["clean", new, "-o", str(tmp_path / "out.jsonl"), "--reference", old]
    assert main([*arguments, "--reference-text-field", "body"]) == 0
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [each["text"] for each in rows] == ["", B]
    assert main([*arguments[:-2], "--reference-text-field", "body"]) == 2
    assert "reference_text_field is for references" in capsys.readouterr().err


@given(
    st.sampled_from(["http", "h1", "HTTP", ""]),
    st.text(st.sampled_from("aZ0.-_:é[] @www.xn--"), max_size=12),
    st.sampled_from(["", "/", "?a", "#b", "\\", "/a@b", "\n"]),
)
def test_a_usual_url_has_the_host_that_it_has_with_a_user(
    scheme: str, host: str, rest: str
) -> None:
    assert host_of(f"{scheme}://{host}{rest}") == host_of(f"{scheme}://user@{host}{rest}")
