r"""Stretches of a document that not every reader of it sees, and which of them exclude each other.

Knows: the conditionals of AsciiDoc (``ifdef``, ``ifndef``, ``ifeval``), the marks of a merge
conflict that was not settled. Does not know: blocks, the values of attributes.

A condition is read as a sum of facts: a variable has a value or hasn't. Two stretches exclude each
other where their facts can't all be true: nobody reads both. An attribute that the document sets
again in between is another variable from there on. Cost: linear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain, islice, pairwise
from typing import NamedTuple

from dedup.segment.lines import Lines, split_lines

#: A line that begins or ends what is read under a condition, or holds such a text itself.
CONDITIONAL = re.compile(
    r"(?P<kind>ifn?def|ifeval|endif)::(?P<names>[^\s\[\]]*+)\[(?P<words>.*)\]\s*+$"
)
_ENTRY = re.compile(r":!?(?P<name>[\w][\w-]*+)!?:(?:\s|$)")
_COMPARISON = re.compile(r"(?P<left>[^=!<>]*+)(?P<sign>==|!=|<=|>=|<|>)(?P<right>.*)$")
#: Comparisons that are the contrary of others.
_CONTRARY = {"!=": "==", ">": "<=", "<": ">="}

#: Conditions of a stretch that are kept; of more the innermost are taken for true.
_MOST = 50
_REFERENCE = re.compile(r"\{([\w-]+)\}")
_OPENINGS = ("ifdef::", "ifndef::", "ifeval::")

_OURS, _BASE, _MIDDLE, _THEIRS = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
#: Which marks may stand before a mark.
_FOLLOWS = {_OURS: (), _BASE: (_OURS,), _MIDDLE: (_OURS, _BASE), _THEIRS: (_MIDDLE,)}


class Fact(NamedTuple):
    """A variable has a value, or hasn't."""

    variable: object
    value: object
    holds: bool

    def contradicts(self, other: Fact) -> bool:
        """Say whether not both can be true."""
        if self.variable != other.variable:
            return False
        if self.value == other.value:
            return self.holds != other.holds
        return self.holds and other.holds


#: Facts of which at least one is true.
Condition = tuple[Fact, ...]


class Branch(NamedTuple):
    """A stretch of a text and all the conditions under which it is read."""

    start: int
    end: int
    conditions: tuple[Condition, ...]


class Conflict(NamedTuple):
    """A merge conflict that was not settled: its first line, from 1, and where its sides stand."""

    line: int
    sides: tuple[tuple[int, int], ...]


def exclusive(one: Iterable[Condition], other: Iterable[Condition]) -> bool:
    """Say whether the conditions of two stretches can't all be true together."""
    every = [*one, *other]
    sure = [condition[0] for condition in every if len(condition) == 1]
    return any(
        all(any(fact.contradicts(known) for known in sure) for fact in condition)
        for condition in every
    )


def branches(text: str, markup: str) -> list[Branch]:
    """Find the stretches that are read under a condition, in order, no two overlapping.

    Cost: linear, or next to none where neither a conditional nor a conflict stands in the text.
    """
    conditional = markup == "asciidoc" and any(each in text for each in _OPENINGS)
    if not conditional and not _may_conflict(text):
        return []
    lines = split_lines(text)
    reader = _Reader(lines)
    sides = {line: mark for marks in _marks(lines) for line, mark in marks}
    for number, row in enumerate(lines.texts):
        if number in sides:
            reader.change(number, sides[number])
        elif conditional and (found := CONDITIONAL.match(row)):
            reader.conditional(number, found)
        elif conditional and (entry := _ENTRY.match(row)):
            reader.ages[entry["name"]] = reader.ages.get(entry["name"], 0) + 1
    reader.finish(len(lines.texts))
    return reader.found


def conflicts(text: str) -> list[Conflict]:
    """Find the merge conflicts that were not settled."""
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
    """Make the marks of merge conflicts white space, so that both sides are read."""
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
    """List for each conflict the numbers of the lines with its marks, and the marks."""
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


class _Reader:
    """The conditions that hold at a line of a document."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.found: list[Branch] = []
        self.ages: dict[str, int] = {}  # how often each attribute was set so far
        self.stack: list[tuple[Condition, ...]] = []
        self.side: tuple[Condition, ...] = ()
        self.first = 0  # line from which on the conditions hold
        self.conflicts = 0

    def change(self, number: int, mark: str) -> None:
        """Pass the mark of a conflict."""
        self.finish(number)
        self.conflicts += mark == _OURS
        side = Fact(("conflict", self.conflicts), mark, True)
        self.side = () if mark == _THEIRS else ((side,),)
        self.first = number + 1

    def conditional(self, number: int, found: re.Match[str]) -> None:
        """Pass a line that begins or ends a branch, or is one."""
        kind, names, words = found.groups()
        if kind == "endif":
            if self.stack:
                self.finish(number)
                self.stack.pop()
                self.first = number + 1
            return
        self.finish(number)
        self.stack.append(self._conditions(kind, names, words))
        self.first = number + 1
        if kind != "ifeval" and words:
            self.first = number
            self.finish(number + 1)
            self.stack.pop()
            self.first = number + 1

    def finish(self, number: int) -> None:
        """End the stretch before a line."""
        conditions = (*self.side, *islice(chain.from_iterable(self.stack), _MOST))
        if conditions and self.first < number:
            start, end = self.lines.starts[self.first], self.lines.end(number - 1)
            self.found.append(Branch(start, end, conditions))

    def _conditions(self, kind: str, names: str, words: str) -> tuple[Condition, ...]:
        """Read what a line says into conditions, which hold all together."""
        if kind == "ifeval":
            return self._comparison(words)
        sense = kind == "ifdef"
        every = [each for each in names.replace("+", ",").split(",") if each]
        facts = [Fact((each, self.ages.get(each, 0)), True, sense) for each in every]
        # Of "a,b" one must be set, of "a+b" both; ifndef is the contrary of ifdef.
        together = ("+" in names) == sense
        return tuple((fact,) for fact in facts) if together else (tuple(facts),) if facts else ()

    def _comparison(self, words: str) -> tuple[Condition, ...]:
        """Read what ``ifeval`` compares."""
        found = _COMPARISON.match(words)
        if not found:
            return ()
        left, sign, right = found["left"].strip(), found["sign"], found["right"].strip()
        age = tuple(self.ages.get(each, 0) for each in _REFERENCE.findall(left))
        holds = sign not in _CONTRARY
        sign = _CONTRARY.get(sign, sign)
        if sign == "==":
            return ((Fact((left.strip("\"'"), age), right.strip("\"'"), holds),),)
        return ((Fact((left, sign, right, age), True, holds),),)
