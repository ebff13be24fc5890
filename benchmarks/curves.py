"""Count which share of the pairs is found at each similarity, and draw it.

Knows: the classes of similarity, the lines of the plot. Does not know: sets, how a contender
answers.

dedup finds a pair if it compares it and the similarity reaches the threshold. A peer finds a pair
if it proposes it. Each pair is looked at by itself; the answer for other pairs doesn't matter here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.answers import DEDUP, NOTHING, THRESHOLD, Answer, are_compared
from benchmarks.plot import Axis, Line, line_plot
from benchmarks.sets import Alike

#: The least similarity, and the width of a bin.
LEAST, _BIN = 0.5, 0.025

#: What dedup compares, before similarity decides; and what it finds with the bands it takes for a
#: million paragraphs, which are fewer than for sets as small as these.
COMPARED, AMONG_MANY = "dedup, compared", "dedup, bands of a million"
_MANY = 1_000_000

#: Lines of the plot: name, colour, dashes.
_LINES = (
    (DEDUP, 0, ""),
    (COMPARED, 0, "2 5"),
    ("datasketch, words", 1, ""),
    ("rensa, words", 3, "9 4"),
    ("datasketch, 5-grams", 2, ""),
)


class Curves:
    """By bin of similarity: how many pairs there are, and how many each contender finds."""

    def __init__(self) -> None:
        self._size = round((1 - LEAST) / _BIN)
        self.pairs = np.zeros(self._size, dtype=np.int64)
        self.found: dict[str, NDArray[np.int64]] = {}

    def add(self, texts: list[str], answers: dict[str, Answer], alike: Alike) -> None:
        """Add the pairs of a set; alike: all from ``LEAST`` on; answers: of peers, by title."""
        enough = alike.score >= THRESHOLD
        compared, among_many = (
            are_compared(texts, alike.i, alike.j, dedup.Recipe.choose(count=size), THRESHOLD)
            for size in (len(texts), _MANY)
        )
        found = {DEDUP: compared & enough, AMONG_MANY: among_many & enough, COMPARED: compared}
        for title, answer in answers.items():
            found[title] = answer.verdicts(alike.i, alike.j) != NOTHING
        # A similarity on the border of two bins belongs to the upper one.
        bins = ((alike.score - LEAST) / _BIN + 1e-9).astype(np.int64)
        bins = np.minimum(bins, self._size - 1)
        self.pairs += np.bincount(bins, minlength=self._size)
        for title, mask in found.items():
            total = self.found.setdefault(title, np.zeros(self._size, dtype=np.int64))
            total += np.bincount(bins[mask], minlength=self._size)

    def missed(self, title: str) -> float:
        """Share of the pairs at or above the threshold that a contender doesn't find."""
        first = round((THRESHOLD - LEAST) / _BIN)
        pairs = int(self.pairs[first:].sum())
        return 1.0 - int(self.found[title][first:].sum()) / pairs if pairs else 0.0

    def rows(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Lay the shares out: (head, rows)."""
        rows = []
        for k, pairs in enumerate(self.pairs.tolist()):
            low = LEAST + k * _BIN
            shares = [f"{found[k] / pairs:.3f}" if pairs else "" for found in self.found.values()]
            rows.append((f"{low:.3f} to {low + _BIN:.3f}", str(pairs), *shares))
        return ("similarity", "pairs", *self.found), rows

    def draw(self) -> str:
        """Draw the shares as SVG."""
        lines = [
            Line(name, self._points(name), colour, dashes)
            for name, colour, dashes in _LINES
            if name in self.found
        ]
        across = Axis("similarity of the pair", [(k / 10, f"{k / 10:.1f}") for k in range(5, 11)])
        up = Axis("share of the pairs found", [(k / 4, f"{k * 25} %") for k in range(5)])
        title = f"{self.pairs.sum():,} pairs of like paragraphs: which are found"
        return line_plot(title, across, up, lines, (THRESHOLD, "threshold"))

    def _points(self, name: str) -> list[tuple[float, float]]:
        """List a curve's points, at the middle of each bin; dedup's rises at the threshold."""
        points = [
            (LEAST + (k + 0.5) * _BIN, found / pairs)
            for k, (pairs, found) in enumerate(
                zip(self.pairs.tolist(), self.found[name].tolist(), strict=True)
            )
            if pairs
        ]
        above = [point for point in points if point[0] > THRESHOLD]
        if name != DEDUP or not above:
            return points
        below = points[: len(points) - len(above)]
        return [*below, (THRESHOLD, 0.0), (THRESHOLD, above[0][1]), *above]
