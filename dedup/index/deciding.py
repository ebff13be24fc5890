"""The rule for a page of paragraphs, against a store: who is stored, who repeats whom.

Knows: the steps that a store answers (see ``steps``), and how its answers are handed to the walk of
``core.walk``. Does not know: which store, texts (it is handed bodies), time.

A row with the fingerprint of a stored one is an exact copy. Any other is compared with those its
buckets remember and with the kept rows of the page before it, and judged, as ``find`` does; so
pages of any size give one answer. A row that is kept goes into those of its buckets that remember
fewer than ``CAP``. Only kept rows are stored, so the words of a near copy are decided anew whenever
they come, by what is kept by then: of several kept paragraphs it may name a closer one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core import sketch
from dedup.core.candidates import CAP, ends_of
from dedup.core.walk import COPY, MOST, UNKNOWN, Decision, RankRange, Walk
from dedup.found import Kind
from dedup.index import bodies as wording
from dedup.index.settings import Settings
from dedup.index.steps import Answer, Known, Look, Match, Read, Step, Steps, Stored, Write
from dedup.kernel import Reading
from dedup.pages import page_of
from dedup.ragged import Ragged
from dedup.stages import judge_for

#: Rows decided at a time.
BLOCK = 64

Rows = NDArray[np.int64]


class Page(NamedTuple):
    """Paragraphs that compete, at most ``BLOCK`` of them, in order of rank.

    names: the keys their senders gave; bodies, prints (n, 2), keys (bands, n), sketches (n, words).
    """

    names: Sequence[str]
    bodies: Sequence[bytes]
    prints: NDArray[np.uint64]
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]


class _Outcome(NamedTuple):
    """What became of a row: whether it is kept, its partner (-1: none), score and kind."""

    kept: bool
    partner: int
    score: float
    kind: Kind


_NEW = _Outcome(True, -1, 1.0, Kind.UNIQUE)


def decide_page(settings: Settings, page: Page, learn: bool = True) -> Steps:
    """Decide a page; the steps are for a store to answer.

    learn: whether what is new is stored and met by later rows of the page; otherwise every row is
    asked about by itself. Returns a Match or None for each row.
    """
    while True:
        known = yield Look(page.prints, page.keys)
        assert isinstance(known, Known)
        numbers, row, place = _likely(settings, page, known)
        stored: object = Stored([], [])
        if len(numbers):
            stored = yield Read(numbers, True)
        if stored is False:
            continue
        assert isinstance(stored, Stored)
        rows = _Rows(settings, page, numbers, known, stored)
        outcomes, held = _decide(settings, page, known, rows, row, place, learn)
        names = yield from _names(page, known, numbers, stored, outcomes)
        if names is None:
            continue
        if not learn or (yield _write(page, known, numbers, outcomes, held)) is True:
            return [
                _match(settings, each, name) for each, name in zip(outcomes, names, strict=True)
            ]


def new_rows(page: Page) -> Write:
    """Make the step that stores a whole page, no bucket chosen yet."""
    none = np.empty(0, dtype=np.int64)
    known = Known(none, none, none, none, none, page.sketches[:0])
    held = np.zeros(page.keys.shape, dtype=bool)
    return Write(
        page.names, page.bodies, page.prints, page.keys, held, page.sketches, none, none, known,
        np.arange(len(page.names)),
    )  # fmt: skip


def _likely(settings: Settings, page: Page, known: Known) -> tuple[Rows, Rows, Rows]:
    """List the stored rows worth comparing: (numbers, row, place among the numbers of each)."""
    count = len(known.numbers)
    wanted = known.exact[known.row] < 0
    codes = np.unique(
        known.row[wanted] * count + np.searchsorted(known.numbers, known.number[wanted])
    )
    row, at = np.divmod(codes, max(count, 1))
    agreement = sketch.agreement(known.sketches[at], page.sketches[row]).astype(np.int64)
    good = agreement >= settings.least
    row, at, agreement = row[good], at[good], agreement[good]
    if len(row) > MOST:
        order = np.lexsort((at, -agreement, row))
        first = np.searchsorted(row[order], row[order])
        few = np.sort(order[np.arange(len(order)) - first < MOST])
        row, at = row[few], at[few]
    places, place = np.unique(at, return_inverse=True)
    return known.numbers[places], row, place


def _names(
    page: Page, known: Known, numbers: Rows, stored: Stored, outcomes: Sequence[_Outcome]
) -> Generator[Step, Answer, list[str] | None]:
    """Look up the key of every row's partner; None where one has gone."""
    names: list[str] = [""] * len(outcomes)
    unread = []
    for row, each in enumerate(outcomes):
        if each.kind == Kind.EXACT and known.exact[row] >= 0:
            unread.append(row)
        elif each.partner >= len(numbers):
            names[row] = page.names[each.partner - len(numbers)]
        elif each.partner >= 0:
            names[row] = stored.names[each.partner]
    if unread:
        found = yield Read(known.exact[unread], False)
        if found is False:
            return None
        assert isinstance(found, Stored)
        for row, name in zip(unread, found.names, strict=True):
            names[row] = name
    return names


