"""Paragraphs that don't fit in memory: the stages of ``find`` over columns on disk.

    sketch    read every shard once: fingerprints, sketches, band keys, texts, places -> columns
    fold      equal fingerprints, a range of them at a time -> the head of every paragraph
    number    heads by rank -> rows; a row is what ``find`` calls a unique row
    buckets   band after band: sort keys, look at sketches -> likely pairs and the members of hot
              buckets, spilled to a file for each range of rows
    texts     texts of rows that meet another, copied together; all others are let go of
    compare   range after range: repeated pairs dropped, each pair compared once
    decide    range after range in the order of rank: the walk of ``core.walk``
    write     the decision for every paragraph; short ones inside runs, document by document
    count     how many copies every kept paragraph has

Memory, for n paragraphs, u rows, w that meet another, M bytes of ``memory`` less 90 MB a process:
sketch: units of 65,536; fold, number, buckets, write: M, in as many passes as that takes; compare:
a piece of at most M/3; decide: u + 144 bytes a hot bucket + 12 w + a piece, and sketches of w rows
where they fit. So beside M what grows is a byte or two a row: at 1e9 rows it is 2 GB. Time grows
with n * n / M only in what is read again: 33 bytes a paragraph for each pass (one pass for some
4e6 rows at 1 GB), and sketches block against block from 1e7 rows on.

Disk, bytes a paragraph: 60 + 4 a band + 8 a sketch word + its text, then what meets: 16 a pair, 8 a
membership of a hot bucket, its text once more. ``budget`` estimates it first.

Each line is a stage: ``stages`` holds them, ``job`` their order, ``storage`` the folder that they
work in, ``budget`` what they may take, ``competition`` who competes with whom, ``shards`` and
``inputs`` what is read. ``decisions`` reads the answer.
"""

from dedup.scale.competition import Marks, Rank, Scope
from dedup.scale.decisions import Decisions, Slice
from dedup.scale.failures import Interrupted, MemoryTooSmall, NoSpace, WorkInUse, WorkMismatch
from dedup.scale.job import run
from dedup.scale.shards import Estimate, Page, Part, Shard, estimate

__all__ = [
    "Decisions", "Estimate", "Interrupted", "Marks", "MemoryTooSmall", "NoSpace", "Page", "Part",
    "Rank", "Scope", "Shard", "Slice", "WorkInUse", "WorkMismatch", "estimate", "run",
]  # fmt: skip
