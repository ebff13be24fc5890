"""Workers that run the stages: the caller's own thread, and threads or helper processes.

Knows: which stages run in threads (those that spend their time in the kernel), pipes, frames of
arrays and texts, which worker has which call. Does not know: what a stage does.

A helper is a fresh interpreter. It imports the stages but nothing of the caller's program, so it
works in programs with threads, in programs without ``if __name__ == "__main__"``, and on every
platform. A frame is a JSON header and raw bytes, never a pickle. The caller computes batches itself
while the helpers start, so with helpers a job is slower by their start at most. The results don't
depend on which worker computes them. A helper ends as soon as its caller ends, even if that is
killed.
"""

from __future__ import annotations

import json
import os
import select
import struct
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import pairwise
from types import TracebackType
from typing import IO, Any

import numpy as np

from dedup.errors import WorkersFailed
from dedup.recipe import Recipe

#: One call of a stage: its arguments.
Call = tuple[Any, ...]

#: Receives a result: (number of the call, result).
Done = Callable[[int, Any], None]

_LENGTH = struct.Struct("<Q")
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from dedup import workers; workers.serve()"
_PIPE_BYTES = 1 << 20
_AHEAD = 2  # calls that a helper has at a time: it works on one, and one waits


def default_workers(texts: int) -> int:
    """Give the number of workers, with the caller, that are worth their start for so many texts."""
    return cores() if texts >= 50_000 else 1


def cores() -> int:
    """Give the number of processors: the threads that can run at the same time."""
    return os.cpu_count() or 1


#: The stages that spend their time in the kernel, so that threads can share them. Python runs the
#: other stages, and runs only one thread at a time.
_IN_THREADS = frozenset({"sketch", "compare", "alike"})


class Workers:
    """``count`` workers that share the calls of a stage; the caller is one of them.

    Threads of this process share the stages of the kernel. Helper processes share the other stages;
    they start when they are first needed. inherited: file descriptors that helpers keep open, such
    as a lock on the file to which they write.
    """

    def __init__(self, count: int, inherited: Sequence[int] = ()) -> None:
        self.count = count
        self._inherited = inherited
        self._helpers: list[_Helper] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for helper in self._helpers:
            helper.stop()

    def start(self) -> None:
        """Start the helpers that aren't started."""
        while len(self._helpers) < self.count - 1:
            self._helpers.append(_Helper(self._inherited))

    def run(self, stage: str, calls: Iterable[Call], done: Done) -> None:
        """Run a stage on every call.

        stage: a name from ``_stage``, or ``module:function`` for a function of a module of dedup;
        done: gets the results, in any order but one at a time. Raises any error of the stage, and
        WorkersFailed if a helper process ended early.
        """
        function = _stage(stage)
        if self.count == 1 or stage in _IN_THREADS:
            share(self.count if stage in _IN_THREADS else 1, function, calls, done)
            return
        self.start()
        lock = threading.Lock()

        def tell(number: int, result: Any) -> None:  # noqa: ANN401
            with lock:
                done(number, result)

        queue = _Queue(calls)
        threads = [helper.work(stage, queue, tell) for helper in self._helpers]
        try:
            for number, call in queue:
                tell(number, function(*call))
        except BaseException:
            queue.close()
            raise
        finally:
            for thread in threads:
                thread.join()
        for helper in self._helpers:
            helper.check()


def share(count: int, function: Callable[..., Any], calls: Iterable[Call], done: Done) -> None:
    """Call a function with every call, in ``count`` threads; the caller's thread is one of them.

    done: gets the results, in any order but one at a time. Raises any error of the function.
    """
    queue, lock, errors = _Queue(calls), threading.Lock(), list[BaseException]()

    def work() -> None:
        try:
            for number, call in queue:
                result = function(*call)
                with lock:
                    done(number, result)
        except BaseException as error:
            queue.close()
            errors.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(count - 1)]
    for thread in threads:
        thread.start()
    work()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


class _Queue:
    """Numbered calls, from which several threads take one at a time."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._calls = enumerate(calls)
        self._lock = threading.Lock()
        self._open = True

    def __iter__(self) -> Iterator[tuple[int, Call]]:
        return self

    def __next__(self) -> tuple[int, Call]:
        with self._lock:
            if not self._open:
                raise StopIteration
            return next(self._calls)

    def close(self) -> None:
        with self._lock:
            self._open = False


class _Helper:
    """One helper process, and the two threads that feed it and read from it."""

    def __init__(self, inherited: Sequence[int]) -> None:
        import subprocess

        root = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, "-c", _PROGRAM, root],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
            pass_fds=inherited,
        )
        _widen(self._process.stdin)
        _widen(self._process.stdout)
        self._error: BaseException | None = None

    def work(self, stage: str, queue: _Queue, done: Done) -> threading.Thread:
        """Start to take calls from the queue; the thread ends when all of their results are in."""
        thread = threading.Thread(target=self._read, args=(stage, queue, done), daemon=True)
        thread.start()
        return thread

    def check(self) -> None:
        """Raise the error of this helper, if there was one."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Kill the process."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()

    def _read(self, stage: str, queue: _Queue, done: Done) -> None:
        numbers: list[int] = []
        room, sent = threading.Semaphore(_AHEAD), threading.Semaphore(0)
        finished = threading.Event()
        feeder = threading.Thread(
            target=self._feed, args=(stage, queue, numbers, room, sent, finished), daemon=True
        )
        feeder.start()
        try:
            read = 0
            while True:
                sent.acquire()
                if read == len(numbers):
                    break
                assert self._process.stdout is not None
                kind, result = _receive(self._process.stdout)
                if kind == "error":
                    raise WorkersFailed(f"a worker process failed: {result[0]}")
                done(numbers[read], _as_result(result))
                read += 1
                room.release()
        except (EOFError, OSError):
            self._fail(queue)
        except BaseException as error:
            self._error = error
            queue.close()
        finally:
            finished.set()
            room.release()
            feeder.join()

    def _feed(
        self,
        stage: str,
        queue: _Queue,
        numbers: list[int],
        room: threading.Semaphore,
        sent: threading.Semaphore,
        finished: threading.Event,
    ) -> None:
        try:
            while not finished.is_set():
                room.acquire()
                if finished.is_set():
                    break
                try:
                    number, call = next(queue)
                except StopIteration:
                    break
                numbers.append(number)
                sent.release()
                assert self._process.stdin is not None
                _send(self._process.stdin, stage, call)
        except OSError:
            self._fail(queue)
        except BaseException as error:
            # A call that can't be sent never gets a result. End the helper, so that the thread that
            # reads its results doesn't wait for one.
            self._error = error
            queue.close()
            self._process.kill()
        finally:
            sent.release()

    def _fail(self, queue: _Queue) -> None:
        queue.close()
        code = self._process.poll()
        if self._error is None:
            self._error = WorkersFailed(
                f"a worker process ended early (exit code {code}), perhaps for want of memory; "
                "run again with workers=1"
            )


