"""Measure the job on disk: memory and time at growing size, and beside mere reading.

    python -m benchmarks.crawl [--sizes 1e5,1e6,1e7] [--memory 1GB] [--workers 2]
                               [--container jsonl|wet] [--floor N] [--folder DIR]

Knows: how crawl files are made by seed, which runs there are, what each should reach. Does not
know: how a job works. Every job runs in a process of its own; the memory of it and of all its
helpers is read from /proc while it works: what they share counts once for each (resident), and
what is theirs alone (anonymous). Files stay in --folder, where given, for the next time.

A document has ten paragraphs. A fifth of the paragraphs repeat one of the same file to the letter,
a tenth is an edited copy, a twentieth repeats one of an earlier file.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import corpus
from benchmarks.measure import _lines, _tree, machine, table

_PACKAGES = ("dedup-paragraphs", "numpy", "rapidfuzz", "fastwarc")

#: Paragraphs of a file, of a document, and how many texts later files repeat from.
_FILE, _DOCUMENT, _POOL = 100_000, 10, 20_000

#: Seconds between two looks at the memory.
_PAUSE = 0.05

#: What is wanted: bytes at most for 1 GB, growth of the cost, seconds for ten millions.
_PEAK, _GROWTH, _LONGEST = 1.25e9, 1.5, 480.0


class Options(argparse.Namespace):
    """What was asked for."""

    sizes: list[int]
    memory: str
    workers: int
    container: str
    floor: int
    folder: Path | None
    seed: int


class Run(NamedTuple):
    """One job: seconds by the clock and of all processors, peaks in bytes, what was kept."""

    paragraphs: int
    kept: int
    seconds: float
    busy: float
    resident: int
    anonymous: int
    stages: dict[str, float]
    recipe: str


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print its tables."""
    options = _options(arguments)
    print(machine(_PACKAGES))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if options.sizes:
            growing(options, folder)
        if options.floor:
            beside_reading(options, folder)


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crawl", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--sizes", type=_numbers, default=[100_000, 1_000_000], help="paragraphs")
    add("--memory", default="1GB")
    add("--workers", type=int, default=2)
    add("--container", default="jsonl", choices=("jsonl", "wet"))
    add("--floor", type=int, default=200_000, help="paragraphs of the WET beside mere reading")
    add("--folder", type=Path, help="where files are made and kept")
    add("--seed", type=int, default=1)
    return parser.parse_args(arguments, namespace=Options())


def _numbers(text: str) -> list[int]:
    return [int(float(part)) for part in text.split(",") if part]


# -- files


def make(folder: Path, count: int, container: str, seed: int) -> list[Path]:
    """Make files of ``count`` paragraphs, or find those made before."""
    write = {"jsonl": write_jsonl, "wet": write_wet}[container]
    suffix = {"jsonl": "jsonl.gz", "wet": "warc.wet.gz"}[container]
    folder.mkdir(parents=True, exist_ok=True)
    pool: list[str] = []
    paths = []
    for number, begin in enumerate(range(0, count, _FILE)):
        size = min(_FILE, count - begin)
        path = folder / f"{number:05d}-{size}-{seed}.{suffix}"
        paths.append(path)
        texts = [] if path.exists() else _texts(size, seed, number, pool)
        if not pool:
            pool = (texts or _texts(size, seed, number, pool))[:_POOL]
        if texts:
            part = path.with_suffix(".part")
            write(part, texts, number)
            part.replace(path)
    return paths


def _texts(size: int, seed: int, number: int, pool: list[str]) -> list[str]:
    texts = corpus.paragraphs(size, seed * 1000 + number).texts
    if pool:
        draw = np.random.default_rng(seed * 1000 + number)
        places = np.flatnonzero(draw.random(size) < 0.05)
        for place, source in zip(places, draw.integers(0, len(pool), len(places)), strict=True):
            texts[place] = pool[source]
    return texts


def write_jsonl(path: Path, texts: list[str], number: int) -> None:
    """Write documents as rows of JSON, packed by gzip."""
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for page, part in enumerate(_pages(texts)):
            url = f"https://site{page % 500}.example/{number}/{page}"
            file.write(json.dumps({"id": f"{number}-{page}", "url": url, "text": "\n".join(part)}))
            file.write("\n")


def write_wet(path: Path, texts: list[str], number: int) -> None:
    """Write documents as records of WET, each packed by itself."""
    with open(path, "wb") as file:
        file.write(_record("warcinfo", "", "Software-Info: made by seed\r\n"))
        for page, part in enumerate(_pages(texts)):
            url = f"https://site{page % 500}.example/{number}/{page}"
            file.write(_record("conversion", url, "\n".join(part) + "\n"))


def _pages(texts: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(texts), _DOCUMENT):
        yield texts[begin : begin + _DOCUMENT]


def _record(kind: str, url: str, text: str) -> bytes:
    body = text.encode()
    uri = f"WARC-Target-URI: {url}\r\n" if url else ""
    digest = zlib.crc32(url.encode())
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\n{uri}WARC-Date: 2026-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{digest:012x}>\r\n"
        f"Content-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + body + b"\r\n\r\n", 1)


# -- growing size


