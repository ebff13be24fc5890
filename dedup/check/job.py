"""A check from beginning to end: the one place that knows the order of its stages.

Knows: which stage needs the results of which. Does not know: options, formats, exit codes.

    root, settings -> changes, files -> paragraphs -> matches of each rule -> those that touch
    changes -> those that the baseline does not accept -> findings
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from dedup.check.config import file as config
from dedup.check.config import presets, settings
from dedup.check.config.settings import CheckSettings
from dedup.check.files import discovery
from dedup.check.files.collection import Collected, collect, left_out
from dedup.check.files.discovery import Listing, NamedPath, OmittedFile, SourceFile
from dedup.check.findings import baseline, novelty, results
from dedup.check.findings.report import RULES, Report, Unused
from dedup.check.git import changes as changed
from dedup.check.git import repository as git
from dedup.check.git.changes import Changes
from dedup.check.matches.copies import Corpus, RuleMatch, matches
from dedup.check.scope import layouts
from dedup.errors import InputError
from dedup.files import require_inside, require_no_link
from dedup.paragraph import Skipped
from dedup.progress import Progress


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is asked of a check.

    Attributes:
        paths: files and folders, as the user named them.
        only: whether all files are read and only findings in ``paths`` are reported.
        changed_since: report only what repeats in lines that changed since this git ref.
        staged: report only what repeats in lines that are staged.
        config: the file of settings; None to look for one, "" for none.
        presets: the names of presets that replace those of the settings.
        overrides: fields of ``CheckSettings`` that options set.
        select: the rules to use, none for all that are on.
        ignore: rules to leave out.
        baseline: the path of the baseline; None for the usual one, "" for none.
        unused: whether comments that switch nothing off are listed.
        listing: whether files are only listed, so that it is no error if there are none.

    """

    paths: tuple[str, ...] = ()
    only: bool = False
    changed_since: str | None = None
    staged: bool = False
    config: str | None = None
    presets: tuple[str, ...] = ()
    overrides: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    baseline: str | None = None
    unused: bool = False
    listing: bool = False

    @property
    def partial(self) -> bool:
        """Whether only some of the groups are reported."""
        return self.only or self.staged or self.changed_since is not None


class Prepared(NamedTuple):
    """What is to be read, and by which settings.

    Attributes:
        root: the absolute path of the repository, or of the folder that is checked.
        settings: what decides the check.
        named: the paths that the user named.
        touched: the paths to report on; None for all.
        changes: what changed in git; None if that was not asked for.
        listing: the files.
        warnings: for people.

    """

    root: str
    settings: CheckSettings
    named: list[NamedPath]
    touched: list[NamedPath] | None
    changes: Changes | None
    listing: Listing
    warnings: list[str]


class Matched(NamedTuple):
    """What the rules that are on have matched, whether or not the baseline accepts it."""

    prepared: Prepared
    collected: Collected
    corpus: Corpus
    matches: list[RuleMatch]
    rules: tuple[str, ...]

    @property
    def failed(self) -> list[Skipped]:
        """The files that should have been read and could not be."""
        return sorted(
            self.prepared.listing.failed + self.collected.failed, key=lambda each: each.source
        )

    @property
    def whole(self) -> bool:
        """Whether everything under the root was read."""
        return not self.prepared.named or any(not each.path for each in self.prepared.named)


def prepare(request: CheckRequest) -> Prepared:
    """Find the root, the settings, what changed and the files. Raises InputError and GitError."""
    cwd = os.path.realpath(os.getcwd())
    root = _root(cwd, request.paths)
    made = _settings(request, root, cwd)
    places = discovery.places(root, request.paths)
    named, touched = ([], places) if request.only else (places, None)
    changes = _changes(request, root)
    paths = discovery.listed(root, named, tracked_only=request.staged)
    if "auto" in made.presets:
        made = presets.detected(made, paths.paths, root)
    given = [each.new for each in changes.files if each.new] if request.staged and changes else ()
    listing = discovery.choose(root, paths.paths, named, made, given)
    return Prepared(root, made, named, touched, changes, listing, paths.warnings)


