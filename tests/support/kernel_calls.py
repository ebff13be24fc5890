"""Call the functions of the kernel as ``kernel.h`` describes them, with any ranges and sizes.

Knows: the header. Does not know: ``dedup.kernel``, which always calls with whole ranges and right
sizes. Every array has exactly the stated length, so that a sanitised library reports the first byte
that is read or written beyond it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from ctypes import POINTER, Structure, byref, c_double, c_int32, c_int64, c_uint64, c_void_p
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.sketch import permutations
from dedup.kernel.library import path
from dedup.ragged import Ragged, starts_of

NO_MEMORY, NO_ROOM, BAD_SIZE = -1, -2, -3
BAG_WORDS = 4


class CReading(Structure):
    """``struct dedup_reading``."""

    _fields_ = (
        ("normal", c_void_p), ("normal_capacity", c_int64), ("cased", c_void_p),
        ("normal_starts", c_void_p), ("values", c_void_p), ("value_capacity", c_int64),
        ("value_starts", c_void_p), ("token_begin", c_void_p), ("token_end", c_void_p),
        ("special", c_void_p), ("units", c_void_p), ("unit_capacity", c_int64),
        ("unit_starts", c_void_p),
    )  # fmt: skip


class CRemoval(Structure):
    """``struct dedup_removal``."""

    _fields_ = (
        ("cut_begin", c_void_p), ("cut_end", c_void_p), ("before_begin", c_void_p),
        ("before_end", c_void_p), ("after_begin", c_void_p), ("after_end", c_void_p),
        ("rest", c_void_p), ("rest_capacity", c_int64), ("rest_starts", c_void_p),
    )  # fmt: skip


class CField(Structure):
    """``struct dedup_field``."""

    _fields_ = (
        ("kind", c_int32), ("label", ctypes.c_char_p), ("label_size", c_int64),
        ("begin", c_void_p), ("end", c_void_p), ("bytes", c_void_p),
    )  # fmt: skip


class CFamily(Structure):
    """``struct dedup_family``."""

    _fields_ = (
        ("width", c_int32), ("linked", c_int32), ("a", c_void_p), ("b", c_void_p),
        ("permutations", c_int64), ("bands", c_int64), ("band_rows", c_int64),
        ("sketch_words", c_int64),
    )  # fmt: skip


class CSketches(Structure):
    """``struct dedup_sketches``."""

    _fields_ = (
        ("signatures", c_void_p), ("keys", c_void_p), ("sketches", c_void_p), ("bags", c_void_p),
        ("stride", c_int64),
    )  # fmt: skip


class CNumbers(Structure):
    """``struct dedup_numbers``."""

    _fields_ = (
        ("tokens", c_void_p), ("count", c_int64), ("capacity", c_int64), ("slots", c_void_p),
        ("multiplier", c_uint64), ("slot_bits", c_int32),
    )  # fmt: skip


class CPairs(Structure):
    """``struct dedup_pairs``."""

    _fields_ = (
        ("left", c_void_p), ("right", c_void_p), ("similarity", c_void_p), ("capacity", c_int64),
        ("next", c_int64),
    )  # fmt: skip


class CBlocks(Structure):
    """``struct dedup_blocks``."""

    _fields_ = (
        ("left", c_void_p), ("right", c_void_p), ("size", c_void_p), ("capacity", c_int64),
        ("starts", c_void_p), ("whole", c_void_p),
    )  # fmt: skip


class CCutting(Structure):
    """``struct dedup_cutting``."""

    _fields_ = (
        ("begin", c_void_p), ("end", c_void_p), ("start", c_void_p), ("stop", c_void_p),
        ("first", c_void_p), ("last", c_void_p), ("heads", c_void_p), ("capacity", c_int64),
        ("starts", c_void_p), ("packed", c_void_p), ("packed_capacity", c_int64),
        ("packed_starts", c_void_p),
    )  # fmt: skip


class CLook(Structure):
    """``struct dedup_look``."""

    _fields_ = (
        ("sketches", c_void_p), ("rows", c_int64), ("words", c_int64), ("least", c_int64),
    )  # fmt: skip


class CProposals(Structure):
    """``struct dedup_proposals``."""

    _fields_ = (("pairs", c_void_p), ("capacity", c_int64), ("next", c_int64))


_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dedup_read": (c_void_p, c_void_p, c_int64, c_int32, POINTER(CReading)),
    "dedup_paragraphs": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int32, POINTER(CCutting),
    ),
    "dedup_remove": (
        c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_void_p, c_void_p, c_int64,
        POINTER(CRemoval),
    ),
    "dedup_lines": (POINTER(CField), c_int64, c_int64, c_void_p, c_int64, c_void_p),
    "dedup_sketch": (POINTER(CFamily), c_void_p, c_void_p, c_int64, c_int64, POINTER(CSketches)),
    "dedup_cut": (POINTER(CFamily), c_void_p, c_int64, POINTER(CSketches)),
    "dedup_shingles": (c_void_p, c_void_p, c_int64, c_int32, c_int32, c_void_p, c_void_p),
    "dedup_number": (POINTER(CNumbers), c_void_p, c_int64, c_void_p),
    "dedup_similarities": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_int64, c_void_p,
    ),
    "dedup_may_be_similar": (
        c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_int64, c_double, c_int64,
        c_void_p,
    ),
    "dedup_all_similar": (
        c_void_p, c_void_p, c_int64, c_int64, c_int64, c_int64, c_double, c_int64, POINTER(CPairs),
    ),
    "dedup_align": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, POINTER(CBlocks),
    ),
    "dedup_buckets": (c_void_p, c_void_p, c_int64, c_void_p, c_void_p, POINTER(c_int64)),
    "dedup_pack": (c_void_p, c_int64, c_void_p, c_int64, c_void_p),
    "dedup_bucket_pairs": (
        c_void_p, c_void_p, c_int64, c_int64, POINTER(CLook), POINTER(CProposals),
    ),
}  # fmt: skip


@cache
def library() -> ctypes.CDLL:
    """Load the library that the package has."""
    found = ctypes.CDLL(path())
    for name, arguments in _ARGUMENTS.items():
        function = getattr(found, name)
        function.argtypes, function.restype = arguments, c_int64
    return found


def at(array: NDArray[Any] | None) -> int | None:
    """Give the address of an array's first element."""
    return None if array is None else array.ctypes.data


