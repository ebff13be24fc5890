"""The file of an index: its format to the byte, foreign and damaged files, a full disk."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import shutil
import sqlite3
import sys
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dedup
from dedup.core.candidates import CAP
from dedup.core.normal_form import VERSION
from dedup.core.weights import VERSION as JUDGEMENT
from dedup.index.damage import Damage, explained
from dedup.index.settings import Settings
from dedup.index.sqlite import cache, compaction, file
from dedup.index.sqlite.cache import Cache, Segment
from dedup.index.sqlite.store import SqliteStore
from dedup.index.stores import is_index
from dedup.index.verification import Entries, bucket_problems
from dedup.options import Matching

TEXTS = [
    "The ferry of line 12 leaves the old stone harbour at nine and comes back over the river.",
    "The ferry of line 14 leaves the old stone harbour at nine and comes back over the river.",
    "Seven lamps stood in the window of the council house all through that long winter.",
    "SEVEN lamps stood in the window of the council house, all through that long winter",
]
KEYS = ["page#1", "page#2", "page#3", "page#4"]

#: A recipe that stays the same whatever the defaults are.
RECIPE = dedup.Recipe("words", 2, 96, 32, 3, 1, 8)


def connection_of(index: dedup.Index) -> sqlite3.Connection:
    """The connection of an index in a file."""
    assert isinstance(index._store, SqliteStore)
    return index._store.connection


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


def test_a_long_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    random_keys = np.random.default_rng(3).integers(0, 2**32, 300_000).astype(np.uint32)
    keys = np.sort(random_keys)
    numbers = np.arange(len(keys), dtype=np.int64)
    with dedup.Index(tmp_path / "seen.db") as index:
        connection = connection_of(index)
        compaction.write_segment(connection, 0, keys, numbers)
        segment = Segment(*connection.execute("SELECT * FROM segment").fetchone())
        found = compaction.read_segment(connection, segment)
        assert [each.tolist() for each in found] == [keys.tolist(), numbers.tolist()]
        few = segment._replace(entries=1000)
        with pytest.raises(Damage, match=r"run 1: [\d,]+ bytes for 1,000 entries"):
            compaction.read_segment(connection, few)


def test_too_little_memory_is_told_as_an_error_of_the_store() -> None:
    with (
        pytest.raises(dedup.StoreError, match=r"a\.db: there is not enough memory"),
        explained("a.db"),
    ):
        raise MemoryError


def test_an_index_is_told_from_other_files(tmp_path: Path) -> None:
    with dedup.Index(tmp_path / "seen.db") as index:
        index.add("One.", "k")
    (tmp_path / "a.txt").write_text("One.\n")
    found = {each: is_index(str(tmp_path / each)) for each in ("seen.db", "a.txt", "nothing", "")}
    assert found == {"seen.db": True, "a.txt": False, "nothing": False, "": False}
    assert is_index("redis://host/0")


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


def test_an_index_open_for_reading_refuses_to_store(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with dedup.Index(path) as index:
        index.add(TEXTS[0], "a")
    with dedup.Index(path, readonly=True) as index:
        assert index.query(TEXTS[0]) is not None
        for change in (
            lambda: index.add(TEXTS[2], "b"),
            lambda: index.remove("a"),
            lambda: index.prune(max_items=0),
            index.compact,
        ):
            with pytest.raises(dedup.StoreError, match="it can't be written; nothing was stored"):
                change()
        assert len(index) == 1


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


def test_a_full_disk_stores_nothing_of_the_page(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    texts = [f"{TEXTS[2]} {k} {k + 1} {k + 2} {k * k} {k * 7}" for k in range(3000)]
    keys = [str(k) for k in range(3000)]
    with dedup.Index(path, threshold=0.99) as index:
        index.add_many(texts[:100], keys[:100])
        run = connection_of(index).execute
        pages = run("PRAGMA page_count").fetchone()[0]
        run(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(dedup.StoreError, match="the disk is full; nothing of the page"):
            index.add_many(texts, keys)
        assert len(index) == 100
        assert index.check() == []
        run("PRAGMA max_page_count = 1000000")
        answers = index.add_many(texts, keys)
        assert [each is not None for each in answers[:100]] == [True] * 100
        assert index.check() == []


def test_an_error_inside_a_page_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dedup.Index(tmp_path / "seen.db") as index:
        index.add(TEXTS[0], "a")
        calls = []

        def fail(*arguments: object) -> bool:
            calls.append(arguments)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("dedup.index.sqlite.compaction.sort_due", fail)
            with pytest.raises(KeyboardInterrupt):
                index.add_many(TEXTS[2:], KEYS[2:])
        assert calls
        assert index.query(TEXTS[2]) is None
        assert index.add(TEXTS[2], "b") is None
        assert index.check() == []


@pytest.mark.parametrize(
    "step",
    ["dedup.index.sqlite.blocks.blank", "dedup.index.sqlite.cache.Cache.follow"],
    ids=["texts", "mirror"],
)
@pytest.mark.parametrize("change", ["remove", "prune"])
def test_an_error_inside_a_removal_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, step: str
) -> None:
    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    with dedup.Index(tmp_path / "seen.db") as index:
        index.add_many(TEXTS, KEYS)
        right = Cache.follow
        seen = []

        def fail_the_second_time(cache: Cache) -> None:
            seen.append(cache)
            return fail() if len(seen) == 2 else right(cache)

        with monkeypatch.context() as patch:
            patch.setattr(step, fail_the_second_time if "mirror" in step else fail)
            with pytest.raises(KeyboardInterrupt):
                index.remove(KEYS[0]) if change == "remove" else index.prune(max_items=1)
        assert len(index) == 3
        assert index.texts(KEYS[0]) == [TEXTS[0]]
        assert index.check() == []
        assert index.prune(max_items=1) == 2
        assert index.check() == []


def test_texts_are_read_anew_after_another_compacts_or_removes(tmp_path: Path) -> None:
    texts = [f"{TEXTS[2]} number{k} x{k} y{k} z{k} q{k} r{k}" for k in range(200)]
    keys = [f"page#{k}" for k in range(200)]
    path = tmp_path / "seen.db"
    with dedup.Index(path, threshold=0.95) as one, dedup.Index(path, threshold=0.95) as other:
        for begin in range(0, 200, 5):
            one.add_many(texts[begin : begin + 5], keys[begin : begin + 5])
        assert [other.texts(key) for key in keys] == [[text] for text in texts]
        assert other.texts(keys[3]) == [texts[3]]
        one.compact()
        assert other.texts(keys[8]) == [texts[8]]  # in one block with the other by now
        assert [other.texts(key) for key in keys] == [[text] for text in texts]
        one.remove(keys[27])
        one.compact()
        left = [[] if key == keys[27] else [text] for key, text in zip(keys, texts, strict=True)]
        assert [other.texts(key) for key in keys] == left
        assert other.query(texts[8]) is not None


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


def test_a_closed_index_says_so() -> None:
    index = dedup.Index()
    index.close()
    index.close()
    with pytest.raises(dedup.StoreError, match="it was closed"):
        index.query(TEXTS[0])


DAMAGES = [
    ("UPDATE paragraph SET print = zeroblob(16) WHERE id = 1", "its text is not that of"),
    ("UPDATE paragraph SET print = x'00' WHERE id = 1", "its key or fingerprint is none"),
    ("UPDATE paragraph SET key = x'61' WHERE id = 1", "its key or fingerprint is none"),
    ("UPDATE paragraph SET count = 0 WHERE id = 1", "count 0"),
    ("UPDATE paragraph SET last = 5 WHERE id = 1", "last 5"),
    ("UPDATE paragraph SET print = (SELECT print FROM paragraph WHERE id = 0)", "same fingerpr"),
    ("DELETE FROM paragraph WHERE id = 1", "is in a bucket but not stored"),
    ("DELETE FROM block", "no block holds its text"),
    ("UPDATE block SET count = count + 70", "73 paragraphs, after a block"),
    ("UPDATE block SET body = x'00'", "can't be decompressed"),
    ("UPDATE block SET sketches = zeroblob(length(sketches))", "its text is not that of"),
    ("UPDATE paragraph SET key = 'else' WHERE id = 1", "in a bucket that is not its own"),
    ("DELETE FROM slot WHERE id >> 24 = 1", "is in no bucket"),
    ("UPDATE slot SET id = id + 1 WHERE id >> 24 = 1", "in a bucket that is not its own"),
    ("UPDATE slot SET body = x'00' WHERE id >> 24 = 1", "a slot holds 1 bytes"),
    ("UPDATE filter SET body = zeroblob(length(body))", "whose filter leaves it out"),
    ("UPDATE state SET next = 1", "not below the next"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=[damage for damage, _ in DAMAGES])
def test_check_finds_what_is_wrong(damage: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with dedup.Index(path) as index:
        index.add_many(TEXTS, KEYS)
        index.compact()
        assert index.check() == []
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    connection.close()
    with dedup.Index(path, readonly=True) as index:
        problems = index.check()
    assert problems
    assert any(re.search(message, each) for each in problems), problems


def test_an_index_made_from_a_batch_is_that_made_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.corpus import paragraphs

    monkeypatch.setattr(cache, "RING", 512)
    texts = [*paragraphs(3000, seed=6, words=20).texts, "too short", *(["a b c d e f g h"] * 3)]
    stream = [*paragraphs(1000, seed=6, words=20).texts, *paragraphs(500, seed=8, words=20).texts]
    keys = [str(k) for k in range(len(texts))]
    with (
        dedup.Index.from_paragraphs(texts, tmp_path / "a.db", workers=1) as batch,
        dedup.Index(tmp_path / "b.db") as stepwise,
    ):
        stepwise.add_many(texts, keys)
        assert batch.check() == []
        assert [(m.key, m.count) for m in batch.counts()] == [
            (m.key, m.count) for m in stepwise.counts()
        ]
        more = [f"more{k}" for k in range(len(stream))]
        assert batch.add_many(stream, more) == stepwise.add_many(stream, more)
        assert batch.check() == []
    with pytest.raises(dedup.StoreError, match="it is not empty"):
        dedup.Index.from_paragraphs(texts, tmp_path / "a.db")
    places = [dedup.Paragraph(TEXTS[0], "a.txt", None, 7), dedup.Paragraph(TEXTS[2], "", "url", 9)]
    with dedup.Index.from_paragraphs(places) as index:
        assert [m.key for m in index.counts()] == ["a.txt#7", "url#9"]
    assert len(dedup.Index.from_paragraphs([])) == 0


SENTENCES = [f"The ferry {k} leaves quay {k % 7} at {k * 3} and comes back at {k * 5} with {k * 11}"
             f" passengers, {k * 13} crates and {k * 17} letters." for k in range(300)]  # fmt: skip


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with sorted runs, rows that are not sorted, and a removal."""
    path = tmp_path_factory.mktemp("stored") / "seen.db"
    with dedup.Index(path, threshold=0.95) as index:
        index.add_many(SENTENCES[:200], [str(k) for k in range(200)])
        index.compact()
        index.add_many(SENTENCES[200:], [str(k) for k in range(200, 300)])
        index.remove("7")
    return path


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


