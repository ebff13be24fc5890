"""JUnit XML: valid against the grammar of Jenkins and Surefire, read back, hostile texts."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from dedup.check.findings.report import REPEATED, Report
from dedup.check.reports import phrases
from tests.support.check_findings import (
    BEFORE,
    finding,
    hostile,
    place,
    repeated,
    report,
    similar,
    usual,
    written,
)

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parent / "schemas" / "junit-10.xsd"))

REPORTS = pytest.mark.parametrize(
    "found", [report(), usual(), hostile()], ids=["clean", "usual", "hostile"]
)


def read(found: Report) -> ElementTree.Element:
    text = "\n".join(written("junit", found))
    root = ElementTree.fromstring(text.encode())
    SCHEMA.validate(root)
    return root


@REPORTS
def test_every_group_is_a_failed_case_of_its_file(found: Report) -> None:
    root = read(found)
    cases = [
        (suite.get("name"), case.get("name", "").split(" (")[0], failure.get("type"))
        for suite in root
        for case in suite
        for failure in case
    ]
    expected = [
        (phrases.path(each.places[0].paragraph.source), f"org.dedup.{each.rule}", each.level)
        for each in sorted(found.findings, key=lambda each: each.places[0].paragraph.source)
    ]
    assert cases == expected
    assert root.get("failures") == str(len(expected))
    assert root.get("tests") == str(len(expected) or 1)


@REPORTS
def test_the_numbers_of_suites_are_those_of_their_cases(found: Report) -> None:
    suites = list(read(found))
    assert len({suite.get("name") for suite in suites}) == len(suites)
    for suite in suites:
        assert suite.get("package") == "org.dedup"
        assert suite.get("tests") == str(len(suite))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        names = [case.get("name") for case in suite]
        assert len(set(names)) == len(names), "some readers take only the first of equal names"


@REPORTS
def test_the_text_of_a_failure_names_every_place(found: Report) -> None:
    bodies = [failure.text or "" for failure in read(found).iter("failure")]
    ranked = sorted(found.findings, key=lambda each: each.places[0].paragraph.source)
    for each, body in zip(ranked, bodies, strict=True):
        lines = body.strip("\n").split("\n")
        for spot, line in zip(map(phrases.spot, each.places), lines, strict=False):
            assert line == spot or line.startswith(f"{spot} (")


def test_a_clean_run_is_one_passed_case() -> None:
    (suite,) = read(report())
    (case,) = suite
    assert len(case) == 0
    assert case.get("name") == "org.dedup: 214 files without repeated paragraphs"


def test_messages_say_where_and_what() -> None:
    failures = list(read(report(repeated(), similar())).iter("failure"))
    assert [each.get("message") for each in failures] == [
        "docs/install/macos.md:10: same 47-word paragraph in 3 places",
        "docs/install/windows.md:5: 2 paragraphs are 95% alike (46 words)",
    ]
    assert (failures[1].text or "").splitlines()[1:3] == [
        "docs/install/windows.md:5 (changed)",
        "docs/install/linux.md:10",
    ]
    assert "[-once-]{+twice+}" in (failures[1].text or "")
    assert (failures[1].text or "").strip().endswith("and differs now")


def test_class_names_are_paths_without_their_suffix() -> None:
    paths = ["docs/a.b/page.tar.md", "docs/.hidden", "README"]
    found = [
        finding(REPEATED, [place(path, 1, BEFORE), place("b.md", 1, BEFORE)]) for path in paths
    ]
    names = {case.get("classname") for case in read(report(*found)).iter("testcase")}
    assert names == {"docs/a.b/page.tar", "docs/.hidden", "README"}


@given(st.text(min_size=1), st.text(min_size=1), st.text())
def test_any_text_makes_valid_xml(path: str, text: str, note: str) -> None:
    found = finding(REPEATED, [place(path, 1, text), place("b.md", 1, text)], note)
    (failure,) = read(report(found)).iter("failure")
    assert phrases.path(path).replace("\t", " ")[:1] == (failure.get("message") or "")[:1]