def ragged(rows: Sequence[Sequence[int]]) -> Ragged[np.uint64]:
    """Put rows of values one behind another."""
    flat = np.array([value for row in rows for value in row], dtype=np.uint64)
    return Ragged(flat, starts_of(np.array([len(row) for row in rows], dtype=np.int64)))


def rows_of(values: NDArray[Any], starts: NDArray[np.int64]) -> list[list[int]]:
    """Take rows apart."""
    flat, edges = values.tolist(), starts.tolist()
    return [flat[begin:end] for begin, end in pairwise(edges)]


class Read(NamedTuple):
    """What ``dedup_read`` returned and wrote; arrays as long as the room there was."""

    result: int
    normal: NDArray[np.uint8]
    cased: NDArray[np.uint8]
    normal_starts: NDArray[np.int64]
    values: NDArray[np.uint64]
    value_starts: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    special: NDArray[np.uint8]
    units: NDArray[np.uint64]
    unit_starts: NDArray[np.int64]


def read(
    raw: bytes | NDArray[np.uint8],
    starts: NDArray[np.int64],
    folded: bool = False,
    units: bool = False,
    places: bool = True,
    room: tuple[int, int] | None = None,
) -> Read:
    """Call ``dedup_read``. room: bytes of normal form, values and units; None for enough of all."""
    texts = np.frombuffer(raw, dtype=np.uint8) if isinstance(raw, bytes) else raw
    rows = len(starts) - 1
    span = int(starts[-1] - starts[0]) if rows > 0 else 0
    normal_room, value_room = room or (20 * span + rows + 16, 20 * span + rows + 16)
    normal, values = np.empty(normal_room, dtype=np.uint8), np.empty(value_room, dtype=np.uint64)
    normal_starts, value_starts = (np.empty(rows + 1, dtype=np.int64) for _ in range(2))
    begin, end = (np.empty(value_room if places else 0, dtype=np.int64) for _ in range(2))
    special = np.empty(rows, dtype=np.uint8)
    points = np.empty(value_room if units else 0, dtype=np.uint64)
    point_starts = np.zeros(rows + 1 if units else 1, dtype=np.int64)
    cased = np.empty(normal_room if places else 0, dtype=np.uint8)
    out = CReading(
        at(normal), normal_room, at(cased) if places else None, at(normal_starts), at(values),
        value_room, at(value_starts),
        at(begin) if places else None, at(end) if places else None, at(special),
        at(points) if units else None, len(points), at(point_starts) if units else None,
    )  # fmt: skip
    result = library().dedup_read(at(texts), at(starts), rows, folded, byref(out))
    return Read(
        result, normal, cased, normal_starts, values, value_starts, begin, end, special, points,
        point_starts,
    )  # fmt: skip


