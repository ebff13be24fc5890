"""Turn the several texts that a caller passes to a function into a list.

Knows: iterables, and columns of pandas, polars, numpy and Arrow. It recognises columns by their
methods and imports none of these packages. Does not know: what a function does with the texts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence, Set, ValuesView
from typing import Any

import numpy as np

from dedup.encoded import Column, Encoded, encode
from dedup.paragraph import Paragraph

#: The type of an argument with several texts.
Texts = Iterable[str] | Iterable[Paragraph]

#: Types without an order, or without an order that the caller chose.
_UNORDERED = (Mapping, Set, ValuesView)


def listed(values: Texts, name: str) -> Sequence[str] | Sequence[Paragraph]:
    """List texts or Paragraphs that come in any iterable; a list stays the same object.

    name: the name of the argument, for errors. Raises TypeError for a single text, for types
    without an order, for tables, and for an entry that is neither a text nor a Paragraph; the error
    names its position. Cost: 0.05 us a text.
    """
    entries = as_list(values, name)
    if isinstance(entries, Column):
        return entries
    kinds = set(map(type, entries))
    if kinds <= {Paragraph}:
        return entries
    for position, each in _no_texts(entries, kinds):
        mixed = " (or all must be Paragraph)" if Paragraph in kinds else ""
        raise TypeError(f"{name}[{position}] is {_kind(each)}{mixed}")
    return entries


def listed_texts(values: Texts, name: str) -> Sequence[str]:
    """List texts, and of Paragraphs the prose, without markup. Raises the errors of ``listed``."""
    entries = as_list(values, name)
    if isinstance(entries, Column):
        return entries
    kinds = set(map(type, entries))
    if Paragraph in kinds:
        entries = [each.prose if isinstance(each, Paragraph) else each for each in entries]
        kinds = set(map(type, entries))
    for position, each in _no_texts(entries, kinds):
        raise TypeError(f"{name}[{position}] is {_kind(each)}")
    return entries


def as_list(values: Any, name: str) -> list[Any] | Column:  # noqa: ANN401 - what a caller gives
    """List the entries of an iterable or a column. Raises TypeError for any other value.

    A column of Arrow strings without missing values becomes a ``Column``, which makes a str of a
    text only when one is asked for.
    """
    if type(values) is list or isinstance(values, Column):
        return values
    kind = type(values).__name__
    if isinstance(values, str):
        remedy = " (dedup.paragraphs cuts one text into them)"
        raise TypeError(f"{name} is one str; it must be several texts, such as a list{remedy}")
    if isinstance(values, bytes | bytearray | memoryview):
        raise TypeError(f"{name} is one {kind}; it must be several texts, each decoded to a str")
    if isinstance(values, _UNORDERED):
        raise TypeError(f"{name} is a {kind}, which has no order; give a list in reading order")
    if hasattr(type(values), "columns") or getattr(values, "ndim", 1) != 1:
        raise TypeError(f"{name} is a {kind}, which is a table; give one of its columns")
    column = _from_arrow(values)
    if column is not None:
        return column
    # These methods turn the strings of a column into str, which its entries need not be.
    for convert in ("to_pylist", "tolist"):
        if hasattr(values, convert):
            return list(getattr(values, convert)())
    if not isinstance(values, Iterable) and not hasattr(values, "__getitem__"):
        raise TypeError(f"{name} is a {kind}; it must be several texts, such as a list")
    return list(values)


def _from_arrow(values: Any) -> Column | None:  # noqa: ANN401 - whatever a caller gives
    """Take a column of Arrow strings of pyarrow, polars or pandas, without a copy.

    Returns None for any other value, and for a column with a missing value: the error about that
    names its position, and is raised elsewhere.
    """
    arrow = sys.modules.get("pyarrow")
    if arrow is None:
        return None
    if isinstance(values, arrow.Array):
        values = arrow.chunked_array([values])
    if not hasattr(values, "__arrow_c_stream__"):
        return None
    try:
        whole = arrow.chunked_array(values)
    except (arrow.ArrowException, TypeError):
        return None
    strings = (arrow.string(), arrow.large_string(), arrow.string_view())
    if whole.type not in strings or whole.null_count:
        return None
    column = whole.cast(arrow.large_string()).combine_chunks()
    if isinstance(column, arrow.ChunkedArray):
        column = arrow.concat_arrays(column.chunks or [arrow.array([], arrow.large_string())])
    _, offsets, raw = column.buffers()
    if not len(column):
        return Column(encode([]))
    starts = np.frombuffer(offsets, dtype=np.int64)[column.offset :][: len(column) + 1]
    return Column(Encoded(np.frombuffer(raw or b"", dtype=np.uint8), starts))


def _no_texts(entries: list[Any], kinds: set[type]) -> Iterable[tuple[int, object]]:
    """Give the entries that are not str, with their positions; kinds: the types of all entries."""
    if all(issubclass(kind, str) for kind in kinds):
        return ()
    return ((k, each) for k, each in enumerate(entries) if not isinstance(each, str))


def _kind(each: object) -> str:
    """Describe an entry that is not a text, and say what to do about it, for an error."""
    kind = type(each).__name__
    if isinstance(each, bytes | bytearray):
        return f"a {kind}; it must be a str: decode it"
    if each is None or kind in ("NAType", "NaTType") or (isinstance(each, float) and each != each):
        return f"a {kind}, a missing value; it must be a str: leave it out or give '' instead"
    return f"a {kind}; it must be a str"
