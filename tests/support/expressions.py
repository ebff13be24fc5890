"""Find every regular expression of the package, and make inputs that are hard for each.

Knows: how to find compiled expressions in modules, how they are used there, and the structure of an
expression. Does not know: how time is measured (``growth``).

The inputs come from the expression itself: text for each of its repeated parts, repeated; text for
each of its beginnings, repeated, so that a search begins everywhere and ends nowhere; each with
ends that nearly match.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, NamedTuple

import dedup
from dedup.errors import MissingExtra
from dedup.kernel.library import NAME

#: Characters tried as members of a class, commonest first.
_PROBES = "a1 -A_.\t:\"'=/,x<>[](){}*+#|!?@`~^$%&;\\\n\r\u00e9\u4e2d\u0301\u0000"
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)
_SINGLE = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY)
_ENDLESS = 3  # a part that repeats more often is taken for one without end
_MOST_UNITS = 4

#: How many inputs of each kind an expression gets.
_MOST = {"runs": 28, "beginnings": 12, "mixtures": 4}


class Expression(NamedTuple):
    """An expression, where it stands, and whether it is only tried at one place of a text."""

    place: str
    pattern: re.Pattern[Any]
    anchored: bool

    def run(self, text: str) -> None:
        """Match or search a text, as the package does."""
        given = text if isinstance(self.pattern.pattern, str) else text.encode("utf-8", "replace")
        if self.anchored:
            self.pattern.match(given)
        elif self.place in STOPPED:
            self.pattern.search(given)
        else:
            for _ in self.pattern.finditer(given):
                pass


#: Where the search fails the text ends, so it is not begun again at each place.
STOPPED = ("dedup.segment.html._MARKUP",)


class Piece(NamedTuple):
    """An input: what stands first, what is repeated, what stands last."""

    head: str
    unit: str
    tail: str

    def make(self, size: int) -> str:
        """Make the input of about so many characters."""
        return self.head + self.unit * (size // len(self.unit)) + self.tail

    def __str__(self) -> str:
        return f"{self.head[:40]!a} + n * {self.unit[:40]!a} + {self.tail[:40]!a}"


#: The kernel's library, which is no module though it is called like one.
LIBRARY = NAME.partition(".")[0]


@cache
def modules() -> tuple[tuple[ModuleType, ast.Module], ...]:
    """Import every module of the package, and read its source."""
    found = []
    for each in pkgutil.walk_packages(dedup.__path__, "dedup."):
        if each.name.rpartition(".")[2] in ("__main__", LIBRARY):
            continue
        try:
            module = importlib.import_module(each.name)
        except MissingExtra:
            continue
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "dedup":
                raise
            continue  # an optional package is not installed
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        found.append((module, ast.parse(source)))
    return tuple(found)


@cache
def expressions() -> tuple[Expression, ...]:
    """Find the expressions that modules and their classes hold, each once."""
    found: dict[tuple[Any, int], Expression] = {}
    for module, tree in modules():
        uses = _uses(tree)
        for name, value in _named(module):
            for pattern, method in _patterns(value):
                methods = {method} if method else uses.get(name, set())
                anchored = bool(methods) and methods <= {"match", "fullmatch"}
                made = Expression(f"{module.__name__}.{name}", pattern, anchored)
                known = found.get((pattern.pattern, pattern.flags))
                if known is None or known.anchored > anchored:
                    found[pattern.pattern, pattern.flags] = made
    return tuple(found.values())


def hidden() -> list[str]:
    """List the calls of ``re`` inside functions, whose expressions no module holds."""
    found = []
    for module, tree in modules():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                continue
            calls = (each for each in ast.walk(function) if isinstance(each, ast.Call))
            found += [f"{module.__name__}: {ast.unparse(c)}" for c in calls if _is_of_re(c.func)]
    return sorted(set(found))


def keeps_groups(pattern: re.Pattern[Any]) -> bool:
    """Say whether a possessive repeat takes more than single characters, as ``(?:ab|c)*+`` does."""
    return _keeps_groups(_Shape(pattern, marks_first=False).tree)


def _keeps_groups(part: object) -> bool:
    if isinstance(part, tuple) and part and part[0] is _constants.POSSESSIVE_REPEAT:
        taken = part[1][2]
        if len(taken) != 1 or taken[0][0] not in _SINGLE:
            return True
    if isinstance(part, tuple | list | _parser.SubPattern):
        return any(map(_keeps_groups, part))
    return False


def _is_of_re(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr in ("escape", "purge"):
        return False
    return isinstance(called.value, ast.Name) and called.value.id in ("re", "regex")


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    """Say by which methods names are used in a module."""
    uses: dict[str, set[str]] = {}
    for each in ast.walk(tree):
        if isinstance(each, ast.Attribute):
            held = each.value.value if isinstance(each.value, ast.Subscript) else each.value
            if isinstance(held, ast.Name):
                uses.setdefault(held.id, set()).add(each.attr)
    return uses


def _named(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in vars(module).items():
        yield name, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from vars(value).items()


def _patterns(value: object, depth: int = 3) -> Iterator[tuple[re.Pattern[Any], str]]:
    """Find the expressions in a value, and the method where the value is one of theirs."""
    if isinstance(value, re.Pattern):
        yield value, ""
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__, value.__name__  # type: ignore[attr-defined]
    elif depth and hasattr(value, "values") and hasattr(value, "keys"):
        if not isinstance(value, type) and value is not sys.modules:
            try:
                held = list(value.values())
            except Exception:
                return
            for each in held:
                yield from _patterns(each, depth - 1)
    elif depth and isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _patterns(each, depth - 1)


def inputs(expression: Expression, line_ends: bool = True) -> list[Piece]:
    """Make inputs that are hard for an expression; without ``line_ends`` each is one line."""
    shapes = [_Shape(expression.pattern, marks_first) for marks_first in (False, True)]
    chosen: dict[Piece, None] = {}
    for kind, most in _MOST.items():
        made: dict[Piece, None] = {}
        for piece in (each for shape in shapes for each in getattr(shape, kind)()):
            if not line_ends:
                piece = Piece(*(re.sub("[\r\n]", "", part) for part in piece))
            if (
                piece.unit
                and piece not in chosen
                and not (expression.anchored and piece.head == "a")
            ):
                made.setdefault(piece)
        chosen.update(dict.fromkeys(_spread(list(made), most)))
    return list(chosen)


def _spread(made: list[Piece], most: int) -> list[Piece]:
    """Take so many of all, evenly."""
    if len(made) <= most:
        return made
    return [made[k * len(made) // most] for k in range(most)]


class _Repeat(NamedTuple):
    """A repeated part: what stands before it, what it takes, what may follow."""

    head: str
    units: list[str]
    rest: str


class _Shape:
    """What an expression is built of; ``marks_first``: classes stand for marks, not for letters."""

    def __init__(self, pattern: re.Pattern[Any], marks_first: bool) -> None:
        source = pattern.pattern
        if isinstance(source, bytes):
            source = source.decode("latin-1")
        self.flags = pattern.flags & ~re.UNICODE
        marks = [char for char in source if not (char.isalnum() or char.isspace() or char in "\\")]
        self.probes = [*dict.fromkeys((*(marks if marks_first else ()), *_PROBES))]
        self.tree = _parser.parse(source, self.flags)
        self.groups: dict[int, str] = {}
        self.repeats: list[_Repeat] = []
        self.heads: list[str] = []
        whole = self._walk(self.tree, "")
        #: What stands before each place in the expression, the shortest first.
        self.places = sorted({*self.heads, whole} - {""}, key=len)

    def runs(self) -> Iterator[Piece]:
        """Repeat what repeated parts take, and the last character of each beginning."""
        for head, units, _ in self.repeats:
            for unit in units[:2]:
                yield Piece(head, unit, " \0")
        for head in self.places:
            yield Piece("", head[-1], " \0")

    def beginnings(self) -> Iterator[Piece]:
        """Repeat what stands before each place in the expression."""
        for head in self.places:
            yield Piece("", head, "")
            yield Piece("a", head, "a")

    def mixtures(self) -> Iterator[Piece]:
        """Repeat with other ends, and two repeated parts in turn."""
        for head, units, rest in self.repeats:
            for unit in units:
                yield Piece(head, unit, rest[:-1] + "\0")
                yield Piece("", head + unit, rest[:-1])
                yield Piece("a" + head, unit, "a")
        for k, one in enumerate(self.repeats):
            for other in self.repeats[k + 1 : k + 3]:
                for unit in one.units[:2]:
                    for with_unit in other.units[:2]:
                        if unit != with_unit:
                            yield Piece(one.head, unit + with_unit, " \0")

    def _walk(self, nodes: Any, head: str) -> str:
        """Give a text that nodes take, behind a head; note repeats and beginnings on the way."""
        for k, (op, value) in enumerate(nodes):
            if op in _REPEATS:
                low, high, inner = value
                units = self._units(inner)
                before = head
                once = self._walk(inner, head)[len(head) :]
                if high > _ENDLESS and units:
                    self.repeats.append(_Repeat(before, units, self._sample(nodes[k + 1 :])))
                head += once * min(max(low, 1), 40)
            elif op is _constants.BRANCH:
                taken = [self._walk(branch, head)[len(head) :] for branch in value[1]]
                head += max(taken, key=len)
            elif op in (_constants.SUBPATTERN, _constants.ATOMIC_GROUP):
                inner = value[-1] if op is _constants.SUBPATTERN else value
                start = len(head)
                head = self._walk(inner, head)
                if op is _constants.SUBPATTERN and value[0]:
                    self.groups[value[0]] = head[start:]
            elif op is _constants.ASSERT:
                if value[0] > 0:
                    self._walk(value[1], head)
            else:
                head += self._sample([(op, value)])
            self.heads.append(head)
        return head

    def _units(self, nodes: Any) -> list[str]:
        """List what a repeated part takes once: of each branch, of some members of a class."""
        if len(nodes) == 1:
            op, value = nodes[0]
            if op is _constants.SUBPATTERN:
                return self._units(value[-1])
            if op is _constants.BRANCH:
                found = [unit for branch in value[1] for unit in self._units(branch)[:2]]
                return [*dict.fromkeys(found)][: 2 * _MOST_UNITS]
            if op in _REPEATS:
                return self._units(value[2])
            members = self._members(op, value)
            if members:
                return members[:_MOST_UNITS]
        sample = self._sample(nodes)
        return [sample] if sample else []

    def _sample(self, nodes: Any) -> str:
        """Give one text that nodes take."""
        text = ""
        for op, value in nodes:
            if op in _REPEATS:
                text += self._sample(value[2]) * min(max(value[0], 1), 40)
            elif op is _constants.BRANCH:
                text += max((self._sample(branch) for branch in value[1]), key=len)
            elif op is _constants.SUBPATTERN:
                text += self._sample(value[-1])
            elif op is _constants.ATOMIC_GROUP:
                text += self._sample(value)
            elif op is _constants.GROUPREF:
                text += self.groups.get(value, "")
            elif op is _constants.LITERAL:
                text += chr(value)
            elif op not in (_constants.ASSERT, _constants.ASSERT_NOT, _constants.AT):
                text += (self._members(op, value) or [""])[0]
        return text

    def _members(self, op: Any, value: Any) -> list[str]:
        """List characters that one node takes."""
        if op is _constants.LITERAL:
            return [chr(value)]
        if op not in (_constants.IN, _constants.ANY, _constants.NOT_LITERAL):
            return []
        tree = _parser.SubPattern(_parser.State(), [(op, value)])
        tree.state.flags = self.flags | re.UNICODE
        code = _compiler._code(tree, tree.state.flags)
        one = _compiler._sre.compile(None, tree.state.flags, code, 0, {}, (None,))
        found = [char for char in self.probes if one.fullmatch(char)]
        if not found and op is _constants.IN:
            kind, member = value[0]
            first = member if kind is _constants.LITERAL else member[0]
            return [chr(first)] if isinstance(first, int) else []
        # Members that mean something elsewhere are harder than letters: take both kinds.
        return found[:2] + found[-1:] + found[2:-1]
