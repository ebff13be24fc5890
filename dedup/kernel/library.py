"""Where the kernel's library stands, and what to do where it doesn't.

Knows: its name on each system, that executors import this package from a zip and load the library
from a file. Does not know: what is in it.
"""

from __future__ import annotations

import os
import sys

from dedup.errors import KernelMissing

#: The name of the library on this system.
NAME = {"win32": "dedup_kernel.dll", "darwin": "libdedup_kernel.dylib"}.get(
    sys.platform, "libdedup_kernel.so"
)

_HERE = os.path.dirname(os.path.abspath(__file__))

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
    beside = os.path.join(_HERE, NAME)
    # The second is what some clusters make of the zip: they unpack all of it.
    for found in (beside, os.path.join(_HERE, machine(), NAME)):
        if os.path.isfile(found):
            return found
    if os.path.isdir(_HERE):
        raise missing(beside, "is missing: dedup was not built here")
    packed = _packed()
    if packed is not None:
        from dedup.kernel.extraction import unpacked

        return unpacked(packed, NAME)
    # The driver sent the package from another machine; executors that have it too have a library.
    for entry in sys.path:
        installed = os.path.join(entry, "dedup", "kernel", NAME)
        if os.path.isfile(installed):
            return installed
    reason = f"was sent without a library for {machine()}, which this executor is"
    raise KernelMissing(_checkout(), reason, _EXECUTORS)


def missing(place: str, reason: str) -> KernelMissing:
    """Make the error for a library that can't be used, with the remedy for where it stands."""
    if not os.path.isdir(_HERE):
        return KernelMissing(place, reason, f"{_EXECUTORS}, or {_TMPDIR}")
    if os.path.isfile(os.path.join(_HERE, "kernel.h")):
        return KernelMissing(place, reason, _BUILD.format(_checkout()))
    return KernelMissing(place, reason, _INSTALL)


def _checkout() -> str:
    """Give the folder that the package stands in."""
    return os.path.dirname(os.path.dirname(_HERE))


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
