"""How wording is shown: differing words marked, words in common shortened, lines wrapped.

Knows: columns, colour codes. Does not know: findings, which characters control a terminal
(``escapes``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from os.path import commonprefix

from dedup.explanation import Stretch
from dedup.reports.escapes import visible

__all__ = ["counted", "mark", "one_line", "shorten", "visible", "wrap"]

#: A piece of text and its colour, "" for none.
Piece = tuple[str, str]

OLD, NEW = "\x1b[31m", "\x1b[32m"  # red, green
_PLAIN = "\x1b[0m"

#: The most characters that are shown of a changed stretch.
_MOST_CHANGED = 1_000

#: The spaces and punctuation behind the last word of a text, which is read backwards.
_AFTER_WORD = re.compile(r"\s*+[^\w\s]*+")
_BETWEEN_WORDS = re.compile(r"(\s+)")
_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """Write a text on one line, with single spaces and no characters that control a terminal."""
    return visible(_SPACES.sub(" ", text).strip())


def shorten(text: str, most: int) -> str:
    """Cut a text after a word so that at most some ``most`` characters stay."""
    text = text[: 2 * most].strip() if len(text) > 2 * most else text
    if len(text) <= most:
        return text
    head = text[:most]
    cut = max(head.rfind(" "), head.rfind("\n"))
    return (head[:cut] if cut > most // 2 else head).rstrip() + " …"


def mark(stretches: Iterable[Stretch], context: int = 0) -> list[Piece]:
    """Mark the words that differ, ``[-old-]{+new+}``; words in common are shown as in the new text.

    With a ``context``, only so many characters of words in common are shown beside a difference.
    """
    every = list(stretches)
    pieces: list[Piece] = []
    for k, each in enumerate(every):
        if each.op == "same":
            pieces.append((_nearby(each.new, context, k > 0, k + 1 < len(every)), ""))
            continue
        end = common_end(each.old, each.new)
        old, new = each.old.removesuffix(end).strip(), each.new.removesuffix(end).strip()
        if old:
            pieces.append((f"[-{shorten(old, _MOST_CHANGED)}-]", OLD))
        if new:
            pieces.append((f"{{+{shorten(new, _MOST_CHANGED)}+}}", NEW))
        pieces.append((end or _space_after(each.new or each.old), ""))
    return pieces


def common_end(old: str, new: str) -> str:
    """Give the punctuation and spaces with which both texts end."""
    turned = _AFTER_WORD.match(new[::-1])
    tail = new[len(new) - turned.end() :] if turned else ""
    turned_end = commonprefix([old[::-1], tail[::-1]])  # noqa: RUF071 - characters are meant
    return turned_end[::-1]


def _space_after(text: str) -> str:
    return " " if text[-1:].isspace() else ""


def _nearby(text: str, context: int, before: bool, after: bool) -> str:
    """Leave out the middle or the far end of a long stretch in common."""
    if not context or len(text) <= 3 * context or not (before or after):
        return text
    head = _SPACES.split(text[:context].rstrip())[:-1] if before else []
    tail = _SPACES.split(text[-context:].lstrip())[1:] if after else []
    start = " ".join(head) or (text[:context] if before else "")
    end = " ".join(tail) or (text[-context:].strip() if after else "")
    space = _space_after(text) if after else ""
    return f"{start} … {end}".strip(" " if not before else "") + space


def wrap(pieces: Iterable[Piece], columns: int, colour: bool) -> Iterator[str]:
    """Wrap pieces into lines at white space, or inside a word that is longer than a line."""
    line: list[Piece] = []
    used = 0
    for word in _words(pieces):
        width = sum(_width(text) for text, _ in word)
        if line and used + 1 + width > columns:
            yield _painted(line, colour)
            line, used = [], 0
        if line:
            line.append((" ", ""))
            used += 1
        for text, paint in word if width <= columns else _characters(word):
            size = _width(text)
            if used + size > columns and line:
                yield _painted(line, colour)
                line, used = [], 0
            line.append((text, paint))
            used += size
    if line:
        yield _painted(line, colour)


def _words(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Split pieces at white space into words; a word may have several pieces."""
    word: list[Piece] = []
    for text, paint in pieces:
        for part in _BETWEEN_WORDS.split(text):
            if part.isspace():
                if word:
                    yield word
                word = []
            elif part:
                word.append((visible(part), paint))
    if word:
        yield word


def _characters(word: list[Piece]) -> Iterator[Piece]:
    for text, paint in word:
        for char in text:
            yield char, paint


def _width(text: str) -> int:
    """Give the number of columns that a text fills."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def _painted(line: list[Piece], colour: bool) -> str:
    """Join a line, with a colour code where the colour changes."""
    if not colour:
        return "".join(text for text, _ in line)
    out, now = [], ""
    for text, paint in line:
        paint = now if text == " " and paint == "" else paint
        if paint != now:
            out.append((_PLAIN if now else "") + paint)
            now = paint
        out.append(text)
    return "".join(out) + (_PLAIN if now else "")


def counted(number: int, name: str) -> str:
    """Write a number with its noun, in the plural if necessary."""
    if number == 1:
        return f"1 {name}"
    return f"{number:,} {name[:-1]}ies" if name.endswith("y") else f"{number:,} {name}s"