def _root(cwd: str, paths: Sequence[str]) -> str:
    """Find the root: the current repository, or the one of the first path, or a folder."""
    if root := git.root_of(cwd):
        return root
    real = [os.path.realpath(path) for path in paths]
    folders = [path if os.path.isdir(path) else os.path.dirname(path) for path in real]
    if folders and (root := git.root_of(folders[0])):
        return root
    inside = all(path == cwd or path.startswith(os.path.join(cwd, "")) for path in folders)
    start = cwd if inside else os.path.commonpath(folders)
    settings_file = config.find(start, os.path.abspath(os.sep))
    return os.path.dirname(settings_file) if settings_file else start


def _settings(request: CheckRequest, root: str, cwd: str) -> CheckSettings:
    """Combine defaults, the file of settings, presets and options."""
    made = CheckSettings()
    if request.config:
        path = os.path.abspath(request.config)
        made = config.load(path, root, "")
    elif request.config is None:
        inside = cwd == root or cwd.startswith(os.path.join(root, ""))
        path = config.find(cwd if inside else root, root) or ""
        if path:
            base = os.path.relpath(os.path.dirname(path), root).replace(os.sep, "/")
            made = config.load(path, root, "" if base == "." else base)
    if request.presets:
        made = presets.apply(replace(made, presets=request.presets), request.presets)
    made = replace(made, **request.overrides)  # type: ignore[arg-type]
    return made.choose_rules(request.select, request.ignore)


def _changes(request: CheckRequest, root: str) -> Changes | None:
    if request.staged:
        return changed.staged(root)
    return changed.since(root, request.changed_since) if request.changed_since is not None else None


def read(request: CheckRequest, prepared: Prepared) -> Collected:
    """Read the files. Raises InputError if there is no file to check."""
    given: Mapping[str, bytes] = {}
    if request.staged and prepared.changes:
        given = _staged_contents(prepared.root, prepared.changes, prepared.listing.sources)
    collected = collect(prepared.root, prepared.listing.sources, prepared.settings, given)
    failed = prepared.listing.failed or collected.failed
    if not collected.sources and not failed and not request.partial and not request.listing:
        count = len(_passed(prepared.listing, collected))
        raise InputError(
            "no files to check",
            f"none of {count:,} found {_under(request.paths)}",
            "dedup check --files says why",
        )
    return collected


def _under(paths: Sequence[str]) -> str:
    return f"under {', '.join(paths[:3])}{' ...' if len(paths) > 3 else ''}" if paths else "here"


def _staged_contents(
    root: str, changes: Changes, sources: Iterable[SourceFile]
) -> dict[str, bytes]:
    """Read the staged contents of the files that are checked."""
    wanted = {each.path for each in sources}
    objects = {each.new: each.new_object for each in changes.files if each.new in wanted}
    contents = git.contents(root, [*objects.values()], discovery.MOST_BYTES)
    return {path: contents[name] for path, name in objects.items() if path and name in contents}


def find(request: CheckRequest, progress: Progress | None = None) -> Matched:
    """Read all files and find what the rules that are on match."""
    prepared = prepare(request)
    collected = read(request, prepared)
    corpus = collected.corpus(prepared.settings)
    rules = tuple(rule for rule in RULES if prepared.settings.levels[rule] != settings.OFF)
    made = prepared.settings
    found = matches(corpus, rules, made.min_words, made.threshold, progress)
    return Matched(prepared, collected, corpus, found, rules)


class Checked(NamedTuple):
    """A finished check. failed: files that could not be read; warnings: for people."""

    report: Report
    settings: CheckSettings
    failed: list[Skipped]
    warnings: list[str]


