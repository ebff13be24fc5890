"""An index as a plain list: what ``dedup.Index`` must answer, in one slow step after another.

Knows: the rule at the head of ``core.walk``, buckets that remember, removal; how an index in any
store is compared with it, and with ``find``. Does not know: files, servers, processes. Words and
similarity come from the oracle; signatures are given.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

import dedup
from dedup.core import candidates, sketch, walk
from dedup.core.bands import BURST, jaccard_at
from tests.support import brute, laws


@dataclass
class Row:
    """A stored paragraph."""

    key: str
    text: str
    words: tuple[str, ...]
    signature: tuple[int, ...]
    first: int
    last: int
    count: int = 1


#: What the model answers: key of the partner, similarity, kind.
Answer = tuple[str, float, int] | None


@dataclass
class Model:
    """The list, and what every bucket remembers, as positions in the list."""

    recipe: dedup.Recipe
    threshold: float
    variant: Callable[[str, str], bool] = laws.judged
    rows: dict[int, Row] = field(default_factory=dict)
    memory: dict[tuple[int, tuple[int, ...]], list[int]] = field(default_factory=dict)
    next: int = 0

    def ask(self, text: str) -> tuple[int | None, float, int]:
        """Say which row a text repeats, how alike they are, and the kind; None: none."""
        words, signature = self.read(text)
        if len(words) < max(self.recipe.min_tokens, 1):
            return None, 1.0, 0
        for number, row in self.rows.items():
            if row.words == words:
                return number, 1.0, 1
        shown = {n for bucket in self.buckets(signature) for n in bucket[: candidates.CAP]}
        agreed = {n: self.agreement(signature, self.rows[n].signature) for n in shown}
        likely = sorted(
            (n for n in shown if agreed[n] >= self.least()), key=lambda n: (-agreed[n], n)
        )
        scores = {n: brute.similarity(self.rows[n].words, words) for n in likely[: walk.MOST]}
        good = sorted(
            (n for n in scores if scores[n] >= self.threshold), key=lambda n: (-scores[n], n)
        )
        for n in good:
            if not self.variant(self.rows[n].text, text):
                return n, scores[n], 2
        return (good[0], scores[good[0]], 3) if good else (None, 1.0, 0)

    def query(self, text: str) -> Answer:
        """What ``Index.query`` answers."""
        number, score, kind = self.ask(text)
        return None if number is None else (self.rows[number].key, score, kind)

    def add(self, text: str, key: str, now: int) -> Answer:
        """What ``Index.add`` answers."""
        number, score, kind = self.ask(text)
        answer = None if number is None else (self.rows[number].key, score, kind)
        words, signature = self.read(text)
        if len(words) < max(self.recipe.min_tokens, 1):
            return None
        if kind in (1, 2):
            assert number is not None
            self.rows[number].count += 1
            self.rows[number].last = now
            return answer
        for bucket in self.buckets(signature):
            if len(bucket) < candidates.CAP:
                bucket.append(self.next)
        self.rows[self.next] = Row(key, text, words, signature, now, now)
        self.next += 1
        return answer

    def remove(self, key: str) -> int:
        """What ``Index.remove`` answers."""
        return self.drop([n for n, row in self.rows.items() if row.key == key])

    def prune(self, before: int | None, most: int | None) -> int:
        """What ``Index.prune`` answers."""
        gone = {n for n, row in self.rows.items() if before is not None and row.last < before}
        by_last = sorted(self.rows, key=lambda n: (-self.rows[n].last, -n))
        return self.drop(sorted(gone | set(by_last[most:] if most is not None else [])))

    def drop(self, numbers: list[int]) -> int:
        """Forget rows, in the buckets too."""
        for number in numbers:
            del self.rows[number]
        for bucket in self.memory.values():
            bucket[:] = [n for n in bucket if n in self.rows]
        return len(numbers)

    def buckets(self, signature: tuple[int, ...]) -> list[list[int]]:
        """The buckets of a signature."""
        width = self.recipe.rows
        return [
            self.memory.setdefault((b, signature[b * width : (b + 1) * width]), [])
            for b in range(self.recipe.bands)
        ]

    def agreement(self, a: tuple[int, ...], b: tuple[int, ...]) -> int:
        """In how many places two signatures agree, in their lowest four bits."""
        places = 16 * sketch.sketch_words(self.recipe.permutations)
        low = [[*each, *[0] * places][:places] for each in (a, b)]
        return sum(x % 16 == y % 16 for x, y in zip(*low, strict=True))

    def least(self) -> int:
        """In how many places they must agree."""
        jaccard = jaccard_at(self.threshold, self.recipe.width, BURST[self.recipe.tokens])
        return sketch.least_agreement(jaccard, self.recipe.permutations)

    def read(self, text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """The words and the signature of a text."""
        return _words(text), _signature(text, self.recipe)


@cache
def _words(text: str) -> tuple[str, ...]:
    return tuple(brute.words(text))


@cache
def _signature(text: str, recipe: dedup.Recipe) -> tuple[int, ...]:
    return tuple(dedup.signatures([text], recipe)[0].tolist())


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000

    def __call__(self) -> float:
        return float(self.now)


def plain(matches: Sequence[dedup.Match | None]) -> list[Answer]:
    """Write matches as the model does."""
    return [None if m is None else (m.key, m.similarity, int(m.kind)) for m in matches]


def names(count: int) -> list[str]:
    """Keys of as many paragraphs."""
    return [f"p{k}" for k in range(count)]


def pages(texts: Sequence[str], cuts: Sequence[int]) -> Iterator[tuple[Sequence[str], list[str]]]:
    """Cut texts into pages as told, with their keys."""
    keys = names(len(texts))
    bounds = sorted({0, len(texts), *(cut for cut in cuts if cut < len(texts))})
    for a, b in pairwise(bounds):
        yield texts[a:b], keys[a:b]


def feed(index: dedup.Index, texts: Sequence[str], cuts: Sequence[int]) -> list[dedup.Match | None]:
    """Add texts page by page, cut as told."""
    return [match for page in pages(texts, cuts) for match in index.add_many(*page)]


def check_law_4(answers: Sequence[dedup.Match | None], found: dedup.Found) -> None:
    """The same paragraphs are kept; of copies, those that ``find`` decides for the first time."""
    kept = [match is None or not match.is_copy for match in answers]
    assert kept == found.kept.tolist()
    decided: set[tuple[str, ...]] = set()
    for position, match in enumerate(answers):
        words = tuple(brute.words(found.text(position)))
        near = found.kind[position] == dedup.Kind.NEAR
        if near and words in decided:
            continue
        decided.add(words)
        if found.kind[position] == dedup.Kind.UNIQUE:
            assert match is None
            continue
        assert match is not None
        assert match.key == f"p{found.match[position]}"
        assert np.float32(match.similarity) == found.similarity[position]
        assert match.kind == found.kind[position]


def small_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let buckets remember four paragraphs, in the model too."""
    for module in ("core.candidates", "index.decision", "index.verification"):
        monkeypatch.setattr(f"dedup.{module}.CAP", 4)


