"""The rule for a page of paragraphs, against a store: who is stored, who repeats whom.

Knows: the rule of ``core.decide``, row after row, as steps that a store answers (see ``steps``).
Does not know: which store, texts (it is handed bodies), time.

A row with the fingerprint of a stored one is an exact copy. Any other is compared with those its
buckets remember and with the kept rows of the page before it, and judged, as ``find`` does; so
pages of any size give one answer. A row that is kept goes into those of its buckets that remember
fewer than ``CAP``. Only kept rows are stored, so the words of a near copy are decided anew whenever
they come, by what is kept by then: of several kept paragraphs it may name a closer one.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core import sketch
from dedup.core.candidates import CAP, ends_of
from dedup.core.decide import JUDGED, MOST
from dedup.found import Kind
from dedup.index import bodies as wording
from dedup.index.settings import Settings
from dedup.index.steps import Answer, Known, Look, Match, Read, Step, Steps, Stored, Write

#: Rows decided at a time; so many are compared with each other in one matrix.
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
        walk = _Walk(settings, page, known, numbers, stored, row, place, learn)
        outcomes = walk.decide()
        names = yield from _names(page, known, numbers, stored, outcomes)
        if names is None:
            continue
        if not learn or (yield _write(page, known, numbers, outcomes, walk.held)) is True:
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


class _Walk:
    """A walk through one page. ``held``: bool (bands, n), which buckets remember each kept row."""

    def __init__(
        self,
        settings: Settings,
        page: Page,
        known: Known,
        numbers: Rows,
        stored: Stored,
        row: Rows,
        place: Rows,
        learn: bool,
    ) -> None:
        self._settings, self._page, self._learn = settings, page, learn
        self._stored = len(numbers)
        self._known = known.exact.tolist()
        count = len(page.names)
        self._prints = list(map(tuple, page.prints.tolist()))
        if learn:
            earlier, later = self._meetings(known.exact)
            row = np.concatenate((row, later))
            place = np.concatenate((place, earlier + self._stored))
        self._bodies = [*stored.bodies, *page.bodies]
        self._pairs = self._by_row(known, numbers, row, place)
        self._filled = np.zeros(page.keys.shape, dtype=np.int64)
        np.add.at(self._filled, (known.band, known.row), 1)
        self._roomy = int(self._filled.max(initial=0)) + count <= CAP
        self.held = np.zeros(page.keys.shape, dtype=bool)

    def _meetings(self, exact: Rows) -> tuple[Rows, Rows]:
        """List the likely pairs of the page's own rows: (earlier, later)."""
        page = self._page
        share = (page.keys[:, :, None] == page.keys[:, None, :]).any(axis=0)
        new = exact < 0
        share &= new[:, None] & new[None, :]
        earlier, later = np.nonzero(np.triu(share, 1))
        places = sketch.agreement(page.sketches[earlier], page.sketches[later])
        good = places >= self._settings.least
        good &= (page.prints[earlier] != page.prints[later]).any(axis=1)
        return earlier[good], later[good]

    def _by_row(
        self, known: Known, numbers: Rows, row: Rows, place: Rows
    ) -> dict[int, list[tuple[int, int, float]]]:
        """Compare all pairs; of each row that has some alike, all: (agreement, other, score)."""
        if not len(row):
            return {}
        settings = self._settings
        recipe = settings.recipe
        used, left, right = ends_of(place, row + self._stored)
        some = [self._bodies[k] for k in used.tolist()]
        scores = wording.compare(some, left, right, recipe.tokens, settings.texts)
        sketches = np.concatenate(
            (known.sketches[np.searchsorted(known.numbers, numbers)], self._page.sketches)
        )
        agreement = sketch.agreement(sketches[place], sketches[row + self._stored])
        alike = set(row[scores >= settings.threshold].tolist())
        found: dict[int, list[tuple[int, int, float]]] = {each: [] for each in alike}
        columns = (row.tolist(), agreement.tolist(), place.tolist(), scores.tolist())
        for at, places, other, score in zip(*columns, strict=True):
            if at in alike:
                found[at].append((places, other, score))
        return found

    def decide(self) -> list[_Outcome]:
        """Decide all rows, in rounds: what a round would have judged is judged before the next."""
        verdicts: dict[tuple[int, int], bool] = {}
        while True:
            asked: list[tuple[int, int]] = []
            outcomes = self._round(verdicts, asked)
            if not asked:
                return outcomes
            self._judge(asked, verdicts)

    def _judge(self, asked: list[tuple[int, int]], verdicts: dict[tuple[int, int], bool]) -> None:
        pairs = np.array(asked, dtype=np.int64)
        used, left, right = ends_of(pairs[:, 0], pairs[:, 1] + self._stored)
        some = [self._bodies[k] for k in used.tolist()]
        found = wording.judge(some, left, right, self._settings.recipe.tokens)
        verdicts.update(zip(asked, found.tolist(), strict=True))

    def _round(
        self, verdicts: dict[tuple[int, int], bool], asked: list[tuple[int, int]]
    ) -> list[_Outcome]:
        filled = self._filled.copy()
        self.held[:] = False
        first: dict[tuple[int, ...], int] = {}
        outcomes: list[_Outcome] = []
        for row, prints in enumerate(self._prints):
            if self._known[row] >= 0:
                outcomes.append(_Outcome(False, -1, 1.0, Kind.EXACT))
            elif self._learn and prints in first:
                outcomes.append(_Outcome(False, self._stored + first[prints], 1.0, Kind.EXACT))
            else:
                outcome = self._row(row, outcomes, verdicts, asked)
                outcomes.append(outcome)
                if outcome.kept:
                    first[prints] = row
                    self._remember(row, filled)
        return outcomes

    def _remember(self, row: int, filled: NDArray[np.int64]) -> None:
        """Put a kept row into those of its buckets that have room."""
        if self._roomy:
            self.held[:, row] = True
            return
        keys = self._page.keys
        room = filled[:, row] < CAP
        self.held[:, row] = room
        filled += (keys == keys[:, row : row + 1]) & room[:, None]

    def _row(
        self,
        row: int,
        outcomes: list[_Outcome],
        verdicts: dict[tuple[int, int], bool],
        asked: list[tuple[int, int]],
    ) -> _Outcome:
        """Decide one row that has no exact match."""
        shown = [pair for pair in self._pairs.get(row, ()) if self._shown(pair[1], row, outcomes)]
        if len(shown) > MOST:
            shown.sort(key=lambda pair: (-pair[0], pair[1]))
            del shown[MOST:]
        good = [pair for pair in shown if pair[2] >= self._settings.threshold]
        if not good:
            return _NEW
        good.sort(key=lambda pair: (-pair[2], pair[1]))
        if self._settings.variants == "remove":
            return _Outcome(False, good[0][1], good[0][2], Kind.NEAR)
        doubted = any(verdicts.get((other, row)) for _, other, _ in good)
        copy: tuple[int, float] | None = None
        for _, other, score in good[:JUDGED]:
            variant = verdicts.get((other, row))
            if variant is None:
                asked.append((other, row))
            if not variant:
                copy = copy or (other, score)
                if variant is False or not doubted:
                    break
        if copy:
            return _Outcome(False, *copy, Kind.NEAR)
        return _Outcome(True, good[0][1], good[0][2], Kind.VARIANT)

    def _shown(self, other: int, row: int, outcomes: list[_Outcome]) -> bool:
        """Say whether a bucket shows a stored row, or a kept row of the page, to this one."""
        if other < self._stored:
            return True
        before = other - self._stored
        if not outcomes[before].kept:
            return False
        keys = self._page.keys
        return self._roomy or bool((self.held[:, before] & (keys[:, before] == keys[:, row])).any())
