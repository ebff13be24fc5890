"""The steps that commands share: read the input, find what repeats, print a report.

Knows: the order of these steps for input that fits into memory, and the terminal. Does not know:
options, how a report is worded.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import click

from dedup.commands.options import InputOptions, wrong_values
from dedup.options import Matching, Policy, Resources

if TYPE_CHECKING:
    from dedup.found import Found
    from dedup.paragraph import Document, Paragraph
    from dedup.readers.coverage import Coverage
    from dedup.reports.findings import Findings
    from dedup.reports.text import Style

#: The exit code of a command that was done, though not all of its input was read.
NOT_ALL_READ = 3

#: Lines printed at once.
_LINES = 1_000


class Search(NamedTuple):
    """What was read, and what was found in it.

    documents: empty, unless they were asked for. parts: the paragraphs of each document.
    """

    documents: list[Document]
    parts: list[list[Paragraph]]
    found: Found
    findings: Findings
    coverage: Coverage


def read(
    paths: Sequence[str], reading: InputOptions, keep: bool
) -> tuple[list[Document], list[list[Paragraph]], Coverage]:
    """Read documents and their paragraphs, and count what wasn't read.

    Args:
        keep: whether to give the documents too.

    Raises:
        InputError: as ``readers.documents``; or nothing could be read.
        UsageError: an option names a field of URLs or ids that no row has.
    """
    from dedup.paragraph import Skipped
    from dedup.readers import Record, Shard, markup_of_document, read_by, require_fields, shards
    from dedup.readers.coverage import Coverage
    from dedup.segment import segmenter

    kept: list[Document] = []
    parts: list[list[Paragraph]] = []
    coverage = Coverage()
    rows, urls, ids = 0, False, False
    for document in coverage.counted(read_by(reading.options, paths)):
        if isinstance(document, Skipped):
            continue
        if isinstance(document, Record):
            rows += 1
            urls = urls or document.url is not None
            ids = ids or document.identified
        parts.append(segmenter(markup_of_document(document, reading.markup))(document))
        if keep:
            kept.append(document)
    if rows:
        listed = shards(paths, reading.options.container)
        files = (each for each in listed if isinstance(each, Shard))
        with wrong_values():
            require_fields(files, reading.options, urls, ids)
    if not parts:
        coverage.require_some()
    return kept, parts, coverage


def search(
    paths: Sequence[str],
    reading: InputOptions,
    matching: Matching,
    resources: Resources,
    keep: bool,
    inside: bool = False,
    audit: int = 0,
    policy: Policy | None = None,
) -> Search:
    """Read the input and find what repeats in it, and show progress.

    Args:
        keep: whether the answer has the documents.
        inside: whether to look for paragraphs inside longer ones.
        audit: the number of random paragraphs by which to measure what has escaped; 0 for none.
        policy: the policy whose protected paragraphs are never copies.
    """
    import numpy as np

    from dedup.reports.findings import findings
    from dedup.reports.progress_bar import ProgressBar
    from dedup.search import find_by

    since = time.perf_counter()
    kept, parts, coverage = read(paths, reading, keep)
    paragraphs = [each for part in parts for each in part]
    with ProgressBar() as progress:
        found = find_by(matching, paragraphs, resources=resources.with_progress(progress))
        if policy is not None and policy.protect:
            from dedup.removal import spare
            from dedup.scale.competition import marks_of

            marks = marks_of(policy)
            assert marks is not None
            found = spare(found, np.asarray(marks.of(paragraphs), dtype=bool))
        seconds = time.perf_counter() - since
        contained = found.contained if inside else ()
        audited = found.audit(audit, progress) if audit else None
    result = findings(paragraphs, found, len(parts), coverage.skipped, seconds, audited, contained)
    return Search(kept, parts, found, result, coverage)


def report_unread(coverage: Coverage, reading: InputOptions) -> None:
    """Report on standard error what was not read. Exit with 3 if that is too much."""
    from dedup.reports.console import say
    from dedup.reports.coverage import unread_text

    for line in unread_text(coverage, reading.allow_skipped):
        say(line)
    if not coverage.is_whole(reading.allow_skipped):
        click.get_current_context().exit(NOT_ALL_READ)


def style(limit: int, output: str | None = None) -> Style:
    """Give the style of a report on standard output, or in a file."""
    from dedup.reports.console import MOST_COLUMNS, columns, wants_colour
    from dedup.reports.text import Style

    if output is not None:
        return Style(False, MOST_COLUMNS, limit)
    return Style(wants_colour(sys.stdout), columns(), limit)


def require_apart(output: str | None, sources: Iterable[str]) -> None:
    """Raise UsageError if a report would overwrite a file that is read."""
    if output is None:
        return
    own = os.path.realpath(output)
    if any(os.path.realpath(each) == own for each in sources):
        raise click.UsageError(f"{output} is part of the input; name another file with -o")


def write_report(lines: Iterable[str], output: str | None) -> None:
    """Print the lines of a report, or write them to a file, which appears when it is complete."""
    if output is None:
        print_lines(lines)
        return
    from dedup.reports.console import encoded
    from dedup.writers.file import write_whole

    write_whole([(output, encoded("".join(f"{line}\n" for line in lines)))])


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, many at a time."""
    from dedup.reports.console import write

    rest = iter(lines)
    while batch := list(islice(rest, _LINES)):
        write("\n".join(batch) + "\n")
