"""Which files are checked, as which markup, and why others are not.

Knows: names, folders, links, what git ignores. Does not know: what is in a file (``documents``).

Inside a repository git lists the files. Elsewhere the folders are walked, and .gitignore files are
obeyed. A path that the user names is read even if git ignores it or it lies in a built-in folder,
but not if ``exclude`` matches it. Links are not followed: a file is checked where it stands.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.check.config.settings import BUILT, HIDDEN, VENDORED, CheckSettings
from dedup.check.files.globs import Glob, Globs, compile_globs, first_match
from dedup.check.git import repository as git
from dedup.errors import GitError, InputError
from dedup.paragraph import Skipped
from dedup.segment import markup_of

#: Larger files are not read.
MOST_BYTES = 20_000_000

#: Plain text that programs write and read.
_MACHINE = ("requirements*.txt", "constraints*.txt", "CMakeLists.txt", "robots.txt", "humans.txt",
            "llms-full.txt", "*.lock", "*-lock.*", "*.min.html", "*.min.htm")  # fmt: skip

_PLAIN = "auto"


class SourceFile(NamedTuple):
    """A file to read: its path relative to the root, its markup, and whether the user named it."""

    path: str
    markup: str
    named: bool = False


@dataclass(frozen=True, slots=True)
class OmittedFile(Skipped):
    """A file that could be read and is not checked.

    what: what such a file is, for people; "" for a file that nobody expects to be checked, or that
    the settings don't include.
    """

    what: str = ""


class Listing(NamedTuple):
    """All files, by what becomes of them.

    Attributes:
        sources: the files to read.
        left_out: files that could be read and are not checked.
        failed: files that should be read and can't be.
        others: files that nobody expects to be checked, such as pictures and vendored files.

    """

    sources: list[SourceFile]
    left_out: list[OmittedFile]
    failed: list[Skipped]
    others: list[OmittedFile]


class NamedPath(NamedTuple):
    """A path that the user named, relative to the root, and whether it is a folder."""

    path: str
    folder: bool


class Paths(NamedTuple):
    """The paths of files relative to the root, sorted, and warnings for people."""

    paths: list[str]
    warnings: list[str]


def places(root: str, paths: Iterable[str]) -> list[NamedPath]:
    """Resolve the paths that the user named, and the links in them.

    Raises InputError for a path that is missing or lies outside the root.
    """
    return [_place(root, path) for path in paths]


def _place(root: str, path: str) -> NamedPath:
    if not os.path.lexists(path):
        raise InputError(path, "no such file or folder", "check the path")
    try:
        real = os.path.realpath(path, strict=True)
    except OSError as error:
        reason = "a link that leads nowhere" if os.path.islink(path) else f"{error.strerror}"
        raise InputError(path, reason, "check the path") from error
    if real != root and not real.startswith(os.path.join(root, "")):
        raise InputError(
            path, f"lies outside {root}, which is checked", "run dedup inside its own repository"
        )
    return NamedPath(_relative(real, root), os.path.isdir(real))


def _relative(path: str, root: str) -> str:
    """Give an absolute path relative to the root, with forward slashes; "" is the root."""
    return path[len(root) :].lstrip(os.sep).replace(os.sep, "/")


def listed(root: str, named: Sequence[NamedPath], tracked_only: bool = False) -> Paths:
    """List the files under the root, or below the folders that the user named.

    tracked_only: list only files that git tracks. Where git does not work the folders are walked,
    and in a repository a warning says so.
    """
    folders = [each.path for each in named if each.folder] or ([] if named else [""])
    found: set[str] = set()
    warnings = []
    if git.root_of(root) == root:
        try:
            every = git.files(root, untracked=not tracked_only)
            found.update(path for path in every if any(_in(path, folder) for folder in folders))
            folders = [each for each in folders if each and not any(_in(p, each) for p in found)]
        except GitError as error:
            warnings.append(f"{error}; the folders are walked instead")
    for folder in folders:
        found.update(_walk(root, folder))
    return Paths(sorted(found), warnings)


def _in(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _walk(root: str, folder: str) -> Iterator[str]:
    """Walk a folder. What its .gitignore files ignore is left out, and so are links to folders."""
    from pathspec import GitIgnoreSpec

    built = compile_globs((*VENDORED, *BUILT, ".git/"))
    waiting: list[tuple[str, list[tuple[str, GitIgnoreSpec]]]] = [(folder, [])]
    while waiting:
        at, rules = waiting.pop()
        path = os.path.join(root, at)
        lines = _lines_of(os.path.join(path, ".gitignore"))
        if lines:
            rules = [*rules, (at, GitIgnoreSpec.from_lines(lines))]
        try:
            with os.scandir(path) as opened:
                entries = sorted(opened, key=lambda each: each.name)
        except OSError as error:
            reason = f"can't be listed: {error.strerror or error}"
            raise InputError(at or path, reason, "check its permissions, or exclude it") from error
        for entry in entries:
            inner = f"{at}/{entry.name}" if at else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if _ignored(inner, is_folder, rules):
                continue
            if not is_folder:
                yield inner
            elif built.first(f"{entry.name}/x") is None:
                waiting.append((inner, rules))


def _lines_of(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as opened:
            return opened.read().splitlines()
    except OSError:
        return []


def _ignored(path: str, is_folder: bool, rules: Sequence[tuple[str, object]]) -> bool:
    """Say whether .gitignore files ignore a path; the innermost one that matches it decides."""
    for folder, spec in reversed(rules):
        inside = path[len(folder) + 1 :] if folder else path
        found = spec.check_file(f"{inside}/" if is_folder else inside)  # type: ignore[attr-defined]
        if found.include is not None:
            return bool(found.include)
    return False


def choose(
    root: str,
    found: Iterable[str],
    named: Sequence[NamedPath],
    settings: CheckSettings,
    given: Collection[str] = (),
) -> Listing:
    """Choose the files to read from those that were listed and those that the user named.

    given: paths whose content is known, so that they need not exist on the disk. Cost: some 5 us a
    path, and one system call for each path that is chosen.
    """
    chooser = _Chooser(root, named, settings, given)
    listing = Listing([], [], [], [])
    files = {each.path for each in named if not each.folder}
    for path in sorted({*found, *files}):
        try:
            source = chooser.choose(path, path in files)
        except _Other as other:
            listing.others.append(OmittedFile(path, other.reason, what=other.what))
        except _Omitted as found:
            listing.left_out.append(OmittedFile(path, found.reason, what=found.what))
        except _Failed as reason:
            listing.failed.append(Skipped(path, str(reason)))
        else:
            if source is not None:
                listing.sources.append(source)
    return listing


def markup_for(settings: CheckSettings, path: str) -> str | None:
    """Name the markup of a file, whether or not it is checked; None where it is unknown."""
    inside = settings.relative(path)
    if inside is not None:
        for glob, name in settings.markup:
            if glob.regex.match(inside):
                return name
    return markup_of(path)


class _Omitted(Exception):
    """Says that a file is not checked: the reason, and what such a file is."""

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(reason)
        self.reason, self.what = reason, what


class _Other(_Omitted):
    """Says that a file is one that nobody expects to be checked."""


class _Failed(Exception):
    """Says that a file should be checked and can't be; the message is the reason."""


