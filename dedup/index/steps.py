"""The contract between the rule and a store: what a page of paragraphs asks and is told.

Knows: values only. Does not know: SQLite, Redis, how anything is decided or kept.

``deciding.decide_page`` is a generator: it yields the steps below and is sent their answers, so the
same rule runs over a store that is called and over one that is awaited. What a store owes:

* The steps of one page are **one atomic unit**. Between the ``Look`` and the ``Write`` no other
  process may add, remove or replace what the ``Look`` asked about. A store with a lock takes it
  before the first step (SQLite: BEGIN IMMEDIATE; sketching was done before) and always accepts the
  ``Write``. A store without one answers False to a ``Write`` whose buckets or fingerprints have
  changed since the ``Look``, without storing anything, and to a ``Read`` of what has gone since;
  then the page looks again.
* A ``Write`` is stored whole or not at all, and what is acknowledged outlives the process.
* Numbers are given in the order of rank and never twice. A bucket lists what was written to it and
  is still there; a store may forget nothing else.
* Whether a row goes into a bucket is decided here (``Write.held``), never by the store.
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
    """An index can't be opened, read or written: names it, the reason and a remedy."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a paragraph repeats: the key of the kept one, how alike they are, and how.

    A ``Kind.VARIANT`` is like the one named but says something else; it was kept, so stored.
    """

    key: str
    similarity: float
    kind: Kind

    @property
    def is_copy(self) -> bool:
        """Whether the paragraph is a copy, so was not stored."""
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
    """What an index holds. size: bytes, of which ``texts`` are the texts; met: all that was met.

    recent: paragraphs that are not yet sorted into the file's buckets; removed: numbers of removed
    paragraphs that buckets still hold (``compact`` drops them).
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
    """Ask who has these fingerprints and who is in these buckets.

    prints: uint64 (n, 2); keys: uint32 (bands, n). Answered by ``Known``.
    """

    prints: NDArray[np.uint64]
    keys: NDArray[np.uint32]


class Known(NamedTuple):
    """Who was there.

    exact: int64 (n,), the number with the same fingerprint, or -1; names: the key its sender gave
    that one, "" for none. members: the stored paragraphs in each bucket asked about, places among
    ``numbers``; those of a row with an exact copy may be left out. numbers: int64 (k,), the
    distinct ones, rising. stamp: what the store wants to see again in the ``Write``, for itself
    alone.
    """

    exact: Numbers
    names: Sequence[str]
    members: Members
    numbers: Numbers
    stamp: object = None


class Read(NamedTuple):
    """Ask for what is stored of some numbers, which rise; answered by ``Stored``."""

    numbers: Numbers


class Stored(NamedTuple):
    """The keys their senders gave them, and the bodies."""

    names: list[str]
    bodies: list[bytes]


class Write(NamedTuple):
    """Store new rows and count old ones; answered by whether it was done.

    names, bodies: of the n new rows, in order of rank; prints, keys (bands, n), sketches: theirs;
    held: bool (bands, n), the buckets that remember them. met: int64 (c,), numbers met again, one
    for each meeting; again: int64, the same of new rows, by their place here. look: what was
    answered to the ``Look`` that this rests on. rows: int64 (n,), the places of the new rows among
    those that were looked at.
    """

    names: Sequence[str]
    bodies: Sequence[bytes]
    prints: NDArray[np.uint64]
    keys: NDArray[np.uint32]
    held: NDArray[np.bool_]
    sketches: NDArray[np.uint64]
    met: Numbers
    again: Numbers
    look: Known
    rows: Numbers


Step = Look | Read | Write
Answer = Known | Stored | bool


class Answers(Protocol):
    """Whoever answers the steps of a page."""

    def answer(self, step: Step) -> Answer:
        """Answer a step, inside a unit."""


class Store(Answers, Protocol):
    """What keeps the paragraphs; see the head of this module for what it owes.

    All but ``path``, ``settings``, ``unit``, ``compact`` and ``close`` are called inside a unit.
    """

    path: str
    settings: Settings

    def unit(self, write: bool) -> AbstractContextManager[None]:
        """Begin and end one atomic unit. Raises StoreError; then nothing of it was stored."""

    def fill(self, writes: Iterable[tuple[Write, Sequence[int]]]) -> None:
        """Fill an empty index with what a batch kept, in order of rank; all of it or nothing.

        writes: rows with their keys, ``held`` unused, and how often each was met. Every bucket
        remembers its first ``CAP``. Memory: 4 bytes for each row and band.
        """

    def texts(self, name: str) -> list[str]:
        """List the texts stored under a sender's key."""

    def remove(self, name: str) -> int:
        """Remove the paragraphs under a key, texts included; say how many there were."""

    def prune(self, before: int | None, most: int | None) -> int:
        """Remove who was last met before a time, and who is beyond the ``most`` latest met."""

    def met(self, name: str | None) -> list[Met]:
        """List how often paragraphs were met, in order of number; None: all."""

    def stats(self) -> Stats:
        """Count what is stored."""

    def problems(self) -> list[str]:
        """List what is wrong, in words that name the place."""

    def compact(self) -> None:
        """Drop what was removed from the buckets and give space back."""

    def close(self) -> None:
        """Let go of the store; what was acknowledged is in it."""


#: The steps of one page; it returns one answer for each paragraph.
Steps = Generator[Step, Answer, list[Match | None]]
