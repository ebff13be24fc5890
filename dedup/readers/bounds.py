"""The memory that one document takes while it is read, cut and written, and its bound.

Knows: bytes of memory for each byte of a row, a page, a text, whatever stands in it, as measured.
Does not know: containers, markup, how a job divides its memory otherwise.

The estimates are upper bounds, and cheap: a few searches through the bytes, and none at all where
the size alone says that it fits.
"""

from __future__ import annotations

import re

#: The share of a job's memory that one document may take: two processes may hold one each, beside
#: what they need themselves.
SHARE = 0.36

#: How often the bytes of a document may be in memory at once, where no job says how much there is.
TIMES = 16

#: What any document may take where no job says otherwise.
LEAST = 1 << 26

#: Bytes in memory for each byte of a document, whatever it holds.
_MOST = 1_000

#: How often a document is held: its bytes; its characters; an element of JSON of each kind.
_BYTES, _CHARACTERS = 6, 3
_STRING, _BRACKET, _NUMBER = 100, 80, 40

#: A tag of HTML with what is around it.
_TAG = 400

#: A tag or a line of a markup, with the block that may begin there, while a document is cut.
_BLOCK = 1_000

_BEYOND = re.compile(rb"[\xf0-\xf7]")
_HALF = re.compile(rb"\\u[Dd][89ABab]")


def of_job(memory: int) -> int:
    """Say what one document of a job may take of its memory."""
    return int(memory * SHARE)


def memory_for(size: int) -> int:
    """Say what memory a job needs to hold a document of that cost."""
    return int(size / SHARE) + 1


def is_small(size: int, room: int) -> bool:
    """Say whether a document of so many bytes fits, whatever it holds."""
    return size * _MOST <= room


def of_row(raw: bytes) -> int:
    """Estimate the bytes that a line of JSON takes. Cost: 2 ns a byte."""
    strings = raw.count(b'"') - raw.count(b'\\"')
    elements = (
        _STRING * strings // 2
        + _BRACKET * (raw.count(b"[") + raw.count(b"{"))
        + _NUMBER * raw.count(b",")
    )
    return (_BYTES + _CHARACTERS * _width(raw, escapes=True)) * len(raw) + elements


def of_page(raw: bytes) -> int:
    """Estimate the bytes that a page of HTML takes. Cost: 1 ns a byte."""
    return (_BYTES + _CHARACTERS * _width(raw)) * len(raw) + _TAG * raw.count(b"<")


def of_markup(text: str) -> int:
    """Estimate the bytes that a text in a markup takes while it is cut. Cost: 1 ns a character."""
    return _CHARACTERS * text.__sizeof__() + _BLOCK * (text.count("<") + text.count("\n"))


def _width(raw: bytes, escapes: bool = False) -> int:
    """Say how many bytes Python takes at most for a character of a text: 1, 2 or 4."""
    width = 1
    if escapes and _HALF.search(raw):
        return 4
    if escapes and b"\\u" in raw:
        width = 2
    if raw.isascii():
        return width
    return 4 if _BEYOND.search(raw) else 2
