"""Ask dedup and its peers for pairs of copies, each with the settings that its own page shows.

Knows: how each contender is called, and how its answer becomes pairs. Does not know: which pairs
are right, tables, clocks.

How the peers are called, and why:

- All get the words of a text in lower case, as runs of letters and digits. So no peer loses a pair
  to quotation marks, commas or capitals, as it would with ``text.split()``.
- datasketch: ``MinHashLSH(threshold=0.8, num_perm=128)``, which chooses 9 bands of 13 rows, and a
  default ``MinHash``. Its README hashes single words ("words"); document pipelines such as
  text-dedup and datatrove hash runs of five words ("5-grams"), and a shorter text as one run. All
  texts are inserted, then each is queried. Every proposed pair counts as copies, because datasketch
  doesn't verify pairs.
- rensa: ``RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True)`` with single words, as
  in its README. It chooses 8 bands of 16 rows, and keeps the pairs whose signatures estimate a
  Jaccard index of 0.8. The class only says which texts are kept; the pairs come from its index.
- exact text: texts that are equal to the character, as ``sort -u`` finds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.sets import Pairs, Whole, join
from dedup import stages
from dedup.core import sketch
from dedup.core.bands import BURST, jaccard_at
from dedup.core.variants import are_variants

#: The threshold of every contender: for dedup a similarity, for the others a Jaccard index.
THRESHOLD = 0.8

#: The similarity by characters from which on scanned texts are copies.
OCR_THRESHOLD = 0.76

#: What is said of a pair by itself.
NOTHING, COPY, VARIANT = 0, 1, 2

_PERMUTATIONS = 128
_RENSA_BANDS, _RENSA_SEED = 8, 42

#: Texts sketched, and pairs whose bands are compared, at a time.
_TEXTS, _PAIRS = 1000, 4096

Verdicts = NDArray[np.int8]


class Answer(NamedTuple):
    """What a contender says of ``n`` paragraphs.

    group: int64 (n,), for each the paragraph that stays for it, itself where it stays; named: bool
    (n,), those that stay and are called a variant; pairs: those that it makes one; verdicts: what
    it says of pairs (i, j) taken by themselves.
    """

    group: Whole
    named: NDArray[np.bool_]
    pairs: Pairs
    verdicts: Callable[[Whole, Whole], Verdicts]

    def said(self, pairs: Sequence[tuple[int, int]]) -> Verdicts:
        """Say what becomes of pairs: copies in one group or by themselves, variants, or nothing."""
        i, j = _sides(pairs)
        said = self.verdicts(i, j)
        said[[pair in self.pairs for pair in pairs]] = COPY
        return said


@dataclass(frozen=True)
class Contender:
    """A contender: its title, the package it needs, its answer; tokens and threshold of dedup."""

    title: str
    package: str
    answer: Callable[[list[str]], Answer]
    tokens: str = "words"
    threshold: float = THRESHOLD

    @property
    def here(self) -> bool:
        """Whether its package is installed."""
        return find_spec(self.package) is not None


def _sides(pairs: Sequence[tuple[int, int]]) -> tuple[Whole, Whole]:
    sides = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return sides[:, 0], sides[:, 1]


# -- dedup


def by_dedup(texts: list[str], threshold: float = THRESHOLD, tokens: str = "words") -> Answer:
    """Ask dedup, at its defaults but for threshold and tokens."""
    found = dedup.find(texts, threshold, tokens=tokens)
    group = np.where(found.kept, np.arange(len(texts)), found.match)
    members: dict[int, list[int]] = {}
    for k, first in enumerate(group.tolist()):
        members.setdefault(first, []).append(k)
    pairs = {pair for each in members.values() for pair in combinations(each, 2)}

    def verdicts(i: Whole, j: Whole) -> Verdicts:
        met = are_compared(texts, i, j, found.recipe, threshold)
        similar = met & (stages.compare_texts(texts, i, j, tokens) >= threshold)
        said = similar.astype(np.int8)
        said[similar] += are_variants(texts, i[similar], j[similar])
        return said

    named = found.kept & (found.kind == dedup.Kind.VARIANT)
    return Answer(group, named, pairs, verdicts)


def are_compared(
    texts: list[str], i: Whole, j: Whole, recipe: dedup.Recipe, threshold: float
) -> NDArray[np.bool_]:
    """Say of which pairs the recipe has the similarity computed: a band is shared, sketches agree.

    That is before anything is decided; once one of a pair is found to repeat a third, the pair
    itself needs no comparison any more.
    """
    met = np.ones(len(i), dtype=bool)
    if recipe.bands == 0:
        return met
    drawn = stages.family(recipe)
    cuts = range(0, len(texts), _TEXTS)
    batches = [stages.sketch_texts(texts[k : k + _TEXTS], recipe, drawn) for k in cuts]
    keys = np.concatenate([batch.keys for batch in batches], axis=1)
    sketches = np.concatenate([batch.sketches for batch in batches])
    jaccard = jaccard_at(threshold, recipe.width, BURST[recipe.tokens])
    least = sketch.least_agreement(jaccard, recipe.permutations)
    for begin in range(0, len(i), _PAIRS):
        span = slice(begin, begin + _PAIRS)
        met[span] = (keys[:, i[span]] == keys[:, j[span]]).any(axis=0)
        met[span] &= sketch.agreement(sketches[i[span]], sketches[j[span]]) >= least
    return met


# -- peers


def by_exact_text(texts: list[str]) -> Answer:
    """Call equal texts copies."""
    places: dict[str, list[int]] = {}
    for k, text in enumerate(texts):
        places.setdefault(text, []).append(k)
    equal = (pair for each in places.values() for pair in combinations(each, 2))
    return _of_pairs(len(texts), equal)


def by_datasketch(texts: list[str], width: int) -> Answer:
    """Ask datasketch's index of MinHash signatures over runs of ``width`` words."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=_PERMUTATIONS)
    rows = ([run.encode() for run in _runs(text, width)] for text in texts)
    sketches = MinHash.bulk(rows, num_perm=_PERMUTATIONS)
    for k, signature in enumerate(sketches):
        index.insert(k, signature)
    met = ((j, k) for k, signature in enumerate(sketches) for j in index.query(signature))
    return _of_pairs(len(texts), met)


