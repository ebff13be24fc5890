"""Wording in reports: marks, wrapping, shortening, and what a terminal must not obey."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.core.similarity import rounded
from dedup.explanation import explain
from dedup.paragraph import Paragraph
from dedup.reports.findings import findings
from dedup.reports.text import Style, find_text
from dedup.reports.wording import Piece, mark, one_line, shorten, visible, wrap
from dedup.search import find
from tests.support.articles import PARAGRAPHS, edit

LONG = " ".join(PARAGRAPHS[:6])
CODES = re.compile(r"\x1b\[\d+m")
PIECES = st.lists(
    st.tuples(
        st.text("ab 漢é\n", max_size=12), st.sampled_from(["", "\x1b[31m", "\x1b[32m"])
    )
)  # fmt: skip


def marked(a: str, b: str, context: int = 0) -> str:
    return "".join(text for text, _ in mark(explain(a, b).stretches, context))


# Two texts, and how their difference is marked.
MARKED = [
    ("a word replaced", "A cat sat.", "A dog sat.", "A [-cat-]{+dog+} sat."),
    ("a word added", "A cat.", "A fat cat.", "A {+fat+} cat."),
    ("a word left out", "A fat cat.", "A cat.", "A [-fat-] cat."),
    ("scripts without spaces stay glued", "渡船停了", "渡船走了", "渡船[-停-]{+走+}了"),
    ("words in common in the new wording", "“A” cat", "a cat sat", "a cat {+sat+}"),
    ("the same punctuation after both", "A cat, sat", "A dog, sat", "A [-cat-]{+dog+}, sat"),
    ("other punctuation after both", "A cat, sat", "A dog; sat", "A [-cat,-]{+dog;+} sat"),
    ("the last words replaced", "A cat.", "A dog!", "A [-cat.-]{+dog!+}"),
    ("nothing in common", "One.", "Two.", "[-One-]{+Two+}."),
]


@pytest.mark.parametrize(
    ("a", "b", "expected"), [each[1:] for each in MARKED], ids=[each[0] for each in MARKED]
)
def test_marks(a: str, b: str, expected: str) -> None:
    assert marked(a, b) == expected


def test_long_sameness_is_left_out_around_a_difference() -> None:
    shown = marked(LONG + " red " + LONG, LONG + " blue " + LONG, context=60)
    assert "the dark,” said Tobias Renn" not in shown
    assert re.fullmatch(r"… .{20,60} \[-red-\]\{\+blue\+\} .{20,60} … ", shown)
    assert marked(LONG, LONG, context=60) == LONG


@pytest.mark.parametrize(
    ("similarity", "shown"), [(1.0, 1.0), (0.99999, 0.99), (0.996, 0.99), (0.9599999785, 0.96)]
)
def test_only_equal_words_are_shown_as_1(similarity: float, shown: float) -> None:
    assert rounded(similarity, 2) == shown


@given(PIECES, st.integers(1, 20), st.booleans())
def test_wrapping_loses_no_character(pieces: list[Piece], columns: int, colour: bool) -> None:
    lines = [CODES.sub("", line) for line in wrap(pieces, columns, colour)]
    assert "".join("".join(lines).split()) == "".join("".join(t for t, _ in pieces).split())
    assert list(wrap(pieces, columns, False)) == lines


@given(PIECES, st.integers(2, 20))
def test_lines_are_not_too_long(pieces: list[Piece], columns: int) -> None:
    for line in wrap(pieces, columns, False):
        assert len(line) + line.count("漢") <= columns
        assert line == line.strip() != ""


@given(st.text(max_size=60), st.integers(1, 30))
def test_shortened_texts_are_short_and_begin_alike(text: str, most: int) -> None:
    short = shorten(text, most)
    assert len(short) <= most + 2
    assert text.strip().startswith(short.removesuffix(" …").strip())


def test_control_characters_are_shown_as_such() -> None:
    assert visible("a\x1b[2Jb\u202ec") == "a\ufffd[2Jb\ufffdc"
    assert one_line(" a\n\tb\x00 ") == "a b\ufffd"


def report(texts: list[str], source: str = "a.txt", limit: int = 20) -> list[str]:
    paragraphs = [Paragraph(text, source, None, k, k) for k, text in enumerate(texts, 1)]
    found = findings(paragraphs, find(paragraphs), 1, 0, 0.5)
    return list(find_text(found, Style(limit=limit)))


def test_a_group_lists_its_copies_and_how_they_differ() -> None:
    text = PARAGRAPHS[0]
    lines = report([text, "Else.", text, "Else.", "Else.", edit(text, 0)])
    assert lines[0] == "a.txt:1"
    assert lines[1].startswith("  repeated twice, ")
    assert "  a.txt:3: identical" in lines
    assert "  a.txt:6: similarity 0.97" in lines
    assert any("[-the-]{+this+}" in line for line in lines)


def test_many_copies_are_counted() -> None:
    lines = report([PARAGRAPHS[0]] * 9)
    assert "  and 3 more copies (--limit 0 shows all)" in lines
    assert len([line for line in report([PARAGRAPHS[0]] * 9, limit=0) if "identical" in line]) == 8


def test_texts_without_a_source_are_named_by_line() -> None:
    assert report([PARAGRAPHS[0], "Else.", PARAGRAPHS[0]], source="")[0] == "line 1"


def test_very_long_paragraphs_are_not_shown_word_by_word() -> None:
    text = " ".join(f"w{k}" for k in range(20_000))
    assert "    too long to be shown word by word" in report([text, "Else.", text + " more"])


def test_nothing_at_all_has_a_report() -> None:
    assert report([]) == [
        "nothing repeats",
        "too little to compare: of 0 paragraphs, 0 have 8 words or more",
        "to compare more: --min-tokens 3 for shorter ones, --markup lines for each line",
        "1 file, 0 paragraphs, 0 groups, 0 words repeated, 0.50 s",
    ]
