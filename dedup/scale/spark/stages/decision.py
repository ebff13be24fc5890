"""Pairs and hot buckets to the decision, by one task or by many.

Knows: which rows the same task must decide, and their records. Does not know: texts, how a task
decides rows (``tasks.decision``).

The decision on a row depends only on earlier rows of its cluster: those that it makes a pair with,
and the other members of its hot buckets. One task decides up to ``FEW`` pairs and members, in
seconds. Where there are more, rows are clustered, and each task decides some whole clusters.
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

#: How many pairs and members of hot buckets one task decides, without clusters. A pair takes 2 us,
#: a member that is compared with many others some 10 us.
FEW = 1_000_000


class Undecided(NamedTuple):
    """Rows that meet, as tables.

    scored: the pairs of small buckets, with columns earlier, later, agreement, score, alike,
    variant; hot: the members of hot buckets, with columns bucket, row; texts: columns row, sketch,
    text, at least of the members. pairs: the number of pairs; most: an upper bound of the number of
    members.
    """

    scored: DataFrame
    hot: DataFrame
    texts: DataFrame
    pairs: int
    most: int


def decide(work: WorkFolder, met: Undecided, how: Decide, partitions: int) -> DataFrame:
    """Decide all rows that meet another. For the columns see ``tasks.decision.ANSWER``."""
    size = _size(work, met)
    if size <= FEW:
        together = _records(met.scored, _members(met)).repartition(1)
    else:
        pairs = work.stage("pairs", _telling(met))
        labels = clusters(work, "clusters", _links(pairs, met.hot), size)
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


def _size(work: WorkFolder, met: Undecided) -> int:
    """Count pairs and members, these only where they may be too many for one task."""
    if met.pairs + met.most <= FEW:
        return met.pairs + met.most
    hot = work.fact("hot", lambda: {"rows": met.hot.count()})
    return met.pairs + int(hot["rows"])


def _telling(met: Undecided) -> DataFrame:
    """Select the pairs on which the answer may depend.

    These are the pairs alike, and all pairs of a later row that may have more candidates than are
    compared: there, unlike candidates take the place of others.
    """
    from pyspark.sql import functions as F  # noqa: N812

    many = met.scored.groupBy("later").agg(F.count("*").alias("n")).where(f"n > {MOST}")
    crowded = many.select("later").union(met.hot.select("row")).distinct()
    marked = met.scored.join(crowded.withColumn("crowded", F.lit(True)), "later", "left")
    return marked.where("alike or crowded or isnan(score)").drop("crowded")


def _links(pairs: DataFrame, hot: DataFrame) -> DataFrame:
    """List the edges of clusters: pairs, and each member of a hot bucket with the first one."""
    from pyspark.sql import functions as F  # noqa: N812

    first = hot.groupBy("bucket").agg(F.min("row").alias("a"))
    stars = hot.join(first, "bucket").select("a", F.col("row").alias("b"))
    return pairs.select(F.col("earlier").alias("a"), F.col("later").alias("b")).union(stars)


def _members(met: Undecided) -> DataFrame:
    """Make the records of members of hot buckets."""
    from pyspark.sql import functions as F  # noqa: N812

    members = met.hot.groupBy("row").agg(F.collect_list("bucket").alias("buckets"))
    return members.join(met.texts, "row")


def _records(pairs: DataFrame, members: DataFrame) -> DataFrame:
    """Make the records of pairs, and put those of members beside them."""
    records = pairs.withColumnsRenamed({"later": "row", "earlier": "other"})
    label = [name for name in pairs.columns if name == "label"]
    earlier = pairs.select(pairs["earlier"].alias("row"), *label)
    every = records.unionByName(earlier, allowMissingColumns=True)
    return every.unionByName(members, allowMissingColumns=True)
