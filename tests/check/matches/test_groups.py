"""One finding a group: what is repeated and what is like it, pastes, editions of a page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dedup.check.findings.report import REPEATED, SIMILAR, VARIANT
from tests.support.repositories import PROSE, Repository, drifted, page

A, B, C, D, E, F = PROSE[:6]


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    return Repository(tmp_path / "site", capsys, monkeypatch)


def text(number: int) -> str:
    """Make a paragraph that is like no other: 30 words of its own."""
    return " ".join(f"w{number}x{k}" for k in range(30))


def places(finding: dict[str, Any]) -> list[tuple[str, int, int]]:
    return sorted((each["source"], each["first"], each["last"]) for each in finding["places"])


def test_an_edited_copy_among_many_is_what_differs_from_the_rest(repository: Repository) -> None:
    for name in "bcdefghij":
        repository.write(f"{name}.md", page(A))
    repository.write("a.md", page(A.replace(" and ", " or ", 1).replace(" the ", " a ", 1)))
    answer = repository.check()
    (finding,) = answer.findings
    assert finding["rule"] == REPEATED
    assert [each["source"] for each in finding["places"]][:2] == ["a.md", "b.md"]
    assert [each["similarity"] == 1 for each in finding["places"]] == [False] + [True] * 9
    assert {"old": "the ", "new": "a "} in finding["changes"]
    out = repository.run("check").out
    assert re.search(
        r"repeated-paragraph: the same \d+-word paragraph in 9 places; a\.md:3 differs\n", out
    )
    assert "[-the-]{+a+}" in out
    assert "give a.md:3 the words of the rest" in out
    assert "[-the-]{+a+}" in repository.run("check", "--output-format", "concise").out


def test_a_repeated_text_is_listed_in_one_finding_alone(repository: Repository) -> None:
    words = A.split(" ")
    near = [" ".join([*words[:at], "quite", "so", *words[at:]]) for at in (4, 8)]
    far = [" ".join([*words[:at], *["very"] * 6, *words[at:]]) for at in (12, 16)]
    for number, each in enumerate([A, A, A, *near, *far]):
        repository.write(f"{number}.md", page(each))
    findings = repository.check("--threshold", "0.85").findings
    listed = [sum(each["source"] in ("0.md", "1.md", "2.md") for each in f["places"])
              for f in findings]  # fmt: skip
    assert sum(number > 1 for number in listed) == 1
    assert findings[0]["rule"] == REPEATED


def test_a_variant_names_one_place_of_a_repeated_text(repository: Repository) -> None:
    repository.write("a.md", page(C))
    repository.write("b.md", page(C))
    repository.write("c.md", page(C.replace("412,000", "987,000")))
    answer = repository.check("--select", REPEATED, "--select", VARIANT)
    assert answer.found == [
        (REPEATED, ["b.md:3", "a.md:3"]),
        (VARIANT, ["c.md:3", "a.md:3"]),
    ]


#: A page, what is pasted into another, and the lines on either side.
PASTES: dict[str, tuple[list[str], list[str], list[tuple[str, int, int]]]] = {
    "two paragraphs": ([C, A, B, D], [E, A, B], [("a.md", 5, 7), ("b.md", 5, 7)]),
    "two, the second edited": (
        [C, A, B, D], [E, A, drifted(B)], [("a.md", 5, 7), ("b.md", 5, 7)],
    ),
    "a new paragraph put in between": (
        [C, A, B, D], [A, E, B], [("a.md", 5, 7), ("b.md", 3, 7)],
    ),
    "one left out between": ([A, C, B, D], [E, A, B], [("a.md", 3, 7), ("b.md", 5, 7)]),
    "one rewritten between": ([A, C, B, D], [A, E, B], [("a.md", 3, 7), ("b.md", 3, 7)]),
    "short ones between, as they were": (
        [A, "One.", "Two.", "Three.", B, D], [E, A, "One.", "Two.", "Three.", B],
        [("a.md", 3, 11), ("b.md", 5, 13)],
    ),
    "short ones between, one of them edited": (
        [A, "One.", "Two.", "Three.", B, D], [E, A, "One.", "2.", "Three.", B],
        [("a.md", 3, 11), ("b.md", 5, 13)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other", "expected"), PASTES.values(), ids=PASTES)
def test_one_paste_is_one_finding_with_its_ranges(
    repository: Repository,
    one: list[str],
    other: list[str],
    expected: list[tuple[str, int, int]],
) -> None:
    repository.write("a.md", page(*one))
    repository.write("b.md", page(*other))
    (finding,) = repository.check().findings
    assert (finding["rule"], finding["paragraphs"]) == (REPEATED, 2)
    assert places(finding) == expected


#: Pages whose repeated paragraphs do not stand side by side.
APART: dict[str, list[list[str]]] = {
    "two others between": [[A, text(1), text(2), B], [A, B]],
    "in another order": [[A, B], [B, A]],
    "each with another page": [[A, B], [A], [B]],
    "other short ones between": [[A, "One.", "Two.", B], [A, "Three.", "Four.", B]],
}


@pytest.mark.parametrize("pages", APART.values(), ids=APART)
def test_what_does_not_stand_side_by_side_is_told_apart(
    repository: Repository, pages: list[list[str]]
) -> None:
    for number, paragraphs in enumerate(pages):
        repository.write(f"{number}.md", page(*paragraphs))
    assert [each["paragraphs"] for each in repository.check().findings] == [1, 1]


def test_a_third_place_with_one_of_the_paragraphs_is_told_with_the_paste(
    repository: Repository,
) -> None:
    repository.write("a.md", page(A, B, text(1), text(2)))
    repository.write("b.md", page(A, B, text(3), text(4)))
    repository.write("c.md", page(text(5), A))
    (finding,) = repository.check().findings
    assert places(finding) == [("a.md", 3, 5), ("b.md", 3, 5), ("c.md", 5, 5)]
    assert repository.check().summary["copies"] == 3


def test_a_banner_in_very_many_pages_is_told_apart_from_a_paste(repository: Repository) -> None:
    for number in range(8):
        repository.write(f"{number}.md", page(A, *([B] if number < 2 else [])))
    assert [len(each["places"]) for each in repository.check().findings] == [2, 8]


def editions(repository: Repository, number: int = 12, own: int = 6) -> None:
    """Write two editions of a page: some paragraphs are common, one edited, all parted by others.

    The second one has fewer of its own.
    """
    first, second = [], []
    for k in range(number):
        first += [text(k), *(text(1_000 + 3 * k + n) for n in range(3))]
        second += [drifted(text(k)) if k == 5 else text(k), text(2_000 + k)]
        second += [text(3_000 + k)] if k < own else []
    repository.write("spec.md", page(*first))
    repository.write("spec_2.md", page(*second))


def test_editions_of_a_page_are_one_finding_with_what_would_settle_it(
    repository: Repository,
) -> None:
    editions(repository)
    (finding,) = repository.check().findings
    assert finding["rule"] == REPEATED
    assert finding["paragraphs"] == 12
    pages = finding["pages"]
    assert (pages["files"], pages["about"]) == (["spec.md", "spec_2.md"], "spec_2.md")
    assert pages["share"] == pytest.approx(12 / 30, abs=0.01)
    assert pages["advice"] == 'isolate = [["/spec.md", "/spec_2.md"]]'
    out = repository.run("check").out
    assert out.startswith(
        "repeated-paragraph: 12 paragraphs, 40% of spec_2.md, stand in spec.md too; 1 of them"
        " differs\n"
    )
    assert f"\n       {pages['advice']}\n" in out
    repository.write("dedup.toml", pages["advice"])
    assert repository.check().findings == []


def test_a_fragment_that_a_page_includes_may_be_repeated(repository: Repository) -> None:
    repository.write("part.md", "\n\n".join(text(k) for k in range(3)))
    repository.write("page.md", page(*map(text, range(9))))
    (finding,) = repository.check().findings
    assert finding["pages"]["advice"] == 'boilerplate = ["/part.md"]'
    repository.write("dedup.toml", finding["pages"]["advice"])
    assert repository.check().findings == []


def test_pages_of_a_template_are_told_as_one_with_a_glob(repository: Repository) -> None:
    for number in range(10):
        own = [text(1_000 + 10 * number + k) for k in range(4)]
        repository.write(f"docs/platform_{number}.md", page(*map(text, range(4)), *own))
    (finding,) = repository.check().findings
    assert finding["pages"]["advice"] == 'isolate = ["docs/platform_*.md"]'
    repository.write("dedup.toml", finding["pages"]["advice"])
    assert repository.check().findings == []


@pytest.mark.parametrize(
    "name", ["[x].md", "a b.md", "{y}.md", "q?.md", "s*.md", "é.md", "x\\y.md"]
)
def test_what_settles_pages_of_odd_names_can_be_pasted(repository: Repository, name: str) -> None:
    repository.write(f"d/{name}", page(*map(text, range(5)), text(100)))
    repository.write("d/b.md", page(*map(text, range(5)), text(200)))
    (finding,) = repository.check().findings
    assert bool(finding["pages"]["advice"]) is ("\\" not in name)
    repository.write("dedup.toml", finding["pages"]["advice"])
    assert len(repository.check().findings) == ("\\" in name)


def test_what_is_known_is_no_part_of_a_paste(repository: Repository) -> None:
    repository.write("a.md", page(A, B))
    repository.write("b.md", page(A))
    repository.run("baseline")
    repository.write("b.md", page(A, B))
    answer = repository.check()
    assert answer.found == [(REPEATED, ["b.md:5", "a.md:5"])]
    assert answer.summary["accepted"] == 1


def test_check_and_baseline_count_the_same(repository: Repository) -> None:
    editions(repository)
    repository.write("a.md", page(A, B, C))
    repository.write("b.md", page(E, A, drifted(B), F))
    repository.write("c.md", page(D, D, drifted(D)))
    number = len(repository.check().findings)
    assert number == 3
    said = repository.run("baseline").out
    assert said.startswith("dedup-baseline.json: 3 groups accepted (")
    answer = repository.check()
    assert (answer.code, answer.summary["accepted"], answer.summary["stale"]) == (0, 3, 0)
    assert "3 known groups are in dedup-baseline.json" in repository.run("check").out


TWIN = drifted(A)

#: Twins that are accepted, and what becomes of them: made equal in one way or another.
EQUAL: dict[str, tuple[list[str], list[str]]] = {
    "the second becomes the first": ([A, TWIN], [A, A]),
    "the first becomes the second": ([A, TWIN], [TWIN, TWIN]),
    "both get a third wording": ([A, TWIN], [f"{A} As ever.", f"{A} As ever."]),
    "the odd one becomes as the rest": ([A, A, TWIN, A], [A, A, A, A]),
    "two odd ones": ([A, A, TWIN, TWIN], [A, A, A, A]),
}


@pytest.mark.parametrize("like", [True, False], ids=["this version's", "an earlier version's"])
@pytest.mark.parametrize(("before", "after"), EQUAL.values(), ids=EQUAL)
def test_making_accepted_twins_equal_is_no_error(
    repository: Repository, before: list[str], after: list[str], like: bool
) -> None:
    for number, each in enumerate(before):
        repository.write(f"{number}.md", page(each))
    repository.run("baseline")
    if not like:
        path = repository.root / "dedup-baseline.json"
        path.write_text(re.sub(r', "like": "\w+"', "", path.read_text("utf-8")), "utf-8")
        assert '"like"' not in path.read_text("utf-8")
    for number, each in enumerate(after):
        repository.write(f"{number}.md", page(each))
    assert repository.check().findings == []
    repository.run("baseline", "--prune")
    answer = repository.check()
    assert (answer.findings, answer.summary["stale"]) == ([], 0)
    repository.write("more.md", page(after[0]))
    (finding,) = repository.check().findings
    assert finding["rule"] == REPEATED


def test_a_copy_of_an_accepted_twin_is_an_error(repository: Repository) -> None:
    repository.write("a.md", page(A))
    repository.write("b.md", page(TWIN))
    repository.run("baseline")
    repository.write("c.md", page(A))
    (finding,) = repository.check().findings
    assert finding["note"] == (
        "accepted in the baseline as like paragraphs, now there are 2 copies"
    )


def test_a_change_that_makes_twins_equal_repeats_nothing_new(repository: Repository) -> None:
    repository.write("a.md", page(A, B))
    repository.write("b.md", page(TWIN, C))
    base = repository.commit()
    repository.write("b.md", page(A, C))
    assert repository.check("--changed-since", base).findings == []
    repository.write("b.md", page(A, C, A))
    assert repository.check("--changed-since", base).code == 1
    repository.write("b.md", page(TWIN, C, B))
    assert repository.check("--changed-since", base).code == 1


def test_a_change_that_makes_equal_texts_drift_apart_is_told(repository: Repository) -> None:
    repository.write("a.md", page(A))
    repository.write("b.md", page(A))
    base = repository.commit()
    repository.write("b.md", page(TWIN))
    assert repository.check("--changed-since", base).found == [(SIMILAR, ["b.md:3", "a.md:3"])]


#: Parallel sentences: alike, and about something else.
PARALLEL = {
    "lowest and highest": ("lowest", "highest"),
    "first and last": ("first", "last"),
    "read and written": ("read", "written"),
}


@pytest.mark.parametrize(("one", "other"), PARALLEL.values(), ids=PARALLEL)
def test_parallel_sentences_are_variants(repository: Repository, one: str, other: str) -> None:
    said = (
        "The {} value of the series in the window is returned by this function, and samples that"
        " are stale are left out before anything is computed from them."
    )
    repository.write("a.md", page(said.format(one), said.format(other)))
    assert repository.check().findings == []
    assert repository.check("--select", VARIANT).found == [(VARIANT, ["a.md:5", "a.md:3"])]
