"""The folders of a job: the job creates, marks and deletes them.

Knows: the mark, a file with the random number of the job; that no link is followed. Does not know:
what the folders hold.

A job deletes only folders that hold its own mark. If another folder or a link stands where a job
would work, the job refuses it and leaves it as it is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from dedup import schema
from dedup.errors import InputError
from dedup.scale.failures import full_disk_named

#: The file that says which job made a folder.
MARK = ".dedup-job"

#: The folder that is made in one that was named with ``--work``.
_INSIDE = "dedup-work"

#: What the mark says too where the job made the folder that was named.
_MADE = b" made it"

_REMEDY = "name a new or empty folder, or remove what is there yourself"


def require_own_or_nothing(path: Path, leftovers: str) -> bool:
    """Return whether the folder exists; raise InputError if it is not the folder of a job.

    leftovers: how the names begin of files that a job may leave in a folder before it is marked.
    """
    if not os.path.lexists(path):
        return False
    if path.is_symlink() or not path.is_dir():
        what = "a link" if path.is_symlink() else "no folder"
        raise InputError(str(path), f"is {what}, where a job would make its folder", "remove it")
    if not (path / "job.json").exists():
        found = next((each for each in os.listdir(path) if not each.startswith(leftovers)), None)
        if found is not None:
            raise InputError(str(path), f"it holds {found} and no job of dedup's", "remove it")
    return True


def require_no_links(path: Path) -> None:
    """Raise InputError if a folder holds a link, or anything but files and folders."""
    for found in _entries(path):
        if found.is_symlink() or not (found.is_dir(follow_symlinks=False) or found.is_file()):
            raise InputError(
                found.path, "is no file that dedup made, but a link or device",
                f"remove {path} to start anew",
            )  # fmt: skip


def delete(path: Path, last: Sequence[str]) -> None:
    """Delete a folder of the job; the files of ``last`` after all others, in their order.

    If the run is killed meanwhile, the folder that is left still says whose it is.
    """
    with os.scandir(path) as entries:
        others = [each for each in entries if each.name not in last]
    for each in others:
        if each.is_dir(follow_symlinks=False):
            shutil.rmtree(each.path)
        else:
            os.unlink(each.path)
    for name in last:
        with suppress(FileNotFoundError):
            (path / name).unlink()
    path.rmdir()


def _entries(path: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        for each in entries:
            yield each
            if each.is_dir(follow_symlinks=False):
                yield from _entries(Path(each.path))


class Work:
    """The folder of a job inside the folder of ``--work``, for what does not fit in memory.

    named: what was named; identity: the random number of the job.
    """

    def __init__(self, named: str, identity: str) -> None:
        self._named, self._identity = Path(named), identity
        self.path = self._named / _INSIDE

    def require_usable(self) -> None:
        """Raise InputError unless the folder is new, empty, or belongs to this job."""
        if not os.path.lexists(self._named):
            return
        if not self._named.is_dir():
            raise InputError(str(self._named), "is no folder", _REMEDY)
        found = [name for name in sorted(os.listdir(self._named)) if name != MARK]
        if found in ([], [_INSIDE]) and (not found or self._is_own()):
            return
        raise InputError(str(self._named), f"it holds {found[0]} and not this job", _REMEDY)

    def make(self) -> None:
        """Create and mark the folder unless it exists. Raises InputError."""
        self.require_usable()
        try:
            with full_disk_named(self._named):
                made = b"" if self._named.exists() else _MADE
                self._named.mkdir(parents=True, exist_ok=True)
                if not self._is_own():
                    with open(self._named / MARK, "xb") as mark:
                        mark.write(self._identity.encode() + made)
                self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(str(self._named), f"can't be used: {error}", _REMEDY) from error

    def delete(self) -> None:
        """Delete the folder if this job made it, and the named folder if the job made that too."""
        made = self._mark() == self._identity.encode() + _MADE
        if not self._is_own():
            return
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path)
        (self._named / MARK).unlink()
        if made:
            with suppress(OSError):  # somebody put something in it
                self._named.rmdir()

    def _is_own(self) -> bool:
        """Return whether the folder holds the mark of this job and no link leads to it."""
        return not self.path.is_symlink() and self._mark() in (
            self._identity.encode(), self._identity.encode() + _MADE
        )  # fmt: skip

    def _mark(self) -> bytes:
        mark = self._named / MARK
        if mark.is_symlink():
            return b""
        try:
            with schema.open_regular(str(mark)) as file:
                return file.read(100)
        except (FileNotFoundError, InputError):
            return b""
