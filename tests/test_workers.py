"""Workers: the same answer from any number of threads and processes, no hang when one dies."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dedup
from dedup import workers
from dedup.scale.failures import WorkInUse
from dedup.scale.storage import lock as locks
from tests.support.laws import check_identical
from tests.test_search import corpus, cut_small


def in_time(call: Callable[[], object], seconds: float = 60.0) -> object:
    """Give the result of a call, or what it raised; fail where it takes longer."""
    results: list[object] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            results.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    assert not thread.is_alive(), f"still at it after {seconds} seconds"
    return results[0]


#: A stage of which helper processes do their share.
STAGE = "core.variants:are_variants"

Done = Callable[[int, Any], None]


def run_stage(count: int, done: Done = lambda number, result: None, calls: int = 200) -> None:
    """Have a stage done by so many workers."""
    call = (["the ferry sails at nine", "the ferry sails at ten"], np.array([0]), np.array([1]))
    with workers.Workers(count) as pool:
        pool.run(STAGE, [call] * calls, done)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut many batches, so that helpers get some."""
    cut_small(monkeypatch, (3000, 20), (3000, 20, 20))


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize(
    ("count", "options"),
    [(900, {}), (300, {}), (500, {"tokens": "chars"}), (450, {"threshold": 1.0})],
    ids=["buckets", "pairs", "characters", "exact copies"],
)
def test_two_and_three_workers_answer_as_one(count: int, options: dict[str, Any]) -> None:
    texts = [*corpus(count), "lone \ud800 surrogate and nine more words to let it compete"] * 2
    alone = dedup.find(texts, workers=1, **options)
    for number in (2, 3):
        found = in_time(lambda number=number: dedup.find(texts, workers=number, **options))  # type: ignore[misc]
        assert isinstance(found, dedup.Found), found
        check_identical(alone, found)
        assert found.uncompared == alone.uncompared


def test_helpers_do_work(monkeypatch: pytest.MonkeyPatch) -> None:
    # The caller's own share is held back until a helper has answered.
    answered = threading.Event()
    received = workers._receive

    def receive(pipe: Any) -> Any:
        result = received(pipe)
        answered.set()
        return result

    def slow(texts: object, left: Any, right: object, tokens: str) -> object:
        answered.wait(60)
        return np.array([len(left) != 1])

    monkeypatch.setattr(workers, "_receive", receive)
    monkeypatch.setattr(workers, "_stage", lambda name: slow)
    results: dict[int, list[bool]] = {}
    texts = ["the ferry sails at nine", "the ferry sails at ten"]
    calls = [(texts, np.array([0]), np.array([1]), "words")] * 6

    def run() -> None:
        with workers.Workers(2) as pool:
            pool.run(STAGE, calls, lambda number, r: results.update({number: r.tolist()}))

    assert in_time(run) is None
    assert len(results) == 6
    assert [True] in results.values()


