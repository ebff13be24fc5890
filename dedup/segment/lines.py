r"""Lines and their places in a text.

Knows: the line ends \n, \r\n and \r, mixed too, the byte order mark, front matter. Does not
know: any markup.
"""

from __future__ import annotations

import re
from itertools import accumulate
from operator import add
from typing import NamedTuple

_END = re.compile(r"\r\n?|\n")
_MARK = "\ufeff"
_YAML = re.compile(r"\s*(?:#|- |[^\s:][^:]*:(?:\s|$))")


class Lines(NamedTuple):
    """The lines of a text without their ends, and the position of the first character of each."""

    texts: list[str]
    starts: list[int]

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Give start and end of the lines ``first`` to ``last`` without outer white space.

        Lines count from 0 here; both must hold something visible.
        """
        head, tail = self.texts[first], self.texts[last]
        start = self.starts[first] + len(head) - len(head.lstrip())
        return start, self.starts[last] + len(tail.rstrip())

    def end(self, line: int) -> int:
        """Give the position behind the last character of a line, before its line end."""
        return self.starts[line] + len(self.texts[line])


def split_lines(text: str) -> Lines:
    """Split a text into lines; a byte order mark belongs to none. Cost: linear."""
    if "\r" in text:
        starts = [0, *(found.end() for found in _END.finditer(text))]
        texts = _END.split(text)
    else:
        texts = text.split("\n")
        starts = list(map(add, accumulate(map(len, texts), initial=0), range(len(texts))))
    if text.startswith(_MARK):
        texts[0] = texts[0][1:]
        starts[0] = 1
    return Lines(texts, starts)


def front_matter(lines: Lines) -> int:
    """Count the lines of the front matter: YAML, TOML, ``;;;`` or JSON; 0 if there is none.

    Hyphens begin front matter only if YAML seems to follow, because a text may begin with a rule.
    """
    texts = lines.texts
    head = texts[0].rstrip()
    if head in ("+++", ";;;"):
        return _closing(texts, (head,))
    if head == "---":
        closing = _closing(texts, ("---", "..."))
        body = next((each for each in texts[1 : max(closing - 1, 1)] if each.strip()), "#")
        return closing if _YAML.match(body) else 0
    if head == "{" or head.startswith('{"'):
        return 1 if head.endswith("}") else _closing(texts, ("}",))
    return 0


def _closing(texts: list[str], marks: tuple[str, ...]) -> int:
    """Count the lines up to the first that is one of the marks, with that line; 0 if none is."""
    for number in range(1, len(texts)):
        if texts[number].rstrip() in marks:
            return number + 1
    return 0
