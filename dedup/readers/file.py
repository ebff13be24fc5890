"""Text files, folders and standard input: paths, and bytes to text.

Knows: the files of a folder, bytes, encodings, byte-order marks. Does not know: how a file is
opened (``dedup.files``), containers, markup, paragraphs.

A pipe that the user names is not read; its output is read from standard input, as "-".
"""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from dedup.checks import check_choice
from dedup.errors import InputError
from dedup.files import dead_link, kind_of, missing, open_file, require_file, unreadable
from dedup.paragraph import Document, Extent, Skipped

#: The path of standard input, and the source of documents from it.
STDIN = "-"

#: Bytes at the beginning of a file in which a NUL says that the file isn't text.
SNIFF = 8192

# Byte-order marks. UTF-32-LE comes before UTF-16-LE, with whose mark its own begins.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Encodings that a mark may overrule, by Python's name, and what is read without a mark.
_MARKED = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}

ERRORS = ("strict", "replace", "ignore", "surrogateescape", "backslashreplace")


@dataclass(frozen=True, slots=True)
class TextFile(Document):
    """A document that was a file of its own.

    encoding: the encoding that turns the text back into the bytes of the file.
    raw: the bytes of the file, where encoding the text would give other ones; else None. None for
        HTML.
    """

    encoding: str = "utf-8"
    raw: bytes | None = field(default=None, repr=False, compare=False)

    def decoded(self, raw: bytes, errors: str = "strict") -> str:
        """Decode bytes in the encoding of this file."""
        return raw.decode(self.encoding, errors)


class Unfit(InputError):
    """The content of a file doesn't fit its name. In a folder, such a file is passed over."""

    @property
    def notice(self) -> str:
        """The reason to report where the file stands in a folder and is passed over."""
        return self.reason


class NotDecodable(Unfit):
    """A text isn't in the encoding that was given."""

    @property
    def notice(self) -> str:
        """The reason with its remedy."""
        return f"{self.reason}; give its encoding with --encoding"


def walk(
    paths: Sequence[str], unread: Callable[[str], Skipped | None] | None = None
) -> Iterator[str | Skipped]:
    """List the files at some paths, each once, with a Skipped for what isn't read in a folder.

    The files of a folder come in the order of their names. Hidden files and folders are left out,
    and so are links to folders inside the same folder, which are walked anyway. Links to other
    folders, links that lead nowhere, pipes, sockets and devices are Skipped.

    Args:
        unread: called with a file in a folder; gives a Skipped if it isn't to be read, else None.
            Without it, a file with a NUL in its first bytes isn't read.

    Raises:
        InputError: a path is missing or leads to a pipe, socket or device; a folder holds no text.
    """
    unread = unread or _unread
    seen: set[str] = set()
    for path in paths:
        if path == STDIN:
            if STDIN not in seen:
                seen.add(STDIN)
                yield STDIN
        elif os.path.isdir(path):
            yield from _once(_texts_in(path, unread), seen)
        elif os.path.lexists(path):
            require_file(path)
            yield from _once(iter([path]), seen)
        else:
            raise missing(path)


def _once(paths: Iterator[str | Skipped], seen: set[str]) -> Iterator[str | Skipped]:
    for path in paths:
        real = os.path.realpath(path.source if isinstance(path, Skipped) else path)
        if real not in seen:
            seen.add(real)
            yield path


def _unread(path: str) -> Skipped | None:
    reason = why_binary(path)
    return Skipped(path, reason) if reason else None


def _texts_in(folder: str, unread: Callable[[str], Skipped | None]) -> Iterator[str | Skipped]:
    texts = 0
    skipped: dict[str, int] = {}
    for path in _files_in(folder):
        found = path if isinstance(path, Skipped) else unread(path) or path
        if isinstance(found, Skipped):
            skipped[found.reason] = skipped.get(found.reason, 0) + 1
        else:
            texts += 1
        yield found
    if not texts:
        listed = ", ".join(f"{count} {reason}" for reason, count in skipped.items())
        reason = f"no text in this folder, only {listed}" if listed else "an empty folder"
        raise InputError(folder, reason, "name a text file, or a folder that holds some")


def _files_in(folder: str) -> Iterator[str | Skipped]:
    """List the files under a folder, sorted by name at each level, without recursion."""
    real = os.path.realpath(folder)
    waiting: list[str | os.DirEntry[str]] = [folder]
    while waiting:
        entry = waiting.pop()
        path = os.fspath(entry)
        if isinstance(entry, os.DirEntry) and not entry.is_dir(follow_symlinks=False):
            if entry.is_file(follow_symlinks=False):
                yield path
            else:
                yield from _followed(path, real)
            continue
        try:
            with os.scandir(path) as entries:
                inside = [each for each in entries if not each.name.startswith(".")]
        except OSError as error:
            raise unreadable(path, error) from error
        inside.sort(key=lambda each: each.name, reverse=True)
        waiting += inside


