"""Estimates of the memory that one document takes while it is read, cut and written.

Knows: how much memory a byte of a row, a page or a text takes at most, as measured. Does not know:
containers, markup, what else a job uses its memory for.

The estimates are upper bounds, and cheap: a few searches through the bytes, and none where the size
alone says that the document fits.
"""

from __future__ import annotations

import re

#: The share of a job's memory that one document may take. Two processes may hold one each, and
#: need some memory themselves.
SHARE = 0.36

#: Without a job, one document may take this many times ``max_bytes``, and always this many bytes.
TIMES = 16
LEAST = 1 << 26

#: Bytes of memory for a byte of a document, whatever it holds.
_MOST = 1_000

#: Copies of the bytes of a document in memory, and of its characters.
_BYTES, _CHARACTERS = 6, 3

#: Bytes of memory for a string, a list or object, and a number of JSON.
_STRING, _BRACKET, _NUMBER = 100, 80, 40

#: Bytes of memory for a tag of HTML with the text behind it.
_TAG = 400

#: Bytes of memory for a tag or line of a markup, at which a block may begin.
_BLOCK = 1_000

#: A character beyond U+FFFF: in UTF-8, and as an escape of JSON.
_BEYOND = re.compile(rb"[\xf0-\xf7]")
_HALF = re.compile(rb"\\u[Dd][89ABab]")


def of_job(memory: int) -> int:
    """Give the bytes of a job's memory that one document may take."""
    return int(memory * SHARE)


def memory_for(size: int) -> int:
    """Give the memory that a job needs so that one document may take ``size`` bytes of it."""
    return int(size / SHARE) + 1


def is_small(size: int, room: int) -> bool:
    """Say whether a document of ``size`` bytes fits into ``room`` bytes, whatever it holds."""
    return size * _MOST <= room


def of_row(raw: bytes) -> int:
    """Estimate the memory that a line of JSON takes, in bytes. Cost: 2 ns a byte."""
    strings = raw.count(b'"') - raw.count(b'\\"')
    elements = (
        _STRING * strings // 2
        + _BRACKET * (raw.count(b"[") + raw.count(b"{"))
        + _NUMBER * raw.count(b",")
    )
    return (_BYTES + _CHARACTERS * _width(raw, escapes=True)) * len(raw) + elements


def of_page(raw: bytes) -> int:
    """Estimate the memory that a page of HTML takes, in bytes. Cost: 1 ns a byte."""
    return (_BYTES + _CHARACTERS * _width(raw)) * len(raw) + _TAG * raw.count(b"<")


def of_markup(text: str) -> int:
    """Estimate the memory to cut a text in a markup, in bytes. Cost: 1 ns a character."""
    return _CHARACTERS * text.__sizeof__() + _BLOCK * (text.count("<") + text.count("\n"))


def _width(raw: bytes, escapes: bool = False) -> int:
    """Give the bytes that Python takes for a character of the text at most: 1, 2 or 4."""
    width = 1
    if escapes and _HALF.search(raw):
        return 4
    if escapes and b"\\u" in raw:
        width = 2
    if raw.isascii():
        return width
    return 4 if _BEYOND.search(raw) else 2
