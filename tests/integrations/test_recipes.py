"""The recipes do what their page says, on small inputs that are made here."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.support.articles import PARAGRAPHS
from tests.support.containers import conversion, unpacked, warcinfo, write
from tests.support.places import ROOT

PAGE = ROOT / "dedup" / "integrations" / "RECIPES.md"
RECIPE = re.compile(r"^## (.+?)\n.*?^```(python|sh)\n(.*?)^```", re.DOTALL | re.MULTILINE)

RECIPES = {
    title: (kind, code) for title, kind, code in RECIPE.findall(PAGE.read_text(encoding="utf-8"))
}

A, B, C, D = PARAGRAPHS[:4]

#: Runs a recipe again; gives its exit code and what it prints.
Run = Callable[[], tuple[int, str]]


def runner(title: str, folder: Path) -> Run:
    """Give what runs a recipe in a folder, with ``dedup`` on the path and no network."""
    kind, code = RECIPES[title]
    programs = folder.parent / f"{folder.name}-programs"
    programs.mkdir(exist_ok=True)
    command = programs / "dedup"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dedup.cli "$@"\n', "utf-8")
    command.chmod(0o755)
    env = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HF_HOME": str(programs / "hub"),
        "HF_HUB_OFFLINE": "1",
    }
    start = [sys.executable, "-c"] if kind == "python" else ["bash", "-euo", "pipefail", "-c"]

    def run() -> tuple[int, str]:
        done = subprocess.run(
            [*start, code], cwd=folder, env=env, capture_output=True,
            encoding="utf-8", check=False, timeout=300,
        )  # fmt: skip
        print(done.stderr)
        return done.returncode, done.stdout

    return run


def write_rows(path: Path, rows: Iterable[dict[str, str]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def read_rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_every_recipe_of_the_page_is_run() -> None:
    titles = re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert titles == list(RECIPES)
    tested = [
        "Clean a Hugging Face dataset",
        "Rid a RAG store of boilerplate before embedding",
        "A nightly crawl with an index",
        "WET from Common Crawl",
        "The build of a documentation repository",
    ]
    assert titles == tested


def test_clean_a_hugging_face_dataset(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    texts = {"a": f"{A}\n\n{B}\n", "b": f"{B}\n\n{C}\n", "c": f"{A}\n", "d": ""}
    write_rows(tmp_path / "pages.jsonl", ({"id": key, "text": text} for key, text in texts.items()))
    assert runner("Clean a Hugging Face dataset", tmp_path)() == (0, "2 of 4 rows are left\n")
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(tmp_path / "clean.parquet").to_pylist()
    assert rows == [{"id": "a", "text": texts["a"]}, {"id": "b", "text": f"{C}\n"}]
    removed = {
        row["id"]: [each["text"] for each in row["removed"]]
        for row in read_rows(tmp_path / "removed.jsonl")
        if isinstance(row["removed"], list)
    }
    assert removed == {"a": [], "b": [B], "c": [A], "d": []}


def test_rid_a_rag_store_of_boilerplate_before_embedding(tmp_path: Path) -> None:
    pytest.importorskip("haystack")
    docs = tmp_path / "docs"
    docs.mkdir()
    pages = {"a.md": f"# A\n\n{A}\n\n{D}\n", "b.md": f"# B\n\n{B}\n\n> {D}\n", "c.md": f"{D}\n"}
    for name, text in pages.items():
        (docs / name).write_text(text, "utf-8")
    run = runner("Rid a RAG store of boilerplate before embedding", tmp_path)
    for _ in range(2):
        assert run() == (0, "2 chunks, 2 paragraphs left out\n")
    (docs / "a.md").write_text(f"# A\n\n{C}\n\n{A}\n\n{D}\n", "utf-8")
    assert run() == (0, "2 chunks, 2 paragraphs left out\n")


def test_a_nightly_crawl_with_an_index(tmp_path: Path) -> None:
    run = runner("A nightly crawl with an index", tmp_path)
    nights = (
        ({"a": f"{A}\n{D}\n", "b": f"{B}\n{D}\n"}, {"a": f"{A}\n{D}\n", "b": f"{B}\n"}),
        (
            {"a": f"A line more\n{A}\n{D}\n", "c": f"{C}\n{D}\n", "d": f"{A}\n"},
            {"a": f"A line more\n{A}\n{D}\n", "c": f"{C}\n"},
        ),
    )
    for crawled, new in nights:
        rows = ({"url": url, "text": text, "date": "today"} for url, text in crawled.items())
        write_rows(tmp_path / "crawl.jsonl", rows)
        assert run() == (0, "")
        wanted = [{"url": url, "text": text, "date": "today"} for url, text in new.items()]
        assert read_rows(tmp_path / "new.jsonl") == wanted


def test_wet_from_common_crawl(tmp_path: Path) -> None:
    pytest.importorskip("fastwarc")
    if shutil.which("bash") is None:
        pytest.skip("the recipe is written for a shell")
    (tmp_path / "wet").mkdir()
    pages = [("one.example", f"{each}\n{D}\n") for each in (A, B, C)]
    pages += [("two.example", f"{each}\n{D}\n") for each in (A, B)]
    parts = [
        conversion(text, f"https://{host}/{number}") for number, (host, text) in enumerate(pages)
    ]
    shard = write(tmp_path / "wet" / "CC-MAIN-0.warc.wet.gz", [warcinfo(), *parts], "gzip")
    code, _ = runner("WET from Common Crawl", tmp_path)()
    assert code == 0
    name = Path(shard.path).name
    cleaned = unpacked((tmp_path / "clean" / name).read_bytes(), "gzip").decode()
    assert [cleaned.count(each) for each in (A, B, C, D)] == [2, 2, 1, 2]
    back = unpacked((tmp_path / "back" / name).read_bytes(), "gzip")
    assert back == unpacked((tmp_path / "wet" / name).read_bytes(), "gzip")


def test_the_build_of_a_documentation_repository(tmp_path: Path) -> None:
    if shutil.which("bash") is None or shutil.which("git") is None:
        pytest.skip("the recipe is written for a shell, and needs git")
    docs = tmp_path / "docs"
    docs.mkdir()
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in {"a.md": f"{A}\n\n{B}\n", "b.md": f"{B}\n\n{C}\n"}.items():
        (docs / name).write_text(text, "utf-8")
    run = runner("The build of a documentation repository", tmp_path)
    for _ in range(2):
        assert run()[0] == 0
        assert {each.name for each in (tmp_path / "site").iterdir()} == {"a.md", "b.md"}
    (docs / "c.md").write_text(f"{A}\n", "utf-8")
    code, printed = run()
    assert code == 1
    assert "docs/c.md" in printed
    assert "docs/c.md" in (tmp_path / "copies.html").read_text("utf-8")
    assert not (tmp_path / "site" / "c.md").exists()
