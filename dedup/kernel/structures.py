"""What ``kernel.h`` declares, for ctypes: structures, and the arguments of each function.

Knows: the layout of the header's structures, in its order. Does not know: what a field means (the
header says it), the library.
"""

from __future__ import annotations

from ctypes import POINTER, Structure, c_char_p, c_double, c_int32, c_int64, c_uint64, c_void_p
from typing import Any

#: Most neighbours in a shingle.
MAX_WIDTH = 8

#: Words of a row's bag.
BAG_WORDS = 4


class Reading(Structure):
    _fields_ = (
        ("normal", c_void_p), ("normal_capacity", c_int64), ("cased", c_void_p),
        ("normal_starts", c_void_p), ("values", c_void_p), ("value_capacity", c_int64),
        ("value_starts", c_void_p), ("token_begin", c_void_p), ("token_end", c_void_p),
        ("special", c_void_p), ("units", c_void_p), ("unit_capacity", c_int64),
        ("unit_starts", c_void_p),
    )  # fmt: skip


class Cutting(Structure):
    _fields_ = (
        ("begin", c_void_p), ("end", c_void_p), ("start", c_void_p), ("stop", c_void_p),
        ("first", c_void_p), ("last", c_void_p), ("heads", c_void_p), ("capacity", c_int64),
        ("starts", c_void_p), ("packed", c_void_p), ("packed_capacity", c_int64),
        ("packed_starts", c_void_p),
    )  # fmt: skip


class Removal(Structure):
    _fields_ = (
        ("cut_begin", c_void_p), ("cut_end", c_void_p), ("before_begin", c_void_p),
        ("before_end", c_void_p), ("after_begin", c_void_p), ("after_end", c_void_p),
        ("rest", c_void_p), ("rest_capacity", c_int64), ("rest_starts", c_void_p),
    )  # fmt: skip


class Field(Structure):
    _fields_ = (
        ("kind", c_int32), ("label", c_char_p), ("label_size", c_int64), ("begin", c_void_p),
        ("end", c_void_p), ("bytes", c_void_p),
    )  # fmt: skip


class Family(Structure):
    _fields_ = (
        ("width", c_int32), ("linked", c_int32), ("a", c_void_p), ("b", c_void_p),
        ("permutations", c_int64), ("bands", c_int64), ("band_rows", c_int64),
        ("sketch_words", c_int64),
    )  # fmt: skip


class Sketches(Structure):
    _fields_ = (
        ("signatures", c_void_p), ("keys", c_void_p), ("sketches", c_void_p), ("bags", c_void_p),
        ("stride", c_int64),
    )  # fmt: skip


class Numbers(Structure):
    _fields_ = (
        ("tokens", c_void_p), ("count", c_int64), ("capacity", c_int64), ("slots", c_void_p),
        ("multiplier", c_uint64), ("slot_bits", c_int32),
    )  # fmt: skip


class Pairs(Structure):
    _fields_ = (
        ("left", c_void_p), ("right", c_void_p), ("similarity", c_void_p), ("capacity", c_int64),
        ("next", c_int64),
    )  # fmt: skip


class Blocks(Structure):
    _fields_ = (
        ("left", c_void_p), ("right", c_void_p), ("size", c_void_p), ("capacity", c_int64),
        ("starts", c_void_p), ("whole", c_void_p),
    )  # fmt: skip


class Page(Structure):
    _fields_ = (
        ("normal", c_void_p), ("cased", c_void_p), ("normal_starts", c_void_p),
        ("values", c_void_p), ("starts", c_void_p), ("begin", c_void_p), ("end", c_void_p),
        ("rows", c_int64),
    )  # fmt: skip


class Lexicon(Structure):
    _fields_ = (
        ("functions", c_void_p), ("negations", c_void_p), ("numerals", c_void_p),
        ("numeral_values", c_void_p), ("function_count", c_int64), ("negation_count", c_int64),
        ("numeral_count", c_int64),
    )  # fmt: skip


