"""The layout of an index on a server: names of keys, and the bytes of rows, slots and texts.

Knows: the format (see ``dedup.index.redis``). Does not know: connections, scripts, rules.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.index.damage import Damage

Numbers = NDArray[np.int64]

#: Bytes of a row before its fingerprint, of a fingerprint, of a slot's name, of a number.
_TIMES, PRINT, _SLOT, NUMBER = 20, 16, 3, 4

#: A member of a bucket, as the reply to a look has it.
HIT = np.dtype([("band", "<u2"), ("row", "<u2"), ("place", "<u4")])

#: A row with an exact copy, as the reply to a look has it.
EXACT = np.dtype([("row", "<u4"), ("place", "<u4")])


class Keys(NamedTuple):
    """The names of the keys of an index; bands: those of the recipe, fingerprints, names."""

    meta: bytes
    rows: bytes
    texts: bytes
    bands: tuple[bytes, ...]

    @property
    def head(self) -> tuple[bytes, bytes, bytes]:
        """The keys that every script is given."""
        return self.meta, self.rows, self.texts

    @property
    def contents(self) -> tuple[bytes, ...]:
        """All keys but ``meta``."""
        return self.rows, self.texts, *self.bands


def keys_of(prefix: str, bands: int, part: str = "") -> Keys:
    """Name the keys of an index; part: what the names of temporary keys begin with."""
    index = f"{{{prefix}}}:".encode()
    stem = index + part.encode()
    names = tuple(b"%b%d" % (stem, band) for band in range(bands))
    return Keys(index + b"meta", stem + b"rows", stem + b"texts", names)


def slots_of(keys: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    """Say in which slots band keys are."""
    return keys >> np.uint32(32 - bits)


def write_places(keys: NDArray[np.uint32], bits: int) -> bytes:
    """Write where band keys (bands, n) are: of each band all slots, then what entries hold of keys.

    Each is three bytes long.
    """
    return _low(np.stack((slots_of(keys, bits), keys), axis=1), _SLOT)


def slot_names(slots: Numbers) -> list[bytes]:
    """Write slots as the names of fields."""
    raw = _low(slots.astype(np.uint32), _SLOT)
    return [raw[at : at + _SLOT] for at in range(0, len(raw), _SLOT)]


def number_names(numbers: Numbers) -> list[bytes]:
    """Write numbers as the names of fields."""
    raw = numbers.astype("<u4").tobytes()
    return [raw[at : at + NUMBER] for at in range(0, len(raw), NUMBER)]


def _low(values: NDArray[np.uint32], width: int) -> bytes:
    wide = np.ascontiguousarray(values, dtype="<u4").reshape(-1, 1).view(np.uint8)
    return wide[:, :width].tobytes()


def write_rows(
    now: int,
    counts: Sequence[int] | Numbers,
    prints: NDArray[np.uint64],
    sketches: NDArray[np.uint64],
) -> bytes:
    """Write the rows of paragraphs that are first met now."""
    rows = np.empty((len(prints), _TIMES + PRINT + 8 * sketches.shape[1]), dtype=np.uint8)
    rows[:, :16] = np.array([now, now], dtype="<u8").view(np.uint8)
    rows[:, 16:_TIMES] = np.array(counts, dtype="<u4").reshape(-1, 1).view(np.uint8)
    both = np.concatenate((prints, sketches), axis=1)
    rows[:, _TIMES:] = np.ascontiguousarray(both, dtype="<u8").view(np.uint8)
    return rows.tobytes()


class StoredRows(NamedTuple):
    """Rows as read: last, first, times int64 (n,); prints uint64 (n, 2); sketches (n, words)."""

    last: Numbers
    first: Numbers
    times: Numbers
    prints: NDArray[np.uint64]
    sketches: NDArray[np.uint64]

    def at(self, places: Numbers | NDArray[np.bool_]) -> StoredRows:
        """Return the rows at some places."""
        last, first, times, prints, sketches = self
        return StoredRows(
            last[places], first[places], times[places], prints[places], sketches[places]
        )


def read_rows(raw: bytes, words: int) -> StoredRows:
    """Undo ``write_rows``. Raises ValueError for a length that doesn't fit."""
    rows = _cut(raw, words)
    longs = [np.ascontiguousarray(rows[:, at : at + 8]).view("<i8").ravel() for at in (0, 8)]
    count = np.ascontiguousarray(rows[:, 16:_TIMES]).view("<u4").ravel().astype(np.int64)
    both = np.ascontiguousarray(rows[:, _TIMES:]).view("<u8")
    return StoredRows(longs[0], longs[1], count, both[:, :2], both[:, 2:])


def read_sketches(raw: bytes, words: int) -> NDArray[np.uint64]:
    """Read the sketches of rows alone: uint64 (n, words). Raises Damage as ``read_rows``."""
    return np.ascontiguousarray(_cut(raw, words)[:, _TIMES + PRINT :]).view("<u8")


def _cut(raw: bytes, words: int) -> NDArray[np.uint8]:
    width = _TIMES + PRINT + 8 * words
    if len(raw) % width:
        raise Damage(f"rows of {len(raw)} bytes, no multiple of {width}")
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, width)


def write_text(key: str, payload: bytes) -> bytes:
    """Write a key and a payload."""
    raw = key.encode()
    return struct.pack("<I", len(raw)) + raw + payload


def read_text(raw: bytes | None) -> tuple[str, bytes]:
    """Undo ``write_text``. Raises Damage, also for a text that is not there."""
    if raw is None:
        raise Damage("a paragraph has no text")
    if len(raw) < 4 or (end := 4 + int(struct.unpack_from("<I", raw)[0])) > len(raw):
        raise Damage(f"a text of {len(raw)} bytes is shorter than its key")
    try:
        return raw[4:end].decode(), raw[end:]
    except UnicodeDecodeError as error:
        raise Damage(f"a key is not UTF-8: {error.reason}") from error
