"""The index on a real Redis server: the same answers, one winner, nothing lost, clear errors."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from benchmarks.corpus import paragraphs
from dedup.cli import main
from dedup.index.protocol import Answer, Fetch, Look, Step
from dedup.index.redis import pages
from dedup.index.redis.exchange import Request, ScriptCall
from dedup.index.redis.server import read_address
from tests.index.sqlite.test_processes import ADDER, KILLER, start
from tests.support import laws
from tests.support.index_files import KEYS, RECIPE, TEXTS
from tests.support.index_model import Clock, check_law_4, feed, names, small_buckets, stress
from tests.support.redis_server import Server

#: Paragraphs that four processes add at once; 20,000 by hand.
SHARED = 1200

#: Writers that are killed in the act.
KILLS = 6

_prefixes = itertools.count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server for all tests that leave it running."""
    running = Server()
    yield running
    running.end()


@pytest.fixture(scope="module")
def lasting() -> Iterator[Server]:
    """A server that writes everything down before it answers."""
    running = Server(persist=True)
    yield running
    running.end()


def at(server: Server, *more: str) -> str:
    """An address of an index that nobody has used."""
    return "&".join([f"{server.url}?prefix=t{next(_prefixes)}", *more])


def ask(server: Server, *command: object) -> Any:
    """Send a command of one's own."""
    import redis

    with redis.Redis(port=server.port) as client:
        return client.execute_command(*command)


def prefix_of(url: str) -> str:
    return f"{{{read_address(url).prefix}}}:"


@given(
    laws.text_lists(30),
    laws.thresholds,
    st.sampled_from(["report", "remove", "ignore"]),
    st.lists(st.integers(0, 30), max_size=4),
)
@settings(max_examples=20)
def test_an_index_fed_in_pages_keeps_what_find_keeps(
    server: Server, texts: list[str], threshold: float, variants: str, cuts: list[int]
) -> None:
    url = at(server)
    with dedup.Index(url, laws.BANDED, threshold=threshold, variants=variants) as index:
        answers = feed(index, texts, cuts)
        assert index.check() == []
    found = dedup.find(texts, threshold, recipe=laws.BANDED, variants=variants, workers=1)
    check_law_4(answers, found)


def test_a_page_of_a_copy_to_the_word_and_an_edited_one(server: Server) -> None:
    text = "the ferry of the old line leaves the harbour at nine and comes back over the river"
    edited = text.replace("old", "new").replace("over", "along")
    with dedup.Index(at(server), threshold=0.8, variants="remove") as index:
        index.add(text, "first")
        exact, near = index.add_many([text, edited], ["second", "third"])
        assert exact == dedup.Match("first", 1.0, dedup.Kind.EXACT)
        assert near == dedup.Match("first", dedup.similarity(text, edited), dedup.Kind.NEAR)


