"""An index as a plain list: what ``dedup.Index`` has to answer, one slow step after another.

Knows: the rule at the head of ``core.decide``, buckets that remember, removal. Does not know:
files, pages, processes. Words and similarity are the oracle's; signatures are handed to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import dedup
from dedup.core import candidates, decide, sketch, verdicts
from dedup.core.bands import BURST, jaccard_at
from tests import brute, laws


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
        scores = {n: brute.similarity(self.rows[n].words, words) for n in likely[: decide.MOST]}
        good = sorted(
            (n for n in scores if scores[n] >= self.threshold), key=lambda n: (-scores[n], n)
        )
        judged = verdicts.JUDGED if self.variant is not brute.never else len(good)
        for n in good[:judged]:
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
