"""Four bits of each of 64 permutations: enough to turn away candidates that are not alike.

Knows: how to pack signatures small and how many places a true pair can be expected to share.
Does not know: buckets, similarity, texts.

Two paragraphs of shingle Jaccard index J agree in a place with probability ``J + (1 - J) / 16``.
The cut is set so low that of the pairs at the threshold whose edits all stand alone, the least
alike that must be found, one in a thousand falls below it. Strangers that share a band by chance
agree in some 7 places of 64, the least alike true pairs at the default threshold in about 30.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_PLACES = 16  # of four bits, in one 64-bit word
_USUAL_WORDS, _MOST_WORDS = 4, 15  # so many that a count of places fits eight bits
_ONES = np.uint64(0x1111111111111111)


def sketch_words(permutations: int) -> int:
    """Number of 64-bit words a sketch has: 4, or more where many permutations seek unlike pairs."""
    usual = min(permutations // _PLACES, _USUAL_WORDS)
    return max(1, usual, min(permutations // (2 * _PLACES), _MOST_WORDS))


def sketches(signatures: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Pack the low four bits of the first permutations.

    signatures: uint32 (permutations, n). Returns uint64 (n, words), 32 bytes a paragraph.
    """
    words = sketch_words(len(signatures))
    used = signatures[: words * _PLACES]
    low = np.zeros((words * _PLACES, signatures.shape[1]), dtype=np.uint8)
    np.bitwise_and(used.astype(np.uint8), np.uint8(15), out=low[: len(used)])
    low[0::2] |= low[1::2] << np.uint8(4)
    return np.ascontiguousarray(low[0::2].T).view("<u8")


def agreement(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Count the places two sketches share, row by row: uint8 (m,). Cost: 10 ns a pair."""
    apart = a ^ b
    apart |= apart >> np.uint64(2)
    apart |= apart >> np.uint64(1)
    apart &= _ONES
    places = np.uint8(_PLACES * a.shape[1])
    differing: NDArray[np.uint8] = np.bitwise_count(apart).sum(axis=1, dtype=np.uint8)
    return places - differing


def least_agreement(jaccard: float, permutations: int) -> int:
    """Fewest places a pair of this Jaccard index shares, but for one pair in a thousand."""
    places = min(sketch_words(permutations) * _PLACES, permutations)
    share = jaccard + (1.0 - jaccard) / 16.0
    least = places * share - 3.1 * math.sqrt(places * share * (1.0 - share))
    # Places that a short signature lacks are zero on both sides and always agree.
    return max(0, math.floor(least)) + (sketch_words(permutations) * _PLACES - places)
