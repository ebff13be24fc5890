"""What a check asks git about a repository.

Knows: how to run git, where the root of a repository is, its lists of files. Does not know: diffs
(``changes``), which files are checked.

Git is run without a shell, and never takes what a user wrote for an option. Nothing is written.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence

from dedup.errors import GitError

#: The seconds after which a call of git is given up.
_PATIENCE = 120

#: Options that override settings of the user which would change what git prints.
_SETTINGS = ("-c", "core.quotePath=false", "-c", "color.ui=false", "--no-pager")


def root_of(folder: str) -> str | None:
    """Find the root of the repository that a folder lies in, without running git; None outside."""
    while not os.path.lexists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above
    return folder


def run(root: str, arguments: Sequence[str], given: bytes | None = None) -> bytes:
    """Run git in a folder and return what it prints.

    Raises GitError where git is missing, takes too long or fails, with what it said.
    """
    quiet = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and what users wrote stands behind "--"
            ["git", *_SETTINGS, *arguments],  # noqa: S607 - git is looked for as any shell would
            cwd=root,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            timeout=_PATIENCE,
            env=os.environ | quiet,
            check=False,
        )
    except FileNotFoundError as error:
        raise GitError("git is not installed", "install it") from error
    except OSError as error:
        raise GitError(f"git can't be run: {error.strerror or error}") from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"git {arguments[0]} took more than {_PATIENCE} seconds") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise GitError(f"git {arguments[0]} failed: {' '.join(said.split())}")
    return done.stdout


def answer(root: str, arguments: Sequence[str]) -> str | None:
    """Return the one line that git prints; None if it fails. Raises GitError without git."""
    try:
        return os.fsdecode(run(root, arguments)).strip()
    except GitError as error:
        if " failed: " in error.reason:
            return None
        raise


def files(root: str, untracked: bool = True) -> list[str]:
    """List the files that git tracks and, if asked for, those it neither tracks nor ignores."""
    kinds = ("--cached", "--others", "--exclude-standard") if untracked else ("--cached",)
    return sorted(set(names(run(root, ("ls-files", "-z", *kinds)))))


def untracked(root: str) -> list[str]:
    """List the files that git neither tracks nor ignores."""
    return names(run(root, ("ls-files", "-z", "--others", "--exclude-standard")))


def names(listed: bytes) -> list[str]:
    """Split a list of paths that each end with a NUL."""
    return [os.fsdecode(each) for each in listed.split(b"\0") if each]


def contents(root: str, objects: Sequence[str], most: int) -> Mapping[str, bytes]:
    """Read objects by their full names, without those that are missing or exceed ``most`` bytes.

    One run of git for their sizes and one for their contents.
    """
    if not objects:
        return {}
    sizes = run(root, ("cat-file", "--batch-check"), _asked(objects)).decode().split("\n")
    wanted = []
    for name, line in zip(objects, sizes, strict=False):
        fields = line.split()
        if len(fields) == 3 and fields[1] == "blob" and int(fields[2]) <= most:
            wanted.append(name)
    printed = run(root, ("cat-file", "--batch"), _asked(wanted)) if wanted else b""
    found: dict[str, bytes] = {}
    at = 0
    for name in wanted:
        head = printed.index(b"\n", at)
        size = int(printed[at:head].split()[2])
        found[name] = printed[head + 1 : head + 1 + size]
        at = head + 1 + size + 1
    return found


def _asked(objects: Sequence[str]) -> bytes:
    return "".join(f"{name}\n" for name in objects).encode()
