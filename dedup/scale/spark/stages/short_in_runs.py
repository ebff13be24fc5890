"""Short paragraphs that go with a run, document by document.

Knows: which documents repeat which; the world of a document, which is this document and those that
it repeats. Does not know: how copies were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from dedup.core.fingerprint import group_equal
from dedup.core.runs import inside_runs
from dedup.found import Kind
from dedup.scale.spark.tasks.arrow import Rows, batch_of, matrix, named, values

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

    from dedup.scale.spark.work import WorkFolder

#: Paragraphs of worlds that are searched together, about.
_TOGETHER = 1 << 17


def followers(
    work: WorkFolder, sketched: DataFrame, answer: DataFrame, partitions: int
) -> DataFrame:
    """Find the short paragraphs inside runs, as rows of the answer."""
    from pyspark.sql import functions as F  # noqa: N812

    found = work.stage("followers", _found(sketched, answer, partitions))
    # A paragraph whose match goes too must stay, or none of its wording would be left.
    gone = found.select(F.col("place").alias("match"))
    return found.join(gone, "match", "left_anti").select(
        "place", F.lit(False).alias("kept"), "match", F.lit(1.0).cast("float").alias("similarity"),
        F.lit(int(Kind.EXACT)).alias("kind"),
    )  # fmt: skip


def _found(sketched: DataFrame, answer: DataFrame, partitions: int) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812

    places = sketched.select("place", "doc")
    copies = answer.where("not kept").select("place", "match")
    links = copies.join(places, "place").join(places.toDF("match", "other"), "match")
    with_short = sketched.where("not competes").select("doc").distinct()
    met = links.groupBy("doc", "other").agg(F.count("*").alias("n")).where("n > 1")
    met = met.join(with_short, "doc", "left_semi").select(F.col("doc").alias("world"), "other")
    worlds = met.union(met.select("world", F.col("world").alias("other"))).distinct()
    own = links.select("place", "match", F.col("doc").alias("world"))
    members = sketched.select("doc", "place", "print", "competes").withColumnRenamed("doc", "other")
    records = worlds.join(members, "other").join(own, ["place", "world"], "left")
    together = records.repartition(partitions, "world").sortWithinPartitions(
        "world", "other", "place"
    )
    ordered = together.select("world", "other", "place", "print", "competes", "match")
    return ordered.mapInArrow(named(search, "place"), "place long, match long")


def search(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    """Search worlds for runs. Records come by world, in it by document, in that by place."""
    import pyarrow

    held: list[RecordBatch] = []
    size, last = 0, 0
    for batch in batches:
        if not batch.num_rows:
            continue
        worlds = values(batch, "world")
        begin = 0
        if size >= _TOGETHER:
            borders = np.flatnonzero(worlds != np.concatenate(([last], worlds[:-1])))
            if len(borders):
                begin = int(borders[0])
                yield _search(pyarrow.Table.from_batches([*held, batch.slice(0, begin)]))
                held, size = [], 0
        held.append(batch.slice(begin))
        size += batch.num_rows - begin
        last = worlds[-1]
    if held:
        yield _search(pyarrow.Table.from_batches(held))


def _search(table: pyarrow.Table) -> RecordBatch:  # type: ignore[name-defined] # noqa: F821
    """Search some worlds. A match outside its world becomes the position after all records."""
    batch = table.combine_chunks().to_batches()[0]
    world, other, place = (values(batch, name) for name in ("world", "other", "place"))
    competes = np.append(values(batch, "competes").astype(bool), True)
    prints = matrix(batch.column("print"), np.uint64)
    _, same = group_equal(np.concatenate((prints, np.zeros((1, 2), dtype=np.uint64))))
    changes = np.flatnonzero((np.diff(world) != 0) | (np.diff(other) != 0)) + 1
    document = np.zeros(len(place) + 1, dtype=np.int64)
    document[changes] = 1
    document[-1] = 1
    document = np.cumsum(document)
    match = batch.column("match")
    copies = np.flatnonzero(~np.asarray(match.is_null()))
    wanted = match.drop_null().to_numpy(zero_copy_only=False)
    there = _positions(world, place, world[copies], wanted)
    gone, repeats = inside_runs(copies, there, document, competes, same)
    return batch_of(place=place[gone], match=place[repeats])


def _positions(world: Rows, place: Rows, of: Rows, wanted: Rows) -> Rows:
    """Find the positions of places in their worlds; of those that are not there, ``len(place)``."""
    order = np.lexsort((place, world))
    # A world and a place make one key: their numbers in sorted order.
    worlds, places = np.unique(world), np.unique(place)
    width = len(places) + 1
    keys = np.searchsorted(worlds, world[order]) * width + np.searchsorted(places, place[order])
    number = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    sought = np.searchsorted(worlds, of) * width + number
    at = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    right = (keys[at] == sought) & (places[number] == wanted)
    return np.where(right, order[at], len(place))