def _widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold a whole batch, if the system allows it: then its two ends wait less often."""
    with suppress(ImportError, AttributeError, OSError, ValueError):
        from fcntl import F_SETPIPE_SZ, fcntl

        assert pipe is not None
        fcntl(pipe.fileno(), F_SETPIPE_SZ, _PIPE_BYTES)


def _environment() -> dict[str, str]:
    """Give the environment of a helper: one thread, and memory that is kept between batches."""
    settings = {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_MMAP_THRESHOLD_": str(1 << 26),
        "MALLOC_TRIM_THRESHOLD_": str(1 << 27),
    }
    return {**os.environ, **settings}


def _stage(name: str) -> Callable[..., Any]:
    from dedup import stages

    module, colon, function = name.partition(":")
    if colon:
        found: Callable[..., Any] = getattr(import_module(f"dedup.{module}"), function)
        return found
    table: dict[str, Callable[..., Any]] = {
        "sketch": stages.sketch_texts,
        "compare": stages.compare_texts,
        "alike": stages.alike_texts,
    }
    return table[name]


def serve() -> None:
    """Run the calls that come on standard input, until it ends. The main loop of a helper."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    threading.Thread(target=_end_with_caller, daemon=True).start()
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while True:
            stage, call = _receive(source)
            try:
                result = _stage(stage)(*call)
            except Exception as error:
                _send(sink, "error", (f"{type(error).__name__}: {error}",))
            else:
                _send(sink, "result", result if isinstance(result, tuple) else (result,))


def _end_with_caller() -> None:
    """End this process as soon as its caller has ended, even in the middle of a call.

    It notices that when the other end of its standard input is closed. On systems without
    ``select.poll``, the process ends when it reads the next call.
    """
    with suppress(AttributeError, OSError, ValueError):
        watch = select.poll()
        watch.register(sys.stdin.fileno(), 0)
        watch.poll()
        os._exit(1)


def _as_result(parts: Call) -> Any:  # noqa: ANN401
    return parts if len(parts) > 1 else parts[0]


def _send(pipe: IO[bytes], name: str, parts: Iterable[Any]) -> None:
    """Write one frame: the length of the header, the header, and the parts' bytes."""
    about, bodies = [], []
    for part in parts:
        if isinstance(part, np.ndarray):
            body: bytes | memoryview = np.ascontiguousarray(part).reshape(-1).view(np.uint8).data
            about.append({"array": part.dtype.str, "shape": part.shape})
        elif isinstance(part, list):
            lengths = np.fromiter(map(len, part), dtype="<u4", count=len(part)).tobytes()
            body = lengths + "".join(part).encode("utf-8", "surrogatepass")
            about.append({"texts": len(part), "bytes": len(body)})
        elif isinstance(part, Recipe):
            body = b""
            about.append({"recipe": part.to_dict()})
        else:
            body = b""
            about.append({"value": part})
        bodies.append(body)
    header = json.dumps([name, about]).encode()
    pipe.write(_LENGTH.pack(len(header)) + header)
    for body in bodies:
        pipe.write(body)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> tuple[str, Call]:
    (length,) = _LENGTH.unpack(_exactly(pipe, _LENGTH.size))
    name, about = json.loads(bytes(_exactly(pipe, length)))
    parts: list[Any] = []
    for part in about:
        if "array" in part:
            dtype = np.dtype(part["array"])
            size = dtype.itemsize * int(np.prod(part["shape"], dtype=np.int64))
            parts.append(np.frombuffer(_exactly(pipe, size), dtype=dtype).reshape(part["shape"]))
        elif "texts" in part:
            parts.append(_texts(_exactly(pipe, part["bytes"]), part["texts"]))
        elif "recipe" in part:
            parts.append(Recipe(**part["recipe"]))
        else:
            parts.append(part["value"])
    return name, tuple(parts)


def _texts(body: bytearray, count: int) -> list[str]:
    ends = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.frombuffer(body, dtype="<u4", count=count), out=ends[1:])
    joined = bytes(memoryview(body)[4 * count :]).decode("utf-8", "surrogatepass")
    return [joined[begin:end] for begin, end in pairwise(ends.tolist())]


def _exactly(pipe: IO[bytes], size: int) -> bytearray:
    """Read exactly ``size`` bytes. Raises EOFError if the pipe ends before."""
    body = bytearray(size)
    view = memoryview(body)
    while view:
        count = pipe.readinto(view)  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        view = view[count:]
    return body
