"""The commands ``dedup clean`` and ``dedup restore``: parse, call, print.

Knows: options, when a text is small enough to be cleaned in memory, which report goes where. Does
not know: how copies are found, how files are written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import click

from dedup.commands.options import LIMIT, InputOptions, takes, wrong_values
from dedup.commands.search import require_apart, search, tell_unread, write_report
from dedup.errors import InputError
from dedup.options import Matching, Policy, Resources
from dedup.options.fields import chosen, options_of
from dedup.reports.console import say
from dedup.writers.edits import WriteOptions

if TYPE_CHECKING:
    from dedup.commands.spark import Job
    from dedup.dump.request import Request
    from dedup.dump.summary import Summary
    from dedup.found import Found
    from dedup.paragraph import Paragraph, Skipped
    from dedup.reports.clean import Outcome

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
_REFERENCE = click.option(
    "--reference", "references", multiple=True, metavar="OLD",
    help="Take out what this holds already: a file, folder or index, which is never changed."
    " May be repeated.",
)  # fmt: skip
_REFERENCE_TEXT_FIELD = click.option(
    "--reference-text-field", metavar="NAME",
    help="Field or column that holds the text of references.  [default: as --text-field]",
)  # fmt: skip
_PLAN = click.option(
    "--plan", metavar="FILE",
    help="Write nothing but a plan: what would go, with its text and partner, a line each.",
)  # fmt: skip
_REVIEW = click.option(
    "--review", metavar="FILE.html",
    help="Beside the plan, or of a plan that is there where no PATH is named, write a page to look"
    " at: what is unticked on it stays out of the plan that it gives.",
)  # fmt: skip
_APPLY = click.option(
    "--apply", metavar="PLAN",
    help="Carry out a plan. Lines that were taken out of it stay in the text.",
)  # fmt: skip
_ENGINE = click.option(
    "--engine", default="local", show_default=True, type=click.Choice(["local", "spark"]),
    help="Where it is done: on this machine, or on a Spark cluster, whose executors must have the"
    " input and the output by the same paths.",
)  # fmt: skip
_MASTER = click.option(
    "--master", metavar="URL",
    help="With --engine spark: the cluster, such as spark://host:7077, yarn or 'local[8]', or"
    " sc://host for Spark Connect.  [default: what spark-submit says, or local]",
)  # fmt: skip


class CleanArguments(NamedTuple):
    """What is asked for: values, and what stands beside them, as ``dump.Request`` names it."""

    paths: Sequence[str]
    output: str | None
    removed: str | None
    policy: Policy
    references: Sequence[str]
    reference_text_field: str | None
    plan: str | None
    review: str | None
    apply: str | None
    writing: WriteOptions
    matching: Matching
    reading: InputOptions
    resources: Resources

    def of_jobs(self, but: Sequence[str] = ()) -> list[str]:
        """Name the options that were given and that only a job on files has, without ``but``."""
        names = [*chosen(self.policy)]
        names += ["reference"] if self.references else []
        given = {"reference_text_field": self.reference_text_field, "plan": self.plan,
                 "review": self.review, "apply": self.apply}  # fmt: skip
        names += [name for name, value in given.items() if value is not None]
        flags = {each.name: described.flag for each, described in options_of(WriteOptions)}
        names += [flags[name] or name for name in chosen(self.writing)]
        names += ["work"] if self.resources.work else []
        return [name for name in names if name not in but]


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
@takes("policy", Policy)
@_REFERENCE
@_REFERENCE_TEXT_FIELD
@_PLAN
@_REVIEW
@_APPLY
@takes("writing", WriteOptions)
@takes("matching", Matching)
@takes("reading", InputOptions)
@takes("resources", Resources)
@_ENGINE
@_MASTER
@LIMIT
@_stops
def clean_command(engine: str, master: str | None, limit: int, **given: Any) -> None:  # noqa: ANN401
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
    dedup clean crawl/ --plan plan.jsonl --review review.html    to look at, and untick
    dedup clean --apply plan.jsonl.gz -o new/
    dedup restore new/ -o crawl-again/                           all of it back

    A run that was stopped or killed is gone on with by the same command.
    """  # noqa: D301
    asked = CleanArguments(**given)
    if asked.review and not asked.plan:
        raise click.UsageError("--review shows a plan; name it with --plan")
    if asked.review and asked.plan and not asked.paths and os.path.isfile(asked.plan):
        _review(asked, asked.plan, asked.review)
        return
    if not asked.paths and not asked.apply:
        raise click.UsageError("Missing argument 'PATH...'.")
    if engine == "spark":
        from dedup.commands.spark import on_spark

        _clean_files(asked, limit, on_spark(asked, master))
        return
    if master:
        raise click.UsageError("--master is for --engine spark")
    nowhere = asked.output is None and asked.plan is None
    if nowhere or "-" in asked.paths or _is_in_place(asked.paths, asked.output):
        _require_plain(asked)
        _clean_text(asked, limit)
    else:
        _clean_files(asked, limit)


def _is_in_place(paths: Sequence[str], output: str | None) -> bool:
    """Say whether one file of text is to be replaced by itself."""
    if output is None or len(paths) != 1 or not os.path.isfile(output):
        return False
    from dedup.readers import shard_of

    same = os.path.realpath(output) == os.path.realpath(paths[0])
    return same and shard_of(output).container == "text"


