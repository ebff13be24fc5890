"""Spark in tests: a session in this process, a cluster of two workers on loopback, its drivers.

Knows: how daemons are started from the package alone, and killed; where Java may be. Does not know:
what is computed.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dedup.scale.spark import JavaMissing
from dedup.scale.spark.session import find_java

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: What a daemon or an executor has to be ready in, and what a driver has for a job, in seconds.
_READY, _JOB = 60.0, 300.0

#: Compile little: most of a small job is Java getting warm.
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}

#: Marks tests that take minutes: they are run by hand.
by_hand = pytest.mark.skipif(
    not os.environ.get("DEDUP_SPARK_TESTS"), reason="takes minutes; set DEDUP_SPARK_TESTS=1"
)


def require_spark() -> None:
    """Skip where there is no Spark or no Java; on a build server, fail."""
    reason = ""
    if find_spec("pyspark") is None:
        reason = "pyspark is not installed"
    else:
        try:
            find_java()
        except JavaMissing as error:
            reason = str(error)
    if reason and os.environ.get("CI"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


@contextlib.contextmanager
def local_session() -> Iterator[SparkSession]:
    """Begin a session of two threads in this process."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]").appName("dedup tests")
    for name, value in {
        "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": "1g", "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "4", **QUICK,
    }.items():  # fmt: skip
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    yield spark
    spark.stop()


class Cluster:
    """A master and workers of one core each, in a folder of their own.

    pinned: each worker, its Java and its Python, has one processor and no other. A task keeps both
    Java and Python busy, so else a worker of one core takes two where they are free.
    """

    def __init__(
        self, folder: Path, workers: int = 2, memory: str = "1500m", pinned: bool = False
    ) -> None:
        import pyspark

        self._folder, self._workers, self._memory = folder, workers, memory
        self._pinned = pinned
        self._home = Path(pyspark.__file__).parent
        self._scratch = folder / "scratch"
        self._scratch.mkdir()
        self._daemons: list[subprocess.Popen[bytes]] = []
        self.master = ""
        self.python = str(_python_without_dedup(folder))

    def __enter__(self) -> Cluster:
        try:
            self._begin("master", "master.Master", "--host", "127.0.0.1", "--port", "0",
                        "--webui-port", "0")  # fmt: skip
            self.master = self._wait_for("master", r"(spark://127\.0\.0\.1:\d+)", 1)[0]
            for number in range(self._workers):
                self.add_worker(number)
            self._wait_for("master", "Registering worker", self._workers)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for daemon in self._daemons:
            for child in _descendants(daemon.pid):
                _kill(child)
            _kill(daemon.pid)
            daemon.wait()

    def add_worker(self, number: int) -> None:
        """Begin a worker."""
        self._begin(
            f"worker{number}", "worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory",
            self._memory, "--webui-port", "0", self.master,
        )  # fmt: skip
        if self._pinned:
            # What it begins inherits this; it is not Java yet, but the script that becomes it.
            os.sched_setaffinity(self._daemons[-1].pid, {_processor_of(number)})

    def processors(self) -> set[int]:
        """List the processors to which workers are pinned from the start."""
        return set(map(_processor_of, range(self._workers)))

    def processes(self) -> list[int]:
        """List the daemons."""
        return [daemon.pid for daemon in self._daemons]

    def executors(self) -> list[int]:
        """List the processes of executors."""
        return [
            child
            for daemon in self._daemons
            for child in _descendants(daemon.pid)
            if "CoarseGrainedExecutorBackend" in _command(child)
        ]

    def kill_executor_in_shuffle(self) -> None:
        """Wait until an executor has written what others will fetch of it, and kill it then."""
        before, until = set(self._shuffled()), time.monotonic() + _READY
        while time.monotonic() < until:
            for path in set(self._shuffled()) - before:
                for executor in self.executors():
                    if path.relative_to(self._scratch).parts[1] in _environment(executor):
                        self._kill_tree(executor)
                        return
            time.sleep(0.002)
        raise AssertionError(f"no executor has shuffled anything in {_READY} s")

    def _shuffled(self) -> Iterator[Path]:
        """List the files that executors fetch from each other."""
        return self._scratch.glob("spark-*/executor-*/blockmgr-*/*/shuffle_*.data")

    def kill_worker(self) -> None:
        """Kill the last worker, and its executor."""
        self._kill_tree(self._daemons[-1].pid)

    def _kill_tree(self, process: int) -> None:
        for child in [process, *_descendants(process)]:
            _kill(child)

    def _begin(self, name: str, kind: str, *arguments: str) -> None:
        log = open(self._folder / f"{name}.log", "wb")  # noqa: SIM115
        environment = {
            **os.environ, "SPARK_HOME": str(self._home), "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m", "SPARK_WORKER_DIR": str(self._folder / "work"),
            "SPARK_LOG_DIR": str(self._folder), "SPARK_LOCAL_DIRS": str(self._scratch),
        }  # fmt: skip
        # Executors would else find this checkout, which the variable may name, beside the zip.
        environment.pop("PYTHONPATH", None)
        command = [
            str(self._home / "bin" / "spark-class"), f"org.apache.spark.deploy.{kind}", *arguments
        ]  # fmt: skip
        with log:
            self._daemons.append(
                subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
            )

    def _wait_for(self, name: str, pattern: str, times: int) -> list[str]:
        """Wait until a log says something so many times."""
        until = time.monotonic() + _READY
        while time.monotonic() < until:
            log = (self._folder / f"{name}.log").read_text(errors="replace")
            found: list[str] = re.findall(pattern, log)
            if len(found) >= times:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{name} did not say {pattern} {times} times in {_READY} s:\n{log}")


