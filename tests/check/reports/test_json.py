"""The formats in JSON, read back: json, jsonl, GitLab's Code Quality, reviewdog's diagnostics."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from jsonschema import Draft4Validator

from dedup.check.findings.report import REPEATED, SIMILAR, Finding, Place, Report
from dedup.check.reports import phrases
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


def read(name: str, found: Report) -> Any:
    return json.loads("\n".join(written(name, found)))


def whole(text: str) -> str:
    """What a format that needs UTF-8 makes of a name."""
    return re.sub(r"[\ud800-\udfff]", "\ufffd", text)


def fields_of(found: Place) -> dict[str, object]:
    return {
        "source": found.paragraph.source,
        "record": found.paragraph.record,
        "first": found.paragraph.first,
        "last": found.paragraph.last,
        "similarity": pytest.approx(found.similarity, abs=1e-4),
        "changed": found.changed,
        "kept": found.kept,
    }


@REPORTS
def test_json_holds_every_finding_as_it_is(found: Report) -> None:
    document = read("json", found)
    assert list(document) == ["version", "summary", "findings", "unused"]
    assert document["version"] == 1
    for each, fields in zip(found.findings, document["findings"], strict=True):
        assert fields.pop("places") == [fields_of(place) for place in each.places]
        assert fields.pop("against") == phrases.original(each)
        changes = fields.pop("changes")
        assert changes == [] if each.rule == REPEATED else changes is None or changes
        assert fields == {
            "paragraphs": 1,
            "pages": None,
            "rule": each.rule,
            "level": each.level,
            "fingerprint": each.fingerprint,
            "words": each.words,
            "note": each.note,
        }


def test_the_summary_adds_up() -> None:
    assert read("json", usual())["summary"] == {
        "files": 214,
        "skipped": 1,
        "left_out": {},
        "paragraphs": 9812,
        "findings": 3,
        "rules": {"repeated-paragraph": 1, "similar-paragraph": 1, "paragraph-variant": 1},
        "levels": {"error": 1, "warning": 1, "note": 1},
        "copies": 5,
        "words": 2 * 47 + 46 + 2 * 47,
        "baseline": "dedup-baseline.json",
        "accepted": 12,
        "stale": 2,
        "trees": [],
        "ref": "origin/main",
        "seconds": 0.9,
    }


def test_changes_are_the_words_that_differ_from_old_to_new() -> None:
    document = read("json", report(similar()))
    assert document["findings"][0]["changes"] == [
        {"old": "start, ", "new": "begin, "},
        {"old": "that ", "new": ""},
        {"old": "once, ", "new": "twice, "},
    ]


def test_of_very_many_changes_the_first_are_written() -> None:
    found = many(6_000)
    fields = [each["changes"] for each in read("json", found)["findings"]]
    unequal = [
        changes
        for each, changes in zip(found.findings, fields, strict=True)
        if each.rule == SIMILAR
    ]
    number = sum(changes is not None for changes in unequal)
    assert 500 < number < 1_000
    assert all(unequal[:number])
    assert all(changes == [] for changes in fields if changes is not None and not changes)


@REPORTS
def test_jsonl_holds_what_json_holds(found: Report) -> None:
    document = read("json", found)
    *lines, summary = [json.loads(line) for line in written("jsonl", found)]
    assert summary == {"type": "summary", "version": 1, **document["summary"]}
    findings = [line for line in lines if line["type"] == "finding"]
    assert findings == [{"type": "finding", **each} for each in document["findings"]]
    assert lines[len(findings) :] == [{"type": "unused", **each} for each in document["unused"]]


def test_unused_comments_are_listed() -> None:
    assert read("json", usual())["unused"] == [
        {
            "source": "docs/a.md",
            "line": 3,
            "comment": "dedup-disable-next",
            "reason": "nothing repeats there",
        }
    ]


# The fields that GitLab documents as required, and the levels it takes.
GITLAB = Draft4Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "additionalProperties": False,
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "minLength": 1, "not": {"pattern": "^\\./"}},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {
                                "begin": {"type": "integer", "minimum": 1},
                                "end": {"type": "integer", "minimum": 1},
                            },
                        },
                    },
                },
            },
        },
    }
)


@REPORTS
def test_gitlab_has_an_issue_for_every_copy(found: Report) -> None:
    issues = read("gitlab", found)
    GITLAB.validate(issues)
    assert [
        (each["check_name"], each["location"]["path"], *each["location"]["lines"].values())
        for each in issues
    ] == [
        (each.rule, whole(copy.paragraph.source), copy.paragraph.first, copy.paragraph.last)
        for each in found.findings
        for k, copy in enumerate(each.places)
        if k != phrases.original(each)
    ]
    fingerprints = [each["fingerprint"] for each in issues]
    assert len(set(fingerprints)) == len(fingerprints)
    assert not "\n".join(written("gitlab", found)).startswith("\ufeff")


def test_gitlab_says_the_rule_and_the_place_it_repeats() -> None:
    issues = read("gitlab", report(repeated(), similar(), variant()))
    assert [each["description"] for each in issues] == [
        *["repeated-paragraph: same text as docs/install/linux.md:10 and 1 more place (47 words)"]
        * 2,
        "similar-paragraph: 95% like docs/install/linux.md:10 (46 words);"
        " it was accepted as a copy of docs/install/linux.md:10 and differs now",
        "paragraph-variant: 96% like docs/gauges.adoc:3 and 1 more place (47 words)",
        "paragraph-variant: 95% like docs/gauges.adoc:3 and 1 more place (47 words)",
    ]
    severities = [each["severity"] for each in issues]
    assert severities == ["major", "major", "minor", "info", "info"]


def fingerprints(*findings: Finding) -> set[str]:
    return {each["fingerprint"] for each in read("gitlab", report(*findings))}


def pair(line: int, text: str = BEFORE, path: str = "a.md") -> Finding:
    return finding(REPEATED, [place(path, line, text), place("b.md", 1, BEFORE, kept=True)])


def test_gitlab_takes_what_moved_or_was_wrapped_for_the_same_issue() -> None:
    assert fingerprints(pair(1)) == fingerprints(pair(99))
    assert fingerprints(pair(1)) == fingerprints(pair(1, BEFORE.replace(" ", "\n")))
    assert not fingerprints(pair(1)) & fingerprints(pair(1, EDITED))
    assert not fingerprints(pair(1)) & fingerprints(pair(1, path="c.md"))


def test_gitlab_takes_a_third_copy_for_one_new_issue() -> None:
    places = [place("a.md", line, BEFORE) for line in (1, 5, 9)]
    kept = place("b.md", 1, BEFORE, kept=True)
    two = fingerprints(finding(REPEATED, [*places[:2], kept]))
    three = fingerprints(finding(REPEATED, [*places, kept]))
    assert len(two) == 2
    assert two < three
    assert len(three) == 3


_POSITION = {
    "type": "object",
    "required": ["line"],
    "additionalProperties": False,
    "properties": {"line": {"type": "integer", "minimum": 1}},
}
_LOCATION = {
    "type": "object",
    "required": ["path", "range"],
    "additionalProperties": False,
    "properties": {
        "path": {"type": "string", "minLength": 1},
        "range": {
            "type": "object",
            "required": ["start", "end"],
            "additionalProperties": False,
            "properties": {"start": _POSITION, "end": _POSITION},
        },
    },
}
_SEVERITY = {"enum": ["ERROR", "WARNING", "INFO"]}

# The messages of reviewdog's DiagnosticResult that are written here.
RDJSON = Draft4Validator(
    {
        "type": "object",
        "required": ["source", "diagnostics"],
        "additionalProperties": False,
        "properties": {
            "source": {
                "type": "object",
                "required": ["name"],
                "additionalProperties": False,
                "properties": {"name": {"enum": ["dedup"]}},
            },
            "severity": _SEVERITY,
            "diagnostics": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["message", "location", "severity", "code"],
                    "additionalProperties": False,
                    "properties": {
                        "message": {"type": "string", "minLength": 1},
                        "location": _LOCATION,
                        "severity": _SEVERITY,
                        "code": {
                            "type": "object",
                            "required": ["value"],
                            "additionalProperties": False,
                            "properties": {"value": {"type": "string"}},
                        },
                        "related_locations": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["message", "location"],
                                "additionalProperties": False,
                                "properties": {
                                    "message": {"type": "string", "minLength": 1},
                                    "location": _LOCATION,
                                },
                            },
                        },
                    },
                },
            },
        },
    }
)


def lines_of(location: Any) -> tuple[str, int, int]:
    lines = location["range"]
    return location["path"], lines["start"]["line"], lines["end"]["line"]


@REPORTS
def test_rdjson_holds_every_place(found: Report) -> None:
    document = read("rdjson", found)
    RDJSON.validate(document)
    severities = {"error": "ERROR", "warning": "WARNING", "note": "INFO"}
    for each, fields in zip(found.findings, document["diagnostics"], strict=True):
        locations = [fields["location"], *(at["location"] for at in fields["related_locations"])]
        assert [lines_of(at) for at in locations] == [
            (whole(at.paragraph.source), at.paragraph.first, at.paragraph.last)
            for at in each.places
        ]
        assert fields["code"]["value"] == each.rule
        assert fields["severity"] == severities[each.level]
    worst = {severities[each.level] for each in found.findings}
    assert document.get("severity") == next(
        (each for each in ("ERROR", "WARNING", "INFO") if each in worst), None
    )


def test_rdjson_messages_name_the_other_places() -> None:
    diagnostics = read("rdjson", report(repeated(), similar()))["diagnostics"]
    assert [each["message"] for each in diagnostics] == [
        "same 47-word paragraph in 3 places: also at docs/install/linux.md:10, docs/upgrade.rst:5",
        "2 paragraphs are 95% alike (46 words): also at docs/install/linux.md:10;"
        " it was accepted as a copy of docs/install/linux.md:10 and differs now",
    ]  # fmt: skip
