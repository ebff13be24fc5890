"""How much room a job takes on the disk, before it begins.

Knows: bytes a paragraph of every column. Does not know: what they hold.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from dedup.core.sketch import sketch_words
from dedup.recipe import Recipe
from dedup.scale.failures import NoSpace
from dedup.scale.shards import Estimate

#: Bytes of a paragraph beside keys, sketch and text: prints, places, heads, rows, pairs, answer.
_PARAGRAPH = 100

#: Share by which an estimate may be wrong.
_MARGIN = 1.15


def needed(expected: Estimate, recipe: Recipe) -> int:
    """Estimate the bytes that a job takes at most, its answer included.

    Texts count once and a half: as they were read, and those that meet others.
    """
    words = sketch_words(recipe.permutations) if recipe.bands else 0
    each = _PARAGRAPH + 4 * recipe.bands + 16 * words
    return int(_MARGIN * (each * expected.paragraphs + 1.5 * expected.text_bytes))


def require(work: Path, expected: Estimate, recipe: Recipe) -> None:
    """Raise NoSpace where the disk of the work folder can't hold the job."""
    free = shutil.disk_usage(work).free
    wanted = needed(expected, recipe)
    if wanted > free:
        raise NoSpace(work, wanted, free)
