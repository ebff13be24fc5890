"""Measure the job on Spark: seconds and shuffled bytes of every stage, at growing size.

    python -m benchmarks.spark [--sizes 1e5,3e5,1e6] [--workers 0,1,2] [--recipe BANDSxROWS]
                               [--find] [--folder DIR] [--java OPTIONS]

Knows: how the input is made, how a driver is started and what it prints. Does not know: how a stage
works.

--workers 0 is ``local[2]``; other numbers are the workers of a standalone cluster on this machine,
with 1 GB for each executor, and one processor for each worker with its Java and its Python. The
driver runs on the processors of the workers, so one worker has one processor for all. Every job
runs in a new process, so the first stage includes the start of Python and Java. Busy seconds
are those of all processors for the driver, the daemons and the executors, read from /proc at the
end of each stage; other programs disturb them less than the clock. --find compares the answer with
``dedup.find``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import dedup
from benchmarks import corpus
from benchmarks.measure import _lines, _tree, machine, table

_PACKAGES = ("dedup-paragraphs", "pyspark", "numpy", "pyarrow", "rapidfuzz")

#: Paragraphs of an input file.
_FILE = 25_000

#: What is wanted: bytes shuffled a paragraph, and how much two workers gain on one.
_SHUFFLED, _GAIN = 500, 1.6


class Options(argparse.Namespace):
    """What was asked for."""

    sizes: list[int]
    workers: list[int]
    recipe: str
    find: bool
    folder: Path | None
    java: str
    job: str


class Run(NamedTuple):
    """One job: paragraphs, workers, seconds by the clock and of all processors, what was removed.

    stages: the figures of each, and its busy seconds as "busy".
    """

    paragraphs: int
    workers: int
    seconds: float
    busy: float
    removed: int
    stages: dict[str, dict[str, Any]]

    @property
    def shuffled(self) -> float:
        """Bytes shuffled a paragraph."""
        shuffled = sum(each["shuffled"] or 0 for each in self.stages.values())
        return float(shuffled) / self.paragraphs


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print its tables."""
    options = _options(arguments)
    if options.job:
        _drive(json.loads(options.job))
        return
    print(machine(_PACKAGES))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for size in options.sizes:
            _report(size, options, folder)


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--sizes", type=_numbers, default=[100_000, 300_000, 1_000_000], help="paragraphs")
    add("--workers", type=_numbers, default=[0], help="workers; 0 is local[2]")
    add("--recipe", default="", help="bands x rows; chosen for the size if not given")
    add("--find", action="store_true", help="compare the answer with dedup.find")
    add("--folder", type=Path, help="make the inputs here, and keep them")
    add("--java", default="", help="options of Java for the driver and the executors")
    add("--job", default="", help=argparse.SUPPRESS)
    return parser.parse_args(arguments, namespace=Options())


def _numbers(text: str) -> list[int]:
    return [int(float(part)) for part in text.split(",") if part]


def _report(size: int, options: Options, folder: Path) -> None:
    """Run one size with all numbers of workers, and print it."""
    source = make(folder, size)
    recipe = _recipe(options.recipe, size)
    runs = [
        measure(folder, source, size, workers, recipe, options.java) for workers in options.workers
    ]
    print(f"\n{size:,} paragraphs, {recipe.bands} bands of {recipe.rows}; load "
          f"{os.getloadavg()[0]:.1f} before the end")  # fmt: skip
    names = list(dict.fromkeys(name for run in runs for name in run.stages))
    head = ["stage", "rows", "bytes a paragraph"]
    for run in runs:
        where = f"{run.workers} workers" if run.workers else "local[2]"
        head += [f"{where} s", "busy s"]
    rows = []
    for name in names:
        first = runs[0].stages.get(name, {"rows": 0, "shuffled": 0})
        row = [name, f"{first['rows']:,}", f"{(first['shuffled'] or 0) / size:.0f}"]
        for run in runs:
            stage = run.stages.get(name)
            row += [f"{stage[each]:.1f}" if stage else "" for each in ("seconds", "busy")]
        rows.append(row)
    rows.append(["all", f"{runs[0].removed:,} removed", f"{runs[0].shuffled:.0f}"])
    rows[-1] += [f"{each:.1f}" for run in runs for each in (run.seconds, run.busy)]
    print(table(head, rows))
    print(f"shuffled: {runs[0].shuffled:.0f} bytes a paragraph (wanted: at most {_SHUFFLED})")
    by_workers = {run.workers: run.seconds for run in runs}
    if {1, 2} <= by_workers.keys():
        gain = by_workers[1] / by_workers[2]
        print(f"two workers against one: {gain:.2f}x (wanted: {_GAIN}x)")
    if options.find:
        _beside_find(folder, size, recipe, runs)


