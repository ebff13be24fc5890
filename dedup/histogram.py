"""How many pairs of paragraphs there are at each similarity, with examples: to choose a threshold.

Knows: how to count all pairs, or to estimate their number by comparing a random sample with all
paragraphs. Does not know: how copies are found, who is kept, files, printing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.checks import check_probability
from dedup.core.fingerprint import fingerprints, group_equal
from dedup.core.tokens import tokenise
from dedup.core.variants import are_variants
from dedup.options import USUAL_MATCHING, USUAL_RESOURCES, Matching, Resources
from dedup.pairs import similar_pairs
from dedup.progress import Progress
from dedup.texts import Texts, listed_texts
from dedup.workers import Workers, default_workers

#: The most pairs that are compared, some ten seconds of work. For more, a sample is compared.
MOST_PAIRS = 50_000_000

#: The most pairs of a bin that are judged to estimate the share of variants.
_MOST_JUDGED = 200

#: Texts that are read at a time.
_BLOCK = 500

Rows = NDArray[np.int64]


class Example(NamedTuple):
    """A pair of paragraphs, by position, the earlier first, and their similarity."""

    first: int
    second: int
    similarity: float


class Bin(NamedTuple):
    """The pairs with ``low`` <= similarity < ``high`` (the last bin includes 1).

    pairs: their number, an estimate if a sample was taken; variants: the share of variants,
    estimated from at most 200 pairs, None without pairs; examples: some of the pairs, drawn at
    random, in reading order.
    """

    low: float
    high: float
    pairs: int
    variants: float | None
    examples: tuple[Example, ...]


class Histogram(NamedTuple):
    """The bins, rising, and what they were counted from.

    paragraphs: paragraphs that compete, those with the same words counted once; sample: paragraphs
    that were compared with all others; copies: paragraphs that have the same words as an earlier
    one. The pairs of these are in no bin.
    """

    bins: tuple[Bin, ...]
    paragraphs: int
    sample: int
    copies: int


class _Pairs(NamedTuple):
    """Pairs of rows with their similarity; ``weight``: how many pairs each one stands for."""

    first: Rows
    second: Rows
    score: NDArray[np.float64]
    weight: float


def histogram(
    paragraphs: Texts,
    matching: Matching = USUAL_MATCHING,
    resources: Resources = USUAL_RESOURCES,
    low: float = 0.5,
    step: float = 0.05,
    examples: int = 3,
    seed: int = 1,
) -> Histogram:
    """Count the pairs of paragraphs at each similarity from ``low`` to 1, with some examples.

    Paragraphs with the same words count once. If there are more than some 10,000, it compares a
    random sample with all others, and the counts are estimates. Of ``matching`` it uses ``tokens``,
    ``min_tokens`` and ``variants_at``. Raises ValueError for a ``low`` or ``step`` out of bounds.
    Cost: 0.2 us a pair, ten seconds at most.
    """
    check_probability("low", low)
    check_probability("step", step)
    texts = listed_texts(paragraphs, "paragraphs")
    positions, copies = _distinct(texts, matching.min_tokens)
    draw = np.random.default_rng(seed)
    drawn = _sample(len(positions), draw)
    with Workers(resources.workers or default_workers(len(texts))) as pool:
        pairs = _alike(texts, positions, drawn, low, matching.tokens, pool, resources.progress)
    edges = [*np.round(np.arange(low, 1.0 - 1e-9, step), 6).tolist(), 1.0]
    bins = tuple(
        _bin(texts, positions, pairs, span, examples, matching, draw) for span in pairwise(edges)
    )
    return Histogram(bins, len(positions), len(drawn), copies)


def _distinct(texts: Sequence[str], min_tokens: int) -> tuple[Rows, int]:
    """List the first paragraphs with their words among those that compete, and count the others."""
    prints, words = [np.empty((0, 2), dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for begin in range(0, len(texts), _BLOCK):
        rows = tokenise(texts[begin : begin + _BLOCK])
        prints.append(fingerprints(rows))
        words.append(rows.lengths)
    competes = np.flatnonzero(np.concatenate(words) >= max(min_tokens, 1))
    first, _ = group_equal(np.concatenate(prints)[competes])
    return np.sort(competes[first]), len(competes) - len(first)


def _sample(count: int, draw: np.random.Generator) -> Rows:
    """Draw the rows that are compared with all others: all rows if there are few enough."""
    if count * (count - 1) // 2 <= MOST_PAIRS:
        return np.arange(count)
    return np.sort(draw.permutation(count)[: max(1, MOST_PAIRS // count)])


def _alike(
    texts: Sequence[str],
    positions: Rows,
    drawn: Rows,
    low: float,
    tokens: str,
    pool: Workers,
    report: Progress,
) -> _Pairs:
    """Compare the rows that were drawn with all rows."""
    count = len(positions)
    left, right, score = similar_pairs(
        texts, positions, drawn, low, tokens, pool, partial(report, "compare")
    )
    # A pair is compared unless neither of its rows was drawn.
    rest = count - len(drawn)
    met = 1.0 - rest * (rest - 1) / max(count * (count - 1), 1)
    return _Pairs(left, right, score, 1.0 / max(met, 1e-9))


def _bin(
    texts: Sequence[str],
    positions: Rows,
    pairs: _Pairs,
    span: tuple[float, float],
    examples: int,
    matching: Matching,
    draw: np.random.Generator,
) -> Bin:
    """Make one bin: count its pairs, estimate the share of variants, choose examples."""
    low, high = span
    inside = np.flatnonzero((pairs.score >= low) & ((pairs.score < high) | (high == 1.0)))
    chosen = draw.permutation(inside)
    judged = chosen[:_MOST_JUDGED]
    variants = None
    if len(judged):
        ends = positions[pairs.first[judged]], positions[pairs.second[judged]]
        is_variant = are_variants(texts, *ends, matching.tokens, variants_at=matching.variants_at)
        variants = float(is_variant.mean())
    shown = np.sort(chosen[:examples])
    return Bin(
        low,
        high,
        round(len(inside) * pairs.weight),
        variants,
        tuple(
            Example(int(positions[i]), int(positions[j]), float(score))
            for i, j, score in zip(
                pairs.first[shown].tolist(),
                pairs.second[shown].tolist(),
                pairs.score[shown].tolist(),
                strict=True,
            )
        ),
    )
