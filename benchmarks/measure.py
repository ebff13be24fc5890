"""Run a contender in a process of its own, and measure its time and its memory.

Knows: processes, /proc, clocks. Does not know: what a contender does with its texts.

The process loads the texts from a file, says that it is ready, and waits. So neither imports nor
the memory of the texts count. While it works, the anonymous memory of the process and of all its
descendants is read from /proc every few milliseconds. Without /proc the memory is unknown.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Seconds between two looks at the memory.
_PAUSE = 0.01

#: The arguments a contender is called with, beside the texts.
Setting = dict[str, int | float]

#: A contender: texts and setting in; which texts are kept, and figures of its own, out.
Outcome = tuple[Sequence[bool] | NDArray[np.bool_], dict[str, int | float]]
Contender = Callable[..., Outcome]


class Measured(NamedTuple):
    """One run: kept bool (n,); seconds, and of all its processors together (0 where unknown).

    peak: bytes beyond the texts, None where unknown; figures: those that the contender printed.
    """

    kept: NDArray[np.bool_]
    seconds: float
    busy: float
    peak: int | None
    figures: dict[str, int | float]


def as_installed(compiled: Path) -> dict[str, str]:
    """Give an environment in which Python keeps compiled modules in a folder, as installing does.

    What runs there first compiles them.
    """
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(compiled)}


def save_texts(path: Path, texts: list[str]) -> None:
    """Write texts that hold no line feed, one a line."""
    path.write_text("\n".join(texts), encoding="utf-8")


def run(name: str, setting: Setting, texts: Path) -> Measured:
    """Run the contender ``name`` on saved texts in a process of its own."""
    out = texts.with_suffix(".kept.npy")
    command = [sys.executable, "-m", "benchmarks.measure", name, json.dumps(setting)]
    with subprocess.Popen(
        [*command, str(texts), str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parent.parent,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        with _Watch(process.pid) as watch:
            process.stdin.write(b"go\n")
            process.stdin.flush()
            answer = process.stdout.readline()
    if not answer:
        raise RuntimeError(f"{name} {setting} ended with exit code {process.returncode}")
    figures = json.loads(answer)
    return Measured(np.load(out), figures.pop("seconds"), figures.pop("busy"), watch.peak, figures)


class _Watch:
    """Follows the memory of a tree of processes from a thread; ``peak`` is beyond the start."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._start = _memory(root)
        self._most = self._start

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._end.set()
        self._thread.join()

    @property
    def peak(self) -> int | None:
        return self._most - self._start if self._start else None

    def _look(self) -> None:
        while not self._end.wait(_PAUSE):
            self._most = max(self._most, _memory(self._root))


def _memory(root: int) -> int:
    """Anonymous bytes of a process and its descendants; 0 where unknown.

    Pages of files (the libraries) are left out: processes share them.
    """
    total = 0
    for process in _tree(root):
        for line in _lines(f"/proc/{process}/status"):
            if line.startswith(("RssAnon:", "RssShmem:")):
                total += int(line.split()[1]) * 1024
    return total


def _tree(root: int) -> Iterator[int]:
    yield root
    try:
        tasks = [*Path(f"/proc/{root}/task").iterdir()]
    except OSError:
        return
    for task in tasks:
        for line in _lines(f"{task}/children"):
            for child in line.split():
                yield from _tree(int(child))


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def machine(packages: Sequence[str]) -> str:
    """Describe the machine and the versions: what a table needs above it."""
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    return (
        f"{os.cpu_count()} cores, {_processor()}; "
        f"{platform.python_implementation()} {platform.python_version()}\n{versions}"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(not installed)"


def _processor() -> str:
    names = [
        line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if "model name" in line
    ]
    return names[0] if names else platform.processor() or platform.machine()


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a table; the first column flush left, the others flush right."""
    width = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for row in (head, ["-" * each for each in width], *rows):
        first, *others = (
            cell.ljust(w) if k == 0 else cell.rjust(w)
            for k, (cell, w) in enumerate(zip(row, width, strict=True))
        )
        lines.append("  ".join((first, *others)).rstrip())
    return "\n".join(lines)


def _busy() -> float:
    """Processor seconds of this process and of the children it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _main(name: str, setting: str, texts: str, out: str) -> None:
    from benchmarks.peers import CONTENDERS

    contender = CONTENDERS[name].load()
    loaded = Path(texts).read_text(encoding="utf-8").split("\n")
    print("ready", flush=True)
    sys.stdin.readline()
    begin, busy = time.perf_counter(), _busy()
    kept, figures = contender(loaded, **json.loads(setting))
    seconds, busy = time.perf_counter() - begin, _busy() - busy
    np.save(out, np.asarray(kept, dtype=bool))
    print(json.dumps({"seconds": seconds, "busy": busy, **figures}), flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
