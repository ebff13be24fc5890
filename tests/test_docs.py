"""The pages: their examples do what they show, their links lead somewhere, README stays short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dedup
from tests.readme import PAGES, run
from tests.support.places import ROOT

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)

NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings, as sites make them."""
    text = page.read_text("utf-8")
    titles = HEADING.findall(text)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_examples_do_what_the_page_shows(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if "integrations" in page.parts:
        for package in (
            *("pandas", "polars", "datasets", "trafilatura"),
            *("langchain_core", "llama_index.core", "haystack"),
        ):
            pytest.importorskip(package)
    _, failed = run(page)
    assert failed == 0, capsys.readouterr().out


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{link}: no such file"
        assert not anchor or anchor in anchors(there), f"{link}: no such heading"


def test_readme_is_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 130


def test_readme_has_examples() -> None:
    tried, _ = run(ROOT / "README.md")
    assert tried >= 6


def test_all_public_names_are_listed() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    listed = page.partition("## What is public")[2].partition("\n## ")[0]
    assert set(dedup.__all__) <= set(re.findall(r"`(?:dedup\.)?(\w+)`", listed))
