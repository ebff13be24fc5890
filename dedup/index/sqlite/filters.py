"""Filters: they tell which band keys a run certainly does not hold, so its slots aren't read.

Knows: Bloom filters with two hashes, 8 to 16 bits a band key. Does not know: files, slots.

Most band keys that are looked up are in no bucket. One in twenty to seventy of those passes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.index.damage import Damage

#: The multipliers of the two hashes; ``kernel/memtable.c`` has the same.
_FIRST, _SECOND = np.uint32(0x9E3779B1), np.uint32(0x85EBCA6B)

#: Fewest and most bits that choose a place: one byte, and 128 MB.
_FEWEST, _MOST = 3, 30


def bits_for(keys: int) -> int:
    """Return how many bits choose a place in the filter of so many band keys."""
    return min(max((8 * keys - 1).bit_length(), _FEWEST), _MOST)


def make(keys: NDArray[np.uint32]) -> bytes:
    """Make the filter of some band keys. Cost: 10 ns each."""
    bits = bits_for(len(keys))
    marked = np.zeros(1 << bits, dtype=bool)
    for factor in (_FIRST, _SECOND):
        marked[(keys * factor) >> np.uint32(32 - bits)] = True
    return np.packbits(marked, bitorder="little").tobytes()


def checked(run: int, body: object) -> bytes:
    """Return the filter of a run as it was read. Raises Damage for what can't be one."""
    if type(body) is not bytes or len(body).bit_count() != 1 or len(body) > 1 << (_MOST - 3):
        raise Damage(f"the filter of run {run} is of another length")
    return body
