"""Slots: the entries of a sorted run, by band key, cut into small blobs.

Knows: how entries (band key, number of a paragraph) are sorted, packed into slots and found in
them. Does not know: where slots are kept, which paragraphs are still stored.

The first ``bits`` bits of a band key choose its slot, so a lookup reads one blob. An entry is the
low three bytes of the band key and the number in three bytes, or in four where it is larger. Slots
hold 32 to 64 entries; empty slots are left out.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.index.damage import Damage
from dedup.ragged import starts_of

Numbers = NDArray[np.int64]

#: Bytes of the band key in an entry; most entries of a slot, on average.
KEY_BYTES, _ENTRIES = 3, 64

_LOW = np.uint32((1 << (8 * KEY_BYTES)) - 1)

#: Fewest and most bits that choose a slot.
FEWEST_BITS, MOST_BITS = 8, 24


def bits_for(entries: int) -> int:
    """Return how many bits choose the slot in a run of so many entries."""
    return min(max((entries // _ENTRIES).bit_length(), FEWEST_BITS), MOST_BITS)


def number_bytes(highest: int) -> int:
    """Return how many bytes a number takes in a run whose highest number this is."""
    return max(3, (int(highest).bit_length() + 7) // 8)


def pack(
    keys: NDArray[np.uint32], numbers: Numbers, bits: int, width: int
) -> tuple[Numbers, list[bytes]]:
    """Sort entries by band key and number, and pack them into slots.

    width: bytes of a number; numbers are below 2**32. Returns the slots that are not empty, and
    their bodies. Cost: 30 ns an entry, and 0.3 us a slot.
    """
    packed = keys.astype(np.uint64) << np.uint64(32) | numbers.astype(np.uint64)
    packed.sort()
    words = packed.astype("<u8").view(np.uint8).reshape(-1, 8)
    size = KEY_BYTES + width
    raw = np.empty((len(words), size), dtype=np.uint8)
    raw[:, :KEY_BYTES] = words[:, 4 : 4 + KEY_BYTES]
    raw[:, KEY_BYTES:] = words[:, :width]
    slot = (packed >> np.uint64(64 - bits)).astype(np.int64)
    heads = np.flatnonzero(np.diff(slot, prepend=-1))
    whole = raw.tobytes()
    ends = [*(heads * size).tolist(), len(whole)]
    return slot[heads], [whole[a:b] for a, b in pairwise(ends)]


def unpack(bodies: list[bytes], width: int) -> tuple[NDArray[np.uint32], Numbers, Numbers]:
    """Unpack slots: the low three bytes of every band key, the numbers, the entries of each slot.

    Raises Damage for a body of a length that doesn't fit. Cost: 10 ns an entry.
    """
    raw, counts = _entries(bodies, width)
    return _low(raw), _numbers(raw), counts


def whole_keys(
    low: NDArray[np.uint32], slots: Numbers, counts: Numbers, bits: int
) -> NDArray[np.uint32]:
    """Put band keys together again from their slots and what the entries hold of them."""
    high = np.repeat(slots.astype(np.uint32), counts) << np.uint32(32 - bits)
    return high | low


def find(bodies: list[bytes], widths: Numbers, keys: NDArray[np.uint32]) -> tuple[Numbers, Numbers]:
    """Find band keys in slots, one in each.

    widths: of each slot, the bytes of a number. Returns the place of the slot and the number, for
    each that is found. Raises Damage for a body of a length that doesn't fit. Cost: 0.3 us a slot.
    """
    lengths = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies))
    _check(lengths, KEY_BYTES + widths)
    return kernel.slots_find(b"".join(bodies), starts_of(lengths), widths, keys)


def _check(lengths: Numbers, sizes: Numbers | int) -> None:
    """Raise Damage if the length of a slot is no multiple of the size of its entries."""
    left = lengths % sizes
    if left.any():
        at = int(left.argmax())
        size = sizes if isinstance(sizes, int) else int(sizes[at])
        raise Damage(f"a slot holds {lengths[at]} bytes, no multiple of {size}")


def _entries(bodies: list[bytes], width: int) -> tuple[NDArray[np.uint8], Numbers]:
    """Lay out the entries of slots: the bytes of each, and how many each slot has."""
    size = KEY_BYTES + width
    lengths = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies))
    _check(lengths, size)
    return np.frombuffer(b"".join(bodies), dtype=np.uint8).reshape(-1, size), lengths // size


def _low(raw: NDArray[np.uint8]) -> NDArray[np.uint32]:
    low = np.zeros((len(raw), 4), dtype=np.uint8)
    low[:, :KEY_BYTES] = raw[:, :KEY_BYTES]
    return low.view("<u4").ravel()


def _numbers(raw: NDArray[np.uint8]) -> Numbers:
    numbers = np.zeros((len(raw), 8), dtype=np.uint8)
    numbers[:, : raw.shape[1] - KEY_BYTES] = raw[:, KEY_BYTES:]
    return numbers.view("<i8").ravel()
