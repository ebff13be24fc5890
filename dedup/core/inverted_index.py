"""Rare shingles to candidates: which rows may stand, whole, inside which longer ones.

Knows: shingles, in which rows each stands, lengths of rows. Does not know: tokens, how a pair is
verified, texts.

What stands inside a longer row shares few of that row's shingles, so no signature of the whole
finds it; but nearly all of its own shingles stand there. So rows are looked up by their rarest
shingles, in lists of the rows that hold each.

The rule, for a row that asks, of which ``lost`` tokens may be missing: a shingle that stands in
no row long enough to hold it is missing everywhere. Each lost token takes at most ``width + 1``
shingles with it (one in the middle takes ``width``), so a row with more missing than that is
inside nothing. Its other shingles are looked up, that first which fewest long enough rows hold (of
equals, the smaller hash), ``RAREST`` of them at most and as long as no more than ``SIGHT`` rows
are seen in all. A list of up to ``LISTED`` rows is seen whole; of a longer one ``GLIMPSE`` rows
are, the shortest that are clear of being near copies (if there are not so many, the longest; of
equals, the first). A row seen in two lookups at least, and in a quarter of them, and in which no
more shingles are missing than the lost tokens take, is a candidate. Of more than ``MOST`` those
seen most often are taken (of equals, the first).

So the cost is linear: nothing sees more than ``SIGHT`` rows, however many hold the same template.
The price: of what all but a few shingles of a row are common phrases, the row it stands in may not
be seen; and where edits both add and leave out words, a lost token may take more shingles than
that. On 105,000 paragraphs of documentation, 2,072 rows of the 2,084 that a search without these
bounds finds inside others were found, and the same outer row for all but one.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import pack, unpack
from dedup.ragged import Ragged

#: How many shingles a row looks up at most, and how many rows it sees in their lists.
RAREST, SIGHT = 16, 400

#: Lists of up to so many rows are seen whole; of longer ones, so many are seen.
LISTED, GLIMPSE = 100, 16

#: How many candidates a row has at most.
MOST = 32

#: Shingles sorted at a time, and the most parts that are made of them.
_PART, _PARTS = 1 << 22, 16

#: Rows seen at a time, to bound memory.
_SEEN = 1 << 22

_LOW = np.uint64(0xFFFFFFFF)

Rows = NDArray[np.int64]
Packed = NDArray[np.uint64]


class Bounds(NamedTuple):
    """What is asked of each of ``n`` rows.

    asks: bool (n,), whether the row may stand inside another; lost: int64 (n,), how many of its
    tokens may be missing there; least: int64 (n,), how long a row must be to hold it; clear: int64
    (n,), how long to be clear of being a near copy of it.
    """

    asks: NDArray[np.bool_]
    lost: Rows
    least: Rows
    clear: Rows

    def take(self, rows: Rows) -> Bounds:
        """Copy the bounds of the given rows, in the given order."""
        return Bounds(self.asks[rows], self.lost[rows], self.least[rows], self.clear[rows])


class Proposed(NamedTuple):
    """Candidates, rising by inner and then outer row: int64 (c,) each.

    left_out: how many more were seen often enough, beyond ``MOST`` of a row.
    """

    inner: Rows
    outer: Rows
    left_out: int


class _Lists(NamedTuple):
    """The rows that hold each shingle, rows numbered from the shortest to the longest.

    packed: ``shingle << 32 | row``, rising, of the shingles that several rows hold; own: int64
    (n,), how many shingles each row holds alone.
    """

    packed: Packed
    own: Rows


class _Lookups(NamedTuple):
    """What rows look up, rising by row, int64 (m,); and what is known of each row, int64 (n,).

    begin, seen: which entries of the lists are seen, the first and how many. looks: lookups of
    each row; whole: how many of them see all there is; spare: how many more shingles may be
    missing.
    """

    row: Rows
    begin: Rows
    seen: Rows
    looks: Rows
    whole: Rows
    spare: Rows


def propose(shingles: Ragged[np.uint32], lengths: Rows, width: int, bounds: Bounds) -> Proposed:
    """Propose, for each row that asks, the longer rows that it may stand in.

    shingles: of ``n`` rows, in their order, of ``width`` tokens each; lengths: int64 (n,), tokens
    of each row. Cost: 3 us a row of 65 tokens that shares little with others, 10 us where most is
    shared. Memory: 16 bytes a shingle while it runs.
    """
    by_length = np.argsort(lengths, kind="stable")
    place = np.empty_like(by_length)
    place[by_length] = np.arange(len(lengths))
    lists = _lists(shingles, place)
    looked = _look_up(lists, lengths[by_length], width, bounds.take(by_length))
    inner, outer, left_out = [place[:0]], [place[:0]], 0
    for span in _spans(looked):
        some = _see(lists, looked, span, by_length)
        inner.append(by_length[some.inner])
        outer.append(by_length[some.outer])
        left_out += some.left_out
    pairs = np.sort(pack(np.concatenate(inner), np.concatenate(outer)))
    return Proposed(*unpack(pairs), left_out)


def _lists(shingles: Ragged[np.uint32], place: Rows) -> _Lists:
    """Sort shingles into lists, a part of all hashes at a time."""
    own = np.empty_like(place)
    own[place] = shingles.lengths
    rows = np.repeat(place.astype(np.uint32), shingles.lengths)
    found = [np.empty(0, dtype=np.uint64)]
    for part in _parts(shingles.values, rows):
        part.sort()
        part = part[_of_several(part >> np.uint64(32))]
        own -= np.bincount(_row(part), minlength=len(own))
        # A shingle that one row repeats counts once, and may be its own after all.
        part = part[_firsts(part)]
        several = _of_several(part >> np.uint64(32))
        own += np.bincount(_row(part[~several]), minlength=len(own))
        found.append(part[several])
    return _Lists(np.concatenate(found), own)


def _parts(values: NDArray[np.uint32], rows: NDArray[np.uint32]) -> Iterator[Packed]:
    """Pack shingles and rows, those of the smallest hashes first."""
    bits = min(max(len(values) // _PART, 1), _PARTS).bit_length() - 1
    for part in range(1 << bits):
        inside = slice(None) if bits == 0 else values >> np.uint32(32 - bits) == part
        packed = values[inside].astype(np.uint64)
        packed <<= np.uint64(32)
        packed |= rows[inside]
        yield packed


def _look_up(lists: _Lists, lengths: Rows, width: int, bounds: Bounds) -> _Lookups:
    """Choose what each row looks up; rows by length."""
    count = len(lengths)
    spare = (width + 1) * bounds.lost - lists.own
    entry = np.flatnonzero((bounds.asks & (spare >= 0))[_row(lists.packed)])
    key = lists.packed[entry]
    row, begin = _row(key), _seek(lists, key, np.searchsorted(lengths, bounds.least))
    reach = np.searchsorted(lists.packed, key | _LOW, side="right") - begin
    spare -= np.bincount(row[reach == 0], minlength=count)
    good = np.flatnonzero((reach > 0) & (spare[row] >= 0))
    good = good[np.argsort(row[good] << 32 | reach[good], kind="stable")]
    good = good[_nth(row[good]) < RAREST]
    long = good[reach[good] > LISTED]
    clear = _seek(lists, key[long], np.searchsorted(lengths, bounds.clear))
    begin[long] = np.minimum(clear, begin[long] + reach[long] - GLIMPSE)
    seen = np.where(reach[good] > LISTED, GLIMPSE, reach[good])
    within = _sums(row[good], seen) <= SIGHT
    good, seen = good[within], seen[within]
    looks = np.bincount(row[good], minlength=count)
    whole = np.bincount(row[good[reach[good] <= LISTED]], minlength=count)
    return _Lookups(row[good], begin[good], seen, looks, whole, spare)


def _seek(lists: _Lists, key: Packed, floor: Rows) -> Rows:
    """Find in the lists of entries the first row from the floor of each entry's row on."""
    return np.searchsorted(lists.packed, (key & ~_LOW) | floor[_row(key)].astype(np.uint64))


