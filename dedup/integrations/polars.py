"""polars: columns that say which rows repeat which, and frames without copies.

Knows: frames, dtypes, nulls. Does not know: how texts are compared (``columns``). Importing this
module gives every frame the attribute ``dedup``.

    import dedup.integrations.polars
    df.dedup.mark("text")
"""

from __future__ import annotations

from typing import Any, Unpack

from dedup.errors import MissingExtra
from dedup.integrations import columns
from dedup.removal import FindOptions

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

    The columns are kept (Boolean), match (Int64), similarity (Float32) and kind (Enum). match is
    the number of the kept row that a row repeats or is a variant of, and its own number if nothing
    matches. A null matches nothing and is kept.

    Args:
        frame: a frame; the answer is a new one.
        column: the column of text.
        prefix: text before the names of the four columns.
        options: the options of ``dedup.find``.

    Raises:
        ValueError: the column is missing, or a new one exists already.
        TypeError: the column is not text, or the frame is a LazyFrame: the answer depends on all
            rows.
    """
    values = _values(frame, column)
    names = columns.mark_names(prefix, frame.columns)
    found = columns.mark(values, column, **options)
    kinds = pl.Series([columns.KINDS[kind] for kind in found.kind.tolist()], dtype=_KIND)
    added: tuple[Any, ...] = (found.kept, found.match, found.similarity, kinds)
    return frame.with_columns(
        pl.Series(name, each) for name, each in zip(names, added, strict=True)
    )


def unique(frame: pl.DataFrame, column: str, **options: Unpack[FindOptions]) -> pl.DataFrame:
    """Return the rows that are kept, in their order. The arguments are those of ``mark``."""
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

    The paragraphs of all rows are compared with each other. Every row stays, though its text may be
    left empty. The cleaned column has the dtype String.

    Args:
        markup: what separates paragraphs, as in ``dedup.paragraphs``.
        note: the name of a new column that lists the removed paragraphs of each row as structs
            (text, first, last, row, line, similarity, kind); row, a number, and line say where the
            kept paragraph stands.
        frame, column, options: as for ``mark``.
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
    """``df.dedup``: the functions of this module as methods of a frame."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def mark(self, column: str, prefix: str = "", **options: Unpack[FindOptions]) -> pl.DataFrame:
        """Add the columns that say what each row repeats; see ``mark``."""
        return mark(self._frame, column, prefix, **options)

    def unique(self, column: str, **options: Unpack[FindOptions]) -> pl.DataFrame:
        """Return the rows that are kept; see ``unique``."""
        return unique(self._frame, column, **options)

    def clean(
        self,
        column: str,
        markup: str = "auto",
        note: str | None = None,
        **options: Unpack[FindOptions],
    ) -> pl.DataFrame:
        """Take the copies out of the texts of a column; see ``clean``."""
        return clean(self._frame, column, markup, note, **options)


def _values(frame: pl.DataFrame, column: str) -> list[Any]:
    """Return the cells of a column, with None for null."""
    if isinstance(frame, pl.LazyFrame):
        raise TypeError(
            "the frame is a LazyFrame; which rows are kept depends on all of them, so collect() it"
            " first"
        )
    if column not in frame.columns:
        known = ", ".join(map(repr, frame.columns))
        raise ValueError(f"the frame has no column named {column!r}; it has {known}")
    cells = frame[column]
    if not isinstance(cells.dtype, pl.String | pl.Categorical | pl.Enum | pl.Null):
        raise TypeError(f"column {column!r} is of {cells.dtype}; it must hold text")
    values: list[Any] = cells.cast(pl.String).to_list()
    return values
