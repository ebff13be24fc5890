"""The decision on a page of paragraphs: which are stored, and which repeat what.

Knows: the steps that a store answers (``protocol``), and how its answers are passed to the kernel.
Does not know: which store answers, what time it is, the rule itself (``kernel/walk.c``).

A paragraph with the fingerprint of a stored one is an exact copy. Any other is compared with those
its buckets remember and with the kept paragraphs of the page before it, and judged, as ``find``
does, so the size of pages changes no answer. A kept paragraph goes into each of its buckets that
remembers fewer than ``CAP``. Only kept paragraphs are stored, so a near copy is decided anew each
time it comes. If a closer paragraph was kept in the meantime, the copy names that one.
"""

from __future__ import annotations

import numpy as np

from dedup import kernel
from dedup.core.candidates import CAP
from dedup.core.similarity import MOST_CELLS
from dedup.core.tokens import lay_out, tokenise
from dedup.core.walk import MOST
from dedup.found import Kind
from dedup.index import payload
from dedup.index.page import SketchedPage
from dedup.index.protocol import Fetch, Known, Look, Match, Steps, Stored, Write
from dedup.index.settings import Settings
from dedup.ragged import Ragged
from dedup.stages import judge_for, without_long

_KINDS = {int(kind): kind for kind in Kind}


def rule_of(settings: Settings) -> kernel.Rule:
    """Return the limits of the rule for an index."""
    return kernel.Rule(CAP, MOST, settings.least, MOST_CELLS, settings.threshold, False)


def decide_page(settings: Settings, page: SketchedPage, learn: bool = True) -> Steps:
    """Decide a page by steps that a store answers.

    Args:
        settings: of the index.
        page: the paragraphs.
        learn: whether new paragraphs are stored, and later ones of the page are compared with
            them. Otherwise each is compared with the index alone.

    Returns:
        A Match or None for each paragraph.

    """
    rule = rule_of(settings)
    while True:
        known = yield Look(page.prints, page.band_keys)
        assert isinstance(known, Known)
        arrivals = kernel.Arrivals(page.prints, page.band_keys, page.sketches, known.exact, learn)
        proposed = kernel.page_candidates(rule, arrivals, known.members)
        stored: object = Stored([], [])
        if len(proposed.used):
            stored = yield Fetch(known.numbers[proposed.used], known)
        if stored is False:
            continue
        assert isinstance(stored, Stored)
        texts, tokens = _laid_out(settings, page, proposed, stored)
        judge = None if texts is None else judge_for(settings.recipe)
        found = kernel.page_outcomes(rule, judge, arrivals, known.members, proposed, texts, tokens)
        if not learn or (yield _write(settings, page, known, proposed, found)) is True:
            return _matches(settings, page, known, stored, found)


def _laid_out(
    settings: Settings, page: SketchedPage, proposed: kernel.Proposed, stored: Stored
) -> tuple[kernel.Reading | None, Ragged[np.uint64]]:
    """Read the texts that may be compared: those of the page, then the stored ones.

    A text that is not compared, or is too long to be, is empty.

    Returns:
        The texts laid out for the judge, None if there is no judge; and their tokens.

    """
    if not proposed.compared.any():
        rows = len(page.keys) + len(stored.payloads)
        return None, Ragged(np.empty(0, dtype=np.uint64), np.zeros(rows + 1, dtype=np.int64))
    wanted = [
        text if compared else ""
        for text, compared in zip(page.texts, proposed.compared.tolist(), strict=True)
    ]
    if not settings.texts:
        own = payload.shortened(tokenise(without_long(wanted)))
        return None, Ragged.joined([own, payload.words_of(stored.payloads)])
    texts = without_long([*wanted, *map(payload.text_of, stored.payloads)])
    judged, characters = settings.variants != "remove", settings.recipe.tokens == "chars"
    found = lay_out(texts, units=characters, places=judged)
    return found if judged else None, found.units if characters else found.tokens


def _write(
    settings: Settings,
    page: SketchedPage,
    known: Known,
    proposed: kernel.Proposed,
    found: kernel.Outcomes,
) -> Write:
    """Make the step that stores new paragraphs and counts those that were met again."""
    kept = np.flatnonzero(found.kept)
    # Nothing is copied where all rows are kept.
    some = slice(None) if len(kept) == len(found.kept) else kept
    rows = kept.tolist()
    copies = np.flatnonzero(~found.kept)
    partner, exact = found.partner[copies], known.exact[copies]
    stored = len(proposed.used)
    near = (exact < 0) & (partner < stored)
    met = np.concatenate((exact[exact >= 0], known.numbers[proposed.used[partner[near]]]))
    again = np.searchsorted(kept, partner[partner >= stored] - stored)
    return Write(
        [page.keys[row] for row in rows],
        payload.make([page.texts[row] for row in rows], settings.texts),
        page.prints[some],
        page.band_keys[:, some],
        found.held[:, some],
        page.sketches[some],
        met,
        again,
        known,
        kept,
    )


def _matches(
    settings: Settings, page: SketchedPage, known: Known, stored: Stored, found: kernel.Outcomes
) -> list[Match | None]:
    """Say which paragraph each one repeats, or is a variant of."""
    keys = [*stored.keys, *page.keys]
    answers: list[Match | None] = []
    columns = zip(
        found.kind.tolist(), found.partner.tolist(), found.similarity.tolist(), known.keys,
        strict=True,
    )  # fmt: skip
    for kind, partner, similarity, exact in columns:
        if kind == Kind.UNIQUE or (kind == Kind.VARIANT and settings.variants == "ignore"):
            answers.append(None)
        else:
            key = keys[partner] if partner >= 0 else exact
            answers.append(Match(key, similarity, _KINDS[kind]))
    return answers
