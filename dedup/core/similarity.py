"""Similarity of two token sequences: 2 * L / (a + b), L their longest common subsequence.

Knows: how to compare many pairs at once by rapidfuzz, each token written as one character.
Does not know: who proposed the pairs, thresholds, paragraphs.

The length of the longest common subsequence is computed bit-parallel, so a pair costs about the
product of its lengths over 64: 1 us at 65 words, a second at 60,000. Pairs whose product goes
beyond ``MOST_CELLS`` once their common ends are off are not compared; they come back as NaN and
the caller counts them. The bound is one of the two lengths alone, so that every engine leaves out
the same pairs.
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

#: Rows of more tokens than this are never compared by the matrix, so that no pair there goes beyond
#: ``MOST_CELLS``.
_USUAL = 60_000

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
    lengths = sequences.lengths
    total = lengths[left] + lengths[right]
    fits = lengths[left] * lengths[right] <= MOST_CELLS
    common = np.full(len(left), np.nan)
    if fits.any():
        common[fits] = _common(sequences, left[fits], right[fits])
    for k in np.flatnonzero(~fits).tolist():
        common[k] = _common_of_long(*as_strings(sequences.take(np.array([left[k], right[k]]))))
    return np.where(total > 0, 2.0 * common / np.maximum(total, 1), 1.0)


def all_similar(
    sequences: Ragged[np.uint64], cut: int | None, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Compare every row before ``cut`` with every row from it on; without a cut, all with all.

    Returns the pairs with similarity >= threshold as (row before, row after, similarity), rows on
    either side of the cut counted from 0, and with NaN the pairs too long to compare; without a
    cut each pair once, the earlier row first. Cost: 0.1 us a pair of unlike rows of 65 tokens.
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
    long_i, long_j = np.nonzero(~before[:, None] | ~after[None, :])
    i = np.concatenate((left[i], long_i))
    j = np.concatenate((right[j], long_j))
    if cut is None:
        i, j = i[i < j], j[i < j]
    scores = similarities(sequences, i, j + shift)
    good = (scores >= threshold) | np.isnan(scores)
    return i[good], j[good], scores[good]


def _common(
    sequences: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Lengths of the longest common subsequences of pairs of rows."""
    texts = as_strings(sequences)
    common: NDArray[np.float64] = cpdist(
        [texts[k] for k in left.tolist()],
        [texts[k] for k in right.tolist()],
        scorer=LCSseq.similarity,
        dtype=np.int32,
    ).astype(np.float64)
    return common


def _common_of_long(a: str, b: str) -> float:
    """Take common ends off two long rows and compare what is left, if that is little enough."""
    head, tail = common_ends(a, b)
    a, b = a[head : len(a) - tail], b[head : len(b) - tail]
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
    slot = (values * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _SLOTS)
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
