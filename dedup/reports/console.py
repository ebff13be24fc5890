"""The terminal: whether to colour, how wide it is, writing to it, progress.

Knows: standard output and error, NO_COLOR, broken pipes. Does not know: what is written.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

#: Reports are not wider than this, however wide the terminal.
MOST_COLUMNS = 100

#: Work that takes less time than this shows no progress.
_PATIENCE = 2.0  # seconds

_STAGES = {"sketch": "reading words", "buckets": "sorting", "compare": "comparing",
           "judge": "judging", "contain": "looking inside", "audit": "auditing"}  # fmt: skip


class Closed(Exception):
    """Whoever read our output has stopped reading."""


def wants_colour(stream: TextIO) -> bool:
    """Say whether a stream is a terminal on which colour is welcome."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Columns a report may fill."""
    return max(40, min(shutil.get_terminal_size((MOST_COLUMNS, 24)).columns, MOST_COLUMNS))


def write(text: str | bytes) -> None:
    """Write to standard output: UTF-8 where it isn't a terminal. Raises Closed."""
    stream = sys.stdout
    buffer = getattr(stream, "buffer", None)
    try:
        if buffer is None or (os.name == "nt" and stream.isatty()):
            stream.write(text if isinstance(text, str) else text.decode("utf-8", "replace"))
        else:
            stream.flush()
            buffer.write(_encoded(text) if isinstance(text, str) else text)
        stream.flush()
    except BrokenPipeError as error:
        _stop_writing()
        raise Closed from error


def _encoded(text: str) -> bytes:
    """Encode for output; bytes of a file's name that are no UTF-8 come out as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")


def _stop_writing() -> None:
    """Let what is still buffered go nowhere, so that the end of the program is quiet."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class Progress:
    """A bar on standard error, on a terminal only, once the work takes its time."""

    def __init__(self) -> None:
        self._shows = sys.stderr.isatty()
        self._since = time.monotonic()
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
        """Show how far a stage is. Called from any thread."""
        if not self._shows or time.monotonic() - self._since < _PATIENCE:
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


def _new_bar() -> Bar:
    from rich.console import Console
    from rich.progress import Progress as Bar

    bar = Bar(console=Console(stderr=True), transient=True)
    bar.start()
    return bar
