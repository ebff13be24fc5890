"""What ``find`` answers: which paragraphs are kept, what each copy repeats, groups and runs.

Knows: positions in the sequence that was given. Holds no copy of a text.
Does not know: how the answer was reached, files, how it is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dedup.paragraph import Paragraph
from dedup.recipe import Recipe


class Kind(IntEnum):
    """What a paragraph is to the kept paragraph it matches."""

    UNIQUE = 0
    EXACT = 1
    NEAR = 2
    VARIANT = 3


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """One kept paragraph and its copies, as positions; copies: int64 (c,), rising, never empty."""

    kept: int
    copies: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """A pasted block: consecutive copies whose kept paragraphs are consecutive too.

    All are positions, both ends included. ``paragraphs`` counts the copies in it (one unmatched
    paragraph may stand between two of them); ``similarity`` is the mean of theirs.
    """

    kept: int
    kept_last: int
    copy: int
    copy_last: int
    paragraphs: int
    similarity: float


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The answer for ``n`` paragraphs; every array has one entry for each, in the order given.

    kept: bool (n,). match: int64 (n,), position of the kept paragraph it repeats, its own where
    nothing matches. similarity: float32 (n,), with its match; 1 with itself. kind: uint8 (n,), a
    ``Kind``. ``expected_recall`` is the promised share of pairs at or above ``threshold`` that
    were compared; ``uncompared`` counts the pairs that a cap left out.
    """

    kept: NDArray[np.bool_]
    match: NDArray[np.int64]
    similarity: NDArray[np.float32]
    kind: NDArray[np.uint8]
    threshold: float
    recipe: Recipe
    expected_recall: float
    uncompared: int
    paragraphs: Sequence[str] | Sequence[Paragraph] = field(repr=False)
