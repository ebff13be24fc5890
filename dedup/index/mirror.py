"""What one process holds of an index in memory, and how it follows what others write.

Knows: the recent rows by key, which slots exist, which numbers were removed, sketches. Does not
know: rules, how anything is written.

Followed at the start of every transaction by one small read: ``generation`` and ``next`` say what
has changed. Memory: up to 13 bytes for each band of the latest 131,072 paragraphs (52 MB at 31
bands), and of all paragraphs a sketch (32 bytes) once it was a candidate, 2 bytes beside, and one
or two for each band.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.index import file, slots
from dedup.index.filters import Filters
from dedup.index.recent import Recent

Numbers = NDArray[np.int64]

#: Rows of the ring; rows of which sketches are read together, and most rows of a block.
RING, _CHUNK, MOST_IN_BLOCK = 1 << 17, 1024, 64

_SLOT_SHIFT = 24


class Segment(NamedTuple):
    """A sorted run of one band: its number, band, bits that choose a slot, bytes of a number."""

    number: int
    band: int
    bits: int
    width: int
    entries: int


def slot_range(segment: int) -> tuple[int, int]:
    """The ids of a segment's slots: first, and one past the last."""
    return segment << _SLOT_SHIFT, (segment + 1) << _SLOT_SHIFT


class Mirror:
    """What a process knows of the file; ``follow`` brings it up to date.

    marks: int64 (bands,); segments: of every band, the largest first; next: the next
    number; ring: how many rows ``recent`` has room for;
    due: no band is due before ``next`` is this.
    """

    def __init__(self, connection: sqlite3.Connection, bands: int, words: int) -> None:
        self._run: Callable[..., sqlite3.Cursor] = connection.execute
        self.has_filters = file.has_filters(connection)
        self._bands = bands
        self.ring = RING
        self.recent = Recent(bands, RING)
        self.marks: Numbers = np.zeros(bands, dtype=np.int64)
        self.segments: list[list[Segment]] = [[] for _ in range(bands)]
        self.generation = 0
        self.next = 0
        self.due = 0
        self._removed_place = 0
        self._dead = np.zeros(_CHUNK, dtype=bool)
        self._sketched = np.zeros(_CHUNK, dtype=bool)
        self._sketches = np.zeros((_CHUNK, words), dtype=np.uint64)
        self._levels: list[tuple[Numbers, Numbers, Numbers]] = []
        self._filters: list[Filters] = []

    def follow(self) -> None:
        """Take in what was written since. Cost: 10 us when nothing was."""
        generation, last = self._run("SELECT generation, next FROM state").fetchone()
        if generation != self.generation:
            self._reload()
            self.generation = generation
        if last != self.next:
            self._load_tail(last)

    def _reload(self) -> None:
        marks = self.marks.copy()
        for band, mark in self._run("SELECT band, mark FROM band").fetchall():
            marks[band] = mark
        self.recent.empty(np.flatnonzero(marks > self.marks))
        self.marks = marks
        self.due = 0
        self.segments = [[] for _ in range(self._bands)]
        rows = self._run("SELECT number, band, bits, width, entries FROM segment").fetchall()
        for segment in sorted((Segment(*row) for row in rows), key=lambda s: -s.entries):
            self.segments[segment.band].append(segment)
        self._list_levels()
        gone = self._run(
            "SELECT place, id FROM removed WHERE place > ?", (self._removed_place,)
        ).fetchall()
        if gone:
            self._removed_place = gone[-1][0]
            self.bury(np.array([number for _, number in gone], dtype=np.int64))

    def _list_levels(self) -> None:
        """Lay the segments out for lookups: of each level, by band: number or -1, bits, width."""
        self._levels = []
        for level in range(max(map(len, self.segments), default=0)):
            number = np.full(self._bands, -1, dtype=np.int64)
            bits, width = np.full(self._bands, 8, dtype=np.int64), np.zeros_like(number)
            for band, segments in enumerate(self.segments):
                if level < len(segments):
                    segment = segments[level]
                    number[band], bits[band], width[band] = (
                        segment.number, segment.bits, segment.width
                    )  # fmt: skip
            self._levels.append((number, bits, width))
            self._load_filters(level, number)

    def _load_filters(self, level: int, runs: Numbers) -> None:
        """Read the filters of the runs of a level that are new there."""
        if level == len(self._filters):
            self._filters.append(Filters(self._bands))
        filters = self._filters[level]
        for band in filters.missing(runs).tolist():
            row = None
            if runs[band] >= 0 and self.has_filters:
                row = self._run(
                    "SELECT body FROM filter WHERE segment = ?", (int(runs[band]),)
                ).fetchone()
            filters.put(band, int(runs[band]), row and row[0])

    def _load_tail(self, last: int) -> None:
        """Take in rows up to ``last`` (exclusive) that are not sorted into slots."""
        begin = max(self.next, int(self.marks.min()))
        rows = self._run(
            "SELECT first, count, keys, held FROM tail WHERE first >= ? ORDER BY first", (begin,)
        )
        while some := rows.fetchmany(128):
            first = some[0][0]
            parts = [read_tail(self._bands, *row[1:]) for row in some]
            keys = np.concatenate([keys for keys, _ in parts], axis=1)
            held = np.concatenate([held for _, held in parts], axis=1)
            self.take_in(first, keys, held)
        self.next = last

    def take_in(self, first: int, keys: NDArray[np.uint32], held: NDArray[np.bool_]) -> None:
        """Take in new rows: keys and held (bands, n)."""
        numbers = first + np.arange(keys.shape[1])
        if first < int(self.marks.max()):
            held = held & (numbers >= self.marks[:, None])
        self.recent.add(first, keys, held)
        self.next = first + keys.shape[1]

    def bury(self, numbers: Numbers) -> None:
        """Note that numbers were removed."""
        self._dead = _grown(self._dead, int(numbers.max(initial=0)) + 1)
        self._dead[numbers] = True

    def alive(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Say which numbers were not removed."""
        self._dead = _grown(self._dead, int(numbers.max(initial=0)) + 1)
        return ~self._dead[numbers]

    def find(self, first: int, keys: NDArray[np.uint32]) -> tuple[Numbers, Numbers, Numbers]:
        """Find who is in these buckets: (band, row, number), removed ones left out.

        keys: uint32 (some bands from ``first`` on, n rows). Cost: a probe in memory for each key,
        and one small read of the file for each that a filter lets pass.
        """
        bands, count = keys.shape
        flat = keys.ravel()
        place, number = self.recent.find(np.repeat(np.arange(first, first + bands), count), flat)
        places, numbers = [place], [number]
        for filters, level in zip(self._filters, self._levels, strict=False):
            likely = np.flatnonzero(filters.passes(first, keys))
            if len(likely):
                band = first + likely // count
                which, number = self._find_in_slots(band, flat[likely], *level)
                places.append(likely[which])
                numbers.append(number)
        place, number = np.concatenate(places), np.concatenate(numbers)
        alive = self.alive(number)
        band, row = np.divmod(place[alive], max(count, 1))
        return first + band, row, number[alive]

    def _find_in_slots(
        self,
        band: Numbers,
        key: NDArray[np.uint32],
        number: Numbers,
        bits: Numbers,
        width: Numbers,
    ) -> tuple[Numbers, Numbers]:
        """Find in slots: (which of the questions, number)."""
        ids = (number[band] << _SLOT_SHIFT) | (key.astype(np.int64) >> (32 - bits[band]))
        order = np.argsort(ids)
        rows = self._run(
            "SELECT j.key, s.body FROM json_each(?) j CROSS JOIN slot s ON s.id = j.value",
            (json.dumps(ids[order].tolist()),),
        ).fetchall()
        place = order[[each for each, _ in rows]]
        asked, members = slots.find(
            [body for _, body in rows], width[band[place]].tolist(), key[place]
        )
        return place[asked], members

    def sketches(self, numbers: Numbers) -> NDArray[np.uint64]:
        """Look up sketches, reading them once: numbers rising. Returns uint64 (k, words)."""
        if len(numbers):
            self._make_room(int(numbers[-1]) + 1)
            missing = numbers[~self._sketched[numbers]]
            for chunk in np.unique(missing // _CHUNK).tolist():
                self._read_sketches(chunk * _CHUNK, (chunk + 1) * _CHUNK)
        return self._sketches[numbers]

    def put_sketches(self, first: int, sketches: NDArray[np.uint64]) -> None:
        """Keep the sketches of rows ``first``, ``first + 1``, ..."""
        end = first + len(sketches)
        self._make_room(end)
        self._sketches[first:end] = sketches
        self._sketched[first:end] = True

    def _read_sketches(self, low: int, high: int) -> None:
        rows = self._run(
            "SELECT first, sketches FROM block WHERE first > ? AND first < ? ORDER BY first",
            (low - MOST_IN_BLOCK, high),
        )
        words = self._sketches.shape[1]
        for first, body in rows:
            self.put_sketches(first, np.frombuffer(body, dtype="<u8").reshape(-1, words))

    def _make_room(self, size: int) -> None:
        self._sketched = _grown(self._sketched, size)
        self._sketches = _grown(self._sketches, size)


def _grown(array: NDArray[np.generic], size: int) -> NDArray:  # type: ignore[type-arg]
    """Return an array of at least ``size`` rows, new rows zero."""
    if size <= len(array):
        return array
    grown = np.zeros((max(size, len(array) * 3 // 2), *array.shape[1:]), dtype=array.dtype)
    grown[: len(array)] = array
    return grown


def write_tail(keys: NDArray[np.uint32], held: NDArray[np.bool_]) -> tuple[bytes, bytes | None]:
    """Write keys and held (bands, n) as the bytes of a row of ``tail``."""
    bits = None if held.all() else np.packbits(held).tobytes()
    return keys.astype("<u4").tobytes(), bits


def read_tail(
    bands: int, count: int, keys: bytes, held: bytes | None
) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Undo ``write_tail``."""
    shape = (bands, count)
    if held is None:
        bits = np.ones(shape, dtype=bool)
    else:
        size = bands * count
        raw = np.frombuffer(held, dtype=np.uint8)
        bits = np.unpackbits(raw, count=size).astype(bool).reshape(shape)
    return np.frombuffer(keys, dtype="<u4").reshape(shape), bits