def changed(stored: Path, path: Path, statements: str) -> Path:
    """Copy an index and run statements of SQL on the copy."""
    shutil.copy(stored, path)
    with sqlite3.connect(path) as connection:
        connection.executescript(statements)
    connection.close()
    return path


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


def bomb(says: int) -> str:
    """Write a block that unpacks to 80 MB, and says it is one text of so many bytes."""
    raw = np.array([says], "<u4").tobytes() + bytes(80 << 20)
    return f"UPDATE block SET count = 1, body = x'{zlib.compress(raw, 6).hex()}'"


NONSENSE = {
    "deep settings": f"UPDATE meta SET value = '{'[' * 90_000}' WHERE name = 'settings'",
    "long settings": "UPDATE meta SET value = hex(zeroblob(9000000)) WHERE name = 'settings'",
    "no settings": "DELETE FROM meta",
    "settings that are a list": "UPDATE meta SET value = '[]'",
    "settings that are bytes": "UPDATE meta SET value = x'ff'",
    "settings of other types": "UPDATE meta SET value = json_set(value, '$.bands', '[]')",
    "many bands": "UPDATE meta SET value = json_set(value, '$.bands', 1000000000)",
    "bands below nothing": "UPDATE meta SET value = json_set(value, '$.bands', -1)",
    "a huge number": "UPDATE state SET next = 9000000000000000000",
    "a large number": "UPDATE state SET next = 1000000000",
    "a number below nothing": "UPDATE state SET next = -5",
    "a number that is text": "UPDATE state SET next = 'abc'",
    "no state": "DELETE FROM state",
    "no bands": "DELETE FROM band",
    "a band more": "INSERT INTO band VALUES (9999, 0)",
    "a mark far away": "UPDATE band SET mark = 10000000000",
    "a mark that is text": "UPDATE band SET mark = 'x'",
    "a body of rubbish": "UPDATE block SET body = randomblob(5000)",
    "an empty body": "UPDATE block SET body = x''",
    "a body that is text": "UPDATE block SET body = 'text'",
    "a bomb": "BOMB 0",
    "a bomb that says so": f"BOMB {80 << 20}",
    "a block of many": "UPDATE block SET count = 1000000000",
    "a block of fewer than none": "UPDATE block SET count = -1",
    "blocks elsewhere": "UPDATE block SET first = first + 1000000",
    "no blocks": "DELETE FROM block",
    "short sketches": "UPDATE block SET sketches = x'0011'",
    "long sketches": "UPDATE block SET sketches = zeroblob(1000000)",
    "short fingerprints": "UPDATE paragraph SET print = x'00'",
    "fingerprints that are text": "UPDATE paragraph SET print = 'abc'",
    "no paragraphs": "DELETE FROM paragraph",
    "counts that are text": "UPDATE paragraph SET count = 'x', last = 'y'",
    "counts beyond counting": "UPDATE paragraph SET count = 9223372036854775807",
    "keys that are bytes": "UPDATE paragraph SET key = x'ff00fe'",
    "keys that are no UTF-8": "UPDATE paragraph SET key = CAST(x'ff00fe' AS TEXT)",
    "short keys of rows": "UPDATE tail SET keys = x'00'",
    "keys of rows that are text": "UPDATE tail SET keys = 'x', held = 'y'",
    "many rows": "UPDATE tail SET count = 1000000000",
    "rows that follow none": "UPDATE tail SET first = first + 3",
    "no rows": "DELETE FROM tail",
    "many bits": "UPDATE segment SET bits = 60",
    "no bits": "UPDATE segment SET bits = 0",
    "wide numbers": "UPDATE segment SET width = 99",
    "numbers of no width": "UPDATE segment SET width = 0",
    "a run of a band that is none": "UPDATE segment SET band = 70000",
    "a run that is text": "UPDATE segment SET entries = 'x'",
    "a run of many": "UPDATE segment SET entries = 100000000000",
    "rubbish in slots": "UPDATE slot SET body = randomblob(length(body))",
    "large slots": "UPDATE slot SET body = zeroblob(60000)",
    "slots that are text": "UPDATE slot SET body = 'text'",
    "slots elsewhere": "UPDATE slot SET id = id + 100000",
    "an odd filter": "UPDATE filter SET body = x'000000'",
    "an empty filter": "UPDATE filter SET body = x''",
    "a filter that is text": "UPDATE filter SET body = 'x'",
    "removals of what never was": "INSERT INTO removed (id) VALUES (-1), (1000000000000)",
    "removals that are text": "INSERT INTO removed (id) VALUES ('x')",
}

