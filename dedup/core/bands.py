"""Signatures to band keys, and what share of the true pairs a banding proposes.

Knows: the S-curve and which numbers of bands and rows reach a recall at least cost.
Does not know: buckets, texts, paragraphs.

A pair whose shingle sets have the Jaccard index J shares at least one band with probability
``1 - (1 - J**rows) ** bands``. The similarity people set is not J: with every edit standing alone,
a pair of similarity s keeps the share ``1 - width * (1 - s)`` of its shingles.
``expected_recall`` is the mean of the S-curve over pairs spread evenly from the threshold to 1
whose edits stand alone. Real edits cluster and most real pairs are more alike than that, so at
the default threshold it understates on real text. It overstates where pairs crowd at the threshold
and where a text repeats its own words, so that it has fewer distinct shingles than words
(formulas, lists of names); ``Found.audit`` measures what escapes in the texts at hand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Multipliers for the rows of a band.
_ODD = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93,
     0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB],
    dtype=np.uint64,
)  # fmt: skip

MAX_ROWS = len(_ODD)

#: Most permutations ``choose`` will spend.
_MOST = 512

#: Cost in microseconds of one paragraph: of a permutation (a minimum over some 65 shingles), of a
#: band (keys and a sort) and of one unrelated paragraph met in a bucket.
_PERMUTATION, _BAND, _MEETING = 0.02, 0.03, 0.03

#: How often two unrelated paragraphs of English meet in one band, by kind of token, shingle width
#: and rows: the mean of J**rows over random pairs of documentation, scripture and a scanned book.
#: The first is for two rows; with characters everybody meets in those, so they are never offered.
_BACKGROUND = {
    ("words", 2): (5e-5, 1.1e-6, 7.5e-8, 1.3e-8, 2e-9, 3.1e-10, 6e-11),
    ("chars", 3): (1.0, 2e-3, 3e-4, 5e-5, 9e-6, 1.8e-6, 3.8e-7),
    ("chars", 4): (1.0, 2e-4, 1.8e-5, 2e-6, 2.8e-7, 5.3e-8, 1.3e-8),
    ("chars", 5): (1.0, 4.5e-5, 3e-6, 3e-7, 4.5e-8, 8e-9, 1.6e-9),
}
_FEWEST_ROWS = 2

#: Bands of two rows are for small inputs: beyond so many strangers in a bucket they aren't offered.
_CROWD = 10.0

#: Inputs up to this size get bands for an eighth of the misses asked for: it costs them
#: milliseconds, and texts that the model is too hopeful about are often small.
_SMALL, _MARGIN = 20_000, 8.0

#: Errors of text recognition and of typing come in runs of about this many characters; edits of
#: words are taken to stand alone.
BURST = {"words": 1.0, "chars": 1.5}


class Banding(NamedTuple):
    """How signatures are cut: shingle width, bands, rows of a band."""

    width: int
    bands: int
    rows: int


def jaccard_at(similarity: float, width: int, burst: float = 1.0) -> float:
    """Jaccard index of the shingle sets of a pair whose edits come in runs of ``burst`` tokens."""
    lost = (1.0 - similarity) * (1.0 + (width - 1.0) / burst)
    kept = max(0.0, 1.0 - lost)
    return kept / (2.0 - kept)


def probability(jaccard: float, bands: int, rows: int) -> float:
    """Chance that a pair of this Jaccard index shares a band (the S-curve)."""
    return 1.0 - (1.0 - jaccard**rows) ** bands


def expected_recall(banding: Banding, threshold: float, burst: float = 1.0) -> float:
    """Share of the pairs at or above ``threshold`` that share a band, by the model above."""
    steps = 64
    width, bands, rows = banding
    spread = [threshold + (1.0 - threshold) * (k + 0.5) / steps for k in range(steps)]
    return math.fsum(probability(jaccard_at(s, width, burst), bands, rows) for s in spread) / steps


def choose(threshold: float, recall: float, count: int, tokens: str) -> Banding:
    """Choose the cheapest banding that promises ``recall`` for ``count`` paragraphs.

    Up to 20,000 paragraphs it is chosen for an eighth of the misses. Where none does
    within 512 permutations (a low threshold with a high recall), the one that comes nearest is
    taken; its figure is what the result states.
    """
    if count <= _SMALL:
        recall = 1.0 - (1.0 - recall) / _MARGIN
    best, best_cost, nearest, nearest_recall = None, math.inf, None, -1.0
    for (kind, width), rates in _BACKGROUND.items():
        if kind != tokens:
            continue
        for rows, rate in enumerate(rates, start=_FEWEST_ROWS):
            if rows == _FEWEST_ROWS and count * rate > _CROWD:
                continue
            banding = _fewest_bands(width, rows, threshold, recall, BURST[tokens])
            reached = expected_recall(banding, threshold, BURST[tokens])
            if reached > nearest_recall:
                nearest, nearest_recall = banding, reached
            if reached >= recall and (cost := _cost(banding, count * rate)) < best_cost:
                best, best_cost = banding, cost
    chosen = best or nearest
    assert chosen is not None
    return chosen


def _fewest_bands(width: int, rows: int, threshold: float, recall: float, burst: float) -> Banding:
    low, high = max(1, math.ceil(64 / rows)), _MOST // rows
    while low < high:
        middle = (low + high) // 2
        if expected_recall(Banding(width, middle, rows), threshold, burst) >= recall:
            high = middle
        else:
            low = middle + 1
    return Banding(width, low, rows)


def _cost(banding: Banding, meetings: float) -> float:
    """Estimate the microseconds a paragraph costs that meets so many strangers in each band."""
    _, bands, rows = banding
    return bands * (rows * _PERMUTATION + _BAND + meetings * _MEETING)


def band_keys(signatures: NDArray[np.uint32], bands: int, rows: int) -> NDArray[np.uint64]:
    """Fold every band of every signature into one 64-bit key.

    signatures: uint32 (permutations, n), of which the first ``bands * rows`` are used. Returns
    uint64 (bands, n). The band's number is part of its key. Cost: 0.1 us for 32 bands.
    """
    cut = signatures[: bands * rows].reshape(bands, rows, -1)
    total: NDArray[np.uint64]
    number = np.arange(1, bands + 1, dtype=np.uint64)[:, None] << np.uint64(40)
    total = number + cut[:, 0] * _ODD[0]
    for row in range(1, rows):
        total ^= total >> np.uint64(29)
        total += cut[:, row] * _ODD[row]
        total *= _ODD[-1 - row]
    total ^= total >> np.uint64(32)
    total *= _ODD[4]
    return total
