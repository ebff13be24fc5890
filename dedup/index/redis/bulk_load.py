"""Bulk load: an empty index on a server is filled with what a batch kept.

Knows: layout, slots. Does not know: connections, how a batch is decided. The load fills temporary
keys, and then renames all of them at once to those of the index.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import slots
from dedup.index.identity_bands import identity_band_keys, places_in_buckets
from dedup.index.protocol import StoreError, Write
from dedup.index.redis import layout, maintenance
from dedup.index.redis.exchange import Arguments, Commands, Exchange, Requester, ScriptCall
from dedup.index.redis.layout import Keys

#: Slots that are written by one command.
_BATCH = 500

#: Seconds after which the server drops the temporary keys of a load that did not finish.
_FORGET = 3600


class BulkLoad(Requester):
    """Fills an empty index."""

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> Exchange[None]:
        """Fill an empty index; see ``protocol.Store``."""
        part = f"filling-{os.urandom(4).hex()}:"
        temporary = layout.keys_of(self._prefix, len(self._keys.bands), part)
        count = yield from self._fill_temporary(writes, temporary)
        keys = (self._keys.meta, *self._keys.contents, *temporary.contents)
        reply = yield ScriptCall(maintenance.ADOPT, keys, (self._mark, 0, count, self._ttl))
        if reply != 1:
            yield [("UNLINK", key) for key in temporary.contents]
            raise StoreError(self._place, "it is not empty", "use add_many, or another prefix")

    def _fill_temporary(
        self, writes: Iterable[tuple[Write, Sequence[int]]], temporary: Keys
    ) -> Exchange[int]:
        now, count = int(self._clock()), 0
        parts: list[list[NDArray[np.uint32]]] = [[] for _ in temporary.bands]
        for write, counts in writes:
            numbers = layout.number_names(count + np.arange(len(write.keys)))
            raw = layout.write_rows(now, counts, write.prints, write.sketches)
            width = len(raw) // max(len(numbers), 1)
            rows = [raw[at : at + width] for at in range(0, len(raw), width)]
            texts = map(layout.write_text, write.keys, write.payloads)
            yield [
                _store(temporary.rows, zip(numbers, rows, strict=True)),
                _store(temporary.texts, zip(numbers, texts, strict=True)),
                *_forget(temporary),
            ]
            identity = identity_band_keys(write.prints, write.keys)
            for band, keys in enumerate((*write.band_keys, *identity)):
                parts[band].append(keys)
            count += len(write.keys)
        for band, some in enumerate(parts if count else ()):
            keys = np.concatenate(some)
            some.clear()
            held = np.arange(count)
            if band < self._settings.bands:
                held = np.flatnonzero(places_in_buckets(keys) < CAP)
            places, entries = slots.pack(keys[held], held, self._bits, layout.NUMBER)
            pairs = list(zip(layout.slot_names(places), entries, strict=True))
            for at in range(0, len(pairs), _BATCH):
                yield [_store(temporary.bands[band], pairs[at : at + _BATCH]), *_forget(temporary)]
        return count


def _store(key: bytes, pairs: Iterable[tuple[bytes, bytes]]) -> Arguments:
    return ("HSET", key, *(each for pair in pairs for each in pair))


def _forget(keys: Keys) -> Commands:
    """Let the server drop the temporary keys if the load does not finish."""
    return [("EXPIRE", key, _FORGET) for key in keys.contents]
