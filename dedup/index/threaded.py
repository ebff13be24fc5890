"""A store that is called, made one that is awaited: one thread of its own does everything.

Knows: the thread. Does not know: which store, rules.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dedup.index.asking import Part, Wanted
from dedup.index.deciding import decide_page
from dedup.index.indexing import drive
from dedup.index.opening import open_store
from dedup.index.settings import Settings
from dedup.index.steps import Match, Met, Stats, Store

T = TypeVar("T")


class ThreadedStore:
    """A store in one thread; see ``awaiting.AwaitedStore``."""

    path: str
    settings: Settings

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "dedup-index")
        self._store: Store

    async def open(
        self,
        path: str,
        wanted: Wanted,
        readonly: bool,
        clock: Callable[[], float],
    ) -> None:
        """Open it, made if it isn't there."""
        try:
            self._store = await self._there(lambda: open_store(path, wanted, readonly, clock))
        except BaseException:
            self._pool.shutdown(wait=False)
            raise
        self.path, self.settings = self._store.path, self._store.settings

    async def _there(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, act)

    async def _unit(self, write: bool, act: Callable[[], T]) -> T:
        def run() -> T:
            with self._store.unit(write):
                return act()

        return await self._there(run)

    async def decide(self, parts: Sequence[Part], learn: bool) -> list[list[Match | None]]:
        """Decide pages in one transaction."""
        return await self._unit(
            learn,
            lambda: [
                drive(self._store, decide_page(self.settings, page, learn)) for _, page in parts
            ],
        )

    async def texts(self, name: str) -> list[str]:
        """List the texts stored under a sender's key."""
        return await self._unit(False, lambda: self._store.texts(name))

    async def remove(self, name: str) -> int:
        """Remove the paragraphs under a key; say how many there were."""
        return await self._unit(True, lambda: self._store.remove(name))

    async def prune(self, before: int | None, most: int | None) -> int:
        """Remove who was last met before a time, and who is beyond the ``most`` latest met."""
        return await self._unit(True, lambda: self._store.prune(before, most))

    async def met(self, name: str | None) -> list[Met]:
        """List how often paragraphs were met, in order of number; None: all."""
        return await self._unit(False, lambda: self._store.met(name))

    async def stats(self) -> Stats:
        """Count what is stored."""
        return await self._unit(False, lambda: self._store.stats())

    async def problems(self) -> list[str]:
        """List what is wrong."""
        return await self._unit(False, lambda: self._store.problems())

    async def compact(self) -> None:
        """Drop what was removed from the buckets and give space back."""
        await self._there(self._store.compact)

    async def close(self) -> None:
        """Close the store and end the thread."""
        try:
            await self._there(self._store.close)
        finally:
            self._pool.shutdown(wait=False)
