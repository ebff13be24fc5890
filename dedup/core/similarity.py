"""Similarity of two token sequences: 2 * L / (a + b), L their longest common subsequence.

Knows: how to compare many pairs at once by rapidfuzz, each token written as one character.
Does not know: who proposed the pairs, thresholds, paragraphs.

The length of the longest common subsequence is computed bit-parallel, so a pair costs about the
product of its lengths over 64: 1 us at 65 words, a second at 60,000. Of two long rows the common
ends are taken off first, and one that stands whole in the other costs no more than being found
there. Pairs whose product goes beyond ``MOST_CELLS`` once their common ends are off are not
compared; they come back as NaN and the caller counts them. The bound is one of the two lengths
alone, so that every engine leaves out the same pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel, LCSseq
from rapidfuzz.process import cdist, cpdist

from dedup.core.alignment import align_by_anchors, common_ends
from dedup.core.tokens import code_points, tokenise
from dedup.ragged import Ragged

#: Product of two lengths beyond which a pair is left out: 63,000 words with as many: a second.
MOST_CELLS = 4 * 10**9

#: Rows of more tokens than this are not compared by the matrix, which compares every pair in full.
_USUAL = 128

#: Product of two lengths beyond which it pays to look at what two rows share at their ends first.
_FULL = 1 << 18

#: Tokens of the rows that are written as strings together, so that there are characters enough.
_DISTINCT = 500_000

#: Counters among which the tokens of a long row are distributed, to bound what two can share; and
#: how many of them are added up for a first look.
_COUNTERS, _TOGETHER = 1 << 12, 16

_SPREAD = 0x9E3779B97F4A7C15  # a multiplier that moves what tells hashes apart into their top bits
_SLOTS = 16  # bits of a token hash that choose its character
_SURROGATES = np.uint32(0xD800)
_PRIVATE = 0x11000
_LAST = 0x10FFFF


def units(texts: Sequence[str], tokens: str) -> Ragged[np.uint64]:
    """Turn texts into what is compared: hashes of words, or the characters of words."""
    return tokenise(texts) if tokens == "words" else code_points(texts)


def similarity(a: str, b: str, tokens: str = "words") -> float:
    """Similarity of two texts, 0 to 1: the share of words that stand in both, in the same order.

    Two texts without a word between them are alike (1.0); one without is like none (0.0).
    Raises TypeError for what is not a str. Cost: see the module's head; no cap applies here.
    """
    pair = _pair(a, b, tokens)
    size = len(pair.values)
    if size == 0:
        return 1.0
    first, second = as_strings(pair)
    return 2.0 * LCSseq.similarity(first, second) / size


def _pair(a: str, b: str, tokens: str) -> Ragged[np.uint64]:
    for name, text in (("a", a), ("b", b)):
        if not isinstance(text, str):
            raise TypeError(f"{name} is a {type(text).__name__}, not a str")
    if tokens not in ("words", "chars"):
        raise ValueError(f"tokens is {tokens!r}; it must be 'words' or 'chars'")
    return units([a, b], tokens)


def similarity_at_least(a: str, b: str, tokens: str = "words") -> tuple[float, bool]:
    """Similarity of two texts, and whether it is exact: of a pair too long to compare, a bound.

    The bound is what ``align_by_anchors`` finds in common: the similarity is that or more. Raises
    as ``similarity``. Cost: a second or two at most where it is exact, and 3 us a token beyond.
    """
    pair = _pair(a, b, tokens)
    first, second = as_strings(pair)
    common, exact = _common_of_long(first, second), True
    if math.isnan(common):
        common, exact = float(sum(size for _, _, size in align_by_anchors(first, second))), False
    size = len(pair.values)
    return (2.0 * common / size if size else 1.0), exact


def similarities(
    sequences: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compare rows ``left[k]`` and ``right[k]``: float64 (m,), NaN for a pair too long to compare.

    Cost: 1 us a pair of 65 tokens and 0.5 us a row.
    """
    if len(sequences.values) <= _DISTINCT:
        return _similarities(sequences, left, right)
    scores = np.empty(len(left))
    sizes = sequences.lengths[left] + sequences.lengths[right]
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // _DISTINCT)) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(left)]):
        both = np.concatenate((left[begin:end], right[begin:end]))
        rows, ends = np.unique(both, return_inverse=True)
        some = _similarities(sequences.take(rows), ends[: end - begin], ends[end - begin :])
        scores[begin:end] = some
    return scores


