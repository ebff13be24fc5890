"""Measure how fast an index answers and stores pages while it holds many paragraphs.

Knows: an index in a file and on a Redis server, datasketch's MinHashLSH in memory and on the same
server with the same bands. Does not know: how any of them works.

    python -m benchmarks.index                       10,000 and 100,000 stored
    python -m benchmarks.index --sizes 1000000 --pages 3000
    python -m benchmarks.index --no-texts --variants remove
    python -m benchmarks.index --real                pages of real text
    python -m benchmarks.index --processes 4         and pages of four processes at once

Each index is filled by ``Index.from_paragraphs``. Then pages of 20 unseen paragraphs are added one
after another; a fifth of the paragraphs are exact copies of earlier ones, a tenth are edited
copies. Printed are the rates by the clock and by the processor's time, which other programs disturb
less (on a server, that of both processes), and the recall: the share of those copies that were
found. With ``--real`` the pages are paragraphs of the development sets, page by page of one
source, and no recall is printed.
datasketch hashes the same word pairs with as many permutations in the same bands, so it proposes
the same pairs, and looks up and inserts in its own storage. It compares nothing, so it does less
work, and it reports pairs below the threshold too. ``--variants remove`` spares the index the
judgement, which datasketch doesn't have.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.corpus import paragraphs
from benchmarks.sets import DEV, LabelledSet
from dedup.core.tokens import words

_PAGE = 20

#: Says of each text of a page whether it repeats one before.
Add = Callable[[Sequence[str], Sequence[str]], Sequence[object]]

#: Adds a share of the texts of a file; run by several processes at once.
_WORKER = """
import sys
from benchmarks.index import add_share
add_share(*sys.argv[1:3], *map(int, sys.argv[3:]))
"""


class Stream(NamedTuple):
    """What is stored at first, what comes in pages, and which of that repeats something before.

    repeats: None where that is not known.
    """

    first: list[str]
    rest: list[str]
    repeats: NDArray[np.bool_] | None


class Server(NamedTuple):
    """A Redis server: its address and a client."""

    url: str
    client: Any

    def busy(self) -> float:
        """Seconds of processor it has taken."""
        used = self.client.info("cpu")
        return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print some lines for each size and contender."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--variants", default="report")
    parser.add_argument("--no-texts", action="store_true")
    parser.add_argument("--real", action="store_true", help="add pages of the development sets")
    parser.add_argument("--processes", type=int, default=0, metavar="N",
                        help="let so many processes add pages at once, too")  # fmt: skip
    parser.add_argument("--redis", type=int, default=1_000_000, metavar="SIZE",
                        help="largest size for Redis (2 kB of memory each)")  # fmt: skip
    parser.add_argument("--datasketch", type=int, default=10_000, metavar="SIZE",
                        help="largest size for datasketch (8 kB of memory each)")  # fmt: skip
    parser.add_argument("--folder", help="where the file is put; default: a temporary folder")
    options = parser.parse_args(arguments)
    print(f"load average at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    for size in options.sizes:
        stream = _stream(size, options.pages * (2 if options.processes else 1))
        if options.real:
            stream = Stream(stream.first, _real_texts(len(stream.rest)), None)
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            in_file = _index(str(Path(folder) / "seen.db"), stream, size, options, None)
        on_server = None
        if size <= options.redis:
            with _server() as server:
                if server:
                    on_server = _index(server.url, stream, size, options, server)
        if size <= options.datasketch:
            peer = _datasketch(stream, options.pages, {"type": "dict"}, None)
            _compare("the file", in_file, "datasketch in memory", peer)
            with _server() as server:
                if server and on_server:
                    few = _stream(min(size, 2000), 50)
                    peer = _datasketch(few, 50, _storage(server), server)
                    _compare("Redis", on_server, "datasketch on Redis", peer)


def _compare(name: str, rate: float, peer: str, other: float) -> None:
    """Print how many times as fast as a peer an index adds, by the processor's time."""
    print(f"{'':>9} {name}: {rate / other:.1f} times as many a second of processor as {peer}")


