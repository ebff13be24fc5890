"""Why two texts are alike, and what differs: score, kind, and the differing words.

Knows: how to align the words of two texts, in the wording they were written in.
Does not know: how an alignment is printed, where the texts come from, other texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq

from dedup.core.similarity import similarity
from dedup.core.tokens import spans, words
from dedup.found import Kind

#: Product of two lengths, in words, up to which two texts are aligned: 250 MB while it runs.
MOST_CELLS = 2 * 10**9


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
    """How alike two texts are and where they differ; ``note`` says what the score can't."""

    similarity: float
    kind: Kind
    stretches: tuple[Stretch, ...]
    note: str = ""


def explain(a: str, b: str, tokens: str = "words", threshold: float = 0.8) -> Explanation:
    """Compare two texts and show what differs, by words.

    ``similarity`` is ``dedup.similarity(a, b, tokens)``; ``kind`` is EXACT where no word differs,
    NEAR from ``threshold`` on, else UNIQUE. Cost: 1 us a character, and the product of the
    numbers of words over 64 once common ends are off; beyond ``MOST_CELLS`` the middle is one
    stretch and the note says so.

    >>> explain("The cat sat.", "The dog sat!").stretches[1]
    Stretch(op='changed', old='cat ', new='dog ')
    """
    score = similarity(a, b, tokens)
    exact = words(a) == words(b)
    stretches, aligned = (_whole("same", a, b), True) if exact else _align(a, b)
    kind = Kind.EXACT if exact else Kind.NEAR if score >= threshold else Kind.UNIQUE
    return Explanation(score, kind, stretches, _note(a, b, exact, aligned))


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
    left, right = [token for _, _, token in old], [token for _, _, token in new]
    head, tail = _common_ends(left, right)
    inner = (len(left) - head - tail, len(right) - head - tail)
    aligned = inner[0] * inner[1] <= MOST_CELLS
    blocks = [(0, 0, head)]
    if aligned:
        blocks += _blocks(left[head : head + inner[0]], right[head : head + inner[1]], head)
    blocks.append((len(left) - tail, len(right) - tail, tail))
    old_cuts = [0, *(start for start, _, _ in old[1:]), len(a)]
    new_cuts = [0, *(start for start, _, _ in new[1:]), len(b)]
    ends = len(left), len(right)
    return tuple(
        Stretch(op, a[old_cuts[i] : old_cuts[i_end]], b[new_cuts[j] : new_cuts[j_end]])
        for op, i, i_end, j, j_end in _steps(blocks, ends)
    ), aligned


def _whole(op: str, a: str, b: str) -> tuple[Stretch, ...]:
    return (Stretch(op, a, b),) if a or b else ()


def _common_ends(left: Sequence[str], right: Sequence[str]) -> tuple[int, int]:
    """Count the tokens two sequences share at their beginnings and, of the rest, their ends."""
    most = min(len(left), len(right))
    head = next((k for k in range(most) if left[k] != right[k]), most)
    most -= head
    tail = next((k for k in range(most) if left[-1 - k] != right[-1 - k]), most)
    return head, tail


def _blocks(left: Sequence[str], right: Sequence[str], shift: int) -> list[tuple[int, int, int]]:
    """List the stretches in common, as (position in left, in right, length)."""
    return [
        (code.src_start + shift, code.dest_start + shift, code.src_end - code.src_start)
        for code in LCSseq.opcodes(left, right)
        if code.tag == "equal"
    ]


def _steps(
    blocks: list[tuple[int, int, int]], ends: tuple[int, int]
) -> Iterator[tuple[str, int, int, int, int]]:
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
