"""The job on files, decided and written by a Spark cluster: ``dedup clean --engine spark``.

Knows: the order of the steps, what of a request a cluster can't do. Does not know: how a DataFrame
is decided, how a file is written, what a killed run left (``dump.job``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup import readers
from dedup.dump.file import Order
from dedup.dump.folders import Work as Folder
from dedup.dump.job import clean_files
from dedup.dump.outputs import GOES, Inputs, Outputs, refuse_loss
from dedup.dump.request import Request
from dedup.dump.selection import COPY
from dedup.dump.spark.files import DONE, GOING, RewriteFiles, command_of
from dedup.dump.spark.selection import document_of, kind_name, part_of, select
from dedup.dump.spark.sums import sum_up
from dedup.dump.summary import Summary
from dedup.errors import InputError
from dedup.index.stores import is_index
from dedup.options import Policy
from dedup.paragraph import Extent, Skipped
from dedup.readers.remote import is_remote
from dedup.scale.competition import require_distinct, require_met, scope_of
from dedup.scale.inputs import Tell
from dedup.scale.spark.cluster import Cluster
from dedup.scale.spark.frames import configured, decide
from dedup.scale.spark.session import session
from dedup.scale.spark.source import Columns
from dedup.scale.spark.tasks.arrow import named
from dedup.scale.spark.tasks.documents import DOCUMENT_BITS, HALF, SCHEMA, ReadFiles
from dedup.scale.spark.tasks.sketches import NUMBER_BITS
from dedup.scale.spark.work import StageDone, WorkFolder
from dedup.scale.storage.lock import Lock
from dedup.writers.file import write_whole

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: The folder of the stages, inside the folder of the job, where the caller names none.
_INSIDE = "spark"

#: The most tasks that write files.
_MOST_TASKS = 20_000

#: How many places are named of the texts that Arrow can't hold.
_NAMED = 3

_ANY = Cluster()


def clean_on_cluster(
    request: Request,
    cluster: Cluster = _ANY,
    skipped: Tell | None = None,
    expected: int | None = None,
) -> Summary:
    """Write files without their copies, as ``clean_files`` does, on a Spark cluster.

    The files, the record and the manifest are those that one machine writes, and ``restore`` undoes
    them. The driver and all executors must reach inputs and output by the same paths; inputs may be
    URLs.

    Args:
        request: what is asked for.
        cluster: where it names no ``work``, nor the resources of the request, stages are written to
            the folder of the job and deleted with it; in a folder that is named they stay.
        skipped: is called with what is not read.
        expected: the number of paragraphs, where the caller knows it.

    Raises:
        ValueError: for what a cluster can't do: ``apply``, ``contained``, references that are an
            index, outputs that are URLs.
        DedupError: what ``clean_files``, ``session`` and ``scale.spark.clean`` raise.

    """
    _require_known(request)
    if request.resources.work is not None:
        cluster = replace(cluster, work=request.resources.work)
        request = replace(request, resources=replace(request.resources, work=None))
    _require_apart(request)
    spark = session(cluster.master, cluster.conf)
    return clean_files(request, skipped, None, partial(_OnCluster, spark, cluster, expected))


def _require_known(request: Request) -> None:
    """Raise ValueError for what a cluster can't do, and for references that are not files."""
    if request.apply is not None:
        raise ValueError(
            f"apply is {request.apply!r}: a plan says what goes already, so a cluster has nothing "
            "to decide; carry it out on one machine, without --engine spark"
        )
    if request.matching.contained == "remove":
        raise ValueError("contained is 'remove', which Spark can't do; leave it out")
    for path in request.references:
        if is_index(path):
            raise ValueError(
                f"{path} is an index, which executors can't read; name the files it was made of"
            )
    for path in filter(None, (request.output, request.plan, request.removed)):
        if is_remote(path):
            raise ValueError(
                f"{path} is a URL, and executors write files as one machine does, to folders; name "
                "a folder that the driver and all executors reach by the same path (a mounted "
                "bucket will do), or clean a DataFrame by dedup.scale.spark.clean and write that"
            )


def _require_apart(request: Request) -> None:
    """Raise InputError where a reference is an input too, before the session begins."""
    if request.references:
        own = (each.path for each in readers.shards(request.paths) if not isinstance(each, Skipped))
        require_distinct((each.path for each in _references(request.references)), own)


