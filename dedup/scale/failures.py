"""The errors of a job on disk, with their messages.

Knows: sizes, places, remedies. Does not know: the stage in which an error happened.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dedup.errors import DedupError
from dedup.sizes import written_size


class WorkMismatch(DedupError):
    """A work folder holds another job; names what differs."""

    def __init__(self, work: Path, differences: list[str]) -> None:
        self.differences = differences
        super().__init__(
            f"{work} holds another job: {'; '.join(differences)}; "
            "remove the folder, or name another, to start anew"
        )


class WorkInUse(DedupError):
    """Another run is at work in the folder."""

    def __init__(self, work: Path) -> None:
        super().__init__(f"{work} is in use by another run; wait for it or name another folder")


class NoSpace(DedupError):
    """The disk can't hold, or no longer holds, what a job writes; needed and free are bytes."""

    def __init__(self, work: Path, needed: int | None, free: int) -> None:
        self.needed, self.free = needed, free
        wants = "" if needed is None else f", about {written_size(needed)} are needed"
        super().__init__(
            f"{work}: no space left on the disk: {written_size(free)} are free{wants}; make room "
            "or name a folder on another disk. Nothing done so far is lost: run again to go on"
        )


class MemoryTooSmall(DedupError):
    """A stage needs more memory than it was given; a run with more memory continues the job."""

    def __init__(self, stage: str, needed: int, given: int) -> None:
        super().__init__(
            f"{stage} needs about {written_size(needed)} of memory, {written_size(given)} were "
            "given; run again with more memory to go on from here"
        )


class Interrupted(KeyboardInterrupt):
    """The user stopped a job; the next run continues it."""

    def __init__(self, work: Path, stage: str) -> None:
        self.stage = stage
        super().__init__(f"stopped in stage {stage}; run again with {work} to go on from there")


@contextmanager
def full_disk_named(path: Path) -> Iterator[None]:
    """Raise NoSpace if the disk turns out to be full."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise NoSpace(path.parent, None, shutil.disk_usage(path.parent).free) from error
