"""Tables: pandas, polars and Hugging Face datasets say what ``find`` says, row by row."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from tests.support import laws

LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
EDITED = "the ferry of line 12 leaves the old harbour at nine and comes back over the river"
VARIANT = LONG.replace("12", "14")
OTHER = "seven lamps stood in the window of the council house all through that long winter"
ROWS = [LONG, None, OTHER, VARIANT, EDITED, "Short", None, OTHER.upper()]
CELLS = [f"{LONG}\n\nShort\n", None, f"{OTHER}\n\n{EDITED}\n\nShort\n", ""]
CLEAN = [CELLS[0], None, f"{OTHER}\n\nShort\n", ""]
NOTE = {
    "text": EDITED, "first": 3, "last": 3, "row": 0, "line": 1,
    "similarity": round(dedup.similarity(LONG, EDITED), 6), "kind": "near",
}  # fmt: skip
NOTES = [[], [], [NOTE], []]


class Pandas:
    """How a test asks pandas."""

    def __init__(self) -> None:
        pytest.importorskip("pandas")
        import pandas as pd

        import dedup.integrations.pandas as module

        self.module: Any = module
        self.make: Callable[[dict[str, list[Any]]], Any] = lambda columns: pd.DataFrame(columns)

    def read(self, frame: Any) -> dict[str, list[Any]]:
        missing = frame.astype(object).where(frame.notna(), None)
        return {name: missing[name].tolist() for name in frame.columns}


class Polars:
    """How a test asks polars."""

    def __init__(self) -> None:
        pl = pytest.importorskip("polars")
        import dedup.integrations.polars as module

        self.module: Any = module
        self.make: Callable[[dict[str, list[Any]]], Any] = lambda columns: pl.DataFrame(
            columns, strict=False
        )

    def read(self, frame: Any) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = frame.to_dict(as_series=False)
        return columns


class Datasets:
    """How a test asks Hugging Face datasets."""

    def __init__(self) -> None:
        hub = pytest.importorskip("datasets")
        import dedup.integrations.datasets as module

        self.module: Any = module
        self.make: Callable[[dict[str, list[Any]]], Any] = lambda columns: hub.Dataset.from_dict(
            columns
        )

    def read(self, dataset: Any) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = dataset.to_dict()
        return columns


@pytest.fixture(params=[Pandas, Polars, Datasets], scope="module")
def table(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_every_row_says_what_find_says(table: Any) -> None:
    frame = table.make({"text": ROWS, "number": [*range(8)]})
    columns = table.read(table.module.mark(frame, "text"))
    found = dedup.find([each or "" for each in ROWS])
    assert list(columns) == ["text", "number", "kept", "match", "similarity", "kind"]
    assert columns["text"] == ROWS
    assert columns["kept"] == found.kept.tolist()
    assert columns["match"] == found.match.tolist() == [0, 1, 2, 0, 0, 5, 6, 2]
    assert np.array_equal(np.array(columns["similarity"], np.float32), found.similarity)
    assert columns["kind"] == [dedup.Kind(kind).name.lower() for kind in found.kind]
    assert table.read(frame) == {"text": ROWS, "number": [*range(8)]}


def test_unique_rows_are_those_that_find_keeps(table: Any) -> None:
    frame = table.make({"text": ROWS, "number": [*range(8)]})
    assert table.read(table.module.unique(frame, "text")) == {
        "text": [LONG, None, OTHER, VARIANT, "Short", None],
        "number": [0, 1, 2, 3, 5, 6],
    }


def test_options_are_those_of_find(table: Any) -> None:
    frame = table.make({"text": ROWS})
    kept = table.read(
        table.module.unique(frame, "text", variants="remove", rank=[-k for k in range(8)])
    )
    assert kept["text"] == [None, EDITED, "Short", None, OTHER.upper()]
    with pytest.raises(ValueError, match="threshold is 2"):
        table.module.mark(frame, "text", threshold=2)


def test_copies_are_taken_out_of_cells_and_noted(table: Any) -> None:
    frame = table.make({"text": CELLS, "number": [*range(4)]})
    assert table.read(table.module.clean(frame, "text")) == {
        "text": CLEAN,
        "number": [*range(4)],
    }
    noted = table.read(table.module.clean(frame, "text", note="gone"))
    assert list(noted) == ["text", "number", "gone"]
    assert noted["text"] == CLEAN
    assert [[dict(each) for each in row] for row in noted["gone"]] == NOTES


@given(laws.text_lists(12), st.integers(1, 4))
@settings(max_examples=10)
def test_cells_keep_what_find_keeps_of_their_paragraphs(texts: list[str], size: int) -> None:
    lines = [" ".join(each.split()) for each in texts if each.split()]
    rows = [lines[at : at + size] for at in range(0, len(lines), size)]
    for table in (Pandas(), Polars()):
        frame = table.make({"text": ["\n".join(row) for row in rows]})
        cleaned = table.read(table.module.clean(frame, "text", markup="lines"))["text"]
        places = [dedup.Paragraph(each, str(row)) for row, cell in enumerate(rows) for each in cell]
        flags = iter(dedup.find(places).kept.tolist())
        assert [each.splitlines() for each in cleaned] == [
            [each for each in row if next(flags)] for row in rows
        ]


def test_tables_without_rows_or_with_nulls_alone_stay_as_they_are(table: Any) -> None:
    for rows in ([], [None, None]):
        frame = table.make({"text": rows})
        columns = table.read(table.module.mark(frame, "text"))
        assert columns["kept"] == [True] * len(rows)
        assert columns["match"] == [*range(len(rows))]
        assert table.read(table.module.unique(frame, "text"))["text"] == rows
        assert table.read(table.module.clean(frame, "text", note="gone")) == {
            "text": rows,
            "gone": [[] for _ in rows],
        }


def test_columns_that_are_there_are_not_overwritten(table: Any) -> None:
    frame = table.make({"text": [LONG], "kind": ["a"], "gone": [1]})
    with pytest.raises(ValueError, match="columns named 'kind' already; give another prefix"):
        table.module.mark(frame, "text")
    with pytest.raises(ValueError, match="columns named 'gone' already; give another note"):
        table.module.clean(frame, "text", note="gone")
    marked = table.read(table.module.mark(frame, "text", prefix="copy_"))
    assert list(marked)[3:] == ["copy_kept", "copy_match", "copy_similarity", "copy_kind"]
    assert marked["kind"] == ["a"]


def test_wrong_columns_are_named(table: Any) -> None:
    frame = table.make({"text": [LONG], "number": [1]})
    for call in (table.module.mark, table.module.unique, table.module.clean):
        with pytest.raises(ValueError, match="named 'words'; it has 'text', 'number'"):
            call(frame, "words")
        with pytest.raises(TypeError, match=r"column 'number' .*; it must hold text"):
            call(frame, "number")


@pytest.mark.parametrize("which", [Pandas, Polars])
def test_frames_have_the_functions_as_methods(which: Any) -> None:
    table = which()
    frame = table.make({"text": CELLS})
    for name, arguments in (("mark", {"prefix": "x"}), ("unique", {}), ("clean", {"note": "gone"})):
        called = getattr(table.module, name)(frame, "text", threshold=0.7, **arguments)
        method = getattr(frame.dedup, name)("text", threshold=0.7, **arguments)
        assert table.read(method) == table.read(called)


def test_pandas_labels_stay_though_they_repeat() -> None:
    table = Pandas()
    frame = table.make({"text": ROWS}).set_axis([7, 7, 3, 3, 3, 0, 0, 0])
    marked = frame.dedup.mark("text")
    assert marked.index.tolist() == frame.index.tolist()
    assert marked["match"].tolist() == [0, 1, 2, 0, 0, 5, 6, 2]
    assert frame.dedup.unique("text").index.tolist() == [7, 7, 3, 3, 0, 0]
    cells = table.make({"text": CELLS}).set_axis([5, 5, 2, 2])
    cleaned = cells.dedup.clean("text", note="gone")
    assert cleaned.index.tolist() == [5, 5, 2, 2]
    assert table.read(cleaned) == {"text": CLEAN, "gone": NOTES}


@pytest.mark.parametrize("dtype", ["object", "string", "string[pyarrow]", "category"])
def test_pandas_columns_of_any_text_dtype_are_read_and_kept(dtype: str) -> None:
    table = Pandas()
    frame = table.make({"text": ROWS}).astype({"text": dtype})
    assert frame.dedup.mark("text")["match"].tolist() == [0, 1, 2, 0, 0, 5, 6, 2]
    cells = table.make({"text": CELLS}).astype({"text": dtype})
    cleaned = cells.dedup.clean("text")
    assert table.read(cleaned)["text"] == CLEAN
    if dtype != "category":
        assert cleaned["text"].dtype == cells["text"].dtype
    assert str(frame.dedup.mark("text")["kind"].dtype) == "category"


def test_pandas_columns_named_twice_are_refused() -> None:
    frame = Pandas().make({"text": ROWS, "more": ROWS}).set_axis(["text", "text"], axis=1)
    with pytest.raises(ValueError, match="2 columns named 'text'"):
        frame.dedup.mark("text")


@pytest.mark.parametrize("dtype", ["Categorical", "Enum"])
def test_polars_categories_are_read_as_text(dtype: str) -> None:
    pl = pytest.importorskip("polars")
    frame = Polars().make({"text": ROWS})
    kind = pl.Enum([LONG, OTHER, VARIANT, EDITED, "Short", OTHER.upper()])
    frame = frame.cast({"text": kind if dtype == "Enum" else pl.Categorical})
    marked = frame.dedup.mark("text")
    assert marked["match"].to_list() == [0, 1, 2, 0, 0, 5, 6, 2]
    assert marked.schema["text"] == frame.schema["text"]
    assert marked.dtypes[1:4] == [pl.Boolean, pl.Int64, pl.Float32]
    assert frame.dedup.clean("text").schema["text"] == pl.String


def test_lazy_frames_are_told_to_be_collected() -> None:
    table = Polars()
    lazy = table.make({"text": ROWS}).lazy()
    with pytest.raises(TypeError, match=r"LazyFrame; which rows are kept .*, so collect\(\) it"):
        table.module.mark(lazy, "text")


def many(count: int = 400) -> list[str]:
    return [laws.template(k) if k % 3 else laws.template(k // 2) for k in range(count)]


def test_datasets_say_the_same_under_any_number_of_processes() -> None:
    table = Datasets()
    dataset = table.make({"text": many()}).shuffle(seed=3)
    texts = dataset[:]["text"]
    found = dedup.find(texts, variants="remove")
    assert 0 < found.kept.sum() < len(texts)
    for num_proc in (None, 1, 2):
        options = {"variants": "remove", "num_proc": num_proc}
        for _ in range(2):
            marked = table.module.mark(dataset, "text", **options)
            assert marked[:]["kept"] == found.kept.tolist()
            assert marked[:]["match"] == found.match.tolist()
        kept = [text for text, keep in zip(texts, found.kept, strict=True) if keep]
        assert table.module.unique(dataset, "text", **options)[:]["text"] == kept
        cleaned = table.module.clean(dataset, "text", **options)
        assert [each for each in cleaned[:]["text"] if each] == kept
        assert cleaned.features == dataset.features
    with pytest.raises(TypeError, match="num_proc and workers are both given"):
        table.module.mark(dataset, "text", num_proc=2, workers=2)


def test_signatures_by_map_are_those_of_the_library_under_any_number_of_processes() -> None:
    table = Datasets()
    texts = [*many(50), None]
    dataset = table.make({"text": texts})
    wanted = dedup.signatures([each or "" for each in texts])
    sign = table.module.Signatures("text")
    for num_proc in (1, 2):
        signed = dataset.map(sign, batched=True, batch_size=7, num_proc=num_proc)
        assert np.array_equal(signed.with_format("numpy")[:]["signature"], wanted)
    few = table.module.Signatures("text", "bits", dedup.Recipe(permutations=8, bands=4, rows=2))
    assert len(dataset.map(few, batched=True)[0]["bits"]) == 8


def test_a_column_of_large_strings_stays_one() -> None:
    hub = pytest.importorskip("datasets")
    table = Datasets()
    dataset = table.make({"text": CELLS, "number": [*range(4)]})
    dataset = dataset.cast_column("text", hub.Value("large_string"))
    cleaned = table.module.clean(dataset.with_format("numpy"), "text", note="gone")
    assert cleaned.features["text"] == hub.Value("large_string")
    assert cleaned.with_format(None)[:]["text"] == CLEAN


def test_what_is_no_dataset_is_told_what_to_do() -> None:
    hub = pytest.importorskip("datasets")
    table = Datasets()
    dataset = table.make({"text": ROWS})
    for other, said in (
        (hub.DatasetDict(train=dataset), "is a DatasetDict, not a Dataset; give one of its splits"),
        (dataset.to_iterable_dataset(), "is a IterableDataset.* stream: give its rows to"),
        ([LONG], "is a list, not a Dataset; make one"),
    ):
        with pytest.raises(TypeError, match=said):
            table.module.mark(other, "text")


def test_an_index_is_refused_by_processes_of_map(tmp_path: Path) -> None:
    dataset = Datasets().make({"text": ROWS})
    with dedup.Index() as index, pytest.raises(TypeError, match="pickle"):
        dataset.map(
            lambda batch: {"met": index.query_many(batch["text"])}, batched=True, num_proc=2
        )


@pytest.mark.parametrize(
    ("module", "imported", "package", "extra"),
    [
        ("pandas", "pandas", "pandas", "tables"),
        ("polars", "polars", "polars", "tables"),
        ("trafilatura", "trafilatura", "trafilatura", "trafilatura"),
        ("langchain", "langchain_core", "langchain-core", "langchain"),
        ("llama_index", "llama_index", "llama-index-core", "llama-index"),
        ("haystack", "haystack", "haystack-ai", "haystack"),
    ],
)
def test_a_missing_package_names_its_extra(
    module: str, imported: str, package: str, extra: str
) -> None:
    code = f"""
import sys
sys.modules[{imported!r}] = None
import dedup
try:
    import dedup.integrations.{module}
except dedup.MissingExtra as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert f"{package} is not installed" in done.stdout
    assert f"dedup-paragraphs[{extra}]" in done.stdout


def test_without_their_packages_scrapy_and_datasets_name_their_extras(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dedup.integrations import datasets as of_datasets
    from dedup.integrations import scrapy as of_scrapy

    monkeypatch.setitem(sys.modules, "datasets", None)
    monkeypatch.setitem(sys.modules, "itemadapter", None)
    with pytest.raises(dedup.MissingExtra, match=r"dedup-paragraphs\[datasets\]"):
        of_datasets.mark([], "text")
    with pytest.raises(dedup.MissingExtra, match=r"dedup-paragraphs\[scrapy\]"):
        of_scrapy.DedupPipeline({})


def test_nothing_is_imported_that_is_not_asked_for() -> None:
    code = (
        "import sys, dedup.cli, dedup.integrations.datasets, dedup.integrations.scrapy;"
        "names = {'datasets', 'scrapy', 'twisted', 'pandas', 'polars', 'trafilatura'};"
        "print(names & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.strip() == "set()"
