"""polars: which rows repeat which, and frames without them; ``df.dedup`` once this is imported.

Knows: frames, dtypes, nulls. Does not know: how texts are compared (``columns``).

    import dedup.integrations.polars
    df.dedup.mark("text")
"""

from __future__ import annotations

from typing import Any, Unpack

from dedup.cleaning import FindOptions
from dedup.errors import MissingExtra
from dedup.integrations import columns

try:
    import polars as pl
except ImportError as error:
    raise MissingExtra("polars", "tables") from error

_KIND = pl.Enum(columns.KINDS)

_PLACE = dict.fromkeys(("first", "last", "row", "line"), pl.Int64)
_NOTE = pl.Struct({"text": pl.String, **_PLACE, "similarity": pl.Float64, "kind": _KIND})


def mark(
    frame: pl.DataFrame, column: str, prefix: str = "", **options: Unpack[FindOptions]
) -> pl.DataFrame:
    """Return the frame with four more columns that say what each row of a text column repeats.

    kept: Boolean; match: Int64, the number of the kept row it repeats or is a variant of, its own
    where nothing matches; similarity: Float32; kind: an Enum. prefix: stands before their names.
    options: those of ``dedup.find``. A null matches nothing and is kept. Raises ValueError for a
    column that isn't there or would be overwritten, TypeError for one that isn't text and for a
    LazyFrame: what is kept is known when all rows are.
    """
    values = _values(frame, column)
    names = columns.mark_names(prefix, frame.columns)
    found = columns.mark(values, column, **options)
    kinds = pl.Series([columns.KINDS[kind] for kind in found.kind.tolist()], dtype=_KIND)
    marks: tuple[Any, ...] = (found.kept, found.match, found.similarity, kinds)
    return frame.with_columns(
        pl.Series(name, each) for name, each in zip(names, marks, strict=True)
    )


def unique(frame: pl.DataFrame, column: str, **options: Unpack[FindOptions]) -> pl.DataFrame:
    """Return the rows that are kept, in order. Arguments: as of ``mark``."""
    found = columns.mark(_values(frame, column), column, **options)
    return frame.filter(pl.Series(found.kept))


def clean(
    frame: pl.DataFrame,
    column: str,
    markup: str = "auto",
    note: str | None = None,
    **options: Unpack[FindOptions],
) -> pl.DataFrame:
    """Return the frame with the copies taken out of its texts, paragraph by paragraph.

    The paragraphs of all rows are compared; all rows stay, though a text may be left empty. markup:
    as of ``dedup.paragraphs``. note: the column to be added with what was taken out: for each row a
    list of structs (text, first, last, row, line, similarity, kind), where row is the number of the
    row that keeps it, line the line there. options: those of ``dedup.find``. The column comes back
    as String.
    """
    values = _values(frame, column)
    if note is not None:
        columns.check_free([note], frame.columns, "give another note")
    cells = columns.clean(values, column, markup, **options)
    added = [pl.Series(column, cells.texts, pl.String)]
    if note is not None:
        added.append(pl.Series(note, cells.notes, pl.List(_NOTE)))
    return frame.with_columns(added)


@pl.api.register_dataframe_namespace("dedup")
class DedupNamespace:
    """``df.dedup``: the functions of this module with the frame put in."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def mark(self, column: str, prefix: str = "", **options: Unpack[FindOptions]) -> pl.DataFrame:
        """Say of each row what it repeats; see ``mark``."""
        return mark(self._frame, column, prefix, **options)

    def unique(self, column: str, **options: Unpack[FindOptions]) -> pl.DataFrame:
        """Leave the copies out; see ``unique``."""
        return unique(self._frame, column, **options)

    def clean(
        self,
        column: str,
        markup: str = "auto",
        note: str | None = None,
        **options: Unpack[FindOptions],
    ) -> pl.DataFrame:
        """Take the copies out of the texts; see ``clean``."""
        return clean(self._frame, column, markup, note, **options)


def _values(frame: pl.DataFrame, column: str) -> list[Any]:
    """Give the cells of a column, None for null."""
    if isinstance(frame, pl.LazyFrame):
        raise TypeError("the frame is a LazyFrame; what is kept needs all rows: collect() it first")
    if column not in frame.columns:
        known = ", ".join(map(repr, frame.columns))
        raise ValueError(f"the frame has no column named {column!r}; it has {known}")
    cells = frame[column]
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum | pl.Null):
        raise TypeError(f"column {column!r} is of {cells.dtype}; it must hold text")
    values: list[Any] = cells.cast(pl.String).to_list()
    return values
