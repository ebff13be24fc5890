"""Measure ``dedup clean`` on dumps: memory and time at growing sizes, and beside mere reading.

    python -m benchmarks.crawl [--sizes 1e5,1e6,1e7] [--memory 1GB] [--workers 2]
                               [--container KIND] [--floor N] [--folder DIR]
                               [--texts FOLDER]

Knows: how crawl files are made from a seed, which runs there are, what each should reach. Does not
know: how a job works, peers (``crawl_peers``).

Every job decides and writes, as ``dedup clean`` does, in a process of its own. While it works, its
memory and that of its helper processes is read from /proc: all of it, where what they share counts
once for each ("resident"), and only what they don't share ("anonymous"). With --folder the made
files stay there for the next run.

A document has ten paragraphs. Of all paragraphs a fifth are exact copies from the same file, a
tenth are edited copies, and a twentieth are copies from an earlier file. Texts are made up; with
--texts they are real sentences of that folder, recombined (``recombined``). The rows of "jsonl" are
escaped to ASCII, as Python's json writes them; those of "jsonl-utf8" are not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks import corpus, recombined
from benchmarks.measure import _busy, as_installed, machine, table
from benchmarks.watch import watched

_PACKAGES = ("dedup-paragraphs", "numpy", "rapidfuzz", "fastwarc")

#: Paragraphs of a file, of a document, and how many texts later files repeat from.
_FILE, _DOCUMENT, _POOL = 100_000, 10, 20_000

#: What is wanted: bytes at most for 1 GB, growth of the cost, seconds for ten millions, and how
#: much longer than mere reading a job may take.
_PEAK, _GROWTH, _LONGEST, _RATIO = 1.25e9, 1.5, 300.0, 8.0

#: How often the file is only read: once takes too little time to say much. The median counts.
_READINGS = 9


class Options(argparse.Namespace):
    """What was asked for."""

    sizes: list[int]
    memory: str
    workers: int
    container: str
    floor: int
    folder: Path | None
    texts: Path | None
    seed: int


class Run(NamedTuple):
    """One job: seconds by the clock and of all processors, peaks in bytes, what was kept.

    stages: seconds by the clock of each.
    """

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
    add("--memory", default="1GB", help="of each job")
    add("--workers", type=int, default=2, help="processes of each job")
    add("--container", default="jsonl", choices=_WRITERS, help="of the files")
    add(
        "--floor",
        type=int,
        default=200_000,
        help="paragraphs of a WET, to compare with only reading it",
    )
    add("--folder", type=Path, help="make the files here, and keep them")
    add("--texts", type=Path, help="a folder of units.jsonl, whose sentences the files repeat")
    add("--seed", type=int, default=1, help="decides the made files")
    return parser.parse_args(arguments, namespace=Options())


def _numbers(text: str) -> list[int]:
    return [int(float(part)) for part in text.split(",") if part]


# -- files


def _made(options: Options, folder: Path, count: int, container: str) -> list[Path]:
    real = options.texts
    place = folder / f"{container}-{count}{'-real' if real else ''}"
    return make(place, count, container, options.seed, real)


def make(
    folder: Path, count: int, container: str, seed: int, real: Path | None = None
) -> list[Path]:
    """Make files of ``count`` paragraphs, or find those made before.

    real: the folder of the sentences; without it texts are made up.
    """
    write = _WRITERS[container]
    suffix = "warc.wet.gz" if container == "wet" else "jsonl.gz"
    folder.mkdir(parents=True, exist_ok=True)
    pool: list[str] = []
    paths = []
    for number, begin in enumerate(range(0, count, _FILE)):
        size = min(_FILE, count - begin)
        path = folder / f"{number:05d}-{size}-{seed}.{suffix}"
        paths.append(path)
        texts = [] if path.exists() else _texts(size, seed, number, pool, real)
        if not pool:
            pool = (texts or _texts(size, seed, number, pool, real))[:_POOL]
        if texts:
            part = path.with_suffix(".part")
            write(part, texts, number)
            part.replace(path)
    return paths


def _texts(size: int, seed: int, number: int, pool: list[str], real: Path | None) -> list[str]:
    own = seed * 1000 + number
    made = recombined.paragraphs(real, size, own) if real else corpus.paragraphs(size, own)
    texts = made.texts
    if pool:
        draw = np.random.default_rng(own)
        places = np.flatnonzero(draw.random(size) < 0.05)
        for place, source in zip(places, draw.integers(0, len(pool), len(places)), strict=True):
            texts[place] = pool[source]
    return texts


def write_jsonl(path: Path, texts: list[str], number: int, escaped: bool = True) -> None:
    """Write documents as rows of JSON, packed by gzip. escaped: to ASCII."""
    write_rows(path, pages_of(texts), number, escaped)


def write_rows(path: Path, pages: Iterable[list[str]], number: int, escaped: bool = True) -> None:
    """Write pages as rows of JSON, packed by gzip, a paragraph a line of the text.

    escaped: to ASCII, as Python's json does by default.
    """
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for page, part in enumerate(pages):
            url = f"https://site{page % 500}.example/{number}/{page}"
            row = {"id": f"{number}-{page}", "url": url, "text": "\n".join(part)}
            file.write(json.dumps(row, ensure_ascii=escaped) + "\n")


def write_wet(path: Path, texts: list[str], number: int) -> None:
    """Write documents as records of WET, each packed by itself."""
    with open(path, "wb") as file:
        file.write(_record("warcinfo", "", "Software-Info: made by seed\r\n"))
        for page, part in enumerate(pages_of(texts)):
            url = f"https://site{page % 500}.example/{number}/{page}"
            file.write(_record("conversion", url, "\n".join(part) + "\n"))


#: What writes each kind of file: (path, texts, number of the file).
_WRITERS: dict[str, Callable[[Path, list[str], int], None]] = {
    "jsonl": write_jsonl,
    "jsonl-utf8": partial(write_jsonl, escaped=False),
    "wet": write_wet,
}


def pages_of(texts: list[str]) -> Iterator[list[str]]:
    """Cut paragraphs into pages of ten."""
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
        paths = _made(options, folder, count, options.container)
        run = run_job(paths, options.memory, options.workers)
        runs.append(run)
        cost, first = run.busy / run.paragraphs, runs[0].busy / runs[0].paragraphs
        rows.append((
            str(run.paragraphs), run.recipe, f"{run.seconds:.1f}",
            f"{run.seconds / run.paragraphs * 1e6:.1f}", f"{cost * 1e6:.1f}", f"{cost / first:.2f}",
            f"{run.resident / 1e6:.0f}", f"{run.anonymous / 1e6:.0f}",
            f"{run.kept / run.paragraphs:.1%}",
        ))  # fmt: skip
        print(_stages(run), flush=True)
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


def _stages(run: Run) -> str:
    stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in run.stages.items())
    return f"{run.paragraphs}: seconds of stages: {stages}"


def run_job(
    paths: list[Path],
    memory: str,
    workers: int,
    write: bool = True,
    out: Path | None = None,
    variants: str = "report",
) -> Run:
    """Run a job in a process of its own; or only make its plan.

    out: the folder that is written, which stays; None for one beside the input, which does not.
    variants: as for ``find``. Python finds modules compiled, as installed: if it does not yet, a
    small job runs before.
    """
    place = paths[0].parent.parent
    compiled = place / "compiled"
    if not compiled.exists():
        compiled.mkdir()
        container = "jsonl" if ".jsonl" in paths[0].name else "wet"
        run_job(make(place / f"small-{container}", 100, container, 1), memory, 1)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        target = str(out or folder) if write else str(Path(folder, "plan.jsonl.gz"))
        asked = {
            "memory": memory, "workers": workers, "write": write, "target": target,
            "variants": variants,
        }  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.crawl", "--job", json.dumps(asked)]
        figures, resident, anonymous = watched([*command, *map(str, paths)], as_installed(compiled))
    return Run(**figures, resident=resident, anonymous=anonymous)


def _job(asked: dict[str, Any], paths: list[str]) -> None:
    """Run one job and tell about it: the process that is watched."""
    from dedup.dump import Request, clean_files
    from dedup.options import Matching, Resources

    stages: dict[str, float] = {}
    begin = last = time.perf_counter()

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        now = time.perf_counter()
        stages[stage] = stages.get(stage, 0.0) + now - last
        last = now

    target, write = asked["target"], asked["write"]
    request = Request(
        paths, markup="lines", matching=Matching(variants=asked["variants"]),
        resources=Resources(asked["workers"], asked["memory"], progress=progress),
        output=target if write else None, plan=None if write else target,
    )  # fmt: skip
    summary = clean_files(request)
    seconds = time.perf_counter() - begin
    assert summary.tally is not None
    assert summary.recipe is not None
    total, recipe = summary.tally.total, summary.recipe
    figures = {
        "paragraphs": total.paragraphs, "kept": total.paragraphs - total.gone,
        "seconds": seconds, "busy": _busy(), "stages": stages,
        "recipe": f"{recipe['width']}-grams {recipe['bands']}x{recipe['rows']}",
    }  # fmt: skip
    print(json.dumps(figures))


# -- beside mere reading


def beside_reading(options: Options, folder: Path) -> None:
    """Run the job on WET with one worker, and read, decode and split the same files."""
    paths = _made(options, folder, options.floor, "wet")
    readings = []
    for _ in range(_READINGS):
        begin, busy = time.perf_counter(), time.process_time()
        lines = sum(map(read_only, paths))
        readings.append((time.perf_counter() - begin, time.process_time() - busy))
    floor, floor_busy = (median(each) for each in zip(*readings, strict=True))
    row = ("reading, decoding, splitting (fastwarc)", f"{floor:.2f}", f"{floor_busy:.2f}")
    rows: list[tuple[str, ...]] = [(*row, "1.0", "1.0")]
    for write in (False, True):
        run = run_job(paths, options.memory, 1, write)
        assert run.paragraphs == lines
        rows.append((
            f"the job, one worker, {'all written' if write else 'only its plan written'}",
            f"{run.seconds:.2f}", f"{run.busy:.2f}", f"{run.seconds / floor:.1f}",
            f"{run.busy / floor_busy:.1f}",
        ))  # fmt: skip
        print(_stages(run), flush=True)
    head = ("what", "s", "cpu s", f"ratio of s ({_RATIO:g} or less)", "of cpu")
    print(f"\n{lines} paragraphs of WET\n\n{table(head, rows)}")


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
        _job(json.loads(sys.argv[2]), sys.argv[3:])
    else:
        main()
