"""Loads the library of the kernel, and has what all calls of its functions need.

Knows: the version of the library, the results that are errors, addresses of arrays. Does not know:
what a function does.
"""

from __future__ import annotations

import ctypes
from ctypes import addressof, c_char, c_int32, c_int64
from functools import cache
from typing import Any

from numpy.typing import NDArray

from dedup.kernel.library import machine, missing, path
from dedup.kernel.structures import ARGUMENTS

#: The version of the library's functions that this module calls.
VERSION = 7

#: The results that are errors.
_NO_MEMORY, NO_ROOM, BAD_SIZE = -1, -2, -3


@cache
def loaded() -> ctypes.CDLL:
    """Load the library once. Raises KernelMissing if it is absent, foreign or outdated."""
    file = path()
    try:
        found = ctypes.CDLL(file)
    except OSError as error:
        reason = (
            f"can't be loaded on {machine()}: it was made for another machine, is damaged, or lies "
            f"where programs may not be run ({_said(error, file)})"
        )
        raise missing(file, reason) from error
    try:
        found.dedup_kernel_version.restype = c_int32
        version = found.dedup_kernel_version()
        if version != VERSION:
            raise missing(file, f"is of version {version}, and this dedup needs {VERSION}")
        for name, arguments in ARGUMENTS.items():
            function = getattr(found, name)
            function.argtypes, function.restype = arguments, c_int64
    except AttributeError as error:
        reason = f"is not the library of this dedup ({_said(error, file)})"
        raise missing(file, reason) from error
    return found


def _said(error: Exception, file: str) -> str:
    """Give the message of an error, without the name of the file at its beginning, if any."""
    return str(error).removeprefix(f"{file}: ")


def checked(result: int) -> int:
    """Return a function's result. Raises MemoryError, or ValueError for impossible sizes."""
    if result >= 0:
        return result
    if result == _NO_MEMORY:
        raise MemoryError("the kernel could not get the memory that it needs")
    raise ValueError(f"the kernel refused the sizes of its arrays (code {result})")


_NOTHING = c_char * 0


def at(array: NDArray[Any] | None) -> int | None:
    """Give the address of an array's first element. Cost: 0.5 us, 3 us for a read-only array."""
    if array is None:
        return None
    try:
        return addressof(_NOTHING.from_buffer(array))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return array.ctypes.data
