"""What a review page holds, whatever it is about: findings, each of paragraphs held side by side.

Knows: the values. Does not know: HTML, how findings come about, which of very many are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dedup.dump.removal import Removal
from dedup.found import Kind
from dedup.options import Matching
from dedup.paragraph import Paragraph

#: Pairs of a finding that are held.
MOST_PAIRS = 1_000


class Pair(NamedTuple):
    """A paragraph beside the one it repeats, is a variant of, or stands inside of.

    kept: None where there is none, or its text is not there to be read. kind: a ``Kind`` or, of
    what goes without a partner, the name of the reason. removal: what a plan says of it, in its
    line of that number.
    """

    kept: Paragraph | None
    copy: Paragraph
    similarity: float
    kind: Kind | str
    removal: Removal | None = None
    line: int = 0


class Acceptance(NamedTuple):
    """What a baseline says where a finding is accepted: its key, copies, and the line of its file.

    Of two of one key the one with more copies counts.
    """

    key: str
    copies: int
    line: str


class ReviewFinding(NamedTuple):
    """Something to look at: where, what in a sentence, and its pairs.

    sort: one of the ``sorts`` of the contents; words: those it repeats; level, note: what a check
    says besides; more: pairs that are not held; accepts: see ``Acceptance``.
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
    """A sort of findings: how it is headed, what it is, and how many there are."""

    heading: str
    what: str
    number: int


class ReviewPlan(NamedTuple):
    """A plan: the name its file gets when it was looked through, its first line, its removals."""

    name: str
    head: str
    total: int


class Baseline(NamedTuple):
    """A baseline: the name of its file, its lines before and behind the entries, and these."""

    name: str
    before: str
    behind: str
    entries: Iterable[Acceptance]


@dataclass(frozen=True, slots=True)
class ReviewContents:
    """All that a page may hold.

    heading: what it is about; sums: lines that say what was looked at; findings: those with most
    words first; sorts: in the order in which they are shown. tokens, variants_at: how pairs
    were judged, see ``core.variants.judge_of``. plan, baseline: what the page can give.
    """

    heading: str
    sums: Sequence[str]
    findings: Iterable[ReviewFinding]
    sorts: Mapping[str, FindingSort]
    tokens: str = Matching.tokens
    variants_at: float = Matching.variants_at
    plan: ReviewPlan | None = None
    baseline: Baseline | None = None
