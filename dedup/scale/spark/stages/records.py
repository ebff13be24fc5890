"""What a group of rows needs to be decided, as records of one shape.

Knows: kinds of records, which texts go where, how lone rows are gathered. Does not know: in which
order rows are decided, how.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from dedup.scale.spark.tasks import decision

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

#: Lone rows that are decided together.
_TOGETHER = 4096


def gather(rows: DataFrame, hot: DataFrame, partitions: int) -> DataFrame:
    """Put rows that don't wait for each other in groups: row, group.

    By the least hot bucket of each, so that what buckets remember is sent to few groups.
    """
    from pyspark.sql import functions as F  # noqa: N812

    least = hot.join(rows, "row").groupBy("row").agg(F.min("bucket").alias("bucket"))
    sizes = least.groupBy("bucket").agg(F.ceil(F.count("*") / _TOGETHER).alias("parts"))
    salt = F.pmod(F.xxhash64("row"), F.col("parts"))
    others = least.join(sizes, "bucket").select("row", F.xxhash64("bucket", salt).alias("group"))
    rest = rows.join(least, "row", "left_anti").select(
        "row", F.pmod(F.xxhash64("row"), F.lit(partitions)).cast("long").alias("group")
    )
    return others.union(rest)


def together(kinds: list[DataFrame], partitions: int) -> DataFrame:
    """Bring the records of each group together, by kind."""
    every = reduce(lambda a, b: a.union(b), kinds)
    return every.repartition(partitions, "group").sortWithinPartitions("group", "kind")


def hot_records(
    hot: DataFrame, groups: DataFrame, memory: DataFrame | None, texts: DataFrame
) -> list[DataFrame]:
    """Make the records of hot buckets: members, what is remembered, and the texts of both."""
    from pyspark.sql import functions as F  # noqa: N812

    hot = hot.join(groups, "row")
    wanted = hot.select("group", "row").distinct()
    members = hot.groupBy("group", "row").agg(F.collect_list("bucket").alias("many"))
    kinds = [record(members, decision.MEMBER, many=F.col("many"))]
    if memory is not None:
        reached = hot.select("group", "bucket").distinct().join(memory, "bucket")
        chosen = reached.select("group", F.col("bucket").alias("row"), "memory")
        kinds.append(record(chosen, decision.MEMORY, many=F.col("memory")))
        wanted = wanted.union(reached.select("group", F.explode("memory").alias("row"))).distinct()
    kinds.append(record(
        wanted.join(texts, "row"), decision.TEXT, x=F.col("sketch"), text=F.col("text")
    ))  # fmt: skip
    return kinds


def pair_records(pairs: DataFrame, groups: DataFrame, kind: int) -> DataFrame:
    """Make the records of pairs, in the group of the later row."""
    from pyspark.sql import functions as F  # noqa: N812

    joined = pairs.join(groups.withColumnRenamed("row", "later"), "later")
    return record(
        joined.withColumnRenamed("later", "row"), kind, other=F.col("earlier"),
        agreement=F.col("agreement"), score=F.col("score"), variant=F.col("variant"),
    )  # fmt: skip


def record(frame: DataFrame, kind: int, **columns: Column) -> DataFrame:
    """Make records of one kind of columns group, row and these; others are null."""
    from pyspark.sql import functions as F  # noqa: N812

    chosen = {"group": F.col("group"), "kind": F.lit(kind), "row": F.col("row"), **columns}
    types = [each.split() for each in decision.RECORD.split(", ")]
    return frame.select(
        *(chosen.get(name, F.lit(None)).cast(kind_of).alias(name) for name, kind_of in types)
    )
