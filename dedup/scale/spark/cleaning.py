"""A DataFrame without its copies, and what was taken out of it.

Knows: columns of the caller, ids, settings, what is written back. Does not know: how a paragraph is
decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from dedup.checks import check_choice, check_share
from dedup.core.weights import VARIANTS_AT
from dedup.cutting import without
from dedup.errors import MissingExtra
from dedup.found import Kind
from dedup.paragraph import Document
from dedup.recipe import Recipe
from dedup.scale.policy import Policy
from dedup.scale.spark.columns import batch_of, named
from dedup.scale.spark.engine import Settings, answer, tasks_for
from dedup.scale.spark.sketching import NUMBER_BITS, Sketching, markups_of, sketch_schema
from dedup.scale.spark.source import Source
from dedup.search import VARIANTS
from dedup.segment import segmenter

if TYPE_CHECKING:
    from pyarrow import RecordBatch
    from pyspark.sql import DataFrame, SparkSession

    from dedup.scale.spark.marks import Facts
    from dedup.scale.spark.work import Progress, Work

#: Settings of Spark while a job runs: batches of rows and bytes, and joins mended where skewed.
_CONF = {
    "spark.sql.execution.arrow.maxRecordsPerBatch": "2000",
    "spark.sql.execution.arrow.maxBytesPerBatch": "33554432",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.skewJoin.enabled": "true",
    "spark.sql.shuffle.partitions": "200",
}

#: How many times dearer it is to meet a stranger here than in memory: a recipe is chosen for so
#: many times the paragraphs, with more rows to a band.
_DEARER = 10

#: Names of kinds in the removals.
_KINDS = {int(kind): kind.name.lower() for kind in Kind}


class Summary(NamedTuple):
    """What was done. rounds: of deciding; clustering: turns of it; uncompared: as in ``Found``.

    What is not compared is counted cluster by cluster, so closer than ``find`` counts it; in large
    clusters what buckets don't show is not counted.
    """

    paragraphs: int
    removed: int
    recipe: Recipe
    expected_recall: float
    rounds: int
    clustering: int
    uncompared: int


class Cleaned(NamedTuple):
    """The rows that stay, the record of those removed, the answer, and a summary.

    removed: id, match (the id of what it repeats), similarity, kind; of documents also number,
    first, last (lines) and those of the match. found: the same of variants as well, and kept. All
    are read from the work folder and from the input when they are used.
    """

    kept: DataFrame
    removed: DataFrame
    found: DataFrame
    summary: Summary


def clean(
    df: DataFrame,
    text: str = "text",
    id: str = "id",
    *,
    work: str,
    document: str | None = None,
    scope: str | None = None,
    rank: str | None = None,
    reference: str | None = None,
    min_copies: int = 2,
    protect: Sequence[str] = (),
    markup: str | None = None,
    threshold: float = 0.8,
    recall: float = 0.99,
    tokens: str = "words",
    min_tokens: int = 8,
    recipe: Recipe | None = None,
    variants: str = "report",
    variants_at: float = VARIANTS_AT,
    expected: int | None = None,
    partitions: int | None = None,
    progress: Progress | None = None,
) -> Cleaned:
    """Take the copies out of a DataFrame; what is kept is what ``dedup.find`` keeps.

    text, id: columns of the text and of a number or string that tells rows apart and puts them in
    the order of reading. Rows are paragraphs, or, with ``markup``, documents that are cut as
    ``dedup.paragraphs`` cuts them (a column ``markup`` of df overrules it row by row). work: a
    folder for what the stages write, on a file system that all executors reach; a run that was
    killed goes on from there. document: column that says which document a paragraph stands in, so
    that short ones go with a pasted block. scope: column (a host, a language); only paragraphs of
    the same value are compared. rank: column of numbers, the least is kept first, or "longest";
    None is the order of ids. reference: column of bools; rows that have it true come before all
    others, whatever their ids, and are neither changed nor among those kept or removed. min_copies:
    only what occurs at least so often goes. protect: regular expressions; paragraphs in which one
    is found stay. expected: paragraphs, where the caller knows; it chooses the recipe
    where none is given. partitions: tasks of a stage; None is one for 50,000 paragraphs. Other
    arguments are those of ``find``. progress: called with a ``Told`` after each stage.

    Raises WorkMismatch where the folder holds another job, StageFailed, which names the stage and
    some rows, and ValueError for arguments out of bounds. Executors must be able to import this
    package, see ``archive``.
    """
    _require_spark()
    _check(threshold, recall, variants)
    policy = Policy(min_copies=min_copies, protect=tuple(protect))
    with configured(df.sparkSession):
        source = Source(df, text, id, document, scope, rank, markup, reference)
        source.check()
        settings = {
            "threshold": float(threshold), "recall": float(recall), "tokens": tokens,
            "min_tokens": min_tokens, "recipe": recipe and recipe.to_dict(), "variants": variants,
            "variants_at": variants_at, "expected": expected, "text": text, "id": id,
            "document": document, "scope": scope,
            "rank": rank, "markup": markup, "input": source.seen(), "reference": reference,
            "min_copies": min_copies, "protect": list(policy.protect),
            "rules": [Recipe().normaliser, Recipe().judgement, Recipe().unicode],
        }  # fmt: skip
        job = _Job(_open(df.sparkSession, work, settings, progress), source, policy)
        count = _DEARER * (expected or source.estimate())
        chosen = recipe or Recipe.choose(threshold, recall, count, tokens, min_tokens, variants_at)
        return job.run(chosen, float(threshold), variants, partitions)


def _open(spark: SparkSession, path: str, settings: Facts, progress: Progress | None) -> Work:
    from dedup.scale.spark.work import Work

    return Work(spark, path, settings, progress)


def _require_spark() -> None:
    for package in ("pyspark", "pyarrow", "pandas"):
        try:
            __import__(package)
        except ImportError as error:
            raise MissingExtra(package, "spark") from error


def _check(threshold: float, recall: float, variants: str) -> None:
    check_share("threshold", threshold)
    check_share("recall", recall)
    check_choice("variants", variants, VARIANTS)


@contextmanager
def configured(spark: SparkSession) -> Iterator[None]:
    """Set what a job needs of Spark, and set it back."""
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


class _Job:
    """One run: the sketch before the engine, and what is made of its answer."""

    def __init__(self, work: Work, source: Source, policy: Policy) -> None:
        self._work, self._source, self._policy = work, source, policy
        self._some_stay = bool(policy.protect) or source.reference is not None

    def run(
        self, recipe: Recipe, threshold: float, variants: str, partitions: int | None
    ) -> Cleaned:
        work, source = self._work, self._source
        rows = work.settings["input"]["rows"]
        distinct = work.fact("distinct", source.distinct)["distinct"]
        if distinct != rows:
            raise ValueError(
                f"id is {source.key!r}; {rows - distinct} of {rows} rows have the id of another"
            )
        numbers = source.numbered(work, tasks_for(rows, partitions))
        task = Sketching(recipe, source.markup, source.longest, self._policy.protect)
        schema = sketch_schema(source.rank_type, self._some_stay)
        sketched = work.stage(
            "sketch", source.columns(numbers).mapInArrow(named(task.run, "id"), schema)
        )
        settings = Settings(
            recipe, threshold, variants, source.rank_type, source.scoped, source.runs, partitions
        )
        answered = answer(work, sketched, settings)
        found = self._named(sketched, self._going(sketched, answered.rows), numbers)
        if source.markup is not None or numbers is not None:
            found = work.stage("found", found)
        kept, removed = self._written(found)
        gone = work.fact("gone", lambda: {"rows": removed.count()})
        summary = Summary(
            work.rows("sketch"), gone["rows"], recipe, recipe.expected_recall(threshold),
            answered.rounds, answered.turns, answered.uncompared,
        )  # fmt: skip
        return Cleaned(kept, removed, found.drop("goes"), summary)

    def _going(self, sketched: DataFrame, rows: DataFrame) -> DataFrame:
        """Add to the answer the column ``goes``: whether a paragraph is taken out."""
        from pyspark.sql import functions as F  # noqa: N812

        goes = ~F.col("kept")
        if self._policy.min_copies > 2:
            copies = rows.where(goes).groupBy("match").agg(F.count("*").alias("copies"))
            rows = rows.join(copies, "match", "left")
            goes &= F.coalesce("copies", F.lit(0)) >= self._policy.min_copies - 1
        if self._some_stay:
            stays = sketched.where("stays").select("place", "stays")
            rows = rows.join(stays, "place", "left")
            goes &= F.col("stays").isNull()
        return rows.withColumn("goes", goes)

    def _named(self, sketched: DataFrame, rows: DataFrame, numbers: DataFrame | None) -> DataFrame:
        """Turn places of the answer into the caller's ids, and lines."""
        from pyspark.sql import functions as F  # noqa: N812

        source = self._source
        names = F.create_map(*[F.lit(each) for pair in _KINDS.items() for each in pair])
        rows = rows.withColumn("kind", names[F.col("kind")])
        if source.markup is None:
            told = rows.withColumnsRenamed({"place": "id"})
        else:
            lines = sketched.select("place", "first", "last")
            there = lines.toDF("match", "match_first", "match_last")
            told = rows.join(lines, "place").join(there, "match")
            told = (
                told.withColumn("id", F.shiftright("place", NUMBER_BITS))
                .withColumn("number", F.col("place").bitwiseAND(F.lit((1 << NUMBER_BITS) - 1)))
                .withColumn("match_id", F.shiftright("match", NUMBER_BITS))
                .withColumn(
                    "match_number", F.col("match").bitwiseAND(F.lit((1 << NUMBER_BITS) - 1))
                )
                .drop("match", "place")
                .withColumnRenamed("match_id", "match")
            )
        if numbers is not None:
            own = numbers.select(F.col("number").alias("id"), F.col(source.key).alias("name"))
            there = own.toDF("match", "match_name")
            told = told.join(own, "id").join(there, "match").drop("id", "match")
            told = told.withColumnsRenamed({"name": "id", "match_name": "match"})
        lines_of = ["number", "first", "last"] if source.markup is not None else []
        there_of = ["match_" + each for each in lines_of]
        return told.select(
            "id", *lines_of, "match", *there_of, "similarity", "kind", "kept", "goes"
        )

    def _written(self, found: DataFrame) -> tuple[DataFrame, DataFrame]:
        """Say what stays of the input, and what goes."""
        from pyspark.sql import functions as F  # noqa: N812

        source = self._source
        frame = source.cleaned()
        gone = found.where("goes").drop("kept", "goes")
        if source.markup is None:
            ids = gone.select(F.col("id").alias(source.key))
            return frame.join(ids, source.key, "left_anti"), gone
        numbers = gone.groupBy("id").agg(F.collect_list("number").alias("gone"))
        columns = [F.col(source.key).alias("id"), F.col(source.text).alias("text")]
        if "markup" in source.frame.columns:
            columns.append(F.col("markup"))
        to_cut = source.frame.select(*columns).join(numbers, "id")
        kind = dict(source.frame.dtypes)[source.key]
        cut = self._work.stage(
            "cut",
            to_cut.mapInArrow(
                named(Cutting(source.markup or "auto").run, "id"),
                f"id {kind}, text string, left_in array<long>",
            ),
        )
        left = cut.select("id", F.explode("left_in").alias("number"))
        named_cut = cut.select(F.col("id").alias(source.key), F.col("text").alias("_cut"))
        joined = frame.join(named_cut, source.key, "left")
        kept = joined.withColumn(source.text, F.coalesce("_cut", source.text)).drop("_cut")
        return kept.select(*frame.columns), gone.join(left, ["id", "number"], "left_anti")


class Cutting(NamedTuple):
    """Take paragraphs out of documents, on an executor."""

    markup: str

    def run(self, batches: Iterable[RecordBatch]) -> Iterator[RecordBatch]:
        """Read columns id, text, gone and perhaps markup; write id, text, and what was left in."""
        import pyarrow

        for batch in batches:
            texts, left_in = [], []
            markups = markups_of(batch, self.markup)
            told = zip(
                batch.column("text").to_pylist(), batch.column("gone").to_pylist(), markups,
                strict=True,
            )  # fmt: skip
            for text, gone, markup in told:
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
