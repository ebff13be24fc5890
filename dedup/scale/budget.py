"""How much memory and disk a job may take, and what each stage makes of it.

Knows: what an interpreter takes, bytes a row of each stage, bytes a paragraph of all columns. Does
not know: files, how a stage works.

What is promised is the memory of all processes together. An interpreter with the stages loaded and
a batch in work takes ``_PROCESS`` bytes; what is left is for the arrays of one stage at a time.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from dedup.core.sketch import sketch_words
from dedup.readers import bounds
from dedup.recipe import Recipe
from dedup.scale.failures import NoSpace
from dedup.scale.shards import Estimate
from dedup.sizes import written_size

#: Bytes of one process beside the arrays of a stage: interpreter, libraries, batches of texts.
_PROCESS = 90 * 10**6

#: Least bytes for the arrays of a stage: a few units of sketches.
_LEAST = 100 * 10**6

#: Bytes on the disk that a paragraph takes beside keys, sketch and text: fingerprint, place, head,
#: row, pairs, answer.
_PARAGRAPH = 100

#: Share by which an estimate of the disk may be wrong.
_MARGIN = 1.15

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


def allot(total: int, workers: int) -> Memory:
    """Divide the memory. Raises ValueError where it can't hold processes and a least of work."""
    arrays = int(0.95 * total) - _PROCESS * workers
    if arrays < _LEAST:
        least = int((_LEAST + _PROCESS * workers) / 0.95) + 1
        raise ValueError(
            f"memory is {written_size(total)}; {workers} worker(s) need at least "
            f"{written_size(least)}: {written_size(_PROCESS)} each for the interpreter and its "
            f"batches, {written_size(_LEAST)} for what is sorted"
        )
    return Memory(total, workers, arrays)


def most_workers(total: int) -> int:
    """How many processes fit into so much memory: at least one."""
    return max(1, (int(0.95 * total) - _LEAST) // _PROCESS)


def of_document(total: int) -> int:
    """Say how many bytes one document of a job may take, whatever the number of processes."""
    return bounds.of_job(total)


def disk_needed(expected: Estimate, recipe: Recipe) -> int:
    """Estimate the bytes that a job takes on the disk at most, its answer included.

    Texts count once and a half: as they were read, and those that meet others.
    """
    words = sketch_words(recipe.permutations) if recipe.bands else 0
    each = _PARAGRAPH + 4 * recipe.bands + 16 * words
    return int(_MARGIN * (each * expected.paragraphs + 1.5 * expected.text_bytes))


def require_disk(work: Path, expected: Estimate, recipe: Recipe) -> None:
    """Raise NoSpace where the disk of the work folder can't hold the job."""
    free = shutil.disk_usage(work).free
    wanted = disk_needed(expected, recipe)
    if wanted > free:
        raise NoSpace(work, wanted, free)
