"""Run a command that tells about itself, and follow the memory of all its processes.

Knows: processes, /proc. Does not know: what a command does.
"""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

from benchmarks.measure import _lines, _tree

#: Seconds between two looks at the memory.
_PAUSE = 0.05


def watched(command: list[str]) -> tuple[dict[str, Any], int, int]:
    """Run a command that prints JSON at last: (that, peaks of what is resident and anonymous)."""
    folder = Path(__file__).resolve().parent.parent
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=folder)
    watch = _Watch(process.pid)
    answer, _ = process.communicate()
    resident, anonymous = watch.end()
    if process.returncode:
        raise RuntimeError(f"{command[1:4]} ended with exit code {process.returncode}")
    told: dict[str, Any] = json.loads(answer.splitlines()[-1])
    return told, resident, anonymous


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
