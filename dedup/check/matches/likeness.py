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

from dedup.core.similarity import similar_rows, similarities
from dedup.core.tokens import tokenise
from dedup.encoded import lengths
from dedup.ragged import Ragged
from dedup.stages import LONGEST

#: The number of bits of a word's hash that choose its bin; the highest count of a bin.
_BITS = 6
_MOST = np.iinfo(np.uint16).max

_BATCH = 1_000

#: Pairs in a block; the share of possible pairs from which on comparing all pairs is faster.
_BLOCK, _MANY = 2_000_000, 0.1

#: Tolerance for errors of rounding, in words.
_ROOM = 1e-6


class Read(NamedTuple):
    """The words of ``n`` texts, and how many characters each text has, int64 (n,)."""

    words: Ragged[np.uint64]
    characters: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Read:
        """Copy the given texts, in the given order."""
        return Read(self.words.take(rows), self.characters[rows])

    def part(self, begin: int, end: int) -> Read:
        """Give the texts from ``begin`` to before ``end``."""
        return Read(self.words.part(begin, end), self.characters[begin:end])


class _Bins(NamedTuple):
    """The words of texts by bin, uint16 (bins, n), and how many each text has, int64 (n,)."""

    counts: NDArray[np.uint16]
    lengths: NDArray[np.int64]


#: Pairs of texts: positions on either side, and similarities.
Pairs = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


def read(texts: Sequence[str]) -> Read:
    """Read texts. Cost: 1 to 3 us a text of 65 words."""
    return Read(tokenise(texts), lengths(texts))


def like_pairs(left: Read, right: Read, threshold: float) -> Pairs:
    """Find the pairs of a text on the left and one on the right with similarity >= threshold.

    Returns (i, j, similarity), ordered by i, then j; pairs too long to compare are left out. Cost:
    2 us a text; for a pair of texts of one length 50 ns, and 1 us where they could be alike. Below
    a threshold of some 0.6 most could, and all are compared, at 0.1 to 0.8 us a pair.
    """
    rows, others = len(left.characters), len(right.characters)
    both, known = Ragged.joined([left.words, right.words]), _bins(right.words)
    found = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))]
    step = max(1, _BLOCK // max(1, others))
    for begin in range(0, rows if others else 0, step):
        block = range(begin, min(begin + step, rows))
        i, j, scores = _block(both, block, rows, known, threshold)
        long = np.maximum(left.characters[i], right.characters[j]) > LONGEST
        sure = np.flatnonzero((scores >= threshold) & ~long)
        sure = sure[np.lexsort((j[sure], i[sure]))]
        found.append((i[sure], j[sure], scores[sure]))
    i, j, scores = (np.concatenate(each) for each in zip(*found, strict=True))
    return i, j, scores


def _block(
    both: Ragged[np.uint64], block: range, rows: int, known: _Bins, threshold: float
) -> Pairs:
    """Compare some texts with all others: the pairs that could be similar, or if many are, all.

    both: the texts on the left, ``rows`` of them, and those on the right. Returns similarities that
    may be below the threshold, or NaN for a pair that is too long.
    """
    i, j = _possible(_bins(both.part(block.start, block.stop)), known, threshold)
    i, j = i + block.start, j + rows
    if len(i) > _MANY * len(block) * len(known.lengths):
        i, j, scores = similar_rows(both, block, range(rows, len(both.lengths)), threshold)
    else:
        scores = similarities(both, i, j)
    return i, j - rows, scores


def _bins(words: Ragged[np.uint64]) -> _Bins:
    """Count the words of each text by bin."""
    bins, rows = 1 << _BITS, len(words.lengths)
    counts = np.empty((bins, rows), dtype=np.uint16)
    for begin in range(0, rows, _BATCH):
        some = words.part(begin, min(begin + _BATCH, rows))
        size = len(some.lengths)
        place = (some.values >> np.uint64(64 - _BITS)).astype(np.int64) * size
        place += np.repeat(np.arange(size), some.lengths)
        counted = np.bincount(place, minlength=bins * size).reshape(bins, size)
        counts[:, begin : begin + size] = np.minimum(counted, _MOST)
    return _Bins(counts, words.lengths)


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
