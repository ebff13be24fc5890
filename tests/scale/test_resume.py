"""A job may end at any moment: the next run goes on and gives the same bytes."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dedup
from benchmarks import corpus
from dedup import scale
from dedup.errors import InputError
from dedup.scale.stages import decision
from dedup.scale.storage import column, lock
from dedup.sizes import parse_size
from tests.support import scales
from tests.support.flat import run
from tests.support.places import ROOT

BANDED = dedup.Recipe(permutations=96, bands=32, rows=3)

#: Bounds that give a job of a thousand paragraphs many units, ranges and passes.
MANY = scales.Bounds(unit=100, arrays=20_000, gathered=300, bin=64)


#: A process that runs the job over and over, as the test that starts it would.
PROGRAM = """
import sys
from pathlib import Path
from tests.scale import test_resume as test
print("begin", flush=True)
test.work(Path(sys.argv[1]), int(sys.argv[2]))
"""


def documents() -> scales.Documents:
    texts = [*corpus.paragraphs(700, 11, edited=0.3).texts, *corpus.variants(40, 3)]
    texts += ["Read more", "Share"] * 10 + texts[:30]
    every = [
        scales.paragraphs(texts[k : k + 20], f"document {k}") for k in range(0, len(texts), 20)
    ]
    return [every[k : k + 5] for k in range(0, len(every), 5)]


def work(folder: Path, workers: int = 1, **options: Any) -> scale.Decisions:
    settings = {"expected": scale.Estimate(800, 80_000), "recipe": BANDED, **options}
    return scales.run(documents(), folder, MANY, workers=workers, **settings)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    work(folder)
    return bytes_of(folder)


def test_killed_at_random_moments(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    draw = random.Random(5)
    folder, kills, longest = tmp_path / "work", 0, 1.0
    while kills < 12:
        with subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder), "2"], cwd=ROOT, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begin\n"
            begin = time.monotonic()
            try:
                process.wait(timeout=draw.uniform(0.0, longest))
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
                continue
        assert process.returncode == 0
        longest = max(longest, time.monotonic() - begin)
        assert bytes_of(folder) == undisturbed
        shutil.rmtree(folder)
    work(folder)
    assert bytes_of(folder) == undisturbed


STAGES = [
    "sketch",
    "fold",
    "number",
    "buckets",
    "look",
    "texts",
    "compare",
    "decide",
    "write",
    "count",
]


@pytest.mark.parametrize("stage", STAGES)
def test_stopped_by_hand_in_every_stage(
    tmp_path: Path, undisturbed: dict[str, bytes], stage: str
) -> None:
    def stop(at: str, done: int, total: int) -> None:
        if at == stage and (done > 1 or total == 1):
            raise KeyboardInterrupt

    with pytest.raises(scale.Interrupted, match=f"run again with {tmp_path}"):
        work(tmp_path, progress=stop)
    work(tmp_path)
    assert bytes_of(tmp_path) == undisturbed


def test_what_was_decided_is_not_decided_again(tmp_path: Path) -> None:
    bounds = MANY._replace(cap=3, most=4)
    settings: dict[str, Any] = {"recipe": BANDED, "workers": 1}
    first = scales.run(documents(), tmp_path / "a", bounds, **settings)
    told: list[int] = []

    def stop(at: str, done: int, total: int) -> None:
        if at == "decide":
            told.append(done)
            if done in (3, 4, 7):
                raise KeyboardInterrupt

    for _ in range(3):
        with pytest.raises(scale.Interrupted, match="stage decide"):
            scales.run(documents(), tmp_path / "b", bounds, progress=stop, **settings)
    again = scales.run(documents(), tmp_path / "b", bounds, progress=stop, **settings)
    assert told == list(range(1, max(told) + 1))
    assert again.every().match.tolist() == first.every().match.tolist()
    assert again.uncompared == first.uncompared
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_a_finished_job_is_opened_and_nothing_is_read(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    work(tmp_path)
    begin = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    work(tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == begin


def test_what_was_sketched_is_not_sketched_again(tmp_path: Path) -> None:
    told: list[int] = []

    def stop(at: str, done: int, total: int) -> None:
        if at == "sketch" and done >= 400:
            raise KeyboardInterrupt

    with pytest.raises(scale.Interrupted):
        work(tmp_path, progress=stop)
    work(tmp_path, progress=lambda at, done, total: told.append(done) if at == "sketch" else None)
    assert min(told) > 300


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"threshold": 0.9}, "threshold is 0.9 instead of 0.8"),
        ({"variants": "remove"}, "variants is 'remove' instead of 'report'"),
        ({"recipe": None}, "recipe is None instead of"),
        ({"rank": scale.Rank("longest", len)}, "rank is 'longest' instead of None"),
    ],
    ids=["threshold", "variants", "recipe", "rank"],
)
def test_other_settings_are_refused(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    some = [[["one two three"]]]
    scales.run(some, tmp_path, recipe=BANDED, workers=1)
    before = bytes_of(tmp_path)
    with pytest.raises(scale.WorkMismatch, match=re.escape(reason)):
        scales.run(some, tmp_path, **{"recipe": BANDED, "workers": 1, **change})
    assert bytes_of(tmp_path) == before


def shard(name: str = "a", size: int = 1, stamp: str = "x") -> scale.Shard:
    return scale.Shard(name, lambda: iter([["one two"]]), size, stamp)


@pytest.mark.parametrize(
    ("shards", "reason"),
    [
        ([shard()], "1 inputs instead of 2"),
        ([shard(), shard("c")], "input c instead of b"),
        ([shard(), shard("b", 2)], "input b has size 2 instead of 1"),
        ([shard(), shard("b", stamp="y")], "input b has another content"),
    ],
    ids=["fewer", "another", "another size", "another content"],
)
def test_other_inputs_are_refused(tmp_path: Path, shards: list[scale.Shard], reason: str) -> None:
    run([shard(), shard("b")], tmp_path, workers=1)
    with pytest.raises(scale.WorkMismatch, match=reason):
        run(shards, tmp_path, workers=1)


def test_memory_and_workers_may_be_others(tmp_path: Path) -> None:
    run([shard()], tmp_path, workers=1, memory="1GB")
    assert len(run([shard()], tmp_path, workers=2, memory="2GB")) == 1


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match=r"thesis\.txt and no job"):
        run([shard()], tmp_path, workers=1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_manifest_that_can_not_be_read(tmp_path: Path) -> None:
    run([shard()], tmp_path, workers=1)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="manifest can't be read"):
        run([shard()], tmp_path, workers=1)


def test_an_unfinished_job_has_no_answer(tmp_path: Path) -> None:
    def stop(at: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(scale.Interrupted):
        run([shard()], tmp_path, workers=1, progress=stop)
    with pytest.raises(InputError, match="not finished"):
        scale.Decisions(tmp_path)
    with pytest.raises(InputError, match="holds no job"):
        scale.Decisions(tmp_path / "nowhere")


def test_a_folder_in_use_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    monkeypatch.setattr(lock, "PATIENCE", 0.1)

    def again(at: str, done: int, total: int) -> None:
        with pytest.raises(scale.WorkInUse):
            run([shard()], tmp_path, workers=1)

    run([shard()], tmp_path, workers=1, progress=again)


def test_inputs_that_shrink_while_a_job_is_stopped(tmp_path: Path) -> None:
    texts = [f"word{k} and more" for k in range(40)]

    def stop(at: str, done: int, total: int) -> None:
        if done >= 20:
            raise KeyboardInterrupt

    def given(some: list[str]) -> scale.Shard:
        return scale.Shard("a", lambda: iter([some]), 1, "x")

    with scales.within(scales.TINY):
        expected = scale.Estimate(40, 4000)
        with pytest.raises(scale.Interrupted):
            run([given(texts)], tmp_path, workers=1, progress=stop, expected=expected)
        with pytest.raises(InputError, match="less than when the job began"):
            run([given(texts[:3])], tmp_path, workers=1, expected=expected)


# -- disks


class Disk:
    """Counts what is written to columns, and is full after so many writes."""

    def __init__(self, room: float) -> None:
        self._right, self._room, self.writes = column.put, room, 0

    def put(self, file: Any, view: memoryview) -> int:
        self.writes += 1
        if self.writes > self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._right(file, view)


@pytest.fixture(scope="module")
def writes(tmp_path_factory: pytest.TempPathFactory) -> int:
    disk = Disk(float("inf"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column, "put", disk.put)
        work(tmp_path_factory.mktemp("counted"))
    return disk.writes


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.7, 0.99])
def test_a_full_disk_is_told_and_the_job_goes_on(
    tmp_path: Path, undisturbed: dict[str, bytes], writes: int, share: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column, "put", Disk(share * writes).put)
        with pytest.raises(scale.NoSpace, match=r"no space left on the disk: .* are free"):
            work(tmp_path)
    work(tmp_path)
    assert bytes_of(tmp_path) == undisturbed


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    if shutil.which("mount") is None or os.name != "posix":
        pytest.skip("no way to mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not permitted")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_small_disk_that_gets_full(small_disk: Path, undisturbed: dict[str, bytes]) -> None:
    expected = scale.Estimate(1, 1)
    folder = small_disk / "work"
    with pytest.raises(scale.NoSpace) as raised:
        work(folder, expected=expected)
    assert raised.value.free < 1 << 16
    assert {"manifest.json", "inputs.json"} <= {path.name for path in folder.iterdir()}
    assert not [path for path in folder.iterdir() if path.name.endswith(".new")]


def test_a_disk_too_small_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    def read() -> Iterator[list[str]]:
        raise AssertionError("read")

    expected = scale.Estimate(10**12, 10**15)
    reason = r"no space left on the disk: .* are free, about .* TB are needed"
    with pytest.raises(scale.NoSpace, match=reason):
        run([scale.Shard("a", read)], tmp_path, workers=1, expected=expected)


# -- memory


@pytest.mark.parametrize(
    ("text", "size"),
    [("1GB", 10**9), ("500MB", 5 * 10**8), ("1.5 gb", 1500 * 10**6), ("2GiB", 2**31), (7, 7)],
)
def test_sizes(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "1 XB", "-1GB", "1GB or so", 0, -3, True, None, "0MB"])
def test_what_is_no_size(text: Any) -> None:
    with pytest.raises(ValueError, match="memory is"):
        parse_size(text)


def test_too_little_memory_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"memory is 100 MB; 2 worker\(s\) need at least .* MB"):
        run([shard()], tmp_path, workers=2, memory="100MB")
    assert not any(tmp_path.iterdir())


def test_a_decision_that_needs_more_memory_says_so_and_goes_on(tmp_path: Path) -> None:
    texts = corpus.paragraphs(300, 9, edited=0.4).texts

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decision, "_ROW", 10**8)
        with pytest.raises(scale.MemoryTooSmall, match=r"deciding needs about .* of memory"):
            run([scale.Shard("a", lambda: iter([texts]))], tmp_path, recipe=BANDED, workers=1)
    decisions = run([scale.Shard("a", lambda: iter([texts]))], tmp_path, recipe=BANDED, workers=1)
    found = dedup.find(texts, recipe=BANDED)
    assert decisions.every().match.tolist() == found.match.tolist()
