"""What a check did not compare, counted by reason.

Knows: why paragraphs are not compared. Does not know: why files and blocks are left out (whoever
leaves them out says so), how a report words it (but the nouns are for people).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from dedup.check.config.suppression import ALL
from dedup.check.files.collection import Collected
from dedup.check.files.discovery import LeftOut
from dedup.check.matches.copies import Corpus


def left_out(
    passed: Iterable[LeftOut], failed: int, collected: Collected, corpus: Corpus, min_words: int
) -> tuple[tuple[str, int], ...]:
    """Count what was not compared: files, then blocks that are no prose, then paragraphs.

    passed: the files left out; failed: how many couldn't be read.
    """
    files: Counter[str] = Counter({"unreadable file": failed})
    files.update(each.what for each in passed if each.what)
    short = corpus.words.counts < min_words
    off = ~short & (corpus.off == ALL)
    paragraphs = {
        "short paragraph": int(np.count_nonzero(short)),
        "switched-off paragraph": int(np.count_nonzero(off)),
        "boilerplate paragraph": int(np.count_nonzero(~short & ~off & corpus.free)),
    }
    every = [*files.most_common(), *collected.blocks.most_common(), *paragraphs.items()]
    return tuple((name, number) for name, number in every if number)
