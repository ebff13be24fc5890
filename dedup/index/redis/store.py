"""The store on a Redis server.

Knows: how an exchange with the server is carried out, call by call. Does not know: what is
requested (``pages``, ``bulk_load``, ``contents``), rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from dedup.index.arguments import RequestedOptions
from dedup.index.damage import Damage, damaged, explained
from dedup.index.protocol import Answer, Met, Stats, Step, StoreError, Write
from dedup.index.redis.bulk_load import BulkLoad
from dedup.index.redis.contents import Contents
from dedup.index.redis.exchange import Exchange, Request, ScriptCall, T, open_index
from dedup.index.redis.line import Line, carries
from dedup.index.redis.pages import Pages
from dedup.index.redis.server import connect, errors_explained, read_address, unknown_script


class Exchanges(Pages, BulkLoad, Contents):
    """All exchanges with a server about one index."""


def refusal(place: str) -> StoreError:
    """Make the error of an index that was opened for reading."""
    return StoreError(place, "it can't be written; nothing was stored", "open it without readonly")


class RedisStore:
    """An index on a server; it is made if it doesn't exist. See ``protocol.Store``."""

    def __init__(
        self,
        path: str,
        requested: RequestedOptions,
        ttl: int | None,
        readonly: bool,
        clock: Callable[[], float],
    ) -> None:
        address = read_address(path, ttl)
        self.path = address.plain
        self._readonly = readonly
        self._client = connect(address)
        self._line = None if address.cluster else Line(self._client)
        try:
            with self._held(), errors_explained(self.path):
                facts = self._run(
                    open_index(
                        self.path, address.prefix, requested, address.ttl, readonly, int(clock())
                    ),
                    own=True,
                )
        except BaseException:
            self._client.close()
            raise
        self.settings = facts.settings
        self._exchanges = Exchanges(self.path, address.prefix, facts, clock)

    def _run(self, exchange: Exchange[T], own: bool = False) -> T:
        """Carry out an exchange. Raises StoreError for a reply that makes no sense.

        own: the exchange reads values of the caller, so their errors are raised as they are.
        """
        reply: Any = None
        while True:
            try:
                with nullcontext() if own else explained(self.path):
                    request = exchange.send(reply)
            except StopIteration as done:
                found: T = done.value
                return found
            reply = self._send(request)

    def _send(self, request: Request) -> Any:  # noqa: ANN401 - whatever was requested
        send = self._client.execute_command
        if not isinstance(request, ScriptCall):
            if self._line and carries(request):
                return self._line.send(request)
            if len(request) == 1:
                return [send(*request[0])]
            together = self._client.pipeline(transaction=False)
            for command in request:
                together.execute_command(*command)
            return together.execute()
        if self._line:
            return self._line.call(request)
        script, keys, arguments = request
        try:
            return send("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except Exception as error:
            if not unknown_script(error):
                raise
            return send("EVAL", script.text, len(keys), *keys, *arguments)

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Hold the line; afterwards its connection goes back to the pool."""
        try:
            yield
        finally:
            if self._line:
                self._line.release()

    @contextmanager
    def unit(self, write: bool) -> Iterator[None]:
        """See ``Store``. Every step is atomic, and a page's write refuses what has changed."""
        if write and self._readonly:
            raise refusal(self.path)
        with self._held(), errors_explained(self.path):
            try:
                yield
            except Damage as error:
                raise damaged(self.path, error) from error

    def answer(self, step: Step) -> Answer:
        """See ``Store``."""
        return self._run(self._exchanges.answer(step))

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> None:
        """See ``Store``."""
        self._run(self._exchanges.fill(writes), own=True)

    def texts(self, key: str) -> list[str]:
        """See ``Store``."""
        return self._run(self._exchanges.texts(key))

    def remove(self, key: str) -> int:
        """See ``Store``."""
        return self._run(self._exchanges.remove(key))

    def prune(self, before: int | None, most: int | None) -> int:
        """See ``Store``."""
        return self._run(self._exchanges.prune(before, most))

    def met(self, key: str | None) -> list[Met]:
        """See ``Store``."""
        return self._run(self._exchanges.met(key))

    def stats(self) -> Stats:
        """See ``Store``."""
        return self._run(self._exchanges.stats())

    def problems(self) -> list[str]:
        """See ``Store``."""
        return self._run(self._exchanges.problems())

    def compact(self) -> None:
        """Drop what has expired, and clean all slots of it."""
        with self.unit(write=True):
            self._run(self._exchanges.compact())

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()
