"""The store in an SQLite file: answers the steps of a page, removes, counts.

Knows: the tables, transactions, the mirror in memory. Does not know: the rule, texts, threads.

A page is one transaction. A page that stores begins it with BEGIN IMMEDIATE, so it is alone from
its first look to its last write; a page that only asks reads one snapshot and waits for nobody.
What was acknowledged survives the death of the process, and with ``durable`` the loss of power too
(without, a loss of power may take the last pages, whole).
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import blocks, file, inspecting, sorting
from dedup.index import bodies as wording
from dedup.index.bodies import MOST_IN_BLOCK
from dedup.index.damage import Damage, damaged, is_number, told
from dedup.index.keys import MORE_BANDS, name_keys, places_in_buckets, print_keys
from dedup.index.mirror import Mirror, write_tail
from dedup.index.settings import Settings
from dedup.index.steps import (
    Answer,
    Known,
    Look,
    Met,
    Read,
    Stats,
    Step,
    Stored,
    StoreError,
    Write,
)
from dedup.kernel import Members

Numbers = NDArray[np.int64]

#: Characters of the settings.
_MOST_SETTINGS = 100_000

#: Blocks whose bodies are kept unpacked.
_UNPACKED = 64


Method = TypeVar("Method", bound=Callable[..., object])


def _told(method: Method) -> Method:
    """Make a StoreError of what damage leads to in a method of a store."""

    @wraps(method)
    def telling(store: SqliteStore, *arguments: object) -> object:
        with told(store.path):
            return method(store, *arguments)

    return cast(Method, telling)


class SqliteStore:
    """An index in a file, or in memory; made if it isn't there.

    choose: makes the settings of a new one; accept: raises RecipeMismatch for an old one's that
    are not what is asked for. clock: seconds since 1970.
    """

    def __init__(
        self,
        path: str,
        choose: Callable[[], Settings],
        accept: Callable[[Settings], None],
        readonly: bool = False,
        durable: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._open_again = (readonly, durable)
        self._clock = clock
        self._owner = os.getpid()
        self.connection = file.connect(path, readonly)
        try:
            with file.plainly(path):
                if file.is_made(self.connection):
                    # What is refused stays as it is, to the byte.
                    accept(self._read_settings())
                file.prepare(self.connection, path, readonly, durable)
                self.settings = self._make_or_read(choose, readonly)
            accept(self.settings)
        except BaseException:
            self.connection.close()
            raise
        self._new_mirror()

    def _make_or_read(self, choose: Callable[[], Settings], readonly: bool) -> Settings:
        if not file.is_made(self.connection):
            if readonly:
                raise StoreError(self.path, "it is empty", "add something to it first")
            settings = choose()
            with self._writing():
                if not file.is_made(self.connection):
                    text = json.dumps(settings.to_dict(), sort_keys=True)
                    bands = settings.bands + MORE_BANDS
                    file.make(self.connection, text, bands, int(self._clock()))
        return self._read_settings()

    def _read_settings(self) -> Settings:
        row = self.connection.execute(
            "SELECT CASE WHEN length(value) < ? THEN value END FROM meta WHERE name = 'settings'",
            (_MOST_SETTINGS,),
        ).fetchone()
        try:
            if row is None or type(row[0]) is not str:
                raise ValueError("they are missing, or no text of usual length")
            return Settings.from_dict(json.loads(row[0]))
        except (ValueError, TypeError, RecursionError) as error:
            raise StoreError(
                self.path,
                f"its settings can't be used by this version of dedup: {error}",
                "make the index anew",
            ) from error

    def _new_mirror(self) -> None:
        bands = self.settings.bands + MORE_BANDS
        self.mirror = Mirror(self.connection, bands, self.settings.sketch_words)
        self._unpacked: dict[int, list[bytes]] = {}

    def close(self) -> None:
        """Close the file; what was written is in it."""
        if os.getpid() == self._owner:
            with file.plainly(self.path):
                self.connection.close()

    def _own_connection(self) -> None:
        """Open the file again in a process that was forked; a connection must not be shared."""
        if os.getpid() == self._owner:
            return
        if self.path == file.MEMORY:
            raise StoreError(
                self.path,
                "it was opened in another process",
                "give the index a file to share it between processes",
            )
        readonly, durable = self._open_again
        self.connection = file.connect(self.path, readonly)
        file.prepare(self.connection, self.path, readonly, durable)
        self._owner = os.getpid()
        self._new_mirror()

    @contextmanager
    def unit(self, write: bool) -> Iterator[None]:
        """One atomic unit of steps. Raises StoreError; then nothing of it was stored."""
        with file.plainly(self.path):
            self._own_connection()
            with self._writing() if write else self._reading():
                before = self.mirror.generation
                with told(self.path):
                    self.mirror.follow()
                if self.mirror.generation != before:
                    self._unpacked.clear()
                try:
                    yield
                except Damage as error:
                    raise damaged(self.path, error) from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        run = self.connection.execute
        run("BEGIN IMMEDIATE")
        try:
            yield
            run("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                run("ROLLBACK")
            if hasattr(self, "mirror"):
                self._new_mirror()
            raise

    @contextmanager
    def _reading(self) -> Iterator[None]:
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            if self.connection.in_transaction:
                self.connection.execute("COMMIT")

    def answer(self, step: Step) -> Answer:
        """Answer a step inside a unit; see ``steps``. Raises StoreError, as all that reads does."""
        with told(self.path):
            if isinstance(step, Look):
                return self._look(step)
            if isinstance(step, Read):
                return self._read(step)
            self._write(step)
            return True

    def _look(self, look: Look) -> Known:
        bands = len(look.keys)
        _, row, number = self.mirror.find(bands, print_keys(look.prints)[None])
        exact, names = self._exact(look.prints, row, number)
        # Who has the fingerprint of another need not be looked for elsewhere.
        left = np.flatnonzero(exact < 0)
        band, row, number = self.mirror.find(0, look.keys[:, left])
        numbers, place = np.unique(number, return_inverse=True)
        members = Members(left[row], band, place, self.mirror.sketches(numbers))
        return Known(exact, names, members, numbers)

    def _exact(
        self, prints: NDArray[np.uint64], row: Numbers, number: Numbers
    ) -> tuple[Numbers, list[str]]:
        """Say which numbers have the very fingerprints, by all 128 bits, and their keys."""
        exact = np.full(len(prints), -1, dtype=np.int64)
        names = [""] * len(prints)
        wanted = sorted(set(number.tolist()))
        stored = {
            each: (print_, name)
            for each, print_, name in file.rows(self.connection, file.PRINTS, wanted)
        }
        for at, each in zip(row.tolist(), number.tolist(), strict=True):
            print_, name = stored.get(each, (None, None))
            if print_ == _print_bytes(prints[at]):
                exact[at], names[at] = each, _checked_name(each, name)
        return exact, names

    def _read(self, read: Read) -> Stored:
        numbers = read.numbers.tolist()
        found = {number: row for number, *row in file.rows(self.connection, file.BLOCKS, numbers)}
        names, bodies = [], []
        for number in numbers:
            name, *block = found.get(number, (None, None, None, None))
            names.append(_checked_name(number, name))
            bodies.append(self._body(number, *block))
        return Stored(names, bodies)

    def _body(self, number: int, first: object, count: object, body: object) -> bytes:
        """Take the body of a paragraph out of its block, which is unpacked once."""
        if not (is_number(first) and is_number(count) and first <= number < first + count):
            raise Damage(f"no block holds paragraph {number}")
        if first not in self._unpacked:
            if len(self._unpacked) >= _UNPACKED:
                del self._unpacked[next(iter(self._unpacked))]
            self._unpacked[first] = wording.unpack(body, count, self.settings.texts)
        return self._unpacked[first][number - first]

    def _write(self, write: Write) -> None:
        now = int(self._clock())
        first, count = self.mirror.next, len(write.names)
        met = [*write.met.tolist(), *(first + write.again).tolist()]
        if count:
            self.insert(write, Counter(), now)
        if met:
            self.connection.executemany(
                "UPDATE paragraph SET count = count + ?, last = max(last, ?) WHERE id = ?",
                [(times, now, number) for number, times in Counter(met).items()],
            )
        if count:
            sorting.sort_due(self.connection, self.mirror)

    def insert(self, write: Write, more: Counter[int], now: int) -> None:
        """Store new rows with their keys in the tail; more: further meetings, by row."""
        first, count = self.mirror.next, len(write.names)
        run = self.connection.execute
        self.insert_paragraphs(first, write, [1 + more[row] for row in range(count)], now)
        keys = np.concatenate(
            (write.keys, print_keys(write.prints)[None], name_keys(write.names)[None])
        )
        held = np.concatenate((write.held, np.ones((MORE_BANDS, count), dtype=bool)))
        run("INSERT INTO tail VALUES (?, ?, ?, ?)", (first, count, *write_tail(keys, held)))
        run("UPDATE state SET next = ?", (first + count,))
        self.mirror.put_sketches(first, write.sketches)
        self.mirror.take_in(first, keys, held)

    def insert_paragraphs(
        self, first: int, write: Write, counts: Sequence[int], now: int, size: int = MOST_IN_BLOCK
    ) -> None:
        """Store new rows without their keys, in blocks of ``size``."""
        raw = write.prints.astype("<u8").tobytes()
        self.connection.executemany(
            "INSERT INTO paragraph VALUES (?, ?, ?, ?, ?, ?)",
            [
                (first + row, name, raw[16 * row : 16 * row + 16], now, now, counts[row])
                for row, name in enumerate(write.names)
            ],
        )
        packed = []
        for begin in range(0, len(write.names), size):
            some = slice(begin, begin + size)
            body = wording.pack(write.bodies[some], self.settings.texts)
            sketches = write.sketches[some].astype("<u8").tobytes()
            packed.append((first + begin, len(write.names[some]), sketches, body))
        self.connection.executemany("INSERT INTO block VALUES (?, ?, ?, ?)", packed)

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> None:
        """Fill an empty index with what a batch kept, in order of rank, inside a writing unit.

        writes: rows with their keys, ``held`` unused, and how often each was met. Every bucket
        remembers its first ``CAP``. Memory: 4 bytes for each row and band.
        """
        if self.mirror.next:
            raise StoreError(self.path, "it is not empty", "use add_many, or another file")
        now, count = int(self._clock()), 0
        parts: list[list[NDArray[np.uint32]]] = [[] for _ in range(self.settings.bands)]
        more: list[NDArray[np.uint32]] = []
        for write, counts in writes:
            self.insert_paragraphs(count, write, counts, now, blocks.TOGETHER)
            for band, keys in enumerate(write.keys):
                parts[band].append(keys)
            more.append(np.stack((print_keys(write.prints), name_keys(write.names))))
            count += len(write.names)
        if not count:
            return
        for band, some in enumerate(parts):
            keys = np.concatenate(some)
            some.clear()
            held = np.flatnonzero(places_in_buckets(keys) < CAP)
            sorting.write_segment(self.connection, band, keys[held], held)
        for place, keys in enumerate(np.concatenate(more, axis=1)):
            sorting.write_segment(self.connection, len(parts) + place, keys, np.arange(count))
        self.connection.execute("UPDATE band SET mark = ?", (count,))
        self.connection.execute("UPDATE state SET next = ?, generation = generation + 1", (count,))
        self.mirror.follow()

    def _numbers_of(self, name: str) -> list[int]:
        """List the numbers of the paragraphs with a sender's key."""
        _, _, numbers = self.mirror.find(self.settings.bands + 1, name_keys([name])[None])
        rows = file.rows(self.connection, file.KEYS, np.unique(numbers).tolist())
        return [number for number, key in rows if key == name]

    @_told
    def texts(self, name: str) -> list[str]:
        """List the texts stored under a key, inside a unit."""
        stored = self._read(Read(np.array(self._numbers_of(name), dtype=np.int64)))
        return [*map(wording.text_of_body, stored.bodies)]

    @_told
    def remove(self, name: str) -> int:
        """Remove the paragraphs under a key, inside a writing unit; say how many."""
        numbers = self._numbers_of(name)
        self._remove(numbers)
        return len(numbers)

    @_told
    def prune(self, before: int | None, most: int | None) -> int:
        """Remove who was last met before a time, and who is beyond the ``most`` latest met."""
        numbers = self._outdated(before, most)
        self._remove(numbers)
        return len(numbers)

    def _remove(self, numbers: Sequence[int]) -> None:
        """Remove paragraphs, their texts included."""
        if not numbers:
            return
        if not (min(numbers) >= 0 and max(numbers) < self.mirror.next):
            raise Damage(f"paragraph {min(numbers)} or {max(numbers)} is none that was stored")
        places = json.dumps(sorted(numbers))
        run = self.connection.execute
        run("DELETE FROM paragraph WHERE id IN (SELECT value FROM json_each(?))", (places,))
        run("INSERT INTO removed (id) SELECT value FROM json_each(?)", (places,))
        run(
            "UPDATE state SET generation = generation + 1, removals = removals + ?",
            (len(numbers),),
        )
        blocks.blank(self.connection, sorted(numbers), self.settings.texts)
        self._unpacked.clear()
        self.mirror.follow()

    def _outdated(self, before: int | None, most: int | None) -> list[int]:
        """List who was last met before a time, and who is beyond the ``most`` latest met."""
        run = self.connection.execute
        found: list[int] = []
        if before is not None:
            found = [n for (n,) in run("SELECT id FROM paragraph WHERE last < ?", (before,))]
        if most is not None:
            beyond = "SELECT id FROM paragraph ORDER BY last DESC, id DESC LIMIT -1 OFFSET ?"
            found = sorted({*found, *(n for (n,) in run(beyond, (most,)))})
        return found

    @_told
    def met(self, name: str | None) -> list[Met]:
        """List how often paragraphs were met, in order of number; None: all."""
        if name is not None:
            rows = file.rows(self.connection, file.MET, self._numbers_of(name))
            return [_met(row) for _, *row in rows]
        every = "SELECT key, count, first, last FROM paragraph ORDER BY id"
        return [_met(row) for row in self.connection.execute(every)]

    @_told
    def problems(self) -> list[str]:
        """List what is wrong, inside a reading unit."""
        return inspecting.problems(self.connection, self.mirror, self.settings)

    @_told
    def stats(self) -> Stats:
        """Count what is stored. Cost: a pass over the table of paragraphs, 60 bytes each."""
        run = self.connection.execute
        count, met, first, last = run(
            "SELECT count(*), coalesce(sum(count), 0), min(first), max(last) FROM paragraph"
        ).fetchone()
        if not all(each is None or type(each) is int for each in (met, first, last)):
            raise Damage("paragraphs whose counts or times are no numbers")
        texts = 0
        if self.settings.texts:
            texts = run("SELECT coalesce(sum(length(body)), 0) FROM block").fetchone()[0]
        pages, free, size = (
            run(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        removed = run("SELECT count(*) FROM removed").fetchone()[0]
        recent = self.mirror.next - int(self.mirror.marks.min())
        settings = self.settings
        return Stats(
            count, met, recent, removed, (pages - free) * size, texts, first, last,
            settings.to_dict(), settings.recipe.expected_recall(settings.threshold),
        )  # fmt: skip

    def compact(self) -> None:
        """Sort all buckets, drop what was removed, pack texts closer and give space back."""
        with self.unit(write=True), told(self.path):
            sorting.sort_all(self.connection, self.mirror)
            self.connection.execute("DELETE FROM removed")
            blocks.repack(self.connection, self.settings.texts)
        with file.plainly(self.path):
            self._unpacked.clear()
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _met(row: Sequence[object]) -> Met:
    """Make a Met of a row. Raises Damage."""
    key, *numbers = row
    if type(key) is not str or not all(type(each) is int for each in numbers):
        raise Damage(f"a paragraph is {row!r:.120}")
    return Met(*row)  # type: ignore[arg-type]


def _checked_name(number: int, name: object) -> str:
    """Give the key of a paragraph. Raises Damage for what is none."""
    if not isinstance(name, str):
        raise Damage(f"paragraph {number} is in a bucket, and has no key")
    return name


def _print_bytes(pair: NDArray[np.uint64]) -> bytes:
    raw: bytes = pair.astype("<u8").tobytes()
    return raw
