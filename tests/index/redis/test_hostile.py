"""A server may hold anything under the keys of an index: that is told as an error of the index."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import dedup
from tests.support.index_files import RECIPE, TEXTS
from tests.support.redis_server import Server

_prefixes = itertools.count()

#: What may stand in a field instead of what was written.
NONSENSE = (
    b"", b"\0", b"\xff" * 3, b"x" * 19, b"1e999", b"-1", b"9" * 400, b"{}", b"[" * 5000,
    b"\xff\xff\xff\xff" * 16, b"nan", b"null", b"\x00" * 1000,
)  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.end()


def made(server: Server) -> tuple[str, Any, list[bytes]]:
    """Make an index; give its address, a client, and the keys it has."""
    import redis

    prefix = f"h{next(_prefixes)}"
    url = f"{server.url}?prefix={prefix}"
    with dedup.Index(url, recipe=RECIPE) as index:
        index.add_many(TEXTS, [f"page#{k}" for k in range(len(TEXTS))])
    client: Any = redis.Redis(port=server.port)
    keys = sorted(client.keys(f"{{{prefix}}}*") or client.keys(f"*{prefix}*"))
    assert len(keys) > 4
    return url, client, keys


USES: dict[str, Callable[[dedup.Index], object]] = {
    "add": lambda index: index.add("One two three four five six seven eight nine.", "new"),
    "add again": lambda index: index.add_many(TEXTS, [f"other#{k}" for k in range(len(TEXTS))]),
    "query": lambda index: index.query_many(TEXTS),
    "texts": lambda index: index.texts("page#0"),
    "counts": lambda index: list(index.counts()),
    "stats": lambda index: index.stats(),
    "check": lambda index: index.check(),
    "prune": lambda index: index.prune(older_than=1),
    "remove": lambda index: index.remove("page#1"),
    "compact": lambda index: index.compact(),
}


def used(url: str) -> int:
    """Use an index in every way; say how many of them were refused. Other errors go through."""
    refused = 0
    named: list[str] = []
    for use in USES.values():
        try:
            with dedup.Index(url) as index:
                use(index)
        except dedup.StoreError as error:
            named.append(str(error))
        except dedup.RecipeMismatch:
            refused += 1
    assert all("prefix=h" in each for each in named)
    return refused + len(named)


def replace(client: Any, key: bytes, kind: str) -> None:
    client.delete(key)
    fill: dict[str, Callable[[], object]] = {
        "none": lambda: None,
        "string": lambda: client.set(key, b"text"),
        "list": lambda: client.rpush(key, b"a", b"b"),
        "set": lambda: client.sadd(key, b"a", b"b"),
        "sorted set": lambda: client.zadd(key, {b"a": 1.5}),
        "stream": lambda: client.xadd(key, {b"a": b"b"}),
        "a hash of other fields": lambda: client.hset(key, b"a", b"b"),
    }
    fill[kind]()


@pytest.mark.parametrize(
    "kind",
    ["none", "string", "list", "set", "sorted set", "stream", "a hash of other fields"],
)
def test_keys_of_another_type(kind: str, server: Server) -> None:
    refused = 0
    _, _, keys = made(server)
    for place in range(len(keys)):
        url, client, own = made(server)
        replace(client, own[place], kind)
        refused += used(url)
    assert refused > 0 or kind == "none"


@pytest.mark.parametrize("seed", range(3))
def test_fields_of_other_bytes(seed: int, server: Server) -> None:
    draw = random.Random(seed)
    _, _, keys = made(server)
    refused = 0
    for place in range(len(keys)):
        url, client, own = made(server)
        for name, value in client.hgetall(own[place]).items():
            if draw.random() < 0.7:
                client.hset(own[place], name, damaged(draw, value))
            if draw.random() < 0.2:
                client.hset(own[place], draw.choice(NONSENSE), draw.choice(NONSENSE))
        refused += used(url)
    assert refused > 0


def damaged(draw: random.Random, value: bytes) -> bytes:
    """Draw other bytes for a value: nonsense, or itself cut, grown, or with a byte changed."""
    at = draw.randrange(len(value) + 1)
    return draw.choice(
        (
            draw.choice(NONSENSE),
            value[:at],
            value + value[:at],
            value[:at] + draw.randbytes(1) + value[at + 1 :],
            draw.randbytes(len(value)),
        )
    )


def test_every_field_of_what_an_index_says_of_itself(server: Server) -> None:
    _, client, keys = made(server)
    fields = sorted({(key, name) for key in keys if b"meta" in key for name in client.hkeys(key)})
    assert len(fields) > 5
    for (_, name), value in itertools.product(fields, NONSENSE):
        url, client, own = made(server)
        (meta,) = [key for key in own if b"meta" in key]
        client.hset(meta, name, value)
        used(url)


@pytest.mark.parametrize(("size", "opens"), [(99_999, True), (100_000, True), (100_001, False)])
def test_settings_have_a_bound(size: int, opens: bool, server: Server) -> None:
    url, client, own = made(server)
    (meta,) = [key for key in own if b"meta" in key]
    ((name, value),) = [each for each in client.hgetall(meta).items() if each[1].startswith(b'{"')]
    client.hset(meta, name, value + b" " * (size - len(value)))
    if opens:
        with dedup.Index(url) as index:
            assert index.query(TEXTS[0]) is not None
        return
    with pytest.raises(dedup.StoreError, match=r"its settings can't be used.* 100,001 bytes"):
        dedup.Index(url)
