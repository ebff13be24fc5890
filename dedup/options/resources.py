"""The resources that a job may use: memory, processes, a folder; and a callback for its progress.

Knows: defaults, bounds and help. Does not know: how a job divides its resources.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dedup.options.fields import option
from dedup.progress import Progress, silent
from dedup.sizes import parse_size


@dataclass(frozen=True)
class Resources:
    """The resources that a job may use.

    memory: the bytes that all processes together may use, or a size such as "500MB". ``find``
        doesn't bound its memory.
    work: the folder for temporary files.
    progress: is called with (stage, done, total).

    Raises:
        TypeError, ValueError: a field is of a wrong type or out of bounds; the message names it.
    """

    workers: int | None = option(
        None,
        "Number of threads, or of processes where files are written.  [default: all cores for"
        " large inputs]",
        "N",
    )
    memory: int | str = option("1GB", "Memory that all processes together may use.", "SIZE")
    work: str | None = option(
        None,
        "Folder for temporary files, for all that doesn't fit into memory.  [default: beside"
        " the output]",
        "FOLDER",
    )
    progress: Progress = silent

    def __post_init__(self) -> None:
        workers = self.workers
        if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int)):
            raise TypeError(f"workers is {workers!r}; it must be a whole number or None")
        if workers is not None and workers < 1:
            raise ValueError(f"workers is {workers}; it must be 1 or more")
        parse_size(self.memory)

    def with_progress(self, progress: Progress) -> Resources:
        """Give the same resources with another callback for progress."""
        return replace(self, progress=progress)

    @property
    def size(self) -> int:
        """The memory in bytes."""
        return parse_size(self.memory)
