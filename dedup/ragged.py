"""Rows of unequal length in one flat array.

Knows: where each row begins. Does not know: what the values mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class Ragged(NamedTuple, Generic[Scalar]):
    """``n`` rows; row ``i`` is ``values[starts[i]:starts[i + 1]]``. Rows may be empty.

    values: shape (m,); starts: int64, shape (n + 1,), from 0 to m, never falling.
    """

    values: NDArray[Scalar]
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Length of every row, int64 (n,)."""
        return np.diff(self.starts)

    @classmethod
    def joined(cls, parts: Sequence[Ragged[Scalar]]) -> Ragged[Scalar]:
        """Join the rows of several, one after another."""
        lengths = np.concatenate([part.lengths for part in parts])
        return cls(np.concatenate([part.values for part in parts]), starts_of(lengths))

    def part(self, begin: int, end: int) -> Ragged[Scalar]:
        """Give the rows from ``begin`` to before ``end``, without copying their values."""
        starts = self.starts[begin : end + 1]
        return Ragged(self.values[starts[0] : starts[-1]], starts - starts[0])

    def take(self, rows: NDArray[np.int64]) -> Ragged[Scalar]:
        """Copy the given rows, in the given order. Cost: linear in what is copied."""
        lengths = self.lengths[rows]
        starts = starts_of(lengths)
        shift = np.repeat(self.starts[rows] - starts[:-1], lengths)
        return Ragged(self.values[np.arange(starts[-1]) + shift], starts)


def starts_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Turn row lengths (n,) into row starts (n + 1,)."""
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    return starts
