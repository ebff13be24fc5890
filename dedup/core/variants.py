"""Edited copy or variant: whether the words that differ in two similar texts state other facts.

Knows: how to pass pairs to the kernel's judge, how its score becomes a probability and a verdict,
how to word a judgement for people. Does not know: how a stretch is read (``kernel/judge.c``), the
weight of a reading (``weights``), who proposed the pair, other texts. The answer depends on the two
texts alone and not on their order, so a batch, a stream and a cluster agree.

The judge does not understand meaning. It takes a synonym of a word for another fact, and mostly
takes a fact that is only added for an edit. It does not see characters that are not part of words,
such as currency signs and minus.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.alignment import MOST_CELLS
from dedup.core.candidates import ends_of
from dedup.core.lexicon import lexicon
from dedup.core.tokens import lay_out
from dedup.core.weights import (
    EDITS,
    FACTS,
    READINGS,
    REPLACED,
    SLOPE,
    VARIANTS_AT,
    WHOLE,
)

#: The unit of the kernel's scores: so many make a tenth, the unit of the weights.
_PARTS = 64

#: The most pairs that are judged at a time, and the most characters of their texts.
_CHUNK, _CHARACTERS = 1000, 1 << 21

Rows = NDArray[np.int64]


class Difference(NamedTuple):
    """A stretch in which two texts differ.

    before, after: the words of each text; rule: the name of the reading; weight: above 0 it speaks
    for a variant, below 0 for an edited copy; a weight of 1 multiplies the odds by 3.
    """

    before: str
    after: str
    rule: str
    weight: float


class Judgement(NamedTuple):
    """Whether a pair is a variant, how probable that is, and why.

    reason: the readings that speak for the verdict; differences: all differences, in order; whole:
    the features of the pair as a whole, with their weights.
    """

    variant: bool
    probability: float
    reason: str
    differences: tuple[Difference, ...]
    whole: tuple[tuple[str, float], ...]


def judge_of(tokens: str = "words", variants_at: float = VARIANTS_AT) -> kernel.Judge:
    """Give the judge in the form that the kernel wants.

    tokens: "chars" means that texts are noisy, so a word that replaces one with mostly the same
    letters counts as a misreading; variants_at: the probability from which on a pair is a variant,
    above 0 and below 1.
    """
    weights = [reading.weight for reading in READINGS] + [*WHOLE]
    return kernel.Judge(
        lexicon(), np.array(weights, dtype=np.int32), REPLACED, FACTS, EDITS,
        _border(variants_at), MOST_CELLS, tokens == "chars",
    )  # fmt: skip


def _border(variants_at: float) -> int:
    """Give the score for a probability, in the unit of the kernel."""
    odds = math.log(variants_at / (1.0 - variants_at))
    return math.ceil(_PARTS * odds / SLOPE)


def are_variants(
    texts: Sequence[str],
    left: Rows,
    right: Rows,
    tokens: str = "words",
    variants_at: float = VARIANTS_AT,
) -> NDArray[np.bool_]:
    """Say for each pair of similar texts, ``left[k]`` and ``right[k]``, whether it is a variant.

    For the other arguments see ``judge_of``. Returns bool (m,), False for equal texts. Cost: 3 us
    to lay out a text of 65 words, 3 us a pair.
    """
    answer = np.zeros(len(left), dtype=bool)
    judge = judge_of(tokens, variants_at)
    for pairs, some, ours, theirs in batches_of_pairs(texts, left, right):
        page = lay_out(some, places=True)
        answer[pairs] = kernel.judge_scores(page, judge, ours, theirs) >= judge.border
    return answer


def batches_of_pairs(
    texts: Sequence[str], left: Rows, right: Rows
) -> Iterator[tuple[slice, list[str], Rows, Rows]]:
    """Cut pairs of texts into batches of limited number and size, with one pair at least.

    Gives for each batch the slice of its pairs, their texts, and where among these texts the left
    and the right text of each pair stand.
    """
    for pairs in _chunks(texts, left, right):
        rows, ours, theirs = ends_of(left[pairs], right[pairs])
        yield pairs, [texts[row] for row in rows.tolist()], ours, theirs


def _chunks(texts: Sequence[str], left: Rows, right: Rows) -> Iterator[slice]:
    """Give the slices of the pairs for ``batches_of_pairs``."""
    begin = size = 0
    for end, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        size += len(texts[i]) + len(texts[j])
        if end - begin == _CHUNK or (size > _CHARACTERS and end > begin):
            yield slice(begin, end)
            begin, size = end, len(texts[i]) + len(texts[j])
    if len(left):
        yield slice(begin, len(left))


def judge(a: str, b: str, tokens: str = "words", variants_at: float = VARIANTS_AT) -> Judgement:
    """Judge one pair and explain it: what differs, how each difference is read, what decided.

    For the other arguments see ``judge_of``. Cost: about 0.1 ms for two paragraphs.
    """
    (answer,) = judgements([a, b], np.array([0]), np.array([1]), tokens, variants_at=variants_at)
    return answer


def judgements(
    texts: Sequence[str],
    left: Rows,
    right: Rows,
    tokens: str = "words",
    variants_at: float = VARIANTS_AT,
) -> Iterator[Judgement]:
    """Judge pairs of texts, ``left[k]`` and ``right[k]``, and explain them, as ``judge`` does.

    For the other arguments see ``judge_of``. Cost: about 50 us a pair.
    """
    by = judge_of(tokens, variants_at)
    for _, some, ours, theirs in batches_of_pairs(texts, left, right):
        page = lay_out(some, places=True)
        found = kernel.judge_whole(page, by, ours, theirs)
        starts = found.starts.tolist()
        for k, (row, other) in enumerate(zip(ours.tolist(), theirs.tolist(), strict=True)):
            one = slice(starts[k], starts[k + 1])
            pair = found._replace(
                scores=found.scores[k : k + 1], features=found.features[k : k + 1],
                stretches=found.stretches[one], readings=found.readings[one],
            )  # fmt: skip
            yield _judgement(page, pair, row, other, by.border)


def _judgement(
    page: kernel.Reading, found: kernel.Judged, row: int, other: int, border: int
) -> Judgement:
    """Turn the kernel's result for one pair into a judgement in words."""
    score = int(found.scores[0])
    if not len(found.readings):
        return Judgement(False, 0.0, "", (), ())
    variant = score >= border
    starts = [int(page.tokens.starts[each]) for each in (row, other)]
    differences = []
    for stretch, number, weight in zip(
        found.stretches.tolist(), found.readings.tolist(), _shares(found), strict=True
    ):
        before = _written(page, row, starts[0] + stretch[0], starts[0] + stretch[1])
        after = _written(page, other, starts[1] + stretch[2], starts[1] + stretch[3])
        differences.append(Difference(before, after, READINGS[number].name, round(weight, 1)))
    decided = Counter(d.rule for d in differences if d.weight != 0 and (d.weight > 0) == variant)
    reason = ", ".join(rule for rule, _ in decided.most_common())
    return Judgement(variant, _probability(score), reason, tuple(differences), _whole(found))