def helpers_of(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Note the helper processes that will be started."""
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr("subprocess.Popen", start)
    return started


@pytest.fixture
def patient_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold back the caller's second share until a helper has failed.

    Its stage takes microseconds: it could be through with all calls before a helper gets one.
    """
    failed = threading.Event()
    fail, stage = workers._Helper._fail, workers._stage
    shares = iter(range(1 << 20))

    def note(helper: workers._Helper, queue: Any) -> None:
        fail(helper, queue)
        failed.set()

    def held(*call: Any) -> object:
        if next(shares):
            failed.wait(60)
        return stage(STAGE)(*call)

    monkeypatch.setattr(workers._Helper, "_fail", note)
    monkeypatch.setattr(workers, "_stage", lambda name: held)


@pytest.mark.usefixtures("patient_caller")
def test_a_worker_killed_in_the_middle_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    started = helpers_of(monkeypatch)

    def kill(number: int, result: object) -> None:
        started[0].kill()
        started[0].wait()

    result = in_time(lambda: run_stage(2, kill))
    assert isinstance(result, dedup.WorkersFailed), result
    assert "workers=1" in str(result)


DEATHS = {
    "before it reads": "import os; os._exit(3)",
    "having read a little": "import sys, os; sys.stdin.buffer.read(4); os._exit(3)",
    "having answered a little": (
        "import sys, os; sys.stdin.buffer.read(64); sys.stdout.buffer.write(b'\\x08\\0');"
        "sys.stdout.flush(); os._exit(3)"
    ),
    "by an exception": "raise SystemExit(3)",
}


@pytest.mark.usefixtures("patient_caller")
@pytest.mark.parametrize("program", DEATHS.values(), ids=DEATHS)
def test_a_worker_that_dies_is_an_error(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_PROGRAM", program)
    result = in_time(lambda: run_stage(2))
    assert isinstance(result, dedup.WorkersFailed), result


def test_an_error_of_a_stage_is_told() -> None:
    def run() -> None:
        with workers.Workers(2) as pool:
            pool.run(STAGE, [(["a"], "b", "c", "words")] * 9, lambda number, result: None)

    result = in_time(run)
    # Whoever met it first: the caller raises it as it is, a helper sends its text.
    assert isinstance(result, Exception)
    assert not isinstance(result, AssertionError)


def test_after_an_error_no_thread_takes_another_call() -> None:
    handed = 0

    def calls() -> Iterator[tuple[int]]:
        nonlocal handed
        for handed in range(3000):
            yield (handed,)

    def fail_at_first(number: int) -> None:
        time.sleep(0.001)
        if number == 0:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        workers.share(2, fail_at_first, calls(), lambda number, result: None)
    assert handed < 2000


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("stage", ["sketch", "compare", "decide"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_error_of_the_caller_ends_find(
    error: type[BaseException], stage: str, number: int
) -> None:

    def interrupt(name: str, done: int, total: int) -> None:
        if name == stage:
            raise error("enough")

    result = in_time(lambda: dedup.find(corpus(900), workers=number, progress=interrupt))
    assert isinstance(result, error)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_error_of_the_caller_ends_all_helpers(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = helpers_of(monkeypatch)

    def interrupt(number: int, found: object) -> None:
        raise error("enough")

    result = in_time(lambda: run_stage(3, interrupt))
    assert isinstance(result, error)
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_no_process_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started = helpers_of(monkeypatch)
    assert in_time(lambda: run_stage(3)) is None
    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_find_and_one_worker_start_no_helper(monkeypatch: pytest.MonkeyPatch) -> None:
    started = helpers_of(monkeypatch)
    run_stage(1)
    dedup.find(corpus(900), workers=3)
    assert started == []


def test_helpers_do_not_run_the_program_of_the_caller(tmp_path: Any) -> None:
    # No ``if __name__ == "__main__"`` here, which would start processes without end elsewhere.
    program = tmp_path / "job.py"
    program.write_text("import dedup\nprint(dedup.find(['a b'] * 9, workers=2).kept.sum())\n")
    root = os.path.dirname(os.path.dirname(dedup.__file__))
    done = subprocess.run(
        [sys.executable, program],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("9\n", "")


arrays = st.sampled_from(
    [
        np.zeros((0, 2), dtype=np.uint64),
        np.zeros((3, 0), dtype=np.uint32),
        np.arange(6, dtype=np.int64).reshape(2, 3),
        np.arange(6, dtype=np.uint32).reshape(2, 3).T,
        np.array([np.nan, 0.5]),
        np.array([True, False]),
    ]
)
texts_of_any_kind = st.lists(st.text(st.characters(exclude_categories=()), max_size=5), max_size=4)
values = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))


@given(st.lists(st.one_of(arrays, texts_of_any_kind, values), max_size=5))
def test_frames_come_back_as_they_were(parts: list[object]) -> None:
    pipe = io.BytesIO()
    workers._send(pipe, "name", parts)
    pipe.seek(0)
    name, back = workers._receive(pipe)
    assert name == "name"
    assert pipe.read() == b""
    assert len(back) == len(parts)
    for sent, got in zip(parts, back, strict=True):
        if isinstance(sent, np.ndarray):
            assert got.dtype == sent.dtype
            np.testing.assert_array_equal(got, sent)
        else:
            assert got == sent


def test_a_recipe_comes_back_as_it_was() -> None:
    pipe = io.BytesIO()
    workers._send(pipe, "name", (dedup.Recipe(seed=3),))
    pipe.seek(0)
    assert workers._receive(pipe) == ("name", (dedup.Recipe(seed=3),))


def test_a_frame_that_ends_early_is_an_error() -> None:
    pipe = io.BytesIO()
    workers._send(pipe, "name", (["some texts"], 3))
    whole = pipe.getvalue()
    for size in range(len(whole)):
        with pytest.raises(EOFError):
            workers._receive(io.BytesIO(whole[:size]))


ENDLESS = """
import os, sys
from dedup import workers
from dedup.scale.storage import lock as locks
from dedup.scale.failures import WorkInUse
workers._PROGRAM = (
    "import sys, threading; sys.path.insert(0, sys.argv[1]); from dedup import workers;"
    "workers._stage = lambda name: threading.Event().wait; workers.serve()"
)
pool = workers.Workers(2)
pool.start()
helper = pool._helpers[0]
print(helper._process.pid, flush=True)
workers._send(helper._process.stdin, "sketch", ())
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_a_helper_ends_with_a_caller_that_is_killed() -> None:
    # In mid-work, it doesn't read its input: a stage that never ends stands for a long one.
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as caller:
        assert caller.stdout is not None
        helper = Path("/proc", caller.stdout.readline().decode().strip())
        assert helper.exists()
        caller.kill()
        caller.wait()
    end = time.monotonic() + 30
    while helper.exists() and time.monotonic() < end:
        time.sleep(0.01)
    assert not helper.exists()


def test_a_lock_lasts_as_long_as_a_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    with locks.Lock(tmp_path) as lock, workers.Workers(2, lock.descriptors) as pool:
        pool.start()
        lock.release()
        with pytest.raises(WorkInUse), locks.Lock(tmp_path):
            pass
    monkeypatch.setattr(locks, "PATIENCE", 30.0)
    with locks.Lock(tmp_path):
        pass