class Judge(Structure):
    _fields_ = (
        ("lexicon", POINTER(Lexicon)), ("weights", c_void_p), ("replaced", c_uint64),
        ("facts", c_uint64), ("edits", c_uint64), ("border", c_int64), ("most_cells", c_int64),
        ("noisy", c_int32),
    )  # fmt: skip


class Judged(Structure):
    _fields_ = (
        ("scores", c_void_p), ("features", c_void_p), ("stretches", c_void_p),
        ("readings", c_void_p), ("starts", c_void_p), ("capacity", c_int64),
    )  # fmt: skip


class Walk(Structure):
    _fields_ = (
        ("kept", c_void_p), ("row_count", c_int64), ("remembered", c_void_p),
        ("filled", c_void_p), ("met", c_void_p), ("bucket_count", c_int64),
        ("kept_rows", c_int64), ("uncompared", c_int64),
    )  # fmt: skip


class Rule(Structure):
    _fields_ = (
        ("cap", c_int64), ("most", c_int64), ("least", c_int64), ("most_cells", c_int64),
        ("threshold", c_double), ("scoped", c_int32),
    )  # fmt: skip


class Meeting(Structure):
    _fields_ = (
        ("count", c_int64), ("pair_starts", c_void_p), ("earlier", c_void_p),
        ("known_place", c_void_p), ("agreement", c_void_p), ("pair_count", c_int64),
        ("bucket_starts", c_void_p), ("buckets", c_void_p), ("membership_count", c_int64),
        ("remembered", c_void_p), ("filled", c_void_p), ("bucket_count", c_int64),
        ("known_rows", c_void_p), ("known_sketches", c_void_p), ("known_count", c_int64),
        ("at", c_void_p), ("sketches", c_void_p), ("words", c_int64), ("sketch_count", c_int64),
    )  # fmt: skip


class Met(Structure):
    _fields_ = (
        ("starts", c_void_p), ("earlier", c_void_p), ("pair", c_void_p), ("left_out", c_void_p),
        ("agreement", c_void_p), ("capacity", c_int64),
    )  # fmt: skip


class Block(Structure):
    _fields_ = (
        ("rows", c_void_p), ("count", c_int64), ("pair_starts", c_void_p), ("earlier", c_void_p),
        ("agreement", c_void_p), ("score", c_void_p), ("verdict", c_void_p),
        ("pair_page_row", c_void_p), ("pair_count", c_int64), ("left_out", c_void_p),
        ("bucket_starts", c_void_p), ("buckets", c_void_p), ("membership_count", c_int64),
        ("at", c_void_p), ("sketches", c_void_p), ("words", c_int64), ("sketch_count", c_int64),
        ("values", c_void_p), ("value_count", c_int64), ("starts", c_void_p),
        ("judge", POINTER(Judge)), ("page", POINTER(Page)), ("page_row", c_void_p),
    )  # fmt: skip


class Decided(Structure):
    _fields_ = (("match", c_void_p), ("similarity", c_void_p))


class Arrivals(Structure):
    _fields_ = (
        ("count", c_int64), ("prints", c_void_p), ("keys", c_void_p), ("bands", c_int64),
        ("sketches", c_void_p), ("words", c_int64), ("exact", c_void_p), ("together", c_int32),
    )  # fmt: skip


class Members(Structure):
    _fields_ = (
        ("row", c_void_p), ("band", c_void_p), ("place", c_void_p), ("count", c_int64),
        ("sketches", c_void_p), ("stored_count", c_int64),
    )  # fmt: skip


class Proposed(Structure):
    _fields_ = (
        ("starts", c_void_p), ("stored", c_void_p), ("agreement", c_void_p), ("used", c_void_p),
        ("used_count", c_int64), ("compared", c_void_p),
    )  # fmt: skip


class Outcomes(Structure):
    _fields_ = (
        ("kept", c_void_p), ("kind", c_void_p), ("held", c_void_p), ("partner", c_void_p),
        ("similarity", c_void_p),
    )  # fmt: skip


class Memtable(Structure):
    _fields_ = (
        ("keys", c_void_p), ("next", c_void_p), ("heads", c_void_p), ("held", c_void_p),
        ("bands", c_int64), ("size", c_int64), ("end", c_int64),
    )  # fmt: skip