def check(request: CheckRequest, progress: Progress | None = None) -> Checked:
    """Run a check. Raises InputError, ConfigError or GitError if nothing can be checked."""
    began = time.perf_counter()
    found = find(request, progress)
    prepared, collected = found.prepared, found.collected
    touched = _touched(request, found)
    known = _baseline(request, prepared)
    entries = known.entries if known else {}
    changes = prepared.changes is not None
    made = results.Results(collected, found.corpus, prepared.settings, touched, entries, changes)
    answer = made.findings(found.matches)
    stale = 0
    if known and found.whole and not found.failed:
        current = baseline.accepting(found.matches, found.corpus)
        stale = len(baseline.stale(known.entries, current, found.rules))
    report = Report(
        answer.findings,
        len(collected.sources),
        len(collected.paragraphs),
        time.perf_counter() - began,
        tuple(_skipped(found)),
        answer.accepted,
        stale,
        known.shown if known else None,
        prepared.root,
        request.changed_since,
        _unused(found) if request.unused else (),
        left_out(
            _passed(found.prepared.listing, collected),
            len(found.failed),
            collected,
            found.corpus,
            prepared.settings.min_words,
        ),
        entries,
        layouts.trees(
            answer.findings, [each.path for each in collected.sources], prepared.settings
        ),
    )
    warnings = [
        *prepared.warnings,
        *results.unsettled(collected),
        *results.misunderstood(collected),
    ]
    return Checked(report, prepared.settings, found.failed, warnings)


def _unused(found: Matched) -> tuple[Unused, ...]:
    return results.unused(found.collected, found.corpus, found.rules, found.prepared.settings)


def _passed(listing: Listing, collected: Collected) -> list[OmittedFile]:
    """List the files that could have been read and were not, and the files of other kinds."""
    return listing.left_out + listing.others + collected.left_out


def _skipped(found: Matched) -> list[Skipped]:
    every = [*found.prepared.listing.left_out, *found.collected.left_out, *found.failed]
    return sorted(every, key=lambda each: each.source)


class ReadBaseline(NamedTuple):
    """A baseline that was read: its path as reports show it, and its entries."""

    shown: str
    entries: dict[baseline.Key, baseline.Entry]


def baseline_path(request: CheckRequest, prepared: Prepared) -> str:
    """Give the absolute path of the baseline.

    Raises InputError where no option names it and a link leads it out of the root.
    """
    if request.baseline:
        return os.path.abspath(request.baseline)
    path = prepared.settings.baseline or _usual_baseline(prepared)
    require_inside(path, prepared.root)
    return path


def _usual_baseline(prepared: Prepared) -> str:
    return os.path.join(prepared.root, prepared.settings.base, settings.BASELINE)


def shown(path: str, root: str) -> str:
    """Give a path relative to the root if it lies below the root, else as it is."""
    inside = path.startswith(os.path.join(root, ""))
    return os.path.relpath(path, root).replace(os.sep, "/") if inside else path


def _baseline(request: CheckRequest, prepared: Prepared) -> ReadBaseline | None:
    if request.baseline == "":
        return None
    named = request.baseline or prepared.settings.baseline
    if not named and not os.path.lexists(_usual_baseline(prepared)):
        return None
    path = baseline_path(request, prepared)
    name = shown(path, prepared.root)
    return ReadBaseline(name, baseline.load(path, name))


def _touched(request: CheckRequest, found: Matched) -> list[bool] | None:
    """Say of every paragraph whether it is to be reported on; None if all are."""
    if not request.partial:
        return None
    prepared = found.prepared
    paragraphs = found.collected.paragraphs
    answer = [True] * len(paragraphs)
    if prepared.changes is not None:
        answer = novelty.new_paragraphs(
            prepared.root,
            prepared.settings,
            found.collected,
            found.corpus.words.prints,
            prepared.changes,
        )
    if prepared.touched is not None:
        names = {each.path for each in prepared.touched if not each.folder}
        folders = [each.path for each in prepared.touched if each.folder]
        for k, each in enumerate(paragraphs):
            inside = each.source in names or any(
                not folder or each.source.startswith(f"{folder}/") for folder in folders
            )
            answer[k] = answer[k] and inside
    return answer


def listing(request: CheckRequest) -> tuple[list[SourceFile], list[OmittedFile], list[Skipped]]:
    """List the files that are read, those left out and those unreadable. Raises as ``check``."""
    prepared = prepare(request)
    collected = read(request, prepared)
    return (
        collected.sources,
        _passed(prepared.listing, collected),
        prepared.listing.failed + collected.failed,
    )


