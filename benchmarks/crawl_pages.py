"""Make pages of real text for the comparison with peers, with planted copies.

Knows: folders of documents that ``dedup.read`` reads; copies of whole pages and of single
paragraphs, exact and edited. Does not know: what looks for the copies.

A page is a document of the folder, or twenty paragraphs of one, in its order. Only paragraphs of
eight words or more are used, and each wording once, so every exact copy is a planted one. A tenth
of the pages are followed by a copy of an earlier page, in half of the cases with half of its
paragraphs edited. A tenth of the paragraphs are followed by an exact copy of an earlier one, and a
twentieth by an edited copy.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

import dedup
from benchmarks.corpus import Corpus
from benchmarks.recombined import edit

#: Words that a paragraph has at least, and paragraphs that a page has at most.
_FEWEST, _PAGE = 8, 20

#: Shares: of pages that an earlier one follows, of these that are edited, of their paragraphs that
#: are; of paragraphs that an exact copy of an earlier one follows, and an edited one.
_MIRRORED, _EDITED, _TOUCHED, _EXACT, _NEAR = 0.1, 0.5, 0.5, 0.1, 0.05

Words = list[str]


class Pages(NamedTuple):
    """Paragraphs with what is known of them, and which stand on one page.

    starts: int64 (pages + 1,), where each page begins among the paragraphs, and the end.
    """

    corpus: Corpus
    starts: NDArray[np.int64]

    def texts(self) -> list[list[str]]:
        """Give the paragraphs of each page."""
        borders = pairwise(self.starts.tolist())
        return [self.corpus.texts[begin:end] for begin, end in borders]


class _Maker:
    """Gathers pages, and copies of what was gathered."""

    def __init__(self, seed: int, vocabulary: list[Words]) -> None:
        self._draw, self._vocabulary = random.Random(seed), vocabulary
        self.rows: list[Words] = []
        self._origin: list[int] = []
        self._wording: list[int] = []
        self._starts = [0]

    def add(self, page: list[Words]) -> None:
        """Add a page of new paragraphs, among them copies of earlier ones; perhaps a mirror."""
        for row in page:
            own = len(self.rows)
            self._put(row, own, own)
            lot = self._draw.random()
            if lot < _EXACT + _NEAR:
                self._copy(self._draw.randrange(len(self.rows)), lot >= _EXACT)
        self._starts.append(len(self.rows))
        if self._draw.random() < _MIRRORED:
            number = self._draw.randrange(len(self._starts) - 1)
            touched = _TOUCHED if self._draw.random() < _EDITED else 0.0
            for source in range(*self._starts[number : number + 2]):
                self._copy(source, self._draw.random() < touched)
            self._starts.append(len(self.rows))

    def _copy(self, source: int, near: bool) -> None:
        row = self.rows[source]
        if near:
            row = edit(self._draw, row, self._vocabulary)
        wording = len(self.rows) if near else self._wording[source]
        self._put(row, self._origin[source], wording)

    def _put(self, row: Words, origin: int, wording: int) -> None:
        self.rows.append(row)
        self._origin.append(origin)
        self._wording.append(wording)

    def made(self) -> Pages:
        """Give all that was gathered."""
        whole = (np.array(each, dtype=np.int64) for each in (self._origin, self._wording))
        texts = [" ".join(row) for row in self.rows]
        return Pages(Corpus(texts, *whole), np.array(self._starts, dtype=np.int64))


def read(folder: Path, count: int, seed: int) -> Pages:
    """Make pages of some ``count`` paragraphs, or of fewer where a folder has no more."""
    originals = list(_originals(folder, count))
    if not originals:
        raise SystemExit(f"{folder} holds no document with a paragraph of {_FEWEST} words")
    maker = _Maker(seed, [row for page in originals for row in page])
    for page in originals:
        maker.add(page)
        if len(maker.rows) >= count:
            break
    return maker.made()


def _originals(folder: Path, count: int) -> Iterator[list[Words]]:
    """Read the pages of a folder, until there are so many paragraphs."""
    seen: set[str] = set()
    page: list[Words] = []
    source = ""
    for each in dedup.read([folder]):
        if isinstance(each, dedup.Skipped):
            continue
        if page and (each.source != source or len(page) == _PAGE):
            yield page
            page = []
            if len(seen) >= count:
                return
        source = each.source
        row = each.prose.split()
        wording = " ".join(row)
        if len(row) >= _FEWEST and wording not in seen:
            seen.add(wording)
            page.append(row)
    if page:
        yield page
