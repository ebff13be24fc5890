"""Exchanges with a server: requests and their replies, and how an index is opened.

Knows: layout, what an index says of itself. Does not know: connections, pages. An ``Exchange`` is a
generator that yields a script to call, or commands to send together, and is sent the replies. So
one exchange serves ``store``, which calls, and ``aio``, which awaits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.errors import RecipeMismatch
from dedup.index import slots
from dedup.index.arguments import RequestedOptions
from dedup.index.damage import Damage, explained
from dedup.index.identity_bands import IDENTITY_BANDS, band_keys_of_keys
from dedup.index.protocol import StoreError
from dedup.index.redis import layout, maintenance, scripts
from dedup.index.redis.layout import StoredRows
from dedup.index.redis.lua import Script
from dedup.index.settings import EXPECTED, Settings

PROGRAM, FORMAT = b"dedup index", b"1"

#: Most bytes of the settings.
_MOST_SETTINGS = 100_000

#: How many times fewer entries a slot has than in a file: the server copies whole slots.
_FEWER = 4

Numbers = NDArray[np.int64]


#: The arguments of a script or a command.
Arguments = tuple[bytes | str | int, ...]


class ScriptCall(NamedTuple):
    """A call of a script, with its keys and arguments."""

    script: Script
    keys: tuple[bytes, ...]
    arguments: Arguments


#: Commands to send together.
Commands = list[Arguments]

Request = ScriptCall | Commands

T = TypeVar("T")

Exchange = Generator[Request, Any, T]


class Facts(NamedTuple):
    """What an index on a server says of itself.

    bits: of a band key, that choose a slot; ttl: seconds, 0 for none; mark: see ``lua``.
    """

    settings: Settings
    bits: int
    ttl: int
    mark: bytes


def open_index(
    place: str, prefix: str, requested: RequestedOptions, ttl: int | None, readonly: bool, now: int
) -> Exchange[Facts]:
    """Read what an index says of itself, or make it; place: the server, as errors name it."""
    settings = requested.choose()
    written = json.dumps(settings.to_dict(), sort_keys=True)
    bits = slots.bits_for(_FEWER * (requested.expected or EXPECTED))
    mark = xxhash.xxh3_64_hexdigest(f"{written} {bits} {ttl or 0} {now}".encode())
    keys = layout.keys_of(prefix, 0)
    facts = (PROGRAM, FORMAT, written, now, bits, ttl or 0, mark)
    answer = yield ScriptCall(maintenance.OPEN, keys.head, (int(not readonly), *facts))
    if not answer:
        raise StoreError(place, "there is no index", "make one with 'dedup index add'")
    program, form, written, bits, own_ttl, mark = answer
    if program != PROGRAM:
        raise StoreError(
            place, "its key belongs to another program", "give another prefix; nothing was touched"
        )
    if form != FORMAT:
        raise StoreError(
            place,
            f"it has format {form.decode('utf-8', 'replace')[:40]};"
            f" this version of dedup reads format {FORMAT.decode()}",
            "use the version of dedup that made it, or a later one",
        )
    try:
        if len(written) > _MOST_SETTINGS:
            raise ValueError(f"they take {len(written):,} bytes")
        settings = Settings.from_dict(json.loads(written))
    except (ValueError, TypeError, RecursionError) as error:
        raise StoreError(
            place,
            f"its settings can't be used by this version of dedup: {error}",
            "make the index anew",
        ) from error
    requested.accept(settings)
    with explained(place):
        bits, own_ttl = int(bits), int(own_ttl)
        if not slots.FEWEST_BITS <= bits <= slots.MOST_BITS or own_ttl < 0:
            raise Damage(f"its slots are chosen by {bits} bits, its ttl is {own_ttl}")
    if ttl is not None and own_ttl != ttl:
        raise RecipeMismatch({"ttl": own_ttl}, {"ttl": ttl})
    return Facts(settings, bits, own_ttl, mark)


class Requester:
    """Makes requests about one index. clock: returns seconds since 1970."""

    def __init__(self, place: str, prefix: str, facts: Facts, clock: Callable[[], float]) -> None:
        self._place, self._prefix, self._clock = place, prefix, clock
        self._settings, self._bits, self._ttl, self._mark = facts
        self._keys = layout.keys_of(prefix, facts.settings.bands + IDENTITY_BANDS)

    def _run(
        self, script: Script, bands: Sequence[bytes], *arguments: bytes | str | int
    ) -> ScriptCall:
        """Call a script with what every script is given; see ``lua``."""
        before = int(self._clock()) - self._ttl + 1 if self._ttl else 0
        return ScriptCall(script, (*self._keys.head, *bands), (self._mark, before, *arguments))

    def _numbers_of(self, key: str) -> Exchange[tuple[Numbers, StoredRows]]:
        """Find the paragraphs stored under a key: their numbers, rising, and their rows."""
        places = layout.write_places(band_keys_of_keys([key])[None], self._bits)
        reply = yield self._run(scripts.LOOK, self._keys.bands[-1:], 1, places, b"", 0)
        numbers = np.frombuffer(reply[1], dtype="<u4").astype(np.int64)
        rows = layout.read_rows(reply[2], self._settings.sketch_words)
        mine = np.array([layout.read_text(each)[0] == key for each in reply[3]], dtype=bool)
        order = np.flatnonzero(mine)[np.argsort(numbers[mine])]
        return numbers[order], rows.at(order)
