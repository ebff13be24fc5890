"""GitHub: annotations as a runner reads them, the job's summary; Markdown for comments."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from dedup.check.findings.report import REPEATED, Report
from dedup.check.reports import Appearance, phrases
from dedup.check.reports.github import MOST_SUMMARY, summary
from dedup.check.reports.markdown import MOST_COMMENT, code
from tests.support.check_findings import (
    BEFORE,
    HOSTILE_TEXTS,
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
from tests.support.runner import Command, command

LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def obeyed(lines: list[str]) -> list[Command]:
    return [found for line in lines if (found := command(line))]


def test_a_runner_written_for_the_tests_obeys_what_a_runner_obeys() -> None:
    assert command("  ::error file=a%2Cb,line=1::x%0Ay") == (
        "error", {"file": "a,b", "line": "1"}, "x\ny"
    )  # fmt: skip
    assert command("some words ##[add-mask]secret") == ("add-mask", {}, "secret")
    assert command("::: docs/a.md:1:1") is None
    assert command("x ::error::") is None


def test_annotations_as_a_whole() -> None:
    assert written("github", report(repeated(), similar()))[:2] == [
        "::error title=dedup (repeated-paragraph),file=docs/install/macos.md,line=10,endLine=10"
        "::docs/install/macos.md:10: same 47-word paragraph in 3 places"
        "%0A  docs/install/linux.md:10%0A  docs/upgrade.rst:5 (wrapped differently)",
        "::warning title=dedup (similar-paragraph),file=docs/install/windows.md,line=5,endLine=5"
        "::docs/install/windows.md:5: 2 paragraphs are 95%25 alike (46 words)"
        "%0A  docs/install/linux.md:10"
        "%0Ait was accepted as a copy of docs/install/linux.md:10 and differs now",
    ]
    (notice,) = obeyed(written("github", report(variant())))
    assert notice.name == "notice"


@pytest.mark.parametrize("found", [usual(), hostile()], ids=["usual", "hostile"])
def test_a_runner_obeys_the_annotations_and_nothing_else(found: Report) -> None:
    lines = written("github", found, Appearance(statistics=True, verbose=True))
    read = obeyed(lines)
    assert obeyed(lines[: len(read)]) == read, "they come first"
    ranked = phrases.most_saving(found.findings)
    shown = [each for level in LEVELS for each in [f for f in ranked if f.level == level][:10]]
    assert len(shown) == len(read)
    for each in shown:
        primary = each.places[0].paragraph
        assert {
            "title": f"dedup ({each.rule})",
            "file": phrases.whole(primary.source),
            "line": str(primary.first),
            "endLine": str(primary.last),
        } in [annotation.properties for annotation in read if annotation.name == LEVELS[each.level]]
    said = [annotation.message for annotation in read]
    for each in shown:
        assert any(
            all(phrases.spot(at) in message for at in each.places) and phrases.note(each) in message
            for message in said
        )


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_text_or_path_becomes_a_command(path: str, text: str) -> None:
    check_harmless(path, text)


@pytest.mark.parametrize("text", HOSTILE_TEXTS[:3], ids=["new", "new after space", "old"])
def test_no_command_in_a_text_or_path_is_obeyed(text: str) -> None:
    check_harmless(text, text)


def check_harmless(path: str, text: str) -> None:
    places = [place(f"{path}/a.md", 1, text), place(path, 1, text), place(path, 9, text)]
    found = report(finding(REPEATED, places, note=text), ref=path, baseline=path, accepted=1)
    lines = written("github", found, Appearance(statistics=True))
    (only,) = obeyed(lines)
    assert command(lines[0]) == only
    assert only.properties["file"] == phrases.whole(f"{path}/a.md")
    clean = report(ref=path, baseline=path, accepted=1)
    assert not obeyed(written("github", clean))


def test_ten_of_each_level_the_largest_first_and_the_rest_counted() -> None:
    sizes = range(30, 42)
    found = [
        finding(
            rule,
            [place(f"{rule}/{k:02}.md", 1, BEFORE), place("b.md", 1, BEFORE)],
            level=level,
            words=size,
        )
        for level, rule in (("error", "repeated-paragraph"), ("warning", "similar-paragraph"))
        for k, size in enumerate(sizes)
    ]
    lines = written("github", report(*found))
    read = obeyed(lines)
    assert [each.name for each in read] == ["error"] * 10 + ["warning"] * 10
    files = [each.properties["file"] for each in read[:10]]
    assert files == [f"repeated-paragraph/{k:02}.md" for k in range(11, 1, -1)]
    assert lines[20] == "+2 more errors, +2 more warnings (GitHub shows 10 of each in a step)"
    assert lines[21].startswith("repeated-paragraph: ")


def test_very_many_findings_are_30_annotations_at_most() -> None:
    assert len(obeyed(written("github", many(3_000)))) == 20


def test_an_annotation_names_twenty_places() -> None:
    places = [place(f"docs/{k:03}.md", 3, BEFORE, kept=k == 0) for k in range(200)]
    (only,) = obeyed(written("github", report(finding(REPEATED, places))))
    assert only.message.splitlines()[-1] == "  +179 more"
    assert len(only.message.splitlines()) == 22


def outside_code(tokens: list[Token]) -> list[Token]:
    """Every token of a document that isn't code, those of its lines among them."""
    every = [child for token in tokens for child in (token.children or [token])]
    return [token for token in every if token.type not in ("code_inline", "fence")]


