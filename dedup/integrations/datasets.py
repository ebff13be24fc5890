"""Hugging Face datasets: columns that say which rows repeat which, and datasets without copies.

Knows: ``datasets.Dataset``, its features, its ``map``. Does not know: how texts are compared
(``columns``).

A function that remembers the rows it has seen gives wrong answers in ``map`` and ``filter``: with
``num_proc`` every process has its own memory, and a second run still has that of the first. The
functions here decide all rows in one call instead, with the same answer for any ``num_proc``.
``Signatures`` is meant for ``map``, because it remembers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from dedup import stages
from dedup.errors import MissingExtra
from dedup.integrations import columns
from dedup.recipe import Recipe
from dedup.removal import FindOptions

if TYPE_CHECKING:
    import datasets  # type: ignore[import-untyped]


def mark(
    dataset: datasets.Dataset,
    column: str,
    prefix: str = "",
    num_proc: int | None = None,
    **options: Unpack[FindOptions],
) -> datasets.Dataset:
    """Return the dataset with four more columns that say what each row of a text column repeats.

    The columns are kept (bool), match (int64), similarity (float32) and kind (string). match is the
    number of the kept row that a row repeats or is a variant of, and its own number if nothing
    matches. The texts are held in memory.

    Args:
        dataset: a dataset; the answer is a new one.
        column: the column of text.
        prefix: text before the names of the four columns.
        num_proc: the number of processes, which does not change the answer.
        options: the options of ``dedup.find``.

    Raises:
        ValueError: the column is missing, or a new one exists already.
        TypeError: the column is not text, or the dataset is not a ``Dataset``.
    """
    values = _values(dataset, column)
    names = columns.mark_names(prefix, dataset.column_names)
    found = columns.mark(values, column, **_with_workers(options, num_proc))
    kinds = np.array(columns.KINDS)[found.kind]
    for name, added in zip(names, (found.kept, found.match, found.similarity, kinds), strict=True):
        dataset = dataset.add_column(name, added)
    return dataset


def unique(
    dataset: datasets.Dataset,
    column: str,
    num_proc: int | None = None,
    **options: Unpack[FindOptions],
) -> datasets.Dataset:
    """Return the rows that are kept, in their order. The arguments are those of ``mark``."""
    values = _values(dataset, column)
    found = columns.mark(values, column, **_with_workers(options, num_proc))
    return dataset.select(np.flatnonzero(found.kept))


def clean(
    dataset: datasets.Dataset,
    column: str,
    markup: str = "auto",
    note: str | None = None,
    num_proc: int | None = None,
    **options: Unpack[FindOptions],
) -> datasets.Dataset:
    """Return the dataset with the copies taken out of its texts, paragraph by paragraph.

    The paragraphs of all rows are compared with each other. Every row stays, though its text may be
    left empty.

    Args:
        markup: what separates paragraphs, as in ``dedup.paragraphs``.
        note: the name of a new column that lists the removed paragraphs of each row (text, first,
            last, row, line, similarity, kind); row and line say where the kept paragraph stands.
        dataset, column, num_proc, options: as for ``mark``.
    """
    values = _values(dataset, column)
    if note is not None:
        columns.check_free([note], dataset.column_names, "give another note")
    cells = columns.clean(values, column, markup, **_with_workers(options, num_proc))
    order = dataset.column_names
    feature = dataset.features[column]
    aside = (
        max(order, key=len) + "_"
    )  # the old column is removed last: a dataset without columns has no rows
    dataset = dataset.add_column(aside, cells.texts, feature=feature)
    dataset = dataset.remove_columns(column).rename_column(aside, column).select_columns(order)
    if note is not None:
        dataset = dataset.add_column(note, cells.notes, feature=_note_feature())
    return dataset


@dataclass(frozen=True, slots=True)
class Signatures:
    """Adds MinHash signatures in ``map``: ``dataset.map(Signatures("text"), batched=True)``.

    The signatures are those of ``dedup.signatures``: bit-equal to datasketch's, and the same in any
    batch and process.

    column: the column of text. to: the name of the new column. recipe: how texts are hashed.
    """

    column: str
    to: str = "signature"
    recipe: Recipe = field(default_factory=Recipe)

    def __call__(self, batch: dict[str, Any]) -> dict[str, NDArray[np.uint32]]:
        """Compute the signatures of a batch. A null has the signature of an empty text."""
        texts = [each or "" for each in batch[self.column]]
        return {self.to: stages.signatures(texts, self.recipe)}


def _with_workers(options: FindOptions, num_proc: int | None) -> FindOptions:
    if num_proc is None:
        return options
    if "workers" in options:
        raise TypeError("num_proc and workers are both given; give one of them")
    return {**options, "workers": num_proc}


def _values(dataset: datasets.Dataset, column: str) -> list[Any]:
    """Return the cells of a column, with None for null."""
    hub = _package()
    if not isinstance(dataset, hub.Dataset):
        remedy = {
            "DatasetDict": "give one of its splits, or concatenate_datasets of them",
            "IterableDataset": "it is a stream: give its rows to dedup.integrations.pages",
        }.get(type(dataset).__name__, "make one with Dataset.from_dict or load_dataset")
        raise TypeError(f"the dataset is a {type(dataset).__name__}, not a Dataset; {remedy}")
    if column not in dataset.column_names:
        known = ", ".join(map(repr, dataset.column_names))
        raise ValueError(f"the dataset has no column named {column!r}; it has {known}")
    kind = dataset.features[column]
    if getattr(kind, "dtype", None) not in ("string", "large_string", "null"):
        raise TypeError(f"column {column!r} is of {kind}; it must hold text")
    return list(dataset.with_format(None)[column])


def _note_feature() -> object:
    hub = _package()
    number = hub.Value("int64")
    text = hub.Value("string")
    names = {"text": text, "first": number, "last": number, "row": number, "line": number}
    return hub.List({**names, "similarity": hub.Value("float64"), "kind": text})


def _package() -> ModuleType:
    try:
        return import_module("datasets")
    except ImportError as error:
        raise MissingExtra("datasets", "datasets") from error
