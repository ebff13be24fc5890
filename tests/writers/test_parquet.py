"""Parquet back to where it was: types, metadata, packing and row groups stay."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import ReadOptions
from dedup.readers.containers import Shard
from dedup.writers import Noted, WriteOptions, Written, write_shard
from dedup.writers import parquet as writer
from tests.readers.rows.test_parquet import KINDS, crawl, write
from tests.support.containers import everything, odd_texts, texts

Edit = Callable[[Document], str | Noted | None]


def rewrite(
    shard: Shard,
    edit: Edit,
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
) -> tuple[Shard, Written]:
    target = shard.path + ".out"
    written = write_shard(shard, target, edit, reading, writing)
    return Shard(target, "parquet"), written


def same(document: Document) -> None:
    return None


def wide(count: int) -> pa.Table:
    """Make a table of many types, with metadata."""
    fields = {
        "text": pa.array([f"text {k}" for k in range(count)], pa.large_string()),
        "small": pa.array(range(count), pa.uint16()),
        "none": pa.array([None] * count, pa.float32()),
        "bytes": pa.array([b"\xff\0"] * count, pa.binary(2)),
        "money": pa.array([Decimal("1.50")] * count, pa.decimal128(9, 2)),
        "time": pa.array([1] * count, pa.timestamp("ms", "Europe/Berlin")),
        "tags": pa.array([["a", None]] * count, pa.list_(pa.string())),
        "meta": pa.array([{"lang": "en", "n": None}] * count),
        "kind": pa.array(["x"] * count, pa.dictionary(pa.int8(), pa.string())),
        "map": pa.array([[("k", 1)]] * count, pa.map_(pa.string(), pa.int64())),
        "view": pa.array(["v"] * count, pa.string_view()),
        "flag": pa.array([True] * count),
    }
    table = pa.table(fields).replace_schema_metadata({"huggingface": '{"a": 1}', "é": "ü"})
    field = pa.field("small", pa.uint16(), nullable=False, metadata={"unit": "1"})
    return table.cast(table.schema.set(1, field))


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "lz4", "brotli"])
def test_everything_but_the_text_stays(tmp_path: Path, codec: str) -> None:
    table = wide(250)
    path = tmp_path / "a.parquet"
    pq.write_table(table, path, row_group_size=100, compression=codec)
    shard = Shard(str(path), "parquet")
    for edit in (same, lambda document: document.text.upper() if "7" in document.text else None):
        target, _ = rewrite(shard, edit)
        after = pq.read_table(target.path)
        expected = [edit(Document(each)) or each for each in table["text"].to_pylist()]
        assert after.drop_columns(["text"]).equals(table.drop_columns(["text"]))
        assert after["text"].to_pylist() == expected
        assert after.schema.equals(pq.read_schema(path), check_metadata=True)
        old, new = pq.read_metadata(path), pq.read_metadata(target.path)
        assert [new.row_group(k).num_rows for k in range(new.num_row_groups)] == [100, 100, 50]
        assert new.format_version == old.format_version
        for k in range(old.num_columns):
            was, now = old.row_group(0).column(k), new.row_group(0).column(k)
            assert now.compression == was.compression
            assert now.physical_type == was.physical_type
            assert ("RLE_DICTIONARY" in now.encodings) == ("RLE_DICTIONARY" in was.encodings)
            assert now.is_stats_set == was.is_stats_set


def test_columns_packed_and_encoded_each_in_its_way(tmp_path: Path) -> None:
    path = tmp_path / "a"
    columns = crawl(50)
    shard = write(
        path,
        columns,
        compression={"text": "zstd", "id": "none", "url": "gzip", "date": "snappy"},
        use_dictionary=["date"],
        write_statistics=["id"],
        version="1.0",
    )
    target, _ = rewrite(shard, same)
    old, new = pq.read_metadata(path), pq.read_metadata(target.path)
    assert new.format_version == "1.0"
    for k in range(old.num_columns):
        was, now = old.row_group(0).column(k), new.row_group(0).column(k)
        assert (now.compression, now.is_stats_set) == (was.compression, was.is_stats_set)
        assert now.encodings == was.encodings


def test_old_timestamps_stay_old(tmp_path: Path) -> None:
    columns = {"text": ["a"], "time": pa.array([1], pa.timestamp("ns"))}
    shard = write(tmp_path / "a", columns, use_deprecated_int96_timestamps=True)
    target, _ = rewrite(shard, same)
    assert pq.read_metadata(target.path).schema.column(1).physical_type == "INT96"
    assert pq.read_table(target.path).equals(pq.read_table(shard.path))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_of_text_is_written(tmp_path: Path, kind: pa.DataType) -> None:
    column = pa.array(["a", None, "b", "a"], pa.string()).cast(kind)
    shard = write(tmp_path / "a", {"n": [1, 2, 3, 4], "text": column})
    target, written = rewrite(shard, lambda document: document.text + "é")
    table = pq.read_table(target.path)
    assert table["text"].to_pylist() == ["aé", None, "bé", "aé"]
    assert table.schema.field("text").type == pq.read_table(shard.path).schema.field("text").type
    assert written == Written(documents=3, changed=3, passed=1)


def test_rows_left_empty_are_kept_or_dropped(tmp_path: Path) -> None:
    shard = write(tmp_path / "a", {"text": ["a", None, "b", ""], "n": [1, 2, 3, 4]})
    edit = {"a": ""}
    target, written = rewrite(shard, lambda document: edit.get(document.text))
    assert pq.read_table(target.path).to_pydict() == {
        "text": ["", None, "b", ""],
        "n": [1, 2, 3, 4],
    }
    assert written == Written(documents=3, changed=1, emptied=1, passed=1)
    drop = WriteOptions(empty="drop")
    target, written = rewrite(shard, lambda document: edit.get(document.text), None, drop)
    assert pq.read_table(target.path).to_pydict() == {"text": [None, "b", ""], "n": [2, 3, 4]}
    assert written == Written(documents=3, changed=1, emptied=1, dropped=1, passed=1)
    target, _ = rewrite(shard, lambda document: "", None, drop)
    assert pq.read_table(target.path).num_rows == 2


def test_notes_are_a_column_of_their_own(tmp_path: Path) -> None:
    shard = write(tmp_path / "a", {"text": ["a", "b", None]})
    edit = {"a": Noted(None, {"cut": [[0, 1]]})}
    writing = WriteOptions(note="dedup")
    target, _ = rewrite(shard, lambda document: edit.get(document.text), None, writing)
    assert pq.read_table(target.path)["dedup"].to_pylist() == ['{"cut": [[0, 1]]}', None, None]
    with pytest.raises(InputError, match=r"it has a column 'text' already; name another for the"):
        rewrite(shard, same, None, WriteOptions(note="text"))


def test_large_row_groups_become_several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_GROUP", 100_000)
    rows = ["x" * 500] * 3000
    shard = write(tmp_path / "a", {"text": rows}, row_group_size=3000)
    target, _ = rewrite(shard, same)
    metadata = pq.read_metadata(target.path)
    assert metadata.num_row_groups == 3
    assert pq.read_table(target.path)["text"].to_pylist() == rows


def test_a_damaged_row_group_is_lost_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a"
    rows = [f"text {k} " * 30 for k in range(300)]
    shard = write(path, {"text": rows, "n": range(300)}, row_group_size=100, compression="zstd")
    column = pq.read_metadata(path).row_group(1).column(0)
    start = column.dictionary_page_offset or column.data_page_offset
    content = bytearray(path.read_bytes())
    content[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    path.write_bytes(content)
    found: list[Skipped] = []
    written = write_shard(shard, str(tmp_path / "b"), same, skipped=found.append)
    assert written == Written(documents=200, lost=100)
    assert pq.read_table(tmp_path / "b")["n"].to_pylist() == [*range(100), *range(200, 300)]
    assert len(found) == 1
    with pytest.raises(InputError, match="row group 1 is damaged"):
        write_shard(shard, str(tmp_path / "c"), same, ReadOptions(strict=True))
    path.write_bytes(path.read_bytes()[:-9])
    assert write_shard(shard, str(tmp_path / "c"), same) == Written(lost=1)
    assert not (tmp_path / "c").exists()


def test_a_table_without_rows_or_groups(tmp_path: Path) -> None:
    shard = write(tmp_path / "a", {"text": pa.array([], pa.string()), "n": pa.array([], pa.int8())})
    target, written = rewrite(shard, same)
    assert pq.read_table(target.path).equals(pq.read_table(shard.path))
    assert written == Written()


@given(
    st.lists(st.tuples(st.none() | odd_texts, st.integers(0, 9)), max_size=12),
    st.integers(1, 5),
    st.sampled_from([*KINDS]),
    st.data(),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[str | None, int]],
    size: int,
    kind: str,
    data: st.DataObject,
) -> None:
    column = pa.array([text for text, _ in made], pa.string()).cast(KINDS[kind])
    numbers = pa.array([number for _, number in made], pa.int8())
    path = tmp_path_factory.mktemp("p") / "a"
    shard = write(path, {"text": column, "n": numbers}, row_group_size=size)
    target, _ = rewrite(shard, same)
    assert pq.read_table(target.path).equals(pq.read_table(path))
    changes: list[str] = []

    def edit(document: Document) -> str:
        changes.append(data.draw(odd_texts | st.just(document.text)))
        return changes[-1]

    target, _ = rewrite(shard, edit)
    assert texts(everything(target)) == changes
    after = pq.read_table(target.path)
    assert after["n"].equals(pq.read_table(path)["n"])
    assert after.schema.equals(pq.read_table(path).schema)
