"""The store on a Redis server, called.

Knows: that what is asked is asked at once. Does not know: what is asked (see ``talking``), rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from dedup.index.asking import Wanted
from dedup.index.damage import Damage, damaged, told
from dedup.index.redis.asked import Asked, Run, T, Talk, open_index
from dedup.index.redis.server import connect, plainly, read_address, unknown_script
from dedup.index.redis.talking import Talker
from dedup.index.steps import Answer, Met, Stats, Step, StoreError, Write


def refuse(place: str) -> StoreError:
    """The error of an index that was opened for reading."""
    return StoreError(place, "it can't be written; nothing was stored", "open it without readonly")


class RedisStore:
    """An index on a server, made if it isn't there; see ``steps.Store``. ttl: seconds."""

    def __init__(
        self,
        path: str,
        wanted: Wanted,
        ttl: int | None,
        readonly: bool,
        clock: Callable[[], float],
    ) -> None:
        address = read_address(path, ttl)
        self.path = address.plain
        self._readonly = readonly
        self._client = connect(address)
        try:
            with plainly(self.path):
                facts = self._run(
                    open_index(
                        self.path, address.prefix, wanted, address.ttl, readonly, int(clock())
                    ),
                    own=True,
                )
        except BaseException:
            self._client.close()
            raise
        self.settings = facts.settings
        self._talker = Talker(self.path, address.prefix, facts, clock)

    def _run(self, talk: Talk[T], own: bool = False) -> T:
        """Ask what is asked, until it is answered. Raises StoreError for nonsense in an answer.

        own: the talk reads what the caller gives, whose errors are the caller's.
        """
        answer: Any = None
        while True:
            try:
                with nullcontext() if own else told(self.path):
                    asked = talk.send(answer)
            except StopIteration as done:
                found: T = done.value
                return found
            answer = self._ask(asked)

    def _ask(self, asked: Asked) -> Any:  # noqa: ANN401 - whatever was asked for
        ask = self._client.execute_command
        if not isinstance(asked, Run):
            if len(asked) == 1:
                return [ask(*asked[0])]
            together = self._client.pipeline(transaction=False)
            for command in asked:
                together.execute_command(*command)
            return together.execute()
        script, keys, arguments = asked
        try:
            return ask("EVALSHA", script.digest, len(keys), *keys, *arguments)
        except Exception as error:
            if not unknown_script(error):
                raise
            return ask("EVAL", script.text, len(keys), *keys, *arguments)

    @contextmanager
    def unit(self, write: bool) -> Iterator[None]:
        """See ``steps.Store``; every step is atomic by itself, and a page's write sees to it."""
        if write and self._readonly:
            raise refuse(self.path)
        with plainly(self.path):
            try:
                yield
            except Damage as error:
                raise damaged(self.path, error) from error

    def answer(self, step: Step) -> Answer:
        """Answer a step."""
        return self._run(self._talker.answer(step))

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> None:
        """Fill an empty index with what a batch kept."""
        self._run(self._talker.fill(writes), own=True)

    def texts(self, name: str) -> list[str]:
        """List the texts stored under a sender's key."""
        return self._run(self._talker.texts(name))

    def remove(self, name: str) -> int:
        """Remove the paragraphs under a key; say how many there were."""
        return self._run(self._talker.remove(name))

    def prune(self, before: int | None, most: int | None) -> int:
        """Remove who was last met before a time, and who is beyond the ``most`` latest met."""
        return self._run(self._talker.prune(before, most))

    def met(self, name: str | None) -> list[Met]:
        """List how often paragraphs were met, in order of number; None: all."""
        return self._run(self._talker.met(name))

    def stats(self) -> Stats:
        """Count what is stored."""
        return self._run(self._talker.stats())

    def problems(self) -> list[str]:
        """List what is wrong."""
        return self._run(self._talker.problems())

    def compact(self) -> None:
        """Drop what has expired, and clean all slots of what is not there."""
        with self.unit(write=True):
            self._run(self._talker.compact())

    def close(self) -> None:
        """Let go of the server."""
        self._client.close()