def _probability(score: int) -> float:
    """Turn a score into the probability of a variant."""
    return 1.0 / (1.0 + math.exp(-(SLOPE * score / _PARTS)))


def _contribution(found: kernel.Judged, feature: int, weight: int) -> float:
    return weight * int(found.features[0, feature]) / _PARTS / 10


def _shares(found: kernel.Judged) -> list[float]:
    """Give the weight of each stretch, with its share of the weights of facts and edits."""
    readings = found.readings.tolist()
    counts = Counter(readings)
    names = WHOLE._fields
    shares = [
        _contribution(found, number, READINGS[number].weight) / counts[number]
        for number in readings
    ]
    for bits, fields in ((REPLACED, ("replaced",)), (FACTS, ("fact",)), (EDITS, _EDIT_FIELDS)):
        members = [k for k, number in enumerate(readings) if bits >> number & 1]
        for field in fields:
            place = names.index(field)
            whole = _contribution(found, len(READINGS) + place, WHOLE[place])
            for k in members:
                shares[k] += whole / len(members)
    return shares


_EDIT_FIELDS = ("edit", "more_edits")

#: The features of a pair as a whole that belong to no single stretch, in words.
_ALONE = {
    "bias": "to begin with",
    "all_replaced": "each difference is a replacement",
    "one_sided": "only one text has more words",
    "length": "how long the texts are",
}


def _whole(found: kernel.Judged) -> tuple[tuple[str, float], ...]:
    """List the features of the pair as a whole, in words, with their weights if these are not 0."""
    weights = []
    for place, (field, weight) in enumerate(zip(WHOLE._fields, WHOLE, strict=True)):
        share = round(_contribution(found, len(READINGS) + place, weight), 1)
        if field in _ALONE and share:
            weights.append((_ALONE[field], share))
    return tuple(weights)


def _written(page: kernel.Reading, row: int, first: int, last: int) -> str:
    """Return the text from token ``first`` to before token ``last``, as it is written."""
    if first == last:
        return ""
    start = page.normal.starts.item(row)
    begin, end = start + page.begin.item(first), start + page.end.item(last - 1)
    return page.cased[begin:end].tobytes().decode("utf-8", "replace")
