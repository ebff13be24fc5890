"""Which files and lines changed since a ref, or are staged.

Knows: git's diffs, and what to do where there is no common ancestor. Does not know: findings, which
files are checked, paragraphs.

Changes since a ref are the differences between the working tree, with its untracked files, and the
merge base of the ref and HEAD, as a pull request shows them. Staged changes are the differences
between the index and HEAD.
"""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from dedup.check.git import repository as git
from dedup.errors import GitError

#: The stretches of lines of a file that changed, each (first, last); None if all lines changed.
Ranges = list[tuple[int, int]] | None

#: The number of files whose lines are asked for in one call of git.
_FILES = 100

_QUIET = ("--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "-M",
          "--ignore-submodules=all", "--src-prefix=a/", "--dst-prefix=b/")  # fmt: skip
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.S)
_LETTERS = {
    b"t": b"\t",
    b"n": b"\n",
    b"r": b"\r",
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"v": b"\v",
}
_LINK, _COMMIT = "120000", "160000"


class Change(NamedTuple):
    """A file that changed: its paths, and git's names of its contents, before and after."""

    old: str | None
    new: str | None
    old_object: str
    new_object: str


class Changes(NamedTuple):
    """What changed. side: what git compares; untracked: files that git does not track yet."""

    side: tuple[str, ...]
    files: list[Change]
    untracked: list[str]


def since(root: str, ref: str) -> Changes:
    """Find what changed since a ref. Raises GitError, which says what to do, if git can't tell."""
    side = (_merge_base(root, ref),)
    return Changes(side, _changes(root, side), git.untracked(root))


def staged(root: str) -> Changes:
    """Find what is staged. Raises GitError outside of a repository."""
    _require_repository(root, "--staged")
    side = ("--cached",)
    return Changes(side, _changes(root, side), [])


def _require_repository(root: str, option: str) -> None:
    if git.root_of(root) != root:
        raise GitError(f"{option} needs a git repository, and {root} is none", "leave it out")


def _merge_base(root: str, ref: str) -> str:
    _require_repository(root, "--changed-since")
    if ref.startswith("-") or not ref.strip():
        raise GitError(f"{ref!r} is no git ref", "name a branch, a tag or a commit")
    if git.answer(root, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}")) is None:
        raise _why(root, "HEAD")
    commit = git.answer(
        root, ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    )
    if commit is None:
        raise _why(root, ref)
    base = git.answer(root, ("merge-base", commit, "HEAD"))
    if base is not None:
        return base.split("\n")[0]
    if _shallow(root):
        raise GitError(
            f"this clone is shallow and holds no common ancestor of {ref!r} and HEAD",
            "in GitHub Actions use actions/checkout with fetch-depth: 0; elsewhere run "
            "'git fetch --unshallow', or 'git fetch --deepen=100' until it does",
        )
    raise GitError(f"{ref!r} and HEAD have no common ancestor", "name another ref")


def _why(root: str, ref: str) -> GitError:
    """Say why a ref can't be found."""
    try:
        git.run(root, ("rev-parse", "--git-dir"))
    except GitError as error:
        return error
    if ref == "HEAD":
        return GitError("there is no commit yet", "leave --changed-since out")
    shallow = "; this clone is shallow" if _shallow(root) else ""
    return GitError(
        f"git ref {ref!r} not found{shallow}",
        "in GitHub Actions use actions/checkout with fetch-depth: 0; elsewhere fetch it first",
    )


def _shallow(root: str) -> bool:
    return git.answer(root, ("rev-parse", "--is-shallow-repository")) == "true"


def _changes(root: str, side: Sequence[str]) -> list[Change]:
    """List the files that differ, without links and submodules."""
    printed = git.run(root, ("diff", "--raw", "-z", "--no-abbrev", *_QUIET, *side, "--"))
    fields = iter([os.fsdecode(each) for each in printed.split(b"\0")])
    found = []
    for head in fields:
        if not head.startswith(":"):
            continue
        old_mode, new_mode, old_object, new_object, status = head[1:].split()
        path = next(fields)
        new = next(fields) if status[0] in "RC" else path
        was, stays = (mode not in (_LINK, _COMMIT, "000000") for mode in (old_mode, new_mode))
        if was or stays:
            found.append(
                Change(path if was else None, new if stays else None, old_object, new_object)
            )
    return found


def lines(root: str, changes: Changes, paths: Collection[str]) -> Mapping[str, Ranges]:
    """Give the lines that changed, for those of the paths that changed.

    Where lines were deleted, the lines before and behind them count as changed.
    """
    asked = [each for each in changes.files if each.new in paths]
    found: dict[str, Ranges] = {path: None for path in changes.untracked if path in paths}
    for begin in range(0, len(asked), _FILES):
        some = asked[begin : begin + _FILES]
        # git recognises a renamed file only if it is asked about both paths.
        both = sorted({path for each in some for path in (each.old, each.new) if path})
        command = ("--literal-pathspecs", "diff", "--unified=0", "--inter-hunk-context=0", *_QUIET)
        printed = git.run(root, (*command, *changes.side, "--", *both))
        hunks = dict(_hunks(printed))
        for each in some:
            if each.new and (each.new in hunks or each.old_object != each.new_object):
                # git shows no lines of a file that it takes for binary: then all of it counts.
                found[each.new] = hunks.get(each.new)
    return found


def _hunks(printed: bytes) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Read a diff without context: the path of each file, and the lines that are new in it."""
    path: str | None = None
    ranges: list[tuple[int, int]] = []
    rest = 0
    for line in printed.split(b"\n"):
        if rest:
            rest -= line[:1] in (b"+", b"-")
        elif line.startswith(b"diff --git "):
            if path is not None and ranges:
                yield path, ranges
            path, ranges = None, []
        elif line.startswith(b"+++ "):
            path = _path(line[4:])
        elif hunk := _HUNK.match(line):
            gone, first, count = (1 if each is None else int(each) for each in hunk.groups())
            rest = gone + count
            ranges.append((first, first + count - 1) if count else (first, first + 1))
    if path is not None and ranges:
        yield path, ranges


def _path(written: bytes) -> str | None:
    """Read a path as a diff writes it: it may be quoted, and a tab may follow."""
    if written.startswith(b'"'):
        quoted = written[1 : written.rindex(b'"')]
        written = _ESCAPE.sub(_unescaped, quoted)
    else:
        written = written.partition(b"\t")[0]
    return os.fsdecode(written[2:]) if written.startswith(b"b/") else None


def _unescaped(found: re.Match[bytes]) -> bytes:
    escaped = found[1]
    return bytes([int(escaped, 8)]) if len(escaped) == 3 else _LETTERS.get(escaped, escaped)


def touches(ranges: Ranges, first: int, last: int) -> bool:
    """Say whether any of the lines ``first`` to ``last`` changed."""
    if ranges is None:
        return True
    # The ranges are sorted, both by their first and by their last lines.
    before = bisect_right(ranges, last, key=itemgetter(0))
    return before > 0 and ranges[before - 1][1] >= first