class Driver:
    """A driver in a process of its own, which tells of every stage that it has done."""

    def __init__(self, folder: Path, job: dict[str, Any], python: str = sys.executable) -> None:
        self._errors = open(folder / f"driver{time.monotonic_ns()}.log", "w+b")  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.spark_driver", json.dumps(job)],
            stdout=subprocess.PIPE, stderr=self._errors,
            env={**os.environ, "PYSPARK_PYTHON": python, "SPARK_LOCAL_IP": "127.0.0.1",
                 "PYSPARK_DRIVER_PYTHON": sys.executable},
        )  # fmt: skip
        self.reports: list[dict[str, Any]] = []

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *error: object) -> None:
        if self._process.poll() is None:
            self.kill()

    def wait_for(self, stage: str) -> None:
        """Read on until a stage is done."""
        for report in self._lines():
            if report.get("stage") == stage:
                return
        raise AssertionError(f"{stage} was never done:\n{self._log()}")

    def finish(self) -> dict[str, Any]:
        """Read to the end; give the summary."""
        list(self._lines())
        assert self._process.wait(_JOB) == 0, self._log()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()
        return self.reports[-1]

    def kill(self) -> None:
        """Kill the driver, its JVM too."""
        for child in [self._process.pid, *_descendants(self._process.pid)]:
            _kill(child)
        self._process.wait()
        self._errors.close()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _lines(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(b"{"):
                self.reports.append(json.loads(line))
                yield self.reports[-1]

    def _log(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-5000:]


def _python_without_dedup(folder: Path) -> Path:
    """Make a python that finds what is installed here, but not this package."""
    site = folder / "site"
    site.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("dedup", "__editable__")) and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    script = folder / "python"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="$PYTHONPATH:{site}" exec {sys.executable} -S "$@"\n')
    script.chmod(0o755)
    return script


def _processor_of(worker: int) -> int:
    """Give the processor to which a worker is pinned."""
    processors = sorted(os.sched_getaffinity(0))
    return processors[worker % len(processors)]


def _descendants(process: int) -> list[int]:
    """List the processes below one, as they are now."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, wait = [], [process]
    while wait:
        for child in parents.get(wait.pop(), []):
            found.append(child)
            wait.append(child)
    return found


def _command(process: int) -> str:
    return _read_of(process, "cmdline")


def _environment(process: int) -> str:
    return _read_of(process, "environ")


def _read_of(process: int, name: str) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/{name}").read_text(errors="replace").replace("\0", " ")
    return ""


def _kill(process: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
