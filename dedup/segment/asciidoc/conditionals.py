r"""The conditions of AsciiDoc: ``ifdef`` and the like.

Knows: ``ifdef``, ``ifndef``, ``ifeval`` and ``endif``, and where a document sets an attribute. Does
not know: the values of attributes, which lines a condition covers (``branches``), blocks.
"""

from __future__ import annotations

import re

from dedup.segment.branches import Condition, Fact, Turn

#: A line that begins or ends a branch, or holds a branch of one line.
CONDITIONAL = re.compile(
    r"(?P<kind>ifn?def|ifeval|endif)::(?P<names>[^\s\[\]]*+)\[(?P<words>.*)\]\s*+$"
)
_ENTRY = re.compile(r":!?(?P<name>[\w][\w-]*+)!?:(?:\s|$)")
_COMPARISON = re.compile(r"(?P<left>[^=!<>]*+)(?P<sign>==|!=|<=|>=|<|>)(?P<right>.*)$")
#: Comparisons that are the opposite of others.
_CONTRARY = {"!=": "==", ">": "<=", "<": ">="}
_REFERENCE = re.compile(r"\{([\w-]+)\}")
_OPENINGS = ("ifdef::", "ifndef::", "ifeval::")


def conditionals(text: str) -> AttributeConditionals | None:
    """Give a reader of the conditions of a text; None if the text has no conditional."""
    return AttributeConditionals() if any(each in text for each in _OPENINGS) else None


class AttributeConditionals:
    """Reads the conditions of one document, line by line."""

    def __init__(self) -> None:
        self._ages: dict[str, int] = {}  # how often each attribute was set so far

    def read(self, row: str) -> Turn | None:
        """Say what a line changes about the conditions; None if it changes nothing."""
        found = CONDITIONAL.match(row)
        if not found:
            if entry := _ENTRY.match(row):
                self._ages[entry["name"]] = self._ages.get(entry["name"], 0) + 1
            return None
        kind, names, words = found.groups()
        if kind == "endif":
            return Turn(ended=1)
        if kind == "ifeval":
            return Turn(self._comparison(words))
        return Turn(self._attributes(kind == "ifdef", names), alone=bool(words))

    def _attributes(self, is_set: bool, names: str) -> tuple[Condition, ...]:
        """Read the attributes of ``ifdef`` and ``ifndef`` into conditions that all hold."""
        every = [each for each in names.replace("+", ",").split(",") if each]
        facts = [Fact((each, self._ages.get(each, 0)), True, is_set) for each in every]
        # Of "a,b" one must be set, of "a+b" both; ifndef is the opposite of ifdef.
        together = ("+" in names) == is_set
        return tuple((fact,) for fact in facts) if together else (tuple(facts),) if facts else ()

    def _comparison(self, words: str) -> tuple[Condition, ...]:
        """Read the comparison of ``ifeval`` into conditions that all hold."""
        found = _COMPARISON.match(words)
        if not found:
            return ()
        left, sign, right = found["left"].strip(), found["sign"], found["right"].strip()
        age = tuple(self._ages.get(each, 0) for each in _REFERENCE.findall(left))
        holds = sign not in _CONTRARY
        sign = _CONTRARY.get(sign, sign)
        if sign == "==":
            return ((Fact((left.strip("\"'"), age), right.strip("\"'"), holds),),)
        return ((Fact((left, sign, right, age), True, holds),),)
