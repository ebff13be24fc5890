"""A DataFrame without its copies, and the record of what was taken out of it.

Knows: the columns and ids of the caller, settings, what is given back. Does not know: how a
paragraph is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from dedup.cuts import without
from dedup.errors import MissingExtra
from dedup.found import Kind
from dedup.options import USUAL_MATCHING, USUAL_POLICY, Matching, Policy
from dedup.options.fields import chosen
from dedup.paragraph import Document
from dedup.recipe import Recipe
from dedup.scale.spark.cluster import Cluster
from dedup.scale.spark.source import COLUMNS, Columns, InputFrame
from dedup.scale.spark.stages.engine import EngineSettings, answer, tasks_for
from dedup.scale.spark.tasks.arrow import batch_of, named
from dedup.scale.spark.tasks.sketches import NUMBER_BITS, Sketching, markups_of, sketch_schema
from dedup.segment import segmenter

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame, SparkSession

    from dedup.scale.spark.marks import Facts
    from dedup.scale.spark.work import Progress, WorkFolder

#: Settings of Spark while a job runs: rows and bytes of a batch; joins are mended where skewed, and
#: hash instead of sorting where a task's share of the smaller side is below 32 MB.
_CONF = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    "spark.sql.execution.arrow.maxBytesPerBatch": "33554432",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold": "33554432",
    "spark.sql.shuffle.partitions": "200",
}

#: How many times dearer it is to meet a stranger here than in memory: a recipe is chosen for so
#: many times the paragraphs, with more rows to a band.
_DEARER = 10

#: Names of kinds in the removals.
_KINDS = {int(kind): kind.name.lower() for kind in Kind}


class FrameSummary(NamedTuple):
    """What a job did. uncompared: an upper bound of the pairs that met and were not compared."""

    paragraphs: int
    removed: int
    recipe: Recipe
    expected_recall: float
    uncompared: int


class CleanedFrame(NamedTuple):
    """The rows that stay, the record of those removed, the answer, and a summary.

    kept: rows of the input, with all columns. removed: id, match (the id of the kept row),
    similarity, kind; for documents also number, first and last line of the paragraph and of its
    match. found: the same columns and kept, for variants too. All three are computed from the work
    folder and the input when they are used.
    """

    kept: DataFrame
    removed: DataFrame
    found: DataFrame
    summary: FrameSummary


#: The fields of a policy that apply to a DataFrame; columns, or files alone, have the others.
_POLICY = ("min_copies", "protect")


def clean(
    df: DataFrame,
    cluster: Cluster,
    columns: Columns = COLUMNS,
    matching: Matching = USUAL_MATCHING,
    policy: Policy = USUAL_POLICY,
    markup: str | None = None,
    expected: int | None = None,
) -> CleanedFrame:
    """Take the copies out of a DataFrame; ``kept`` holds what ``dedup.find`` keeps.

    Executors must be able to import this package, see ``archive``.

    Args:
        df: rows are paragraphs, or, with ``markup``, documents.
        cluster: its ``work`` must be given; the session is the one of ``df``.
        columns: which columns of ``df`` hold what.
        matching: what counts as a copy; ``contained`` must be "keep".
        policy: its ``min_copies`` and ``protect``; columns take the place of its other fields.
        markup: cut documents as ``dedup.paragraphs`` cuts them; a column ``markup`` of ``df``
            overrules it row by row.
        expected: number of paragraphs, where the caller knows it; the recipe is chosen for it,
            where none is given.

    Raises:
        WorkMismatch: where the work folder holds another job.
        StageFailed: where a task fails; it names the stage and some rows.
        ValueError: for arguments out of their bounds.

    """
    _require_spark()
    _require_known(policy)
    with configured(df.sparkSession):
        found = decide(df, cluster, columns, matching, policy, markup, expected)
        return _Cleaning(found, policy).run()


class DecidedFrame(NamedTuple):
    """The answer for a DataFrame, before a policy is applied.

    sketched: its paragraphs, see ``tasks.sketches``; rows: the answer, see ``engine.Answered``;
    numbers: the numbers of the ids, None where the ids are used as they are; recall: the expected
    recall.
    """

    work: WorkFolder
    source: InputFrame
    sketched: DataFrame
    rows: DataFrame
    numbers: DataFrame | None
    recipe: Recipe
    recall: float
    uncompared: int

    @property
    def some_stay(self) -> bool:
        """Whether ``sketched`` has a column ``stays``, for protected paragraphs and references."""
        return "stays" in self.sketched.columns


def decide(
    df: DataFrame,
    cluster: Cluster,
    columns: Columns,
    matching: Matching,
    policy: Policy,
    markup: str | None,
    expected: int | None,
) -> DecidedFrame:
    """Decide which paragraphs of a DataFrame are copies. Takes and raises what ``clean`` does.

    Of ``policy`` only ``protect`` is applied. Call this inside ``configured``.
    """
    if matching.contained == "remove":
        raise ValueError("contained is 'remove', which Spark can't do; leave it out")
    if cluster.work is None:
        raise ValueError("work is None; name a folder that all executors reach")
    source = InputFrame(df, columns, markup)
    source.check()
    settings = {
        **matching.to_dict(), **columns._asdict(), "expected": expected, "markup": markup,
        "input": source.seen(), "min_copies": policy.min_copies,
        "protect": list(policy.protect),
        "rules": [Recipe().normaliser, Recipe().judgement, Recipe().unicode],
    }  # fmt: skip
    work = _open(df.sparkSession, cluster.work, settings, cluster.progress)
    rows = work.settings["input"]["rows"]
    # The number of paragraphs is needed only to choose a recipe.
    count = 0 if matching.recipe else expected or source.estimate(rows)
    recipe = Recipe.of(matching, _DEARER * count)
    distinct = work.fact("distinct", source.distinct)["distinct"]
    if distinct != rows:
        raise ValueError(
            f"id is {source.columns.id!r}; {rows - distinct} of {rows} rows have the id of another"
        )
    numbers = source.numbered(work, tasks_for(rows, cluster.partitions))
    task = Sketching(recipe, source.markup, source.longest, policy.protect)
    some_stay = bool(policy.protect) or columns.reference is not None
    sketched = work.stage(
        "sketch",
        source.chosen(numbers).mapInArrow(
            named(task.run, "id"), sketch_schema(source.rank_type, some_stay)
        ),
    )
    how = EngineSettings(
        matching, recipe, source.rank_type, source.scoped, source.runs, cluster.partitions
    )
    answered = answer(work, sketched, how)
    return DecidedFrame(
        work, source, sketched, answered.rows, numbers, recipe,
        recipe.expected_recall(matching.threshold), answered.uncompared,
    )  # fmt: skip


def _open(spark: SparkSession, path: str, settings: Facts, progress: Progress | None) -> WorkFolder:
    from dedup.scale.spark.work import WorkFolder

    return WorkFolder(spark, path, settings, progress)


def _require_spark() -> None:
    for package in ("pyspark", "pyarrow", "pandas"):
        try:
            __import__(package)
        except ImportError as error:
            raise MissingExtra(package, "spark") from error


def _require_known(policy: Policy) -> None:
    """Raise ValueError for fields of a policy that don't apply to a DataFrame."""
    for name in chosen(policy):
        if name not in _POLICY:
            raise ValueError(
                f"{name} is {getattr(policy, name)!r}; a policy for a DataFrame has only "
                "min_copies and protect: name columns for the scope and the rank instead"
            )


