"""trafilatura's text without what other pages have, and an index in place of its own cache."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import dedup
from tests.support import site

trafilatura = pytest.importorskip("trafilatura")

from dedup.integrations.trafilatura import PageCache, extract  # noqa: E402 - needs trafilatura


def html_of(paragraphs: list[str], quoted: str = "") -> str:
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    quote = f"<blockquote><p>{quoted}</p></blockquote>" if quoted else ""
    return (
        f"<html><head><title>T</title></head><body><article>{body}{quote}</article></body></html>"
    )


def make(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    return [site.sentence(draw, 30) for _ in range(count)]


@pytest.fixture
def near() -> list[str]:
    """Five paragraphs that are nearly the same."""
    draw = random.Random(9)
    (text,) = make(8, 1)
    return [text, *(site.edited(draw, text) for _ in range(4))]


def test_extracted_pages_keep_what_find_keeps() -> None:
    pages = site.make_pages(40)
    with dedup.Index() as index:
        cleaned = [
            extract(site.html_of(page, number, len(pages)), index, f"http://site/{number}")
            for number, page in enumerate(pages)
        ]
        recipe = index.recipe
    texts = [[] if each is None else each.page.splitlines() for each in cleaned]
    assert sum(map(len, texts)) > 300
    flags = iter(dedup.find([line for text in texts for line in text], recipe=recipe).kept.tolist())
    kept = [[line for line in text if next(flags)] for text in texts]
    assert [[] if each is None else each.text.splitlines() for each in cleaned] == kept
    assert cleaned[5] is not None
    assert cleaned[5].key == "http://site/5"


def test_without_an_index_only_what_repeats_inside_the_page_goes(near: list[str]) -> None:
    other = make(2, 2)
    for _ in range(2):
        cleaned = extract(html_of([near[0], *other, near[1]]))
        assert cleaned is not None
        assert cleaned.text.splitlines() == [near[0], *other]


def test_markdown_keeps_its_marks_and_a_page_without_text_is_none() -> None:
    first, second = make(3, 2)
    html = html_of([first], quoted=second)
    with dedup.Index() as index:
        assert extract("<html><body></body></html>", index) is None
        cleaned = extract(html, index, "a", output_format="markdown")
        assert cleaned is not None
        assert cleaned.text == cleaned.page == trafilatura.extract(html, output_format="markdown")
        again = extract(html_of([second, *make(4, 1)]), index, "b", output_format="markdown")
        assert again is not None
        assert again.text.split() == make(4, 1)[0].split()
    with pytest.raises(ValueError, match="output_format is 'xml'; it must be one of 'txt'"):
        extract(html, output_format="xml")


def test_the_cache_drops_near_copies_of_other_pages_where_trafilaturas_own_keeps_them(
    near: list[str],
) -> None:
    pages = [html_of([*make(20 + number, 2), text]) for number, text in enumerate(near)]
    own = trafilatura.deduplication.LRUCache()
    theirs = [trafilatura.extract(page, deduplicate=own) for page in pages]
    assert [text in extracted for text, extracted in zip(near, theirs, strict=True)] == [True] * 5
    for _ in range(2):
        with dedup.Index() as index:
            ours = [
                trafilatura.extract(page, deduplicate=PageCache(index, f"page/{number}"))
                for number, page in enumerate(pages)
            ]
        kept = [text in extracted for text, extracted in zip(near, ours, strict=True)]
        assert kept == [True, False, False, False, False]
        assert all(
            make(20 + number, 2) == extracted.splitlines()[:2]
            for number, extracted in enumerate(ours)
        )


def test_a_document_that_says_nothing_new_is_discarded_and_one_met_again_is_not(
    tmp_path: Path,
) -> None:
    page = html_of(make(30, 3), quoted=make(31, 1)[0])
    whole = trafilatura.extract(page)
    for _ in range(2):
        with dedup.Index(tmp_path / "seen.db") as index:
            assert trafilatura.extract(page, deduplicate=PageCache(index, "a")) == whole
            assert not trafilatura.extract(page, deduplicate=PageCache(index, "b"))
            assert index.check() == []


def test_a_page_is_not_discarded_for_what_it_repeats_while_a_paragraph_of_it_is_new() -> None:
    known = make(50, 6)
    (new,) = make(51, 1)
    with dedup.Index() as index:
        first = PageCache(index, "a")
        assert [first.increment(each) for each in known] == [-1] * 6
        for key, texts, discarded in (
            ("b", known, True),
            ("c", [*known, "A short line"], True),
            ("d", [*known, new], False),
        ):
            page = PageCache(index, key)
            assert [page.increment(each) > 2 for each in texts] == [each in known for each in texts]
            assert (page.increment(" ".join(texts)) > 2) == discarded


def test_only_what_stands_by_itself_is_stored() -> None:
    paragraphs = make(40, 4)
    with dedup.Index() as index:
        trafilatura.extract(html_of(paragraphs), deduplicate=PageCache(index, "a"))
        stored = [text for met in index.counts() for text in index.texts(met.key)]
    assert stored == paragraphs


def test_a_cache_is_of_a_page() -> None:
    with (
        dedup.Index() as index,
        pytest.raises(ValueError, match="key is ''; it must name the page"),
    ):
        PageCache(index, "")
