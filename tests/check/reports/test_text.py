"""The reports for people: full and concise, the sums, statistics, how many groups are shown."""

from __future__ import annotations

import re

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR, Finding, Report
from dedup.check.reports import Appearance, phrases
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
    similarity,
    usual,
    variant,
    written,
)

CODES = re.compile(r"\x1b\[[\d;]+m")
SHARE = similarity(BEFORE, EDITED)


def test_the_report_for_people_as_a_whole() -> None:
    assert written("full", report(repeated(), similar(), accepted=12, stale=2,
                                  baseline="dedup-baseline.json", ref="origin/main")) == """\
repeated-paragraph: 3 copies of the same 47-word paragraph
  --> docs/install/macos.md:10:1
  ::: docs/install/linux.md:10:1
  ::: docs/upgrade.rst:5:1         wrapped differently
   |
   |  Before you start, make sure that you have administrator access to the machine and that no
   |  other installation runs. The installer writes to the system folder, asks for the name of …
   |
   = help: keep one copy, and link to it or include it, or put <!-- dedup-disable-next --> above it

similar-paragraph: 2 paragraphs are 95% alike (46 and 47 words)
  --> docs/install/windows.md:5:1   changed since origin/main
  ::: docs/install/linux.md:10:1
   |
   |  Before you [-start-]{+begin+}, make sure [-that-] you have administrator access to the machine
   |  and that no other installation runs. The installer writes to the system folder, asks for the
   |  name of the station [-once-]{+twice+}, and then restarts the service that watches the tide
   |  gauges along the coast.
   |
   = note: it was accepted as a copy of docs/install/linux.md:10 and differs now
   = help: keep one text, and link to it or include it, or put <!-- dedup-disable-next --> above it

Found 2 groups (1 repeated, 1 similar) in 214 files, 9,812 paragraphs, 0.9 s.
12 known groups are in dedup-baseline.json; 2 entries are stale (dedup baseline --prune).
""".splitlines()  # fmt: skip


def test_concise_as_a_whole() -> None:
    assert written("concise", report(repeated(), similar(), variant())) == [
        "docs/install/macos.md:10:1: repeated-paragraph same as docs/install/linux.md:10,"
        " docs/upgrade.rst:5 (47 words)",
        "docs/install/windows.md:5:1: similar-paragraph 95% like docs/install/linux.md:10"
        " (46 words): [-start-]{+begin+} [-that-] [-once-]{+twice+}",
        "docs/vanes.adoc:7:1: paragraph-variant 95% to 96% like docs/gauges.adoc:3,"
        " docs/gauges.adoc:9, with other facts (47 words): [-tide gauges-]{+wind vanes+}",
        "Found 3 groups (1 repeated, 1 similar, 1 variant) in 214 files, 9,812 paragraphs, 0.9 s.",
    ]


# Fields of a report without findings, and the one line that is written.
CLEAN = [
    ({}, "No repeated paragraphs in 214 files (9,812 paragraphs, 0.9 s)."),
    ({"files": 1, "paragraphs": 1, "seconds": 12.3},
     "No repeated paragraphs in 1 file (1 paragraph, 12 s)."),
    ({"accepted": 12, "baseline": "b.json"},
     "No new repeated paragraphs in 214 files (9,812 paragraphs, 0.9 s); 12 known groups are in"
     " b.json."),
    ({"accepted": 1, "stale": 1, "baseline": "b.json"},
     "No new repeated paragraphs in 214 files (9,812 paragraphs, 0.9 s); 1 known group is in"
     " b.json; 1 entry is stale (dedup baseline --prune)."),
    ({"ref": "origin/main"},
     "No repeated paragraphs in what changed since origin/main, in 214 files (9,812 paragraphs,"
     " 0.9 s)."),
]  # fmt: skip


@pytest.mark.parametrize("name", ["full", "concise", "github"])
@pytest.mark.parametrize(("fields", "line"), CLEAN)
def test_a_clean_run_is_one_line(name: str, fields: dict[str, object], line: str) -> None:
    assert written(name, report(**fields)) == [line]


def places_in_full(lines: list[str]) -> list[tuple[str, list[str]]]:
    """Read back the groups of a full report: the rule, and the places as they are written."""
    groups: list[tuple[str, list[str]]] = []
    for line in lines:
        if head := re.match(r"([a-z]+-[a-z]+): ", line):
            groups.append((head.group(1), []))
        elif spot := re.match(r"  (?:-->|:::) (.*?:\d+):1(?:$| )", line):
            groups[-1][1].append(spot.group(1))
    return groups


