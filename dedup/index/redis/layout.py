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
from dedup.index.slots import KEY_BYTES

Numbers = NDArray[np.int64]

#: Bytes of a row before its fingerprint, of a fingerprint, of a slot's name, of a number.
_TIMES, PRINT, _SLOT, NUMBER = 20, 16, 3, 4

#: A member of a bucket, as the reply to a look has it.
HIT = np.dtype([("band", "<u2"), ("row", "<u2"), ("number", "<u4")])


class Keys(NamedTuple):
    """The names of the keys of an index; bands: those of the recipe, fingerprints, names."""

    meta: str
    rows: str
    texts: str
    bands: tuple[str, ...]

    @property
    def head(self) -> tuple[str, str, str]:
        """The keys that every script is given."""
        return self.meta, self.rows, self.texts

    @property
    def contents(self) -> tuple[str, ...]:
        """All keys but ``meta``."""
        return self.rows, self.texts, *self.bands


def keys_of(prefix: str, bands: int, part: str = "") -> Keys:
    """Name the keys of an index; part: what the names of temporary keys begin with."""
    stem = f"{{{prefix}}}:{part}"
    names = tuple(f"{stem}{band}" for band in range(bands))
    return Keys(f"{{{prefix}}}:meta", f"{stem}rows", f"{stem}texts", names)


def slots_and_keys(keys: NDArray[np.uint32], bits: int) -> tuple[bytes, bytes]:
    """Write the slots of band keys, and the part of them that entries hold, three bytes each."""
    return _low(keys >> np.uint32(32 - bits), _SLOT), _low(keys, KEY_BYTES)


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
    now: int, counts: Sequence[int], prints: NDArray[np.uint64], sketches: NDArray[np.uint64]
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
    width = _TIMES + PRINT + 8 * words
    if len(raw) % width:
        raise Damage(f"rows of {len(raw)} bytes, no multiple of {width}")
    rows = np.frombuffer(raw, dtype=np.uint8).reshape(-1, width)
    longs = [np.ascontiguousarray(rows[:, at : at + 8]).view("<i8").ravel() for at in (0, 8)]
    count = np.ascontiguousarray(rows[:, 16:_TIMES]).view("<u4").ravel().astype(np.int64)
    both = np.ascontiguousarray(rows[:, _TIMES:]).view("<u8")
    return StoredRows(longs[0], longs[1], count, both[:, :2], both[:, 2:])


def write_text(key: str, payload: bytes) -> bytes:
    """Write a key and a payload."""
    raw = key.encode()
    return struct.pack("<I", len(raw)) + raw + payload


def read_text(raw: bytes) -> tuple[str, bytes]:
    """Undo ``write_text``. Raises Damage."""
    if len(raw) < 4 or (end := 4 + int(struct.unpack_from("<I", raw)[0])) > len(raw):
        raise Damage(f"a text of {len(raw)} bytes is shorter than its key")
    try:
        return raw[4:end].decode(), raw[end:]
    except UnicodeDecodeError as error:
        raise Damage(f"a key is not UTF-8: {error.reason}") from error
