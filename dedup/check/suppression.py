"""Comments in a document that switch rules off.

Knows: what the comments say and which paragraphs they are about. Does not know: how a markup
writes comments (``segment``), what the rules find.

    dedup-disable [rule...] [-- reason]    from here on
    dedup-enable [rule...]                 on again
    dedup-disable-next [rule...]           the next paragraph; also dedup-disable-next-line
    dedup-disable-file [rule...]           the whole file, wherever it stands

Without a rule all are meant; commas between rules do no harm. A comment is about the paragraphs
that end behind it, so one inside a paragraph is about that too. Each item of a list is a paragraph.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from dedup.check.finding import RULES
from dedup.check.nearest import instead_of
from dedup.paragraph import Paragraph
from dedup.segment import comments

#: Each rule as a bit, so that what is off for a paragraph is one number.
BITS: Mapping[str, int] = MappingProxyType({rule: 1 << k for k, rule in enumerate(RULES)})
ALL = sum(BITS.values())

DISABLE, ENABLE, NEXT, FILE = (
    "dedup-disable",
    "dedup-enable",
    "dedup-disable-next",
    "dedup-disable-file",
)
_VERBS = {DISABLE: DISABLE, ENABLE: ENABLE, NEXT: NEXT, f"{NEXT}-line": NEXT, FILE: FILE}

_DIRECTIVE = re.compile(
    r"(dedup-[a-z-]*[a-z])(?![\w-])(?:\s+(?!--)([^\n]*?))?(?:\s*--.*)?\s*\Z", re.S
)


class Directive(NamedTuple):
    """A comment that speaks to us.

    verb: what it does, None if it can't be understood, for the ``reason``. rules: bits. line: where
    it stands, from 1. at: the position behind it.
    """

    verb: str | None
    rules: int
    line: int
    at: int
    comment: str
    reason: str = ""


class Scope(NamedTuple):
    """What a directive switches off: positions of paragraphs, and for each the rules as bits."""

    directive: Directive
    paragraphs: list[tuple[int, int]]


def directives(text: str, markup: str) -> list[Directive]:
    """Find the comments that speak to us. Cost: nothing where "dedup-" isn't in the text."""
    if "dedup-" not in text:
        return []
    found = []
    for start, end, inner in comments(text, markup):
        said = _DIRECTIVE.match(inner)
        if said:
            line = 1 + _line_ends(text[:start])
            found.append(_directive(said, line, end, " ".join(inner.split())))
    return found


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _directive(said: re.Match[str], line: int, at: int, comment: str) -> Directive:
    verb = _VERBS.get(said[1])
    if verb is None:
        return Directive(None, 0, line, at, comment, f"{said[1]} {instead_of(said[1], _VERBS)}")
    names = (said[2] or "").replace(",", " ").split()
    rules = 0 if names else ALL
    for name in names:
        if name not in BITS:
            return Directive(None, 0, line, at, comment, f"rule {name!r} {instead_of(name, RULES)}")
        rules |= BITS[name]
    return Directive(verb, rules, line, at, comment)


def scopes(found: Sequence[Directive], paragraphs: Sequence[Paragraph]) -> list[Scope]:
    """Say which paragraphs of the document each directive is about.

    paragraphs: those of the document, in reading order; answers with positions in it. Directives
    that switch on again, or can't be understood, have none. Cost: directives times paragraphs.
    """
    return [
        Scope(directive, list(_scope(directive, found[number + 1 :], paragraphs)))
        for number, directive in enumerate(found)
    ]


def _scope(
    directive: Directive, later: Sequence[Directive], paragraphs: Sequence[Paragraph]
) -> Iterator[tuple[int, int]]:
    rules = directive.rules
    behind = (k for k, each in enumerate(paragraphs) if each.end > directive.at)
    if directive.verb == FILE:
        yield from ((k, rules) for k in range(len(paragraphs)))
    elif directive.verb == NEXT:
        yield from ((k, rules) for k in islice(behind, 1))
    elif directive.verb == DISABLE:
        enabling = deque(each for each in later if each.verb == ENABLE)
        for k in behind:
            while enabling and paragraphs[k].end > enabling[0].at:
                rules &= ~enabling.popleft().rules
            if not rules:
                return
            yield k, rules
