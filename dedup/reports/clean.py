"""The final report of ``dedup clean``: what was removed and what stayed, sums, sources, places.

Knows: wording and order, which are the same for texts in memory and for jobs on files. Does not
know: how texts are cleaned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dedup.dump.request import Request
from dedup.dump.statistics import Repeated, Share, Tally
from dedup.dump.summary import Summary
from dedup.reports.findings import Findings
from dedup.reports.text import expected, removed_lines
from dedup.reports.wording import counted, one_line, visible
from dedup.sizes import written_size

#: The report names sources that lose a larger share than this.
MOST_LOST = 0.5

#: The most sources, hosts and paragraphs that are listed; a limit may say less.
_LISTED = 10

#: The number of characters that are shown of a repeated paragraph.
_SHOWN = 60


class CleanReport(NamedTuple):
    """What ``dedup clean`` did, in memory or by a job on files.

    Attributes:
        removed: the number of paragraphs that were removed.
        size: a phrase that says how much text that is.
        paragraphs: the number of all paragraphs, None where it is unknown.
        verb: what was done with the removed paragraphs.
        lines: one line for each removal.
        lists: lines that say which sources lost most, and what was repeated most.
        left: the number of copies that could not be removed.
        variants: the number of variants, which stay.
        emptied: the number of documents that have no text any more.
        whole: the number of documents that were left out as a whole.
        dropping: whether emptied documents are left out too.
        uncompared: the number of pairs that were not compared because of a cap.
        recall: the share of the pairs at or above ``threshold`` that is expected to be found; None
            to say nothing about it.
        threshold: the similarity from which on a paragraph is a copy.
        places: lines that say where the results are.

    """

    removed: int
    size: str
    paragraphs: int | None = None
    verb: str = "took out"
    lines: Sequence[str] = ()
    lists: Sequence[str] = ()
    left: int = 0
    variants: int = 0
    emptied: int = 0
    whole: int = 0
    dropping: bool = False
    uncompared: int = 0
    recall: float | None = None
    threshold: float = 1.0
    places: Sequence[str] = ()


def clean_text(outcome: CleanReport, limit: int) -> Iterator[str]:
    """Say what ``dedup clean`` did; limit: how many lines of what went are shown, 0 for all."""
    yield from outcome.lines[: limit or None]
    if limit and len(outcome.lines) > limit:
        yield f"and {len(outcome.lines) - limit:,} more"
    of = counted(outcome.removed, "paragraph")
    if outcome.paragraphs is not None:
        of = f"{outcome.removed:,} of {counted(outcome.paragraphs, 'paragraph')}"
    yield f"{outcome.verb} {of}{outcome.size}"
    yield from outcome.lists
    if outcome.left:
        yield f"left in {counted(outcome.left, 'copy')}: what is kept would change without them"
    if outcome.variants:
        yield f"left in {counted(outcome.variants, 'variant')}, alike but saying something else"
    if outcome.emptied:
        what = ", all of them left out" if outcome.dropping else ""
        yield f"{counted(outcome.emptied, 'document')} without any text now{what}"
    if outcome.whole:
        yield f"{counted(outcome.whole, 'document')} left out whole, for so much of them is copies"
    if outcome.uncompared:
        yield f"{counted(outcome.uncompared, 'pair')} not compared"
    if outcome.recall is not None and outcome.recall < 1.0:
        yield expected(outcome.recall, outcome.threshold)
    yield from outcome.places


def of_texts(findings: Findings, left: int) -> CleanReport:
    """Report on texts in memory, with a line for each removal."""
    summary = findings.summary
    return CleanReport(
        summary.copies - left, f", {counted(summary.words, 'word')}", summary.paragraphs,
        lines=removed_lines(findings), left=left, variants=summary.variants,
    )  # fmt: skip


def of_job(summary: Summary, request: Request, limit: int) -> CleanReport:
    """Report on a job on files by its sums; limit: how many of each list are shown, 0 for all."""
    verb = "took out"
    if request.plan:
        verb = "would take out"
    elif request.writing.note is not None:
        verb = f"marked in {request.writing.note!r}"
    total = summary.tally.total if summary.tally else None
    size = summary.count("gone_size")
    share = f" ({_percent(size / total.size)} of all text)" if total and total.size else ""
    emptied, dropped = summary.count("emptied"), summary.count("dropped")
    dropping = request.writing.empty == "drop"
    places = f"written to {request.output}; what went is in {request.record}"
    if request.plan:
        places = f"the plan is {request.plan}; carry it out with: dedup clean --apply"
    most = min(limit, _LISTED) if limit else 1 << 30
    return CleanReport(
        summary.count("gone"),
        f", {written_size(size)}{share}, from {counted(len(summary.files), 'file')}",
        total.paragraphs if total and total.size else None, verb,
        lists=[*_lists(summary.tally, most)] if summary.tally else (),
        left=summary.count("left"), emptied=emptied,
        whole=dropped - (emptied if dropping else 0), dropping=dropping,
        uncompared=summary.uncompared, recall=summary.recall if summary.tally else None,
        threshold=request.matching.threshold, places=[places],
    )  # fmt: skip


def _lists(tally: Tally, most: int) -> Iterator[str]:
    """List who loses most, and what is repeated most."""
    lost = {name: each for name, each in tally.sources.items() if each.loss > MOST_LOST}
    if lost:
        yield f"{counted(len(lost), 'file')} lost more than half:"
        yield from _shares(lost, most)
    if len(tally.hosts) > 1:
        yield "hosts that lost most:"
        yield from _shares(tally.hosts, most)
    repeated = [each for each in tally.repeated if each.times > 2][:most]
    if repeated:
        yield "paragraphs that stand there most often:"
        for each in repeated:
            yield f"    {_repeated(each)}"


def _shares(shares: Mapping[str, Share], most: int) -> Iterator[str]:
    order = sorted(shares.items(), key=lambda each: (-each[1].gone_size, each[0]))
    for name, each in order[:most]:
        if each.gone:
            yield (
                f"    {_percent(each.loss):>6}  {each.gone:,} of {each.paragraphs:,}  "
                f"{visible(name)}"
            )
    if len(order) > most:
        yield f"    and {len(order) - most:,} more"


def _repeated(each: Repeated) -> str:
    where = "source" if each.named and "/" in each.named[0] else "host"
    start = visible(one_line(each.text))
    text = start if len(start) <= _SHOWN else f"{start[:_SHOWN].rstrip()}..."
    return f"{each.times:,} times, {counted(each.hosts, where)}: {text}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
