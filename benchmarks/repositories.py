"""``python -m benchmarks.check --repos FOLDER``: the check on real repositories, before and now.

Knows: how a repository is checked with two versions of dedup, and what is counted of the findings.
Does not know: which repositories these are, jscpd.

A group is a text that stands in several places. Two files are editions of one page if they have the
same name, or if one finding says that these pages repeat each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

_HEAD = ("repository", "files", "seconds", "findings before", "now", "findings a group",
         "of editions, before", "now")  # fmt: skip

_PROGRAM = "import sys; from dedup.cli import main; sys.exit(main(sys.argv[1:]))"
_ROOT = Path(__file__).parents[1]

Found = dict[str, Any]


class Checked(NamedTuple):
    """A report and the seconds that it took."""

    report: Found
    seconds: float


def compare(
    folder: Path,
    before: Path | None,
    layout: Callable[[Sequence[str], Sequence[Sequence[str]]], str],
) -> str:
    """Check every repository in a folder, and lay out what came of it."""
    rows = [row(each, before) for each in sorted(folder.iterdir()) if (each / ".git").exists()]
    return layout(_HEAD, rows)


def row(repository: Path, before: Path | None) -> tuple[str, ...]:
    """Check a repository with this dedup and the one of before."""
    now = checked(repository, _ROOT)
    old = checked(repository, before).report["findings"] if before else None
    findings = now.report["findings"]
    return (
        repository.name,
        f"{now.report['summary']['files']:,}",
        f"{now.seconds:.1f}",
        "-" if old is None else f"{len(old):,}",
        f"{len(findings):,}",
        f"{per_group(findings):.2f}",
        "-" if old is None else _percent(crossing(old, findings)),
        _percent(crossing(findings, findings)),
    )


def checked(repository: Path, checkout: Path) -> Checked:
    """Check a repository without its own settings by a dedup. Raises CalledProcessError."""
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, "check", "--isolated", "--no-baseline", "--exit-zero",
         "--output-format", "json"],
        cwd=repository, env=os.environ | {"PYTHONPATH": str(checkout)}, capture_output=True,
        check=False,
    )  # fmt: skip
    if not ran.stdout:
        raise subprocess.CalledProcessError(ran.returncode, ran.args, ran.stdout, ran.stderr)
    return Checked(json.loads(ran.stdout), time.perf_counter() - began)


def per_group(findings: Sequence[Found]) -> float:
    """Say how many findings list two places of one repeated text, on average; 0 for no text.

    A text is known by its places: two findings that share two of them list it both.
    """
    lists: dict[tuple[tuple[str, int], tuple[str, int]], int] = {}
    for finding in findings:
        places = sorted(
            (each["source"], each["first"])
            for each in finding["places"]
            if each["similarity"] == 1.0
        )
        for pair in pairwise(places):
            lists[pair] = lists.get(pair, 0) + 1
    return sum(lists.values()) / len(lists) if lists else 0.0


def crossing(findings: Sequence[Found], of_pages: Sequence[Found]) -> float:
    """Give the share of findings whose files are editions of one page.

    of_pages: findings that say which files repeat each other.
    """
    editions = {frozenset(each["pages"]["files"]) for each in of_pages if each.get("pages")}
    number = sum(any(True for _ in _crossed(each, editions)) for each in findings)
    return number / len(findings) if findings else 0.0


def _crossed(finding: Found, editions: set[frozenset[str]]) -> Iterator[frozenset[str]]:
    files = frozenset(each["source"] for each in finding["places"])
    if len(files) > 1 and (files in editions or len({Path(each).name for each in files}) == 1):
        yield files


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
