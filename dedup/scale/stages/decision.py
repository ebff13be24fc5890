"""Compare the likely pairs and decide, piece of rows by piece, in the order of rank.

Knows: pieces, the walk of ``core.walk``, how far it got. Does not know: how pairs were found,
where texts are, positions.

Memory while comparing: a piece. While deciding: 5 bytes a row for what is kept, 144 bytes a hot
bucket, 12 bytes and a sketch a wanted row (sketches from a file where they don't fit), a piece.
Where there is room, both also hold the bags of the wanted rows and map the texts.
Where no bands are indexed, every pair is compared and those alike are held together: 80 bytes each.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.candidates import CAP, distinct, pack, unpack
from dedup.core.walk import Decision, RankRange, Walk, settle
from dedup.options import Matching
from dedup.progress import Progress
from dedup.ragged import Ragged
from dedup.recipe import Recipe
from dedup.scale.budget import Memory
from dedup.scale.failures import MemoryTooSmall
from dedup.scale.stages.sketches import Sketches, Wanted, arrange, read_bags, read_wanted
from dedup.scale.stages.texts import Texts, read_wanted_rows
from dedup.scale.storage.folder import Facts
from dedup.scale.storage.layout import Files
from dedup.scale.storage.radix import Piece, Ranges
from dedup.stages import judge_for, sequences_of
from dedup.workers import Workers

#: Rows of a block where every pair is compared, and bytes of one that is alike.
_BLOCK, _ALIKE = 500, 80

#: Bytes that the decision needs for a hot bucket, a row, and a row that meets another; those of a
#: bag with its number of words.
_BUCKET, _ROW, _WANTED, _BAG = 4 * CAP + 32, 7, 12, 8 * kernel.BAG_WORDS + 4

#: Seconds after which the walk is noted anew.
_PAUSE = 20.0

Rows = NDArray[np.int64]


def compare(
    files: Files,
    facts: Facts,
    matching: Matching,
    recipe: Recipe,
    memory: Memory,
    report: Progress,
) -> Facts:
    """Drop repeated pairs and compare every pair once, from where an earlier run got to."""
    folder = files.folder
    done = folder.progress("compare") or {"pieces": 0, "pairs": 0, "ends": []}
    files.pairs.cut(done["pairs"])
    files.scores.cut(done["pairs"])
    ends: list[int] = list(done["ends"])
    raw = Ranges(folder, "raw", facts["rows"])
    with Workers(memory.workers) as pool:
        wanted = read_wanted_rows(files)
        taken = _ROW * facts["rows"] + _WANTED * len(wanted)
        texts = _texts(files, facts, matching, wanted, pool, memory, taken)
        for number, piece in enumerate(pieces_of(facts)):
            if number < done["pieces"]:
                continue
            pairs = distinct([raw.read(piece)])
            later, earlier = unpack(pairs)
            files.scores.append(texts.compare(earlier, later, recipe.tokens))
            files.pairs.append(pairs)
            ends.append(len(files.pairs))
            folder.note("compare", {"pieces": number + 1, "pairs": ends[-1], "ends": ends})
            report("compare", number + 1, len(facts["pieces"]))
    return {"pair_ends": ends}


def pieces_of(facts: Facts) -> list[Piece]:
    """The pieces that the rows were cut into."""
    return [Piece(low, high) for low, high in pairwise([0, *facts["pieces"]])]


def decide(
    files: Files,
    facts: Facts,
    matching: Matching,
    recipe: Recipe,
    memory: Memory,
    report: Progress,
) -> Facts:
    """Decide every row: columns ``kept``, ``match`` and ``similar``."""
    threshold = matching.threshold
    if threshold >= 1.0:
        return _decide_alone(files, facts)
    with Workers(memory.workers) as pool:
        wanted = read_wanted_rows(files)
        judge = judge_for(recipe) if matching.judges else None
        if recipe.bands == 0:
            texts = Texts(files, facts, wanted, pool)
            return _decide_all_pairs(
                files, facts, recipe, threshold, texts, judge, pool, memory, report
            )
        sketches, taken = _sketches(files, facts, wanted, memory)
        texts = _texts(files, facts, matching, wanted, pool, memory, taken)
        walk = Walk(
            facts["rows"], facts["hot_buckets"], _Rows(sketches, texts, recipe.tokens),
            recipe.least_agreement(threshold), threshold, judge,
        )  # fmt: skip
        pieces = pieces_of(facts)
        done = _go_on(files, walk, pieces)
        noted = time.monotonic()
        for number, stretch in enumerate(_stretches(files, facts, wanted, done), done + 1):
            _write(files, walk.take(stretch))
            if time.monotonic() - noted >= _PAUSE:
                _note(files, walk, number)
                noted = time.monotonic()
            report("decide", number, len(pieces))
    return {"uncompared": walk.uncompared}


class _Rows:
    """What the walk has to know of rows: their sketches and what is compared of them."""

    def __init__(self, sketches: Sketches, texts: Texts, tokens: str) -> None:
        self._sketches, self._texts, self._tokens = sketches, texts, tokens

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        return self._texts.compare(i, j, self._tokens)

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        return self._sketches.of(rows)

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        return sequences_of(self._texts.fetch(rows), self._tokens)

    def page(self, rows: Rows) -> kernel.Reading:
        return self._texts.page(rows)

    def sizes(self, rows: Rows) -> Rows:
        return self._texts.sizes(rows)


def _note(files: Files, walk: Walk, pieces: int) -> None:
    """Write down how far the walk is and what it remembers, beside what was noted before."""
    memory, turn = walk.memory, pieces % 2
    for name, values in _columns(memory):
        with files.folder.opened(f"walk.{name}.{turn}", values.dtype) as column:
            column.cut(0)
            column.append(values.ravel())
    kept, uncompared = memory.counts.tolist()
    state = {"pieces": pieces, "kept": kept, "uncompared": uncompared}
    files.folder.note("decide", state)


def _columns(memory: kernel.Memory) -> list[tuple[str, NDArray[Any]]]:
    """Name what a walk carries and is written down."""
    return [("rows", memory.remembered), ("filled", memory.filled), ("met", memory.met)]


def _go_on(files: Files, walk: Walk, pieces: list[Piece]) -> int:
    """Take up the walk where an earlier run noted it; say how many pieces it had decided."""
    state = files.folder.progress("decide") or {"pieces": 0}
    done: int = state["pieces"]
    taken = pieces[done - 1].high if done else 0
    for column in (files.kept, files.match, files.similar):
        column.cut(taken)
    if done:
        memory = walk.memory
        for name, values in _columns(memory):
            with files.folder.opened(f"walk.{name}.{done % 2}", values.dtype) as column:
                values[:] = column.read(0, values.size).reshape(values.shape)
        memory.kept[:taken] = files.kept.read(0, taken).view(bool)
        memory.counts[:] = state["kept"], state["uncompared"]
    return done


def _texts(
    files: Files,
    facts: Facts,
    matching: Matching,
    wanted: Wanted,
    pool: Workers,
    memory: Memory,
    taken: int,
) -> Texts:
    """Have the texts of wanted rows at hand. taken: bytes that are in use beside a piece."""
    room = memory.arrays - memory.piece - taken
    bags, size = None, _BAG * len(wanted)
    if files.bagged and size <= room:
        bags = read_bags(files, facts["paragraphs"], facts["unit"], wanted, matching.threshold)
        room -= size
    # A piece that is compared or decided needs more than its pairs, so some room stays free.
    return Texts(files, facts, wanted, pool, bags, room // 2)


def _sketches(files: Files, facts: Facts, wanted: Wanted, memory: Memory) -> tuple[Sketches, int]:
    """Have the sketches of wanted rows at hand, in memory where what else is needed leaves room.

    Returns them, and the bytes of memory that the walk takes with them, without a piece.
    """
    buckets = facts["hot_buckets"] * _BUCKET
    needed = buckets + _ROW * facts["rows"] + _WANTED * len(wanted) + memory.piece
    if needed > memory.arrays:
        raise MemoryTooSmall("deciding", memory.total - memory.arrays + needed, memory.total)
    table = 8 * files.sketch_words * len(wanted)
    if table <= memory.arrays - needed:
        found = read_wanted(files, facts["paragraphs"], facts["unit"], wanted)
        return found, needed - memory.piece + table
    if len(files.by_row) != facts["rows"]:
        most = memory.rows(8 * files.sketch_words, 0.5)
        arrange(files, facts["paragraphs"], facts["unit"], facts["rows"], most)
    return Sketches(files.by_row), needed - memory.piece


def _stretches(files: Files, facts: Facts, wanted: Wanted, done: int) -> Iterator[RankRange]:
    """Read piece after piece what the walk has to know of it, without the first ``done``."""
    hot = Ranges(files.folder, "hot", facts["rows"])
    ends = [0, *facts["pair_ends"]]
    todo = zip(pieces_of(facts)[done:], list(pairwise(ends))[done:], strict=True)
    for piece, (begin, end) in todo:
        later, earlier = unpack(files.pairs.read(begin, end))
        records = hot.read(piece)
        records.sort()
        member, bucket = unpack(records)
        rows = np.flatnonzero(wanted.mask[piece.low : piece.high]) + piece.low
        scores = files.scores.read(begin, end)
        yield RankRange(piece.low, piece.high, rows, earlier, later, scores, member, bucket)


def _write_all(files: Files, decided: Decision) -> None:
    """Write the answer for all rows."""
    for column in (files.kept, files.match, files.similar):
        column.cut(0)
    _write(files, decided)


def _write(files: Files, decided: Decision) -> None:
    files.kept.append(decided.kept)
    files.match.append(decided.match)
    files.similar.append(decided.similarity)


def _decide_alone(files: Files, facts: Facts) -> Facts:
    """Keep every row: only the same words match."""
    none = np.empty(0, dtype=np.int64)
    _write_all(files, settle(facts["rows"], none, none, np.empty(0)))
    return {"uncompared": 0}


def _decide_all_pairs(
    files: Files,
    facts: Facts,
    recipe: Recipe,
    threshold: float,
    texts: Texts,
    judge: kernel.Judge | None,
    pool: Workers,
    memory: Memory,
    report: Progress,
) -> Facts:
    """Decide by comparing every pair. Cost: quadratic, some 0.1 us a pair."""
    count = facts["rows"]
    cuts = [*range(0, count, _BLOCK), count]
    last = len(cuts) - 1
    blocks = [(a, b) for a in range(last) for b in range(a, last)]
    pairs, scores = [np.empty(0, dtype=np.uint64)], [np.empty(0)]
    uncompared = held = 0

    def block(number: int) -> Sequence[str]:
        return texts.fetch(np.arange(cuts[number], cuts[number + 1]))

    def calls() -> Iterator[tuple[Sequence[str], Sequence[str] | None, float, str]]:
        for a, b in blocks:
            yield block(a), block(b) if a < b else None, threshold, recipe.tokens

    def place(number: int, result: tuple[Rows, Rows, NDArray[np.float64]]) -> None:
        nonlocal uncompared, held
        a, b = blocks[number]
        uncompared += int(np.isnan(result[2]).sum())
        good = result[2] >= threshold
        pairs.append(pack(result[0][good] + cuts[a], result[1][good] + cuts[b]))
        scores.append(result[2][good])
        held += _ALIKE * len(pairs[-1])
        if held > memory.arrays:
            raise MemoryTooSmall("comparing all pairs", 2 * memory.total, memory.total)
        report("compare", len(pairs) - 1, len(blocks))

    pool.run("alike", calls(), place)
    earlier, later = unpack(np.concatenate(pairs))
    answer = settle(count, earlier, later, np.concatenate(scores), judge, texts)
    _write_all(files, answer)
    return {"uncompared": answer.uncompared + uncompared}
