"""The tokens of the texts that are compared, kept in memory as long as the texts are.

Knows: which texts were read already, how threads share the work, how to give the walk
(``core.walk``) what it needs of texts in memory. Does not know: who proposes pairs, what a
threshold means, how tokens are compared (``kernel``).

A text is read when it is compared for the first time. A token takes four bytes: a word has a
number of its own, and a character its code point.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.similarity import MOST_CELLS, similar_rows, similarities
from dedup.encoded import batches, lengths, taken
from dedup.pages import page_of
from dedup.progress import Progress, silent
from dedup.ragged import Ragged, Scalar
from dedup.stages import LONGEST, sequences_of, with_long
from dedup.workers import share

#: Characters of the texts that are read at a time, pairs that are compared at a time, and pairs
#: whose bags are compared at a time.
_BATCH, _PAIRS, _LOOKS = 400_000, 4096, 1 << 16

#: Rows on the left that are compared with all others at a time.
_ROWS = 64

Rows = NDArray[np.int64]

_NO_PAIRS = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))


class Sequences:
    """The tokens of some texts, which are referred to by their positions.

    tokens: "words" or "chars"; threads: how many share the work. Texts of more than ``LONGEST``
    characters are not read, and no pair with one of them is compared. The attribute ``characters``,
    int64 (n,), is the length of each text; of a column, the bytes.
    """

    def __init__(self, texts: Sequence[str], tokens: str, threads: int = 1) -> None:
        self._texts, self._tokens, self.threads = texts, tokens, threads
        self._numbers = kernel.Numbers() if tokens == "words" else None
        self.characters = lengths(texts, LONGEST // 2)
        self._place = np.full(len(texts), -1, dtype=np.int64)
        self._values = np.empty(0, dtype=np.uint32)
        self._starts = np.zeros(1, dtype=np.int64)
        self._read_rows = self._size = 0

    def compare(self, i: Rows, j: Rows, report: Progress = silent) -> NDArray[np.float64]:
        """Give the similarity of pairs of texts: float64 (m,), NaN for a pair that is too long."""
        self._read(i, j)
        scores = np.empty(len(i), dtype=np.float64)
        cuts = [*range(0, len(i), _PAIRS), len(i)]
        sequences = Ragged(self._values, self._starts)

        def one(begin: int, end: int) -> NDArray[np.float64]:
            left, right = i[begin:end], j[begin:end]
            found = similarities(sequences, self._place[left], self._place[right])
            found[np.maximum(self.characters[left], self.characters[right]) > LONGEST] = np.nan
            return found

        def place(number: int, found: NDArray[np.float64]) -> None:
            scores[cuts[number] : cuts[number + 1]] = found
            report("compare", cuts[number + 1], len(i))

        share(self.threads, one, pairwise(cuts), place)
        return scores

    def sizes(self, rows: Rows) -> Rows:
        """Give the lengths of texts, in characters, or in bytes in a column."""
        return self.characters[rows]

    def page(self, rows: Rows) -> kernel.Reading:
        """Lay texts out for the judge; a text that is too long counts as an empty one."""
        return page_of(taken(self._texts, rows), self.threads)

    def of(self, rows: Rows) -> Ragged[np.uint64]:
        """Give the units of texts that are compared; an empty row for a text that is too long."""
        self._read(rows)
        found = Ragged(self._values, self._starts).take(self._place[rows])
        if self._numbers is None:
            return Ragged(found.values.astype(np.uint64), found.starts)
        return Ragged(self._numbers.tokens(found.values), found.starts)

    def all_similar(
        self, rows: Rows, threshold: float, report: Progress = silent
    ) -> tuple[Rows, Rows, NDArray[np.float64]]:
        """Find all pairs of some texts that are similar enough, by their places in ``rows``.

        Pairs that are too long to compare are included, with NaN.
        """
        ordered = self.of(rows)
        count = len(rows)
        cuts = [*range(0, count, _ROWS), count]
        found: dict[int, kernel.Pairs] = {}

        def one(begin: int, end: int) -> kernel.Pairs:
            return similar_rows(ordered, range(begin, end), range(begin, count), threshold)

        def place(number: int, pairs: kernel.Pairs) -> None:
            found[number] = pairs
            report("compare", len(found), len(cuts) - 1)

        share(self.threads, one, pairwise(cuts), place)
        parts = [found[number] for number in sorted(found)]
        i, j, scores = map(np.concatenate, zip(_NO_PAIRS, *parts, strict=True))
        return with_long(i, j, scores, self.characters[rows])

    def _read(self, *wanted: Rows) -> None:
        """Read the texts among these that aren't read yet."""
        missing = np.zeros(len(self._texts), dtype=bool)
        for rows in wanted:
            missing[rows] = True
        missing &= self._place < 0
        rows = np.flatnonzero(missing)
        if not len(rows):
            return
        cuts = batches(self.characters[rows], _BATCH)

        def one(begin: int, end: int) -> Ragged[np.uint64]:
            return sequences_of(taken(self._texts, rows[begin:end]), self._tokens)

        def place(number: int, some: Ragged[np.uint64]) -> None:
            self._add(rows[cuts[number] : cuts[number + 1]], some)

        share(self.threads, one, pairwise(cuts), place)

    def _add(self, rows: Rows, some: Ragged[np.uint64]) -> None:
        """Store the tokens of texts that were read. Only one thread may call this at a time."""
        if self._numbers is None:
            values = some.values.astype(np.uint32)
        else:
            values = self._numbers.of(some.values)
        self._values = _larger(self._values, self._size, len(values))
        self._starts = _larger(self._starts, self._read_rows + 1, len(rows))
        first, end = self._read_rows, self._read_rows + len(rows)
        self._place[rows] = np.arange(first, end)
        self._values[self._size : self._size + len(values)] = values
        self._starts[first + 1 : end + 1] = some.starts[1:] + self._size
        self._read_rows, self._size = end, self._size + len(values)


