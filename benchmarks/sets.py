"""Read sets of real paragraphs with what is known of their pairs, and mark an answer on a set.

Knows: the files of a set (units, listed pairs, judged pairs), how to compare all pairs, and the
rules by which the ``score.py`` of a set marks an answer, written here a second time. Does not know:
contenders, tables.

Paragraphs are numbered in the order of ``units.jsonl``. A pair is two numbers, the smaller first.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property
from itertools import combinations
from math import comb
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from dedup.core.similarity import as_strings, units
from dedup.core.tokens import tokenise

DEV = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "dev"

#: Classes of judged pairs.
SAME, TEMPLATE = "same passage", "template"

#: Of two paragraphs that the truth parts, in a set whose look-alikes nobody judged, no more is said
#: from these Jaccard indexes of 3 words and of 5 characters on.
_LOOKS_LIKE_WORDS, _LOOKS_LIKE_CHARACTERS = 0.35, 0.40

#: Jaccard index of 3 words from which on two texts of one licence family are one text.
_ONE_FAMILY = 0.5

#: Words a paragraph needs to compete, and rows compared at a time.
_MIN_WORDS, _ROWS = 8, 1000

Pair = tuple[int, int]
Pairs = set[Pair]
Whole = NDArray[np.int64]


class Listed(NamedTuple):
    """A pair of the list: label 1 the same passage, 0 another, None not judged or ambiguous."""

    pair: Pair
    label: int | None


class Judged(NamedTuple):
    """A look-alike that was judged by reading, and its class."""

    pair: Pair
    kind: str


class LabelledSet:
    """A set of paragraphs: name, texts, listed and judged pairs, and what is true of all pairs."""

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        rows = _lines(folder / "units.jsonl")
        self.folder = folder
        self.name = folder.name
        self.ids = [str(row["id"]) for row in rows]
        self.texts = [str(row["text"]) for row in rows]
        self.families: bool = meta["truth"] == "same_family"
        self.unjudged: bool = meta["lookalikes"] == "unjudged"
        self._number = {name: k for k, name in enumerate(self.ids)}
        self._clusters = [row.get("cluster") for row in rows]
        self._distinct_only: bool = meta.get("pairs_between_distinct_texts", False)
        self.listed = [Listed(self._pair(row), self._label(row)) for row in self._rows(meta)]
        judged = folder / "labelled_pairs.jsonl"
        self.judged = [
            Judged(self._pair(row), re.split("[:,]", str(row["class"]))[0])
            for row in (_lines(judged) if judged.exists() else ())
        ]

    def _rows(self, meta: dict[str, str]) -> list[dict[str, object]]:
        return _lines(self.folder / meta["pairs"])

    def _pair(self, row: dict[str, object]) -> Pair:
        return _sorted(self._number[str(row["a"])], self._number[str(row["b"])])

    def _label(self, row: dict[str, object]) -> int | None:
        """Read a label; in a set of licence families it is whether they are of one family."""
        if not self.families:
            label = row.get("label", 0)
        elif row["same_family"] == 1:
            label = 1 if float(str(row["j3"])) >= _ONE_FAMILY else None
        else:
            label = row["same_family"]
        return None if label is None else int(str(label))

    @cached_property
    def edited(self) -> list[Pair]:
        """The listed pairs of one passage whose texts are not the same to the letter."""
        texts = self.texts
        return [p for p, label in self.listed if label == 1 and texts[p[0]] != texts[p[1]]]

    @cached_property
    def others(self) -> list[Pair]:
        """The listed and judged pairs of different passages."""
        return [
            *(pair for pair, label in self.listed if label == 0),
            *(pair for pair, kind in self.judged if kind == TEMPLATE),
        ]

    @cached_property
    def ignored(self) -> Pairs:
        """The listed pairs nobody judged."""
        return {pair for pair, label in self.listed if label is None}

    @cached_property
    def cluster(self) -> list[object]:
        """For each paragraph what stands for the cluster it truly belongs to, alone or not."""
        return [("alone", k) if c is None else c for k, c in enumerate(self._clusters)]

    @cached_property
    def positives(self) -> Pairs:
        """All pairs of one passage, those of equal texts too."""
        if self.families:
            return {pair for pair, label in self.listed if label == 1}
        members: dict[object, list[int]] = {}
        for k, cluster in enumerate(self.cluster):
            members.setdefault(cluster, []).append(k)
        return {pair for each in members.values() for pair in combinations(each, 2)} - self.ignored

    @cached_property
    def _first(self) -> list[int]:
        """For each paragraph the one that stands for it in lists of pairs of distinct texts."""
        if not self._distinct_only:
            return list(range(len(self.texts)))
        place: dict[str, int] = {}
        return [place.setdefault(_plain(text), k) for k, text in enumerate(self.texts)]

    def standing_for(self, pair: Pair) -> Pair:
        """Return the pair that stands for a pair in the lists."""
        return _sorted(self._first[pair[0]], self._first[pair[1]])


def read(folder: Path = DEV, names: Iterable[str] = ()) -> Iterator[LabelledSet]:
    """Read the sets in a folder, all or those named.

    Raises FileNotFoundError for a set that is not there.
    """
    found = {each.parent.name: each.parent for each in sorted(folder.glob("*/meta.json"))}
    wanted = list(names) or list(found)
    missing = [name for name in wanted if name not in found]
    if missing or not found:
        raise FileNotFoundError(f"{folder} has no set {', '.join(missing) or 'at all'}")
    for name in wanted:
        yield LabelledSet(found[name])


def _lines(path: Path) -> list[dict[str, object]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _sorted(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


# -- the rules of score.py


class Score(NamedTuple):
    """What ``score.py`` prints: pairs counted, and the shares to four places.

    ari: None where the set has no clusters to compare; judged: for each class of judged pairs how
    many were reported, of how many.
    """

    positives: int
    reported: int
    ignored: int
    wrong: int
    precision: float
    recall: float
    f1: float
    ari: float | None
    judged: dict[str, str]


def score(labelled: LabelledSet, pairs: Pairs) -> Score:
    """Mark the pairs an answer reports as copies."""
    wrong = _wrong(labelled, pairs)
    right = len(pairs & labelled.positives)
    missed = len(labelled.positives) - right
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    both = precision + recall
    ari = (
        None
        if labelled.families
        else adjusted_rand(labelled.cluster, join(len(labelled.texts), pairs))
    )
    return Score(
        right + missed,
        len(pairs),
        len(pairs) - right - wrong,
        wrong,
        round(precision, 4),
        round(recall, 4),
        round(2 * precision * recall / both, 4) if both else 0.0,
        None if ari is None else round(ari, 4),
        _judged(labelled, pairs),
    )


def _wrong(labelled: LabelledSet, pairs: Pairs) -> int:
    """Count the pairs that are neither true nor to be ignored."""
    ignored, looks = labelled.ignored, _Looks(labelled.texts)
    wrong = 0
    for pair in pairs - labelled.positives:
        if pair not in ignored and labelled.standing_for(pair) not in ignored:
            wrong += not (labelled.unjudged and looks.alike(pair))
    return wrong


def _judged(labelled: LabelledSet, pairs: Pairs) -> dict[str, str]:
    said = {labelled.standing_for(pair) for pair in pairs}
    counts: dict[str, list[bool]] = {}
    for pair, kind in labelled.judged:
        counts.setdefault(kind, []).append(labelled.standing_for(pair) in said)
    return {kind: f"{sum(each)}/{len(each)}" for kind, each in sorted(counts.items())}


class _Looks:
    """Says which paragraphs look alike by their runs of 3 words or 5 characters."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._runs: dict[int, tuple[set[tuple[str, ...]], set[str]]] = {}

    def alike(self, pair: Pair) -> bool:
        (words, characters), (others, other_characters) = map(self._of, pair)
        return (
            _jaccard(words, others) >= _LOOKS_LIKE_WORDS
            or _jaccard(characters, other_characters) >= _LOOKS_LIKE_CHARACTERS
        )

    def _of(self, k: int) -> tuple[set[tuple[str, ...]], set[str]]:
        if k not in self._runs:
            text = _plain(self._texts[k])
            words = re.findall(r"\w+", text)
            threes = {tuple(words[n : n + 3]) for n in range(max(1, len(words) - 2))}
            fives = {text[n : n + 5] for n in range(len(text) - 4)} or {text}
            self._runs[k] = threes, fives
        return self._runs[k]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).lower()


