"""The file of an index: its format to the byte, files that are refused, how it is opened."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import dedup
from dedup.core.normal_form import VERSION
from dedup.core.weights import VERSION as JUDGEMENT
from dedup.index.sqlite import file
from tests.support.index_files import KEYS, RECIPE, TEXTS, changed


def dump(path: Path) -> str:
    """Write down what every table holds, blobs as hex."""
    lines = []
    with sqlite3.connect(path) as connection:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        for (table,) in connection.execute(tables).fetchall():
            for row in connection.execute(f"SELECT * FROM {table}"):
                cells = [each.hex() if isinstance(each, bytes) else str(each) for each in row]
                lines.append(f"{table}: {' '.join(cells)}")
    connection.close()
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("compacted", "expected"),
    [(False, "58a1b7055ad0a071"), (True, "d2fb7c8798c519b7")],
    ids=["recent rows", "rows sorted into slots"],
)
def test_format_2_is_written_as_it_was(compacted: bool, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with dedup.Index(
        path, RECIPE, store_texts=False, variants="remove", clock=lambda: 1e9
    ) as index:
        index.add_many(TEXTS, KEYS)
        if compacted:
            index.compact()
    digest = hashlib.sha256(dump(path).encode()).hexdigest()[:16]
    assert digest == expected, dump(path)


def format_1(normaliser: str = VERSION) -> str:
    """Give a file of format 1 as SQL; the words of its texts are the same in both normal forms."""
    stored = Path(__file__).with_name("index_format_1.sql").read_text(encoding="utf-8")
    assert '"normaliser": "words/2"' in stored
    if normaliser == "words/2":
        return stored
    later = f'"{normaliser}", "unicode": "14.0.0", "variants_at": 0.5'
    return stored.replace('"words/2"', later).replace('"variants/1"', f'"{JUDGEMENT}"')


@pytest.mark.parametrize("form", ["words/2", "words/9"])
def test_an_index_of_another_normal_form_is_refused_with_the_remedy(
    form: str, tmp_path: Path
) -> None:
    path = tmp_path / "seen.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(format_1(form))
    connection.close()
    with pytest.raises(dedup.StoreError, match=f"normaliser is '{form}'.*make the index anew"):
        dedup.Index(path)


REFUSED = {
    "another normal form": ("words/2", {}),
    "a normal form of later": ("words/9", {}),
    "another threshold": (VERSION, {"threshold": 0.5}),
    "another recipe": (VERSION, {"recipe": dedup.Recipe(permutations=6, bands=2, rows=3)}),
}


@pytest.mark.parametrize(("form", "asked"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_refused_is_not_altered(
    form: str, asked: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "seen.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(format_1(form))
    connection.close()
    before = path.read_bytes()
    assert before[18:20] == b"\1\1"  # no journal written ahead
    with pytest.raises((dedup.StoreError, dedup.RecipeMismatch)):
        dedup.Index(path, **asked)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


def test_format_1_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(format_1())
    connection.close()
    with dedup.Index(path) as index:
        assert index.check() == []
        assert index.recipe == RECIPE
        assert [(m.key, m.count, m.first, m.last) for m in index.counts()] == [
            ("page#1", 1, 10**9, 10**9),
            ("page#2", 1, 10**9, 10**9),
            ("page#3", 2, 10**9, 10**9),
        ]
        assert index.texts("page#2") == [TEXTS[1]]
        kinds = [each and each.kind for each in index.query_many(TEXTS)]
        assert kinds == [dedup.Kind.EXACT] * 4


@pytest.mark.parametrize("readonly", [True, False])
def test_a_file_of_format_1_is_read_and_gets_filters_once_it_is_written_to(
    readonly: bool, tmp_path: Path
) -> None:
    path = tmp_path / "seen.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(format_1())
    connection.close()
    with dedup.Index(path, readonly=readonly) as index:
        assert [each and each.kind for each in index.query_many(TEXTS)] == [dedup.Kind.EXACT] * 4
        assert index.check() == []
        if not readonly:
            index.compact()
            assert index.check() == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == (1 if readonly else 2)
        if not readonly:
            filters = connection.execute("SELECT count(*) FROM filter").fetchone()[0]
            assert filters == connection.execute("SELECT count(*) FROM segment").fetchone()[0] > 0
    connection.close()
    with dedup.Index(path) as index:
        assert [each and each.kind for each in index.query_many(TEXTS)] == [dedup.Kind.EXACT] * 4


def test_a_file_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE precious (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(dedup.StoreError, match="database of another program"):
        dedup.Index(path)
    assert path.read_bytes() == before
    text = tmp_path / "text.txt"
    text.write_text("no database " * 100)
    with pytest.raises(dedup.StoreError, match="not an SQLite file"):
        dedup.Index(text)


def test_a_file_that_another_makes_at_this_very_moment_is_no_foreign_one(tmp_path: Path) -> None:
    path = str(tmp_path / "seen.db")
    connection = sqlite3.connect(path, isolation_level=None)
    other = threading.Thread(target=lambda: dedup.Index(path).close())

    def let_in(statement: str) -> None:
        if statement == "PRAGMA user_version":
            other.start()
            other.join(0.3)

    connection.set_trace_callback(let_in)
    file._recognise(connection, path)
    connection.close()
    other.join()
    assert other.ident is not None
    with dedup.Index(path) as index:
        assert index.check() == []


def test_a_file_from_the_future_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    dedup.Index(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    with pytest.raises(dedup.StoreError, match=r"it has format 3; .* up to 2"):
        dedup.Index(path)


def test_a_file_of_another_version_of_unicode_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    dedup.Index(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = replace(value, '14.0.0', '99.0.0')")
    connection.close()
    with pytest.raises(dedup.StoreError, match=r"unicode is '99.0.0'.*make the index anew"):
        dedup.Index(path)


def test_a_file_of_another_normaliser_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    dedup.Index(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = replace(value, 'words/', 'words/9')")
    connection.close()
    with pytest.raises(dedup.StoreError, match=r"its settings can't be used .* normaliser is"):
        dedup.Index(path)


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere/seen.db", "its folder does not exist"), (".", "it is a folder")],
)
def test_a_place_where_no_file_can_be_is_refused(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(dedup.StoreError, match=message):
        dedup.Index(tmp_path / name)


def test_reading_only_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(dedup.StoreError, match="no such file"):
        dedup.Index(tmp_path / "seen.db", readonly=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a file it can't write")
def test_a_file_that_can_t_be_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with dedup.Index(path) as index:
        index.add(TEXTS[0], "a")
    path.chmod(0o444)
    with dedup.Index(path) as index:
        assert index.query(TEXTS[0]) is not None
        with pytest.raises(dedup.StoreError, match="can't be written"):
            index.add(TEXTS[2], "b")


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_an_index_is_opened_once_another_has_made_the_file(tmp_path: Path, begin: str) -> None:
    path = tmp_path / "seen.db"
    maker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    maker.execute(begin)
    ends = threading.Timer(0.3, lambda: maker.execute("ROLLBACK"))
    ends.start()
    started = time.monotonic()
    with dedup.Index(path) as index:
        assert time.monotonic() - started > 0.2
        assert index.add(TEXTS[0], "a") is None
    ends.join()
    maker.close()


#: What does it say where its tables are not ours.
OTHER = "it has the format of an index and not its tables"

SCHEMAS = {
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON paragraph BEGIN DELETE FROM paragraph; END",
    "an endless view": "ALTER TABLE paragraph RENAME TO p; CREATE VIEW paragraph AS WITH RECURSIVE"
    " c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS id, 'k' AS key, x'00' AS print,"
    " 1 AS first, 1 AS last, 1 AS count FROM c",
    "a view of settings": "ALTER TABLE meta RENAME TO m; CREATE VIEW meta AS SELECT * FROM m",
    "a table more": "CREATE TABLE precious (x)",
    "a virtual table": "CREATE VIRTUAL TABLE v USING fts5(x)",
    "an index": "CREATE INDEX i ON paragraph (length(key || hex(zeroblob(1000000))))",
    "a column more": "ALTER TABLE paragraph ADD COLUMN z AS (zeroblob(100000000))",
    "a table less": "DROP TABLE slot",
    "a table with a default": "DROP TABLE tail; CREATE TABLE tail (first INTEGER PRIMARY KEY,"
    " count INTEGER DEFAULT 7, keys BLOB, held BLOB)",
    "the first format": "PRAGMA user_version = 1",
}


@pytest.mark.parametrize("statements", SCHEMAS.values(), ids=SCHEMAS.keys())
@pytest.mark.parametrize("readonly", [True, False])
def test_other_tables_than_ours_are_refused_before_anything_is_read(
    stored: Path, tmp_path: Path, statements: str, readonly: bool
) -> None:
    path = changed(stored, tmp_path / "a.db", statements)
    before = path.read_bytes()
    with pytest.raises(dedup.StoreError, match=OTHER):
        dedup.Index(path, readonly=readonly)
    assert path.read_bytes() == before


NAMED = {
    "DROP TABLE slot": "slot",
    "DROP TABLE filter": "filter",
    "CREATE TABLE precious (x)": "precious",
    "CREATE INDEX i ON paragraph (key)": "i",
    "ALTER TABLE paragraph ADD COLUMN z": "paragraph",
}


@pytest.mark.parametrize(("statement", "name"), NAMED.items())
def test_the_table_that_is_other_is_named(
    stored: Path, tmp_path: Path, statement: str, name: str
) -> None:
    path = changed(stored, tmp_path / "a.db", statement)
    with pytest.raises(dedup.StoreError, match=rf"\('{name}' is other\)"):
        dedup.Index(path)


def test_a_name_in_the_schema_that_is_no_utf_8_ends_in_a_store_error(tmp_path: Path) -> None:
    """SQLite quotes the name in its message, which Python then can't decode."""
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE seen (a); PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET name = CAST(x'73ff' AS TEXT), sql = 'CREATE TABLE ('"
    )
    connection.close()
    with pytest.raises(dedup.StoreError, match="it is damaged; take a copy from before"):
        dedup.Index(path)


def test_what_takes_sqlite_too_long_is_an_error(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
    connection = sqlite3.connect(tmp_path / "a.db")
    with (
        pytest.raises(dedup.StoreError, match="takes too long for its size"),
        file.errors_explained("a.db"),
        file.within(connection, 0.05),
    ):
        connection.execute(endless)
    assert connection.execute("SELECT 1").fetchone() == (1,)
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="pipes")
@pytest.mark.parametrize("readonly", [True, False])
def test_an_index_that_is_a_pipe_is_never_opened(tmp_path: Path, readonly: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(dedup.StoreError, match="it is a pipe; name a file"):
        dedup.Index(tmp_path / "pipe", readonly=readonly)
