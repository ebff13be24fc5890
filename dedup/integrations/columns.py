"""A column of texts: what tables of every kind are given beside it.

Knows: columns as lists, with None where a cell is empty. Does not know: pandas, polars, datasets.
Every answer is that of ``find`` for all rows at once, so it doesn't depend on how a table is cut
into pieces or on how many processes work.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Unpack

from dedup.cleaning import Cleaned, FindOptions, clean_documents
from dedup.found import Found, Kind
from dedup.paragraph import Document
from dedup.search import find

#: The names of the columns that ``mark`` adds.
MARKS = ("kept", "match", "similarity", "kind")

#: What ``kind`` may say.
KINDS = tuple(kind.name.lower() for kind in Kind)


class Cells(NamedTuple):
    """The cells of a column without their copies, and notes of what was taken out of each."""

    texts: list[str | None]
    notes: list[list[dict[str, object]]]


def mark(values: Sequence[object], column: str, **options: Unpack[FindOptions]) -> Found:
    """Compare the cells of a column, each one paragraph; an empty cell matches nothing."""
    return find([each or "" for each in _texts(values, column)], **options)


def clean(
    values: Sequence[object], column: str, markup: str = "auto", **options: Unpack[FindOptions]
) -> Cells:
    """Cut the cells of a column into paragraphs and take the copies out, across all rows."""
    texts = _texts(values, column)
    documents = [Document(each or "", str(row)) for row, each in enumerate(texts)]
    cleaned = clean_documents(documents, markup, **options)
    new = [None if old is None else each.text for old, each in zip(texts, cleaned, strict=True)]
    return Cells(new, [*map(_notes, cleaned)])


def check_free(names: Sequence[str], taken: Collection[object], remedy: str) -> None:
    """Raise ValueError where a column that is to be added is there already."""
    there = ", ".join(repr(name) for name in names if name in taken)
    if there:
        raise ValueError(f"the table has columns named {there} already; {remedy}")


def mark_names(prefix: str, taken: Collection[object]) -> list[str]:
    """Name the columns that ``mark`` adds, with ``prefix`` before each."""
    names = [prefix + name for name in MARKS]
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
