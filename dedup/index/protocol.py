"""The contract between the decision on a page and a store: what is asked, and what is answered.

Knows: values only. Does not know: SQLite, Redis, how a page is decided, how anything is stored.

``decision.decide_page`` is a generator. It yields the steps below and receives their answers, so
the same code serves a store that is called and one that is awaited. Every store promises:

* The steps of one page are **one atomic unit**. Between the ``Look`` and the ``Write`` no other
  process may add, remove or replace what the ``Look`` asked about. A store with a lock takes it
  before the first step (SQLite: BEGIN IMMEDIATE; sketching was done before) and always accepts the
  ``Write``. A store without a lock answers False to a ``Write`` if buckets or fingerprints have
  changed since the ``Look``, and stores nothing; it answers False to a ``Fetch`` of what has gone
  since. The page then looks again.
* A ``Write`` is stored whole or not at all. What was acknowledged survives the end of the process.
* A store gives numbers in the order of rank, and no number twice. A bucket lists every paragraph
  that was written to it, until that paragraph is removed.
* The page decides whether a paragraph goes into a bucket (``Write.held``), never the store.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from dedup.errors import InputError
from dedup.found import Kind
from dedup.index.settings import Settings
from dedup.kernel import Members

Numbers = NDArray[np.int64]


class StoreError(InputError):
    """An index can't be opened, read or written; names it, the reason and a remedy."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a paragraph repeats: the key of the kept paragraph, the similarity, and the kind.

    A paragraph of ``Kind.VARIANT`` is like the one named but says something else. It was kept, so
    it is stored too.
    """

    key: str
    similarity: float
    kind: Kind

    @property
    def is_copy(self) -> bool:
        """Whether the paragraph is a copy. A copy is not stored."""
        return self.kind != Kind.VARIANT


@dataclass(frozen=True, slots=True)
class Met:
    """How often a kept paragraph was met, itself included; first and last in seconds since 1970."""

    key: str
    count: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Stats:
    """What an index holds.

    size: bytes of the index, of which ``texts`` are texts; met: how often the stored paragraphs
    were met, copies included; recent: paragraphs that are not yet sorted into the file's runs;
    removed: how many removed paragraphs buckets still list (``compact`` drops them); first, last:
    seconds since 1970.
    """

    paragraphs: int
    met: int
    recent: int
    removed: int
    size: int
    texts: int
    first: int | None
    last: int | None
    settings: dict[str, object]
    expected_recall: float


class Look(NamedTuple):
    """Asks which stored paragraphs have these fingerprints, and which are in these buckets.

    prints: uint64 (n, 2); band_keys: uint32 (bands, n). Answered by ``Known``.
    """

    prints: NDArray[np.uint64]
    band_keys: NDArray[np.uint32]


class Known(NamedTuple):
    """Answers a ``Look``.

    exact: int64 (n,), the number of the stored paragraph with the same fingerprint, or -1; keys:
    its key, "" for none. members: the stored paragraphs in each bucket asked about, as places in
    ``numbers``; a store may leave out those of a paragraph with an exact copy. numbers: int64 (k,),
    each once, rising. stamp: a value of the store's own, which it gets back with the ``Write``.
    """

    exact: Numbers
    keys: Sequence[str]
    members: Members
    numbers: Numbers
    stamp: object = None


class Fetch(NamedTuple):
    """Asks for what is stored under numbers, which rise and are among those of a look.

    Answered by ``Stored``.
    """

    numbers: Numbers
    look: Known


class Stored(NamedTuple):
    """Answers a ``Fetch``: the keys and payloads of the paragraphs asked about."""

    keys: list[str]
    payloads: list[bytes]


class Write(NamedTuple):
    """Stores new paragraphs and counts stored ones. Answered by whether it was done.

    keys, payloads, prints, band_keys (bands, n), sketches: of the n new paragraphs, in order of
    rank; held: bool (bands, n), whether a bucket remembers the paragraph. met: int64 (c,), the
    numbers of stored paragraphs that the page repeats, one for each repetition; again: int64, the
    places here of new paragraphs that the page repeats. look: the answer to the ``Look`` on which
    the decision rests. rows: int64 (n,), the places of the new paragraphs among those of the
    ``Look``.
    """

    keys: Sequence[str]
    payloads: Sequence[bytes]
    prints: NDArray[np.uint64]
    band_keys: NDArray[np.uint32]
    held: NDArray[np.bool_]
    sketches: NDArray[np.uint64]
    met: Numbers
    again: Numbers
    look: Known
    rows: Numbers


Step = Look | Fetch | Write
Answer = Known | Stored | bool

#: The steps of one page; it returns one answer for each paragraph.
Steps = Generator[Step, Answer, list[Match | None]]


class Answers(Protocol):
    """Answers the steps of a page."""

    def answer(self, step: Step) -> Answer:
        """Answer a step, inside a unit."""


class Store(Answers, Protocol):
    """Keeps the paragraphs of an index; the head of this module says what it promises.

    All but ``path``, ``settings``, ``unit``, ``compact`` and ``close`` are called inside a unit.
    """

    path: str
    settings: Settings

    def unit(self, write: bool) -> AbstractContextManager[None]:
        """Begin and end one atomic unit. Raises StoreError; then nothing of it was stored."""

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> None:
        """Fill an empty index with what a batch kept, in order of rank; all of it or nothing.

        Args:
            writes: new paragraphs with their band keys, ``held`` unused, and how often each was
                met. Every bucket remembers its first ``CAP``.

        Raises:
            StoreError: the index is not empty.

        Memory: 4 bytes for each paragraph and band.

        """

    def texts(self, key: str) -> list[str]:
        """List the texts stored under a key."""

    def remove(self, key: str) -> int:
        """Remove the paragraphs stored under a key, texts included; return how many there were."""

    def prune(self, before: int | None, most: int | None) -> int:
        """Remove paragraphs last met before a time, and those beyond the ``most`` met last."""

    def met(self, key: str | None) -> list[Met]:
        """List how often paragraphs were met, in order of number; None means all keys."""

    def stats(self) -> Stats:
        """Count what is stored."""

    def problems(self) -> list[str]:
        """List what is wrong, in words that name the place."""

    def compact(self) -> None:
        """Drop what was removed from the buckets and give space back."""

    def close(self) -> None:
        """Close the store. What was acknowledged stays in it."""


def drive(store: Answers, steps: Steps) -> list[Match | None]:
    """Let a store answer the steps of a page, inside a unit; return the page's answer."""
    answer: Answer | None = None
    while True:
        try:
            step = steps.send(answer)  # type: ignore[arg-type]
        except StopIteration as done:
            found: list[Match | None] = done.value
            return found
        answer = store.answer(step)
