"""Measure which share of the true pairs escaped in the texts at hand.

Knows: how to compare a sample with all paragraphs, and the confidence interval of the share. Does
not know: how the audited answer was found; it looks only at which paragraphs are kept.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.tokens import tokenise
from dedup.core.variants import are_variants
from dedup.encoded import taken
from dedup.pairs import similar_pairs
from dedup.progress import Progress
from dedup.workers import Workers

#: Texts that are read at a time.
_BLOCK = 500

_Z = 1.959964  # of the normal distribution, for 95 %


class Audit(NamedTuple):
    """What an audit found.

    sample: paragraphs that were compared with all others; pairs: the pairs found at or above the
    threshold, without pairs of equal words and without variants; escaped: the pairs of which both
    paragraphs are kept; share: escaped / pairs, 0 without pairs; low, high: the 95 % confidence
    interval of the share (Wilson), 0 and 1 without pairs.
    """

    sample: int
    pairs: int
    escaped: int
    share: float
    low: float
    high: float


def audit(
    texts: Sequence[str],
    kept: NDArray[np.bool_],
    threshold: float,
    tokens: str,
    min_tokens: int,
    sample: int,
    seed: int,
    variants_at: float | None,
    progress: Progress | None = None,
) -> Audit:
    """Compare a random sample of the paragraphs that compete with all paragraphs that compete.

    texts, kept: n of each; variants_at: the probability from which on a pair is a variant, None if
    the audited answer treats variants as copies. Identical texts count once. Only pairs of which
    both paragraphs are kept are judged. Cost: some 0.1 us for each of ``sample * n`` pairs, so 20 s
    for 1,000 of 200,000 paragraphs, and 10 us for each pair that is judged.
    """
    if isinstance(sample, bool) or not isinstance(sample, int):
        raise TypeError(f"sample is {sample!r}; it must be a whole number")
    if sample < 1:
        raise ValueError(f"sample is {sample}; it must be 1 or more")
    rows = _competing(texts, kept, min_tokens)
    drawn = np.sort(np.random.default_rng(seed).permutation(len(rows))[:sample])

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress("audit", done * len(drawn) // total, len(drawn))

    with Workers(1) as pool:
        left, right, scores = similar_pairs(texts, rows, drawn, threshold, tokens, pool, report)
    unlike = scores < 1.0
    a, b = rows[left[unlike]], rows[right[unlike]]
    both = np.flatnonzero(kept[a] & kept[b])
    variants = 0
    if variants_at is not None:
        is_variant = are_variants(texts, a[both], b[both], tokens, variants_at=variants_at)
        variants = int(is_variant.sum())
    pairs, escaped = len(a) - variants, len(both) - variants
    return Audit(len(drawn), pairs, escaped, *_interval(escaped, pairs))


def _competing(texts: Sequence[str], kept: NDArray[np.bool_], min_tokens: int) -> NDArray[np.int64]:
    """List the positions of the texts that compete; of identical ones one, the kept one if any."""
    first: dict[str, int] = {}
    for position in np.flatnonzero(kept).tolist() + np.flatnonzero(~kept).tolist():
        first.setdefault(texts[position], position)
    rows = np.array(sorted(first.values()), dtype=np.int64)
    lengths = [
        tokenise(taken(texts, rows[begin : begin + _BLOCK])).lengths
        for begin in range(0, len(rows), _BLOCK)
    ]
    words = np.concatenate([np.empty(0, dtype=np.int64), *lengths])
    return rows[words >= max(min_tokens, 1)]


def _interval(escaped: int, pairs: int) -> tuple[float, float, float]:
    """Give the share and its Wilson score interval."""
    if pairs == 0:
        return 0.0, 0.0, 1.0
    share = escaped / pairs
    centre = share + _Z**2 / (2 * pairs)
    spread = _Z * math.sqrt(share * (1 - share) / pairs + (_Z / (2 * pairs)) ** 2)
    scale = 1 + _Z**2 / pairs
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return share, max(0.0, min(low, share)), min(1.0, max(high, share))
