"""Parts of a document that only some readers see, and which of them exclude each other.

Knows: conditions, and the marks of unresolved merge conflicts. Does not know: how a markup writes
its conditions (its own ``Conditionals``), blocks.

A fact says that a variable has a value, or that it does not have it. A condition is a list of facts
of which at least one must be true. A part is read if all its conditions are true. Two parts exclude
each other if their conditions can't all be true at once, so that nobody reads both. Cost: linear.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice, pairwise
from typing import NamedTuple, Protocol

from dedup.segment.lines import Lines, split_lines

#: The most conditions of a part that are kept. Further ones, which are the innermost, are ignored.
_MOST = 50

_OURS, _BASE, _MIDDLE, _THEIRS = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
#: Which marks may stand before a mark.
_FOLLOWS = {_OURS: (), _BASE: (_OURS,), _MIDDLE: (_OURS, _BASE), _THEIRS: (_MIDDLE,)}


class Fact(NamedTuple):
    """A statement that a variable has a value, or does not have it.

    everywhere: the variable has the same value in all files that are built together.
    """

    variable: object
    value: object
    holds: bool
    everywhere: bool = False

    def contradicts(self, other: Fact) -> bool:
        """Say whether the two facts can't both be true."""
        if self.variable != other.variable:
            return False
        if self.value == other.value:
            return self.holds != other.holds
        return self.holds and other.holds


#: Facts of which at least one is true.
Condition = tuple[Fact, ...]


class Turn(NamedTuple):
    """What a line changes about the conditions under which a text is read.

    Args:
        conditions: those that begin to hold behind the line; None if none do.
        alone: whether they hold only for the text of the line itself.
        ended: the number of earlier turns whose conditions end here, the innermost first.
        is_text: whether the line is itself a part of the text, read under the conditions that are
            left.

    """

    conditions: tuple[Condition, ...] | None = None
    alone: bool = False
    ended: int = 0
    is_text: bool = False


class Conditionals(Protocol):
    """Reads the conditions that a markup writes into a document."""

    def read(self, row: str) -> Turn | None:
        """Say what a line changes. Called for each line in order, except marks of conflicts."""


class Branch(NamedTuple):
    """A part of a text, from ``start`` to ``end``, and the conditions under which it is read."""

    start: int
    end: int
    conditions: tuple[Condition, ...]


class Conflict(NamedTuple):
    """An unresolved merge conflict: its first line, counted from 1, and the spans of its sides."""

    line: int
    sides: tuple[tuple[int, int], ...]


def everywhere(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Give those conditions that are true in all files or in none."""
    return tuple(each for each in conditions if all(fact.everywhere for fact in each))


def exclusive(one: Iterable[Condition], other: Iterable[Condition]) -> bool:
    """Say whether the conditions of two parts can't all be true together."""
    every = [*one, *other]
    sure = [condition[0] for condition in every if len(condition) == 1]
    return any(
        all(any(fact.contradicts(known) for known in sure) for fact in condition)
        for condition in every
    )


def branches_of(text: str, conditionals: Conditionals | None) -> list[Branch]:
    """Find the parts that are read under a condition, in order, without overlaps.

    conditionals: reads the conditions of the markup; None if the text has none. Cost: linear, or
    next to nothing if the text has neither conditions nor conflicts.
    """
    if conditionals is None and not _may_conflict(text):
        return []
    lines = split_lines(text)
    walk = _Walk(lines)
    sides = {line: mark for marks in _marks(lines) for line, mark in marks}
    for number, row in enumerate(lines.texts):
        if number in sides:
            walk.change(number, sides[number])
        elif conditionals is not None and (turn := conditionals.read(row)):
            walk.turn(number, turn)
    walk.finish(len(lines.texts))
    return walk.found


def conflicts(text: str) -> list[Conflict]:
    """Find the unresolved merge conflicts."""
    if not _may_conflict(text):
        return []
    lines = split_lines(text)
    return [
        Conflict(
            marks[0][0] + 1,
            tuple(
                (lines.starts[one + 1], lines.starts[other])
                for (one, _), (other, _) in pairwise(marks)
            ),
        )
        for marks in _marks(lines)
    ]


def without_marks(text: str) -> str:
    """Replace the marks of merge conflicts by spaces, so that both sides are read."""
    if not _may_conflict(text):
        return text
    lines = split_lines(text)
    pieces, at = [], 0
    for line in (line for marks in _marks(lines) for line, _ in marks):
        pieces += [text[at : lines.starts[line]], " " * len(lines.texts[line])]
        at = lines.end(line)
    return "".join([*pieces, text[at:]])


def _may_conflict(text: str) -> bool:
    return _OURS in text and _THEIRS in text


def _marks(lines: Lines) -> list[list[tuple[int, str]]]:
    """List the marks of each conflict with the numbers of their lines."""
    found, open_ = [], list[tuple[int, str]]()
    for number, row in enumerate(lines.texts):
        mark = row[:7]
        if mark not in _FOLLOWS or row[7:8].strip() or (mark == _MIDDLE and row.rstrip() != mark):
            continue
        if mark == _OURS:
            open_ = [(number, mark)]
        elif open_ and open_[-1][1] in _FOLLOWS[mark]:
            open_.append((number, mark))
            if mark == _THEIRS:
                found.append(open_)
                open_ = []
    return found


class _Walk:
    """Walks over the lines of a document and gathers its branches."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.found: list[Branch] = []
        self.stack: list[tuple[Condition, ...]] = []
        self.side: tuple[Condition, ...] = ()
        self.first = 0  # line from which on the conditions hold
        self.conflicts = 0

    def change(self, number: int, mark: str) -> None:
        """Walk over a line that is the mark of a conflict."""
        self.finish(number)
        self.conflicts += mark == _OURS
        side = Fact(("conflict", self.conflicts), mark, True)
        self.side = () if mark == _THEIRS else ((side,),)
        self.first = number + 1

    def turn(self, number: int, turn: Turn) -> None:
        """Walk over a line that begins or ends conditions, or holds a text under one."""
        if turn.ended and self.stack:
            self.finish(number)
            del self.stack[-turn.ended :]
            self.first = number if turn.is_text else number + 1
        if turn.conditions is None:
            return
        self.finish(number)
        self.stack.append(turn.conditions)
        self.first = number + 1
        if turn.alone:
            self.first = number
            self.finish(number + 1)
            self.stack.pop()
            self.first = number + 1

    def finish(self, number: int) -> None:
        """End the branch before a line."""
        conditions = (*self.side, *islice(chain.from_iterable(self.stack), _MOST))
        if conditions and self.first < number:
            start, end = self.lines.starts[self.first], self.lines.end(number - 1)
            self.found.append(Branch(start, end, conditions))
