"""Blocks of payloads in the file: payloads are taken out, small blocks are joined.

Knows: the tables block and paragraph. Does not know: what payloads are, buckets, rules.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from dedup.index import payload
from dedup.index.damage import Damage, is_number
from dedup.index.payload import MOST_IN_BLOCK

#: Payloads of a joined block: it takes 4 % more space than one of 64, and a fifth of the time to
#: read one payload.
TOGETHER = 16

_Block = tuple[int, int, bytes, bytes]


def blank(connection: sqlite3.Connection, numbers: Sequence[int], texts: bool) -> None:
    """Take the payloads of removed paragraphs, by rising number, out of their blocks."""
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
        payloads = payload.unpack(body, count, texts)
        for number in numbers[begin:end]:
            payloads[number - first] = b""
        connection.execute(
            "UPDATE block SET body = ? WHERE first = ?", (payload.pack(payloads, texts), first)
        )


def repack(connection: sqlite3.Connection, texts: bool) -> None:
    """Join neighbouring small blocks, and drop blocks of which nothing is left."""
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
    payloads = [each for _, count, _, raw in blocks for each in payload.unpack(raw, count, texts)]
    connection.executemany("DELETE FROM block WHERE first = ?", [(first,) for first, *_ in blocks])
    sketches = b"".join(sketches for _, _, sketches, _ in blocks)
    connection.execute(
        "INSERT INTO block VALUES (?, ?, ?, ?)",
        (blocks[0][0], len(payloads), sketches, payload.pack(payloads, texts)),
    )
