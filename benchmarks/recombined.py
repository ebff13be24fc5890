"""Recombine real sentences into paragraphs by a seed, with planted copies.

Knows: files of JSON Lines with real text in the field ``text``; exact copies, edited copies. Does
not know: the stages of dedup, what is measured with the texts.

Unlike made-up text, real text repeats phrases and whole sentences. Many paragraphs share a sentence
with others, so many more pairs must be compared than are alike.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.corpus import Corpus

#: Where a sentence ends, and how many words it may have to be taken.
_END = re.compile(r"(?<=[.!?])\s+")
_FEWEST, _MOST = 4, 30

#: Sentences that are taken from one set at most, so that none outweighs the others.
_FROM_A_SET = 60_000


def paragraphs(
    folder: Path,
    count: int,
    seed: int = 1,
    exact: float = 0.2,
    edited: float = 0.1,
    words: int = 65,
) -> Corpus:
    """Make ``count`` paragraphs, of which the given shares repeat an earlier one.

    folder: where files named ``units.jsonl`` are looked for, in folders of it too. An original has
    so many sentences that it has ``words`` words or a few more. Cost: about 20 us a paragraph.
    """
    sentences = [each for path in sorted(folder.rglob("units.jsonl")) for each in _sentences(path)]
    if not sentences:
        raise SystemExit(f"{folder} holds no units.jsonl with a text in it")
    draw = random.Random(seed)
    rows: list[list[str]] = []
    origin, wording = list(range(count)), list(range(count))
    for place in range(count):
        lot = draw.random() if place else 1.0
        source = draw.randrange(place) if place else 0
        if lot < exact:
            origin[place], wording[place] = origin[source], wording[source]
            rows.append(rows[source])
        elif lot < exact + edited:
            origin[place] = origin[source]
            rows.append(edit(draw, rows[source], sentences))
        else:
            rows.append(_original(draw, sentences, words))
    texts = [" ".join(row) for row in rows]
    return Corpus(texts, np.array(origin, dtype=np.int64), np.array(wording, dtype=np.int64))


def _sentences(path: Path) -> Iterator[list[str]]:
    """Give the sentences of a file, word by word, each wording once."""
    seen: set[str] = set()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            for sentence in _END.split(json.loads(line).get("text") or ""):
                row = sentence.split()
                if _FEWEST <= len(row) <= _MOST and sentence not in seen:
                    seen.add(sentence)
                    yield row
                    if len(seen) == _FROM_A_SET:
                        return


def _original(draw: random.Random, sentences: list[list[str]], words: int) -> list[str]:
    row: list[str] = []
    while len(row) < words - 10:
        row += draw.choice(sentences)
    return row


def edit(draw: random.Random, row: list[str], sentences: list[list[str]]) -> list[str]:
    """Replace, insert or drop a few words, each by itself."""
    row = list(row)
    for _ in range(draw.randint(1, max(1, len(row) // 8))):
        place, other = draw.randrange(len(row)), draw.choice(draw.choice(sentences))
        kind = draw.random()
        if kind < 0.5:
            row[place] = other
        elif kind < 0.75:
            row.insert(place, other)
        elif len(row) > _FEWEST:
            del row[place]
    return row
