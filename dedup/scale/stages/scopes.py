"""Scopes: paragraphs of different ones must never meet.

Knows: how the name of a scope is mixed into fingerprints, band keys and sketches. Does not know:
what a scope stands for.

Every word of what is mixed in looks random and is the same throughout a scope, so inside a scope
nothing changes: equal fingerprints and keys stay equal, sketches share as many places. Of two
scopes fingerprints are never equal (but for one pair of texts in 2**128), and where keys fall
together by chance, the sketches agree in no more places than those of strangers, so the pair is
turned away before it is compared.
"""

from __future__ import annotations

import numpy as np
import xxhash
from numpy.typing import NDArray

Words = NDArray[np.uint64]

#: The increments and multipliers of splitmix64 (Steele, Lea, Flood 2014).
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def scope_hash(name: str) -> int:
    """Hash the name of a scope to 64 bits."""
    return xxhash.xxh3_64_intdigest(name.encode("utf-8", "surrogatepass"))


def mix(prints: Words, keys: NDArray[np.uint32], sketches: Words, scopes: Words) -> None:
    """Mix scopes into a batch, in place.

    prints: uint64 (n, 2); keys: uint32 (bands, n); sketches: uint64 (n, words); scopes: uint64
    (n,), hashes. Cost: 50 ns a paragraph.
    """
    for column in range(prints.shape[1]):
        prints[:, column] ^= _word(scopes, column)
    keys ^= (_word(scopes, 2) >> np.uint64(32)).astype(np.uint32)
    for column in range(sketches.shape[1]):
        sketches[:, column] ^= _word(scopes, 3 + column)


def _word(scopes: Words, number: int) -> Words:
    """Draw a random word of each scope, another for each number."""
    found: Words = scopes + np.uint64((number + 1) * _STEP & (1 << 64) - 1)
    found = (found ^ (found >> np.uint64(30))) * np.uint64(_FIRST)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(_SECOND)
    return found ^ (found >> np.uint64(31))
