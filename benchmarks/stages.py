"""Measure each stage of ``dedup.find`` by itself, to see which one has become slower.

    python -m benchmarks.stages [--paragraphs N] [--texts FOLDER] [--repeats N]

Knows: the stages and their order in ``dedup.find``; a few words of languages whose texts need the
normal form. Does not know: workers, peers.

It uses one thread; the time of a stage is the least of all repeats. With ``--texts`` the paragraphs
are real sentences, recombined (``recombined``), and otherwise made up.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks import corpus, recombined
from benchmarks.measure import machine, table
from dedup import kernel
from dedup.core import bands, sketch
from dedup.core.candidates import Collection, candidates, shared
from dedup.core.fingerprint import fingerprints, group_equal
from dedup.core.tokens import lay_out, tokenise
from dedup.core.variants import judge_of
from dedup.core.walk import all_ranks, decide
from dedup.encoded import encode
from dedup.ragged import Ragged
from dedup.recipe import Recipe
from dedup.sequences import Bags, RowsInMemory, Sequences
from dedup.stages import family

_THRESHOLD = 0.8
_BATCH = 700  # texts in a batch, about what find takes

#: The stages in order, with the line each is written in.
_STAGES = {
    "encode": "texts to UTF-8",
    "read": "normal form, tokens, hashes",
    "fingerprints": "fingerprints",
    "sketch": "shingles, signatures, band keys, sketches",
    "group equal": "group equal fingerprints",
    "buckets": "sort all bands into buckets",
    "candidates": "candidates, with the look at sketches",
    "similarity": "read and compare what may be alike",
    "lay out": "lay out what may be judged",
    "decide": "decide, and judge",
}
_PER_PAIR = frozenset({"candidates", "similarity", "decide"})

#: Some words of languages whose texts need the normal form, or have no spaces.
_WORDS = MappingProxyType(
    {
        "English": "the ferry leaves old harbour at seven and returns before night with its crew",
        "German": "die Fähre verläßt den alten Hafen früh und kehrt später über das Meer zurück",
        "Greek": "το πλοίο φεύγει από το παλιό λιμάνι στις επτά και επιστρέφει πριν τη νύχτα",
        "Russian": "Паром уходит из старой гавани утром и возвращается ещё до ночи с командой",
        "Hindi": "नाव सुबह सात बजे पुराने बंदरगाह से निकलती है और रात से पहले लौटती है",
        "Arabic": "تغادر العبارة الميناء القديم في الساعة السابعة وتعود قبل الليل مع طاقمها",
        "Chinese": "渡 轮 早 上 七 点 离 开 旧 港 口 天 黑 之 前 返 回",
        "Thai": "เรือ ออก จาก ท่า เก่า ตอน เจ็ด โมง และ กลับ ก่อน ค่ำ พร้อม ลูก เรือ",
    }
)

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Rows = NDArray[np.int64]


class Options(argparse.Namespace):
    """What was asked for."""

    paragraphs: int
    texts: Path | None
    repeats: int


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
    bags: Bags


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stages")
    parser.add_argument("--paragraphs", type=int, default=50_000, help="how many to measure")
    parser.add_argument("--texts", type=Path, help="a folder of real texts, instead of made ones")
    parser.add_argument("--repeats", type=int, default=5, help="runs; the best counts")
    options = parser.parse_args(arguments, namespace=Options())
    texts = _texts(options)
    recipe = Recipe.choose(_THRESHOLD, 0.99, max(len(texts), 1_000))
    clocks, pairs = [], 0
    for _ in range(options.repeats):
        clock = Clock()
        pairs = walk(texts, recipe, clock)
        clock("find", dedup.find, texts, recipe=recipe, workers=1)
        clocks.append(clock)
    best = {name: min(clock.seconds[name] for clock in clocks) for name in clocks[0].seconds}
    print(machine(("dedup-paragraphs", "numpy", "xxhash")))
    print(
        f"\n{len(texts)} paragraphs, {recipe.width}-grams, {recipe.bands}x{recipe.rows}, ", end=""
    )
    print(f"{pairs} pairs compared; one thread, best of {options.repeats}\n")
    print(_table(best, len(texts), pairs))
    print(f"\nreading 65 words in other scripts, best of {options.repeats}\n")
    print(_scripts(options.repeats))


def _texts(options: Options) -> list[str]:
    if options.texts is None:
        return corpus.paragraphs(options.paragraphs).texts
    return recombined.paragraphs(options.texts, options.paragraphs).texts


def _table(best: dict[str, float], count: int, pairs: int) -> str:
    total = sum(seconds for name, seconds in best.items() if name != "find")
    rows = [
        (
            line,
            f"{best[name] / count * 1e6:.2f}",
            f"{best[name] / total:.0%}",
            f"{best[name] / pairs * 1e6:.2f}" if pairs and name in _PER_PAIR else "",
        )
        for name, line in _STAGES.items()
    ]
    rows.append(("all stages of find", f"{total / count * 1e6:.2f}", "100%", ""))
    rows.append(("dedup.find", f"{best['find'] / count * 1e6:.2f}", "", ""))
    return table(("stage", "us a paragraph", "share", "us a pair compared"), rows)


def walk(texts: list[str], recipe: Recipe, clock: Clock) -> int:
    """Take the texts through all stages; return how many pairs were compared."""
    made = _sketch(texts, recipe, clock)
    heads, _ = clock("group equal", group_equal, made.prints)
    rows = made.rows[heads]
    jaccard = bands.jaccard_at(_THRESHOLD, recipe.width)
    least = sketch.least_agreement(jaccard, recipe.permutations)

    found = Collection()
    for band, keys in enumerate(made.keys):
        buckets = clock("buckets", shared, keys, heads)
        found.add(band, clock("candidates", candidates, buckets, rows, least))
    met = clock("candidates", found.joined)
    known = RowsInMemory(made.rows, heads, Sequences(texts, "words"), made.bags)
    rows_of = _Rows(known, clock)
    whole = clock("decide", all_ranks, len(heads), met)
    whole = whole._replace(scores=rows_of.compare(whole.earlier, whole.later))
    before, judge = clock.seconds["similarity"], judge_of()
    clock("decide", decide, whole, len(met.sizes), rows_of, least, _THRESHOLD, judge)
    clock.seconds["decide"] -= clock.seconds["similarity"] - before + clock.seconds["lay out"]
    return rows_of.compared


class _Rows:
    """What the walk has to know of rows; comparing and laying out do not count as deciding."""

    def __init__(self, known: RowsInMemory, clock: Clock) -> None:
        self._known, self._clock = known, clock
        self.compared = 0

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        self.compared += len(i)
        return self._clock("similarity", self._known.compare, i, j)

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        return self._known.sketches(rows)

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        return self._known.sequences(rows)

    def page(self, rows: Rows) -> kernel.Reading:
        return self._clock("lay out", self._known.page, rows)

    def sizes(self, rows: Rows) -> Rows:
        return self._known.sizes(rows)


def _sketch(texts: list[str], recipe: Recipe, clock: Clock) -> Sketches:
    """Take the texts batch by batch through the stages that see one text at a time."""
    drawn = kernel.Family(
        recipe.width, True, family(recipe), recipe.bands, recipe.rows,
        sketch.sketch_words(recipe.permutations),
    )  # fmt: skip
    parts = []
    for begin, end in pairwise([*range(0, len(texts), _BATCH), len(texts)]):
        batch = texts[begin:end]
        clock("encode", encode, batch)
        tokens = clock("read", lay_out, batch).tokens
        prints = clock("fingerprints", fingerprints, tokens)
        made = clock("sketch", kernel.sketch, tokens, drawn, bags=True)
        parts.append((prints, made.keys.T, made.sketches, made.bags, tokens.lengths))
    clock.seconds["read"] -= clock.seconds["encode"]
    prints, keys, sketches, bags, sizes = map(np.concatenate, zip(*parts, strict=True))
    words = sizes.astype(np.int32)
    return Sketches(prints, np.ascontiguousarray(keys.T), sketches, Bags(bags, words, _THRESHOLD))


def _scripts(repeats: int) -> str:
    """Read paragraphs of 65 words, or as many characters where each is a word."""
    draw = random.Random(4)
    rows = []
    for name, words in _WORDS.items():
        known, between = words.split(), "" if name in ("Chinese", "Thai") else " "
        texts = [between.join(draw.choices(known, k=65)) for _ in range(_BATCH)]
        clocks = []
        for _ in range(repeats):
            clock = Clock()
            clock("read", tokenise, texts)
            clocks.append(clock.seconds["read"])
        special = int(kernel.read(encode(texts)).special.sum())
        cost = f"{min(clocks) / _BATCH * 1e6:.2f}"
        rows.append((name, cost, f"{len(texts[0].encode())}", f"{special / _BATCH:.0%}"))
    return table(("language", "us a paragraph", "bytes of one", "read by Python's rules"), rows)


if __name__ == "__main__":
    main()