def repeating(draw: random.Random) -> Iterator[str]:
    """Make texts without end, of which many repeat or nearly repeat an earlier one."""
    made = [[f"w{draw.randrange(60)}" for _ in range(12)] for _ in range(5)]
    while True:
        if draw.random() < 0.3:
            made.append([f"w{draw.randrange(400)}" for _ in range(draw.randrange(6, 16))])
        words = list(draw.choice(made[-40:]))
        for _ in range(draw.choice([0, 0, 1, 1, 2, 3])):
            words[draw.randrange(len(words))] = f"w{draw.randrange(60)}"
        made.append(words)
        yield " ".join(words)


def stress(seed: int, opened: Callable[..., dedup.Index], ttl: int = 0) -> None:
    """Do at random whatever can be done to an index, and to a list; they must say the same.

    opened: opens it with settings by name. ttl: seconds after which the index forgets by itself.
    """
    draw, clock = random.Random(seed), Clock()
    source = repeating(draw)
    recipe = dedup.Recipe(permutations=64, bands=16, rows=2, min_tokens=8)
    judge = laws.judged if seed % 2 else brute.never
    variants = "report" if seed % 2 else "remove"
    model = Model(recipe, 0.7, judge)

    def reopen() -> dedup.Index:
        return opened(recipe=recipe, threshold=0.7, variants=variants, clock=clock)

    index = reopen()
    for _ in range(160):
        clock.now += draw.choice([0, 1, 30])
        if ttl:
            model.prune(clock.now - ttl + 1, None)
        act = draw.random()
        if act < 0.6:
            page = [next(source) for _ in range(draw.choice([1, 3, 20]))]
            keys = [f"k{draw.randrange(300)}" for _ in page]
            expected = [model.add(*each, clock.now) for each in zip(page, keys, strict=True)]
            assert plain(index.add_many(page, keys)) == expected
        elif act < 0.75:
            page = [next(source) for _ in range(5)]
            assert plain(index.query_many(page)) == [model.query(text) for text in page]
        elif act < 0.85:
            key = f"k{draw.randrange(300)}"
            assert index.remove(key) == model.remove(key)
        elif act < 0.9:
            age = draw.choice([None, 500, 2000])
            most = draw.choice([None, 40, 100])
            before = None if age is None else clock.now - age
            assert index.prune(age, most) == model.prune(before, most)
        elif act < 0.93:
            index.compact()
        else:
            index.close()
            index = reopen()
    assert index.check() == []
    rows = model.rows.values()
    assert [(m.key, m.count, m.first, m.last) for m in index.counts()] == [
        (row.key, row.count, row.first, row.last) for row in rows
    ]
    for row in rows:
        assert row.text in index.texts(row.key)
    index.close()