def _jaccard(one: Set[object], other: Set[object]) -> float:
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def join(count: int, pairs: Iterable[Pair]) -> Whole:
    """Number the connected parts of ``count`` rows by their first row: int64 (count,)."""
    parent = list(range(count))

    def root(k: int) -> int:
        while parent[k] != k:
            parent[k] = parent[parent[k]]
            k = parent[k]
        return k

    for i, j in pairs:
        a, b = root(i), root(j)
        parent[max(a, b)] = min(a, b)
    return np.array([root(k) for k in range(count)], dtype=np.int64)


def adjusted_rand(one: Sequence[object], other: Whole) -> float:
    """Adjusted Rand index of two ways to cluster the same rows."""
    both = Counter(zip(one, other.tolist(), strict=True))
    together = sum(comb(n, 2) for n in both.values())
    in_one = sum(comb(n, 2) for n in Counter(one).values())
    in_other = sum(comb(n, 2) for n in Counter(other.tolist()).values())
    chance = in_one * in_other / comb(len(one), 2)
    most = (in_one + in_other) / 2
    return (together - chance) / (most - chance) if most != chance else 1.0


def score_by_script(labelled: LabelledSet, pairs: Pairs, script: Path) -> Score:
    """Have ``score.py`` itself mark the pairs. Cost: a second or two."""
    ids = labelled.ids
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as out:
        out.writelines(json.dumps({"a": ids[i], "b": ids[j]}) + "\n" for i, j in sorted(pairs))
        out.flush()
        command = [sys.executable, str(script), str(labelled.folder), out.name]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
    figures = json.loads(done.stdout)
    judged = figures.get("hand_judged_reported", {})
    named = {name: figures[name] for name in Score._fields[:-2]}
    return Score(**named, ari=figures.get("ari"), judged=judged)


