"""The index: what a scraper asks, once a page, whether it has seen a paragraph before.

Knows: arguments, threads, the order sketch, decide, store. Does not know: how a page is decided or
kept.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import RLock
from types import TracebackType
from typing import TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray

from dedup.finding import Progress, find
from dedup.index import checking
from dedup.index.bodies import make_bodies
from dedup.index.deciding import BLOCK, Page, decide_page, new_rows
from dedup.index.settings import Settings
from dedup.index.sqlite import SqliteStore
from dedup.index.steps import Answer, Match, Met, Stats, Steps, Store, StoreError, Write
from dedup.paragraph import Paragraph, text_of
from dedup.recipe import Recipe
from dedup.stages import family, sketch_texts

#: Texts sketched at a time.
_BATCH = 1000

#: Positions of the paragraphs that a page holds, and the page.
_Part = tuple[NDArray[np.int64], Page]

_Seconds = float | timedelta | datetime


class Options(TypedDict, total=False):
    """The settings of an index by name; see ``Index``."""

    threshold: float | None
    recall: float | None
    expected: int | None
    tokens: str | None
    min_tokens: int | None
    variants: str | None
    store_texts: bool | None
    durable: bool


class Index:
    """A persistent index of kept paragraphs, shared by threads and processes.

    path: a file, made where it isn't there, or ":memory:". The other arguments say what a new index
    is to be; an old one has its own settings, and one that is given and differs raises
    RecipeMismatch, naming it. recipe: or else chosen for ``threshold``, ``recall``, ``tokens``,
    ``min_tokens`` and the ``expected`` number of paragraphs (a million; an index works on beyond,
    slower). variants: "report" stores them and names what they are like, "ignore" stores them
    without a word, "remove" takes them for copies. store_texts: False stores three bytes of the
    hash of every word instead of texts, and needs ``variants="remove"``: without words a variant
    can't be told from a copy. durable: what is acknowledged outlives a loss of power, not only of
    the process. readonly: asks and never writes. clock: seconds since 1970.

    Raises StoreError for a file that can't be opened, is of another program or of a later format.
    A paragraph of fewer than ``min_tokens`` words is no evidence: it is never stored and matches
    nothing. Memory: see ``mirror``.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] = ":memory:",
        recipe: Recipe | None = None,
        *,
        threshold: float | None = None,
        recall: float | None = None,
        expected: int | None = None,
        tokens: str | None = None,
        min_tokens: int | None = None,
        variants: str | None = None,
        store_texts: bool | None = None,
        durable: bool = False,
        readonly: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        def choose() -> Settings:
            return Settings.choose(
                recipe, threshold, recall, expected, tokens, min_tokens, variants, store_texts
            )

        def accept(settings: Settings) -> None:
            settings.require(recipe, threshold, tokens, min_tokens, variants, store_texts)

        choose()
        self._clock = clock
        self._lock = RLock()
        self._closed = False
        self._store = SqliteStore(os.fspath(path), choose, accept, readonly, durable, clock)
        self.settings = self._store.settings
        self._family = family(self.settings.recipe)

    @classmethod
    def from_paragraphs(
        cls,
        paragraphs: Sequence[str] | Sequence[Paragraph],
        path: str | os.PathLike[str] = ":memory:",
        recipe: Recipe | None = None,
        *,
        keys: Sequence[str] | None = None,
        workers: int | None = None,
        progress: Progress | None = None,
        **settings: Unpack[Options],
    ) -> Index:
        """Make an index of what ``find`` keeps of a batch, as if it had been added one by one.

        keys: one for each paragraph; None takes ``source#line`` (``record#line`` in a container),
        or the position of a text. workers, progress: as of ``find``. settings: as of ``Index``.
        Raises StoreError if the index holds something already. Cost: that of ``find``, and 50 us
        for each kept paragraph; it is all stored or nothing.
        """
        texts = _texts(paragraphs)
        names = _keys(keys_of(paragraphs) if keys is None else keys, len(texts))
        index = cls(path, recipe, **settings)
        try:
            index._fill(texts, names, workers, progress)
        except BaseException:
            index.close()
            raise
        return index

    def _fill(
        self,
        texts: list[str],
        names: list[str],
        workers: int | None,
        progress: Progress | None,
    ) -> None:
        settings = self.settings
        found = find(
            texts,
            settings.threshold,
            recipe=settings.recipe,
            variants=settings.variants,
            workers=workers,
            progress=progress,
        )
        copies = np.bincount(found.match[~found.kept], minlength=len(texts))
        kept = np.flatnonzero(found.kept).tolist()

        def writes() -> Iterator[tuple[Write, list[int]]]:
            some = [names[row] for row in kept]
            for rows, page in self._pages([texts[row] for row in kept], some, _BATCH):
                counts = [1 + int(copies[kept[row]]) for row in rows.tolist()]
                yield new_rows(page), counts

        with self._unit(write=True):
            self._store.fill(writes())

    @property
    def path(self) -> str:
        """The file, or ":memory:"."""
        return self._store.path

    @property
    def recipe(self) -> Recipe:
        """The recipe of this index."""
        return self.settings.recipe

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the index; everything acknowledged is in the file already."""
        with self._lock:
            if not self._closed:
                self._store.close()
                self._closed = True

    def add(self, text: str, key: str) -> Match | None:
        """Say what a paragraph repeats and, if nothing, store it under ``key``: one atomic step.

        None: it is new (or too short to compete). A Match with ``is_copy``: it repeats the one
        named and was not stored. A Match of ``Kind.VARIANT``: it is like the one named but says
        something else, and was stored. Keys may recur. Cost: 1 to 2 ms, of which a page of 20 at
        once takes 3 ms together, so add pages.
        """
        return self.add_many([text], [key])[0]

    def add_many(
        self, texts: Sequence[str] | Sequence[Paragraph], keys: Sequence[str]
    ) -> list[Match | None]:
        """Add the paragraphs of a page in order, in one transaction: all are stored or none.

        The answer is that of ``add`` for one after another. Sketching comes before the lock is
        taken. Raises TypeError or ValueError naming what is wrong with an argument.
        """
        checked = _texts(texts)
        names = _keys(keys, len(checked))
        pages = list(self._pages(checked, names))
        return self._run(pages, len(checked), learn=True)

    def query(self, text: str) -> Match | None:
        """Say what a paragraph repeats, or is a variant of; nothing is stored or counted."""
        return self.query_many([text])[0]

    def query_many(self, texts: Sequence[str] | Sequence[Paragraph]) -> list[Match | None]:
        """Ask about several paragraphs, each by itself, in one snapshot of the index.

        Never waits for a writer. Cost: as ``add_many``.
        """
        checked = _texts(texts)
        pages = list(self._pages(checked, [""] * len(checked)))
        return self._run(pages, len(checked), learn=False)

    def remove(self, key: str) -> int:
        """Remove the paragraphs stored under ``key``, texts included; say how many there were.

        What was found to repeat them is not brought back.
        """
        _keys([key], 1)
        with self._unit(write=True):
            numbers = self._store.numbers_of(key)
            self._store.remove(numbers)
        return len(numbers)

    def prune(self, older_than: _Seconds | None = None, max_items: int | None = None) -> int:
        """Remove what was not met lately, and what is too much; say how many.

        older_than: a timedelta or seconds before now, or a datetime, of the last meeting.
        max_items: how many stay at most, those met last. Cost: a pass over all paragraphs, and
        ``compact``'s where a quarter or more goes.
        """
        before = None if older_than is None else _moment(older_than, self._clock())
        if max_items is not None and (isinstance(max_items, bool) or max_items < 0):
            raise ValueError(f"max_items is {max_items}; it must be 0 or more")
        with self._unit(write=True):
            numbers = self._store.outdated(before, max_items)
            self._store.remove(numbers)
            held = self._store.stats()
        if held.removed > 10_000 and 4 * held.removed > held.paragraphs:
            self.compact()
        return len(numbers)

    def counts(self, key: str | None = None) -> list[Met]:
        """List how often each kept paragraph was met, copies included, and when first and last.

        In the order in which they were stored; key: only those stored under it.
        """
        with self._unit(write=False):
            numbers = None if key is None else self._store.numbers_of(key)
            return list(self._store.met(numbers))

    def texts(self, key: str) -> list[str]:
        """Return the texts stored under a key. Raises ValueError if the index stores no texts."""
        if not self.settings.texts:
            raise ValueError("this index stores no texts (store_texts=False)")
        with self._unit(write=False):
            return [self._store.text(number) for number in self._store.numbers_of(key)]

    def stats(self) -> Stats:
        """Count what the index holds, with its settings. Cost: a pass over all paragraphs."""
        with self._unit(write=False):
            return self._store.stats()

    def __len__(self) -> int:
        """How many paragraphs are stored."""
        return self.stats().paragraphs

    def check(self) -> list[str]:
        """Derive everything anew that can be; list what is wrong, nothing if all is well.

        Fingerprints, keys and sketches from the texts, every bucket from the keys, and SQLite's own
        check. Cost: 30 us a paragraph; memory: 300 bytes each while it runs.
        """
        with self._unit(write=False):
            return checking.problems(self._store)

    def compact(self) -> None:
        """Sort all buckets, drop what was removed and give space back. Writers wait meanwhile.

        Cost: some 20 us a paragraph, and room for a second file.
        """
        with self._turn():
            self._store.compact()

    def _pages(self, texts: list[str], names: list[str], size: int = BLOCK) -> Iterator[_Part]:
        """Sketch texts and cut them into pages: (positions, page) of those that compete."""
        settings = self.settings
        for begin in range(0, len(texts), _BATCH):
            batch = texts[begin : begin + _BATCH]
            sketched = sketch_texts(batch, settings.recipe, self._family)
            competing = np.flatnonzero(sketched.words >= max(settings.recipe.min_tokens, 1))
            for cut in range(0, len(competing), size):
                rows = competing[cut : cut + size]
                some = [batch[row] for row in rows.tolist()]
                page = Page(
                    [names[begin + row] for row in rows.tolist()],
                    make_bodies(some, settings.texts),
                    sketched.prints[rows],
                    sketched.keys[: settings.bands, rows],
                    sketched.sketches[rows],
                )
                yield begin + rows, page

    def _run(
        self,
        pages: list[_Part],
        count: int,
        learn: bool,
    ) -> list[Match | None]:
        answers: list[Match | None] = [None] * count
        if pages:
            with self._unit(write=learn):
                for rows, page in pages:
                    matches = drive(self._store, decide_page(self.settings, page, learn))
                    for row, match in zip(rows.tolist(), matches, strict=True):
                        answers[row] = match
        return answers

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One thread's turn at the store."""
        with self._lock:
            if self._closed:
                raise StoreError(self.path, "it was closed", "open it again")
            yield

    @contextmanager
    def _unit(self, write: bool) -> Iterator[None]:
        """One thread's turn, in one transaction."""
        with self._turn(), self._store.unit(write):
            yield


