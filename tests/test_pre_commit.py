"""The hooks as people run them: by the real pre-commit program, in real repositories.

The hooks are those of ``.pre-commit-hooks.yaml`` but for their language: the command at hand is
called, so that no environment has to be made from a network.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.places import ROOT
from tests.support.repositories import PROSE, Repository, drifted, page

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the command's stand-in is a shell script")


@pytest.fixture
def repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    """An empty repository, with git's own settings away."""
    return Repository(tmp_path / "site", capsys, monkeypatch)


def with_hook(repository: Repository, name: str, folder: Path) -> None:
    """Configure one of the hooks, with a ``dedup`` on the path that runs this checkout."""
    listed = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    hooks = {each["id"]: each for each in listed}
    command = folder / "dedup"
    call = f"PYTHONPATH='{ROOT}' exec '{sys.executable}' -m dedup.cli"
    command.write_text(f'#!/bin/sh\n{call} "$@"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    config = {"repos": [{"repo": "local", "hooks": [{**hooks[name], "language": "system"}]}]}
    repository.write(".pre-commit-config.yaml", yaml.safe_dump(config))
    repository.git("add", "-A")
    repository.git("commit", "-q", "-m", "configure")


def run(repository: Repository, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pre-commit in the repository."""
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", *arguments],
        cwd=repository.root,
        env={
            **os.environ,
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PRE_COMMIT_HOME": str(folder / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_staged_hook_stops_a_copy_and_no_other_commit(
    repository: Repository,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    repository.write("old.md", page(PROSE[0], PROSE[1]))
    repository.write("twin.md", page(PROSE[1]))
    with_hook(repository, "dedup-staged", folder)
    repository.write("new.md", page(PROSE[2]))
    repository.git("add", "new.md")
    clean = run(repository, folder)
    assert clean.returncode == 0, clean.stdout
    assert "Passed" in clean.stdout
    repository.write("new.md", page(PROSE[0]))
    repository.write("near.md", page(drifted(PROSE[3])))
    repository.git("add", "new.md")
    stopped = run(repository, folder)
    assert stopped.returncode == 1
    assert "new.md:3" in stopped.stdout
    assert "old.md:3" in stopped.stdout
    assert "twin.md" not in stopped.stdout


def test_the_whole_hook_tells_of_every_copy(
    repository: Repository,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    repository.write("old.md", page(PROSE[0], PROSE[1]))
    repository.write("twin.md", page(PROSE[1]))
    with_hook(repository, "dedup", folder)
    told = run(repository, folder, "--all-files")
    assert told.returncode == 1
    assert "twin.md:3" in told.stdout
    repository.write("twin.md", page(PROSE[2]))
    repository.git("add", "-A")
    assert run(repository, folder, "--all-files").returncode == 0
