"""Every invariant of an index in a file, derived anew.

Knows: the tables, what must hold between them. Does not know: rules, how anything is repaired.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import bodies as wording
from dedup.index import sorting
from dedup.index.mirror import MOST_IN_BLOCK, read_tail
from dedup.stages import family, sketch_texts

if TYPE_CHECKING:
    from dedup.index.sqlite import SqliteStore

#: Texts sketched at a time; problems of a sort that are listed.
_BATCH, _LISTED = 1000, 5

Numbers = NDArray[np.int64]


class _Derived(NamedTuple):
    """What the texts say: numbers int64 (n,), rising; keys uint32 (bands + 2, n)."""

    numbers: Numbers
    keys: NDArray[np.uint32]


def problems(store: SqliteStore) -> list[str]:
    """List what is wrong, in words that name the place; inside a reading unit."""
    run = store.connection.execute
    found = [f"SQLite: {row[0]}" for row in run("PRAGMA integrity_check(5)") if row[0] != "ok"]
    if found:
        return found
    found += _counts(store)
    texts, derived = _texts(store)
    found += texts
    if not found:
        for band in range(len(store.mirror.marks)):
            try:
                found += _bucket(store, band, derived)
            except ValueError as error:
                found.append(f"band {band}: {error}")
    return found


def _few(problems: Iterator[str]) -> list[str]:
    return list(islice(problems, _LISTED))


def _counts(store: SqliteStore) -> list[str]:
    """Numbers below the next, times in order, fingerprints once, no block over another."""
    run = store.connection.execute
    after = store.mirror.next
    found = [
        f"paragraph {number}: its number is not below the next, {after}"
        for (number,) in run("SELECT id FROM paragraph WHERE id >= ? LIMIT 5", (after,))
    ]
    found += [
        f"paragraph {number}: first {first}, last {last}, count {count}"
        for number, first, last, count in run(
            "SELECT id, first, last, count FROM paragraph WHERE first > last OR count < 1 LIMIT 5"
        )
    ]
    twice = "SELECT min(id), max(id) FROM paragraph GROUP BY print HAVING count(*) > 1 LIMIT 5"
    found += [f"paragraphs {a} and {b}: the same fingerprint" for a, b in run(twice)]
    end = 0
    for first, count in run("SELECT first, count FROM block ORDER BY first"):
        if first < end or not 0 < count <= MOST_IN_BLOCK:
            found.append(f"block {first}: {count} paragraphs, after a block that ends at {end}")
        end = first + count
    return found


def _rows(store: SqliteStore) -> Iterator[tuple[int, str, bytes, bytes, bytes]]:
    """List the paragraphs with what their block holds: number, key, fingerprint, sketch, body."""
    run = store.connection.execute
    width = 8 * store.settings.sketch_words
    blocks = run("SELECT first, count, sketches, body FROM block ORDER BY first")
    first, count = 0, 0
    sketches = b""
    bodies: list[bytes] = []
    for number, key, prints in run("SELECT id, key, print FROM paragraph ORDER BY id"):
        while number >= first + count:
            block = blocks.fetchone()
            if block is None:
                raise ValueError(f"paragraph {number}: no block holds its text")
            first, count, sketches, body = block
            bodies = wording.unpack(body, count, store.settings.texts)
        if number < first:
            raise ValueError(f"paragraph {number}: no block holds its text")
        at = number - first
        yield number, key, prints, sketches[at * width : (at + 1) * width], bodies[at]


def _texts(store: SqliteStore) -> tuple[list[str], _Derived]:
    """Compare fingerprints and sketches with the texts, and derive all keys."""
    from dedup.index.sqlite import name_keys, print_keys

    settings = store.settings
    drawn = family(settings.recipe)
    numbers: list[int] = []
    keys = []
    found: list[str] = []
    rows = _rows(store)
    try:
        while some := list(islice(rows, _BATCH)):
            numbers += [row[0] for row in some]
            prints = np.frombuffer(b"".join(row[2] for row in some), dtype="<u8").reshape(-1, 2)
            own = np.zeros((settings.bands, len(some)), dtype=np.uint32)
            if settings.texts:
                texts = [wording.text_of_body(row[4]) for row in some]
                sketched = sketch_texts(texts, settings.recipe, drawn)
                own = sketched.keys[: settings.bands]
                stored = b"".join(row[3] for row in some)
                sketches = np.frombuffer(stored, dtype="<u8").reshape(len(some), -1)
                wrong = (sketched.prints != prints).any(axis=1)
                wrong |= (sketched.sketches != sketches).any(axis=1)
                wrong |= sketched.words < max(settings.recipe.min_tokens, 1)
                found += [
                    f"paragraph {some[k][0]}: its text is not that of its fingerprint or sketch"
                    for k in np.flatnonzero(wrong)[:_LISTED].tolist()
                ]
            names = name_keys([row[1] for row in some])
            keys.append(np.concatenate((own, print_keys(prints)[None], names[None])))
    except ValueError as error:
        found.append(str(error))
    none = np.empty((settings.bands + 2, 0), dtype=np.uint32)
    return found[:_LISTED], _Derived(
        np.array(numbers, dtype=np.int64), np.concatenate([none, *keys], axis=1)
    )


def _bucket(store: SqliteStore, band: int, derived: _Derived) -> list[str]:
    """Compare the buckets of a band with the keys: nobody stray, nobody missing, none too full."""
    keys, numbers = _entries(store, band)
    alive = store.mirror.alive(numbers)
    keys, numbers = keys[alive], numbers[alive]
    found: list[str] = []
    place = np.searchsorted(derived.numbers, numbers)
    place = np.minimum(place, max(len(derived.numbers) - 1, 0))
    stray = np.ones(len(numbers), dtype=bool)
    if len(derived.numbers):
        stray = derived.numbers[place] != numbers
    found += _say(numbers[stray], band, "is in a bucket but not stored")
    if stray.any():
        return found
    named = band >= store.settings.bands
    if named or store.settings.texts:
        found += _say(
            numbers[derived.keys[band, place] != keys], band, "is in a bucket that is not its own"
        )
    order = np.lexsort((numbers, keys))
    again = np.diff(numbers[order]) == 0
    again &= np.diff(keys[order].astype(np.int64)) == 0
    found += _say(numbers[order][1:][again], band, "is in a bucket twice")
    if not named:
        at = np.arange(len(order)) - np.searchsorted(keys[order], keys[order])
        found += _say(numbers[order][at >= CAP], band, f"is beyond the {CAP} a bucket remembers")
    missing = np.setdiff1d(derived.numbers, numbers)
    if len(missing) and not named:
        missing = _unexcused(store, band, derived, keys, numbers, missing)
    return found + _say(missing, band, "is in no bucket")


def _unexcused(
    store: SqliteStore,
    band: int,
    derived: _Derived,
    keys: NDArray[np.uint32],
    numbers: Numbers,
    missing: Numbers,
) -> Numbers:
    """Of those that no bucket holds, list those whose bucket had room when they came.

    That can't be told any more once something was removed, nor without texts.
    """
    removals = store.connection.execute("SELECT removals FROM state").fetchone()[0]
    if removals or not store.settings.texts:
        return missing[:0]
    order = np.lexsort((numbers, keys))
    packed = keys[order].astype(np.uint64) << np.uint64(32) | numbers[order].astype(np.uint64)
    own = derived.keys[band, np.searchsorted(derived.numbers, missing)].astype(np.uint64)
    begin = np.searchsorted(packed, own << np.uint64(32))
    end = np.searchsorted(packed, own << np.uint64(32) | missing.astype(np.uint64))
    unexcused: Numbers = missing[end - begin < CAP]
    return unexcused


def _entries(store: SqliteStore, band: int) -> tuple[NDArray[np.uint32], Numbers]:
    """Read all entries of a band from the file: its runs, and the tail from its mark on."""
    mark = int(store.mirror.marks[band])
    bands = len(store.mirror.marks)
    keys, numbers = [np.empty(0, dtype=np.uint32)], [np.empty(0, dtype=np.int64)]
    for segment in store.mirror.segments[band]:
        some, members = sorting.read_segment(store.connection, segment)
        keys.append(some)
        numbers.append(members)
    for first, count, raw, bits in store.connection.execute(
        "SELECT first, count, keys, held FROM tail WHERE first >= ?", (mark,)
    ):
        tail, held = read_tail(bands, count, raw, bits)
        keys.append(tail[band, held[band]])
        numbers.append(first + np.flatnonzero(held[band]))
    return np.concatenate(keys), np.concatenate(numbers)


def _say(numbers: Numbers, band: int, what: str) -> list[str]:
    return [f"paragraph {number}: {what} (band {band})" for number in numbers[:_LISTED].tolist()]
