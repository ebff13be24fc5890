"""What a job on files did, for people: sums, who lost most, what was repeated most.

Knows: wording and order. Does not know: how a job works.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from dedup.dump.request import Request
from dedup.dump.statistics import Repeated, Share, Tally
from dedup.dump.summary import Summary
from dedup.reports.wording import counted, one_line, visible
from dedup.sizes import written_size

#: A source that loses more than this is called out.
MOST_LOST = 0.5

#: Sources, hosts and paragraphs that are listed, where a limit doesn't say less.
_LISTED = 10

#: Characters shown of a repeated paragraph.
_SHOWN = 60


def summary_text(summary: Summary, request: Request, limit: int) -> Iterator[str]:
    """Say what a job did; limit: how many of each list are shown, 0 for all."""
    most = min(limit, _LISTED) if limit else 1 << 30
    yield _sums(summary, request)
    if summary.tally is not None:
        yield from _lists(summary.tally, most)
    yield from _where(summary, request)


def _sums(summary: Summary, request: Request) -> str:
    """Say how much went."""
    verb = "took out"
    if request.plan:
        verb = "would take out"
    elif request.writing.note is not None:
        verb = f"marked in {request.writing.note!r}"
    gone, size = summary.count("gone"), summary.count("gone_size")
    of, share = "", ""
    if summary.tally is not None and summary.tally.total.size:
        of = f" of {summary.tally.total.paragraphs:,}"
        share = f" ({_percent(size / summary.tally.total.size)} of all text)"
    files = counted(len(summary.files), "file")
    return f"{verb} {gone:,}{of} paragraphs, {written_size(size)}{share}, from {files}"


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


def _where(summary: Summary, request: Request) -> Iterator[str]:
    """Say where everything is, and how surely all was found."""
    left = summary.count("left")
    if left:
        yield f"{counted(left, 'copy')} left in: what is kept would change without them"
    emptied, dropped = summary.count("emptied"), summary.count("dropped")
    dropping = request.writing.empty == "drop"
    if emptied:
        what = ", all of them left out" if dropping else ""
        yield f"{counted(emptied, 'document')} without any text now{what}"
    if whole := dropped - (emptied if dropping else 0):
        yield f"{counted(whole, 'document')} left out whole, for so much of them is copies"
    if summary.uncompared:
        yield f"{counted(summary.uncompared, 'pair')} not compared"
    if summary.tally is not None and summary.recall < 1.0:
        yield (
            f"at least {math.floor(1000 * summary.recall) / 10:.1f} % of the pairs with similarity "
            f"{request.matching.threshold:g} are expected to be found"
        )
    if request.plan:
        yield f"the plan is {request.plan}; carry it out with: dedup clean --apply"
    else:
        yield f"written to {request.output}; what went is in {request.record}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