def _spans(looked: _Lookups) -> Iterator[slice]:
    """Cut the lookups into spans of whole rows that see about ``_SEEN`` entries."""
    number = np.cumsum(looked.seen) // _SEEN
    last = np.flatnonzero(np.diff(looked.row, append=-1))
    cuts = last[np.flatnonzero(np.diff(number[last], append=-1))] + 1
    for begin, end in pairwise([0, *cuts.tolist()]):
        yield slice(begin, end)


def _see(lists: _Lists, looked: _Lookups, span: slice, by_length: Rows) -> Proposed:
    """Count how often rows see others, and choose the candidates; rows by length."""
    row, begin, seen = looked.row[span], looked.begin[span], looked.seen[span]
    ends = np.cumsum(seen)
    entry = np.arange(ends[-1]) + np.repeat(begin - (ends - seen), seen)
    pairs = pack(np.repeat(row, seen), _row(lists.packed[entry]))
    pairs.sort()
    heads = np.flatnonzero(_firsts(pairs))
    times = np.diff(heads, append=len(pairs))
    inner, outer = unpack(pairs[heads])
    looks = looked.looks[inner]
    good = times >= np.maximum(np.minimum(looks, 2), (looks + 3) // 4)
    good &= times >= looked.whole[inner] - looked.spare[inner]
    inner, outer, times = inner[good], outer[good], times[good]
    order = np.lexsort((by_length[outer], -times, inner))
    inner, outer = inner[order], outer[order]
    taken = _nth(inner) < MOST
    return Proposed(inner[taken], outer[taken], int((~taken).sum()))


def _row(packed: Packed) -> Rows:
    return (packed & _LOW).astype(np.int64)


def _firsts(ordered: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark the first of each run of equal values."""
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return first


def _of_several(ordered: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark the members of runs of two equal values or more."""
    first = _firsts(ordered)
    several = ~first
    several[:-1] |= ~first[1:]
    return several


def _nth(ordered: Rows) -> Rows:
    """Number the members of each run of equal values from 0."""
    heads = np.flatnonzero(_firsts(ordered))
    return np.arange(len(ordered)) - np.repeat(heads, np.diff(heads, append=len(ordered)))


def _sums(ordered: Rows, values: Rows) -> Rows:
    """Add values up, from anew in each run of equal ``ordered``."""
    heads = np.flatnonzero(_firsts(ordered))
    sums = np.cumsum(values)
    before = sums[heads] - values[heads]
    return sums - np.repeat(before, np.diff(heads, append=len(ordered)))
