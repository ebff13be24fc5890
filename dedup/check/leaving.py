"""What a check did not compare, counted by reason.

Knows: the reasons for files, the kinds of blocks, why paragraphs are not compared. Does not know:
how any of them is found, how a report words it (but the nouns are for people).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np

from dedup.check.collecting import Collected
from dedup.check.matching import Corpus
from dedup.check.suppression import ALL

#: How the reasons for leaving a file out begin, and what such a file is. Other reasons are about
#: what nobody would expect to be read, or what the settings don't include.
_FILES = (
    ("generated", "generated file"),
    ("written by a program", "generated file"),
    ("minified", "minified file"),
    ("excluded", "excluded file"),
    ("'dedup: false'", "switched-off file"),
    ("binary", "binary file"),
    ("hidden", "hidden file"),
    ("in a folder", "vendored file"),
    ("plain text", "plain text file"),
    ("a link", "link"),
    ("another repository", "other repository"),
    ("no ordinary file", "special file"),
)


def left_out(
    reasons: Iterable[str], failed: int, collected: Collected, corpus: Corpus, min_words: int
) -> tuple[tuple[str, int], ...]:
    """Count what was not compared: files, then blocks that are no prose, then paragraphs.

    reasons: why each file was left out; failed: files that couldn't be read.
    """
    files: Counter[str] = Counter({"unreadable file": failed})
    for reason in reasons:
        files.update(name for begin, name in _FILES if reason.startswith(begin))
    short = corpus.words.counts < min_words
    off = ~short & (corpus.off == ALL)
    paragraphs = {
        "short paragraph": int(np.count_nonzero(short)),
        "switched-off paragraph": int(np.count_nonzero(off)),
        "boilerplate paragraph": int(np.count_nonzero(~short & ~off & corpus.free)),
    }
    every = [*files.most_common(), *collected.blocks.most_common(), *paragraphs.items()]
    return tuple((name, number) for name, number in every if number)