def _recipe(asked: str, size: int) -> dedup.Recipe:
    if not asked:
        return dedup.Recipe.choose(count=size)
    bands, rows = map(int, asked.split("x"))
    return dedup.Recipe(permutations=bands * rows, bands=bands, rows=rows)


def make(folder: Path, size: int) -> Path:
    """Make Parquet of so many paragraphs, or find what was made before."""
    import pyarrow
    from pyarrow import parquet

    source = folder / f"in-{size}"
    if not source.exists():
        texts = corpus.paragraphs(size).texts
        source.mkdir()
        for begin in range(0, size, _FILE):
            some = texts[begin : begin + _FILE]
            columns = {"id": np.arange(begin, begin + len(some)), "text": some}
            parquet.write_table(pyarrow.table(columns), source / f"{begin:09d}.parquet")
    return source


def measure(
    folder: Path, source: Path, size: int, workers: int, recipe: dedup.Recipe, java: str
) -> Run:
    """Run one job in a process of its own."""
    from tests.support.spark_cluster import Cluster

    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        place = Path(temporary)
        cluster_of = Cluster(place, workers, pinned=True) if workers else nullcontext()
        with cluster_of as cluster:
            job = {
                "input": str(source), "work": str(place / "work"), "recipe": recipe.to_dict(),
                "master": cluster.master if cluster else "local[2]",
                "answer": str(folder / f"answer-{size}.npy"), "java": java,
            }  # fmt: skip
            command = [sys.executable, "-m", "benchmarks.spark", "--job", json.dumps(job)]
            environment = {
                **os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"
            }  # fmt: skip
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, text=True, env=environment
            ) as driver:
                if cluster:
                    os.sched_setaffinity(driver.pid, cluster.processors())
                stages_and_end = list(_figures_of(driver, cluster.processes() if cluster else []))
            if driver.returncode:
                raise SystemExit(f"the driver ended with {driver.returncode}")
    last = stages_and_end.pop()
    busy = sum(each["busy"] for each in stages_and_end) + last["busy"]
    stages = {each["stage"]: each for each in stages_and_end}
    return Run(size, workers, last["seconds"], busy, last["removed"], stages)


def _figures_of(driver: subprocess.Popen[str], daemons: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Read the figures that the driver prints; add the busy seconds since the last ones."""
    assert driver.stdout is not None
    before = 0.0
    for line in driver.stdout:
        if line.startswith("{"):
            now = sum(_busy(each) for root in (driver.pid, *daemons) for each in _tree(root))
            yield {**json.loads(line), "busy": max(0.0, now - before)}
            before = max(now, before)


def _busy(process: int) -> float:
    """Processor seconds of a process and of the children it has waited for."""
    for line in _lines(f"/proc/{process}/stat"):
        fields = line.rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _drive(job: dict[str, Any]) -> None:
    """Be the driver of one job."""
    from dedup.options import Matching
    from dedup.scale.spark import Cluster, clean
    from dedup.scale.spark.session import session

    warnings.simplefilter("ignore")
    spark = session(job["master"], {
        "spark.ui.enabled": "true", "spark.ui.showConsoleProgress": "false", "spark.ui.port": "0",
        "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g", "spark.executor.memory": "1g", "spark.executor.cores": "1",
        "spark.io.compression.codec": "zstd",
        "spark.driver.extraJavaOptions": job["java"],
        "spark.executor.extraJavaOptions": job["java"],
    })  # fmt: skip
    spark.sparkContext.setLogLevel("ERROR")
    since = time.perf_counter()
    cleaned = clean(
        spark.read.parquet(job["input"]),
        Cluster(job["work"], progress=lambda stage: print(json.dumps(stage._asdict()), flush=True)),
        matching=Matching(recipe=dedup.Recipe(**job["recipe"])),
    )
    seconds = time.perf_counter() - since
    gone = cleaned.removed.select("id", "match").toPandas().to_numpy(dtype=np.int64)
    np.save(job["answer"], gone)
    removed = cleaned.summary.removed
    print(json.dumps({"seconds": seconds, "removed": removed}), flush=True)
    spark.stop()


def _beside_find(folder: Path, size: int, recipe: dedup.Recipe, runs: Sequence[Run]) -> None:
    """Compare what the last job removed, and for what, with ``dedup.find``."""
    texts = corpus.paragraphs(size).texts
    since = time.perf_counter()
    found = dedup.find(texts, recipe=recipe)
    seconds = time.perf_counter() - since
    gone = np.load(folder / f"answer-{size}.npy")
    gone = gone[np.argsort(gone[:, 0])]
    expected = np.flatnonzero(~found.kept)
    same = np.array_equal(gone, np.stack((expected, found.match[expected]), axis=1))
    print(f"dedup.find takes {seconds:.1f} s and {'agrees' if same else 'DISAGREES'}; "
          f"Spark takes {runs[-1].seconds / seconds:.1f} times as long")  # fmt: skip


if __name__ == "__main__":
    main()
