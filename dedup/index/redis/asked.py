"""What every question to a server is made of: scripts and commands, and how an index is opened.

Knows: layout, what an index says of itself. Does not know: connections, pages. A ``Talk`` is a
generator that yields a script to run or commands to send together and is sent the answers, so that
``store`` can call and ``awaited`` can await the same.
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
from dedup.index.asking import Wanted
from dedup.index.damage import Damage, told
from dedup.index.keys import MORE_BANDS, name_keys
from dedup.index.redis import layout, scripts, upkeep
from dedup.index.redis.layout import Rows
from dedup.index.redis.lua import Script
from dedup.index.settings import EXPECTED, Settings
from dedup.index.steps import StoreError

PROGRAM, FORMAT = b"dedup index", b"1"

#: Bytes of the settings.
_MOST_SETTINGS = 100_000

#: How many times fewer entries a slot has than one in a file: the server copies whole slots.
_FEWER = 4

Numbers = NDArray[np.int64]


class Run(NamedTuple):
    """A script to run, with its keys and arguments."""

    script: Script
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
    answer = yield Run(upkeep.OPEN, keys.head, [int(not readonly), *facts])
    if not answer:
        raise StoreError(place, "there is no index", "make one with 'dedup index add'")
    program, form, written, bits, own_ttl, mark = answer
    if program != PROGRAM:
        raise StoreError(
            place, "its key is of another program", "give another prefix; nothing was touched"
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
    wanted.accept(settings)
    with told(place):
        bits, own_ttl = int(bits), int(own_ttl)
        if not slots.FEWEST_BITS <= bits <= slots.MOST_BITS or own_ttl < 0:
            raise Damage(f"its slots are chosen by {bits} bits, its ttl is {own_ttl}")
    if ttl is not None and own_ttl != ttl:
        raise RecipeMismatch({"ttl": own_ttl}, {"ttl": ttl})
    return Facts(settings, bits, own_ttl, mark)


class Asker:
    """What is asked of one index. clock: seconds since 1970."""

    def __init__(self, place: str, prefix: str, facts: Facts, clock: Callable[[], float]) -> None:
        self._place, self._prefix, self._clock = place, prefix, clock
        self._settings, self._bits, self._ttl, self._mark = facts
        self._keys = layout.keys_of(prefix, facts.settings.bands + MORE_BANDS)

    def _run(self, script: Script, bands: Sequence[str], *arguments: bytes | str | int) -> Run:
        """A script with what every one gets: mark, and before which nobody may be met last."""
        before = int(self._clock()) - self._ttl + 1 if self._ttl else 0
        return Run(script, [*self._keys.head, *bands], [self._mark, before, *arguments])

    def _members(self, told: list[bytes]) -> tuple[NDArray[np.void], Numbers, Rows]:
        """Read what a look told: members that are there, their distinct numbers rising, rows."""
        hits = np.frombuffer(told[0], dtype=layout.HIT)
        numbers = np.frombuffer(told[1], dtype="<u4").astype(np.int64)
        rows = layout.read_rows(told[2], self._settings.sketch_words)
        order = np.argsort(numbers)
        hits = hits[np.isin(hits["number"], numbers)]
        return hits, numbers[order], rows.at(order)

    def _numbers_of(self, name: str) -> Talk[tuple[Numbers, Rows]]:
        """Find the numbers of the paragraphs with a sender's key, rising, and their rows."""
        places = layout.slots_and_keys(name_keys([name]), self._bits)
        told = yield self._run(scripts.LOOK, self._keys.bands[-1:], 1, *places, b"")
        _, numbers, rows = self._members(told)
        last = np.frombuffer(told[3], dtype="<u4").tolist()
        names = dict(zip(last, told[4], strict=True))
        mine = np.array([names[n] == name.encode() for n in numbers.tolist()], dtype=bool)
        return numbers[mine], rows.at(mine)
