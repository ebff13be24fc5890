"""pandas: which rows repeat which, and frames without them; ``df.dedup`` once this is imported.

Knows: frames, series, missing values. Does not know: how texts are compared (``columns``).

    import dedup.integrations.pandas
    df.dedup.mark("text")
"""

from __future__ import annotations

from typing import Any, Unpack

from dedup.cleaning import FindOptions
from dedup.errors import MissingExtra
from dedup.integrations import columns

try:
    import pandas as pd
except ImportError as error:
    raise MissingExtra("pandas", "tables") from error


def mark(
    frame: pd.DataFrame, column: str, prefix: str = "", **options: Unpack[FindOptions]
) -> pd.DataFrame:
    """Return the frame with four more columns that say what each row of a text column repeats.

    kept: bool; match: int64, the position (as of ``iloc``) of the kept row it repeats or is a
    variant of, its own where nothing matches; similarity: float32; kind: a categorical. prefix:
    stands before their names. options: those of ``dedup.find``. A missing value matches nothing and
    is kept. Raises ValueError for a column that isn't there, is there twice or would be
    overwritten, TypeError for one that isn't text.
    """
    names = columns.mark_names(prefix, list(frame.columns))
    found = columns.mark(_values(frame, column), column, **options)
    kinds = pd.Categorical.from_codes(found.kind, pd.Index(columns.KINDS))
    marks: tuple[Any, ...] = (found.kept, found.match, found.similarity, kinds)
    return frame.assign(**dict(zip(names, marks, strict=True)))


def unique(frame: pd.DataFrame, column: str, **options: Unpack[FindOptions]) -> pd.DataFrame:
    """Return the rows that are kept, in order and under their labels. Arguments: as of ``mark``."""
    found = columns.mark(_values(frame, column), column, **options)
    return frame[found.kept]


def clean(
    frame: pd.DataFrame,
    column: str,
    markup: str = "auto",
    note: str | None = None,
    **options: Unpack[FindOptions],
) -> pd.DataFrame:
    """Return the frame with the copies taken out of its texts, paragraph by paragraph.

    The paragraphs of all rows are compared; all rows stay, though a text may be left empty. markup:
    as of ``dedup.paragraphs``. note: the column to be added with what was taken out: for each row a
    list of dicts (text, first, last, row, line, similarity, kind), where row is the position of the
    row that keeps it, line the line there. options: those of ``dedup.find``.
    """
    if note is not None:
        columns.check_free([note], list(frame.columns), "give another note")
    cells = columns.clean(_values(frame, column), column, markup, **options)
    old = frame[column]
    kind = object if isinstance(old.dtype, pd.CategoricalDtype) else old.dtype
    added: dict[str, Any] = {column: pd.Series(cells.texts, frame.index, kind)}
    if note is not None:
        added[note] = pd.Series(cells.notes, frame.index, object)
    return frame.assign(**added)


@pd.api.extensions.register_dataframe_accessor("dedup")
class DedupAccessor:
    """``df.dedup``: the functions of this module with the frame put in."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def mark(self, column: str, prefix: str = "", **options: Unpack[FindOptions]) -> pd.DataFrame:
        """Say of each row what it repeats; see ``mark``."""
        return mark(self._frame, column, prefix, **options)

    def unique(self, column: str, **options: Unpack[FindOptions]) -> pd.DataFrame:
        """Leave the copies out; see ``unique``."""
        return unique(self._frame, column, **options)

    def clean(
        self,
        column: str,
        markup: str = "auto",
        note: str | None = None,
        **options: Unpack[FindOptions],
    ) -> pd.DataFrame:
        """Take the copies out of the texts; see ``clean``."""
        return clean(self._frame, column, markup, note, **options)


def _values(frame: pd.DataFrame, column: str) -> list[Any]:
    """Give the cells of a column, None where a value is missing."""
    there = int((frame.columns == column).sum())
    if there != 1:
        known = ", ".join(map(repr, frame.columns))
        how = "no column" if not there else f"{there} columns"
        raise ValueError(f"the frame has {how} named {column!r}; it has {known}")
    cells = frame[column].astype(object)
    return [None if missing else cell for cell, missing in zip(cells, cells.isna(), strict=True)]
