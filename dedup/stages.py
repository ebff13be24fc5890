"""The stages as every engine runs them: a batch of texts or pairs in, arrays out.

Knows: the order of the stages inside a batch. Does not know: where batches come from, where
results go, how many workers there are. ``find``, the job on files, the index and the job on a
cluster all call these functions, so they keep the same paragraphs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core import fingerprint, sketch
from dedup.core.similarity import all_similar, similarities, units, words_and_units
from dedup.core.variants import judge_of
from dedup.encoded import lengths, longer_than
from dedup.ragged import Ragged
from dedup.recipe import Recipe
from dedup.texts import Texts, listed_texts

#: Texts of a batch. There are few enough for the processor's cache.
_BATCH = 1000

#: Characters of a long text that are sketched at a time. That takes some 40 times their memory.
_STRETCH = 1 << 18

#: The most characters of a text that is compared. Of a longer one, only the fingerprint is.
LONGEST = 1 << 21


class Sketched(NamedTuple):
    """The fingerprints, band keys and sketches of a batch of ``n`` texts.

    prints: uint64 (n, 2), fingerprints; words: int32 (n,), number of words; keys: uint32
    (bands, n), band keys; sketches: uint64 (n, sketch words), none for ``bands=0``; bags: uint64
    (n, BAG_WORDS), of words, None if not asked for; the bag of a text of more than ``_STRETCH``
    characters is empty. Don't use the keys and the sketch of a text without tokens.
    """

    prints: NDArray[np.uint64]
    words: NDArray[np.int32]
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]
    bags: NDArray[np.uint64] | None = None


def family(recipe: Recipe) -> NDArray[np.uint32]:
    """Draw the permutations of a recipe: uint32 (2, permutations)."""
    return sketch.permutations(recipe.permutations, recipe.seed)


def sketch_texts(
    texts: Sequence[str],
    recipe: Recipe,
    permutations: NDArray[np.uint32],
    bags: bool = False,
    read: Ragged[np.uint64] | None = None,
) -> Sketched:
    """Sketch a batch of texts.

    permutations: the recipe's ``family``; read: the words of the texts, if they are read already
    and are what the recipe compares.

    Cost: 2 us for an English paragraph of 65 words. Memory: some 2 kB a paragraph while it runs, so
    callers cut batches of about a thousand; for a longer text, at most what ``_STRETCH`` characters
    take.
    """
    long = longer_than(texts, _STRETCH).tolist()
    if long:
        return _sketch_long(texts, long, recipe, permutations, bags)
    tokens, sequences = words_and_units(texts, recipe.tokens) if read is None else (read, read)
    prints = fingerprint.fingerprints(tokens)
    words = tokens.lengths.astype(np.int32)
    if recipe.bands == 0:
        return Sketched(prints, words, *_no_sketch(len(texts)))
    made = kernel.sketch(sequences, _family_of(recipe, permutations), bags=bags)
    return Sketched(prints, words, made.keys, made.sketches, made.bags)


def has_bags(recipe: Recipe) -> bool:
    """Say whether bags rule out pairs that a recipe proposes.

    Nearly all texts have the same characters, so bags of characters would rule out nothing.
    """
    return recipe.bands > 0 and recipe.tokens == "words"


def _sketch_long(
    texts: Sequence[str],
    long: list[int],
    recipe: Recipe,
    permutations: NDArray[np.uint32],
    bags: bool,
) -> Sketched:
    """Sketch a batch with long texts. The bags of the long ones stay empty."""
    others = ["" if len(text) > _STRETCH else text for text in texts]
    sketched = sketch_texts(others, recipe, permutations, bags)
    prints, words, keys, sketches, _ = sketched
    for row in long:
        prints[row], words[row], signature = _stretched(texts[row], recipe, permutations)
        if recipe.bands:
            cut, packed = kernel.cut(signature, _family_of(recipe, permutations))
            keys[:, row], sketches[row] = cut[:, 0], packed[0]
    return sketched


def _family_of(recipe: Recipe, permutations: NDArray[np.uint32]) -> kernel.Family:
    return kernel.Family(
        recipe.width, recipe.tokens == "words", permutations, recipe.bands, recipe.rows,
        sketch.sketch_words(recipe.permutations),
    )  # fmt: skip


def _stretched(
    text: str, recipe: Recipe, permutations: NDArray[np.uint32]
) -> tuple[NDArray[np.uint64], int, NDArray[np.uint32]]:
    """Sketch one text, stretch by stretch: fingerprint, number of words, signature.

    A stretch ends at a space, if it has one. Shingles at its end have fewer words.
    """
    running = fingerprint.Running()
    words = 0
    signature = _signatures(units([""], recipe.tokens), recipe, permutations)
    for stretch in stretches(text):
        tokens, sequences = words_and_units([stretch], recipe.tokens)
        running.add(tokens)
        words += len(tokens.values)
        if recipe.bands and len(tokens.values):
            np.minimum(signature, _signatures(sequences, recipe, permutations), out=signature)
    return running.value, words, signature


def stretches(text: str) -> Iterator[str]:
    """Cut a long text into stretches, each after a space if it has one."""
    at = 0
    while len(text) - at > _STRETCH:
        end = text.rfind(" ", at, at + _STRETCH) + 1 or at + _STRETCH
        yield text[at:end]
        at = end
    yield text[at:]


def _no_sketch(count: int) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    return np.empty((0, count), dtype=np.uint32), np.empty((count, 0), dtype=np.uint64)


def signatures(texts: Texts, recipe: Recipe | None = None) -> NDArray[np.uint32]:
    """Compute the MinHash signatures of texts: uint32 (n, permutations).

    Bit-equal to datasketch's ``MinHash(permutations, seed, scheme="affine32")`` over the same
    32-bit shingle hashes; the signature of a text without a word is all 2**32 - 1. recipe: None
    means the default one. Raises TypeError for what is no row of texts, as ``find`` does. Cost: 3
    us for a paragraph of 65 words.
    """
    texts = listed_texts(texts, "texts")
    recipe = recipe or Recipe()
    drawn = family(recipe)
    out = np.empty((len(texts), recipe.permutations), dtype=np.uint32)
    for begin in range(0, len(texts), _BATCH):
        batch = texts[begin : begin + _BATCH]
        out[begin : begin + _BATCH] = _signatures(units(batch, recipe.tokens), recipe, drawn).T
    return out


def _signatures(
    sequences: Ragged[np.uint64], recipe: Recipe, permutations: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    family = _family_of(recipe, permutations)
    found = kernel.sketch(sequences, family, signatures=True).signatures
    assert found is not None
    return found


def compare_texts(
    texts: Sequence[str], left: NDArray[np.int64], right: NDArray[np.int64], tokens: str
) -> NDArray[np.float64]:
    """Similarity of ``texts[left[k]]`` and ``texts[right[k]]``: float64 (m,).

    It is NaN for a pair that is too long to compare. Cost: 1 us a pair and 2 us a text.
    """
    scores = similarities(sequences_of(texts, tokens), left, right)
    long = longer_than(texts, LONGEST)
    if len(long):
        scores[np.isin(left, long) | np.isin(right, long)] = np.nan
    return scores


def sequences_of(texts: Sequence[str], tokens: str) -> Ragged[np.uint64]:
    """Give the units of texts that are compared; an empty row for a text that is too long."""
    return units(without_long(texts), tokens)


def without_long(texts: Sequence[str]) -> Sequence[str]:
    """Replace each text that is too long to be compared by an empty one."""
    long = set(longer_than(texts, LONGEST).tolist())
    if not long:
        return texts
    return ["" if k in long else text for k, text in enumerate(texts)]


def alike_texts(
    left: Sequence[str], right: Sequence[str] | None, threshold: float, tokens: str
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Find the pairs of ``left[i]`` and ``right[j]`` with similarity >= threshold.

    Returns (i, j, similarity). If ``right`` is None, it finds the pairs inside ``left``, each once.
    Pairs that are too long to compare are included, with NaN. Cost: 10 ns a pair and 2 us a text.
    """
    texts = [*left, *(right or ())]
    cut = None if right is None else len(left)
    i, j, scores = all_similar(sequences_of(texts, tokens), cut, threshold)
    return with_long(i, j, scores, lengths(texts, LONGEST // 2), cut)


def with_long(
    i: NDArray[np.int64],
    j: NDArray[np.int64],
    scores: NDArray[np.float64],
    sizes: NDArray[np.int64],
    cut: int | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Replace the pairs that have a too long text by all pairs that may be similar, with NaN.

    A text that is too long may be similar to any text of more than half of ``LONGEST``. i, j,
    scores: the similar pairs, as ``all_similar`` gives them; sizes: the characters of all texts,
    those on the right from ``cut`` on.
    """
    if not (sizes > LONGEST).any():
        return i, j, scores
    mine, theirs = (sizes, sizes) if cut is None else (sizes[:cut], sizes[cut:])
    apart = (mine[i] > LONGEST) | (theirs[j] > LONGEST)
    a, b = np.nonzero((mine[:, None] > LONGEST // 2) & (theirs > LONGEST // 2))
    unknown = (mine[a] > LONGEST) | (theirs[b] > LONGEST)
    unknown &= (a < b) if cut is None else True
    return (
        np.concatenate((i[~apart], a[unknown])),
        np.concatenate((j[~apart], b[unknown])),
        np.concatenate((scores[~apart], np.full(int(unknown.sum()), np.nan))),
    )


def judge_for(recipe: Recipe) -> kernel.Judge:
    """Give the judge of a recipe."""
    return judge_of(recipe.tokens, variants_at=recipe.variants_at)
