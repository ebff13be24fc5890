"""Exchanges about an index as a whole: what it holds, what is to be removed, what is wrong with it.

Knows: scripts, layout, what must be true of an index. Does not know: connections, pages, rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from dedup.index import payload, slots
from dedup.index.protocol import Met, Stats, StoreError
from dedup.index.redis import layout, maintenance
from dedup.index.redis.exchange import Exchange, Numbers, Requester
from dedup.index.redis.layout import StoredRows
from dedup.index.verification import LISTED, Derived, Entries, Row, bucket_problems

#: Rows or slots that are read by one request; slots that are swept by one, while all others wait.
_BATCH, _SWEPT = 500, 100

#: How often a check begins again because others wrote meanwhile.
_TRIES = 5


class Contents(Requester):
    """Exchanges for texts, counts, removal and checks."""

    def texts(self, key: str) -> Exchange[list[str]]:
        """See ``protocol.Store``."""
        numbers, _ = yield from self._numbers_of(key)
        if not len(numbers):
            return []
        raw = yield [("HMGET", self._keys.texts, *layout.number_names(numbers))]
        return [payload.text_of(layout.read_text(each)[1]) for each in raw[0] if each]

    def remove(self, key: str) -> Exchange[int]:
        """See ``protocol.Store``."""
        numbers, _ = yield from self._numbers_of(key)
        reply = yield self._run(maintenance.REMOVE, (), numbers.astype("<u4").tobytes(), b"")
        return int(reply)

    def prune(self, before: int | None, most: int | None) -> Exchange[int]:
        """See ``protocol.Store``. A paragraph that is met meanwhile stays."""
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
            removed += yield self._run(maintenance.REMOVE, (), *raw)
        return removed

    def met(self, key: str | None) -> Exchange[list[Met]]:
        """See ``protocol.Store``."""
        if key is None:
            numbers, rows, texts = yield from self._all(1)
            keys = [layout.read_text(each)[0] for each in texts]
        else:
            numbers, rows = yield from self._numbers_of(key)
            keys = [key] * len(numbers)
        columns = (rows.times.tolist(), rows.first.tolist(), rows.last.tolist())
        return [Met(*each) for each in zip(keys, *columns, strict=True)]

    def _all(self, wanted: int) -> Exchange[tuple[Numbers, StoredRows, list[bytes]]]:
        """Read all rows, in order of number, and what is wanted of their texts: see ``SCAN``."""
        numbers = [np.empty(0, dtype=np.int64)]
        heads: list[bytes] = []
        texts: list[bytes] = []
        cursor: bytes | int = 0
        while True:
            cursor, some, rows, more = yield self._run(maintenance.SCAN, (), cursor, _BATCH, wanted)
            numbers.append(np.frombuffer(some, dtype="<u4").astype(np.int64))
            heads.append(rows)
            texts += more
            if int(cursor) == 0:
                break
        # The server may reply with the same row twice.
        distinct, place = np.unique(np.concatenate(numbers), return_index=True)
        read = layout.read_rows(b"".join(heads), self._settings.sketch_words)
        if texts:
            texts = [texts[k] for k in place.tolist()]
        return distinct, read.at(place), texts

    def stats(self) -> Exchange[Stats]:
        """See ``protocol.Store``. Cost: a pass over all paragraphs."""
        _, rows, _ = yield from self._all(0)
        texts = 0
        cursor: bytes | int = 0
        while self._settings.texts:
            cursor, _, _, length = yield self._run(maintenance.SCAN, (), cursor, _BATCH, 3)
            texts += length
            if int(cursor) == 0:
                break
        keys = (self._keys.meta, *self._keys.contents)
        reply = yield [
            ("HGET", self._keys.meta, "removed"),
            *(("MEMORY USAGE", key, "SAMPLES", 100) for key in keys),
        ]
        settings, count = self._settings, len(rows.times)
        return Stats(
            count,
            int(rows.times.sum()),
            0,
            int(reply[0] or 0),
            sum(each or 0 for each in reply[1:]),
            texts,
            int(rows.first.min()) if count else None,
            int(rows.last.max()) if count else None,
            settings.to_dict(),
            settings.recipe.expected_recall(settings.threshold),
        )

    def problems(self) -> Exchange[list[str]]:
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

    def _problems(self, after: int, removals: int) -> Exchange[list[str]]:
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

    def _entries(self, band: int, there: Numbers) -> Exchange[Entries]:
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

    def compact(self) -> Exchange[None]:
        """Drop what has expired, and clean all slots of what is not there; others go on."""
        reply = yield [("HGET", self._keys.meta, "removed")]
        for bands in ((), *((band,) for band in self._keys.bands)):
            cursor: bytes | int = 0
            while True:
                cursor = yield self._run(maintenance.CLEAN, bands, cursor, _SWEPT)
                if int(cursor) == 0:
                    break
        yield self._run(maintenance.CLEANED, (), int(reply[0] or 0))


def _batches(numbers: Numbers, rows: StoredRows, texts: Sequence[bytes]) -> Iterator[list[Row]]:
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
