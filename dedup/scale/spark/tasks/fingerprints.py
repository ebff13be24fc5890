"""Finds exact copies by their fingerprints, on an executor.

Knows: blocks of fingerprints, targets. Does not know: Spark, sketches.

A target is a range of fingerprints. A task that sketches sends a fingerprint that it met before
only once (see ``sketches``), so a text on every page of a site does not fill one target.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dedup.core.fingerprint import group_equal
from dedup.scale.spark.tasks.arrow import batch_of, joined_values, matrix, values

if TYPE_CHECKING:
    from pyarrow import RecordBatch


class PackPrints(NamedTuple):
    """Pack prints, places and ranks into a block for each target."""

    targets: int

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns print, place and perhaps rank; write target, prints, places, ranks."""
        for batch in batches:
            if not batch.num_rows:
                continue
            prints = matrix(batch.column("print"), np.uint64)
            places = values(batch, "place")
            ranked = "rank" in batch.schema.names
            ranks = values(batch, "rank") if ranked else np.zeros(len(places), dtype=np.int64)
            target = (prints[:, 0] >> np.uint64(32)) * np.uint64(self.targets) >> np.uint64(32)
            order = np.argsort(target, kind="stable")
            names, first = np.unique(target[order], return_index=True)
            cuts = [*first.tolist(), len(order)]
            parts = [order[a:b] for a, b in pairwise(cuts)]
            yield batch_of(
                target=names.astype(np.int32), prints=[prints[each].tobytes() for each in parts],
                places=[places[each].tobytes() for each in parts],
                ranks=[ranks[each].tobytes() if ranked else b"" for each in parts],
            )  # fmt: skip


class Fold(NamedTuple):
    """Find for each place the first by rank with the same print. rank: the type of ranks."""

    rank: str | None

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read blocks, by target; write place and head where they differ."""
        for blocks in _by_target(batches):
            prints = np.frombuffer(blocks["prints"], dtype=np.uint64).reshape(-1, 2)
            places = np.frombuffer(blocks["places"], dtype=np.int64)
            order = np.argsort(places, kind="stable")
            if self.rank is not None:
                ranks = np.frombuffer(blocks["ranks"], dtype=self.rank)
                order = order[np.argsort(ranks[order], kind="stable")]
            places = places[order]
            first, group = group_equal(prints[order])
            heads = places[first][group]
            copies = heads != places
            yield batch_of(place=places[copies], head=heads[copies])


def _by_target(batches: Iterable[RecordBatch]) -> Iterator[dict[str, bytes]]:
    """Join the blocks of each target; they come one after another."""
    target: Any = None
    held: dict[str, list[bytes]] = {}
    for batch in batches:
        targets = values(batch, "target")
        cuts = [0, *(np.flatnonzero(np.diff(targets)) + 1).tolist(), len(targets)]
        for begin, end in pairwise(cuts):
            if begin == end:
                continue
            if held and targets[begin] != target:
                yield {name: b"".join(parts) for name, parts in held.items()}
                held = {}
            target = targets[begin]
            for name in ("prints", "places", "ranks"):
                column = batch.column(name).slice(begin, end - begin)
                held.setdefault(name, []).append(joined_values(column))
    if held:
        yield {name: b"".join(parts) for name, parts in held.items()}
