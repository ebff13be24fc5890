"""The steps of a page as exchanges with a server; ``protocol`` explains them.

Knows: scripts, layout, what replies mean. Does not know: connections, rules.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from dedup.index.identity_bands import IDENTITY_BANDS, band_keys_of_keys, band_keys_of_prints
from dedup.index.protocol import Answer, Fetch, Known, Look, Match, Step, Steps, Stored, Write
from dedup.index.redis import layout, scripts
from dedup.index.redis.exchange import Exchange, Numbers, Requester
from dedup.kernel import Members


class _Stamp(NamedTuple):
    """What a write sends again of the look that it rests on.

    rows: which of those looked at; changes: how many there ever were in the index by then.
    """

    rows: Numbers
    slots: bytes
    keys: bytes
    counts: bytes
    numbers: bytes
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
        places = layout.slots_and_keys(keys, self._bits)
        prints = look.prints.astype("<u8").tobytes()
        reply = yield self._run(scripts.LOOK, self._keys.bands[:-1], count, *places, prints)
        hits, numbers, rows = self._members(reply)
        last = np.frombuffer(reply[3], dtype="<u4").tolist()
        keys_of = dict(zip(last, (key.decode() for key in reply[4]), strict=True))
        band, row = hits["band"].astype(np.int64), hits["row"].astype(np.int64)
        number = hits["number"].astype(np.int64)
        exact = np.full(count, -1, dtype=np.int64)
        whole = band == self._settings.bands
        at = np.searchsorted(numbers, number[whole])
        same = (rows.prints[at] == look.prints[row[whole]]).all(axis=1)
        exact[row[whole][same]] = number[whole][same]
        counts = np.bincount(band * count + row, minlength=keys.size).astype(np.uint8)
        # A row with an exact copy is not looked for in other bands, nor looked at again.
        left = np.flatnonzero(exact < 0)
        stamp = _Stamp(
            left,
            *layout.slots_and_keys(keys[:, left], self._bits),
            counts.reshape(-1, count)[:, left].tobytes(),
            numbers.astype("<u4").tobytes(),
            reply[5],
        )
        near = ~whole
        distinct, place = np.unique(number[near], return_inverse=True)
        sketches = rows.sketches[np.searchsorted(numbers, distinct)]
        members = Members(row[near], band[near], place, sketches)
        return Known(
            exact, [keys_of.get(each, "") for each in exact.tolist()], members, distinct, stamp
        )

    def _fetch(self, fetch: Fetch) -> Exchange[Stored | bool]:
        raw = yield [("HMGET", self._keys.texts, *layout.number_names(fetch.numbers))]
        if None in raw[0]:
            return False
        pairs = [layout.read_text(each) for each in raw[0]]
        return Stored([name for name, _ in pairs], [body for _, body in pairs])

    def _write(self, write: Write) -> Exchange[bool]:
        stamp = write.look.stamp
        assert isinstance(stamp, _Stamp)
        now, count = int(self._clock()), len(write.keys)
        held = np.concatenate((write.held, np.ones((IDENTITY_BANDS, count), dtype=bool)))
        counts = (1 + np.bincount(write.again, minlength=count)).tolist()
        met, times = np.unique(write.met, return_counts=True)
        texts = map(layout.write_text, write.keys, write.payloads)
        reply = yield self._run(
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
            *layout.slots_and_keys(band_keys_of_keys(write.keys), self._bits),
            np.stack((met, times), axis=1).astype("<u4").tobytes(),
            self._ttl,
            stamp.changes,
            *texts,
        )
        return bool(reply == 1)
