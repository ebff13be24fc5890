"""Which store an index is kept in: a file, memory, or a Redis server, told by its address.

Knows: the addresses, which options fit which store. Does not know: what stores do.
"""

from __future__ import annotations

from collections.abc import Callable

from dedup.index.asking import Wanted
from dedup.index.sqlite import SqliteStore
from dedup.index.steps import Store


def on_server(path: str) -> bool:
    """Say whether an address is one of a Redis server."""
    return path.startswith(("redis://", "rediss://", "unix://"))


def open_store(
    path: str,
    wanted: Wanted,
    readonly: bool,
    durable: bool,
    ttl: int | None,
    clock: Callable[[], float],
) -> Store:
    """Open the store at an address, made if it isn't there; see ``Index`` for the options."""
    if not on_server(path):
        if ttl is not None:
            raise ValueError("ttl is for an index on Redis; in a file use prune(older_than=...)")
        return SqliteStore(path, wanted.choose, wanted.accept, readonly, durable, clock)
    from dedup.index.redis.store import RedisStore

    if durable:
        raise ValueError(
            "durable is for a file; what a Redis server loses is set by its appendfsync"
        )
    return RedisStore(path, wanted, ttl, readonly, clock)
