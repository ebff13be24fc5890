"""The invariants of an index in a file: SQLite's own, those of its tables, those of any index.

Knows: the tables, what must hold between them. Does not know: rules, how anything is repaired.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice

import numpy as np

from dedup.index import bodies as wording
from dedup.index import file, sorting
from dedup.index.bodies import MOST_IN_BLOCK
from dedup.index.checking import Derived, Entries, Row, bucket_problems, say
from dedup.index.damage import Damage
from dedup.index.filters import Filters
from dedup.index.mirror import Mirror, Segment, read_tail
from dedup.index.settings import Settings

#: Texts sketched at a time.
_BATCH = 1000

#: Bytes of a file that SQLite checks in a second, at the least.
_PACE = 2 << 20

#: Bytes of a fingerprint.
_PRINT = 16


def problems(connection: sqlite3.Connection, mirror: Mirror, settings: Settings) -> list[str]:
    """List what is wrong, in words that name the place; inside a reading unit."""
    run = connection.execute
    with file.within(connection, file.size_of(connection) / _PACE + file.PATIENCE):
        found = [f"SQLite: {row[0]}" for row in run("PRAGMA integrity_check(5)") if row[0] != "ok"]
    if found:
        return found
    found += _tables(connection, mirror.next)
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
    for band in range(len(mirror.marks)):
        try:
            entries = _entries(connection, mirror, band)
        except ValueError as error:
            found.append(f"band {band}: {error}")
        else:
            found += bucket_problems(settings, band, entries, arrays, removals)
            for segment in mirror.segments[band]:
                found += _filtered(connection, segment)
    return found


def _tables(connection: sqlite3.Connection, after: int) -> list[str]:
    """Numbers below the next, times in order, no block over another."""
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
    """List the paragraphs with what their block holds."""
    run = connection.execute
    width = 8 * settings.sketch_words
    blocks = run("SELECT first, count, sketches, body FROM block ORDER BY first")
    first, count = 0, 0
    sketches = b""
    bodies: list[bytes] = []
    for number, key, prints in run("SELECT id, key, print FROM paragraph ORDER BY id"):
        while number >= first + count:
            block = blocks.fetchone()
            if block is None:
                raise ValueError(f"paragraph {number}: no block holds its text")
            first, count, sketches, body = block
            bodies = wording.unpack(body, count, settings.texts)
        if number < first:
            raise ValueError(f"paragraph {number}: no block holds its text")
        at = number - first
        if type(key) is not str or type(prints) is not bytes or len(prints) != _PRINT:
            raise Damage(f"paragraph {number}: its key or fingerprint is none")
        yield Row(number, key, prints, sketches[at * width : (at + 1) * width], bodies[at])


def _filtered(connection: sqlite3.Connection, segment: Segment) -> list[str]:
    """List who is in a run that its filter says holds nobody of that key."""
    if not file.has_filters(connection):
        return []
    row = connection.execute(
        "SELECT body FROM filter WHERE segment = ?", (segment.number,)
    ).fetchone()
    filters = Filters(1)
    filters.put(0, segment.number, row and row[0])
    keys, numbers = sorting.read_segment(connection, segment)
    missing = np.ones(len(keys), dtype=bool)
    missing[filters.passing(0, keys[None])] = False
    return say(numbers[missing], segment.band, "is in a run whose filter leaves it out")


def _entries(connection: sqlite3.Connection, mirror: Mirror, band: int) -> Entries:
    """Read all entries of a band from the file: its runs, and the tail from its mark on."""
    mark = int(mirror.marks[band])
    bands = len(mirror.marks)
    keys, numbers = [np.empty(0, dtype=np.uint32)], [np.empty(0, dtype=np.int64)]
    for segment in mirror.segments[band]:
        some, members = sorting.read_segment(connection, segment)
        keys.append(some)
        numbers.append(members)
    for first, count, raw, bits in connection.execute(
        "SELECT first, count, keys, held FROM tail WHERE first >= ?", (mark,)
    ):
        tail, held = read_tail(bands, count, raw, bits)
        keys.append(tail[band, held[band]])
        numbers.append(first + np.flatnonzero(held[band]))
    members = np.concatenate(numbers)
    alive = mirror.alive(members)
    return Entries(np.concatenate(keys)[alive], members[alive])
