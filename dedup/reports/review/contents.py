"""The contents of a review page: findings, each with pairs of paragraphs side by side.

Knows: the values, which are the same for ``find``, plans and checks. Does not know: HTML, how
findings come about, which of very many are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.dump.removal import Removal
from dedup.found import Kind
from dedup.options import Matching
from dedup.paragraph import Paragraph

#: The most pairs of a finding that a page holds.
MOST_PAIRS = 1_000


class Pair(NamedTuple):
    """A paragraph beside the one that it repeats, is a variant of, or stands inside of.

    Attributes:
        kept: the other paragraph; None where there is none, or its text can't be read.
        copy: the paragraph.
        similarity: of both.
        kind: a ``Kind``; for a paragraph that is removed without a partner, the reason.
        removal: what a plan says of the paragraph.
        line: the number of this line in the plan.

    """

    kept: Paragraph | None
    copy: Paragraph
    similarity: float
    kind: Kind | str
    removal: Removal | None = None
    line: int = 0


class Acceptance(NamedTuple):
    """The entry of a baseline that accepts a finding: key, number of copies, line of the file.

    If two have the same key, the one with more copies counts.
    """

    key: str
    copies: int
    line: str


class ReviewFinding(NamedTuple):
    """A finding as a page shows it.

    Attributes:
        sort: the name of one of the ``sorts`` of the contents.
        place: where it is.
        title: what was found, in a sentence.
        words: the number of words that it repeats.
        pairs: the paragraphs side by side.
        more: the number of pairs that the page does not hold.
        level: the level that a check gives it.
        note: the note of a check.
        accepts: the entries of a baseline that accept it.

    """

    sort: str
    place: str
    title: str
    words: int
    pairs: Sequence[Pair]
    more: int = 0
    level: str = ""
    note: str = ""
    accepts: Sequence[Acceptance] = ()


class FindingSort(NamedTuple):
    """A sort of findings: its heading, what it is, and how many there are."""

    heading: str
    what: str
    number: int


class ReviewPlan(NamedTuple):
    """A plan: the name of the file after the review, its first line, the number of removals."""

    name: str
    head: str
    total: int


class Baseline(NamedTuple):
    """A baseline: the name of its file, the text before and behind its entries, the entries."""

    name: str
    before: str
    behind: str
    entries: Iterable[Acceptance]


@dataclass(frozen=True, slots=True)
class ReviewContents:
    """The contents of a page, before it chooses what fits.

    Attributes:
        heading: what the page is about.
        sums: lines that say what was looked at.
        findings: those with most words first.
        sorts: the sorts of findings, in the order in which they are shown.
        tokens: how pairs were judged; see ``core.variants.judge_of``.
        variants_at: how pairs were judged; see ``core.variants.judge_of``.
        plan: the plan that the page can give after a review.
        baseline: the baseline that the page can give.

    """

    heading: str
    sums: Sequence[str]
    findings: Iterable[ReviewFinding]
    sorts: Mapping[str, FindingSort]
    tokens: str = Matching.tokens
    variants_at: float = Matching.variants_at
    plan: ReviewPlan | None = None
    baseline: Baseline | None = None
