"""Every invariant of an index that any store must hold, derived anew from the texts.

Knows: settings, what must hold between texts, fingerprints, sketches and buckets. Does not know:
stores (they hand in what they hold), rules, how anything is repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import bodies as wording
from dedup.index.keys import MORE_BANDS, name_keys, print_keys
from dedup.index.settings import Settings
from dedup.stages import family, sketch_texts

#: Problems of a sort that are listed.
LISTED = 5

Numbers = NDArray[np.int64]


class Row(NamedTuple):
    """A stored paragraph: its number, sender's key, fingerprint, sketch and body, as bytes."""

    number: int
    key: str
    print: bytes
    sketch: bytes
    body: bytes


class Entries(NamedTuple):
    """What the buckets of a band hold of stored paragraphs: keys uint32 (m,), numbers int64."""

    keys: NDArray[np.uint32]
    numbers: Numbers


class Derived:
    """What the texts say. ``problems``: where fingerprints or sketches are not theirs."""

    def __init__(self, settings: Settings) -> None:
        self.problems: list[str] = []
        self._settings = settings
        self._family = family(settings.recipe)
        self._numbers: list[int] = []
        self._keys = [np.empty((settings.bands + MORE_BANDS, 0), dtype=np.uint32)]
        self._prints = [np.empty((0, 2), dtype=np.uint64)]

    def add(self, rows: Sequence[Row]) -> None:
        """Take in some rows, numbers rising; callers hand in a thousand or so."""
        settings = self._settings
        self._numbers += [row.number for row in rows]
        raw = b"".join(row.print for row in rows)
        prints = np.frombuffer(raw, dtype="<u8").reshape(-1, 2)
        own = np.zeros((settings.bands, len(rows)), dtype=np.uint32)
        if settings.texts:
            texts = [wording.text_of_body(row.body) for row in rows]
            sketched = sketch_texts(texts, settings.recipe, self._family)
            own = sketched.keys[: settings.bands]
            stored = b"".join(row.sketch for row in rows)
            sketches = np.frombuffer(stored, dtype="<u8").reshape(len(rows), -1)
            wrong = (sketched.prints != prints).any(axis=1)
            wrong |= (sketched.sketches != sketches).any(axis=1)
            wrong |= sketched.words < max(settings.recipe.min_tokens, 1)
            self.problems += [
                f"paragraph {rows[k].number}: its text is not that of its fingerprint or sketch"
                for k in np.flatnonzero(wrong)[:LISTED].tolist()
            ]
        self._prints.append(prints)
        names = name_keys([row.key for row in rows])
        self._keys.append(np.concatenate((own, print_keys(prints)[None], names[None])))

    def repeats(self) -> list[str]:
        """List who has the fingerprint of another."""
        prints = np.concatenate(self._prints)
        order = np.lexsort((prints[:, 1], prints[:, 0]))
        same = np.flatnonzero((prints[order[1:]] == prints[order[:-1]]).all(axis=1))[:LISTED]
        return [
            f"paragraphs {self._numbers[a]} and {self._numbers[b]}: the same fingerprint"
            for a, b in zip(order[same].tolist(), order[same + 1].tolist(), strict=True)
        ]

    def arrays(self) -> tuple[Numbers, NDArray[np.uint32]]:
        """All rows: numbers int64 (n,), rising; keys uint32 (bands + 2, n)."""
        return np.array(self._numbers, dtype=np.int64), np.concatenate(self._keys, axis=1)


def bucket_problems(
    settings: Settings,
    band: int,
    entries: Entries,
    derived: tuple[Numbers, NDArray[np.uint32]],
    removals: int,
) -> list[str]:
    """Compare the buckets of a band with the keys: nobody stray, nobody missing, none too full.

    removals: how many paragraphs were ever removed; after one nobody can tell whether a bucket had
    room.
    """
    keys, numbers = entries
    rows, own = derived
    place = np.minimum(np.searchsorted(rows, numbers), max(len(rows) - 1, 0))
    stray = rows[place] != numbers if len(rows) else np.ones(len(numbers), dtype=bool)
    if stray.any():
        return say(numbers[stray], band, "is in a bucket but not stored")
    found: list[str] = []
    named = band >= settings.bands
    if named or settings.texts:
        found += say(numbers[own[band, place] != keys], band, "is in a bucket that is not its own")
    order = np.lexsort((numbers, keys))
    again = np.diff(numbers[order]) == 0
    again &= np.diff(keys[order].astype(np.int64)) == 0
    found += say(numbers[order][1:][again], band, "is in a bucket twice")
    if not named:
        at = np.arange(len(order)) - np.searchsorted(keys[order], keys[order])
        found += say(numbers[order][at >= CAP], band, f"is beyond the {CAP} a bucket remembers")
    missing = np.setdiff1d(rows, numbers)
    if len(missing) and not named:
        # Whose bucket had room when they came can't be told without texts either.
        if removals or not settings.texts:
            return found
        missing = _unexcused(rows, own[band], keys, numbers, missing)
    return found + say(missing, band, "is in no bucket")


def _unexcused(
    rows: Numbers,
    own: NDArray[np.uint32],
    keys: NDArray[np.uint32],
    numbers: Numbers,
    missing: Numbers,
) -> Numbers:
    """Of those that no bucket holds, list those whose bucket had room when they came."""
    order = np.lexsort((numbers, keys))
    packed = keys[order].astype(np.uint64) << np.uint64(32) | numbers[order].astype(np.uint64)
    wanted = own[np.searchsorted(rows, missing)].astype(np.uint64)
    begin = np.searchsorted(packed, wanted << np.uint64(32))
    end = np.searchsorted(packed, wanted << np.uint64(32) | missing.astype(np.uint64))
    unexcused: Numbers = missing[end - begin < CAP]
    return unexcused


def say(numbers: Numbers, band: int, what: str) -> list[str]:
    """Say of the first few numbers what is wrong with them."""
    return [f"paragraph {number}: {what} (band {band})" for number in numbers[:LISTED].tolist()]
