"""What share of the true pairs a banding proposes.

Knows: the S-curve, and which numbers of bands and rows reach a recall at the lowest cost.
Does not know: buckets, texts, paragraphs.

A pair whose shingle sets have the Jaccard index J shares at least one band with the probability
``1 - (1 - J**rows) ** bands``, the S-curve. The threshold is a similarity and not a Jaccard index,
so a model turns the one into the other. If no two replaced words are neighbours, a pair of
similarity s keeps the share ``1 - width * (1 - s)`` of its shingles. If misread characters stand at
random places in runs of ``burst``, it keeps ``s**(1 + (width - 1) / burst)``; scans of newspapers
keep as many shingles as with runs of 1.2 to 1.5 characters.

``expected_recall`` is the mean of the S-curve over pairs whose similarities are spread evenly from
the threshold to 1. In real text edits cluster, and most pairs are more alike than the model
assumes. So at the default threshold the real recall is usually higher than the expected one. It is
lower:

- where many pairs have a similarity just above the threshold;
- where single words or characters are inserted or deleted everywhere, which changes more shingles
  at the same similarity (2 % escape where 1 % is promised);
- where a text repeats its own words, as formulas and lists of names do, so that it has fewer
  distinct shingles than words.

``Found.audit`` measures how many pairs escape in the texts at hand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from dedup.core.sketch import least_agreement, sketch_words

#: The most rows of a band. The kernel has no multipliers for more.
MAX_ROWS = 8

#: The most permutations that ``choose`` may use.
_MOST = 512

#: Cost in microseconds, for each paragraph, of a band (its key and a sort), and of a look at the
#: sketch of a stranger: an unrelated paragraph in the same bucket.
_BAND, _LOOK = 0.03, 0.03

#: Cost in microseconds of one permutation of one paragraph: a minimum over its shingles.
_PERMUTATION = {"words": 0.02, "chars": 0.12}

#: Cost in microseconds of comparing a paragraph with a stranger by characters, for which the texts
#: are laid out again. When words are compared, too few strangers get that far to matter.
_COMPARISON = 20.0

#: How often two unrelated paragraphs of English share a band: for each kind of token and shingle
#: width, a figure for bands of two rows, of three, and so on. It is the mean of J**rows over random
#: pairs of documentation, scripture and scanned books and newspapers.
_BACKGROUND = {
    ("words", 2): (5e-5, 1.1e-6, 7.5e-8, 1.3e-8, 2e-9, 3.1e-10, 6e-11),
    ("chars", 3): (1.4e-2, 2e-3, 3.1e-4, 5.5e-5, 1.1e-5, 2.6e-6, 6.9e-7),
    ("chars", 4): (2.7e-3, 2.1e-4, 2.1e-5, 3e-6, 5.9e-7, 1.4e-7, 3.5e-8),
    ("chars", 5): (8.3e-4, 4.7e-5, 4.5e-6, 6.9e-7, 1.3e-7, 2.8e-8, 6.3e-9),
    ("chars", 6): (3.1e-4, 1.7e-5, 1.8e-6, 3e-7, 5.7e-8, 1.2e-8, 2.7e-9),
}

#: The Jaccard index of two unrelated paragraphs, for kinds of token with which many of them are
#: compared: its mean, and the deviation of its logarithm. A lognormal variable with this mean and
#: deviation gives the figures above.
_STRANGERS = {
    ("chars", 3): (0.11, 0.38),
    ("chars", 4): (0.046, 0.49),
    ("chars", 5): (0.023, 0.67),
    ("chars", 6): (0.012, 0.875),
}
_FEWEST_ROWS = 2

#: Bands of two rows are for small inputs. ``choose`` doesn't consider them where a bucket would
#: hold more strangers than this.
_CROWD = 10.0

#: For inputs up to this size, ``choose`` plans for an eighth of the pairs that may escape. That
#: costs milliseconds, and the inputs for which the model is too optimistic are often small.
_SMALL, _MARGIN = 20_000, 8.0

#: Instead of a length of runs: no two edits are neighbours.
APART = 0.0

#: The mean number of neighbouring tokens that an edit changes. The model assumes that replaced
#: words stand apart, and that misread or mistyped characters come alone or in twos.
BURST = {"words": APART, "chars": 1.25}


class Banding(NamedTuple):
    """How signatures are cut: shingle width, bands, rows of a band."""

    width: int
    bands: int
    rows: int


def jaccard_at(similarity: float, width: int, burst: float = APART) -> float:
    """Jaccard index of the shingle sets of a pair of this similarity.

    burst: the mean number of neighbouring tokens that an edit changes, or ``APART``.
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

    For up to 20,000 paragraphs it plans for an eighth of the pairs that may escape. If no banding
    of 512 permutations or fewer reaches the recall (a low threshold with a high recall), it takes
    the one that comes nearest. The result of ``find`` states the recall that this one promises.
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
    """Estimate the microseconds for a paragraph; meetings: strangers that it meets in each band."""
    _, bands, rows = banding
    return bands * (rows * _PERMUTATION[tokens] + _BAND + meetings * _LOOK)


def _compared(banding: Banding, tokens: str, threshold: float) -> float:
    """Estimate the share of strangers that a paragraph meets and whose sketches are similar."""
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
