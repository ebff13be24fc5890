"""Runs: pasted blocks are one finding, and take their short paragraphs along."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from tests.support import brute

#: Paragraphs by letter: capitals are long enough to compete, the others are not.
TEXTS = {
    letter: " ".join(f"{letter}{k}" for k in range(10)) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
} | {
    "a": "Advertisement",
    "b": "Read more",
    "c": "Advertisement!",
    "*": "* * *",
    "-": "---",
    "_": "",
}


def page(letters: str, source: str = "page", record: str | None = None) -> list[dedup.Paragraph]:
    """Write a document, one paragraph for each letter; ``A'`` is an edited ``A``."""
    texts: list[str] = []
    for letter in letters:
        if letter == "'":
            texts[-1] += " edited"
        else:
            texts.append(TEXTS[letter])
    return [dedup.Paragraph(text, source, record, line, line) for line, text in enumerate(texts, 1)]


def runs_of(pages: Sequence[dedup.Paragraph] | Sequence[str]) -> list[tuple[int, ...]]:
    found = dedup.find(pages)
    return [(r.kept, r.kept_last, r.copy, r.copy_last, r.paragraphs) for r in found.runs()]


RUNS: dict[str, tuple[str, list[tuple[int, ...]]]] = {
    "no copy": ("ABC", []),
    "one copy is no run": ("ABCA", []),
    "two copies side by side": ("ABAB", [(0, 1, 2, 3, 2)]),
    "a block right after its original": ("ABCABC", [(0, 2, 3, 5, 3)]),
    "a block far from its original": ("ABCXYZABC", [(0, 2, 6, 8, 3)]),
    "edited copies": ("ABCA'B'C'", [(0, 2, 3, 5, 3)]),
    "a paragraph put into the copy": ("ABCDABXCD", [(0, 3, 4, 8, 4)]),
    "a paragraph left out of the copy": ("ABCDEABDE", [(0, 4, 5, 8, 4)]),
    "a paragraph rewritten": ("ABCDEABXDE", [(0, 4, 5, 9, 4)]),
    "two paragraphs put in part a run": ("ABCDABXYCD", [(0, 1, 4, 5, 2), (2, 3, 8, 9, 2)]),
    "two paragraphs left out part a run": ("ABCDEFABEF", [(0, 1, 6, 7, 2), (4, 5, 8, 9, 2)]),
    "two rewritten in a row part a run": ("ABCDEFABXYEF", [(0, 1, 6, 7, 2), (4, 5, 10, 11, 2)]),
    "the same block twice": ("ABCABCABC", [(0, 2, 3, 5, 3), (0, 2, 6, 8, 3)]),
    "copies in reverse order are no run": ("ABCCBA", []),
    "one paragraph many times is no run": ("AAAA", []),
}


@pytest.mark.parametrize(("letters", "expected"), RUNS.values(), ids=RUNS)
def test_runs(letters: str, expected: list[tuple[int, ...]]) -> None:
    assert runs_of(page(letters)) == expected
    assert runs_of([each.text for each in page(letters)]) == expected


def test_a_run_lies_within_one_document() -> None:
    assert runs_of(page("ABCD", "x") + page("ABCD", "y")) == [(0, 3, 4, 7, 4)]
    # The copy ends in one document and goes on in the next.
    assert runs_of(page("ABCD", "x") + page("AB", "y") + page("CD", "z")) == [
        (0, 1, 4, 5, 2),
        (2, 3, 6, 7, 2),
    ]
    # The kept paragraphs stand in two documents.
    assert runs_of(page("AB", "x") + page("CD", "y") + page("ABCD", "z")) == [
        (0, 1, 4, 5, 2),
        (2, 3, 6, 7, 2),
    ]
    # Two records of one source are two documents.
    assert runs_of(page("AB", "x", "1") + page("A", "x", "2") + page("B", "x", "3")) == []


def test_texts_without_places_are_one_document() -> None:
    texts = [each.text for each in page("AB") + page("AB")]
    assert runs_of(texts) == [(0, 1, 2, 3, 2)]


def test_a_run_before_its_original() -> None:
    # Rank keeps the later block; the run is told of the earlier one.
    pages = page("ABCXYZABC")
    found = dedup.find(pages, rank=[-k for k in range(9)])
    (run,) = found.runs()
    assert (run.kept, run.kept_last, run.copy, run.copy_last) == (6, 8, 0, 2)


def test_the_similarity_of_a_run_is_the_mean_of_its_copies() -> None:
    (run,) = dedup.find(page("ABA'B")).runs()
    assert run.similarity == pytest.approx((20 / 21 + 1.0) / 2)


