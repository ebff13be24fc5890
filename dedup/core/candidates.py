"""Band keys to candidates: which paragraphs meet in a bucket and are worth comparing.

Knows: sorting, buckets, the cap on what a bucket remembers. Does not know: text, similarity.

Rows are numbered by rank. In the order of rank a bucket remembers its first ``CAP`` kept
paragraphs and shows each newcomer to those; so a bucket costs a paragraph no more than ``CAP``
looks, however many meet in it. A bucket of at most ``CAP`` members can't reach the cap, so all its
pairs are listed here at once. Larger, hot buckets are handed over whole: who is remembered in
them depends on who is kept (see ``independent``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: How many kept paragraphs a bucket remembers.
CAP = 32

#: Pairs gathered before repeats are dropped, to bound memory.
_FLUSH = 1 << 22

#: Says which pairs of rows are worth comparing: (i, j) to bool.
Likely = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


class Candidates(NamedTuple):
    """What the buckets propose.

    pairs: uint64 (p,), ``earlier << 32 | later``, rising and distinct; members: uint32 (m,), the
    rows of the hot buckets, one bucket after another, rising in each; buckets: int64 (m,), which
    bucket, counted from 0.
    """

    pairs: NDArray[np.uint64]
    members: NDArray[np.uint32]
    buckets: NDArray[np.int64]


def candidates(keys: Iterable[NDArray[np.uint32]], likely: Likely) -> Candidates:
    """Find the rows that share a key of some band.

    keys: for each band, uint32 (n,), the key of every row in order of rank; each is dropped when
    done with. Cost: a sort a band, and a look at each pair that meets in a small bucket.
    """
    found: list[NDArray[np.uint64]] = []
    members: list[NDArray[np.uint32]] = []
    buckets: list[NDArray[np.int64]] = []
    gathered = count = 0
    for band in keys:
        rows, sizes = _shared(band)
        hot = sizes > CAP
        if hot.any():
            member = np.repeat(hot, sizes)
            members.append(rows[member])
            buckets.append(np.repeat(np.arange(count, count + hot.sum()), sizes[hot]))
            count += int(hot.sum())
            rows, sizes = rows[~member], sizes[~hot]
        found.append(_pairs(rows, sizes, likely))
        gathered += len(found[-1])
        if gathered > _FLUSH:
            found = [_distinct(found)]
            gathered = 0
    return Candidates(
        _distinct(found),
        np.concatenate(members or [np.empty(0, dtype=np.uint32)]),
        np.concatenate(buckets or [np.empty(0, dtype=np.int64)]),
    )


def _shared(keys: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """List the rows whose key another row has too, bucket by bucket, and the buckets' sizes."""
    packed = keys.astype(np.uint64) << np.uint64(32)
    packed |= np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    ordered = (packed >> np.uint64(32)).astype(np.uint32)
    same = ordered[1:] == ordered[:-1]
    shared = np.zeros(len(keys), dtype=bool)
    shared[1:] = same
    shared[:-1] |= same
    rows = packed[shared].astype(np.uint32)
    first = np.ones(len(rows), dtype=bool)
    kept = ordered[shared]
    first[1:] = kept[1:] != kept[:-1]
    heads = np.flatnonzero(first)
    return rows, np.diff(heads, append=len(rows))


def _pairs(rows: NDArray[np.uint32], sizes: NDArray[np.int64], likely: Likely) -> NDArray[np.uint64]:
    """List the likely pairs inside the buckets, packed; members at distance 1, then 2, ..."""
    found = [np.empty(0, dtype=np.uint64)]
    # How many members of its bucket stand after each.
    after = np.repeat(np.cumsum(sizes), sizes) - np.arange(1, len(rows) + 1)
    here = np.flatnonzero(after > 0)
    distance = 1
    while len(here):
        earlier = rows[here].astype(np.int64)
        later = rows[here + distance].astype(np.int64)
        good = likely(earlier, later)
        found.append(pack(earlier[good], later[good]))
        distance += 1
        here = here[after[here] >= distance]
    return np.concatenate(found)


def pack(earlier: NDArray[np.int64], later: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pack two row numbers below 2**32 into one integer that sorts like the pair."""
    return earlier.astype(np.uint64) << np.uint64(32) | later.astype(np.uint64)


def unpack(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Undo ``pack``."""
    return (pairs >> np.uint64(32)).astype(np.int64), (
        pairs & np.uint64(0xFFFFFFFF)
    ).astype(np.int64)


def _distinct(found: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Join lists of packed pairs, sort them and drop repeats."""
    joined = np.concatenate(found or [np.empty(0, dtype=np.uint64)])
    joined.sort()
    if len(joined):
        joined = joined[np.concatenate(([True], joined[1:] != joined[:-1]))]
    return joined
