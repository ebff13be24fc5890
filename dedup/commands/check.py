"""The commands ``dedup check`` and ``dedup baseline``.

Knows: options, the environment, exit codes, which report is written where. Does not know: how files
are read, how findings are made and worded. Exit code 0: nothing that fails. 1: findings. 2: could
not be checked.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from dedup.check.findings.report import LEVELS
from dedup.check.reports import FORMATS, Appearance
from dedup.commands.check_options import takes_reporting, takes_settings
from dedup.files import require_no_link

if TYPE_CHECKING:
    from dedup.check.findings.report import Report
    from dedup.check.job import Checked, CheckRequest
    from dedup.paragraph import Skipped
    from dedup.progress import Progress

_FOUND, _FAILED = 1, 2

#: Formats for people. With --quiet they print nothing if nothing is found.
_FOR_PEOPLE = ("full", "concise")

#: The most unreadable files that are named on standard error.
_MOST_NAMED = 20

_LINES = 1_000  # written in one call

Options = Mapping[str, Any]


def _keeps_all(command: Callable[..., int]) -> Callable[..., int]:
    """Switch off garbage collection while a command runs. It makes no cycles, and 7 % is saved."""

    @wraps(command)
    def keeping(**options: Any) -> int:  # noqa: ANN401
        was = gc.isenabled()
        gc.disable()
        try:
            return command(**options)
        finally:
            if was:
                gc.enable()

    return keeping


def _says_nothing(command: Callable[..., int]) -> Callable[..., int]:
    """Add to an unexpected error that nothing is known about the repository."""

    @wraps(command)
    def guarded(**options: Any) -> int:  # noqa: ANN401
        try:
            return command(**options)
        except Exception as error:
            error.add_note("nothing can be said of the repository")
            raise

    return guarded


@click.command("check", short_help="Fail where the documents of a repository repeat paragraphs.")
@takes_settings
@takes_reporting
@_keeps_all
@_says_nothing
def check_command(**options: Any) -> int:  # noqa: ANN401
    """Fail where a paragraph stands in the documents twice, word for word or nearly so.

    PATH is a file or folder inside the repository; without any, the whole repository is checked.
    Markdown, MDX, reStructuredText, AsciiDoc and HTML are read if git doesn't ignore them, plain
    text if it is named. Exit code 0: nothing found. 1: findings. 2: could not be checked.

    \b
    dedup check                              the whole repository
    dedup check docs README.md               some of it
    dedup check --changed-since origin/main  what a pull request adds
    dedup check --only docs/new.md           does this repeat anything?
    dedup check --output-format github --report sarif=dedup.sarif
    dedup check --report html=review.html    a page to look at, and accept findings on
    dedup check --files                      what is read, and as what
    dedup check --init                       a first dedup.toml and a first baseline

    \b
    Rules             level    finds
    repeated-paragraph  error    the same words in two or more places
    similar-paragraph   warning  nearly the same words: an edited copy
    paragraph-variant   off      the same words about something else: a number, a name

    \b
    To accept what is found today:   dedup baseline
    To accept a single paragraph:    <!-- dedup-disable-next --> above it
    """  # noqa: D301
    request = _request(options)
    if options["files"]:
        return _list_files(request)
    if options["init"]:
        return _initialise(request)
    from dedup.check.job import check

    quiet = options["quiet"] or options["silent"]
    with ExitStack() as stack:
        checked = check(request, None if quiet else _progress(stack))
    if options["explain"] is not None:
        checked = checked._replace(report=_explained(checked.report, options))
    else:
        _write(checked.report, options)
    if not options["silent"]:
        _tell(checked, quiet, options["verbose"])
    fail_on = "never" if options["exit_zero"] else checked.settings.fail_on
    return _code(checked, fail_on)


def _request(options: Options) -> CheckRequest:
    """Make a request of the options. Raises UsageError for options that contradict each other."""
    from dedup.check.job import CheckRequest

    _require_sense(options)
    names = ("min_words", "threshold", "fail_on")
    overrides = {name: options[name] for name in names if options.get(name) is not None}
    return CheckRequest(
        paths=tuple(options["paths"]),
        only=options.get("only", False),
        changed_since=options.get("changed_since"),
        staged=options.get("staged", False),
        config="" if options["isolated"] else options["config"] or None,
        presets=options["presets"],
        overrides=overrides,
        select=options["select"],
        ignore=options["ignore"],
        baseline="" if options.get("no_baseline") else options["baseline"],
        unused=options.get("unused", False),
        listing=options.get("files", False),
    )


def _require_sense(options: Options) -> None:
    if options.get("only") and not options["paths"]:
        raise click.UsageError("--only needs a PATH to report on")
    if options.get("init"):
        if options["paths"] or options["config"] or options["isolated"]:
            raise click.UsageError("--init is about a whole repository that has no settings yet")
        if options["only"] or options["staged"] or options["changed_since"] is not None:
            raise click.UsageError("--init accepts all that is found, not what changed")
    if options.get("staged") and options.get("changed_since") is not None:
        raise click.UsageError("--staged and --changed-since ask for different changes")
    if options.get("no_baseline") and options["baseline"]:
        raise click.UsageError("--baseline and --no-baseline contradict each other")
    for name in ("baseline", "config"):
        if options[name] == "":
            raise click.UsageError(f"--{name} needs the name of a file")


def _progress(stack: ExitStack) -> Progress | None:
    """Show progress on a terminal, for as long as ``stack`` is open."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        return None
    from dedup.reports.progress_bar import ProgressBar

    return stack.enter_context(ProgressBar())


