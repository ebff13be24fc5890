"""Pairs and hot buckets to the decision: by one task, or by one for each part of the clusters.

Knows: which rows must be decided by the same task, and the records that it gets of them. Does not
know: texts, how rows are decided (``tasks.decision``).

A row's answer depends on earlier rows of its cluster alone: those that it is joined to by a pair,
and the members of its hot buckets. Up to ``FEW`` pairs and members one task walks through all of
them, which takes seconds. More are clustered, and each task walks through some of the clusters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.core.walk import MOST
from dedup.scale.spark.stages.components import clusters
from dedup.scale.spark.tasks import decision
from dedup.scale.spark.tasks.arrow import named
from dedup.scale.spark.tasks.decision import Decide

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.scale.spark.work import WorkFolder

#: Pairs, and members of hot buckets, that one task decides.
FEW = 4_000_000


class Undecided(NamedTuple):
    """What is to be decided.

    scored: earlier, later, agreement, score, alike, variant; hot: bucket, row; texts: row, sketch,
    text. size: how many pairs and members there are, at most.
    """

    scored: DataFrame
    hot: DataFrame
    texts: DataFrame
    size: int


def decide(work: WorkFolder, met: Undecided, how: Decide, partitions: int) -> DataFrame:
    """Decide all rows that meet another, see ``tasks.decision`` for the columns."""
    if met.size <= FEW:
        together = _records(met.scored, _members(met)).repartition(1)
    else:
        pairs = work.stage("pairs", _telling(met))
        labels = clusters(work, "clusters", _links(pairs, met.hot), met.size)
        of_later = labels.withColumnRenamed("row", "later")
        records = _records(pairs.join(of_later, "later"), _members(met).join(labels, "row"))
        together = records.repartition(partitions, "label")
    names = [each.split()[0] for each in decision.RECORD.split(", ")]
    ordered = together.sortWithinPartitions("row").select(*names)
    return work.stage("decide", ordered.mapInArrow(named(how.run, "row"), decision.ANSWER))


def uncompared(work: WorkFolder, decided: DataFrame) -> int:
    """Count the pairs that met and were not compared."""
    from pyspark.sql import functions as F  # noqa: N812

    def total() -> dict[str, Any]:
        row = decided.agg(F.coalesce(F.sum("uncompared"), F.lit(0))).head()
        assert row is not None
        return {"uncompared": int(row[0])}

    return int(work.fact("uncompared", total)["uncompared"])


def _telling(met: Undecided) -> DataFrame:
    """Leave the pairs on which an answer may depend.

    Those alike; and all of a row that may have more candidates than are compared, where the unlike
    ones take places too.
    """
    from pyspark.sql import functions as F  # noqa: N812

    many = met.scored.groupBy("later").agg(F.count("*").alias("n")).where(f"n > {MOST}")
    crowded = many.select("later").union(met.hot.select("row")).distinct()
    marked = met.scored.join(crowded.withColumn("crowded", F.lit(True)), "later", "left")
    return marked.where("alike or crowded or isnan(score)").drop("crowded")


def _links(pairs: DataFrame, hot: DataFrame) -> DataFrame:
    """List what joins rows: pairs, and the members of a bucket to its first one. Columns a, b."""
    from pyspark.sql import functions as F  # noqa: N812

    first = hot.groupBy("bucket").agg(F.min("row").alias("a"))
    stars = hot.join(first, "bucket").select("a", F.col("row").alias("b"))
    return pairs.select(F.col("earlier").alias("a"), F.col("later").alias("b")).union(stars)


def _members(met: Undecided) -> DataFrame:
    """Give each member of hot buckets these buckets, its sketch and its text."""
    from pyspark.sql import functions as F  # noqa: N812

    members = met.hot.groupBy("row").agg(F.collect_list("bucket").alias("buckets"))
    return members.join(met.texts, "row")


def _records(pairs: DataFrame, members: DataFrame) -> DataFrame:
    """Make the records of pairs and members, see ``tasks.decision``."""
    records = pairs.withColumnsRenamed({"later": "row", "earlier": "other"})
    label = [name for name in pairs.columns if name == "label"]
    earlier = pairs.select(pairs["earlier"].alias("row"), *label)
    every = records.unionByName(earlier, allowMissingColumns=True)
    return every.unionByName(members, allowMissingColumns=True)
