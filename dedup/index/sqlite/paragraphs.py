"""Stored paragraphs by number: their fingerprints, keys, payloads and sketches.

Knows: the tables paragraph and block, and what is kept of them in memory. Does not know: buckets,
rules, what payloads are.

The sketches and the payloads that pages asked for last are kept, since the next pages often ask for
the same. Memory: 15 MB at most for sketches, and for payloads as much again as ``_MOST_BYTES``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.index import payload
from dedup.index.damage import Damage, is_number
from dedup.index.payload import MOST_IN_BLOCK
from dedup.index.protocol import Met, Stored, Write
from dedup.index.sqlite import file

Numbers = NDArray[np.int64]

#: Most sketches that are kept, and most bytes of keys and payloads.
_MOST_SKETCHES, _MOST_BYTES = 1 << 16, 16 << 20

#: Bytes of memory that a kept payload takes in addition to its own.
_BESIDE = 300


class Paragraphs:
    """The stored paragraphs of a file.

    words: of a sketch; texts: whether payloads are texts.
    """

    def __init__(self, connection: sqlite3.Connection, words: int, texts: bool) -> None:
        self._connection = connection
        self._width, self._texts = 8 * words, texts
        self._sketches: dict[int, bytes] = {}
        self._contents: dict[int, tuple[str, bytes]] = {}
        self._bytes = 0

    def forget(self) -> None:
        """Forget keys and payloads, some of which another process may have removed."""
        self._contents.clear()
        self._bytes = 0

    def sketches(self, numbers: Numbers) -> NDArray[np.uint64]:
        """Look sketches up: uint64 (k, words). Cost: 5 us for each that is read from the file."""
        wanted, kept = numbers.tolist(), self._sketches
        if len(kept) > _MOST_SKETCHES:
            kept.clear()
        if missing := [number for number in wanted if number not in kept]:
            self._read_sketches(missing)
        raw = b"".join([kept[number] for number in wanted])
        return np.frombuffer(raw, dtype="<u8").reshape(len(wanted), self._width // 8)

    def _read_sketches(self, numbers: Sequence[int]) -> None:
        width = self._width
        rows = file.rows(self._connection, file.SKETCHES, numbers)
        found = {number: row for number, *row in rows}
        for number in numbers:
            first, body = found.get(number, (None, None))
            if not is_number(first):
                raise Damage(f"no block holds paragraph {number}")
            if type(body) is not bytes or len(body) % width or len(body) > width * MOST_IN_BLOCK:
                raise Damage(f"block {first}: its sketches are of another length")
            at = width * (number - first)
            if at >= len(body):
                raise Damage(f"no block holds paragraph {number}")
            self._sketches[number] = body[at : at + width]

    def prints(self, numbers: Sequence[int]) -> dict[int, tuple[bytes, str]]:
        """Read fingerprints, 16 bytes each, and keys by number."""
        rows = file.rows(self._connection, file.PRINTS, numbers)
        return {number: (fingerprint, key) for number, fingerprint, key in rows}

    def contents(self, numbers: Numbers) -> Stored:
        """Look keys and payloads up. Cost: 10 us for each that is read from the file."""
        wanted, kept = numbers.tolist(), self._contents
        if self._bytes > _MOST_BYTES:
            self.forget()
        if missing := [number for number in wanted if number not in kept]:
            self._read_contents(missing)
        found = [kept[number] for number in wanted]
        return Stored([key for key, _ in found], [body for _, body in found])

    def _read_contents(self, numbers: Sequence[int]) -> None:
        rows = file.rows(self._connection, file.BLOCKS, numbers)
        found = {number: row for number, *row in rows}
        unpacked: dict[object, list[bytes]] = {}
        for number in numbers:
            key, first, count, body = found.get(number, (None, None, None, None))
            checked = checked_key(number, key)
            if not (is_number(first) and is_number(count) and first <= number < first + count):
                raise Damage(f"no block holds paragraph {number}")
            if first not in unpacked:
                unpacked[first] = payload.unpack(body, count, self._texts)
            self._keep(number, checked, unpacked[first][number - first])

    def _keep(self, number: int, key: str, body: bytes) -> None:
        self._contents[number] = key, body
        self._bytes += len(key) + len(body) + _BESIDE

    def met(self, numbers: Sequence[int]) -> list[Met]:
        """Read how often paragraphs were met."""
        return [met_of(row) for _, *row in file.rows(self._connection, file.MET, numbers)]

    def insert(
        self, first: int, write: Write, counts: Sequence[int], now: int, size: int = MOST_IN_BLOCK
    ) -> None:
        """Store new paragraphs without their band keys, in blocks of ``size``."""
        raw = write.prints.astype("<u8").tobytes()
        self._connection.executemany(
            "INSERT INTO paragraph VALUES (?, ?, ?, ?, ?, ?)",
            [
                (first + row, key, raw[16 * row : 16 * row + 16], now, now, counts[row])
                for row, key in enumerate(write.keys)
            ],
        )
        sketches, width = write.sketches.astype("<u8").tobytes(), self._width
        packed = []
        for begin in range(0, len(write.keys), size):
            some = write.payloads[begin : begin + size]
            body = payload.pack(some, self._texts)
            own = sketches[width * begin : width * (begin + len(some))]
            packed.append((first + begin, len(some), own, body))
        self._connection.executemany("INSERT INTO block VALUES (?, ?, ?, ?)", packed)

    def keep(self, first: int, write: Write) -> None:
        """Keep what a page stored: the next ones are likely to ask for it."""
        sketches, width = write.sketches.astype("<u8").tobytes(), self._width
        for row, (key, body) in enumerate(zip(write.keys, write.payloads, strict=True)):
            self._sketches[first + row] = sketches[width * row : width * (row + 1)]
            self._keep(first + row, key, body)


def met_of(row: Sequence[object]) -> Met:
    """Make a Met of a row. Raises Damage."""
    key, *numbers = row
    if type(key) is not str or not all(type(each) is int for each in numbers):
        raise Damage(f"a paragraph is {row!r:.120}")
    return Met(*row)  # type: ignore[arg-type]


def checked_key(number: int, key: object) -> str:
    """Return the key of a paragraph. Raises Damage if it is not text."""
    if not isinstance(key, str):
        raise Damage(f"paragraph {number} is in a bucket, and has no key")
    return key
