"""The store on a Redis server, awaited.

Knows: that what is asked is awaited, with other tasks going on meanwhile. Does not know: what is
asked (see ``talking``), rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from dedup.index.asking import Part, Wanted
from dedup.index.damage import told
from dedup.index.deciding import decide_page
from dedup.index.redis.asked import Asked, Run, T, Talk, open_index
from dedup.index.redis.server import connect, plainly, read_address, unknown_script
from dedup.index.redis.store import refuse
from dedup.index.redis.talking import Talker
from dedup.index.settings import Settings
from dedup.index.steps import Match, Met, Stats


class AwaitedRedis:
    """An index on a server; see ``awaiting.AwaitedStore``."""

    path: str
    settings: Settings

    def __init__(self) -> None:
        self._readonly = False

    async def open(
        self,
        path: str,
        wanted: Wanted,
        ttl: int | None,
        readonly: bool,
        clock: Callable[[], float],
    ) -> None:
        """Open it, made if it isn't there."""
        address = read_address(path, ttl)
        self.path, self._readonly = address.plain, readonly
        self._client = connect(address, awaited=True)
        now = int(clock())
        try:
            facts = await self._run(
                open_index(self.path, address.prefix, wanted, address.ttl, readonly, now), own=True
            )
        except BaseException:
            await self.close()
            raise
        self.settings = facts.settings
        self._talker = Talker(self.path, address.prefix, facts, clock)

    async def _run(self, talk: Talk[T], write: bool = False, own: bool = False) -> T:
        """Ask what is asked, until it is answered; see ``store``."""
        if write and self._readonly:
            raise refuse(self.path)
        answer: Any = None
        with plainly(self.path):
            while True:
                try:
                    with nullcontext() if own else told(self.path):
                        asked = talk.send(answer)
                except StopIteration as done:
                    found: T = done.value
                    return found
                answer = await self._ask(asked)

    async def _ask(self, asked: Asked) -> Any:  # noqa: ANN401 - whatever was asked for
        ask = self._client.execute_command
        if not isinstance(asked, Run):
            if len(asked) == 1:
                return [await ask(*asked[0])]
            together = self._client.pipeline(transaction=False)
            for command in asked:
                together.execute_command(*command)
            return await together.execute()
        script, keys, arguments = asked
        try:
            return await ask("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except Exception as error:
            if not unknown_script(error):
                raise
            return await ask("EVAL", script.text, len(keys), *keys, *arguments)

    async def decide(self, parts: Sequence[Part], learn: bool) -> list[list[Match | None]]:
        """Decide pages; each is stored whole or not at all."""
        return [
            await self._run(self._talker.page(decide_page(self.settings, page, learn)), learn)
            for _, page in parts
        ]

    async def texts(self, name: str) -> list[str]:
        """List the texts stored under a sender's key."""
        return await self._run(self._talker.texts(name))

    async def remove(self, name: str) -> int:
        """Remove the paragraphs under a key; say how many there were."""
        return await self._run(self._talker.remove(name), write=True)

    async def prune(self, before: int | None, most: int | None) -> int:
        """Remove who was last met before a time, and who is beyond the ``most`` latest met."""
        return await self._run(self._talker.prune(before, most), write=True)

    async def met(self, name: str | None) -> list[Met]:
        """List how often paragraphs were met, in order of number; None: all."""
        return await self._run(self._talker.met(name))

    async def stats(self) -> Stats:
        """Count what is stored."""
        return await self._run(self._talker.stats())

    async def problems(self) -> list[str]:
        """List what is wrong."""
        return await self._run(self._talker.problems())

    async def compact(self) -> None:
        """Drop what has expired, and clean all slots of what is not there."""
        await self._run(self._talker.compact(), write=True)

    async def close(self) -> None:
        """Let go of the server."""
        await self._client.aclose()
