"""Draw what commands print on a terminal as an SVG picture, for README.

    python -m benchmarks.terminal

Knows: which commands are shown, how a pseudo-terminal is read. Does not know: what they print. It
needs a system with pseudo-terminals (Linux, macOS). The same output gives the same bytes.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURE = Path(__file__).with_name("terminal.svg")

#: Columns of the terminal.
COLUMNS = 96

COMMANDS = (
    "dedup find tests/ferry.txt",
    "dedup explain 'The harbour master said that those figures left out the summer visitors.' "
    "'The harbour master has said that these figures left out the summer visitors.'",
)

#: Fonts are taken from the reader's machine: a picture fetches nothing.
_FETCHED = re.compile(r"@font-face \{[^}]*\}\s*")


def main() -> None:
    """Run the commands and write the picture."""
    PICTURE.write_text(drawn(), encoding="utf-8")
    print(PICTURE)


def drawn() -> str:
    """Run the commands and draw what they print."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for number, command in enumerate(COMMANDS):
        console.print(Text("\n" * bool(number) + "$ ", "bold").append(_shown(command), "bold"))
        console.print(Text.from_ansi(printed(command)))
    svg = console.export_svg(title="dedup", unique_id="dedup")
    return _FETCHED.sub("", svg)


def printed(command: str) -> str:
    """Run a command on a pseudo-terminal and give what it writes to it, colours included."""
    program, *arguments = shlex.split(command)
    assert program == "dedup", command
    settings = {"COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    environment = {key: each for key, each in os.environ.items() if key != "NO_COLOR"} | settings
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dedup.cli", *arguments],
        cwd=ROOT, env=environment, stdout=theirs, stdin=subprocess.DEVNULL,
    ):  # fmt: skip
        os.close(theirs)
        pieces = [*iter(lambda: _read(ours), b"")]
    os.close(ours)
    return b"".join(pieces).decode("utf-8").replace("\r\n", "\n").rstrip()


def _read(terminal: int) -> bytes:
    """Read from a pseudo-terminal: nothing when whoever wrote to it has ended."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:
        return b""


def _shown(command: str) -> str:
    """Shorten a command as it is shown: long arguments by their beginning."""
    return re.sub(r"'(.{20})[^']*'", r"'\1...'", command)


if __name__ == "__main__":
    main()