class _OnCluster(Outputs):
    """The outputs of a job that a cluster makes."""

    def __init__(
        self,
        spark: SparkSession,
        cluster: Cluster,
        expected: int | None,
        request: Request,
        inputs: Inputs,
        targets: Sequence[str | None],
        lock: Lock,
        folder: Folder | None,
    ) -> None:
        super().__init__(request, inputs, targets, lock, folder)
        self._spark, self._cluster, self._expected = spark, cluster, expected

    def _decide(self, draft: Path, summary: Summary) -> list[Order]:
        """Decide what goes, sum it up, and give an order for each file."""
        request, own = self._request, self._inputs.files
        before = _references(request.references)
        work = self._cluster.work or f"file://{os.path.abspath(draft)}/{_INSIDE}"
        with configured(self._spark):
            documents = self._documents(work, before)
            decided = decide(
                self._sources(documents, len(before)),
                replace(self._cluster, work=f"{work.rstrip('/')}/clean"),
                self._columns(len(before)),
                request.matching,
                Policy(protect=request.policy.protect),
                self._inputs.markup,
                self._expected,
            )
            self._work_of = decided.work
            goes = decided.work.stage("goes", select(decided, documents, request.policy))
            names = [each.path for each in own]
            sums = sum_up(decided, documents, goes, names, len(before), request.repeated)
            if request.output is not None:
                refuse_loss(sums.tally, request.policy)
            self._going = _going_rows(decided.sketched, goes, documents)
            self._halves = _halves(documents, len(before))
        write_whole([(str(draft / GOES), b"")])
        summary.tally, summary.hosts = sums
        summary.recipe, summary.recall = decided.recipe.to_dict(), decided.recall
        summary.uncompared = decided.uncompared
        return self._orders(draft, len(before), None, None)

    def _documents(self, work: str, before: Sequence[readers.Shard]) -> DataFrame:
        """Read the documents of all files. Raises ValueError where no document fits an option."""
        request, inputs = self._request, self._inputs
        policy, files = request.policy, [*before, *inputs.files]
        settings = {
            "files": [each.path for each in inputs.files], "reading": asdict(inputs.reading),
            "references": [each.path for each in before], "referring": asdict(self._referring()),
            "markup": inputs.markup, "keep": policy.keep, "order": list(policy.order),
            "scope": policy.scope, "inputs": [each.seen for each in inputs.shards],
        }  # fmt: skip
        read = WorkFolder(self._spark, f"{work.rstrip('/')}/read", settings, self._cluster.progress)
        asked = frozenset((*request.references, *inputs.paths))
        rows = [
            (number, each.path in asked, each.path, each.container, each.packing)
            for number, each in enumerate(files)
        ]
        schema = "part int, named boolean, path string, container string, packing string"
        listed = self._spark.createDataFrame(rows, schema)
        spread = listed.repartitionByRange(max(1, len(rows)), "part")
        task = ReadFiles(inputs.reading, policy, inputs.markup, len(before), self._referring())
        documents = read.stage("documents", spread.mapInArrow(named(task.run, "path"), SCHEMA))
        met = read.fact("met", lambda: _met(documents))
        if met["documents"]:
            readers.require_fields(inputs.files, inputs.reading, met["hosts"], met["ids"])
            fields = readers.fields_in(inputs.files, inputs.reading)
            require_met(policy, met["hosts"], met["ranked"], fields)
        return documents

    def _sources(self, documents: DataFrame, before: int) -> DataFrame:
        """Select the documents that are compared, and mark references."""
        found = documents.where("reason is null")
        return found.withColumn("reference", found["part"] < before) if before else found

    def _columns(self, before: int) -> Columns:
        policy = self._request.policy
        return Columns(
            scope="scope" if scope_of(policy) else None,
            rank={"first": None, "longest": "longest"}.get(policy.keep, "rank"),
            reference="reference" if before else None,
        )

    def _rewrite(self, draft: Path, orders: Sequence[Order]) -> list[dict[str, Any]]:
        """Write all files, a task for each."""
        with configured(self._spark), self._work_of.running("files"):
            commands = [(each.number, -1, command_of(each)) for each in orders]
            heads = self._spark.createDataFrame(commands, "part int, document int, command string")
            rows = self._going.unionByName(heads, allowMissingColumns=True)
            tasks = max(1, min(len(orders), _MOST_TASKS))
            together = rows.repartition(tasks, "part").sortWithinPartitions(
                "part", "document", "number"
            )
            task = RewriteFiles(os.path.abspath(draft))
            ordered = together.select(*(each.split()[0] for each in GOING.split(", ")))
            made = ordered.mapInArrow(named(task.run, "part"), DONE).collect()
        found = {row["part"]: json.loads(row["done"]) for row in made}
        if self._cluster.progress is not None:
            self._cluster.progress(StageDone("files", len(found), None, 0.0))
        return [
            with_halves(found[each.number], each.path, *self._halves.get(each.number, (0, [])))
            for each in orders
        ]


