r"""Which elements of HTML and which components are open at a place of a Markdown document.

Knows: their tags, even if blank lines and other blocks stand between them. Does not know: blocks,
the contents of elements, which tags stand in code (the caller passes only places outside of code).

An element that is never closed does not count as open, so a stray tag changes nothing below it.
"""

from __future__ import annotations

import re

#: A tag: slash, name, attributes, and whether it ends. The arrow of a function ends none.
_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]*+)((?>(?:[^<>=]++|=>?)*))(>?)")
_CLOSING = re.compile(r"</([A-Za-z][\w.:-]*+)")

#: Elements that hold blocks and can't be left open.
_HOLDING = frozenset(
    ("article", "aside", "blockquote", "center", "details", "div", "dl", "fieldset", "figure",
     "footer", "form", "header", "main", "nav", "ol", "section", "table", "ul")
)  # fmt: skip
_COMPONENT = re.compile(r"[A-Z][\w.]*[a-z]")


class Elements:
    """The open elements of one document, which is read from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._open: list[str] = []
        self._counts: dict[str, int] = {}
        self._components = 0
        self._ends: dict[str, int] | None = None  # where the last closing tag of a name stands

    def read(self, start: int, end: int) -> None:
        """Read the tags between two positions. Cost: linear, all calls together."""
        for found in _TAG.finditer(self.text, start, end):
            slash, name, attributes, closed = found.groups()
            name = name if _COMPONENT.match(name) else name.lower()
            if not closed or attributes.endswith("/"):
                continue
            if slash:
                self._close(name)
            elif (name in _HOLDING or _COMPONENT.match(name)) and self._end(name) > found.end():
                self._open.append(name)
                self._counts[name] = self._counts.get(name, 0) + 1
                self._components += name[0].isupper()

    def around(self, position: int) -> bool:
        """Say whether an element is open at a position behind all that was read, and no table."""
        while self._open and self._end(self._open[-1]) <= position:
            self._pop()
        return bool(self._open) and not self._counts.get("table")

    def in_component(self, position: int) -> bool:
        """Say whether one of those is a component."""
        return self.around(position) and self._components > 0

    def _close(self, name: str) -> None:
        """Close an element and what is still open in it."""
        if self._counts.get(name):
            while self._pop() != name:
                pass

    def _pop(self) -> str:
        name = self._open.pop()
        self._counts[name] -= 1
        self._components -= name[0].isupper()
        return name

    def _end(self, name: str) -> int:
        if self._ends is None:
            self._ends = {}
            for found in _CLOSING.finditer(self.text):
                known = found[1] if _COMPONENT.match(found[1]) else found[1].lower()
                self._ends[known] = found.start()
        return self._ends.get(name, -1)
