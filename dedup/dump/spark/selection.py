"""Which paragraphs go: ``dump.selection`` as joins of DataFrames.

Knows: the answer, the policy, documents and hosts. Does not know: texts, files that are written.

Columns: ``place`` is the number of a paragraph, ``match`` the number of the one that it repeats;
``why`` and ``whole`` are those of ``dump.selection``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dedup.dump.removal import BOILERPLATE, DOCUMENT
from dedup.dump.selection import COPY, FIRST, LEAST_PAGES, REST
from dedup.found import Kind
from dedup.options import Policy
from dedup.scale.spark.tasks.documents import DOCUMENT_BITS
from dedup.scale.spark.tasks.sketches import NUMBER_BITS

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from dedup.scale.spark.frames import DecidedFrame

#: Is added to a share before it is compared, because floats round.
_SLACK = 1e-9

#: Columns of what goes.
_GOES = ("place", "match", "similarity", "kind", "why")


def select(decided: DecidedFrame, documents: DataFrame, policy: Policy) -> DataFrame:
    """List what goes, and why: columns place, match, similarity, kind, why, whole.

    For the columns of ``documents`` see ``scale.spark.tasks.documents``.
    """
    return _PolicyJoins(decided, documents, policy).run()


class _PolicyJoins:
    """The steps of ``select``."""

    def __init__(self, decided: DecidedFrame, documents: DataFrame, policy: Policy) -> None:
        from pyspark.sql import functions as F  # noqa: N812

        self._decided, self._policy = decided, policy
        self._sketched = decided.sketched
        self._copies = decided.rows.where("not kept")
        self._counts = self._copies.groupBy("match").agg(F.count("*").alias("copies"))
        self._hosts = documents.select(
            F.col("id").alias("document"), host_or_source().alias("host")
        )

    def run(self) -> DataFrame:
        """Apply each part of the policy."""
        from pyspark.sql import functions as F  # noqa: N812

        goes = self._by_themselves()
        if self._policy.min_share is not None:
            goes = self._without_rare(goes, self._policy.min_share)
        goes = goes.withColumn("whole", F.lit(False))
        if self._policy.drop_documents is not None:
            goes = self._with_documents(goes, self._policy.drop_documents)
        return goes

    def _by_themselves(self) -> DataFrame:
        """List what goes by the parts of the policy that look at single paragraphs."""
        from pyspark.sql import functions as F  # noqa: N812

        policy = self._policy
        goes = self._copies.withColumn("why", F.lit(COPY)).select(*_GOES)
        if policy.boilerplate == "drop":
            goes = goes.unionByName(
                _alone(self._counts.select(F.col("match").alias("place")), FIRST)
            )
        if policy.min_copies > 2:
            often = self._counts.where(F.col("copies") >= policy.min_copies - 1).select("match")
            goes = goes.join(often, "match", "left_semi")
        if policy.scope == "across":
            goes = goes.where(document_of("place") != document_of("match"))
        if self._decided.some_stay:
            goes = goes.join(self._sketched.where("stays").select("place"), "place", "left_anti")
        return goes.select(*_GOES)

    # -- boilerplate of hosts

    def _without_rare(self, goes: DataFrame, share: float) -> DataFrame:
        """Leave out what stands on less than ``share`` of the pages of its host."""
        from pyspark.sql import functions as F  # noqa: N812

        pages = self._sketched.select(document_of("place").alias("document")).distinct()
        count = pages.join(self._hosts, "document").groupBy("host").agg(F.count("*").alias("pages"))
        least = F.greatest(F.ceil(share * F.col("pages") - _SLACK), F.lit(LEAST_PAGES))
        repeated = self._copies.select("place", "match").unionByName(
            self._counts.select(F.col("match").alias("place"), "match")
        )
        found = self._with_host(repeated).groupBy("match", "host")
        common = (
            found.agg(F.count_distinct("document").alias("found"))
            .join(count.select("host", least.alias("least")), "host")
            .where("found >= least")
            .select("match", "host")
        )
        return self._with_host(goes).join(common, ["match", "host"], "left_semi").select(*_GOES)

    def _with_host(self, rows: DataFrame) -> DataFrame:
        return rows.withColumn("document", document_of("place")).join(self._hosts, "document")

    # -- documents that are copies

    def _with_documents(self, goes: DataFrame, share: float) -> DataFrame:
        """Add the rest of each document that loses at least ``share`` of its words."""
        from pyspark.sql import functions as F  # noqa: N812

        own = self._sketched.select("place", "words", document_of("place").alias("document"))
        lost = own.join(goes.select("place"), "place", "left_semi")
        sums = (
            own.groupBy("document").agg(F.sum("words").alias("total"))
            .join(lost.groupBy("document").agg(F.sum("words").alias("lost")), "document")
        )  # fmt: skip
        enough = sums.where(F.col("lost") > 0).where(
            F.col("lost") >= share * F.col("total") - _SLACK
        )
        whole = enough.select("document").join(self._holding(goes), "document", "left_anti")
        rest = own.join(whole, "document", "left_semi").join(goes, "place", "left_anti")
        every = goes.drop("whole").unionByName(_alone(rest.select("place"), REST))
        marked = every.withColumn("document", document_of("place")).join(
            whole.withColumn("whole", F.lit(True)), "document", "left"
        )
        return marked.select(*_GOES, F.coalesce("whole", F.lit(False)).alias("whole"))

    def _holding(self, goes: DataFrame) -> DataFrame:
        """List the documents with a protected paragraph, or one that another document repeats."""
        from pyspark.sql import functions as F  # noqa: N812

        elsewhere = goes.where(F.col("why") == COPY).where(
            document_of("place") != document_of("match")
        )
        needed = elsewhere.select(F.col("match").alias("place")).distinct()
        holding = needed.join(goes, "place", "left_anti")
        if self._decided.some_stay:
            holding = holding.union(self._sketched.where("stays").select("place"))
        return holding.select(document_of("place").alias("document")).distinct()


def _alone(places: DataFrame, why: int) -> DataFrame:
    """Make rows of what goes for paragraphs without a partner."""
    from pyspark.sql import functions as F  # noqa: N812

    return places.select(
        "place", F.col("place").alias("match"), F.lit(0.0).cast("float").alias("similarity"),
        F.lit(int(Kind.UNIQUE)).cast("int").alias("kind"), F.lit(why).alias("why"),
    )  # fmt: skip


def kind_name() -> Column:
    """Give the kind of what goes, by its name in the record of removals."""
    from pyspark.sql import functions as F  # noqa: N812

    why, kind = F.col("why"), F.col("kind")
    named = F.when(why == FIRST, BOILERPLATE).when(why == REST, DOCUMENT)
    for each in Kind:
        named = named.when(kind == int(each), each.name.lower())
    return named


def document_of(place: str) -> Column:
    """Give the number of the document of a paragraph."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.shiftright(place, NUMBER_BITS)


def part_of(place: str) -> Column:
    """Give the number of the file of a paragraph; references count."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.shiftright(place, NUMBER_BITS + DOCUMENT_BITS)


def host_or_source() -> Column:
    """Give the host of a document, or its file where it has none."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.when(F.col("host") != "", F.col("host")).otherwise(F.col("source"))
