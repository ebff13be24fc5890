"""Reading Parquet: types of text, rows without text, damage, compared with pyarrow."""

from __future__ import annotations

import errno
import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.readers import Damaged, ReadOptions, Record, documents, read_shard
from dedup.readers.containers import Shard
from dedup.readers.rows import parquet
from dedup.readers.rows import parquet_pages as pages
from dedup.readers.rows.jsonl import NoText
from tests.support.containers import damages, everything, odd_texts, texts

KINDS = {
    "string": pa.string(),
    "large_string": pa.large_string(),
    "string_view": pa.string_view(),
    "dictionary": pa.dictionary(pa.int32(), pa.string()),
}


def write(path: Path, columns: dict[str, object], **options: object) -> Shard:
    pq.write_table(pa.table(columns), path, **options)
    return Shard(str(path), "parquet")


def crawl(count: int) -> dict[str, object]:
    """Make the columns of a crawl as they are usually called."""
    return {
        "text": [f"text {k}" for k in range(count)],
        "id": [f"<urn:uuid:{k}>" for k in range(count)],
        "url": [f"https://h{k}.org/" for k in range(count)],
        "date": ["2026-01-02T03:04:05Z"] * count,
        "token_count": pa.array(range(count), pa.int32()),
    }


def test_a_row_is_a_document(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write(path, crawl(2500), row_group_size=900)
    found = list(documents(path))
    assert texts(found) == [f"text {k}" for k in range(2500)]
    last = found[-1]
    assert last == Record(
        "text 2499",
        str(path),
        "<urn:uuid:2499>",
        2500,
        "https://h2499.org/",
        "2026-01-02T03:04:05Z",
    )
    assert last.host == "h2499.org"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_text_is_read(tmp_path: Path, kind: pa.DataType) -> None:
    column = pa.array(["a", None, "b", "a"], pa.string()).cast(kind)
    found = everything(write(tmp_path / "a", {"text": column}))
    assert texts(found) == ["a", "b", "a"]
    assert damages(found) == [("row 2", "its column 'text' is null")]
    names = [getattr(each, "record", None) for each in found]
    assert names == ["row 1", "row 2", "row 3", "row 4"]


def test_other_columns_by_option_and_of_other_types(tmp_path: Path) -> None:
    date = pa.array([datetime(2026, 1, 2, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    columns = {"body": ["a"], "key": [7], "at": ["http://h/"], "when": date, "text": [1]}
    shard = write(tmp_path / "a", columns)
    options = ReadOptions(text_field="body", id_field="key", url_field="at", date_field="when")
    assert everything(shard, options) == [
        Record("a", shard.path, "7", 1, "http://h/", "2026-01-02 00:00:00+00:00")
    ]


WITHOUT = {
    "no column": ({"body": ["a"], "n": [1]}, "no column 'text'; its columns of text are 'body'"),
    "a number": ({"text": [1], "b": ["x"]}, "its column 'text' is int64, not text; its columns"),
    "bytes": ({"text": [b"a"]}, "its column 'text' is binary, not text; its columns of text are n"),
    "a list": ({"text": [["a"]]}, "its column 'text' is list<"),
}


@pytest.mark.parametrize(("columns", "reason"), WITHOUT.values(), ids=WITHOUT)
def test_a_file_without_the_column_names_those_it_has(
    tmp_path: Path, columns: dict[str, object], reason: str
) -> None:
    path = tmp_path / "a.parquet"
    write(path, columns)
    with pytest.raises(NoText, match=r"name the column that holds the text with --text-field") as e:
        list(documents(path))
    assert str(e.value).startswith(f"{path}: {reason}")
    (tmp_path / "b.txt").write_bytes(b"text")
    found = list(documents(tmp_path))
    assert texts(found) == ["text"]
    assert len(damages(found)) == 1


def test_an_empty_table_gives_nothing(tmp_path: Path) -> None:
    assert everything(write(tmp_path / "a", {"text": pa.array([], pa.string())})) == []


def test_a_text_too_long_is_passed_over(tmp_path: Path) -> None:
    shard = write(tmp_path / "a", {"text": ["a", "x" * 1001, "b"]})
    found = everything(shard, ReadOptions(max_bytes=1000))
    assert texts(found) == ["a", "b"]
    assert damages(found) == [("row 2", "a text of more than 1,000 characters")]


def test_a_file_cut_short_is_damaged_at_every_length(tmp_path: Path) -> None:
    shard = write(tmp_path / "a", crawl(10))
    content = (tmp_path / "a").read_bytes()
    for size in range(0, len(content), 37):
        (tmp_path / "a").write_bytes(content[:size])
        (found,) = everything(shard)
        assert isinstance(found, Damaged)
        assert found.reason.startswith("not Parquet, or cut short: ")
        with pytest.raises(InputError, match="not Parquet, or cut short"):
            everything(shard, ReadOptions(strict=True))


def test_a_damaged_row_group_costs_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a"
    rows = [f"text {k} " * 30 for k in range(300)]
    shard = write(path, {"text": rows}, row_group_size=100, compression="zstd")
    column = pq.read_metadata(path).row_group(1).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(content)
    found = everything(shard)
    assert texts(found) == rows[:100] + rows[200:]
    ((place, reason),) = damages(found)
    assert place == "rows 101-200"
    assert reason.startswith("row group 1 is damaged: ")
    assert [each.number for each in found if isinstance(each, Record)][100] == 201
    with pytest.raises(InputError, match="a: rows 101-200: row group 1 is damaged"):
        everything(shard, ReadOptions(strict=True))


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4"])
@pytest.mark.parametrize("dictionary", [True, False])
def test_pages_are_measured_before_they_are_unpacked(
    codec: str, dictionary: bool, version: str
) -> None:
    values = [f"text {k % 50} " * (k % 7) for k in range(3000)]
    table = pa.table({"text": values, "n": pa.array(range(3000)), "long": ["x" * 3000] * 3000})
    raw = io.BytesIO()
    pq.write_table(
        table, raw, compression=codec, use_dictionary=dictionary, data_page_version=version,
        data_page_size=1000, write_batch_size=100,
    )  # fmt: skip
    group = pq.read_metadata(raw).row_group(0)
    for k, name in enumerate(table.column_names):
        column = group.column(k)
        at = column.dictionary_page_offset or column.data_page_offset
        end = at + column.total_compressed_size
        heads = []
        while at < end:
            head = pages._read(raw, at)
            assert head is not None
            heads.append(head)
            at += head.length + head.packed
        assert at == end
        unpacked = sum(each.length + each.unpacked for each in heads)
        assert unpacked == column.total_uncompressed_size
        measured = pages.longest(raw, column)
        assert measured.page == max(each.unpacked for each in heads)
        texts = name != "n" and dictionary
        longest = max(map(len, table[name].to_pylist())) if texts else 0
        assert measured.value == longest
        assert len(heads) > 5 or (dictionary and name == "long")


@pytest.mark.parametrize("cut", [0, 1, 5, 20])
def test_what_is_no_page_is_not_measured(cut: int) -> None:
    raw = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", "b"]}), raw)
    column = pq.read_metadata(raw).row_group(0).column(0)
    start = column.dictionary_page_offset
    content = raw.getvalue()
    for broken in (content[: start + cut], content[: start + cut] + b"\xff" * 100):
        assert pages.longest(io.BytesIO(broken), column).page in ([0] if cut < 5 else [0, 10])


def test_pages_may_take_what_memory_there_is() -> None:
    raw = io.BytesIO()
    pq.write_table(pa.table({"text": ["x" * 100_000] * 2000}), raw, use_dictionary=False)
    file = parquet.opened(raw, "a")
    assert not isinstance(file, Damaged)
    usual = list(parquet.groups(file, raw, "a", ReadOptions()))
    held = parquet._HELD * max(each.page for each in usual)
    assert held > 100_000
    assert list(parquet.groups(file, raw, "a", ReadOptions(max_memory=held))) == usual
    with pytest.raises(InputError, match="a: row group 0 has long pages: it takes some"):
        list(parquet.groups(file, raw, "a", ReadOptions(max_memory=held - 1)))


class Failing(io.BytesIO):
    """A file on a disk that fails, at once or from some moment on."""

    failing = False

    def read(self, size: int | None = -1) -> bytes:
        if self.failing:
            raise OSError(errno.EIO, "Input/output error")
        return super().read(size)


def test_a_disk_that_fails_is_no_damage_of_the_file(tmp_path: Path) -> None:
    write(tmp_path / "a", {"text": ["one"] * 300}, row_group_size=100)
    raw = Failing((tmp_path / "a").read_bytes())
    file = parquet.opened(raw, "a")
    assert not isinstance(file, Damaged)
    first, *_ = parquet.groups(file, raw, "a", ReadOptions())
    raw.failing = True
    with pytest.raises(InputError, match="a: can't be read: Input/output error; check its perm"):
        list(parquet.batches(file, first, "a", None))
    with pytest.raises(InputError, match="a: can't be read: Input/output error; check its perm"):
        parquet.opened(raw, "a")


def test_standard_input_is_refused() -> None:
    with pytest.raises(InputError, match="-: Parquet can't be read from standard input; name a"):
        list(documents("-", stdin=io.BytesIO(b"PAR1"), container="parquet"))


@given(st.lists(st.none() | odd_texts, max_size=12), st.integers(1, 5), st.sampled_from([*KINDS]))
def test_every_row_is_read_as_pyarrow_reads_it(
    tmp_path_factory: pytest.TempPathFactory, made: list[str | None], size: int, kind: str
) -> None:
    path = tmp_path_factory.mktemp("p") / "a"
    column = pa.array(made, pa.string()).cast(KINDS[kind])
    shard = write(path, {"text": column}, row_group_size=size)
    oracle = pq.read_table(path).column("text").to_pylist()
    assert texts(everything(shard)) == [each for each in oracle if each is not None]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    rows = [f"{k} " * 2000 for k in range(6000)]  # 60 MB in one row group
    shard = write(tmp_path / "a", {"text": rows}, row_group_size=6000, use_dictionary=False)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    most = 0
    for _ in read_shard(shard):
        most = max(most, pa.total_allocated_bytes() - before)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000
    assert most < 40_000_000


WRONG = [
    b"plain",
    b"wr\xffng",
    b"plain",
    None,
    b"\xe9",
    b"cut short \xe2\x82",
    b"\xed\xa0\x80",
    b"end",
]

RAW = {
    "string": (pa.binary(), pa.string()),
    "large_string": (pa.large_binary(), pa.large_string()),
    "string_view": (pa.binary_view(), pa.string_view()),
}


def not_utf8(kind: str) -> pa.Array:
    """Make a column with texts that are no UTF-8."""
    if kind != "dictionary":
        raw, text = RAW[kind]
        return pa.array(WRONG, raw).view(text)
    values = pa.array([each for each in WRONG if each is not None], pa.binary()).view(pa.string())
    places = [0, 1, 2, None, 3, 4, 5, 6]
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), values)


@pytest.mark.parametrize("kind", [*RAW, "dictionary"])
def test_a_text_that_is_no_utf_8_costs_its_row_alone(tmp_path: Path, kind: str) -> None:
    names = pa.array([b"\xff" if k % 2 else b"name" for k in range(8)], pa.binary())
    columns = {"text": not_utf8(kind), "id": names.view(pa.string())}
    shard = write(tmp_path / "a", columns, store_schema=True)
    found = everything(shard)
    assert texts(found) == ["plain", "plain", "end"]
    assert damages(found) == [
        ("row 2", "its column 'text' is not UTF-8: byte 2 (ff 6e 67)"),
        ("row 4", "its column 'text' is null"),
        ("row 5", "its column 'text' is not UTF-8: byte 0 (e9)"),
        ("row 6", "its column 'text' is not UTF-8: byte 10 (e2 82)"),
        ("row 7", "its column 'text' is not UTF-8: byte 0 (ed a0 80)"),
    ]
    with pytest.raises(InputError, match="a: row 2: its column 'text' is not UTF-8"):
        everything(shard, ReadOptions(strict=True))


def test_times_without_a_date_and_nested_cells_cost_nothing(tmp_path: Path) -> None:
    shard = write(
        tmp_path / "a",
        {
            "text": ["a", "b"],
            "date": pa.array([10**18, 0], pa.timestamp("us")),
            "id": pa.array([[{"x": [1]}], None]),
            "url": pa.array([None, {"x": 1}]),
        },
    )
    found = everything(shard)
    assert texts(found) == ["a", "b"]
    assert [each.date for each in found if isinstance(each, Record)] == [
        None,
        "1970-01-01 00:00:00",
    ]
