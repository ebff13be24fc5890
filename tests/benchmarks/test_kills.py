"""The benchmark of killed jobs sees what a careless job leaves behind; no job of dedup is run."""

import argparse
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import kills

#: Writes a file in two parts; when it goes on it writes what it is asked to write.
CARELESS = """
import pathlib, subprocess, sys, time
subprocess.Popen(["sleep", "30"]) if "helper" in sys.argv else None
again = pathlib.Path("out").exists()
pathlib.Path("out").mkdir(exist_ok=True)
with open("out/a.txt", "w", buffering=1) as file:
    file.write("one\\n")
    if not again:
        time.sleep(30)
    file.write("other\\n" if again and "forgetful" in sys.argv else "two\\n")
"""


class Careless(kills.Job):
    """A job that has written half of its file when it can be killed."""

    def __init__(self, folder: Path, *words: str) -> None:
        super().__init__(folder, argparse.Namespace(workers=1, memory="1GB"))
        self._words = words

    def start(self) -> subprocess.Popen[bytes]:
        program = (sys.executable, "-S", "-c", CARELESS, *self._words)
        process = subprocess.Popen(program, cwd=self.folder, start_new_session=True)
        while not (written := self.out / "a.txt").exists() or not written.read_bytes():
            time.sleep(0.01)
        return process


WHOLE = {"a.txt": b"one\ntwo\n"}


def test_a_file_that_is_half_written_is_torn_and_the_run_after_it_is_compared(
    tmp_path: Path,
) -> None:
    found = kills.kill(Careless(tmp_path), 0.0, False, WHOLE)
    assert (found.shown, found.torn, found.left, found.same) == (1, 1, 0, True)
    assert found.fault


def test_another_content_after_the_kill_is_a_fault(tmp_path: Path) -> None:
    found = kills.kill(Careless(tmp_path, "forgetful"), 0.0, False, WHOLE)
    assert not found.same


@pytest.mark.parametrize(("alone", "left"), [(True, 1), (False, 0)], ids=["alone", "all"])
def test_a_helper_that_goes_on_without_its_job_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alone: bool, left: int
) -> None:
    monkeypatch.setattr(kills, "_NOTICE", 0.2)
    assert kills.kill(Careless(tmp_path, "helper"), 0.0, alone, WHOLE).left == left
