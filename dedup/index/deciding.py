"""The decision on a page of paragraphs: which are stored, and which repeat what.

Knows: the steps that a store answers (see ``steps``), and how its answers are handed to the kernel.
Does not know: which store, time, the rule itself (``kernel/walk.c``).

A paragraph with the fingerprint of a stored one is an exact copy. Any other is compared with those
its buckets remember and with the kept paragraphs of the page before it, and judged, as ``find``
does; so pages of any size give one answer. A paragraph that is kept goes into those of its buckets
that remember fewer than ``CAP``. Only kept paragraphs are stored, so a near copy is decided anew
whenever it comes, by what is kept by then: of several kept paragraphs it may name a closer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.candidates import CAP
from dedup.core.similarity import MOST_CELLS
from dedup.core.tokens import lay_out, tokenise
from dedup.core.walk import MOST
from dedup.found import Kind
from dedup.index import bodies as wording
from dedup.index.settings import Settings
from dedup.index.steps import Known, Look, Match, Read, Steps, Stored, Write
from dedup.ragged import Ragged
from dedup.stages import judge_for, without_long

#: Most paragraphs of a page.
BLOCK = kernel.PAGE_ROWS

_KINDS = {int(kind): kind for kind in Kind}

_NONE = np.empty(0, dtype=np.int64)


class Page(NamedTuple):
    """Paragraphs that compete, at most ``BLOCK`` of them, in order of rank.

    names: the keys their senders gave; texts; prints (n, 2), keys (bands, n), sketches (n, words).
    """

    names: Sequence[str]
    texts: Sequence[str]
    prints: NDArray[np.uint64]
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]


def rule_of(settings: Settings) -> kernel.Rule:
    """Give the limits of the rule for an index."""
    return kernel.Rule(CAP, MOST, settings.least, MOST_CELLS, settings.threshold, False)


def decide_page(settings: Settings, page: Page, learn: bool = True) -> Steps:
    """Decide a page; the steps are for a store to answer.

    learn: whether what is new is stored and met by later paragraphs of the page; otherwise each is
    asked about by itself. Returns a Match or None for each paragraph.
    """
    rule = rule_of(settings)
    while True:
        known = yield Look(page.prints, page.keys)
        assert isinstance(known, Known)
        arrivals = kernel.Arrivals(page.prints, page.keys, page.sketches, known.exact, learn)
        proposed = kernel.page_candidates(rule, arrivals, known.members)
        stored: object = Stored([], [])
        if len(proposed.used):
            stored = yield Read(known.numbers[proposed.used])
        if stored is False:
            continue
        assert isinstance(stored, Stored)
        texts, tokens = _laid_out(settings, page, proposed, stored)
        judge = None if texts is None else judge_for(settings.recipe)
        found = kernel.page_outcomes(
            rule, judge, arrivals, known.members, proposed, texts, tokens
        )  # fmt: skip
        if not learn or (yield _write(settings, page, known, proposed, found)) is True:
            return _matches(settings, page, known, stored, found)


def new_rows(settings: Settings, page: Page) -> Write:
    """Make the step that stores a whole page, no bucket chosen yet."""
    no_members = kernel.Members(_NONE, _NONE, _NONE, page.sketches[:0])
    return Write(
        page.names,
        wording.make_bodies(page.texts, settings.texts),
        page.prints,
        page.keys,
        np.zeros(page.keys.shape, dtype=bool),
        page.sketches,
        _NONE,
        _NONE,
        Known(_NONE, [], no_members, _NONE),
        np.arange(len(page.names)),
    )


def _laid_out(
    settings: Settings, page: Page, proposed: kernel.Proposed, stored: Stored
) -> tuple[kernel.Reading | None, Ragged[np.uint64]]:
    """Read the texts that may be compared: laid out for the judge if there is one, and tokens.

    Those of the page come first, then the stored ones; what isn't wanted or is too long is empty.
    """
    if not proposed.compared.any():
        rows = len(page.names) + len(stored.bodies)
        return None, Ragged(np.empty(0, dtype=np.uint64), np.zeros(rows + 1, dtype=np.int64))
    wanted = [
        text if compared else ""
        for text, compared in zip(page.texts, proposed.compared.tolist(), strict=True)
    ]
    if not settings.texts:
        own = wording.shortened(tokenise(without_long(wanted)))
        return None, Ragged.joined([own, wording.words_of(stored.bodies)])
    texts = without_long([*wanted, *map(wording.text_of_body, stored.bodies)])
    judged, characters = settings.variants != "remove", settings.recipe.tokens == "chars"
    found = lay_out(texts, units=characters, places=judged)
    return found if judged else None, found.units if characters else found.tokens


def _write(
    settings: Settings,
    page: Page,
    known: Known,
    proposed: kernel.Proposed,
    found: kernel.Outcomes,
) -> Write:
    """Make the step that stores what is new and counts what was met again."""
    kept = np.flatnonzero(found.kept)
    rows = kept.tolist()
    copies = np.flatnonzero(~found.kept)
    partner, exact = found.partner[copies], known.exact[copies]
    stored = len(proposed.used)
    near = (exact < 0) & (partner < stored)
    met = np.concatenate((exact[exact >= 0], known.numbers[proposed.used[partner[near]]]))
    again = np.searchsorted(kept, partner[partner >= stored] - stored)
    return Write(
        [page.names[row] for row in rows],
        wording.make_bodies([page.texts[row] for row in rows], settings.texts),
        page.prints[kept],
        page.keys[:, kept],
        found.held[:, kept],
        page.sketches[kept],
        met,
        again,
        known,
        kept,
    )


def _matches(
    settings: Settings, page: Page, known: Known, stored: Stored, found: kernel.Outcomes
) -> list[Match | None]:
    """Say of each paragraph what it repeats."""
    names = [*stored.names, *page.names]
    answers: list[Match | None] = []
    columns = zip(
        found.kind.tolist(), found.partner.tolist(), found.similarity.tolist(), known.names,
        strict=True,
    )  # fmt: skip
    for kind, partner, similarity, exact in columns:
        if kind == Kind.UNIQUE or (kind == Kind.VARIANT and settings.variants == "ignore"):
            answers.append(None)
        else:
            name = names[partner] if partner >= 0 else exact
            answers.append(Match(name, similarity, _KINDS[kind]))
    return answers
