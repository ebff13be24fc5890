"""Numbers rows from 0 in some order, without a task that gets all of them.

Knows: ranges, partitions, offsets. Does not know: what the rows are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from dedup.scale.spark.tasks.arrow import batch_of

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame

    from dedup.scale.spark.work import WorkFolder


def numbered(
    work: WorkFolder, name: str, frame: DataFrame, order: tuple[str, ...], partitions: int
) -> DataFrame:
    """Add the column ``number``: the position of each row in the order of some columns, from 0.

    The rows are sorted by range and written; then each partition is counted. No two rows may be
    equal in the columns of the order, or another run would number them differently.
    """
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.types import LongType, StructType
    from pyspark.sql.window import Window

    ranged = frame.repartitionByRange(partitions, *order).sortWithinPartitions(*order)
    with_part = ranged.withColumn("part", F.spark_partition_id().cast("long"))
    schema = StructType([*with_part.schema.fields]).add("at", LongType())
    arranged = work.stage(f"{name}.sorted", with_part.mapInArrow(_count, schema))
    sizes = arranged.groupBy("part").agg(F.count("*").alias("size"))
    before = F.sum("size").over(Window.orderBy("part")) - F.col("size")
    # One task sorts these: there are as many rows as partitions.
    begins = sizes.select("part", before.alias("begin"))
    return arranged.join(F.broadcast(begins), "part").select(
        *frame.columns, (F.col("begin") + F.col("at")).alias("number")
    )


def _count(batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
    at = 0
    for batch in batches:
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        yield batch_of(**columns, at=np.arange(at, at + batch.num_rows))
        at += batch.num_rows
