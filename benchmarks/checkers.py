"""Run programs that check a folder for repeated text, measure their time, and read their reports.

Knows: the command lines of ``dedup check`` and of jscpd, the clock, and the reports of both. Does
not know: what they should find.

Each run is a new process; the files it reads are in the disk cache. Findings are given as places in
characters, so that the reports of both programs can be compared with the same text.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.measure import as_installed


class Place(NamedTuple):
    """A stretch of a file: lines from 1, both included, and characters from 0, the end excluded."""

    path: str
    first: int
    last: int
    start: int
    end: int


#: The places that a finding says are alike.
Finding = list[Place]


class Run(NamedTuple):
    """What a run took: seconds by the clock, of the processors, and the most memory, in bytes."""

    wall: float
    busy: float
    memory: int

    def least(self, other: Run) -> Run:
        """Give the less of each figure."""
        return Run(
            min(self.wall, other.wall),
            min(self.busy, other.busy),
            min(self.memory, other.memory),
        )


class Texts:
    """The files of a folder, by their paths in it, with the positions of their lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._starts: dict[str, list[int]] = {}
        self._texts: dict[str, str] = {}

    def text(self, path: str) -> str:
        """Give the text of a file."""
        if path not in self._texts:
            read = (self.folder / path).read_bytes().decode("utf-8", "replace")
            self._texts[path] = read
            ends = [k + 1 for k, char in enumerate(read) if char == "\n"]
            self._starts[path] = [0, *ends, len(read) + 1]
        return self._texts[path]

    def lines(self, path: str, first: int, last: int) -> Place:
        """Give the place of whole lines."""
        self.text(path)
        starts = self._starts[path]
        return Place(path, first, last, starts[first - 1], starts[last] - 1)

    def characters(self, path: str, start: int, end: int) -> Place:
        """Give the place of a stretch of characters, white space at its ends left out."""
        text = self.text(path)
        start += len(text[start:end]) - len(text[start:end].lstrip())
        end = max(start, len(text[:end].rstrip()))
        first = bisect_right(self._starts[path], start)
        last = bisect_right(self._starts[path], max(start, end - 1))
        return Place(path, first, last, start, end)

    def column(self, path: str, line: int, column: int) -> int:
        """Give the position of a column, counted from 0, in a line."""
        self.text(path)
        starts = self._starts[path]
        return min(starts[line - 1] + column, starts[line] - 1)


class Checker(NamedTuple):
    """A program with its options.

    command: its arguments, given the folder for what it writes; read: its findings, from what it
    wrote to standard output and in that folder.
    """

    title: str
    command: Callable[[Path], list[str]]
    read: Callable[[Texts, bytes, Path], list[Finding]]


def run(checker: Checker, folder: Path, out: Path) -> tuple[Run, bytes]:
    """Run a checker over a folder: what it took, what it wrote to standard output.

    Raises RuntimeError if it could not check.
    """
    with (out / "stdout").open("w+b") as written, (out / "stderr").open("w+b") as errors:
        command = checker.command(out)
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, stdout=written, stderr=errors, env=_environment(out)
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{checker.title}: {errors.read().decode(errors='replace')}")
        written.seek(0)
        return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), written.read()


def _environment(out: Path) -> Mapping[str, str]:
    """Give an environment without colours, where Python finds modules compiled."""
    plain = {"NO_COLOR": "1", "CI": "true", "JSCPD_NO_TIPS": "1"}
    return {**as_installed(out / "compiled"), **plain}


# -- dedup


def dedup(title: str, *options: str) -> Checker:
    """Give ``dedup check`` with options."""
    installed = Path(sys.executable).with_name("dedup")
    program = [str(installed)]
    if not installed.exists():
        program = [sys.executable, "-m", "dedup.cli"]

    def command(out: Path) -> list[str]:
        del out
        return [*program, "check", "--isolated", "--output-format", "json", *options]

    return Checker(title, command, _read_dedup)


def _read_dedup(texts: Texts, written: bytes, out: Path) -> list[Finding]:
    del out
    return [
        [texts.lines(each["source"], each["first"], each["last"]) for each in finding["places"]]
        for finding in json.loads(written)["findings"]
    ]


# -- jscpd


def jscpd_installed() -> str | None:
    """Give the path of jscpd: of this environment, or the first there is."""
    beside = Path(sys.executable).with_name("jscpd")
    return str(beside) if beside.exists() else shutil.which("jscpd")


def jscpd_version(program: str) -> str:
    """Give the version that jscpd prints."""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split()[-1:])


def jscpd(title: str, program: str, *options: str) -> Checker:
    """Give jscpd with options."""

    def command(out: Path) -> list[str]:
        reporting = ["--reporters", "json", "--output", str(out), "--silent", "--no-tips"]
        return [program, ".", *options, *reporting, "--no-colors"]

    return Checker(title, command, _read_jscpd)


def _read_jscpd(texts: Texts, written: bytes, out: Path) -> list[Finding]:
    del written
    report = json.loads((out / "jscpd-report.json").read_bytes())
    sides = ("firstFile", "secondFile")
    return [[_place(texts, each[side]) for side in sides] for each in report["duplicates"]]


def _place(texts: Texts, side: Mapping[str, Any]) -> Place:
    path = side["name"].removeprefix("./").partition(":")[0]
    ends: Sequence[Mapping[str, int]] = (side["startLoc"], side["endLoc"])
    start, end = (texts.column(path, each["line"], each["column"]) for each in ends)
    return texts.characters(path, start, end)
