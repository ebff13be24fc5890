"""Files to files: what ``dedup clean --engine spark`` does.

Knows: lists of files, policies by name, what is written. Does not know: how a DataFrame is cleaned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from dedup import readers
from dedup.errors import InputError
from dedup.paragraph import Skipped
from dedup.recipe import Recipe
from dedup.scale.spark.cleaning import Cleaned, Summary, clean, configured
from dedup.scale.spark.columns import named
from dedup.scale.spark.reading import SCHEMA, ReadFiles
from dedup.scale.spark.sessions import session
from dedup.scale.spark.work import Progress, Work

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

#: What is compared with what, and who is kept first.
SCOPES = ("all", "host", "document")
RANKS = ("first", "longest", "newest", "oldest")


class Done(NamedTuple):
    """What a job did: documents, how many files and records were not read, the summary."""

    documents: int
    skipped: int
    summary: Summary


def run(
    paths: readers.Paths,
    output: str,
    *,
    master: str | None = None,
    work: str | None = None,
    text_field: str = "text",
    id_field: str | None = None,
    encoding: str = "utf-8",
    errors: str = "strict",
    markup: str = "auto",
    threshold: float = 0.8,
    recall: float = 0.99,
    tokens: str = "words",
    min_tokens: int = 8,
    recipe: Recipe | None = None,
    variants: str = "report",
    scope: str = "all",
    rank: str = "first",
    expected: int | None = None,
    partitions: int | None = None,
    conf: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Done:
    """Take the copies out of files on a Spark cluster, and write what stays and what went.

    paths: text, HTML, JSON Lines, Parquet, WARC and WET, folders of them, or URLs; all executors
    must reach them by the same names. output: a folder that executors can write to; it gets
    ``texts`` and ``removed``, Parquet, in folders ``part=N`` for the N-th file read. work: folder
    of the stages, "OUTPUT.work" where none is named; the same call goes on after a kill. scope:
    "all", or compare within a "host" or "document" only. rank: the "first" of several copies is
    kept, or the "longest", or the "newest" or "oldest" by the date of its record (those without
    one come last). conf: settings of Spark for a session that is begun here. Other arguments are
    those of ``clean`` and ``dedup.readers.documents``.

    Raises as ``clean``, ``session`` and ``dedup.readers.shards`` do.
    """
    _check("scope", scope, SCOPES)
    _check("rank", rank, RANKS)
    found = list(readers.shards(paths))
    shards = [each for each in found if not isinstance(each, Skipped)]
    if any(each.path == "-" for each in shards):
        raise InputError("-", "executors can't read standard input", "write it to a file first")
    options = readers.Options(encoding, errors, text_field=text_field, id_field=id_field)
    spark = session(master, conf)
    folder = work or f"{output.rstrip('/')}.work"
    with configured(spark):
        read = Work(spark, f"{folder}/read", _settings(shards, options), progress)
        documents = read.stage("documents", _documents(spark, shards, options))
        skipped = read.fact(
            "skipped", lambda: {"records": documents.where("reason is not null").count()}
        )
    cleaned = clean(
        _with_rank(documents.where("reason is null"), rank), work=f"{folder}/clean",
        scope={"all": None, "host": "host", "document": "id"}[scope],
        rank={"first": None, "longest": "longest"}.get(rank, "rank"), markup=markup,
        threshold=threshold, recall=recall, tokens=tokens, min_tokens=min_tokens, recipe=recipe,
        variants=variants, expected=expected, partitions=partitions, progress=progress,
    )  # fmt: skip
    with configured(spark):
        read.fact("written", lambda: _write(cleaned, documents, output))
    files = len(found) - len(shards)
    return Done(read.rows("documents"), skipped["records"] + files, cleaned.summary)


def _check(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, choices))}")


def _settings(shards: list[readers.Shard], options: readers.Options) -> dict[str, object]:
    reading = {
        name: getattr(options, name) for name in ("encoding", "errors", "text_field", "id_field")
    }
    return {"files": [shard.path for shard in shards], **reading}


def _documents(
    spark: SparkSession, shards: list[readers.Shard], options: readers.Options
) -> DataFrame:
    """Read files, a task for each."""
    rows = [(number, *shard) for number, shard in enumerate(shards)]
    listed = spark.createDataFrame(rows, "part int, path string, container string, packing string")
    spread = listed.repartitionByRange(max(1, len(rows)), "part")
    return spread.mapInArrow(named(ReadFiles(options).run, "path"), SCHEMA)


def _with_rank(documents: DataFrame, rank: str) -> DataFrame:
    from pyspark.sql import functions as F  # noqa: N812

    if rank not in ("newest", "oldest"):
        return documents
    since: Column = F.unix_micros(F.expr("try_to_timestamp(date)"))
    by_date = -since if rank == "newest" else since
    return documents.withColumn("rank", F.coalesce(by_date, F.lit((1 << 63) - 1)))


def _write(cleaned: Cleaned, documents: DataFrame, output: str) -> dict[str, object]:
    """Write texts and removals, side by side by the file they stood in."""
    from pyspark.sql import functions as F  # noqa: N812

    place = output.rstrip("/")
    texts = cleaned.kept.select("part", "id", "source", "record", "text")
    _sorted(texts, "id").drop("id").write.mode("overwrite").partitionBy("part").parquet(
        f"{place}/texts"
    )
    names = documents.select("id", "part", "source", "record")
    there = names.select(
        F.col("id").alias("match"), F.col("source").alias("match_source"),
        F.col("record").alias("match_record"),
    )  # fmt: skip
    removed = cleaned.removed.join(names, "id").join(there, "match")
    columns = ("part", "source", "record", "first", "last", "match_source", "match_record",
               "match_first", "match_last", "similarity", "kind")  # fmt: skip
    ordered = _sorted(removed, "id", "number").select(*columns)
    ordered.write.mode("overwrite").partitionBy("part").parquet(f"{place}/removed")
    return {"output": output}


def _sorted(frame: DataFrame, *columns: str) -> DataFrame:
    return frame.repartition("part").sortWithinPartitions("part", *columns)
