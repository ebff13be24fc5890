"""The store on a Redis server, for event loops.

Knows: how an exchange with the server is carried out; other tasks run while it awaits a reply.
Does not know: what is requested, rules.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

from dedup.index.arguments import RequestedOptions
from dedup.index.damage import explained
from dedup.index.decision import decide_page
from dedup.index.page import Part
from dedup.index.protocol import Match, Met, Stats
from dedup.index.redis.exchange import Exchange, Request, ScriptCall, T, open_index
from dedup.index.redis.server import connect, errors_explained, read_address, unknown_script
from dedup.index.redis.store import Exchanges, refusal
from dedup.index.settings import Settings


class AwaitedRedis:
    """An index on a server; see ``aio.AwaitedStore``."""

    path: str
    settings: Settings

    def __init__(self) -> None:
        self._readonly = False

    async def open(
        self,
        path: str,
        requested: RequestedOptions,
        ttl: int | None,
        readonly: bool,
        clock: Callable[[], float],
    ) -> None:
        """Open the index, or make it."""
        address = read_address(path, ttl)
        self.path, self._readonly = address.plain, readonly
        self._client = connect(address, awaited=True)
        now = int(clock())
        try:
            facts = await self._run(
                open_index(self.path, address.prefix, requested, address.ttl, readonly, now),
                own=True,
            )
        except BaseException:
            await self.close()
            raise
        self.settings = facts.settings
        self._exchanges = Exchanges(self.path, address.prefix, facts, clock)

    async def _run(self, exchange: Exchange[T], write: bool = False, own: bool = False) -> T:
        """Carry out an exchange; see ``RedisStore``."""
        if write and self._readonly:
            raise refusal(self.path)
        reply: Any = None
        with errors_explained(self.path):
            while True:
                try:
                    with nullcontext() if own else explained(self.path):
                        request = exchange.send(reply)
                except StopIteration as done:
                    found: T = done.value
                    return found
                reply = await self._send(request)

    async def _send(self, request: Request) -> Any:  # noqa: ANN401 - whatever was requested
        send = self._client.execute_command
        if not isinstance(request, ScriptCall):
            if len(request) == 1:
                return [await send(*request[0])]
            together = self._client.pipeline(transaction=False)
            for command in request:
                together.execute_command(*command)
            return await together.execute()
        script, keys, arguments = request
        try:
            return await send("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except Exception as error:
            if not unknown_script(error):
                raise
            return await send("EVAL", script.text, len(keys), *keys, *arguments)

    async def decide(self, parts: Sequence[Part], learn: bool) -> list[list[Match | None]]:
        """Decide pages; each is stored whole or not at all."""
        return [
            await self._run(self._exchanges.page(decide_page(self.settings, page, learn)), learn)
            for _, page in parts
        ]

    async def texts(self, key: str) -> list[str]:
        """See ``Store``."""
        return await self._run(self._exchanges.texts(key))

    async def remove(self, key: str) -> int:
        """See ``Store``."""
        return await self._run(self._exchanges.remove(key), write=True)

    async def prune(self, before: int | None, most: int | None) -> int:
        """See ``Store``."""
        return await self._run(self._exchanges.prune(before, most), write=True)

    async def met(self, key: str | None) -> list[Met]:
        """See ``Store``."""
        return await self._run(self._exchanges.met(key))

    async def stats(self) -> Stats:
        """See ``Store``."""
        return await self._run(self._exchanges.stats())

    async def problems(self) -> list[str]:
        """See ``Store``."""
        return await self._run(self._exchanges.problems())

    async def compact(self) -> None:
        """Drop what has expired, and clean all slots of it."""
        await self._run(self._exchanges.compact(), write=True)

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._client.aclose()