class Cut(NamedTuple):
    """What ``dedup_paragraphs`` returned and wrote.

    rows: begin, end, start, stop, first and last of each; texts: what was packed, None if not.
    """

    result: int
    rows: NDArray[np.int64]
    starts: NDArray[np.int64]
    texts: list[bytes] | None


def paragraphs(
    raw: bytes,
    starts: NDArray[np.int64],
    rule: int,
    room: int | None = None,
    packed: int | None = None,
    before: tuple[int, int] = (0, 0),
) -> Cut:
    """Call ``dedup_paragraphs``. room: rows, None for enough; packed: bytes, None for none."""
    texts, count = np.frombuffer(raw, dtype=np.uint8), len(starts) - 1
    room = len(raw) + count if room is None else room
    columns = [np.empty(max(room, 0), dtype=np.int64) for _ in range(6)]
    heads, edges = np.empty(max(room, 0), dtype=np.uint8), np.empty(count + 1, dtype=np.int64)
    own, ends = np.empty(packed or 0, dtype=np.uint8), np.empty(max(room, 0) + 1, dtype=np.int64)
    character, line = (np.full(count, each, dtype=np.int64) for each in before)
    has = packed is not None
    out = CCutting(
        *map(at, columns), at(heads), room, at(edges), at(own) if has else None, len(own),
        at(ends) if has else None,
    )  # fmt: skip
    result = library().dedup_paragraphs(
        at(texts), at(starts), at(character), at(line), count, rule, byref(out)
    )
    rows = np.array([each[: max(result, 0)] for each in columns])
    if result < 0 or not has:
        return Cut(result, rows, edges, None)
    cuts = pairwise(ends[: result + 1].tolist())
    return Cut(result, rows, edges, [own[begin:end].tobytes() for begin, end in cuts])


class Removed(NamedTuple):
    """What ``dedup_remove`` returned and wrote. places: before and after, as in the header."""

    result: int
    places: NDArray[np.int64]
    rests: list[bytes]


def remove(
    raw: bytes,
    starts: NDArray[np.int64],
    spans: NDArray[np.int64],
    row_starts: NDArray[np.int64],
    going: NDArray[np.int64],
    room: int | None = None,
) -> Removed:
    """Call ``dedup_remove``. spans: the bytes of the paragraphs; room: bytes, None for enough."""
    texts, count = np.frombuffer(raw, dtype=np.uint8), len(starts) - 1
    places = [np.empty(len(going), dtype=np.int64) for _ in range(6)]
    rest = np.empty(len(raw) if room is None else max(room, 0), dtype=np.uint8)
    edges = np.empty(count + 1, dtype=np.int64)
    out = CRemoval(*map(at, places), at(rest), len(rest) if room is None else room, at(edges))
    begin, end = (np.ascontiguousarray(each) for each in spans)
    result = library().dedup_remove(
        at(texts), at(starts), count, at(begin), at(end), at(row_starts), at(going), len(going),
        byref(out),
    )  # fmt: skip
    if result < 0:
        return Removed(result, np.empty((4, 0), dtype=np.int64), [])
    cuts = pairwise(edges.tolist())
    return Removed(result, np.array(places[2:]), [rest[a:b].tobytes() for a, b in cuts])


def lines(
    fields: Sequence[tuple[int, bytes, NDArray[np.int64], NDArray[np.int64] | None, bytes]],
    rows: int,
    room: int,
) -> tuple[int, list[bytes]]:
    """Call ``dedup_lines`` with fields: kind, label, begin, end and bytes. room: bytes."""
    arrays = [np.frombuffer(each[4], dtype=np.uint8) for each in fields]
    described = (CField * len(fields))(
        *(
            CField(kind, label, len(label), at(begin), None if end is None else at(end), at(array))
            for (kind, label, begin, end, _), array in zip(fields, arrays, strict=True)
        )
    )
    out, starts = np.empty(max(room, 0), dtype=np.uint8), np.empty(rows + 1, dtype=np.int64)
    result = library().dedup_lines(described, len(fields), rows, at(out), room, at(starts))
    if result < 0:
        return result, []
    return result, [out[a:b].tobytes() for a, b in pairwise(starts.tolist())]


class Family(NamedTuple):
    """How rows become signatures, by the names of the header."""

    width: int = 2
    linked: bool = True
    permutations: int = 12
    bands: int = 4
    band_rows: int = 3
    sketch_words: int = 1
    seed: int = 1


