"""The compiled kernel, as Python calls it: flat arrays in, numpy arrays out, the GIL let go.

Knows: where the library stands, the arguments of its functions (``kernel.h`` documents them), how
large the arrays must be. Does not know: what the functions are used for, Unicode, recipes.

A function here checks nothing that its caller in this package guarantees: types and shapes of
arrays. The kernel itself checks sizes. Threads may call at the same time.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, Structure, byref, c_double, c_int32, c_int64, c_uint64, c_void_p
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.encoded import Encoded
from dedup.kernel.library import machine, missing, path
from dedup.ragged import Ragged

#: The version of the library's functions that this module calls.
VERSION = 2

#: Most neighbours in a shingle.
MAX_WIDTH = 8

_NO_MEMORY, _NO_ROOM, _BAD_SIZE = -1, -2, -3


class _Reading(Structure):
    _fields_ = (
        ("normal", c_void_p), ("normal_capacity", c_int64), ("normal_starts", c_void_p),
        ("values", c_void_p), ("value_capacity", c_int64), ("value_starts", c_void_p),
        ("token_begin", c_void_p), ("token_end", c_void_p), ("special", c_void_p),
        ("units", c_void_p), ("unit_capacity", c_int64), ("unit_starts", c_void_p),
    )  # fmt: skip


class _Family(Structure):
    _fields_ = (
        ("width", c_int32), ("linked", c_int32), ("a", c_void_p), ("b", c_void_p),
        ("permutations", c_int64), ("bands", c_int64), ("band_rows", c_int64),
        ("sketch_words", c_int64),
    )  # fmt: skip


class _Sketches(Structure):
    _fields_ = (
        ("signatures", c_void_p), ("keys", c_void_p), ("sketches", c_void_p), ("stride", c_int64),
    )  # fmt: skip


class _Numbers(Structure):
    _fields_ = (
        ("tokens", c_void_p), ("count", c_int64), ("capacity", c_int64), ("slots", c_void_p),
        ("multiplier", c_uint64), ("slot_bits", c_int32),
    )  # fmt: skip


class _Pairs(Structure):
    _fields_ = (
        ("left", c_void_p), ("right", c_void_p), ("similarity", c_void_p), ("capacity", c_int64),
        ("next", c_int64),
    )  # fmt: skip


class _Blocks(Structure):
    _fields_ = (
        ("left", c_void_p), ("right", c_void_p), ("size", c_void_p), ("capacity", c_int64),
        ("starts", c_void_p), ("whole", c_void_p),
    )  # fmt: skip


class _Walk(Structure):
    _fields_ = (
        ("kept", c_void_p), ("row_count", c_int64), ("remembered", c_void_p),
        ("filled", c_void_p), ("met", c_void_p), ("bucket_count", c_int64),
        ("kept_rows", c_int64), ("uncompared", c_int64),
    )  # fmt: skip


class _Rule(Structure):
    _fields_ = (
        ("cap", c_int64), ("most", c_int64), ("judged", c_int64), ("least", c_int64),
        ("most_cells", c_int64), ("threshold", c_double), ("judges", c_int32), ("scoped", c_int32),
    )  # fmt: skip


class _Block(Structure):
    _fields_ = (
        ("rows", c_void_p), ("count", c_int64), ("pair_starts", c_void_p), ("earlier", c_void_p),
        ("pair_count", c_int64),
        ("agreement", c_void_p), ("score", c_void_p), ("left_out", c_void_p),
        ("bucket_starts", c_void_p), ("buckets", c_void_p),
        ("membership_count", c_int64), ("at", c_void_p),
        ("sketches", c_void_p), ("words", c_int64), ("sketch_count", c_int64),
        ("values", c_void_p), ("value_count", c_int64), ("starts", c_void_p),
        ("verdict_keys", c_void_p), ("verdicts", c_void_p), ("verdict_count", c_int64),
    )  # fmt: skip


class _Decided(Structure):
    _fields_ = (
        ("match", c_void_p), ("similarity", c_void_p), ("asked_place", c_void_p),
        ("asked_row", c_void_p), ("capacity", c_int64), ("asked", c_int64), ("decided", c_int64),
    )  # fmt: skip


_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dedup_read": (c_void_p, c_void_p, c_int64, c_int32, POINTER(_Reading)),
    "dedup_sketch": (
        POINTER(_Family), c_void_p, c_void_p, c_int64, c_int64, POINTER(_Sketches),
    ),
    "dedup_cut": (POINTER(_Family), c_void_p, c_int64, POINTER(_Sketches)),
    "dedup_shingles": (c_void_p, c_void_p, c_int64, c_int32, c_int32, c_void_p, c_void_p),
    "dedup_number": (POINTER(_Numbers), c_void_p, c_int64, c_void_p),
    "dedup_similarities": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_int64, c_void_p,
    ),
    "dedup_all_similar": (
        c_void_p, c_void_p, c_int64, c_int64, c_int64, c_int64, c_double, c_int64, POINTER(_Pairs),
    ),
    "dedup_align": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, POINTER(_Blocks),
    ),
    "dedup_walk_block": (
        POINTER(_Walk), POINTER(_Rule), POINTER(_Block), c_int64, POINTER(_Decided),
    ),
    "dedup_buckets": (c_void_p, c_void_p, c_int64, c_void_p, c_void_p, POINTER(c_int64)),
}  # fmt: skip


@cache
def _library() -> ctypes.CDLL:
    """Load the library once. Raises KernelMissing where it is absent, foreign or outdated."""
    file = path()
    try:
        found = ctypes.CDLL(file)
    except OSError as error:
        reason = (
            f"can't be loaded on {machine()}: it was made for another machine, is damaged, or lies "
            f"where programs may not be run ({_said(error, file)})"
        )
        raise missing(file, reason) from error
    try:
        found.dedup_kernel_version.restype = c_int32
        version = found.dedup_kernel_version()
        if version != VERSION:
            raise missing(file, f"is of version {version}, and this dedup needs {VERSION}")
        for name, arguments in _ARGUMENTS.items():
            function = getattr(found, name)
            function.argtypes, function.restype = arguments, c_int64
    except AttributeError as error:
        reason = f"is not the library of this dedup ({_said(error, file)})"
        raise missing(file, reason) from error
    return found


def _said(error: Exception, file: str) -> str:
    """Give the words of an error without the file that it may name first."""
    return str(error).removeprefix(f"{file}: ")


def _checked(result: int) -> int:
    """Give a function's result back. Raises MemoryError, or ValueError for sizes that can't be."""
    if result >= 0:
        return result
    if result == _NO_MEMORY:
        raise MemoryError("the kernel could not get the memory that it needs")
    raise ValueError(f"the kernel refused the sizes of its arrays (code {result})")


def _at(array: NDArray[Any] | None) -> int | None:
    return None if array is None else array.ctypes.data


# -- texts


class Reading(NamedTuple):
    """Texts that were read: ``n`` rows.

    tokens: their hashes; normal: uint8, the normal form of the texts, each with a line end behind
    it; begin, end: int64, where in its text's normal form each token stands, or nothing; special:
    bool (n,), rows that are left empty since they need rules of Python; units: the code points of
    the tokens, words parted by one space, or nothing.
    """

    tokens: Ragged[np.uint64]
    normal: Ragged[np.uint8]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    special: NDArray[np.bool_]
    units: Ragged[np.uint64]


def read(
    texts: Encoded,
    folded: bool = False,
    units: bool = False,
    places: bool = False,
) -> Reading:
    """Read texts: normal form, tokens, hashes. See ``dedup_read`` in ``kernel.h``.

    units, places: whether these are wanted. Cost: 1 us for an English paragraph of 65
    words, 1 to 3 us in other scripts.
    """
    rows, size = len(texts.starts) - 1, int(texts.starts[-1] - texts.starts[0])
    # Some characters become several; what stays untouched takes no memory.
    room = (size + size // 4 + rows + 32, size + rows + 16)
    while True:
        found = _read(texts, folded, units, places, room)
        if found is not None:
            return found
        room = (room[0] * 4, room[1] * 4)


def _read(
    texts: Encoded,
    folded: bool,
    units: bool,
    places: bool,
    room: tuple[int, int],
) -> Reading | None:
    rows = len(texts.starts) - 1
    normal, values = np.empty(room[0], dtype=np.uint8), np.empty(room[1], dtype=np.uint64)
    normal_starts, starts = np.empty(rows + 1, dtype=np.int64), np.empty(rows + 1, dtype=np.int64)
    begin, end = (np.empty(room[1] if places else 0, dtype=np.int64) for _ in range(2))
    special = np.empty(rows, dtype=np.bool_)
    points = np.empty(room[1] if units else 0, dtype=np.uint64)
    point_starts = np.zeros(rows + 1, dtype=np.int64)
    out = _Reading(
        _at(normal), len(normal), _at(normal_starts), _at(values), len(values), _at(starts),
        _at(begin) if places else None, _at(end) if places else None, _at(special),
        _at(points) if units else None, len(points), _at(point_starts),
    )  # fmt: skip
    result = _library().dedup_read(_at(texts.bytes), _at(texts.starts), rows, folded, byref(out))
    if result == _NO_ROOM:
        return None
    count = _checked(result)
    return Reading(
        Ragged(values[:count], starts), Ragged(normal[: int(normal_starts[-1])], normal_starts),
        begin[:count], end[:count], special, Ragged(points[: int(point_starts[-1])], point_starts),
    )  # fmt: skip


# -- sketches


class Family(NamedTuple):
    """How rows of tokens become signatures: see ``dedup_family`` in ``kernel.h``."""

    width: int
    linked: bool
    permutations: NDArray[np.uint32]
    bands: int
    rows: int
    words: int


class Sketches(NamedTuple):
    """What is made of ``n`` rows.

    signatures: uint32 (permutations, n), if asked for; keys: uint32 (bands, n); sketches: uint64
    (n, words).
    """

    signatures: NDArray[np.uint32] | None
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]


def sketch(tokens: Ragged[np.uint64], family: Family, signatures: bool = False) -> Sketches:
    """Sketch every row. Cost: 0.9 us for 65 tokens and 87 permutations."""
    rows, count = len(tokens.starts) - 1, family.permutations.shape[1]
    whole = np.empty((count, rows), dtype=np.uint32) if signatures else None
    keys = np.empty((family.bands, rows), dtype=np.uint32)
    sketches = np.empty((rows, family.words), dtype=np.uint64)
    drawn = np.ascontiguousarray(family.permutations)
    out = _Sketches(_at(whole), _at(keys), _at(sketches), rows)
    values = np.ascontiguousarray(tokens.values)
    _checked(
        _library().dedup_sketch(
            byref(_described(family, drawn)), _at(values), _at(tokens.starts), 0, rows, byref(out)
        )
    )
    return Sketches(whole, keys, sketches)


def cut(
    signatures: NDArray[np.uint32], family: Family
) -> tuple[NDArray[np.uint32], NDArray[np.uint64]]:
    """Cut signatures, uint32 (permutations, n): keys uint32 (bands, n), sketches uint64 (n, words).

    Cost: 0.3 us a row.
    """
    drawn, whole = (np.ascontiguousarray(each) for each in (family.permutations, signatures))
    rows = whole.shape[1]
    keys = np.empty((family.bands, rows), dtype=np.uint32)
    sketches = np.empty((rows, family.words), dtype=np.uint64)
    out = _Sketches(None, _at(keys), _at(sketches), rows)
    _checked(_library().dedup_cut(byref(_described(family, drawn)), _at(whole), rows, byref(out)))
    return keys, sketches


def _described(family: Family, drawn: NDArray[np.uint32]) -> _Family:
    return _Family(
        family.width, family.linked, _at(drawn[0]), _at(drawn[1]), drawn.shape[1], family.bands,
        family.rows, family.words,
    )  # fmt: skip


def shingles(tokens: Ragged[np.uint64], width: int, linked: bool) -> Ragged[np.uint32]:
    """Hash every shingle of every row. Cost: 0.2 us for 65 tokens."""
    rows = len(tokens.starts) - 1
    out = np.empty(len(tokens.values), dtype=np.uint32)
    starts = np.empty(rows + 1, dtype=np.int64)
    values = np.ascontiguousarray(tokens.values)
    count = _checked(
        _library().dedup_shingles(
            _at(values), _at(tokens.starts), rows, width, linked, _at(out), _at(starts)
        )
    )
    return Ragged(out[:count], starts)


# -- numbers


class Numbers:
    """Numbers for tokens, 0 and on: equal tokens have the same one. One thread at a time.

    Memory: 24 to 48 bytes for each distinct token.
    """

    def __init__(self) -> None:
        # Odd and not to be foretold, so that no text can be written to be slow. No number depends
        # on it.
        self._multiplier = int.from_bytes(os.urandom(8), "little") | 1
        self._make_room(12)

    def of(self, values: NDArray[np.uint64]) -> NDArray[np.uint32]:
        """Number tokens: uint32 (m,). Raises MemoryError beyond 2**30 of them.

        Cost: 2 to 5 ns a token.
        """
        values = np.ascontiguousarray(values)
        out = np.empty(len(values), dtype=np.uint32)
        done = self._number(values, out)
        while done < len(values):
            known = self._tokens
            self._make_room(self._table.slot_bits + 1)
            self._number(known, np.empty(len(known), dtype=np.uint32))
            done += self._number(values[done:], out[done:])
        return out

    def tokens(self, numbers: NDArray[np.uint32]) -> NDArray[np.uint64]:
        """Give the tokens that have these numbers."""
        return self._tokens[numbers]

    def _make_room(self, bits: int) -> None:
        if bits > 32:
            raise MemoryError("more than 2**30 distinct words can't be numbered")
        # A quarter of the slots: few tokens find another one in theirs.
        self._tokens = np.empty(1 << (bits - 2), dtype=np.uint64)
        self._slots = np.zeros(1 << bits, dtype=np.uint32)
        self._table = _Numbers(
            _at(self._tokens), 0, len(self._tokens), _at(self._slots), self._multiplier, bits
        )

    def _number(self, values: NDArray[np.uint64], out: NDArray[np.uint32]) -> int:
        table = byref(self._table)
        return _checked(_library().dedup_number(table, _at(values), len(values), _at(out)))


# -- similarity


def similarities(
    tokens: Ragged[np.uint64] | Ragged[np.uint32],
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    most_cells: int,
) -> NDArray[np.float64]:
    """Compare rows ``left[k]`` and ``right[k]``: float64 (m,), NaN for a pair too long to compare.

    tokens: values, or numbers, which take half as much memory.
    Cost: 1 us a pair of strangers of 65 tokens, 0.1 us a pair with common ends.
    """
    out = np.empty(len(left), dtype=np.float64)
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    values = np.ascontiguousarray(tokens.values)
    wide = values.dtype == np.uint64
    rows = (_at(values), None) if wide else (None, _at(values))
    _checked(
        _library().dedup_similarities(
            *rows, _at(tokens.starts), _at(left), _at(right), 0, len(left), most_cells, _at(out)
        )
    )
    return out


#: Pairs that there is room for at a time, or as many as a row may have.
_PAIRS = 1 << 16


class Pairs(NamedTuple):
    """Pairs of rows: left, right int64 (m,), the later one on the right; similarity float64."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float64]


