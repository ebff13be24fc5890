"""The lexicographically first maximal independent set of a graph.

Knows: rows in order and the edges between them. Does not know: what an edge means.

Walking the rows in order, one is kept unless an earlier kept one is its neighbour. So no two kept
rows are neighbours, every other row has a kept neighbour before it, and there is one answer only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Rounds in numpy before what is left, which then is a long chain, is walked edge by edge.
_ROUNDS = 32


def independent(
    count: int, earlier: NDArray[np.int64], later: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Say which rows are kept: bool (count,).

    earlier, later: int64 (m,), the two ends of every edge, ``earlier[k] < later[k]``. Cost: linear
    in the edges for each round; a round decides every row whose earlier neighbours are decided.
    """
    kept = np.ones(count, dtype=bool)
    open_rows = np.zeros(count, dtype=bool)
    open_rows[later] = True
    kept[later] = False
    for _ in range(_ROUNDS):
        if not len(later):
            return kept
        lost = kept[earlier]
        open_rows[later[lost]] = False
        # An edge says something as long as neither of its ends is known to be a copy.
        alive = open_rows[later] & (kept[earlier] | open_rows[earlier])
        earlier, later = earlier[alive], later[alive]
        waiting = np.zeros(count, dtype=bool)
        waiting[later] = True
        ready = np.flatnonzero(open_rows & ~waiting)
        kept[ready] = True
        open_rows[ready] = False
    _walk(kept, open_rows, earlier, later)
    return kept


def _walk(
    kept: NDArray[np.bool_],
    open_rows: NDArray[np.bool_],
    earlier: NDArray[np.int64],
    later: NDArray[np.int64],
) -> None:
    """Decide the rows that are still open, one after another."""
    neighbours: dict[int, list[int]] = {row: [] for row in np.flatnonzero(open_rows).tolist()}
    for i, j in zip(earlier.tolist(), later.tolist(), strict=True):
        neighbours[j].append(i)
    known = {i: bool(kept[i]) for i in np.unique(earlier).tolist()}
    for row, before in neighbours.items():
        known[row] = not any(known[i] for i in before)
        kept[row] = known[row]
