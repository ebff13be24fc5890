"""Compaction: recent rows of a band are sorted into a run, and runs are merged.

Knows: the schedule, the tables band, segment, slot, filter and tail. Does not know: rules, texts.

Every band is due once in fifteen sixteenths of the memtable's rows, one band after another. So one
page in some hundreds sorts one band, and no page sorts all. A run is merged with the next larger
one if that one has less than ``_GROWTH`` times its size. So a row is written a few times in all,
and a lookup reads one slot of a band up to a million paragraphs, and two or three beyond. All of
this happens inside the transaction of a page; readers see the state before it until it ends.
"""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from dedup.index import slots
from dedup.index.damage import Damage
from dedup.index.payload import MOST_IN_BLOCK
from dedup.index.sqlite import filters
from dedup.index.sqlite.cache import Cache, Segment, slot_range

#: Bytes by which a run may be too long to be read; ``check`` reports it.
_SPARE = 1 << 20

#: A run this many times larger than the next smaller one is not merged with it.
_GROWTH = 8

Numbers = NDArray[np.int64]


def sort_due(connection: sqlite3.Connection, cache: Cache) -> bool:
    """Sort the band most overdue, and any without room for more rows; say whether any was."""
    if cache.next < cache.due:
        return False
    bands = np.arange(len(cache.marks))
    period = cache.ring - cache.ring // 16
    phase = period * bands // len(bands)
    due = (cache.next - phase) // period * period + phase
    waiting = np.where(cache.marks < due, cache.next - cache.marks, 0)
    chosen = set(np.flatnonzero(cache.next - cache.marks > _most(cache)).tolist())
    if waiting.any():
        chosen.add(int(waiting.argmax()))
    for band in sorted(chosen):
        sort_band(connection, cache, band)
    if chosen:
        finish(connection, cache)
    if np.count_nonzero(waiting) <= 1:
        room = cache.marks.min() + _most(cache)
        cache.due = int(min(room, (due + period).min()))
    return bool(chosen)


def _most(cache: Cache) -> int:
    """Return how many rows of a band may be recent after a page."""
    return cache.ring - 2 * MOST_IN_BLOCK


def sort_all(connection: sqlite3.Connection, cache: Cache) -> None:
    """Sort every band into one run, without what was removed."""
    for band in range(len(cache.marks)):
        sort_band(connection, cache, band, whole=True)
    finish(connection, cache)


def finish(connection: sqlite3.Connection, cache: Cache) -> None:
    """Drop the tail that no band needs any more, and let other processes know."""
    connection.execute("DELETE FROM tail WHERE first + count <= (SELECT min(mark) FROM band)")
    connection.execute("UPDATE state SET generation = generation + 1")
    cache.follow()


def sort_band(connection: sqlite3.Connection, cache: Cache, band: int, whole: bool = False) -> None:
    """Sort the recent rows of a band into a run, and merge smaller runs of the band into it.

    With ``whole``, all runs are merged. Cost: 0.2 us for each entry merged.
    """
    keys, numbers = cache.memtable.rows(band, int(cache.marks[band]))
    found = [(keys, numbers)]
    entries = len(keys)
    merged = []
    for segment in reversed(cache.segments[band]):
        if not whole and segment.entries >= _GROWTH * entries:
            break
        found.append(read_segment(connection, segment))
        merged.append(segment)
        entries += segment.entries
    keys = np.concatenate([keys for keys, _ in found])
    numbers = np.concatenate([numbers for _, numbers in found])
    alive = cache.alive(numbers)
    # The new run is written before the merged ones are dropped, even if it is empty, so that its
    # number is the highest.
    if len(keys) or merged:
        write_segment(connection, band, keys[alive], numbers[alive])
    for segment in merged:
        connection.execute("DELETE FROM slot WHERE id >= ? AND id < ?", slot_range(segment.number))
        connection.execute("DELETE FROM segment WHERE number = ?", (segment.number,))
        connection.execute("DELETE FROM filter WHERE segment = ?", (segment.number,))
    connection.execute("UPDATE band SET mark = ? WHERE band = ?", (cache.next, band))


def read_segment(
    connection: sqlite3.Connection, segment: Segment
) -> tuple[NDArray[np.uint32], Numbers]:
    """Read a run: band keys and numbers. Raises Damage."""
    size = connection.execute(
        "SELECT coalesce(sum(length(body)), 0) FROM slot WHERE id >= ? AND id < ?",
        slot_range(segment.number),
    ).fetchone()[0]
    if size > 2 * segment.entries * (slots.KEY_BYTES + segment.width) + _SPARE:
        raise Damage(f"run {segment.number}: {size:,} bytes for {segment.entries:,} entries")
    rows = connection.execute(
        "SELECT id, body FROM slot WHERE id >= ? AND id < ? ORDER BY id", slot_range(segment.number)
    ).fetchall()
    low, numbers, counts = slots.unpack([body for _, body in rows], segment.width)
    places = np.fromiter((place for place, _ in rows), dtype=np.int64, count=len(rows))
    places -= slot_range(segment.number)[0]
    if len(places) and places[-1] >> segment.bits:
        raise Damage(f"run {segment.number}: a slot {places[-1]} beyond its {segment.bits} bits")
    return slots.whole_keys(low, places, counts, segment.bits), numbers


def write_segment(
    connection: sqlite3.Connection, band: int, keys: NDArray[np.uint32], numbers: Numbers
) -> None:
    """Write a run of a band."""
    last = connection.execute("SELECT max(number) FROM segment").fetchone()[0]
    segment = Segment(
        (last or 0) + 1,
        band,
        slots.bits_for(len(keys)),
        slots.number_bytes(int(numbers.max(initial=0))),
        len(keys),
    )
    connection.execute("INSERT INTO segment VALUES (?, ?, ?, ?, ?)", segment)
    connection.execute("INSERT INTO filter VALUES (?, ?)", (segment.number, filters.make(keys)))
    places, bodies = slots.pack(keys, numbers, segment.bits, segment.width)
    ids = (places + slot_range(segment.number)[0]).tolist()
    connection.executemany("INSERT INTO slot VALUES (?, ?)", zip(ids, bodies, strict=True))
