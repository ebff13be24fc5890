"""First pass: read every shard once, sketch its paragraphs and write all that is needed of them.

Knows: batches, units of paragraphs, what is written of each. Does not know: what a sketch is for,
containers, what is kept.

Memory: two or three units in work, ``UNIT * (4 * bands + 8 * words + 72)`` bytes each, and the
batches that the workers hold. Texts go to the disk as they are read. A scope ("within a host") is
mixed in where a unit takes a batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.encoded import Column, encode, lengths
from dedup.errors import InputError
from dedup.progress import Progress
from dedup.recipe import Recipe
from dedup.scale.competition import Given
from dedup.scale.shards import (
    Page,
    Pages,
    Part,
    Shard,
    documents,
    documents_together,
    place_name,
    print_wordless,
    texts_in,
)
from dedup.scale.stages.scopes import mix, scope_hash
from dedup.scale.storage import layout
from dedup.scale.storage.folder import Facts
from dedup.scale.storage.layout import NOBODY, Files
from dedup.stages import Sketched, family
from dedup.workers import Workers

#: What a batch may weigh, what each text counts beside its length, and most texts of a batch.
_WEIGHT, _OVERHEAD, _TEXTS = 400_000, 100, 2_000


def spill(
    shards: Sequence[Shard],
    files: Files,
    recipe: Recipe,
    given: Given,
    workers: int,
    expected: int,
    report: Progress,
) -> Facts:
    """Sketch all paragraphs into columns, from where an earlier run got to. Returns the facts."""
    spiller = _Spiller(shards, files, recipe, given, expected, report)
    with Workers(workers) as pool:
        pool.run("sketch", spiller.calls(), spiller.place)
    return spiller.finish()


#: Where a job begins.
_NOTHING: Facts = {
    "paragraphs": 0, "text_bytes": 0, "documents": 0, "name_bytes": 0, "shards": 0, "shard": 0,
    "skip": 0, "places": None, "rank_kind": None, "hosts": False, "ids": False,
    "ranked": False,
}  # fmt: skip


class _Said(NamedTuple):
    """What was said of a document: ranks and marks, one a paragraph or none; its scope's hash."""

    ranks: NDArray[np.uint64]
    marks: NDArray[np.bool_]
    scope: int


class _Unit:
    """A unit of paragraphs while its batches are sketched."""

    def __init__(self, files: Files, start: int) -> None:
        size = layout.UNIT
        self.start, self.size, self.placed = start, 0, 0
        self.closed = False
        self.prints = np.empty((size, 2), dtype=np.uint64)
        self.words = np.empty(size, dtype=np.int32)
        self.keys = np.empty((files.bands, size), dtype=np.uint32)
        self.sketches = np.empty((size, files.sketch_words), dtype=np.uint64)
        self.bags = np.empty((size if files.bagged else 0, kernel.BAG_WORDS), dtype=np.uint64)
        self.lengths = np.empty(size, dtype=np.uint32)
        self.lines = np.zeros((size, 2), dtype=np.uint32)
        self.ranks = np.zeros(size, dtype=np.uint64)
        self.scopes = np.zeros(size, dtype=np.uint64)
        self.marks = np.zeros(size, dtype=bool)
        self.documents: list[int] = []
        self.names: list[bytes] = []
        self.shards: list[int] = []
        #: How far reading was when the unit ended.
        self.within: Facts = {}

    @property
    def whole(self) -> bool:
        return self.closed and self.placed == self.size

    def take(self, start: int, batch: Sketched, texts: Sequence[str], scoped: bool) -> None:
        """Put the sketches of some of its texts in their place."""
        span = slice(start, start + len(texts))
        self.prints[span], self.words[span] = batch.prints, batch.words
        self.keys[:, span], self.sketches[span] = batch.keys, batch.sketches
        if batch.bags is not None:
            self.bags[span] = batch.bags
        print_wordless(self.prints[span], texts)
        if scoped:
            mix(self.prints[span], self.keys[:, span], self.sketches[span], self.scopes[span])
        self.placed += len(texts)

    def write(self, files: Files, least_words: int, given: Given) -> None:
        """Write the unit behind those before it."""
        size = self.size
        files.prints.append(self.prints[:size])
        files.competes.append(self.words[:size] >= least_words)
        files.lengths.append(self.lengths[:size])
        files.words.append(self.words[:size])
        files.lines.append(self.lines[:size])
        if given.rank:
            files.ranks.append(self.ranks[:size])
        if given.marks:
            files.marks.append(self.marks[:size])
        if files.bands:
            files.keys.append(self.keys[:, :size].ravel())
            files.sketches.append(self.sketches[:size])
        if files.bagged:
            files.bags.append(self.bags[:size])
        files.documents.append(np.array(self.documents, dtype=np.uint32))
        before = len(files.names)
        ends = np.cumsum([len(name) for name in self.names], dtype=np.int64) + before
        files.name_ends.append(ends.astype(np.uint64))
        files.names.append(np.frombuffer(b"".join(self.names), dtype=np.uint8))
        files.shards.append(np.array(self.shards, dtype=np.uint32))


