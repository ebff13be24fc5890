"""The stages as every engine runs them: a batch of texts or pairs in, arrays out.

Knows: the order of the pure stages inside a batch. Does not know: where batches come from, where
results go, how many workers there are. ``find``, the files job, the index and the cluster call
these and nothing below them, so that all of them keep the same paragraphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core import bands, fingerprint, minhash, shingle, sketch
from dedup.core.candidates import shared as shared
from dedup.core.similarity import all_similar, similarities, units
from dedup.core.tokens import linked, tokenise
from dedup.core.variants import are_variants
from dedup.ragged import Ragged
from dedup.recipe import Recipe
from dedup.texts import Texts, listed_texts

#: Texts of a batch that fit the processor's cache.
_BATCH = 1000


class Sketched(NamedTuple):
    """What is remembered of a batch of ``n`` texts.

    prints: uint64 (n, 2), fingerprints; words: int32 (n,), number of words; keys: uint32
    (bands, n), band keys; sketches: uint64 (n, sketch words), none for ``bands=0``. Keys and
    sketches of a text without a token are those of the empty signature and must not be used.
    """

    prints: NDArray[np.uint64]
    words: NDArray[np.int32]
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]


def family(recipe: Recipe) -> NDArray[np.uint32]:
    """Draw the permutations of a recipe: uint32 (2, permutations)."""
    return minhash.permutations(recipe.permutations, recipe.seed)


def sketch_texts(
    texts: Sequence[str], recipe: Recipe, permutations: NDArray[np.uint32]
) -> Sketched:
    """Sketch a batch of texts; permutations: the recipe's ``family``.

    Cost: 8 us for an English paragraph of 65 words. Memory: some 6 kB a paragraph while it runs,
    so callers cut batches of about a thousand.
    """
    tokens = tokenise(texts)
    prints = fingerprint.fingerprints(tokens)
    words = tokens.lengths.astype(np.int32)
    if recipe.bands == 0:
        return Sketched(prints, words, *_no_sketch(len(texts)))
    signatures = _signatures(texts, tokens, recipe, permutations)
    keys = bands.band_keys(signatures, recipe.bands, recipe.rows)
    return Sketched(
        prints, words, (keys >> np.uint64(32)).astype(np.uint32), sketch.sketches(signatures)
    )


def _no_sketch(count: int) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    return np.empty((0, count), dtype=np.uint32), np.empty((count, 0), dtype=np.uint64)


def signatures(texts: Texts, recipe: Recipe | None = None) -> NDArray[np.uint32]:
    """Compute the MinHash signatures of texts: uint32 (n, permutations).

    Bit-equal to datasketch's ``MinHash(permutations, seed, scheme="affine32")`` over the same
    32-bit shingle hashes; the signature of a text without a word is all 2**32 - 1. recipe: None
    means the default one. Raises TypeError for what is no row of texts, as ``find`` does. Cost: 7
    us for a paragraph of 65 words.
    """
    texts = listed_texts(texts, "texts")
    recipe = recipe or Recipe()
    drawn = family(recipe)
    out = np.empty((len(texts), recipe.permutations), dtype=np.uint32)
    for begin in range(0, len(texts), _BATCH):
        batch = texts[begin : begin + _BATCH]
        out[begin : begin + _BATCH] = _signatures(batch, tokenise(batch), recipe, drawn).T
    return out


def _signatures(
    texts: Sequence[str],
    tokens: Ragged[np.uint64],
    recipe: Recipe,
    permutations: NDArray[np.uint32],
) -> NDArray[np.uint32]:
    sequences = linked(tokens) if recipe.tokens == "words" else units(texts, recipe.tokens)
    rows = shingle.shingles(sequences, recipe.width)
    return minhash.signatures(rows, permutations)


def compare_texts(
    texts: Sequence[str], left: NDArray[np.int64], right: NDArray[np.int64], tokens: str
) -> NDArray[np.float64]:
    """Similarity of ``texts[left[k]]`` and ``texts[right[k]]``: float64 (m,).

    NaN where a pair is too long to compare. Cost: 1 us a pair and 4 us a text.
    """
    return similarities(units(texts, tokens), left, right)


def alike_texts(
    left: Sequence[str], right: Sequence[str] | None, threshold: float, tokens: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """All pairs of ``left[i]`` and ``right[j]`` with similarity >= threshold: (i, j, similarity).

    With None for ``right``, the pairs inside ``left``, each once. Pairs too long to compare are
    among them, with NaN. Cost: 0.1 us a pair and 4 us a text.
    """
    sequences = units([*left, *(right or ())], tokens)
    return all_similar(sequences, None if right is None else len(left), threshold)


def judge_texts(
    texts: Sequence[str],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    tokens: str = "words",
    plain: bool = True,
) -> NDArray[np.bool_]:
    """Say of each pair of like texts whether it is a variant: bool (m,).

    plain: whether a plain word replaced by another may be another fact. Cost: some 15 us a pair of
    65 words.
    """
    return are_variants(texts, left, right, tokens, plain)
