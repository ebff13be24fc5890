"""Inspection of a file: the invariants of SQLite, of the tables, and of any index.

Knows: the tables, what must be true of them. Does not know: rules, how anything is repaired.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice

import numpy as np

from dedup import kernel
from dedup.index import payload
from dedup.index.damage import Damage
from dedup.index.payload import MOST_IN_BLOCK
from dedup.index.settings import Settings
from dedup.index.sqlite import compaction, file, filters
from dedup.index.sqlite.cache import Cache, Segment, read_tail
from dedup.index.verification import Derived, Entries, Row, bucket_problems, say

#: Texts sketched at a time.
_BATCH = 1000

#: Fewest bytes of a file that SQLite checks in a second.
_PACE = 2 << 20

#: Bytes of a fingerprint.
_PRINT = 16


def problems(connection: sqlite3.Connection, cache: Cache, settings: Settings) -> list[str]:
    """List what is wrong, in words that name the place. Called inside a reading unit."""
    run = connection.execute
    with file.within(connection, file.size_of(connection) / _PACE + file.PATIENCE):
        found = [f"SQLite: {row[0]}" for row in run("PRAGMA integrity_check(5)") if row[0] != "ok"]
    if found:
        return found
    found += _tables(connection, cache.next)
    derived = Derived(settings)
    rows = _rows(connection, settings)
    try:
        while some := list(islice(rows, _BATCH)):
            derived.add(some)
    except ValueError as error:
        found.append(str(error))
    found += derived.problems + derived.repeats()
    if found:
        return found
    removals = run("SELECT removals FROM state").fetchone()[0]
    arrays = derived.arrays()
    for band in range(len(cache.marks)):
        try:
            entries = _entries(connection, cache, band)
        except ValueError as error:
            found.append(f"band {band}: {error}")
        else:
            found += bucket_problems(settings, band, entries, arrays, removals)
            for segment in cache.segments[band]:
                found += _filtered(connection, segment)
    return found


def _tables(connection: sqlite3.Connection, after: int) -> list[str]:
    """List numbers that are too high, times out of order, and blocks that overlap."""
    run = connection.execute
    found = [
        f"paragraph {number}: its number is not below the next, {after}"
        for (number,) in run("SELECT id FROM paragraph WHERE id >= ? LIMIT 5", (after,))
    ]
    found += [
        f"paragraph {number}: first {first}, last {last}, count {count}"
        for number, first, last, count in run(
            "SELECT id, first, last, count FROM paragraph WHERE first > last OR count < 1 LIMIT 5"
        )
    ]
    end = 0
    for first, count in run("SELECT first, count FROM block ORDER BY first"):
        if first < end or not 0 < count <= MOST_IN_BLOCK:
            found.append(f"block {first}: {count} paragraphs, after a block that ends at {end}")
        end = first + count
    return found


def _rows(connection: sqlite3.Connection, settings: Settings) -> Iterator[Row]:
    """Yield the stored paragraphs, each with what its block holds."""
    run = connection.execute
    width = 8 * settings.sketch_words
    blocks = run("SELECT first, count, sketches, body FROM block ORDER BY first")
    first, count = 0, 0
    sketches = b""
    payloads: list[bytes] = []
    for number, key, prints in run("SELECT id, key, print FROM paragraph ORDER BY id"):
        while number >= first + count:
            block = blocks.fetchone()
            if block is None:
                raise ValueError(f"paragraph {number}: no block holds its text")
            first, count, sketches, body = block
            payloads = payload.unpack(body, count, settings.texts)
        if number < first:
            raise ValueError(f"paragraph {number}: no block holds its text")
        at = number - first
        if type(key) is not str or type(prints) is not bytes or len(prints) != _PRINT:
            raise Damage(f"paragraph {number}: its key or fingerprint is not valid")
        yield Row(number, key, prints, sketches[at * width : (at + 1) * width], payloads[at])


def _filtered(connection: sqlite3.Connection, segment: Segment) -> list[str]:
    """List the members of a run whose band keys its filter does not pass."""
    if not file.has_filters(connection):
        return []
    row = connection.execute(
        "SELECT body FROM filter WHERE segment = ?", (segment.number,)
    ).fetchone()
    if row is None:
        return []
    kept = kernel.Runs([0], [0], [segment.bits], [filters.checked(segment.number, row[0])])
    keys, numbers = compaction.read_segment(connection, segment)
    missing = np.ones(len(keys), dtype=bool)
    missing[kept.find(0, keys[None])[0]] = False
    return say(numbers[missing], segment.band, "is in a run whose filter leaves it out")


def _entries(connection: sqlite3.Connection, cache: Cache, band: int) -> Entries:
    """Read all entries of a band from the file: those of its runs, and the tail behind its mark."""
    mark = int(cache.marks[band])
    bands = len(cache.marks)
    keys, numbers = [np.empty(0, dtype=np.uint32)], [np.empty(0, dtype=np.int64)]
    for segment in cache.segments[band]:
        some, members = compaction.read_segment(connection, segment)
        keys.append(some)
        numbers.append(members)
    for first, count, raw, bits in connection.execute(
        "SELECT first, count, keys, held FROM tail WHERE first >= ?", (mark,)
    ):
        tail, held = read_tail(bands, count, raw, bits)
        keys.append(tail[band, held[band]])
        numbers.append(first + np.flatnonzero(held[band]))
    members = np.concatenate(numbers)
    alive = cache.alive(members)
    return Entries(np.concatenate(keys)[alive], members[alive])
