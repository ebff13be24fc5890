"""Sketched paragraphs to the answer: the order of the stages.

Knows: which tables a stage joins, and which task runs on them. Does not know: containers, how a
task works, what becomes of the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from dedup.found import Kind
from dedup.options import Matching
from dedup.recipe import Recipe
from dedup.scale.spark.stages.decision import Undecided, decide, uncompared
from dedup.scale.spark.stages.row_numbers import numbered
from dedup.scale.spark.stages.short_in_runs import followers
from dedup.scale.spark.tasks.arrow import named
from dedup.scale.spark.tasks.buckets import Likely, Meet, PackKeys
from dedup.scale.spark.tasks.decision import ANSWER, Decide, DecideAll
from dedup.scale.spark.tasks.fingerprints import Fold, PackPrints
from dedup.scale.spark.tasks.similarity import Compare

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.scale.spark.work import WorkFolder

#: Paragraphs for each task, most tasks of a stage, and targets for each task.
_TASK, _MOST_TASKS, _TARGETS = 50_000, 20_000, 8

#: The most rows for which a recipe without bands compares every pair.
MOST_ALL_PAIRS = 50_000

#: Columns of pairs that were compared.
_SCORED = "earlier long, later long, agreement int, score double, alike boolean, variant boolean"


class EngineSettings(NamedTuple):
    """How paragraphs are compared.

    rank: the type of the column ``rank``, None for the order of reading; scoped: whether only
    paragraphs of one scope are compared; runs: whether documents are known, so that runs can be
    found; partitions: tasks of a stage, None for a number by size.
    """

    matching: Matching
    recipe: Recipe
    rank: str | None
    scoped: bool
    runs: bool
    partitions: int | None


class Answered(NamedTuple):
    """The answer.

    rows: columns place, kept, match, similarity, kind, for all paragraphs that are not unique;
    uncompared: an upper bound of the pairs that met and were not compared.
    """

    rows: DataFrame
    uncompared: int


def tasks_for(paragraphs: int, partitions: int | None) -> int:
    """Choose the number of tasks of a stage."""
    return partitions or max(4, min(_MOST_TASKS, paragraphs // _TASK))


def answer(work: WorkFolder, sketched: DataFrame, settings: EngineSettings) -> Answered:
    """Decide all sketched paragraphs. For their columns see ``tasks.sketches``."""
    engine = _Engine(work, sketched, settings)
    return engine.run()


class _Engine:
    """One job: a method for each stage."""

    def __init__(self, work: WorkFolder, sketched: DataFrame, settings: EngineSettings) -> None:
        self._work, self._sketched, self._settings = work, sketched, settings
        self._partitions = tasks_for(work.rows("sketch"), settings.partitions)
        recipe = settings.recipe
        self._least = recipe.least_agreement(settings.matching.threshold)
        self._judged = recipe if settings.matching.judges else None

    def run(self) -> Answered:
        work, settings = self._work, self._settings
        work.spark.conf.set("spark.sql.shuffle.partitions", str(self._partitions))
        self._copies = work.stage("copies", self._fold())
        self._number_rows()
        decided = self._decided()
        rows = work.stage("answer", self._every(decided.where("row is not null")))
        if settings.runs:
            gone = followers(work, self._sketched, rows, self._partitions)
            rows = rows.unionByName(gone)
        return Answered(rows, uncompared(work, decided))

    # -- exact copies, rows

    def _fold(self) -> DataFrame:
        """Find the paragraphs with the fingerprint of an earlier one: columns place, head."""
        rank = self._settings.rank
        some = self._sketched.where("competes and local = place")
        columns = ["place", "print"] + (["rank"] if rank else [])
        targets = self._partitions * _TARGETS
        packed = some.select(*columns).mapInArrow(
            named(PackPrints(targets).run, "place"),
            "target int, prints binary, places binary, ranks binary",
        )
        together = packed.repartition(self._partitions, "target").sortWithinPartitions("target")
        dtype = {None: None, "long": "int64", "double": "float64"}[rank]
        return together.mapInArrow(named(Fold(dtype).run, "target"), "place long, head long")

    def _number_rows(self) -> None:
        """Select the first paragraph of each fingerprint, and add the column row."""
        from pyspark.sql import functions as F  # noqa: N812

        heads = self._sketched.where("competes and local = place").join(
            self._copies.select("place"), "place", "left_anti"
        )
        if self._settings.rank is None:
            self._numbers = None
            self._heads = heads.withColumn("row", F.col("place"))
            return
        order = heads.select("rank", "place")
        found = numbered(self._work, "rows", order, ("rank", "place"), self._partitions)
        self._numbers = found.select("place", F.col("number").alias("row"))
        self._heads = heads.join(self._numbers, "place")

    # -- pairs

    def _decided(self) -> DataFrame:
        """Decide the rows that meet another, by the stages that threshold and recipe need."""
        from pyspark.sql import functions as F  # noqa: N812

        work, settings = self._work, self._settings
        threshold, recipe = settings.matching.threshold, settings.recipe
        if threshold >= 1.0:
            return work.spark.createDataFrame([], ANSWER)
        if not recipe.bands:
            return work.stage("decide", self._decide_all())
        met = work.stage("buckets", self._buckets())
        hot = met.where("hot").select(F.col("a").alias("bucket"), F.col("b").alias("row"))
        likely = work.stage("likely", self._likely(met))
        ends = likely.select(F.col("earlier").alias("row")).union(likely.select("later"))
        wanted = ends.union(hot.select("row")).distinct()
        texts = self._heads.select("row", "sketch", "text").join(wanted, "row")
        texts = work.stage("texts", texts)
        scored = work.stage("compare", self._compare(likely, texts))
        how = Decide(self._least, threshold, recipe.tokens, self._judged, settings.scoped)
        undecided = Undecided(scored, hot, texts, work.rows("compare"), work.rows("buckets"))
        return decide(work, undecided, how, self._partitions)

    def _buckets(self) -> DataFrame:
        bands, scoped = self._settings.recipe.bands, self._settings.scoped
        per_band = max(1, -(-self._partitions * _TARGETS // bands))
        packed = self._heads.select("row", "keys", "sketch").mapInArrow(
            named(PackKeys(per_band, scoped).run, "row"),
            "target int, base long, keys binary, gaps binary",
        )
        together = packed.repartition(self._partitions, "target").sortWithinPartitions("target")
        return together.mapInArrow(
            named(Meet(per_band, scoped).run, "target"), "a long, b long, hot boolean"
        )

    def _likely(self, met: DataFrame) -> DataFrame:
        """Drop repeated pairs, and pairs whose sketches agree in too few places."""
        from pyspark.sql import functions as F  # noqa: N812

        pairs = met.where("not hot").select(F.col("a").alias("earlier"), F.col("b").alias("later"))
        # One shuffle by the earlier row serves both dropDuplicates and the join.
        distinct = pairs.repartition(self._partitions, "earlier").dropDuplicates()
        sketches = self._heads.select("row", "sketch")
        beside = distinct.join(sketches.toDF("earlier", "x"), "earlier").join(
            sketches.toDF("later", "y"), "later"
        )
        return beside.mapInArrow(
            named(Likely(self._least, self._settings.scoped).run, "later"),
            "earlier long, later long, agreement int",
        )

    def _compare(self, likely: DataFrame, texts: DataFrame) -> DataFrame:
        texts = texts.select("row", "text")
        beside = likely.join(texts.toDF("earlier", "s"), "earlier").join(
            texts.toDF("later", "t"), "later"
        )
        task = Compare(
            self._settings.matching.threshold, self._settings.recipe.tokens, self._judged
        )
        return beside.mapInArrow(named(task.run, "later"), _SCORED)

    def _decide_all(self) -> DataFrame:
        """Compare every pair of rows, in one task."""
        rows = self._heads.select("row", "text")
        count = self._work.fact("rows", lambda: {"rows": rows.count()})["rows"]
        if count > MOST_ALL_PAIRS:
            raise ValueError(
                f"the recipe has no bands, and {count} distinct paragraphs have too many pairs to "
                f"compare all (at most {MOST_ALL_PAIRS} can be); give a recall below 1"
            )
        matching = self._settings.matching
        task = DecideAll(matching.threshold, self._settings.recipe.tokens, self._judged)
        ordered = rows.coalesce(1).sortWithinPartitions("row")
        return ordered.mapInArrow(named(task.run, "row"), ANSWER)

    # -- the answer

    def _every(self, decided: DataFrame) -> DataFrame:
        """Extend the decision on rows to all paragraphs that are not unique."""
        from pyspark.sql import functions as F  # noqa: N812

        matched = self._matched(decided)
        copies = self._all_copies().join(matched.withColumnRenamed("place", "head"), "head", "left")
        # An exact copy of a kept row matches that row, even where that row is a variant of another.
        exact = F.coalesce(F.col("kept"), F.lit(True))
        of_copies = copies.select(
            "place", F.lit(False).alias("kept"),
            F.when(exact, F.col("head")).otherwise(F.col("match")).alias("match"),
            F.when(exact, F.lit(1.0)).otherwise(F.col("similarity")).cast("float")
            .alias("similarity"),
            F.when(exact, F.lit(int(Kind.EXACT))).otherwise(F.lit(int(Kind.NEAR))).alias("kind"),
        )  # fmt: skip
        of_heads = matched.select(
            "place", "kept", "match", F.col("similarity").cast("float").alias("similarity"),
            F.when(F.col("kept"), F.lit(int(Kind.VARIANT))).otherwise(F.lit(int(Kind.NEAR)))
            .alias("kind"),
        )  # fmt: skip
        return of_heads.union(of_copies)

    def _matched(self, decided: DataFrame) -> DataFrame:
        """Replace row numbers by places: columns place, kept, match, similarity."""
        matched = decided.select("row", "kept", "match", "similarity")
        if self._settings.matching.variants == "ignore":
            matched = matched.where("not kept")
        if self._numbers is None:
            return matched.withColumnRenamed("row", "place")
        partner = self._numbers.toDF("partner", "match")
        placed = matched.join(self._numbers, "row").join(partner, "match")
        return placed.selectExpr("place", "kept", "partner AS match", "similarity")

    def _all_copies(self) -> DataFrame:
        """List all exact copies and the first paragraph of their fingerprint: place, head."""
        from pyspark.sql import functions as F  # noqa: N812

        within = self._sketched.where("competes and local <> place").select("place", "local")
        heads = self._copies.toDF("local", "of_local")
        found = within.join(heads, "local", "left").select(
            "place", F.coalesce("of_local", "local").alias("head")
        )
        return self._copies.union(found)
