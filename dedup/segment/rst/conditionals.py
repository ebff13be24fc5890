r"""The conditions of reStructuredText: the directive ``only`` of Sphinx.

Knows: which lines stand under a condition, how its expression is read, which tags Sphinx sets
together. Does not know: the tags that a project defines, other directives, blocks.

Sphinx writes one output format at a time and sets its name as a tag: ``html``, ``latex`` and so on.
The builders that write HTML set ``html`` and their own name, so text for ``epub`` is never read
together with text for ``latex``, but may be read together with text for ``html``.
"""

from __future__ import annotations

import ast
import re
from itertools import chain, product
from math import prod

from dedup.segment.branches import Condition, Fact, Turn

_ONLY = re.compile(r"\.\.[ \t]++only[ \t]*+::[ \t]++(?P<expression>\S.{0,199}+)$", re.IGNORECASE)
#: Names, ``and``, ``or``, ``not`` and parentheses, which mean in Sphinx what they mean in Python.
#: No word begins with a digit.
_EXPRESSION = re.compile(r"(?!.*\b\d)[\w \t()]++")

#: The tags of output formats. Every builder writes one of them.
_FORMATS = frozenset(("html", "latex", "man", "texinfo", "text", "xml", "pseudoxml"))
#: The tags of builders that write HTML.
_HTML_BUILDERS = frozenset(
    ("applehelp", "devhelp", "dirhtml", "epub", "htmlhelp", "json", "pickle", "qthelp",
     "singlehtml")
)  # fmt: skip

#: Conditions that one expression may come to. An expression with more is not understood.
_MOST = 50


def conditionals(text: str) -> OnlyDirectives | None:
    """Give a reader of the conditions of a text; None if the text can have none."""
    return OnlyDirectives() if "only" in text else None


class OnlyDirectives:
    """Reads the conditions of one document, line by line."""

    def __init__(self) -> None:
        self._columns: list[int] = []  # where each open directive begins

    def read(self, row: str) -> Turn | None:
        """Say what a line changes about the conditions; None if it changes nothing.

        A directive ends above the first line that is indented no further than itself.
        """
        shown = row.strip()
        only = _ONLY.match(shown) if shown.startswith("..") else None
        if not shown or not (only or self._columns):
            return None
        row = row.expandtabs(8)
        column = len(row) - len(row.lstrip())
        ended = 0
        while self._columns and column <= self._columns[-1]:
            self._columns.pop()
            ended += 1
        if only:
            self._columns.append(column)
            return Turn(conditions_of(only["expression"]), ended=ended)
        return Turn(ended=ended, is_text=True) if ended else None


def conditions_of(expression: str) -> tuple[Condition, ...]:
    """Read an expression of tags into conditions that all hold; none where it isn't understood.

    >>> [len(each) for each in conditions_of("draft and (man or text)")]
    [1, 2]
    """
    if not _EXPRESSION.fullmatch(expression):
        return ()
    try:
        return tuple(_conditions(ast.parse(expression.strip(), mode="eval").body, True))
    except (SyntaxError, ValueError):
        return ()


def _conditions(node: ast.expr, holds: bool) -> list[Condition]:
    """List the conditions under which a part of an expression is true, or false.

    Raises ValueError for what is no expression of tags, and for too many conditions.
    """
    if isinstance(node, ast.Name):
        return _tag(node.id, holds)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _conditions(node.operand, not holds)
    if not isinstance(node, ast.BoolOp):
        raise ValueError("this is no expression of tags")
    parts = [_conditions(each, holds) for each in node.values]
    if isinstance(node.op, ast.And) == holds:
        return [*chain.from_iterable(parts)]
    if prod(map(len, parts)) > _MOST:
        raise ValueError("these are too many conditions")
    return [tuple(chain.from_iterable(way)) for way in product(*parts)]


def _tag(name: str, holds: bool) -> list[Condition]:
    """List the conditions under which a tag is set, or not set."""
    if name in _FORMATS:
        return [(Fact("format", name, holds, everywhere=True),)]
    if name not in _HTML_BUILDERS:
        return [(Fact(("tag", name), True, holds, everywhere=True),)]
    builder: Condition = (Fact("builder", name, holds, everywhere=True),)
    return [*_tag("html", True), builder] if holds else [builder]
