"""List the scripts that measure dedup: what each measures, and how to run it.

    python -m benchmarks

Knows: that the first sentence of a script says what it measures. Does not know: any script.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Script(NamedTuple):
    """A script: its name, and what it says of itself in one sentence."""

    name: str
    sentence: str


def scripts() -> list[Script]:
    """List the modules of this folder that say how they are called, by name."""
    found = []
    for path in sorted(HERE.glob("*.py")):
        call = f"python -m benchmarks.{path.stem}"
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if call in said:
            sentence = " ".join(said.split("\n\n")[0].split()).removeprefix(f"``{call}``: ")
            found.append(Script(path.stem, sentence.replace("``", "")))
    return found


def main() -> None:
    """Print the list."""
    found = scripts()
    width = max(len(each.name) for each in found)
    print("Scripts that measure dedup and print tables; each has --help.\n")
    for each in found:
        print(f"python -m benchmarks.{each.name:{width}}  {each.sentence}")
    print("\nbenchmarks/README.md has the tables they gave, with machine and date.")


if __name__ == "__main__":
    main()
