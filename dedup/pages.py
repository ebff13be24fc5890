"""Many texts laid out for the judge, by threads.

Knows: how threads share the texts, and how their pages are joined. Does not know: how a text is
laid out (``core.tokens``), the judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from dedup.core.tokens import lay_out
from dedup.encoded import batches, lengths
from dedup.kernel import Reading
from dedup.ragged import Ragged
from dedup.stages import without_long
from dedup.workers import share

#: Characters of the texts that are laid out at a time.
_BATCH = 200_000


def page_of(texts: Sequence[str], threads: int = 1) -> Reading:
    """Lay texts out. A text that is too long to be compared is laid out as an empty one.

    Cost: 2 us for an English paragraph of 65 words, shared by the threads.
    """
    texts = without_long(texts)
    cuts = batches(lengths(texts), _BATCH)
    if len(cuts) < 3:
        return lay_out(texts, places=True)
    parts: dict[int, Reading] = {}

    def one(begin: int, end: int) -> Reading:
        return lay_out(texts[begin:end], places=True)

    share(threads, one, pairwise(cuts), parts.__setitem__)
    return _joined([parts[number] for number in range(len(cuts) - 1)])


def _joined(pages: Sequence[Reading]) -> Reading:
    """Join pages into one, text after text."""
    cased, begin, end, special = (
        np.concatenate([getattr(page, name) for page in pages])
        for name in ("cased", "begin", "end", "special")
    )
    return Reading(
        Ragged.joined([page.tokens for page in pages]),
        Ragged.joined([page.normal for page in pages]),
        cased,
        begin,
        end,
        special,
        Ragged.joined([page.units for page in pages]),
    )
