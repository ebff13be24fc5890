"""The options of ``dedup check`` and ``dedup baseline``.

Knows: their names and help, and which values are allowed. Does not know: what they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from dedup.check.config.settings import MOST_WORDS
from dedup.check.findings.report import RULES
from dedup.check.reports import FORMATS
from dedup.checks import instead_of
from dedup.commands.numbers import Finite

Command = TypeVar("Command", bound=Callable[..., int])


def _rules(
    context: click.Context, option: click.Parameter, values: Iterable[str]
) -> frozenset[str]:
    """Read names of rules, separated by commas."""
    names = [name for value in values for name in value.replace(",", " ").split()]
    for name in names:
        if name not in RULES:
            message = f"rule {name!r} {instead_of(name, RULES)}"
            raise click.BadParameter(message, context, option)
    return frozenset(names)


def _presets(
    context: click.Context, option: click.Parameter, values: Iterable[str]
) -> tuple[str, ...]:
    """Read names of presets."""
    names = tuple(values)
    if names:
        from dedup.check.config.presets import PRESETS

        for name in names:
            if name not in PRESETS:
                raise click.BadParameter(f"{name!r} {instead_of(name, PRESETS)}", context, option)
    return names


def _targets(
    context: click.Context, option: click.Parameter, values: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """Read pairs of a format and the file to write it to."""
    targets = []
    for value in values:
        form, _, path = value.partition("=")
        if not path:
            message = f"{value!r} is not of the form FORMAT=FILE, such as sarif=dedup.sarif"
            raise click.BadParameter(message, context, option)
        if form not in FORMATS:
            message = f"format {form!r} {instead_of(form, FORMATS)}"
            raise click.BadParameter(message, context, option)
        targets.append((form, path))
    return tuple(targets)


def _flag(*names: str, text: str) -> Callable[[Any], Any]:
    return click.option(*names, is_flag=True, help=text)


_COMMON = (
    click.argument("paths", metavar="[PATH]...", nargs=-1),
    click.option(
        "--min-words", type=click.IntRange(1, MOST_WORDS), metavar="N",
        help="Do not compare paragraphs with fewer words.  [default: 20]",
    ),
    click.option(
        "--threshold", type=Finite(0, 1, min_open=True), metavar="T",
        help="Similarity from which two paragraphs count as copies. Similarity is the share of"
        " words that both have in the same order.  [default: 0.8]",
    ),
    click.option(
        "--select", multiple=True, callback=_rules, metavar="RULE",
        help=f"Use only these rules. RULE is one of {', '.join(RULES)}. May be repeated.",
    ),
    click.option(
        "--ignore", multiple=True, callback=_rules, metavar="RULE",
        help="Do not use these rules. May be repeated.",
    ),
    click.option(
        "--preset", "presets", multiple=True, callback=_presets, metavar="NAME",
        help="Settings for a kind of repository: docusaurus, starlight, hugo, jekyll, mkdocs,"
        " sphinx or antora (each recognised without this option); instructions, for files such as"
        " AGENTS.md that instruct coding assistants; or none. May be repeated.",
    ),
    click.option(
        "--config", metavar="FILE", envvar="DEDUP_CONFIG",
        help="The file with the settings.  [default: the nearest dedup.toml, .dedup.toml or"
        " pyproject.toml with [tool.dedup] in this folder or above, up to the root of the"
        " repository; env: DEDUP_CONFIG]",
    ),
    click.option("--isolated", is_flag=True, help="Do not read a file with settings."),
    click.option(
        "--baseline", metavar="FILE",
        help="The file with accepted findings.  [default: dedup-baseline.json beside the settings]",
    ),
)  # fmt: skip

_CHECK = (
    _flag("--no-baseline", text="Also report what the baseline accepts."),
    click.option(
        "--changed-since", metavar="REF",
        help="Report only repeats in lines that were changed since the common ancestor with this"
        " git ref, such as origin/main: by commits, by changes that are not committed, and in files"
        " that git doesn't know yet. Text that only moved doesn't count as changed.",
    ),
    _flag("--only", text="Read the whole repository, but report only repeats in PATH."),
    _flag("--staged", text="Report only repeats in staged lines, as a pre-commit hook does."),
    click.option(
        "--fail-on", type=click.Choice(["error", "warning", "never"]),
        help="The level from which findings fail the check.  [default: warning]",
    ),
    _flag("--exit-zero", text="The same as --fail-on never."),
    click.option(
        "--output-format", "form", type=click.Choice(list(FORMATS)), default="full",
        show_default=True, envvar="DEDUP_OUTPUT_FORMAT",
        help="Form of the report.  [env: DEDUP_OUTPUT_FORMAT]",
    ),
    click.option(
        "--report", "targets", multiple=True, callback=_targets, metavar="FORMAT=FILE",
        help="Also write a report to a file. May be repeated.",
    ),
    click.option(
        "--max-findings", type=click.IntRange(0), metavar="N",
        help="Show the N groups with the most repeated words; 0 shows all.  [default: all if there"
        " are up to 50, else 10]",
    ),
    _flag("--statistics", text="Also show sums by rule and by folder."),
    _flag("--report-unused", "unused",
          text="List the dedup-disable comments that have no effect."),
    _flag("--init", text="Write a dedup.toml with settings for this repository, as comments, and a"
          " baseline that accepts what is found today."),
    _flag("--files", text="Only list the files: how each is read, or why it isn't read."),
    click.option(
        "--explain", metavar="FINDING",
        help="Show one finding in full, with all differences. FINDING is a place such as"
        " docs/a.md:10, a file, or the first digits of a fingerprint.",
    ),
    _flag("-q", "--quiet", text="Print only findings."),
    _flag("-s", "--silent", text="Print nothing."),
    _flag("-v", "--verbose", text="Print more details."),
    click.option(
        "--color", type=click.Choice(["auto", "always", "never"]), default="auto",
        show_default=True, help="Whether to use colours. 'auto' obeys NO_COLOR and FORCE_COLOR.",
    ),
)  # fmt: skip


def takes_settings(command: Command) -> Command:
    """Give a command the options that decide what is found."""
    return _with(_COMMON, command)


def takes_reporting(command: Command) -> Command:
    """Give a command the options that decide what is reported, where and how."""
    return _with(_CHECK, command)


def _with(options: Iterable[Callable[[Any], Any]], command: Command) -> Command:
    for option in reversed(tuple(options)):
        command = option(command)
    return command
