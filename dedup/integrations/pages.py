"""Any iterable of pages: each without the paragraphs that the index has met.

Knows: pages as (key, text) or as objects with a getter, called and awaited. Does not know: how a
page is cut and put together (``repeats``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dedup.index import Index, Match
from dedup.index.awaiting import AsyncIndex
from dedup.integrations import repeats
from dedup.integrations.repeats import Page, Repeat
from dedup.segment import segmenter

T = TypeVar("T")

#: Gives the key and the text of a page.
Get = Callable[[T], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CleanedPage(Generic[T]):
    """A page without its copies.

    key, text; removed: what was taken out, and what it repeats; left: copies that had to stay (see
    ``repeats.Answer``); variants: what is like a paragraph met before and was kept; page: what the
    iterable gave.
    """

    key: str
    text: str
    removed: tuple[Repeat, ...]
    left: tuple[Repeat, ...]
    variants: tuple[Repeat, ...]
    page: T


def clean_pages(
    pages: Iterable[T],
    index: Index | None,
    get: Get[T] | None = None,
    *,
    markup: str = "auto",
    revisits: str = "remove",
) -> Iterator[CleanedPage[T]]:
    """Take out of each page what the index has met, and let the index learn the rest.

    pages: of (key, text), or of anything else where ``get`` gives these of each. A page is read
    when the one before was given out, and added to the index in one step. index: None compares the
    paragraphs of each page among themselves. markup: as of ``dedup.paragraphs``. revisits: "remove"
    takes a page that is met again for a copy; "keep" leaves what stands at the line where the page
    of that key had it before, so that a page may be given twice.

    Raises what ``Index.add_many`` raises; a page that made trouble was not added.
    """
    _check(markup, revisits)
    return _each(pages, index, get or _pair, markup, revisits)


def clean_pages_async(
    pages: AsyncIterable[T] | Iterable[T],
    index: Index | AsyncIndex | None,
    get: Get[T] | None = None,
    *,
    markup: str = "auto",
    revisits: str = "remove",
) -> AsyncIterator[CleanedPage[T]]:
    """Do what ``clean_pages`` does, awaited; an ``Index`` is asked in a thread."""
    _check(markup, revisits)
    return _each_async(pages, index, get or _pair, markup, revisits)


def _check(markup: str, revisits: str) -> None:
    segmenter(markup)
    repeats.check_revisits(revisits)


def _each(
    pages: Iterable[T], index: Index | None, get: Get[T], markup: str, revisits: str
) -> Iterator[CleanedPage[T]]:
    for page in pages:
        key, cut = _cut(page, get, markup)
        matches = repeats.within(cut) if index is None else index.add_many(cut.paragraphs, cut.keys)
        yield _cleaned(page, key, cut, matches, revisits)


async def _each_async(
    pages: AsyncIterable[T] | Iterable[T],
    index: Index | AsyncIndex | None,
    get: Get[T],
    markup: str,
    revisits: str,
) -> AsyncIterator[CleanedPage[T]]:
    async for page in _awaited(pages):
        key, cut = _cut(page, get, markup)
        if index is None:
            matches = await asyncio.to_thread(repeats.within, cut)
        elif isinstance(index, Index):
            matches = await asyncio.to_thread(index.add_many, cut.paragraphs, cut.keys)
        else:
            matches = await index.add_many(cut.paragraphs, cut.keys)
        yield _cleaned(page, key, cut, matches, revisits)


async def _awaited(pages: AsyncIterable[T] | Iterable[T]) -> AsyncIterator[T]:
    if isinstance(pages, AsyncIterable):
        async for page in pages:
            yield page
    else:
        for page in pages:
            yield page


def _pair(page: object) -> tuple[str, str]:
    if not isinstance(page, tuple | list) or len(page) != 2:
        raise TypeError(f"a page is a {type(page).__name__}; it must be (key, text), or give get=")
    return page[0], page[1]


def _cut(page: T, get: Get[T], markup: str) -> tuple[str, Page]:
    key, text = get(page)
    for name, value in (("key", key), ("text", text)):
        if not isinstance(value, str):
            raise TypeError(f"the {name} of a page is a {type(value).__name__}; it must be a str")
    return key, repeats.cut_page({"": text}, key, markup)


def _cleaned(
    page: T, key: str, cut: Page, matches: Sequence[Match | None], revisits: str
) -> CleanedPage[T]:
    answer = repeats.take_out(cut, repeats.settle(cut, matches, revisits))
    text = answer.values[""]
    assert isinstance(text, str)
    return CleanedPage(key, text, answer.removed, answer.left, answer.variants, page)