class _Batch:
    """Texts that are sketched in one go, while they are gathered.

    weight: their bytes, or their characters where they are not encoded, and what each counts
    beside.
    """

    def __init__(self) -> None:
        self._parts: list[Sequence[str]] = []
        self.count = self.weight = 0

    def add(self, texts: Sequence[str], at: int, room: int) -> int:
        """Take as many texts from a place on as fit, at least one if it is empty; say how many.

        room: how many there may be in all.
        """
        some = texts if not at else texts[at:]
        most, left = min(room, _TEXTS) - self.count, _WEIGHT - self.weight
        weight, fitting = _weight(some), len(some)
        if fitting > most or weight > left:
            ends = np.cumsum(lengths(some[:most]) + _OVERHEAD)
            fitting = int(np.searchsorted(ends, left, side="right"))
            if not fitting and not self.count and len(ends):
                fitting = 1
            some, weight = some[:fitting], int(ends[fitting - 1]) if fitting else 0
        if fitting:
            self._parts.append(some)
            self.count += fitting
            self.weight += weight
        return fitting

    def column(self) -> Column:
        """Give all of them."""
        return Column.joined([Column(encode(each)) for each in self._parts])


def _weight(texts: Sequence[str]) -> int:
    if isinstance(texts, Column):
        starts = texts.encoded.starts
        return int(starts[-1] - starts[0]) + _OVERHEAD * len(texts)
    return sum(map(len, texts)) + _OVERHEAD * len(texts)


def _note_lines(lines: NDArray[np.uint32], whole: Part, some: slice) -> None:
    """Write down in which lines some paragraphs of a document stand."""
    if isinstance(whole, Page) and whole.lines is not None:
        lines[:] = whole.lines[:, some].T
        return
    part = whole[some]
    for column, line in enumerate((attrgetter("first"), attrgetter("last"))):
        lines[:, column] = np.fromiter(map(line, part), np.uint32, len(part))


