"""Likely pairs beside their texts to similarities and verdicts, on an executor.

Knows: batches of pairs. Does not know: Spark, which rows are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.candidates import ends_of
from dedup.core.variants import are_variants
from dedup.recipe import Recipe
from dedup.scale.spark.tasks.arrow import Rows, batch_of, values
from dedup.stages import alike_texts, compare_texts

if TYPE_CHECKING:
    from pyarrow import RecordBatch

#: Rows of a block where every pair is compared.
_BLOCK_ROWS = 500


class Compare(NamedTuple):
    """Compare pairs; recipe: by what those alike are judged as well, None for not at all."""

    threshold: float
    tokens: str
    recipe: Recipe | None

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns earlier, later, agreement, s and t, the texts; write score and verdict."""
        for batch in batches:
            if not batch.num_rows:
                continue
            earlier, later = values(batch, "earlier"), values(batch, "later")
            rows, left, right = ends_of(earlier, later)
            texts: list[str] = [""] * len(rows)
            for name, places in (("s", left), ("t", right)):
                found = batch.column(name).to_pylist()
                for place, text in zip(places.tolist(), found, strict=True):
                    texts[place] = text
            yield self._told(batch, texts, left, right)

    def _told(self, batch: RecordBatch, texts: list[str], left: Rows, right: Rows) -> RecordBatch:
        scores = compare_texts(texts, left, right, self.tokens)
        alike = scores >= self.threshold
        variant = np.zeros(len(scores), dtype=bool)
        if self.recipe and alike.any():
            variant[alike] = _judged(texts, left[alike], right[alike], self.recipe)
        return batch_of(
            earlier=values(batch, "earlier"), later=values(batch, "later"),
            agreement=values(batch, "agreement").astype(np.int32), score=scores, alike=alike,
            variant=variant,
        )  # fmt: skip


class CompareAll(NamedTuple):
    """Compare every pair of the rows of one task: where a recipe has no bands."""

    threshold: float
    tokens: str
    recipe: Recipe | None

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns row and text, the rows rising; write pairs alike."""
        rows: list[int] = []
        texts: list[str] = []
        for batch in batches:
            rows += batch.column("row").to_pylist()
            texts += batch.column("text").to_pylist()
        number = np.array(rows, dtype=np.int64)
        cuts = range(0, len(rows), _BLOCK_ROWS)
        for a in cuts:
            left = texts[a : a + _BLOCK_ROWS]
            for b in cuts[a // _BLOCK_ROWS :]:
                right = None if a == b else texts[b : b + _BLOCK_ROWS]
                i, j, scores = alike_texts(left, right, self.threshold, self.tokens)
                i, j = i + a, j + b
                alike = scores >= self.threshold
                variant = np.zeros(len(scores), dtype=bool)
                if self.recipe and alike.any():
                    variant[alike] = _judged(texts, i[alike], j[alike], self.recipe)
                yield batch_of(
                    earlier=number[i], later=number[j],
                    agreement=np.zeros(len(i), dtype=np.int32), score=scores, alike=alike,
                    variant=variant,
                )  # fmt: skip


def _judged(texts: list[str], i: Rows, j: Rows, recipe: Recipe) -> NDArray[np.bool_]:
    return are_variants(texts, i, j, recipe.tokens, variants_at=recipe.variants_at)
