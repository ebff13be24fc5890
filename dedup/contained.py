"""Find kept paragraphs that stand inside longer kept ones.

Knows: which paragraphs take part, and which ones to remove if the caller wants that. Does not know:
what counts as inside (``core.containment``), files, printing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import ends_of
from dedup.core.containment import WIDTH, Contained, best, containments, outermost, verify
from dedup.core.similarity import words_and_units
from dedup.core.tokens import spans
from dedup.core.variants import are_variants
from dedup.ragged import Ragged, starts_of
from dedup.recipe import Recipe
from dedup.stages import compare_texts

#: The fewest words of a text that ``share_inside`` may find inside another one.
_SHORTEST = 8

#: Texts that are read in one call.
_BATCH = 1_000

Rows = NDArray[np.int64]


class Containment(NamedTuple):
    """A kept paragraph that stands inside a longer kept one, both by position.

    share: the share of the inner paragraph's words that stand, in the same order, in one stretch of
    the outer one.
    """

    inner: int
    outer: int
    share: float


class Removal(NamedTuple):
    """The paragraphs that are removed because they stand inside longer ones, or repeat such ones.

    gone: int64 (m,), their positions; outer: int64 (m,), the kept paragraph that contains each one,
    or that contains what it repeats; similarity: float64 (m,), of the two.
    """

    gone: Rows
    outer: Rows
    similarity: NDArray[np.float64]


def contained(
    texts: Sequence[str], kept: NDArray[np.bool_], threshold: float, recipe: Recipe
) -> tuple[Containment, ...]:
    """List the kept paragraphs that stand inside longer kept ones, in reading order.

    texts, kept: n of each. Two kinds of pairs don't count: pairs with similarity >= threshold, and
    pairs in which the longer paragraph states another fact at that place (a variant). Each inner
    paragraph is listed once, with the paragraph that holds most of it. Cost: 12 us and 2 kB a kept
    paragraph of 65 words.
    """
    rows, found, _ = _search(texts, kept, threshold, recipe)
    found = best(found)
    inner, outer = rows[found.inner].tolist(), rows[found.outer].tolist()
    return tuple(map(Containment, inner, outer, found.share.tolist()))


def share_inside(a: str, b: str, tokens: str = "words") -> float | None:
    """Give the share of the shorter text that stands in one stretch of the longer.

    None if the share is too small, or if the shorter text has too few words.
    """
    words, rows = words_and_units([a, b], tokens)
    inner = int(rows.lengths[1] < rows.lengths[0])
    if words.lengths[inner] < _SHORTEST or rows.lengths[inner] == rows.lengths[1 - inner]:
        return None
    found = verify(rows, np.array([inner]), np.array([1 - inner]), similar=1.0)
    return float(found.share[0]) if len(found.share) else None


def removal(
    texts: Sequence[str],
    kept: NDArray[np.bool_],
    match: Rows,
    threshold: float,
    recipe: Recipe,
) -> Removal:
    """Say which paragraphs to remove so that no kept one stands inside another.

    match: int64 (n,), the kept paragraph of each copy. The copies of a removed paragraph are
    removed with it.
    """
    rows, found, lengths = _search(texts, kept, threshold, recipe)
    found = outermost(found, lengths)
    into = np.arange(len(texts))
    into[rows[found.inner]] = rows[found.outer]
    own = np.where(kept, np.arange(len(texts)), match)
    gone = np.flatnonzero(into[own] != own)
    outer = into[own[gone]]
    score = np.empty(len(gone))
    for begin in range(0, len(gone), _BATCH):
        span = slice(begin, begin + _BATCH)
        ends, left, right = ends_of(gone[span], outer[span])
        some = [texts[k] for k in ends.tolist()]
        score[span] = compare_texts(some, left, right, recipe.tokens)
    return Removal(gone, outer, score)


def _search(
    texts: Sequence[str], kept: NDArray[np.bool_], threshold: float, recipe: Recipe
) -> tuple[Rows, Contained, Rows]:
    """Search the kept paragraphs that compete: (their positions, the pairs, their lengths)."""
    positions = np.flatnonzero(kept)
    parts = [
        words_and_units(
            [texts[k] for k in positions[begin : begin + _BATCH].tolist()], recipe.tokens
        )
        for begin in range(0, len(positions), _BATCH)
    ]
    words = np.concatenate([np.empty(0, dtype=np.int64), *(each[0].lengths for each in parts)])
    values = np.concatenate([np.empty(0, dtype=np.uint64), *(each[1].values for each in parts)])
    lengths = np.concatenate([np.empty(0, dtype=np.int64), *(each[1].lengths for each in parts)])
    competes = np.flatnonzero(words >= max(recipe.min_tokens, 1))
    rows = Ragged(values, starts_of(lengths)).take(competes)
    found = containments(rows, WIDTH[recipe.tokens], similar=threshold, shortest=1)
    positions = positions[competes]
    if recipe.tokens == "words":
        found = found.take(~_other_facts(texts, positions, found, recipe.variants_at))
    return positions, found, rows.lengths


def _other_facts(
    texts: Sequence[str], positions: Rows, found: Contained, variants_at: float
) -> NDArray[np.bool_]:
    """Say which inner rows are variants of the stretch that stands in their place in the outer."""
    edited = np.flatnonzero(found.share < 1.0)
    inner = [texts[k] for k in positions[found.inner[edited]].tolist()]
    outer = [texts[k] for k in positions[found.outer[edited]].tolist()]
    first = (found.first - found.before)[edited].tolist()
    last = (found.last + found.after)[edited].tolist()
    left = np.arange(len(edited))
    answer = np.zeros(len(found.inner), dtype=bool)
    places = map(_cut, outer, first, last)
    answer[edited] = are_variants(
        [*inner, *places], left, left + len(edited), variants_at=variants_at
    )
    return answer


def _cut(text: str, first: int, last: int) -> str:
    """Cut the words from ``first`` to ``last``, both included, out of a text, as far as it goes."""
    words = spans(text)
    return text[words[max(0, first)][0] : words[min(last, len(words) - 1)][1]]
