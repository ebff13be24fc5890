"""Standard streams that are closed, full or no longer read; unexpected errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dedup
from dedup import cli

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a shell, and /dev/full")

LINE = "The ferry of line 12 leaves the old stone harbour at nine and comes back at noon.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("streams")
    (made / "a.txt").write_text(LINE * 2)
    with dedup.Index(made / "seen.db") as index:
        index.add(LINE, "a")
    return made


def shell(folder: Path, command: str, streams: str) -> tuple[int, str, str]:
    """Run a command with its streams as a shell opens them: code, output, errors."""
    line = f"set -o pipefail; {sys.executable} -m dedup.cli {command} {streams}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(dedup.__file__).parents[1])},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


PRINTS = [
    "find a.txt",
    "find a.txt --format json",
    "explain a b",
    "clean a.txt",
    "check --isolated a.txt",
    "index query seen.db a.txt",
    "index stats seen.db",
    "--help",
]


@pytest.mark.parametrize("command", PRINTS)
def test_output_that_can_t_be_written_is_an_error(folder: Path, command: str) -> None:
    for streams, reason in ((">&-", "Bad file descriptor"), (">/dev/full", "No space left")):
        code, _, said = shell(folder, command, streams)
        assert code == 2
        assert said.startswith("dedup: ")
        assert "output: " in said
        assert reason in said
        assert said.count("\n") == 1


@pytest.mark.parametrize("command", PRINTS)
def test_a_reader_that_has_gone_is_no_error_of_ours(folder: Path, command: str) -> None:
    code, _, said = shell(folder, command, "| true")
    assert code in (0, 1, 141)
    assert (code == 1) <= command.startswith("check")
    assert said == ""


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "<&-"])
@pytest.mark.parametrize("command", ["find a.txt", "clean a.txt", "index stats seen.db"])
def test_streams_that_aren_t_needed_may_be_missing(
    folder: Path, command: str, streams: str
) -> None:
    code, out, said = shell(folder, command, streams)
    assert code == 0
    assert out
    assert "Exception ignored" not in said
    assert "Traceback" not in said


def test_standard_input_that_is_closed_is_an_error(folder: Path) -> None:
    for command in ("clean -", "find -"):
        code, _, said = shell(folder, command, "<&-")
        assert (code, said.count("\n")) == (2, 1)
        assert said.startswith("dedup: -: can't be read: Bad file descriptor")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TypeError("a\x1b[31m\nb"), "TypeError: a\ufffd[31m b"),
        (RecursionError("too deep"), "RecursionError: too deep"),
        (KeyError("k" * 5000), "KeyError: 'kkk"),
    ],
    ids=["a control in it", "deep", "long"],
)
@pytest.mark.parametrize("debug", [False, True])
def test_an_error_nobody_expected_is_told_with_what_to_report(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    said: str,
    debug: bool,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("dedup.explanation.explain", broken)
    monkeypatch.setenv("DEDUP_DEBUG", "1" if debug else "")
    assert cli.main(["explain", "a", "redis://user:secret@host"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"dedup: an error of dedup itself, please report it: {said}" in err
    assert f"with dedup {dedup.__version__}, Python " in err
    assert "command: dedup explain a redis://***@host" in err
    assert "secret" not in err
    assert ("Traceback" in err) == debug
    if not debug:
        assert err.count("\n") == 2
        assert len(err) < 1500


def test_too_little_memory_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("dedup.explanation.explain", broken)
    assert cli.main(["explain", "a", "b"]) == 2
    assert capsys.readouterr().err == ("dedup: there is not enough memory; give it less at once\n")
