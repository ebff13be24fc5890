"""Repositories for tests of the check: real git in a folder of the test's own, and its command.

Knows: git, how the command is called in this process. Does not know: what is expected.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dedup.cli import main
from tests.support.articles import PARAGRAPHS

_IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull,
}  # fmt: skip

#: Paragraphs of 20 words and more, none like another.
PROSE = tuple(each for each in PARAGRAPHS if len(each.split()) > 24)


def drifted(paragraph: str) -> str:
    """Edit a paragraph so that it says the same in slightly other words."""
    words = paragraph.split(" ")
    return " ".join([*words[:6], "quite", *words[6:12], "of", "course", *words[12:]])


def wrapped(paragraph: str, width: int = 40) -> str:
    """Write a paragraph in short lines."""
    import textwrap

    return "\n".join(textwrap.wrap(paragraph, width))


def page(*paragraphs: str) -> str:
    """Write a page of Markdown."""
    return "\n\n".join(("# Title", *paragraphs)) + "\n"


@dataclass
class Answer:
    """What the command answered: the exit code, the JSON report, and both streams."""

    code: int
    out: str
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """The findings of the JSON report."""
        findings: list[dict[str, Any]] = json.loads(self.out)["findings"]
        return findings

    @property
    def found(self) -> list[tuple[str, list[str]]]:
        """Each finding as its rule and places, ``path:line``, the primary one first."""
        return [
            (each["rule"], [f"{place['source']}:{place['first']}" for place in each["places"]])
            for each in self.findings
        ]

    @property
    def summary(self) -> dict[str, Any]:
        """The sums of the JSON report."""
        summary: dict[str, Any] = json.loads(self.out)["summary"]
        return summary


class Repository:
    """A folder, with git or without."""

    def __init__(
        self,
        root: Path,
        capture: pytest.CaptureFixture[str],
        patch: pytest.MonkeyPatch,
        git: bool = True,
    ) -> None:
        self.root = root
        self._capture = capture
        for name, value in _IDENTITY.items():
            patch.setenv(name, value)
        root.mkdir(parents=True, exist_ok=True)
        if git:
            self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def write(self, path: str, content: str | bytes) -> Path:
        """Write a file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
        return place

    def remove(self, path: str) -> None:
        """Remove a file."""
        (self.root / path).unlink()

    def commit(self, message: str = "change") -> str:
        """Commit everything, and return the commit."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def run(self, *arguments: str, at: str = ".") -> Answer:
        """Run the command in the folder, or in one of its folders."""
        self._capture.readouterr()
        with chdir(self.root / at):
            code = main([*arguments])
        out, err = self._capture.readouterr()
        return Answer(code, out, err)

    def check(self, *arguments: str, at: str = ".") -> Answer:
        """Run ``dedup check`` with a JSON report."""
        return self.run("check", "--output-format", "json", *arguments, at=at)
