"""How similar rows of tokens are, and what they have in common.

Knows: the arrays of those functions of ``kernel.h``. Does not know: thresholds, texts.
"""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.calls import at, checked, loaded
from dedup.ragged import Ragged


def similarities(
    tokens: Ragged[np.uint64] | Ragged[np.uint32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    most_cells: int,
) -> NDArray[np.float64]:
    """Compare rows ``left[k]`` and ``right[k]``: float64 (m,), NaN for a pair too long to compare.

    tokens: values, or numbers, which take half as much memory.
    Cost: 1 us for unrelated rows of 65 tokens, 0.1 us for rows with common ends.
    """
    out = np.empty(len(left), dtype=np.float64)
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    values = np.ascontiguousarray(tokens.values)
    wide = values.dtype == np.uint64
    rows = (at(values), None) if wide else (None, at(values))
    checked(
        loaded().dedup_similarities(
            *rows, at(tokens.starts), at(left), at(right), 0, len(left), most_cells, at(out)
        )
    )
    return out


def may_be_similar(
    bags: NDArray[np.uint64],
    sizes: NDArray[np.int32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    threshold: float,
    most_cells: int,
) -> NDArray[np.bool_]:
    """Say which pairs of rows may reach the threshold: bool (m,). All others are below it.

    bags: uint64 (n, BAG_WORDS), as ``sketch`` gives them; sizes: int32 (n,), the numbers of tokens.
    See ``dedup_may_be_similar`` in ``kernel.h``. Cost: 10 ns a pair.
    """
    out = np.empty(len(left), dtype=np.bool_)
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    checked(
        loaded().dedup_may_be_similar(
            at(bags), at(sizes), len(bags), at(left), at(right), 0, len(left), threshold,
            most_cells, at(out),
        )
    )  # fmt: skip
    return out


#: How many pairs there is room for at a time. If a row may have more, there is room for these.
_PAIRS = 1 << 16


class Pairs(NamedTuple):
    """Pairs of rows: left, right int64 (m,), the later one on the right; similarity float64."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float64]


def all_similar(
    tokens: Ragged[np.uint64],
    left: range,
    right: range,
    threshold: float,
    most_cells: int,
) -> Pairs:
    """Find all pairs of a row of ``left`` and a later one of ``right`` that are similar enough.

    Pairs that are too long to compare are included, with NaN. Cost: 10 ns for a pair of unrelated
    rows, 1 us for another pair.
    """
    room = max(_PAIRS, len(right))
    found = []
    begin = left.start
    values = np.ascontiguousarray(tokens.values)
    while begin < left.stop:
        some = Pairs(np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), np.empty(room))
        out = c.Pairs(at(some.left), at(some.right), at(some.similarity), room, 0)
        count = checked(
            loaded().dedup_all_similar(
                at(values), at(tokens.starts), begin, left.stop, right.start, right.stop,
                threshold, most_cells, byref(out),
            )
        )  # fmt: skip
        found.append(
            Pairs(
                some.left[:count].copy(), some.right[:count].copy(),
                some.similarity[:count].copy(),
            )
        )  # fmt: skip
        begin = out.next
    if len(found) == 1:
        return found[0]
    return Pairs(
        np.concatenate([each.left for each in found] or [np.empty(0, dtype=np.int64)]),
        np.concatenate([each.right for each in found] or [np.empty(0, dtype=np.int64)]),
        np.concatenate([each.similarity for each in found] or [np.empty(0)]),
    )


class Blocks(NamedTuple):
    """What pairs of rows have in common, block by block.

    left, right: int64 (b,), where each block begins in the left and the right row; size: int64
    (b,), its number of tokens; starts: int64 (m + 1,), the first block of each pair; whole: bool
    (m,), False for a pair that is too long and has only its common ends.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    size: NDArray[np.int64]
    starts: NDArray[np.int64]
    whole: NDArray[np.bool_]


def align(
    tokens: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64], most_cells: int
) -> Blocks:
    """Align rows ``left[k]`` and ``right[k]`` along a longest common subsequence.

    Cost: 1 us a pair of 65 tokens.
    """
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    values = np.ascontiguousarray(tokens.values)
    lengths = tokens.lengths
    # A pair has at most as many blocks as its shorter row has tokens.
    room = int(np.minimum(lengths[left], lengths[right]).sum())
    found = Blocks(
        np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.int64),
        np.empty(len(left) + 1, dtype=np.int64), np.empty(len(left), dtype=np.bool_),
    )  # fmt: skip
    out = c.Blocks(
        at(found.left), at(found.right), at(found.size), room, at(found.starts),
        at(found.whole),
    )  # fmt: skip
    count = checked(
        loaded().dedup_align(
            at(values), at(tokens.starts), at(left), at(right), len(left), most_cells,
            byref(out),
        )
    )  # fmt: skip
    return Blocks(
        found.left[:count], found.right[:count], found.size[:count], found.starts, found.whole
    )
