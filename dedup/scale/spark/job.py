"""Files to files: what ``dedup clean --engine spark`` does.

Knows: lists of files, what of a policy is a column, what is written. Does not know: how a DataFrame
is cleaned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from dedup import readers
from dedup.errors import InputError
from dedup.index.stores import is_index
from dedup.options import USUAL_MATCHING, USUAL_POLICY, Matching, Policy
from dedup.options.fields import chosen
from dedup.paragraph import Extent, Skipped
from dedup.readers import Options
from dedup.readers.coverage import Coverage
from dedup.scale.competition import require_distinct, require_met, scope_of
from dedup.scale.spark.cluster import Cluster
from dedup.scale.spark.frames import Cleaned, Summary, clean, configured
from dedup.scale.spark.session import session
from dedup.scale.spark.source import Columns
from dedup.scale.spark.tasks.arrow import named
from dedup.scale.spark.tasks.documents import SCHEMA, ReadFiles
from dedup.scale.spark.work import Work

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


#: What of a policy only a job on one machine does.
_ONE_MACHINE = ("max_loss", "min_share", "boilerplate", "drop_documents")

#: Reasons for what was not read that are told.
_REASONS = 100


class Done(NamedTuple):
    """What a job did: how much was read, and the summary. References are counted too."""

    coverage: Coverage
    summary: Summary


_OPTIONS = Options()
_ANY = Cluster()


def run(
    paths: readers.Paths,
    output: str,
    matching: Matching = USUAL_MATCHING,
    policy: Policy = USUAL_POLICY,
    reading: Options = _OPTIONS,
    markup: str = "auto",
    references: readers.Paths = (),
    cluster: Cluster = _ANY,
    expected: int | None = None,
) -> Done:
    """Take the copies out of files on a Spark cluster, and write what stays and what went.

    Args:
        paths: text, HTML, JSON Lines, Parquet, WARC and WET, folders of them, or URLs; all
            executors must reach them by the same names.
        output: a folder that executors can write to; it gets ``texts`` and ``removed``, Parquet, in
            folders ``part=N`` for the N-th file read.
        matching: what counts as a copy.
        policy: as on one machine, but for what ``beyond_a_cluster`` names.
        reading: how documents are taken out of containers.
        markup: how they are cut into paragraphs.
        references: files that are never changed; what repeats them goes.
        cluster: its ``work`` is "OUTPUT.work" where none is named; the same call goes on after a
            kill.
        expected: as of ``clean``.

    Raises:
        Exception: as ``clean``, ``session`` and ``dedup.readers.shards`` do.

    """
    _require_known(policy)
    for path in readers.listed_paths(references):
        if is_index(path):
            raise ValueError(
                f"{path} is an index, which executors can't read; name the files it was made of"
            )
    before, shards = _listed(references), _listed(paths)
    require_distinct((each.path for each in before.read), (each.path for each in shards.read))
    spark = session(cluster.master, cluster.conf)
    folder = cluster.work or f"{output.rstrip('/')}.work"
    with configured(spark):
        settings = _settings(before, shards, reading, policy)
        read = Work(spark, f"{folder}/read", settings, cluster.progress)
        task = ReadFiles(reading, policy)
        asked = frozenset((*readers.listed_paths(references), *readers.listed_paths(paths)))
        files = [*before.read, *shards.read]
        documents = read.stage("documents", _documents(spark, files, asked, task))
        coverage = Coverage.of_fields(read.fact("coverage", lambda: _coverage(documents)))
        for each in (*before.skipped, *shards.skipped):
            coverage.skip(each)
        if not coverage.documents:
            coverage.require_some()
        met = read.fact("met", lambda: _met(documents))
        fields = readers.fields_in(files, reading)
        # No option names the field of URLs here.
        readers.require_fields(files, reading, True, met["ids"])
        require_met(policy, met["hosts"], met["ranked"], fields)
    sources = documents.where("reason is null")
    if before.read:
        sources = sources.withColumn("reference", sources["part"] < len(before.read))
    columns = Columns(
        scope="scope" if scope_of(policy) else None,
        rank={"first": None, "longest": "longest"}.get(policy.keep, "rank"),
        reference="reference" if before.read else None,
    )
    cleaned = clean(
        sources, replace(cluster, work=f"{folder}/clean"), columns, matching,
        Policy(min_copies=policy.min_copies, protect=policy.protect), markup, expected,
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


def beyond_a_cluster(policy: Policy) -> list[str]:
    """Name what a policy asks for that only a job on one machine does."""
    names = [name for name in chosen(policy) if name in _ONE_MACHINE]
    return [*names, *(["scope"] if policy.scope == "across" else [])]


def _require_known(policy: Policy) -> None:
    """Raise ValueError for what only a job on one machine does."""
    for name in beyond_a_cluster(policy):
        remedy = "choose another" if name == "scope" else "leave it out"
        raise ValueError(
            f"{name} is {getattr(policy, name)!r}, which is not there on Spark; {remedy}"
        )


def _settings(
    before: _Listed, shards: _Listed, options: Options, policy: Policy
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
    spark: SparkSession, shards: list[readers.Shard], asked: frozenset[str], task: ReadFiles
) -> DataFrame:
    """Read files, a task for each."""
    rows = [(number, each.path in asked, *each) for number, each in enumerate(shards)]
    schema = "part int, named boolean, path string, container string, packing string"
    listed = spark.createDataFrame(rows, schema)
    spread = listed.repartitionByRange(max(1, len(rows)), "part")
    return spread.mapInArrow(named(task.run, "path"), SCHEMA)


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
