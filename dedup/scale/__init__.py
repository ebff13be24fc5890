"""Paragraphs that don't fit in memory: the stages of ``find`` over columns on disk.

    sketch    reads every shard once and writes fingerprints, sketches, band keys, texts and places
    fold      finds the head of every paragraph: the first of those with equal fingerprints
    number    numbers the heads by rank; a head with its number is a row, as in ``find``
    buckets   sorts the keys of each band, compares sketches, and writes likely pairs and the
              members of hot buckets to one file for each range of rows
    texts     copies the texts of rows that share a bucket with another; deletes all texts
    compare   drops repeated pairs, range after range, and compares each pair once
    decide    runs the walk of ``core.walk`` over the ranges, in the order of rank
    write     writes the decision for every paragraph, and for short ones inside runs
    count     counts the copies of every kept paragraph

Memory, for n paragraphs, u rows of which w share a bucket, and M bytes of ``memory`` less 90 MB for
each process. sketch: units of 65,536 paragraphs; fold, number, buckets and write: M, in as many
passes as needed; compare: a piece of at most M/3; decide: u + 144 bytes a hot bucket + 12 w + a
piece, and the sketches of w rows if they fit. So one or two bytes a row come on top of M: 2 GB at
1e9 rows. Only repeated reading grows with n * n / M: 33 bytes a paragraph for each pass (one pass
suffices for about 4e6 rows at 1 GB), and sketches block against block from 1e7 rows on.

Disk, in bytes a paragraph: 60 + 4 a band + 8 a sketch word + its text; and for rows that share a
bucket 16 a pair, 8 a membership of a hot bucket, and the text once more. ``budget`` estimates this
before the job begins.

``stages`` holds the stages, ``job`` their order, ``storage`` the work folder, ``budget`` the bounds
of memory and disk, ``competition`` which paragraphs compete, ``shards`` and ``inputs`` the input.
``decisions`` reads the answer.
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
