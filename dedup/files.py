"""Files of this machine: how one is opened, why one can't be read, and where a path leads.

Knows: links, kinds of files, errors of the operating system. Does not know: what is in a file
(``readers``), how one is written (``writers``).

Pipes, sockets and devices are never opened, not even where the user names one, because reading them
may wait for ever or never end.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import BinaryIO

from dedup.errors import InputError


def open_file(path: str, buffering: int = -1) -> BinaryIO:
    """Open a file for reading. Raises InputError where it can't be read or is no file."""
    require_file(path)
    try:
        return open(path, "rb", buffering=buffering)
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError as error:  # a NUL in its name
        raise InputError(path, f"can't be read: {error}", "check the path") from error


def require_file(path: str) -> None:
    """Raise InputError for a pipe, a socket or a device. A missing path raises nothing here."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise InputError(
            path,
            f"{kind_of(mode)}, which is not read",
            "name a file, or - to read from standard input",
        )


def kind_of(mode: int) -> str:
    """Name the kind of a path that is neither a file nor a folder."""
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"


def missing(path: str) -> InputError:
    """Make the error for a path at which there is nothing."""
    return InputError(path, "no such file or folder", "check the path")


def unreadable(path: str, error: OSError) -> InputError:
    """Make the error for a file that the operating system can't or won't read."""
    if isinstance(error, FileNotFoundError):
        return missing(path)
    if error.errno == errno.ELOOP:
        return InputError(path, dead_link(error), "check the path")
    reason = error.strerror or str(error)
    return InputError(path, f"can't be read: {reason}", "check its permissions, or leave it out")


def dead_link(error: OSError) -> str:
    """Word what is wrong with a link that leads to no file."""
    if isinstance(error, FileNotFoundError):
        return "a link that leads nowhere"
    if error.errno == errno.ELOOP:
        return "a link that leads back to itself"
    return f"a link that can't be followed: {error.strerror or error}"


def is_below(path: str, folder: str) -> bool:
    """Return whether an absolute path lies below a folder, judging by the path alone."""
    return path.startswith(os.path.join(folder, ""))


def require_no_link(path: str, folder: str) -> None:
    """Raise InputError if a link lies between a folder and a path below it."""
    path = os.path.abspath(path)
    if not is_below(path, folder):
        return
    at = folder
    for part in os.path.relpath(path, folder).split(os.sep):
        at = os.path.join(at, part)
        if os.path.islink(at):
            raise InputError(
                path, f"{at} is a link, and nothing is written through it", "remove the link"
            )


def require_inside(target: str, folder: str) -> None:
    """Raise InputError if a target leads out of the folder."""
    root = os.path.realpath(folder)
    real = os.path.realpath(target)
    if os.path.commonpath([root, real]) != root:
        raise InputError(target, f"leads out of {folder}, to {real}", "remove the link there")
