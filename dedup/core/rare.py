"""Rare shingles to candidates: which rows may stand, whole, inside which longer ones.

Knows: shingles, in which rows each stands, lengths of rows. Does not know: tokens, how a pair is
verified, texts.

What stands inside a longer row shares few of that row's shingles, so no signature of the whole
finds it; but nearly all of its own shingles stand there. So rows are looked up by their rarest
shingles, in lists of the rows that hold each.

The rule, for a row that asks, of which ``lost`` tokens may be missing: a shingle that stands in
no row long enough to hold it is missing everywhere. Each lost token takes at most ``width + 1``
shingles with it (one in the middle takes ``width``), so a row with more missing than that is
inside nothing. Of its other shingles it looks up the ``RAREST`` that fewest long enough rows hold
(of equals, the smaller hash), and sees at most ``WINDOW`` rows of each list, the shortest (of
equals, the first). A row seen in two lookups at least, and in a quarter of them, and in which no
more shingles are missing than the lost tokens take, is a candidate. Of more than ``MOST`` those
seen most often are taken (of equals, the first).

So the cost is linear: no row sees more than ``RAREST * WINDOW`` others, however many hold the
same template. The price: a row all of whose shingles are common phrases sees the shortest rows
that hold them, which need not be the one it stands in; and where more edits than usual both add
and leave out words, so that a lost token takes ``2 * width - 1`` shingles, a pair may escape.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import pack, unpack
from dedup.ragged import Ragged

#: How many shingles a row looks up, and how many rows it sees of each list.
RAREST, WINDOW = 16, 100

#: How many candidates a row has at most.
MOST = 16

#: Shingles sorted at a time, and the most parts that are made of them.
_PART, _PARTS = 1 << 22, 16

#: Rows seen at a time, to bound memory.
_SEEN = 1 << 22

_LOW = np.uint64(0xFFFFFFFF)

Rows = NDArray[np.int64]
Packed = NDArray[np.uint64]


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
    """What rows look up: rising by row, int64 (m,); and what is known of each row, int64 (n,).

    begin, seen: which entries of the lists, the first and how many. looks: lookups of each row;
    whole: those of them that see all there is; spare: how many more shingles may be missing.
    """

    row: Rows
    begin: Rows
    seen: Rows
    looks: Rows
    whole: Rows
    spare: Rows


def propose(
    shingles: Ragged[np.uint32],
    lengths: Rows,
    width: int,
    asks: NDArray[np.bool_],
    lost: Rows,
    least: Rows,
) -> Proposed:
    """Propose, for each row that asks, the longer rows that it may stand in.

    shingles: of ``n`` rows, in their order, ``width`` tokens each; lengths: int64 (n,), tokens of
    each; asks: bool (n,); lost: int64 (n,), how many of its tokens may be missing; least: int64
    (n,), how long a row must be to hold it.
    """
    by_length = np.argsort(lengths, kind="stable")
    place = np.empty_like(by_length)
    place[by_length] = np.arange(len(lengths))
    lists = _lists(shingles, place)
    floor = np.searchsorted(lengths[by_length], least[by_length])
    looked = _look_up(lists, asks[by_length], floor, (width + 1) * lost[by_length])
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
        met = _runs_of_several(part >> np.uint64(32))
        part = part[met]
        own -= np.bincount(_row(part), minlength=len(own))
        # A shingle that one row repeats is one, and may be its own after all.
        part = part[_firsts(part)]
        several = _runs_of_several(part >> np.uint64(32))
        own += np.bincount(_row(part[~several]), minlength=len(own))
        found.append(part[several])
    return _Lists(np.concatenate(found), own)


def _parts(values: NDArray[np.uint32], rows: NDArray[np.uint32]) -> Iterator[Packed]:
    """Pack shingles and rows, all those of the smallest hashes first."""
    bits = min(max(len(values) // _PART, 1), _PARTS).bit_length() - 1
    shift = np.uint32(32 - bits)
    for part in range(1 << bits):
        inside = slice(None) if bits == 0 else values >> shift == part
        packed = values[inside].astype(np.uint64)
        packed <<= np.uint64(32)
        packed |= rows[inside]
        yield packed


def _look_up(lists: _Lists, asks: NDArray[np.bool_], floor: Rows, allowed: Rows) -> _Lookups:
    """Choose what each row looks up. floor: first row that is long enough; allowed: missing."""
    asks = asks & (lists.own <= allowed)
    entry = np.flatnonzero(asks[_row(lists.packed)])
    key = lists.packed[entry]
    row = _row(key)
    begin = np.searchsorted(lists.packed, (key & ~_LOW) | floor[row].astype(np.uint64))
    reach = np.searchsorted(lists.packed, key | _LOW, side="right") - begin
    spare = allowed - lists.own - np.bincount(row[reach == 0], minlength=len(floor))
    good = (reach > 0) & (spare[row] >= 0)
    row, begin, reach = row[good], begin[good], reach[good]
    order = np.argsort(row << 32 | reach, kind="stable")
    order = order[_nth(row[order]) < RAREST]
    row, begin, reach = row[order], begin[order], reach[order]
    looks = np.bincount(row, minlength=len(floor))
    whole = np.bincount(row[reach <= WINDOW], minlength=len(floor))
    return _Lookups(row, begin, np.minimum(reach, WINDOW), looks, whole, spare)


def _spans(looked: _Lookups) -> Iterator[slice]:
    """Cut the lookups into spans of whole rows that see about ``_SEEN`` entries."""
    number = np.cumsum(looked.seen) // _SEEN
    last = np.flatnonzero(np.diff(looked.row, append=-1))
    cuts = last[np.flatnonzero(np.diff(number[last], append=-1))] + 1
    for begin, end in pairwise([0, *cuts.tolist()]):
        yield slice(begin, end)


def _see(lists: _Lists, looked: _Lookups, span: slice, by_length: Rows) -> Proposed:
    """Count how often rows see others, and choose the candidates; rows by length."""
    row, begin, count = looked.row[span], looked.begin[span], looked.seen[span]
    ends = np.cumsum(count)
    entry = np.arange(ends[-1]) + np.repeat(begin - (ends - count), count)
    pairs = pack(np.repeat(row, count), _row(lists.packed[entry]))
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


def _runs_of_several(ordered: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Mark the members of runs of two equal values or more."""
    first = _firsts(ordered)
    several = ~first
    several[:-1] |= ~first[1:]
    return several


def _nth(ordered: Rows) -> Rows:
    """Number the members of each run of equal values from 0."""
    heads = np.flatnonzero(_firsts(ordered))
    return np.arange(len(ordered)) - np.repeat(heads, np.diff(heads, append=len(ordered)))
