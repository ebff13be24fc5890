"""The walk through rows in the order of rank, block by block.

Knows: the arrays of ``dedup_meet`` and ``dedup_walk_block``. Does not know: where rows come from.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.kernel import structures as c
from dedup.kernel.calls import at, checked, loaded
from dedup.kernel.judgement import Judge, described_judge, laid_out
from dedup.kernel.texts import Reading
from dedup.ragged import Ragged, starts_of


class Memory(NamedTuple):
    """What a walk carries from block to block; ``dedup_walk`` in ``kernel.h`` explains the fields.

    kept: bool (n,); remembered: uint32 (buckets, cap); filled, met: int64 (buckets,); counts: int64
    (2,), ``kept_rows`` and ``uncompared``.
    """

    kept: NDArray[np.bool_]
    remembered: NDArray[np.uint32]
    filled: NDArray[np.int64]
    met: NDArray[np.int64]
    counts: NDArray[np.int64]


class Rule(NamedTuple):
    """The limits of the rule; ``dedup_rule`` in ``kernel.h`` explains the fields."""

    cap: int
    most: int
    least: int
    most_cells: int
    threshold: float
    scoped: bool


class Meeting(NamedTuple):
    """The rows of a block, and what their buckets remembered before it.

    ``dedup_meeting`` in ``kernel.h`` explains the fields. pair_starts, bucket_starts: int64
    (k + 1,); earlier, known_place, buckets, filled, known_rows: int64; agreement: uint8;
    remembered: int64 (buckets, cap); known_sketches: uint64 (a, words); at: int64 (k,), places in
    sketches: uint64 (b, words).
    """

    pair_starts: NDArray[np.int64]
    earlier: NDArray[np.int64]
    known_place: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    bucket_starts: NDArray[np.int64]
    buckets: NDArray[np.int64]
    remembered: NDArray[np.int64]
    filled: NDArray[np.int64]
    known_rows: NDArray[np.int64]
    known_sketches: NDArray[np.uint64]
    at: NDArray[np.int64]
    sketches: NDArray[np.uint64]


class Met(NamedTuple):
    """The candidates of the ``k`` rows of a block, among the rows before it.

    starts: int64 (k + 1,), where those of each row begin; earlier: int64 (m,), the candidates;
    pair: int64 (m,), the number of each pair among the pairs of the ``Meeting``, or -1 for a new
    one; agreement: uint8 (m,); left_out: int64 (k,), how many more candidates each row had.
    """

    starts: NDArray[np.int64]
    earlier: NDArray[np.int64]
    pair: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    left_out: NDArray[np.int64]


def meet(rule: Rule, of: Meeting) -> Met:
    """List the candidates of a block's rows before it: see ``dedup_meet`` in ``kernel.h``.

    Cost: 5 ns for each row that a bucket shows.
    """
    count = len(of.at)
    looks = np.minimum(np.diff(starts_of(of.filled[of.buckets])[of.bucket_starts]), rule.most)
    room = int(np.minimum(looks + np.diff(of.pair_starts), rule.most).sum())
    found = Met(
        np.empty(count + 1, dtype=np.int64), np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.int64), np.empty(room, dtype=np.uint8),
        np.empty(count, dtype=np.int64),
    )  # fmt: skip
    sketches, known = (np.ascontiguousarray(each) for each in (of.sketches, of.known_sketches))
    described = c.Meeting(
        count, at(of.pair_starts), at(of.earlier), at(of.known_place), at(of.agreement),
        len(of.earlier), at(of.bucket_starts), at(of.buckets), len(of.buckets),
        at(of.remembered), at(of.filled), len(of.filled), at(of.known_rows), at(known),
        len(known), at(of.at), at(sketches), sketches.shape[1], len(sketches),
    )  # fmt: skip
    out = c.Met(
        at(found.starts), at(found.earlier), at(found.pair), at(found.left_out),
        at(found.agreement), room,
    )  # fmt: skip
    many = checked(loaded().dedup_meet(byref(c.Rule(*rule)), byref(described), byref(out)))
    return found._replace(
        earlier=found.earlier[:many], pair=found.pair[:many], agreement=found.agreement[:many]
    )


class Block(NamedTuple):
    """The rows of a block in the order of rank, with their pairs and buckets.

    ``dedup_block`` in ``kernel.h`` explains the fields. rows, left_out, at, page_row: int64 (k,);
    pair_starts, bucket_starts: int64 (k + 1,); earlier, pair_page_row, buckets: int64; agreement,
    verdict: uint8; score: float64; sketches: uint64 (a, words), and tokens: of the rows with
    buckets.
    """

    rows: NDArray[np.int64]
    pair_starts: NDArray[np.int64]
    earlier: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    score: NDArray[np.float64]
    verdict: NDArray[np.uint8]
    pair_page_row: NDArray[np.int64]
    left_out: NDArray[np.int64]
    bucket_starts: NDArray[np.int64]
    buckets: NDArray[np.int64]
    at: NDArray[np.int64]
    sketches: NDArray[np.uint64]
    tokens: Ragged[np.uint64]
    page: Reading | None
    page_row: NDArray[np.int64]


def walk(
    memory: Memory, rule: Rule, judge: Judge | None, block: Block
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Decide a block's rows: their matches, int64 (k,), and similarities with these, float64 (k,).

    See ``dedup_walk_block`` in ``kernel.h``. Without a judge, every pair that is similar enough is
    a copy. Cost: some 1 us for each candidate that is compared or judged here, and 5 ns for each
    row that a bucket remembers.
    """
    state = c.Walk(
        at(memory.kept), len(memory.kept), at(memory.remembered), at(memory.filled),
        at(memory.met), len(memory.filled), int(memory.counts[0]), int(memory.counts[1]),
    )  # fmt: skip
    values = np.ascontiguousarray(block.tokens.values)
    sketches = np.ascontiguousarray(block.sketches)
    page = None if block.page is None else ctypes.pointer(laid_out(block.page))
    by = None if judge is None else ctypes.pointer(described_judge(judge))
    described = c.Block(
        at(block.rows), len(block.rows), at(block.pair_starts), at(block.earlier),
        at(block.agreement), at(block.score), at(block.verdict), at(block.pair_page_row),
        len(block.earlier), at(block.left_out),
        at(block.bucket_starts), at(block.buckets), len(block.buckets), at(block.at),
        at(sketches), *sketches.shape[::-1], at(values), int(block.tokens.starts[-1]),
        at(block.tokens.starts), by, page, at(block.page_row),
    )  # fmt: skip
    match = np.empty(len(block.rows), dtype=np.int64)
    similarity = np.empty(len(block.rows), dtype=np.float64)
    out = c.Decided(at(match), at(similarity))
    checked(
        loaded().dedup_walk_block(byref(state), byref(c.Rule(*rule)), byref(described), byref(out))
    )
    memory.counts[:] = state.kept_rows, state.uncompared
    return match, similarity
