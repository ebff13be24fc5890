"""Which paragraphs are to go, document by document: by what a job decided, or by a plan.

Knows: what is decided, how often a paragraph must occur, which are protected. Does not know: texts,
how they are cut, files that are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.dump.removal import Going, Removal, misplaced, name_of
from dedup.paragraph import Paragraph
from dedup.scale import Decisions, Slice

#: Paragraphs whose places are read together.
_TOGETHER = 5_000


class Selection(Protocol):
    """Says of the documents of one file, asked one after another, what goes of each."""

    def going(self, paragraphs: Sequence[Paragraph]) -> list[Going]:
        """Say which paragraphs of the next document go, in order."""


def gone(
    answer: Slice, copies: NDArray[np.uint32], marks: NDArray[np.bool_] | None, min_copies: int
) -> NDArray[np.bool_]:
    """Say which paragraphs of a slice go: bool (n,).

    copies, marks: of all paragraphs. What occurs less often than ``min_copies`` stays, the kept one
    counted, and so does what is marked.
    """
    goes: NDArray[np.bool_] = ~answer.kept
    if min_copies > 2:
        goes[goes] = copies[answer.match[goes]] >= min_copies - 1
    if marks is not None:
        goes &= ~marks[answer.first : answer.first + len(goes)]
    return goes


class Decided:
    """What a job decided of the paragraphs of one shard."""

    def __init__(self, decisions: Decisions, shard: int, min_copies: int) -> None:
        self._decisions = decisions
        self._answer = decisions.of_shard(shard)
        goes = gone(self._answer, decisions.every().copies, decisions.marks, min_copies)
        self._rest = self._going(np.flatnonzero(goes))
        self._next = next(self._rest, None)
        self._read = 0

    def _going(self, rows: NDArray[np.int64]) -> Iterator[tuple[int, Going]]:
        answer = self._answer
        for begin in range(0, len(rows), _TOGETHER):
            some = rows[begin : begin + _TOGETHER]
            columns = (
                some.tolist(),
                answer.similarity[some].tolist(),
                answer.kind[some].tolist(),
                self._decisions.places(answer.match[some]),
            )
            for row, similarity, kind, place in zip(*columns, strict=True):
                yield row, Going(0, similarity, name_of(kind), place)

    def going(self, paragraphs: Sequence[Paragraph]) -> list[Going]:
        """Say which paragraphs of the next document go, in order."""
        first, self._read = self._read, self._read + len(paragraphs)
        found = []
        while self._next is not None and self._next[0] < self._read:
            row, going = self._next
            found.append(going._replace(paragraph=row - first))
            self._next = next(self._rest, None)
        return found


class Planned:
    """What a plan says of the documents of one file: removals in order, each with its text."""

    def __init__(self, removals: Iterator[Removal], path: Path) -> None:
        self._rest = removals
        self._path = path
        self._next = next(self._rest, None)
        self._document = -1

    def going(self, paragraphs: Sequence[Paragraph]) -> list[Going]:
        """Say which paragraphs of the next document go. Raises InputError where it's another."""
        self._document += 1
        found: list[Going] = []
        while self._next is not None and self._next.document <= self._document:
            each = self._next
            at = each.paragraph
            here = next(islice(paragraphs, at, None), None) if at >= 0 else None
            stale = here is None or here.text != each.text
            if each.document != self._document or stale or (found and found[-1].paragraph >= at):
                raise misplaced(each, str(self._path))
            found.append(Going(at, each.similarity, each.kind, each.kept))
            self._next = next(self._rest, None)
        return found

    def finish(self) -> None:
        """Make sure that all of the plan was met. Raises InputError."""
        if self._next is not None:
            raise misplaced(self._next, str(self._path))
