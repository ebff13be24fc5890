"""What tests of the index share: some texts, a file that holds them, a changed copy of it."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import dedup
from dedup.index.sqlite.store import SqliteStore

TEXTS = [
    "The ferry of line 12 leaves the old stone harbour at nine and comes back over the river.",
    "The ferry of line 14 leaves the old stone harbour at nine and comes back over the river.",
    "Seven lamps stood in the window of the council house all through that long winter.",
    "SEVEN lamps stood in the window of the council house, all through that long winter",
]

KEYS = ["page#1", "page#2", "page#3", "page#4"]

#: A recipe that stays the same whatever the defaults are.
RECIPE = dedup.Recipe("words", 2, 96, 32, 3, 1, 8)

SENTENCES = [f"The ferry {k} leaves quay {k % 7} at {k * 3} and comes back at {k * 5} with {k * 11}"
             f" passengers, {k * 13} crates and {k * 17} letters." for k in range(300)]  # fmt: skip


def connection_of(index: dedup.Index) -> sqlite3.Connection:
    """The connection of an index in a file."""
    assert isinstance(index._store, SqliteStore)
    return index._store.connection


def store_some(path: Path) -> Path:
    """Make an index with sorted runs, rows that are not sorted, and a removal."""
    with dedup.Index(path, threshold=0.95) as index:
        index.add_many(SENTENCES[:200], [str(k) for k in range(200)])
        index.compact()
        index.add_many(SENTENCES[200:], [str(k) for k in range(200, 300)])
        index.remove("7")
    return path


def changed(stored: Path, path: Path, statements: str) -> Path:
    """Copy an index and run statements of SQL on the copy."""
    shutil.copy(stored, path)
    with sqlite3.connect(path) as connection:
        connection.executescript(statements)
    connection.close()
    return path
