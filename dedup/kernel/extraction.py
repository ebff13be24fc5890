"""A library out of a zip, as a file that can be loaded.

Knows: where files of this user lie that nobody else can write. Does not know: what is in them.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from dedup.errors import KernelMissing

_REMEDY = "set TMPDIR to a folder where this user may write and programs may be run"


def unpacked(content: bytes, name: str) -> str:
    """Write a library where it isn't yet, and give its path. Raises KernelMissing.

    One file for each user, machine and content, whoever comes first; it appears whole or not at
    all.
    """
    folder = Path(tempfile.gettempdir(), f"dedup-{_user()}")
    file = folder / f"{hashlib.sha256(content).hexdigest()[:32]}-{name}"
    try:
        _make_private(folder)
        if not _holds(file, content):
            descriptor, new = tempfile.mkstemp(dir=folder)
            with open(descriptor, "wb") as out:
                out.write(content)
            _rename(new, file, content)
    except OSError as error:
        reason = f"can't be written: {error.strerror or error}"
        raise KernelMissing(str(file), reason, _REMEDY) from error
    return str(file)


def _make_private(folder: Path) -> None:
    """Make a folder that only this user writes to. Raises KernelMissing if others can."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name == "nt":
        return  # the folder for temporary files is the user's own
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
        reason = "is not this user's own: others could put another library there"
        raise KernelMissing(str(folder), reason, f"delete it, or {_REMEDY}")


def _rename(new: str, file: Path, content: bytes) -> None:
    try:
        os.replace(new, file)
    except OSError:
        os.unlink(new)
        # Windows replaces no library that is in use: another process was here first.
        if not _holds(file, content):
            raise


def _holds(file: Path, content: bytes) -> bool:
    try:
        return file.read_bytes() == content
    except FileNotFoundError:
        return False


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
