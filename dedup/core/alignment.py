"""Which stretches two token sequences have in common, each token written as one character.

Knows: how to align two strings along a longest common subsequence, and when that is too much.
Does not know: what a character stands for, what becomes of the stretches.
"""

from __future__ import annotations

from rapidfuzz.distance import Indel, Postfix, Prefix

#: Product of two lengths up to which two strings are aligned at once: 64 MB of bits.
MOST_CELLS = 1 << 29

#: A stretch in common: its beginning in the one string, in the other, its length.
Block = tuple[int, int, int]


def common_ends(a: str, b: str) -> tuple[int, int]:
    """Count the characters two strings share at their beginnings and, of the rest, at their ends.

    Cost: linear.
    """
    head = Prefix.similarity(a, b)
    return head, Postfix.similarity(a[head:], b[head:])


def align(a: str, b: str, most: int = MOST_CELLS) -> list[Block] | None:
    """List what two strings have in common, in order; together a longest common subsequence.

    Two that are too long are aligned without their common ends; None where the product of what
    is left is above ``most``. Cost: the product of the lengths over 64, and a bit of memory each.
    """
    if len(a) * len(b) <= MOST_CELLS:
        return _blocks(a, b)
    head, tail = common_ends(a, b)
    inner_a, inner_b = a[head : len(a) - tail], b[head : len(b) - tail]
    if len(inner_a) * len(inner_b) > most:
        return None
    inner = [(head + i, head + j, size) for i, j, size in _blocks(inner_a, inner_b)]
    return [(0, 0, head), *inner, (len(a) - tail, len(b) - tail, tail)]


def _blocks(a: str, b: str) -> list[Block]:
    return [(i, j, size) for i, j, size in Indel.editops(a, b).as_matching_blocks()]
