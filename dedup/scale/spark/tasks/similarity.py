"""Compares and judges likely pairs, on an executor.

Knows: batches of pairs with their texts. Does not know: Spark, which rows are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dedup.core.candidates import ends_of
from dedup.core.variants import are_variants
from dedup.encoded import Column
from dedup.recipe import Recipe
from dedup.scale.spark.tasks.arrow import Rows, batch_of, strings, values
from dedup.stages import compare_texts

if TYPE_CHECKING:
    from pyarrow import RecordBatch


class Compare(NamedTuple):
    """Compare pairs. recipe: the recipe that pairs alike are judged by, or None."""

    threshold: float
    tokens: str
    recipe: Recipe | None

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns earlier, later, agreement, and s, t, their texts; add the verdict.

        The verdict: score, the similarity; alike, whether it reaches the threshold; variant.
        """
        for batch in batches:
            if not batch.num_rows:
                continue
            earlier, later = values(batch, "earlier"), values(batch, "later")
            rows, left, right = ends_of(earlier, later)
            # A row may have its text several times; any will do.
            place = np.empty(len(rows), dtype=np.int64)
            place[np.concatenate((left, right))] = np.arange(2 * len(left))
            every = Column.joined([strings(batch, "s"), strings(batch, "t")])
            yield self._scored(batch, every.take(place), left, right)

    def _scored(self, batch: RecordBatch, texts: Column, left: Rows, right: Rows) -> RecordBatch:
        scores = compare_texts(texts, left, right, self.tokens)
        alike = scores >= self.threshold
        variant = np.zeros(len(scores), dtype=bool)
        if self.recipe and alike.any():
            variant[alike] = are_variants(
                texts, left[alike], right[alike], self.recipe.tokens,
                variants_at=self.recipe.variants_at,
            )  # fmt: skip
        return batch_of(
            earlier=values(batch, "earlier"), later=values(batch, "later"),
            agreement=values(batch, "agreement").astype(np.int32), score=scores, alike=alike,
            variant=variant,
        )  # fmt: skip
