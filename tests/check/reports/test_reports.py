"""What holds for every format: names, laziness, encodings, colour, very many findings."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR, Report
from dedup.check.reports import FORMATS, Appearance, format_of
from tests.support.check_findings import (
    BEFORE,
    EDITED,
    finding,
    hostile,
    many,
    place,
    report,
    usual,
    written,
)

NAMES = list(FORMATS)


def test_the_formats_are_those_of_the_documentation() -> None:
    assert NAMES == [
        "full", "concise", "json", "jsonl", "github",
        "gitlab", "sarif", "junit", "markdown", "rdjson", "html", "checkstyle", "csv",
    ]  # fmt: skip


def test_an_unknown_format_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no format 'xml'; it must be one of full, concise, json"):
        format_of("xml")
    assert format_of("json") is FORMATS["json"]


def test_a_format_is_imported_when_it_is_first_written() -> None:
    program = (
        "import sys, dedup.check.reports as r\n"
        "before = {m for m in sys.modules if m.startswith(r.__name__ + '.')}\n"
        "from dedup.check.findings.report import Report\n"
        "list(r.FORMATS['gitlab'](Report((), 1, 1, 0.1), r.Appearance()))\n"
        "after = {m for m in sys.modules if m.startswith(r.__name__ + '.')}\n"
        "print(len(before), r.__name__ + '.gitlab' in after, r.__name__ + '.sarif' in after)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.split() == ["0", "True", "False"], ran.stderr


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("made", [report, usual, hostile], ids=["clean", "usual", "hostile"])
def test_lines_are_the_same_each_time_and_plain_utf_8(name: str, made: object) -> None:
    lines = written(name, made())  # type: ignore[operator]
    for line in lines:
        line.encode()
        assert not set(line) & set("\x00\x07\x08\x1b\x7f\x9b"), "a terminal would obey it"


@pytest.mark.parametrize("name", NAMES)
def test_colour_only_where_it_is_asked_for_and_only_for_people(name: str) -> None:
    coloured = "\n".join(written(name, usual(), Appearance(colour=True)))
    assert ("\x1b[" in coloured) == (name == "full")
    assert "\x1b" not in "\n".join(written(name, usual()))


@pytest.mark.parametrize("name", NAMES)
def test_30_000_findings_take_seconds(name: str, thirty_thousand: Report) -> None:
    since = time.process_time()
    lines = list(FORMATS[name](thirty_thousand, Appearance(statistics=True)))
    assert time.process_time() - since < 30, "two seconds alone, more on a busy machine"
    assert lines


@pytest.mark.parametrize("name", NAMES)
def test_one_group_of_40_000_places_takes_seconds(name: str, forty_thousand: Report) -> None:
    since = time.process_time()
    lines = list(FORMATS[name](forty_thousand, Appearance()))
    assert time.process_time() - since < 30
    assert lines


@pytest.fixture(scope="module")
def thirty_thousand() -> Report:
    return many(30_000)


@pytest.fixture(scope="module")
def forty_thousand() -> Report:
    """Make two findings of so many places each."""
    copies = [place(f"docs/{k}.md", k + 1, BEFORE, kept=k == 39_999) for k in range(40_000)]
    edited = [place("docs/edited.md", 1, EDITED, 0.9), *copies[1:]]
    return report(finding(REPEATED, copies), finding(SIMILAR, edited))
