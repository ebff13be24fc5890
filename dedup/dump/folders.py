"""The folders that a job works in: made by it, marked as its own, and deleted by nobody else.

Knows: the mark, which names the job by a random number; that no link is followed. Does not know:
what is made in the folders.

A folder that is deleted holds the mark of the very job that deletes it. What else stands where a
job would work, a stranger's folder or a link, is refused and left as it is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from dedup import schema
from dedup.errors import InputError
from dedup.scale.failures import told_if_full

#: The file that says which job made a folder.
MARK = ".dedup-job"

#: The folder that is made in one that was named with ``--work``.
_INSIDE = "dedup-work"

#: What the mark says too where the job made the folder that was named.
_MADE = b" made it"

_REMEDY = "name a new or empty folder, or remove what is there yourself"


def require_own_or_nothing(path: Path, leftovers: str) -> bool:
    """Say whether a folder is there; raise InputError where something else is in its place.

    leftovers: how names begin that a job may leave in a folder before it has marked it.
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
    """Raise InputError where there is a link, or anything but files and folders, in a folder."""
    for found in _entries(path):
        if found.is_symlink() or not (found.is_dir(follow_symlinks=False) or found.is_file()):
            raise InputError(
                found.path, "is no file that dedup made, but a link or device",
                f"remove {path} to start anew",
            )  # fmt: skip


def delete(path: Path, last: Sequence[str]) -> None:
    """Delete a folder that is the job's own; the files of ``last`` behind all others, in order.

    So a run that is killed meanwhile leaves a folder that still says whose it is.
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
    """The folder below one named with ``--work`` that a job keeps in it what doesn't fit in memory.

    named: what was named; identity: the random number of the job.
    """

    def __init__(self, named: str, identity: str) -> None:
        self._named, self._identity = Path(named), identity
        self.path = self._named / _INSIDE

    def require_usable(self) -> None:
        """Raise InputError unless it is new, empty, or the same job's own."""
        if not os.path.lexists(self._named):
            return
        if not self._named.is_dir():
            raise InputError(str(self._named), "is no folder", _REMEDY)
        found = [name for name in sorted(os.listdir(self._named)) if name != MARK]
        if found in ([], [_INSIDE]) and (not found or self._is_own()):
            return
        raise InputError(str(self._named), f"it holds {found[0]} and not this job", _REMEDY)

    def make(self) -> None:
        """Make it and mark it, if that isn't done. Raises InputError."""
        self.require_usable()
        try:
            with told_if_full(self._named):
                made = b"" if self._named.exists() else _MADE
                self._named.mkdir(parents=True, exist_ok=True)
                if not self._is_own():
                    with open(self._named / MARK, "xb") as mark:
                        mark.write(self._identity.encode() + made)
                self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(str(self._named), f"can't be used: {error}", _REMEDY) from error

    def delete(self) -> None:
        """Delete it, where this job made it; the folder that was named, where the job made that."""
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
        """Say whether the mark is that of this job, and no link stands on the way to it."""
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
