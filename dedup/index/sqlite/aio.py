"""The store in a file, for event loops: a single thread makes all calls, and they are awaited.

Knows: the thread. Does not know: how the store works, rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dedup.index.arguments import RequestedOptions
from dedup.index.decision import decide_page
from dedup.index.page import Part
from dedup.index.protocol import Match, Met, Stats, Store, drive
from dedup.index.settings import Settings
from dedup.index.stores import open_store

T = TypeVar("T")


class ThreadedStore:
    """A store that one thread calls; see ``aio.AwaitedStore``."""

    path: str
    settings: Settings

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "dedup-index")
        self._store: Store

    async def open(
        self,
        path: str,
        requested: RequestedOptions,
        readonly: bool,
        clock: Callable[[], float],
    ) -> None:
        """Open the store, or make it."""
        try:
            self._store = await self._in_thread(
                lambda: open_store(path, requested, readonly, clock)
            )
        except BaseException:
            self._pool.shutdown(wait=False)
            raise
        self.path, self.settings = self._store.path, self._store.settings

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, act)

    async def _unit(self, write: bool, act: Callable[[], T]) -> T:
        def run() -> T:
            with self._store.unit(write):
                return act()

        return await self._in_thread(run)

    async def decide(self, parts: Sequence[Part], learn: bool) -> list[list[Match | None]]:
        """Decide pages in one transaction."""
        return await self._unit(
            learn,
            lambda: [
                drive(self._store, decide_page(self.settings, page, learn)) for _, page in parts
            ],
        )

    async def texts(self, key: str) -> list[str]:
        """See ``Store``."""
        return await self._unit(False, lambda: self._store.texts(key))

    async def remove(self, key: str) -> int:
        """See ``Store``."""
        return await self._unit(True, lambda: self._store.remove(key))

    async def prune(self, before: int | None, most: int | None) -> int:
        """See ``Store``."""
        return await self._unit(True, lambda: self._store.prune(before, most))

    async def met(self, key: str | None) -> list[Met]:
        """See ``Store``."""
        return await self._unit(False, lambda: self._store.met(key))

    async def stats(self) -> Stats:
        """See ``Store``."""
        return await self._unit(False, lambda: self._store.stats())

    async def problems(self) -> list[str]:
        """See ``Store``."""
        return await self._unit(False, lambda: self._store.problems())

    async def compact(self) -> None:
        """See ``Store``."""
        await self._in_thread(self._store.compact)

    async def close(self) -> None:
        """Close the store and end the thread."""
        try:
            await self._in_thread(self._store.close)
        finally:
            self._pool.shutdown(wait=False)
