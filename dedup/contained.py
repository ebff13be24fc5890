"""Find paragraphs that stand inside longer ones, among those that are kept.

Knows: which rows are looked at, and what removal does to an answer. Does not know: what counts as
inside (``core.containment``), files, printing.
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

#: Words a text needs to be called contained in another when just the two are compared.
_SHORTEST = 8

#: Texts whose words are made in one call.
_BATCH = 1_000

Rows = NDArray[np.int64]


class Containment(NamedTuple):
    """A kept paragraph that stands inside a longer kept one, both by position.

    share: of its words, those that stand in the same order in one stretch of the longer one.
    """

    inner: int
    outer: int
    share: float


class Removal(NamedTuple):
    """What goes when paragraphs inside longer ones are taken out: int64 (m,) each but the score.

    gone: positions; outer: the kept paragraph each stands in, itself or by what it repeats;
    similarity: float64, of the two.
    """

    gone: Rows
    outer: Rows
    similarity: NDArray[np.float64]


def contained(
    texts: Sequence[str], kept: NDArray[np.bool_], threshold: float, recipe: Recipe
) -> tuple[Containment, ...]:
    """List the kept paragraphs that stand inside longer kept ones, in reading order.

    texts, kept: n of each. Pairs with similarity >= threshold are none, nor is one of which the
    other says something else in its place (a variant). Each is named once, with the one in which
    most of it stands. Cost: 12 us and 2 kB a kept paragraph of 65 words.
    """
    rows, found, _ = _search(texts, kept, threshold, recipe)
    found = best(found)
    inner, outer = rows[found.inner].tolist(), rows[found.outer].tolist()
    return tuple(map(Containment, inner, outer, found.share.tolist()))


def share_inside(a: str, b: str, tokens: str = "words") -> float | None:
    """Give the share of the shorter text that stands in one stretch of the longer.

    None where that is too little, or the shorter has too few words, to be called contained.
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
    """Say which paragraphs go where only the longest of those inside each other stays.

    match: int64 (n,), the kept paragraph of each copy. A copy of what goes goes with it.
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
    """Search the kept paragraphs that compete: (their positions, pairs of those, their lengths)."""
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
    """Say which pairs are variants: an inner row and the stretch of the outer in its place."""
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
    """Cut from one word to another out of a text, both included; what is beyond it is left off."""
    words = spans(text)
    return text[words[max(0, first)][0] : words[min(last, len(words) - 1)][1]]
