"""The terminal: whether to colour, how wide it is, writing to it, progress.

Knows: standard output and error, NO_COLOR, streams that are closed or full. Does not know: what is
written, which characters control a terminal (``escapes``).
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from dedup.reports.escapes import harmless, visible

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

#: Reports are not wider than this, however wide the terminal.
MOST_COLUMNS = 100

#: The name of standard output in error messages.
OUTPUT = "standard output"

#: Work that takes less time than this shows no progress.
_PATIENCE = 2.0  # seconds

#: Seconds between two lines where there is no terminal.
_BETWEEN = 10.0

_STAGES = {
    "sketch": "reading words", "buckets": "sorting", "compare": "comparing", "judge": "judging",
    "contain": "looking inside", "audit": "auditing", "fold": "folding", "number": "numbering",
    "look": "looking", "texts": "copying texts", "decide": "deciding", "write": "noting",
    "count": "counting", "sum": "summing up", "rewrite": "writing files", "restore": "restoring",
}  # fmt: skip


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


class Progress:
    """A progress bar on standard error, with rate and time left, for work that takes some time.

    It is shown only on a terminal. With ``lines``, for work of minutes, a line is written now and
    then where there is no terminal.
    """

    def __init__(self, lines: bool = False) -> None:
        self._shows = sys.stderr.isatty()
        self._lines = lines and not self._shows
        self._since = self._shown_at = time.monotonic()
        self._stage, self._began = "", self._since
        self._lock = threading.Lock()
        self._bar: Bar | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show the progress of a stage. May be called from any thread."""
        now = time.monotonic()
        if self._lines:
            with self._lock:
                self._tell(now, stage, done, total)
        if not self._shows or now - self._since < _PATIENCE:
            return
        with self._lock:
            if self._bar is None:
                self._bar = _new_bar()
            name = _STAGES.get(stage, stage)
            task = next((each for each in self._bar.tasks if each.description == name), None)
            if task is None:
                self._bar.add_task(name, total=total, completed=done)
            else:
                self._bar.update(task.id, total=total, completed=done)

    def _tell(self, now: float, stage: str, done: int, total: int) -> None:
        """Write a line if the last one was written long enough ago."""
        if stage != self._stage:
            self._stage, self._began = stage, now
        if now - self._shown_at < _BETWEEN:
            return
        self._shown_at = now
        say(progress_line(_STAGES.get(stage, stage), done, total, now - self._began))


def progress_line(name: str, done: int, total: int, seconds: float) -> str:
    """Describe the progress of a stage, its rate and the time that is left.

    >>> progress_line("reading words", 250_000, 1_000_000, 10.0)
    'reading words: 250,000 of 1,000,000 (25 %), 25,000/s, 30 s left'
    """
    share = f" ({100 * done // total} %)" if total else ""
    line = f"{name}: {done:,} of {total:,}{share}"
    if seconds >= 1.0 and 0 < done <= total:
        rate = done / seconds
        line += f", {rate:,.0f}/s, {(total - done) / rate:,.0f} s left"
    return line


def _new_bar() -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(show_speed=True),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f}"), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    bar.start()
    return bar
