"""Band keys to candidates: which paragraphs meet in a bucket and are worth comparing.

Knows: buckets, the cap on what a bucket remembers. Does not know: text, similarity.

Rows are numbered by rank. A bucket remembers the first ``CAP`` of its paragraphs that are kept, and
each later paragraph is compared with these. So a paragraph costs at most ``CAP`` looks in a bucket,
however many members that has. A bucket of at most ``CAP`` members can't reach the cap, so this
module lists all of its pairs at once. A bucket with more members is hot. This module passes on the
members of hot buckets without pairs, because only the ``walk`` knows which of them are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel

#: How many kept paragraphs a bucket remembers.
CAP = 32

#: Pairs gathered before repeats are dropped, to bound memory.
_FLUSH = 1 << 22


class Shared(NamedTuple):
    """The rows that share their key with another row, bucket by bucket.

    rows: uint32 (m,), rising within a bucket; sizes: int64 (b,), members of each bucket, 2 or more.
    """

    rows: NDArray[np.uint32]
    sizes: NDArray[np.int64]


class Candidates(NamedTuple):
    """What the buckets propose.

    pairs: uint64 (p,), ``earlier << 32 | later``, distinct; sorted when several bands are joined.
    members: int64 (m,), the rows of the hot buckets, one bucket after another, rising in each.
    sizes: int64 (b,), members of each hot bucket.
    """

    pairs: NDArray[np.uint64]
    members: NDArray[np.int64]
    sizes: NDArray[np.int64]


def shared(keys: NDArray[np.uint32], rows: NDArray[np.int64] | None = None) -> Shared:
    """Find the rows of one band that share their key.

    keys: uint32 (n,); rows: the positions in ``keys`` that take part, in the order of rank; None
    means all of them. The result numbers rows by their place in ``rows``. Cost: 10 ns a row.
    """
    return meeting(kernel.packed(keys, np.arange(len(keys)) if rows is None else rows))


def meeting(packed: NDArray[np.uint64]) -> Shared:
    """Find the rows that share their key, where keys and rows are packed.

    packed: uint64 (n,), ``key << 32 | row``, in any order; sorted in place. It may hold only some
    of the keys of a band, but it must hold all rows of these keys.
    """
    return Shared(*kernel.buckets(packed))


def candidates(
    band: Shared, sketches: NDArray[np.uint64] | None = None, least: int = 0, cap: int = CAP
) -> Candidates:
    """List the likely pairs of a band's small buckets, and the members of its hot ones.

    sketches, least: see ``pairs``; cap: the most members that a small bucket has. Cost: 5 ns for
    each pair that meets in a small bucket.
    """
    small, hot = by_size(band, cap)
    return Candidates(pairs(small, sketches, least), hot.rows.astype(np.int64), hot.sizes)


class Collection:
    """Joins the candidates of several bands and drops repeated pairs. For one thread at a time.

    Memory: 8 bytes for each distinct pair, and for some millions of pairs that may be repeats.
    """

    def __init__(self) -> None:
        self._pairs: list[NDArray[np.uint64]] = []
        self._gathered = 0
        self._hot: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def add(self, band: int, found: Candidates) -> None:
        """Add the candidates of a band; bands may come in any order."""
        self._hot[band] = (found.members, found.sizes)
        self._pairs.append(found.pairs)
        self._gathered += len(found.pairs)
        if self._gathered > _FLUSH:
            self._pairs = [distinct(self._pairs)]
            self._gathered = 0

    def joined(self) -> Candidates:
        """Give the candidates of all bands, hot buckets in the order of the bands."""
        none = np.empty(0, dtype=np.int64)
        hot = [(none, none), *(self._hot[band] for band in sorted(self._hot))]
        members, sizes = map(np.concatenate, zip(*hot, strict=True))
        return Candidates(distinct(self._pairs), members, sizes)


def by_size(band: Shared, cap: int = CAP) -> tuple[Shared, Shared]:
    """Split the buckets of a band into small ones, of at most ``cap`` members, and hot ones."""
    hot = band.sizes > cap
    if not hot.any():
        return band, Shared(band.rows[:0], band.sizes[:0])
    member = np.repeat(hot, band.sizes)
    return Shared(band.rows[~member], band.sizes[~hot]), Shared(band.rows[member], band.sizes[hot])


def slices(small: Shared, most: int) -> Iterator[Shared]:
    """Cut buckets into slices of at most ``most`` members; a larger bucket is one slice."""
    ends = np.cumsum(small.sizes)
    begin = start = 0
    while begin < len(ends):
        end = max(begin + 1, int(np.searchsorted(ends, start + most, side="right")))
        stop = int(ends[end - 1])
        yield Shared(small.rows[start:stop], small.sizes[begin:end])
        begin, start = end, stop


def pairs(
    small: Shared, sketches: NDArray[np.uint64] | None = None, least: int = 0
) -> NDArray[np.uint64]:
    """List the pairs inside small buckets, packed, that are worth comparing.

    sketches: uint64 (n, words), of all rows. A pair is listed if its sketches agree in ``least``
    places or more. Without sketches all pairs are listed. Cost: 5 ns for each pair in a bucket.
    """
    return kernel.bucket_pairs(small.rows, small.sizes, sketches, least)


def pack(earlier: NDArray[np.int64], later: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pack two row numbers below 2**32 into one integer that sorts like the pair."""
    return earlier.astype(np.uint64) << np.uint64(32) | later.astype(np.uint64)


def unpack(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Undo ``pack``."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(
        np.int64
    )


def ends_of(
    i: NDArray[np.int64], j: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """List the distinct rows of pairs, rising, and the places of both sides in that list."""
    rows, place = np.unique(np.concatenate((i, j)), return_inverse=True)
    return rows, place[: len(i)], place[len(i) :]


def distinct(found: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Join lists of packed pairs, sort them and drop repeats."""
    joined = np.concatenate(found or [np.empty(0, dtype=np.uint64)])
    joined.sort()
    if len(joined):
        joined = joined[np.concatenate(([True], joined[1:] != joined[:-1]))]
    return joined
