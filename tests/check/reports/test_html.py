"""The review page of a check, as a file: what it holds of findings, and what accepts them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from dedup.check.findings.baseline import Entry
from dedup.check.findings.report import REPEATED, SIMILAR, Report
from dedup.check.reports import html
from tests.support.check_findings import (
    BEFORE,
    EDITED,
    finding,
    hostile,
    place,
    report,
    usual,
    written,
)
from tests.support.review import data_of


def data(of: Report) -> Any:
    return data_of("\n".join(written("html", of)))


def test_findings_stand_with_most_words_first_and_say_level_and_note() -> None:
    rows = data(usual())["findings"]
    assert [row[3] for row in rows] == sorted((row[3] for row in rows), reverse=True)
    assert {row[0] for row in rows} <= {"repeated-paragraph", "similar-paragraph",
                                        "paragraph-variant"}  # fmt: skip
    assert {row[5] for row in rows} <= {"error", "warning", "note"}


def test_each_finding_holds_the_lines_of_the_baseline_that_accept_it() -> None:
    copies = [place(f"{name}.md", 1, BEFORE, kept=name == "a") for name in "abc"]
    edited = [place("d.md", 1, EDITED, 0.9), copies[0]]
    rows = data(report(finding(REPEATED, copies), finding(SIMILAR, edited)))["findings"]
    for row in rows:
        for key, count, line in row[8]:
            name, entry = next(iter(json.loads(f"{{{line.strip().rstrip(',')}}}").items()))
            assert name == key
            assert entry["copies"] == count
            assert key.startswith(row[0])
    assert [count for row in rows for _, count, _ in row[8]] == [3, 1, 1]


def test_a_baseline_that_is_too_large_is_left_to_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = replace(usual(), entries={(REPEATED, "0" * 16): Entry(2)})
    assert len(data(made)["head"]["baseline"]["entries"]) == 1
    assert "Tick what may stay" in data(made)["head"]["sums"][-1]
    monkeypatch.setattr(html, "MOST_ENTRIES", 0)
    head = data(made)["head"]
    assert head["baseline"] is None
    assert "use dedup baseline" in head["sums"][-1]


def test_hostile_texts_and_paths_stay_data() -> None:
    made = "\n".join(written("html", hostile()))
    assert made.count("<script") == 2
    assert data_of(made)["findings"]
