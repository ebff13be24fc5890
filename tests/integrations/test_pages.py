"""Pages against an index: what stays is what ``find`` keeps, one page at a time and in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup.integrations.pages import CleanedPage, clean_pages, clean_pages_async
from dedup.integrations.repeats import copied_share, cut_page, find_in, take_out, without_revisits
from tests.support import laws, site

LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
EDITED = "the ferry of line 12 leaves the old harbour at nine and comes back over the river"
VARIANT = LONG.replace("12", "14")
OTHER = "seven lamps stood in the window of the council house all through that long winter"


def texts_of(pages: list[list[str]]) -> list[tuple[str, str]]:
    return [(f"page/{number}", "\n".join(page)) for number, page in enumerate(pages)]


def kept_of(pages: list[list[str]], recipe: dedup.Recipe) -> list[list[str]]:
    """What ``find`` keeps of each page."""
    flags = iter(dedup.find([each for page in pages for each in page], recipe=recipe).kept.tolist())
    return [[each for each in page if next(flags)] for page in pages]


def test_pages_keep_what_find_keeps_though_the_index_is_reopened(tmp_path: Path) -> None:
    pages = site.make_pages(80)
    cleaned: list[CleanedPage[tuple[str, str]]] = []
    for begin in range(0, 80, 30):
        with dedup.Index(tmp_path / "seen.db") as index:
            cleaned += clean_pages(texts_of(pages)[begin : begin + 30], index)
            recipe = index.recipe
    assert [each.text.splitlines() for each in cleaned] == kept_of(pages, recipe)
    assert [(each.key, each.page[1]) for each in cleaned] == texts_of(pages)
    texts = {
        f"page/{number}#{line}": text
        for number, page in enumerate(pages)
        for line, text in enumerate(page, 1)
    }
    removed = [each for page in cleaned for each in page.removed]
    assert len(removed) + sum(len(each.text.splitlines()) for each in cleaned) == len(texts)
    for each in removed:
        repeated = dedup.similarity(each.paragraph.text, texts[each.match.key])
        assert repeated == pytest.approx(each.match.similarity)
        assert repeated >= 0.8


@given(laws.text_lists(30), st.integers(1, 9))
@settings(max_examples=20)
def test_entries_of_lists_keep_what_find_keeps(texts: list[str], size: int) -> None:
    pages = [texts[at : at + size] for at in range(0, len(texts), size)]
    with dedup.Index(":memory:", laws.BANDED) as index:
        kept = []
        for number, page in enumerate(pages):
            cut = cut_page({"body": page}, str(number))
            answer = take_out(cut, index.add_many(cut.paragraphs, cut.keys))
            kept.append(answer.values["body"])
            assert len(answer.removed) + len(kept[-1]) == len(page)
    assert kept == kept_of(pages, laws.BANDED)


def test_a_page_is_read_when_the_one_before_was_given_out() -> None:
    read = []

    def pages() -> Iterator[tuple[str, str]]:
        for number in range(5):
            read.append(number)
            yield str(number), LONG

    with dedup.Index() as index:
        cleaned = clean_pages(pages(), index)
        assert read == []
        assert next(cleaned).text == LONG
        assert read == [0]
        assert len(index) == 1
        assert next(cleaned).text == ""
        assert read == [0, 1]


def test_objects_are_read_by_a_getter_and_come_back() -> None:
    @dataclass
    class Response:
        url: str
        body: str

    responses = [Response("a", f"{LONG}\n\n{OTHER}\n"), Response("b", f"{EDITED}\n\nAnd more.\n")]
    with dedup.Index() as index:
        first, second = clean_pages(responses, index, lambda each: (each.url, each.body))
    assert first.page is responses[0]
    assert (second.page.url, second.text) == ("b", "And more.\n")
    (removed,) = second.removed
    assert removed.match == dedup.Match("a#1", dedup.similarity(LONG, EDITED), dedup.Kind.NEAR)
    assert removed.to_dict() == {
        "field": "", "first": 1, "last": 1, "start": 0, "end": len(EDITED), "text": EDITED,
        "key": "a#1", "similarity": round(removed.match.similarity, 6), "kind": "near",
    }  # fmt: skip


def test_variants_stay_and_are_told() -> None:
    with dedup.Index() as index:
        _, second = clean_pages([("a", LONG), ("b", VARIANT)], index)
    assert second.text == VARIANT
    assert second.removed == ()
    assert [each.match.key for each in second.variants] == ["a#1"]


def test_pages_are_cut_as_their_markup_says() -> None:
    first = f"{LONG}\n\n    {OTHER}\n"
    second = f"- *{LONG}*\n\n```\n{LONG}\n```\n\n{OTHER}\n"
    with dedup.Index() as index:
        _, cleaned = clean_pages([("a", first), ("b", second)], index, markup="markdown")
    assert cleaned.text == f"```\n{LONG}\n```\n\n{OTHER}\n"
    assert [each.match.key for each in cleaned.removed] == ["a#1"]


def test_without_an_index_each_page_is_compared_with_itself_alone() -> None:
    pages = [("a", f"{LONG}\n{OTHER}\n{EDITED}\n"), ("b", f"{LONG}\n")]
    first, second = clean_pages(pages, None)
    assert first.text == dedup.clean(pages[0][1]).text == f"{LONG}\n{OTHER}\n"
    assert [(each.match.key, each.match.kind) for each in first.removed] == [
        ("a#1", dedup.Kind.NEAR)
    ]
    assert second.text == pages[1][1]


def test_a_page_given_twice_loses_only_what_it_repeats_itself_if_revisits_are_kept() -> None:
    page = ("a", f"{LONG}\n{OTHER}\n{EDITED}\n")
    moved = ("a", f"One line more.\n{OTHER}\n{LONG}\n")
    with dedup.Index() as index:
        first, second, third = clean_pages([page, page, moved], index, revisits="keep")
    assert first.text == second.text == f"{LONG}\n{OTHER}\n"
    assert third.text == moved[1]


PAGE = f"{LONG}\n{OTHER}\n"
NEW = "one more paragraph that no other page has said in these words or in words like them"

REVISITED = {
    "the page as it was": ("a", PAGE, PAGE),
    "the page as it came out": ("a", "", ""),
    "a line above all others": ("a", f"{NEW}\n{PAGE}", f"{NEW}\n{PAGE}"),
    "other order": ("a", f"{OTHER}\n{LONG}\n", f"{OTHER}\n{LONG}\n"),
    "a paragraph edited": ("a", f"{EDITED}\n{OTHER}\n", f"{EDITED}\n{OTHER}\n"),
    "a paragraph twice": ("a", f"{PAGE}{LONG}\n", PAGE),
    "an edited copy before the old paragraph": ("a", f"{EDITED}\n{PAGE}", PAGE),
    "a new paragraph twice": ("a", f"{NEW}\n{PAGE}{NEW}\n", f"{NEW}\n{PAGE}"),
    "another page": ("b", f"{PAGE}{NEW}\n", f"{NEW}\n"),
    "another page whose key begins alike": ("a#1", f"{PAGE}{NEW}\n", f"{NEW}\n"),
}


@pytest.mark.parametrize(("key", "text", "left"), REVISITED.values(), ids=REVISITED)
def test_a_page_seen_before_keeps_what_it_kept_wherever_it_stands_now(
    key: str, text: str, left: str
) -> None:
    with dedup.Index() as index:
        assert [each.text for each in clean_pages([("a", PAGE)], index)] == [PAGE]
        for _ in range(2):
            (page,) = clean_pages([(key, text)], index, revisits="keep")
            assert page.text == left
            text = page.text


def test_of_a_page_without_a_key_nothing_is_known_again() -> None:
    with dedup.Index() as index:
        first, second = clean_pages([("", PAGE), ("", PAGE)], index, revisits="keep")
        assert (first.text, second.text) == (PAGE, "")


@given(laws.text_lists(24), st.integers(1, 6))
@settings(max_examples=20)
def test_pages_given_again_and_pages_cleaned_again_come_out_the_same(
    texts: list[str], size: int
) -> None:
    lines = [" ".join(each.split()) for each in texts if each.split()]
    pages = [
        (str(at), "".join(f"{line}\n" for line in lines[at : at + size]))
        for at in range(0, len(lines), size)
    ]
    with dedup.Index(":memory:", laws.BANDED) as index:
        answers: list[list[tuple[str, str]]] = []
        for whole in (True, False, True):
            cleaned = clean_pages(
                pages if whole else answers[0], index, markup="lines", revisits="keep"
            )
            answers.append([(each.key, each.text) for each in cleaned])
    assert answers[0] == answers[1] == answers[2]


def test_of_several_paragraphs_at_one_line_those_that_are_new_stay() -> None:
    cut = cut_page({"": f"<p>{LONG}</p><p>{OTHER}</p><p>{LONG}</p>"}, "a", "html")
    with dedup.Index() as index:
        for _ in range(2):
            matches = index.add_many(cut.paragraphs, cut.keys)
            matches = without_revisits(cut, matches, "keep", index.settings)
            assert [match is None for match in matches] == [True, True, False]


def test_the_share_of_copies_counts_words_of_paragraphs_that_are_compared() -> None:
    cut = cut_page({"": f"Read more\n{LONG}\n{OTHER}\n{EDITED}\n"}, "a")
    words = [len(each.split()) for each in (LONG, OTHER, EDITED)]
    assert copied_share(cut, find_in([cut])[0], 8) == words[2] / sum(words)
    assert copied_share(cut, [None] * 4, 8) == 0.0
    empty = cut_page({"": "\n"}, "a")
    assert copied_share(empty, [], 8) == 0.0


def test_awaited_pages_are_those_of_the_generator() -> None:
    pages = texts_of(site.make_pages(30))

    async def given() -> AsyncIterator[tuple[str, str]]:
        for page in pages:
            await asyncio.sleep(0)
            yield page

    async def collect(awaited: bool, source: bool) -> list[CleanedPage[tuple[str, str]]]:
        if awaited:
            async with dedup.AsyncIndex() as index:
                cleaned = clean_pages_async(given() if source else pages, index)
                return [each async for each in cleaned]
        with dedup.Index() as called:
            cleaned = clean_pages_async(given() if source else pages, called)
            return [each async for each in cleaned]

    with dedup.Index() as index:
        called = list(clean_pages(pages, index))
    for awaited, source in ((False, False), (True, False), (True, True)):
        assert asyncio.run(collect(awaited, source)) == called

    async def alone() -> list[str]:
        return [each.text async for each in clean_pages_async(pages, None)]

    assert asyncio.run(alone()) == [each.text for each in clean_pages(pages, None)]


def test_wrong_arguments_are_named_before_a_page_is_read() -> None:
    with dedup.Index() as index:
        with pytest.raises(ValueError, match="markup is 'htm'; it must be one of"):
            clean_pages([("a", "b")], index, markup="htm")
        with pytest.raises(
            ValueError, match="revisits is 'no'; it must be one of 'remove', 'keep'"
        ):
            clean_pages_async([("a", "b")], index, revisits="no")
        with pytest.raises(TypeError, match=r"a page is a str; it must be \(key, text\)"):
            next(clean_pages(["ab"], index))
        with pytest.raises(TypeError, match="the text of a page is a bytes; it must be a str"):
            next(clean_pages([("a", b"b")], index))
        assert len(index) == 0
