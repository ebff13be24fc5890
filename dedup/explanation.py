"""Why two texts are alike, and what differs: score, kind, the differing words, what they mean.

Knows: how to align the words of two texts, in the wording they were written in.
Does not know: how an alignment is printed, where the texts come from, other texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.contained import share_inside
from dedup.core.alignment import Block, Row, align, align_by_anchors
from dedup.core.similarity import similarity_at_least
from dedup.core.tokens import beginnings, lay_out, spans, words
from dedup.core.variants import Difference, batches_of_pairs, judge
from dedup.found import Kind
from dedup.options import Matching

#: Product of two lengths, in words, up to which two texts are aligned: 250 MB while it runs.
MOST_CELLS = 2 * 10**9

#: The same of pairs that are aligned many at a time: 2 MB.
_TOGETHER = 1 << 24

#: Texts that have more characters than this together are not shown word by word in reports.
MOST_SHOWN = 100_000

Rows = NDArray[np.int64]

#: What is said of a score that is a bound.
_BOUNDED = "too long to be compared exactly: the similarity is this or more, and less may differ"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of both texts: words that stand in both, in one of them, or in other words.

    op: "same" (the words of ``old`` and ``new`` count as equal, though case and punctuation may
    differ), "old" (``new`` is empty), "new" (``old`` is empty) or "changed". Joined, the ``old``
    of all stretches are the first text and the ``new`` are the second, to the character.
    """

    op: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How alike two texts are and where they differ; ``note`` says what the score can't.

    Of two that are alike, ``reason`` names the readings that make them a variant or an edited copy,
    ``probability`` says how likely the one is a variant of the other, ``differences`` has each
    stretch of differing words with its reading and its weight, and ``whole`` what the pair as a
    whole weighs. Above 0 a weight speaks for a variant, below 0 for an edited copy.
    """

    similarity: float
    kind: Kind
    stretches: tuple[Stretch, ...]
    note: str = ""
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    probability: float = 0.0
    whole: tuple[tuple[str, float], ...] = ()


def explain(
    a: str,
    b: str,
    tokens: str = Matching.tokens,
    threshold: float = Matching.threshold,
    variants_at: float = Matching.variants_at,
) -> Explanation:
    """Compare two texts and show what differs, by words.

    ``similarity`` is ``dedup.similarity(a, b, tokens)``; of texts too long for ``find`` to compare
    them it is a share that they have in common at least, as the note then says. ``kind`` is EXACT
    where no word differs, from ``threshold`` on VARIANT where the words that differ carry other
    facts and else NEAR, below it CONTAINED where the shorter stands, whole or nearly, inside the
    longer, else UNIQUE. ``variants_at`` is the probability from which on it is a VARIANT.

    Raises TypeError for what is not a str. Cost: 1 us a character, and the product of the numbers
    of words over 64 once common ends are off: two seconds at most. Beyond ``MOST_CELLS`` words are
    aligned between longer stretches in common alone, and the note says so.

    >>> explain("The cat sat.", "The dog sat!").stretches[1]
    Stretch(op='changed', old='cat ', new='dog ')
    """
    score, measured = similarity_at_least(a, b, tokens)
    exact = words(a) == words(b)
    stretches, aligned = (_whole("same", a, b), True) if exact else _align(a, b)
    note = _note(a, b, exact, aligned) if measured else _BOUNDED
    if exact:
        return Explanation(score, Kind.EXACT, stretches, note)
    if score < threshold:
        share = share_inside(a, b, tokens)
        if share is None:
            return Explanation(score, Kind.UNIQUE, stretches, note)
        inside = f"{100 * share:.0f} % of the words of the shorter stand in one piece of the longer"
        return Explanation(score, Kind.CONTAINED, stretches, note or inside)
    judged = judge(a, b, tokens, variants_at)
    kind = Kind.VARIANT if judged.variant else Kind.NEAR
    return Explanation(
        score, kind, stretches, note, judged.reason, judged.differences, judged.probability,
        judged.whole,
    )  # fmt: skip


def stretches_of(
    texts: Sequence[str], left: Rows, right: Rows
) -> Iterator[tuple[Stretch, ...] | None]:
    """Show of each pair, ``left[k]`` and ``right[k]``, what differs, as ``explain`` does.

    None for a pair of more than ``MOST_SHOWN`` characters. Cost: 0.1 ms for two paragraphs of 65
    words, ten times that where their normal form has other characters than they; some MB.
    """
    for _, some, ours, theirs in batches_of_pairs(texts, left, right):
        yield from _aligned(some, ours, theirs)


def _aligned(texts: Sequence[str], left: Rows, right: Rows) -> Iterator[tuple[Stretch, ...] | None]:
    """Align pairs of a few texts."""
    page = lay_out(texts, places=True)
    cuts = beginnings(page, texts)
    rows = np.split(page.tokens.values, page.tokens.starts[1:-1])
    found = kernel.align(page.tokens, left, right, _TOGETHER)
    blocks = [*zip(found.left.tolist(), found.right.tolist(), found.size.tolist(), strict=True)]
    starts = found.starts.tolist()
    for k, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        a, b, old, new = texts[i], texts[j], cuts[i], cuts[j]
        if len(a) + len(b) > MOST_SHOWN:
            yield None
        elif np.array_equal(rows[i], rows[j]):
            yield _whole("same", a, b)
        elif old and new and found.whole[k]:
            yield _stretches(a, b, old, new, blocks[starts[k] : starts[k + 1]])
        else:
            yield _align(a, b)[0]


def _note(a: str, b: str, exact: bool, aligned: bool) -> str:
    if not aligned:
        return "too long to be aligned word by word"
    if not exact or a == b:
        return ""
    if not words(a):
        return "no word in either text, so nothing to compare"
    if a.split() == b.split():
        return "only the spacing differs, which does not count"
    return "only punctuation, case or spelling variants of letters differ, which do not count"


def _align(a: str, b: str) -> tuple[tuple[Stretch, ...], bool]:
    """Align two texts; False where their middles were too long for it."""
    old, new = spans(a), spans(b)
    if not old or not new:
        return _whole("old" if not b else "new" if not a else "changed", a, b), True
    tokens = [[token for _, _, token in each] for each in (old, new)]
    left, right = _numbered(*tokens)
    blocks = align(left, right, MOST_CELLS)
    aligned = blocks is not None
    if blocks is None:
        blocks = align_by_anchors(left, right)
    begins = [[start for start, _, _ in each] for each in (old, new)]
    return _stretches(a, b, begins[0], begins[1], blocks), aligned


def _stretches(
    a: str, b: str, old: list[int], new: list[int], blocks: list[Block]
) -> tuple[Stretch, ...]:
    """Cut two texts where their tokens begin, of which those of the blocks are in common."""
    old_cuts, new_cuts = [0, *old[1:], len(a)], [0, *new[1:], len(b)]
    return tuple(
        Stretch(op, a[old_cuts[i] : old_cuts[i_end]], b[new_cuts[j] : new_cuts[j_end]])
        for op, i, i_end, j, j_end in _steps(blocks, (len(old), len(new)))
    )


def _whole(op: str, a: str, b: str) -> tuple[Stretch, ...]:
    return (Stretch(op, a, b),) if a or b else ()


def _numbered(left: list[str], right: list[str]) -> tuple[Row, Row]:
    """Write every token as a number, the same for equal tokens alone."""
    number: dict[str, int] = {}
    for token in (*left, *right):
        number.setdefault(token, len(number))
    first, second = (np.array([number[t] for t in row], dtype=np.uint64) for row in (left, right))
    return first, second


def _steps(blocks: list[Block], ends: tuple[int, int]) -> Iterator[tuple[str, int, int, int, int]]:
    """Walk the stretches in common and what stands between them: (op, from, to, from, to)."""
    i = j = 0
    same = 0
    for at_i, at_j, length in [*blocks, (*ends, 0)]:
        if (at_i, at_j) != (i + same, j + same):
            if same:
                yield "same", i, i + same, j, j + same
            i, j, same = i + same, j + same, 0
            op = "new" if at_i == i else "old" if at_j == j else "changed"
            yield op, i, at_i, j, at_j
            i, j = at_i, at_j
        same += length
    if same:
        yield "same", i, i + same, j, j + same
