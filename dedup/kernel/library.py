"""Where the kernel's library stands.

Knows: the name of the file on each system. Does not know: what is in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dedup.errors import KernelMissing

#: The name of the library on this system.
NAME = {"win32": "dedup_kernel.dll", "darwin": "libdedup_kernel.dylib"}.get(
    sys.platform, "libdedup_kernel.so"
)


def path() -> str:
    """Give the path of the library. Raises KernelMissing where there is none."""
    found = Path(__file__).with_name(NAME)
    if not found.exists():
        raise KernelMissing(str(found), "is missing: dedup was not built for this machine")
    return str(found)
