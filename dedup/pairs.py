"""Compare pairs of texts by workers: given pairs, or a sample of the texts with all of them.

Knows: how pairs and their texts go to the workers and back. Does not know: what similarity is,
where the texts of given pairs are kept, how batches of these are cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.candidates import ends_of
from dedup.encoded import taken
from dedup.workers import Workers

#: Texts of a block: each block of a sample is compared with each block of all texts.
_BLOCK = 500

Rows = NDArray[np.int64]

#: Called to report how far the work is: (done, total).
Done = Callable[[int, int], None]


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


def similar_pairs(
    texts: Sequence[str],
    rows: Rows,
    sample: Rows,
    threshold: float,
    tokens: str,
    pool: Workers,
    report: Done,
) -> kernel.Pairs:
    """Find the pairs of a row in a sample and any other row that are similar enough, each once.

    Pairs that are too long to compare are left out.

    Args:
        texts: the texts, of which the others are ignored.
        rows: int64 (n,), the positions of the texts that are compared.
        sample: int64 (m,), rising, places in ``rows``.
        threshold: the least similarity.
        tokens: "words" or "chars".
        pool: the workers.
        report: called with the blocks that are done and their number.

    Returns:
        Pairs of places in ``rows``, the smaller one on the left.

    Cost: 10 ns a pair of unlike texts, and 4 ns of reading.

    """
    count = len(rows)
    in_sample = np.zeros(count, dtype=bool)
    in_sample[sample] = True
    blocks = [
        (sample[a : a + _BLOCK], np.arange(b, min(b + _BLOCK, count)))
        for a in range(0, len(sample), _BLOCK)
        for b in range(0, count, _BLOCK)
    ]
    if len(sample) == count:
        blocks = [(left, right) for left, right in blocks if left[0] <= right[-1]]
    none = np.empty(0, dtype=np.int64)
    found = [kernel.Pairs(none, none, np.empty(0))]

    def calls() -> Iterator[tuple[Sequence[str], Sequence[str], float, str]]:
        for left, right in blocks:
            yield taken(texts, rows[left]), taken(texts, rows[right]), threshold, tokens

    def place(number: int, result: tuple[Rows, Rows, NDArray[np.float64]]) -> None:
        left, right = blocks[number]
        first, second = left[result[0]], right[result[1]]
        # A pair inside the sample is met from both sides, and one meeting counts.
        good = (first < second) | ((second < first) & ~in_sample[second])
        good &= ~np.isnan(result[2])
        found.append(kernel.Pairs(first[good], second[good], result[2][good]))
        report(len(found) - 1, len(blocks))

    pool.run("alike", calls(), place)
    first, second, score = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    return kernel.Pairs(np.minimum(first, second), np.maximum(first, second), score[order])