class Sketched(NamedTuple):
    """What ``dedup_sketch`` and ``dedup_cut`` returned and wrote."""

    result: int
    signatures: NDArray[np.uint32]
    keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]
    bags: NDArray[np.uint64]


def sketch(
    tokens: Ragged[np.uint64], family: Family, begin: int = 0, end: int | None = None
) -> Sketched:
    """Call ``dedup_sketch`` for some of the rows."""
    end = len(tokens.starts) - 1 if end is None else end
    out, call = _room(family, end - begin)
    drawn = permutations(family.permutations, family.seed)
    described = _described(family, drawn)
    result = library().dedup_sketch(
        byref(described), at(tokens.values), at(tokens.starts), begin, end, byref(call)
    )
    return out._replace(result=result)


def cut(signatures: NDArray[np.uint32], family: Family) -> Sketched:
    """Call ``dedup_cut``; signatures: uint32 (permutations, n)."""
    whole = np.ascontiguousarray(signatures)
    out, call = _room(family, whole.shape[1])
    drawn = permutations(family.permutations, family.seed)
    described = _described(family, drawn)
    result = library().dedup_cut(byref(described), at(whole), whole.shape[1], byref(call))
    return out._replace(result=result)


def _room(family: Family, rows: int) -> tuple[Sketched, CSketches]:
    out = Sketched(
        0,
        np.empty((family.permutations, rows), dtype=np.uint32),
        np.empty((family.bands, rows), dtype=np.uint32),
        np.empty((rows, family.sketch_words), dtype=np.uint64),
        np.empty((rows, BAG_WORDS), dtype=np.uint64),
    )
    return out, CSketches(at(out.signatures), at(out.keys), at(out.sketches), at(out.bags), rows)


def _described(family: Family, drawn: NDArray[np.uint32]) -> CFamily:
    return CFamily(
        family.width, family.linked, at(drawn[0]), at(drawn[1]), family.permutations, family.bands,
        family.band_rows, family.sketch_words,
    )  # fmt: skip


def shingles(
    tokens: Ragged[np.uint64], width: int, linked: bool
) -> tuple[int, NDArray[np.uint32], NDArray[np.int64]]:
    """Call ``dedup_shingles``: what it returned, hashes, starts."""
    rows = len(tokens.starts) - 1
    out, starts = np.empty(len(tokens.values), np.uint32), np.empty(rows + 1, np.int64)
    result = library().dedup_shingles(
        at(tokens.values), at(tokens.starts), rows, width, linked, at(out), at(starts)
    )
    return result, out[: max(result, 0)], starts


def number(values: Sequence[int], bits: int, capacity: int) -> tuple[int, list[int]]:
    """Call ``dedup_number`` with an empty table: what it returned, and the numbers."""
    slots, tokens = np.zeros(1 << bits, dtype=np.uint32), np.empty(capacity, dtype=np.uint64)
    row, out = np.array(values, dtype=np.uint64), np.empty(len(values), dtype=np.uint32)
    table = CNumbers(at(tokens), 0, capacity, at(slots), 0x9E3779B97F4A7C15, bits)
    result = library().dedup_number(table, at(row), len(row), at(out))
    return result, out[: max(result, 0)].tolist()


def similarities(
    tokens: Ragged[np.uint64] | Ragged[np.uint32],
    pairs: Sequence[tuple[int, int]],
    most_cells: int = 2**63 - 1,
    begin: int = 0,
    end: int | None = None,
) -> tuple[int, NDArray[np.float64]]:
    """Call ``dedup_similarities`` for some of the pairs: what it returned, similarities."""
    end = len(pairs) if end is None else end
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T.copy()
    out = np.empty(max(end - begin, 0), dtype=np.float64)
    values = at(tokens.values)
    rows = (values, None) if tokens.values.dtype == np.uint64 else (None, values)
    result = library().dedup_similarities(
        *rows, at(tokens.starts), at(left), at(right), begin, end, most_cells, at(out)
    )
    return result, out


def may_be_similar(
    bags: NDArray[np.uint64],
    sizes: Sequence[int],
    pairs: Sequence[tuple[int, int]],
    threshold: float,
    most_cells: int = 2**63 - 1,
    begin: int = 0,
    end: int | None = None,
) -> tuple[int, list[bool]]:
    """Call ``dedup_may_be_similar`` for some of the pairs: what it returned, and which may be."""
    end = len(pairs) if end is None else end
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T.copy()
    lengths, out = np.array(sizes, dtype=np.int32), np.empty(max(end - begin, 0), dtype=np.bool_)
    result = library().dedup_may_be_similar(
        at(bags), at(lengths), len(lengths), at(left), at(right), begin, end, threshold, most_cells,
        at(out),
    )  # fmt: skip
    return result, out.tolist()