@pytest.mark.parametrize("seed", [1])
def test_an_index_does_what_a_plain_list_does(
    seed: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_buckets(monkeypatch)
    url = at(server)
    stress(seed, lambda **wanted: dedup.Index(url, **wanted))


@pytest.mark.parametrize("seed", [4])
def test_with_a_ttl_it_does_what_a_list_does_that_is_pruned_all_the_while(
    seed: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_buckets(monkeypatch)
    url = at(server, "ttl=300")
    stress(seed, lambda **wanted: dedup.Index(url, **wanted), ttl=300)


def test_a_template_filled_in_many_times_keeps_what_find_keeps(server: Server) -> None:
    texts = [laws.template(number) for number in range(250)]
    with dedup.Index(at(server), laws.BANDED, threshold=0.7) as index:
        answers = feed(index, texts, range(0, 250, 90))
        assert index.check() == []
    check_law_4(answers, dedup.find(texts, 0.7, recipe=laws.BANDED, workers=1))


def test_an_index_made_from_a_batch_is_that_made_one_by_one(server: Server) -> None:
    texts = [*paragraphs(600, seed=6, words=20).texts, "too short", *(["a b c d e f g h"] * 3)]
    stream = paragraphs(300, seed=8, words=20).texts
    url = at(server)
    with (
        dedup.Index.from_paragraphs(texts, url, workers=1) as batch,
        dedup.Index() as stepwise,
    ):
        stepwise.add_many(texts, names(len(texts)))
        assert batch.check() == []
        assert [m.count for m in batch.counts()] == [m.count for m in stepwise.counts()]
        stream += texts[:300]
        pairs = zip(
            batch.add_many(stream, names(600)), stepwise.add_many(stream, names(600)), strict=True
        )
        assert all((a and a.similarity) == (b and b.similarity) for a, b in pairs)
        assert batch.check() == []
    with pytest.raises(dedup.StoreError, match="it is not empty"):
        dedup.Index.from_paragraphs(texts, url, workers=1)
    assert not [key for key in ask(server, "KEYS", "*") if b"filling" in key]
    assert len(dedup.Index.from_paragraphs([], at(server))) == 0


def test_without_texts_copies_are_found_all_the_same(server: Server) -> None:
    texts = paragraphs(300, seed=3, words=20).texts
    wanted: dict[str, Any] = {"variants": "remove", "store_texts": False}
    with dedup.Index(at(server), **wanted) as index, dedup.Index(**wanted) as other:
        assert feed(index, texts, range(0, 300, 50)) == feed(other, texts, range(0, 300, 50))
        assert index.check() == []
        assert index.stats().texts == 0
        with pytest.raises(ValueError, match="stores no texts"):
            index.texts("p0")


def test_threshold_one_finds_the_same_words(server: Server) -> None:
    with dedup.Index(at(server), threshold=1.0) as index:
        answers = index.add_many([TEXTS[2], TEXTS[3], TEXTS[0]], names(3))
        assert [m and m.kind for m in answers] == [None, dedup.Kind.EXACT, None]
        assert index.check() == []


def dump(server: Server, url: str) -> str:
    """Write down everything an index has on the server, as hex."""
    lines = []
    for key in sorted(ask(server, "KEYS", prefix_of(url) + "*")):
        fields = ask(server, "HGETALL", key)
        lines += [f"{key.decode()} {f.hex()} {fields[f].hex()}" for f in sorted(fields)]
    return "\n".join(lines).replace(prefix_of(url), "")


def test_format_1_is_written_as_it_was(server: Server) -> None:
    url = at(server)
    with dedup.Index(url, RECIPE, store_texts=False, variants="remove", clock=lambda: 1e9) as index:
        index.add_many(TEXTS, KEYS)
    written = dump(server, url)
    digest = hashlib.sha256(written.encode()).hexdigest()[:16]
    assert digest == "fe4651d6d64ddb75", written


def test_what_it_holds_is_told(server: Server) -> None:
    with dedup.Index(at(server), expected=10_000_000) as index:
        index.add_many([TEXTS[0], TEXTS[0], TEXTS[2]], names(3))
        held = index.stats()
        assert index.texts("p2") == [TEXTS[2]]
        assert index.texts("p1") == []
        assert [(m.key, m.count) for m in index.counts()] == [("p0", 2), ("p2", 1)]
        assert index.counts("p2")[0].count == 1
    assert (held.paragraphs, held.met, held.recent) == (2, 3, 0)
    assert held.settings["rows"] == dedup.Recipe.choose(count=10_000_000).rows
    assert 0 < held.texts < held.size


def test_removed_paragraphs_leave_nothing_behind_once_compacted(server: Server) -> None:
    url = at(server)
    with dedup.Index(url) as index:
        index.add_many(TEXTS, KEYS)
        for key in KEYS:
            index.remove(key)
        assert b"harbour" not in b"".join(ask(server, "HVALS", prefix_of(url) + "texts"))
        assert index.stats().removed == 3
        index.compact()
        assert index.stats().removed == 0
    assert ask(server, "KEYS", prefix_of(url) + "*") == [prefix_of(url).encode() + b"meta"]


def test_what_expired_is_new_again_and_swept_as_pages_are_written(server: Server) -> None:
    url, clock = at(server), Clock()
    texts = paragraphs(400, seed=5, words=20).texts
    with dedup.Index(url, ttl=100, threshold=1.0, expected=1000, clock=clock) as index:
        assert index.add(TEXTS[0], "a") is None
        clock.now += 99
        assert index.add(TEXTS[0], "b") == dedup.Match("a", 1.0, dedup.Kind.EXACT)
        clock.now += 99
        assert index.query(TEXTS[0]) is not None
        clock.now += 1
        assert index.query(TEXTS[0]) is None
        assert index.add(TEXTS[0], "c") is None
        assert [m.key for m in index.counts()] == ["c"]
        assert index.check() == []
        for begin in range(0, 400, 20):
            clock.now += 20
            index.add_many(texts[begin : begin + 20], names(20))
        assert index.check() == []
        # A hundred are there; what expired in the meantime is still being swept.
        assert ask(server, "HLEN", prefix_of(url) + "rows") < 250
        index.compact()
        assert ask(server, "HLEN", prefix_of(url) + "rows") == len(index)
    left = [ask(server, "TTL", key) for key in ask(server, "KEYS", prefix_of(url) + "*")]
    assert sorted(left)[0] == -1
    assert all(100 < each <= 160 for each in sorted(left)[1:])
    with pytest.raises(dedup.RecipeMismatch, match="ttl is 50 instead of 100"):
        dedup.Index(f"{url}&ttl=50")


class Meddled:
    """Lets another writer in after a step of an index, once."""

    def __init__(self, index: dedup.Index, after: type, act: Callable[[], object]) -> None:
        self._real, self._after, self._act = index._store.answer, after, act
        self.asked: list[str] = []
        index._store.answer = self  # type: ignore[method-assign]

    def __call__(self, step: Step) -> Answer:
        answer = self._real(step)
        self.asked.append(type(step).__name__)
        if isinstance(step, self._after) and self._act is not None:
            act, self._act = self._act, None  # type: ignore[assignment]
            act()
        return answer


def test_a_page_that_another_was_quicker_than_looks_again(server: Server) -> None:
    url = at(server)
    with dedup.Index(url) as index, dedup.Index(url) as other:
        meddled = Meddled(index, Look, lambda: other.add(TEXTS[0], "other"))
        match = index.add(TEXTS[0], "a")
        assert match is not None
        assert match.key == "other"
        assert meddled.asked == ["Look", "Write", "Look", "Write"]
        assert [(m.key, m.count) for m in index.counts()] == [("other", 2)]
        assert index.check() == []


def test_a_page_that_another_does_not_concern_looks_once(server: Server) -> None:
    url = at(server)
    with dedup.Index(url) as index, dedup.Index(url) as other:
        meddled = Meddled(index, Look, lambda: other.add(TEXTS[2], "other"))
        assert index.add(TEXTS[0], "a") is None
        assert meddled.asked == ["Look", "Write"]


@pytest.mark.parametrize("most", [0, 64], ids=["texts are fetched", "texts come with the look"])
@pytest.mark.parametrize(
    ("after", "text"),
    [(Look, TEXTS[0]), (Look, TEXTS[0].replace("old ", "")), (Fetch, TEXTS[0].replace("old ", ""))],
    ids=["the same words", "an edited text, before its partner is read", "and after"],
)
def test_what_is_removed_in_mid_page_is_not_named(
    after: type, text: str, most: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "_MOST_TEXTS", most)
    url = at(server)
    with dedup.Index(url) as index, dedup.Index(url) as other:
        other.add(TEXTS[0], "other")
        Meddled(index, after, lambda: other.remove("other"))
        assert index.add(text, "a") is None
        assert [m.key for m in index.counts()] == ["a"]
        Meddled(index, Look, lambda: other.remove("a"))
        index.query(text)
        assert index.check() == []


def test_paragraphs_of_a_page_that_share_slots_are_all_in_their_buckets(server: Server) -> None:
    texts = paragraphs(64, seed=9, words=20).texts
    # So few expected paragraphs have 256 slots in each band.
    with dedup.Index(at(server), expected=1, variants="remove") as index:
        first = index.add_many(texts, names(64))
        assert index.check() == []
        kept = first.count(None)
        assert kept > 40
        again = index.add_many(texts, names(64))
        assert [each is not None and each.is_copy for each in again] == [True] * 64
        assert len(index) == kept


def test_the_texts_of_few_candidates_come_with_the_look(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dedup.Index(at(server), variants="remove") as index:
        index.add(TEXTS[0], "a")
        send, sent = index._store._send, []  # type: ignore[attr-defined]

        def watched(request: Request) -> Any:
            sent.append(request)
            return send(request)

        monkeypatch.setattr(index._store, "_send", watched)
        match = index.add(TEXTS[0].replace("old ", ""), "b")
        assert match is not None
        assert match.key == "a"
        assert [type(each) for each in sent] == [ScriptCall, ScriptCall]


def test_of_four_processes_adding_the_same_each_paragraph_has_one_winner(
    server: Server, tmp_path: Path
) -> None:
    texts = [f"one two three four five six seven number {k}" for k in range(SHARED)]
    (tmp_path / "texts").write_text("\n".join(texts), encoding="utf-8")
    url = at(server)
    ask(server, "CONFIG", "SET", "slowlog-log-slower-than", 500_000)
    ask(server, "SLOWLOG", "RESET")
    workers = [start(ADDER, url, tmp_path / "texts", each, 50) for each in range(4)]
    lines_of = [each.communicate()[0].splitlines() for each in workers]
    assert [each.returncode for each in workers] == [0] * 4
    winner: dict[int, str] = {}
    answers: Counter[int] = Counter()
    for worker, lines in enumerate(lines_of):
        for line in lines:
            number, answer = line.split()
            answers[int(number)] += 1
            if answer == "new":
                assert int(number) not in winner
                winner[int(number)] = f"{worker}/{number}"
    assert set(winner) == set(range(SHARED))
    assert set(answers.values()) == {4}
    for line in itertools.chain(*lines_of):
        number, answer = line.split()
        assert answer in ("new", winner[int(number)])
    with dedup.Index(url) as index:
        assert index.check() == []
        assert {each.key for each in index.counts()} == set(winner.values())
        assert {each.count for each in index.counts()} == {4}
        index.compact()
    # The server does one thing at a time, and nobody waits longer than for the slowest; where it
    # shares its cores with all these writers, that is mostly a wait for a core.
    slow = ask(server, "SLOWLOG", "GET")
    assert slow == [], [(each["duration"], each["command"][:60]) for each in slow]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_nothing_acknowledged_is_lost_by_killed_writers(server: Server, tmp_path: Path) -> None:
    url = at(server)
    dedup.Index(url).close()
    killer = start(KILLER, url, tmp_path / "acknowledged", 7, KILLS)
    killer.communicate()
    assert killer.returncode == 0
    keys = (tmp_path / "acknowledged").read_text().split()
    assert len(keys) > 4
    with dedup.Index(url) as index:
        assert index.check() == []
        texts = [random_text(key) for key in keys]
        assert [each and each.key for each in index.query_many(texts)] == keys


def random_text(key: str) -> str:
    words = random.Random(key)
    return " ".join(f"w{words.randrange(10000)}" for _ in range(12))


def test_a_server_killed_in_mid_page_and_started_again_has_all_it_acknowledged(
    lasting: Server,
) -> None:
    url = at(lasting)
    texts = paragraphs(1200, seed=9, words=20).texts
    acknowledged = 0
    with dedup.Index(url) as index:
        for kill in range(3):
            timer = threading.Timer(0.15 + 0.1 * kill, lasting.kill)
            timer.start()
            error = None
            begin = acknowledged
            while error is None and begin < len(texts):
                try:
                    index.add_many(texts[begin : begin + 20], names(1200)[begin : begin + 20])
                    acknowledged = begin + 20
                    begin = acknowledged if acknowledged < len(texts) else 0
                except dedup.StoreError as raised:
                    error = raised
            timer.join()
            assert error is not None
            assert "can't be reached" in str(error)
            assert "whole or not at all" in str(error)
            lasting.start()
            assert index.check() == []
            held = {m.key for m in index.counts()}
            assert len(index.query_many(texts[:acknowledged])) == acknowledged
            # The page whose answer was lost is there whole or not at all.
            lost = names(1200)[begin : begin + 20]
            again = index.add_many(texts[begin : begin + 20], lost)
            kept = [k for k, match in zip(lost, again, strict=True) if match is None]
            assert not held & set(kept)
            acknowledged = max(acknowledged, begin + 20) % len(texts)
    with dedup.Index(at(lasting)) as anew:
        anew.add_many(texts[:acknowledged], names(acknowledged))
        with dedup.Index(url) as index:
            expected = [m.key for m in anew.counts()]
            assert [m.key for m in index.counts()][: len(expected)] == expected


def test_a_server_that_stands_still_is_given_up_and_the_page_added_again(lasting: Server) -> None:
    url = at(lasting, "socket_timeout=2")
    with dedup.Index(url) as index:
        index.add(TEXTS[2], "a")

        def stop() -> None:
            lasting.pause(True)

        Meddled(index, Look, stop)
        with pytest.raises(dedup.StoreError, match="can't be reached"):
            index.add(TEXTS[0], "b")
        lasting.pause(False)
        # The write had been sent; who adds the page again is told of it.
        again = index.add(TEXTS[0], "b")
        assert again is None or again.key == "b"
        assert [m.key for m in index.counts()] == ["a", "b"]
        assert index.check() == []


def test_a_server_that_forgot_the_scripts_is_told_them_again(server: Server) -> None:
    with dedup.Index(at(server)) as index:
        index.add(TEXTS[0], "a")
        ask(server, "SCRIPT", "FLUSH")
        assert index.add(TEXTS[0], "b") is not None
        assert index.check() == []


def test_a_server_that_was_emptied_is_not_written_to(server: Server) -> None:
    url = at(server)
    with dedup.Index(url, clock=lambda: 5.0) as index:
        index.add(TEXTS[0], "a")
        for key in ask(server, "KEYS", prefix_of(url) + "*"):
            ask(server, "DEL", key)
        with pytest.raises(dedup.StoreError, match="the index is gone"):
            index.add(TEXTS[0], "b")
        assert ask(server, "KEYS", prefix_of(url) + "*") == []
        with dedup.Index(url, clock=lambda: 6.0) as anew:
            anew.add(TEXTS[2], "c")
        with pytest.raises(dedup.StoreError, match="the index is gone"):
            index.query(TEXTS[2])


def test_a_full_server_stores_nothing_of_the_page(lasting: Server) -> None:
    texts = paragraphs(3000, seed=1, words=20).texts
    with dedup.Index(at(lasting)) as index:
        index.add_many(texts[:20], names(20))
        before = index.counts(), index.stats().met
        ask(lasting, "CONFIG", "SET", "maxmemory", 1)
        try:
            with pytest.raises(dedup.StoreError, match="memory is full; nothing was stored"):
                index.add_many(texts[20:40], names(20))
            assert index.query(texts[0]) is not None
            assert (index.counts(), index.stats().met) == before
            assert index.check() == []
            assert index.remove("p0") == 1
            index.compact()
        finally:
            ask(lasting, "CONFIG", "SET", "maxmemory", 0)
        index.add_many(texts[20:40], names(20))
        assert index.check() == []


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (("SET", "meta", "mine"), "its key belongs to another program"),
        (("HSET", "meta", "name", "mine"), "its key belongs to another program"),
        (("HSET", "rows", "name", "mine"), "its key belongs to another program"),
    ],
    ids=["a string", "a hash", "a hash in the place of its rows"],
)
def test_keys_of_another_program_are_refused_and_left_alone(
    spoil: tuple[str, ...], message: str, server: Server
) -> None:
    url = at(server)
    command, key, *rest = spoil
    ask(server, command, prefix_of(url) + key, *rest)
    with pytest.raises(dedup.StoreError, match=message):
        dedup.Index(url)
    assert len(ask(server, "KEYS", prefix_of(url) + "*")) == 1


@pytest.mark.parametrize(
    ("field", "change", "message"),
    [
        ("format", lambda _: b"2", r"it has format 2; .* reads format 1"),
        ("settings", lambda s: s.replace(b"words/", b"words/9"), r"settings can't be .* normal"),
    ],
)
def test_an_index_from_the_future_is_refused(
    field: str, change: Callable[[bytes], bytes], message: str, server: Server
) -> None:
    url = at(server)
    dedup.Index(url).close()
    key = prefix_of(url) + "meta"
    ask(server, "HSET", key, field, change(ask(server, "HGET", key, field)))
    with pytest.raises(dedup.StoreError, match=message):
        dedup.Index(url)


def test_another_recipe_is_refused_with_the_fields_named(server: Server) -> None:
    url = at(server)
    dedup.Index(url, threshold=0.9).close()
    with pytest.raises(dedup.RecipeMismatch, match=r"threshold is 0.8 instead of 0.9"):
        dedup.Index(url, threshold=0.8)


def test_an_index_open_for_reading_refuses_to_store(server: Server) -> None:
    url = at(server)
    with pytest.raises(dedup.StoreError, match="there is no index"):
        dedup.Index(url, readonly=True)
    with dedup.Index(url) as index:
        index.add(TEXTS[0], "a")
    with dedup.Index(url, readonly=True) as index:
        assert index.query(TEXTS[0]) is not None
        for change in (lambda: index.add(TEXTS[2], "b"), lambda: index.remove("a"), index.compact):
            with pytest.raises(dedup.StoreError, match="it can't be written; nothing was stored"):
                change()
        assert len(index) == 1


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redis://127.0.0.1:1/0", r"redis://127.0.0.1:1/0: it can't be reached"),
        ("redis://:secret@127.0.0.1:1/0", r"redis://:\*\*\*@127.0.0.1:1/0: it can't be reached"),
        ("unix:///nowhere/redis.sock", r"unix:///nowhere/redis.sock: it can't be reached"),
        ("redis://127.0.0.1:port/0", "it is not an address"),
        ("redis://127.0.0.1:6379/first", "its database is 'first'"),
        ("redis://127.0.0.1:6379/0?prefix=a{b", "its prefix is 'a{b'"),
        ("redis://127.0.0.1:6379/0?ttl=soon", "its ttl is 'soon'"),
        ("redis://127.0.0.1:6379/0?socket_timeout=soon", "it is not an address"),
    ],
)
def test_where_no_server_is_the_address_and_a_remedy_are_named(url: str, message: str) -> None:
    with pytest.raises(dedup.StoreError, match=message) as raised:
        dedup.Index(url)
    assert "secret" not in str(raised.value)
    assert raised.value.remedy