class Bags(NamedTuple):
    """A quick test that rules out most pairs of texts that are not similar enough.

    bags: uint64 (n, BAG_WORDS), the bag of words of each text; words: int32 (n,), its number of
    words; threshold: the similarity from which a pair is alike.
    """

    bags: NDArray[np.uint64]
    words: NDArray[np.int32]
    threshold: float

    def may_be_alike(self, i: Rows, j: Rows, threads: int) -> NDArray[np.bool_]:
        """Say which pairs of texts may reach the threshold: bool (m,). All others are below it."""
        found = np.empty(len(i), dtype=np.bool_)
        cuts = [*range(0, len(i), _LOOKS), len(i)]

        def one(begin: int, end: int) -> NDArray[np.bool_]:
            return kernel.may_be_similar(
                self.bags, self.words, i[begin:end], j[begin:end], self.threshold, MOST_CELLS
            )

        def place(number: int, some: NDArray[np.bool_]) -> None:
            found[cuts[number] : cuts[number + 1]] = some

        share(threads, one, pairwise(cuts), place)
        return found


class RowsInMemory:
    """Gives the walk what it needs of rows whose texts are in memory. See ``core.walk.Compared``.

    heads: the position of each row's text; sketches, bags: of the texts, by position. If there are
    bags, a pair that they rule out gets the similarity 0, and its texts are not read for it.
    """

    def __init__(
        self,
        sketches: NDArray[np.uint64],
        heads: Rows,
        sequences: Sequences,
        bags: Bags | None = None,
    ) -> None:
        self._sketches, self._heads, self._sequences = sketches, heads, sequences
        self._bags = bags

    def compare(self, i: Rows, j: Rows, report: Progress = silent) -> NDArray[np.float64]:
        """Give the similarity of pairs: float64 (m,), NaN for a pair that is too long."""
        i, j = self._heads[i], self._heads[j]
        if self._bags is None:
            return self._sequences.compare(i, j, report)
        alike = np.flatnonzero(self._bags.may_be_alike(i, j, self._sequences.threads))
        scores = np.zeros(len(i), dtype=np.float64)
        scores[alike] = self._sequences.compare(i[alike], j[alike], report)
        return scores

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        """Give the sketches of rows: uint64 (m, words)."""
        return self._sketches[self._heads[rows]]

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        """Give the units of rows that are compared."""
        return self._sequences.of(self._heads[rows])

    def page(self, rows: Rows) -> kernel.Reading:
        """Lay out the texts of rows for the judge."""
        return self._sequences.page(self._heads[rows])

    def sizes(self, rows: Rows) -> Rows:
        """Give the lengths of the texts of rows, in characters, or in bytes in a column."""
        return self._sequences.sizes(self._heads[rows])


def _larger(array: NDArray[Scalar], used: int, more: int) -> NDArray[Scalar]:
    """Give an array with room for ``more`` values after those that are used."""
    if used + more <= len(array):
        return array
    larger = np.empty(max(used + more, used * 3 // 2), dtype=array.dtype)
    larger[:used] = array[:used]
    return larger
