"""Similarity of two token sequences: 2 * L / (a + b), L their longest common subsequence.

Knows: what is compared of texts, and which pairs are too long. Does not know: how a longest common
subsequence is found (``kernel``), who proposed the pairs, thresholds, paragraphs.

The kernel computes the length of the longest common subsequence for 64 tokens at a time, so a pair
costs about the product of its lengths over 64: 1 us at 65 words, a fifth of a second at 60,000.
A pair is not compared if the product of its lengths, without common beginning and end, is above
``MOST_CELLS``. Its similarity is then NaN, and the caller counts it. The bound depends on the two
texts alone, so that every engine leaves out the same pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.alignment import align_by_anchors
from dedup.core.tokens import code_points, lay_out, tokenise
from dedup.ragged import Ragged

#: The largest product of two lengths that is compared: 63,000 words each, which take a second.
MOST_CELLS = 4 * 10**9

#: The pair of rows 0 and 1, and a bound that no pair reaches.
_FIRST, _SECOND = np.array([0]), np.array([1])
_NO_BOUND = 2**63 - 1

_SLOTS = 16  # bits of a token hash that choose its character
_SURROGATES = np.uint32(0xD800)
_PRIVATE = 0x11000
_LAST = 0x10FFFF


def units(texts: Sequence[str], tokens: str) -> Ragged[np.uint64]:
    """Turn texts into the units that are compared: hashes of words, or the characters of words."""
    return tokenise(texts) if tokens == "words" else code_points(texts)


def words_and_units(
    texts: Sequence[str], tokens: str
) -> tuple[Ragged[np.uint64], Ragged[np.uint64]]:
    """Give the words of texts, and the units that are compared: the words or their characters."""
    if tokens == "words":
        words = tokenise(texts)
        return words, words
    found = lay_out(texts, units=True)
    return found.tokens, found.units


def similarity(a: str, b: str, tokens: str = "words") -> float:
    """Similarity of two texts, 0 to 1: the share of words that stand in both, in the same order.

    Two texts without words have the similarity 1; a text with words and one without have 0. Raises
    TypeError for a value that is not a str. Cost: see the module's head; here no pair is too long.
    """
    pair = _pair(a, b, tokens)
    return float(kernel.similarities(pair, _FIRST, _SECOND, _NO_BOUND)[0])


def _pair(a: str, b: str, tokens: str) -> Ragged[np.uint64]:
    for name, text in (("a", a), ("b", b)):
        if not isinstance(text, str):
            raise TypeError(f"{name} is a {type(text).__name__}, not a str")
    if tokens not in ("words", "chars"):
        raise ValueError(f"tokens is {tokens!r}; it must be 'words' or 'chars'")
    return units([a, b], tokens)


def similarity_at_least(a: str, b: str, tokens: str = "words") -> tuple[float, bool]:
    """Similarity of two texts and True, or a lower bound and False if they are too long to compare.

    The lower bound counts the common tokens that ``align_by_anchors`` finds. Raises the same errors
    as ``similarity``. Cost: at most two seconds for a similarity, 3 us a token for a lower bound.
    """
    pair = _pair(a, b, tokens)
    score = float(kernel.similarities(pair, _FIRST, _SECOND, MOST_CELLS)[0])
    if not math.isnan(score):
        return score, True
    first, second = np.split(pair.values, pair.starts[1:2])
    blocks = align_by_anchors(first, second)
    return 2.0 * sum(size for _, _, size in blocks) / len(pair.values), False


def similarities(
    sequences: Ragged[np.uint64] | Ragged[np.uint32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Compare rows ``left[k]`` and ``right[k]``: float64 (m,), NaN for a pair too long to compare.

    Cost: 1 us a pair of 65 tokens, less if they are similar.
    """
    return kernel.similarities(sequences, left, right, MOST_CELLS)


def all_similar(
    sequences: Ragged[np.uint64], cut: int | None, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Compare every row before ``cut`` with every row from it on; without a cut, all with all.

    Returns the pairs with similarity >= threshold as (row before, row after, similarity). Rows are
    counted from 0 on either side of the cut. Pairs that are too long to compare are included, with
    NaN, if they may reach the threshold. Without a cut each pair comes once, the earlier row first.
    Cost: 10 ns for a pair of unrelated rows of 65 tokens.
    """
    count, shift = len(sequences.lengths), cut or 0
    left, right = range(count if cut is None else cut), range(shift, count)
    i, j, scores = similar_rows(sequences, left, right, threshold)
    return i, j - shift, scores


def similar_rows(
    sequences: Ragged[np.uint64], left: range, right: range, threshold: float
) -> kernel.Pairs:
    """Compare every row of ``left`` with every later one of ``right``, as ``all_similar`` does."""
    return kernel.all_similar(sequences, left, right, threshold, MOST_CELLS)


def as_strings(sequences: Ragged[np.uint64]) -> list[str]:
    """Write every row as a string with one character for each token.

    Within one call, two tokens have the same character only if they are equal. A token's character
    comes from some bits of its hash; if another token has that character already, the token gets
    one of its own. Tokens that are code points stay as they are: strings of small code points are
    compared twice as fast. Cost: 6 ns a token.
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


def rounded(similarity: float, digits: int) -> float:
    """Round a similarity, but never up to 1: a similarity of 1 means equal words."""
    near = round(similarity, digits)
    return near if near < 1.0 or similarity == 1.0 else round(1.0 - 10.0**-digits, digits)
