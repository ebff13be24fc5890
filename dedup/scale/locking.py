"""A folder locked against other runs.

Knows: locks of the system on the folder itself, so no file is left behind by a killed run. Does
not know: what the folder holds.
"""

from __future__ import annotations

import os
from pathlib import Path

from dedup.scale.failures import WorkInUse


class Lock:
    """A lock on a folder as long as it is entered, where the system has such. Raises WorkInUse."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def __enter__(self) -> Lock:
        try:
            import fcntl
        except ImportError:
            return self
        self._file = os.open(self._path, os.O_RDONLY)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.release()
            raise WorkInUse(self._path) from error
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others in."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
