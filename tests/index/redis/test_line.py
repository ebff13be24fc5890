"""A line to a server: what redis-py would give, over one connection, in one piece."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import dedup
from dedup.index.redis.exchange import ScriptCall
from dedup.index.redis.line import Line, carries
from dedup.index.redis.lua import script
from dedup.index.redis.server import connect, read_address
from tests.support.index_files import TEXTS
from tests.support.redis_server import Server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.end()


@pytest.fixture
def client(server: Server) -> Iterator[Any]:
    made = connect(read_address(server.url))
    yield made
    made.flushall()
    made.close()


def test_commands_of_all_kinds_of_arguments(client: Any) -> None:
    line = Line(client)
    large = bytes(range(256)) * 1000
    written = [("HSET", b"{x}:a", "é", large, b"", 7), ("EXPIRE", b"{x}:a", 100)]
    assert carries([*written])
    assert line.send([*written]) == [2, 1]
    assert line.send([("HMGET", "{x}:a", "é", b"", "none")]) == [[large, b"7", None]]
    assert client.hget("{x}:a", "é") == large
    line.release()


def test_a_command_that_redis_py_answers_in_its_own_way_is_left_to_it() -> None:
    assert not carries([("HMGET", "a", "b"), ("HSCAN", "a", 0)])
    assert not carries([("MEMORY USAGE", "a")])


def test_a_script_is_told_to_a_server_that_does_not_know_it(client: Any) -> None:
    line = Line(client)
    call = ScriptCall(script("return {KEYS[2], ARGV[1], #ARGV}"), (b"{x}:a", b"{x}:b"), ("c", 5))
    for _ in range(2):
        assert line.call(call) == [b"{x}:b", b"c", 2]
        client.script_flush()
    line.release()


def test_an_error_of_the_server_leaves_the_line_usable(client: Any) -> None:
    line = Line(client)
    client.set("{x}:a", "no hash")
    with pytest.raises(Exception, match="the wrong kind of value"):
        line.send([("HGET", "{x}:none", "b"), ("HGET", "{x}:a", "b"), ("HGET", "{x}:none", "b")])
    client.delete("{x}:a")
    assert line.send([("HGET", "{x}:a", "b")]) == [None]
    line.release()


def test_a_connection_goes_back_to_the_pool_and_a_closed_one_is_replaced(server: Server) -> None:
    with dedup.Index(f"{server.url}?prefix=line") as index:
        client = index._store._client  # type: ignore[attr-defined]
        for number in range(3):
            index.add(TEXTS[0], str(number))
            pages = [each for each in client.client_list() if each["cmd"] != "client"]
            assert len(pages) <= 1
            for each in client.client_list():
                client.client_kill_filter(_id=each["id"], skipme=True)
        assert [each.count for each in index.counts()] == [3]
