"""A folder locked against other runs.

Knows: locks of the system on the folder itself, so no file is left behind by a killed run; that
helpers of a killed run may be at work a moment longer than it. Does not know: what the folder
holds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from dedup.scale.failures import WorkInUse

#: How long what a killed run left at work is waited for, and how often it is looked for: seconds.
PATIENCE, _PAUSE = 5.0, 0.02


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
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if time.monotonic() < end:
                    time.sleep(_PAUSE)
                    continue
                self.release()
                raise WorkInUse(self._path) from error
            return self

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a helper process inherits so that the lock lasts as long as it is at work."""
        return () if self._file is None else (self._file,)

    def __exit__(self, *error: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others in."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
