"""Ranks: the order in which paragraphs compete to be kept. The smallest comes first.

Knows: how to turn an order ("the longest first", "the newest first") into an array of numbers.
Does not know: how ``find`` uses it. Paragraphs of equal rank compete in reading order.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dedup.paragraph import Paragraph, text_of


def first(paragraphs: Sequence[str] | Sequence[Paragraph]) -> NDArray[np.int64]:
    """Rank by reading order: the first of several copies is kept. The default."""
    return np.arange(len(paragraphs))


def longest(paragraphs: Sequence[str] | Sequence[Paragraph]) -> NDArray[np.int64]:
    """Rank by length in characters, markup not counted: the longest of several copies is kept."""
    texts = [text_of(each) for each in paragraphs]
    return -np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))


def newest(dates: ArrayLike) -> NDArray[np.int64]:
    """Rank by date, one for each paragraph: the newest of several copies is kept.

    dates: numbers, ``datetime64`` values or ISO 8601 strings, all of one kind.
    """
    _, place = np.unique(np.asarray(dates), return_inverse=True)
    return -place.astype(np.int64)


def oldest(dates: ArrayLike) -> NDArray[np.int64]:
    """Rank by date, one for each paragraph: the oldest of several copies is kept."""
    return -newest(dates)


def by_source(paragraphs: Sequence[Paragraph], sources: Sequence[str]) -> NDArray[np.int64]:
    """Rank by source, in the order of ``sources``; sources not listed come last."""
    place = {source: number for number, source in enumerate(sources)}
    return np.array([place.get(each.source, len(place)) for each in paragraphs], dtype=np.int64)
