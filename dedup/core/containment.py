"""Containment: which rows stand, whole or nearly, inside one stretch of a longer row.

Knows: what counts as inside, which pairs to verify, which rows to remove if the caller wants that.
Does not know: texts, places, why a row was kept.

The measure is a share: take the stretch of the longer row that has most in common with the inner
row, and that is no longer than the inner row. The share is the part of the inner row's tokens that
stand in this stretch, in the same order. It is 1.0 for a quotation word for word, and each changed,
missing or added word costs about one token. Words that are scattered over the longer row don't
count. If two rows are similar as a whole, they are near copies and not a containment.

Candidates come from rare shingles (``core.inverted_index``). So the cost is linear, and some pairs
may escape, but every reported pair is verified. Meaning is not considered here: "upgrade to 3.4"
counts as inside a paragraph that says "upgrade to 3.5", like any row with one changed word.
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

#: Tokens of a shingle, for each kind of token: long enough to be rare in a million paragraphs, and
#: short enough that some whole shingles remain between two changes.
WIDTH = {"words": 4, "chars": 8}

#: The most tokens of the rows that are aligned at a time. Two rows that have more tokens together
#: are not aligned.
_TOKENS = 500_000

Rows = NDArray[np.int64]


class Contained(NamedTuple):
    """Pairs of an inner row and the outer row in which it stands: (c,) each.

    inner, outer: int64, the rows. share: float64, the part of the inner row's tokens that the
    stretch has too. first, last: int64, the first and the last token of the stretch in the outer
    row, counted from 0; both are common tokens. before, after: int64, how many tokens the inner row
    has before its first and after its last common token. So the tokens of the outer row from
    ``first - before`` to ``last + after``, as far as they exist, stand in the place of the whole
    inner row. uncompared: how many pairs were proposed but not aligned.
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
    """Find all pairs of a row and a longer row in which it stands, by inner and then outer row.

    Args:
        tokens: the kept rows: words or code points (see ``core.tokens``).
        width: tokens of a shingle (see ``WIDTH``).
        threshold: the smallest share that counts as inside.
        similar: the similarity, in (0, 1], from which on a pair is a near copy and left out.
        shortest: the fewest tokens of an inner row.

    Raises:
        ValueError: for a share out of bounds.

    Cost: 4 us a row of 65 words if nothing is contained, some 6 times that for characters, and 4 us
    for each candidate; at worst 0.2 ms a row, if all rows hold the same template. Memory: 32 bytes
    a token beside the tokens. A caller that wants to use less makes the shingles of a batch of rows
    at a time, and calls ``propose`` (16 bytes a shingle) and ``verify``, the two halves of this.
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

    rows: the shingles of all rows, of ``width`` tokens each; lengths: int64 (n,), tokens of each
    row. For the other arguments see ``containments``.
    """
    check_share("threshold", threshold)
    check_share("similar", similar)
    need = _need(lengths, threshold)
    # `alike`: the longest outer row that is a near copy whenever its share reaches the threshold.
    # `exact`: the longest outer row that is a near copy if it holds all of the inner row.
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
    """Align row ``inner[k]`` with row ``outer[k]``; keep the pairs that reach the threshold.

    tokens: rows; inner, outer: int64 (m,), their positions, each outer row longer than its inner
    one. The pairs stay in order. No pair costs more than a few seconds: a pair of more than 500,000
    tokens is not aligned, and of pairs beyond some 8,000 tokens in 15,000 only the quotations word
    for word are found. ``uncompared`` counts these pairs. Cost: 4 us a pair of 40 and 120 tokens,
    30 us if nearly all words agree.
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
    """Keep for each inner row the pair with the highest share; of equal ones the first outer."""
    found = found.take(np.lexsort((found.outer, -found.share, found.inner)))
    return found.take(np.flatnonzero(np.diff(found.inner, prepend=-1)))


def outermost(found: Contained, lengths: Rows) -> Contained:
    """Decide which rows to remove: one pair for each, with an outer row that stays.

    It goes through the rows from the longest to the shortest, rows of equal length in order. A row
    is removed if a row that stays contains it. So in a chain, a in b and b in c, c stays and b is
    removed; a is removed only if c contains it too. lengths: int64 (n,), tokens of every row. Cost:
    linear.
    """
    by_length = np.argsort(-lengths, kind="stable")
    place = np.empty_like(by_length)
    place[by_length] = np.arange(len(lengths))
    every = np.ones(len(found.outer))
    stays = settle(len(lengths), place[found.outer], place[found.inner], every).kept[place]
    return best(found.take(stays[found.outer] & ~stays[found.inner]))


def _need(lengths: Rows, threshold: float) -> Rows:
    """Fewest tokens of each row that reach the threshold."""
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
    """Say which pairs are similar as a whole; common: the common tokens of their best stretches."""
    total = tokens.lengths[inner] + tokens.lengths[outer]
    alike = 2.0 * common / total >= similar
    doubtful = np.flatnonzero(~alike & (2.0 * tokens.lengths[inner] / total >= similar))
    scores = similarities(tokens, inner[doubtful], outer[doubtful])
    alike[doubtful] = scores >= similar
    return alike
