"""Edges and hot buckets to the decision, in rounds: clusters side by side, large ones by parts.

Knows: what of a cluster is decided when, and which records a group needs. Does not know: texts,
how a group is decided (``tasks.decision``).

A row's answer depends on earlier rows of its cluster alone: those it is joined to by a pair alike,
and the members of its hot buckets, as long as these have room for more kept rows. So clusters are
decided side by side, each in one task. Those with more than ``LARGE`` members of hot buckets are
guessed, round after round (``guesses``). Where that doesn't come to an end, their first rows are
decided; then the buckets that are full by now join nobody, the others are clustered anew, and so
on, each time with four times as many.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup.core.candidates import CAP
from dedup.scale.spark.stages.components import clusters
from dedup.scale.spark.stages.guesses import guess
from dedup.scale.spark.stages.records import gather, hot_records, pair_records, together
from dedup.scale.spark.tasks import decision
from dedup.scale.spark.tasks.arrow import named
from dedup.scale.spark.tasks.decision import Decide

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.scale.spark.work import Work

#: Members of hot buckets of one cluster that one task decides; where parts grow, at most.
LARGE, LARGEST = 16_384, 262_144

#: How many first rows of a large cluster are decided before others are guessed.
FIRST = 1024

#: Quantiles among which the border of a part is chosen.
_STEPS = 1000


class Asked(NamedTuple):
    """What is to be decided.

    edges: earlier, later, agreement, score, variant; hot: bucket, row; texts: row, sketch, text.
    most_links: edges and members of hot buckets, at most.
    """

    edges: DataFrame
    hot: DataFrame
    texts: DataFrame
    most_links: int


class Decided(NamedTuple):
    """The answer: row, kept, match, similarity of every row of a cluster; rounds; uncompared."""

    rows: DataFrame
    rounds: int
    turns: int
    uncompared: int


def decide(work: Work, asked: Asked, how: Decide, partitions: int) -> Decided:
    """Decide every cluster."""
    state = _State(work, asked, partitions)
    labels, turns = clusters(work, "clusters.0", state.links(), asked.most_links)
    giants = None
    if work.rows("clusters.0") > LARGE:
        giants = state.giants(labels, 0, LARGE, FIRST)
        if not work.rows("large.0"):
            giants = None
    small = labels if giants is None else labels.join(giants, "label", "left_anti")
    known = [_decided(work, state.records(small, 0), how, 0)]
    rounds = 1
    if giants is not None:
        within = labels.join(giants, "label", "left_semi")
        large = _part(work, asked, within.select("row"))
        guessed = None
        if how.least:
            first = state.records(_first_rows(within, giants), 0)
            decided = work.stage("decide.first", first.mapInArrow(
                named(how.run, "row"), decision.ANSWER
            ))  # fmt: skip
            guessed = guess(work, large, decided, how, partitions)
        if guessed is not None:
            known.append(guessed.rows)
            rounds += guessed.rounds
        else:
            more, further = _by_parts(work, _State(work, large, partitions), how)
            known += more
            rounds, turns = rounds + len(more), turns + further
    every = reduce(lambda a, b: a.union(b), known)
    rows = every.where("row is not null").select("row", "kept", "match", "similarity")
    uncompared = work.fact("uncompared", lambda: _sum(every))["uncompared"]
    return Decided(rows, rounds, turns, uncompared)


def _decided(work: Work, records: DataFrame, how: Decide, rounds: int) -> DataFrame:
    answers = records.mapInArrow(named(how.run, "row"), decision.ANSWER)
    return work.stage(f"decide.{rounds}", answers)


def _part(work: Work, asked: Asked, rows: DataFrame) -> Asked:
    """Leave what concerns some rows, which are whole clusters."""
    rows = work.stage("open.0", rows)
    edges = asked.edges.join(rows.withColumnRenamed("row", "later"), "later", "left_semi")
    edges = work.stage("edges.0", edges)
    hot = work.stage("hot.0", asked.hot.join(rows, "row", "left_semi"))
    return Asked(edges, hot, asked.texts, work.rows("edges.0") + work.rows("hot.0"))


def _by_parts(work: Work, state: _State, how: Decide) -> tuple[list[DataFrame], int]:
    """Decide large clusters part by part: (answers, turns of clustering)."""
    known: list[DataFrame] = []
    turns, large, final = 0, LARGE, False
    while not final:
        rounds = len(known) + 1
        labels, more = clusters(work, f"clusters.{rounds}", state.links(), state.most_links)
        turns += more
        final, now = True, labels
        if work.rows(f"clusters.{rounds}") > large:
            giants = state.giants(labels, rounds, large, large)
            final = work.rows(f"large.{rounds}") == 0
            now = labels if final else _first_rows(labels, giants)
        records = state.records(now, rounds)
        known.append(_decided(work, records, how._replace(remember=not final), rounds))
        if not final:
            state.take(known[-1], labels, now, rounds)
            large = min(large * 4, LARGEST)
    return known, turns


def _sum(every: DataFrame) -> dict[str, Any]:
    from pyspark.sql import functions as F  # noqa: N812

    row = every.agg(F.coalesce(F.sum("uncompared"), F.lit(0))).head()
    assert row is not None
    return {"uncompared": int(row[0])}


def _first_rows(labels: DataFrame, giants: DataFrame) -> DataFrame:
    """Leave of large clusters the rows up to a border."""
    joined = labels.join(giants, "label", "left")
    return joined.where("border is null or row <= border").select("row", "label")


class _State:
    """What is open, what is known, and the records made of both."""

    def __init__(self, work: Work, asked: Asked, partitions: int) -> None:
        self._work, self._texts, self._partitions = work, asked.texts, partitions
        self._edges, self._hot, self.most_links = asked.edges, asked.hot, asked.most_links
        #: Open rows, pairs of which the earlier row is kept, what buckets remember; in round 0 all
        #: rows are open and nothing is known.
        self._open: DataFrame | None = None
        self._rooted: DataFrame | None = None
        self._memory: DataFrame | None = None

    def links(self) -> DataFrame:
        """List what joins open rows: columns a, b."""
        from pyspark.sql import functions as F  # noqa: N812

        pairs = self._edges.select(F.col("earlier").alias("a"), F.col("later").alias("b"))
        roomy = self._hot
        if self._memory is not None:
            full = self._memory.where(f"size(memory) >= {CAP}").select("bucket")
            roomy = roomy.join(full, "bucket", "left_anti")
        heads = roomy.groupBy("bucket").agg(F.min("row").alias("a"))
        stars = roomy.join(heads, "bucket").select("a", F.col("row").alias("b"))
        return pairs.union(stars)

    def giants(self, labels: DataFrame, rounds: int, large: int, part: int) -> DataFrame:
        """Find clusters with more than ``large`` members of hot buckets: label, border.

        border: the row up to which a cluster has about ``part`` members.
        """
        from pyspark.sql import functions as F  # noqa: N812

        members = self._hot.select("row").distinct().join(labels, "row")
        sizes = members.groupBy("label").agg(F.count("*").alias("n")).where(f"n > {large}")
        # Any border is right; quantiles that need no sorting give one.
        steps = F.array(*[F.lit(k / _STEPS) for k in range(1, _STEPS)])
        borders = (
            members.join(F.broadcast(sizes), "label")
            .groupBy("label")
            .agg(F.percentile_approx("row", steps).alias("borders"), F.first("n").alias("n"))
        )
        step = F.floor(part * _STEPS / F.col("n"))
        step = F.least(F.lit(_STEPS - 1), F.greatest(F.lit(1), step)).cast("int")
        border = F.element_at("borders", step).alias("border")
        return self._work.stage(f"large.{rounds}", borders.select("label", border))

    def records(self, now: DataFrame, rounds: int) -> DataFrame:
        """Make the records of all rows that are to be decided now, by group."""
        from pyspark.sql import functions as F  # noqa: N812

        groups = now.select("row", F.col("label").alias("group"))
        if self._open is not None:
            # What no edge and no bucket with room joins to others is decided by itself.
            lone = self._open.join(self._labels(), "row", "left_anti")
            groups = groups.union(gather(lone, self._hot, self._partitions))
            groups = self._work.stage(f"groups.{rounds}", groups)
        kinds = hot_records(self._hot, groups, self._memory, self._texts)
        kinds.append(pair_records(self._edges, groups, decision.PAIR))
        if self._rooted is not None:
            kinds.append(pair_records(self._rooted, groups, decision.ROOTED))
        return together(kinds, self._partitions)

    def _labels(self) -> DataFrame:
        """The rows that something joins."""
        links = self.links().where("a <> b")
        return links.select("a").union(links.select("b")).toDF("row").distinct()

    def take(self, done: DataFrame, labels: DataFrame, now: DataFrame, rounds: int) -> None:
        """Go on with the rows that are left."""
        from pyspark.sql import functions as F  # noqa: N812

        work = self._work
        still = labels.join(now, "row", "left_anti").select("row")
        left = work.stage(f"open.{rounds}", still)
        kept = done.where("kept").select(F.col("row").alias("earlier"))
        later = left.withColumnRenamed("row", "later")
        edges = self._edges.join(later, "later", "left_semi")
        rooted = edges.join(kept, "earlier", "left_semi")
        if self._rooted is not None:
            rooted = rooted.unionByName(self._rooted.join(later, "later", "left_semi"))
        within = edges.join(left.withColumnRenamed("row", "earlier"), "earlier", "left_semi")
        hot = self._hot.join(left, "row", "left_semi")
        memory = done.where("bucket is not null").select("bucket", "memory")
        memory = memory.dropDuplicates(["bucket"])
        if self._memory is not None:
            before = self._memory.join(memory, "bucket", "left_anti")
            memory = memory.unionByName(before)
        memory = memory.join(hot.select("bucket").distinct(), "bucket", "left_semi")
        rooted_now = work.stage(f"rooted.{rounds}", rooted)
        memory_now = work.stage(f"memory.{rounds}", memory)
        edges_now = work.stage(f"edges.{rounds}", within)
        hot_now = work.stage(f"hot.{rounds}", hot)
        self._open, self._rooted, self._memory = left, rooted_now, memory_now
        self._edges, self._hot = edges_now, hot_now
        self.most_links = work.rows(f"edges.{rounds}") + work.rows(f"hot.{rounds}")
