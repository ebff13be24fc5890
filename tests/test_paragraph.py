"""Paragraphs whose words aren't their text as it stands: what is compared, counted and shown."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

import dedup
from dedup.paragraph import Paragraph, text_of, texts_of
from dedup.reports.findings import findings
from dedup.reports.text import Style, find_text
from tests.support.articles import PARAGRAPHS

WORDS = "the old chain ferry crosses the wide river at seven every morning"
MARKED = WORDS.replace("chain ferry", "[chain ferry](https://example.org/ferries?page=a-b-c-d)")


def placed(*each: tuple[str, str | None]) -> list[Paragraph]:
    """Make paragraphs of texts and their prose; None where that is the text."""
    return [
        Paragraph(text, "a.md", None, k, k)
        if prose is None
        else Paragraph(text, "a.md", None, k, k, prose=prose)
        for k, (text, prose) in enumerate(each, 1)
    ]


PROSE = {
    "plain text": ("# Not a heading here\n\n* and no item", "blank"),
    "lines": ("one line\nanother", "lines"),
    "Markdown without marks": ("nothing to leave out", "markdown"),
    "Markdown with marks": ("# A\n\n*something* to leave out", "markdown"),
    "HTML": ("<p>a <b>tag</b></p>", "html"),
}


@pytest.mark.parametrize(("text", "markup"), PROSE.values(), ids=PROSE)
def test_there_is_always_prose(text: str, markup: str) -> None:
    found = dedup.paragraphs(text, markup)
    assert found
    assert all(each.prose.split() for each in found)
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert [each.prose for each in again] == [each.prose for each in found]


def test_the_prose_is_the_text_where_nothing_is_left_out() -> None:
    each = Paragraph("*as it stands*")
    assert each.prose == each.text
    assert each == Paragraph("*as it stands*", prose="*as it stands*")
    assert Paragraph("<hr>", prose="").prose == ""
    assert replace(each, text="other", prose="other").prose == "other"


def test_what_is_compared_is_the_prose_where_there_is_any() -> None:
    paragraphs = placed((WORDS, None), (MARKED, WORDS), ("<hr>", ""))
    assert texts_of(paragraphs) == [text_of(each) for each in paragraphs] == [WORDS, WORDS, ""]
    assert texts_of(paragraphs[:1]) == [WORDS]
    assert texts_of([]) == []
    assert text_of(WORDS) == WORDS


@pytest.mark.parametrize(
    "paragraphs",
    [placed((WORDS, None), (MARKED, WORDS)), placed((MARKED, WORDS), (f"> {WORDS}", WORDS))],
)
def test_markup_is_no_difference(paragraphs: list[Paragraph]) -> None:
    found = dedup.find(paragraphs)
    assert found.kind.tolist() == [dedup.Kind.UNIQUE, dedup.Kind.EXACT]
    assert found.text(1) == WORDS
    assert found.audit().sample == 1
    report = "\n".join(find_text(findings(paragraphs, found, 1, 0, 0.0), Style()))
    assert "a.md:2: with the same words" in report
    assert "12 words" in report
    assert "https" not in report


def test_words_that_differ_are_those_of_the_prose() -> None:
    old, new = PARAGRAPHS[0], PARAGRAPHS[0].replace(" the ", " this ", 1)
    paragraphs = placed((f"*{old}*", old), (f"> {new}", new))
    found = dedup.find(paragraphs)
    assert found.kind.tolist() == [dedup.Kind.UNIQUE, dedup.Kind.NEAR]
    report = "\n".join(find_text(findings(paragraphs, found, 1, 0, 0.0), Style()))
    assert "[-the-]{+this+}" in report
    assert ">" not in report
    assert "*" not in report


def test_the_longest_is_the_one_with_most_prose() -> None:
    paragraphs = placed((MARKED, WORDS), (WORDS + " again", None))
    assert dedup.find(paragraphs, rank=dedup.rank.longest).kept.tolist() == [False, True]
