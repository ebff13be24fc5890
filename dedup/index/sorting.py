"""Recent rows into slots: which band is due, and how a band's runs are merged.

Knows: the schedule, the tables band, segment, slot, tail. Does not know: rules, texts.

Every band is due once in fifteen sixteenths of the ring's rows, one after another, so that a page
now and then sorts one band and no page sorts all. A run is merged with the next larger one while
that is less than ``_GROWTH`` times its size: so a row is written a few times in its life, and a
lookup reads one slot up to a million paragraphs and two or three beyond. Everything happens inside
the transaction of a page; readers go on reading what was.
"""

from __future__ import annotations

import sqlite3

import numpy as np
from numpy.typing import NDArray

from dedup.index import filters, slots
from dedup.index.bodies import MOST_IN_BLOCK
from dedup.index.damage import Damage
from dedup.index.mirror import Mirror, Segment, slot_range

#: Bytes by which a run may be too long; ``check`` says so.
_SPARE = 1 << 20

#: How many times larger a run must be to be left alone.
_GROWTH = 8

Numbers = NDArray[np.int64]


def sort_due(connection: sqlite3.Connection, mirror: Mirror) -> bool:
    """Sort the band that is most overdue, and any for which there is no room; say if any was."""
    if mirror.next < mirror.due:
        return False
    bands = np.arange(len(mirror.marks))
    period = mirror.ring - mirror.ring // 16
    phase = period * bands // len(bands)
    due = (mirror.next - phase) // period * period + phase
    waiting = np.where(mirror.marks < due, mirror.next - mirror.marks, 0)
    chosen = set(np.flatnonzero(mirror.next - mirror.marks > _most(mirror)).tolist())
    if waiting.any():
        chosen.add(int(waiting.argmax()))
    for band in sorted(chosen):
        sort_band(connection, mirror, band)
    if chosen:
        finish(connection, mirror)
    if np.count_nonzero(waiting) <= 1:
        room = mirror.marks.min() + _most(mirror)
        mirror.due = int(min(room, (due + period).min()))
    return bool(chosen)


def _most(mirror: Mirror) -> int:
    """How many rows of a band may be recent after a page."""
    return mirror.ring - 2 * MOST_IN_BLOCK


def sort_all(connection: sqlite3.Connection, mirror: Mirror) -> None:
    """Sort every band into one run each, without what was removed."""
    for band in range(len(mirror.marks)):
        sort_band(connection, mirror, band, whole=True)
    finish(connection, mirror)


def finish(connection: sqlite3.Connection, mirror: Mirror) -> None:
    """Drop the tail that no band needs any more, and tell the others."""
    connection.execute("DELETE FROM tail WHERE first + count <= (SELECT min(mark) FROM band)")
    connection.execute("UPDATE state SET generation = generation + 1")
    mirror.follow()


def sort_band(
    connection: sqlite3.Connection, mirror: Mirror, band: int, whole: bool = False
) -> None:
    """Sort the recent rows of a band into slots, and merge them with the smaller runs of it.

    whole: merge all runs. Cost: 0.2 us for each entry merged.
    """
    keys, numbers = mirror.recent.rows(band, int(mirror.marks[band]))
    found = [(keys, numbers)]
    entries = len(keys)
    merged = []
    for segment in reversed(mirror.segments[band]):
        if not whole and segment.entries >= _GROWTH * entries:
            break
        found.append(read_segment(connection, segment))
        merged.append(segment)
        entries += segment.entries
    keys = np.concatenate([keys for keys, _ in found])
    numbers = np.concatenate([numbers for _, numbers in found])
    alive = mirror.alive(numbers)
    # Written before others go, be it empty, so that its number is higher than any before.
    if len(keys) or merged:
        write_segment(connection, band, keys[alive], numbers[alive])
    for segment in merged:
        connection.execute("DELETE FROM slot WHERE id >= ? AND id < ?", slot_range(segment.number))
        connection.execute("DELETE FROM segment WHERE number = ?", (segment.number,))
        connection.execute("DELETE FROM filter WHERE segment = ?", (segment.number,))
    connection.execute("UPDATE band SET mark = ? WHERE band = ?", (mirror.next, band))


def read_segment(
    connection: sqlite3.Connection, segment: Segment
) -> tuple[NDArray[np.uint32], Numbers]:
    """Read a run: keys, numbers. Raises Damage."""
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
