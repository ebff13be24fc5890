"""A column of texts, and the columns that say what its cells repeat.

Knows: columns as lists, with None for a cell without a value. Does not know: pandas, polars,
datasets. All rows are compared in one call of ``find``. So the answer depends neither on how the
library splits a table nor on the number of processes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Unpack

from dedup.found import Found, Kind
from dedup.paragraph import Document
from dedup.removal import Cleaned, FindOptions, clean_documents
from dedup.search import find

#: The names of the columns that ``mark`` adds.
ADDED = ("kept", "match", "similarity", "kind")

#: The values that the column ``kind`` may have.
KINDS = tuple(kind.name.lower() for kind in Kind)


class Cells(NamedTuple):
    """The cells of a column without their copies; notes: for each, what was taken out of it."""

    texts: list[str | None]
    notes: list[list[dict[str, object]]]


def mark(values: Sequence[object], column: str, **options: Unpack[FindOptions]) -> Found:
    """Compare the cells of a column, each as one paragraph. A cell of None matches nothing."""
    return find([each or "" for each in _texts(values, column)], **options)


def clean(
    values: Sequence[object], column: str, markup: str = "auto", **options: Unpack[FindOptions]
) -> Cells:
    """Cut the cells of a column into paragraphs, and take the copies out of all rows."""
    texts = _texts(values, column)
    documents = [Document(each or "", str(row)) for row, each in enumerate(texts)]
    cleaned = clean_documents(documents, markup, **options)
    new = [None if old is None else each.text for old, each in zip(texts, cleaned, strict=True)]
    return Cells(new, [*map(_notes, cleaned)])


def check_free(names: Sequence[str], taken: Collection[object], remedy: str) -> None:
    """Raise ValueError if the table already has a column that is to be added.

    Args:
        names: the columns to add.
        taken: the columns of the table.
        remedy: what the caller can do; it ends the message.
    """
    there = ", ".join(repr(name) for name in names if name in taken)
    if there:
        raise ValueError(f"the table has columns named {there} already; {remedy}")


def mark_names(prefix: str, taken: Collection[object]) -> list[str]:
    """Return the names of the columns that ``mark`` adds, each with ``prefix`` before it."""
    names = [prefix + name for name in ADDED]
    check_free(names, taken, f"give another prefix than {prefix!r}")
    return names


def _notes(cleaned: Cleaned) -> list[dict[str, object]]:
    return [
        {
            "text": each.paragraph.text,
            "first": each.paragraph.first,
            "last": each.paragraph.last,
            "row": int(each.partner.source),
            "line": each.partner.first,
            "similarity": round(each.similarity, 6),
            "kind": each.kind.name.lower(),
        }
        for each in cleaned.removed
    ]


def _texts(values: Sequence[object], column: str) -> list[str | None]:
    texts: list[str | None] = []
    for row, each in enumerate(values):
        if each is not None and not isinstance(each, str):
            raise TypeError(
                f"column {column!r} holds a {type(each).__name__} in row {row}; it must hold text"
            )
        texts.append(each)
    return texts