class Found(Structure):
    _fields_ = (("question", c_void_p), ("number", c_void_p), ("capacity", c_int64))


class Run(Structure):
    _fields_ = (
        ("band", c_int64), ("first_slot", c_int64), ("slot_bits", c_int64),
        ("mark_bits", c_int64), ("marks", c_void_p),
    )  # fmt: skip


class Likely(Structure):
    _fields_ = (
        ("question", c_void_p), ("run", c_void_p), ("slot", c_void_p), ("capacity", c_int64),
    )  # fmt: skip


class Look(Structure):
    _fields_ = (
        ("sketches", c_void_p), ("rows", c_int64), ("words", c_int64), ("least", c_int64),
    )  # fmt: skip


class Proposals(Structure):
    _fields_ = (("pairs", c_void_p), ("capacity", c_int64), ("next", c_int64))


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dedup_read": (c_void_p, c_void_p, c_int64, c_int32, POINTER(Reading)),
    "dedup_paragraphs": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int32, POINTER(Cutting),
    ),
    "dedup_remove": (
        c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_void_p, c_void_p, c_int64,
        POINTER(Removal),
    ),
    "dedup_lines": (POINTER(Field), c_int64, c_int64, c_void_p, c_int64, c_void_p),
    "dedup_sketch": (
        POINTER(Family), c_void_p, c_void_p, c_int64, c_int64, POINTER(Sketches),
    ),
    "dedup_cut": (POINTER(Family), c_void_p, c_int64, POINTER(Sketches)),
    "dedup_shingles": (c_void_p, c_void_p, c_int64, c_int32, c_int32, c_void_p, c_void_p),
    "dedup_number": (POINTER(Numbers), c_void_p, c_int64, c_void_p),
    "dedup_similarities": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_int64, c_void_p,
    ),
    "dedup_may_be_similar": (
        c_void_p, c_void_p, c_int64, c_void_p, c_void_p, c_int64, c_int64, c_double, c_int64,
        c_void_p,
    ),
    "dedup_all_similar": (
        c_void_p, c_void_p, c_int64, c_int64, c_int64, c_int64, c_double, c_int64, POINTER(Pairs),
    ),
    "dedup_align": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, c_int64, POINTER(Blocks),
    ),
    "dedup_judge": (
        POINTER(Page), POINTER(Judge), c_void_p, c_void_p, c_int64, c_int64, POINTER(Judged),
    ),
    "dedup_meet": (POINTER(Rule), POINTER(Meeting), POINTER(Met)),
    "dedup_walk_block": (
        POINTER(Walk), POINTER(Rule), POINTER(Block), POINTER(Decided),
    ),
    "dedup_memtable_add": (POINTER(Memtable), c_int64, c_void_p, c_void_p, c_int64),
    "dedup_memtable_find": (
        POINTER(Memtable), c_int64, c_void_p, c_int64, c_int64, POINTER(Found),
    ),
    "dedup_runs_find": (
        c_void_p, c_int64, c_int64, c_void_p, c_int64, c_int64, POINTER(Likely),
    ),
    "dedup_slots_find": (
        c_void_p, c_void_p, c_void_p, c_void_p, c_int64, POINTER(Found),
    ),
    "dedup_page_candidates": (
        POINTER(Rule), POINTER(Arrivals), POINTER(Members), POINTER(Proposed),
    ),
    "dedup_page_decide": (
        POINTER(Rule), POINTER(Judge), POINTER(Arrivals), POINTER(Members), POINTER(Proposed),
        POINTER(Page), c_void_p, c_int64, c_void_p, POINTER(Outcomes),
    ),
    "dedup_buckets": (c_void_p, c_void_p, c_int64, c_void_p, c_void_p, POINTER(c_int64)),
    "dedup_pack": (c_void_p, c_int64, c_void_p, c_int64, c_void_p),
    "dedup_bucket_pairs": (
        c_void_p, c_void_p, c_int64, c_int64, POINTER(Look), POINTER(Proposals),
    ),
}  # fmt: skip
