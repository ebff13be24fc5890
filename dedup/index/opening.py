"""Which store an index is kept in: a file, memory, or a Redis server, told by its address.

Knows: the addresses, which options fit which store. Does not know: what stores do.
"""

from __future__ import annotations

from collections.abc import Callable

from dedup.errors import InputError
from dedup.index.asking import Wanted
from dedup.index.sqlite import SqliteStore
from dedup.index.steps import Store
from dedup.readers.file import open_file

#: How a file of SQLite begins.
_SQLITE = b"SQLite format 3\0"


def on_server(path: str) -> bool:
    """Say whether an address is one of a Redis server."""
    return path.startswith(("redis://", "rediss://", "unix://"))


def is_index(path: str) -> bool:
    """Say whether a path is that of an index: a file of SQLite, or an address."""
    if on_server(path):
        return True
    try:
        with open_file(path) as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except (InputError, OSError):
        return False


def check_options(path: str, wanted: Wanted) -> None:
    """Raise ValueError for an option that is not of the store at an address."""
    if wanted.durable and on_server(path):
        raise ValueError("durable is for a file; on a Redis server its appendfsync decides")
    if wanted.ttl is not None and not on_server(path):
        raise ValueError("ttl is for an index on Redis; in a file use prune(older_than=...)")


def open_store(
    path: str,
    wanted: Wanted,
    readonly: bool,
    clock: Callable[[], float],
) -> Store:
    """Open the store at an address, made if it isn't there; see ``Index`` for the options."""
    check_options(path, wanted)
    if not on_server(path):
        return SqliteStore(path, wanted.choose, wanted.accept, readonly, wanted.durable, clock)
    from dedup.index.redis.store import RedisStore

    return RedisStore(path, wanted, wanted.ttl, readonly, clock)
