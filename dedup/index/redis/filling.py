"""An empty index filled on a server with what a batch kept: beside it first, then all at once.

Knows: layout, slots. Does not know: connections, how a batch is decided.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import slots
from dedup.index.keys import name_keys, places_in_buckets, print_keys
from dedup.index.redis import layout, upkeep
from dedup.index.redis.asked import Asker, Commands, Run, Talk
from dedup.index.redis.layout import Keys
from dedup.index.steps import StoreError, Write

#: Slots that are written in one go.
_BATCH = 500

#: Seconds after which the server forgets what a batch that died had filled.
_FORGET = 3600


class Filling(Asker):
    """Filling an empty index."""

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> Talk[None]:
        """Fill an empty index: beside it first, then all at once in its place."""
        part = f"filling-{os.urandom(4).hex()}:"
        beside = layout.keys_of(self._prefix, len(self._keys.bands), part)
        count = yield from self._fill_beside(writes, beside)
        keys = [self._keys.meta, *self._keys.contents, *beside.contents]
        told = yield Run(upkeep.ADOPT, keys, [self._mark, 0, count, self._ttl])
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


def _store(key: str, pairs: Iterable[tuple[bytes, bytes]]) -> tuple[bytes | str, ...]:
    return ("HSET", key, *(each for pair in pairs for each in pair))


def _forget(keys: Keys) -> Commands:
    """Let the server drop what is filled beside an index, should nobody finish it."""
    return [("EXPIRE", key, _FORGET) for key in keys.contents]
