"""pandas: columns that say which rows repeat which, and frames without copies.

Knows: frames, series, missing values. Does not know: how texts are compared (``columns``).
Importing this module gives every frame the attribute ``dedup``.

    import dedup.integrations.pandas
    df.dedup.mark("text")
"""

from __future__ import annotations

from typing import Any, Unpack

from dedup.errors import MissingExtra
from dedup.integrations import columns
from dedup.removal import FindOptions

try:
    import pandas as pd
except ImportError as error:
    raise MissingExtra("pandas", "tables") from error


def mark(
    frame: pd.DataFrame, column: str, prefix: str = "", **options: Unpack[FindOptions]
) -> pd.DataFrame:
    """Return the frame with four more columns that say what each row of a text column repeats.

    The columns are kept (bool), match (int64), similarity (float32) and kind (categorical). match
    is the position (as in ``iloc``) of the kept row that a row repeats or is a variant of, and its
    own position if nothing matches. A missing value matches nothing and is kept.

    Args:
        frame: a frame; the answer is a new one.
        column: the column of text.
        prefix: text before the names of the four columns.
        options: the options of ``dedup.find``.

    Raises:
        ValueError: the column is missing or exists twice, or a new one exists already.
        TypeError: the column is not text.
    """
    names = columns.mark_names(prefix, list(frame.columns))
    found = columns.mark(_values(frame, column), column, **options)
    kinds = pd.Categorical.from_codes(found.kind, pd.Index(columns.KINDS))
    added: tuple[Any, ...] = (found.kept, found.match, found.similarity, kinds)
    return frame.assign(**dict(zip(names, added, strict=True)))


def unique(frame: pd.DataFrame, column: str, **options: Unpack[FindOptions]) -> pd.DataFrame:
    """Return the rows that are kept, in their order and with their labels.

    Args:
        frame, column, options: as for ``mark``.
    """
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

    The paragraphs of all rows are compared with each other. Every row stays, though its text may be
    left empty.

    Args:
        markup: what separates paragraphs, as in ``dedup.paragraphs``.
        note: the name of a new column that lists the removed paragraphs of each row as dicts (text,
            first, last, row, line, similarity, kind); row, a position, and line say where the kept
            paragraph stands.
        frame, column, options: as for ``mark``.
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
    """``df.dedup``: the functions of this module as methods of a frame."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def mark(self, column: str, prefix: str = "", **options: Unpack[FindOptions]) -> pd.DataFrame:
        """Add the columns that say what each row repeats; see ``mark``."""
        return mark(self._frame, column, prefix, **options)

    def unique(self, column: str, **options: Unpack[FindOptions]) -> pd.DataFrame:
        """Return the rows that are kept; see ``unique``."""
        return unique(self._frame, column, **options)

    def clean(
        self,
        column: str,
        markup: str = "auto",
        note: str | None = None,
        **options: Unpack[FindOptions],
    ) -> pd.DataFrame:
        """Take the copies out of the texts of a column; see ``clean``."""
        return clean(self._frame, column, markup, note, **options)


def _values(frame: pd.DataFrame, column: str) -> list[Any]:
    """Return the cells of a column, with None for a missing value."""
    there = int((frame.columns == column).sum())
    if there != 1:
        known = ", ".join(map(repr, frame.columns))
        how = "no column" if not there else f"{there} columns"
        raise ValueError(f"the frame has {how} named {column!r}; it has {known}")
    cells = frame[column].astype(object)
    return [None if missing else cell for cell, missing in zip(cells, cells.isna(), strict=True)]
