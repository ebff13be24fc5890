"""Turn the answer of a contender on a labelled set into figures.

Knows: what each figure counts. Does not know: the contenders, how figures are laid out.

- **escaped**: the share of pairs at or above the threshold, found by comparing all pairs, of which
  both paragraphs stay and nothing is reported. Both paragraphs of a variant may stay; such a pair
  has escaped if the later one isn't called a variant. Equal texts count as one paragraph, and
  paragraphs of fewer than eight words don't count.
- **edited copies**: the listed pairs of one passage whose texts differ. A pair is found if both are
  in one group, or if it is compared by itself and is alike enough. "removed" counts those that are
  found as copies, "reported" also those that are called variants.
- **precision**: of the listed and judged pairs that are found as copies, the share of pairs that
  are the same passage. Pairs that nobody judged don't count.
- **ARI**: the adjusted Rand index of the groups, as ``score.py`` computes it. For dedup a group is
  a kept paragraph and its copies. Peers propose pairs; connected pairs are a group.
- **judged**: pairs that people judged: the same passage, an edited one, or a template with another
  subject or value.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

import dedup
from benchmarks import sets
from benchmarks.answers import COPY, NOTHING, THRESHOLD, VARIANT, Answer
from benchmarks.sets import Alike, LabelledSet
from dedup.core.variants import are_variants, judge

#: Readings of a difference that are told apart among the reasons; the rest is "other".
READINGS = ("number", "name", "identifier", "word")


class Count(NamedTuple):
    """Some of all."""

    some: int
    all: int

    @property
    def share(self) -> float:
        """The share, 0 of none."""
        return self.some / self.all if self.all else 0.0


class Marks(NamedTuple):
    """The figures of one contender on one set.

    ari: None where the set has no clusters; same, templates: of the judged pairs of either kind,
    how many have which verdict.
    """

    escaped: Count
    reported: Count
    removed: Count
    precision: Count
    ari: float | None
    same: Counter[int]
    templates: Counter[int]


class Reasons(NamedTuple):
    """What became of edited copies: removed; variants, by ``READINGS`` and otherwise; silence.

    below: those less alike than the threshold; missed: those that were not compared.
    """

    removed: int
    variants: tuple[int, ...]
    below: int
    missed: int


def mark(labelled: LabelledSet, answer: Answer, alike: Alike) -> Marks:
    """Mark an answer. alike: all pairs of the set at or above the contender's threshold."""
    said = answer.said(labelled.edited)
    same, templates = (
        Counter(answer.said([pair for pair, each in labelled.judged if each == kind]).tolist())
        for kind in (sets.SAME, sets.TEMPLATE)
    )
    one = [pair for pair, label in labelled.listed if label == 1]
    right = int((answer.said(one) == COPY).sum()) + same[COPY]
    wrong = int((answer.said(labelled.others) == COPY).sum())
    return Marks(
        count_escaped(labelled.texts, answer, alike),
        Count(int((said != NOTHING).sum()), len(said)),
        Count(int((said == COPY).sum()), len(said)),
        Count(right, right + wrong),
        sets.score(labelled, answer.pairs).ari,
        same,
        templates,
    )


def count_escaped(texts: list[str], answer: Answer, alike: Alike) -> Count:
    """Count the pairs of which both stay, but for variants of which the later one is named."""
    stays = answer.group == np.arange(len(texts))
    lost = stays[alike.i] & stays[alike.j]
    doubtful = np.flatnonzero(lost & answer.named[alike.j])
    lost[doubtful] = ~are_variants(texts, alike.i[doubtful], alike.j[doubtful])
    return Count(int(lost.sum()), len(lost))


def reasons(labelled: LabelledSet, answer: Answer) -> Reasons:
    """Say what became of the edited copies, and by which reading some are variants."""
    texts = labelled.texts
    said = answer.said(labelled.edited).tolist()
    readings: Counter[str] = Counter()
    silent: Counter[bool] = Counter()
    for (i, j), verdict in zip(labelled.edited, said, strict=True):
        if verdict == VARIANT:
            readings[judge(texts[i], texts[j]).reason.split()[0]] += 1
        elif verdict == NOTHING:
            silent[dedup.similarity(texts[i], texts[j]) < THRESHOLD] += 1
    known = [readings.pop(kind, 0) for kind in READINGS]
    variants = (*known, readings.total())
    return Reasons(said.count(COPY), variants, silent[True], silent[False])