def keys_of(paragraphs: Sequence[str] | Sequence[Paragraph]) -> list[str]:
    """Name paragraphs by their places: source or record and line; texts by position."""
    return [
        f"{each.record or each.source}#{each.first}" if isinstance(each, Paragraph) else str(place)
        for place, each in enumerate(paragraphs)
    ]


def drive(store: Store, steps: Steps) -> list[Match | None]:
    """Let a store answer the steps of a page, inside a unit."""
    answer: Answer | None = None
    while True:
        try:
            step = steps.send(answer)  # type: ignore[arg-type]
        except StopIteration as done:
            found: list[Match | None] = done.value
            return found
        answer = store.answer(step)


def _texts(texts: Sequence[str] | Sequence[Paragraph]) -> list[str]:
    if isinstance(texts, str | bytes):
        raise TypeError("texts is one text; it must be a list of them")
    found = []
    for position, each in enumerate(texts):
        if not isinstance(each, str | Paragraph):
            raise TypeError(f"texts[{position}] is a {type(each).__name__}; it must be a str")
        found.append(text_of(each))
    return found


def _keys(keys: Sequence[str], count: int) -> list[str]:
    if isinstance(keys, str | bytes):
        raise TypeError("keys is one key; it must be a list of them")
    found = list(keys)
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


def _moment(older_than: _Seconds, now: float) -> int:
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