def _followed(path: str, root: str) -> Iterator[str | Skipped]:
    """Give the file behind a link, or a Skipped; nothing for a link to a folder in ``root``.

    Args:
        path: a link, or a pipe, socket or device.
        root: the real path of the folder that is walked.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        yield Skipped(path, dead_link(error), None, Extent.FILE)
        return
    if stat.S_ISREG(mode):
        yield path
    elif not stat.S_ISDIR(mode):
        yield Skipped(path, kind_of(mode))
    elif os.path.commonpath([root, os.path.realpath(path)]) != root:
        yield Skipped(path, "a link to a folder elsewhere")


def why_binary(path: str, head: bytes | None = None) -> str:
    """Say why a file isn't text; "" if it is. ``head``: its first bytes, if they are known."""
    if head is None:
        try:
            with open_file(path) as opened:
                head = opened.read(SNIFF)
        except OSError as error:
            raise unreadable(path, error) from error
    return "binary" if b"\0" in head and mark_of(head) is None else ""


def mark_of(head: bytes) -> str | None:
    """Name the encoding whose byte-order mark stands at the beginning; None for no mark."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def mark_size(encoding: str) -> int:
    """Give the length in bytes of the byte-order mark of an encoding that ``mark_of`` names."""
    return next(len(mark) for mark, name in _MARKS if name == encoding)


def check_encoding(encoding: str, errors: str) -> None:
    """Raise ValueError for a name of an encoding or of a way to treat errors that isn't known."""
    try:
        codecs.lookup(encoding)
        bytes(4).decode(encoding)
    except (LookupError, ValueError):
        raise ValueError(f"encoding is {encoding!r}; Python knows no such encoding") from None
    check_choice("errors", errors, ERRORS)


class Decoder:
    """Makes documents of text files, in one encoding and with one way to treat errors."""

    def __init__(self, encoding: str, errors: str) -> None:
        check_encoding(encoding, errors)
        self.encoding, self.errors = codecs.lookup(encoding).name, errors

    def read(self, path: str, stdin: BinaryIO | None = None) -> TextFile:
        """Read a whole file, or all of standard input. Raises InputError."""
        try:
            if path == STDIN:
                raw = (stdin or sys.stdin.buffer).read()
            else:
                with open_file(path) as opened:
                    raw = opened.read()
        except OSError as error:
            raise unreadable(path, error) from error
        return self.decode(raw, path)

    def decode(self, raw: bytes, path: str) -> TextFile:
        """Decode the bytes of one file. Raises InputError."""
        encoding = self.encoding_of(raw)
        try:
            text = raw.decode(encoding, self.errors)
        except UnicodeDecodeError as error:
            raise undecodable(path, error) from error
        same = self.errors == "strict" and encoding == "utf-8"
        return TextFile(
            text, path, None, encoding, None if same or self._gives(text, encoding, raw) else raw
        )

    def _gives(self, text: str, encoding: str, raw: bytes) -> bool:
        """Say whether encoding the text gives these bytes back."""
        try:
            return text.encode(encoding, self.errors) == raw
        except UnicodeEncodeError:
            return False

    def encoding_of(self, raw: bytes) -> str:
        """Name the encoding of a text by its first bytes."""
        return encoding_of(raw[:4], self.encoding)


def encoding_of(head: bytes, encoding: str) -> str:
    """Name the encoding of a text by the one that was given and by its byte-order mark.

    Args:
        head: the first four bytes of the text.
        encoding: the given one, by Python's name. A mark overrules it if it is one of Unicode.
    """
    if encoding not in _MARKED:
        return encoding
    return mark_of(head) or _MARKED[encoding]


def is_utf8(encoding: str) -> bool:
    """Say whether an encoding is UTF-8. Raises LookupError for a name that Python doesn't know."""
    return codecs.lookup(encoding).name == "utf-8"


def undecodable(
    path: str, error: UnicodeDecodeError, start: int = 0, lines: int = 0, behind: str = ""
) -> NotDecodable:
    r"""Make the error for bytes that are not in the encoding of their text.

    Args:
        error: the error of Python for a part of the text.
        start: the bytes of the text before this part.
        lines: the line ends of the text before this part.
        behind: "\r" if the text before this part ends in one, which is not among ``lines`` because
            it may be the first half of a line end.
    """
    before = behind + error.object[: error.start].decode(error.encoding, "replace")
    place = f"byte {start + error.start}"
    line = 1 + lines + before.count("\n") + before.count("\r") - before.count("\r\n")
    shown = error.object[error.start : error.start + 4].hex(" ")
    return NotDecodable(
        path,
        f"{place}, in line {line}, is not {error.encoding} ({shown}: {error.reason})",
        "give its encoding with --encoding, or let --errors replace mark such bytes",
    )
