"""Where the kernel's library stands, and what to do where it doesn't.

Knows: its name on each system, that executors import this package from a zip and load the library
from a file. Does not know: what is in it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dedup.errors import KernelMissing

#: The name of the library on this system.
NAME = {"win32": "dedup_kernel.dll", "darwin": "libdedup_kernel.dylib"}.get(
    sys.platform, "libdedup_kernel.so"
)

_HERE = Path(__file__).parent

_INSTALL = (
    "'pip install --force-reinstall --no-cache-dir dedup-paragraphs' brings one for this machine, "
    "or builds it"
)
_BUILD = "run 'pip install -e .' again in {}"
_EXECUTORS = "install this version of dedup-paragraphs on the executors"
_TMPDIR = "set TMPDIR there to a folder from which programs may be run"


def path() -> str:
    """Give the path of the library.

    Raises KernelMissing where there is none for this machine.
    """
    beside = _HERE / NAME
    # The second is what some clusters make of the zip: they unpack all of it.
    for found in (beside, _HERE / machine() / NAME):
        if found.is_file():
            return str(found)
    if _HERE.is_dir():
        raise missing(str(beside), "is missing: dedup was not built here")
    packed = _packed()
    if packed is not None:
        from dedup.kernel.extraction import unpacked

        return unpacked(packed, NAME)
    # The driver sent the package from another machine; executors that have it too have a library.
    for entry in sys.path:
        installed = Path(entry, "dedup", "kernel", NAME)
        if installed.is_file():
            return str(installed)
    reason = f"was sent without a library for {machine()}, which this executor is"
    raise KernelMissing(str(_HERE.parents[1]), reason, _EXECUTORS)


def missing(place: str, reason: str) -> KernelMissing:
    """Make the error for a library that can't be used, with the remedy for where it stands."""
    if not _HERE.is_dir():
        return KernelMissing(place, reason, f"{_EXECUTORS}, or {_TMPDIR}")
    if (_HERE / "kernel.h").is_file():
        return KernelMissing(place, reason, _BUILD.format(_HERE.parents[1]))
    return KernelMissing(place, reason, _INSTALL)


def machine() -> str:
    """Name what a library is made for: system, C library of Linux, processor."""
    import platform

    system = sys.platform
    if system == "linux":
        try:
            os.confstr("CS_GNU_LIBC_VERSION")
        except (OSError, ValueError):
            system = "linux-musl"
    return f"{system}-{platform.machine().lower()}"


def _packed() -> bytes | None:
    """Read the library out of the zip that this package is imported from."""
    import pkgutil

    try:
        return pkgutil.get_data("dedup.kernel", f"{machine()}/{NAME}")
    except OSError:
        return None