class First(NamedTuple):
    """What was found in a repository without settings, and where its first settings go.

    sites: the names and folders of the site generators that were found.
    """

    path: str
    report: Report
    settings: CheckSettings
    sites: list[tuple[str, str]]

    def write(self, content: str) -> str:
        """Write the settings and say so. Raises InputError if the path leads through a link."""
        from dedup.writers.file import write_whole

        root = self.report.root
        require_no_link(self.path, root)
        write_whole([(self.path, content.encode("utf-8", "backslashreplace"))])
        return f"{shown(self.path, root)}: written; what it proposes is commented out."


def first_settings(request: CheckRequest, progress: Progress | None = None) -> First:
    """Check a repository that has no settings, in order to propose some.

    Raises InputError if there are settings, and errors as ``check`` does.
    """
    prepared = prepare(request)
    if prepared.settings.source:
        raise InputError(
            prepared.settings.source,
            "there are settings already",
            "accept what is found with: dedup baseline",
        )
    checked = check(replace(request, baseline=""), progress)
    paths = discovery.listed(prepared.root, prepared.named).paths
    sites = sorted((name, folder) for folder, name in presets.sites(CheckSettings(), paths))
    path = os.path.join(prepared.root, config.NAMES[0])
    return First(path, checked.report, prepared.settings, sites)


class Accepted(NamedTuple):
    """A baseline before and after a change that is not written yet.

    Attributes:
        path: the absolute path of the file.
        shown: the path as it is shown to people.
        before: the entries of the file.
        after: the entries to write.
        there: whether the file exists.
        failed: files that could not be read.
        warnings: for people.
        root: the repository, or the folder that is checked.
        groups: the number of findings that the entries accept.

    """

    path: str
    shown: str
    before: dict[baseline.Key, baseline.Entry]
    after: dict[baseline.Key, baseline.Entry]
    there: bool
    failed: list[Skipped]
    warnings: list[str]
    root: str
    groups: int

    def write(self) -> str:
        """Write the file if anything changed, and say what changed. Raises InputError.

        Below the root nothing is written through a link, because strangers may have made the
        repository.
        """
        from dedup.writers.file import write_whole

        new = sum(key not in self.before for key in self.after)
        gone = sum(key not in self.after for key in self.before)
        accepted = _number(self.groups, "group")
        texts = _number(len(self.after), "text")
        if self.there and self.after == self.before:
            return f"{self.shown} is up to date: {accepted} accepted ({texts})."
        require_no_link(self.path, self.root)
        content = baseline.dump(self.after).encode("utf-8", "backslashreplace")
        write_whole([(self.path, content)])
        return f"{self.shown}: {accepted} accepted ({texts}, {new:,} new, {gone:,} taken out)."


def _number(count: int, name: str) -> str:
    return f"1 {name}" if count == 1 else f"{count:,} {name}s"


def accept(request: CheckRequest, prune: bool, progress: Progress | None = None) -> Accepted:
    """Make the baseline that accepts today's findings, or, to prune, take out what is gone.

    If only some paths were read, all entries of the baseline stay. Raises as ``check``.
    """
    found = find(request, progress)
    path = baseline_path(request, found.prepared)
    name = shown(path, found.prepared.root)
    there = os.path.lexists(path)
    before = baseline.load(path, name) if there or prune else {}
    current = baseline.accepting(found.matches, found.corpus)
    if prune:
        known = baseline.AcceptedTexts(before, found.corpus)
        accepted = [each for each in found.matches if known.judge(each).accepted]
        after = baseline.pruned(before, current, found.rules)
        after = baseline.merged(after, baseline.repeated(accepted, found.corpus))
    else:
        after = dict(current) if found.whole else baseline.merged(before, current)
    prepared = found.prepared
    made = results.Results(found.collected, found.corpus, prepared.settings, None, after, False)
    return Accepted(
        path, name, before, after, there, found.failed, prepared.warnings, prepared.root,
        made.findings(found.matches).accepted,
    )  # fmt: skip
