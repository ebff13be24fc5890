"""The weights of the judge: of each reading of a stretch, and of the features of a pair as a whole.

Knows: the weights, which readings are facts or edits, how a score becomes a probability. Does not
know: how a stretch is read (``kernel/judge.c``), texts.

A positive weight speaks for a variant, a negative one for an edited copy. A weight of 10 tenths
multiplies the odds by about 3 (see ``SLOPE``). ``benchmarks/fit_judge.py`` fits the weights and the
calibration to pairs that people judged, and prints this table. If you change the table, change
``VERSION`` too.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

#: Version of the readings and weights. Every change that may change a judgement needs another one.
VERSION = "variants/2"


class Sort(Enum):
    """The sort of a reading: a fact was replaced, words were replaced, the text was edited, ..."""

    FACT = "fact"
    REPLACED = "replaced"
    EDIT = "edit"
    REPLACED_EDIT = "replaced edit"
    OTHER = "other"


class ReadingWeight(NamedTuple):
    """A reading of a stretch: its name, its weight in tenths, its sort."""

    name: str
    weight: int
    sort: Sort


#: All readings, in the order of ``dedup_reading_of`` in ``kernel.h``.
READINGS = (
    ReadingWeight("spelling or inflection", -5, Sort.EDIT),
    ReadingWeight("spacing", -3, Sort.EDIT),
    ReadingWeight("moved", 1, Sort.EDIT),
    ReadingWeight("link target", -4, Sort.OTHER),
    ReadingWeight("number in a link", 4, Sort.FACT),
    ReadingWeight("number replaced", 9, Sort.FACT),
    ReadingWeight("number at the head", 2, Sort.EDIT),
    ReadingWeight("negated", 1, Sort.FACT),
    ReadingWeight("the same substitution recurs", 7, Sort.FACT),
    ReadingWeight("identifier replaced", -4, Sort.FACT),
    ReadingWeight("name replaced", 3, Sort.FACT),
    ReadingWeight("name for plain words", -1, Sort.REPLACED),
    ReadingWeight("number for words", 4, Sort.REPLACED),
    ReadingWeight("word replaced", 1, Sort.REPLACED),
    ReadingWeight("words replaced", 2, Sort.REPLACED),
    ReadingWeight("replaced within a phrase", -3, Sort.REPLACED_EDIT),
    ReadingWeight("term replaced", 3, Sort.REPLACED),
    ReadingWeight("reworded", -1, Sort.REPLACED_EDIT),
    ReadingWeight("rewritten at length", 6, Sort.OTHER),
    ReadingWeight("function words or respellings", 3, Sort.EDIT),
    ReadingWeight("words for function words", 2, Sort.EDIT),
    ReadingWeight("name for function words", -1, Sort.EDIT),
    ReadingWeight("function words added or removed", -5, Sort.OTHER),
    ReadingWeight("words added or removed", 6, Sort.OTHER),
    ReadingWeight("name or number added or removed", -2, Sort.OTHER),
    ReadingWeight("added or removed at the head", -5, Sort.OTHER),
    ReadingWeight("passage added or removed", 2, Sort.OTHER),
)


class Whole(NamedTuple):
    """The weights of a pair as a whole, in tenths, in the order of ``dedup_feature_of_pair``.

    bias: always counts; all_replaced: counts if each difference is a replacement; one_sided: if
    each difference is words that only one text has; replaced, fact, edit: if there is one;
    more_edits: times the logarithm of the number of edits; length: times the logarithm of the
    number of tokens.
    """

    bias: int
    all_replaced: int
    one_sided: int
    replaced: int
    fact: int
    edit: int
    more_edits: int
    length: int


WHOLE = Whole(-17, 9, -10, 18, 15, -5, -6, -5)

#: The default of the probability from which on a pair is a variant.
VARIANTS_AT = 0.5

#: The logarithm of the odds is the score in tenths times this.
SLOPE = 0.107


def _bits(*sorts: Sort) -> int:
    """Give a bit for each reading of some sorts."""
    return sum(1 << k for k, reading in enumerate(READINGS) if reading.sort in sorts)


#: Readings in which words are replaced, which are facts, which are edits.
REPLACED = _bits(Sort.FACT, Sort.REPLACED, Sort.REPLACED_EDIT)
FACTS = _bits(Sort.FACT)
EDITS = _bits(Sort.EDIT, Sort.REPLACED_EDIT)
