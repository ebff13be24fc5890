"""A page of paragraphs, compared and decided against the paragraphs of an index.

Knows: the arrays of the functions ``dedup_page_*``. Does not know: stores.
"""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.calls import at, checked, loaded
from dedup.kernel.decision import Rule
from dedup.kernel.judgement import Judge, described_judge, laid_out
from dedup.kernel.texts import Reading
from dedup.ragged import Ragged

#: The most rows of a page.
PAGE_ROWS = 64


class Arrivals(NamedTuple):
    """The ``n`` paragraphs of a page; ``dedup_arrivals`` in ``kernel.h`` explains the fields.

    prints: uint64 (n, 2); band_keys: uint32 (bands, n); sketches: uint64 (n, words); exact: int64
    (n,); together: whether each row is also compared with the rows of the page before it.
    """

    prints: NDArray[np.uint64]
    band_keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]
    exact: NDArray[np.int64]
    together: bool


class Members(NamedTuple):
    """The stored rows that share a key with a row of the page: ``dedup_members`` in ``kernel.h``.

    row, band, place: int64 (m,); sketches: uint64 (s, words), of the stored rows.
    """

    row: NDArray[np.int64]
    band: NDArray[np.int64]
    place: NDArray[np.int64]
    sketches: NDArray[np.uint64]


class Proposed(NamedTuple):
    """The pairs of a page that are worth comparing: ``dedup_proposed`` in ``kernel.h``.

    starts: int64 (n + 1,); stored: int64 (p,), places in ``used``; agreement: uint8 (p,); used:
    int64 (u,), places of the stored rows whose texts ``page_outcomes`` needs; compared: bool (n,),
    whether it needs the text of each row of the page.
    """

    starts: NDArray[np.int64]
    stored: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    used: NDArray[np.int64]
    compared: NDArray[np.bool_]


class Outcomes(NamedTuple):
    """The outcomes of the rows of a page: ``dedup_outcomes`` in ``kernel.h``.

    kept: bool (n,); kind: uint8 (n,), see ``dedup.Kind``; held: bool (bands, n); partner: int64
    (n,), a place in ``used``, or ``len(used)`` plus a row of the page, or -1; similarity: float64
    (n,).
    """

    kept: NDArray[np.bool_]
    kind: NDArray[np.uint8]
    held: NDArray[np.bool_]
    partner: NDArray[np.int64]
    similarity: NDArray[np.float64]


def page_candidates(rule: Rule, page: Arrivals, members: Members) -> Proposed:
    """List the pairs of a page and stored rows that are worth comparing.

    See ``dedup_page_candidates`` in ``kernel.h``. Cost: some 10 us, and 10 ns for each member and
    each pair of rows of the page.
    """
    count, room = len(page.exact), len(members.row)
    found = Proposed(
        np.empty(count + 1, dtype=np.int64), np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.uint8), np.empty(room, dtype=np.int64),
        np.empty(count, dtype=np.bool_),
    )  # fmt: skip
    out = _described_proposed(found)
    pairs = checked(
        loaded().dedup_page_candidates(
            byref(c.Rule(*rule)), byref(_described_page(page)), byref(_described_members(members)),
            byref(out),
        )
    )  # fmt: skip
    return found._replace(
        stored=found.stored[:pairs], agreement=found.agreement[:pairs],
        used=found.used[: out.used_count],
    )  # fmt: skip


def page_outcomes(
    rule: Rule,
    judge: Judge | None,
    page: Arrivals,
    members: Members,
    proposed: Proposed,
    texts: Reading | None,
    tokens: Ragged[np.uint64],
) -> Outcomes:
    """Decide a page: see ``dedup_page_decide`` in ``kernel.h``.

    texts: the texts of the page and then those of the stored rows, laid out for the judge; tokens:
    the tokens of the same texts. Cost: some 20 us, and 1 us for each pair that is compared or
    judged.
    """
    count, bands = len(page.exact), len(page.band_keys)
    found = Outcomes(
        np.empty(count, dtype=np.bool_), np.empty(count, dtype=np.uint8),
        np.empty((bands, count), dtype=np.bool_), np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.float64),
    )  # fmt: skip
    out = c.Outcomes(
        at(found.kept), at(found.kind), at(found.held), at(found.partner),
        at(found.similarity),
    )  # fmt: skip
    checked(
        loaded().dedup_page_decide(
            byref(c.Rule(*rule)), None if judge is None else byref(described_judge(judge)),
            byref(_described_page(page)), byref(_described_members(members)),
            byref(_described_proposed(proposed)),
            None if texts is None else byref(laid_out(texts)), at(tokens.values),
            len(tokens.values), at(tokens.starts), byref(out),
        )
    )  # fmt: skip
    return found


def _described_page(page: Arrivals) -> c.Arrivals:
    return c.Arrivals(
        len(page.exact), at(page.prints), at(page.band_keys), len(page.band_keys),
        at(page.sketches), page.sketches.shape[1], at(page.exact), page.together,
    )  # fmt: skip


def _described_members(members: Members) -> c.Members:
    return c.Members(
        at(members.row), at(members.band), at(members.place), len(members.row),
        at(members.sketches), len(members.sketches),
    )  # fmt: skip


def _described_proposed(proposed: Proposed) -> c.Proposed:
    return c.Proposed(
        at(proposed.starts), at(proposed.stored), at(proposed.agreement), at(proposed.used),
        len(proposed.used), at(proposed.compared),
    )  # fmt: skip