OPERATIONS: dict[str, Callable[[dedup.Index], object]] = {
    "query": lambda index: index.query_many([*SENTENCES[:20], SENTENCES[250], f"{FERRY} new"]),
    "add": lambda index: index.add_many([SENTENCES[5], f"{FERRY} anew"], ["a", "b"]),
    "check": lambda index: index.check(),
    "stats": lambda index: index.stats(),
    "texts": lambda index: index.texts("3"),
    "counts": lambda index: index.counts(),
    "remove": lambda index: index.remove("4"),
    "prune": lambda index: index.prune(max_items=10),
    "compact": lambda index: index.compact(),
}

FERRY = "One two three four five six seven eight nine ten words of a paragraph that nobody wrote"


@pytest.mark.parametrize("statements", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_in_the_tables_ends_in_a_store_error(
    stored: Path, tmp_path: Path, statements: str
) -> None:
    """Every operation answers, or says what is wrong; some operation or check does say it."""
    if statements.startswith("BOMB"):
        statements = bomb(int(statements.split()[1]))
    path = changed(stored, tmp_path / "a.db", statements)
    said: list[str] = []
    for name, operation in OPERATIONS.items():
        shutil.copy(path, tmp_path / "b.db")
        try:
            with dedup.Index(tmp_path / "b.db") as index:
                found = operation(index)
            if name == "check":
                said += found  # type: ignore[arg-type]
        except dedup.StoreError as error:
            said.append(f"{error}" if error.remedy else "")
    assert said
    assert all(said)


def test_pages_of_a_file_that_are_damaged_end_in_a_store_error(
    stored: Path, tmp_path: Path
) -> None:
    raw = stored.read_bytes()
    draw = random.Random(7)
    path = tmp_path / "a.db"
    for trial in range(25):
        damaged = bytearray(raw)
        for _ in range(draw.choice((1, 5, 50))):
            damaged[draw.randrange(100, len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged if trial % 5 else damaged[: draw.randrange(len(damaged))])
        for name in ("query", "check", "compact"):
            with contextlib.suppress(dedup.StoreError), dedup.Index(path) as index:
                OPERATIONS[name](index)


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


@pytest.mark.parametrize("more", [-1, 0, 1, 2])
def test_check_tells_who_is_beyond_what_a_bucket_remembers(more: int) -> None:
    settings = Settings.choose(Matching(variants="remove"), None, texts=False)
    numbers = np.arange(CAP + more)
    keys = np.full(len(numbers), 7, dtype=np.uint32)
    own = np.full((settings.bands + 2, len(numbers)), 7, dtype=np.uint32)
    told = bucket_problems(settings, 0, Entries(keys, numbers), (numbers, own), removals=1)
    assert told == [
        f"paragraph {number}: is beyond the {CAP} a bucket remembers (band 0)"
        for number in range(CAP, CAP + more)
    ]
    # Who comes when it is full is in no bucket, and only that is right.
    first = numbers[:CAP]
    with_texts = replace(settings, texts=True)
    found = bucket_problems(with_texts, 0, Entries(keys[:CAP], first), (numbers, own), removals=0)
    assert found == []
    few = bucket_problems(
        with_texts, 0, Entries(keys[: CAP - 1], numbers[: CAP - 1]), (numbers, own), removals=0
    )
    assert few == [f"paragraph {k}: is in no bucket (band 0)" for k in range(CAP - 1, CAP + more)]
