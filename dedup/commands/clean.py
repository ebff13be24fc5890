"""The commands ``dedup clean`` and ``dedup restore``: parse options, run the job, report.

Knows: their options, and which input is cleaned in memory and which by a job on files. Does not
know: how copies are found, how files are written.
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
from dedup.commands.steps import report_unread, require_apart, search, write_report
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
    from dedup.reports.clean import CleanReport

_INTERRUPTED = 130
_NOT_DONE = 2

#: The report lists each removed block, if the text has fewer bytes than this. A paragraph counts as
#: some bytes more than its text.
_SMALL, _OVERHEAD = 10_000_000, 100

_OUTPUT = click.option(
    "-o", "--output", metavar="OUT",
    help="Write to this file, or for several files into this folder, instead of standard output."
    " Nothing appears there before all is written.",
)  # fmt: skip
_REMOVED = click.option(
    "--removed", metavar="FILE",
    help="Write the record of what was taken out to this file: .jsonl, .jsonl.gz, .jsonl.zst or"
    " .parquet. 'dedup restore' reads it.  [default with -o: OUT.removed.jsonl.gz; in a folder"
    " removed.jsonl.gz]",
)  # fmt: skip
_REFERENCE = click.option(
    "--reference", "references", multiple=True, metavar="OLD",
    help="Also take out what this file, folder or index holds already. It is never changed. May be"
    " repeated.",
)  # fmt: skip
_REFERENCE_TEXT_FIELD = click.option(
    "--reference-text-field", metavar="NAME",
    help="Field or column that holds the text in references.  [default: as --text-field]",
)  # fmt: skip
_PLAN = click.option(
    "--plan", metavar="FILE",
    help="Take out nothing. Write a plan instead: a line for each paragraph that would be taken"
    " out, with its text and the kept paragraph.",
)  # fmt: skip
_REVIEW = click.option(
    "--review", metavar="FILE.html",
    help="With --plan: also write a page for a browser, on which removals can be unticked, and"
    " which gives a new plan without them. Without PATH the page shows an existing plan.",
)  # fmt: skip
_APPLY = click.option(
    "--apply", metavar="PLAN",
    help="Take out what a plan lists. Delete lines of the plan to keep their paragraphs.",
)  # fmt: skip
_ENGINE = click.option(
    "--engine", default="local", show_default=True, type=click.Choice(["local", "spark"]),
    help="Run the job on this machine, or on a Spark cluster. All executors must reach the input"
    " and the output by the same paths.",
)  # fmt: skip
_MASTER = click.option(
    "--master", metavar="URL",
    help="With --engine spark: the cluster, such as spark://host:7077, yarn or 'local[8]', or"
    " sc://host for Spark Connect.  [default: the one spark-submit names, or local]",
)  # fmt: skip


class CleanArguments(NamedTuple):
    """What the user has typed for ``dedup clean``. The names are those of ``dump.Request``."""

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
        """Name the options that were typed and that only a job on files has; ``but``: not these."""
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
    """Say how to continue the job, if the user stops it."""

    @wraps(command)
    def stopping(**options: Any) -> None:  # noqa: ANN401
        from dedup.dump.job import Stopped

        try:
            command(**options)
        except Stopped:
            say("dedup clean: stopped; run the same command again to continue")
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

    PATH is a file or a folder of text, HTML, JSON Lines, Parquet, WARC or WET, of any size; or -
    for one plain text on standard input.

    Of several copies the first in reading order is kept. What is kept keeps every byte. A summary
    of what is taken out goes to standard error. With -o all of it is also written to a record, from
    which 'dedup restore' puts it back.

    \b
    dedup clean article.txt > new.txt
    dedup clean article.txt -o new.txt --threshold 0.95
    dedup clean docs/ -o cleaned/
    dedup clean crawl/*.warc.gz -o new/ --memory 4GB
    dedup clean crawl/ -o new/ --scope host --min-copies 10       only boilerplate of sites
    dedup clean crawl/ -o new/ --min-share 0.3 --boilerplate drop   all copies of boilerplate
    dedup clean today/ -o new/ --reference yesterday/             only what is new
    dedup clean crawl/ --plan plan.jsonl.gz                       what would be taken out?
    dedup clean crawl/ --plan plan.jsonl --review review.html     look at it, untick some
    dedup clean --apply plan.jsonl.gz -o new/                     carry out the plan
    dedup restore new/ -o crawl-again/                            put everything back

    If a run was stopped or killed, the same command continues it.
    """  # noqa: D301
    asked = CleanArguments(**given)
    if asked.review and not asked.plan:
        raise click.UsageError("--review shows a plan; name the plan with --plan")
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
        raise click.UsageError("--master is for Spark; add --engine spark, or leave it out")
    nowhere = asked.output is None and asked.plan is None
    if nowhere or "-" in asked.paths or _is_in_place(asked.paths, asked.output):
        _require_plain(asked)
        _clean_text(asked, limit)
    else:
        _clean_files(asked, limit)


