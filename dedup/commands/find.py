"""The command ``dedup find``: read, search, report.

Knows: its options, and where the report is written. Does not know: how anything is read, found or
worded, and which forms of the report there are (``reports.formats``).
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from dedup.commands.options import LIMIT, PATHS, InputOptions, takes
from dedup.commands.steps import (
    read,
    report_unread,
    require_apart,
    search,
    style,
    write_report,
)
from dedup.options import Matching, Resources
from dedup.reports import formats
from dedup.reports.formats import FindReport


@click.command("find")
@PATHS
@takes("matching", Matching, without=("contained",))
@takes("resources", Resources, only=("workers",))
@takes("reading", InputOptions)
@click.option("--format", "form", default="text", show_default=True,
              type=click.Choice(formats.names()),
              help="Form of the report. 'html' is a page for a browser, with filters.")  # fmt: skip
@click.option("-o", "--output", metavar="FILE",
              help="Write the report to this file instead of standard output.")  # fmt: skip
@LIMIT
@click.option(
    "--contained", default="report", show_default=True, type=click.Choice(["report", "ignore"]),
    help="Whether to report paragraphs that stand, whole or nearly whole, inside a longer one.",
)  # fmt: skip
@click.option(
    "--audit", default=0, metavar="N", type=click.IntRange(0),
    help="Measure what share of the pairs has escaped, by comparing N random paragraphs with all"
    " others.",
)  # fmt: skip
@click.option(
    "--histogram", is_flag=True,
    help="Instead of findings, show how many pairs there are at each similarity, with three"
    " examples each. This helps to choose a threshold.",
)  # fmt: skip
def find_command(
    paths: Sequence[str],
    matching: Matching,
    resources: Resources,
    reading: InputOptions,
    form: str,
    output: str | None,
    limit: int,
    contained: str,
    audit: int,
    histogram: bool,
) -> None:
    """Report which paragraphs repeat which.

    PATH is a file, a folder, or - for standard input. It holds text, HTML, JSON Lines, Parquet,
    WARC or WET.

    The report lists pasted blocks first, then single paragraphs, those with the most repeated words
    first. Then come variants, which are as alike as copies but state another fact, and paragraphs
    that stand inside longer ones. Differences are marked: [-words of the kept
    paragraph-]{+words of the copy+}.

    \b
    dedup find article.txt
    dedup find --threshold 0.9 docs/ README.md
    dedup find --min-tokens 3 --markup blank poems.txt
    dedup find --audit 1000 docs/       how many pairs escaped?
    dedup find --histogram docs/        what lies above and below the threshold?
    curl -s https://example.org/page.txt | dedup find -
    dedup find docs/ --format jsonl | jq 'select(.type == "run")'
    dedup find docs/ --format html -o review.html   a page for a browser
    """  # noqa: D301
    require_apart(output, paths)
    if histogram:
        _show_histogram(paths, matching, resources, reading, form, output)
        return
    inside = contained == "report"
    found = search(paths, reading, matching, resources, keep=False, inside=inside, audit=audit)
    require_apart(output, {each.source for each in found.findings.paragraphs})
    report = FindReport(found.findings, found.coverage, reading.allow_skipped, style(limit, output))
    write_report(formats.named(form).write(report), output)
    report_unread(found.coverage, reading)


def _show_histogram(
    paths: Sequence[str],
    matching: Matching,
    resources: Resources,
    reading: InputOptions,
    form: str,
    output: str | None,
) -> None:
    """Write how many pairs there are at each similarity. Raises UsageError."""
    if form == "html":
        raise click.UsageError(
            "--histogram writes text or json; the page of --format html has a histogram"
        )
    from dedup.histogram import histogram
    from dedup.reports.histogram import histogram_json, histogram_text
    from dedup.reports.progress_bar import ProgressBar

    _, parts, coverage = read(paths, reading, keep=False)
    paragraphs = [each for part in parts for each in part]
    with ProgressBar() as progress:
        found = histogram(paragraphs, matching, resources.with_progress(progress))
    if form == "text":
        lines = histogram_text(found, paragraphs, matching, style(0, output))
        write_report(lines, output)
    else:
        write_report([histogram_json(found, paragraphs)], output)
    report_unread(coverage, reading)
