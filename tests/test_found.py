"""The answer: groups, tables, and signatures that datasketch takes."""

from __future__ import annotations

import sys

import pytest
from datasketch import MinHashLSH
from hypothesis import given

import dedup
from tests.support.laws import text_lists

FERRY = "the old chain ferry crosses the river at seven every morning"
BRIDGE = "a new stone bridge was opened by the mayor on the first of May"
PLACED = [
    dedup.Paragraph(FERRY, "a.txt", None, 1, 2, 0, 60),
    dedup.Paragraph(BRIDGE, "a.txt", "r1", 4, 4, 62, 130),
    dedup.Paragraph(FERRY + " again", "b.txt", None, 9, 9, 0, 66),
    dedup.Paragraph(FERRY, "b.txt", None, 11, 11, 68, 128),
]


@given(text_lists())
def test_groups_part_the_copies_by_what_they_repeat(texts: list[str]) -> None:
    found = dedup.find(texts, 0.6)
    groups = found.groups()
    assert [group.kept for group in groups] == sorted({*found.match[~found.kept].tolist()})
    for group in groups:
        assert found.kept[group.kept]
        assert group.copies.tolist() == [
            k
            for k in range(len(texts))
            if found.match[k] == group.kept and not found.kept[k]
        ]  # fmt: skip
        assert len(group.copies) > 0
    assert sum(len(group.copies) for group in groups) == int((~found.kept).sum())


def test_types_and_shapes() -> None:
    for texts in ([], [FERRY, FERRY]):
        found = dedup.find(texts)
        types = [str(array.dtype) for array in (found.kept, found.match)]
        assert types == ["bool", "int64"]
        types = [str(array.dtype) for array in (found.similarity, found.kind)]
        assert types == ["float32", "uint8"]
        arrays = (found.kept, found.match, found.similarity, found.kind)
        assert {array.shape for array in arrays} == {(len(texts),)}
        assert found.threshold == 0.8
        assert isinstance(found.uncompared, int)


def test_the_answer_holds_positions_and_no_text() -> None:
    texts = [FERRY, FERRY]
    found = dedup.find(texts)
    assert found.paragraphs is texts
    assert FERRY not in repr(found)
    assert found.text(1) is texts[1]
    assert dedup.find(PLACED).text(1) == BRIDGE


def test_dicts_of_texts() -> None:
    assert dedup.find([FERRY, BRIDGE, FERRY]).to_dicts() == [
        {"position": 0, "kept": True, "match": 0, "similarity": 1.0, "kind": "unique"},
        {"position": 1, "kept": True, "match": 1, "similarity": 1.0, "kind": "unique"},
        {"position": 2, "kept": False, "match": 0, "similarity": 1.0, "kind": "exact"},
    ]


def test_dicts_of_paragraphs_say_their_place() -> None:
    rows = dedup.find(PLACED).to_dicts()
    assert [row["kind"] for row in rows] == ["unique", "unique", "near", "exact"]
    assert rows[2] == {
        "position": 2,
        "kept": False,
        "match": 0,
        "similarity": round(22 / 23, 6),
        "kind": "near",
        "source": "b.txt",
        "record": None,
        "first": 9,
        "last": 9,
    }
    assert rows[1]["record"] == "r1"


@pytest.mark.parametrize("paragraphs", [[], [FERRY, BRIDGE, FERRY], PLACED], ids=len)
def test_tables_hold_the_dicts(paragraphs: list[str] | list[dedup.Paragraph]) -> None:
    found = dedup.find(paragraphs)
    expected = found.to_dicts()
    polars = pytest.importorskip("polars")
    assert isinstance(found.to_polars(), polars.DataFrame)
    assert found.to_polars().to_dicts() == expected
    pytest.importorskip("pyarrow")
    assert found.to_arrow().to_pylist() == expected
    pytest.importorskip("pandas")
    frame = found.to_pandas()
    assert frame.astype(object).where(frame.notna(), None).to_dict("records") == expected
    assert list(frame.columns) == found.to_arrow().column_names == found.to_polars().columns


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_a_missing_table_package_names_its_extra(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = dedup.find([FERRY])
    monkeypatch.setitem(sys.modules, name, None)
    method = {"pandas": found.to_pandas, "polars": found.to_polars, "pyarrow": found.to_arrow}
    with pytest.raises(dedup.MissingExtra, match=rf"{name} is not installed.*\[tables\]"):
        method[name]()


@pytest.mark.parametrize("recipe", [None, dedup.Recipe(seed=5)])
def test_datasketch_takes_the_signatures(recipe: dedup.Recipe | None) -> None:
    texts = [FERRY, BRIDGE, FERRY + " again", FERRY.upper(), ""]
    found = dedup.find(texts, recipe=recipe)
    sketches = found.to_datasketch()
    assert len(sketches) == len(texts)
    assert [sketch.hashvalues.tolist() for sketch in sketches] == dedup.signatures(
        texts, found.recipe
    ).tolist()
    index = MinHashLSH(threshold=0.5, num_perm=found.recipe.permutations)
    for key, sketch in enumerate(sketches[:-1]):
        index.insert(key, sketch)
    assert sorted(index.query(sketches[0])) == [0, 2, 3]
    assert index.query(sketches[1]) == [1]
    # Nine of ten word pairs are shared; ten on one side, eleven on the other.
    assert sketches[0].jaccard(sketches[3]) == 1.0
    assert sketches[0].jaccard(sketches[2]) == pytest.approx(10 / 11, abs=0.12)
    assert sketches[0].jaccard(sketches[1]) < 0.1