def expected(found: Report) -> list[tuple[str, list[str]]]:
    return [(each.rule, [phrases.spot(place) for place in each.places]) for each in found.findings]


@pytest.mark.parametrize("found", [usual(), hostile()], ids=["usual", "hostile"])
@pytest.mark.parametrize("colour", [False, True], ids=["plain", "colour"])
def test_full_names_every_place(found: Report, colour: bool) -> None:
    lines = [
        CODES.sub("", line) for line in written("full", found, Appearance(colour, verbose=True))
    ]
    assert places_in_full(lines) == expected(found)
    assert lines == written("full", found, Appearance(verbose=True))


@pytest.mark.parametrize("found", [usual(), hostile()], ids=["usual", "hostile"])
def test_concise_is_a_line_a_group_with_every_place(found: Report) -> None:
    lines = [line for line in written("concise", found) if not line.startswith("unused")]
    for (rule, spots), line in zip(expected(found), lines, strict=False):
        head, _, rest = line.partition(f":1: {rule} ")
        assert head == spots[0]
        assert ", ".join(spots[1:]) in rest
    assert lines[len(found.findings)].startswith("Found ")


def test_places_beyond_the_first_ten_are_counted_unless_all_are_asked_for() -> None:
    copies = [place(f"docs/{k:03}.md", 3, BEFORE, kept=k == 0) for k in range(200)]
    found = report(finding(REPEATED, [copies[-1], *copies[:-1]]))
    assert "  ... and 190 more places" in written("full", found)
    assert len(places_in_full(written("full", found, Appearance(verbose=True)))[0][1]) == 200
    assert ", docs/099.md:3, 99 more (47 words)" in written("concise", found)[0]


def test_of_more_than_50_groups_the_ten_that_save_most_are_shown_and_how_to_go_on() -> None:
    found = many(60)
    shown = places_in_full(written("full", found))
    most = sorted(found.findings, key=lambda each: -each.saves)[:10]
    assert {spots[0] for _, spots in shown} <= {
        phrases.spot(each.places[0]) for each in found.findings if each.saves >= most[-1].saves
    }
    assert len(shown) == 10
    assert "... 50 more groups. First time? Accept today's state with: dedup baseline" in written(
        "full", found
    )
    assert len(places_in_full(written("full", many(50)))) == 50
    known = report(*found.findings, baseline="b.json")
    assert "... 50 more groups. --max-findings 0 shows all" in written("full", known)


@pytest.mark.parametrize(("limit", "shown"), [(0, 60), (7, 7), (100, 60)])
def test_a_limit_says_how_many_groups_are_shown(limit: int, shown: int) -> None:
    lines = written("full", many(60), Appearance(limit=limit))
    assert len(places_in_full(lines)) == shown
    concise = written("concise", many(60), Appearance(limit=limit))
    assert sum("-paragraph " in line for line in concise) == shown


def test_the_ones_that_save_most_come_first_where_not_all_are_shown() -> None:
    small = finding(REPEATED, [place("a.md", 1, BEFORE), place("b.md", 1, BEFORE)])
    large = finding(REPEATED, [place(f"z{k}.md", 1, EDITED) for k in range(5)])
    assert (
        places_in_full(written("full", report(small, large), Appearance(limit=1)))[0][1][0]
        == "z0.md:1"
    )


# What two places of the same words are said to differ in.
LAYOUTS = [
    ("nothing", BEFORE, None, ""),
    ("line ends", BEFORE.replace(". ", ".\n"), None, "wrapped differently"),
    ("a quote", "> " + BEFORE, BEFORE, "with other markup"),
    ("emphasis", BEFORE.replace("start", "**start**"), BEFORE, "with other markup"),
    ("punctuation", BEFORE.replace(",", ";"), None, "with other punctuation or case"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "prose", "said"), [each[1:] for each in LAYOUTS], ids=[each[0] for each in LAYOUTS]
)
def test_copies_are_told_apart_by_their_layout(text: str, prose: str | None, said: str) -> None:
    pair = [place("a.md", 1, BEFORE), place("b.md", 1, text, kept=True, prose=prose)]
    line = written("full", report(finding(REPEATED, pair)))[2]
    assert line == f"  ::: b.md:1:1{f'   {said}' if said else ''}"


# A path, and how a paragraph in it is silenced.
MARKUPS = [
    ("a.md", "put <!-- dedup-disable-next --> above it"),
    ("a.html", "put <!-- dedup-disable-next --> above it"),
    ("a.mdx", "put {/* dedup-disable-next */} above it"),
    ("a.rst", "put .. dedup-disable-next above it"),
    ("a.adoc", "put // dedup-disable-next above it"),
    ("a.txt", "accept it with: dedup baseline"),
    ("LICENSE", "accept it with: dedup baseline"),
]


