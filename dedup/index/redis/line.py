"""A line to one server: commands as bytes, over a connection that is held for a whole unit.

Knows: how a command is written in Redis's protocol, connections of redis-py. Does not know: what is
requested, clusters (there redis-py must find the node of each command).

redis-py's own way of a command takes the client's processor twice as long as the command itself: it
takes a connection from the pool, wraps the call several times, writes each argument by itself, and
sends a large command in pieces, for each of which the server wakes up.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

from dedup.index.redis.exchange import Arguments, Commands, ScriptCall
from dedup.index.redis.server import unknown_script

#: Commands whose replies redis-py leaves as they are, or of which nobody reads the reply.
_PLAIN = frozenset(("HMGET", "HGET", "HSET", "EXPIRE", "UNLINK"))


def carries(commands: Commands) -> bool:
    """Say whether a line gives the replies to these commands that redis-py would give."""
    return all(command[0] in _PLAIN for command in commands)


class Line:
    """A line to the server of a client. For one thread at a time."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - see ``server.connect``
        self._pool = client.connection_pool
        self._connection: Any = None
        # Versions before 5.3 want the name of a command, and do nothing with it.
        name = inspect.signature(self._pool.get_connection).parameters["command_name"]
        self._named = ("EVALSHA",) if name.default is name.empty else ()
        self._heads: dict[tuple[str, tuple[bytes, ...]], bytes] = {}

    def call(self, call: ScriptCall) -> Any:  # noqa: ANN401 - whatever the script replies
        """Call a script, which the server may not know yet."""
        script, keys, arguments = call
        try:
            return self._ask([self._written("EVALSHA", script.digest, keys, arguments)])[0]
        except Exception as error:
            if not unknown_script(error):
                raise
            return self._ask([self._written("EVAL", script.text, keys, arguments)])[0]

    def send(self, commands: Commands) -> list[Any]:
        """Send commands together; return their replies."""
        return self._ask([b"*%d\r\n%b" % (len(each), _parts(each)) for each in commands])

    def _written(
        self, name: str, script: str, keys: tuple[bytes, ...], arguments: Arguments
    ) -> bytes:
        """Write the call of a script. What calls of the same script begin with is written once."""
        head = self._heads.get((script, keys))
        if head is None:
            head = self._heads[script, keys] = _parts((name, script, len(keys), *keys))
        return b"*%d\r\n%b%b" % (3 + len(keys) + len(arguments), head, _parts(arguments))

    def _ask(self, commands: Sequence[bytes]) -> list[Any]:
        if self._connection is None:
            self._connection = self._pool.get_connection(*self._named)
        self._connection.send_packed_command([b"".join(commands)])
        replies: list[Any] = []
        left = len(commands)
        try:
            while left:
                left -= 1
                replies.append(self._connection.read_response())
        except BaseException:
            if left:  # Nobody would read the replies that are still to come.
                self._connection.disconnect()
            raise
        return replies

    def release(self) -> None:
        """Give the connection back to the pool."""
        held, self._connection = self._connection, None
        if held is not None:
            self._pool.release(held)


def _parts(parts: Iterable[bytes | str | int]) -> bytes:
    """Write the parts of a command."""
    raw = [each if isinstance(each, bytes) else str(each).encode() for each in parts]
    return b"".join([b"$%d\r\n%b\r\n" % (len(each), each) for each in raw])