def _similarities(
    sequences: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Compare pairs of rows that hold few enough tokens to have a character each."""
    lengths, texts = sequences.lengths, as_strings(sequences)
    total = lengths[left] + lengths[right]
    small = lengths[left] * lengths[right] <= min(_FULL, MOST_CELLS)
    common = np.empty(len(left))
    common[small] = cpdist(
        [texts[k] for k in left[small].tolist()],
        [texts[k] for k in right[small].tolist()],
        scorer=LCSseq.similarity,
        dtype=np.int32,
    )
    pairs = zip(left[~small].tolist(), right[~small].tolist(), strict=True)
    common[~small] = [_common_of_long(texts[i], texts[j]) for i, j in pairs]
    return np.where(total > 0, 2.0 * common / np.maximum(total, 1), 1.0)


def all_similar(
    sequences: Ragged[np.uint64], cut: int | None, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Compare every row before ``cut`` with every row from it on; without a cut, all with all.

    Returns the pairs with similarity >= threshold as (row before, row after, similarity), rows on
    either side of the cut counted from 0, and with NaN the pairs too long to compare; without a
    cut each pair once, the earlier row first. Cost: 0.1 us a pair of unlike rows of 65 tokens, 2 us
    of longer ones.
    """
    usual = sequences.lengths <= _USUAL
    before, after = (usual, usual) if cut is None else (usual[:cut], usual[cut:])
    left, right, shift = np.flatnonzero(before), np.flatnonzero(after), cut or 0
    rows = left if cut is None else np.concatenate((left, right + shift))
    texts = as_strings(sequences.take(rows))
    # The matrix is of single precision, so its cut-off leaves room; the pairs are compared again.
    matrix = cdist(
        texts[: len(left)],
        texts if cut is None else texts[len(left) :],
        scorer=Indel.normalized_similarity,
        score_cutoff=max(0.0, threshold - 1e-6),
        dtype=np.float32,
    )
    i, j = np.nonzero(matrix >= threshold - 1e-5)
    long_i, long_j = _long_pairs(sequences, cut, threshold)
    i = np.concatenate((left[i], long_i))
    j = np.concatenate((right[j], long_j))
    if cut is None:
        i, j = i[i < j], j[i < j]
    scores = similarities(sequences, i, j + shift)
    good = (scores >= threshold) | np.isnan(scores)
    return i[good], j[good], scores[good]


def _long_pairs(
    sequences: Ragged[np.uint64], cut: int | None, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """List the pairs, as ``all_similar`` counts them, with a long row that can be alike.

    Two rows share no more tokens than the shorter has, nor more than their counters share; pairs
    for which that is too little are left out, unless they are too long to be compared at all.
    """
    lengths, shift = sequences.lengths, cut or 0
    long = lengths > _USUAL
    found = [np.empty((2, 0), dtype=np.int64)]
    # What can be alike to a long row is nearly as long.
    rows = np.flatnonzero(lengths >= _USUAL * threshold / (2.0 - threshold) - 1.0)
    if not long.any():
        rows = rows[:0]
    counters = _counters(sequences, rows)
    coarse = counters.reshape(len(rows), _COUNTERS // _TOGETHER, _TOGETHER).sum(
        axis=2, dtype=np.int32
    )
    for k, row in enumerate(rows[rows < (len(lengths) if cut is None else cut)].tolist()):
        at = np.arange(k + 1 if cut is None else np.searchsorted(rows, cut), len(rows))
        at = at[long[rows[at]] | long[row]]
        enough = threshold * (lengths[row] + lengths[rows[at]]) / 2.0 - 1e-6
        near = np.minimum(lengths[row], lengths[rows[at]]) >= enough
        at, enough = at[near], enough[near]
        too_long = at[lengths[row] * lengths[rows[at]] > MOST_CELLS]
        for looked_at in (coarse, counters):
            possible = np.minimum(looked_at[at], looked_at[k]).sum(axis=1) >= enough
            at, enough = at[possible], enough[possible]
        other = rows[np.union1d(at, too_long)]
        found.append(np.stack(np.broadcast_arrays(row, other - shift)))
    i, j = np.concatenate(found, axis=1)
    return i, j


def _counters(sequences: Ragged[np.uint64], rows: NDArray[np.int64]) -> NDArray[np.int32]:
    """Distribute the tokens of some rows among counters by their hashes: int32 (rows, counters)."""
    counters = np.zeros((len(rows), _COUNTERS), dtype=np.int32)
    for k, row in enumerate(rows.tolist()):
        slot = sequences.take(np.array([row])).values * np.uint64(_SPREAD)
        slot >>= np.uint64(64 - _COUNTERS.bit_length() + 1)
        counters[k] = np.bincount(slot.astype(np.int64), minlength=_COUNTERS)
    return counters


def _common_of_long(a: str, b: str) -> float:
    """Take common ends off two long rows and compare what is left, if that is little enough."""
    head, tail = common_ends(a, b)
    a, b = sorted((a[head : len(a) - tail], b[head : len(b) - tail]), key=len)
    if a in b:
        return float(head + tail + len(a))
    if len(a) * len(b) > MOST_CELLS:
        return float("nan")
    return head + tail + float(LCSseq.similarity(a, b))


def as_strings(sequences: Ragged[np.uint64]) -> list[str]:
    """Write every row as a string, one character a token, the same for equal tokens alone.

    A token's character is some bits of its hash; tokens that lose theirs to another token get
    characters of their own. So within one call no two tokens share one. Characters stay what they
    are: texts in small ones are compared twice as fast. Cost: 6 ns a token.
    """
    codes = _characters(sequences.values)
    text = codes.astype("<u4", copy=False).tobytes().decode("utf-32-le")
    ends = sequences.starts.tolist()
    return [text[start:end] for start, end in pairwise(ends)]


def _characters(values: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Give every distinct value a code point of its own, leaving surrogates out."""
    if len(values) and int(values.max()) < _LAST - 0x800:
        codes = values.astype(np.uint32)
        codes[codes >= _SURROGATES] += np.uint32(0x800)
        return codes
    slot = (values * np.uint64(_SPREAD)) >> np.uint64(64 - _SLOTS)
    owner = np.zeros(1 << _SLOTS, dtype=np.uint64)
    owner[slot] = values
    lost = owner[slot] != values
    codes = slot.astype(np.uint32)
    codes[codes >= _SURROGATES] += np.uint32(0x800)
    if lost.any():
        distinct, number = np.unique(values[lost], return_inverse=True)
        if len(distinct) > _LAST - _PRIVATE:
            raise OverflowError(f"{len(distinct)} distinct tokens in one comparison")
        codes[lost] = (number + _PRIVATE).astype(np.uint32)
    return codes