def _initialise(request: CheckRequest) -> int:
    """Write the first settings and the first baseline."""
    from dedup.check.job import accept, first_settings
    from dedup.check.reports.proposal import proposal

    with ExitStack() as stack:
        progress = _progress(stack)
        made = first_settings(request, progress)
        accepted = accept(request, False, progress)
    if accepted.failed:
        _name_failed(accepted.failed)
        _say("nothing is written, for not all files could be read")
        return _FAILED
    content = proposal(made.report, made.settings, made.sites)
    _print([made.write(content), accepted.write()])
    return 0


def _list_files(request: CheckRequest) -> int:
    """Print the markup of each file, or the reason why it is left out."""
    from dedup.check.job import listing
    from dedup.reports.escapes import visible

    read, left_out, failed = listing(request)
    lines = [(each.path, each.markup.replace("auto", "text")) for each in read]
    lines += [(each.source, f"left out: {each.reason}") for each in (*left_out, *failed)]
    _print(f"{visible(path)}: {said}" for path, said in sorted(lines))
    return _FAILED if failed else 0


def _write(report: Report, options: Options) -> None:
    """Write the report to files, to standard output and to the summary of a job, as asked for."""
    from dedup.reports.console import columns

    plain = Appearance(
        False, 100, options["max_findings"], options["statistics"], options["verbose"]
    )
    if options["targets"]:
        from dedup.writers.file import write_whole

        _require_own(report.root, [path for _, path in options["targets"]])
        write_whole([(path, _bytes(form, report, plain)) for form, path in options["targets"]])
    form = options["form"]
    if form == "github":
        _summarise(report)
    if options["silent"] or (
        options["quiet"] and form in _FOR_PEOPLE and not report.findings and not report.unused
    ):
        return
    look = plain._replace(colour=_colour(options["color"]), columns=columns())
    _print(FORMATS[form](report, look))


def _explained(report: Report, options: Options) -> Report:
    """Print the findings that ``--explain`` names in full. Raises UsageError if there is none."""
    from dataclasses import replace

    from dedup.check.reports import explained
    from dedup.reports.console import columns

    name = options["explain"]
    found = explained.named(report, name)
    if not found:
        accepted = "; --no-baseline finds accepted ones, too" if report.accepted else ""
        raise click.UsageError(
            f"no finding has a place or fingerprint {name!r}; dedup check --output-format concise"
            f" lists them{accepted}"
        )
    report = replace(report, findings=tuple(found))
    _print(explained.lines(report, Appearance(_colour(options["color"]), columns())))
    return report


