"""Texts of the rows that meet others, fetched by row.

Knows: where each stands, batches of pairs, the workers. Does not know: what similarity is, which
pairs there are.

Memory: 12 bytes a wanted row and a byte a row. Where there is room, the file of the texts is mapped
and the bags of the wanted rows are held; else texts only while a batch is compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup.encoded import Column, Encoded
from dedup.kernel import Reading
from dedup.pages import page_of
from dedup.pairs import compare_pairs
from dedup.progress import Progress
from dedup.ragged import starts_of
from dedup.scale.budget import Memory
from dedup.scale.stages.heads import own_heads, spans
from dedup.scale.stages.sketches import Wanted
from dedup.scale.storage.folder import Facts
from dedup.scale.storage.layout import Files
from dedup.sequences import Bags
from dedup.stages import LONGEST
from dedup.workers import Workers

#: Pairs of a batch, and bytes of its texts.
_PAIRS, _BYTES = 600, 1 << 22

#: Texts are not copied if they take at most this part of the memory for arrays.
_FITTING = 4

Rows = NDArray[np.int64]


def store(files: Files, facts: Facts, memory: Memory, report: Progress) -> Facts:
    """Note where the texts of wanted rows are.

    They stay where they were spilled if all texts fit in memory. Else they are copied into the
    store, so that those that are fetched lie close together; then "copied" is true.
    """
    count, unit = facts["paragraphs"], facts["unit"]
    copied = len(files.texts) > memory.arrays // _FITTING
    wanted = read_wanted_rows(files)
    files.fresh("store")
    at = np.zeros(len(wanted), dtype=np.uint64)
    size = np.zeros(len(wanted), dtype=np.uint32)
    begin = filled = 0
    for start, stop in spans(count, unit):
        lengths = files.lengths.read(start, stop).astype(np.int64)
        ends = np.cumsum(lengths) + begin
        own = own_heads(files, start, stop)
        rows = files.row.read(start, stop)[own].astype(np.int64)
        mine = wanted.mask[rows]
        own, number = own[mine], wanted.number(rows[mine])
        size[number] = lengths[own]
        if copied:
            at[number] = np.cumsum(lengths[own]) - lengths[own] + filled
            _copy(files, ends[own] - lengths[own], lengths[own])
            filled += int(lengths[own].sum())
        else:
            at[number] = ends[own] - lengths[own]
        begin = int(ends[-1])
        report("texts", stop, count)
    files.fresh("at").append(at)
    files.fresh("size").append(size)
    return {"wanted": len(wanted), "copied": copied}


def read_wanted_rows(files: Files) -> Wanted:
    """Read which rows are wanted."""
    return Wanted(files.wanted.read(0, len(files.wanted)).view(bool))


def _copy(files: Files, starts: Rows, lengths: Rows) -> None:
    """Copy spans of ``texts``, rising, behind what the store holds."""
    for some in files.texts.spans(starts, lengths):
        files.store.append(np.frombuffer(b"".join(some), dtype=np.uint8))


class Texts:
    """Fetches texts by row, compares pairs of rows, lays rows out for the judge.

    bags: of the wanted rows, by their numbers; a pair that they rule out gets the similarity 0, and
    its texts are not read. room: bytes that the texts may take in memory; if that is enough for
    all, their file is mapped, else each is read when it is asked for.
    """

    def __init__(
        self,
        files: Files,
        facts: Facts,
        wanted: Wanted,
        pool: Workers,
        bags: Bags | None = None,
        room: int = 0,
    ) -> None:
        self._column = files.store if facts["copied"] else files.texts
        self._wanted, self._pool, self._bags = wanted, pool, bags
        self._at = files.at.read(0, len(wanted)).astype(np.int64, copy=False)
        self._size = files.size.read(0, len(wanted))
        self._mapped = self._column.mapped() if len(self._column) <= room else None

    def fetch(self, rows: Rows, most: int | None = None) -> Column:
        """Read the texts of rows: int64 (m,); nothing of one of more than ``most`` bytes.

        Cost: 0.3 us each if the file is mapped, else 2 us; a read from the disk if unlucky.
        """
        number = self._wanted.number(rows)
        sizes = self._size[number].astype(np.int64)
        if most is not None:
            sizes[sizes > most] = 0
        return Column(Encoded(self._read(self._at[number], sizes), starts_of(sizes)))

    def _read(self, starts: Rows, lengths: Rows) -> NDArray[np.uint8]:
        """Read spans of the store, one behind the other."""
        ends = starts + lengths
        if self._mapped is None or ends.max(initial=0) > len(self._mapped):
            return self._column.packed(starts, lengths)  # of a damaged file, it says what is wrong
        spans = zip(starts.tolist(), ends.tolist(), strict=True)
        some = [self._mapped[at:end] for at, end in spans]
        return np.frombuffer(b"".join(some), dtype=np.uint8)

    def compare(self, i: Rows, j: Rows, tokens: str) -> NDArray[np.float64]:
        """Similarity of pairs of rows: float64 (m,), NaN for a pair too long to compare."""
        if self._bags is None:
            return self._compare(i, j, tokens)
        number, other = self._wanted.number(i), self._wanted.number(j)
        alike = np.flatnonzero(self._bags.may_be_alike(number, other, self._pool.count))
        scores = np.zeros(len(i), dtype=np.float64)
        scores[alike] = self._compare(i[alike], j[alike], tokens)
        return scores

    def _compare(self, i: Rows, j: Rows, tokens: str) -> NDArray[np.float64]:
        cuts = _batches(self.sizes(i) + self.sizes(j))
        return compare_pairs(i, j, cuts, self.fetch, tokens, self._pool)

    def page(self, rows: Rows) -> Reading:
        """Lay the texts of rows out for the judge; nothing of those too long to be compared."""
        # A text of more characters has more bytes.
        return page_of(self.fetch(rows, 4 * LONGEST), self._pool.count)

    def sizes(self, rows: Rows) -> Rows:
        """How long the texts of rows are, in bytes."""
        return self._size[self._wanted.number(rows)].astype(np.int64)


def _batches(sizes: Rows) -> list[int]:
    """Cut pairs into batches of so many pairs and bytes, or one pair."""
    ends = np.cumsum(sizes)
    cuts, begin = [0], 0
    while cuts[-1] < len(sizes):
        stop = int(np.searchsorted(ends, begin + _BYTES, side="right"))
        stop = min(max(stop, cuts[-1] + 1), cuts[-1] + _PAIRS, len(sizes))
        cuts.append(stop)
        begin = int(ends[stop - 1])
    return cuts
