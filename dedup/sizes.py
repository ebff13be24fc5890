"""Numbers of bytes as people write and read them.

Knows: units. Does not know: what the bytes are of.
"""

from __future__ import annotations

import re

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")


def parse_size(size: int | str) -> int:
    """Read a size: bytes, or "500MB", "1.5 GB", "2GiB". Raises ValueError for anything else."""
    if isinstance(size, int) and not isinstance(size, bool):
        if size <= 0:
            raise ValueError(f"memory is {size}; it must be more than 0 bytes")
        return size
    found = _SIZE.fullmatch(size) if isinstance(size, str) else None
    unit = _UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise ValueError(f"memory is {size!r}; it must be a size such as '1GB' or '500MB'")
    value = int(float(found[1]) * unit)
    if value <= 0:
        raise ValueError(f"memory is {size!r}; it must be more than 0 bytes")
    return value


def written_size(size: int) -> str:
    """Write a number of bytes for people: "1.5 GB"."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            shown = f"{size / factor:.3g}" if size < 999.5 * factor else f"{size // factor}"
            return f"{shown} {unit}"
    return f"{size} bytes"