@given(
    st.lists(st.tuples(st.sampled_from("ABCDEFa*"), st.booleans()), max_size=25),
    st.lists(st.integers(0, 2), max_size=25),
)
def test_runs_are_those_of_chaining_by_hand(
    letters: list[tuple[str, bool]], sources: list[int]
) -> None:
    pages = []
    for k, (letter, edited) in enumerate(letters):
        source = str(sorted(sources)[k]) if k < len(sources) else "9"
        text = TEXTS[letter] + " edited" * (edited and letter.isupper())
        pages.append(dedup.Paragraph(text, source, None, k, k))
    found = dedup.find(pages)
    expected = brute.runs(
        found.kept.tolist(), found.match.tolist(), [int(each.source) for each in pages]
    )
    assert [(r.kept, r.kept_last, r.copy, r.copy_last, r.paragraphs) for r in found.runs()] == (
        expected
    )


#: Letters of the page, and what of it goes.
SHORT = {
    "a short paragraph repeated alone stays": ("aXa", ""),
    "a short paragraph inside a pasted block goes": ("AaBXAaB", "AaB"),
    "one before a pasted block goes": ("aABXaAB", "aAB"),
    "one after a pasted block goes": ("ABaXABa", "ABa"),
    "one beside a single copy stays": ("AaXAa", "A"),
    "one before a single copy stays": ("aAXaA", "A"),
    "several in a row go": ("AabB*XAabB*", "AabB*"),
    "a line of symbols goes": ("A*BXA*B", "A*B"),
    "an empty paragraph goes": ("A_BXA_B", "A_B"),
    "other symbols stay": ("A*BXA-B", "AB"),
    "symbols for nothing stay": ("A*BXA_B", "AB"),
    "another short paragraph stays": ("AaBXAbB", "AB"),
    "one with other punctuation goes": ("AaBXAcB", "AcB"),
    "one that is put in stays": ("ABXAaB", "AB"),
    "one at another place stays": ("aABXAaB", "AB"),
    "one after another short one that stays, stays": ("ABabXABbb", "AB"),
    "the block repeated in place": ("AaBAaB", "AaB"),
    "a pasted block without two long paragraphs stays whole": ("AabXAab", "A"),
    "one after a rewritten paragraph of the block goes": ("AXBaAYBa", "ABa"),
    "edited copies take their short ones along": ("AaBXA'aB'", "A'aB'"),
}


@pytest.mark.parametrize(("letters", "gone"), SHORT.values(), ids=SHORT)
def test_what_goes(letters: str, gone: str) -> None:
    pages = page(letters)
    found = dedup.find(pages)
    removed = [pages[k].text for k in range(len(pages)) if not found.kept[k]]
    assert removed == [each.text for each in page(gone)]
    for k in range(len(pages)):
        partner = int(found.match[k])
        assert found.kept[partner]
        if not found.kept[k] and len(brute.words(pages[k].text)) < 8:
            assert brute.words(pages[partner].text) == brute.words(pages[k].text)
            assert found.kind[k] == dedup.Kind.EXACT
            assert found.similarity[k] == 1.0


def test_without_places_short_paragraphs_stay() -> None:
    texts = [each.text for each in page("AaBXAaB")]
    assert dedup.find(texts).kept.tolist() == [True] * 4 + [False, True, False]


def test_a_run_is_one_run_with_its_short_paragraphs() -> None:
    assert runs_of(page("AabBXAabB")) == [(0, 3, 5, 8, 4)]


def test_short_paragraphs_go_with_a_run_across_documents() -> None:
    found = dedup.find(page("AaB", "x") + page("AaB", "y"))
    assert found.kept.tolist() == [True] * 3 + [False] * 3


def test_short_paragraphs_of_another_document_stay() -> None:
    found = dedup.find(page("ABa", "x") + page("AB", "y") + page("a", "z"))
    assert found.kept.tolist() == [True] * 3 + [False] * 2 + [True]


@given(st.text("ABCDab*_-XYZ", max_size=24), st.booleans(), st.integers(0, 24))
def test_law_6(letters: str, backwards: bool, cut: int) -> None:
    pages = page(letters[:cut], "x") + page(letters[cut:], "y")
    rank = [-k for k in range(len(pages))] if backwards else None
    found = dedup.find(pages, rank=rank)
    plain = dedup.find([each.text for each in pages], rank=rank)
    inside = {k for r in found.runs() for k in range(r.copy, r.copy_last + 1)}
    for k, each in enumerate(pages):
        partner = int(found.match[k])
        assert found.kept[partner]
        if len(brute.words(each.text)) >= 8:
            # Short paragraphs don't matter to the others.
            assert found.kept[k] == plain.kept[k]
            assert found.match[k] == plain.match[k]
            continue
        assert plain.kept[k]
        if not found.kept[k]:
            assert k in inside
            assert brute.words(pages[partner].text) == brute.words(each.text)
            assert brute.words(each.text) or pages[partner].text == each.text
    for run in found.runs():
        copies = [k for k in range(run.copy, run.copy_last + 1) if not found.kept[k]]
        shorts = [k for k in copies if len(brute.words(pages[k].text)) < 8]
        assert len(copies) == run.paragraphs
        assert not shorts or len(copies) - len(shorts) >= 2
