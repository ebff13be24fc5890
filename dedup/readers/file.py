"""Files of text, folders of them, and standard input.

Knows: paths, links, kinds of files, bytes, encodings, byte-order marks. Does not know: markup,
paragraphs, line ends beyond counting them for a message.

Pipes, sockets and devices are never opened, whoever names them: one may wait for ever, another
never end. What a pipe gives is read from standard input, as "-".
"""

from __future__ import annotations

import codecs
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from dedup.checks import check_choice
from dedup.errors import InputError
from dedup.paragraph import Document, Extent, Skipped

#: The path, and the source, of standard input.
STDIN = "-"

#: Bytes at the beginning of a file that are looked at: a NUL among them says it isn't text.
SNIFF = 8192

# UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Encodings that leave it to a mark, by Python's name for them, and what they are without one.
_MARKED = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}

ERRORS = ("strict", "replace", "ignore", "surrogateescape", "backslashreplace")


@dataclass(frozen=True, slots=True)
class TextFile(Document):
    """A document that was a file of its own, and the encoding that gives its bytes back.

    raw: its bytes, where its text doesn't give them back; None for those of HTML.
    """

    encoding: str = "utf-8"
    raw: bytes | None = field(default=None, repr=False, compare=False)

    def decoded(self, raw: bytes, errors: str = "strict") -> str:
        """Decode bytes as those of this file were decoded."""
        return raw.decode(self.encoding, errors)


class Unfit(InputError):
    """A file isn't what its name says. One that was found in a folder is passed over."""

    @property
    def notice(self) -> str:
        """What is said of such a file that was found in a folder and is passed over."""
        return self.reason


class NotDecodable(Unfit):
    """A text isn't in the encoding that was asked for."""

    @property
    def notice(self) -> str:
        """What is wrong, and what to do."""
        return f"{self.reason}; give its encoding with --encoding"


def walk(
    paths: Sequence[str], unread: Callable[[str], Skipped | None] | None = None
) -> Iterator[str | Skipped]:
    """List the files that paths lead to, each once; what isn't read in a folder is skipped.

    Folders are walked by name; hidden files and folders in them are left out, and so are links
    to folders within them. Other links to folders, links that lead nowhere, pipes, sockets and
    devices in a folder are skipped. ``unread`` says of a file in a folder why it isn't read, None
    where it is; without it what has a NUL in its first bytes isn't. Raises InputError for a path
    that is missing, one that is no file, and a folder without any text.
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
    """List the files under a folder, by name at each level, without recursion."""
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
    """Follow a link, or name another thing that is no file; give nothing for a folder in ``root``.

    root: the folder that is walked, without links.
    """
    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        yield Skipped(path, _dead_link(error), None, Extent.FILE)
        return
    if stat.S_ISREG(mode):
        yield path
    elif not stat.S_ISDIR(mode):
        yield Skipped(path, kind_of(mode))
    elif os.path.commonpath([root, os.path.realpath(path)]) != root:
        yield Skipped(path, "a link to a folder elsewhere")


def _dead_link(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "a link that leads nowhere"
    if error.errno == errno.ELOOP:
        return "a link that leads back to itself"
    return f"a link that can't be followed: {error.strerror or error}"


def kind_of(mode: int) -> str:
    """Name the kind of what is neither a file nor a folder."""
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def require_file(path: str) -> None:
    """Raise InputError for a pipe, socket or device; what is missing is found out by opening it."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(
            path,
            f"{kind_of(mode)}, which is not read",
            "name a file, or - to read from standard input",
        )


def open_file(path: str, buffering: int = -1) -> BinaryIO:
    """Open a file for reading. Raises InputError for one that can't be read, or is none."""
    require_file(path)
    try:
        return open(path, "rb", buffering=buffering)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a NUL in its name
        raise InputError(path, f"can't be read: {error}", "check the path") from error


def why_binary(path: str, head: bytes | None = None) -> str:
    """Say why a file isn't text, "" where it is; ``head`` are its first bytes where known."""
    if head is None:
        try:
            with open_file(path) as opened:
                head = opened.read(SNIFF)
        except OSError as error:
            raise unreadable(path, error) from error
    return "binary" if b"\0" in head and mark_of(head) is None else ""


def mark_of(head: bytes) -> str | None:
    """Name the encoding whose byte-order mark stands at the beginning, if one does."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def mark_size(encoding: str) -> int:
    """Give the length in bytes of the mark of an encoding that ``mark_of`` names."""
    return next(len(mark) for mark, name in _MARKS if name == encoding)


def missing(path: str) -> InputError:
    """Make the error for a path that leads nowhere."""
    return InputError(path, "no such file or folder", "check the path")


def unreadable(path: str, error: OSError) -> InputError:
    """Make the error for a file that the system does not let be read."""
    if isinstance(error, FileNotFoundError):
        return missing(path)
    if error.errno == errno.ELOOP:
        return InputError(path, _dead_link(error), "check the path")
    reason = error.strerror or str(error)
    return InputError(path, f"can't be read: {reason}", "check its permissions, or leave it out")


def check_encoding(encoding: str, errors: str) -> None:
    """Raise ValueError for an encoding, or a way to deal with errors, that Python doesn't know."""
    try:
        codecs.lookup(encoding)
        bytes(4).decode(encoding)
    except (LookupError, ValueError):
        raise ValueError(f"encoding is {encoding!r}; Python knows no such encoding") from None
    check_choice("errors", errors, ERRORS)


class Decoder:
    """Reads files into documents, in one encoding and one way of dealing with errors."""

    def __init__(self, encoding: str, errors: str) -> None:
        check_encoding(encoding, errors)
        self.encoding, self.errors = codecs.lookup(encoding).name, errors

    def read(self, path: str, stdin: BinaryIO | None = None) -> TextFile:
        """Read one file, or standard input, whole. Raises InputError."""
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
        """Say whether a text, encoded, is these bytes."""
        try:
            return text.encode(encoding, self.errors) == raw
        except UnicodeEncodeError:
            return False

    def encoding_of(self, raw: bytes) -> str:
        """Name the encoding of a text by its first bytes."""
        return encoding_of(raw[:4], self.encoding)


def encoding_of(head: bytes, encoding: str) -> str:
    """Name the encoding of a text by its first four bytes, where another was asked for.

    encoding: Python's own name. A mark overrules it where it is an encoding with marks.
    """
    if encoding not in _MARKED:
        return encoding
    return mark_of(head) or _MARKED[encoding]


def is_utf8(encoding: str) -> bool:
    """Say whether a name is one of UTF-8. Raises LookupError for one that Python doesn't know."""
    return codecs.lookup(encoding).name == "utf-8"


def undecodable(
    path: str, error: UnicodeDecodeError, start: int = 0, lines: int = 0, behind: str = ""
) -> NotDecodable:
    """Make the error for bytes that aren't their encoding, behind so many others and line ends.

    behind: the last characters of those others, where they may be the half of a line end; it isn't
    among ``lines``.
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
