"""Runs: blocks of consecutive copies whose kept paragraphs are consecutive too.

Knows: positions in reading order, documents, and a link for each copy: the copy's position and the
kept paragraph that it repeats. Does not know: texts, thresholds, how a copy was found.

Between two copies of a run there may be one other paragraph, and one between the two kept
paragraphs. So a line that was added, deleted or rewritten doesn't split a pasted block in two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: The largest distance of two neighbours in a run: there may be one other paragraph between them.
_STEP = 2

#: The largest distance of a short paragraph from the copy with which it is removed.
REACH = 1 << 14

Positions = NDArray[np.int64]


class Runs(NamedTuple):
    """``r`` runs over the given links: first and last link of each, int64 (r,), both included."""

    first: Positions
    last: Positions


def runs(copies: Positions, match: Positions, document: Positions) -> Runs:
    """Join links into runs of two links or more.

    copies: int64 (m,), positions, rising; match: int64 (m,), the kept paragraph that each repeats;
    document: int64 (n,), the document of every position. Cost: linear.
    """
    if not len(copies):
        return Runs(copies, copies)
    step, jump = np.diff(copies), np.diff(match)
    joined = (step <= _STEP) & (jump >= 1) & (jump <= _STEP)
    joined &= np.diff(document[copies]) == 0
    joined &= np.diff(document[match]) == 0
    first = np.flatnonzero(np.concatenate(([True], ~joined)))
    last = np.append(first[1:], len(copies)) - 1
    long = last > first
    return Runs(first[long], last[long])


def short_in_runs(
    copies: Positions,
    match: Positions,
    document: Positions,
    competes: NDArray[np.bool_],
    same: NDArray[np.int64],
) -> tuple[Positions, Positions]:
    """Find the paragraphs too short to compete that are removed with a run.

    A short paragraph is removed with a run if only short paragraphs that are removed too stand
    between it and a copy of the run, and if the same text stands at the same place beside the kept
    paragraphs. So nothing of a pasted block is left over. A short paragraph that is more than
    ``REACH`` paragraphs away from the copy stays.

    copies, match, document: as for ``runs``; competes: bool (n,); same: int64 (n,), equal for equal
    texts. Returns the positions of these paragraphs, and of those that they repeat. Cost: linear.
    """
    gone, repeats = inside_runs(copies, match, document, competes, same)
    leaves = np.zeros(len(document), dtype=bool)
    leaves[gone] = True
    stays = ~leaves[repeats]
    return gone[stays], repeats[stays]


def inside_runs(
    copies: Positions,
    match: Positions,
    document: Positions,
    competes: NDArray[np.bool_],
    same: NDArray[np.int64],
) -> tuple[Positions, Positions]:
    """Find what ``short_in_runs`` finds, and the short paragraphs that repeat a removed one too.

    The result for a document depends only on it and on the documents that its copies repeat.
    """
    count = len(document)
    target = np.full(count, -1, dtype=np.int64)
    target[copies] = match
    ahead = _extend(target, document, competes, same)
    # The same walk from the end of the text backwards, in mirrored positions.
    mirrored = np.where(target >= 0, count - 1 - target, -1)[::-1]
    behind = _extend(mirrored, document[::-1], competes[::-1], same[::-1])[::-1]
    behind = np.where(behind >= 0, count - 1 - behind, -1)
    short = np.where(ahead >= 0, ahead, behind)
    found = np.flatnonzero((short >= 0) & ~competes)
    links = np.sort(np.concatenate((copies, found)))
    target[found] = short[found]
    chained = runs(links, target[links], document)
    inside = np.zeros(count, dtype=bool)
    real = np.concatenate(([0], np.cumsum(competes[links])))
    enough = real[chained.last + 1] - real[chained.first] >= 2
    for first, last in zip(chained.first[enough], chained.last[enough], strict=True):
        inside[links[first : last + 1]] = True
    gone = np.flatnonzero(inside & ~competes)
    return gone, target[gone]


def _extend(
    target: Positions, document: Positions, competes: NDArray[np.bool_], same: Positions
) -> Positions:
    """Link the short paragraphs after each copy to those after its match, while texts are equal."""
    count = len(target)
    place = np.arange(count)
    leader = np.maximum.accumulate(np.where(competes, place, -1))
    led = (leader >= 0) & ~competes
    led &= target[leader] >= 0
    led &= document[leader] == document
    led &= place - leader <= REACH
    there = np.where(led, place + target[leader] - leader, 0)
    led &= (there >= 0) & (there < count)
    there = np.where(led, there, 0)
    agrees = led & ~competes[there] & (same[there] == same) & (there != place)
    agrees &= document[there] == document[target[leader]]
    disagreements = np.cumsum(~agrees & ~competes)
    agrees &= disagreements == disagreements[leader]
    return np.where(agrees, there, -1)
