"""The removals of a plan beside what they repeat: the input is read again for the texts.

Knows: which removals of very many are looked at, how a place is found again. Does not know: how a
plan is shown, how it is carried out.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import readers
from dedup.core.similarity import similarity
from dedup.core.tokens import tokenise
from dedup.dump import plans, record
from dedup.dump.references import reference_shards
from dedup.dump.removal import Removal, removal_of
from dedup.paragraph import Paragraph, text_of
from dedup.scale import Shard
from dedup.scale.inputs import from_shards

#: Lines of a plan that are read together.
_LINES = 1_000

#: Paragraphs of one place that are told apart: those of a page in one line.
_SAME_PLACE = 100

#: Farthest that two paragraphs of a document are counted apart.
_APART = 3

Place = tuple[str, str | None, int, int]


class Going(NamedTuple):
    """A removal of a plan, with the number of its line and of its words.

    copy: the paragraph itself; kept: what it repeats, None where that is nothing or not found. at,
    kept_at: numbers of both, -1 for None; those of neighbours in a document follow each other.
    """

    removal: Removal
    line: int
    words: int
    copy: Paragraph
    kept: Paragraph | None
    at: int
    kept_at: int


class Looked(NamedTuple):
    """The removals that save most words, in the order of the plan, and how many there are in all.

    head: the first line of the plan; tokens: what was compared; documents: int64, the document of
    each number of a paragraph.
    """

    head: str
    tokens: str
    going: list[Going]
    total: int
    words: int
    documents: NDArray[np.int64]


class _Line(NamedTuple):
    """A line that was chosen."""

    number: int
    words: int
    removal: Removal


class _Met(NamedTuple):
    """A paragraph whose place is asked for: where it was met, in which document."""

    paragraph: Paragraph
    at: int
    document: int


def look(
    path: str,
    most: int,
    room: int,
    paths: Sequence[str] = (),
    references: Sequence[str] = (),
    reference_text_field: str | None = None,
) -> Looked:
    """Read a plan and the texts it speaks of. most: removals; room: bytes of their lines.

    paths: the input, as the command line names it; none for the files that the plan names.
    references: those the plan was made with; texts of others are not found, for what a plan names
    is opened only if it is a file of its input.

    Raises InputError where it is no plan, or the input was changed since. Cost: reading the plan
    twice and the input once. Memory: what is given, and twice its size.
    """
    plan = plans.read_plan(path)
    if not paths:
        plans.require_local(plan, path)
    files = [*plans.files_of(plan, path, paths or plan.paths)]
    asked = frozenset(paths or plan.paths)
    shards = from_shards(
        [each for each in files if isinstance(each, readers.Shard)],
        plan.markup, plan.reading, None, asked,
    )  # fmt: skip
    plans.require_inputs(plan, path, [each.seen for each in shards])
    reading = plan.reading
    if reference_text_field is not None:
        reading = replace(reading, text_field=reference_text_field)
    shards += reference_shards(references, plan.markup, reading)
    chosen, total, words = _chosen(path, most, room)
    removals = [*_removals(path, chosen)]
    places = (place for each in removals for place in (_place(each.removal), _kept(each.removal)))
    met = _met(shards, {each for each in places if each is not None}, room)
    going, documents = _beside(removals, met)
    head = next(record.lines(path)).decode().rstrip("\n")
    tokens = "chars" if '"tokens": "chars"' in head else "words"
    return Looked(head, tokens, going, total, words, documents)


def _chosen(path: str, most: int, room: int) -> tuple[dict[int, int], int, int]:
    """Choose the lines that save most words: (words by number), of how many, and words in all."""
    total = words = 0
    best: list[tuple[int, int, int]] = []  # words, number, bytes
    lines = enumerate(record.lines(path), 1)
    while some := [*islice(lines, _LINES)]:
        read = [(number, line) for number, line in some if number > 1 and line.strip()]
        texts = [removal_of(record.object_of(line, path, at), path, at).text for at, line in read]
        counts = tokenise(texts).lengths.tolist()
        total, words = total + len(read), words + sum(counts)
        best += [(count, -at, len(line)) for count, (at, line) in zip(counts, read, strict=True)]
        best = heapq.nlargest(most, best)
    chosen = {}
    for count, number, size in best:
        if size <= room:
            room -= size
            chosen[-number] = count
    return chosen, total, words


def _removals(path: str, chosen: dict[int, int]) -> Iterator[_Line]:
    """Read the lines that were chosen."""
    for number, line in enumerate(record.lines(path), 1):
        if number in chosen:
            removal = removal_of(record.object_of(line, path, number), path, number)
            yield _Line(number, chosen[number], removal)


def _place(removal: Removal) -> Place:
    return removal.source, removal.record, removal.first, removal.last


def _kept(removal: Removal) -> Place | None:
    kept = removal.kept
    if kept is None:
        return None
    return kept["source"], kept["record"], kept["first"], kept["last"]  # type: ignore[return-value]


def _met(shards: Iterable[Shard], wanted: set[Place], room: int) -> dict[Place, list[_Met]]:
    """Read the paragraphs of some places; room: characters of their texts."""
    sources = {source for source, *_ in wanted}
    found: dict[Place, list[_Met]] = {}
    at = document = 0
    for shard in shards:
        if shard.name not in sources:
            continue
        name = None
        for part in shard.read():
            own = getattr(part, "name", None)
            document, at, name = document + (own != name), at + _APART * (own != name), own
            for each in part:
                at += 1
                assert isinstance(each, Paragraph)
                place = each.source, each.record, each.first, each.last
                if place not in wanted or len(each.text) > room:
                    continue
                same = found.setdefault(place, [])
                if len(same) < _SAME_PLACE:
                    same.append(_Met(each, at, document))
                    room -= len(each.text)
    return found


def _beside(
    lines: Sequence[_Line], met: dict[Place, list[_Met]]
) -> tuple[list[Going], NDArray[np.int64]]:
    """Put each removal beside what it repeats; number the paragraphs without large gaps."""
    pairs: list[tuple[_Met | None, _Met | None]] = []
    taken: set[int] = set()
    for line in lines:
        copy = _itself(line.removal, met.get(_place(line.removal), ()), taken)
        kept = _kept(line.removal)
        text = copy.paragraph.prose if copy else line.removal.text
        pairs.append((copy, _most_alike(text, met.get(kept, ())) if kept else None))
    numbers, documents = _numbered([each for pair in pairs for each in pair if each])
    going = []
    for line, (copy, kept_one) in zip(lines, pairs, strict=True):
        removal = line.removal
        found = copy.paragraph if copy else Paragraph(removal.text, *_place(removal))
        at, kept_at = (numbers[each.at] if each else -1 for each in (copy, kept_one))
        partner = kept_one.paragraph if kept_one else None
        going.append(Going(removal, line.number, line.words, found, partner, at, kept_at))
    return going, documents


def _itself(removal: Removal, places: Sequence[_Met], taken: set[int]) -> _Met | None:
    """Find the paragraph that goes: of those in its place the first of its text, each once."""
    for each in places:
        if each.paragraph.text == removal.text and each.at not in taken:
            taken.add(each.at)
            return each
    return None


def _most_alike(text: str, places: Sequence[_Met]) -> _Met | None:
    """Find what a text repeats: of the paragraphs in one place the most alike."""
    if len(places) < 2:
        return places[0] if places else None
    return max(places, key=lambda each: similarity(text, text_of(each.paragraph)))


def _numbered(every: Sequence[_Met]) -> tuple[dict[int, int], NDArray[np.int64]]:
    """Number paragraphs anew, without large gaps: (by the old number, documents by the new)."""
    if not every:
        return {}, np.empty(0, dtype=np.int64)
    old = np.array([each.at for each in every], dtype=np.int64)
    ats, first = np.unique(old, return_index=True)
    numbers = np.cumsum(np.minimum(np.diff(ats, prepend=ats[:1]), _APART))
    documents = np.full(int(numbers[-1]) + 1, -1, dtype=np.int64)
    documents[numbers] = np.array([each.document for each in every], dtype=np.int64)[first]
    return dict(zip(ats.tolist(), numbers.tolist(), strict=True)), documents
