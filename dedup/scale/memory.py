"""How much memory a job may take, and what each stage makes of it.

Knows: sizes as people write them, what an interpreter takes, bytes a row of each stage.
Does not know: files, how a stage works.

What is promised is the memory of all processes together. An interpreter with the stages loaded and
a batch in work takes ``_PROCESS`` bytes; what is left is for the arrays of one stage at a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dedup.readers import bounds
from dedup.readers.bounds import written_size as written_size

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*")

#: Bytes of one process beside the arrays of a stage: interpreter, libraries, batches of texts.
_PROCESS = 90 * 10**6

#: Least bytes for the arrays of a stage: a few units of sketches.
_LEAST = 100 * 10**6

#: Most bytes of one stage's piece of pairs: more gains no speed.
_PIECE = 200 * 10**6


@dataclass(frozen=True, slots=True)
class Memory:
    """What a job may take: ``total`` bytes by ``workers`` processes, ``arrays`` for a stage."""

    total: int
    workers: int
    arrays: int

    def rows(self, each: int, share: float = 1.0) -> int:
        """How many rows of so many bytes fit into a share of the arrays: at least one."""
        return max(1, int(self.arrays * share) // each)

    @property
    def piece(self) -> int:
        """Bytes of a piece of pairs that is compared or decided at a time."""
        return min(self.arrays // 3, _PIECE)


def allot(memory: int | str, workers: int) -> Memory:
    """Divide the memory. Raises ValueError where it can't hold processes and a least of work."""
    total = parse_size(memory)
    arrays = int(0.95 * total) - _PROCESS * workers
    if arrays < _LEAST:
        least = int((_LEAST + _PROCESS * workers) / 0.95) + 1
        raise ValueError(
            f"memory is {written_size(total)}; {workers} worker(s) need at least "
            f"{written_size(least)}: {written_size(_PROCESS)} each for the interpreter and its "
            f"batches, {written_size(_LEAST)} for what is sorted"
        )
    return Memory(total, workers, arrays)


def most_workers(memory: int | str) -> int:
    """How many processes fit into so much memory: at least one."""
    return max(1, (int(0.95 * parse_size(memory)) - _LEAST) // _PROCESS)


def of_document(memory: int | str) -> int:
    """Say how many bytes one document of a job may take, whatever the number of processes."""
    return bounds.of_job(parse_size(memory))


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
