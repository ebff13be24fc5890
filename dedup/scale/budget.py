"""The memory and disk that a job may use, and how they are divided.

Knows: the memory of an interpreter, the bytes a row of each stage, the bytes a paragraph of all
columns. Does not know: files, how a stage works.

The limit holds for all processes together. An interpreter with the stages loaded and a batch in
work takes ``_PROCESS`` bytes; the rest is for the arrays of the one stage that runs.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from dedup import kernel
from dedup.core.sketch import sketch_words
from dedup.readers import bounds
from dedup.recipe import Recipe
from dedup.scale.failures import NoSpace
from dedup.scale.shards import Estimate
from dedup.sizes import written_size
from dedup.stages import has_bags

#: Bytes of one process beside the arrays of a stage: interpreter, libraries, batches of texts.
_PROCESS = 90 * 10**6

#: The least that the arrays of a stage need: a few units of sketches.
_LEAST = 100 * 10**6

#: Bytes on the disk that a paragraph takes beside keys, sketch, bag and text: fingerprint, place,
#: head, row, pairs, answer.
_PARAGRAPH = 100

#: Share by which an estimate of the disk may be wrong.
_MARGIN = 1.15

#: The most bytes of a piece of pairs; larger pieces are not faster.
_PIECE = 200 * 10**6


@dataclass(frozen=True, slots=True)
class Memory:
    """What a job may take: ``total`` bytes by ``workers`` processes, ``arrays`` for a stage."""

    total: int
    workers: int
    arrays: int

    def rows(self, each: int, share: float = 1.0) -> int:
        """How many rows of ``each`` bytes fit into a share of the arrays; at least one."""
        return max(1, int(self.arrays * share) // each)

    @property
    def piece(self) -> int:
        """Bytes of a piece of pairs, which is compared or decided at once."""
        return min(self.arrays // 3, _PIECE)


def allot(total: int, workers: int) -> Memory:
    """Divide the memory. Raises ValueError if it is too small for the processes and their work."""
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
    """Return how many bytes one document of a job may take, whatever the number of processes."""
    return bounds.of_job(total)


def disk_needed(expected: Estimate, recipe: Recipe) -> int:
    """Estimate the most bytes that a job takes on the disk, its answer included.

    Texts count one and a half times: all that were read, and those of rows that share a bucket.
    """
    words = sketch_words(recipe.permutations) if recipe.bands else 0
    bag = 8 * kernel.BAG_WORDS if has_bags(recipe) else 0
    each = _PARAGRAPH + 4 * recipe.bands + 16 * words + bag
    return int(_MARGIN * (each * expected.paragraphs + 1.5 * expected.text_bytes))


def require_disk(work: Path, expected: Estimate, recipe: Recipe) -> None:
    """Raise NoSpace if the disk of the work folder cannot hold the job."""
    free = shutil.disk_usage(work).free
    wanted = disk_needed(expected, recipe)
    if wanted > free:
        raise NoSpace(work, wanted, free)
