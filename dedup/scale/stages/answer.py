"""The decision on rows, written down for every paragraph, and short ones that go with a run.

Knows: positions, documents, runs. Does not know: texts, how rows were decided.

Memory: a range of rows of 24 bytes each, of which there is one pass over the positions; for runs
some ten thousand paragraphs and what stands around their partners, 8 bytes a document. Where
paragraphs inside others go too, all texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.contained import Removal
from dedup.core.fingerprint import group_equal
from dedup.core.runs import REACH, inside_runs
from dedup.found import Kind, over_copies
from dedup.progress import Progress
from dedup.scale.budget import Memory
from dedup.scale.stages.heads import spans, write_at
from dedup.scale.storage.column import Column
from dedup.scale.storage.folder import Facts, Folder
from dedup.scale.storage.layout import Files
from dedup.search import mark_contained

#: Bytes a row takes while positions look it up, and a paragraph while its copies are counted.
_ROW, _COUNTED = 24, 24

#: Paragraphs that are searched for runs together.
_TOGETHER = 1 << 16

#: Paragraphs looked at beside those of a run, and what stands for those left out between two.
_SLACK, _GAP = 2, 4

#: Paragraphs that compete on either side of a stretch of a long document that are looked at too.
_NEIGHBOURS = 4

#: Names, types of the answer's columns, by position.
ANSWER = {
    "answer.kept": "u1", "answer.match": "i8", "answer.similarity": "f4", "answer.kind": "u1",
    "answer.copies": "u4",
}  # fmt: skip

Rows = NDArray[np.int64]

#: Says, of what is kept and the partner of each paragraph, what goes for standing inside another.
Inside = Callable[[NDArray[np.bool_], Rows], Removal]


class Answer(NamedTuple):
    """Columns of the answer, one value for each paragraph: see ``Found``.

    copies: how many name it as the kept one.
    """

    kept: Column
    match: Column
    similarity: Column
    kind: Column
    copies: Column


def answer_of(folder: Folder) -> Answer:
    """Open the columns of the answer."""
    return Answer(*(folder.column(name, kind) for name, kind in ANSWER.items()))


def write(
    files: Files,
    facts: Facts,
    quiet: bool,
    inside: Inside | None,
    memory: Memory,
    report: Progress,
) -> Facts:
    """Write the answer for every paragraph.

    quiet: whether variants stay without a word. inside: says which paragraphs go for standing
    inside another; None where they stay.
    """
    answer = answer_of(files.folder)
    for column in answer:
        column.cut(0)
    count, unit = facts["paragraphs"], facts["unit"]
    for start, stop in spans(count, unit):
        some = stop - start
        answer.kept.append(np.ones(some, dtype=np.uint8))
        answer.match.append(np.arange(start, stop))
        answer.similarity.append(np.ones(some, dtype=np.float32))
        answer.kind.append(np.full(some, Kind.UNIQUE, dtype=np.uint8))
    for low, high in spans(facts["rows"], memory.rows(_ROW)):
        rows = _decided(files, low, high, quiet)
        for start, stop in spans(count, unit):
            _write_unit(files, answer, start, stop, rows)
        report("write", high, facts["rows"])
    if inside is not None:
        _write_inside(answer, count, inside)
    gone = _write_followers(files, facts, answer) if facts["places"] else 0
    for column in answer:
        column.sync()
    return {"followers": gone}


def _write_inside(answer: Answer, count: int, inside: Inside) -> None:
    """Take out what stands inside a longer paragraph, as ``find`` does."""
    arrays = [column.read(0, count) for column in answer[:4]]
    kept, match, similarity, kind = arrays
    mark_contained(kept, match, similarity, kind, inside(kept.view(bool), match))
    for column, values in zip(answer, arrays, strict=False):
        column.write(0, values)


def count(files: Files, facts: Facts, memory: Memory, report: Progress) -> Facts:
    """Count the copies of every kept paragraph, range after range."""
    answer = answer_of(files.folder)
    answer.copies.cut(0)
    every, unit = facts["paragraphs"], facts["unit"]
    for low, high in spans(every, memory.rows(_COUNTED)):
        found = np.zeros(high - low, dtype=np.uint32)
        for start, stop in spans(every, unit):
            match = answer.match.read(start, stop)[answer.kept.read(start, stop) == 0]
            mine = match[(match >= low) & (match < high)] - low
            found += np.bincount(mine, minlength=high - low).astype(np.uint32)
        answer.copies.append(found)
        report("count", high, every)
    answer.copies.sync()
    return {}


class _Decided(NamedTuple):
    """Rows from ``low`` on: kept; the position of the row matched; similarity."""

    low: int
    kept: NDArray[np.bool_]
    partner: Rows
    similarity: NDArray[np.float32]


def _decided(files: Files, low: int, high: int, quiet: bool) -> _Decided:
    kept = files.kept.read(low, high).view(bool)
    match = files.match.read(low, high).astype(np.int64)
    similarity = files.similar.read(low, high)
    if quiet:
        own = np.arange(low, high)
        similarity[kept] = 1.0
        match = np.where(kept, own, match)
    distinct, where = np.unique(match, return_inverse=True)
    return _Decided(low, kept, files.heads.gather(distinct).astype(np.int64)[where], similarity)


def _write_unit(files: Files, answer: Answer, start: int, stop: int, rows: _Decided) -> None:
    """Write the answer for the paragraphs of a unit whose row is among these."""
    row = files.row.read(start, stop).astype(np.int64) - rows.low
    places = np.flatnonzero((row >= 0) & (row < len(rows.kept)))
    row = row[places]
    position, head = places + start, files.head.read(start, stop)[places].astype(np.int64)
    found = over_copies(position, head, rows.kept[row], rows.partner[row], rows.similarity[row])
    for column, values in zip(answer, found, strict=False):
        some = column.read(start, stop)
        some[places] = values
        column.write(start, some)


# -- runs


def _write_followers(files: Files, facts: Facts, answer: Answer) -> int:
    """Let the short paragraphs inside runs go with them; say how many."""
    found = list(_followers(files, facts, answer))
    gone = np.concatenate([each for each, _ in found] or [np.empty(0, dtype=np.int64)])
    repeats = np.concatenate([each for _, each in found] or [np.empty(0, dtype=np.int64)])
    order = np.argsort(gone, kind="stable")
    gone, repeats = gone[order], repeats[order]
    # What repeats one that goes as well stays, as there would be nothing left to repeat.
    place = np.searchsorted(gone, repeats)
    leaves = np.zeros(len(gone), dtype=bool)
    inside = place < len(gone)
    leaves[inside] = gone[place[inside]] == repeats[inside]
    gone, repeats = gone[~leaves], repeats[~leaves]
    unit = facts["unit"]
    write_at(answer.kept, gone, np.zeros(len(gone), dtype=np.uint8), unit)
    write_at(answer.match, gone, repeats, unit)
    write_at(answer.kind, gone, np.full(len(gone), Kind.EXACT, dtype=np.uint8), unit)
    return len(gone)


class _Documents:
    """Where documents begin: int64 (d + 1,), the end of the last one behind."""

    def __init__(self, files: Files, count: int) -> None:
        begins = files.documents.read(0, len(files.documents)).astype(np.int64)
        self.starts = np.append(begins, count)

    def of(self, positions: Rows) -> Rows:
        found: Rows = np.searchsorted(self.starts, positions, side="right") - 1
        return found


def _followers(files: Files, facts: Facts, answer: Answer) -> Iterator[tuple[Rows, Rows]]:
    """Search documents for runs, a stretch at a time: (position, what it repeats)."""
    count = facts["paragraphs"]
    documents = _Documents(files, count)
    end = 0
    while end < count:
        begin, end = end, _end_of_stretch(documents, end, count)
        low, high = _with_neighbours(files, documents, begin, end)
        competes = files.competes.read(low, high).view(bool)
        copies = np.flatnonzero(~answer.kept.read(low, high).view(bool))
        if len(copies) > 1 and not competes.all():
            match = answer.match.read(low, high)[copies]
            copies, match = _in_blocks(documents, copies + low, match)
            if len(copies):
                gone, repeats = _inside(files, documents, competes, low, copies, match)
                own = (gone >= begin) & (gone < end)
                yield gone[own], repeats[own]


def _end_of_stretch(documents: _Documents, begin: int, count: int) -> int:
    """Say up to where paragraphs are searched together: whole documents, or some of a long one."""
    after = int(np.searchsorted(documents.starts, begin + _TOGETHER, side="right")) - 1
    end = int(documents.starts[after])
    return end if end > begin else min(begin + _TOGETHER, count)


def _with_neighbours(files: Files, documents: _Documents, begin: int, end: int) -> tuple[int, int]:
    """Widen a stretch of a long document by what decides whether its ends are inside a run.

    That is a copy, which stands among the next paragraphs that compete.
    """
    first, last = documents.of(np.array([begin, end - 1]))
    start, stop = int(documents.starts[first]), int(documents.starts[last + 1])
    low = max(start, begin - _NEIGHBOURS * REACH)
    high = min(stop, end + _NEIGHBOURS * REACH)
    before = np.flatnonzero(files.competes.read(low, begin))[-_NEIGHBOURS:]
    after = np.flatnonzero(files.competes.read(end, high))[:_NEIGHBOURS]
    low = low + int(before[0]) if len(before) == _NEIGHBOURS else low
    return low, end + int(after[-1]) + 1 if len(after) == _NEIGHBOURS else high


def _in_blocks(documents: _Documents, copies: Rows, match: Rows) -> tuple[Rows, Rows]:
    """Choose the copies of which one document has several in another."""
    width = len(documents.starts)
    links = documents.of(copies) * width + documents.of(match)
    _, which, number = np.unique(links, return_inverse=True, return_counts=True)
    several = number[which] > 1
    # All copies of such a document, for others part its runs.
    mine = np.isin(documents.of(copies), documents.of(copies[several]))
    return copies[mine], match[mine]


def _inside(
    files: Files,
    documents: _Documents,
    competes: NDArray[np.bool_],
    begin: int,
    copies: Rows,
    match: Rows,
) -> tuple[Rows, Rows]:
    """Search some copies for runs, in a small world of what stands around them and their partners.

    competes: of the paragraphs from ``begin`` on that all the copies stand in.
    """
    before, after = _around(documents, competes, begin, copies)
    world = _World(
        documents, np.concatenate((copies, match)), np.tile(before, 2), np.tile(after, 2)
    )
    real = world.position >= 0
    position = world.position[real]
    distinct, back = np.unique(position, return_inverse=True)
    does = np.ones(len(real), dtype=bool)
    does[real] = files.competes.gather(distinct).view(bool)[back]
    prints = np.zeros((len(real), 2), dtype=np.uint64)
    prints[real] = files.prints.gather(distinct)[back]
    document = np.full(len(real), -1)
    document[real] = documents.of(position)
    _, same = group_equal(prints)
    gone, repeats = inside_runs(world.of(copies), world.of(match), document, does, same)
    return world.position[gone], world.position[repeats]


def _around(
    documents: _Documents, competes: NDArray[np.bool_], begin: int, copies: Rows
) -> tuple[Rows, Rows]:
    """Say how many paragraphs too short to compete stand before and after each copy."""
    competing = np.flatnonzero(competes) + begin
    edges = np.concatenate(([begin - 1], competing, [begin + len(competes)]))
    place = np.searchsorted(edges, copies)
    before = copies - edges[place - 1] - 1
    after = edges[np.searchsorted(edges, copies, side="right")] - copies - 1
    return np.minimum(before, REACH), np.minimum(after, REACH)


class _World:
    """Positions around some others, in order, with a gap wherever some are left out.

    position: int64 (w,), -1 in a gap, which is wider than a step of a run.
    """

    def __init__(self, documents: _Documents, places: Rows, before: Rows, after: Rows) -> None:
        of = documents.of(places)
        first = np.maximum(places - before - _SLACK, documents.starts[of])
        end = np.minimum(places + after + _SLACK + 1, documents.starts[of + 1])
        order = np.argsort(first, kind="stable")
        first, end = first[order], np.maximum.accumulate(end[order])
        heads = np.flatnonzero(np.concatenate(([True], first[1:] > end[:-1])))
        self._first = first[heads]
        size = end[np.append(heads[1:], len(end)) - 1] - self._first
        self._at = np.cumsum(size + _GAP) - size - _GAP
        self.position = np.full(int((size + _GAP).sum()), -1)
        inside = np.arange(int(size.sum())) + np.repeat(self._at - np.cumsum(size) + size, size)
        self.position[inside] = np.arange(len(inside)) + np.repeat(
            self._first - np.cumsum(size) + size, size
        )

    def of(self, positions: Rows) -> Rows:
        """Say where positions stand in this world."""
        number = np.searchsorted(self._first, positions, side="right") - 1
        found: Rows = positions - self._first[number] + self._at[number]
        return found
