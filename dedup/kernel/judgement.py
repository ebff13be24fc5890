"""Pairs to scores: which are variants.

Knows: the arrays of ``dedup_judge``. Does not know: what a reading weighs (``core.weights``).
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.calls import at, checked, loaded
from dedup.kernel.texts import Reading

#: The number of readings, and of features: first a feature for each reading, then the features of a
#: pair as a whole.
READINGS, FEATURES = 27, 35


class Lexicon(NamedTuple):
    """Hashes of the words that the judge looks up: ``dedup_lexicon`` in ``kernel.h``.

    functions, negations, numerals: uint64, each list sorted; numeral_values: int64, the numbers
    that the numerals mean.
    """

    functions: NDArray[np.uint64]
    negations: NDArray[np.uint64]
    numerals: NDArray[np.uint64]
    numeral_values: NDArray[np.int64]


class Judge(NamedTuple):
    """How to judge pairs; ``dedup_judge`` in ``kernel.h`` explains the fields.

    weights: int32 (FEATURES,), in tenths; replaced, facts, edits: a bit for each reading.
    """

    lexicon: Lexicon
    weights: NDArray[np.int32]
    replaced: int
    facts: int
    edits: int
    border: int
    most_cells: int
    noisy: bool


class Judged(NamedTuple):
    """The judgements of ``m`` pairs.

    scores: int64 (m,), in 640ths; features: int64 (m, FEATURES), in 64ths; stretches: int64 (s, 4),
    the first token and the token after the last, in the left text and then in the right one;
    readings: uint8 (s,); starts: int64 (m + 1,), the first stretch of each pair.
    """

    scores: NDArray[np.int64]
    features: NDArray[np.int64]
    stretches: NDArray[np.int64]
    readings: NDArray[np.uint8]
    starts: NDArray[np.int64]


def judge_scores(
    page: Reading, judge: Judge, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Score the pairs ``left[k], right[k]`` of a page's texts: int64 (m,), in 640ths.

    Two texts without a difference get the lowest number of int64. Cost: 3 us a pair of paragraphs.
    """
    scores = np.empty(len(left), dtype=np.int64)
    _judge(page, judge, left, right, c.Judged(at(scores), None, None, None, None, 0))
    return scores


def judge_whole(
    page: Reading, judge: Judge, left: NDArray[np.int64], right: NDArray[np.int64]
) -> Judged:
    """Score pairs, and give the features of each pair and its stretches with their readings."""
    count, lengths = len(left), page.tokens.lengths
    room = int((lengths[left] + lengths[right]).sum())
    found = Judged(
        np.empty(count, dtype=np.int64), np.empty((count, FEATURES), dtype=np.int64),
        np.empty((room, 4), dtype=np.int64), np.empty(room, dtype=np.uint8),
        np.empty(count + 1, dtype=np.int64),
    )  # fmt: skip
    out = c.Judged(
        at(found.scores), at(found.features), at(found.stretches), at(found.readings),
        at(found.starts), room,
    )  # fmt: skip
    many = _judge(page, judge, left, right, out)
    return found._replace(stretches=found.stretches[:many], readings=found.readings[:many])


def _judge(
    page: Reading, judge: Judge, left: NDArray[np.int64], right: NDArray[np.int64], out: c.Judged
) -> int:
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    return checked(
        loaded().dedup_judge(
            byref(laid_out(page)), byref(described_judge(judge)), at(left), at(right), 0,
            len(left), byref(out),
        )
    )  # fmt: skip


def laid_out(page: Reading) -> c.Page:
    """Make the kernel's structure of texts that were laid out."""
    return c.Page(
        at(page.normal.values), at(page.cased), at(page.normal.starts), at(page.tokens.values),
        at(page.tokens.starts), at(page.begin), at(page.end), len(page.tokens.starts) - 1,
    )  # fmt: skip


def described_judge(judge: Judge) -> c.Judge:
    """Make the kernel's structure of a judge."""
    lists = judge.lexicon
    lexicon = c.Lexicon(
        at(lists.functions), at(lists.negations), at(lists.numerals), at(lists.numeral_values),
        len(lists.functions), len(lists.negations), len(lists.numerals),
    )  # fmt: skip
    return c.Judge(
        ctypes.pointer(lexicon), at(judge.weights), judge.replaced, judge.facts, judge.edits,
        judge.border, judge.most_cells, judge.noisy,
    )  # fmt: skip
