"""The DataFrame a caller hands over: which columns it has, and what is sketched of them.

Knows: columns, types, ids that must be numbered, how much there is. Does not know: stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import xxhash

from dedup.scale.spark import numbering
from dedup.scale.spark.sketching import NUMBER_BITS
from dedup.segment import segmenter

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from dedup.scale.spark.marks import Facts
    from dedup.scale.spark.work import Work

#: Characters of a paragraph, to guess how many a document has.
_USUAL = 400

#: A column of ours beside those of the caller.
_NUMBER = "_dedup_number"


class Source:
    """The DataFrame of the caller and what its columns are."""

    def __init__(
        self,
        frame: DataFrame,
        text: str,
        key: str,
        document: str | None,
        scope: str | None,
        rank: str | None,
        markup: str | None,
        reference: str | None,
    ) -> None:
        self.frame, self.text, self.key, self.markup = frame, text, key, markup
        self._document, self._scope, self._rank = document, scope, rank
        self.reference = reference
        self.scoped, self.longest = scope is not None, rank == "longest"
        self.runs = document is not None or markup is not None

    def check(self) -> None:
        """Raise ValueError for a column that isn't there or has another type."""
        from pyspark.sql import types

        kinds = {field.name: field.dataType for field in self.frame.schema.fields}
        asked: dict[str, str | None] = {
            "text": self.text, "id": self.key, "document": self._document, "scope": self._scope,
            "rank": None if self._rank in (None, "first", "longest") else self._rank,
            "reference": self.reference,
        }  # fmt: skip
        for argument, column in asked.items():
            if column is not None and column not in kinds:
                raise ValueError(f"{argument} is {column!r}; the columns are {', '.join(kinds)}")
        if not isinstance(kinds[self.text], types.StringType):
            raise ValueError(f"text is {self.text!r}, a {kinds[self.text].simpleString()}")
        if not isinstance(kinds[self.key], (types.IntegralType, types.StringType)):
            told = kinds[self.key].simpleString()
            raise ValueError(f"id is {self.key!r}, a {told}; it must be whole numbers or strings")
        column = asked["rank"]
        if column is not None and not isinstance(kinds[column], types.NumericType):
            raise ValueError(f"rank is {column!r}, a {kinds[column].simpleString()}, no number")
        if self.reference is not None and not isinstance(kinds[self.reference], types.BooleanType):
            told = kinds[self.reference].simpleString()
            raise ValueError(f"reference is {self.reference!r}, a {told}; it must say yes or no")
        if self.markup is not None:
            segmenter(self.markup)
        self._whole = isinstance(kinds[self.key], types.IntegralType)
        self.ranked = column is not None
        self.rank_type: str | None = None
        if self.reference is not None:
            self.rank_type = "double"
        elif self.longest:
            self.rank_type = "long"
        elif column is not None:
            whole = isinstance(kinds[column], types.IntegralType)
            self.rank_type = "long" if whole else "double"

    def seen(self) -> Facts:
        """Say which input it is: its columns and files, how many rows, the least and greatest id.

        A pass over the ids.
        """
        from pyspark.sql import functions as F  # noqa: N812

        key = F.col(self.key)
        row = self.frame.agg(F.count("*"), F.min(key).cast("string"), F.max(key).cast("string"))
        told = row.head()
        assert told is not None
        files = "\n".join(sorted(self.frame.inputFiles()))
        return {
            "rows": told[0], "least": told[1], "greatest": told[2],
            "files": xxhash.xxh3_64_hexdigest(files.encode()),
            "columns": self.frame.schema.simpleString(),
        }  # fmt: skip

    def distinct(self) -> Facts:
        """Count the distinct ids."""
        row = self.frame.select(self.key).distinct().agg({"*": "count"}).head()
        assert row is not None
        return {"distinct": int(row[0])}

    def estimate(self) -> int:
        """Guess how many paragraphs there are."""
        from pyspark.sql import functions as F  # noqa: N812

        size = F.lit(1) if self.markup is None else F.length(self.text) / _USUAL + 1
        row = self.frame.agg(F.sum(size)).head()
        return int(row[0] or 0) if row is not None else 0

    def numbered(self, work: Work, partitions: int) -> DataFrame | None:
        """Number ids that are strings, or too large to number paragraphs beside them."""
        bits = NUMBER_BITS if self.markup is not None else 0
        least, greatest = (work.settings["input"][name] for name in ("least", "greatest"))
        fits = self._whole and (
            least is None or (int(least) >= 0 and int(greatest) < 1 << (63 - bits))
        )
        if fits:
            return None
        ids = self.frame.select(self.key)
        return numbering.numbered(work, "ids", ids, (self.key,), partitions)

    def columns(self, numbers: DataFrame | None) -> DataFrame:
        """Choose the columns that are sketched: id, text, and what else is given."""
        from pyspark.sql import functions as F  # noqa: N812

        frame = self.frame
        if numbers is not None:
            frame = frame.join(numbers.withColumnRenamed("number", _NUMBER), self.key)
        key = F.col(self.key).cast("long") if numbers is None else F.col(_NUMBER)
        chosen = [key.alias("id"), F.col(self.text).alias("text")]
        if self._document is not None and self.markup is None:
            chosen.append(F.xxhash64(self._document).alias("doc"))
        if self._scope is not None:
            chosen.append(F.col(self._scope).cast("string").alias("scope"))
        if self.ranked:
            chosen.append(F.col(str(self._rank)).cast(str(self.rank_type)).alias("rank"))
        if self.reference is not None:
            chosen.append(self._refers().alias("reference"))
        if self.markup is not None and "markup" in self.frame.columns:
            chosen.append(F.col("markup"))
        return frame.select(*chosen)

    def cleaned(self) -> DataFrame:
        """Leave the rows that are cleaned: all but references."""
        return self.frame if self.reference is None else self.frame.where(~self._refers())

    def _refers(self) -> Column:
        """Say of each row whether it is a reference; where that is null it is none."""
        from pyspark.sql import functions as F  # noqa: N812

        return F.coalesce(F.col(str(self.reference)), F.lit(False))
