"""Which paragraphs of each document are removed: by the decision and the policy, or by a plan.

Knows: the decision, the policy, documents and hosts. Does not know: texts, how they are cut, the
files that are written.

``select`` applies the policy once to all paragraphs and writes a file with one byte for each. A
policy can keep a copy or remove more; it never makes another paragraph the kept one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.dump.removal import (
    BOILERPLATE,
    DOCUMENT,
    NOTHING,
    Chosen,
    Going,
    Place,
    Removal,
    Spans,
    misplaced,
    name_of,
    reasons,
)
from dedup.options import Policy
from dedup.paragraph import Paragraph
from dedup.scale import Decisions

#: Paragraphs whose places are read at once, and paragraphs that a policy is applied to at once.
_TOGETHER, _UNIT = 5_000, 1 << 18

#: Why a paragraph is removed: it is a copy, it is the kept paragraph of boilerplate, or the whole
#: document is removed.
STAYS, COPY, FIRST, REST = range(4)

#: Is added to the reason if the whole document is removed.
WHOLE = 4

#: Bytes of memory for each repeated paragraph while its pages are counted.
_COUNTED = 64

#: The least number of pages of a host on which its boilerplate stands.
LEAST_PAGES = 2

Rows = NDArray[np.int64]
Goes = NDArray[np.uint8]


class Selection(Protocol):
    """Says which paragraphs of each document of a file are removed, in the order of reading."""

    def going(self, paragraphs: Sequence[Paragraph], continued: bool = False) -> list[Going]:
        """Say which paragraphs of the next document go, in order, by their place in the list.

        continued: whether these are more paragraphs of the document before.
        """

    def together(self, count: int) -> Chosen | None:
        """Say which of the next ``count`` paragraphs go, those of several whole documents.

        Returns None if it must be asked for each document by ``going``.
        """
        return None

    def finish(self) -> None:
        """Make sure that every paragraph to remove was met. Raises InputError."""


def select(decisions: Decisions, policy: Policy, references: int, path: Path, memory: int) -> None:
    """Write to a file, for every paragraph, why it is removed or that it stays: uint8 (n,).

    references: the number of shards at the beginning that are never changed. memory: bytes for
    counting the pages of hosts. Cost: a few passes over the columns of the answer; 2 us a document
    more with ``min_share``.
    """
    _Selecting(decisions, policy, references, path).run(memory)


def read_goes(path: Path) -> Goes:
    """Map the file that ``select`` wrote."""
    return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)


class _Selecting:
    """The steps of ``select``."""

    def __init__(self, decisions: Decisions, policy: Policy, references: int, path: Path) -> None:
        self._decisions, self._policy, self._path = decisions, policy, path
        self._count = len(decisions)
        self._begin = decisions.begin_of(references)
        self._answer = decisions.every()
        self._marks = decisions.marks
        self._starts = np.append(decisions.documents, self._count).astype(np.int64)

    def run(self, memory: int) -> None:
        """Apply every part of the policy."""
        if not self._count:
            self._path.write_bytes(b"")
            return
        self._goes = np.memmap(self._path, np.uint8, "w+", shape=(self._count,))
        for start, stop in self._units():
            self._goes[start:stop] = self._copies(start, stop)
        if self._policy.min_share is not None:
            self._keep_rare(self._policy.min_share, memory)
        if self._policy.drop_documents is not None:
            self._drop_documents(self._policy.drop_documents)
        self._goes.flush()

    def _units(self) -> Iterator[tuple[int, int]]:
        """Divide the paragraphs into stretches of whole documents."""
        cuts = np.searchsorted(self._starts, np.arange(0, self._count, _UNIT), side="right") - 1
        edges = np.unique(np.append(self._starts[cuts], self._count))
        yield from pairwise(edges.tolist())

    def _document_of(self, rows: Rows) -> Rows:
        found: Rows = np.searchsorted(self._starts, rows, side="right") - 1
        return found

    def _copies(self, start: int, stop: int) -> Goes:
        """Select copies by what is known of each and of its kept paragraph alone."""
        policy, answer = self._policy, self._answer
        kept, match = answer.kept[start:stop], answer.match[start:stop]
        goes = np.where(kept, STAYS, COPY).astype(np.uint8)
        if policy.boilerplate == "drop":
            goes[kept & (answer.copies[start:stop] > 0)] = FIRST
        if policy.min_copies > 2:
            some = np.flatnonzero(goes)
            partner = np.where(kept[some], some + start, match[some])
            goes[some[answer.copies[partner] < policy.min_copies - 1]] = STAYS
        if policy.scope == "across":
            some = np.flatnonzero(goes)
            same = self._document_of(some + start) == self._document_of(match[some])
            goes[some[same]] = STAYS
        if self._marks is not None:
            goes[self._marks[start:stop]] = STAYS
        goes[: max(self._begin - start, 0)] = STAYS
        return goes

    # -- boilerplate of hosts

    def _keep_rare(self, share: float, memory: int) -> None:
        """Keep the paragraphs that stand on fewer than a share of the pages of their host."""
        hosts = self._hosts()
        pages = np.bincount(hosts)
        least = np.maximum(np.ceil(share * pages - 1e-9), LEAST_PAGES).astype(np.int64)
        for low, high in self._ranges(memory):
            common = self._common(low, high, hosts, least)
            for start, stop in self._units():
                rows, keys = self._keys(start, stop, low, high, hosts)
                rare = ~_is_in(keys, common)
                self._goes[rows[rare]] = STAYS

    def _hosts(self) -> Rows:
        """Number the host of every document, or its file if it has no host."""
        numbers: dict[str, int] = {}
        hosts = np.empty(len(self._starts) - 1, dtype=np.int64)
        for begin in range(0, len(hosts), _TOGETHER):
            some = np.arange(begin, min(begin + _TOGETHER, len(hosts)))
            names = self._decisions.names(some)
            hosts[some] = [
                numbers.setdefault(host or source, len(numbers)) for source, _, host in names
            ]
        return hosts

    def _ranges(self, memory: int) -> Iterator[tuple[int, int]]:
        """Divide the kept paragraphs so that the copies of those in one part fit in memory."""
        most = max(memory // _COUNTED, 1)
        low = held = 0
        for start in range(0, self._count, _UNIT):
            own = int(self._answer.copies[start : start + _UNIT].sum())
            if held and held + own > most:
                yield low, start
                low, held = start, 0
            held += own
        yield low, self._count

    def _keys(self, start: int, stop: int, low: int, high: int, hosts: Rows) -> tuple[Rows, Rows]:
        """Return the repeated paragraphs of a stretch, with a key of kept paragraph and host."""
        answer = self._answer
        kept = answer.kept[start:stop]
        repeated = ~kept | (answer.copies[start:stop] > 0)
        rows = np.flatnonzero(repeated) + start
        # A variant is kept, so it stands for itself and not for its match.
        match = np.where(kept[rows - start], rows, answer.match[rows])
        here = (match >= low) & (match < high)
        rows, match = rows[here], match[here]
        return rows, match * (int(hosts.max()) + 1) + hosts[self._document_of(rows)]

    def _common(self, low: int, high: int, hosts: Rows, least: Rows) -> Rows:
        """List the keys, rising, of kept paragraphs that stand on enough pages of a host."""
        width = int(hosts.max()) + 1
        keys, counts = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        for start, stop in self._units():
            rows, found = self._keys(start, stop, low, high, hosts)
            # A page counts once, however often the paragraph stands on it.
            documents = self._document_of(rows)
            order = np.lexsort((documents, found))
            found, documents = found[order], documents[order]
            fresh = np.ones(len(found), dtype=bool)
            fresh[1:] = (found[1:] != found[:-1]) | (documents[1:] != documents[:-1])
            joined = np.concatenate((keys, found[fresh]))
            added = np.concatenate((counts, np.ones(int(fresh.sum()), dtype=np.int64)))
            keys, where = np.unique(joined, return_inverse=True)
            counts = np.bincount(where, weights=added, minlength=len(keys)).astype(np.int64)
        return keys[counts >= least[keys % width]]

    # -- documents that are copies

    def _drop_documents(self, share: float) -> None:
        """Remove whole documents that lose at least such a share of their words."""
        needed = self._needed_elsewhere()
        words, goes = self._decisions.words, self._goes
        for start, stop in self._units():
            first, last = self._document_of(np.array([start, stop - 1])).tolist()
            cuts = self._starts[first : last + 1] - start
            own = words[start:stop].astype(np.int64)
            gone = goes[start:stop] != STAYS
            holds = needed[start:stop] & ~gone
            if self._marks is not None:
                holds |= self._marks[start:stop]
            total, lost = np.add.reduceat(own, cuts), np.add.reduceat(own * gone, cuts)
            whole = (lost >= share * total - 1e-9) & (lost > 0)
            whole &= ~np.logical_or.reduceat(holds, cuts)
            sizes = np.diff(self._starts[first : last + 2])
            mine = np.flatnonzero(np.repeat(whole, sizes)) + start
            goes[mine] = np.where(goes[mine] == STAYS, REST, goes[mine]) | WHOLE

    def _needed_elsewhere(self) -> NDArray[np.bool_]:
        """Mark the kept paragraphs whose copies are removed from other documents: bool (n,)."""
        needed = np.zeros(self._count, dtype=bool)
        for start, stop in self._units():
            rows = np.flatnonzero(self._goes[start:stop] == COPY) + start
            match = self._answer.match[rows]
            needed[match[self._document_of(rows) != self._document_of(match)]] = True
        return needed


def _is_in(keys: Rows, known: Rows) -> NDArray[np.bool_]:
    """Mark the keys that are among the known ones, which must rise."""
    place = np.searchsorted(known, keys)
    found = np.zeros(len(keys), dtype=bool)
    inside = place < len(known)
    found[inside] = known[place[inside]] == keys[inside]
    return found


#: Why a paragraph goes: the fields of ``Going`` but the first.
_Why = tuple[float, str, Place | None, bool]


class Decided(Selection):
    """The selection of one shard by the decision of a job. goes: the values of ``select``.

    Why paragraphs go is read for ``_TOGETHER`` of them at a time.
    """

    def __init__(self, decisions: Decisions, shard: int, goes: Goes) -> None:
        self._decisions = decisions
        self._answer = decisions.of_shard(shard)
        self._goes = goes[decisions.begin_of(shard) : decisions.begin_of(shard + 1)]
        self._rows = np.flatnonzero(self._goes)
        self._read = self._taken = 0  # paragraphs, and those of them that go
        self._why: tuple[int, list[_Why]] = (-1, [])
        self._reasons: tuple[int, Spans] = (-1, NOTHING.reasons)

    def going(self, paragraphs: Sequence[Paragraph], continued: bool = False) -> list[Going]:
        """Say which paragraphs of the next document go, in order, by their place in the list."""
        first = self._read
        low, high = self._take(len(paragraphs))
        found: list[Going] = []
        for part, begin, end in _parts(low, high):
            if self._why[0] != part:
                self._why = part, [*self._read_why(_rows_of(self._rows, part))]
            why = self._why[1][begin:end]
            rows = self._rows[part * _TOGETHER + begin : part * _TOGETHER + end].tolist()
            found += [Going(row - first, *each) for row, each in zip(rows, why, strict=True)]
        return found

    def together(self, count: int) -> Chosen | None:
        """See ``Selection``: None if one of the documents goes whole, or without a partner."""
        first, low = self._read, self._taken
        high = int(np.searchsorted(self._rows, first + count))
        rows = self._rows[low:high]
        if (self._goes[rows] != COPY).any():
            return None
        self._take(count)
        if not len(rows):
            return NOTHING
        found: list[Spans] = []
        for part, begin, end in _parts(low, high):
            if self._reasons[0] != part:
                self._reasons = part, self._read_reasons(_rows_of(self._rows, part))
            raw, begins, ends = self._reasons[1]
            found.append(Spans(raw, begins[begin:end], ends[begin:end]))
        return Chosen(rows - first, Spans.joined(found))

    def _take(self, count: int) -> tuple[int, int]:
        """Go on by so many paragraphs; say which of those that go are among them."""
        self._read += count
        before, self._taken = self._taken, int(np.searchsorted(self._rows, self._read))
        return before, self._taken

    def _read_why(self, rows: Rows) -> Iterator[_Why]:
        answer, why = self._answer, self._goes[rows]
        columns = (
            (why % WHOLE).tolist(),
            (why >= WHOLE).tolist(),
            answer.similarity[rows].tolist(),
            answer.kind[rows].tolist(),
            self._decisions.places(answer.match[rows]),
        )
        for reason, whole, similarity, kind, place in zip(*columns, strict=True):
            if reason == COPY:
                yield similarity, name_of(kind), place, whole
            else:
                yield 0.0, BOILERPLATE if reason == FIRST else DOCUMENT, None, whole

    def _read_reasons(self, rows: Rows) -> Spans:
        answer = self._answer
        homes, home, lines = self._decisions.homes(answer.match[rows])
        return reasons(answer.similarity[rows], answer.kind[rows], homes, home, lines)

    def finish(self) -> None:
        """Do nothing: the paragraphs were counted when they were decided."""


def _parts(low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Divide a range into parts of ``_TOGETHER``: the number of each, and the range inside it."""
    while low < high:
        part, begin = divmod(low, _TOGETHER)
        end = min(_TOGETHER, begin + high - low)
        yield part, begin, end
        low += end - begin


