"""The stores an index may be kept in: a file, memory, or a Redis server.

Knows: which address means which store, and which options it takes. Does not know: what stores do.
"""

from __future__ import annotations

from collections.abc import Callable

from dedup.errors import InputError
from dedup.files import open_file
from dedup.index.arguments import RequestedOptions
from dedup.index.protocol import Store
from dedup.index.sqlite.store import SqliteStore

#: The first bytes of an SQLite file.
_SQLITE = b"SQLite format 3\0"


def on_server(path: str) -> bool:
    """Say whether an address names a Redis server."""
    return path.startswith(("redis://", "rediss://", "unix://"))


def is_index(path: str) -> bool:
    """Say whether a path names an index: an SQLite file, or the address of a server."""
    if on_server(path):
        return True
    try:
        with open_file(path) as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (InputError, OSError):
        return False


def check_options(path: str, requested: RequestedOptions) -> None:
    """Raise ValueError for an option that the store at an address does not have."""
    if requested.durable and on_server(path):
        raise ValueError("durable is for a file; on a Redis server, set its appendfsync")
    if requested.ttl is not None and not on_server(path):
        raise ValueError("ttl is for an index on Redis; in a file use prune(older_than=...)")


def open_store(
    path: str,
    requested: RequestedOptions,
    readonly: bool,
    clock: Callable[[], float],
) -> Store:
    """Open the store at an address, or make it; ``Index`` explains the options."""
    check_options(path, requested)
    if not on_server(path):
        return SqliteStore(
            path, requested.choose, requested.accept, readonly, requested.durable, clock
        )
    from dedup.index.redis.store import RedisStore

    return RedisStore(path, requested, requested.ttl, readonly, clock)