def test_a_server_that_wants_a_password_says_so() -> None:
    server = Server("--requirepass", "right")
    try:
        for user, message in (("", "requires a password"), (":wrong@", "refuses the login")):
            with pytest.raises(dedup.StoreError, match=message) as raised:
                dedup.Index(server.url.replace("//", f"//{user}"))
            assert "wrong" not in str(raised.value)
        with dedup.Index(server.url.replace("//", "//:right@")) as index:
            assert index.add(TEXTS[0], "a") is None
            assert "right" not in index.path
    finally:
        server.end()


def test_options_that_are_of_files_or_of_servers_are_refused_elsewhere(server: Server) -> None:
    with pytest.raises(ValueError, match="durable is for a file"):
        dedup.Index(at(server), durable=True)
    with pytest.raises(ValueError, match="ttl is for an index on Redis"):
        dedup.Index(ttl=5)
    with pytest.raises(ValueError, match="ttl is 0; it must be whole seconds"):
        dedup.Index(at(server), ttl=0)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(dedup.MissingExtra, match=r"dedup-paragraphs\[redis\]"):
        dedup.Index("redis://127.0.0.1/0")


DAMAGES = [
    (("HSET", "rows", b"\1\0\0\0", b"short"), "no multiple of"),
    (("HDEL", "rows", b"\1\0\0\0"), "is in a bucket but not stored"),
    (("HDEL", "texts", b"\1\0\0\0"), "has no text"),
    (("DEL", "3"), "is in no bucket"),
    (("HSET", "meta", "next", "1"), "not below the next"),
]


@pytest.mark.parametrize(("damage", "message"), DAMAGES, ids=[m for _, m in DAMAGES])
def test_check_finds_what_is_wrong(
    damage: tuple[object, ...], message: str, server: Server
) -> None:
    url = at(server)
    with dedup.Index(url) as index:
        index.add_many(TEXTS, KEYS)
        assert index.check() == []
        command, key, *rest = damage
        ask(server, command, f"{prefix_of(url)}{key}", *rest)
        problems = index.check()
    if damage[:2] == ("HDEL", "rows"):
        # What is not there is not there, as if it had been removed.
        assert problems == []
        return
    assert any(message in each for each in problems), problems


def test_the_index_from_a_shell(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["index", *arguments])
        return code, capfd.readouterr().out

    page, url = tmp_path / "page.txt", at(server)
    page.write_text("\n".join(TEXTS))
    assert run("query", url, str(page))[0] == 2
    assert run("add", url, str(page))[0] == 0
    assert "repeats" in run("query", url, str(page))[1]
    assert "3 paragraphs, met 4 times" in run("stats", url)[1]
    assert run("check", url) == (0, f"{url}: no problems\n")
    assert run("prune", url, "--max-items", "1") == (0, "2 removed, 1 left\n")
