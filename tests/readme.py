"""Run the examples of README and of the pages beside the code.

    python -m tests.readme

Knows: the form of the pages: Python blocks are doctests, console blocks are commands. In the output
of a command, "..." stands for anything.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT

#: All pages: README, those beside the code and the benchmarks, those for contributors.
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "dedup").rglob("*.md"), *ROOT.glob("benchmarks/*.md")])

# Haystack reports to its makers which components a pipeline has, unless it is told not to.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"

_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def main() -> int:
    """Run the examples of all pages; print those that fail and return their number."""
    tried = failed = 0
    for page in PAGES:
        some, wrong = run(page)
        tried, failed = tried + some, failed + wrong
    print(f"README and {len(PAGES) - 1} pages: {tried} examples, {failed} failed")
    return int(failed > 0 or tried == 0)


def run(page: Path) -> tuple[int, int]:
    """Run the examples of a page: how many there are, and how many fail."""
    failed, tried = doctest.testfile(str(page), module_relative=False)
    blocks = _CONSOLE.findall(page.read_text(encoding="utf-8"))
    for block in blocks:
        command, _, wanted = block.partition("\n")
        failed += not _prints(command.removeprefix("$ "), wanted)
    return tried + len(blocks), failed


def _prints(command: str, wanted: str) -> bool:
    """Run a command from the root; say whether it prints what the page shows."""
    program, *arguments = shlex.split(command)
    assert program == "dedup", command
    done = subprocess.run(
        [sys.executable, "-m", "dedup.cli", *arguments],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    pattern = re.escape(wanted.strip()).replace(re.escape("..."), ".*")
    if done.returncode == 0 and re.fullmatch(pattern, done.stdout.strip(), re.DOTALL):
        return True
    print(f"{command}\nprints\n{done.stdout}{done.stderr}instead of\n{wanted}")
    return False


if __name__ == "__main__":
    sys.exit(main())
