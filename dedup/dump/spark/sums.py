"""How much each source and host loses, and what is repeated most: ``dump.statistics`` as sums.

Knows: sums over the answer. Does not know: how they are printed.

The driver gets only sums: four numbers for each file, and for the hosts that lose most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from dedup.dump.spark.selection import document_of, host_or_source, part_of
from dedup.dump.statistics import NAMED, SHOWN, Repeated, Share, Tally
from dedup.dump.summary import MOST_HOSTS

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.scale.spark.frames import DecidedFrame


class Sums(NamedTuple):
    """The sums of a job, and the number of hosts. ``tally`` names only those that lose most."""

    tally: Tally
    hosts: int


def sum_up(
    decided: DecidedFrame, documents: DataFrame, goes: DataFrame, names: Sequence[str], before: int,
    most: int,
) -> Sums:  # fmt: skip
    """Sum up what goes from all files but the first ``before``, which are references.

    names: of the other files; goes: see ``selection.select``; most: how many of the most repeated
    paragraphs are listed.
    """
    from pyspark.sql import functions as F  # noqa: N812

    gone = goes.select("place", F.lit(1).alias("goes"))
    own = (
        decided.sketched.where(part_of("place") >= before)
        .select("place", F.expr("octet_length(text)").alias("size"))
        .join(gone, "place", "left")
        .withColumn("document", document_of("place"))
    )
    sums = (
        F.count("*").alias("paragraphs"), F.sum("size").alias("size"),
        F.count("goes").alias("gone"),
        F.sum(F.col("size") * F.coalesce("goes", F.lit(0))).alias("gone_size"),
    )  # fmt: skip
    found = Tally(sources={name: Share() for name in names})
    for row in own.groupBy(part_of("place").alias("part")).agg(*sums).collect():
        share = found.sources[names[row["part"] - before]]
        share.add(*(int(row[each]) for each in _SUMS))
        found.total.add(*(int(row[each]) for each in _SUMS))
    of = documents.where("host <> ''").select(F.col("id").alias("document"), "host")
    by_host = own.join(of, "document").groupBy("host").agg(*sums)
    worst = by_host.orderBy(F.desc("gone_size"), "host").limit(MOST_HOSTS).collect()
    found.hosts = {row["host"]: Share(*(int(row[each]) for each in _SUMS)) for row in worst}
    hosts = by_host.count() if len(worst) == MOST_HOSTS else len(worst)
    found.repeated = _repeated(decided, documents, most)
    return Sums(found, hosts)


_SUMS = ("paragraphs", "size", "gone", "gone_size")


def _repeated(decided: DecidedFrame, documents: DataFrame, most: int) -> list[Repeated]:
    """List the paragraphs with the most copies; of equal ones the first come first."""
    from pyspark.sql import functions as F  # noqa: N812

    copies = decided.rows.where("not kept").select("place", "match")
    counts = copies.groupBy("match").agg(F.count("*").alias("copies"))
    top = counts.orderBy(F.desc("copies"), "match").limit(most)
    standing = copies.join(top.select("match"), "match", "left_semi").unionByName(
        top.select(F.col("match").alias("place"), "match")
    )
    of = documents.select(F.col("id").alias("document"), host_or_source().alias("host"))
    where = standing.withColumn("document", document_of("place")).join(of, "document")
    hosts = where.groupBy("match").agg(F.sort_array(F.collect_set("host")).alias("hosts"))
    texts = decided.sketched.select(
        F.col("place").alias("match"), "first", "last", F.substring("text", 1, SHOWN).alias("text"),
        document_of("place").alias("document"),
    )  # fmt: skip
    places = documents.select(F.col("id").alias("document"), "source", "record")
    rows = (
        top.join(hosts, "match").join(texts, "match").join(places, "document")
        .orderBy(F.desc("copies"), "match")
        .select(
            "source", "record", "first", "last", "copies", "text", F.size("hosts").alias("count"),
            F.slice("hosts", 1, NAMED).alias("named"),
        )
    )  # fmt: skip
    return [
        Repeated(
            {name: row[name] for name in ("source", "record", "first", "last")},
            row["copies"] + 1, row["count"], list(row["named"]), row["text"],
        )
        for row in rows.collect()
    ]  # fmt: skip
