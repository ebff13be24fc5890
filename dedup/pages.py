"""Many texts laid out for the judge, by threads.

Knows: how texts are shared among threads. Does not know: what is laid out of a text, who judges.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dedup.core.page import join, lay_out
from dedup.encoded import batches, lengths
from dedup.kernel import Reading
from dedup.workers import share

#: Characters of the texts that are laid out at a time.
_BATCH = 200_000


def page_of(texts: Sequence[str], threads: int) -> Reading:
    """Lay texts out. Cost: 2 us for an English paragraph of 65 words, shared by the threads."""
    cuts = batches(lengths(texts), _BATCH)
    if len(cuts) < 3:
        return lay_out(texts)
    parts: dict[int, Reading] = {}

    def one(begin: int, end: int) -> Reading:
        return lay_out(texts[begin:end])

    share(threads, one, pairwise(cuts), parts.__setitem__)
    return join([parts[number] for number in range(len(cuts) - 1)])
