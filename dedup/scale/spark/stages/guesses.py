"""Large clusters in a few rounds, side by side: guess who is kept, apply the rule to all, compare.

Knows: guesses, what buckets remember of one, when to stop. Does not know: the rule
(``tasks.decision``).

A guess says of every row whether it is kept. From it follows what each hot bucket remembers (its
first ``CAP`` kept rows) and so what each row is compared with, whatever the others turn out to be:
all rows can be decided side by side. Where what comes out is the guess, it is the answer: the first
row is right by itself, so the second is, and so on. Otherwise it is the next guess, in which at
least one row more is right for good; only rows that see something else than before are decided
again. At first the rows decided beforehand are taken to be kept, and no others: they fill the
buckets most rows share. How many rounds it takes depends on how long the threads of dependence are:
a template of which half the variants are copies of others took ten.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dedup.core.candidates import CAP
from dedup.scale.spark.stages.records import gather, hot_records, pair_records, together
from dedup.scale.spark.tasks import decision
from dedup.scale.spark.tasks.arrow import named

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.scale.spark.stages.rounds import Asked
    from dedup.scale.spark.tasks.decision import Decide
    from dedup.scale.spark.work import Work

#: Guesses before another way is taken.
MOST_GUESSES = 20


class Guessed(NamedTuple):
    """The answer, as ``tasks.decision`` tells it, and in how many rounds it was found."""

    rows: DataFrame
    rounds: int


def guess(
    work: Work, asked: Asked, known: DataFrame, how: Decide, partitions: int
) -> Guessed | None:
    """Decide all rows of some clusters; None where ``MOST_GUESSES`` are not enough.

    known: row, kept of their first rows.
    """
    ends = asked.edges.select("earlier").union(asked.edges.select("later")).toDF("row")
    rows = ends.union(asked.hot.select("row")).distinct()
    groups = work.stage("guess.groups", gather(rows, asked.hot, partitions))
    task = how._replace(remember=False, guessed=True)
    kept_first = known.where("kept").select("row")
    gone = work.stage("guess.first", groups.select("row").join(kept_first, "row", "left_anti"))
    answer: DataFrame | None = None
    before: DataFrame | None = None
    changed: DataFrame | None = None
    for turn in range(MOST_GUESSES):
        memory = work.stage(
            f"guess.{turn}.memory", _remembered(asked.hot.join(gone, "row", "left_anti"))
        )
        edges = asked.edges.join(gone.toDF("earlier"), "earlier", "left_anti")
        now = groups
        if before is not None and changed is not None:
            seeing = _seeing(asked, before, memory, changed)
            now = groups.join(work.stage(f"guess.{turn}.rows", seeing), "row", "left_semi")
        kinds = hot_records(asked.hot, now, memory, asked.texts)
        kinds.append(pair_records(edges, now, decision.ROOTED))
        answers = together(kinds, partitions).mapInArrow(named(task.run, "row"), decision.ANSWER)
        done = work.stage(f"guess.{turn}", answers)
        still = answer.join(now, "row", "left_anti") if answer is not None else done.limit(0)
        answer = work.stage(f"guess.{turn}.answer", done.unionByName(still))
        goes = answer.where("not kept").select("row")
        changed = work.stage(f"guess.{turn}.changed", _once(goes.union(gone)))
        if not work.rows(f"guess.{turn}.changed"):
            return Guessed(answer, turn + 1)
        gone, before = goes, memory
    return None


def _seeing(asked: Asked, before: DataFrame, memory: DataFrame, changed: DataFrame) -> DataFrame:
    """List the rows that see something else than before: of a bucket, or of their pairs."""
    from pyspark.sql import functions as F  # noqa: N812

    none = F.array().cast("array<long>")
    now, old = F.coalesce("memory", none), F.coalesce("old", none)
    # The first that is in one list and not in the other: rows before it see what they saw.
    border = F.least(
        F.array_min(F.array_except(now, old)), F.array_min(F.array_except(old, now))
    ).alias("border")
    both = memory.join(before.toDF("bucket", "old"), "bucket", "full").select("bucket", border)
    of_hot = asked.hot.join(both.where("border is not null"), "bucket").where("row > border")
    of_hot = of_hot.select("row")
    of_pairs = asked.edges.join(changed.toDF("earlier"), "earlier", "left_semi").select("later")
    return of_hot.union(of_pairs.toDF("row")).distinct()


def _remembered(kept: DataFrame) -> DataFrame:
    """Name the first kept rows of each bucket, in order."""
    from pyspark.sql import functions as F  # noqa: N812
    from pyspark.sql.window import Window

    # Spark leaves all but the first rows of a bucket out before it sends them.
    place = F.row_number().over(Window.partitionBy("bucket").orderBy("row"))
    first = kept.withColumn("place", place).where(F.col("place") <= CAP)
    return first.groupBy("bucket").agg(F.sort_array(F.collect_list("row")).alias("memory"))


def _once(rows: DataFrame) -> DataFrame:
    """Leave the rows that stand in one of two lists only."""
    from pyspark.sql import functions as F  # noqa: N812

    return rows.groupBy("row").agg(F.count("*").alias("n")).where("n = 1").select("row")
