"""The decision on rows, written down for every paragraph, and short ones that go with a run.

Knows: positions, documents, runs. Does not know: texts, how rows were decided.

Memory: a range of rows of 24 bytes each, of which there is one pass over the positions; for runs
the documents of some ten thousand copies and of what these repeat, 8 bytes a document, and 100
bytes a paragraph of the largest document. Where paragraphs inside others go too, all texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.containing import Removal
from dedup.core.fingerprint import group_equal
from dedup.core.runs import inside_runs
from dedup.finding import mark_contained
from dedup.found import Kind
from dedup.progress import Progress
from dedup.scale.column import Column
from dedup.scale.files import Files
from dedup.scale.folder import Facts, Folder
from dedup.scale.folding import spans, write_at
from dedup.scale.memory import Memory

#: Bytes a row takes while positions look it up, and a paragraph while its copies are counted.
_ROW, _COUNTED = 24, 24

#: Paragraphs of the documents that are searched for runs together.
_TOGETHER = 1 << 18

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
    variants: str,
    inside: Inside | None,
    memory: Memory,
    report: Progress,
) -> Facts:
    """Write the answer for every paragraph.

    inside: says which paragraphs go for standing inside another; None where they stay.
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
        rows = _decided(files, low, high, variants)
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


def _decided(files: Files, low: int, high: int, variants: str) -> _Decided:
    kept = files.kept.read(low, high).view(bool)
    match = files.match.read(low, high).astype(np.int64)
    similarity = files.similar.read(low, high)
    if variants == "ignore":
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
    kept, partner = rows.kept[row], rows.partner[row]
    # What has the words of a kept row repeats that row, not what the row is a variant of.
    exact = kept & (head != position)
    kinds = np.where(partner == head, Kind.UNIQUE, np.where(kept, Kind.VARIANT, Kind.NEAR))
    for column, values in (
        (answer.kept, kept & ~exact),
        (answer.match, np.where(exact, head, partner)),
        (answer.similarity, np.where(exact, np.float32(1.0), rows.similarity[row])),
        (answer.kind, np.where(exact, Kind.EXACT, kinds)),
    ):
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

    def sizes(self, documents: Rows) -> Rows:
        found: Rows = self.starts[documents + 1] - self.starts[documents]
        return found


def _followers(files: Files, facts: Facts, answer: Answer) -> Iterator[tuple[Rows, Rows]]:
    """Search documents for runs, some at a time: (position, what it repeats)."""
    documents = _Documents(files, facts["paragraphs"])
    number = 0
    while number < len(documents.starts) - 1:
        begin = int(documents.starts[number])
        after = int(np.searchsorted(documents.starts, begin + _TOGETHER, side="right")) - 1
        after = max(after, number + 1)
        end = int(documents.starts[after])
        competes = files.competes.read(begin, end).view(bool)
        kept = answer.kept.read(begin, end).view(bool)
        copies = np.flatnonzero(~kept) + begin
        if len(copies) > 1 and not competes.all():
            match = answer.match.read(begin, end)[copies - begin]
            for mine, repeated in _blocks(documents, copies, match):
                yield _inside(files, documents, copies, match, mine, repeated)
        number = after


def _blocks(documents: _Documents, copies: Rows, match: Rows) -> Iterator[tuple[Rows, Rows]]:
    """List (document, document repeated) where two or more paragraphs are, some at a time."""
    width = len(documents.starts)
    links = documents.of(copies) * width + documents.of(match)
    pairs, number = np.unique(links, return_counts=True)
    mine, repeated = np.divmod(pairs[number > 1], width)
    if not len(mine):
        return
    first = np.flatnonzero(np.diff(mine, prepend=-1))
    weight = np.add.reduceat(documents.sizes(repeated), first) + documents.sizes(mine[first])
    group = np.repeat(np.cumsum(weight) // _TOGETHER, np.diff(first, append=len(mine)))
    cuts = np.flatnonzero(np.diff(group)) + 1
    yield from zip(np.split(mine, cuts), np.split(repeated, cuts), strict=True)


def _inside(
    files: Files, documents: _Documents, copies: Rows, match: Rows, mine: Rows, repeated: Rows
) -> tuple[Rows, Rows]:
    """Search the documents ``mine`` for runs, in a small world of these and the ``repeated``.

    Copies that repeat another document lead to a place of its own in this world, behind all others:
    they part runs as before, and nothing stands beside what they repeat.
    """
    every = np.unique(np.concatenate((mine, repeated)))
    sizes = documents.sizes(every)
    begins = np.cumsum(sizes) - sizes
    world = int(sizes.sum())
    position = np.arange(world) + np.repeat(documents.starts[every] - begins, sizes)
    document = np.append(np.repeat(np.arange(len(every)), sizes), len(every))
    competes = np.append(files.competes.gather(position).view(bool), True)
    prints = np.concatenate((files.prints.gather(position), np.zeros((1, 2), dtype=np.uint64)))
    _, same = group_equal(prints)
    from_document, to_document = documents.of(copies), documents.of(match)
    here = np.isin(from_document, mine)
    copies, match = copies[here], match[here]
    from_document, to_document = from_document[here], to_document[here]
    width = np.int64(len(documents.starts))
    known = np.isin(from_document * width + to_document, mine * width + repeated)
    there = np.full(len(match), world)
    there[known] = _moved(match[known], to_document[known], documents, every, begins)
    gone, repeats = inside_runs(
        _moved(copies, from_document, documents, every, begins), there, document, competes, same
    )
    return position[gone], position[repeats]


def _moved(positions: Rows, of: Rows, documents: _Documents, every: Rows, begins: Rows) -> Rows:
    """Turn positions of some documents into places of the small world."""
    number = np.searchsorted(every, of)
    moved: Rows = positions - documents.starts[of] + begins[number]
    return moved
