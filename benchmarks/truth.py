"""Tell which paragraphs of a made corpus repeat an earlier one, and how good a mask is.

Knows: the families of paragraphs that were planted, and rapidfuzz. Does not know: dedup. Words are
split here in plain Python, so that a mistake of dedup would show.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist, cpdist

from benchmarks.corpus import Corpus

Mask = NDArray[np.bool_]

_FIRST = 0x10000  # the code point of the first word, beyond the surrogates
_ROWS = 500  # of a block of the brute-force matrix


class Truth(NamedTuple):
    """What is true of ``n`` paragraphs, bool (n,) each.

    repeats: has an earlier kept paragraph at or above the threshold, where those are kept that
    have none (the answer that is right); alike: has any earlier one, kept or not; exact: has an
    earlier one with the same words.
    """

    repeats: Mask
    alike: Mask
    exact: Mask


class Marks(NamedTuple):
    """How well a kept mask does.

    recall: share of ``repeats`` not kept; edited: the same among those that are no exact copies;
    wrong: number not kept though not alike any earlier one.
    """

    recall: float
    edited: float
    wrong: int


def planted(corpus: Corpus, threshold: float = 0.8) -> Truth:
    """Work out the truth inside the planted families, by comparing all pairs in each.

    Cost: 3 us a paragraph. Strangers are taken to be unlike; ``strangers`` counts those that are
    not.
    """
    count = len(corpus.texts)
    exact = corpus.wording != np.arange(count)
    earlier, later = _relatives(corpus)
    words = _Words()
    texts = {row: words.spell(corpus.texts[row]) for row in {*earlier, *later}}
    scores = cpdist(
        [texts[row] for row in earlier],
        [texts[row] for row in later],
        scorer=Indel.normalized_similarity,
        dtype=np.float64,
    )
    repeats, alike = exact.copy(), exact.copy()
    for before, row, score in sorted(zip(earlier, later, scores.tolist(), strict=True), key=_later):
        if score >= threshold:
            alike[row] = True
            repeats[row] |= not repeats[before]
    return Truth(repeats, alike, exact)


def _later(pair: tuple[int, int, float]) -> int:
    return pair[1]


def _relatives(corpus: Corpus) -> tuple[list[int], list[int]]:
    """List the pairs of differently worded texts of one origin, as two lists: earlier, later."""
    families = defaultdict(list)
    for row in np.flatnonzero(corpus.wording == np.arange(len(corpus.wording))).tolist():
        families[int(corpus.origin[row])].append(row)
    pairs = [pair for rows in families.values() for pair in combinations(rows, 2)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


class _Words:
    """Writes texts with one character a word."""

    def __init__(self) -> None:
        self._characters: dict[str, str] = {}

    def spell(self, text: str) -> str:
        known = self._characters
        words = text.lower().replace(",", "").replace(".", "").split()
        return "".join([known.setdefault(word, chr(_FIRST + len(known))) for word in words])


def strangers(corpus: Corpus, threshold: float = 0.8) -> int:
    """Count the pairs of different origin that are alike all the same, by comparing all pairs.

    Cost: 0.1 us a pair, quadratic: 15 s for 20,000.
    """
    words = _Words()
    rows = np.flatnonzero(corpus.wording == np.arange(len(corpus.wording)))
    texts = [words.spell(corpus.texts[row]) for row in rows.tolist()]
    origin = corpus.origin[rows]
    count = 0
    for begin in range(0, len(rows), _ROWS):
        matrix = cdist(
            texts[begin : begin + _ROWS],
            texts[begin:],
            scorer=Indel.normalized_similarity,
            score_cutoff=threshold,
            dtype=np.float32,
        )
        i, j = np.nonzero(matrix)
        count += int((origin[begin + i] != origin[begin + j]).sum())
    return count


def mark(kept: Mask, truth: Truth) -> Marks:
    """Compare a mask with the truth."""
    near = truth.repeats & ~truth.exact
    return Marks(
        _share(~kept, truth.repeats), _share(~kept, near), int((~kept & ~truth.alike).sum())
    )


def _share(flagged: Mask, among: Mask) -> float:
    return float(flagged[among].mean()) if among.any() else 1.0
