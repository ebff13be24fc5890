"""Taking copies out: nothing of what is kept is touched, and all that went is written down."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.found import Kind
from dedup.paragraph import Document
from dedup.removal import clean, clean_documents, cuts
from dedup.segment import paragraphs
from tests.support.articles import PARAGRAPHS, PASTED, TITLE, edit, edited_article, pasted_article
from tests.support.places import DATA

SEED = DATA / "seed" / "000_998be1bf658dc753.txt"

PIECES = st.lists(
    st.sampled_from(["a", "b c", " d ", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", " \n", "\f"]),
    max_size=25,
)  # fmt: skip
TEXTS = st.tuples(st.sampled_from(["", "\ufeff"]), PIECES).map(lambda two: two[0] + "".join(two[1]))


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def cut(text: str, kept: str, markup: str) -> str:
    """Take out the paragraphs whose place in ``kept`` is a dot."""
    return without(text, cuts(text, paragraphs(text, markup), [each != "." for each in kept]))


# What is left of a text when the paragraphs with a dot go.
CASES = [
    ("nothing goes", "lines", "KK", "A\nB", "A\nB"),
    ("a line between others", "lines", "K.K", "A\nB\nC\n", "A\nC\n"),
    ("the last line, with a line end after it", "lines", "K.", "A\nB\n", "A\n"),
    ("the last line, without a line end", "lines", "K.", "A\nB", "A\n"),
    ("the first line", "lines", ".K", "A\nB", "B"),
    ("the first line after a byte-order mark", "lines", ".K", "\ufeffA\nB", "\ufeffB"),
    ("all lines", "lines", "..", "A\nB\n", ""),
    ("all lines after a byte-order mark", "lines", "..", "\ufeff\nA\nB\n", "\ufeff"),
    ("a block and the blank lines after it", "blank", "K.K", "A\n\nB\nb\n\n\nC\n", "A\n\nC\n"),
    ("the last block and the blank lines before it", "blank", "K.", "A\n\nB\n", "A\n"),
    ("several last blocks", "blank", "K..", "A\n\nB\n\nC\n\n\n", "A\n"),
    ("blocks here and there", "blank", ".K.K.", "A\n\nB\n\nC\n\nD\n\nE", "B\n\nD\n"),
    ("indented lines, with their indentation", "lines", "K.K", "A\n  B\n  C\n", "A\n  C\n"),
    ("CRLF line ends", "blank", "K.K", "A\r\n\r\nB\r\n\r\nC\r\n", "A\r\n\r\nC\r\n"),
    ("CR line ends", "lines", "K.", "A\rB\r", "A\r"),
]


@pytest.mark.parametrize(
    ("markup", "kept", "text", "left"), [each[1:] for each in CASES], ids=[c[0] for c in CASES]
)
def test_cuts(markup: str, kept: str, text: str, left: str) -> None:
    assert cut(text, kept, markup) == left


@given(TEXTS, st.sampled_from(["lines", "blank"]), st.randoms(use_true_random=False))
def test_what_is_left_are_the_kept_paragraphs(text: str, markup: str, random: object) -> None:
    found = paragraphs(text, markup)
    kept = [random.random() < 0.5 for _ in found]  # type: ignore[attr-defined]
    left = without(text, cuts(text, found, kept))
    assert [each.text for each in paragraphs(left, markup)] == [
        each.text for each, stays in zip(found, kept, strict=True) if stays
    ]


@given(TEXTS, st.sampled_from(["lines", "blank"]), st.randoms(use_true_random=False))
def test_what_went_holds_the_removed_paragraphs(text: str, markup: str, random: object) -> None:
    found = paragraphs(text, markup)
    kept = [random.random() < 0.5 for _ in found]  # type: ignore[attr-defined]
    spans = cuts(text, found, kept)
    assert spans == sorted(spans)
    for each, stays in zip(found, kept, strict=True):
        inside = [start <= each.start and each.end <= end for start, end in spans]
        outside = [each.end <= start or end <= each.start for start, end in spans]
        assert all(outside) if stays else inside.count(True) == 1


def test_a_pasted_half_is_taken_out() -> None:
    cleaned = clean(pasted_article())
    assert cleaned.text == "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    assert [(each.paragraph.first, each.partner.first) for each in cleaned.removed] == [
        (line + 18, line) for line in range(3, 21)
    ]
    assert {each.kind for each in cleaned.removed} == {Kind.EXACT}
    assert {each.similarity for each in cleaned.removed} == {1.0}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_mark_stay_as_they_are(end: str, mark: str) -> None:
    cleaned = clean(mark + pasted_article(end))
    assert cleaned.text == mark + end.join((TITLE, *PARAGRAPHS)) + end


def test_edited_copies_go_too_and_say_how_alike_they_are() -> None:
    cleaned = clean(edited_article())
    assert cleaned.text == "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    kinds = [each.kind for each in cleaned.removed]
    assert len(kinds) == 18
    assert kinds.count(Kind.NEAR) >= 3
    for each in cleaned.removed:
        assert (each.kind == Kind.EXACT) == (each.similarity == 1.0)
        assert each.similarity >= 0.8


def test_several_documents_are_compared_with_each_other() -> None:
    copy, original = "\n".join(PASTED) + "\n", "\n".join((TITLE, *PARAGRAPHS)) + "\n"
    first, second = clean_documents([Document(copy, "a"), Document(original, "b")])
    assert first.text == copy
    assert second.text == "\n".join((TITLE, PARAGRAPHS[0])) + "\n"
    assert {each.partner.source for each in second.removed} == {"a"}


def test_the_options_of_find_are_handed_on() -> None:
    text = PARAGRAPHS[0] + "\n" + edit(PARAGRAPHS[0], 0) + "\n"
    assert clean(text, threshold=0.8).text == PARAGRAPHS[0] + "\n"
    assert clean(text, threshold=1.0).text == text
    assert clean("A b c.\nA b c.\n", min_tokens=1).text == "A b c.\n"
    with pytest.raises(ValueError, match="threshold is 2"):
        clean(text, threshold=2)


def test_a_short_paragraph_is_not_taken_out() -> None:
    text = "Yes.\nNo.\nYes.\n"
    assert clean(text).text == text


@pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", "One paragraph.\n"])
def test_what_repeats_nothing_stays(text: str) -> None:
    assert clean(text).text == text


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(TypeError, match="text is a bytes, not a str"):
        clean(b"A")  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(PARAGRAPHS), max_size=8), st.sampled_from(["\n", "\n\n"]))
def test_cleaning_twice_is_cleaning_once(texts: list[str], between: str) -> None:
    text = between.join(texts)
    assume(text)
    once = clean(text, "blank" if between == "\n\n" else "lines").text
    assert clean(once, "blank" if between == "\n\n" else "lines").text == once


@pytest.mark.skipif(not SEED.exists(), reason="the seed article is not beside this checkout")
def test_the_seed_article_keeps_its_first_20_lines() -> None:
    text = SEED.read_bytes().decode()
    cleaned = clean(text)
    assert cleaned.text == "".join(text.splitlines(keepends=True)[:20])
    assert [each.paragraph.first for each in cleaned.removed] == [*range(21, 39)]
