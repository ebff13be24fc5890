"""The terminal: whether to colour, how wide it is, and writing to it.

Knows: standard output and error, NO_COLOR, streams that are closed or full. Does not know: what is
written, which characters control a terminal (``escapes``), progress.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from dedup.reports.escapes import harmless, visible

#: Reports are not wider than this, however wide the terminal.
MOST_COLUMNS = 100

#: The name of standard output in error messages.
OUTPUT = "standard output"


class Closed(Exception):
    """Says that the reader of standard output has closed it."""


def wants_colour(stream: TextIO) -> bool:
    """Say whether a stream is a terminal, and its user does not refuse colour."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Give the number of columns that a report may fill."""
    return max(40, min(shutil.get_terminal_size((MOST_COLUMNS, 24)).columns, MOST_COLUMNS))


def fill_streams() -> None:
    """Open the standard streams that the program was started without.

    Otherwise the next file that is opened would get the number of the missing stream. What is
    written to a missing standard error is lost. Reading standard input and writing to standard
    output still fail.
    """
    for number, way in enumerate((os.O_WRONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, way), True)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def write(text: str | bytes) -> None:
    """Write to standard output: UTF-8 where it isn't a terminal, which never gets control bytes.

    Raises Closed, and OSError where standard output is missing or full.
    """
    stream = sys.stdout
    if stream.isatty():
        text = harmless(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    buffer = getattr(stream, "buffer", None)
    with _plainly():
        if buffer is None or (os.name == "nt" and stream.isatty()):
            stream.write(text if isinstance(text, str) else text.decode("utf-8", "replace"))
        else:
            stream.flush()
            buffer.write(encoded(text) if isinstance(text, str) else text)
        stream.flush()


def finish() -> None:
    """Write what standard output still buffers. Raises as ``write`` does."""
    with _plainly():
        sys.stdout.flush()


def settle() -> None:
    """Discard output that can't be written, so that Python prints no error at exit."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _stop_writing(stream)


def say(line: str) -> None:
    """Write a line for people to standard error, without characters that control a terminal.

    If standard error is closed or can't be written, the line is lost without an error.
    """
    try:
        # Halves of surrogate pairs stand for bytes of names that are not UTF-8.
        shown = visible(line).encode("utf-8", "backslashreplace").decode()
        sys.stderr.write(f"{shown}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        _stop_writing(sys.stderr)


@contextmanager
def _plainly() -> Iterator[None]:
    """Turn an error of writing to standard output into ``Closed``, or one that names the stream."""
    try:
        yield
    except BrokenPipeError as error:
        _stop_writing(sys.stdout)
        raise Closed from error
    except OSError as error:
        _stop_writing(sys.stdout)
        raise OSError(error.errno, error.strerror or str(error), OUTPUT) from error


def encoded(text: str) -> bytes:
    """Encode output as UTF-8; bytes of file names that are not UTF-8 are written unchanged."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def _stop_writing(stream: TextIO) -> None:
    """Discard what is still buffered, so that Python prints no error at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
