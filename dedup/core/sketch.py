"""Signatures and sketches: how permutations are drawn, and what sketches say of a pair.

A sketch has 64 places or more. Each place holds four bits of one number of the signature. Comparing
two sketches is a cheap way to reject candidates that are not similar.

Knows: the parameters of the permutations; how many places a sketch has, and in how many of them a
true pair agrees. Does not know: how minima are taken and packed (``kernel``), buckets, similarity,
texts.

Two paragraphs whose shingle sets have the Jaccard index J agree in a place with the probability
``J + (1 - J) / 16``. ``least_agreement`` gives a bound so low that it rejects only one in a
thousand of the least similar pairs that must be found: pairs at the threshold in which no two edits
are neighbours. Unrelated paragraphs that share a band by chance agree in some 7 places of 64, the
least similar true pairs at the default threshold in about 30.
"""

from __future__ import annotations

import math
import random

import numpy as np
from numpy.typing import NDArray

_PLACES = 16  # of four bits, in one 64-bit word
_USUAL_WORDS, _MOST_WORDS = 4, 15  # with 15, a number of places still fits in eight bits
_ONES = np.uint64(0x1111111111111111)

#: How many numbers the Mersenne Twister remembers, and the version of what Python calls its state.
_STATE, _TWISTER = 624, 3


def permutations(count: int, seed: int) -> NDArray[np.uint32]:
    """Draw the permutations of a seed: uint32 (2, count), odd ``a`` and any ``b``.

    A permutation is ``a * h + b`` modulo 2**32. The permutations are equal to those of datasketch 2
    with the scheme "affine32" (ekzhu/datasketch, MinHash; Broder 1997), which draws them by the
    Mersenne Twister. Cost: some 200 us, so callers draw once for many batches.
    """
    drawn = _drawn(seed, 2 * count).reshape(2, count)
    drawn[0] = drawn[0] * np.uint32(2) + np.uint32(1)
    return drawn


def _drawn(seed: int, count: int) -> NDArray[np.uint32]:
    """Draw numbers by the Mersenne Twister as numpy's RandomState does: uint32 (count,).

    Python's own twister is the same and differs in how it is seeded, so it is given the state that
    a seed means to numpy (Matsumoto and Nishimura 1998). Importing ``numpy.random`` takes longer.
    """
    state = [seed]
    for k in range(1, _STATE):
        state.append(1812433253 * (state[-1] ^ state[-1] >> 30) + k & 0xFFFFFFFF)
    draw = random.Random()  # noqa: S311 - no secret is drawn
    draw.setstate((_TWISTER, (*state, _STATE), None))
    return np.array([draw.getrandbits(32) for _ in range(count)], dtype=np.uint32)


def sketch_words(permutations: int) -> int:
    """Number of 64-bit words of a sketch: 4, fewer or more for few or many permutations."""
    usual = min(permutations // _PLACES, _USUAL_WORDS)
    return max(1, usual, min(permutations // (2 * _PLACES), _MOST_WORDS))


def agreement(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Count the places in which two sketches agree, row by row: uint8 (m,). Cost: 10 ns a pair."""
    apart = a ^ b
    apart |= apart >> np.uint64(2)
    apart |= apart >> np.uint64(1)
    apart &= _ONES
    places = np.uint8(_PLACES * a.shape[1])
    differing: NDArray[np.uint8] = np.bitwise_count(apart).sum(axis=1, dtype=np.uint8)
    return places - differing


def least_agreement(jaccard: float, permutations: int) -> int:
    """Places in which a pair of this Jaccard index agrees at least, except one in a thousand."""
    places = min(sketch_words(permutations) * _PLACES, permutations)
    share = jaccard + (1.0 - jaccard) / 16.0
    least = places * share - 3.1 * math.sqrt(places * share * (1.0 - share))
    # A short signature fills fewer places; the others are zero in both sketches and always agree.
    return max(0, math.floor(least)) + (sketch_words(permutations) * _PLACES - places)
