"""A folder locked against other runs.

Knows: flock on the folder itself, where the system has it, so that no file is left behind by a
killed run and helpers that inherit it hold the lock too, for they may be at work a moment longer;
filelock's file beside the folder, where the system has none, as on Windows. Does not know: what the
folder holds.

filelock alone would not do: it locks no folder, and hands no descriptor on to helpers. Where it is
used, a helper does not hold the lock; it ends as soon as the process does that it helps.
"""

from __future__ import annotations

import errno
import os
import time
from importlib import import_module
from pathlib import Path
from typing import Protocol

from dedup.errors import InputError
from dedup.scale.failures import WorkInUse

#: How long what a killed run left at work is waited for, and how often it is looked for: seconds.
PATIENCE, _PAUSE = 5.0, 0.02

#: What a file system answers that has no locks.
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class _Held(Protocol):
    """A lock that is held."""

    def release(self) -> object:
        """Let others in."""


class Lock:
    """A lock on a folder as long as it is entered. Raises WorkInUse.

    Raises InputError where the file system has no locks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: _Held | None = None

    def __enter__(self) -> Lock:
        try:
            import fcntl  # noqa: F401 - not on every system
        except ImportError:
            self._held = _beside(self._path)
        else:
            self._held = _Folder(self._path)
        return self

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a helper process inherits so that the lock lasts as long as it is at work."""
        return (self._held.file,) if isinstance(self._held, _Folder) else ()

    def __exit__(self, *error: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others in."""
        held, self._held = self._held, None
        if held is not None:
            held.release()


class _Folder:
    """A lock of the system on the folder itself."""

    def __init__(self, path: Path) -> None:
        import fcntl

        self.file = os.open(path, os.O_RDONLY)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _NO_LOCKS and time.monotonic() < end:
                    time.sleep(_PAUSE)
                    continue
                self.release()
                if error.errno in _NO_LOCKS:
                    raise _lockless(path, error) from error
                raise WorkInUse(path) from error
            return

    def release(self) -> None:
        """Let others in, once no helper has it any more."""
        os.close(self.file)


def _beside(path: Path) -> _Held:
    """Lock a file beside the folder."""
    filelock = import_module("filelock")
    lock: _Held = filelock.FileLock(f"{path}.lock", timeout=PATIENCE)
    try:
        lock.acquire()  # type: ignore[attr-defined]
    except filelock.Timeout as error:
        raise WorkInUse(path) from error
    except OSError as error:
        raise _lockless(path, error) from error
    return lock


def _lockless(path: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(str(path), f"can't be locked: {reason}", "name a folder on another disk")
