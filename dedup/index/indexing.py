"""The index: what a scraper asks, once a page, whether it has seen a paragraph before.

Knows: arguments, threads, the order sketch, decide, store. Does not know: how a page is decided or
kept.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from dedup.index.asking import (
    Cutter,
    Options,
    Part,
    Path,
    Seconds,
    Wanted,
    checked_keys,
    checked_limits,
    checked_texts,
)
from dedup.index.asking import keys_of as keys_of
from dedup.index.deciding import decide_page
from dedup.index.opening import open_store
from dedup.index.steps import Answer, Answers, Match, Met, Stats, Steps, Store, StoreError
from dedup.progress import Progress
from dedup.recipe import Recipe
from dedup.texts import Texts, as_list

if TYPE_CHECKING:
    from datasketch import MinHashLSH

#: Numbers of removed paragraphs that ``prune`` lets buckets go on holding.
_HELD = 10_000


class Index:
    """A persistent index of kept paragraphs, shared by threads and processes.

    path: a file, made where it isn't there, ":memory:", or the address of a Redis server as
    ``redis://host:port/db?prefix=name`` (also rediss:// and unix://). The other arguments say what
    a new index is to be; an old one has its own settings, and one that is given and differs raises
    RecipeMismatch, naming it. recipe: or else chosen for ``threshold``, ``recall``, ``tokens``,
    ``min_tokens`` and the ``expected`` number of paragraphs (a million; an index works on beyond,
    slower). variants: "report" stores them and names what they are like, "ignore" stores them
    without a word, "remove" takes them for copies. store_texts: False stores three bytes of the
    hash of every word instead of texts, and needs ``variants="remove"``: without words a variant
    can't be told from a copy. durable: what is acknowledged outlives a loss of power, not only of
    the process. ttl: on a server, whole seconds after which it forgets what was not met again; it
    may stand in the address. readonly: asks and never writes. clock: seconds since 1970.

    Raises StoreError for a file that can't be opened, is of another program or of a later format,
    and for a server that can't be reached, is full, or was emptied.
    A paragraph of fewer than ``min_tokens`` words is no evidence: it is never stored and matches
    nothing. Memory: see ``mirror``.
    """

    def __init__(
        self,
        path: Path = ":memory:",
        recipe: Recipe | None = None,
        *,
        readonly: bool = False,
        clock: Callable[[], float] = time.time,
        **options: Unpack[Options],
    ) -> None:
        wanted = Wanted(recipe, **options)
        self._clock = clock
        self._lock = RLock()
        self._closed = False
        self._store: Store = open_store(os.fspath(path), wanted, readonly, clock)
        self.settings = self._store.settings
        self._cutter = Cutter(self.settings)

    @classmethod
    def from_paragraphs(
        cls,
        paragraphs: Texts,
        path: Path = ":memory:",
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
        paragraphs = as_list(paragraphs, "paragraphs")
        texts = checked_texts(paragraphs)
        names = checked_keys(keys_of(paragraphs) if keys is None else keys, len(texts))
        index = cls(path, recipe, **settings)
        try:
            index._fill(texts, names, workers, progress)
        except BaseException:
            index.close()
            raise
        return index

    @classmethod
    def from_datasketch(
        cls,
        lsh: MinHashLSH,
        texts: Mapping[str, str] | None,
        path: Path = ":memory:",
        recipe: Recipe | None = None,
        *,
        unchecked: bool = False,
        workers: int | None = None,
        progress: Progress | None = None,
        **settings: Unpack[Options],
    ) -> Index:
        """Make an index of the paragraphs of datasketch's MinHashLSH, in order of insertion.

        texts: of every key its text. An LSH holds hash values alone; by these nobody can tell how
        alike two paragraphs are, nor a variant from a copy, so without texts it is refused. What
        it let in though it repeats another is taken for a copy. The signatures (scheme "affine32",
        the LSH in memory, keys that are str) are compared with those of the texts, to the bit;
        unchecked: they may be of other shingles, and only texts are read in. recipe: that of the
        index, whose tokens, width and seed are those of the signatures too; permutations, bands
        and rows may differ. The rest as of ``from_paragraphs``. Raises ValueError or TypeError for
        an LSH that can't be read.
        """
        from dedup.index.datasketch import texts_of

        index = cls(path, recipe, **settings)
        try:
            names, found = texts_of(lsh, texts, index.recipe, unchecked)
            index._fill(found, names, workers, progress)
        except BaseException:
            index.close()
            raise
        return index

    def _fill(
        self, texts: list[str], names: list[str], workers: int | None, progress: Progress | None
    ) -> None:
        writes = self._cutter.kept(texts, names, workers, progress)
        with self._unit(write=True):
            self._store.fill(writes)

    @property
    def path(self) -> str:
        """The file, ":memory:", or the address of the server, without its password."""
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

    def add_many(self, texts: Texts, keys: Sequence[str]) -> list[Match | None]:
        """Add the paragraphs of a page in order, in one transaction: all are stored or none.

        On a server, no more than 64 make a transaction; a longer page is several.
        The answer is that of ``add`` for one after another. Sketching comes before the lock is
        taken. Raises TypeError or ValueError naming what is wrong with an argument.
        """
        checked = checked_texts(texts)
        names = checked_keys(keys, len(checked))
        pages = list(self._cutter.pages(checked, names))
        return self._run(pages, len(checked), learn=True)

    def query(self, text: str) -> Match | None:
        """Say what a paragraph repeats, or is a variant of; nothing is stored or counted."""
        return self.query_many([text])[0]

    def query_many(self, texts: Texts) -> list[Match | None]:
        """Ask about several paragraphs, each by itself, in one snapshot of the index.

        Never waits for a writer. Cost: as ``add_many``.
        """
        checked = checked_texts(texts)
        pages = list(self._cutter.pages(checked, [""] * len(checked)))
        return self._run(pages, len(checked), learn=False)

    def remove(self, key: str) -> int:
        """Remove the paragraphs stored under ``key``, texts included; say how many there were.

        What was found to repeat them is not brought back.
        """
        checked_keys([key], 1)
        with self._unit(write=True):
            return self._store.remove(key)

    def prune(self, older_than: Seconds | None = None, max_items: int | None = None) -> int:
        """Remove what was not met lately, and what is too much; say how many.

        older_than: a timedelta or seconds before now, or a datetime, of the last meeting.
        max_items: how many stay at most, those met last. Cost: a pass over all paragraphs, and
        ``compact``'s where a quarter or more goes.
        """
        limits = checked_limits(older_than, max_items, self._clock())
        with self._unit(write=True):
            removed = self._store.prune(*limits)
            held = self._store.stats() if removed else None
        if held is not None and worth_compacting(held):
            self.compact()
        return removed

    def counts(self, key: str | None = None) -> list[Met]:
        """List how often each kept paragraph was met, copies included, and when first and last.

        In the order in which they were stored; key: only those stored under it.
        """
        with self._unit(write=False):
            return self._store.met(key)

    def texts(self, key: str) -> list[str]:
        """Return the texts stored under a key. Raises ValueError if the index stores no texts."""
        if not self.settings.texts:
            raise ValueError("this index stores no texts (store_texts=False)")
        with self._unit(write=False):
            return self._store.texts(key)

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
            return self._store.problems()

    def compact(self) -> None:
        """Sort all buckets, drop what was removed and give space back. Writers wait meanwhile.

        Cost: some 20 us a paragraph, and room for a second file.
        """
        with self._turn():
            self._store.compact()

    def _run(
        self,
        pages: list[Part],
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


def worth_compacting(held: Stats) -> bool:
    """Say whether so much was removed that buckets should be cleaned at once."""
    return held.removed > _HELD and 4 * held.removed > held.paragraphs


def drive(store: Answers, steps: Steps) -> list[Match | None]:
    """Let a store answer the steps of a page, inside a unit."""
    answer: Answer | None = None
    while True:
        try:
            step = steps.send(answer)  # type: ignore[arg-type]
        except StopIteration as done:
            found: list[Match | None] = done.value
            return found
        answer = store.answer(step)
