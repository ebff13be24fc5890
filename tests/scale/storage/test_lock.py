"""A folder is one run's at a time, by flock, or by filelock where the system has none."""

from __future__ import annotations

import errno
import subprocess
import sys
import time
from pathlib import Path

import filelock  # before flock is hidden from it
import pytest

from dedup import scale
from dedup.errors import InputError
from dedup.scale import WorkInUse
from dedup.scale.storage import lock as locks
from tests.support.flat import run

HOLDER = """
import sys
from pathlib import Path
import filelock
if sys.argv[2] == "hidden":
    sys.modules["fcntl"] = None
from dedup.scale.storage.lock import Lock
with Lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(params=["flock", "hidden"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Be on a system with flock, or on one without it."""
    assert filelock.__version__
    if request.param == "hidden":
        monkeypatch.setitem(sys.modules, "fcntl", None)
    else:
        pytest.importorskip("fcntl")
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    return str(request.param)


def test_another_process_waits_outside(
    tmp_path: Path, system: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    for ends in ("closed", "killed"):
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder), system],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as holder:  # fmt: skip
            assert holder.stdout is not None
            assert holder.stdin is not None
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(WorkInUse, match="is in use by another run"), locks.Lock(folder):
                pass
            if ends == "killed":
                holder.kill()
            else:
                holder.stdin.close()
            monkeypatch.setattr(locks, "PATIENCE", 20.0)
            begin = time.monotonic()
            with locks.Lock(folder):
                assert time.monotonic() - begin < 15
            monkeypatch.setattr(locks, "PATIENCE", 0.1)


def test_a_job_is_one_runs_at_a_time(tmp_path: Path, system: str) -> None:
    shards = [scale.Shard("a", lambda: iter([["one two"]]), 1, "x")]

    def again(at: str, done: int, total: int) -> None:
        with pytest.raises(WorkInUse):
            run(shards, tmp_path / "work", workers=1)

    run(shards, tmp_path / "work", workers=1, progress=again)
    assert not [each for each in (tmp_path / "work").iterdir() if "lock" in each.name]
    assert len(run(shards, tmp_path / "work", workers=1)) == 1


def test_a_file_system_without_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def lock(file: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", lock)
    with (
        pytest.raises(InputError, match="can't be locked: No locks available; name a folder on"),
        locks.Lock(tmp_path),
    ):
        pass
