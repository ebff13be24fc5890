"""Which texts of one list are similar to which texts of another. No pair is missed.

Knows: an upper bound of similarity that costs a few nanoseconds a pair. Does not know: rules,
paragraphs, how similarity itself is computed (``core.similarity``).

The words of each text are counted in a few bins, by their hashes. Two texts have at most as many
words in common as their bins have, summed over the bins. Where even that is too few for the
threshold, the pair is not compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.tokens import tokenise
from dedup.stages import alike_texts, compare_texts

#: The number of bits of a word's hash that choose its bin; the highest count of a bin.
_BITS = 6
_MOST = np.iinfo(np.uint16).max

_BATCH = 1_000

#: Pairs in a block; the share of possible pairs from which on comparing all pairs is faster.
_BLOCK, _MANY = 2_000_000, 0.1

#: Tolerance for errors of rounding, in words.
_ROOM = 1e-6


class _Bins(NamedTuple):
    """The words of texts by bin, uint16 (bins, n), and how many each text has, int64 (n,)."""

    counts: NDArray[np.uint16]
    lengths: NDArray[np.int64]


#: Pairs of texts: positions on either side, and similarities.
Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def like_pairs(left: Sequence[str], right: Sequence[str], threshold: float) -> Pairs:
    """Find the pairs of ``left[i]`` and ``right[j]`` with similarity >= threshold.

    Returns (i, j, similarity), ordered by i, then j; pairs too long to compare are left out. Cost:
    4 us a text; for a pair of texts of one length 50 ns, and 1 us where they could be alike. Below
    a threshold of some 0.6 most could, and all are compared, at 0.1 to 0.8 us a pair.
    """
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))]
    known = _bins(right)
    step = max(1, _BLOCK // max(1, len(right)))
    for begin in range(0, len(left) if right else 0, step):
        i, j, scores = _block(left[begin : begin + step], right, known, threshold)
        sure = np.flatnonzero(~np.isnan(scores))
        sure = sure[np.lexsort((j[sure], i[sure]))]
        found.append((i[sure] + begin, j[sure], scores[sure]))
    i, j, scores = (np.concatenate(each) for each in zip(*found, strict=True))
    return i, j, scores


def _block(left: Sequence[str], right: Sequence[str], known: _Bins, threshold: float) -> Pairs:
    """Compare some texts with all others: the pairs that could be similar, or if many are, all."""
    i, j = _possible(_bins(left), known, threshold)
    if len(i) > _MANY * len(left) * len(right):
        return alike_texts(left, right, threshold, "words")
    own, theirs = np.unique(i, return_inverse=True), np.unique(j, return_inverse=True)
    texts = [left[k] for k in own[0].tolist()] + [right[k] for k in theirs[0].tolist()]
    scores = compare_texts(texts, own[1], theirs[1] + len(own[0]), "words")
    good = scores >= threshold
    return i[good], j[good], scores[good]


def _bins(texts: Sequence[str]) -> _Bins:
    """Count the words of each text by bin."""
    bins = 1 << _BITS
    counts = np.empty((bins, len(texts)), dtype=np.uint16)
    lengths = np.empty(len(texts), dtype=np.int64)
    for begin in range(0, len(texts), _BATCH):
        tokens = tokenise(texts[begin : begin + _BATCH])
        size = len(tokens.lengths)
        place = (tokens.values >> np.uint64(64 - _BITS)).astype(np.int64) * size
        place += np.repeat(np.arange(size), tokens.lengths)
        counted = np.bincount(place, minlength=bins * size).reshape(bins, size)
        counts[:, begin : begin + size] = np.minimum(counted, _MOST)
        lengths[begin : begin + size] = tokens.lengths
    return _Bins(counts, lengths)


def _possible(
    left: _Bins, right: _Bins, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the pairs that can be similar: 2 * (words in common) >= threshold * (sum of lengths)."""
    order = np.argsort(right.lengths, kind="stable")
    counts, lengths = right.counts[:, order], right.lengths[order]
    least = left.lengths * (threshold / (2 - threshold)) - _ROOM
    most = left.lengths * ((2 - threshold) / threshold) + _ROOM
    begins = np.searchsorted(lengths, least, "left").tolist()
    ends = np.searchsorted(lengths, most, "right").tolist()
    found = [np.empty(0, dtype=np.int64)]
    for k, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        total = left.lengths[k] + lengths[begin:end]
        common = np.minimum(counts[:, begin:end], left.counts[:, k, None])
        possible = common.sum(axis=0, dtype=np.uint16) * 2.0 >= threshold * total - _ROOM
        possible |= total > _MOST  # bins may have overflowed
        found.append(np.sort(order[begin:end][possible]))
    i = np.repeat(np.arange(len(found) - 1), [len(each) for each in found[1:]])
    return i, np.concatenate(found)
