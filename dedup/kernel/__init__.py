"""The compiled kernel, as Python calls it: flat arrays in, numpy arrays out, the GIL let go.

Knows: where the library stands, the arguments of its functions (``kernel.h`` documents them), how
large the arrays must be. Does not know: what the functions are used for, Unicode, recipes.

A function here checks nothing that its caller in this package guarantees: types and shapes of
arrays. The kernel itself checks sizes. Threads may call at the same time.
"""

from __future__ import annotations

import ctypes
import os
from ctypes import (
    POINTER,
    Structure,
    addressof,
    byref,
    c_char,
    c_double,
    c_int32,
    c_int64,
    c_uint64,
    c_void_p,
)
from enum import IntEnum
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.encoded import Encoded
from dedup.kernel.library import machine, missing, path
from dedup.ragged import Ragged, starts_of

#: The version of the library's functions that this module calls.
VERSION = 4

#: Most neighbours in a shingle.
MAX_WIDTH = 8

_NO_MEMORY, _NO_ROOM, _BAD_SIZE = -1, -2, -3


class _Reading(Structure):
    _fields_ = (
        ("normal", c_void_p), ("normal_capacity", c_int64), ("cased", c_void_p),
        ("normal_starts", c_void_p), ("values", c_void_p), ("value_capacity", c_int64),
        ("value_starts", c_void_p), ("token_begin", c_void_p), ("token_end", c_void_p),
        ("special", c_void_p), ("units", c_void_p), ("unit_capacity", c_int64),
        ("unit_starts", c_void_p),
    )  # fmt: skip


