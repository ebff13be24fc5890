"""What may be given for several texts: any iterable with an order, any column; the rest by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedup
from dedup.histogram import histogram

FERRY = "the old chain ferry crosses the wide river at seven every morning"
LAMP = "seven lamps stood in the window of the council house all through that winter"
TEXTS = [FERRY, LAMP, FERRY.upper()]

COLUMNS: dict[str, Callable[[list[str]], Any]] = {
    "a tuple": tuple,
    "a generator": lambda texts: (each for each in texts),
    "an iterator": iter,
    "a map": lambda texts: map(str, texts),
    "a pandas Series": pd.Series,
    "a pandas Series with an index in disorder": lambda texts: pd.Series(texts, index=[2, 1, 0]),
    "a pandas Series with an index of one number": lambda texts: pd.Series(texts, index=[7, 7, 7]),
    "a pandas Series with an index of names": lambda texts: pd.Series(texts, index=[*"abc"]),
    "a pandas Series that was filtered": lambda texts: pd.Series(["", *texts])[lambda s: s != ""],
    "a pandas Series of categories": lambda texts: pd.Series(texts, dtype="category"),
    "a pandas Series of strings": lambda texts: pd.Series(texts, dtype="string"),
    "a pandas Series over Arrow": lambda texts: pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
    "a pandas Index": pd.Index,
    "a polars Series": pl.Series,
    "a polars Series of categories": lambda texts: pl.Series(texts, dtype=pl.Categorical),
    "a numpy array of str": np.array,
    "a numpy array of objects": lambda texts: np.array(texts, dtype=object),
    "an Arrow Array": pa.array,
    "an Arrow Array of large strings": lambda texts: pa.array(texts, pa.large_string()),
    "an Arrow Array of dictionary codes": lambda texts: pa.array(texts).dictionary_encode(),
    "an Arrow ChunkedArray": lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
    "a slice of an Arrow Array": lambda texts: pa.array(["", *texts]).slice(1),
}  # fmt: skip

#: Functions that take texts, and what they say of some.
TAKERS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "find": ("paragraphs", lambda texts: dedup.find(texts).match.tolist()),
    "signatures": ("texts", lambda texts: dedup.signatures(texts).tolist()),
    "histogram": ("paragraphs", lambda texts: histogram(texts)),
    "Index.add_many": ("texts", lambda texts: _added(texts)),
    "Index.query_many": ("texts", lambda texts: _asked(texts)),
}


def _added(texts: Any) -> list[object]:
    with dedup.Index(":memory:") as index:
        return [*map(str, index.add_many(texts, ["a", "b", "c"]))]


def _asked(texts: Any) -> list[object]:
    with dedup.Index(":memory:") as index:
        index.add(FERRY, "a")
        return [*map(str, index.query_many(texts))]


every_taker = pytest.mark.parametrize(("name", "take"), TAKERS.values(), ids=TAKERS)


@every_taker
@pytest.mark.parametrize("make", COLUMNS.values(), ids=COLUMNS)
def test_any_iterable_is_its_list(
    name: str, take: Callable[[Any], object], make: Callable[[list[str]], Iterable[str]]
) -> None:
    assert take(make(TEXTS)) == take(TEXTS)


def test_the_answer_is_by_position_whatever_the_index() -> None:
    found = dedup.find(pd.Series(TEXTS, index=[5, 5, 0]))
    assert found.match.tolist() == [0, 1, 0]
    assert found.text(2) == TEXTS[2]
    assert found.groups()[0].kept == 0


@pytest.mark.parametrize("make", [pd.Series, pl.Series, np.array, pa.array, tuple])
def test_keys_are_any_column_too(make: Callable[[list[str]], Any]) -> None:
    with dedup.Index(":memory:") as index:
        index.add_many(make(TEXTS), make(["a", "b", "c"]))
        assert index.texts("b") == [LAMP]


def test_paragraphs_come_from_any_iterable() -> None:
    paragraphs = [dedup.Paragraph(text, "a.txt", None, k, k) for k, text in enumerate(TEXTS, 1)]
    found = dedup.find(each for each in paragraphs)
    assert found.match.tolist() == [0, 1, 0]
    assert [each.first for each in found.paragraphs] == [1, 2, 3]  # type: ignore[union-attr]
    by_length = dedup.find(iter(TEXTS), rank=dedup.rank.longest)
    assert by_length.match.tolist() == [0, 1, 0]


def test_a_list_is_not_copied() -> None:
    assert dedup.find(TEXTS).paragraphs is TEXTS


UNORDERED_OR_NO_TEXTS: dict[str, tuple[Callable[[], object], str]] = {
    "one text": (lambda: FERRY, "is one (str|text); it must be"),
    "bytes": (lambda: FERRY.encode(), "is one (bytes|text); it must be"),
    "a bytearray": (lambda: bytearray(b"a b"), "is one bytearray; .* decoded to a str"),
    "a dict": (lambda: {"a": FERRY}, "is a dict, which has no order; give a list"),
    "keys of a dict": (lambda: {FERRY: 1}.keys(), "is a dict_keys, which has no order"),
    "values of a dict": (lambda: {"a": FERRY}.values(), "is a dict_values, which has no order"),
    "items of a dict": (lambda: {"a": FERRY}.items(), "is a dict_items, which has no order"),
    "a set": (lambda: {FERRY}, "is a set, which has no order"),
    "a frozenset": (lambda: frozenset([FERRY]), "is a frozenset, which has no order"),
    "a pandas table": (lambda: pd.DataFrame({"a": TEXTS}), "is a DataFrame, .* its columns"),
    "a polars table": (lambda: pl.DataFrame({"a": TEXTS}), "is a DataFrame, .* its columns"),
    "a polars table to come": (lambda: pl.LazyFrame({"a": TEXTS}), "is a LazyFrame, .* columns"),
    "an Arrow table": (lambda: pa.table({"a": TEXTS}), "is a Table, .* its columns"),
    "an array of two dimensions": (lambda: np.array([TEXTS]), "is a ndarray, .* its columns"),
    "one numpy text": (lambda: np.array(FERRY), "is a ndarray, which is a table"),
    "a number": (lambda: 5, "is a int; it must be several texts"),
    "None": (lambda: None, "is a NoneType; it must be several texts"),
}


@every_taker
@pytest.mark.parametrize(
    ("make", "message"), UNORDERED_OR_NO_TEXTS.values(), ids=UNORDERED_OR_NO_TEXTS
)
def test_what_is_no_row_of_texts_is_refused_by_name(
    name: str, take: Callable[[Any], object], make: Callable[[], object], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{name} {message}"):
        take(make())


ENTRIES: dict[str, tuple[Callable[[], Iterable[object]], str]] = {
    "None": (lambda: [FERRY, None], r"\[1\] is a NoneType, a missing value; .* leave it out"),
    "NaN": (lambda: [FERRY, LAMP, float("nan")], r"\[2\] is a float, a missing value"),
    "NaN of a Series": (lambda: pd.Series([np.nan, FERRY], dtype=object), r"\[0\] is a float,"),
    "NA of pandas": (lambda: pd.Series([FERRY, None], dtype="string"), r"\[1\] is a NAType, a"),
    "null of polars": (lambda: pl.Series([FERRY, None]), r"\[1\] is a NoneType, a missing value"),
    "null of Arrow": (lambda: pa.array([FERRY, None]), r"\[1\] is a NoneType, a missing value"),
    "null in a chunk": (lambda: pa.chunked_array([[FERRY], [None]]), r"\[1\] is a NoneType,"),
    "bytes": (lambda: [FERRY, b"a b"], r"\[1\] is a bytes; it must be a str: decode it"),
    "numpy bytes": (lambda: np.array([b"a b"]), r"\[0\] is a bytes; it must be a str: decode"),
    "a number": (lambda: (each for each in (FERRY, 5)), r"\[1\] is a int; it must be a str"),
    "a number in a column": (lambda: pd.Series([FERRY, 3]), r"\[1\] is a int; it must be a str"),
    "a list": (lambda: [[FERRY]], r"\[0\] is a list; it must be a str"),
    "a tuple": (lambda: [("a", FERRY)], r"\[0\] is a tuple; it must be a str"),
    "an array": (lambda: [np.array([1, 2])], r"\[0\] is a ndarray; it must be a str"),
}  # fmt: skip


@every_taker
@pytest.mark.parametrize(("make", "message"), ENTRIES.values(), ids=ENTRIES)
def test_an_entry_that_is_no_text_is_refused_by_its_position(
    name: str, take: Callable[[Any], object], make: Callable[[], Iterable[object]], message: str
) -> None:
    with pytest.raises(TypeError, match=f"^{name}{message}"):
        take(make())
