"""The bar of progress on a terminal, and its lines where there is none.

Knows: stages by name, how they are called for people, rate and time left. Does not know: what a
stage does.
"""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

from dedup.reports import console

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

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


class ProgressBar:
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

    def __enter__(self) -> ProgressBar:
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
                self._write_line(now, stage, done, total)
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

    def _write_line(self, now: float, stage: str, done: int, total: int) -> None:
        """Write a line if the last one was written long enough ago."""
        if stage != self._stage:
            self._stage, self._began = stage, now
        if now - self._shown_at < _BETWEEN:
            return
        self._shown_at = now
        console.say(progress_line(_STAGES.get(stage, stage), done, total, now - self._began))


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