def growing(options: Options, folder: Path) -> None:
    """Run the job at growing size."""
    rows: list[tuple[str, ...]] = []
    runs: list[Run] = []
    for count in options.sizes:
        paths = make(
            folder / f"{options.container}-{count}", count, options.container, options.seed
        )
        run = run_job(paths, options.memory, options.workers)
        runs.append(run)
        cost, first = run.busy / run.paragraphs, runs[0].busy / runs[0].paragraphs
        rows.append((
            str(run.paragraphs), run.recipe, f"{run.seconds:.1f}",
            f"{run.seconds / run.paragraphs * 1e6:.1f}", f"{cost * 1e6:.1f}", f"{cost / first:.2f}",
            f"{run.resident / 1e6:.0f}", f"{run.anonymous / 1e6:.0f}",
            f"{run.kept / run.paragraphs:.1%}",
        ))  # fmt: skip
        stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run.stages.items())
        print(f"{run.paragraphs}: seconds of stages: {stages}", flush=True)
    head = ("paragraphs", "recipe", "s", "us each", "cpu us", "growth", "resident MB", "anon MB")
    print(f"\nmemory {options.memory}, {options.workers} workers, {options.container}\n")
    print(table((*head, "kept"), rows))
    peak = max(run.resident for run in runs)
    growth = max(run.busy / run.paragraphs for run in runs) / (runs[0].busy / runs[0].paragraphs)
    targets = [
        ("peak resident memory, MB", f"{peak / 1e6:.0f}", f"{_PEAK / 1e6:.0f} or less"),
        ("growth of the processors' time a paragraph", f"{growth:.2f}", f"{_GROWTH} or less"),
    ]  # fmt: skip
    targets += [
        ("1e7 paragraphs", f"{run.seconds:.0f} s", f"{_LONGEST:.0f} s or less")
        for run in runs
        if run.paragraphs == 10**7
    ]
    print("\n" + table(("target", "measured", "wanted"), targets))


def run_job(paths: list[Path], memory: str, workers: int) -> Run:
    """Run a job in a process of its own, in a work folder beside its input."""
    with tempfile.TemporaryDirectory(dir=paths[0].parent.parent) as work:
        command = [sys.executable, "-m", "benchmarks.crawl", "--job", memory, str(workers), work]
        process = subprocess.Popen(
            [*command, *map(str, paths)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parent.parent,
        )
        watch = _Watch(process.pid)
        answer, _ = process.communicate()
        resident, anonymous = watch.end()
    if process.returncode:
        raise RuntimeError(f"the job ended with exit code {process.returncode}")
    return Run(**json.loads(answer), resident=resident, anonymous=anonymous)


class _Watch:
    """Follows the memory of a tree of processes from a thread, from its start."""

    def __init__(self, root: int) -> None:
        self._root, self._end = root, threading.Event()
        self._resident = self._anonymous = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> tuple[int, int]:
        """End, and give the peaks: all that is resident, and what is no page of a file."""
        self._end.set()
        self._thread.join()
        return self._resident, self._anonymous

    def _look(self) -> None:
        while not self._end.wait(_PAUSE):
            sizes = {"VmRSS:": 0, "RssAnon:": 0}
            for process in _tree(self._root):
                for line in _lines(f"/proc/{process}/status"):
                    name, _, value = line.partition("\t")
                    if name in sizes:
                        sizes[name] += int(value.split()[0]) * 1024
            self._resident = max(self._resident, sizes["VmRSS:"])
            self._anonymous = max(self._anonymous, sizes["RssAnon:"])


def _job(memory: str, workers: str, work: str, paths: list[str]) -> None:
    """Run one job and tell about it: the process that is watched."""
    import os

    from dedup import scale
    from dedup.scale.inputs import from_paths

    stages: dict[str, float] = {}
    begin = last = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - last
        last = now

    count = sum(int(Path(path).name.split("-")[1].split(".")[0]) for path in paths)
    decisions = scale.run(
        from_paths(paths, "lines"), Path(work, "job"), memory=memory, workers=int(workers),
        expected=scale.Estimate(count, 500 * count), progress=progress,
    )  # fmt: skip
    seconds = time.perf_counter() - begin
    times = os.times()
    recipe = decisions.recipe
    told = {
        "paragraphs": len(decisions), "kept": int(decisions.every().kept.sum()),
        "seconds": seconds, "busy": times.user + times.system + times.children_user
        + times.children_system, "stages": stages,
        "recipe": f"{recipe.width}-grams {recipe.bands}x{recipe.rows}",
    }  # fmt: skip
    print(json.dumps(told))


# -- beside mere reading


def beside_reading(options: Options, folder: Path) -> None:
    """Run the job on WET with one worker, and read, decode and split the same files."""
    paths = make(folder / f"wet-{options.floor}", options.floor, "wet", options.seed)
    begin, busy = time.perf_counter(), time.process_time()
    lines = sum(map(read_only, paths))
    floor, floor_busy = time.perf_counter() - begin, time.process_time() - busy
    run = run_job(paths, options.memory, 1)
    assert run.paragraphs == lines
    rows = [
        ("reading, decoding, splitting (fastwarc)", f"{floor:.2f}", f"{floor_busy:.2f}", "1.0"),
        ("the job, one worker", f"{run.seconds:.2f}", f"{run.busy:.2f}",
         f"{run.busy / floor_busy:.1f} (3 or less)"),
    ]  # fmt: skip
    print(f"\n{lines} paragraphs of WET\n\n{table(('what', 's', 'cpu s', 'ratio of cpu'), rows)}")


def read_only(path: Path) -> int:
    """Read a WET file and count its lines: what no job can go below."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    count = 0
    with open(path, "rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.conversion):
            text = record.reader.read().decode("utf-8", "replace")
            count += sum(1 for line in text.split("\n") if line.strip())
    return count


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        _job(sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
    else:
        main()
