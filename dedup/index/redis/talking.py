"""What is asked of the server, in which order, and what its answers mean.

Knows: scripts, layout, the contract of a store. Does not know: connections. Every method is a
generator that yields a script to run or commands to send together and is sent the answers, so that
``store`` can call and ``awaited`` can await the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.errors import RecipeMismatch
from dedup.index import bodies as wording
from dedup.index import slots
from dedup.index.asking import Wanted
from dedup.index.checking import LISTED, Derived, Entries, Row, bucket_problems
from dedup.index.keys import MORE_BANDS, name_keys, places_in_buckets, print_keys
from dedup.index.redis import layout, scripts
from dedup.index.redis.layout import Keys, Rows
from dedup.index.settings import EXPECTED, Settings
from dedup.index.steps import (
    Answer,
    Known,
    Look,
    Match,
    Met,
    Read,
    Stats,
    Step,
    Steps,
    Stored,
    StoreError,
    Write,
)

PROGRAM, FORMAT = b"dedup index", b"1"

#: How many times fewer entries a slot has than one in a file: the server copies whole slots.
_FEWER = 4

#: Rows or slots that are read in one go; slots that are swept, while everybody waits.
_BATCH, _SWEPT = 500, 100

#: Seconds after which the server forgets what a batch that died had filled.
_FORGET = 3600

#: How often a check begins anew that others disturbed.
_TRIES = 5

Numbers = NDArray[np.int64]


class Run(NamedTuple):
    """A script to run, with its keys and arguments."""

    script: scripts.Script
    keys: Sequence[str]
    arguments: Sequence[bytes | str | int]


#: Commands to send together.
Commands = list[tuple[bytes | str | int, ...]]

Asked = Run | Commands

T = TypeVar("T")

Talk = Generator[Asked, Any, T]


class Facts(NamedTuple):
    """What an index on a server is: bits choose a slot; ttl: seconds, 0 for none."""

    settings: Settings
    bits: int
    ttl: int
    mark: bytes


class _Stamp(NamedTuple):
    """What a write sends again of the look it rests on; rows: which of those looked at."""

    rows: Numbers
    slots: bytes
    keys: bytes
    counts: bytes
    numbers: bytes


def open_index(
    place: str, prefix: str, wanted: Wanted, ttl: int | None, readonly: bool, now: int
) -> Talk[Facts]:
    """Find out what the index is, or make it; place: what errors name."""
    settings = wanted.choose()
    written = json.dumps(settings.to_dict(), sort_keys=True)
    bits = slots.bits_for(_FEWER * (wanted.expected or EXPECTED))
    mark = xxhash.xxh3_64_hexdigest(f"{written} {bits} {ttl or 0} {now}".encode())
    keys = layout.keys_of(prefix, 0)
    facts = (PROGRAM, FORMAT, written, now, bits, ttl or 0, mark)
    told = yield Run(scripts.OPEN, keys.head, [int(not readonly), *facts])
    if not told:
        raise StoreError(place, "there is no index", "make one with 'dedup index add'")
    program, form, written, bits, own_ttl, mark = told
    if program != PROGRAM:
        raise StoreError(
            place, "its key is of another program", "give another prefix; nothing was touched"
        )
    if form != FORMAT:
        raise StoreError(
            place,
            f"it has format {form.decode()}; this version of dedup reads format {FORMAT.decode()}",
            "use the version of dedup that made it, or a later one",
        )
    try:
        settings = Settings.from_dict(json.loads(written))
    except (ValueError, TypeError) as error:
        raise StoreError(
            place,
            f"its settings can't be used by this version of dedup: {error}",
            "make the index anew",
        ) from error
    wanted.accept(settings)
    if ttl is not None and int(own_ttl) != ttl:
        raise RecipeMismatch({"ttl": int(own_ttl)}, {"ttl": ttl})
    return Facts(settings, int(bits), int(own_ttl), mark)


class Talker:
    """What is asked of one index. clock: seconds since 1970."""

    def __init__(self, place: str, prefix: str, facts: Facts, clock: Callable[[], float]) -> None:
        self._place, self._prefix, self._clock = place, prefix, clock
        self._settings, self._bits, self._ttl, self._mark = facts
        self._keys = layout.keys_of(prefix, facts.settings.bands + MORE_BANDS)

    def page(self, steps: Steps) -> Talk[list[Match | None]]:
        """Answer the steps of a page."""
        answer: Answer | None = None
        told: dict[int, str] = {}
        while True:
            try:
                step = steps.send(answer)  # type: ignore[arg-type]
            except StopIteration as done:
                found: list[Match | None] = done.value
                return found
            answer = yield from self.answer(step, told)

    def answer(self, step: Step, told: dict[int, str]) -> Talk[Answer]:
        """Answer a step; see ``steps``. told: keeps what a look told for the steps after it."""
        if isinstance(step, Look):
            told.clear()
            return (yield from self._look(step, told))
        if isinstance(step, Write):
            return (yield from self._write(step))
        numbers = step.numbers.tolist()
        if not step.bodies and told.keys() >= set(numbers):
            return Stored([told[number] for number in numbers], [])
        return (yield from self._read(step))

    def _run(
        self, script: scripts.Script, bands: Sequence[str], *arguments: bytes | str | int
    ) -> Run:
        """A script with what every one gets: mark, and before which nobody may be met last."""
        before = int(self._clock()) - self._ttl + 1 if self._ttl else 0
        return Run(script, [*self._keys.head, *bands], [self._mark, before, *arguments])

    def _look(self, look: Look, named: dict[int, str]) -> Talk[Known]:
        count = len(look.prints)
        keys = np.concatenate((look.keys, print_keys(look.prints)[None]))
        places = layout.slots_and_keys(keys, self._bits)
        prints = look.prints.astype("<u8").tobytes()
        told = yield self._run(scripts.LOOK, self._keys.bands[:-1], count, *places, prints)
        hits, numbers, rows = self._members(told)
        last = np.frombuffer(told[3], dtype="<u4").tolist()
        named.update(zip(last, (name.decode() for name in told[4]), strict=True))
        band, row = hits["band"].astype(np.int64), hits["row"].astype(np.int64)
        number = hits["number"].astype(np.int64)
        exact = np.full(count, -1, dtype=np.int64)
        whole = band == self._settings.bands
        at = np.searchsorted(numbers, number[whole])
        same = (rows.prints[at] == look.prints[row[whole]]).all(axis=1)
        exact[row[whole][same]] = number[whole][same]
        counts = np.bincount(band * count + row, minlength=keys.size).astype(np.uint8)
        # Who has the fingerprint of another is not looked for, nor looked at again.
        left = np.flatnonzero(exact < 0)
        stamp = _Stamp(
            left,
            *layout.slots_and_keys(keys[:, left], self._bits),
            counts.reshape(-1, count)[:, left].tobytes(),
            numbers.astype("<u4").tobytes(),
        )
        near = ~whole
        row, band, number = row[near], band[near], number[near]
        distinct = np.unique(number)
        sketches = rows.sketches[np.searchsorted(numbers, distinct)]
        return Known(exact, row, band, number, distinct, sketches, stamp)

    def _members(self, told: list[bytes]) -> tuple[NDArray[np.void], Numbers, Rows]:
        """Read what a look told: members that are there, their distinct numbers rising, rows."""
        hits = np.frombuffer(told[0], dtype=layout.HIT)
        numbers = np.frombuffer(told[1], dtype="<u4").astype(np.int64)
        rows = layout.read_rows(told[2], self._settings.sketch_words)
        order = np.argsort(numbers)
        hits = hits[np.isin(hits["number"], numbers)]
        return hits, numbers[order], rows.at(order)

    def _read(self, read: Read) -> Talk[Stored | bool]:
        raw = yield [("HMGET", self._keys.texts, *layout.number_names(read.numbers))]
        if None in raw[0]:
            return False
        pairs = [layout.read_text(each) for each in raw[0]]
        return Stored([name for name, _ in pairs], [body for _, body in pairs])

    def _write(self, write: Write) -> Talk[bool]:
        stamp = write.look.stamp
        assert isinstance(stamp, _Stamp)
        now, count = int(self._clock()), len(write.names)
        held = np.concatenate((write.held, np.ones((MORE_BANDS, count), dtype=bool)))
        counts = (1 + np.bincount(write.again, minlength=count)).tolist()
        met, times = np.unique(write.met, return_counts=True)
        texts = map(layout.write_text, write.names, write.bodies)
        told = yield self._run(
            scripts.WRITE,
            self._keys.bands,
            now,
            len(stamp.rows),
            stamp.slots,
            stamp.keys,
            stamp.counts,
            stamp.numbers,
            count,
            layout.write_rows(now, counts, write.prints, write.sketches),
            (1 + np.searchsorted(stamp.rows, write.rows)).astype(np.uint8).tobytes(),
            held.astype(np.uint8).tobytes(),
            *layout.slots_and_keys(name_keys(write.names), self._bits),
            np.stack((met, times), axis=1).astype("<u4").tobytes(),
            self._ttl,
            *texts,
        )
        return bool(told == 1)

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> Talk[None]:
        """Fill an empty index: beside it first, then all at once in its place."""
        part = f"filling-{os.urandom(4).hex()}:"
        beside = layout.keys_of(self._prefix, len(self._keys.bands), part)
        count = yield from self._fill_beside(writes, beside)
        keys = [self._keys.meta, *self._keys.contents, *beside.contents]
        told = yield Run(scripts.ADOPT, keys, [self._mark, 0, count, self._ttl])
        if told != 1:
            yield [("UNLINK", key) for key in beside.contents]
            raise StoreError(self._place, "it is not empty", "use add_many, or another prefix")

    def _fill_beside(
        self, writes: Iterable[tuple[Write, Sequence[int]]], beside: Keys
    ) -> Talk[int]:
        now, count = int(self._clock()), 0
        parts: list[list[NDArray[np.uint32]]] = [[] for _ in beside.bands]
        for write, counts in writes:
            numbers = layout.number_names(count + np.arange(len(write.names)))
            raw = layout.write_rows(now, counts, write.prints, write.sketches)
            width = len(raw) // max(len(numbers), 1)
            rows = [raw[at : at + width] for at in range(0, len(raw), width)]
            texts = map(layout.write_text, write.names, write.bodies)
            yield [
                _store(beside.rows, zip(numbers, rows, strict=True)),
                _store(beside.texts, zip(numbers, texts, strict=True)),
                *_forget(beside),
            ]
            more = (print_keys(write.prints), name_keys(write.names))
            for band, keys in enumerate((*write.keys, *more)):
                parts[band].append(keys)
            count += len(write.names)
        for band, some in enumerate(parts if count else ()):
            keys = np.concatenate(some)
            some.clear()
            held = np.arange(count)
            if band < self._settings.bands:
                held = np.flatnonzero(places_in_buckets(keys) < CAP)
            places, entries = slots.pack(keys[held], held, self._bits, layout.NUMBER)
            pairs = list(zip(layout.slot_names(places), entries, strict=True))
            for at in range(0, len(pairs), _BATCH):
                yield [_store(beside.bands[band], pairs[at : at + _BATCH]), *_forget(beside)]
        return count

    def _numbers_of(self, name: str) -> Talk[tuple[Numbers, Rows]]:
        """Find the numbers of the paragraphs with a sender's key, rising, and their rows."""
        places = layout.slots_and_keys(name_keys([name]), self._bits)
        told = yield self._run(scripts.LOOK, self._keys.bands[-1:], 1, *places, b"")
        _, numbers, rows = self._members(told)
        last = np.frombuffer(told[3], dtype="<u4").tolist()
        names = dict(zip(last, told[4], strict=True))
        mine = np.array([names[n] == name.encode() for n in numbers.tolist()], dtype=bool)
        return numbers[mine], rows.at(mine)

    def texts(self, name: str) -> Talk[list[str]]:
        """List the texts stored under a key."""
        numbers, _ = yield from self._numbers_of(name)
        if not len(numbers):
            return []
        raw = yield [("HMGET", self._keys.texts, *layout.number_names(numbers))]
        return [wording.text_of_body(layout.read_text(each)[1]) for each in raw[0] if each]

    def remove(self, name: str) -> Talk[int]:
        """Remove the paragraphs under a key; say how many."""
        numbers, _ = yield from self._numbers_of(name)
        told = yield self._run(scripts.REMOVE, (), numbers.astype("<u4").tobytes(), b"")
        return int(told)

    def prune(self, before: int | None, most: int | None) -> Talk[int]:
        """Remove who was last met before a time, and who is beyond the ``most`` latest met.

        Who is met while this runs stays.
        """
        numbers, rows, _ = yield from self._all(0)
        gone = np.zeros(len(numbers), dtype=bool)
        if before is not None:
            gone |= rows.last < before
        if most is not None:
            gone[np.lexsort((numbers, rows.last))[: max(0, len(numbers) - most)]] = True
        removed = 0
        for at in range(0, int(gone.sum()), _BATCH):
            some = np.flatnonzero(gone)[at : at + _BATCH]
            raw = numbers[some].astype("<u4").tobytes(), rows.last[some].astype("<u8").tobytes()
            removed += yield self._run(scripts.REMOVE, (), *raw)
        return removed

    def met(self, name: str | None) -> Talk[list[Met]]:
        """List how often paragraphs were met, in order of number; None: all."""
        if name is None:
            numbers, rows, texts = yield from self._all(1)
            names = [layout.read_text(each)[0] for each in texts]
        else:
            numbers, rows = yield from self._numbers_of(name)
            names = [name] * len(numbers)
        columns = (rows.times.tolist(), rows.first.tolist(), rows.last.tolist())
        return [Met(*each) for each in zip(names, *columns, strict=True)]

    def _all(self, wanted: int) -> Talk[tuple[Numbers, Rows, list[bytes]]]:
        """Read all rows, in order of number, and what is wanted of their texts (see ``SCAN``)."""
        numbers = [np.empty(0, dtype=np.int64)]
        heads: list[bytes] = []
        texts: list[bytes] = []
        cursor: bytes | int = 0
        while True:
            cursor, some, rows, more = yield self._run(scripts.SCAN, (), cursor, _BATCH, wanted)
            numbers.append(np.frombuffer(some, dtype="<u4").astype(np.int64))
            heads.append(rows)
            texts += more
            if int(cursor) == 0:
                break
        # The server may tell of one twice.
        distinct, place = np.unique(np.concatenate(numbers), return_index=True)
        read = layout.read_rows(b"".join(heads), self._settings.sketch_words)
        if texts:
            texts = [texts[k] for k in place.tolist()]
        return distinct, read.at(place), texts

    def stats(self) -> Talk[Stats]:
        """Count what is stored. Cost: a pass over all paragraphs."""
        _, rows, _ = yield from self._all(0)
        texts = 0
        cursor: bytes | int = 0
        while self._settings.texts:
            cursor, _, _, length = yield self._run(scripts.SCAN, (), cursor, _BATCH, 3)
            texts += length
            if int(cursor) == 0:
                break
        keys = (self._keys.meta, *self._keys.contents)
        told = yield [
            ("HGET", self._keys.meta, "removed"),
            *(("MEMORY USAGE", key, "SAMPLES", 100) for key in keys),
        ]
        settings, count = self._settings, len(rows.times)
        return Stats(
            count,
            int(rows.times.sum()),
            0,
            int(told[0] or 0),
            sum(each or 0 for each in told[1:]),
            texts,
            int(rows.first.min()) if count else None,
            int(rows.last.max()) if count else None,
            settings.to_dict(),
            settings.recipe.expected_recall(settings.threshold),
        )

    def problems(self) -> Talk[list[str]]:
        """List what is wrong. Raises StoreError if others write all the while."""
        for _ in range(_TRIES):
            before = yield [("HMGET", self._keys.meta, "changes", "next", "removals")]
            found = yield from self._problems(*(int(each or 0) for each in before[0][1:]))
            after = yield [("HMGET", self._keys.meta, "changes", "next", "removals")]
            if before == after:
                return found
        raise StoreError(
            self._place, "others wrote while it was checked", "check it when nobody writes"
        )

    def _problems(self, after: int, removals: int) -> Talk[list[str]]:
        try:
            numbers, rows, texts = yield from self._all(2)
        except ValueError as error:
            return [str(error)]
        found = [
            f"paragraph {number}: its number is not below the next, {after}"
            for number in numbers[numbers >= after][:LISTED].tolist()
        ]
        wrong = np.flatnonzero((rows.first > rows.last) | (rows.times < 1))[:LISTED]
        found += [
            f"paragraph {numbers[k]}: first {rows.first[k]}, last {rows.last[k]},"
            f" count {rows.times[k]}"
            for k in wrong.tolist()
        ]
        derived = Derived(self._settings)
        if any(each is None for each in texts):
            return [*found, "a paragraph has no text"]
        for some in _batches(numbers, rows, texts):
            derived.add(some)
        found += derived.problems + derived.repeats()
        if found:
            return found
        arrays = derived.arrays()
        for band in range(len(self._keys.bands)):
            try:
                entries = yield from self._entries(band, numbers)
            except ValueError as error:
                found.append(f"band {band}: {error}")
            else:
                lost = removals + self._ttl
                found += bucket_problems(self._settings, band, entries, arrays, lost)
        return found

    def _entries(self, band: int, there: Numbers) -> Talk[Entries]:
        """Read what a band holds of paragraphs that are there."""
        found: dict[int, bytes] = {}
        cursor: bytes | int = 0
        while True:
            ((cursor, some),) = yield [("HSCAN", self._keys.bands[band], cursor, "COUNT", _BATCH)]
            found.update((int.from_bytes(name, "little"), body) for name, body in some.items())
            if int(cursor) == 0:
                break
        low, numbers, counts = slots.unpack(list(found.values()), layout.NUMBER)
        keys = slots.whole_keys(low, np.array(list(found), dtype=np.int64), counts, self._bits)
        alive = np.isin(numbers, there)
        return Entries(keys[alive], numbers[alive])

    def compact(self) -> Talk[None]:
        """Drop what has expired, and clean all slots of what is not there; others go on."""
        told = yield [("HGET", self._keys.meta, "removed")]
        for bands in ((), *((band,) for band in self._keys.bands)):
            cursor: bytes | int = 0
            while True:
                cursor = yield self._run(scripts.CLEAN, bands, cursor, _SWEPT)
                if int(cursor) == 0:
                    break
        yield self._run(scripts.CLEANED, (), int(told[0] or 0))


def _store(key: str, pairs: Iterable[tuple[bytes, bytes]]) -> tuple[bytes | str, ...]:
    return ("HSET", key, *(each for pair in pairs for each in pair))


def _forget(keys: Keys) -> Commands:
    """Let the server drop what is filled beside an index, should nobody finish it."""
    return [("EXPIRE", key, _FORGET) for key in keys.contents]


def _batches(numbers: Numbers, rows: Rows, texts: Sequence[bytes]) -> Iterator[list[Row]]:
    """List rows with their texts, a thousand at a time."""
    for begin in range(0, len(numbers), 1000):
        some = range(begin, min(begin + 1000, len(numbers)))
        pairs = [layout.read_text(texts[k]) for k in some]
        yield [
            Row(
                int(numbers[k]),
                name,
                rows.prints[k].tobytes(),
                rows.sketches[k].tobytes(),
                body,
            )
            for k, (name, body) in zip(some, pairs, strict=True)
        ]
