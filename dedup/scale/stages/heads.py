"""Fold equal words and number what is left by rank.

Knows: passes over columns, ranges of fingerprints and of ranks. Does not know: sketches, texts.

What doesn't fit in memory is cut into ranges, and the columns are read once for each: at 1e8
paragraphs and 1 GB some fifteen times 17 bytes a paragraph, which a disk reads faster than it
would take to write and read files of ranges. Memory: ``_FOLDED`` bytes for each paragraph of a
range.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.core.fingerprint import group_equal
from dedup.progress import Progress
from dedup.scale.budget import Memory
from dedup.scale.storage.column import Column
from dedup.scale.storage.folder import Facts
from dedup.scale.storage.layout import NOBODY, Files

#: Bytes a paragraph takes while it is folded, ordered by rank, and looked up.
_FOLDED, _ORDERED, _LOOKED_UP = 120, 80, 16

#: Ranks drawn to cut them into even ranges.
_DRAWN = 4096

Rows = NDArray[np.int64]


def spans(count: int, unit: int) -> Iterator[tuple[int, int]]:
    """Cut positions into units: (start, stop)."""
    for start in range(0, count, unit):
        yield start, min(start + unit, count)


def fold(files: Files, facts: Facts, ranked: bool, memory: Memory, report: Progress) -> Facts:
    """Find for each paragraph that competes the first by rank that has its words: ``head``."""
    count, unit = facts["paragraphs"], facts["unit"]
    competing = 0
    head = files.fresh("head")
    for start, stop in spans(count, unit):
        competing += int(files.competes.read(start, stop).sum())
        head.append(np.full(stop - start, NOBODY, dtype=np.uint32))
    parts = -(-competing // memory.rows(_FOLDED)) or 1
    for part in range(parts):
        prints, positions, ranks = _part_of_prints(files, count, unit, part, parts, ranked)
        _fold_part(head, prints, positions, ranks, unit)
        report("fold", part + 1, parts)
    return {"competing": competing}


def _part_of_prints(
    files: Files, count: int, unit: int, part: int, parts: int, ranked: bool
) -> tuple[NDArray[np.uint64], Rows, NDArray[np.uint64] | None]:
    """Read the fingerprints of one range, and where they stand."""
    found, places, ranks = [], [], []
    # The upper 32 bits times the number of ranges: even ranges, whatever their number.
    for start, stop in spans(count, unit):
        prints = files.prints.read(start, stop)
        mine = files.competes.read(start, stop).view(bool)
        if parts > 1:
            mine &= (prints[:, 0] >> np.uint64(32)) * np.uint64(parts) >> np.uint64(32) == part
        found.append(prints[mine])
        places.append(np.flatnonzero(mine) + start)
        if ranked:
            ranks.append(files.ranks.read(start, stop)[mine])
    return (
        _joined(found, np.empty((0, 2), dtype=np.uint64)),
        _joined(places, np.empty(0, dtype=np.int64)),
        _joined(ranks, np.empty(0, dtype=np.uint64)) if ranked else None,
    )


def _joined(parts: list[NDArray[Any]], empty: NDArray[Any]) -> NDArray[Any]:
    """Join arrays and let go of them."""
    whole: NDArray[Any] = np.concatenate(parts) if parts else empty
    parts.clear()
    return whole


def _fold_part(
    head: Column,
    prints: NDArray[np.uint64],
    positions: Rows,
    ranks: NDArray[np.uint64] | None,
    unit: int,
) -> None:
    """Write the heads of all paragraphs of one range of fingerprints."""
    order = None
    if ranks is not None:
        order = np.argsort(ranks, kind="stable")
        prints, positions = prints[order], positions[order]
    first, group = group_equal(prints)
    heads = positions[first][group]
    if order is not None:
        back = np.argsort(positions, kind="stable")
        positions, heads = positions[back], heads[back]
    write_at(head, positions, heads, unit)


def write_at(column: Column, places: Rows, values: NDArray[np.generic], unit: int) -> None:
    """Write values at places here and there: int64 (m,), rising. Cost: a pass over the column."""
    if not len(places):
        return
    length = len(column)
    cuts = np.searchsorted(places, np.arange(0, length + unit, unit))
    for start, (begin, end) in zip(range(0, length, unit), pairwise(cuts.tolist()), strict=True):
        if begin < end:
            some = column.read(start, min(start + unit, length))
            some[places[begin:end] - start] = values[begin:end]
            column.write(start, some)


def number(files: Files, facts: Facts, ranked: bool, memory: Memory, report: Progress) -> Facts:
    """Number the heads by rank: ``heads`` by row, ``row`` by position."""
    count, unit = facts["paragraphs"], facts["unit"]
    heads = files.fresh("heads")
    row = files.fresh("row")
    for start, stop in spans(count, unit):
        row.append(np.full(stop - start, NOBODY, dtype=np.uint32))
    if ranked:
        _number_by_rank(files, count, unit, memory)
    else:
        _number_as_read(files, count, unit)
    _number_others(files, count, unit, memory, report)
    return {"rows": len(heads)}


def _number_as_read(files: Files, count: int, unit: int) -> None:
    for start, stop in spans(count, unit):
        own = own_heads(files, start, stop)
        rows = files.row.read(start, stop)
        rows[own] = np.arange(len(own)) + len(files.heads)
        files.row.write(start, rows)
        files.heads.append(own + start)


def own_heads(files: Files, start: int, stop: int) -> Rows:
    """Give the paragraphs of a unit that stand for their words, counted from its start."""
    return np.flatnonzero(files.head.read(start, stop) == np.arange(start, stop, dtype=np.int64))


def _number_by_rank(files: Files, count: int, unit: int, memory: Memory) -> None:
    """Order heads by rank, of equals the first, range by range."""
    total = sum(len(own_heads(files, start, stop)) for start, stop in spans(count, unit))
    parts = -(-total // memory.rows(_ORDERED, 0.5)) or 1
    borders = _borders(files, count, unit, parts)
    for part in range(len(borders) + 1):
        ranks, places = [], []
        for start, stop in spans(count, unit):
            own = own_heads(files, start, stop)
            values = files.ranks.read(start, stop)[own]
            mine = _range_of(values, own + start, borders) == part
            ranks.append(values[mine])
            places.append(own[mine] + start)
        positions = _joined(places, np.empty(0, dtype=np.int64))
        order = np.argsort(_joined(ranks, np.empty(0, dtype=np.uint64)), kind="stable")
        numbers = np.empty(len(order), dtype=np.int64)
        numbers[order] = np.arange(len(order)) + len(files.heads)
        files.heads.append(positions[order])
        write_at(files.row, positions, numbers, unit)


def _borders(files: Files, count: int, unit: int, parts: int) -> list[tuple[int, int]]:
    """Choose (rank, position) that part the heads into about even ranges."""
    if parts == 1:
        return []
    drawn: list[tuple[int, int]] = []
    each = max(1, _DRAWN // (-(-count // unit)))
    for start, stop in spans(count, unit):
        own = own_heads(files, start, stop)
        some = own[:: max(1, len(own) // each)]
        drawn += zip(
            files.ranks.read(start, stop)[some].tolist(), (some + start).tolist(), strict=True
        )
    drawn.sort()
    return sorted({drawn[len(drawn) * k // parts] for k in range(1, parts)}) if drawn else []


def _range_of(ranks: NDArray[np.uint64], positions: Rows, borders: list[tuple[int, int]]) -> Rows:
    """Say in which range each (rank, position) lies."""
    found = np.zeros(len(ranks), dtype=np.int64)
    for rank, position in borders:
        level = np.uint64(rank)
        found += (ranks > level) | ((ranks == level) & (positions >= position))
    return found


def _number_others(files: Files, count: int, unit: int, memory: Memory, report: Progress) -> None:
    """Give what is no head the row of its head, range after range of heads."""
    size = memory.rows(_LOOKED_UP)
    for low, high in spans(count, size):
        table = files.row.read(low, high)
        for start, stop in spans(count, unit):
            head = files.head.read(start, stop).astype(np.int64)
            others = (head >= low) & (head < high) & (head != np.arange(start, stop))
            if others.any():
                rows = files.row.read(start, stop)
                rows[others] = table[head[others] - low]
                files.row.write(start, rows)
        report("number", high, count)