def all_similar(
    tokens: Ragged[np.uint64],
    left: range,
    right: range,
    threshold: float,
    most_cells: int,
) -> Pairs:
    """Find all pairs of a row of ``left`` and a later one of ``right`` that are similar enough.

    Pairs too long to compare are among them, with NaN. Cost: 10 ns a pair of strangers, 1 us
    another one.
    """
    room = max(_PAIRS, len(right))
    found = []
    begin = left.start
    values = np.ascontiguousarray(tokens.values)
    while begin < left.stop:
        some = Pairs(np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64), np.empty(room))
        out = _Pairs(_at(some.left), _at(some.right), _at(some.similarity), room, 0)
        count = _checked(
            _library().dedup_all_similar(
                _at(values), _at(tokens.starts), begin, left.stop, right.start, right.stop,
                threshold, most_cells, byref(out),
            )
        )  # fmt: skip
        found.append(
            Pairs(
                some.left[:count].copy(), some.right[:count].copy(),
                some.similarity[:count].copy(),
            )
        )  # fmt: skip
        begin = out.next
    if len(found) == 1:
        return found[0]
    return Pairs(
        np.concatenate([each.left for each in found] or [np.empty(0, dtype=np.int64)]),
        np.concatenate([each.right for each in found] or [np.empty(0, dtype=np.int64)]),
        np.concatenate([each.similarity for each in found] or [np.empty(0)]),
    )


