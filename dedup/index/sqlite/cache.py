"""The cache: what one process holds of a file in memory, and how it follows what others write.

Knows: recent rows by band key, which runs exist and their filters, which numbers were removed. Does
not know: rules, what is stored of a paragraph, how anything is written.

Every transaction begins with one small read: ``generation`` and ``next`` say what has changed.
Memory: 13 bytes for each band of the latest 131,072 paragraphs (52 MB at 31 bands); for every
paragraph one or two bytes a band, and one byte more if any was removed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.index import slots
from dedup.index.damage import Damage, is_number
from dedup.index.sqlite import file, filters

Numbers = NDArray[np.int64]

#: Rows of the memtable.
RING = 1 << 17

_SLOT_SHIFT = 24

#: Most runs of a band, on average; the highest number of a run, so that its slots have ids; how
#: often runs may change; bytes that a number may take in slots.
_MOST_RUNS, _MOST_SEGMENTS, _MOST_GENERATIONS = 64, 1 << 38, 1 << 62
_WIDTHS = (3, 4, 5)


class Segment(NamedTuple):
    """A sorted run of one band: its number, band, bits that choose a slot, bytes of a number."""

    number: int
    band: int
    bits: int
    width: int
    entries: int


def slot_range(segment: int) -> tuple[int, int]:
    """Return the ids of a segment's slots: the first, and one past the last."""
    return segment << _SLOT_SHIFT, (segment + 1) << _SLOT_SHIFT


class Asked(NamedTuple):
    """What memory says of band keys, uint32 (bands, n).

    recent, number: int64, places in ``keys`` and the numbers of recent rows that have them; place,
    run, slot: int64, places of keys that a slot of a run may hold. Both kinds of places rise.
    """

    keys: NDArray[np.uint32]
    recent: Numbers
    number: Numbers
    place: Numbers
    run: Numbers
    slot: Numbers