def _require_plain(asked: CleanArguments) -> None:
    """Make sure that it is one plain text. Raises UsageError."""
    from dedup.readers import shards
    from dedup.readers.containers import Shard

    for name in asked.of_jobs(but=("protect",)):
        option = name.replace("_", "-")
        raise click.UsageError(f"--{option} is for files that are written; name a folder: -o")
    container = asked.reading.options.container
    files = [each for each in shards(asked.paths, container) if isinstance(each, Shard)]
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


def _clean_text(asked: CleanArguments, limit: int) -> None:
    """Clean one text in memory: from standard input, to standard output, or in its place."""
    from dedup.cleaning import take_out
    from dedup.dump.record import RECORD, write_beside
    from dedup.readers.file import TextFile
    from dedup.reports.clean import clean_text, of_texts
    from dedup.reports.console import write
    from dedup.reports.json import removed_jsonl
    from dedup.writers.file import STDIN_NAME, write_whole
    from dedup.writers.text import rewritten

    reading, output, removed = asked.reading, asked.output, asked.removed
    found = search(
        asked.paths, reading, asked.matching, asked.resources, keep=True, policy=asked.policy
    )
    if any(type(each) is not TextFile for each in found.documents):
        raise _not_from_standard_input()
    cleaned = take_out(found.documents, found.parts, found.found, reading.markup)
    content = b"".join(
        rewritten(cast(TextFile, document), each.text, each.cuts, reading.options.errors)
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
    outcome = of_texts(found.findings, sum(len(each.left) for each in cleaned))
    for each in clean_text(outcome, limit):
        say(each)
    tell_unread(found.coverage, reading)


def _clean_files(asked: CleanArguments, limit: int, job: Job | None = None) -> None:
    """Clean files by a job: of this machine, on disk, where no other is given."""
    from dedup.dump.job import clean_files
    from dedup.reports.clean import clean_text, of_job
    from dedup.reports.console import Progress

    skipped: list[Skipped] = []
    answer: list[Found] = []

    def look(summary: Summary, found: Callable[[], Found]) -> None:
        """Keep the answer of a small job. Where a run was killed at its end, it may be gone."""
        if asked.output is not None and _is_small(asked, summary):
            with suppress(InputError):
                answer.append(found())

    with Progress(lines=True) as progress, wrong_values():
        request = _request(asked, limit, asked.resources.told_to(progress))
        summary = (
            clean_files(request, skipped.append, look) if job is None
            else job(request, skipped.append)
        )  # fmt: skip
    coverage = summary.coverage()
    for each in skipped:
        coverage.skip(each)
    outcome = _one_by_one(answer[0], summary) if answer else of_job(summary, request, limit)
    for line in clean_text(outcome, limit):
        say(line)
    if asked.review and asked.plan:
        _review(asked, asked.plan, asked.review)
    tell_unread(coverage, asked.reading)


def _review(asked: CleanArguments, plan: str, output: str) -> None:
    """Write the page of a plan, of the input that is named, or else of what the plan names."""
    from dedup.dump.partners import look
    from dedup.reports.review import page
    from dedup.reports.review.planned import contents

    require_apart(output, [plan, *asked.paths])
    looked = look(
        plan, page.MOST_FINDINGS, page.MOST_BYTES, asked.paths, asked.references,
        asked.reference_text_field,
    )  # fmt: skip
    require_apart(output, {each.copy.source for each in looked.going})
    write_report(page.page(contents(looked, plan)), output)
    say(f"the page to look at is {output}")


def _one_by_one(found: Found, summary: Summary) -> Outcome:
    """Tell of a small job line by line."""
    from dedup.reports.clean import of_texts
    from dedup.reports.findings import findings

    paragraphs = cast("Sequence[Paragraph]", found.paragraphs)
    result = findings(paragraphs, found, len(summary.files), 0, seconds=0.0)
    return of_texts(result, summary.count("left"))


def _is_small(asked: CleanArguments, summary: Summary) -> bool:
    """Say whether it is so little text that what went can be told block by block."""
    usual = not asked.of_jobs(but=("max_loss", "reference_text_field", "empty", "to", "work"))
    total = summary.tally.total if summary.tally else None
    size = total.size + _OVERHEAD * total.paragraphs if total else _SMALL
    plain = all(each.container == "text" and not each.coverage["unread"] for each in summary.files)
    return usual and plain and size < _SMALL


def _request(asked: CleanArguments, limit: int, resources: Resources) -> Request:
    """Make the request for a job. Raises ValueError for options that don't go together."""
    from dedup.dump.request import Request

    return Request(
        asked.paths, asked.output,
        folder=asked.output is not None and _is_folder(asked.paths, asked.output),
        reading=asked.reading.options, markup=asked.reading.markup, writing=asked.writing,
        matching=asked.matching, policy=asked.policy, references=asked.references,
        reference_text_field=asked.reference_text_field, removed=asked.removed, plan=asked.plan,
        apply=asked.apply, resources=resources, repeated=limit or 1_000,
    )  # fmt: skip


def _is_folder(paths: Sequence[str], output: str) -> bool:
    """Say whether the output is a folder: always, but for one file that goes to another."""
    alone = len(paths) == 1 and not os.path.isdir(paths[0])
    folder = not alone or output.endswith(("/", os.sep)) or os.path.isdir(output)
    if folder and os.path.exists(output) and not os.path.isdir(output):
        raise click.UsageError(f"{output} is a file; -o must name a folder for several files")
    return folder


@click.command("restore", short_help="Put back what 'dedup clean' took out.")
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
    from dedup.dump.restoration import NotRestored, restore
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
