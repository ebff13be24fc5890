"""The share that each source and host loses, and the paragraphs that are repeated most.

Knows: sums over the decision of a job. Does not know: texts, except those of the few paragraphs
that are listed; how anything is printed.

Memory: a name and four numbers for each source and host; a million of them take about 300 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.dump.removal import Place
from dedup.dump.selection import STAYS, Goes
from dedup.paragraph import text_of
from dedup.progress import Progress, silent
from dedup.scale import Decisions, Shard

#: Paragraphs that are summed at a time.
_UNIT = 1 << 18

#: Documents whose names are in memory at once.
_NAMES = 10_000

#: Characters that are shown of a repeated paragraph, and hosts that are named with it.
SHOWN, NAMED = 200, 5

Rows = NDArray[np.int64]


@dataclass(slots=True)
class Share:
    """How many paragraphs and bytes of text there were, and how many of them are removed."""

    paragraphs: int = 0
    size: int = 0
    gone: int = 0
    gone_size: int = 0

    @property
    def loss(self) -> float:
        """The share of the text that is removed."""
        return self.gone_size / self.size if self.size else 0.0

    def add(self, paragraphs: int, size: int, gone: int, gone_size: int) -> None:
        """Add sums."""
        self.paragraphs += paragraphs
        self.size += size
        self.gone += gone
        self.gone_size += gone_size


class Repeated(NamedTuple):
    """A repeated paragraph: where it is kept, how often it occurs, and on which hosts."""

    kept: Place
    times: int
    hosts: int
    named: list[str]
    text: str


@dataclass(slots=True)
class Tally:
    """The sums of a job. hosts: empty if no document has a URL."""

    total: Share = field(default_factory=Share)
    sources: dict[str, Share] = field(default_factory=dict)
    hosts: dict[str, Share] = field(default_factory=dict)
    repeated: list[Repeated] = field(default_factory=list)


def tally(
    decisions: Decisions,
    shards: Sequence[Shard],
    references: int,
    goes: Goes,
    most: int,
    report: Progress = silent,
) -> Tally:
    """Sum up what is removed from all shards but the first ``references``.

    goes: the values of ``selection.select``. most: how many of the most repeated paragraphs to
    list. Cost: 2 us a document, and reading the shards that hold these paragraphs again.
    """
    found = Tally()
    for shard in shards[references:]:
        found.sources.setdefault(shard.name, Share())
    for number, shard in enumerate(shards[references:], references):
        share = found.sources[shard.name]
        for counts in _documents(decisions, number, goes):
            share.add(*(int(each.sum()) for each in counts[1:]))
            _add_hosts(found, decisions, *counts)
        report("sum", number + 1 - references, len(shards) - references)
    for share in found.sources.values():
        found.total.add(share.paragraphs, share.size, share.gone, share.gone_size)
    found.repeated = _repeated(decisions, shards, most)
    return found


def _documents(
    decisions: Decisions, number: int, goes: Goes
) -> Iterator[tuple[Rows, Rows, Rows, Rows, Rows]]:
    """Yield sums of documents: numbers; paragraphs and bytes; those of both that are removed."""
    begins = decisions.documents
    begin, end = decisions.begin_of(number), decisions.begin_of(number + 1)
    for start in range(begin, end, _UNIT):
        stop = min(start + _UNIT, end)
        gone = (goes[start:stop] != STAYS).astype(np.int64)
        first, last = np.searchsorted(begins, [start, stop - 1], side="right") - 1
        numbers = np.arange(first, last + 1)
        cuts = np.maximum(begins[first : last + 1].astype(np.int64) - start, 0)
        sizes = decisions.lengths[start:stop].astype(np.int64)
        columns = (np.ones(stop - start, dtype=np.int64), sizes, gone)
        sums = [np.add.reduceat(each, cuts) for each in (*columns, sizes * gone)]
        yield numbers, sums[0], sums[1], sums[2], sums[3]


def _add_hosts(found: Tally, decisions: Decisions, numbers: Rows, *sums: NDArray[np.int64]) -> None:
    for begin in range(0, len(numbers), _NAMES):
        some = slice(begin, begin + _NAMES)
        names = decisions.names(numbers[some])
        columns = [each[some].tolist() for each in sums]
        for (_, _, host), *counts in zip(names, *columns, strict=True):
            if host:
                found.hosts.setdefault(host, Share()).add(*counts)


def _repeated(decisions: Decisions, shards: Sequence[Shard], most: int) -> list[Repeated]:
    """List the paragraphs with the most copies."""
    top = _top(decisions, most)
    if not len(top):
        return []
    hosts: dict[int, set[str]] = {row: set() for row in top.tolist()}
    answer = decisions.every()
    _add_names(decisions, top, top, hosts)
    for start in range(0, len(decisions), _UNIT):
        match = answer.match[start : start + _UNIT]
        rows = np.flatnonzero(np.isin(match, top) & ~answer.kept[start : start + _UNIT])
        _add_names(decisions, rows + start, match[rows], hosts)
    texts = dict(_texts(decisions, shards, top))
    order = sorted(top.tolist(), key=lambda row: (-int(answer.copies[row]), row))
    places = decisions.places(order)
    return [
        Repeated(
            place, int(answer.copies[row]) + 1, len(hosts[row]), sorted(hosts[row])[:NAMED],
            texts.get(row, ""),
        )
        for row, place in zip(order, places, strict=True)
    ]  # fmt: skip


def _add_names(decisions: Decisions, rows: Rows, kept: Rows, hosts: dict[int, set[str]]) -> None:
    """Add the hosts of rows, or their sources if they have none, to those of the kept paragraph."""
    documents = np.searchsorted(decisions.documents, rows, side="right") - 1
    distinct, back = np.unique(documents, return_inverse=True)
    names = [host or source for source, _, host in decisions.names(distinct)]
    for row, name in zip(kept.tolist(), back.tolist(), strict=True):
        hosts[row].add(names[name])


def _top(decisions: Decisions, most: int) -> Rows:
    """Return the numbers of the kept paragraphs with the most copies; of equal ones the first."""
    top: Rows = np.empty(0, dtype=np.int64)
    copies = decisions.every().copies
    for start in range(0, len(copies), _UNIT):
        some = np.flatnonzero(copies[start : start + _UNIT]) + start
        top = np.concatenate((top, some))
        top = top[np.argsort(-copies[top].astype(np.int64), kind="stable")[:most]]
    return np.sort(top)


def _texts(decisions: Decisions, shards: Sequence[Shard], rows: Rows) -> Iterator[tuple[int, str]]:
    """Read the beginnings of some paragraphs again, by their numbers."""
    for number, shard in enumerate(shards):
        begin, end = decisions.begin_of(number), decisions.begin_of(number + 1)
        wanted = rows[(rows >= begin) & (rows < end)].tolist()
        at = begin
        for part in shard.read() if wanted else ():
            while wanted and wanted[0] < at + len(part):
                row = wanted.pop(0)
                yield row, text_of(part[row - at])[:SHOWN]
            at += len(part)
            if not wanted:
                break
