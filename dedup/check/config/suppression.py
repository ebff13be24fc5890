"""Comments in a document that switch rules off.

Knows: what the comments say and which paragraphs they are about. Does not know: how a markup
writes comments (``segment``), what the rules find.

    dedup-disable [rule...] [-- reason]    from here on
    dedup-enable [rule...]                 on again
    dedup-disable-next [rule...]           the next paragraph; also dedup-disable-next-line
    dedup-disable-file [rule...]           the whole file, wherever it stands

A comment without rules is about all rules. Commas may stand between rules. A comment applies to the
paragraphs that end behind it, and so to a paragraph that it stands in. Each item of a list is a
paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import NamedTuple

from dedup.check.findings.report import RULES
from dedup.checks import instead_of
from dedup.paragraph import Paragraph
from dedup.segment import comments

#: The bit of each rule, so that the rules that are off for a paragraph are one number.
BITS: Mapping[str, int] = MappingProxyType({rule: 1 << k for k, rule in enumerate(RULES)})
ALL = sum(BITS.values())

DISABLE, ENABLE, NEXT, FILE = (
    "dedup-disable",
    "dedup-enable",
    "dedup-disable-next",
    "dedup-disable-file",
)
_VERBS = {DISABLE: DISABLE, ENABLE: ENABLE, NEXT: NEXT, f"{NEXT}-line": NEXT, FILE: FILE}

_VERB = re.compile(r"dedup-[a-z-]*+(?!\w)")
_MOST_SHOWN = 200  # characters of a comment


class Directive(NamedTuple):
    """A comment that is addressed to dedup.

    Attributes:
        verb: what it does; None for a comment that can't be understood.
        rules: the bits of its rules.
        line: the line on which it stands, from 1.
        at: the position behind it.
        comment: its words.
        reason: why it can't be understood, else "".

    """

    verb: str | None
    rules: int = 0
    line: int = 1
    at: int = 0
    comment: str = ""
    reason: str = ""


class Suppression(NamedTuple):
    """The paragraphs for which a directive switches rules off.

    stretches: each is (first paragraph, paragraph behind the last, bits of rules). A directive has
    at most one stretch for each rule.
    """

    directive: Directive
    stretches: list[tuple[int, int, int]]


def directives(text: str, markup: str) -> list[Directive]:
    """Find the comments that are addressed to dedup. Cost: none where the text has no "dedup-"."""
    if "dedup-" not in text:
        return []
    found = []
    line, read = 1, 0
    for start, end, inner in comments(text, markup):
        verb = _VERB.match(inner)
        directive = _directive(verb[0].rstrip("-"), inner[verb.end() :]) if verb else None
        if directive:
            line += _line_ends(text[read:start])
            read = start
            shown = " ".join(inner[:_MOST_SHOWN].split())
            found.append(directive._replace(line=line, at=end, comment=shown))
    return found


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _directive(verb: str, rest: str) -> Directive | None:
    """Read what a comment does, and for which rules; None for a comment that is not for dedup."""
    meant = _VERBS.get(verb)
    if meant is None:
        reason = f"{verb} {instead_of(verb, _VERBS)}"
        return Directive(None, reason=reason) if "did you mean" in reason else None
    names = rest.partition("--")[0].replace(",", " ").split()
    wrong = next((name for name in names if name not in BITS), None)
    if wrong is not None:
        return Directive(None, reason=f"rule {wrong[:40]!r} {instead_of(wrong[:40], RULES)}")
    return Directive(meant, sum(BITS[name] for name in set(names)) or ALL)


def scopes(found: Sequence[Directive], paragraphs: Sequence[Paragraph]) -> list[Suppression]:
    """Say to which paragraphs of a document each directive applies.

    paragraphs: the paragraphs of the document, in reading order; stretches are positions in it.
    Directives that switch rules on again, or that can't be understood, have none. Cost: linear.
    """
    if not found:
        return []
    ends = [each.end for each in paragraphs]
    answer = []
    enabled = dict.fromkeys(BITS.values(), len(paragraphs))
    for directive in reversed(found):
        first = bisect_right(ends, directive.at)
        if directive.verb == FILE:
            stretches = [(0, len(paragraphs), directive.rules)]
        elif directive.verb == NEXT:
            stretches = [(first, min(first + 1, len(paragraphs)), directive.rules)]
        elif directive.verb == DISABLE:
            stretches = [
                (first, end, rule) for rule, end in enabled.items() if rule & directive.rules
            ]
        else:
            stretches = []
        if directive.verb == ENABLE:
            enabled.update({rule: first for rule in enabled if rule & directive.rules})
        answer.append(Suppression(directive, [each for each in stretches if each[0] < each[1]]))
    return answer[::-1]


def switched_off(found: Iterable[Suppression], count: int) -> list[int]:
    """Give the bits of the rules that are off for each of ``count`` paragraphs. Cost: linear."""
    steps = {rule: [0] * (count + 1) for rule in BITS.values()}
    for scope in found:
        for first, end, rules in scope.stretches:
            for rule, changes in steps.items():
                if rule & rules:
                    changes[first] += 1
                    changes[end] -= 1
    off = [0] * count
    for rule, changes in steps.items():
        for k, depth in zip(range(count), accumulate(changes), strict=False):
            if depth:
                off[k] |= rule
    return off