class _Chooser:
    """Decides whether a path is checked."""

    def __init__(
        self, root: str, named: Sequence[NamedPath], settings: CheckSettings, given: Collection[str]
    ) -> None:
        self.root = root
        self.settings = settings
        self.given = given
        self.folders = sorted((each.path for each in named if each.folder), key=len, reverse=True)
        usual = VENDORED if settings.hidden else (*VENDORED, *HIDDEN)
        self.excluded = tuple(settings.exclude or ()) + settings.extend_exclude
        self.usual: Globs | None = compile_globs(usual) if settings.exclude is None else None
        self.machine = compile_globs(_MACHINE)

    def choose(self, path: str, named: bool) -> SourceFile | None:
        """Give a path with its markup; None where the file does not exist any more.

        Raises _Other, _Omitted or _Failed for a path that is not checked.
        """
        include = self.settings.include
        markup = markup_for(self.settings, path)
        if markup is None and not named and include is None:
            suffix = os.path.splitext(path)[1]
            raise _Other(f"no markup that is checked ({suffix or 'no suffix'})")
        inside = self.settings.relative(path)
        if not named:
            if include is not None and (inside is None or not first_match(include, inside)):
                raise _Other("not among what is included")
            if self.usual and (pattern := self.usual.first(self._below_named(path))):
                if pattern in HIDDEN:
                    raise _Other("hidden; name it to have it checked", "hidden file")
                raise _Other(
                    f"in a folder '{pattern}'; name it to have it checked", "vendored file"
                )
            if markup == _PLAIN and include is None:
                raise _Other(
                    "plain text; name it, or include it, to have it checked", "plain text file"
                )
        if inside is not None and (pattern := first_match(self.excluded, inside)):
            raise _Omitted(f"excluded by '{pattern}'", "excluded file")
        if not named and self.machine.first(path):
            raise _Omitted("written by a program, by its name", "generated file")
        there = path in self.given or self._is_there(path)
        return SourceFile(path, markup or _PLAIN, named) if there else None

    def _below_named(self, path: str) -> str:
        """Give a path relative to the innermost folder that the user named."""
        folder = next((each for each in self.folders if _in(path, each)), "")
        return path[len(folder) :].lstrip("/")

    def _is_there(self, path: str) -> bool:
        """Say whether the file exists. Raises _Omitted and _Failed for what can't be checked."""
        place = os.path.join(self.root, path)
        try:
            found = os.lstat(place)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _Failed(f"can't be read: {error.strerror or error}") from error
        if stat.S_ISLNK(found.st_mode):
            raise _link(place, self.root)
        if stat.S_ISDIR(found.st_mode):
            raise _Omitted("another repository", "other repository")
        if not stat.S_ISREG(found.st_mode):
            raise _Omitted("no ordinary file", "special file")
        if found.st_size > MOST_BYTES:
            size, most = found.st_size / 1e6, MOST_BYTES / 1e6
            raise _Failed(f"too large: {size:,.0f} MB, and files over {most:.0f} MB are not read")
        return True


def _link(path: str, root: str) -> _Omitted | _Failed:
    """Make the exception for a link, which says where the link leads."""
    try:
        real = os.path.realpath(path, strict=True)
    except FileNotFoundError:
        return _Omitted("a link that leads nowhere", "link")
    except OSError as error:
        return _Failed(f"can't be read: {error.strerror or error}")
    if not real.startswith(os.path.join(root, "")):
        return _Omitted("a link that leads out of what is checked", "link")
    return _Omitted(f"a link to {_relative(real, root)}", "link")


def matches(settings: CheckSettings, globs: Sequence[Glob], path: str) -> bool:
    """Say whether any of these globs of the settings matches a path."""
    inside = settings.relative(path)
    return inside is not None and first_match(globs, inside) is not None
