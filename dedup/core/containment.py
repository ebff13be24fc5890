"""Containment: which rows stand, whole or nearly, inside one stretch of a longer row.

Knows: what counts as inside, which rows are worth a look, who goes when removal is asked. Does
not know: texts, places, how rows came to be kept.

A row is inside a longer one by the share of its tokens that stand, in the same order, in one
stretch of that row no longer than itself: 1.0 for a quotation word for word, and about one token
less for each that was changed, left out or put in. Words scattered over the other row don't add
up. A pair that is similar as a whole is a near copy and no containment.

Candidates come from rare shingles (``core.inverted_index``), so the cost is linear and a pair may
escape; every pair reported is verified. Not known: meaning. "Upgrade to 3.4" counts as inside a
paragraph that says "upgrade to 3.5", as much as any row of which one word was changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.checks import check_share
from dedup.core import inverted_index
from dedup.core.candidates import ends_of
from dedup.core.similarity import as_strings, similarities
from dedup.core.walk import settle
from dedup.ragged import Ragged

#: Tokens of a shingle, by kind of token: long enough to be rare in a million paragraphs, short
#: enough that some are left between two changes.
WIDTH = {"words": 4, "chars": 8}

#: Tokens of the rows aligned at a time; two rows with more between them are not aligned.
_TOKENS = 500_000

Rows = NDArray[np.int64]


class Contained(NamedTuple):
    """Pairs of an inner row and an outer one in which it stands: (c,) each.

    inner, outer: int64, rows; share: float64, of the inner row's tokens; first, last: int64, the
    tokens of the outer row with which the stretch begins and ends, counted from 0, both included
    and both among those in common; before, after: int64, how many tokens the inner row has besides
    on either side. So what stands in the place of the whole inner row, with the words that differ
    at its ends, are the tokens from ``first - before`` to ``last + after``, as far as the outer
    row has them. uncompared: how many pairs were proposed and not aligned.
    """

    inner: Rows
    outer: Rows
    share: NDArray[np.float64]
    first: Rows
    last: Rows
    before: Rows
    after: Rows
    uncompared: int

    def take(self, which: Rows | NDArray[np.bool_]) -> Contained:
        """Copy some pairs, in the given order."""
        return Contained(
            self.inner[which],
            self.outer[which],
            self.share[which],
            self.first[which],
            self.last[which],
            self.before[which],
            self.after[which],
            self.uncompared,
        )


def containments(
    tokens: Ragged[np.uint64],
    width: int = WIDTH["words"],
    threshold: float = 0.9,
    similar: float = 0.8,
    shortest: int = 8,
) -> Contained:
    """Find the rows that stand inside longer ones: every pair found, by inner row and then outer.

    tokens: the rows that are kept (see ``core.tokens``: words, or code points); width: tokens of
    a shingle, see ``WIDTH``; threshold: least share of an inner row; similar: from which
    similarity on a pair is a near copy and left out, in (0, 1]; shortest: fewest tokens of an
    inner row. Raises ValueError for a share out of bounds. Cost: 4 us a row of 65 tokens where
    nothing is contained, some 6 times that with characters, and 4 us for each candidate; at worst
    0.2 ms a row, where all hold one template. Memory: 32 bytes a token beside the tokens; to hold
    less, make ``shingles`` a batch of rows at a time and call the halves, ``propose`` (16 bytes a
    shingle) and ``verify``.
    """
    rows = kernel.shingles(tokens, width, linked=False)
    proposed = propose(rows, tokens.lengths, width, threshold, similar, shortest)
    found = verify(tokens, proposed.inner, proposed.outer, threshold, similar)
    return found._replace(uncompared=found.uncompared + proposed.left_out)


def propose(
    rows: Ragged[np.uint32],
    lengths: Rows,
    width: int = WIDTH["words"],
    threshold: float = 0.9,
    similar: float = 0.8,
    shortest: int = 8,
) -> inverted_index.Proposed:
    """Propose pairs (inner, outer) worth aligning, by the rule of ``core.inverted_index``.

    rows: the shingles of all rows, of ``width`` tokens each, which can be made a batch of rows at
    a time; lengths: int64 (n,), tokens of each row. The rest is as for ``containments``.
    """
    check_share("threshold", threshold)
    check_share("similar", similar)
    need = _need(lengths, threshold)
    # A row up to so long has similarity enough if it has share enough, or if it has all.
    alike = np.floor(2.0 * need / similar - lengths - 1e-9).astype(np.int64)
    exact = np.floor(2.0 * lengths / similar - lengths + 1e-9).astype(np.int64)
    least, clear = np.maximum(lengths, alike) + 1, np.maximum(lengths, exact) + 1
    bounds = inverted_index.Bounds(lengths >= shortest, lengths - need, least, clear)
    return inverted_index.propose(rows, lengths, width, bounds)


def verify(
    tokens: Ragged[np.uint64],
    inner: Rows,
    outer: Rows,
    threshold: float = 0.9,
    similar: float = 0.8,
) -> Contained:
    """Align row ``inner[k]`` with row ``outer[k]``; keep the pairs with share enough, in order.

    tokens: the rows of any batch of pairs; inner, outer: int64 (m,), positions in it, the outer
    row longer than the inner. Beyond 500,000 tokens in both nothing is aligned, and beyond some
    8,000 in 15,000 only what stands word for word; those pairs are counted in ``uncompared``, and
    no pair costs more than a few seconds. Cost: 4 us a pair of 40 and 120 tokens,
    30 us where all but some words agree.
    """
    check_share("threshold", threshold)
    check_share("similar", similar)
    sizes = tokens.lengths[inner] + tokens.lengths[outer]
    short = sizes <= _TOKENS
    inner, outer = inner[short], outer[short]
    found = [_nothing(int((~short).sum()))]
    for part in _parts(sizes[short]):
        rows, left, right = ends_of(inner[part], outer[part])
        some = _verify(tokens.take(rows), left, right, threshold, similar)
        found.append(some._replace(inner=rows[some.inner], outer=rows[some.outer]))
    return Contained(
        np.concatenate([each.inner for each in found]),
        np.concatenate([each.outer for each in found]),
        np.concatenate([each.share for each in found]),
        np.concatenate([each.first for each in found]),
        np.concatenate([each.last for each in found]),
        np.concatenate([each.before for each in found]),
        np.concatenate([each.after for each in found]),
        sum(each.uncompared for each in found),
    )


def best(found: Contained) -> Contained:
    """Keep one pair for each inner row: that with the highest share, of equals the first outer."""
    found = found.take(np.lexsort((found.outer, -found.share, found.inner)))
    return found.take(np.flatnonzero(np.diff(found.inner, prepend=-1)))


def outermost(found: Contained, lengths: Rows) -> Contained:
    """Say which rows go when removal is asked: one pair for each, with a row that stays.

    Walking the rows from the longest to the shortest, of equals in their order, a row goes if one
    that stays was found to contain it. So of a chain, a in b and b in c, c stays and b goes; a
    goes only if it was found in c as well. lengths: int64 (n,), tokens of every row. Cost: linear.
    """
    by_length = np.argsort(-lengths, kind="stable")
    place = np.empty_like(by_length)
    place[by_length] = np.arange(len(lengths))
    every = np.ones(len(found.outer))
    stays = settle(len(lengths), place[found.outer], place[found.inner], every).kept[place]
    return best(found.take(stays[found.outer] & ~stays[found.inner]))


def _need(lengths: Rows, threshold: float) -> Rows:
    """Fewest tokens whose share of a row reaches the threshold."""
    need: Rows = np.ceil(threshold * lengths).astype(np.int64)
    need[(need - 1) / np.maximum(lengths, 1) >= threshold] -= 1
    return need


def _nothing(uncompared: int) -> Contained:
    rows = np.empty(0, dtype=np.int64)
    return Contained(rows, rows, np.empty(0), rows, rows, rows, rows, uncompared)


def _parts(sizes: Rows) -> Iterator[slice]:
    """Cut pairs of the given sizes into parts of limited size."""
    cuts = np.flatnonzero(np.diff(np.cumsum(sizes) // _TOKENS, append=-1)) + 1
    for begin, end in pairwise([0, *cuts.tolist()]):
        yield slice(begin, end)


def _verify(
    tokens: Ragged[np.uint64], inner: Rows, outer: Rows, threshold: float, similar: float
) -> Contained:
    """Verify the pairs of one part."""
    from dedup.core.local_alignment import stretches

    lengths, texts = tokens.lengths, as_strings(tokens)
    common, begin, end, before, after = stretches(
        [texts[k] for k in inner.tolist()],
        [texts[k] for k in outer.tolist()],
        _need(lengths[inner], threshold),
    )
    uncompared = int((common < 0).sum())
    found = np.flatnonzero(common > 0)
    found = found[~_alike(tokens, inner[found], outer[found], common[found], similar)]
    inner, outer = inner[found], outer[found]
    share = common[found] / lengths[inner]
    return Contained(
        inner,
        outer,
        share,
        begin[found],
        end[found] - 1,
        before[found],
        after[found],
        uncompared,
    )


def _alike(
    tokens: Ragged[np.uint64], inner: Rows, outer: Rows, common: Rows, similar: float
) -> NDArray[np.bool_]:
    """Say which pairs are similar as a whole, given what a stretch has in common."""
    total = tokens.lengths[inner] + tokens.lengths[outer]
    alike = 2.0 * common / total >= similar
    doubtful = np.flatnonzero(~alike & (2.0 * tokens.lengths[inner] / total >= similar))
    scores = similarities(tokens, inner[doubtful], outer[doubtful])
    alike[doubtful] = scores >= similar
    return alike
