"""Any iterable of pages: each page comes back without the paragraphs that were seen before.

Knows: pages as pairs of key and text, or as objects from which a function takes the two; a
generator and an asynchronous one. Does not know: how a page is cut into paragraphs, and how copies
are taken out of it (``repeats``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from dedup.index import Index, Match
from dedup.index.aio import AsyncIndex
from dedup.integrations import repeats
from dedup.integrations.repeats import CutPage, Repeat
from dedup.segment import segmenter

T = TypeVar("T")

#: Gives the key and the text of a page.
Get = Callable[[T], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class CleanedPage(Generic[T]):
    """A page without its copies.

    removed: the paragraphs that were taken out, each with what it repeats. left: copies that had to
    stay (see ``repeats.CleanedFields``). variants: paragraphs that are like one seen before but
    carry other facts; they stay. page: the object that was given.
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
    """Take out of each page the paragraphs that the index knows, and add the others to the index.

    Pages are read one at a time: the next one when the one before was yielded. A page is added to
    the index in one step.

    Args:
        pages: pairs of key and text, or any objects if ``get`` is given.
        index: an open index; None compares only the paragraphs of each page with each other.
        get: a function that returns the key and the text of an object.
        markup: what separates paragraphs, as in ``dedup.paragraphs``.
        revisits: what happens to a page that was seen before. "remove" takes out all that the index
            holds. "keep" leaves what it holds for the page of the same key, so that a page may be
            given again, changed or not, and loses nothing that it kept the first time.

    Raises: what ``Index.add_many`` raises; the page that caused the error was not added.
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
    """Do what ``clean_pages`` does without blocking the event loop.

    Args:
        pages: an iterable or an asynchronous one.
        index: an ``AsyncIndex``; or an ``Index``, which is asked in a thread.
        get, markup, revisits: as for ``clean_pages``.
    """
    _check(markup, revisits)
    return _each_async(pages, index, get or _pair, markup, revisits)


def _check(markup: str, revisits: str) -> None:
    segmenter(markup)
    repeats.check_revisits(revisits)


def _each(
    pages: Iterable[T], index: Index | None, get: Get[T], markup: str, revisits: str
) -> Iterator[CleanedPage[T]]:
    for page in pages:
        cut = _cut(page, get, markup)
        yield _cleaned(page, cut, repeats.add_page(cut, index, revisits))


async def _each_async(
    pages: AsyncIterable[T] | Iterable[T],
    index: Index | AsyncIndex | None,
    get: Get[T],
    markup: str,
    revisits: str,
) -> AsyncIterator[CleanedPage[T]]:
    async for page in _awaited(pages):
        cut = _cut(page, get, markup)
        if index is None or isinstance(index, Index):
            matches = await asyncio.to_thread(repeats.add_page, cut, index, revisits)
        else:
            answer = await index.add_many(cut.paragraphs, cut.keys)
            matches = await asyncio.to_thread(
                repeats.without_revisits, cut, answer, revisits, index.settings
            )
        yield _cleaned(page, cut, matches)


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


def _cut(page: T, get: Get[T], markup: str) -> CutPage:
    key, text = get(page)
    for name, value in (("key", key), ("text", text)):
        if not isinstance(value, str):
            raise TypeError(f"the {name} of a page is a {type(value).__name__}; it must be a str")
    return repeats.cut_page({"": text}, key, markup)


def _cleaned(page: T, cut: CutPage, matches: Sequence[Match | None]) -> CleanedPage[T]:
    answer = repeats.take_out(cut, matches)
    text = answer.values[""]
    assert isinstance(text, str)
    return CleanedPage(cut.key, text, answer.removed, answer.left, answer.variants, page)
