"""The compiled kernel, as Python calls it: flat arrays in, numpy arrays out, without the GIL.

Each module here calls the functions of one part of ``kernel.h``, which documents them. It knows
how large their arrays must be: ``plain_text`` and ``texts`` (reading), ``lines``, ``sketches``,
``comparison``, ``judgement``, ``decision`` (the walk), ``arrivals`` and ``memtables`` (an index).
``structures`` has what the header declares, ``calls`` loads the library and ``library`` finds
it. None of them knows what the functions are used for, Unicode, or recipes.

A function here doesn't check the types and shapes of its arrays, because its callers in this
package guarantee them. The kernel itself checks sizes. Threads may call at the same time.
"""

from dedup.kernel.arrivals import (
    PAGE_ROWS,
    Arrivals,
    Members,
    Outcomes,
    Proposed,
    page_candidates,
    page_outcomes,
)
from dedup.kernel.calls import VERSION
from dedup.kernel.comparison import Blocks, Pairs, align, all_similar, may_be_similar, similarities
from dedup.kernel.decision import Block, Meeting, Memory, Met, Rule, meet, walk
from dedup.kernel.judgement import (
    FEATURES,
    READINGS,
    Judge,
    Judged,
    Lexicon,
    judge_scores,
    judge_whole,
)
from dedup.kernel.lines import Field, FieldKind, lines
from dedup.kernel.memtables import Memtable, Runs, slots_find
from dedup.kernel.plain_text import Cutter, Cutting, ParagraphRule, Rests, paragraphs, removed
from dedup.kernel.sketches import (
    Family,
    Numbers,
    Sketches,
    bucket_pairs,
    buckets,
    cut,
    packed,
    shingles,
    sketch,
)
from dedup.kernel.structures import BAG_WORDS, MAX_WIDTH
from dedup.kernel.texts import Reading, read

__all__ = [
    "BAG_WORDS",
    "FEATURES",
    "MAX_WIDTH",
    "PAGE_ROWS",
    "READINGS",
    "VERSION",
    "Arrivals",
    "Block",
    "Blocks",
    "Cutter",
    "Cutting",
    "Family",
    "Field",
    "FieldKind",
    "Judge",
    "Judged",
    "Lexicon",
    "Meeting",
    "Members",
    "Memory",
    "Memtable",
    "Met",
    "Numbers",
    "Outcomes",
    "Pairs",
    "ParagraphRule",
    "Proposed",
    "Reading",
    "Rests",
    "Rule",
    "Runs",
    "Sketches",
    "align",
    "all_similar",
    "bucket_pairs",
    "buckets",
    "cut",
    "judge_scores",
    "judge_whole",
    "lines",
    "may_be_similar",
    "meet",
    "packed",
    "page_candidates",
    "page_outcomes",
    "paragraphs",
    "read",
    "removed",
    "shingles",
    "similarities",
    "sketch",
    "slots_find",
    "walk",
]
