"""Blocks of bodies in the file: single bodies taken out, small blocks put together.

Knows: the tables block and paragraph. Does not know: what bodies are, buckets, rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from dedup.index import bodies as wording
from dedup.index.bodies import MOST_IN_BLOCK
from dedup.index.damage import Damage, is_number

#: Bodies that are put together: 4 % more than 64 take, in a fifth of the time to read one.
TOGETHER = 16

_Block = tuple[int, int, bytes, bytes]


def blank(connection: sqlite3.Connection, numbers: Sequence[int], texts: bool) -> None:
    """Take the bodies of removed paragraphs out of their blocks; numbers rising."""
    gone = np.array(numbers)
    heads = connection.execute(
        "SELECT first, count FROM block WHERE first > ? AND first <= ? ORDER BY first",
        (numbers[0] - MOST_IN_BLOCK, numbers[-1]),
    ).fetchall()
    for first, count in heads:
        _check(first, count)
        begin, end = np.searchsorted(gone, (first, first + count)).tolist()
        if begin == end:
            continue
        body = connection.execute("SELECT body FROM block WHERE first = ?", (first,)).fetchone()[0]
        bodies = wording.unpack(body, count, texts)
        for number in numbers[begin:end]:
            bodies[number - first] = b""
        connection.execute(
            "UPDATE block SET body = ? WHERE first = ?", (wording.pack(bodies, texts), first)
        )


def repack(connection: sqlite3.Connection, texts: bool) -> None:
    """Put neighbouring small blocks together, and drop those of which nothing is left."""
    run = connection.execute
    kept = {n for (n,) in run("SELECT id FROM paragraph")}
    together: list[_Block] = []
    size = 0
    for block in run("SELECT first, count, sketches, body FROM block ORDER BY first").fetchall():
        first, count = block[:2]
        _check(first, count)
        if kept.isdisjoint(range(first, first + count)):
            run("DELETE FROM block WHERE first = ?", (first,))
            continue
        follows = together and together[-1][0] + together[-1][1] == first
        if together and (not follows or size + count > TOGETHER):
            _join(connection, together, texts)
            together, size = [], 0
        together.append(block)
        size += count
    _join(connection, together, texts)


def _check(first: object, count: object) -> None:
    """Raise Damage for what can't be a block."""
    if not is_number(first) or not is_number(count, MOST_IN_BLOCK):
        raise Damage(f"block {first!r:.40} of {count!r:.40} paragraphs")


def _join(connection: sqlite3.Connection, blocks: Sequence[_Block], texts: bool) -> None:
    if len(blocks) < 2:
        return
    bodies = [body for _, count, _, raw in blocks for body in wording.unpack(raw, count, texts)]
    connection.executemany("DELETE FROM block WHERE first = ?", [(first,) for first, *_ in blocks])
    sketches = b"".join(sketches for _, _, sketches, _ in blocks)
    connection.execute(
        "INSERT INTO block VALUES (?, ?, ?, ?)",
        (blocks[0][0], len(bodies), sketches, wording.pack(bodies, texts)),
    )