@contextmanager
def configured(spark: SparkSession) -> Iterator[None]:
    """Set the options of Spark that a job needs, and set them back at the end."""
    before = {name: spark.conf.get(name, None) for name in _CONF}
    try:
        for name, value in _CONF.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)


class _Cleaning:
    """Turns the answer for a DataFrame into what ``clean`` gives back."""

    def __init__(self, decided: DecidedFrame, policy: Policy) -> None:
        self._decided, self._policy = decided, policy
        self._work, self._source = decided.work, decided.source

    def run(self) -> CleanedFrame:
        work, source, decided = self._work, self._source, self._decided
        going = self._going(decided.sketched, decided.rows)
        found = self._named(decided.sketched, going, decided.numbers)
        if source.markup is not None or decided.numbers is not None:
            found = work.stage("found", found)
        kept, removed = self._written(found)
        gone = work.fact("gone", lambda: {"rows": removed.count()})
        summary = FrameSummary(
            work.rows("sketch"), gone["rows"], decided.recipe, decided.recall, decided.uncompared,
        )  # fmt: skip
        return CleanedFrame(kept, removed, found.drop("goes"), summary)

    def _going(self, sketched: DataFrame, rows: DataFrame) -> DataFrame:
        """Add the column ``goes`` to the answer: whether a paragraph is taken out."""
        from pyspark.sql import functions as F  # noqa: N812

        goes = ~F.col("kept")
        if self._policy.min_copies > 2:
            copies = rows.where(goes).groupBy("match").agg(F.count("*").alias("copies"))
            rows = rows.join(copies, "match", "left")
            goes &= F.coalesce("copies", F.lit(0)) >= self._policy.min_copies - 1
        if self._decided.some_stay:
            stays = sketched.where("stays").select("place", "stays")
            rows = rows.join(stays, "place", "left")
            goes &= F.col("stays").isNull()
        return rows.withColumn("goes", goes)

    def _named(self, sketched: DataFrame, rows: DataFrame, numbers: DataFrame | None) -> DataFrame:
        """Replace the places in the answer by the caller's ids, and add lines."""
        from pyspark.sql import functions as F  # noqa: N812

        source = self._source
        names = F.create_map(*[F.lit(each) for pair in _KINDS.items() for each in pair])
        rows = rows.withColumn("kind", names[F.col("kind")])
        if source.markup is None:
            answers = rows.withColumnsRenamed({"place": "id"})
        else:
            lines = sketched.select("place", "first", "last")
            there = lines.toDF("match", "match_first", "match_last")
            answers = rows.join(lines, "place").join(there, "match")
            answers = (
                answers.withColumn("id", F.shiftright("place", NUMBER_BITS))
                .withColumn("number", F.col("place").bitwiseAND(F.lit((1 << NUMBER_BITS) - 1)))
                .withColumn("match_id", F.shiftright("match", NUMBER_BITS))
                .withColumn(
                    "match_number", F.col("match").bitwiseAND(F.lit((1 << NUMBER_BITS) - 1))
                )
                .drop("match", "place")
                .withColumnRenamed("match_id", "match")
            )
        if numbers is not None:
            own = numbers.select(
                F.col("number").alias("id"), F.col(source.columns.id).alias("name")
            )
            there = own.toDF("match", "match_name")
            answers = answers.join(own, "id").join(there, "match").drop("id", "match")
            answers = answers.withColumnsRenamed({"name": "id", "match_name": "match"})
        lines_of = ["number", "first", "last"] if source.markup is not None else []
        there_of = ["match_" + each for each in lines_of]
        return answers.select(
            "id", *lines_of, "match", *there_of, "similarity", "kind", "kept", "goes"
        )

    def _written(self, found: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Give the rows that stay of the input, and the record of what goes."""
        from pyspark.sql import functions as F  # noqa: N812

        source = self._source
        frame = source.cleaned()
        gone = found.where("goes").drop("kept", "goes")
        if source.markup is None:
            ids = gone.select(F.col("id").alias(source.columns.id))
            return frame.join(ids, source.columns.id, "left_anti"), gone
        numbers = gone.groupBy("id").agg(F.collect_list("number").alias("gone"))
        columns = [F.col(source.columns.id).alias("id"), F.col(source.columns.text).alias("text")]
        if "markup" in source.frame.columns:
            columns.append(F.col("markup"))
        to_cut = source.frame.select(*columns).join(numbers, "id")
        kind = dict(source.frame.dtypes)[source.columns.id]
        cut = self._work.stage(
            "cut",
            to_cut.mapInArrow(
                named(CutDocuments(source.markup or "auto").run, "id"),
                f"id {kind}, text string, left_in array<long>",
            ),
        )
        left = cut.select("id", F.explode("left_in").alias("number"))
        named_cut = cut.select(F.col("id").alias(source.columns.id), F.col("text").alias("_cut"))
        joined = frame.join(named_cut, source.columns.id, "left")
        kept = joined.withColumn(source.columns.text, F.coalesce("_cut", source.columns.text)).drop(
            "_cut"
        )
        return kept.select(*frame.columns), gone.join(left, ["id", "number"], "left_anti")


class CutDocuments(NamedTuple):
    """Takes paragraphs out of documents, on an executor."""

    markup: str

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns id, text, gone and perhaps markup; write id, text, and what was left in."""
        import pyarrow

        for batch in batches:
            texts, left_in = [], []
            markups = markups_of(batch, self.markup)
            answers = zip(
                batch.column("text").to_pylist(), batch.column("gone").to_pylist(), markups,
                strict=True,
            )  # fmt: skip
            for text, gone, markup in answers:
                part = segmenter(markup)(Document(text))
                kept = [True] * len(part)
                for number in gone:
                    kept[number] = False
                cut, left = without(text, part, kept, markup)
                texts.append(cut)
                left_in.append(list(left))
            yield batch_of(
                id=batch.column("id"), text=pyarrow.array(texts, pyarrow.string()),
                left_in=pyarrow.array(left_in, pyarrow.list_(pyarrow.int64())),
            )  # fmt: skip
