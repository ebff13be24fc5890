"""What is stored of a paragraph so that it can be compared: its text, or three bytes a word.

Knows: how bodies are made, packed into blocks, compared and judged. Does not know: stores, rules.

Texts of a page are compressed together: that is a third smaller than one by one, and seventeen
times faster. Without texts, of every word the top 24 bits of its hash are stored. Two unlike words
share those with a chance of one in 16 million, so one comparison of some 500,000 may count a word
too many; with texts nothing is lost.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup.core import variants
from dedup.core.similarity import similarities
from dedup.core.tokens import tokenise
from dedup.ragged import Ragged, starts_of
from dedup.stages import compare_texts, judge_texts

#: Bytes of a word's hash that are stored, and by how much a hash is shifted for it.
_WORD_BYTES, _SHIFT = 3, np.uint64(40)

#: Pairs that are judged one by one.
_FEW = 2

Rows = NDArray[np.int64]


def make_bodies(texts: Sequence[str], with_texts: bool) -> list[bytes]:
    """Make what is stored of each text. Cost: 0.2 us a text, or tokenising without texts."""
    if with_texts:
        return [text.encode("utf-8", "surrogatepass") for text in texts]
    tokens = tokenise(texts)
    words = (tokens.values >> _SHIFT).astype("<u4").view(np.uint8).reshape(-1, 4)
    raw = np.ascontiguousarray(words[:, :_WORD_BYTES]).tobytes()
    return [raw[a:b] for a, b in pairwise((tokens.starts * _WORD_BYTES).tolist())]


def text_of_body(body: bytes) -> str:
    """Return the text of a body of a store with texts."""
    return body.decode("utf-8", "surrogatepass")


def compare(
    bodies: Sequence[bytes], left: Rows, right: Rows, tokens: str, texts: bool
) -> NDArray[np.float64]:
    """Similarity of bodies ``left[k]`` and ``right[k]``: float64 (m,), NaN where too long."""
    if texts:
        return compare_texts([*map(text_of_body, bodies)], left, right, tokens)
    return similarities(_words(bodies), left, right)


def judge(bodies: Sequence[bytes], left: Rows, right: Rows, tokens: str) -> NDArray[np.bool_]:
    """Say of each pair of like texts whether it is a variant: bool (m,).

    Up to two pairs are judged one by one, which takes half the time.
    """
    texts = [*map(text_of_body, bodies)]
    if len(left) > _FEW:
        return judge_texts(texts, left, right, tokens)
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    return np.array(
        [variants.judge(texts[i], texts[j], tokens).variant for i, j in pairs], dtype=bool
    )


def _words(bodies: Sequence[bytes]) -> Ragged[np.uint64]:
    sizes = np.fromiter(map(len, bodies), dtype=np.int64, count=len(bodies)) // _WORD_BYTES
    raw = np.frombuffer(b"".join(bodies), dtype=np.uint8).reshape(-1, _WORD_BYTES)
    wide = np.zeros((len(raw), 4), dtype=np.uint8)
    wide[:, :_WORD_BYTES] = raw
    return Ragged(wide.view("<u4").ravel().astype(np.uint64), starts_of(sizes))


def pack(bodies: Sequence[bytes], texts: bool) -> bytes:
    """Pack the bodies of a block: lengths as 32-bit integers, then all bytes, texts compressed."""
    sizes = np.fromiter(map(len, bodies), dtype="<u4", count=len(bodies))
    raw = sizes.tobytes() + b"".join(bodies)
    return zlib.compress(raw, 1) if texts else raw


def unpack(block: bytes, count: int, texts: bool) -> list[bytes]:
    """Undo ``pack`` for ``count`` bodies. Raises ValueError if the block is damaged."""
    try:
        raw = zlib.decompress(block) if texts else block
    except zlib.error as error:
        raise ValueError(f"a block can't be decompressed: {error}") from error
    sizes = np.frombuffer(raw, dtype="<u4", count=count)
    ends = (starts_of(sizes.astype(np.int64)) + 4 * count).tolist()
    if ends[-1] != len(raw):
        raise ValueError(f"a block holds {len(raw)} bytes instead of {ends[-1]}")
    return [raw[a:b] for a, b in pairwise(ends)]
