"""The invariants that any store of an index must keep, verified from the texts.

Knows: settings, what must be true of texts, fingerprints, sketches and buckets. Does not know:
stores (they hand in what they hold), rules, how anything is repaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import CAP
from dedup.index import payload
from dedup.index.identity_bands import IDENTITY_BANDS, identity_band_keys
from dedup.index.settings import Settings
from dedup.stages import family, sketch_texts

#: Most problems of a kind that are listed.
LISTED = 5

Numbers = NDArray[np.int64]


class Row(NamedTuple):
    """A stored paragraph: its number and key; fingerprint, sketch and payload as bytes."""

    number: int
    key: str
    print: bytes
    sketch: bytes
    payload: bytes


class Entries(NamedTuple):
    """What the buckets of a band hold: band_keys uint32 (m,), numbers int64 (m,)."""

    band_keys: NDArray[np.uint32]
    numbers: Numbers


class Derived:
    """What follows from the texts; ``problems`` lists fingerprints and sketches that don't."""

    def __init__(self, settings: Settings) -> None:
        self.problems: list[str] = []
        self._settings = settings
        self._family = family(settings.recipe)
        self._numbers: list[int] = []
        self._band_keys = [np.empty((settings.bands + IDENTITY_BANDS, 0), dtype=np.uint32)]
        self._prints = [np.empty((0, 2), dtype=np.uint64)]

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows, by rising number; callers hand in a thousand or so at a time."""
        settings = self._settings
        self._numbers += [row.number for row in rows]
        raw = b"".join(row.print for row in rows)
        prints = np.frombuffer(raw, dtype="<u8").reshape(-1, 2)
        own = np.zeros((settings.bands, len(rows)), dtype=np.uint32)
        if settings.texts:
            texts = [payload.text_of(row.payload) for row in rows]
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
        keys = [row.key for row in rows]
        self._band_keys.append(np.concatenate((own, identity_band_keys(prints, keys))))

    def repeats(self) -> list[str]:
        """List paragraphs that have the fingerprint of another."""
        prints = np.concatenate(self._prints)
        order = np.lexsort((prints[:, 1], prints[:, 0]))
        same = np.flatnonzero((prints[order[1:]] == prints[order[:-1]]).all(axis=1))[:LISTED]
        return [
            f"paragraphs {self._numbers[a]} and {self._numbers[b]}: the same fingerprint"
            for a, b in zip(order[same].tolist(), order[same + 1].tolist(), strict=True)
        ]

    def arrays(self) -> tuple[Numbers, NDArray[np.uint32]]:
        """Return all rows: numbers int64 (n,), rising; band keys uint32 (bands + 2, n)."""
        return np.array(self._numbers, dtype=np.int64), np.concatenate(self._band_keys, axis=1)


def bucket_problems(
    settings: Settings,
    band: int,
    entries: Entries,
    derived: tuple[Numbers, NDArray[np.uint32]],
    removals: int,
) -> list[str]:
    """List what is wrong with the buckets of a band: members that are stray, missing, or too many.

    Args:
        settings: of the index.
        band: its number; those behind the recipe's are the identity bands.
        entries: what its buckets hold.
        derived: what they should hold, as ``Derived.arrays`` returns it.
        removals: how many paragraphs were ever removed. After one it can't be known any more
            whether a bucket had room.

    """
    keys, numbers = entries
    rows, own = derived
    place = np.minimum(np.searchsorted(rows, numbers), max(len(rows) - 1, 0))
    stray = rows[place] != numbers if len(rows) else np.ones(len(numbers), dtype=bool)
    if stray.any():
        return say(numbers[stray], band, "is in a bucket but not stored")
    found: list[str] = []
    identity = band >= settings.bands
    if identity or settings.texts:
        found += say(numbers[own[band, place] != keys], band, "is in a bucket that is not its own")
    order = np.lexsort((numbers, keys))
    again = np.diff(numbers[order]) == 0
    again &= np.diff(keys[order].astype(np.int64)) == 0
    found += say(numbers[order][1:][again], band, "is in a bucket twice")
    if not identity:
        at = np.arange(len(order)) - np.searchsorted(keys[order], keys[order])
        found += say(numbers[order][at >= CAP], band, f"is beyond the {CAP} a bucket remembers")
    missing = np.setdiff1d(rows, numbers)
    if len(missing) and not identity:
        # Without texts it can't be known either whether a bucket had room.
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
    """Of paragraphs that no bucket holds, list those whose bucket had room when they came."""
    order = np.lexsort((numbers, keys))
    packed = keys[order].astype(np.uint64) << np.uint64(32) | numbers[order].astype(np.uint64)
    wanted = own[np.searchsorted(rows, missing)].astype(np.uint64)
    begin = np.searchsorted(packed, wanted << np.uint64(32))
    end = np.searchsorted(packed, wanted << np.uint64(32) | missing.astype(np.uint64))
    unexcused: Numbers = missing[end - begin < CAP]
    return unexcused


def say(numbers: Numbers, band: int, what: str) -> list[str]:
    """Write a problem for each of the first few numbers."""
    return [f"paragraph {number}: {what} (band {band})" for number in numbers[:LISTED].tolist()]