class _Spiller:
    """Cuts what is read into batches and writes units, in order, as they get whole."""

    def __init__(
        self,
        shards: Sequence[Shard],
        files: Files,
        recipe: Recipe,
        given: Given,
        expected: int,
        report: Progress,
    ) -> None:
        self._shards, self._files, self._recipe = shards, files, recipe
        self._given, self._expected, self._report = given, expected, report
        self._within: Facts = dict(files.folder.progress("sketch") or _NOTHING)
        self._restore()
        self._name = self._last_name()
        self._units: list[_Unit] = []
        self._batches: dict[int, tuple[_Unit, int, Sequence[str]]] = {}
        self._number = self._sketched = 0

    def _restore(self) -> None:
        """Cut every column to what an earlier run vouched for."""
        files, begun = self._files, self._within
        count = begun["paragraphs"]
        for column in (files.prints, files.competes, files.lines, files.lengths, files.words):
            column.cut(count)
        files.ranks.cut(count if self._given.rank else 0)
        if self._given.marks:
            files.marks.cut(count)
        files.sketches.cut(count if files.bands else 0)
        files.bags.cut(count if files.bagged else 0)
        files.keys.cut(count * files.bands)
        files.texts.cut(begun["text_bytes"])
        files.documents.cut(begun["documents"])
        files.name_ends.cut(begun["documents"])
        files.names.cut(begun["name_bytes"])
        files.shards.cut(begun["shards"])

    def _last_name(self) -> bytes | None:
        ends = self._files.name_ends
        if not len(ends):
            return None
        last = ends.read(max(0, len(ends) - 2), len(ends)).tolist()
        return self._files.names.read(last[0] if len(last) > 1 else 0, last[-1]).tobytes()

    # -- reading

    def calls(self) -> Iterator[tuple[Sequence[str], Recipe, NDArray[np.uint32], bool]]:
        """Read on; yield the arguments of ``sketch_texts``, batch after batch."""
        drawn = family(self._recipe)
        batch = _Batch()
        within = self._within
        given = self._given
        # Ranks, marks and scopes are asked for document by document.
        apart = given.rank is not None or given.marks is not None or given.scope is not None
        read = documents if apart else documents_together
        for number, part, at in read(self._shards, within["shard"], within["skip"]):
            texts = texts_in(part, self._shards[number].name)
            notes = self._notes(part, number)
            while at < len(part):
                some = batch.add(texts, at, layout.UNIT - self._unit().size)
                if some:
                    self._note(number, part, notes, slice(at, at + some), batch.count - some)
                    at += some
                if self._is_full(batch) or not some:
                    yield self._call(batch), self._recipe, drawn, self._files.bagged
                    batch = _Batch()
        if batch.count:
            yield self._call(batch), self._recipe, drawn, self._files.bagged

    def _is_full(self, batch: _Batch) -> bool:
        in_unit = self._units[-1].size + batch.count
        return batch.weight >= _WEIGHT or batch.count >= _TEXTS or in_unit == layout.UNIT

    def _unit(self) -> _Unit:
        """Give the unit that is being read, a new one where the last is closed."""
        if not self._units or self._units[-1].closed:
            start = self._within["paragraphs"]
            self._units.append(_Unit(self._files, start))
        return self._units[-1]

    def _notes(self, part: Part | Pages, number: int) -> _Said | list[bytes]:
        """Ask what is noted of a document, or for the names of several."""
        return part.names() if isinstance(part, Pages) else self._said(part, number)

    def _note(
        self, number: int, whole: Part | Pages, notes: _Said | list[bytes], some: slice, taken: int
    ) -> None:
        """Write down where some paragraphs of a document, or of several, stand."""
        unit, within = self._units[-1], self._within
        count = some.stop - some.start
        first = unit.size + taken
        position = unit.start + first
        if position + count >= NOBODY:
            raise InputError(self._shards[number].name, f"more than {NOBODY - 1} paragraphs")
        span = slice(first, first + count)
        self._note_shards(unit, number, position)
        if isinstance(whole, Pages):
            assert isinstance(notes, list)
            self._require_like(number, None)
            unit.lines[span] = whole.lines[:, some].T
            for place, document in whole.begins(some):
                self._note_name(unit, position + place, notes[document])
                within["hosts"] = within["hosts"] or bool(whole.hosts[document])
                within["ids"] = within["ids"] or whole.identified[document]
        else:
            assert isinstance(notes, _Said)
            self._note_document(number, whole, some, position, unit.lines[span])
            self._note_said(unit, notes, some, span)
        within["skip"] += count

    def _note_document(
        self, number: int, whole: Part, some: slice, position: int, lines: NDArray[np.uint32]
    ) -> None:
        """Write down the name of a document, and in which lines some of its paragraphs stand."""
        within = self._within
        head = whole.head if isinstance(whole, Page) else whole[some.start]
        self._require_like(number, head)
        name = b""
        if not isinstance(head, str):
            _note_lines(lines, whole, some)
            host = whole.host if isinstance(whole, Page) else ""
            within["hosts"] = within["hosts"] or bool(host)
            within["ids"] = within["ids"] or (isinstance(whole, Page) and whole.identified)
            name = place_name(head.source, head.record, host)
        self._note_name(self._units[-1], position, name)

    def _require_like(self, number: int, head: object) -> None:
        """Raise TypeError where documents of str follow others, or the other way round."""
        within, placed = self._within, not isinstance(head, str)
        if within["places"] is None:
            within["places"] = placed
        if within["places"] != placed:
            raise TypeError(
                f"{self._shards[number].name} gives {type(head).__name__} where others gave "
                "another kind; documents must be all Paragraph, or all str"
            )

    def _note_name(self, unit: _Unit, position: int, name: bytes) -> None:
        """Write down that a document begins, unless its paragraphs go on."""
        if name != self._name:
            unit.documents.append(position)
            unit.names.append(name)
            self._within["documents"] += 1
            self._within["name_bytes"] += len(name)
            self._name = name

    def _note_said(self, unit: _Unit, said: _Said, some: slice, span: slice) -> None:
        """Write down the ranks, marks and scope of some paragraphs of a document."""
        if self._given.rank:
            unit.ranks[span] = said.ranks[some]
        if self._given.marks:
            unit.marks[span] = said.marks[some]
        if self._given.scope:
            unit.scopes[span] = said.scope

    def _note_shards(self, unit: _Unit, number: int, position: int) -> None:
        """Write down where shards begin, empty ones too."""
        within = self._within
        if number != within["shard"]:
            within["shard"], within["skip"] = number, 0
        while within["shards"] <= number:
            unit.shards.append(position)
            within["shards"] += 1

    def _said(self, part: Part, number: int) -> _Said:
        """Ask what the caller says of the paragraphs of a document."""
        scope = self._given.scope
        return _Said(
            self._ranked(part, number),
            self._marked(part, number),
            scope_hash(scope.of(part)) if scope else 0,
        )

    def _marked(self, part: Part, number: int) -> NDArray[np.bool_]:
        """Ask for the marks of a document; none where there are no marks."""
        marks = self._given.marks
        if marks is None:
            return np.empty(0, dtype=bool)
        return self._shaped(np.asarray(marks.of(part), dtype=bool), "marks", part, number)

    def _shaped(self, values: NDArray[Any], name: str, part: Part, number: int) -> NDArray[Any]:
        """Return values if there is one for each paragraph."""
        if values.shape != (len(part),):
            raise ValueError(
                f"{name} has shape {values.shape} for {len(part)} paragraphs of "
                f"{self._shards[number].name}"
            )
        return values

    def _ranked(self, part: Part, number: int) -> NDArray[np.uint64]:
        """Ask for the ranks of a document; none where there is no rank."""
        if self._given.rank is None:
            return np.empty(0, dtype=np.uint64)
        name, given = self._given.rank
        values = self._shaped(np.asarray(given(part)), f"rank {name!r}", part, number)
        kind = "float" if values.dtype.kind == "f" else "whole"
        if self._within["rank_kind"] not in (None, kind):
            raise ValueError(f"rank {name!r} gives whole numbers here and floats there")
        self._within["rank_kind"] = kind
        found = sortable(values)
        self._within["ranked"] = self._within["ranked"] or bool(np.isfinite(values).any())
        return found

    def _call(self, batch: _Batch) -> Column:
        """Write the texts of a batch, and remember where its sketches go."""
        unit, within = self._units[-1], self._within
        texts = batch.column()
        raw, starts = texts.encoded
        unit.lengths[unit.size : unit.size + len(texts)] = np.diff(starts)
        raw = raw[int(starts[0]) : int(starts[-1])]
        self._files.texts.append(raw)
        within["text_bytes"] += len(raw)
        within["paragraphs"] += len(texts)
        self._batches[self._number] = unit, unit.size, texts
        self._number += 1
        unit.size += len(texts)
        if unit.size == layout.UNIT:
            unit.within, unit.closed = dict(within), True
        return texts

    # -- writing

    def place(self, number: int, result: tuple[NDArray[np.uint64], ...]) -> None:
        """Take the sketches of a batch; write the units that are whole now."""
        unit, start, texts = self._batches.pop(number)
        scoped = self._given.scope is not None
        unit.take(start, Sketched(*result), texts, scoped)  # type: ignore[arg-type]
        self._sketched = max(self._sketched, unit.start + unit.placed)
        self._report("sketch", self._sketched, max(self._expected, self._sketched))
        while self._units and self._units[0].whole:
            self._write(self._units.pop(0))

    def _write(self, unit: _Unit) -> None:
        unit.write(self._files, max(self._recipe.min_tokens, 1), self._given)
        self._files.folder.note("sketch", unit.within)

    def finish(self) -> Facts:
        """Write the last unit and the shards that hold nothing; tell how much there is."""
        within = self._within
        if self._given.check is not None and within["paragraphs"]:
            self._given.check(within)
        for unit in self._units:
            unit.closed = True
            self._write_last(unit)
        rest = len(self._shards) - within["shards"]
        self._files.shards.append(np.full(rest, within["paragraphs"], dtype=np.uint32))
        names = ("paragraphs", "text_bytes", "documents", "name_bytes")
        facts: Facts = {name: within[name] for name in names}
        self._report("sketch", within["paragraphs"], within["paragraphs"])
        return {**facts, "places": bool(within["places"]), "unit": layout.UNIT}

    def _write_last(self, unit: _Unit) -> None:
        unit.write(self._files, max(self._recipe.min_tokens, 1), self._given)


def sortable(values: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Turn numbers into unsigned ones in the same order; equal ones stay equal.

    Raises ValueError for what is no number, NaN, and whole numbers beyond 64 bits with a sign.
    """
    sign = np.uint64(1 << 63)
    if values.dtype.kind == "f":
        if np.isnan(values.astype(np.float64)).any():
            raise ValueError("rank holds NaN; it must hold numbers")
        bits = (values.astype(np.float64) + 0.0).view(np.uint64)
        return np.where(bits & sign, ~bits, bits | sign)
    if values.dtype.kind not in "biu" or (values.dtype == np.uint64 and (values >= sign).any()):
        raise ValueError(f"rank holds {values.dtype} values; it must hold numbers")
    return np.asarray(values.astype(np.int64).view(np.uint64) ^ sign)
