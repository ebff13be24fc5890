"""What a job may take of the machine: memory, processes, a folder; and who is told of its progress.

Knows: defaults, bounds and help. Does not know: how a job divides what it may take.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dedup.options.fields import option
from dedup.progress import Progress, silent
from dedup.sizes import parse_size


@dataclass(frozen=True)
class Resources:
    """What a job may take.

    memory: bytes that all processes together may take, or a size such as "500MB"; ``find`` has no
    such bound. work: the folder for what doesn't fit in memory. progress: called with (stage, done,
    total). Raises TypeError or ValueError, naming the field, for what can't be.
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

    def told_to(self, progress: Progress) -> Resources:
        """Give the same with ``progress`` told of it."""
        return replace(self, progress=progress)

    @property
    def size(self) -> int:
        """The memory in bytes."""
        return parse_size(self.memory)
