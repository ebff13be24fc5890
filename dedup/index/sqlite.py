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

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import bodies as wording
from dedup.index import file, sorting
from dedup.index.mirror import MOST_IN_BLOCK, Mirror, write_tail
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

Numbers = NDArray[np.int64]

#: Bands beside those of the recipe: of fingerprints, and of the senders' keys.
MORE_BANDS = 2

#: Blocks whose bodies are kept unpacked.
_UNPACKED = 64


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
        self.connection = file.connect(path, readonly, durable)
        try:
            with file.plainly(path):
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
        row = self.connection.execute("SELECT value FROM meta WHERE name = 'settings'").fetchone()
        try:
            return Settings.from_dict(json.loads(row[0]))
        except (ValueError, TypeError) as error:
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
        self.connection = file.connect(self.path, *self._open_again)
        self._owner = os.getpid()
        self._new_mirror()

    @contextmanager
    def unit(self, write: bool) -> Iterator[None]:
        """One atomic unit of steps. Raises StoreError; then nothing of it was stored."""
        with file.plainly(self.path):
            self._own_connection()
            with self._writing() if write else self._reading():
                before = self.mirror.generation
                self.mirror.follow()
                if self.mirror.generation != before:
                    self._unpacked.clear()
                yield

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
        """Answer a step inside a unit; see ``steps``."""
        if isinstance(step, Look):
            return self._look(step)
        if isinstance(step, Read):
            return self._read(step)
        self._write(step)
        return True

    def _look(self, look: Look) -> Known:
        bands, count = look.keys.shape
        band = np.repeat(np.arange(bands + 1), count)
        key = np.concatenate((look.keys.ravel(), print_keys(look.prints)))
        which, number = self.mirror.find(band, key)
        in_band, row = np.divmod(which, count)
        prints = in_band == bands
        exact = self._exact(look.prints, row[prints], number[prints])
        row, in_band, number = row[~prints], in_band[~prints], number[~prints]
        numbers = np.unique(number)
        return Known(exact, row, in_band, number, numbers, self.mirror.sketches(numbers))

    def _exact(self, prints: NDArray[np.uint64], row: Numbers, number: Numbers) -> Numbers:
        """Say which numbers have the very fingerprints, by all 128 bits."""
        exact = np.full(len(prints), -1, dtype=np.int64)
        stored = dict(self._rows("id, print", number))
        for at, each in zip(row.tolist(), number.tolist(), strict=True):
            if stored.get(each) == _print_bytes(prints[at]):
                exact[at] = each
        return exact

    def _rows(self, columns: str, numbers: Numbers) -> Iterable[tuple]:  # type: ignore[type-arg]
        """Read columns of paragraphs."""
        if not len(numbers):
            return []
        return self.connection.execute(
            f"SELECT {columns} FROM paragraph"  # noqa: S608 - no columns but our own
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(numbers.tolist()),),
        ).fetchall()

    def _read(self, read: Read) -> Stored:
        names = dict(self._rows("id, key", read.numbers))
        numbers = read.numbers.tolist()
        bodies = [self._body(number) for number in numbers] if read.bodies else []
        return Stored([names[number] for number in numbers], bodies)

    def _body(self, number: int) -> bytes:
        """Read the body of a paragraph, unpacking its block once."""
        first, count = self.connection.execute(
            "SELECT first, count FROM block WHERE first <= ? ORDER BY first DESC LIMIT 1", (number,)
        ).fetchone()
        if first not in self._unpacked:
            row = self.connection.execute("SELECT body FROM block WHERE first = ?", (first,))
            if len(self._unpacked) >= _UNPACKED:
                del self._unpacked[next(iter(self._unpacked))]
            self._unpacked[first] = wording.unpack(row.fetchone()[0], count, self.settings.texts)
        body: bytes = self._unpacked[first][number - first]
        return body

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

    def insert_paragraphs(self, first: int, write: Write, counts: Sequence[int], now: int) -> None:
        """Store new rows without their keys, in blocks."""
        raw = write.prints.astype("<u8").tobytes()
        self.connection.executemany(
            "INSERT INTO paragraph VALUES (?, ?, ?, ?, ?, ?)",
            [
                (first + row, name, raw[16 * row : 16 * row + 16], now, now, counts[row])
                for row, name in enumerate(write.names)
            ],
        )
        blocks = []
        for begin in range(0, len(write.names), MOST_IN_BLOCK):
            some = slice(begin, begin + MOST_IN_BLOCK)
            body = wording.pack(write.bodies[some], self.settings.texts)
            sketches = write.sketches[some].astype("<u8").tobytes()
            blocks.append((first + begin, len(write.names[some]), sketches, body))
        self.connection.executemany("INSERT INTO block VALUES (?, ?, ?, ?)", blocks)

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
            self.insert_paragraphs(count, write, counts, now)
            for band, keys in enumerate(write.keys):
                parts[band].append(keys)
            more.append(np.stack((print_keys(write.prints), name_keys(write.names))))
            count += len(write.names)
        if not count:
            return
        for band, some in enumerate(parts):
            keys = np.concatenate(some)
            some.clear()
            held = np.flatnonzero(_places_in_buckets(keys) < CAP)
            sorting.write_segment(self.connection, band, keys[held], held)
        for place, keys in enumerate(np.concatenate(more, axis=1)):
            sorting.write_segment(self.connection, len(parts) + place, keys, np.arange(count))
        self.connection.execute("UPDATE band SET mark = ?", (count,))
        self.connection.execute("UPDATE state SET next = ?, generation = generation + 1", (count,))
        self.mirror.follow()

    def numbers_of(self, name: str) -> list[int]:
        """List the numbers of the paragraphs with a sender's key, inside a unit."""
        band = np.array([self.settings.bands + 1])
        _, numbers = self.mirror.find(band, name_keys([name]))
        return sorted(number for number, key in self._rows("id, key", numbers) if key == name)

    def text(self, number: int) -> str:
        """Return a stored text, inside a unit."""
        return wording.text_of_body(self._body(number))

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove paragraphs, their texts included, inside a writing unit."""
        if not numbers:
            return
        places = json.dumps(sorted(numbers))
        run = self.connection.execute
        run("DELETE FROM paragraph WHERE id IN (SELECT value FROM json_each(?))", (places,))
        run("INSERT INTO removed (id) SELECT value FROM json_each(?)", (places,))
        run(
            "UPDATE state SET generation = generation + 1, removals = removals + ?",
            (len(numbers),),
        )
        self._blank(sorted(numbers))
        self._unpacked.clear()
        self.mirror.follow()

    def _blank(self, numbers: Sequence[int]) -> None:
        """Take the bodies of removed paragraphs out of their blocks."""
        gone = np.array(numbers)
        heads = self.connection.execute(
            "SELECT first, count FROM block WHERE first > ? AND first <= ? ORDER BY first",
            (numbers[0] - MOST_IN_BLOCK, numbers[-1]),
        ).fetchall()
        for first, count in heads:
            begin, end = np.searchsorted(gone, (first, first + count)).tolist()
            if begin == end:
                continue
            body = self.connection.execute(
                "SELECT body FROM block WHERE first = ?", (first,)
            ).fetchone()[0]
            bodies = wording.unpack(body, count, self.settings.texts)
            for number in numbers[begin:end]:
                bodies[number - first] = b""
            self.connection.execute(
                "UPDATE block SET body = ? WHERE first = ?",
                (wording.pack(bodies, self.settings.texts), first),
            )

    def outdated(self, before: int | None, most: int | None) -> list[int]:
        """List who was last met before a time, and who is beyond the ``most`` latest met."""
        run = self.connection.execute
        found: list[int] = []
        if before is not None:
            found = [n for (n,) in run("SELECT id FROM paragraph WHERE last < ?", (before,))]
        if most is not None:
            beyond = "SELECT id FROM paragraph ORDER BY last DESC, id DESC LIMIT -1 OFFSET ?"
            found = sorted({*found, *(n for (n,) in run(beyond, (most,)))})
        return found

    def met(self, numbers: Sequence[int] | None) -> Iterator[Met]:
        """List how often paragraphs were met, in order of number; None: all."""
        if numbers is not None:
            some = self._rows("key, count, first, last", np.array(numbers, dtype=np.int64))
            yield from (Met(*row) for row in some)
            return
        rows = self.connection.execute("SELECT key, count, first, last FROM paragraph ORDER BY id")
        yield from (Met(*row) for row in rows)

    def stats(self) -> Stats:
        """Count what is stored. Cost: a pass over the table of paragraphs, 60 bytes each."""
        run = self.connection.execute
        count, met, first, last = run(
            "SELECT count(*), coalesce(sum(count), 0), min(first), max(last) FROM paragraph"
        ).fetchone()
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
        with self.unit(write=True):
            sorting.sort_all(self.connection, self.mirror)
            self.connection.execute("DELETE FROM removed")
            self._repack()
        with file.plainly(self.path):
            self._unpacked.clear()
            self.connection.execute("VACUUM")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _repack(self) -> None:
        """Put neighbouring small blocks together, and drop those of which nothing is left."""
        run = self.connection.execute
        kept = {n for (n,) in run("SELECT id FROM paragraph")}
        together: list[tuple[int, int, bytes, bytes]] = []
        size = 0
        for block in run(
            "SELECT first, count, sketches, body FROM block ORDER BY first"
        ).fetchall():
            first, count = block[:2]
            if kept.isdisjoint(range(first, first + count)):
                run("DELETE FROM block WHERE first = ?", (first,))
                continue
            follows = together and together[-1][0] + together[-1][1] == first
            if together and (not follows or size + count > MOST_IN_BLOCK):
                self._join(together)
                together, size = [], 0
            together.append(block)
            size += count
        self._join(together)

    def _join(self, blocks: Sequence[tuple[int, int, bytes, bytes]]) -> None:
        if len(blocks) < 2:
            return
        texts = self.settings.texts
        bodies = [body for _, count, _, raw in blocks for body in wording.unpack(raw, count, texts)]
        self.connection.executemany(
            "DELETE FROM block WHERE first = ?", [(first,) for first, *_ in blocks]
        )
        sketches = b"".join(sketches for _, _, sketches, _ in blocks)
        self.connection.execute(
            "INSERT INTO block VALUES (?, ?, ?, ?)",
            (blocks[0][0], len(bodies), sketches, wording.pack(bodies, texts)),
        )


def _places_in_buckets(keys: NDArray[np.uint32]) -> Numbers:
    """For each row of a band, how many rows before it have its key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    places = np.empty(len(keys), dtype=np.int64)
    places[order] = np.arange(len(keys)) - np.searchsorted(ordered, ordered)
    return places


def print_keys(prints: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """The keys of fingerprints in their band: uint32 (n,)."""
    return (prints[:, 0] >> np.uint64(32)).astype(np.uint32)


def _print_bytes(pair: NDArray[np.uint64]) -> bytes:
    raw: bytes = pair.astype("<u8").tobytes()
    return raw


def name_keys(names: Sequence[str]) -> NDArray[np.uint32]:
    """The keys of the senders' keys in their band: uint32 (n,), by xxh32 of UTF-8."""
    digest = xxhash.xxh32_intdigest
    hashes = (digest(name.encode("utf-8", "surrogatepass")) for name in names)
    return np.fromiter(hashes, dtype=np.uint32, count=len(names))