def _stream(size: int, pages: int) -> Stream:
    first = size * 4 // 3
    corpus = paragraphs(first + pages * _PAGE, seed=11)
    return Stream(
        corpus.texts[:first],
        corpus.texts[first:],
        (corpus.origin != np.arange(len(corpus.origin)))[first:],
    )


def _real_texts(count: int) -> list[str]:
    """Read paragraphs of the development sets, some of each."""
    found = []
    folders = [folder for folder in sorted(DEV.iterdir()) if (folder / "units.jsonl").is_file()]
    for folder in folders:
        texts = LabelledSet(folder).texts
        share = count // len(folders) // _PAGE * _PAGE
        found += texts[: min(share, len(texts) // _PAGE * _PAGE)]
    return found


@contextmanager
def _server() -> Iterator[Server | None]:
    """A server of one's own; None where none can be started."""
    import pytest

    try:
        import redis

        from tests.support.redis_server import Server as Running

        running = Running()
    except (ImportError, pytest.skip.Exception) as error:
        print(f"{'':>9} no Redis: {error}")
        yield None
        return
    try:
        yield Server(running.url, redis.Redis(port=running.port))
    finally:
        running.end()


def _index(
    place: str, stream: Stream, size: int, options: argparse.Namespace, server: Server | None
) -> float:
    """Measure an index; return paragraphs added for each second of processor, of all processes."""
    name = "Redis" if server else "file"
    half = len(stream.rest) // (2 * _PAGE) * _PAGE if options.processes else len(stream.rest)
    pages = min(options.pages * _PAGE, half)
    since = time.perf_counter()
    with dedup.Index.from_paragraphs(
        stream.first, place, variants=options.variants, store_texts=not options.no_texts
    ) as index:
        rate = len(stream.first) / (time.perf_counter() - since)
        stored = len(index)
        print(f"{stored:>9,} stored, {name}: from_paragraphs {rate:,.0f}/s")
        added = _pages("add_many", index.add_many, stream, pages, server)
        _pages("query_many", lambda texts, keys: index.query_many(texts), stream, pages, server)
        since = time.perf_counter()
        for text in stream.rest[:500]:
            index.query(text)
        print(f"{'':>9} query of one: {(time.perf_counter() - since) / 500 * 1e3:.2f} ms")
        stats = index.stats()
        size_of_all = server.client.info("memory")["used_memory"] if server else stats.size
        print(
            f"{'':>9} {size_of_all / stats.paragraphs:.0f} bytes each, {name},"
            f" {(size_of_all - stats.texts) / stats.paragraphs:.0f} without texts"
        )
    if options.processes:
        _together(place, stream.rest[pages : 2 * pages], options.processes, server)
    since = time.perf_counter()
    with dedup.Index(place) as index:
        index.query(stream.rest[0])
    print(f"{'':>9} opened and asked anew: {(time.perf_counter() - since) * 1e3:.0f} ms")
    return added


def _pages(name: str, add: Add, stream: Stream, count: int, server: Server | None) -> float:
    """Time pages; print rates by clock and by processor, how long pages took, and the recall.

    Returns paragraphs for each second of processor, the server's included.
    """
    took: list[float] = []
    answers: list[object] = []
    before = server.busy() if server else 0.0
    since, busy = time.perf_counter(), time.process_time()
    for at in range(0, count, _PAGE):
        begin = time.perf_counter()
        keys = [f"example.org/{at}#{k}" for k in range(_PAGE)]
        answers += add(stream.rest[at : at + _PAGE], keys)
        took.append(time.perf_counter() - begin)
    seconds, processor = time.perf_counter() - since, time.process_time() - busy
    theirs = server.busy() - before if server else 0.0
    half, most, longest = np.percentile(took, [50, 99, 100]) * 1e3
    recall = ""
    if stream.repeats is not None:
        repeats = stream.repeats[:count]
        share = np.mean([bool(each) for each in answers] & repeats) / max(repeats.mean(), 1e-9)
        recall = f"; recall {share:.1%}"
    beside = f", {count / theirs:,.0f} of the server's" if server else ""
    print(
        f"{'':>9} {name}: {count / seconds:,.0f}/s ({count / processor:,.0f} for each second of"
        f" processor{beside}); a page {half:.1f} ms, p99 {most:.1f}, longest {longest:.0f}"
        f"{recall}"
    )
    return count / (processor + theirs)


def _together(place: str, texts: Sequence[str], processes: int, server: Server | None) -> None:
    """Let processes add the pages of texts at once, each its share."""
    before = server.busy() if server else 0.0
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "texts.json"
        source.write_text(json.dumps(texts), encoding="utf-8")
        command = [sys.executable, "-c", _WORKER, place, str(source), str(processes)]
        workers = [
            subprocess.Popen(
                [*command, str(share)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for share in range(processes)
        ]
        for worker in workers:  # All are ready before the first begins.
            assert worker.stdout
            worker.stdout.readline()
        since = time.perf_counter()
        for worker in workers:
            assert worker.stdin
            worker.stdin.write("\n")
            worker.stdin.flush()
        said = [worker.communicate()[0] for worker in workers]
        seconds = time.perf_counter() - since
    took = [float(each) for answer in said for each in answer.split()]
    half, most, longest = np.percentile(took, [50, 99, 100]) * 1e3
    theirs = server.busy() - before if server else 0.0
    beside = f" ({len(texts) / theirs:,.0f} for each second of the server's)" if server else ""
    print(
        f"{'':>9} {processes} processes at once: {len(texts) / seconds:,.0f}/s{beside}; a page"
        f" {half:.1f} ms, p99 {most:.1f}, longest {longest:.0f}"
    )


def add_share(place: str, source: str, processes: int, share: int) -> None:
    """Add one of several shares of the pages of a file; print the seconds that each took."""
    texts = json.loads(Path(source).read_text(encoding="utf-8"))
    with dedup.Index(place) as index:
        index.query(texts[0])
        print(flush=True)
        input()
        for at in range(share * _PAGE, len(texts), processes * _PAGE):
            page = texts[at : at + _PAGE]
            since = time.perf_counter()
            index.add_many(page, [f"example.com/{at}#{k}" for k in range(len(page))])
            print(time.perf_counter() - since)


def _storage(server: Server) -> dict[str, object]:
    kwargs = server.client.connection_pool.connection_kwargs
    return {"type": "redis", "redis": {"host": "127.0.0.1", "port": kwargs["port"]}}


def _datasketch(
    stream: Stream, pages: int, storage: dict[str, object], server: Server | None
) -> float:
    """Do the same with datasketch: sketch, look up, insert what has no candidate."""
    from datasketch import MinHash, MinHashLSH

    recipe = dedup.Recipe.choose(count=1_000_000)
    lsh = MinHashLSH(
        num_perm=recipe.permutations,
        params=(recipe.bands, recipe.rows),
        storage_config={"basename": b"benchmark", **storage},
    )
    stored = 0

    def add(texts: Sequence[str], keys: Sequence[str]) -> list[object]:
        nonlocal stored
        answers: list[object] = []
        for text, key in zip(texts, keys, strict=True):
            tokens = words(text)
            sketch = MinHash(recipe.permutations, recipe.seed, scheme="affine32")
            pairs = {f"{a} {b}".encode() for a, b in pairwise(tokens)}
            sketch.update_batch(list(pairs))
            found = lsh.query(sketch)
            if not found:
                lsh.insert(f"{key} {stored}", sketch)
                stored += 1
            answers.append(found)
        return answers

    add(stream.first, [str(k) for k in range(len(stream.first))])
    where = "in memory" if storage["type"] == "dict" else "on Redis"
    print(f"{stored:>9,} stored, datasketch {where}")
    return _pages("query, insert", add, stream, pages * _PAGE, server)


if __name__ == "__main__":
    main()
