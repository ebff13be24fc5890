"""Files that repeat each other in many places, and the settings that stop comparing them.

Knows: how much two files must have in common to be editions of one page, how paths are written as
globs. Does not know: how groups are found, what a report says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from os.path import commonprefix

from dedup.check.findings.report import RepeatedPages
from dedup.check.matches.runs import GroupRun

#: Files are editions of one page if they have ``_MANY`` groups in common, or ``_SOME`` groups that
#: hold ``_SHARE`` of the words of one of the files.
_MANY, _SOME, _SHARE = 10, 3, 1 / 3

#: A file is a snippet if this share of it stands in the other files, and it is no more than the
#: second share of any of them.
_FRAGMENT, _REST = 0.9, 0.5

#: The most paths that a line of settings names one by one.
_MOST_NAMED = 8

_SPECIAL = re.compile(r"[][*?{}]")


def editions(
    runs: Sequence[GroupRun], files: Sequence[str], counts: Sequence[int], words: Mapping[str, int]
) -> dict[tuple[str, ...], list[GroupRun]]:
    """Find files that repeat each other in many places, and give their runs, by their paths.

    Args:
        runs: all runs. A run belongs to the files of all its places.
        files: the file of each position.
        counts: the number of words of each position.
        words: how many words of each file are compared.

    Cost: linear.
    """
    by_files: dict[tuple[str, ...], list[GroupRun]] = {}
    for run in runs:
        names = tuple(sorted({files[k] for track in run.tracks for k in track}))
        by_files.setdefault(names, []).append(run)
    found = {}
    for names, some in by_files.items():
        number = sum(len(run.groups) for run in some)
        if len(names) > 1 and number >= _SOME:
            shares = shares_of(some, names, files, counts, words)
            if number >= _MANY or max(shares.values()) >= _SHARE:
                found[names] = some
    return found


def shares_of(
    runs: Iterable[GroupRun],
    names: Sequence[str],
    files: Sequence[str],
    counts: Sequence[int],
    words: Mapping[str, int],
) -> dict[str, float]:
    """Give the share of the words of each file that stand in some runs."""
    within = dict.fromkeys(names, 0)
    for run in runs:
        for k in {k for track in run.tracks for k in track}:
            within[files[k]] += counts[k]
    return {name: min(1.0, within[name] / max(1, words[name])) for name in names}


def pages(shares: Mapping[str, float], globs: Mapping[str, str | None]) -> RepeatedPages:
    """Say which file repeats which, and which line of settings stops comparing them.

    shares: the share of each file that stands in the others. globs: each path as a glob, None where
    it can't be written as one.
    """
    files = tuple(shares)
    about = max(reversed(files), key=lambda each: shares[each])
    others = [shares[each] for each in files if each != about]
    written = [globs[each] for each in files]
    glob = globs[about]
    if shares[about] >= _FRAGMENT and max(others) <= _REST and glob:
        advice = f"boilerplate = {toml([glob])}"
    else:
        advice = isolating([each for each in written if each] if all(written) else [])
    return RepeatedPages(files, about, shares[about], advice)


def isolating(globs: Sequence[str]) -> str:
    """Write the line of settings that isolates paths from each other; "" where there is none."""
    if len(globs) < 2:
        return ""
    if len(globs) <= _MOST_NAMED:
        return f"isolate = {toml([globs])}"
    begin = _common_beginning(globs)
    end = _common_beginning([each[len(begin) :][::-1] for each in globs])[::-1]
    middle = [each[len(begin) : len(each) - len(end)] for each in globs]
    if any("/" in each for each in middle) or not begin.strip("/") or _SPECIAL.search(globs[0]):
        return ""
    return f"isolate = {toml([f'{begin}*{end}'])}"


def _common_beginning(texts: Sequence[str]) -> str:
    return commonprefix(texts)  # noqa: RUF071 - characters are meant, not folders


def glob_of(path: str) -> str | None:
    """Write the path of a file as a glob that matches no other; None where that is impossible."""
    if not path.isprintable() or "\\" in path:
        return None
    return _SPECIAL.sub(r"[\g<0>]", path if "/" in path else f"/{path}")


def toml(value: object) -> str:
    """Write strings, and lists of them, as TOML."""
    return json.dumps(value, ensure_ascii=False)
