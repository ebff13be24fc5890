"""What is the same in every door to an index: arguments, and pages made of texts.

Knows: what texts and keys may be, sketching, cutting into pages, options. Does not know: stores,
threads, event loops.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from dedup.index.deciding import BLOCK, Page, new_rows
from dedup.index.settings import Settings
from dedup.index.steps import Write
from dedup.options import Matching
from dedup.paragraph import Paragraph
from dedup.progress import Progress
from dedup.recipe import Recipe
from dedup.search import find
from dedup.stages import family, sketch_texts
from dedup.texts import Texts, as_list, listed_texts

#: Texts sketched at a time.
_BATCH = 1000

#: Characters of the texts of a page: what is made of them takes some 20 times as much memory.
_CHARACTERS = 1 << 23

#: Positions of the paragraphs that a page holds, and the page.
Part = tuple[NDArray[np.int64], Page]

Seconds = float | timedelta | datetime

Path = str | os.PathLike[str]


class Options(TypedDict, total=False):
    """The options of an index by name; see ``Index``."""

    threshold: float | None
    recall: float | None
    expected: int | None
    tokens: str | None
    min_tokens: int | None
    variants: str | None
    variants_at: float | None
    store_texts: bool | None
    durable: bool
    ttl: int | None


class Wanted:
    """What somebody asks of an index; None asks for nothing.

    ``choose`` makes the settings of a new index, ``accept`` raises RecipeMismatch for an old one's
    that differ. Raises TypeError for an option that there is not, ValueError for what can't be.
    """

    def __init__(self, recipe: Recipe | None, **options: Unpack[Options]) -> None:
        for name in options.keys() - Options.__annotations__:
            known = ", ".join(Options.__annotations__)
            raise TypeError(f"an index has no option {name!r}; it has {known}")
        self.durable, self.ttl = options.pop("durable", False), options.pop("ttl", None)
        self._recipe = recipe
        self._given = {name: value for name, value in options.items() if value is not None}
        self.expected, self._texts = options.get("expected"), options.get("store_texts")
        self.choose()

    def choose(self) -> Settings:
        """Choose the settings of a new index."""
        own = {name: self._given[name] for name in _MATCHING if name in self._given}
        matching = Matching(recipe=self._recipe, **own)  # type: ignore[arg-type]
        return Settings.choose(matching, self.expected, self._texts)

    def accept(self, settings: Settings) -> None:
        """Raise RecipeMismatch, naming the fields, for settings that are not those wanted."""
        asked = {} if self._recipe is None else self._recipe.to_dict()
        others = {name: self._given[name] for name in _STORED if name in self._given}
        settings.require({**asked, **others})


#: The options that say what counts as a copy, and those that an index remembers.
_MATCHING = tuple(name for name in Options.__annotations__ if name in Matching.__annotations__)
_STORED = (*(name for name in _MATCHING if name != "recall"), "store_texts")


class Cutter:
    """Makes pages of texts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._family = family(settings.recipe)

    def pages(
        self, texts: Sequence[str], names: Sequence[str], size: int = BLOCK
    ) -> Iterator[Part]:
        """Sketch texts and cut them into pages: (positions, page) of those that compete.

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
                page = Page(
                    [names[begin + row] for row in rows.tolist()],
                    found[first:end],
                    sketched.prints[rows],
                    np.ascontiguousarray(sketched.keys[: settings.bands, rows]),
                    sketched.sketches[rows],
                )
                yield begin + rows, page

    def kept(
        self,
        texts: list[str],
        names: list[str],
        workers: int | None,
        progress: Progress | None,
    ) -> Iterator[tuple[Write, list[int]]]:
        """Ask ``find`` what is kept of a batch: rows for a store, how often each was met."""
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
        pages = self.pages([texts[row] for row in some], [names[row] for row in some], _BATCH)
        return ((new_rows(settings, page), met[kept[rows]].tolist()) for rows, page in pages)


def _cuts(texts: Sequence[str], size: int) -> Iterator[tuple[int, int]]:
    """Say where pages begin and end: ``size`` texts at most, or some ``_CHARACTERS``."""
    begin = characters = 0
    for end, text in enumerate(texts):
        characters += len(text)
        if end - begin == size or (end > begin and characters > _CHARACTERS):
            yield begin, end
            begin, characters = end, len(text)
    if texts:
        yield begin, len(texts)


def keys_of(paragraphs: Texts) -> list[str]:
    """Name paragraphs by their places: source or record and line; texts by position."""
    return [
        f"{each.record or each.source}#{each.first}" if isinstance(each, Paragraph) else str(place)
        for place, each in enumerate(paragraphs)
    ]


def checked_texts(texts: Texts) -> list[str]:
    """Return the texts to compare. Raises TypeError naming what is none."""
    if isinstance(texts, str | bytes):
        raise TypeError("texts is one text; it must be a list of them")
    return list(listed_texts(texts, "texts"))


def checked_keys(keys: Iterable[str], count: int) -> list[str]:
    """Return the keys of ``count`` texts. Raises TypeError or ValueError naming what is wrong."""
    if isinstance(keys, str | bytes):
        raise TypeError("keys is one key; it must be a list of them")
    found = list(as_list(keys, "keys") if hasattr(keys, "to_pylist") else keys)
    for position, each in enumerate(found):
        if not isinstance(each, str):
            raise TypeError(f"keys[{position}] is a {type(each).__name__}; it must be a str")
        try:
            each.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"keys[{position}] is {each!r}, which is no valid text") from error
    if len(found) != count:
        raise ValueError(
            f"keys has {len(found)} entries; it must have one for each of {count} texts"
        )
    return found


def checked_limits(
    older_than: Seconds | None, max_items: int | None, now: float
) -> tuple[int | None, int | None]:
    """Turn what ``prune`` is told into the last second to forget before, and a number."""
    before = None if older_than is None else _moment(older_than, now)
    if max_items is not None and (isinstance(max_items, bool) or max_items < 0):
        raise ValueError(f"max_items is {max_items}; it must be 0 or more")
    return before, max_items


def _moment(older_than: Seconds, now: float) -> int:
    """Turn an age or a time into seconds since 1970."""
    if isinstance(older_than, datetime):
        return int(older_than.timestamp())
    if isinstance(older_than, timedelta):
        older_than = older_than.total_seconds()
    if isinstance(older_than, bool) or not isinstance(older_than, int | float):
        raise TypeError(f"older_than is {older_than!r}; it must be seconds, timedelta or datetime")
    if not older_than >= 0:
        raise ValueError(f"older_than is {older_than}; it must be 0 or more")
    return int(now - older_than)
