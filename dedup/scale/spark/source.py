"""The DataFrame of the caller: its columns, and those that are sketched.

Knows: columns, types, ids that must be numbered, how many rows there are. Does not know: stages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import xxhash

from dedup.scale.spark.stages import row_numbers
from dedup.scale.spark.tasks.sketches import NUMBER_BITS
from dedup.segment import segmenter

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from dedup.scale.spark.marks import Facts
    from dedup.scale.spark.work import WorkFolder

#: Characters of a paragraph, to guess how many a document has.
_USUAL = 400

#: The name of a column that a job adds to those of the caller.
_NUMBER = "_dedup_number"


class Columns(NamedTuple):
    """The names of the columns of a DataFrame.

    text: strings, what is compared.
    id: whole numbers or strings, each different; their order is the order of reading.
    document: which document a paragraph stands in; short ones then go with a pasted block.
    scope: a host or a language, for example; only paragraphs of the same scope are compared.
    rank: numbers, the least is kept first; or "longest" in place of a name. None: the order of ids.
    reference: booleans; rows where it is true come before all others, whatever their ids, and are
    neither changed nor among the rows kept or removed.
    """

    text: str = "text"
    id: str = "id"
    document: str | None = None
    scope: str | None = None
    rank: str | None = None
    reference: str | None = None


COLUMNS = Columns()


class InputFrame:
    """The DataFrame of the caller, the names of its columns, and the markup of its documents."""

    def __init__(self, frame: DataFrame, columns: Columns, markup: str | None) -> None:
        self.frame, self.columns, self.markup = frame, columns, markup
        self.scoped, self.longest = columns.scope is not None, columns.rank == "longest"
        self.runs = columns.document is not None or markup is not None

    def check(self) -> None:
        """Raise ValueError for a column that is missing or has a wrong type."""
        from pyspark.sql import types

        kinds = {field.name: field.dataType for field in self.frame.schema.fields}
        asked = self.columns
        rank = None if asked.rank in (None, "first", "longest") else asked.rank
        for argument, column in asked._replace(rank=rank)._asdict().items():
            if column is not None and column not in kinds:
                raise ValueError(f"{argument} is {column!r}; the columns are {', '.join(kinds)}")
        if not isinstance(kinds[asked.text], types.StringType):
            kind = kinds[asked.text].simpleString()
            raise ValueError(f"text is {asked.text!r}, a {kind}; it must be strings")
        if not isinstance(kinds[asked.id], (types.IntegralType, types.StringType)):
            kind = kinds[asked.id].simpleString()
            raise ValueError(f"id is {asked.id!r}, a {kind}; it must be whole numbers or strings")
        if rank is not None and not isinstance(kinds[rank], types.NumericType):
            raise ValueError(
                f"rank is {rank!r}, a {kinds[rank].simpleString()}; it must be numbers"
            )
        refers = asked.reference
        if refers is not None and not isinstance(kinds[refers], types.BooleanType):
            kind = kinds[refers].simpleString()
            raise ValueError(f"reference is {refers!r}, a {kind}; it must be booleans")
        if self.markup is not None:
            segmenter(self.markup)
        self._whole = isinstance(kinds[self.columns.id], types.IntegralType)
        self.ranked = rank is not None
        self.rank_type: str | None = None
        if self.columns.reference is not None:
            self.rank_type = "double"
        elif self.longest:
            self.rank_type = "long"
        elif rank is not None:
            whole = isinstance(kinds[rank], types.IntegralType)
            self.rank_type = "long" if whole else "double"

    def seen(self) -> Facts:
        """Describe the input: columns, files, number of rows, least and greatest id.

        Cost: a pass over the ids.
        """
        from pyspark.sql import functions as F  # noqa: N812

        key = F.col(self.columns.id)
        row = self.frame.agg(F.count("*"), F.min(key).cast("string"), F.max(key).cast("string"))
        first = row.head()
        assert first is not None
        files = "\n".join(sorted(self.frame.inputFiles()))
        return {
            "rows": first[0], "least": first[1], "greatest": first[2],
            "files": xxhash.xxh3_64_hexdigest(files.encode()),
            "columns": self.frame.schema.simpleString(),
        }  # fmt: skip

    def distinct(self) -> Facts:
        """Count the distinct ids. Cost: a shuffle of the ids."""
        row = self.frame.select(self.columns.id).distinct().agg({"*": "count"}).head()
        assert row is not None
        return {"distinct": int(row[0])}

    def estimate(self, rows: int) -> int:
        """Estimate how many paragraphs the rows hold. Cost: for documents, a pass over them."""
        from pyspark.sql import functions as F  # noqa: N812

        if self.markup is None:
            return rows
        row = self.frame.agg(F.sum(F.length(self.columns.text) / _USUAL + 1)).head()
        return int(row[0] or 0) if row is not None else 0

    def numbered(self, work: WorkFolder, partitions: int) -> DataFrame | None:
        """Number the ids, where these are strings or too large; None where they do as they are."""
        bits = NUMBER_BITS if self.markup is not None else 0
        least, greatest = (work.settings["input"][name] for name in ("least", "greatest"))
        fits = self._whole and (
            least is None or (int(least) >= 0 and int(greatest) < 1 << (63 - bits))
        )
        if fits:
            return None
        ids = self.frame.select(self.columns.id)
        return row_numbers.numbered(work, "ids", ids, (self.columns.id,), partitions)

    def chosen(self, numbers: DataFrame | None) -> DataFrame:
        """Select the columns that are sketched: id, text, and those that the caller named."""
        from pyspark.sql import functions as F  # noqa: N812

        frame = self.frame
        if numbers is not None:
            frame = frame.join(numbers.withColumnRenamed("number", _NUMBER), self.columns.id)
        key = F.col(self.columns.id).cast("long") if numbers is None else F.col(_NUMBER)
        chosen = [key.alias("id"), F.col(self.columns.text).alias("text")]
        if self.columns.document is not None and self.markup is None:
            chosen.append(F.xxhash64(self.columns.document).alias("doc"))
        if self.columns.scope is not None:
            chosen.append(F.col(self.columns.scope).cast("string").alias("scope"))
        if self.ranked:
            chosen.append(F.col(str(self.columns.rank)).cast(str(self.rank_type)).alias("rank"))
        if self.columns.reference is not None:
            chosen.append(self._refers().alias("reference"))
        if self.markup is not None and "markup" in self.frame.columns:
            chosen.append(F.col("markup"))
        return frame.select(*chosen)

    def cleaned(self) -> DataFrame:
        """Select the rows that are cleaned: all but references."""
        return self.frame if self.columns.reference is None else self.frame.where(~self._refers())

    def _refers(self) -> Column:
        """Give the condition that a row is a reference; a null means that it is not."""
        from pyspark.sql import functions as F  # noqa: N812

        return F.coalesce(F.col(str(self.columns.reference)), F.lit(False))
