"""Clusters of rows: connected components of a graph, in turns over Parquet.

Knows: edges, labels, turns. Does not know: what an edge means.

One task labels up to ``SMALL`` edges. More are contracted by turns of large-star and small-star
(Kiveris et al. 2014, "Connected components in MapReduce and beyond"), each a stage of its own. The
number of turns grows with the logarithm of the number of rows, even for one long chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.scale.spark.tasks.arrow import Rows, batch_of, values

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

    from dedup.scale.spark.work import WorkFolder

#: Edges that one task labels, with 40 bytes of memory for each.
SMALL = 4_000_000

#: More turns than 2**60 rows can need.
_MOST_TURNS = 60


def clusters(work: WorkFolder, name: str, edges: DataFrame, most: int) -> DataFrame:
    """Label each row of some edges by the least row of its component.

    edges: columns a, b; most: an upper bound of their number. Gives columns row, label, without
    rows that have no edge to another row.
    """
    if most <= SMALL:
        return work.stage(name, _by_one_task(edges))
    found = work.stage(f"{name}.0", _ordered(edges))
    state = None
    for turn in range(1, _MOST_TURNS):
        before, state = state, _state(work, f"{name}.{turn - 1}", found)
        if state == before:
            return work.stage(name, _as_labels(found))
        if state[0] <= SMALL:
            return work.stage(name, _by_one_task(found))
        found = work.stage(f"{name}.{turn}", _small_star(_large_star(found)))
    raise AssertionError(f"{name} still changes after {_MOST_TURNS} turns")


def _by_one_task(edges: DataFrame) -> DataFrame:
    return edges.coalesce(1).mapInArrow(label, "row long, label long")


def _ordered(edges: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812

    ends = edges.select(F.greatest("a", "b").alias("a"), F.least("a", "b").alias("b"))
    return ends.where("a <> b").distinct()


def _large_star(edges: DataFrame) -> DataFrame:
    """Link the larger neighbours of each row to the least of its neighbours and itself."""
    from pyspark.sql import functions as F  # noqa: N812

    both = edges.union(edges.select("b", "a"))
    least = both.groupBy("a").agg(F.least(F.min("b"), F.first("a")).alias("m"))
    linked = both.join(least, "a").where("b > a").select(F.col("b").alias("a"), F.col("m"))
    return linked.withColumnRenamed("m", "b").where("a <> b").distinct()


def _small_star(edges: DataFrame) -> DataFrame:
    """Link each row and its smaller neighbours to the least of these."""
    from pyspark.sql import functions as F  # noqa: N812

    least = edges.groupBy("a").agg(F.min("b").alias("m"))
    others = edges.join(least, "a").select(F.col("b").alias("a"), F.col("m").alias("b"))
    return others.union(least.select("a", F.col("m").alias("b"))).where("a <> b").distinct()


def _as_labels(stars: DataFrame) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812

    own = stars.select(F.col("b").alias("row"), F.col("b").alias("label")).distinct()
    return stars.select(F.col("a").alias("row"), F.col("b").alias("label")).union(own)


def _state(work: WorkFolder, name: str, edges: DataFrame) -> tuple[int, str]:
    """Count and sum the edges: a state that stays the same once all components are stars."""
    from pyspark.sql import functions as F  # noqa: N812

    def add() -> dict[str, str]:
        total = F.sum(F.col("a").cast("decimal(38,0)") + F.col("b").cast("decimal(38,0)") * 3)
        return {"sum": str(edges.agg(total.cast("string")).head()[0])}  # type: ignore[index]

    return work.rows(name), work.fact(f"{name}.sum", add)["sum"]


def label(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    """Label the rows of all edges, in one task: columns a, b to row, label."""
    a, b = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for batch in batches:
        a.append(values(batch, "a"))
        b.append(values(batch, "b"))
    left, right = np.concatenate(a), np.concatenate(b)
    left, right = left[left != right], right[left != right]
    rows, ends = np.unique(np.concatenate((left, right)), return_inverse=True)
    half = len(ends) // 2
    labels = components(len(rows), ends[:half], ends[half:])
    for begin in range(0, len(rows), 1 << 16):
        some = slice(begin, begin + (1 << 16))
        yield batch_of(row=rows[some], label=rows[labels[some]])


def components(count: int, a: Rows, b: Rows) -> NDArray[np.int64]:
    """Label ``count`` rows by the least row of their component: int64 (count,).

    Cost: a few passes over the edges that still join two labels.
    """
    labels = np.arange(count)
    while len(a):
        low, high = np.minimum(labels[a], labels[b]), np.maximum(labels[a], labels[b])
        apart = low != high
        a, b, low, high = a[apart], b[apart], low[apart], high[apart]
        np.minimum.at(labels, high, low)
        while True:
            further = labels[labels]
            if np.array_equal(further, labels):
                break
            labels = further
    return labels
