"""``AsyncIndex``: what ``Index`` does, for programs with an event loop.

Knows: arguments, which of two awaited stores is used. Does not know: how a page is decided or kept.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Unpack

from dedup.index.arguments import (
    Age,
    Options,
    Path,
    RequestedOptions,
    checked_keys,
    checked_limits,
    checked_texts,
)
from dedup.index.index import worth_compacting
from dedup.index.page import Paginator, Part
from dedup.index.protocol import Match, Met, Stats, StoreError
from dedup.index.settings import Settings
from dedup.index.sqlite.aio import ThreadedStore
from dedup.index.stores import check_options, on_server
from dedup.recipe import Recipe
from dedup.texts import Texts


class AwaitedStore(Protocol):
    """A ``protocol.Store`` that is awaited; every call is a unit of its own."""

    path: str
    settings: Settings

    async def decide(self, parts: Sequence[Part], learn: bool) -> list[list[Match | None]]:
        """Decide pages; ``learn`` as of ``decide_page``."""

    async def texts(self, key: str) -> list[str]:
        """See ``Store``."""

    async def remove(self, key: str) -> int:
        """See ``Store``."""

    async def prune(self, before: int | None, most: int | None) -> int:
        """See ``Store``."""

    async def met(self, key: str | None) -> list[Met]:
        """See ``Store``."""

    async def stats(self) -> Stats:
        """See ``Store``."""

    async def problems(self) -> list[str]:
        """See ``Store``."""

    async def compact(self) -> None:
        """See ``Store``."""

    async def close(self) -> None:
        """See ``Store``."""


class AsyncIndex:
    """``Index`` for event loops: the same arguments, answers, files and servers.

    Use it by ``async with``, or call ``open`` and ``close``. On a Redis server every request is
    awaited, and any number of tasks may make requests at once. In a file a single thread does the
    work, task after task, while the loop goes on. Pages are sketched in a thread; on a server they
    are decided in the loop, which takes some milliseconds for a page of 64.

    If a task is cancelled while it adds a page, the page is stored whole or not at all.
    """

    def __init__(
        self,
        path: Path = ":memory:",
        recipe: Recipe | None = None,
        *,
        readonly: bool = False,
        clock: Callable[[], float] = time.time,
        **options: Unpack[Options],
    ) -> None:
        self._path = os.fspath(path)
        self._requested = RequestedOptions(recipe, **options)
        check_options(self._path, self._requested)
        self._readonly, self._clock = readonly, clock
        self._opened: AwaitedStore | None = None

    async def open(self) -> AsyncIndex:
        """Open the index, or make it. Raises what ``Index`` raises."""
        if self._opened is not None:
            return self
        if on_server(self._path):
            from dedup.index.redis.aio import AwaitedRedis

            server = AwaitedRedis()
            await server.open(
                self._path, self._requested, self._requested.ttl, self._readonly, self._clock
            )
            self._opened = server
        else:
            store = ThreadedStore()
            await store.open(self._path, self._requested, self._readonly, self._clock)
            self._opened = store
        self._paginator = Paginator(self._opened.settings)
        return self

    async def close(self) -> None:
        """Close the index; everything acknowledged is stored already."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    async def __aenter__(self) -> AsyncIndex:
        return await self.open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def _store(self) -> AwaitedStore:
        if self._opened is None:
            raise StoreError(self.path, "it is not open", "open it by 'async with' or open()")
        return self._opened

    @property
    def path(self) -> str:
        """The file, ":memory:", or the address of the server, without its password."""
        if self._opened is not None:
            return self._opened.path
        if not on_server(self._path):
            return self._path
        from dedup.index.redis.server import read_address

        return read_address(self._path).plain

    @property
    def settings(self) -> Settings:
        """The settings of this index, once it is open."""
        return self._store.settings

    @property
    def recipe(self) -> Recipe:
        """The recipe of this index, once it is open."""
        return self.settings.recipe

    async def add(self, text: str, key: str) -> Match | None:
        """See ``Index.add``."""
        return (await self.add_many([text], [key]))[0]

    async def add_many(self, texts: Texts, keys: Sequence[str]) -> list[Match | None]:
        """See ``Index.add_many``."""
        checked = checked_texts(texts)
        return await self._decide(checked, checked_keys(keys, len(checked)), learn=True)

    async def query(self, text: str) -> Match | None:
        """See ``Index.query``."""
        return (await self.query_many([text]))[0]

    async def query_many(self, texts: Texts) -> list[Match | None]:
        """See ``Index.query_many``."""
        checked = checked_texts(texts)
        return await self._decide(checked, [""] * len(checked), learn=False)

    async def _decide(self, texts: list[str], keys: list[str], learn: bool) -> list[Match | None]:
        store = self._store
        answers: list[Match | None] = [None] * len(texts)
        parts = await asyncio.to_thread(lambda: list(self._paginator.pages(texts, keys)))
        if parts:
            pages = await store.decide(parts, learn)
            for (rows, _), matches in zip(parts, pages, strict=True):
                for row, match in zip(rows.tolist(), matches, strict=True):
                    answers[row] = match
        return answers

    async def remove(self, key: str) -> int:
        """See ``Index.remove``."""
        checked_keys([key], 1)
        return await self._store.remove(key)

    async def prune(self, older_than: Age | None = None, max_items: int | None = None) -> int:
        """See ``Index.prune``."""
        limits = checked_limits(older_than, max_items, self._clock())
        removed = await self._store.prune(*limits)
        if removed and worth_compacting(await self._store.stats()):
            await self._store.compact()
        return removed

    async def counts(self, key: str | None = None) -> list[Met]:
        """See ``Index.counts``."""
        return await self._store.met(key)

    async def texts(self, key: str) -> list[str]:
        """See ``Index.texts``."""
        if not self.settings.texts:
            raise ValueError("this index stores no texts (store_texts=False)")
        return await self._store.texts(key)

    async def stats(self) -> Stats:
        """See ``Index.stats``."""
        return await self._store.stats()

    async def check(self) -> list[str]:
        """See ``Index.check``."""
        return await self._store.problems()

    async def compact(self) -> None:
        """See ``Index.compact``."""
        await self._store.compact()
