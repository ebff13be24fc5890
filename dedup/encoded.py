"""Texts as UTF-8 in one array, the form in which the kernel reads them.

Knows: UTF-8, columns of Arrow. Does not know: what is done with the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from dedup.ragged import Ragged, starts_of

#: What a text counts in a batch in addition to its characters.
_OVERHEAD = 100


class Encoded(NamedTuple):
    """``n`` texts: text ``k`` is ``bytes[starts[k]:starts[k + 1]]``.

    bytes: uint8 (m,); starts: int64 (n + 1,), rising; the first need not be 0.
    """

    bytes: NDArray[np.uint8]
    starts: NDArray[np.int64]


class Column(Sequence[str]):
    """Texts that are UTF-8 already, as in Arrow or on the disk.

    A text is decoded only when it is asked for. A slice is a column too and copies nothing.
    """

    def __init__(self, encoded: Encoded) -> None:
        self.encoded = encoded

    def __len__(self) -> int:
        return len(self.encoded.starts) - 1

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Column: ...
    def __getitem__(self, place: int | slice) -> str | Column:
        raw, starts = self.encoded
        if isinstance(place, slice):
            begin, end, step = place.indices(len(self))
            if step != 1:
                return self.take(np.arange(begin, end, step))
            return Column(Encoded(raw, starts[begin : max(begin, end) + 1]))
        row = range(len(self))[place]
        return str(raw[starts[row] : starts[row + 1]].data, "utf-8", "surrogatepass")

    @classmethod
    def joined(cls, columns: Sequence[Column]) -> Column:
        """Join several columns, one after another. A single column is returned as it is."""
        if len(columns) == 1:
            return columns[0]
        encoded = [each.encoded for each in columns]
        raw = [each.bytes[int(each.starts[0]) : int(each.starts[-1])] for each in encoded]
        sizes = [np.diff(each.starts) for each in encoded]
        return cls(Encoded(np.concatenate(raw), starts_of(np.concatenate(sizes))))

    def is_utf8(self) -> bool:
        """Say whether every text is valid UTF-8, without surrogates. Cost: at most 1 ns a byte."""
        raw, starts = self.encoded
        whole = raw[int(starts[0]) : int(starts[-1])].tobytes()
        if whole.isascii():
            return True
        begins = starts[:-1][starts[:-1] < starts[-1]]
        if ((raw[begins] & 0xC0) == 0x80).any():  # a text begins inside a character
            return False
        try:
            whole.decode()
        except UnicodeDecodeError:
            return False
        return True

    def take(self, rows: NDArray[np.int64]) -> Column:
        """Copy some of the texts into a column of their own."""
        raw, starts = self.encoded
        return Column(Encoded(*Ragged(raw, starts).take(rows)))


def encode(texts: Sequence[str]) -> Encoded:
    """Encode texts; a column is encoded already. Cost: 0.1 us a text of ASCII, 0.2 us another."""
    if isinstance(texts, Column):
        return texts.encoded
    joined = "".join(texts)
    if joined.isascii():
        lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        raw = joined.encode()
    else:
        del joined
        parts = _encoded_parts(texts)
        lengths = np.fromiter(map(len, parts), dtype=np.int64, count=len(parts))
        raw = b"".join(parts)
    return Encoded(np.frombuffer(raw, dtype=np.uint8), starts_of(lengths))


def _encoded_parts(texts: Sequence[str]) -> list[bytes]:
    try:
        return [text.encode() for text in texts]
    except UnicodeEncodeError:
        # Encoding with an error handler takes half as long again, so only lone surrogates get one.
        return [text.encode("utf-8", "surrogatepass") for text in texts]


def lengths(texts: Sequence[str], exact_above: int | None = None) -> NDArray[np.int64]:
    """Count the characters of each text; in a column the bytes, which are as many or more.

    exact_above: in a column, count the characters of texts with more bytes than this.
    """
    if not isinstance(texts, Column):
        return np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    sizes: NDArray[np.int64] = np.diff(texts.encoded.starts)
    if exact_above is not None:
        places = np.flatnonzero(sizes > exact_above)
        sizes[places] = [len(texts[k]) for k in places.tolist()]
    return sizes


def longer_than(texts: Sequence[str], most: int) -> NDArray[np.int64]:
    """List the places of the texts of more than ``most`` characters."""
    return np.flatnonzero(lengths(texts, most) > most)


def batches(sizes: NDArray[np.int64], most: int) -> list[int]:
    """Cut texts into batches of about ``most`` characters: where each begins, and where all end.

    sizes: the characters of each text; an overhead is added for each.
    """
    inner = np.flatnonzero(np.diff(np.cumsum(sizes + _OVERHEAD) // most)) + 1
    return [0, *inner.tolist(), len(sizes)] if len(sizes) else [0]


def taken(texts: Sequence[str], rows: NDArray[np.int64]) -> Sequence[str]:
    """Give some of the texts: a list, or a column."""
    return texts.take(rows) if isinstance(texts, Column) else [texts[k] for k in rows.tolist()]