def _write(
    page: Page, known: Known, numbers: Rows, outcomes: Sequence[_Outcome], held: NDArray[np.bool_]
) -> Step:
    """Make the step that stores what is new."""
    kept = [row for row, each in enumerate(outcomes) if each.kept]
    place = {row: k for k, row in enumerate(kept)}
    met, again = [], []
    for row, each in enumerate(outcomes):
        if each.kept:
            continue
        if known.exact[row] >= 0:
            met.append(int(known.exact[row]))
        elif each.partner < len(numbers):
            met.append(int(numbers[each.partner]))
        else:
            again.append(place[each.partner - len(numbers)])
    return Write(
        [page.names[row] for row in kept],
        [page.bodies[row] for row in kept],
        page.prints[kept],
        page.keys[:, kept],
        held[:, kept],
        page.sketches[kept],
        np.array(met, dtype=np.int64),
        np.array(again, dtype=np.int64),
        known,
        np.array(kept, dtype=np.int64),
    )


def _match(settings: Settings, outcome: _Outcome, name: str) -> Match | None:
    if outcome.kind == Kind.UNIQUE:
        return None
    if outcome.kind == Kind.VARIANT and settings.variants == "ignore":
        return None
    return Match(name, outcome.score, outcome.kind)


class _Decided(NamedTuple):
    """What was decided of a page. held: bool (bands, n), which buckets remember each kept row."""

    outcomes: list[_Outcome]
    held: NDArray[np.bool_]


class _Rows:
    """What the walk has to know of a page's rows and of the stored ones that are worth comparing.

    Numbers: the stored rows in their order, then one that is like nobody, with which buckets are
    filled that remember stored rows, then the page's rows.
    """

    def __init__(
        self, settings: Settings, page: Page, numbers: Rows, known: Known, stored: Stored
    ) -> None:
        self._settings = settings
        self.first = len(numbers) + 1
        self._bodies = [*stored.bodies, b"", *page.bodies]
        nobody = np.zeros((1, page.sketches.shape[1]), dtype=np.uint64)
        stored_ones = known.sketches[np.searchsorted(known.numbers, numbers)]
        stored_ones = stored_ones.reshape(len(numbers), nobody.shape[1])
        self._sketches = np.concatenate((stored_ones, nobody, page.sketches))

    def compare(self, i: Rows, j: Rows) -> NDArray[np.float64]:
        used, left, right = ends_of(i, j)
        settings = self._settings
        return wording.compare(self._of(used), left, right, settings.recipe.tokens, settings.texts)

    def sketches(self, rows: Rows) -> NDArray[np.uint64]:
        return self._sketches[rows]

    def sequences(self, rows: Rows) -> Ragged[np.uint64]:
        return wording.sequences(self._of(rows), self._settings.recipe.tokens, self._settings.texts)

    def page(self, rows: Rows) -> Reading:
        return page_of([*map(wording.text_of_body, self._of(rows))])

    def sizes(self, rows: Rows) -> Rows:
        return np.fromiter(map(len, self._of(rows)), dtype=np.int64, count=len(rows))

    def _of(self, rows: Rows) -> list[bytes]:
        return [self._bodies[row] for row in rows.tolist()]


