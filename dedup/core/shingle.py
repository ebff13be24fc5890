"""Rows of tokens to rows of shingles: every ``width`` neighbours, as one 32-bit hash.

Knows: neighbours. Does not know: what a token is, MinHash.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.core.tokens import mix
from dedup.ragged import Ragged, starts_of

#: Odd multipliers, one for each place in a shingle (from the digits of the golden ratio and of
#: the square roots of small primes); so "a b" and "b a" differ.
_PLACE = np.array(
    [0x9E3779B97F4A7C15, 0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B,
     0xA54FF53A5F1D36F1, 0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B],
    dtype=np.uint64,
)  # fmt: skip

MAX_WIDTH = len(_PLACE)


def shingles(tokens: Ragged[np.uint64], width: int) -> Ragged[np.uint32]:
    """Hash every run of ``width`` tokens of every row to 32 bits.

    A row of fewer tokens than ``width`` gives one shingle of all it has; an empty row gives none.
    Repeated shingles are left in: a minimum does not mind. Cost: 0.2 us for 65 words, width 2.
    """
    values, lengths = tokens.values, tokens.lengths
    total = values * _PLACE[0]
    for place in range(1, width):
        total[: max(0, len(total) - place)] += values[place:] * _PLACE[place]
    keep = np.ones(len(values), dtype=bool)
    for place in range(1, width):
        keep[tokens.starts[1:][lengths > place] - place] = False
    _add_short_rows(total, tokens, width)
    counts = np.maximum(lengths - (width - 1), np.minimum(lengths, 1))
    return Ragged(_top_half(mix(total[keep])), starts_of(counts))


def _add_short_rows(total: NDArray[np.uint64], tokens: Ragged[np.uint64], width: int) -> None:
    """Make anew the sum of the rows shorter than a shingle, which ran into the next row."""
    for length in range(1, width):
        start = tokens.starts[:-1][tokens.lengths == length]
        if len(start):
            total[start] = sum(
                tokens.values[start + place] * _PLACE[place] for place in range(length)
            )


def _top_half(values: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (values >> np.uint64(32)).astype(np.uint32)
