"""Payloads: what is stored of a paragraph so that it can be compared: its text, or word hashes.

Knows: how payloads are made, read, and packed into blocks. Does not know: stores, rules.

The texts of a page are compressed together: that is a third smaller than one by one, and seventeen
times faster. Without texts, the top 24 bits of the hash of every word are stored. Two different
words share those with a probability of one in 16 million, so one comparison in some 500,000 may
count a word too many. With texts nothing is lost.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence
from importlib import import_module
from itertools import accumulate, pairwise

import numpy as np

from dedup.core.tokens import tokenise
from dedup.index.damage import Damage
from dedup.ragged import Ragged, starts_of

#: Bytes of a word's hash that are stored, and the shift that leaves them.
_WORD_BYTES, _SHIFT = 3, np.uint64(40)

#: isal writes zlib's format in half of the time, but is not available on every machine.
try:
    _deflate = import_module("isal.isal_zlib")
except ImportError:
    _deflate = zlib

#: Most paragraphs of a block.
MOST_IN_BLOCK = 64

#: A block is unpacked to at most ``_SURELY`` bytes, or to ``_GROWTH`` times its size.
_SURELY, _GROWTH = 64 << 20, 100


def make(texts: Sequence[str], with_texts: bool) -> list[bytes]:
    """Make the payload of each text. Cost: 0.2 us a text; without texts, as tokenising them."""
    if with_texts:
        return [text.encode("utf-8", "surrogatepass") for text in texts]
    tokens = tokenise(texts)
    words = (tokens.values >> _SHIFT).astype("<u4").view(np.uint8).reshape(-1, 4)
    raw = np.ascontiguousarray(words[:, :_WORD_BYTES]).tobytes()
    return [raw[a:b] for a, b in pairwise((tokens.starts * _WORD_BYTES).tolist())]


def text_of(payload: bytes) -> str:
    """Return the text that is a payload. Raises Damage for bytes that are not text."""
    try:
        return payload.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise Damage(f"a text is not UTF-8: {error.reason} at byte {error.start}") from error


def shortened(tokens: Ragged[np.uint64]) -> Ragged[np.uint64]:
    """Cut the hash of every word to the bits that are stored, as ``words_of`` returns them."""
    return Ragged(tokens.values >> _SHIFT, tokens.starts)


def words_of(payloads: Sequence[bytes]) -> Ragged[np.uint64]:
    """Read word hashes from payloads made without texts. Raises Damage for half a word."""
    sizes = np.fromiter(map(len, payloads), dtype=np.int64, count=len(payloads))
    if (sizes % _WORD_BYTES).any():
        raise Damage("the words of a paragraph end in the middle of one")
    sizes //= _WORD_BYTES
    raw = np.frombuffer(b"".join(payloads), dtype=np.uint8).reshape(-1, _WORD_BYTES)
    wide = np.zeros((len(raw), 4), dtype=np.uint8)
    wide[:, :_WORD_BYTES] = raw
    return Ragged(wide.view("<u4").ravel().astype(np.uint64), starts_of(sizes))


def pack(payloads: Sequence[bytes], texts: bool) -> bytes:
    """Pack the payloads of a block: lengths as 32-bit integers, then all bytes.

    A block of texts is compressed.
    """
    raw = struct.pack(f"<{len(payloads)}I", *map(len, payloads)) + b"".join(payloads)
    if not texts:
        return raw
    packed: bytes = _deflate.compress(raw, 1)
    # ``unpack`` refuses what grows too much, so such texts are not compressed.
    return packed if len(raw) <= _most_unpacked(packed) else zlib.compress(raw, 0)


def _most_unpacked(packed: bytes) -> int:
    """Return to how many bytes a block may be unpacked."""
    return max(_SURELY, _GROWTH * len(packed))


def unpack(block: object, count: object, texts: bool) -> list[bytes]:
    """Undo ``pack`` for ``count`` payloads.

    Unpacks no more bytes than the lengths at the beginning say, nor more than ``pack`` allows.

    Raises:
        Damage: ``block`` and ``count`` can't have been written by ``pack``.

    """
    if type(block) is not bytes or type(count) is not int or not 0 < count <= MOST_IN_BLOCK:
        raise Damage(f"a block of {count!r:.20} paragraphs")
    unpacked = _Unpacked(block) if texts else io.BytesIO(block)
    head = unpacked.read(4 * count)
    if len(head) < 4 * count:
        raise Damage(f"a block of {len(head)} bytes for {count} paragraphs")
    ends = [*accumulate(struct.unpack(f"<{count}I", head), initial=0)]
    size = ends[-1]
    if texts and size > _most_unpacked(block):
        raise Damage(f"a block of {len(block):,} bytes that says it unpacks to {size:,}")
    raw = unpacked.read(size + 1)
    if len(raw) != size:
        there = "more" if len(raw) > size else f"{len(raw):,}"
        raise Damage(f"a block holds {there} bytes instead of {size:,}")
    return [raw[a:b] for a, b in pairwise(ends)]


class _Unpacked:
    """A compressed block, read from its beginning. Raises Damage where it can't be decompressed."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._stream = _deflate.decompressobj()

    def read(self, size: int) -> bytes:
        """Read ``size`` bytes, or fewer at the end."""
        found = b""
        try:
            while len(found) < size and not self._stream.eof:
                part: bytes = self._stream.decompress(self._packed, size - len(found))
                self._packed = self._stream.unconsumed_tail
                if not part and not self._packed and not self._stream.eof:
                    raise Damage("a block can't be decompressed: it is cut short")
                found = found + part if found else part
        except (zlib.error, _deflate.error) as error:
            raise Damage(f"a block can't be decompressed: {error}") from error
        return found