def _decide(
    settings: Settings,
    page: Page,
    known: Known,
    rows: _Rows,
    row: Rows,
    place: Rows,
    learn: bool,
) -> _Decided:
    """Walk through a page; row, place: its pairs with stored rows that are worth comparing."""
    count, first = len(page.names), rows.first
    new = np.flatnonzero(known.exact < 0)
    earlier, later = place, first + row
    agreement = sketch.agreement(rows.sketches(earlier), rows.sketches(later))
    scores = rows.compare(earlier, later) if len(earlier) else np.empty(0)
    verdicts = np.full(len(earlier), UNKNOWN, dtype=np.uint8)
    member, bucket, band, filled = _memberships(page, known, new if learn else new[:0])
    if learn:
        # A row with the words of a kept one repeats that, whatever the buckets remember.
        head, again = _same_words(page.prints, new)
        earlier, later = (np.concatenate(each) for each in (
            (earlier, first + head), (later, first + again)
        ))  # fmt: skip
        agreement = np.concatenate((agreement, np.full(len(head), 255, dtype=np.uint8)))
        scores = np.concatenate((scores, np.ones(len(head))))
        verdicts = np.concatenate((verdicts, np.full(len(head), COPY, dtype=np.uint8)))
    order = np.lexsort((earlier, later))
    walk = Walk(
        first + count, len(filled), rows, settings.least, settings.threshold,
        judge_for(settings.recipe) if settings.variants != "remove" else None, nobody=first - 1,
    )  # fmt: skip
    memory = walk.memory
    memory.remembered[:] = first - 1
    memory.filled[:] = memory.met[:] = filled
    found = walk.take(
        RankRange(
            first, first + count, first + new, earlier[order], later[order], scores[order],
            first + member, bucket, verdicts[order], agreement[order],
        )
    )  # fmt: skip
    held = np.zeros(page.keys.shape, dtype=bool)
    slots = np.arange(CAP)
    put = np.nonzero((slots >= filled[:, None]) & (slots < memory.filled[:, None]))
    held[band[put[0]], memory.remembered[put].astype(np.int64) - first] = True
    return _Decided([*_outcomes(page, known, found, first)], held)


def _outcomes(page: Page, known: Known, found: Decision, first: int) -> Iterator[_Outcome]:
    """Say what became of each row; a partner of the page counts behind the stored ones."""
    stored = first - 1
    columns = (known.exact, found.kept, found.match, found.similarity)
    for row, (exact, kept, match, score) in enumerate(
        zip(*(each.tolist() for each in columns), strict=True)
    ):
        partner = match if match < stored else match - 1
        if exact >= 0:
            yield _Outcome(False, -1, 1.0, Kind.EXACT)
        elif match == first + row:
            yield _NEW
        elif kept:
            yield _Outcome(True, partner, score, Kind.VARIANT)
        else:
            same = match >= first and (page.prints[match - first] == page.prints[row]).all()
            yield _Outcome(False, partner, score, Kind.EXACT if same else Kind.NEAR)


def _memberships(page: Page, known: Known, rows: Rows) -> tuple[Rows, Rows, Rows, Rows]:
    """List in which buckets rows of a page are.

    Returns row and bucket of each membership, by row; the band of each bucket, and how many stored
    rows it remembers, which are shown as pairs.
    """
    bands = len(page.keys)
    keys = page.keys[:, rows].T.astype(np.int64) | np.arange(bands) << 32
    buckets, first, bucket = np.unique(keys.ravel(), return_index=True, return_inverse=True)
    stored = np.zeros(page.keys.shape, dtype=np.int64)
    np.add.at(stored, (known.band, known.row), 1)
    filled = np.minimum(stored[:, rows].T.ravel()[first], CAP)
    return np.repeat(rows, bands), bucket.ravel(), buckets >> 32, filled


def _same_words(prints: NDArray[np.uint64], rows: Rows) -> tuple[Rows, Rows]:
    """List the pairs of rows with one fingerprint: (earlier, later)."""
    _, group = np.unique(prints[rows], axis=0, return_inverse=True)
    same = group.ravel()[:, None] == group.ravel()
    earlier, later = np.nonzero(np.triu(same, 1))
    return rows[earlier], rows[later]
