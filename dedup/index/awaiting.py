"""The index for programs with an event loop: what ``Index`` does, awaited.

Knows: arguments, which of two awaited stores. Does not know: how a page is decided or kept.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol, Unpack

from dedup.index.asking import (
    Cutter,
    Options,
    Part,
    Path,
    Seconds,
    Wanted,
    checked_keys,
    checked_limits,
    checked_texts,
)
from dedup.index.indexing import worth_compacting
from dedup.index.opening import check_options, on_server
from dedup.index.settings import Settings
from dedup.index.steps import Match, Met, Stats, StoreError
from dedup.index.threaded import ThreadedStore
from dedup.recipe import Recipe
from dedup.texts import Texts


class AwaitedStore(Protocol):
    """What ``steps.Store`` is, awaited; every call is a unit of its own."""

    path: str
    settings: Settings

    async def decide(self, parts: Sequence[Part], learn: bool) -> list[list[Match | None]]:
        """Decide pages; ``learn`` as of ``decide_page``."""

    async def texts(self, name: str) -> list[str]:
        """See ``Store``."""

    async def remove(self, name: str) -> int:
        """See ``Store``."""

    async def prune(self, before: int | None, most: int | None) -> int:
        """See ``Store``."""

    async def met(self, name: str | None) -> list[Met]:
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
    """``Index``, awaited: the same arguments, the same answers, the same files and servers.

    Use it by ``async with``, or ``open`` and ``close`` it. On a Redis server everything is awaited,
    and any number of tasks may ask at once. In a file one thread of its own does the work, task
    after task, so that the loop goes on. Pages are sketched in a thread; on a server they are
    decided in the loop, which takes some milliseconds a page of 64.

    A task that is cancelled while it adds a page may have added it, whole.
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
        self._wanted = Wanted(recipe, **options)
        check_options(self._path, self._wanted)
        self._readonly, self._clock = readonly, clock
        self._opened: AwaitedStore | None = None

    async def open(self) -> AsyncIndex:
        """Open the index, made if it isn't there. Raises what ``Index`` raises."""
        if self._opened is not None:
            return self
        if on_server(self._path):
            from dedup.index.redis.awaited import AwaitedRedis

            server = AwaitedRedis()
            await server.open(
                self._path, self._wanted, self._wanted.ttl, self._readonly, self._clock
            )
            self._opened = server
        else:
            thread = ThreadedStore()
            await thread.open(self._path, self._wanted, self._readonly, self._clock)
            self._opened = thread
        self._cutter = Cutter(self._opened.settings)
        return self

    async def close(self) -> None:
        """Close the index; everything acknowledged is in it already."""
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

    async def _decide(self, texts: list[str], names: list[str], learn: bool) -> list[Match | None]:
        store = self._store
        answers: list[Match | None] = [None] * len(texts)
        parts = await asyncio.to_thread(lambda: list(self._cutter.pages(texts, names)))
        if parts:
            told = await store.decide(parts, learn)
            for (rows, _), matches in zip(parts, told, strict=True):
                for row, match in zip(rows.tolist(), matches, strict=True):
                    answers[row] = match
        return answers

    async def remove(self, key: str) -> int:
        """See ``Index.remove``."""
        checked_keys([key], 1)
        return await self._store.remove(key)

    async def prune(self, older_than: Seconds | None = None, max_items: int | None = None) -> int:
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
