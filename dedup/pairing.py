"""Run a stage on pairs of rows, batch by batch; the pairs of a batch share their texts.

Knows: how pairs and their texts go to the workers and back. Does not know: what a stage computes,
where texts are kept (it is handed a function that fetches them), how batches are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import ends_of
from dedup.progress import Progress, silent
from dedup.workers import Workers

#: What a stage gives for each pair.
_TYPES = MappingProxyType({"compare": np.float64, "judge": np.bool_})

Rows = NDArray[np.int64]


def on_pairs(
    stage: str,
    i: Rows,
    j: Rows,
    cuts: Sequence[int],
    fetch: Callable[[Rows], list[str]],
    tokens: str,
    pool: Workers,
    report: Progress = silent,
) -> NDArray[Any]:
    """Run "compare" or "judge" on the pairs ``i[k], j[k]``: float64 or bool (m,).

    cuts: where batches begin, and m; fetch: gives the texts of distinct rows, rising.
    """
    found: NDArray[Any] = np.empty(len(i), dtype=_TYPES[stage])

    def calls() -> Iterator[tuple[list[str], Rows, Rows, str]]:
        for begin, end in pairwise(cuts):
            rows, left, right = ends_of(i[begin:end], j[begin:end])
            yield fetch(rows), left, right, tokens

    def place(number: int, result: NDArray[Any]) -> None:
        found[cuts[number] : cuts[number + 1]] = result
        report(stage, cuts[number + 1], len(i))

    pool.run(stage, calls(), place)
    return found