class _Cutting(Structure):
    _fields_ = (
        ("begin", c_void_p), ("end", c_void_p), ("start", c_void_p), ("stop", c_void_p),
        ("first", c_void_p), ("last", c_void_p), ("heads", c_void_p), ("capacity", c_int64),
        ("starts", c_void_p), ("packed", c_void_p), ("packed_capacity", c_int64),
        ("packed_starts", c_void_p),
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


class _Page(Structure):
    _fields_ = (
        ("normal", c_void_p), ("cased", c_void_p), ("normal_starts", c_void_p),
        ("values", c_void_p), ("starts", c_void_p), ("begin", c_void_p), ("end", c_void_p),
        ("rows", c_int64),
    )  # fmt: skip


class _Lexicon(Structure):
    _fields_ = (
        ("functions", c_void_p), ("negations", c_void_p), ("numerals", c_void_p),
        ("numeral_values", c_void_p), ("function_count", c_int64), ("negation_count", c_int64),
        ("numeral_count", c_int64),
    )  # fmt: skip


class _Judge(Structure):
    _fields_ = (
        ("lexicon", POINTER(_Lexicon)), ("weights", c_void_p), ("replaced", c_uint64),
        ("facts", c_uint64), ("edits", c_uint64), ("border", c_int64), ("most_cells", c_int64),
        ("noisy", c_int32),
    )  # fmt: skip


class _Judged(Structure):
    _fields_ = (
        ("scores", c_void_p), ("features", c_void_p), ("stretches", c_void_p),
        ("readings", c_void_p), ("starts", c_void_p), ("capacity", c_int64),
    )  # fmt: skip


class _Walk(Structure):
    _fields_ = (
        ("kept", c_void_p), ("row_count", c_int64), ("remembered", c_void_p),
        ("filled", c_void_p), ("met", c_void_p), ("bucket_count", c_int64),
        ("kept_rows", c_int64), ("uncompared", c_int64),
    )  # fmt: skip


class _Rule(Structure):
    _fields_ = (
        ("cap", c_int64), ("most", c_int64), ("least", c_int64), ("most_cells", c_int64),
        ("threshold", c_double), ("scoped", c_int32),
    )  # fmt: skip


class _Meeting(Structure):
    _fields_ = (
        ("count", c_int64), ("pair_starts", c_void_p), ("earlier", c_void_p),
        ("known_place", c_void_p), ("agreement", c_void_p), ("pair_count", c_int64),
        ("bucket_starts", c_void_p), ("buckets", c_void_p), ("membership_count", c_int64),
        ("remembered", c_void_p), ("filled", c_void_p), ("bucket_count", c_int64),
        ("known_rows", c_void_p), ("known_sketches", c_void_p), ("known_count", c_int64),
        ("at", c_void_p), ("sketches", c_void_p), ("words", c_int64), ("sketch_count", c_int64),
    )  # fmt: skip


class _Met(Structure):
    _fields_ = (
        ("starts", c_void_p), ("earlier", c_void_p), ("pair", c_void_p), ("left_out", c_void_p),
        ("agreement", c_void_p), ("capacity", c_int64),
    )  # fmt: skip


class _Block(Structure):
    _fields_ = (
        ("rows", c_void_p), ("count", c_int64), ("pair_starts", c_void_p), ("earlier", c_void_p),
        ("agreement", c_void_p), ("score", c_void_p), ("verdict", c_void_p),
        ("pair_page_row", c_void_p), ("pair_count", c_int64), ("left_out", c_void_p),
        ("bucket_starts", c_void_p), ("buckets", c_void_p), ("membership_count", c_int64),
        ("at", c_void_p), ("sketches", c_void_p), ("words", c_int64), ("sketch_count", c_int64),
        ("values", c_void_p), ("value_count", c_int64), ("starts", c_void_p),
        ("judge", POINTER(_Judge)), ("page", POINTER(_Page)), ("page_row", c_void_p),
    )  # fmt: skip


class _Decided(Structure):
    _fields_ = (("match", c_void_p), ("similarity", c_void_p))


class _Arrivals(Structure):
    _fields_ = (
        ("count", c_int64), ("prints", c_void_p), ("keys", c_void_p), ("bands", c_int64),
        ("sketches", c_void_p), ("words", c_int64), ("exact", c_void_p), ("together", c_int32),
    )  # fmt: skip


class _Members(Structure):
    _fields_ = (
        ("row", c_void_p), ("band", c_void_p), ("place", c_void_p), ("count", c_int64),
        ("sketches", c_void_p), ("stored_count", c_int64),
    )  # fmt: skip


class _Proposed(Structure):
    _fields_ = (
        ("starts", c_void_p), ("stored", c_void_p), ("agreement", c_void_p), ("used", c_void_p),
        ("used_count", c_int64), ("compared", c_void_p),
    )  # fmt: skip


class _Outcomes(Structure):
    _fields_ = (
        ("kept", c_void_p), ("kind", c_void_p), ("held", c_void_p), ("partner", c_void_p),
        ("similarity", c_void_p),
    )  # fmt: skip


class _Memtable(Structure):
    _fields_ = (
        ("keys", c_void_p), ("next", c_void_p), ("heads", c_void_p), ("held", c_void_p),
        ("bands", c_int64), ("size", c_int64), ("end", c_int64),
    )  # fmt: skip


class _Found(Structure):
    _fields_ = (("question", c_void_p), ("number", c_void_p), ("capacity", c_int64))


class _Filters(Structure):
    _fields_ = (
        ("marks", c_void_p), ("shifts", c_void_p), ("bands", c_int64), ("stride", c_int64),
    )  # fmt: skip


_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dedup_read": (c_void_p, c_void_p, c_int64, c_int32, POINTER(_Reading)),
    "dedup_paragraphs": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int32, POINTER(_Cutting),
    ),
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
    "dedup_judge": (
        POINTER(_Page), POINTER(_Judge), c_void_p, c_void_p, c_int64, c_int64, POINTER(_Judged),
    ),
    "dedup_meet": (POINTER(_Rule), POINTER(_Meeting), POINTER(_Met)),
    "dedup_walk_block": (
        POINTER(_Walk), POINTER(_Rule), POINTER(_Block), POINTER(_Decided),
    ),
    "dedup_memtable_add": (POINTER(_Memtable), c_int64, c_void_p, c_void_p, c_int64),
    "dedup_memtable_find": (
        POINTER(_Memtable), c_int64, c_void_p, c_int64, c_int64, POINTER(_Found),
    ),
    "dedup_filters_pass": (
        POINTER(_Filters), c_int64, c_void_p, c_int64, c_int64, c_void_p,
    ),
    "dedup_page_candidates": (
        POINTER(_Rule), POINTER(_Arrivals), POINTER(_Members), POINTER(_Proposed),
    ),
    "dedup_page_decide": (
        POINTER(_Rule), POINTER(_Judge), POINTER(_Arrivals), POINTER(_Members), POINTER(_Proposed),
        POINTER(_Page), c_void_p, c_int64, c_void_p, POINTER(_Outcomes),
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


_NOTHING = c_char * 0


def _at(array: NDArray[Any] | None) -> int | None:
    """Give the address of an array's first element. Cost: 0.5 us, or 3 where it is read-only."""
    if array is None:
        return None
    try:
        return addressof(_NOTHING.from_buffer(array))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return array.ctypes.data


# -- paragraphs


class ParagraphRule(IntEnum):
    """What is a paragraph of plain text: ``dedup_paragraphs`` in ``kernel.h`` says it."""

    EACH_LINE = 0
    EACH_BLOCK = 1
    JUDGED = 2


class Cutting(NamedTuple):
    """The ``n`` paragraphs of ``m`` texts.

    places: int64 (4, n), the characters in its document where each begins and ends, and its first
    and its last line, from 1; starts: int64 (m + 1,), where those of each text begin; texts: what
    the paragraphs say.
    """

    places: NDArray[np.int64]
    starts: NDArray[np.int64]
    texts: Encoded


#: Bytes that end a line, and all with which or behind which a paragraph may end.
_FEED, _ENDS = (b"\n",), (b"\n", b"\v", b"\f", b"\r", b"\x85", b"\xa9")


def paragraphs(
    texts: Encoded,
    rule: ParagraphRule,
    character: NDArray[np.int64] | None = None,
    line: NDArray[np.int64] | None = None,
) -> Cutting:
    """Cut plain texts into paragraphs.

    character, line: (m,), how much of its document stands before a text; None for nothing. Cost: 1
    ns a byte and 0.1 us a line.
    """
    count = len(texts.starts) - 1
    raw = texts.bytes[int(texts.starts[0]) : int(texts.starts[-1])].tobytes()
    nothing = np.zeros(count, dtype=np.int64)
    before = (nothing if character is None else character, nothing if line is None else line)
    packed, starts = np.empty(len(raw), dtype=np.uint8), np.empty(count + 1, dtype=np.int64)
    for ends in (_FEED, _ENDS):  # as a rule nothing but line feeds parts the texts
        room = count + sum(map(raw.count, ends))
        rows = _Rows(room)
        out = rows.described(starts, packed)
        result = _library().dedup_paragraphs(
            _at(texts.bytes), _at(texts.starts), *map(_at, before), count, rule, byref(out)
        )
        if result != _NO_ROOM:
            break
    found = rows.packed_starts[: _checked(result) + 1]
    own = Encoded(packed[: int(found[-1])], found)
    return Cutting(rows.places[:, : len(found) - 1], starts, own)


class _Rows:
    """Room for paragraphs."""

    def __init__(self, room: int) -> None:
        self.room = room
        self._columns = np.zeros((7, room + 1), dtype=np.int64)
        self._heads = np.empty(room, dtype=np.uint8)

    @property
    def places(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._columns[2:6]
        return found

    @property
    def packed_starts(self) -> NDArray[np.int64]:
        found: NDArray[np.int64] = self._columns[6]
        return found

    def described(
        self, starts: NDArray[np.int64], packed: NDArray[np.uint8] | None = None
    ) -> _Cutting:
        """Describe the room to the kernel."""
        at, step = self._columns.ctypes.data, 8 * (self.room + 1)
        size = 0 if packed is None else len(packed)
        return _Cutting(
            *range(at, at + 6 * step, step), _at(self._heads), self.room, _at(starts),
            _at(packed), size, at + 6 * step,
        )  # fmt: skip


class Cutter:
    """Cuts one text after the other by one rule, with the same arrays; not for several threads."""

    def __init__(self, rule: ParagraphRule) -> None:
        self._rule = int(rule)
        self._starts = np.zeros(2, dtype=np.int64)
        self._before = np.zeros(2, dtype=np.int64)
        self._edges = np.zeros(2, dtype=np.int64)
        self._call = _library().dedup_paragraphs
        self._addresses = [_at(each) for each in (self._edges, self._before, self._before[1:])]
        self._hold(64)

    def _hold(self, room: int) -> None:
        self._rows = _Rows(room)
        self._out = self._rows.described(self._starts)

    def places(self, raw: bytes, character: int = 0, line: int = 0) -> NDArray[np.int64]:
        """Cut a text, or a section of one: int64 (4, n), as of ``Cutting``.

        Cost: 5 us, 1 ns a byte and 0.1 us a line.
        """
        edges, character_at, line_at = self._addresses
        self._edges[1] = len(raw)
        self._before[:] = character, line
        for ends in (_FEED, _ENDS):
            room = 1 + sum(map(raw.count, ends))
            if room > self._rows.room:
                self._hold(2 * room)
            result: int = self._call(
                raw, edges, character_at, line_at, 1, self._rule, byref(self._out)
            )
            if result != _NO_ROOM:
                break
        found: NDArray[np.int64] = self._rows.places[:, : _checked(result)].copy()
        return found


# -- texts


class Reading(NamedTuple):
    """Texts that were read: ``n`` rows.

    tokens: their hashes; normal: uint8, the normal form of the texts, each with a line end behind
    it; cased: uint8, the same with capitals kept, or nothing; begin, end: int64, where in its
    text's normal form each token stands, or nothing; special: bool (n,), rows that are left empty
    since they need rules of Python; units: the code points of the tokens, words parted by one
    space, or nothing.
    """

    tokens: Ragged[np.uint64]
    normal: Ragged[np.uint8]
    cased: NDArray[np.uint8]
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

    units: whether these are wanted; places: whether it is wanted where each token stands, and what
    has capitals. Cost: 1 us for an English paragraph of 65 words, 1 to 3 us in other scripts.
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
    cased = np.empty(room[0] if places else 0, dtype=np.uint8)
    out = _Reading(
        _at(normal), len(normal), _at(cased) if places else None, _at(normal_starts), _at(values),
        len(values), _at(starts),
        _at(begin) if places else None, _at(end) if places else None, _at(special),
        _at(points) if units else None, len(points), _at(point_starts),
    )  # fmt: skip
    result = _library().dedup_read(_at(texts.bytes), _at(texts.starts), rows, folded, byref(out))
    if result == _NO_ROOM:
        return None
    count = _checked(result)
    size = int(normal_starts[-1])
    return Reading(
        Ragged(values[:count], starts), Ragged(normal[:size], normal_starts), cased[:size],
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


# -- judging

#: How many features a pair has: the readings of its stretches, then what is said of it as a whole.
READINGS, FEATURES = 27, 35


class Lexicon(NamedTuple):
    """Hashes of words that are looked up, uint64, each list rising: ``dedup_lexicon``.

    numeral_values: int64, what the numerals stand for.
    """

    functions: NDArray[np.uint64]
    negations: NDArray[np.uint64]
    numerals: NDArray[np.uint64]
    numeral_values: NDArray[np.int64]


class Judge(NamedTuple):
    """By what pairs are judged: ``dedup_judge`` in ``kernel.h``.

    weights: int32 (FEATURES,), in tenths; replaced, facts, edits: a bit for each reading.
    """

    lexicon: Lexicon
    weights: NDArray[np.int32]
    replaced: int
    facts: int
    edits: int
    border: int
    most_cells: int
    noisy: bool


class Judged(NamedTuple):
    """What is found of ``m`` pairs.

    scores: int64 (m,), in 640ths; features: int64 (m, FEATURES), in 64ths; stretches: int64 (s, 4),
    from which token to which in the left text and the right one; readings: uint8 (s,); starts:
    int64 (m + 1,), the first stretch of each pair.
    """

    scores: NDArray[np.int64]
    features: NDArray[np.int64]
    stretches: NDArray[np.int64]
    readings: NDArray[np.uint8]
    starts: NDArray[np.int64]


def judge_scores(
    page: Reading, judge: Judge, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Score the pairs ``left[k], right[k]`` of a page's texts: int64 (m,), in 640ths.

    Two texts without a difference have the lowest number. Cost: 3 us a pair of paragraphs.
    """
    scores = np.empty(len(left), dtype=np.int64)
    _judge(page, judge, left, right, _Judged(_at(scores), None, None, None, None, 0))
    return scores


def judge_whole(
    page: Reading, judge: Judge, left: NDArray[np.int64], right: NDArray[np.int64]
) -> Judged:
    """Score pairs and tell of each what it is made of."""
    count, lengths = len(left), page.tokens.lengths
    room = int((lengths[left] + lengths[right]).sum())
    found = Judged(
        np.empty(count, dtype=np.int64), np.empty((count, FEATURES), dtype=np.int64),
        np.empty((room, 4), dtype=np.int64), np.empty(room, dtype=np.uint8),
        np.empty(count + 1, dtype=np.int64),
    )  # fmt: skip
    out = _Judged(
        _at(found.scores), _at(found.features), _at(found.stretches), _at(found.readings),
        _at(found.starts), room,
    )  # fmt: skip
    many = _judge(page, judge, left, right, out)
    return found._replace(stretches=found.stretches[:many], readings=found.readings[:many])


def _judge(
    page: Reading, judge: Judge, left: NDArray[np.int64], right: NDArray[np.int64], out: _Judged
) -> int:
    left, right = (np.ascontiguousarray(each, dtype=np.int64) for each in (left, right))
    return _checked(
        _library().dedup_judge(
            byref(_laid_out(page)), byref(_described_judge(judge)), _at(left), _at(right), 0,
            len(left), byref(out),
        )
    )  # fmt: skip


def _laid_out(page: Reading) -> _Page:
    return _Page(
        _at(page.normal.values), _at(page.cased), _at(page.normal.starts), _at(page.tokens.values),
        _at(page.tokens.starts), _at(page.begin), _at(page.end), len(page.tokens.starts) - 1,
    )  # fmt: skip


def _described_judge(judge: Judge) -> _Judge:
    lists = judge.lexicon
    lexicon = _Lexicon(
        _at(lists.functions), _at(lists.negations), _at(lists.numerals), _at(lists.numeral_values),
        len(lists.functions), len(lists.negations), len(lists.numerals),
    )  # fmt: skip
    return _Judge(
        ctypes.pointer(lexicon), _at(judge.weights), judge.replaced, judge.facts, judge.edits,
        judge.border, judge.most_cells, judge.noisy,
    )  # fmt: skip


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
    least: int
    most_cells: int
    threshold: float
    scoped: bool


class Meeting(NamedTuple):
    """Some rows, and what buckets showed before them: ``dedup_meeting`` in ``kernel.h``.

    Pairs and buckets by row: starts int64 (k + 1,), earlier, known_place and buckets int64,
    agreement uint8; remembered: int64 (buckets, cap), filled int64; known_rows: int64, with their
    sketches uint64 (a, words); at: int64 (k,), into sketches uint64 (b, words).
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
    """The candidates of ``k`` rows from before them.

    starts: int64 (k + 1,); earlier, pair: int64 (m,), the earlier rows and their numbers among the
    pairs handed in, or -1; agreement: uint8 (m,); left_out: int64 (k,), how many more there were.
    """

    starts: NDArray[np.int64]
    earlier: NDArray[np.int64]
    pair: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    left_out: NDArray[np.int64]


def meet(rule: Rule, of: Meeting) -> Met:
    """List the candidates of rows from before them: see ``dedup_meet`` in ``kernel.h``.

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
    told = _Meeting(
        count, _at(of.pair_starts), _at(of.earlier), _at(of.known_place), _at(of.agreement),
        len(of.earlier), _at(of.bucket_starts), _at(of.buckets), len(of.buckets),
        _at(of.remembered), _at(of.filled), len(of.filled), _at(of.known_rows), _at(known),
        len(known), _at(of.at), _at(sketches), sketches.shape[1], len(sketches),
    )  # fmt: skip
    out = _Met(
        _at(found.starts), _at(found.earlier), _at(found.pair), _at(found.left_out),
        _at(found.agreement), room,
    )  # fmt: skip
    many = _checked(_library().dedup_meet(byref(_Rule(*rule)), byref(told), byref(out)))
    return found._replace(
        earlier=found.earlier[:many], pair=found.pair[:many], agreement=found.agreement[:many]
    )


class Block(NamedTuple):
    """Some rows in the order of rank, and what is known of them: ``dedup_block`` in ``kernel.h``.

    rows, left_out, at, page_row: int64 (k,); pairs and buckets by row: starts int64 (k + 1,),
    earlier, pair_page_row and buckets int64, agreement and verdict uint8, score float64; sketches:
    uint64 (a, words) and tokens, of the rows with buckets.
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

    See ``dedup_walk_block`` in ``kernel.h``. Without a judge whatever is alike is a copy. Cost:
    some 1 us for each candidate that is compared or judged here, and 5 ns for each row that a
    bucket shows.
    """
    state = _Walk(
        _at(memory.kept), len(memory.kept), _at(memory.remembered), _at(memory.filled),
        _at(memory.met), len(memory.filled), int(memory.counts[0]), int(memory.counts[1]),
    )  # fmt: skip
    values = np.ascontiguousarray(block.tokens.values)
    sketches = np.ascontiguousarray(block.sketches)
    page = None if block.page is None else ctypes.pointer(_laid_out(block.page))
    by = None if judge is None else ctypes.pointer(_described_judge(judge))
    told = _Block(
        _at(block.rows), len(block.rows), _at(block.pair_starts), _at(block.earlier),
        _at(block.agreement), _at(block.score), _at(block.verdict), _at(block.pair_page_row),
        len(block.earlier), _at(block.left_out),
        _at(block.bucket_starts), _at(block.buckets), len(block.buckets), _at(block.at),
        _at(sketches), *sketches.shape[::-1], _at(values), int(block.tokens.starts[-1]),
        _at(block.tokens.starts), by, page, _at(block.page_row),
    )  # fmt: skip
    match = np.empty(len(block.rows), dtype=np.int64)
    similarity = np.empty(len(block.rows), dtype=np.float64)
    out = _Decided(_at(match), _at(similarity))
    _checked(
        _library().dedup_walk_block(byref(state), byref(_Rule(*rule)), byref(told), byref(out))
    )
    memory.counts[:] = state.kept_rows, state.uncompared
    return match, similarity


# -- a page against an index

#: Most rows of a page.
PAGE_ROWS = 64


class Arrivals(NamedTuple):
    """Paragraphs that come together: ``dedup_arrivals`` in ``kernel.h``. ``n`` rows.

    prints: uint64 (n, 2); band_keys: uint32 (bands, n); sketches: uint64 (n, words); exact: int64
    (n,); together: whether a row is compared with those before it, and not with the index alone.
    """

    prints: NDArray[np.uint64]
    band_keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]
    exact: NDArray[np.int64]
    together: bool


class Members(NamedTuple):
    """The stored rows in the buckets of a page: ``dedup_members`` in ``kernel.h``.

    row, band, place: int64 (m,); sketches: uint64 (s, words), of the stored rows.
    """

    row: NDArray[np.int64]
    band: NDArray[np.int64]
    place: NDArray[np.int64]
    sketches: NDArray[np.uint64]


class Proposed(NamedTuple):
    """The pairs of a page that are worth comparing: ``dedup_proposed`` in ``kernel.h``.

    starts: int64 (n + 1,); stored: int64 (p,), places in ``used``; agreement: uint8 (p,); used:
    int64 (u,), places of the stored rows whose texts are wanted; compared: bool (n,), whether the
    text of a row of the page is wanted.
    """

    starts: NDArray[np.int64]
    stored: NDArray[np.int64]
    agreement: NDArray[np.uint8]
    used: NDArray[np.int64]
    compared: NDArray[np.bool_]


class Outcomes(NamedTuple):
    """What became of the rows of a page: ``dedup_outcomes`` in ``kernel.h``.

    kept: bool (n,); kind: uint8 (n,), see ``dedup.Kind``; held: bool (bands, n); partner: int64
    (n,), a place in ``used``, or behind these a row of the page, or -1; similarity: float64 (n,).
    """

    kept: NDArray[np.bool_]
    kind: NDArray[np.uint8]
    held: NDArray[np.bool_]
    partner: NDArray[np.int64]
    similarity: NDArray[np.float64]


def page_candidates(rule: Rule, page: Arrivals, members: Members) -> Proposed:
    """List the pairs of a page and stored rows that are worth comparing.

    See ``dedup_page_candidates`` in ``kernel.h``. Cost: some 10 us, and 10 ns for each member and
    each pair of rows of the page.
    """
    count, room = len(page.exact), len(members.row)
    found = Proposed(
        np.empty(count + 1, dtype=np.int64), np.empty(room, dtype=np.int64),
        np.empty(room, dtype=np.uint8), np.empty(room, dtype=np.int64),
        np.empty(count, dtype=np.bool_),
    )  # fmt: skip
    out = _described_proposed(found)
    pairs = _checked(
        _library().dedup_page_candidates(
            byref(_Rule(*rule)), byref(_described_page(page)), byref(_described_members(members)),
            byref(out),
        )
    )  # fmt: skip
    return found._replace(
        stored=found.stored[:pairs], agreement=found.agreement[:pairs],
        used=found.used[: out.used_count],
    )  # fmt: skip


def page_outcomes(
    rule: Rule,
    judge: Judge | None,
    page: Arrivals,
    members: Members,
    proposed: Proposed,
    texts: Reading | None,
    tokens: Ragged[np.uint64],
) -> Outcomes:
    """Decide a page: see ``dedup_page_decide`` in ``kernel.h``.

    texts: laid out for the judge, those of the page and then those of the stored rows; tokens:
    theirs. Cost: some 20 us, and 1 us for each pair that is compared or judged.
    """
    count, bands = len(page.exact), len(page.band_keys)
    found = Outcomes(
        np.empty(count, dtype=np.bool_), np.empty(count, dtype=np.uint8),
        np.empty((bands, count), dtype=np.bool_), np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.float64),
    )  # fmt: skip
    out = _Outcomes(
        _at(found.kept), _at(found.kind), _at(found.held), _at(found.partner),
        _at(found.similarity),
    )  # fmt: skip
    _checked(
        _library().dedup_page_decide(
            byref(_Rule(*rule)), None if judge is None else byref(_described_judge(judge)),
            byref(_described_page(page)), byref(_described_members(members)),
            byref(_described_proposed(proposed)),
            None if texts is None else byref(_laid_out(texts)), _at(tokens.values),
            len(tokens.values), _at(tokens.starts), byref(out),
        )
    )  # fmt: skip
    return found


def _described_page(page: Arrivals) -> _Arrivals:
    return _Arrivals(
        len(page.exact), _at(page.prints), _at(page.band_keys), len(page.band_keys),
        _at(page.sketches), page.sketches.shape[1], _at(page.exact), page.together,
    )  # fmt: skip


def _described_members(members: Members) -> _Members:
    return _Members(
        _at(members.row), _at(members.band), _at(members.place), len(members.row),
        _at(members.sketches), len(members.sketches),
    )  # fmt: skip


def _described_proposed(proposed: Proposed) -> _Proposed:
    return _Proposed(
        _at(proposed.starts), _at(proposed.stored), _at(proposed.agreement), _at(proposed.used),
        len(proposed.used), _at(proposed.compared),
    )  # fmt: skip


# -- who has a key in a band


class Memtable:
    """A ring of ``size`` rows (a power of two) in ``bands`` bands: which rows have a key.

    A band may be emptied by itself; until then a row stays at its place, so at most ``size`` rows
    may lie between the oldest that any band still holds and the newest. Memory: 13 bytes for each
    row and band, touched as it fills.
    """

    def __init__(self, bands: int, size: int) -> None:
        self._size = size
        self._keys, self._next, self._heads = (
            np.zeros((bands, size), dtype=np.uint32) for _ in range(3)
        )
        self._held = np.zeros((bands, size), dtype=bool)
        self._table = _Memtable(
            _at(self._keys), _at(self._next), _at(self._heads), _at(self._held), bands, size, 0
        )

    def add(self, first: int, keys: NDArray[np.uint32], held: NDArray[np.bool_]) -> None:
        """Add rows ``first``, ``first + 1``, ...: keys and held (bands, n), held says which count.

        Cost: some 5 us, and 10 ns for each key.
        """
        keys, held = np.ascontiguousarray(keys), np.ascontiguousarray(held)
        count = keys.shape[1]
        _checked(
            _library().dedup_memtable_add(byref(self._table), first, _at(keys), _at(held), count)
        )

    def empty(self, bands: NDArray[np.int64]) -> None:
        """Forget all rows of some bands. Cost: 30 us a band for a ring of 2**17."""
        self._heads[bands] = 0

    def find(
        self, first_band: int, keys: NDArray[np.uint32]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the rows with keys in bands: (place of the key, number of the row).

        keys: uint32 (some bands from ``first_band`` on, n), contiguous; places count through them.
        Cost: some 5 us, and 20 ns a key.
        """
        room = 4 * keys.size + 64
        while True:
            question, number = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
            count = _library().dedup_memtable_find(
                byref(self._table), first_band, _at(keys), *keys.shape,
                byref(_Found(_at(question), _at(number), room)),
            )  # fmt: skip
            if count != _NO_ROOM:
                break
            room *= 8
        _checked(count)
        return question[:count], number[:count]

    def rows(self, band: int, first: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """List the keys and numbers of the rows of a band from row ``first`` on."""
        numbers = np.arange(first, self._table.end)
        at = numbers & (self._size - 1)
        held = self._held[band, at]
        return self._keys[band, at[held]], numbers[held]


def filters_pass(
    marks: NDArray[np.uint8],
    shifts: NDArray[np.uint32],
    first_band: int,
    keys: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """List the places of the keys that pass the filters of their bands: ``dedup_filters_pass``.

    marks: uint8 (bands, bytes); shifts: uint32 (bands,); keys: uint32 (some bands from
    ``first_band`` on, n), contiguous. Cost: some 5 us, and 5 ns a key.
    """
    out = np.empty(keys.size, dtype=np.int64)
    filters = _Filters(_at(marks), _at(shifts), *marks.shape)
    count = _checked(
        _library().dedup_filters_pass(byref(filters), first_band, _at(keys), *keys.shape, _at(out))
    )
    return out[:count]


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
