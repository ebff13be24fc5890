"""The table over real repositories: what is counted of findings."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.repositories import crossing, per_group, row
from tests.support.repositories import PROSE, page


def finding(*places: str, alike: float = 1.0, pages: tuple[str, ...] = ()) -> dict[str, Any]:
    """Make a finding of places ``path:line``, the last of which is so much alike."""
    rows = [
        {"source": each.partition(":")[0], "first": int(each.partition(":")[2]), "similarity": 1.0}
        for each in places
    ]
    rows[-1]["similarity"] = alike
    return {"places": rows, "pages": {"files": list(pages)} if pages else None}


def test_a_text_that_two_findings_list_counts_twice() -> None:
    one, other = finding("a:1", "b:1"), finding("a:1", "b:1", "c:1", alike=0.9)
    assert per_group([one]) == 1.0
    assert per_group([one, other]) == 2.0
    assert per_group([finding("a:1", "b:1", alike=0.9)]) == 0.0


def test_findings_of_two_editions_are_those_of_one_name_or_of_pages_that_repeat() -> None:
    named, other = finding("1/x.md:1", "2/x.md:1"), finding("a.md:1", "b.md:1")
    assert crossing([named, other], []) == 0.5
    assert crossing([named, other], [finding("a.md:1", "b.md:1", pages=("a.md", "b.md"))]) == 1.0
    assert crossing([], []) == 0.0


def test_a_row_holds_what_the_check_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in "ab":
        (tmp_path / f"{name}.md").write_text(page(PROSE[0]), "utf-8")
    cells = row(tmp_path, None)
    assert cells[1] == "2"
    assert cells[3:] == ("-", "1", "1.00", "-", "0 %")