def by_rensa(texts: list[str]) -> Answer:
    """Ask rensa's index, and drop what its signatures estimate below the threshold."""
    from rensa import RMinHash, RMinHashLSH

    words = [_runs(text, 1) for text in texts]
    sketches = RMinHash.from_token_sets(words, num_perm=_PERMUTATIONS, seed=_RENSA_SEED)
    index = RMinHashLSH(THRESHOLD, _PERMUTATIONS, _RENSA_BANDS)
    index.insert_many(sketches)
    met = ((j, k) for k, rows in enumerate(index.query_all(sketches)) for j in rows if j < k)
    return _of_pairs(
        len(texts), ((j, k) for j, k in met if sketches[j].jaccard(sketches[k]) >= THRESHOLD)
    )


def _runs(text: str, width: int) -> list[str]:
    """List the runs of ``width`` words of a text; one of fewer words has one run."""
    words = re.findall(r"[^\W_]+", text.lower())
    count = max(1, len(words) - width + 1)
    return [" ".join(words[k : k + width]) for k in range(count)]


def _of_pairs(count: int, met: Iterable[tuple[int, int]]) -> Answer:
    """Make an answer of pairs; of all that they join the first stays."""
    pairs = {(i, j) for i, j in met if i < j}

    def verdicts(i: Whole, j: Whole) -> Verdicts:
        said = [pair in pairs for pair in zip(i.tolist(), j.tolist(), strict=True)]
        return np.array(said, dtype=np.int8)

    return Answer(join(count, pairs), np.zeros(count, dtype=bool), pairs, verdicts)


DEDUP, CHARACTERS = "dedup", "dedup, characters"

#: For sets of scanned texts the second one answers too.
CONTENDERS = (
    Contender(DEDUP, "dedup", by_dedup),
    Contender(
        CHARACTERS,
        "dedup",
        lambda texts: by_dedup(texts, OCR_THRESHOLD, "chars"),
        "chars",
        OCR_THRESHOLD,
    ),
    Contender("datasketch, words", "datasketch", lambda texts: by_datasketch(texts, 1)),
    Contender("datasketch, 5-grams", "datasketch", lambda texts: by_datasketch(texts, 5)),
    Contender("rensa, words", "rensa", by_rensa),
    Contender("exact text", "dedup", by_exact_text),
)
