"""Measure each stage of ``dedup.find`` by itself, so that a regression has a place.

    python -m benchmarks.stages [--paragraphs N] [--repeats N]

Knows: the stages and their order, as ``dedup.find`` has them. Does not know: workers, peers.
One process; each stage's time is the least of the repeats. A line that is indented is part of the
line above it.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks import corpus
from benchmarks.measure import machine, table
from dedup.core import bands, minhash, shingle, sketch
from dedup.core.candidates import Candidates, candidates, ends_of, shared, unpack
from dedup.core.decide import decide
from dedup.core.fingerprint import fingerprints, group_equal
from dedup.core.normalise import characters
from dedup.core.similarity import similarities, units
from dedup.core.tokens import find_spans, tokenise
from dedup.recipe import Recipe

_THRESHOLD = 0.8
_BATCH = 700  # texts in a batch, about what find takes
_PAIRS = 4_000  # pairs compared in one call, as in find

#: The stages in order, with the line each is written in.
_STAGES = {
    "characters": "texts to normalised bytes",
    "spans": "where the tokens are",
    "tokenise": "token hashes, with both above",
    "fingerprints": "fingerprints",
    "shingles": "shingles",
    "signatures": "signatures",
    "band keys": "band keys",
    "sketches": "sketches of the signatures",
    "group equal": "group equal fingerprints",
    "buckets": "sort all bands into buckets",
    "candidates": "candidates, with the look at sketches",
    "units": "similarity: tokenise the texts again",
    "similarity": "similarity: compare",
    "decide": "decide",
}
_WITHIN = {"characters", "spans"}

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Rows = NDArray[np.int64]


class Clock:
    """Adds up the seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def __call__(
        self,
        stage: str,
        function: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """Call a function and add its time to a stage."""
        begin = time.perf_counter()
        result = function(*arguments, **named)
        self.seconds[stage] += time.perf_counter() - begin
        return result


class Sketches(NamedTuple):
    """What the first half makes of ``n`` texts: prints (n, 2), keys (bands, n), rows (n, words)."""

    prints: NDArray[np.uint64]
    keys: NDArray[np.uint32]
    rows: NDArray[np.uint64]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages")
    parser.add_argument("--paragraphs", type=int, default=50_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    texts = corpus.paragraphs(options.paragraphs).texts
    recipe = Recipe.choose(_THRESHOLD, 0.99, max(len(texts), 1_000))
    clocks, pairs = [], 0
    for _ in range(options.repeats):
        clock = Clock()
        pairs = walk(texts, recipe, clock)
        clock("find", dedup.find, texts, recipe=recipe, workers=1)
        clocks.append(clock)
    best = {name: min(clock.seconds[name] for clock in clocks) for name in clocks[0].seconds}
    print(machine(("dedup-paragraphs", "numpy", "rapidfuzz", "xxhash")))
    print(
        f"\n{len(texts)} paragraphs, {recipe.width}-grams, {recipe.bands}x{recipe.rows}, ", end=""
    )
    print(f"{pairs} pairs compared; one process, best of {options.repeats}\n")
    print(_table(best, len(texts), pairs))


def _table(best: dict[str, float], count: int, pairs: int) -> str:
    total = sum(seconds for name, seconds in best.items() if name not in {*_WITHIN, "find"})
    rows = [
        (
            ("  " if name in _WITHIN else "") + line,
            f"{best[name] / count * 1e6:.2f}",
            "" if name in _WITHIN else f"{best[name] / total:.0%}",
            f"{best[name] / pairs * 1e6:.2f}" if pairs and name in _PER_PAIR else "",
        )
        for name, line in _STAGES.items()
    ]
    rows.append(("all stages", f"{total / count * 1e6:.2f}", "100%", ""))
    rows.append(("dedup.find, the whole call", f"{best['find'] / count * 1e6:.2f}", "", ""))
    return table(("stage", "us a paragraph", "share", "us a pair"), rows)


_PER_PAIR = {"candidates", "units", "similarity", "decide"}


def walk(texts: list[str], recipe: Recipe, clock: Clock) -> int:
    """Take the texts through all stages; return how many pairs were compared."""
    texts = list(dict.fromkeys(texts))
    made = _sketch(texts, recipe, clock)
    heads, _ = clock("group equal", group_equal, made.prints)
    rows = made.rows[heads]
    jaccard = bands.jaccard_at(_THRESHOLD, recipe.width)
    least = sketch.least_agreement(jaccard, recipe.permutations)

    def agreement(i: Rows, j: Rows) -> NDArray[np.uint8]:
        return sketch.agreement(rows[i], rows[j])

    def likely(i: Rows, j: Rows) -> NDArray[np.bool_]:
        return agreement(i, j) >= least

    buckets = [clock("buckets", shared, band[heads]) for band in made.keys]
    met = clock("candidates", candidates, buckets, likely)
    return _decide([texts[k] for k in heads.tolist()], met, agreement, least, recipe, clock)


def _sketch(texts: list[str], recipe: Recipe, clock: Clock) -> Sketches:
    """Take the texts batch by batch through the stages that see one text at a time."""
    family = minhash.permutations(recipe.permutations, recipe.seed)
    parts = []
    for begin in range(0, len(texts), _BATCH):
        batch = texts[begin : begin + _BATCH]
        clock("spans", find_spans, clock("characters", characters, batch))
        tokens = clock("tokenise", tokenise, batch)
        prints = clock("fingerprints", fingerprints, tokens)
        rows = clock("shingles", shingle.shingles, tokens, recipe.width)
        signatures = clock("signatures", minhash.signatures, rows, family)
        keys = clock("band keys", bands.band_keys, signatures, recipe.bands, recipe.rows)
        sketches = clock("sketches", sketch.sketches, signatures)
        parts.append((prints, (keys >> np.uint64(32)).astype(np.uint32).T, sketches))
    prints, keys, sketches = (np.concatenate(each) for each in zip(*parts, strict=True))
    return Sketches(prints, np.ascontiguousarray(keys.T), sketches)


def _decide(
    texts: list[str],
    met: Candidates,
    agreement: Callable[[Rows, Rows], NDArray[np.uint8]],
    least: int,
    recipe: Recipe,
    clock: Clock,
) -> int:
    """Compare the candidates and decide; the comparing does not count as deciding."""
    compared, spent = 0, 0.0

    def compare(i: Rows, j: Rows) -> NDArray[np.float64]:
        nonlocal compared, spent
        begin = time.perf_counter()
        scores = np.concatenate((np.empty(0), *_scores(texts, i, j, recipe.tokens, clock)))
        compared += len(i)
        spent += time.perf_counter() - begin
        return scores

    clock("decide", decide, len(texts), met, agreement, least, compare, _THRESHOLD)
    clock.seconds["decide"] -= spent
    assert compared >= len(unpack(met.pairs)[0])
    return compared


def _scores(
    texts: list[str], i: Rows, j: Rows, tokens: str, clock: Clock
) -> Iterator[NDArray[np.float64]]:
    for begin, end in pairwise([*range(0, len(i), _PAIRS), len(i)]):
        ends, left, right = ends_of(i[begin:end], j[begin:end])
        sequences = clock("units", units, [texts[k] for k in ends.tolist()], tokens)
        yield clock("similarity", similarities, sequences, left, right)


if __name__ == "__main__":
    main()
