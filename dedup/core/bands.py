"""What share of the true pairs a banding proposes.

Knows: the S-curve and which numbers of bands and rows reach a recall at least cost.
Does not know: buckets, texts, paragraphs.

A pair whose shingle sets have the Jaccard index J shares at least one band with probability
``1 - (1 - J**rows) ** bands``. The similarity people set is not J: with every replaced word
standing alone, a pair of similarity s keeps the share ``1 - width * (1 - s)`` of its shingles; with
misread characters that stand at random in runs of ``burst``, ``s**(1 + (width - 1) / burst)``
(scans of newspapers keep as much as with runs of 1.2 to 1.5 characters).
``expected_recall`` is the mean of the S-curve over pairs spread evenly from the threshold to 1.
Real edits cluster and most real pairs are more alike than that, so at the default threshold it
understates on real text. It overstates where pairs crowd at the threshold; where single words or
characters are put in or taken out everywhere, which costs more shingles for the same similarity
(2 % escape where 1 % is promised); and where a text repeats its own words, so that it has fewer
distinct shingles than words (formulas, lists of names). ``Found.audit`` measures what escapes in
the texts at hand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from dedup.core.sketch import least_agreement, sketch_words

#: Most permutations of a band, as many as the kernel has multipliers for.
MAX_ROWS = 8

#: Most permutations ``choose`` will spend.
_MOST = 512

#: Cost in microseconds of a band (keys and a sort) and of a look at a stranger met in a bucket.
_BAND, _LOOK = 0.03, 0.03

#: Cost in microseconds of one paragraph's permutation: a minimum over its shingles.
_PERMUTATION = {"words": 0.02, "chars": 0.12}

#: Cost in microseconds of comparing a paragraph with a stranger by characters, texts laid out anew.
#: By words few strangers come so far.
_COMPARISON = 20.0

#: How often two unrelated paragraphs of English meet in one band, by kind of token, shingle width
#: and rows from two on: the mean of J**rows over random pairs of documentation, scripture and
#: scanned books and newspapers.
_BACKGROUND = {
    ("words", 2): (5e-5, 1.1e-6, 7.5e-8, 1.3e-8, 2e-9, 3.1e-10, 6e-11),
    ("chars", 3): (1.4e-2, 2e-3, 3.1e-4, 5.5e-5, 1.1e-5, 2.6e-6, 6.9e-7),
    ("chars", 4): (2.7e-3, 2.1e-4, 2.1e-5, 3e-6, 5.9e-7, 1.4e-7, 3.5e-8),
    ("chars", 5): (8.3e-4, 4.7e-5, 4.5e-6, 6.9e-7, 1.3e-7, 2.8e-8, 6.3e-9),
    ("chars", 6): (3.1e-4, 1.7e-5, 1.8e-6, 3e-7, 5.7e-8, 1.2e-8, 2.7e-9),
}

#: Jaccard index of two unrelated paragraphs by the same, where many are compared: its mean and the
#: deviation of its logarithm. The powers of a lognormal variable with these are those above.
_STRANGERS = {
    ("chars", 3): (0.11, 0.38),
    ("chars", 4): (0.046, 0.49),
    ("chars", 5): (0.023, 0.67),
    ("chars", 6): (0.012, 0.875),
}
_FEWEST_ROWS = 2

#: Bands of two rows are for small inputs: beyond so many strangers in a bucket they aren't offered.
_CROWD = 10.0

#: Inputs up to this size get bands for an eighth of the misses asked for: it costs them
#: milliseconds, and texts that the model is too hopeful about are often small.
_SMALL, _MARGIN = 20_000, 8.0

#: Edits that stand as far from each other as they can.
APART = 0.0

#: In runs of how many tokens edits come: replaced words are taken to stand apart, misread or
#: mistyped characters alone or in twos.
BURST = {"words": APART, "chars": 1.25}


class Banding(NamedTuple):
    """How signatures are cut: shingle width, bands, rows of a band."""

    width: int
    bands: int
    rows: int


def jaccard_at(similarity: float, width: int, burst: float = APART) -> float:
    """Jaccard index of the shingle sets of a pair of this similarity.

    burst: in runs of how many tokens the edits come, at random places, or ``APART``.
    """
    if burst == APART:
        kept = max(0.0, 1.0 - width * (1.0 - similarity))
    else:
        kept = similarity ** (1.0 + (width - 1.0) / burst)
    return kept / (2.0 - kept)


def probability(jaccard: float, bands: int, rows: int) -> float:
    """Chance that a pair of this Jaccard index shares a band (the S-curve)."""
    return 1.0 - (1.0 - jaccard**rows) ** bands


def expected_recall(banding: Banding, threshold: float, burst: float = APART) -> float:
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
            if reached >= recall:
                cost = _cost(banding, tokens, count * rate)
                cost += count * _compared(banding, tokens, threshold) * _COMPARISON
                if cost < best_cost:
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


def _cost(banding: Banding, tokens: str, meetings: float) -> float:
    """Estimate the microseconds a paragraph costs that meets so many strangers in each band."""
    _, bands, rows = banding
    return bands * (rows * _PERMUTATION[tokens] + _BAND + meetings * _LOOK)


def _compared(banding: Banding, tokens: str, threshold: float) -> float:
    """Estimate the share of strangers a paragraph is compared with: met, and of like sketches."""
    width, bands, rows = banding
    if (tokens, width) not in _STRANGERS:
        return 0.0
    mean, deviation = _STRANGERS[tokens, width]
    permutations = bands * rows
    places = 16 * sketch_words(permutations)
    least = least_agreement(jaccard_at(threshold, width, BURST[tokens]), permutations)
    total = 0.0
    for step in range(-12, 13):
        z = step / 4.0
        jaccard = min(1.0, mean * math.exp(deviation * z - deviation**2 / 2.0))
        share = jaccard + (1.0 - jaccard) / 16.0
        spread = math.sqrt(2.0 * places * share * (1.0 - share)) or 1.0
        like = math.erfc((least - 0.5 - places * share) / spread) / 2.0
        total += math.exp(-z * z / 2.0) * probability(jaccard, bands, rows) * like
    return total / 4.0 / math.sqrt(2.0 * math.pi)
