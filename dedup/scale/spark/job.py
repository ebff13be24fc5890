"""Files to files: what ``dedup clean --engine spark`` does.

Knows: lists of files, what of a policy is a column, what is written. Does not know: how a DataFrame
is cleaned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup import readers
from dedup.core.weights import VARIANTS_AT
from dedup.errors import InputError
from dedup.index.opening import is_index
from dedup.paragraph import Extent, Skipped
from dedup.readers.coverage import Coverage
from dedup.recipe import Recipe
from dedup.scale.policy import Policy, require_distinct
from dedup.scale.spark import columns
from dedup.scale.spark.cleaning import Cleaned, Summary, clean, configured
from dedup.scale.spark.reading import SCHEMA, ReadFiles
from dedup.scale.spark.sessions import session
from dedup.scale.spark.work import Progress, Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


#: Reasons for what was not read that are told.
_REASONS = 100


class Done(NamedTuple):
    """What a job did: how much was read, and the summary. References are counted too."""

    coverage: Coverage
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
    variants_at: float = VARIANTS_AT,
    policy: Policy | None = None,
    references: readers.Paths = (),
    expected: int | None = None,
    partitions: int | None = None,
    conf: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Done:
    """Take the copies out of files on a Spark cluster, and write what stays and what went.

    paths: text, HTML, JSON Lines, Parquet, WARC and WET, folders of them, or URLs; all executors
    must reach them by the same names. output: a folder that executors can write to; it gets
    ``texts`` and ``removed``, Parquet, in folders ``part=N`` for the N-th file read. work: folder
    of the stages, "OUTPUT.work" where none is named; the same call goes on after a kill. policy:
    as on one machine, but for ``max_loss``. references: files that are never changed; what repeats
    them goes. conf: settings of Spark for a session that is begun here. Other arguments are
    those of ``clean`` and ``dedup.readers.documents``.

    Raises as ``clean``, ``session`` and ``dedup.readers.shards`` do.
    """
    policy = policy or Policy()
    _require_known(policy)
    for path in readers.listed_paths(references):
        if is_index(path):
            raise ValueError(
                f"{path} is an index, which executors can't read; name the files it was made of"
            )
    before, shards = _listed(references), _listed(paths)
    require_distinct((each.path for each in before.read), (each.path for each in shards.read))
    options = readers.Options(encoding, errors, text_field=text_field, id_field=id_field)
    spark = session(master, conf)
    folder = work or f"{output.rstrip('/')}.work"
    with configured(spark):
        settings = _settings(before, shards, options, policy)
        read = Work(spark, f"{folder}/read", settings, progress)
        task = ReadFiles(options, policy)
        named = frozenset((*readers.listed_paths(references), *readers.listed_paths(paths)))
        files = [*before.read, *shards.read]
        documents = read.stage("documents", _documents(spark, files, named, task))
        coverage = Coverage.of_fields(read.fact("coverage", lambda: _coverage(documents)))
        for each in (*before.skipped, *shards.skipped):
            coverage.skip(each)
        if not coverage.documents:
            coverage.require_some()
        met = read.fact("met", lambda: _met(documents))
        fields = readers.fields_in(files, options)
        # No option names the field of URLs here.
        readers.require_fields(files, options, True, met["ids"])
        policy.require_met(met["hosts"], met["ranked"], fields)
    sources = documents.where("reason is null")
    if before.read:
        sources = sources.withColumn("reference", sources["part"] < len(before.read))
    cleaned = clean(
        sources, work=f"{folder}/clean",
        scope="scope" if policy.scoped() else None,
        rank={"first": None, "longest": "longest"}.get(policy.keep, "rank"),
        reference="reference" if before.read else None, min_copies=policy.min_copies,
        protect=policy.protect, markup=markup,
        threshold=threshold, recall=recall, tokens=tokens, min_tokens=min_tokens, recipe=recipe,
        variants=variants, variants_at=variants_at, expected=expected, partitions=partitions,
        progress=progress,
    )  # fmt: skip
    with configured(spark):
        read.fact("written", lambda: _write(cleaned, documents, len(before.read), output))
    return Done(coverage, cleaned.summary)


class _Listed(NamedTuple):
    """Files that are read, and those that are not."""

    read: list[readers.Shard]
    skipped: list[Skipped]


def _listed(paths: readers.Paths) -> _Listed:
    found = list(readers.shards(paths)) if paths else []
    shards = [each for each in found if not isinstance(each, Skipped)]
    if any(each.path == "-" for each in shards):
        raise InputError("-", "executors can't read standard input", "write it to a file first")
    return _Listed(shards, [each for each in found if isinstance(each, Skipped)])


def _require_known(policy: Policy) -> None:
    """Raise ValueError for what only a job on one machine does."""
    for name in policy.of_one_machine():
        remedy = "choose another" if name == "scope" else "leave it out"
        raise ValueError(
            f"{name} is {getattr(policy, name)!r}, which is not there on Spark; {remedy}"
        )


def _settings(
    before: _Listed, shards: _Listed, options: readers.Options, policy: Policy
) -> dict[str, object]:
    reading = {
        name: getattr(options, name) for name in ("encoding", "errors", "text_field", "id_field")
    }
    return {
        "files": [each.path for each in shards.read], **reading,
        "references": [each.path for each in before.read], "keep": policy.keep,
        "order": list(policy.order), "scope": policy.scope,
    }  # fmt: skip


def _documents(
    spark: SparkSession, shards: list[readers.Shard], named: frozenset[str], task: ReadFiles
) -> DataFrame:
    """Read files, a task for each."""
    rows = [(number, each.path in named, *each) for number, each in enumerate(shards)]
    schema = "part int, named boolean, path string, container string, packing string"
    listed = spark.createDataFrame(rows, schema)
    spread = listed.repartitionByRange(max(1, len(rows)), "part")
    return spread.mapInArrow(columns.named(task.run, "path"), SCHEMA)


def _coverage(documents: DataFrame) -> dict[str, Any]:
    """Count what was read and what wasn't, as ``Coverage.fields`` gives it."""
    from pyspark.sql import functions as F  # noqa: N812

    of = documents.groupBy("source").agg(
        F.count(F.when(F.col("text").isNotNull(), 1)).alias("read"),
        F.count(F.when(F.col("extent") == Extent.RECORD.value, 1)).alias("unread"),
    )
    place = F.concat_ws(": ", "source", "record")
    reasons = (
        documents.where("extent is not null")
        .groupBy("extent", "reason")
        .agg(F.count("*").alias("count"), F.min_by(place, "id").alias("place"))
        .orderBy(F.desc("count"), "reason")
        .limit(_REASONS)
    )
    return {
        "read": {row["source"]: [row["read"], row["unread"]] for row in of.collect()},
        "unread": [
            {"what": row["extent"], "reason": row["reason"], "count": row["count"],
             "places": [row["place"]]}
            for row in reasons.collect()
        ],
    }  # fmt: skip


def _met(documents: DataFrame) -> dict[str, object]:
    """Say whether any document has a host, an id, and a rank that tells it from others."""
    from pyspark.sql import functions as F  # noqa: N812

    # Without a host the scope is the file; without a rank it is infinite.
    (row,) = documents.agg(
        F.max(F.col("scope") != F.col("source")).alias("hosts"),
        F.max(F.abs(F.col("rank")) < float("inf")).alias("ranked"),
        F.max("identified").alias("ids"),
    ).collect()
    return {name: bool(row[name]) for name in ("hosts", "ranked", "ids")}


def _write(
    cleaned: Cleaned, documents: DataFrame, references: int, output: str
) -> dict[str, object]:
    """Write texts and removals, side by side by the file they stood in.

    references: files before the first that is written.
    """
    from pyspark.sql import functions as F  # noqa: N812

    place = output.rstrip("/")
    part = (F.col("part") - references).alias("part")
    texts = cleaned.kept.select(part, "id", "source", "record", "text")
    _sorted(texts, "id").drop("id").write.mode("overwrite").partitionBy("part").parquet(
        f"{place}/texts"
    )
    names = documents.select("id", part, "source", "record")
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