class Cache:
    """What a process knows of the file; ``follow`` brings it up to date.

    marks: int64 (bands,), rows before them are sorted into runs; segments: the runs of every band,
    the largest first; next: the next number; memtable: recent rows, with room for ``ring`` of them;
    due: no band must be sorted before ``next`` has come to this.
    """

    def __init__(self, connection: sqlite3.Connection, bands: int) -> None:
        self._connection = connection
        self._run: Callable[..., sqlite3.Cursor] = connection.execute
        self.has_filters = file.has_filters(connection)
        self._bands = bands
        self.ring = RING
        self.memtable = kernel.Memtable(bands, RING)
        self.marks: Numbers = np.zeros(bands, dtype=np.int64)
        self.segments: list[list[Segment]] = [[] for _ in range(bands)]
        self.generation = 0
        self.next = 0
        self.due = 0
        self._removed_place = 0
        self._dead = np.zeros(0, dtype=bool)
        self._filters: dict[int, bytes | None] = {}
        self._list_runs()

    def follow(self) -> None:
        """Take in what was written since the last call. Cost: 10 us when nothing was."""
        row = self._run("SELECT generation, next FROM state").fetchone()
        if row is None or not is_number(row[0], _MOST_GENERATIONS) or not is_number(row[1]):
            raise Damage(f"its state is {row!r:.60}")
        generation, last = row
        if generation != self.generation:
            self._reload(last)
            self.generation = generation
        if last != self.next:
            self._load_tail(last)

    def _reload(self, last: int) -> None:
        """Read marks, segments and removals; last: the next number."""
        marks = self.marks.copy()
        rows = self._run("SELECT band, mark FROM band LIMIT ?", (self._bands + 1,)).fetchall()
        if [band for band, _ in rows] != [*range(self._bands)]:
            raise Damage(f"{len(rows)} bands instead of {self._bands}")
        for band, mark in rows:
            if not is_number(mark):
                raise Damage(f"band {band}: its mark is {mark!r:.40}")
            marks[band] = mark
        self.memtable.empty(np.flatnonzero(marks > self.marks))
        self.marks = marks
        self.due = 0
        self.segments = [[] for _ in range(self._bands)]
        rows = self._run(
            "SELECT number, band, bits, width, entries FROM segment LIMIT ?",
            (_MOST_RUNS * self._bands + 1,),
        ).fetchall()
        if len(rows) > _MOST_RUNS * self._bands:
            raise Damage(f"more than {_MOST_RUNS} runs a band")
        runs = [self._checked(Segment(*row)) for row in rows]
        for segment in sorted(runs, key=lambda s: -s.entries):
            self.segments[segment.band].append(segment)
        self._list_runs()
        gone = self._run(
            "SELECT place, id FROM removed WHERE place > ?", (self._removed_place,)
        ).fetchall()
        if gone:
            wrong = next((number for _, number in gone if not is_number(number, last - 1)), None)
            if wrong is not None:
                raise Damage(f"paragraph {wrong!r:.40} was removed, and the next is {last}")
            self._removed_place = gone[-1][0]
            self.bury(np.array([number for _, number in gone], dtype=np.int64))

    def _checked(self, segment: Segment) -> Segment:
        """Return a segment that can be one. Raises Damage."""
        number, band, bits, width, entries = segment
        if not (
            is_number(number, _MOST_SEGMENTS)
            and is_number(band, self._bands - 1)
            and is_number(bits, slots.MOST_BITS)
            and bits >= slots.FEWEST_BITS
            and width in _WIDTHS
            and is_number(entries)
        ):
            raise Damage(f"a run is {tuple(segment)!r:.120}")
        return segment

    def _list_runs(self) -> None:
        """Lay the runs out for lookups, band by band, and read the filters of new ones."""
        runs = [segment for segments in self.segments for segment in segments]
        self._filters = {run.number: self._filter(run.number) for run in runs}
        self._widths = np.array([run.width for run in runs], dtype=np.int64)
        self._runs = kernel.Runs(
            [run.band for run in runs],
            [slot_range(run.number)[0] for run in runs],
            [run.bits for run in runs],
            [*self._filters.values()],
        )

    def _filter(self, run: int) -> bytes | None:
        """Return the filter of a run, None if it has none."""
        if run in self._filters or not self.has_filters:
            return self._filters.get(run)
        row = self._run("SELECT body FROM filter WHERE segment = ?", (run,)).fetchone()
        return None if row is None else filters.checked(run, row[0])

    def _load_tail(self, last: int) -> None:
        """Take in the rows before ``last`` that are not sorted into runs."""
        end = begin = max(self.next, int(self.marks.min()))
        if last - begin > self.ring:
            raise Damage(f"{last - begin:,} rows that are not sorted; the next is {last:,}")
        rows = self._run(
            "SELECT first, count, keys, held FROM tail WHERE first >= ? ORDER BY first", (begin,)
        )
        while some := rows.fetchmany(128):
            for first, count, *_ in some:
                if first != end:
                    raise Damage(f"the rows after {end} begin at {first!r:.40}")
                if not is_number(count, last - first):
                    raise Damage(f"{count!r:.40} rows from {first} on; the next is {last}")
                end = first + count
            first = some[0][0]
            parts = [read_tail(self._bands, *row[1:]) for row in some]
            keys = np.concatenate([keys for keys, _ in parts], axis=1)
            held = np.concatenate([held for _, held in parts], axis=1)
            self.take_in(first, keys, held)
        if end < last:
            raise Damage(f"its rows end at {end:,}, and the next is {last:,}")
        self.next = last

    def take_in(self, first: int, band_keys: NDArray[np.uint32], held: NDArray[np.bool_]) -> None:
        """Take in new rows: band_keys and held (bands, n)."""
        numbers = first + np.arange(band_keys.shape[1])
        if first < int(self.marks.max()):
            held = held & (numbers >= self.marks[:, None])
        self.memtable.add(first, band_keys, held)
        self.next = first + band_keys.shape[1]

    def bury(self, numbers: Numbers) -> None:
        """Note which numbers were removed."""
        self._dead = _grown(self._dead, int(numbers.max(initial=0)) + 1)
        self._dead[numbers] = True

    def alive(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Say which numbers were not removed: bool. Raises Damage for what can't be a number."""
        highest = int(numbers.max(initial=0))
        if not is_number(highest):
            raise Damage(f"paragraph {highest} is in a bucket")
        self._dead = _grown(self._dead, highest + 1)
        return ~self._dead[numbers]

    def ask(self, first: int, band_keys: NDArray[np.uint32]) -> Asked:
        """Look band keys up in memory.

        Args:
            first: the first band.
            band_keys: uint32 (bands, n), of some bands from ``first`` on.

        Returns:
            What ``members`` needs to say which stored paragraphs are in these buckets.

        Cost: 20 ns for each band key.

        """
        keys = np.ascontiguousarray(band_keys)
        return Asked(keys, *self.memtable.find(first, keys), *self._runs.find(first, keys))

    def members(
        self, asked: Asked, bands: slice, rows: NDArray[np.bool_] | None = None
    ) -> tuple[Numbers, Numbers, Numbers]:
        """Say which stored paragraphs are in the buckets that were asked about.

        Args:
            asked: the answer of ``ask``.
            bands: those wanted, counted among those asked about.
            rows: bool (n,), which rows of the question are wanted; None means all.

        Returns:
            For each member of a bucket the band, the row that asked, and the member's number.
            Removed paragraphs are left out.

        Cost: one small read of the file for each slot that a filter did not exclude.

        """
        count = asked.keys.shape[1]
        wanted = bands.start * count, bands.stop * count
        begin, end = np.searchsorted(asked.recent, wanted).tolist()
        recent, number = asked.recent[begin:end], asked.number[begin:end]
        begin, end = np.searchsorted(asked.place, wanted).tolist()
        likely = slice(begin, end)
        place, run, slot = asked.place[likely], asked.run[likely], asked.slot[likely]
        if rows is not None:
            some = rows[recent % count]
            recent, number = recent[some], number[some]
            some = rows[place % count]
            place, run, slot = place[some], run[some], slot[some]
        if len(place):
            which, more = self._find_in_slots(slot, self._widths[run], asked.keys.ravel()[place])
            recent, number = np.concatenate((recent, place[which])), np.concatenate((number, more))
        if len(number) and (highest := int(number.max())) >= self.next:
            raise Damage(f"paragraph {highest} is in a bucket, and the next is {self.next}")
        if self._removed_place:
            alive = self.alive(number)
            recent, number = recent[alive], number[alive]
        band, row = np.divmod(recent, max(count, 1))
        return band, row, number

    def _find_in_slots(
        self, slot: Numbers, width: Numbers, key: NDArray[np.uint32]
    ) -> tuple[Numbers, Numbers]:
        """Find band keys in slots: which of those asked about, and the numbers found."""
        ids = slot.tolist()
        bodies = dict(file.rows(self._connection, file.SLOTS, sorted(set(ids))))
        if not {type(body) for body in bodies.values()} <= {bytes}:
            raise Damage("a slot holds no bytes")
        return slots.find([bodies.get(each, b"") for each in ids], width, key)


def _grown(array: NDArray[np.generic], size: int) -> NDArray:  # type: ignore[type-arg]
    """Return an array of at least ``size`` rows, new rows zero."""
    if size <= len(array):
        return array
    grown = np.zeros((max(size, len(array) * 3 // 2), *array.shape[1:]), dtype=array.dtype)
    grown[: len(array)] = array
    return grown


def write_tail(
    band_keys: NDArray[np.uint32], held: NDArray[np.bool_]
) -> tuple[bytes, bytes | None]:
    """Write band keys and held (bands, n) as the bytes of a row of ``tail``."""
    bits = None if held.all() else np.packbits(held).tobytes()
    return band_keys.astype("<u4").tobytes(), bits


def read_tail(
    bands: int, count: int, keys: bytes, held: bytes | None
) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """Undo ``write_tail``. Raises Damage for bytes of another length."""
    shape = (bands, count)
    for each, size in ((keys, 4 * bands * count), (held, (bands * count + 7) // 8)):
        if each is not None and (type(each) is not bytes or len(each) != size):
            raise Damage(f"{count} rows whose keys are of another length")
    if keys is None:
        raise Damage(f"{count} rows without keys")
    if held is None:
        bits = np.ones(shape, dtype=bool)
    else:
        size = bands * count
        raw = np.frombuffer(held, dtype=np.uint8)
        bits = np.unpackbits(raw, count=size).astype(bool).reshape(shape)
    return np.frombuffer(keys, dtype="<u4").reshape(shape), bits
