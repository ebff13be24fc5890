"""Nonsense in every table, and damaged pages, end in a StoreError."""

from __future__ import annotations

import contextlib
import random
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import dedup
from tests.support.index_files import SENTENCES, changed

FERRY = "One two three four five six seven eight nine ten words of a paragraph that nobody wrote"

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


def bomb(says: int) -> str:
    """Write a block that unpacks to 80 MB, and says it is one text of so many bytes."""
    raw = np.array([says], "<u4").tobytes() + bytes(80 << 20)
    return f"UPDATE block SET count = 1, body = x'{zlib.compress(raw, 6).hex()}'"


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
