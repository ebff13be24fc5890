"""Large clusters in a few rounds, side by side: guess who is kept, apply the rule to all, compare.

Knows: guesses, what buckets remember of one, when to stop. Does not know: the rule (``deciding``).

A guess says of every row whether it is kept; at first all are. From a guess follows what each hot
bucket remembers (its first ``CAP`` kept rows) and so what each row is compared with, whatever the
others turn out to be: all rows can be decided side by side. Where what comes out is the guess, it
is the answer: the first row is right by itself, so the second is, and so on. Otherwise it is the
next guess, in which at least one row more is right for good; in practice two to four rounds do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dedup.core.candidates import CAP
from dedup.scale.spark import deciding
from dedup.scale.spark.columns import named
from dedup.scale.spark.records import gather, hot_records, pair_records, together

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.scale.spark.deciding import Decide
    from dedup.scale.spark.rounds import Asked
    from dedup.scale.spark.work import Work

#: Guesses before another way is taken.
MOST_GUESSES = 10


class Guessed(NamedTuple):
    """The answer, as ``deciding`` tells it, and in how many rounds it was found."""

    rows: DataFrame
    rounds: int


def guess(work: Work, asked: Asked, how: Decide, partitions: int) -> Guessed | None:
    """Decide all rows of some clusters; None where ten guesses are not enough."""
    ends = asked.edges.select("earlier").union(asked.edges.select("later")).toDF("row")
    rows = ends.union(asked.hot.select("row")).distinct()
    groups = work.stage("guess.groups", gather(rows, asked.hot, partitions))
    task = how._replace(remember=False, guessed=True)
    gone: DataFrame | None = None
    for turn in range(MOST_GUESSES):
        hot, edges = asked.hot, asked.edges
        if gone is not None:
            hot = hot.join(gone, "row", "left_anti")
            edges = edges.join(gone.withColumnRenamed("row", "earlier"), "earlier", "left_anti")
        memory = work.stage(f"guess.{turn}.memory", _remembered(hot))
        kinds = hot_records(asked.hot, groups, memory, asked.texts)
        kinds.append(pair_records(edges, groups, deciding.ROOTED))
        told = together(kinds, partitions).mapInArrow(named(task.run, "row"), deciding.ANSWER)
        done = work.stage(f"guess.{turn}", told)
        goes = done.where("not kept").select("row")
        both = goes if gone is None else goes.union(gone)
        changed = work.fact(f"guess.{turn}.changed", lambda both=both: _once(both))  # type: ignore[misc]
        if not changed["rows"]:
            return Guessed(done, turn + 1)
        gone = goes
    return None


def _remembered(kept: DataFrame) -> DataFrame:
    """Name the first kept rows of each bucket, in order."""
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.window import Window

    # Spark leaves all but the first rows of a bucket out before it sends them.
    place = F.row_number().over(Window.partitionBy("bucket").orderBy("row"))
    first = kept.withColumn("place", place).where(F.col("place") <= CAP)
    return first.groupBy("bucket").agg(F.sort_array(F.collect_list("row")).alias("memory"))


def _once(rows: DataFrame) -> dict[str, int]:
    """Count the rows that stand in one of two lists only."""
    from pyspark.sql import functions as F  # noqa: N812

    return {"rows": rows.groupBy("row").agg(F.count("*").alias("n")).where("n = 1").count()}
