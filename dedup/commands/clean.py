"""The commands ``dedup clean`` and ``dedup restore``: parse, call, print.

Knows: options, when a text is small enough to be cleaned in memory, which report goes where. Does
not know: how copies are found, how files are written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from dedup.commands.options import (
    LIMIT,
    TAKE_INSIDE,
    Command,
    Reading,
    policy_of,
    searches,
    wrong_values,
)
from dedup.commands.searching import read, search, tell_unread
from dedup.reports.console import say

if TYPE_CHECKING:
    from pathlib import Path

    from dedup.cleaning import FindOptions
    from dedup.dump.request import Request
    from dedup.dump.summary import Summary
    from dedup.found import Found
    from dedup.paragraph import Skipped
    from dedup.scale.policy import Policy

_INTERRUPTED = 130
_NOT_DONE = 2

#: Bytes of text up to which what went is told block by block, and what a paragraph counts besides.
_SMALL, _OVERHEAD = 10_000_000, 100

_OUTPUT = click.option(
    "-o", "--output", metavar="OUT",
    help="Write to this file, or for several files into this folder, instead of standard output."
    " All of it appears when it is whole.",
)  # fmt: skip
_REMOVED = click.option(
    "--removed", metavar="FILE",
    help="Write what was taken out to this file: .jsonl, .jsonl.gz, .jsonl.zst or .parquet, enough"
    " to put it back.  [default with -o: OUT.removed.jsonl.gz, in a folder removed.jsonl.gz]",
)  # fmt: skip
_POLICY = (
    click.option(
        "--keep", default="first", show_default=True,
        type=click.Choice(["first", "longest", "newest", "order"]),
        help="Of several copies keep the first in the order of reading, the longest, the newest by"
        " the dates of their documents, or that of the source that --order names first.",
    ),
    click.option(
        "--order", multiple=True, metavar="PATTERN",
        help="With --keep order: sources or hosts such as 'wiki*', the best first. Repeat it.",
    ),
    click.option(
        "--scope", default="all", show_default=True,
        type=click.Choice(["all", "host", "document", "across"]),
        help="Look for copies everywhere, within each host, or within each document. 'across' takes"
        " out only what repeats another document, so that refrains stay.",
    ),
    click.option(
        "--min-copies", default=2, show_default=True, metavar="K", type=click.IntRange(2),
        help="Take out only what occurs at least K times: boilerplate.",
    ),
    click.option(
        "--min-share", type=float, metavar="SHARE",
        help="Take out only what stands on at least this share of the pages of its host (of the"
        " documents of its file where there are no URLs): boilerplate.",
    ),
    click.option(
        "--boilerplate", default="keep", show_default=True, type=click.Choice(["keep", "drop"]),
        help="With --min-copies or --min-share: keep one of the copies of boilerplate, or drop"
        " that one too.",
    ),
    click.option(
        "--drop-documents", type=float, metavar="SHARE",
        help="Leave documents out whole where at least this share of their words is copies.",
    ),
    click.option(
        "--protect", multiple=True, metavar="REGEX",
        help="Never take out a paragraph in which this is found. May be repeated.",
    ),
    click.option(
        "--max-loss", default=1.0, show_default=True, metavar="SHARE",
        help="Write nothing where more than this share of a file's text would go.",
    ),
    click.option(
        "--reference", multiple=True, metavar="OLD",
        help="Take out what this holds already: a file, folder or index, which is never changed."
        " May be repeated.",
    ),
    click.option(
        "--reference-text-field", metavar="NAME",
        help="Field or column that holds the text of references.  [default: as --text-field]",
    ),
)  # fmt: skip
_TRUST = (
    click.option(
        "--plan", metavar="FILE",
        help="Write nothing but a plan: what would go, with its text and partner, a line each.",
    ),
    click.option(
        "--apply", metavar="PLAN",
        help="Carry out a plan. Lines that were taken out of it stay in the text.",
    ),
    click.option(
        "--annotate", metavar="FIELD",
        help="Leave the text and add what would go to this field or column, in JSON Lines and"
        " Parquet.",
    ),
)  # fmt: skip
_WRITING = (
    click.option(
        "--empty", default="keep", show_default=True, type=click.Choice(["keep", "drop"]),
        help="What becomes of documents that are left without any text.",
    ),
    click.option(
        "--to", type=click.Choice(["jsonl", "wet"]),
        help="What an archive of pages becomes.  [default: jsonl of url, date and text]",
    ),
)  # fmt: skip
_ENGINE = (
    click.option(
        "--memory", default="1GB", show_default=True, metavar="SIZE",
        help="Memory that all processes together may take.",
    ),
    click.option(
        "--work", metavar="FOLDER",
        help="Folder for what doesn't fit in memory.  [default: beside the output]",
    ),
    click.option(
        "--engine", default="local", show_default=True, type=click.Choice(["local", "spark"]),
        help="Where it is done: on this machine, or on a Spark cluster, which writes Parquet.",
    ),
    click.option(
        "--master", metavar="URL",
        help="With --engine spark: the cluster, such as spark://host:7077, yarn or 'local[8]', or"
        " sc://host for Spark Connect.  [default: what spark-submit says, or local]",
    ),
)  # fmt: skip


def _with(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _stops(command: Callable[..., None]) -> Callable[..., None]:
    """End with a word on how to go on where a job is stopped by hand."""

    @wraps(command)
    def stopping(**options: Any) -> None:  # noqa: ANN401
        from dedup.dump.job import Stopped

        try:
            command(**options)
        except Stopped:
            say("dedup clean: stopped; the same command goes on from here")
            sys.exit(_INTERRUPTED)

    return stopping


@click.command("clean")
@click.argument("paths", metavar="PATH...", nargs=-1)
@_OUTPUT
@_REMOVED
@_with(*_POLICY, *_TRUST, *_WRITING)
@searches
@_with(*_ENGINE)
@TAKE_INSIDE
@LIMIT
@_stops
def clean_command(
    paths: Sequence[str],
    reading: Reading,
    matching: FindOptions,
    output: str | None,
    removed: str | None,
    contained: str,
    limit: int,
    **others: Any,  # noqa: ANN401
) -> None:
    """Write texts without their copies.

    PATH is a file or a folder: text, HTML, JSON Lines, Parquet, WARC and WET, in any amount; or
    - for a plain text on standard input. The first of several copies stays, in reading order. Not
    a byte of what stays is changed. What goes is told on standard error, and written down.

    \b
    dedup clean article.txt > new.txt
    dedup clean article.txt -o new.txt --threshold 0.95
    dedup clean docs/ -o cleaned/
    dedup clean crawl/*.warc.gz -o new/ --memory 4GB
    dedup clean crawl/ -o new/ --scope host --min-copies 10      boilerplate of sites
    dedup clean crawl/ -o new/ --min-share 0.3 --boilerplate drop   the same by share, all of it
    dedup clean today/ -o new/ --reference yesterday/            what is new
    dedup clean crawl/ --plan plan.jsonl.gz                      what would go?
    dedup clean --apply plan.jsonl.gz -o new/
    dedup restore new/ -o crawl-again/                           all of it back

    A run that was stopped or killed is gone on with by the same command.
    """  # noqa: D301
    if not paths and not others["apply"]:
        raise click.UsageError("Missing argument 'PATH...'.")
    options: FindOptions = {**matching, "contained": contained}
    asked = _Asked(paths, reading, options, output, removed, limit)
    if others["engine"] == "spark":
        from dedup.commands.spark import clean_on_spark

        clean_on_spark(
            paths, reading, options, output, {**others, "removed": removed, "contained": contained}
        )
        return
    if others["master"]:
        raise click.UsageError("--master is for --engine spark")
    nowhere = output is None and others["plan"] is None
    if nowhere or "-" in paths or _is_in_place(paths, output):
        _require_plain(paths, reading, others)
        with wrong_values():
            policy = policy_of(others)
        _clean_text(asked, policy)
    else:
        _clean_files(asked, others)


class _Asked(NamedTuple):
    """What both ways of cleaning are asked for."""

    paths: Sequence[str]
    reading: Reading
    matching: FindOptions
    output: str | None
    removed: str | None
    limit: int


#: Options of jobs on files, and their values where they were not given.
_OF_JOBS = {
    "keep": "first", "order": (), "scope": "all", "min_copies": 2, "min_share": None,
    "boilerplate": "keep", "drop_documents": None, "max_loss": 1.0,
    "reference": (), "reference_text_field": None, "plan": None, "apply": None, "annotate": None,
    "empty": "keep", "to": None, "work": None,
}  # fmt: skip


def _is_in_place(paths: Sequence[str], output: str | None) -> bool:
    """Say whether one file of text is to be replaced by itself."""
    if output is None or len(paths) != 1 or not os.path.isfile(output):
        return False
    from dedup.readers import shard_of

    same = os.path.realpath(output) == os.path.realpath(paths[0])
    return same and shard_of(output).container == "text"


def _require_plain(paths: Sequence[str], reading: Reading, others: dict[str, Any]) -> None:
    """Make sure that it is one plain text. Raises UsageError."""
    from dedup.readers import shards
    from dedup.readers.containers import Shard

    for name, usual in _OF_JOBS.items():
        if others[name] != usual:
            option = name.replace("_", "-")
            raise click.UsageError(f"--{option} is for files that are written; name a folder: -o")
    files = [each for each in shards(paths, reading.options.container) if isinstance(each, Shard)]
    if any(each.container not in ("text", "auto") and each.path == "-" for each in files):
        raise _not_from_standard_input()
    if any(each.container != "text" and each.path != "-" for each in files):
        raise click.UsageError("what isn't plain text is written to a file or folder; name one: -o")
    if len(files) != 1:
        raise click.UsageError(f"{len(files)} texts were read; name a folder with -o")


def _not_from_standard_input() -> click.UsageError:
    return click.UsageError(
        "standard input is cleaned as plain text alone; write it to a file and name that"
    )


def _clean_text(asked: _Asked, policy: Policy) -> None:
    """Clean one text in memory: from standard input, to standard output, or in its place."""
    from dedup.cleaning import take_out
    from dedup.dump.record import RECORD, write_beside
    from dedup.readers.file import TextFile
    from dedup.reports.console import write
    from dedup.reports.json import removed_jsonl
    from dedup.reports.text import removed_text
    from dedup.writers.file import STDIN_NAME, write_whole
    from dedup.writers.text import rewritten

    reading, output, removed = asked.reading, asked.output, asked.removed
    found = search(asked.paths, reading, asked.matching, keep=True, policy=policy)
    if any(type(each) is not TextFile for each in found.documents):
        raise _not_from_standard_input()
    cleaned = take_out(found.documents, found.parts, found.found, reading.markup)
    content = b"".join(
        rewritten(cast(TextFile, document), each.text, each.cuts, reading.errors)
        for document, each in zip(found.documents, cleaned, strict=True)
    )
    record = removed
    if output is not None and (output.endswith(("/", os.sep)) or os.path.isdir(output)):
        record = removed or os.path.join(output, RECORD)
        output = os.path.join(output, STDIN_NAME)
    elif output is not None:
        record = removed or f"{output}.{RECORD}"
    if record is not None:
        gone = (each for one in cleaned for each in one.removed)
        lines = [f"{removed_jsonl(each)}\n".encode() for each in gone]
        write_beside(record, lines, _is_in_place(asked.paths, output))
    if output is None:
        write(content)
    else:
        write_whole([(output, content)])
    for each in removed_text(found.findings, asked.limit, sum(len(each.left) for each in cleaned)):
        say(each)
    tell_unread(found.coverage, reading)


def _clean_files(asked: _Asked, others: dict[str, Any]) -> None:
    """Clean files by a job on disk."""
    from dedup.dump.job import clean_files
    from dedup.errors import InputError
    from dedup.reports.console import Progress
    from dedup.reports.dump import summary_text
    from dedup.scale.decisions import Decisions

    skipped: list[Skipped] = []
    answer: list[Found] = []

    def look(summary: Summary, decided: Path) -> None:
        """Keep the answer of a small job. Where a run was killed at its end, it may be gone."""
        if asked.output is not None and _is_small(summary, others):
            with suppress(InputError):
                answer.append(Decisions(decided).found())

    with wrong_values():
        request = _request(asked, others)
    with Progress(lines=True) as progress, wrong_values():
        summary = clean_files(request, progress, skipped.append, look)
    coverage = summary.coverage()
    for each in skipped:
        coverage.skip(each)
    told = answer and _blocks(asked, answer[0], summary.count("left"))
    for line in told or summary_text(summary, request, asked.limit):
        say(line)
    tell_unread(coverage, asked.reading)


def _blocks(asked: _Asked, found: Found, left: int) -> list[str]:
    """Tell block by block what went; nothing where the files were changed since they were read."""
    from dedup.reports.findings import findings
    from dedup.reports.text import removed_text

    _, parts, coverage = read(asked.paths, asked.reading, keep=False)
    paragraphs = [each for part in parts for each in part]
    if len(paragraphs) != len(found.kept):
        return []
    found = replace(found, paragraphs=paragraphs)
    told = findings(paragraphs, found, len(parts), coverage.skipped, seconds=0.0)
    return [*removed_text(told, asked.limit, left)]


def _is_small(summary: Summary, others: dict[str, Any]) -> bool:
    """Say whether it is so little text that what went can be told block by block."""
    names = (
        "keep", "scope", "min_copies", "min_share", "boilerplate", "drop_documents", "reference",
        "apply", "annotate",
    )  # fmt: skip
    usual = not others["protect"] and all(others[name] == _OF_JOBS[name] for name in names)
    total = summary.tally.total if summary.tally else None
    size = total.size + _OVERHEAD * total.paragraphs if total else _SMALL
    plain = all(each.container == "text" and not each.coverage["unread"] for each in summary.files)
    return usual and plain and size < _SMALL


def _request(asked: _Asked, others: dict[str, Any]) -> Request:
    from dedup.dump.request import Request
    from dedup.writers import WriteOptions

    output, reading = asked.output, asked.reading
    folder = output is not None and _is_folder(asked.paths, output)
    matching = asked.matching.copy()
    workers = matching.pop("workers", None)
    return Request(
        asked.paths,
        output,
        folder,
        reading.options,
        reading.markup,
        WriteOptions(empty=others["empty"], to=others["to"], note=others["annotate"]),
        matching,
        policy_of(others),
        others["reference"],
        others["reference_text_field"],
        asked.removed,
        others["plan"],
        others["apply"],
        others["memory"],
        workers,
        others["work"],
        asked.limit or 1_000,
    )  # fmt: skip


def _is_folder(paths: Sequence[str], output: str) -> bool:
    """Say whether the output is a folder: always, but for one file that goes to another."""
    alone = len(paths) == 1 and not os.path.isdir(paths[0])
    folder = not alone or output.endswith(("/", os.sep)) or os.path.isdir(output)
    if folder and os.path.exists(output) and not os.path.isdir(output):
        raise click.UsageError(f"{output} is a file; -o must name a folder for several files")
    return folder


@click.command("restore")
@click.argument("cleaned", metavar="CLEANED")
@click.option("-o", "--output", metavar="OUT", required=True, help="Folder to write to.")
@click.option(
    "--removed", metavar="FILE", help="The record of removals, if it isn't where it was written."
)
def restore_command(cleaned: str, output: str, removed: str | None) -> None:
    """Put back what 'dedup clean' took out: its input again, byte for byte as unpacked.

    CLEANED is the folder or file that was written with -o. Of Parquet the values come back; pages
    of WARC that were written as text can't. A file that would not come out as it was is named and
    not written; the others are. Exit code 2 then.

    \b
    dedup clean crawl/ -o new/
    dedup restore new/ -o again/
    """  # noqa: D301
    from dedup.dump.restoring import NotRestored, restore
    from dedup.reports.console import Progress
    from dedup.reports.wording import counted

    failures: list[tuple[str, str]] = []
    with Progress(lines=True) as progress:
        try:
            written = restore(cleaned, output, removed, progress)
        except NotRestored as error:
            written, failures = error.written, error.failures
    for name, reason in failures:
        say(f"dedup restore: {name}: {reason}")
    say(f"restored {counted(len(written), 'file')} in {output}")
    if failures:
        say(f"{counted(len(failures), 'file')} could not be restored")
        click.get_current_context().exit(_NOT_DONE)