# -- every pair


class Alike(NamedTuple):
    """All pairs from a similarity on: i < j int64 (m,), both first of their words; score (m,)."""

    i: Whole
    j: Whole
    score: NDArray[np.float64]

    def take(self, chosen: NDArray[np.bool_]) -> Alike:
        """Take some of the pairs."""
        return Alike(self.i[chosen], self.j[chosen], self.score[chosen])


def alike(texts: Sequence[str], least: float, tokens: str = "words") -> Alike:
    """Compare all pairs of distinct sequences of eight words or more.

    Cost: 0.1 to 1 us a pair of paragraphs, the more the lower ``least``, on every core.
    """
    enough = tokenise(texts).lengths >= _MIN_WORDS
    strings = as_strings(units(texts, tokens))
    place: dict[str, int] = {}
    rows = [k for k in np.flatnonzero(enough).tolist() if place.setdefault(strings[k], k) == k]
    own = [strings[k] for k in rows]
    name = np.array(rows, dtype=np.int64)
    none = np.empty(0, dtype=np.int64)
    found = [Alike(none, none, np.empty(0))]
    for begin in range(0, len(own), _ROWS):
        matrix = cdist(
            own[begin : begin + _ROWS],
            own[begin:],
            scorer=Indel.normalized_similarity,
            score_cutoff=least - 1e-6,
            dtype=np.float32,
            workers=-1,
        )
        i, j = np.nonzero(np.triu(matrix, 1))
        length = np.array([len(each) for each in own[begin:]], dtype=np.int64)
        total = length[i] + length[j]
        score = 2.0 * np.round(matrix[i, j].astype(np.float64) * total / 2.0) / total
        some = Alike(name[begin + i], name[begin + j], score)
        found.append(some.take(score >= least))
    return Alike(*map(np.concatenate, zip(*found, strict=True)))
