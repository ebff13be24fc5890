"""How similar two texts are, and what differs: similarity, kind, differing words, their readings.

Knows: how to align the words of two texts and show them as they are written.
Does not know: how an explanation is printed, where the texts come from, other texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.alignment import Block, Row, align, align_by_anchors
from dedup.core.similarity import similarity_at_least
from dedup.core.tokens import beginnings, lay_out, spans, words
from dedup.core.variants import Difference, batches_of_pairs, judge
from dedup.found import Kind
from dedup.options import Matching

#: The largest product of two lengths, in words, that is aligned: 250 MB while it runs.
MOST_CELLS = 2 * 10**9

#: The same for pairs that are aligned many at a time: 2 MB.
_TOGETHER = 1 << 24

#: Texts that have more characters than this together are not shown word by word in reports.
MOST_SHOWN = 100_000

Rows = NDArray[np.int64]

#: The note about a similarity that is only a lower bound.
_BOUNDED = "too long to be compared exactly: the similarity is this or more, and less may differ"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the two texts: words of both texts, words of one text, or replaced words.

    op: "same" (the words of ``old`` and ``new`` count as equal, though case and punctuation may
    differ), "old" (``new`` is empty), "new" (``old`` is empty) or "changed". The ``old`` of all
    stretches together are exactly the first text, and the ``new`` are the second text.
    """

    op: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """How similar two texts are and where they differ; ``note`` explains special cases.

    If the similarity reaches the threshold, four fields explain the verdict of the judge.
    ``reason`` names the readings that decided. ``probability`` is the probability that one text is
    a variant of the other. ``differences`` has each stretch of differing words with its reading and
    its weight. ``whole`` has the weights of the pair as a whole. A weight above 0 speaks for a
    variant, below 0 for an edited copy.
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

    ``similarity`` is ``dedup.similarity(a, b, tokens)``. If the texts are too long for ``find`` to
    compare them, it is a lower bound, and the note says so.

    ``kind`` is EXACT if no word differs. From ``threshold`` on it is VARIANT if the differing words
    state another fact (with a probability of ``variants_at`` or more), and otherwise NEAR. Below
    the threshold it is CONTAINED if the shorter text stands, whole or nearly, inside the longer
    one, and otherwise UNIQUE.

    Raises TypeError for a value that is not a str. Cost: 1 us a character, and a 64th of the
    product of the numbers of words without common ends: at most two seconds. If that product is
    above ``MOST_CELLS``, only the parts between long common stretches are aligned, and the note
    says so.

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
        from dedup.contained import share_inside

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
    """Give the stretches of each pair, ``left[k]`` and ``right[k]``, as ``explain`` does.

    Gives None for a pair of more than ``MOST_SHOWN`` characters. Cost: 0.1 ms for two paragraphs of
    65 words, ten times that if a text differs from its normal form in more than case; some MB.
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
    """Align two texts; False if they were too long to align as a whole."""
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
    """Cut two texts into stretches; old, new: where their tokens begin; blocks: common tokens."""
    old_cuts, new_cuts = [0, *old[1:], len(a)], [0, *new[1:], len(b)]
    return tuple(
        Stretch(op, a[old_cuts[i] : old_cuts[i_end]], b[new_cuts[j] : new_cuts[j_end]])
        for op, i, i_end, j, j_end in _steps(blocks, (len(old), len(new)))
    )


def _whole(op: str, a: str, b: str) -> tuple[Stretch, ...]:
    return (Stretch(op, a, b),) if a or b else ()


def _numbered(left: list[str], right: list[str]) -> tuple[Row, Row]:
    """Write every token as a number; two tokens get the same number only if they are equal."""
    number: dict[str, int] = {}
    for token in (*left, *right):
        number.setdefault(token, len(number))
    first, second = (np.array([number[t] for t in row], dtype=np.uint64) for row in (left, right))
    return first, second


def _steps(blocks: list[Block], ends: tuple[int, int]) -> Iterator[tuple[str, int, int, int, int]]:
    """Give common stretches and those between them, in order: (op, from, to, from, to)."""
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
