"""An index shared by processes: one winner, nobody blocked for long, nothing lost by a kill."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import dedup
from benchmarks.corpus import paragraphs
from dedup.index.sqlite import cache
from tests.support.index_files import connection_of
from tests.support.places import ROOT

#: Adds the lines of a file in pages, in an order of its own, and prints a line for each answer.
ADDER = """
import random, sys
import dedup
path, texts, worker, size = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
lines = open(texts, encoding="utf-8").read().split("\\n")
order = list(range(len(lines)))
random.Random(worker).shuffle(order)
index = dedup.Index(path, threshold=1.0)
for at in range(0, len(order), size):
    some = order[at : at + size]
    answers = index.add_many([lines[k] for k in some], [f"{worker}/{k}" for k in some])
    written = [f"{k} {'new' if each is None else each.key}" for k, each in zip(some, answers)]
    sys.stdout.write("\\n".join(written) + "\\n")
    sys.stdout.flush()
"""

#: Forks writers of texts that no other has, and kills each at a random moment; a writer notes in a
#: file what was acknowledged to it.
KILLER = """
import os, random, signal, sys, time
import dedup
from dedup.index.sqlite import cache
from tests.support.index_files import connection_of
path, acknowledged, seed, kills = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
cache.RING = 512
draw = random.Random(seed)
dedup.Index().add("one two three four five six seven eight nine", "warm")

def write(name):
    index = dedup.Index(path)
    out = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    at = 0
    while True:
        keys = [f"{name}/{k}" for k in range(at, at + draw.choice([1, 5, 20]))]
        index.add_many([text_of(key) for key in keys], keys)
        os.write(out, "".join(key + "\\n" for key in keys).encode())
        at += len(keys)
        if draw.random() < 0.1:
            index.compact()

def text_of(key):
    words = random.Random(key)
    return " ".join(f"w{words.randrange(10000)}" for _ in range(12))

def bytes_acknowledged():
    try:
        return os.path.getsize(acknowledged)
    except FileNotFoundError:
        return 0

for kill in range(kills):
    draw.seed(f"{seed}/{kill}")
    before = bytes_acknowledged()
    child = os.fork()
    if not child:
        write(f"{seed}x{kill}")
    time.sleep(draw.uniform(0.02, 0.8))
    # On a busy machine a writer may take longer to begin: every other one has acknowledged some.
    until = time.monotonic() + 60
    while kill % 2 and bytes_acknowledged() < before + 50 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program that uses dedup."""
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_of_four_processes_adding_the_same_each_paragraph_has_one_winner(tmp_path: Path) -> None:
    texts = [f"one two three four five six seven number {k}" for k in range(20_000)]
    (tmp_path / "texts").write_text("\n".join(texts), encoding="utf-8")
    path = tmp_path / "seen.db"
    workers = [start(ADDER, path, tmp_path / "texts", each, 100) for each in range(4)]
    slowest = [0.0]
    done = threading.Event()

    def read() -> None:
        while not path.exists():
            time.sleep(0.01)
        with dedup.Index(path, threshold=1.0) as index:
            while not done.is_set():
                since = time.thread_time(), time.perf_counter()
                index.query(texts[random.randrange(20_000)])
                waited = time.perf_counter() - since[1] - (time.thread_time() - since[0])
                slowest[0] = max(slowest[0], waited)
                time.sleep(0.005)

    reader = threading.Thread(target=read)
    reader.start()
    lines_of = [each.communicate()[0].splitlines() for each in workers]
    done.set()
    reader.join()
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
    assert set(winner) == set(range(20_000))
    assert set(answers.values()) == {4}
    for lines in lines_of:
        for line in lines:
            number, answer = line.split()
            assert answer in ("new", winner[int(number)])
    with dedup.Index(path) as index:
        assert index.check() == []
        assert {each.key for each in index.counts()} == set(winner.values())
        assert {each.count for each in index.counts()} == {4}
    # Two cores shared by five: a reader waits for a core, never for a lock.
    assert slowest[0] < 2.0


def test_readers_are_not_blocked_while_a_writer_holds_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    texts = paragraphs(300, seed=2).texts
    with dedup.Index(path) as writer, dedup.Index(path) as reader:
        writer.add_many(texts, [str(k) for k in range(300)])
        reader.query(texts[0])
        waits = []
        with writer._unit(write=True):
            connection_of(writer).execute("UPDATE paragraph SET count = count + 1")
            for text in texts[:50]:
                since = time.perf_counter()
                assert reader.query(text) is not None
                waits.append(time.perf_counter() - since)
        assert sorted(waits)[45] < 0.1
        assert reader.counts()[0].count == writer.counts()[0].count


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_nothing_acknowledged_is_lost_by_fifty_kills(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    dedup.Index(path).close()
    files = [tmp_path / f"acknowledged{each}" for each in range(4)]
    killers = [start(KILLER, path, each, k, 13 - k // 2) for k, each in enumerate(files)]
    for killer in killers:
        killer.communicate()
    assert [killer.returncode for killer in killers] == [0] * 4
    keys = [key for each in files for key in each.read_text().split()]
    assert len(keys) > 100
    with dedup.Index(path) as index:
        assert index.check() == []
        answers = index.query_many([_random_text(key) for key in keys])
        assert [each and (each.key, each.kind) for each in answers] == [
            (key, dedup.Kind.EXACT) for key in keys
        ]


def _random_text(key: str) -> str:
    """The text that a killed writer added under a key."""
    words = random.Random(key)
    return " ".join(f"w{words.randrange(10000)}" for _ in range(12))


def test_two_indexes_of_one_file_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "RING", 512)
    texts = paragraphs(3000, seed=4, words=20).texts
    keys = [str(k) for k in range(3000)]
    with (
        dedup.Index(tmp_path / "one.db") as alone,
        dedup.Index(tmp_path / "two.db") as first,
        dedup.Index(tmp_path / "two.db") as second,
    ):
        draw = random.Random(3)
        at = 0
        while at < len(texts):
            end = at + draw.choice([1, 7, 40, 200])
            here = draw.choice([first, second])
            answers = here.add_many(texts[at:end], keys[at:end])
            assert answers == alone.add_many(texts[at:end], keys[at:end])
            at = end
            if draw.random() < 0.2:
                key = str(draw.randrange(at))
                assert draw.choice([first, second]).remove(key) == alone.remove(key)
            if draw.random() < 0.1:
                draw.choice([first, second]).compact()
        assert first.query_many(texts) == second.query_many(texts) == alone.query_many(texts)
        assert first.check() == second.check() == []


def test_threads_share_one_index() -> None:
    texts = [f"one two three four five six seven number {k}" for k in range(400)]
    new: list[int] = []
    with dedup.Index(threshold=1.0) as index:

        def add(worker: int) -> None:
            order = random.Random(worker).sample(range(400), 400)
            new.extend(k for k in order if index.add(texts[k], f"{worker}/{k}") is None)

        threads = [threading.Thread(target=add, args=(each,)) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(new) == list(range(400))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_opens_the_file_by_itself(tmp_path: Path) -> None:
    text = "one two three four five six seven eight nine"
    with dedup.Index(tmp_path / "seen.db") as index:
        child = os.fork()
        if not child:
            index.add(text, "child")
            os._exit(0)
        os.waitpid(child, 0)
        match = index.query(text)
        assert match is not None
        assert match.key == "child"
