"""The index awaited: the same answers as when it is called, and a loop that goes on meanwhile."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from benchmarks.corpus import paragraphs
from tests.conftest import DEV_SETS
from tests.support import laws, places
from tests.support.index_files import TEXTS
from tests.support.index_model import Clock, check_law_4, names, pages
from tests.support.redis_server import Server

_prefixes = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for all tests that leave it running."""
    running = Server()
    yield running
    running.end()


@pytest.fixture(params=["file", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an index is kept, in turn."""
    if request.param == "file":
        return str(tmp_path / "seen.db")
    running: Server = request.getfixturevalue("server")
    return f"{running.url}?prefix={tmp_path.name}"


@given(laws.text_lists(25), laws.thresholds, st.lists(st.integers(0, 25), max_size=4))
@settings(max_examples=15)
def test_an_index_fed_in_pages_keeps_what_find_keeps(
    server: Server, texts: list[str], threshold: float, cuts: list[int]
) -> None:
    async def feed(path: str) -> list[dedup.Match | None]:
        async with dedup.AsyncIndex(path, laws.BANDED, threshold=threshold) as index:
            answers = [m for page in pages(texts, cuts) for m in await index.add_many(*page)]
            assert await index.check() == []
        return answers

    found = dedup.find(texts, threshold, recipe=laws.BANDED, workers=1)
    check_law_4(asyncio.run(feed(":memory:")), found)
    url = f"{server.url}?prefix=h{next(_prefixes)}"
    check_law_4(asyncio.run(feed(url)), found)


def test_real_text_keeps_what_find_keeps(server: Server) -> None:
    path = places.DEV / DEV_SETS[1] / "units.jsonl"
    if not path.is_file():
        pytest.skip("the development sets are not there")
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    recipe = dedup.Recipe.choose(0.8, 0.99, 100_000)

    async def feed() -> list[dedup.Match | None]:
        url = f"{server.url}?prefix=real"
        async with dedup.AsyncIndex(url, recipe) as index:
            cuts = range(0, len(texts), 30)
            return [m for page in pages(texts, cuts) for m in await index.add_many(*page)]

    check_law_4(asyncio.run(feed()), dedup.find(texts, recipe=recipe, workers=1))


def test_it_can_do_all_that_an_index_can(place: str) -> None:
    clock = Clock()

    async def use() -> None:
        async with dedup.AsyncIndex(place, clock=clock) as index:
            assert await index.add(TEXTS[0], "a") is None
            assert await index.add(TEXTS[0], "b") == dedup.Match("a", 1.0, dedup.Kind.EXACT)
            assert await index.query(TEXTS[2]) is None
            assert await index.add("too short", "c") is None
            clock.now += 100
            answers = await index.add_many([TEXTS[2], TEXTS[3]], ["d", "e"])
            assert [m and m.key for m in answers] == [None, "d"]
            assert [(m.key, m.count) for m in await index.counts()] == [("a", 2), ("d", 2)]
            assert [m.last for m in await index.counts("d")] == [1100]
            assert await index.texts("a") == [TEXTS[0]]
            stats = await index.stats()
            with dedup.Index(place, readonly=True) as same:
                assert stats == same.stats()
            assert (stats.paragraphs, stats.met) == (2, 4)
            assert stats.size > stats.texts > 0
            assert await index.prune(older_than=timedelta(seconds=50)) == 1
            assert await index.prune(max_items=1) == 0
            assert await index.remove("d") == 1
            assert await index.remove("d") == 0
            await index.compact()
            assert await index.check() == []
            assert index.recipe == dedup.Recipe.choose(count=1_000_000)

    asyncio.run(use())
    with dedup.Index(place, clock=clock) as index:
        assert index.query(TEXTS[0]) is None
        index.add(TEXTS[0], "f")

    async def again() -> None:
        index = dedup.AsyncIndex(place, readonly=True)
        await index.open()
        assert await index.query(TEXTS[0]) is not None
        for change in (index.add(TEXTS[2], "g"), index.remove("f"), index.compact()):
            with pytest.raises(dedup.StoreError, match="it can't be written; nothing was stored"):
                await change
        await index.close()
        await index.close()
        with pytest.raises(dedup.StoreError, match="it is not open"):
            await index.query(TEXTS[0])

    asyncio.run(again())


def test_no_thread_is_left_behind(tmp_path: Path) -> None:
    async def use() -> None:
        async with dedup.AsyncIndex(str(tmp_path / "seen.db")) as index:
            await index.add("One.", "k")
            assert any(each.name.startswith("dedup-index") for each in threading.enumerate())
        for _ in range(200):
            if not any(each.name.startswith("dedup-index") for each in threading.enumerate()):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the thread of a closed index is still there")

    asyncio.run(use())


def test_its_methods_are_those_of_an_index() -> None:
    left_out = {"from_paragraphs", "from_datasketch"}
    for name, method in inspect.getmembers(dedup.Index, inspect.isfunction):
        if name.startswith("_") or name in left_out:
            continue
        twin = getattr(dedup.AsyncIndex, name)
        assert inspect.iscoroutinefunction(twin)
        assert inspect.signature(twin) == inspect.signature(method)
    assert inspect.signature(dedup.AsyncIndex) == inspect.signature(dedup.Index)


def test_of_many_tasks_that_add_the_same_one_wins(place: str) -> None:
    texts = [f"one two three four five six seven number {k}" for k in range(60)]

    async def use() -> None:
        async with dedup.AsyncIndex(place, threshold=1.0) as index:

            async def add(worker: int) -> list[int]:
                order = random.Random(worker).sample(range(60), 60)
                won = []
                for at in range(0, 60, 10):
                    some = order[at : at + 10]
                    answers = await index.add_many([texts[k] for k in some], names(10))
                    won += [k for k, match in zip(some, answers, strict=True) if match is None]
                return won

            won = await asyncio.gather(*(add(worker) for worker in range(5)))
            assert sorted(k for each in won for k in each) == list(range(60))
            assert {m.count for m in await index.counts()} == {5}
            assert await index.check() == []

    asyncio.run(use())


def test_the_loop_goes_on_while_another_writer_holds_the_file(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"

    async def use() -> None:
        with dedup.Index(path) as other:
            async with dedup.AsyncIndex(path) as index:
                with other._unit(write=True):
                    adding = asyncio.create_task(index.add(TEXTS[0], "a"))
                    begin, turns = time.perf_counter(), 0
                    while time.perf_counter() - begin < 0.2:
                        await asyncio.sleep(0.001)
                        turns += 1
                    assert not adding.done()
                assert await adding is None
        assert turns > 10

    asyncio.run(use())


def test_the_loop_goes_on_while_a_file_is_compacted(tmp_path: Path) -> None:
    texts = paragraphs(3000, seed=2, words=20).texts

    async def use() -> float:
        async with dedup.AsyncIndex(tmp_path / "seen.db") as index:
            adding = asyncio.create_task(index.add_many(texts, names(3000)))
            longest = 0.0
            while not adding.done():
                since = time.thread_time()
                await asyncio.sleep(0.001)
                longest = max(longest, time.thread_time() - since)
            await adding
            await index.compact()
            return longest

    # The loop's own thread does next to nothing all the while.
    assert asyncio.run(use()) < 0.1


def test_a_cancelled_task_leaves_a_page_whole_or_not_at_all(place: str) -> None:
    texts = [f"one two three four five six seven number {k}" for k in range(400)]

    async def use() -> None:
        async with dedup.AsyncIndex(place, threshold=1.0) as index:
            for at in range(0, 400, 20):
                task = asyncio.create_task(index.add_many(texts[at : at + 20], names(20)))
                await asyncio.sleep(0.0005 * (at // 20))
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                answers = await index.query_many(texts[at : at + 20])
                assert len({match is not None for match in answers}) == 1
            assert await index.check() == []

    asyncio.run(use())


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        (
            "redis://:secret@127.0.0.1:1/0",
            dedup.StoreError,
            r":\*\*\*@127.0.0.1:1/0: it can't",
        ),
        ("nowhere/seen.db", dedup.StoreError, "its folder does not exist"),
    ],
)
def test_what_can_t_be_opened_says_why(path: str, error: type[Exception], message: str) -> None:
    async def use() -> None:
        async with dedup.AsyncIndex(path):
            pass

    with pytest.raises(error, match=message):
        asyncio.run(use())


def test_arguments_are_checked_before_anything_is_opened() -> None:
    with pytest.raises(ValueError, match="threshold is 2"):
        dedup.AsyncIndex(threshold=2)
    with pytest.raises(ValueError, match="durable is for a file"):
        dedup.AsyncIndex("redis://127.0.0.1", durable=True)

    async def use() -> None:
        async with dedup.AsyncIndex() as index:
            with pytest.raises(TypeError, match="texts is one text"):
                await index.add_many(TEXTS[0], ["a"])
            with pytest.raises(ValueError, match="keys has 0 entries"):
                await index.add_many(TEXTS[:1], [])

    asyncio.run(use())
