"""Go round all targets for some minutes, and say what was called, met and found.

Knows: turns, options, how faults are kept and repeated. Does not know: what a target does.

    python -m tests.fuzz --minutes 10
    python -m tests.fuzz --minutes 2 --steady
    python -m tests.fuzz --minutes 1 --only readers --seed 7 --keep failing
    python -m tests.fuzz --repeat failing/readers-0.json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.case import load
from tests.fuzz.child import Limits, run
from tests.fuzz.targets import TARGETS
from tests.support.places import ROOT

#: Seconds of one turn at most, and the share of the time that calls get: a process needs some
#: seconds before the first one.
_TURN, _CALLS = 60.0, 0.7


@dataclass
class Figures:
    """What all turns of one target gave: faults by place, as they are kept and told."""

    calls: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    met: Counter[str] = field(default_factory=Counter)
    faults: dict[str, tuple[str, str]] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)


def take_turn(
    name: str,
    number: int,
    seconds: float,
    limits: Limits,
    figures: Figures,
    calls: int = sys.maxsize,
) -> None:
    """Let a process of its own take a turn of some seconds or calls, and add what it found."""
    begin = time.monotonic()
    with TemporaryDirectory() as room:
        command = [sys.executable, "-m", "tests.fuzz.child", name, str(number), str(seconds)]
        command += [str(calls), room, str(limits.seconds), str(limits.memory)]
        ran = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        told = ran.stderr.decode("utf-8", "replace")
        answer = Path(room, "turn.json")
        if ran.returncode == 0 and answer.exists():
            found = json.loads(answer.read_text("utf-8"))
            figures.calls += found["calls"]
            figures.slowest = max(figures.slowest, found["slowest"])
            figures.met.update(found["met"])
            figures.times.update(found["times"])
            for place, (kept, why) in found["faults"].items():
                figures.faults.setdefault(place, (kept, why))
        else:
            current = Path(room, "current.json")
            kept = current.read_text("utf-8") if current.exists() else ""
            place = f"the process ended with {ran.returncode}"
            figures.times[place] += 1
            figures.faults.setdefault(place, (kept, told[-2000:]))
    figures.seconds += time.monotonic() - begin


def go_round(
    names: list[str], minutes: float, seed: int, limits: Limits
) -> tuple[dict[str, Figures], int]:
    """Give every target a turn, again and again, until the time is over; turns taken."""
    figures = {name: Figures() for name in names}
    until, number = time.monotonic() + 60 * minutes, seed
    turn = min(_TURN, _CALLS * 60 * minutes / len(names))
    while (left := until - time.monotonic()) > 0.5:
        name = min(names, key=lambda each: figures[each].seconds)
        take_turn(name, number, min(turn, left), limits, figures[name])
        number += 1
    return figures, number - seed


def go_steadily(
    names: list[str], minutes: float, seed: int, limits: Limits
) -> tuple[dict[str, Figures], int]:
    """Give every target one turn with the calls that a usual machine makes in that time.

    The same seed draws the same cases on every machine, however fast it is.
    """
    figures = {name: Figures() for name in names}
    seconds = _CALLS * 60 * minutes / len(names)
    for number, name in enumerate(names, seed):
        calls = max(1, round(TARGETS[name].pace * seconds))
        take_turn(name, number, 20 * seconds, limits, figures[name], calls)
    return figures, len(names)


def tell(name: str, figures: Figures, folder: Path) -> None:
    """Print the figures of a target, and keep its faults."""
    met = ", ".join(f"{what} {count}" for what, count in figures.met.most_common())
    print(
        f"{name}: {figures.calls:,} calls in {figures.seconds:.0f} s, "
        f"the slowest {figures.slowest:.1f} s"
    )
    print(f"  met: {met or 'nothing'}")
    if missing := [each for each in TARGETS[name].meets if not figures.met[each]]:
        print(f"  never met: {', '.join(missing)}")
    for number, (place, (kept, told)) in enumerate(figures.faults.items()):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name.replace(' ', '-')}-{number}.json"
        path.write_text(kept, "utf-8")
        print(f"  FAILED {figures.times[place]} times: {place}")
        print("    " + told.strip().replace("\n", "\n    "))
        if kept:
            print(
                f"    smallest input: {json.loads(kept)['shown']!r} {json.loads(kept)['options']}"
            )
        print(f"    repeat: python -m tests.fuzz --repeat {path}")


def repeat(path: Path, limits: Limits) -> int:
    """Run a kept case once more."""
    with TemporaryDirectory() as folder:
        fault = run(load(path), Path(folder, "case"), limits)
    print(f"{path}: {'no fault' if fault is None else fault.told}")
    return int(fault is not None)


def main() -> int:
    """Read the options, go round, tell; 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--steady", action="store_true",
        help="make the calls that a usual machine makes in that time: the same ones everywhere",
    )  # fmt: skip
    parser.add_argument("--only", action="append", choices=[*TARGETS], default=[])
    parser.add_argument("--keep", type=Path, default=Path("fuzz-failures"), metavar="FOLDER")
    parser.add_argument("--seconds", type=float, default=10.0, help="that one call may take")
    parser.add_argument("--memory", type=int, default=300, help="MB that one call may take")
    parser.add_argument("--repeat", type=Path, metavar="FILE", help="run a kept case once more")
    given = parser.parse_args()
    limits = Limits(given.seconds, given.memory)
    if given.repeat:
        return repeat(given.repeat, limits)
    go = go_steadily if given.steady else go_round
    figures, turns = go(given.only or [*TARGETS], given.minutes, given.seed, limits)
    for name, each in figures.items():
        tell(name, each, given.keep)
    calls = sum(each.calls for each in figures.values())
    failed = sum(len(each.faults) for each in figures.values())
    print(f"{calls:,} calls in {turns} turns from seed {given.seed}; {failed} kinds of failure")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