# -- alignment


class Blocks(NamedTuple):
    """What pairs of rows have in common, stretch by stretch.

    left, right: int64 (b,), where each stretch begins in either row; size: int64 (b,), its tokens;
    starts: int64 (m + 1,), the first stretch of each pair; whole: bool (m,), False for a pair that
    is too long, of which there are the common ends alone.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    size: NDArray[np.int64]
    starts: NDArray[np.int64]
    whole: NDArray[np.bool_]


def align(
    tokens: Ragged[np.uint64], left: NDArray[np.int64], right: NDArray[np.int64], most_cells: int
) -> Blocks:
    """Align rows ``left[k]`` and ``right[k]`` along a longest common subsequence.

    Cost: 1 us a pair of 65 tokens.
    """
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    values = np.ascontiguousarray(tokens.values)
    lengths = tokens.lengths
    # Of a pair there are no more blocks than tokens in the shorter row.
    room = int(np.minimum(lengths[left], lengths[right]).sum())
    found = Blocks(
        np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.int64),
        np.empty(len(left) + 1, dtype=np.int64), np.empty(len(left), dtype=np.bool_),
    )  # fmt: skip
    out = _Blocks(
        _at(found.left), _at(found.right), _at(found.size), room, _at(found.starts),
        _at(found.whole),
    )  # fmt: skip
    count = _checked(
        _library().dedup_align(
            _at(values), _at(tokens.starts), _at(left), _at(right), len(left), most_cells,
            byref(out),
        )
    )  # fmt: skip
    return Blocks(
        found.left[:count], found.right[:count], found.size[:count], found.starts, found.whole
    )


# -- the walk


class Memory(NamedTuple):
    """What a walk carries from block to block; ``dedup_walk`` in ``kernel.h`` says what it means.

    kept: bool (n,); remembered: uint32 (buckets, cap); filled, met: int64 (buckets,); counts: int64
    (2,), the kept rows that were walked, and ``uncompared``.
    """

    kept: NDArray[np.bool_]
    remembered: NDArray[np.uint32]
    filled: NDArray[np.int64]
    met: NDArray[np.int64]
    counts: NDArray[np.int64]


class Rule(NamedTuple):
    """The limits of the rule: ``dedup_rule`` in ``kernel.h``."""

    cap: int
    most: int
    judged: int
    least: int
    most_cells: int
    threshold: float
    judges: bool
    scoped: bool


class Block(NamedTuple):
    """Some rows in the order of rank, and what is known of them: ``dedup_block`` in ``kernel.h``.

    rows, left_out, at: int64 (k,); pairs and buckets by row: starts int64 (k + 1,), earlier and
    buckets int64, agreement uint8, score float64; sketches: uint64 (a, words) and tokens, of the
    rows with buckets.
    """

    rows: NDArray[np.int64]
    pair_starts: NDArray[np.int64]
    earlier: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    score: NDArray[np.float64]
    left_out: NDArray[np.int64]
    bucket_starts: NDArray[np.int64]
    buckets: NDArray[np.int64]
    at: NDArray[np.int64]
    sketches: NDArray[np.uint64]
    tokens: Ragged[np.uint64]


class Asked(NamedTuple):
    """Pairs whose verdicts a walk asks for: places in the block and earlier rows, int64 (q,)."""

    place: NDArray[np.int64]
    row: NDArray[np.int64]


#: Questions that a walk may ask at a time.
_QUESTIONS = 1 << 14


def walk(
    memory: Memory,
    rule: Rule,
    block: Block,
    begin: int,
    verdicts: tuple[NDArray[np.uint64], NDArray[np.uint8]],
    match: NDArray[np.int64],
    similarity: NDArray[np.float64],
) -> tuple[int, Asked]:
    """Decide a block's rows from ``begin`` on: see ``dedup_walk_block`` in ``kernel.h``.

    verdicts: what is known of pairs, keys rising. Fills match and similarity, one for each row.
    Returns how many rows are decided, and what has to be known to decide more.
    """
    state = _Walk(
        _at(memory.kept), len(memory.kept), _at(memory.remembered), _at(memory.filled),
        _at(memory.met), len(memory.filled), int(memory.counts[0]), int(memory.counts[1]),
    )  # fmt: skip
    values = np.ascontiguousarray(block.tokens.values)
    sketches = np.ascontiguousarray(block.sketches)
    told = _Block(
        _at(block.rows), len(block.rows), _at(block.pair_starts), _at(block.earlier),
        len(block.earlier), _at(block.agreement), _at(block.score), _at(block.left_out),
        _at(block.bucket_starts), _at(block.buckets), len(block.buckets), _at(block.at),
        _at(sketches), *sketches.shape[::-1], _at(values), int(block.tokens.starts[-1]),
        _at(block.tokens.starts), _at(verdicts[0]), _at(verdicts[1]), len(verdicts[0]),
    )  # fmt: skip
    asked = Asked(np.empty(_QUESTIONS, dtype=np.int64), np.empty(_QUESTIONS, dtype=np.int64))
    out = _Decided(_at(match), _at(similarity), _at(asked.place), _at(asked.row), _QUESTIONS, 0, 0)
    decided = _checked(
        _library().dedup_walk_block(
            byref(state), byref(_Rule(*rule)), byref(told), begin, byref(out)
        )
    )
    memory.counts[:] = state.kept_rows, state.uncompared
    return decided, Asked(asked.place[: out.asked], asked.row[: out.asked])


# -- buckets


def buckets(packed: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Sort ``key << 32 | row`` in place, and list the rows whose key another row has too.

    Returns the rows, uint32, bucket after bucket and rising in each; and how many members each
    bucket has, int64. Cost: 10 ns a row.
    """
    count = len(packed)
    spare = np.empty(count, dtype=np.uint64)
    rows, sizes = np.empty(count, dtype=np.uint32), np.empty(count // 2, dtype=np.int64)
    many = c_int64()
    members = _checked(
        _library().dedup_buckets(_at(packed), _at(spare), count, _at(rows), _at(sizes), byref(many))
    )
    return rows[:members].copy(), sizes[: many.value].copy()
