"""Kill a job on dumps at moments spread over its run, run it again, and compare what it writes.

    python -m benchmarks.kills [--paragraphs 1e5] [--kills 20] [--containers jsonl,wet]
                               [--workers 2] [--memory 1GB] [--folder DIR]

Knows: when and how a process is killed, which files an undisturbed run writes. Does not know: how a
job continues.

Every run is the same ``dedup clean`` in the same folder, so every file must come out the same, to
the byte, ``cleaned.json`` too. The job is killed when it and its helper processes have taken a
share of the processor time of an undisturbed run, so the kills cover all of its work, however busy
the machine is. Every other kill ends only the job and leaves its helper processes to notice it; the
others end all processes at once. A file that has its name in the output right after a kill must be
complete. The exit code is 1 if anything differs.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from benchmarks.crawl import make
from benchmarks.measure import _lines, _tree, machine, table

ROOT = Path(__file__).resolve().parent.parent

#: What the job reads, where it writes, and where it works in there until it is done.
_IN, _OUT, _WORK = "in", "out", ".dedup-work"

#: Seconds between two looks at what a job has used.
_LOOK = 0.01

#: Seconds that helpers have to notice that their job is gone.
_NOTICE = 5.0


class Run(NamedTuple):
    """A run to its end: seconds by the clock and of all processors, and whether it exits with 0."""

    seconds: float
    busy: float
    well: bool


class Kill(NamedTuple):
    """One kill and the run after it.

    moment: processor seconds that the job had taken. alone: whether its helpers were left. ready:
    whether all files were made, and were moving to their places. shown, torn: files under their
    own names after the kill, and those of them that were not as an undisturbed run writes them.
    left: processes that went on for longer than they may. busy: processor seconds of the run after
    it. same: whether all bytes were those of an undisturbed run.
    """

    moment: float
    alone: bool
    ready: bool
    shown: int
    torn: int
    left: int
    busy: float
    same: bool

    @property
    def fault(self) -> bool:
        """Whether anything was not as it should be."""
        return bool(self.torn or self.left or not self.same)


class Job:
    """``dedup clean`` of the folder ``in``, run in the folder that holds it."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self.folder, self.out = folder, folder / _OUT
        asked = ("-o", _OUT, "--workers", str(options.workers), "--memory", options.memory)
        self._command = (sys.executable, "-m", "dedup.cli", "clean", _IN, *asked)

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, in a group of processes of its own."""
        return subprocess.Popen(
            self._command, cwd=self.folder, start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    def run(self) -> Run:
        """Run it to its end."""
        begin = time.perf_counter()
        process = self.start()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        busy = used.ru_utime + used.ru_stime
        return Run(time.perf_counter() - begin, busy, process.returncode == 0)

    def written(self, unfinished: bool = False) -> dict[str, bytes]:
        """Read all files of the output; of an unfinished one what stands under its own name."""
        return {
            path.name: path.read_bytes() for path in self.out.glob("[!.]*" if unfinished else "*")
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill and compare, print a table for each container; exit with 1 where there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--paragraphs", type=float, default=1e5, help="of each file")
    add("--kills", type=int, default=20, help="runs that are killed")
    add("--containers", default="jsonl,wet", help="jsonl, wet or both")
    add("--workers", type=int, default=2, help="processes of the job")
    add("--memory", default="1GB", help="of the job")
    add("--folder", type=Path, help="make the files here")
    add("--seed", type=int, default=1, help="decides the made files")
    options = parser.parse_args(arguments)
    print(machine(("dedup-paragraphs", "numpy")))
    faults = 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for container in options.containers.split(","):
            place = Path(folder, container)
            make(place / _IN, int(options.paragraphs), container, options.seed)
            faults += report(Job(place, options), options.kills, container)
    sys.exit(faults > 0)


def report(job: Job, count: int, container: str) -> int:
    """Kill a job ``count`` times, print what came of it, and say how many faults there were."""
    job.run()
    shutil.rmtree(job.out)
    undisturbed = job.run()
    if not undisturbed.well:
        raise SystemExit("the undisturbed run failed")
    whole = job.written()
    shutil.rmtree(job.out)
    kills = []
    for number in range(count):
        moment = undisturbed.busy * (number + 0.5) / count
        kills.append(kill(job, moment, number % 2 == 0, whole))
        shutil.rmtree(job.out)
        print(f"{container}: {number + 1} of {count}", end="\r", file=sys.stderr)
    rows = [
        (
            f"{each.moment:.2f}", "the job" if each.alone else "all", _state(each, len(whole)),
            f"{each.shown}/{len(whole)}", str(each.torn), str(each.left), f"{each.busy:.1f}",
            "yes" if each.same else "NO",
        )
        for each in kills
    ]  # fmt: skip
    size = sum(map(len, whole.values()))
    print(
        f"\n{container}, undisturbed: {undisturbed.seconds:.2f} s, {undisturbed.busy:.1f} s of "
        f"processors, {len(whole)} files of {size} bytes\n"
    )
    head = (
        "killed after cpu s",
        "who",
        "while",
        "shown",
        "torn",
        "left",
        "cpu s again",
        "the same",
    )
    print(table(head, rows))
    faults = sum(each.fault for each in kills)
    print(f"\n{container}: {count} kills, {faults} faults", flush=True)
    return faults


def _state(each: Kill, files: int) -> str:
    if each.ready:
        return "placing files"
    return "files in place" if each.shown == files else "working"


def kill(job: Job, moment: float, alone: bool, whole: dict[str, bytes]) -> Kill:
    """Kill a job at a moment, or a little earlier where it is done by then; run it again."""
    while (group := _killed(job, moment, alone)) is None:
        moment *= 0.95
        shutil.rmtree(job.out)
    ready = (job.out / _WORK / "ready.json").exists()
    shown = job.written(unfinished=True)
    torn = sum(whole.get(name) != content for name, content in shown.items())
    again = job.run()
    same = again.well and job.written() == whole
    return Kill(moment, alone, ready, len(shown), torn, _left(group), again.busy, same)


def _killed(job: Job, moment: float, alone: bool) -> int | None:
    """Start a job and kill it: the number of its group, None where it was done before."""
    with job.start() as process:
        while _used(process.pid) < moment:
            if process.poll() is not None:
                return None
            time.sleep(_LOOK)
        process.kill() if alone else os.killpg(process.pid, signal.SIGKILL)
    return process.pid


def _used(root: int) -> float:
    """Processor seconds of a process, of its descendants, and of those that have ended."""
    ticks = sum(sum(map(int, _fields(process)[11:15])) for process in _tree(root))
    return ticks / os.sysconf("SC_CLK_TCK")


def _left(group: int) -> int:
    """Count the processes of a group that are still there when they have had time to notice."""
    end = time.monotonic() + _NOTICE
    while (members := _members(group)) and time.monotonic() < end:
        time.sleep(0.05)
    for process in members:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    return len(members)


def _members(group: int) -> list[int]:
    """List the processes of a group, but those that have ended and wait to be asked."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        fields = _fields(int(folder.name))
        if fields and fields[0] != "Z" and int(fields[2]) == group:
            found.append(int(folder.name))
    return found


def _fields(process: int) -> list[str]:
    """Read what Linux says of a process, from its state on; nothing where it has gone.

    The name before it stands in parentheses, and may hold anything.
    """
    return "".join(_lines(f"/proc/{process}/stat")).rpartition(")")[2].split()


if __name__ == "__main__":
    main()
