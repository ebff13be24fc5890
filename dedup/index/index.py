"""``Index``: what a scraper asks, once a page, whether it has seen a paragraph before.

Knows: the order of sketching, deciding and storing; threads. Does not know: how a page is decided
or stored.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Unpack

from dedup.index.arguments import (
    Age,
    Options,
    Path,
    RequestedOptions,
    checked_keys,
    checked_limits,
    checked_texts,
    keys_of,
)
from dedup.index.decision import decide_page
from dedup.index.page import Paginator, Part
from dedup.index.protocol import Match, Met, Stats, Store, StoreError, drive
from dedup.index.stores import open_store
from dedup.progress import Progress
from dedup.recipe import Recipe
from dedup.texts import Texts, as_list

if TYPE_CHECKING:
    from datasketch import MinHashLSH

#: Numbers of removed paragraphs that may stay in buckets before ``prune`` compacts.
_HELD = 10_000


class Index:
    """A persistent index of kept paragraphs, shared by threads and processes.

    All arguments but the first describe a new index. An existing index has its own settings; if you
    ask for others, RecipeMismatch names them.

    Args:
        path: a file, which is made if it doesn't exist; ":memory:"; or the address of a Redis
            server as ``redis://host:port/db?prefix=name`` (also rediss:// and unix://).
        recipe: None means: chosen for ``threshold``, ``recall``, ``tokens``, ``min_tokens`` and the
            ``expected`` number of paragraphs (a million; beyond that an index is slower).
        variants: "report" stores variants and names what they are like, "ignore" stores them and
            returns None, "remove" treats them as copies.
        store_texts: False stores three bytes of the hash of every word instead of texts. Without
            words a variant can't be told from a copy, so this needs ``variants="remove"``.
        durable: what was added survives a loss of power too, not only the end of the process.
        ttl: for a server: whole seconds after which a paragraph that was not met again is removed.
            It may be given in the address instead.
        readonly: the index answers queries and writes nothing.
        clock: returns seconds since 1970.

    Raises:
        StoreError: the file can't be opened, belongs to another program or has a later format; or
            the server can't be reached, is full, or was emptied.

    A paragraph of fewer than ``min_tokens`` words is never stored and matches nothing. Memory: see
    ``sqlite.cache``.

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
        requested = RequestedOptions(recipe, **options)
        self._clock = clock
        self._lock = RLock()
        self._closed = False
        self._store: Store = open_store(os.fspath(path), requested, readonly, clock)
        self.settings = self._store.settings
        self._paginator = Paginator(self.settings)

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

        All of it is stored, or nothing.

        Args:
            paragraphs: texts or Paragraphs.
            path: as of ``Index``.
            recipe: as of ``Index``.
            keys: one for each paragraph; None means ``source#line`` (``record#line`` in a
                container), or the position of a text.
            workers: as of ``find``.
            progress: as of ``find``.
            settings: as of ``Index``.

        Raises:
            StoreError: the index holds something already.

        Cost: as ``find``, and 50 us for each kept paragraph.

        """
        paragraphs = as_list(paragraphs, "paragraphs")
        texts = checked_texts(paragraphs)
        checked = checked_keys(keys_of(paragraphs) if keys is None else keys, len(texts))
        index = cls(path, recipe, **settings)
        try:
            index._fill(texts, checked, workers, progress)
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

        An LSH holds hash values alone. They can't tell how alike two paragraphs are, nor a variant
        from a copy, so texts are required. The signatures (scheme "affine32", the LSH in memory,
        keys that are str) are compared with those of the texts, to the bit. A paragraph that the
        LSH stored though it repeats another is treated as a copy.

        Args:
            lsh: the LSH.
            texts: the text of every key.
            path: as of ``Index``.
            recipe: of the index. Its tokens, width and seed must be those of the signatures;
                permutations, bands and rows may differ.
            unchecked: the signatures may be of other shingles; only the texts are used.
            workers: as of ``find``.
            progress: as of ``find``.
            settings: as of ``Index``.

        Raises:
            ValueError: the LSH can't be read in, or a text is missing.
            TypeError: a key is not a str.

        """
        from dedup.index.datasketch import texts_of

        index = cls(path, recipe, **settings)
        try:
            keys, found = texts_of(lsh, texts, index.recipe, unchecked)
            index._fill(found, keys, workers, progress)
        except BaseException:
            index.close()
            raise
        return index

    def _fill(
        self, texts: list[str], keys: list[str], workers: int | None, progress: Progress | None
    ) -> None:
        writes = self._paginator.kept(texts, keys, workers, progress)
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
        """Close the index. Every page that was added is in the file already."""
        with self._lock:
            if not self._closed:
                self._store.close()
                self._closed = True

    def add(self, text: str, key: str) -> Match | None:
        """Say what a paragraph repeats and, if nothing, store it under ``key``: one atomic step.

        None means that it is new, or too short to compete. A Match with ``is_copy``: it repeats the
        paragraph named and was not stored. A Match of ``Kind.VARIANT``: it is like the paragraph
        named but says something else, and was stored. Several paragraphs may have one key. Cost: 1
        to 2 ms. A page of 20 takes 3 ms, so add pages.
        """
        return self.add_many([text], [key])[0]

    def add_many(self, texts: Texts, keys: Sequence[str]) -> list[Match | None]:
        """Add the paragraphs of a page in order, in one transaction: all are stored or none.

        The answers are the same as if ``add`` were called for one after another. Texts are sketched
        before the lock is taken. On a server a transaction has at most 64 paragraphs and 8 million
        characters; a longer page is several.

        Raises:
            TypeError: an argument is not what it must be; so is ValueError. Both name it.

        """
        checked = checked_texts(texts)
        pages = list(self._paginator.pages(checked, checked_keys(keys, len(checked))))
        return self._run(pages, len(checked), learn=True)

    def query(self, text: str) -> Match | None:
        """Return what a paragraph repeats or is a variant of; nothing is stored or counted."""
        return self.query_many([text])[0]

    def query_many(self, texts: Texts) -> list[Match | None]:
        """Query several paragraphs, each by itself, in one snapshot of the index.

        Never waits for a writer. Cost: as ``add_many``.
        """
        checked = checked_texts(texts)
        pages = list(self._paginator.pages(checked, [""] * len(checked)))
        return self._run(pages, len(checked), learn=False)

    def remove(self, key: str) -> int:
        """Remove the paragraphs stored under ``key``, texts included; return how many there were.

        Copies of them, which were not stored, do not come back.
        """
        checked_keys([key], 1)
        with self._unit(write=True):
            return self._store.remove(key)

    def prune(self, older_than: Age | None = None, max_items: int | None = None) -> int:
        """Remove paragraphs that were not met lately, or are too many; return how many.

        Args:
            older_than: remove those last met before this: a datetime, or seconds or a timedelta
                before now.
            max_items: keep at most so many, those met last.

        Cost: a pass over all paragraphs, and ``compact`` if a quarter or more is removed.

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

        The order is that in which they were stored. With ``key``, only those stored under it.
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
        """Verify the index; list what is wrong.

        Fingerprints, band keys and sketches are derived anew from the texts, and every bucket from
        the band keys; SQLite checks its file. Cost: 30 us a paragraph. Memory: 300 bytes each.
        """
        with self._unit(write=False):
            return self._store.problems()

    def compact(self) -> None:
        """Sort all buckets, drop what was removed and give space back. Writers wait meanwhile.

        Cost: some 20 us a paragraph, and disk space for a second file.
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
        """Let one thread use the store."""
        with self._lock:
            if self._closed:
                raise StoreError(self.path, "it was closed", "open it again")
            yield

    @contextmanager
    def _unit(self, write: bool) -> Iterator[None]:
        """Let one thread use the store, in one transaction."""
        with self._turn(), self._store.unit(write):
            yield


def worth_compacting(held: Stats) -> bool:
    """Say whether so much was removed that buckets should be cleaned now."""
    return held.removed > _HELD and 4 * held.removed > held.paragraphs
