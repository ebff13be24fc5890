"""Compare pairs batch by batch; the pairs of a batch share their texts.

Knows: how pairs and their texts go to the workers and back. Does not know: what similarity is,
where texts are kept (it is handed a function that fetches them), how batches are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import ends_of
from dedup.workers import Workers

Rows = NDArray[np.int64]


def compare_pairs(
    i: Rows,
    j: Rows,
    cuts: Sequence[int],
    fetch: Callable[[Rows], Sequence[str]],
    tokens: str,
    pool: Workers,
) -> NDArray[np.float64]:
    """Similarity of the pairs ``i[k], j[k]``: float64 (m,), NaN for a pair too long to compare.

    cuts: where batches begin, and m; fetch: gives the texts of distinct rows, rising.
    """
    found = np.empty(len(i), dtype=np.float64)

    def calls() -> Iterator[tuple[Sequence[str], Rows, Rows, str]]:
        for begin, end in pairwise(cuts):
            rows, left, right = ends_of(i[begin:end], j[begin:end])
            yield fetch(rows), left, right, tokens

    def place(number: int, scores: NDArray[np.float64]) -> None:
        found[cuts[number] : cuts[number + 1]] = scores

    pool.run("compare", calls(), place)
    return found
