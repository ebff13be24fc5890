"""The check of a file names what is wrong."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

import dedup
from tests.support.index_files import KEYS, TEXTS

DAMAGES = [
    ("UPDATE paragraph SET print = zeroblob(16) WHERE id = 1", "its text is not that of"),
    ("UPDATE paragraph SET print = x'00' WHERE id = 1", "its key or fingerprint is not valid"),
    ("UPDATE paragraph SET key = x'61' WHERE id = 1", "its key or fingerprint is not valid"),
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