def _is_in_place(paths: Sequence[str], output: str | None) -> bool:
    """Say whether the output is the one text file that is read."""
    if output is None or len(paths) != 1 or not os.path.isfile(output):
        return False
    from dedup.readers import shard_of

    same = os.path.realpath(output) == os.path.realpath(paths[0])
    return same and shard_of(output).container == "text"


def _require_plain(asked: CleanArguments) -> None:
    """Raise UsageError unless the input is one plain text and no option is for files."""
    from dedup.readers import shards
    from dedup.readers.containers import Shard

    for name in asked.of_jobs(but=("protect",)):
        option = name.replace("_", "-")
        raise click.UsageError(f"--{option} works on files that are written; name a folder with -o")
    container = asked.reading.options.container
    files = [each for each in shards(asked.paths, container) if isinstance(each, Shard)]
    if any(each.container not in ("text", "auto") and each.path == "-" for each in files):
        raise _not_from_standard_input()
    if any(each.container != "text" and each.path != "-" for each in files):
        raise click.UsageError(
            "only plain text is written to standard output; name a file or folder with -o"
        )
    if len(files) != 1:
        raise click.UsageError(f"the input is {len(files)} texts; name a folder for them with -o")


def _not_from_standard_input() -> click.UsageError:
    return click.UsageError(
        "on standard input only plain text is cleaned; write it to a file and name that"
    )


def _clean_text(asked: CleanArguments, limit: int) -> None:
    """Clean one text in memory: from standard input, to standard output, or in place."""
    from dedup.dump.record import RECORD, write_beside
    from dedup.readers.file import TextFile
    from dedup.removal import take_out
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
    report_unread(found.coverage, reading)


def _clean_files(asked: CleanArguments, limit: int, job: Job | None = None) -> None:
    """Clean files by a job, on this machine if ``job`` is None."""
    from dedup.dump.job import clean_files
    from dedup.reports.clean import clean_text, of_job
    from dedup.reports.progress_bar import ProgressBar

    skipped: list[Skipped] = []
    answer: list[Found] = []

    def look(summary: Summary, found: Callable[[], Found]) -> None:
        """Keep what a small job has found; a run that is continued may not have it any more."""
        if asked.output is not None and _is_small(asked, summary):
            with suppress(InputError):
                answer.append(found())

    with ProgressBar(lines=True) as progress, wrong_values():
        request = _request(asked, limit, asked.resources.with_progress(progress))
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
    report_unread(coverage, asked.reading)


def _review(asked: CleanArguments, plan: str, output: str) -> None:
    """Write the review page of a plan. The input is the named one, or the one the plan names."""
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
    say(f"the review page is {output}; open it in a browser")


def _one_by_one(found: Found, summary: Summary) -> CleanReport:
    """Describe a small job paragraph by paragraph."""
    from dedup.reports.clean import of_texts
    from dedup.reports.findings import findings

    paragraphs = cast("Sequence[Paragraph]", found.paragraphs)
    result = findings(paragraphs, found, len(summary.files), 0, seconds=0.0)
    return of_texts(result, summary.count("left"))


def _is_small(asked: CleanArguments, summary: Summary) -> bool:
    """Say whether the text is small enough for a report that lists each removed block."""
    usual = not asked.of_jobs(but=("max_loss", "reference_text_field", "empty", "to", "work"))
    total = summary.tally.total if summary.tally else None
    size = total.size + _OVERHEAD * total.paragraphs if total else _SMALL
    plain = all(each.container == "text" and not each.coverage["unread"] for each in summary.files)
    return usual and plain and size < _SMALL


def _request(asked: CleanArguments, limit: int, resources: Resources) -> Request:
    """Make the request for a job. Raises ValueError for options that exclude each other."""
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
    """Say whether the output is a folder. It is a file only for one input file."""
    alone = len(paths) == 1 and not os.path.isdir(paths[0])
    folder = not alone or output.endswith(("/", os.sep)) or os.path.isdir(output)
    if folder and os.path.exists(output) and not os.path.isdir(output):
        raise click.UsageError(f"{output} is a file; -o must name a folder for several files")
    return folder


@click.command("restore", short_help="Put back what 'dedup clean' took out.")
@click.argument("cleaned", metavar="CLEANED")
@click.option("-o", "--output", metavar="OUT", required=True, help="Write into this folder.")
@click.option(
    "--removed", metavar="FILE", help="The record of what was taken out, if it was moved."
)
def restore_command(cleaned: str, output: str, removed: str | None) -> None:
    """Put back what 'dedup clean' took out, and write its input again.

    CLEANED is the folder or file that was written with -o. The files have the same unpacked bytes
    as before; Parquet has the same values. Pages of WARC archives that were written as text can't
    be restored. A file that can't be restored is named, and all others are written; the exit code
    is then 2.

    \b
    dedup clean crawl/ -o new/
    dedup restore new/ -o again/
    """  # noqa: D301
    from dedup.dump.restoration import NotRestored, restore
    from dedup.reports.progress_bar import ProgressBar
    from dedup.reports.wording import counted

    failures: list[tuple[str, str]] = []
    with ProgressBar(lines=True) as progress:
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
