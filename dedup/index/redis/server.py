"""The Redis server: its address, a connection, and its errors in plain words.

Knows: URLs, redis-py, what its exceptions mean. Does not know: what is requested of the server.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from dedup.errors import MissingExtra
from dedup.index.protocol import StoreError

#: The prefix of keys if the address gives none.
PREFIX = "dedup"

#: Seconds to wait for a connection, and for an answer.
_CONNECT, _ANSWER = 10, 60


class Address(NamedTuple):
    """A server and an index on it.

    plain: the address without its password; ttl: seconds, None for none.
    """

    url: str
    plain: str
    prefix: str
    ttl: int | None
    cluster: bool


def read_address(address: str, ttl: int | None = None) -> Address:
    """Take an address apart: ``redis://host:port/db?prefix=x&ttl=seconds``.

    Also rediss:// and unix://path. All other parameters are passed to redis-py.

    Raises:
        StoreError: it is not the address of a server.
        ValueError: the ``ttl`` is not a number of seconds.

    """
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError as error:
        raise StoreError(address, f"it is not an address: {error}", _FORM) from error
    plain = address
    if parts.password is not None:
        user, _, host = parts.netloc.rpartition("@")
        plain = address.replace(parts.netloc, f"{user.partition(':')[0]}:***@{host}", 1)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    prefix = query.pop("prefix", PREFIX)
    if not prefix or "{" in prefix or "}" in prefix:
        raise StoreError(plain, f"its prefix is {prefix!r}", "give one without braces")
    database = parts.path.strip("/")
    if parts.scheme != "unix" and database and not database.isdecimal():
        raise StoreError(plain, f"its database is {database!r}, which is not a number", _FORM)
    given = query.pop("ttl", None)
    if given is not None:
        if not given.isdecimal():
            raise StoreError(plain, f"its ttl is {given!r}", "give whole seconds")
        ttl = int(given) if ttl is None else ttl
    if ttl is not None and (isinstance(ttl, bool) or not isinstance(ttl, int) or ttl < 1):
        raise ValueError(f"ttl is {ttl!r}; it must be whole seconds, 1 or more")
    cluster = query.pop("cluster", "no") not in ("no", "0", "false")
    url = address.partition("?")[0] + (f"?{urlencode(query)}" if query else "")
    return Address(url, plain, prefix, ttl, cluster)


_FORM = "write it as redis://host:port/db?prefix=name"


def connect(address: Address, awaited: bool = False) -> Any:  # noqa: ANN401 - of four classes, by what is installed
    """Make a client, which connects with its first request. Raises MissingExtra.

    The client repeats no request: the server may have stored a page although the reply was lost.
    """
    part = ".asyncio" if awaited else ""
    redis = _redis(f"redis{part}")
    once = _redis(f"redis{part}.retry").Retry(_redis("redis.backoff").NoBackoff(), 0)
    client = redis.cluster.RedisCluster if address.cluster and not awaited else redis.Redis
    if address.cluster and awaited:
        client = _redis("redis.asyncio.cluster").RedisCluster
    options = {"socket_connect_timeout": _CONNECT, "socket_timeout": _ANSWER}
    try:
        return client.from_url(address.url, retry=once, **options)
    except (ValueError, TypeError) as error:
        raise StoreError(address.plain, f"it is not an address: {error}", _FORM) from error


def _redis(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtra("redis", "redis") from error


@contextmanager
def errors_explained(place: str) -> Iterator[None]:
    """Turn redis-py's errors into a StoreError that says what happened and what to do."""
    errors = _redis("redis.exceptions")
    try:
        yield
    except errors.RedisError as error:
        raise StoreError(place, *_meaning(errors, error)) from error
    except OSError as error:
        raise StoreError(place, f"it can't be reached: {error}", _REACH) from error


def unknown_script(error: Exception) -> bool:
    """Say whether the server doesn't know a script, as after a restart."""
    return isinstance(error, _redis("redis.exceptions").NoScriptError)


_LOGIN = "write them as redis://user:password@host; the user may be empty"

_REACH = (
    "check that the server runs and the address is right. A page that was being added was stored"
    " whole or not at all: add it again"
)


#: The codes of a server's errors that redis-py turns into classes and takes out of the message.
_CODES = {
    "OutOfMemoryError": "OOM",
    "ReadOnlyError": "READONLY",
    "BusyLoadingError": "LOADING",
    "NoPermissionError": "NOPERM",
    "MovedError": "MOVED",
}


def _meaning(errors: ModuleType, error: Exception) -> tuple[str, str]:
    said = str(error)
    coded = f"{_CODES.get(type(error).__name__, '')} {said}"
    for part, reason, remedy in _MEANINGS:
        if part in coded:
            return reason, remedy
    if isinstance(error, errors.AuthenticationError):
        return f"it refuses the login: {said}", _LOGIN
    if isinstance(error, errors.ConnectionError | errors.TimeoutError):
        return f"it can't be reached: {said}", _REACH
    return said, ""


_MEANINGS = (
    (
        "DEDUP GONE",
        "the index is gone; nothing was stored",
        "the server was emptied, or started again without what it held: open the index again",
    ),
    (
        "DEDUP OTHER",
        "its key belongs to another program",
        "give another prefix; nothing was touched",
    ),
    ("DEDUP FULL", "all of its 4,294,967,296 numbers are used", "make the index anew"),
    ("WRONGTYPE", "one of its keys belongs to another program", "give another prefix"),
    (
        "OOM",
        "the server's memory is full; nothing was stored",
        "give it more (maxmemory), or prune and compact the index",
    ),
    ("READONLY", "it is a replica; nothing was stored", "give the address of its primary"),
    ("LOADING", "the server is still reading what it holds", "try again later"),
    ("BUSY", "the server is busy with another script", "try again later"),
    ("MISCONF", "the server can't write its files; nothing was stored", "see its log and disk"),
    (
        "NOPERM",
        "the user lacks a permission that the index needs",
        "let the user run scripts, use hashes and these keys",
    ),
    ("MOVED", "it is a node of a cluster", "add cluster=yes to the address"),
    ("NOAUTH", "it requires a password", _LOGIN),
    ("already authenticated", "it requires a password", _LOGIN),
    ("Authentication required", "it requires a password", _LOGIN),
)
