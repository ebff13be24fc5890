"""Pages of paragraphs: texts are sketched, and cut into what is decided and stored together.

Knows: sketching, how many paragraphs a page has. Does not know: stores, how a page is decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.index import payload
from dedup.index.protocol import Known, Write
from dedup.index.settings import Settings
from dedup.progress import Progress
from dedup.search import find
from dedup.stages import family, sketch_texts

#: Most paragraphs of a page.
MOST_ROWS = kernel.PAGE_ROWS

#: Characters of the texts of a page: what is made of them takes some 20 times as much memory.
_CHARACTERS = 1 << 23

#: Texts sketched at a time.
_BATCH = 1000

_NONE = np.empty(0, dtype=np.int64)


class SketchedPage(NamedTuple):
    """Paragraphs that compete, at most ``MOST_ROWS`` of them, in order of rank.

    keys: the user's; texts; prints: uint64 (n, 2); band_keys: uint32 (bands, n); sketches: uint64
    (n, words).
    """

    keys: Sequence[str]
    texts: Sequence[str]
    prints: NDArray[np.uint64]
    band_keys: NDArray[np.uint32]
    sketches: NDArray[np.uint64]

    def write_all(self, with_texts: bool) -> Write:
        """Make the step that stores all of it, with no bucket chosen yet."""
        no_members = kernel.Members(_NONE, _NONE, _NONE, self.sketches[:0])
        return Write(
            self.keys,
            payload.make(self.texts, with_texts),
            self.prints,
            self.band_keys,
            np.zeros(self.band_keys.shape, dtype=bool),
            self.sketches,
            _NONE,
            _NONE,
            Known(_NONE, [], no_members, _NONE),
            np.arange(len(self.keys)),
        )


#: The positions of a page's paragraphs among the texts that were given, and the page.
Part = tuple[NDArray[np.int64], SketchedPage]


class Paginator:
    """Makes pages of texts for an index with given settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._family = family(settings.recipe)

    def pages(
        self, texts: Sequence[str], keys: Sequence[str], size: int = MOST_ROWS
    ) -> Iterator[Part]:
        """Sketch texts and cut those that compete into pages.

        A page has at most ``size`` texts, and fewer where they are long.
        """
        settings = self._settings
        for begin in range(0, len(texts), _BATCH):
            batch = texts[begin : begin + _BATCH]
            sketched = sketch_texts(batch, settings.recipe, self._family)
            competing = np.flatnonzero(sketched.words >= max(settings.recipe.min_tokens, 1))
            found = [batch[row] for row in competing.tolist()]
            for first, end in _cuts(found, size):
                rows = competing[first:end]
                # A page that is the whole batch is not copied.
                some = slice(None) if len(rows) == len(batch) else rows
                page = SketchedPage(
                    [keys[begin + row] for row in rows.tolist()],
                    found[first:end],
                    sketched.prints[some],
                    np.ascontiguousarray(sketched.keys[: settings.bands, some]),
                    sketched.sketches[some],
                )
                yield begin + rows, page

    def kept(
        self,
        texts: list[str],
        keys: list[str],
        workers: int | None,
        progress: Progress | None,
    ) -> Iterator[tuple[Write, list[int]]]:
        """Let ``find`` say what is kept of a batch.

        Yields steps that store what is kept, and how often each paragraph of a step was met.
        """
        settings = self._settings
        found = find(
            texts,
            settings.threshold,
            recipe=settings.recipe,
            variants=settings.variants,
            workers=workers,
            progress=progress,
        )
        met = 1 + np.bincount(found.match[~found.kept], minlength=len(texts))
        kept = np.flatnonzero(found.kept)
        some = kept.tolist()
        pages = self.pages([texts[row] for row in some], [keys[row] for row in some], _BATCH)
        return ((page.write_all(settings.texts), met[kept[rows]].tolist()) for rows, page in pages)


def _cuts(texts: Sequence[str], size: int) -> Iterator[tuple[int, int]]:
    """Say where pages begin and end: after ``size`` texts, or some ``_CHARACTERS`` characters."""
    begin = characters = 0
    for end, text in enumerate(texts):
        characters += len(text)
        if end - begin == size or (end > begin and characters > _CHARACTERS):
            yield begin, end
            begin, characters = end, len(text)
    if texts:
        yield begin, len(texts)
