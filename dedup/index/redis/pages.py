"""The steps of a page as exchanges with a server; ``protocol`` explains them.

Knows: scripts, layout, what replies mean. Does not know: connections, rules.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.index.identity_bands import band_keys_of_prints, identity_band_keys
from dedup.index.protocol import Answer, Fetch, Known, Look, Match, Step, Steps, Stored, Write
from dedup.index.redis import layout, scripts
from dedup.index.redis.exchange import Exchange, Numbers, Requester
from dedup.kernel import Members

#: Most members of buckets whose texts come along with a look.
_MOST_TEXTS = 64


class _Stamp(NamedTuple):
    """What a look has found that a fetch or a write needs again.

    texts: of the members, in the order of their numbers; nothing if they are too many. rows: how
    many were looked at; places: as they were sent; hits, numbers, exact, changes: as they came.
    """

    texts: list[bytes | None]
    rows: int
    places: bytes
    hits: bytes
    numbers: bytes
    exact: bytes
    changes: bytes


class Pages(Requester):
    """Exchanges for the steps of a page."""

    def page(self, steps: Steps) -> Exchange[list[Match | None]]:
        """Answer the steps of a page."""
        answer: Answer | None = None
        while True:
            try:
                step = steps.send(answer)  # type: ignore[arg-type]
            except StopIteration as done:
                found: list[Match | None] = done.value
                return found
            answer = yield from self.answer(step)

    def answer(self, step: Step) -> Exchange[Answer]:
        """Answer a step; see ``protocol``."""
        if isinstance(step, Look):
            return (yield from self._look(step))
        if isinstance(step, Write):
            return (yield from self._write(step))
        return (yield from self._fetch(step))

    def _look(self, look: Look) -> Exchange[Known]:
        count = len(look.prints)
        keys = np.concatenate((look.band_keys, band_keys_of_prints(look.prints)[None]))
        places = layout.write_places(keys, self._bits)
        prints = look.prints.astype("<u8", copy=False).tobytes()
        reply = yield self._run(
            scripts.LOOK, self._keys.bands[:-1], count, places, prints, _MOST_TEXTS
        )
        raw_hits, raw_numbers, raw_rows, texts, raw_exact, changes = reply
        hits = np.frombuffer(raw_hits, dtype=layout.HIT)
        unordered = np.frombuffer(raw_numbers, dtype="<u4").astype(np.int64)
        exact, keys_of = np.full(count, -1, dtype=np.int64), [""] * count
        for row, place in np.frombuffer(raw_exact, dtype=layout.EXACT).tolist():
            exact[row], keys_of[row] = unordered[place], layout.read_text(texts[place])[0]
        order = np.argsort(unordered)
        texts = [texts[k] for k in order.tolist()] if len(order) <= _MOST_TEXTS else []
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        near = hits[hits["band"] < self._settings.bands]
        members = Members(
            near["row"].astype(np.int64),
            near["band"].astype(np.int64),
            rank[near["place"]],
            layout.read_sketches(raw_rows, self._settings.sketch_words)[order],
        )
        stamp = _Stamp(texts, count, places, raw_hits, raw_numbers, raw_exact, changes)
        return Known(exact, keys_of, members, unordered[order], stamp)

    def _fetch(self, fetch: Fetch) -> Exchange[Stored | bool]:
        stamp = fetch.look.stamp
        assert isinstance(stamp, _Stamp)
        if stamp.texts:
            places = np.searchsorted(fetch.look.numbers, fetch.numbers)
            raw = [stamp.texts[place] for place in places.tolist()]
        else:
            (raw,) = yield [("HMGET", self._keys.texts, *layout.number_names(fetch.numbers))]
            if None in raw:
                return False
        pairs = [layout.read_text(each) for each in raw]
        return Stored([name for name, _ in pairs], [body for _, body in pairs])

    def _write(self, write: Write) -> Exchange[bool]:
        stamp = write.look.stamp
        assert isinstance(stamp, _Stamp)
        now = int(self._clock())
        keys = np.concatenate((write.band_keys, identity_band_keys(write.prints, write.keys)))
        times = 1 + np.bincount(write.again, minlength=len(write.keys))
        reply = yield self._run(
            scripts.WRITE,
            self._keys.bands,
            now,
            stamp.rows,
            len(write.keys),
            self._ttl,
            *stamp[2:],
            layout.write_rows(now, times, write.prints, write.sketches),
            layout.write_places(keys, self._bits),
            _held(write.held, layout.slots_of(keys, self._bits)),
            _met(write.met),
            *map(layout.write_text, write.keys, write.payloads),
        )
        return bool(reply == 1)


def _met(numbers: Numbers) -> bytes:
    """Write which stored paragraphs were met, and how often each."""
    if not len(numbers):
        return b""
    return np.stack(np.unique(numbers, return_counts=True), axis=1).astype("<u4").tobytes()


def _held(held: NDArray[np.bool_], slots: NDArray[np.uint32]) -> bytes:
    """Say how each bucket of new rows is written; see ``WRITE``.

    Args:
        held: (bands, n), whether it remembers the row; the identity bands remember all.
        slots: (bands + 2, n), in which slot it is.

    """
    ordered = np.sort(slots, axis=1)
    if held.all() and (ordered[:, 1:] != ordered[:, :-1]).all():
        return b""
    kinds = np.ones(slots.shape, dtype=np.uint8)
    kinds[: len(held)] = held
    earlier = np.tril(np.ones((slots.shape[1],) * 2, dtype=bool), k=-1)
    shared = ((slots[:, :, None] == slots[:, None, :]) & earlier).any(axis=2)
    kinds[shared & (kinds > 0)] = 2
    return kinds.tobytes()
