"""Which paragraphs go: ``dump.selection`` as joins of DataFrames.

Knows: what was decided, the policy, documents and hosts. Does not know: texts, files that are
written.

Columns: ``place`` is the number of a paragraph, ``match`` that of what it repeats; ``why`` and
``whole`` as ``selection`` has them.
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

#: What is added to a share before it is compared, for what floats make of it.
_SLACK = 1e-9

#: Columns of what goes.
_GOES = ("place", "match", "similarity", "kind", "why")


def select(decided: DecidedFrame, documents: DataFrame, policy: Policy) -> DataFrame:
    """Say what goes, and why: place, match, similarity, kind, why, whole.

    documents: see ``scale.spark.tasks.documents``.
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
        """Take every step that the policy asks for."""
        from pyspark.sql import functions as F  # noqa: N812

        goes = self._by_themselves()
        if self._policy.min_share is not None:
            goes = self._without_rare(goes, self._policy.min_share)
        goes = goes.withColumn("whole", F.lit(False))
        if self._policy.drop_documents is not None:
            goes = self._with_documents(goes, self._policy.drop_documents)
        return goes

    def _by_themselves(self) -> DataFrame:
        """Say what goes without looking at other paragraphs than its partner."""
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
        """Let what stands on less than a share of the pages of its host stay."""
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
        """Let documents go whole of which such a share of the words goes."""
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
        """List the documents that hold what is protected, or what another one repeats."""
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
    """Give paragraphs that go without a partner the columns of what goes."""
    from pyspark.sql import functions as F  # noqa: N812

    return places.select(
        "place", F.col("place").alias("match"), F.lit(0.0).cast("float").alias("similarity"),
        F.lit(int(Kind.UNIQUE)).cast("int").alias("kind"), F.lit(why).alias("why"),
    )  # fmt: skip


def kind_name() -> Column:
    """Name the kind of what goes as the record of removals does."""
    from pyspark.sql import functions as F  # noqa: N812

    why, kind = F.col("why"), F.col("kind")
    named = F.when(why == FIRST, BOILERPLATE).when(why == REST, DOCUMENT)
    for each in Kind:
        named = named.when(kind == int(each), each.name.lower())
    return named


def document_of(place: str) -> Column:
    """Give the number of the document that a paragraph stands in."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.shiftright(place, NUMBER_BITS)


def part_of(place: str) -> Column:
    """Give the number of the file that a paragraph stands in, references counted."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.shiftright(place, NUMBER_BITS + DOCUMENT_BITS)


def host_or_source() -> Column:
    """Give the host of a document, or its file where it has none."""
    from pyspark.sql import functions as F  # noqa: N812

    return F.when(F.col("host") != "", F.col("host")).otherwise(F.col("source"))