def _require_own(root: str, paths: Iterable[str]) -> None:
    """Raise InputError if a report would be written inside the repository through a link."""
    for path in paths:
        require_no_link(path, root)


def _bytes(form: str, report: Report, look: Appearance) -> bytes:
    lines = "".join(f"{line}\n" for line in FORMATS[form](report, look))
    return lines.encode("utf-8", "backslashreplace")


def _summarise(report: Report) -> None:
    """Add a summary to the job if GitHub Actions runs dedup."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from dedup.check.reports.github import summary

    try:
        with open(path, "ab") as opened:
            opened.write(summary(report).encode("utf-8", "backslashreplace"))
    except OSError as error:
        _say(f"{path}: can't be written: {error.strerror or error}")


def _colour(wanted: str) -> bool:
    """Say whether to colour standard output."""
    from dedup.reports.console import wants_colour

    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("FORCE_COLOR") and not os.environ.get("NO_COLOR"):
        return True
    return wants_colour(sys.stdout)


def _print(lines: Iterable[str]) -> None:
    """Write lines to standard output. Raises Closed."""
    from dedup.reports.console import write

    rest = iter(lines)
    while batch := list(islice(rest, _LINES)):
        write("\n".join(batch) + "\n")


def _tell(checked: Checked, quiet: bool, verbose: bool) -> None:
    """Print warnings, unreadable files and, with --verbose, more on standard error."""
    if not quiet:
        for warning in checked.warnings:
            _say(warning)
    if verbose:
        out = len(checked.report.skipped)
        files = "1 file" if out == 1 else f"{out:,} files"
        _say(f"settings: {checked.settings.source or 'none but the defaults and options'}")
        _say(f"{files} left out; dedup check --files lists them with the reasons")
    _name_failed(checked.failed)


def _name_failed(failed: Sequence[Skipped]) -> None:
    for each in failed[:_MOST_NAMED]:
        _say(f"{each.source}: {each.reason}; exclude it in the settings, or mend it")
    if len(failed) > _MOST_NAMED:
        _say(f"{len(failed) - _MOST_NAMED:,} more files could not be read")


def _say(message: str) -> None:
    from dedup.reports.console import say

    say(f"dedup: {message}")


def _code(checked: Checked, fail_on: str) -> int:
    """Give the exit code."""
    if checked.failed:
        return _FAILED
    if fail_on == "never":
        return 0
    graver = LEVELS[: LEVELS.index(fail_on) + 1]
    return _FOUND if any(each.level in graver for each in checked.report.findings) else 0


@click.command("baseline", short_help="Accept what the check finds today.")
@takes_settings
@click.option("--prune", is_flag=True,
              help="Accept nothing new; take out what isn't found any more.")  # fmt: skip
@_keeps_all
@_says_nothing
def baseline_command(**options: Any) -> int:  # noqa: ANN401
    """Accept today's findings: write them to a file that dedup check reads.

    The file knows paragraphs by their words and not by their places: you may move, rename and wrap
    accepted paragraphs, but one more copy or a changed copy is found. Commit the file. With PATH,
    all else that the file accepts stays; without, it is written anew. Branches merge without
    conflicts with this line in .gitattributes:

    \b
    dedup-baseline.json merge=union

    \b
    dedup baseline            accept what is found today
    dedup baseline --prune    forget what is gone
    """  # noqa: D301
    from dedup.check.job import accept

    with ExitStack() as stack:
        accepted = accept(_request(options), options["prune"], _progress(stack))
    for warning in accepted.warnings:
        _say(warning)
    if accepted.failed:
        _name_failed(accepted.failed)
        _say(f"{accepted.shown} is left as it was, for not all files could be read")
        return _FAILED
    _print([accepted.write()])
    return 0
