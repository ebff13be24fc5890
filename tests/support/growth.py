"""Measure how the time of a call grows with its input, so that a busy machine does not matter.

Knows: doubling, clocks, and how to stop a call that would never end. Does not know: what is called.

A call is measured on inputs that grow fourfold, up to ``LARGEST`` characters or a time limit. If
the last step takes longer than linear growth allows, it is measured again; then both doublings in
it are measured by the processor time of many calls, which other processes don't change. The call
fails only if both doublings are above ``LIMIT``, twice.
"""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

#: How much longer a call may take for twice the input.
LIMIT = 2.5

#: Characters of the smallest input, and of the largest.
SMALLEST, LARGEST = 32, 1 << 17

#: Seconds: less than the first is noise; more than the second is not repeated with more input, and
#: less than the third not either; after the fourth the call is stopped.
FLOOR, ENOUGH, LITTLE, NEVER = 0.002, 0.2, 0.0004, 5

#: Seconds of processor time over which a suspicion is measured: some systems count it in steps of
#: 4 or 16 ms.
STEADY = 0.04

#: Processor time where it is counted finely, for other processes don't change it.
_FINE = time.get_clock_info("process_time").resolution <= 1e-5
_CLOCK = time.process_time if _FINE else time.perf_counter

#: Makes an input of about so many characters.
Make = Callable[[int], str]


class TooSlow(Exception):
    """A call that was stopped."""


def growth(call: Callable[[str], object], make: Make, largest: int = LARGEST) -> str:
    """Say how a call grows faster than its input, or nothing where it does not.

    The last two of the sizes decide, for what looks back or ahead a bounded way grows faster than
    its input only up to there. What takes next to nothing for a quarter of the largest input is not
    tried with all of it.
    """
    spent, size = 0.0, SMALLEST
    try:
        while True:
            before, spent = spent, once(call, make(size))
            left = largest // size
            if spent > ENOUGH or left < 4 or (left < 16 and spent < LITTLE):
                break
            size *= 4
        limit = max(FLOOR, LIMIT**2 * before)
        if spent < limit or any(once(call, make(size)) < limit for _ in range(4)):
            return ""
        return _doubled(call, make, size)
    except TooSlow:
        return f"{size} characters take more than {NEVER} s"


def _doubled(call: Callable[[str], object], make: Make, size: int) -> str:
    """Measure two doublings up to a size, twice, and say what is wrong where both are too slow."""
    texts = [make(size // 4), make(size // 2), make(size)]
    shown = ""
    for _ in range(2):
        two, four = steady(call, texts[1]), steady(call, texts[2])
        if four < LIMIT * two or two < LIMIT * (one := steady(call, texts[0])):
            return ""
        times = ", ".join(f"{1000 * each:.1f}" for each in (one, two, four))
        shown = f"{size // 4} characters, twice and four times as many take {times} ms"
        if four > ENOUGH:
            break
    return shown


def once(call: Callable[[str], object], text: str) -> float:
    """Measure one call in seconds. Raises TooSlow after ``NEVER`` of processor time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        with _stopped_after(NEVER):
            begun = _CLOCK()
            call(text)
            return _CLOCK() - begun
    finally:
        if collecting:
            gc.enable()


def steady(call: Callable[[str], object], text: str) -> float:
    """Measure the processor time of a call in seconds, over as many calls as that takes."""
    begun, count, spent = time.process_time(), 0, 0.0
    while spent < STEADY:
        once(call, text)
        count += 1
        spent = time.process_time() - begun
    return spent / count


@contextmanager
def _stopped_after(seconds: float) -> Iterator[None]:
    """Interrupt what runs for longer. Where the system has no such timer, it is not interrupted."""
    if sys.platform == "win32":
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