def spans(tokens: list[Token]) -> list[str]:
    every = [child for token in tokens for child in token.children or []]
    return [token.content for token in every if token.type == "code_inline"]


@pytest.mark.parametrize("found", [usual(), hostile()], ids=["usual", "hostile"])
def test_markdown_names_every_place_and_shows_the_words_in_code_alone(found: Report) -> None:
    text = "\n".join(written("markdown", found))
    tokens = MARKDOWN.parse(text)
    assert {token.content.strip() for token in tokens if token.type == "html_block"} == {
        "<!-- dedup -->"
    }
    kinds = {token.type for token in outside_code(tokens)}
    assert not kinds & {"link_open", "image", "html_inline", "em_open", "table_open", "hr"}
    words = " ".join(token.content for token in outside_code(tokens))
    assert not re.search(r"[@#\[\]`|]|https?:|www\.|\.md|<(?!!-- dedup -->)", words)
    listed = spans(tokens)
    for each in phrases.gravest(found.findings):
        for at in each.places:
            assert phrases.spot(at) in listed
    assert sum(token.type == "fence" for token in tokens) == len(found.findings)


@given(st.text())
def test_any_text_is_one_code_span(text: str) -> None:
    (token,) = [each for each in MARKDOWN.parse(f"a {code(text)} b") if each.type == "inline"]
    kinds = [child.type for child in token.children or []]
    assert kinds == ["text", "code_inline", "text"]


def test_markdown_as_a_whole() -> None:
    found = report(similar(), ref="origin/main", accepted=12, baseline="dedup-baseline.json")
    assert (
        written("markdown", found)
        == """\
<!-- dedup -->
### dedup: 1 group of repeated paragraphs

Found 1 group (1 similar) in 214 files, 9,812 paragraphs, 0.9 s.
12 known groups are in `dedup-baseline.json`.

**similar-paragraph** (warning): 2 paragraphs are 95% alike (46 words)

- `docs/install/windows.md:5`: changed since `origin/main`
- `docs/install/linux.md:10`

```text
Before you [-start-]{+begin+}, make sure [-that-] you have administrator access to the machine and
that no other installation runs. The installer writes to the system folder, asks for the name of the
station [-once-]{+twice+}, and then restarts the service that watches the tide gauges along the
coast.
```

Note: `it was accepted as a copy of docs/install/linux.md:10 and differs now`
""".splitlines()
    )
    assert written("markdown", report())[1:] == [
        "### dedup: no repeated paragraphs",
        "",
        "No repeated paragraphs in 214 files (9,812 paragraphs, 0.9 s).",
    ]


@pytest.mark.parametrize("number", [400, 4_000])
def test_a_comment_and_a_summary_fit_and_count_what_does_not(number: int) -> None:
    found = many(number)
    comment = "\n".join(written("markdown", found))
    for text, most in ((comment, MOST_COMMENT), (summary(found), MOST_SUMMARY)):
        assert len(text.encode()) <= most
        shown = text.count("**repeated-paragraph**") + text.count("**similar-paragraph**")
        left = re.search(r"\.\.\. and ([\d,]+) more groups\.\s*$", text)
        assert shown + (int(left.group(1).replace(",", "")) if left else 0) == number
        assert sum(token.type == "fence" for token in MARKDOWN.parse(text)) == shown
    assert (number == 400) == ("more groups" not in summary(found))


def test_a_summary_ends_with_its_line() -> None:
    text = summary(usual())
    assert text.endswith("```\n")
    assert text.splitlines() == written("markdown", usual())