def _rows_of(rows: Rows, part: int) -> Rows:
    return rows[part * _TOGETHER : (part + 1) * _TOGETHER]


class Listed(Protocol):
    """An entry of a list of removals: a paragraph by its document and its number in it."""

    @property
    def document(self) -> int:
        """The number of its document in the file."""

    @property
    def paragraph(self) -> int:
        """Its number in the document."""


Entry = TypeVar("Entry", bound=Listed)


class InOrder(Generic[Entry]):
    """Hands out the entries of one file document by document; both come in the same order."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._rest = entries
        self.next = next(self._rest, None)
        self._document = -1
        self._before = self._after = 0  # paragraphs of the document before these, and with them

    def of_next(
        self, paragraphs: Sequence[Paragraph], continued: bool
    ) -> Iterator[tuple[Entry, int, Paragraph | None]]:
        """Yield the entries of the next paragraphs, each with its position and its paragraph.

        The paragraph is None for an entry whose document has already passed. An entry beyond these
        paragraphs waits for the next paragraphs of the document; if none come, it is yielded with
        None later.
        """
        self._document += not continued
        self._before = self._after if continued else 0
        self._after = self._before + len(paragraphs)
        while (entry := self.next) is not None and entry.document <= self._document:
            at = entry.paragraph - self._before
            if entry.document == self._document and at >= len(paragraphs):
                break
            passed = entry.document < self._document or at < 0
            yield entry, at, None if passed else paragraphs[at]
            self.next = next(self._rest, None)


class Planned(Selection):
    """The selection of one file by a plan: removals in order, each with its text."""

    def __init__(self, removals: Iterator[Removal], path: Path) -> None:
        self._removals = InOrder(removals)
        self._path = path

    def going(self, paragraphs: Sequence[Paragraph], continued: bool = False) -> list[Going]:
        """Say which paragraphs of the next document go. Raises InputError if texts differ."""
        found: list[Going] = []
        for each, at, here in self._removals.of_next(paragraphs, continued):
            if here is None or here.text != each.text or (found and found[-1].paragraph >= at):
                raise misplaced(each, str(self._path))
            found.append(Going(at, each.similarity, each.kind, each.kept, each.dropped))
        return found

    def finish(self) -> None:
        """Make sure that every line of the plan was used. Raises InputError."""
        if self._removals.next is not None:
            raise misplaced(self._removals.next, str(self._path))