def all_similar(
    tokens: Ragged[np.uint64],
    left: range,
    right: range,
    threshold: float,
    most_cells: int = 2**63 - 1,
    capacity: int | None = None,
) -> tuple[int, list[tuple[int, int, float]], int]:
    """Call ``dedup_all_similar`` once: what it returned, pairs, the next row on the left."""
    room = len(right) if capacity is None else capacity
    i, j = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
    scores = np.empty(room, dtype=np.float64)
    out = CPairs(at(i), at(j), at(scores), room, 0)
    result = library().dedup_all_similar(
        at(tokens.values), at(tokens.starts), left.start, left.stop, right.start, right.stop,
        threshold, most_cells, byref(out),
    )  # fmt: skip
    columns = (each[: max(result, 0)].tolist() for each in (i, j, scores))
    return result, [*zip(*columns, strict=True)], int(out.next)


class Aligned(NamedTuple):
    """What ``dedup_align`` returned and wrote: blocks of each pair, and whether it is whole."""

    result: int
    blocks: list[list[tuple[int, int, int]]]
    whole: list[bool]


def align(
    tokens: Ragged[np.uint64],
    pairs: Sequence[tuple[int, int]],
    most_cells: int = 2**63 - 1,
    capacity: int | None = None,
) -> Aligned:
    """Call ``dedup_align``. capacity: of blocks; None for enough."""
    left, right = np.array(pairs, dtype=np.int64).reshape(-1, 2).T.copy()
    lengths = tokens.lengths
    if capacity is None:
        capacity = int(np.minimum(lengths[left], lengths[right]).sum())
    found = [np.empty(max(capacity, 0), dtype=np.int64) for _ in range(3)]
    starts, whole = np.empty(len(pairs) + 1, np.int64), np.empty(len(pairs), np.uint8)
    out = CBlocks(*map(at, found), capacity, at(starts), at(whole))
    result = library().dedup_align(
        at(tokens.values), at(tokens.starts), at(left), at(right), len(pairs), most_cells,
        byref(out),
    )  # fmt: skip
    if result < 0:
        return Aligned(result, [], [])
    flat = [*zip(*(each[:result].tolist() for each in found), strict=True)]
    edges = starts.tolist()
    return Aligned(result, [flat[a:b] for a, b in pairwise(edges)], whole.astype(bool).tolist())


def buckets(packed: NDArray[np.uint64]) -> tuple[int, list[list[int]]]:
    """Call ``dedup_buckets``, which sorts ``packed``: what it returned, rows by bucket."""
    count = len(packed)
    spare, rows = np.empty(count, dtype=np.uint64), np.empty(count, dtype=np.uint32)
    sizes, many = np.empty(count // 2, dtype=np.int64), c_int64()
    result = library().dedup_buckets(at(packed), at(spare), count, at(rows), at(sizes), byref(many))
    ends = np.cumsum(sizes[: many.value]).tolist()
    flat = rows[: max(result, 0)].tolist()
    return result, [flat[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def bucket_pairs(
    rows: Sequence[int],
    starts: Sequence[int],
    sketches: NDArray[np.uint64] | None,
    least: int,
    capacity: int,
    begin: int = 0,
    end: int | None = None,
) -> tuple[int, list[tuple[int, int]], int]:
    """Call ``dedup_bucket_pairs`` once: what it returned, pairs, the next bucket."""
    members, edges = np.array(rows, dtype=np.uint32), np.array(starts, dtype=np.int64)
    shape = (0, 0) if sketches is None else sketches.shape
    found = np.empty(max(capacity, 0), dtype=np.uint64)
    look, out = CLook(at(sketches), *shape, least), CProposals(at(found), capacity, 0)
    end = len(starts) - 1 if end is None else end
    result = library().dedup_bucket_pairs(
        at(members), at(edges), begin, end, byref(look), byref(out)
    )
    pairs = [divmod(value, 2**32) for value in found[: max(result, 0)].tolist()]
    return result, pairs, int(out.next)


def packed(keys: Sequence[int], rows: Sequence[int]) -> tuple[int, list[int]]:
    """Call ``dedup_pack``: what it returned, and the packed values."""
    values, numbers = np.array(keys, dtype=np.uint32), np.array(rows, dtype=np.int64)
    out = np.empty(len(rows), dtype=np.uint64)
    result = library().dedup_pack(at(values), len(values), at(numbers), len(numbers), at(out))
    return result, out.tolist()
