"""The formats of a row or an element a finding: Checkstyle XML and CSV, read back."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import pytest

from dedup.check.findings.report import REPEATED, Report
from dedup.check.reports import phrases
from tests.support.check_findings import (
    BEFORE,
    finding,
    hostile,
    place,
    report,
    usual,
    written,
)

REPORTS = pytest.mark.parametrize(
    "found", [report(), usual(), hostile()], ids=["clean", "usual", "hostile"]
)
SEVERITIES = {"error": "error", "warning": "warning", "note": "info"}


@REPORTS
def test_checkstyle_has_an_error_a_group_below_its_file(found: Report) -> None:
    root = ElementTree.fromstring("\n".join(written("checkstyle", found)).encode())
    assert root.tag == "checkstyle"
    read = [
        (file.get("name"), error.get("line"), error.get("severity"), error.get("source"))
        for file in root
        for error in file
    ]
    assert [row[1:] for row in read] == [
        (str(each.places[0].paragraph.first), SEVERITIES[each.level], f"dedup.{each.rule}")
        for each in sorted(found.findings, key=lambda each: each.places[0].paragraph.source)
    ]
    names = [file.get("name") for file in root]
    assert len(names) == len(set(names))


def test_a_message_of_checkstyle_names_the_other_places() -> None:
    places = [place(f"{k:02}.md", 3, BEFORE) for k in range(30)]
    text = "\n".join(written("checkstyle", report(finding(REPEATED, places))))
    assert "same 47-word paragraph in 30 places: also at 01.md:3, " in text
    assert "20.md:3 and 9 more" in text


@REPORTS
def test_csv_has_a_row_a_place(found: Report) -> None:
    rows = list(csv.DictReader(io.StringIO("\n".join(written("csv", found)))))
    expected = [(each, one) for each in found.findings for one in each.places]
    assert len(rows) == len(expected)
    for row, (each, one) in zip(rows, expected, strict=True):
        assert row["fingerprint"] == each.fingerprint
        assert (row["rule"], row["level"]) == (each.rule, each.level)
        assert row["source"].removeprefix("'") == phrases.path(one.paragraph.source)
        assert (int(row["first"]), int(row["last"])) == (one.paragraph.first, one.paragraph.last)
        assert float(row["similarity"]) == pytest.approx(one.similarity, abs=1e-4)
        assert (row["kept"] == "yes", row["changed"] == "yes") == (one.kept, one.changed)


@pytest.mark.parametrize("name", ["=cmd.md", "+1.md", "-a.md", "@b.md"])
def test_no_cell_of_csv_is_a_formula(name: str) -> None:
    text = "\n".join(written("csv", report(finding(REPEATED, [place(name, 1, BEFORE)] * 2))))
    assert f",'{name}," in text
