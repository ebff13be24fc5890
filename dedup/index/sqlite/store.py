"""The store in an SQLite file: answers the steps of a page, removes, counts.

Knows: the tables, transactions, the cache in memory. Does not know: the rule, texts, threads.

A page is one transaction. A page that is added begins it with BEGIN IMMEDIATE, so no other process
writes between its look and its write. A query reads one snapshot and never waits. What was
acknowledged survives the end of the process. A loss of power may undo the last pages, each of them
whole; with ``durable`` it undoes none.
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
from dedup.index import payload
from dedup.index.damage import Damage, damaged, explained
from dedup.index.identity_bands import (
    IDENTITY_BANDS,
    band_keys_of_keys,
    band_keys_of_prints,
    identity_band_keys,
    places_in_buckets,
)
from dedup.index.protocol import (
    Answer,
    Fetch,
    Known,
    Look,
    Met,
    Stats,
    Step,
    StoreError,
    Write,
)
from dedup.index.settings import Settings
from dedup.index.sqlite import blocks, compaction, file, inspection
from dedup.index.sqlite.cache import Asked, Cache, write_tail
from dedup.index.sqlite.paragraphs import Paragraphs, checked_key, met_of
from dedup.kernel import Members

Numbers = NDArray[np.int64]

#: Most characters of the settings.
_MOST_SETTINGS = 100_000

#: Bytes of a fingerprint.
_PRINT = 16


Method = TypeVar("Method", bound=Callable[..., object])


def _explaining_damage(method: Method) -> Method:
    """Let a method of a store raise StoreError where it meets damage."""

    @wraps(method)
    def explaining(store: SqliteStore, *arguments: object) -> object:
        with explained(store.path):
            return method(store, *arguments)

    return cast(Method, explaining)


class SqliteStore:
    """An index in a file, or in memory; it is made if it doesn't exist. See ``protocol.Store``.

    Args:
        path: the file, or ":memory:".
        choose: returns the settings of a new index.
        accept: raises RecipeMismatch if an existing index has other settings than asked for.
        readonly: nothing is written.
        durable: what is acknowledged survives a loss of power.
        clock: returns seconds since 1970.

    Raises:
        StoreError: the file can't be opened or made.

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
            with file.errors_explained(path):
                if file.is_made(self.connection):
                    # A file that is refused must not change by a byte.
                    accept(self._read_settings())
                file.prepare(self.connection, path, readonly, durable)
                self.settings = self._make_or_read(choose, readonly)
            accept(self.settings)
        except BaseException:
            self.connection.close()
            raise
        self._new_cache()

    def _make_or_read(self, choose: Callable[[], Settings], readonly: bool) -> Settings:
        if not file.is_made(self.connection):
            if readonly:
                raise StoreError(self.path, "it is empty", "add something to it first")
            settings = choose()
            with self._writing():
                if not file.is_made(self.connection):
                    text = json.dumps(settings.to_dict(), sort_keys=True)
                    bands = settings.bands + IDENTITY_BANDS
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

    def _new_cache(self) -> None:
        settings = self.settings
        self.cache = Cache(self.connection, settings.bands + IDENTITY_BANDS)
        self.paragraphs = Paragraphs(self.connection, settings.sketch_words, settings.texts)

    def close(self) -> None:
        """Close the file; what was written is in it."""
        if os.getpid() == self._owner:
            with file.errors_explained(self.path):
                self.connection.close()

    def _own_connection(self) -> None:
        """Open the file again in a forked process: a connection must not be shared."""
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
        self._new_cache()

    @contextmanager
    def unit(self, write: bool) -> Iterator[None]:
        """Begin and end one transaction. Raises StoreError; then nothing of it was stored."""
        with file.errors_explained(self.path):
            self._own_connection()
            with self._writing() if write else self._reading():
                before = self.cache.generation
                with explained(self.path):
                    self.cache.follow()
                if self.cache.generation != before:
                    self.paragraphs.forget()
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
            if hasattr(self, "cache"):
                self._new_cache()
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
        """Answer a step inside a unit; see ``protocol``. Raises StoreError."""
        with explained(self.path):
            if isinstance(step, Look):
                return self._look(step)
            if isinstance(step, Fetch):
                return self.paragraphs.contents(step.numbers)
            self._write(step)
            return True

    def _look(self, look: Look) -> Known:
        bands = len(look.band_keys)
        keys = np.concatenate((look.band_keys, band_keys_of_prints(look.prints)[None]))
        asked = self.cache.ask(0, keys)
        exact, names = self._exact(look.prints, asked, bands)
        # A paragraph with an exact copy is not looked for in other bands.
        new = exact < 0
        band, row, number = self.cache.members(asked, slice(0, bands), None if new.all() else new)
        numbers, place = np.unique(number, return_inverse=True)
        members = Members(row, band, place, self.paragraphs.sketches(numbers))
        return Known(exact, names, members, numbers)

    def _exact(
        self, prints: NDArray[np.uint64], asked: Asked, band: int
    ) -> tuple[Numbers, list[str]]:
        """Find the numbers that have the fingerprints, by all 128 bits, and their keys.

        asked: about the band keys of the fingerprints too, in ``band``.
        """
        exact = np.full(len(prints), -1, dtype=np.int64)
        keys = [""] * len(prints)
        _, row, number = self.cache.members(asked, slice(band, band + 1))
        if len(number):
            raw = prints.astype("<u8").tobytes()
            stored = self.paragraphs.prints(sorted(set(number.tolist())))
            for at, each in zip(row.tolist(), number.tolist(), strict=True):
                fingerprint, key = stored.get(each, (None, None))
                if fingerprint == raw[_PRINT * at : _PRINT * (at + 1)]:
                    exact[at], keys[at] = each, checked_key(each, key)
        return exact, keys

    def _write(self, write: Write) -> None:
        now = int(self._clock())
        count = len(write.keys)
        if count:
            self.insert(write, Counter(write.again.tolist()), now)
        if len(write.met):
            self.connection.executemany(
                "UPDATE paragraph SET count = count + ?, last = max(last, ?) WHERE id = ?",
                [(times, now, number) for number, times in Counter(write.met.tolist()).items()],
            )
        if count:
            compaction.sort_due(self.connection, self.cache)

    def insert(self, write: Write, more: Counter[int], now: int) -> None:
        """Store new paragraphs, their band keys in the tail; more: further meetings, by place."""
        first, count = self.cache.next, len(write.keys)
        run = self.connection.execute
        self.paragraphs.insert(first, write, [1 + more[row] for row in range(count)], now)
        identity = identity_band_keys(write.prints, write.keys)
        band_keys = np.concatenate((write.band_keys, identity))
        held = np.concatenate((write.held, np.ones((IDENTITY_BANDS, count), dtype=bool)))
        run("INSERT INTO tail VALUES (?, ?, ?, ?)", (first, count, *write_tail(band_keys, held)))
        run("UPDATE state SET next = ?", (first + count,))
        self.paragraphs.keep(first, write)
        self.cache.take_in(first, band_keys, held)

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> None:
        """See ``Store``."""
        if self.cache.next:
            raise StoreError(self.path, "it is not empty", "use add_many, or another file")
        now, count = int(self._clock()), 0
        parts: list[list[NDArray[np.uint32]]] = [[] for _ in range(self.settings.bands)]
        more: list[NDArray[np.uint32]] = []
        for write, counts in writes:
            self.paragraphs.insert(count, write, counts, now, blocks.TOGETHER)
            for band, keys in enumerate(write.band_keys):
                parts[band].append(keys)
            more.append(
                np.stack((band_keys_of_prints(write.prints), band_keys_of_keys(write.keys)))
            )
            count += len(write.keys)
        if not count:
            return
        for band, some in enumerate(parts):
            keys = np.concatenate(some)
            some.clear()
            held = np.flatnonzero(places_in_buckets(keys) < CAP)
            compaction.write_segment(self.connection, band, keys[held], held)
        for place, keys in enumerate(np.concatenate(more, axis=1)):
            compaction.write_segment(self.connection, len(parts) + place, keys, np.arange(count))
        self.connection.execute("UPDATE band SET mark = ?", (count,))
        self.connection.execute("UPDATE state SET next = ?, generation = generation + 1", (count,))
        self.cache.follow()

    def _numbers_of(self, key: str) -> list[int]:
        """List the numbers of the paragraphs stored under a key."""
        asked = self.cache.ask(self.settings.bands + 1, band_keys_of_keys([key])[None])
        _, _, numbers = self.cache.members(asked, slice(0, 1))
        rows = file.rows(self.connection, file.KEYS, np.unique(numbers).tolist())
        return [number for number, other in rows if other == key]

    @_explaining_damage
    def texts(self, key: str) -> list[str]:
        """See ``Store``."""
        stored = self.paragraphs.contents(np.array(self._numbers_of(key), dtype=np.int64))
        return [*map(payload.text_of, stored.payloads)]

    @_explaining_damage
    def remove(self, key: str) -> int:
        """See ``Store``."""
        numbers = self._numbers_of(key)
        self._remove(numbers)
        return len(numbers)

    @_explaining_damage
    def prune(self, before: int | None, most: int | None) -> int:
        """See ``Store``."""
        numbers = self._outdated(before, most)
        self._remove(numbers)
        return len(numbers)

    def _remove(self, numbers: Sequence[int]) -> None:
        """Remove paragraphs, their texts included."""
        if not numbers:
            return
        if not (min(numbers) >= 0 and max(numbers) < self.cache.next):
            raise Damage(f"paragraph {min(numbers)} or {max(numbers)} was never stored")
        places = json.dumps(sorted(numbers))
        run = self.connection.execute
        run("DELETE FROM paragraph WHERE id IN (SELECT value FROM json_each(?))", (places,))
        run("INSERT INTO removed (id) SELECT value FROM json_each(?)", (places,))
        run(
            "UPDATE state SET generation = generation + 1, removals = removals + ?",
            (len(numbers),),
        )
        blocks.blank(self.connection, sorted(numbers), self.settings.texts)
        self.paragraphs.forget()
        self.cache.follow()

    def _outdated(self, before: int | None, most: int | None) -> list[int]:
        """List paragraphs last met before a time, and those beyond the ``most`` met last."""
        run = self.connection.execute
        found: list[int] = []
        if before is not None:
            found = [n for (n,) in run("SELECT id FROM paragraph WHERE last < ?", (before,))]
        if most is not None:
            beyond = "SELECT id FROM paragraph ORDER BY last DESC, id DESC LIMIT -1 OFFSET ?"
            found = sorted({*found, *(n for (n,) in run(beyond, (most,)))})
        return found

    @_explaining_damage
    def met(self, key: str | None) -> list[Met]:
        """See ``Store``."""
        if key is not None:
            return self.paragraphs.met(self._numbers_of(key))
        every = "SELECT key, count, first, last FROM paragraph ORDER BY id"
        return [met_of(row) for row in self.connection.execute(every)]

    @_explaining_damage
    def problems(self) -> list[str]:
        """See ``Store``."""
        return inspection.problems(self.connection, self.cache, self.settings)

    @_explaining_damage
    def stats(self) -> Stats:
        """See ``Store``. Cost: a pass over the table of paragraphs, 60 bytes each."""
        run = self.connection.execute
        count, met, first, last = run(
            "SELECT count(*), coalesce(sum(count), 0), min(first), max(last) FROM paragraph"
        ).fetchone()
        if not all(each is None or type(each) is int for each in (met, first, last)):
            raise Damage("paragraphs whose counts or times are not numbers")
        texts = 0
        if self.settings.texts:
            texts = run("SELECT coalesce(sum(length(body)), 0) FROM block").fetchone()[0]
        pages, free, size = (
            run(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        removed = run("SELECT count(*) FROM removed").fetchone()[0]
        recent = self.cache.next - int(self.cache.marks.min())
        settings = self.settings
        return Stats(
            count, met, recent, removed, (pages - free) * size, texts, first, last,
            settings.to_dict(), settings.recipe.expected_recall(settings.threshold),
        )  # fmt: skip

    def compact(self) -> None:
        """Sort all buckets, drop what was removed, pack texts closer and give space back."""
        with self.unit(write=True), explained(self.path):
            compaction.sort_all(self.connection, self.cache)
            self.connection.execute("DELETE FROM removed")
            blocks.repack(self.connection, self.settings.texts)
        with file.errors_explained(self.path):
            self.paragraphs.forget()
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
