"""Texts as UTF-8 in one array: columns of Arrow answer as lists of str do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import sequences, stages
from dedup.encoded import Column, Encoded, encode, lengths, longer_than, taken
from dedup.ragged import starts_of
from dedup.texts import as_list
from tests.support.laws import check_identical
from tests.test_search import corpus

texts_of_arrow = st.lists(st.text(max_size=8), max_size=6)
texts_of_any_kind = st.lists(st.text(st.characters(exclude_categories=()), max_size=8), max_size=6)


@given(texts_of_any_kind)
def test_every_text_is_encoded_by_itself(texts: list[str]) -> None:
    raw, starts = encode(texts)
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    assert raw.tobytes() == b"".join(parts)
    assert np.diff(starts).tolist() == [*map(len, parts)]


@given(texts_of_arrow, st.slices(6), st.data())
def test_a_column_is_read_as_a_list(texts: list[str], place: slice, data: st.DataObject) -> None:
    column = Column(encode(texts))
    assert len(column) == len(texts)
    assert list(column) == texts
    assert list(column[place]) == texts[place]
    assert [column[k] for k in range(-len(texts), len(texts))] == texts * 2
    for wrong in (len(texts), -len(texts) - 1):
        with pytest.raises(IndexError):
            column[wrong]
    some = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=4)) if texts else []
    rows = np.array(some, dtype=np.int64)
    assert list(taken(column, rows)) == taken(texts, rows) == [texts[k] for k in rows.tolist()]


@given(
    st.lists(st.sampled_from([b"", b"a", b"\xc3\xa9", b"\xc3", b"\xa9", b"\xed\xa0\x80", b"\xff"]))
)
def test_bytes_are_utf8_where_each_text_is(parts: list[bytes]) -> None:
    def is_valid(part: bytes) -> bool:
        try:
            return part.decode() is not None
        except UnicodeDecodeError:
            return False

    raw = np.frombuffer(b"".join(parts), dtype=np.uint8)
    column = Column(Encoded(raw, starts_of(np.array([*map(len, parts)], dtype=np.int64))))
    assert column.is_utf8() == all(map(is_valid, parts))


@given(texts_of_arrow, st.integers(0, 8))
def test_long_texts_are_told_by_their_characters(texts: list[str], most: int) -> None:
    expected = [k for k, text in enumerate(texts) if len(text) > most]
    for each in (texts, Column(encode(texts))):
        assert longer_than(each, most).tolist() == expected
        assert (lengths(each) >= [*map(len, texts)]).all()


def columns_of(texts: list[str]) -> list[Any]:
    """Put texts into columns of every kind that is kept in Arrow."""
    whole = pa.array(texts)
    return [
        whole,
        pa.array(["before", *texts])[1:],
        pa.chunked_array([whole[:3], whole[3:3], whole[3:]]),
        pa.array(texts, pa.large_string()),
        pa.array(texts, pa.string_view()),
        pl.Series(texts),
        pd.Series(texts, dtype=pd.ArrowDtype(pa.string())),
        pd.Series(texts, dtype="string[pyarrow]"),
    ]


@pytest.mark.parametrize("tokens", ["words", "chars"])
def test_columns_of_arrow_answer_as_lists_do(tokens: str) -> None:
    texts = [*corpus(420), "Straße und नमस्ते q\u0323\u0307 und noch fünf Wörter mehr dazu"] * 2
    expected = dedup.find(texts, tokens=tokens)
    for column in columns_of(texts):
        assert isinstance(as_list(column, "texts"), Column)
        found = dedup.find(column, tokens=tokens)
        check_identical(found, expected)
        assert len(found.groups()) == len(expected.groups())
    assert (dedup.signatures(columns_of(texts)[0]) == dedup.signatures(texts)).all()


def test_a_column_without_rows_and_a_column_of_empty_texts() -> None:
    assert len(dedup.find(pa.array([], pa.string())).kept) == 0
    assert dedup.find(pa.chunked_array([], pa.string())).kept.tolist() == []
    assert dedup.find(pa.array(["", "", "a"])).kept.tolist() == [True] * 3


def test_a_long_text_of_a_column_is_sketched_as_it_is_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Bytes are more than characters: only these say whether a text is long.
    monkeypatch.setattr(stages, "_STRETCH", 200)
    texts = [f"fähre {number} über den fluß " * size for number in range(9) for size in (3, 12)]
    check_identical(dedup.find(pa.array(texts)), dedup.find(texts))


def test_texts_too_long_to_be_compared_are_those_with_too_many_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (stages, sequences):
        monkeypatch.setattr(module, "LONGEST", 100)
    words = [f"über{number}" for number in range(15)]
    # Of 90 characters but 105 bytes; two are longer.
    texts = [" ".join(words), " ".join(words[::-1]), "ä " * 60, "ö " * 60]
    expected = dedup.find(texts, min_tokens=1)
    assert expected.uncompared == 5
    found = dedup.find(pa.array(texts), min_tokens=1)
    check_identical(found, expected)
    assert found.uncompared == expected.uncompared
    short = dedup.find(pa.array(texts[:2]), min_tokens=1)
    assert short.uncompared == 0


@pytest.mark.parametrize("column", [pa.array(["a", None]), pl.Series(["a", None])])
def test_a_missing_value_of_a_column_is_named_by_its_place(column: Any) -> None:
    with pytest.raises(TypeError, match=r"paragraphs\[1\] is a NoneType, a missing value"):
        dedup.find(column)


def test_a_column_of_numbers_is_refused_as_ever() -> None:
    with pytest.raises(TypeError, match=r"paragraphs\[0\] is a int"):
        dedup.find(pa.array([1, 2]))
