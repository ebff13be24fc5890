"""One turn of one target, in a process of its own with bounded memory.

Knows: how a case is run and judged, how a failing one is made smaller. Does not know: other turns.

Before each call its case is written down, so that the parent has it where the process dies.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import shutil
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.fuzz.case import Case
from tests.fuzz.mutation import shrunk
from tests.fuzz.target import drawn
from tests.fuzz.targets import TARGETS

#: Examples of hypothesis in one turn; seconds a failing case is made smaller.
_EXAMPLES, _SHRINKING = 40, 8.0

#: Seconds beyond twice its bound after which a call is ended, on a machine that does much else.
_GRACE = 30.0

#: What the system counts memory in: bytes on macOS, KB elsewhere.
_IN_BYTES = sys.platform == "darwin"

_PACKAGE = os.sep + "dedup" + os.sep


class Limits(NamedTuple):
    """What a call may take: seconds, and MB of memory beyond what the process began with."""

    seconds: float
    memory: int


class Fault(NamedTuple):
    """What a call did that is not promised; like ones have the same place."""

    place: str
    told: str


def run(case: Case, folder: Path, limits: Limits, met: Counter[str] | None = None) -> Fault | None:
    """Make one call in an empty folder; say what is wrong with it."""
    _empty(folder)
    begin, before = time.monotonic(), _resident()
    try:
        for name in TARGETS[case.target].run(case, folder):
            if met is not None:
                met[name] += 1
    except Exception as error:
        return Fault(_place_of(error), "".join(traceback.format_exception(error)[-12:]))
    taken, grown = time.monotonic() - begin, _resident() - before
    if taken > limits.seconds:
        return Fault("slow", f"took {taken:.1f} seconds, more than {limits.seconds}")
    if grown > limits.memory:
        return Fault("large", f"took {grown} MB, more than {limits.memory}")
    return None


def _resident() -> int:
    """Say how many MB the process held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if _IN_BYTES else 10)


def _place_of(error: BaseException) -> str:
    """Name an error by its type and the last line of ours that it passed."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if _PACKAGE in each.filename] or list(frames)
    if isinstance(error, AssertionError):
        own = list(frames)
    last = own[-1]
    what = str(error).split("\n")[0].split(":")[0][:60] if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} {Path(last.filename).name}:{last.lineno} {what}".rstrip()


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def smaller(case: Case, place: str, folder: Path, limits: Limits) -> Case:
    """Make the payload of a failing case smaller as long as it fails in the same place."""
    until = time.monotonic() + _SHRINKING

    def fails(payload: bytes) -> bool:
        if time.monotonic() > until:
            return False
        fault = run(case._replace(payload=payload), folder, limits)
        return fault is not None and fault.place == place

    return case._replace(payload=shrunk(case.payload, fails))


def turn(
    name: str, number: int, seconds: float, room: Path, limits: Limits, most: int = sys.maxsize
) -> dict[str, Any]:
    """Run cases of one target for some seconds, or as many as ``most``; give figures and faults."""
    target, folder = TARGETS[name], room / "case"
    examples = drawn(target.strategy, number, _EXAMPLES)
    random = Random(number)
    met: Counter[str] = Counter()
    faults: dict[str, list[str]] = {}
    times: Counter[str] = Counter()
    calls, until = 0, time.monotonic() + seconds
    slowest = 0.0
    while time.monotonic() < until and calls < most:
        case = target.draw(random, examples)
        (room / "current.json").write_text(case.written(), "utf-8")
        faulthandler.dump_traceback_later(2 * limits.seconds + _GRACE, exit=True)
        calls += 1
        begin = time.monotonic()
        fault = run(case, folder, limits, met)
        slowest = max(slowest, time.monotonic() - begin)
        faulthandler.cancel_dump_traceback_later()
        if fault is None:
            continue
        times[fault.place] += 1
        if fault.place not in faults:
            if fault.place not in ("slow", "large"):
                case = smaller(case, fault.place, folder, limits)
            faults[fault.place] = [case.written(fault.told), fault.told]
    return {"calls": calls, "met": met, "faults": faults, "times": times, "slowest": slowest}


def main(arguments: list[str]) -> None:
    """Take a turn: name, number, seconds, calls at most, room, limits."""
    name, number, seconds, calls, room, longest, memory = arguments
    limits = Limits(float(longest), int(memory))
    bound = (limits.memory + 1500) << 20
    resource.setrlimit(resource.RLIMIT_DATA, (bound, bound))
    found = turn(name, int(number), float(seconds), Path(room), limits, int(calls))
    Path(room, "turn.json").write_text(json.dumps(found), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