@pytest.mark.parametrize(("path", "help_"), MARKUPS)
def test_help_speaks_the_markup_of_the_primary_file(path: str, help_: str) -> None:
    found = finding(REPEATED, [place(path, 1, BEFORE), place("other.md", 1, BEFORE)])
    assert written("full", report(found))[-3].endswith(f", or {help_}")


# Places of a similar paragraph by their marks, and which is held against the first.
ORIGINALS = [
    ("the kept one", [(0.9, False, False), (0.9, False, False), (1.0, False, True)], 2),
    ("the kept one is new", [(1.0, True, True), (0.9, False, False)], 1),
    ("the first that isn't new", [(1.0, True, True), (0.9, True, False), (0.9, False, False)], 2),
    ("not an equal one", [(1.0, True, False), (1.0, False, True), (0.9, False, False)], 2),
    ("nothing is kept", [(0.9, True, False), (0.9, False, False)], 1),
    ("all are equal after all", [(1.0, False, False), (1.0, False, True)], 1),
]


@pytest.mark.parametrize(
    ("marks", "position"), [each[1:] for each in ORIGINALS], ids=[each[0] for each in ORIGINALS]
)
def test_what_the_primary_place_is_held_against(
    marks: list[tuple[float, bool, bool]], position: int
) -> None:
    places = [place(f"{k}.md", 1, BEFORE, *mark) for k, mark in enumerate(marks)]
    assert phrases.original(finding(SIMILAR, places)) == position


def test_new_words_are_those_of_the_primary_place() -> None:
    pair = [place("new.md", 1, EDITED, SHARE, changed=True), place("old.md", 1, BEFORE, kept=True)]
    assert any(
        "[-once-]{+twice+}" in line for line in written("full", report(finding(SIMILAR, pair)))
    )
    kept = [place("a.md", 1, EDITED, 1.0, True, kept=True), place("b.md", 1, BEFORE, SHARE)]
    assert any(
        "[-once-]{+twice+}" in line for line in written("full", report(finding(SIMILAR, kept)))
    )


def test_100_percent_is_for_equal_words_alone() -> None:
    pair = [place("a.md", 1, BEFORE, 0.9999), place("b.md", 1, BEFORE, kept=True)]
    assert "99% alike" in written("full", report(finding(SIMILAR, pair)))[0]


def test_long_texts_are_cut_and_very_long_ones_not_compared() -> None:
    text = " ".join(f"word{k}" for k in range(20_000))
    pair = [place("a.md", 1, text + " end", 0.99), place("b.md", 1, text, kept=True)]
    lines = written("full", report(finding(SIMILAR, pair), finding(REPEATED, pair)))
    assert "   |  too long to be shown word by word" in lines
    assert max(map(len, lines)) <= 100
    scattered = re.sub(r"word(\d*7)\b", r"other\1", text[:40_000])
    pair = [place("a.md", 1, scattered, 0.9), place("b.md", 1, text[:40_000], kept=True)]
    lines = written("full", report(finding(SIMILAR, pair)))
    assert len(lines) < 25
    assert "   |  ..." in lines
    assert len(written("full", report(finding(SIMILAR, pair)), Appearance(verbose=True))) > 100


@pytest.mark.parametrize("columns", [40, 72, 100])
def test_wording_is_wrapped_to_the_columns(columns: int) -> None:
    lines = written("full", usual(), Appearance(columns=columns))
    assert max(len(line) for line in lines if line.startswith("   |")) <= columns


def test_statistics_add_up() -> None:
    found = usual()
    lines = written("full", found, Appearance(statistics=True))
    rules = [
        line.split() for line in lines if re.fullmatch(r" +\d+ +\d+ +\d+  [a-z]+-[a-z]+", line)
    ]
    rows: list[Finding] = list(found.findings)
    assert [
        (int(groups), int(copies), int(words), rule) for groups, copies, words, rule in rules
    ] == [(1, len(each.places) - 1, each.saves, each.rule) for each in rows]
    assert "       1        47  docs and docs/install" in lines
    assert "       2        94  docs/install/macos.md:10  repeated-paragraph" in lines
    assert set(lines) - set(written("full", found)) <= set(
        written("concise", found, Appearance(statistics=True))
    )


def test_statistics_list_ten_folders_and_groups() -> None:
    lines = written("full", many(2_000), Appearance(statistics=True, limit=1))
    assert sum("  docs/folder " in line and ".md:" not in line for line in lines) == 10
    assert any(line.endswith("  and 87 more pairs") for line in lines)
