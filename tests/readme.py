"""Run the examples of README: Python blocks as doctests, console blocks as commands.

Knows: README's form. In the output of a command, "..." stands for anything.
"""

from __future__ import annotations

import doctest
import re
import shlex
import subprocess
import sys

from tests.support.places import ROOT

_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)


def main() -> int:
    """Run all examples; print those that fail and return their number."""
    failed, tried = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    for block in _CONSOLE.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        command, _, wanted = block.partition("\n")
        tried += 1
        failed += not _prints(command.removeprefix("$ "), wanted)
    print(f"README: {tried} examples, {failed} failed")
    return int(failed > 0 or tried == 0)


def _prints(command: str, wanted: str) -> bool:
    """Run a command from the root; say whether it prints what README shows."""
    program, *arguments = shlex.split(command)
    assert program == "dedup", command
    done = subprocess.run(
        [sys.executable, "-m", "dedup.cli", *arguments],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    pattern = re.escape(wanted.strip()).replace(re.escape("..."), ".*")
    if done.returncode == 0 and re.fullmatch(pattern, done.stdout.strip(), re.DOTALL):
        return True
    print(f"{command}\nprints\n{done.stdout}{done.stderr}instead of\n{wanted}")
    return False


if __name__ == "__main__":
    sys.exit(main())