def with_halves(
    done: dict[str, Any], path: str, count: int, places: Sequence[str]
) -> dict[str, Any]:
    """Count texts that Arrow can't hold as unread: they are written, but were not compared."""
    if not count:
        return done
    coverage = done["coverage"]
    read, unread = coverage["read"].get(path, (0, 0))
    halves = {"what": Extent.RECORD.value, "reason": HALF, "count": count, "places": [*places]}
    return {**done, "coverage": {
        "read": {**coverage["read"], path: [read - count, unread + count]},
        "unread": [*coverage["unread"], halves],
    }}  # fmt: skip


def _references(paths: Sequence[str]) -> list[readers.Shard]:
    """List the files of references."""
    found = readers.shards(paths) if paths else ()
    shards = [each for each in found if not isinstance(each, Skipped)]
    if any(each.path == "-" for each in shards):
        raise InputError("-", "executors can't read standard input", "write it to a file first")
    return shards


def _met(documents: DataFrame) -> dict[str, object]:
    """Tell whether any document has a text, a host, a rank and an id."""
    from pyspark.sql import functions as F  # noqa: N812

    # The rank of a document without one is infinite.
    row = documents.agg(
        F.count("text").alias("documents"),
        F.max(F.col("host") != "").alias("hosts"),
        F.max(F.abs(F.col("rank")) < float("inf")).alias("ranked"),
        F.max("identified").alias("ids"),
    ).head()
    assert row is not None
    return {name: bool(row[name]) for name in ("documents", "hosts", "ranked", "ids")}


def _halves(documents: DataFrame, before: int) -> dict[int, tuple[int, list[str]]]:
    """Count the texts that Arrow can't hold: of each file how many, and the first places."""
    from pyspark.sql import functions as F  # noqa: N812

    place = F.concat_ws(": ", "source", "record")
    found = documents.where((F.col("reason") == HALF) & (F.col("part") >= before))
    rows = found.groupBy("part").agg(
        F.count("*").alias("count"), F.sort_array(F.collect_list(F.struct("id", place.alias("at"))))
        .alias("places"),
    ).select("part", "count", F.slice("places.at", 1, _NAMED).alias("places"))  # fmt: skip
    return {row["part"]: (row["count"], list(row["places"])) for row in rows.collect()}


def _going_rows(sketched: DataFrame, goes: DataFrame, documents: DataFrame) -> DataFrame:
    """Make the rows of what goes for the tasks that write files. See ``files.GOING``."""
    from pyspark.sql import functions as F  # noqa: N812

    lines = sketched.select("place", "first", "last")
    there = lines.toDF("match", "kept_first", "kept_last")
    kept = documents.where("reason is null").select(
        F.col("id").alias("kept_document"), F.col("source").alias("kept_source"),
        F.col("record").alias("kept_record"),
    )  # fmt: skip
    copies = (
        goes.where(F.col("why") == COPY).select("place", "match").join(there, "match")
        .withColumn("kept_document", document_of("match")).join(kept, "kept_document")
        .select("place", "kept_source", "kept_record", "kept_first", "kept_last")
    )  # fmt: skip
    return goes.join(lines, "place").join(copies, "place", "left").select(
        part_of("place").cast("int").alias("part"),
        document_of("place").bitwiseAND(F.lit((1 << DOCUMENT_BITS) - 1)).cast("int")
        .alias("document"),
        F.col("place").bitwiseAND(F.lit((1 << NUMBER_BITS) - 1)).cast("int").alias("number"),
        "first", "last", F.col("similarity").cast("double").alias("similarity"),
        kind_name().alias("kind"), "whole", "kept_source", "kept_record", "kept_first",
        "kept_last",
    )  # fmt: skip
