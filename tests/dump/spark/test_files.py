"""A task that gets what goes of files in Arrow writes them as one machine does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from dedup.dump.file import Order
from dedup.dump.job import clean_files
from dedup.dump.spark.files import GOING, GoingRow, RewriteFiles, Sent, command_of
from dedup.errors import InputError
from dedup.paragraph import Paragraph
from dedup.readers import ReadOptions
from dedup.writers import WriteOptions
from tests.support.articles import PARAGRAPHS
from tests.support.flat import make_request

A, B, C = PARAGRAPHS[:3]


def order_of(folder: Path, number: int, path: Path) -> Order:
    return Order(
        number, str(path), "jsonl" if path.suffix == ".jsonl" else "text", "", True,
        str(folder / "out" / f"{number:06d}" / path.name),
        str(folder / "part" / f"{number:06d}.jsonl.gz"),
        str(folder / "done" / f"{number:06d}.json"),
        None, None, None, "lines", asdict(ReadOptions()), asdict(WriteOptions()),
    )  # fmt: skip


def batches(rows: list[dict[str, Any]], size: int) -> Iterator[Any]:
    """Make batches of rows, of which some say only a part."""
    pyarrow = pytest.importorskip("pyarrow")
    kinds = {"int": pyarrow.int32(), "double": pyarrow.float64(), "string": pyarrow.string(),
             "boolean": pyarrow.bool_()}  # fmt: skip
    names = [each.split() for each in GOING.split(", ")]
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in names])
    whole = pyarrow.Table.from_pylist(
        [{**dict.fromkeys(schema.names), **each} for each in rows], schema
    )
    return iter(whole.to_batches(max_chunksize=size))


def going_row(removed: dict[str, Any], part: int) -> dict[str, Any]:
    """Make the row of a task for a removal."""
    kept = removed["kept"]
    return {
        "part": part, "document": removed["document"], "number": removed["paragraph"],
        "whole": False, **{name: removed[name] for name in ("first", "last", "similarity", "kind")},
        **{f"kept_{name}": kept[name] for name in ("source", "record", "first", "last")},
    }  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 100], ids=["row by row", "across files", "at once"])
def test_files_are_those_of_one_machine(tmp_path: Path, size: int) -> None:
    (tmp_path / "in").mkdir()
    texts = ["\n".join((A, B, A)), "Nothing goes of this one.", "\n".join((C, B, "é \ud83d\ude00"))]
    lines = [json.dumps({"n": 1.50, "text": each, "z": None}) for each in texts]
    paths = [tmp_path / "in" / name for name in ("a.jsonl", "b.txt", "c.txt")]
    paths[0].write_text("\n".join([*lines, "{broken", ""]), "utf-8")
    paths[1].write_text("Only this stands here.\n", "utf-8")
    paths[2].write_text(f"{C}\n{A}\n", "utf-8")
    local = tmp_path / "local"
    clean_files(make_request([str(tmp_path / "in")], str(local), markup="lines", workers=1,
                             removed=str(tmp_path / "gone.jsonl")))  # fmt: skip
    gone = [json.loads(line) for line in (tmp_path / "gone.jsonl").read_text().splitlines()]
    assert [Path(each["source"]).name for each in gone] == ["a.jsonl", "a.jsonl", "c.txt", "c.txt"]
    stage = tmp_path / "stage"
    stage.mkdir()
    (stage / "job.json").write_text("{}")
    rows: list[dict[str, Any]] = []
    for number, path in enumerate(paths):
        rows.append(
            {"part": number, "document": -1, "command": command_of(order_of(stage, number, path))}
        )
        rows += [going_row(each, number) for each in gone if each["source"] == str(path)]
    for _ in range(2):  # what is done is not done again
        done = [row for batch in RewriteFiles(str(stage)).run(batches(rows, size))
                for row in batch.to_pylist()]  # fmt: skip
        assert [each["part"] for each in done] == [0, 1, 2]
        assert [json.loads(each["done"])["gone"] for each in done] == [2, 0, 2]
        for number, path in enumerate(paths):
            written = stage / "out" / f"{number:06d}" / path.name
            assert written.read_bytes() == (local / path.name).read_bytes()
            paths[number].touch()
    assert sorted(each.name for each in stage.iterdir()) == ["done", "job.json", "out", "part"]


def test_an_executor_that_does_not_reach_the_folder_says_so(tmp_path: Path) -> None:
    command = command_of(order_of(tmp_path, 0, tmp_path / "a.txt"))
    rows = [{"part": 0, "document": -1, "command": command}]
    with pytest.raises(InputError, match="an executor does not find it, where the driver made it"):
        list(RewriteFiles(str(tmp_path)).run(batches(rows, 10)))
    assert list(tmp_path.iterdir()) == []


def row(document: int, number: int, line: int) -> GoingRow:
    return GoingRow(0, document, number, line, line, 1.0, "exact", False, "a", None, 1, 1, None)


CHANGED = {
    "a paragraph stands on another line": [row(0, 1, 7)],
    "a document has fewer paragraphs": [row(0, 5, 6)],
    "there are fewer documents": [row(1, 0, 1)],
}


@pytest.mark.parametrize("rows", CHANGED.values(), ids=CHANGED)
def test_a_file_that_was_changed_meanwhile_is_refused(rows: list[GoingRow]) -> None:
    paragraphs = [Paragraph(text, "a.txt", None, k, k) for k, text in enumerate("abc", 1)]
    selection = Sent(iter(rows), "a.txt")

    def ask() -> None:
        selection.going(paragraphs)
        selection.finish()

    with pytest.raises(InputError, match="it has changed since the job read it first"):
        ask()


def test_what_goes_of_a_text_in_sections_is_counted_through() -> None:
    paragraphs = [Paragraph(text, "a.txt", None, k, k) for k, text in enumerate("abcde", 1)]
    selection = Sent(iter([row(0, 1, 2), row(0, 3, 4), row(1, 0, 1)]), "a.txt")
    assert [each.paragraph for each in selection.going(paragraphs[:3])] == [1]
    assert [each.paragraph for each in selection.going(paragraphs[3:], continued=True)] == [0]
    assert [each.paragraph for each in selection.going(paragraphs[:1])] == [0]
    selection.finish()
