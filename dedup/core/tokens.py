"""Text to tokens: which stretches of a text are words, and one 64-bit hash for each.

Knows: the tokeniser ("words": runs of letters, marks and digits, one character with its marks each
in scripts written without spaces), how token hashes are made and what a letter of such a script
takes along for comparison. Does not know: shingles, similarity, files.

The two lowest bits of a token's hash say how many neighbours it takes along, see ``linked``.

Everything works on a whole batch at once: a mask over the bytes, its edges, and eight-byte loads
at the edges. Batches of 500 to 2,000 paragraphs stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from dedup.core.normalise import (
    IDEOGRAPH,
    MARK,
    SEPARATOR,
    WORD,
    Characters,
    character_class,
    characters,
    fold,
    sizes,
    table_of,
)
from dedup.ragged import Ragged, starts_of

#: Words up to this many bytes are hashed eight bytes at a time in numpy, longer ones by xxh3.
_LONG = 64

_REACH = np.uint64(3)

_EIGHT = np.array([(1 << (8 * k)) - 1 for k in range(8)] + [2**64 - 1], dtype=np.uint64)


class Spans(NamedTuple):
    """Where the tokens of a batch stand in its bytes.

    begin, end: int64 (t,); kind: uint8 (t,) or None, ``WORD`` or what the character is to the
    tokeniser, None where all are words; rows: int64 (n + 1,), the first token of each text.
    """

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    kind: NDArray[np.uint8] | None
    rows: NDArray[np.int64]


def tokenise(texts: Sequence[str]) -> Ragged[np.uint64]:
    """Hash the words of every text: one row of 64-bit token hashes a text.

    Cost: about 2 us for an English paragraph of 65 words. Words collide with probability 2**-62 a
    pair.
    """
    batch = characters(texts)
    spans = find_spans(batch)
    return Ragged(hash_spans(batch.bytes, spans), spans.rows)


def find_spans(batch: Characters) -> Spans:
    """Find the tokens of a batch. Cost: a few passes over its bytes."""
    raw = batch.bytes
    word = (raw - np.uint8(97)) < np.uint8(26)
    word |= (raw - np.uint8(48)) < np.uint8(10)
    return _wide_spans(batch, word) if len(batch.wide) else _runs(batch, word)


def _runs(batch: Characters, word: NDArray[np.bool_]) -> Spans:
    """Take each run of bytes of words for a token. The last byte is a zero, so all runs end."""
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    if word[0]:
        edges = np.concatenate(([0], edges))
    begin, end = edges[0::2], edges[1::2]
    return Spans(begin, end, None, np.searchsorted(begin, batch.starts))


def _wide_spans(batch: Characters, word: NDArray[np.bool_]) -> Spans:
    """Find the tokens of a batch with characters beyond ASCII, whose bytes ``word`` lacks yet."""
    kinds = table_of(batch.codes, character_class)[batch.codes]
    inside = kinds != SEPARATOR
    size = sizes(batch.codes)
    for k in range(4):
        word[batch.wide[inside & (size > k)] + k] = True
    single = kinds >= IDEOGRAPH
    if not single.any():
        return _runs(batch, word)
    # The last byte is a zero, so the mask ends with a fall.
    rise = word.copy()
    rise[1:] &= ~word[:-1]
    fall = np.flatnonzero(word[:-1] & ~word[1:]) + 1
    runs = np.flatnonzero(rise)
    at = batch.wide[single]
    after = _after_marks(batch.wide, size, single, kinds == MARK)
    rise[at] = True
    rise[after] = word[after]
    begin = np.flatnonzero(rise)
    run = np.searchsorted(runs, begin, side="right") - 1
    end = fall[run]
    end[:-1] = np.minimum(end[:-1], begin[1:])
    kind = np.full(len(word), WORD, dtype=np.uint8)
    kind[at] = kinds[single]
    return Spans(begin, end, kind[begin], np.searchsorted(begin, batch.starts))


def _after_marks(
    wide: NDArray[np.int64],
    size: NDArray[np.int64],
    single: NDArray[np.bool_],
    mark: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Find the byte after each of the single characters and the marks that stand on it."""
    end = wide + size
    mark[1:] &= wide[1:] == end[:-1]
    if not mark.any():
        return end[single]
    bare = np.flatnonzero(~mark)
    last = np.append(bare[1:], len(wide)) - 1
    after: NDArray[np.int64] = end[last[np.searchsorted(bare, np.flatnonzero(single))]]
    return after


def hash_spans(raw: NDArray[np.uint8], spans: Spans) -> NDArray[np.uint64]:
    """Hash every token: its bytes in steps of eight, folded and finally mixed."""
    # Eight-byte little-endian loads at any address; the batch ends with eight bytes to spare.
    eight: NDArray[np.uint64] = np.ndarray((len(raw) - 7,), dtype="<u8", buffer=raw, strides=(1,))
    size = spans.end - spans.begin
    value = eight[spans.begin] & _EIGHT[np.minimum(size, 8)]
    rest = np.flatnonzero((size > 8) & (size <= _LONG))
    done = 8
    while len(rest):
        load = eight[spans.begin[rest] + done] & _EIGHT[np.minimum(size[rest] - done, 8)]
        value[rest] = mix(value[rest]) + load
        done += 8
        rest = rest[size[rest] > done]
    huge = np.flatnonzero(size > _LONG)
    if len(huge):
        view = raw.data
        pairs = zip(spans.begin[huge].tolist(), spans.end[huge].tolist(), strict=True)
        value[huge] = [xxhash.xxh3_64_intdigest(view[begin:end]) for begin, end in pairs]
    value = mix(value) & ~_REACH
    if spans.kind is not None:
        value |= np.maximum(spans.kind, IDEOGRAPH) - np.uint64(IDEOGRAPH)
    return value


def linked(tokens: Ragged[np.uint64]) -> Ragged[np.uint64]:
    """Let each kana stand for itself and the one after it, each Thai letter for itself and two.

    Strangers share most pairs of such letters, as they share most pairs of letters in any script;
    so the letters are taken by about as many as a word has before shingles are made of them. At
    the end of a row fewer are taken. Words and ideographs stay what they are.
    """
    reach = tokens.values & _REACH
    if not reach.any():
        return tokens
    values = tokens.values.copy()
    last = np.repeat(tokens.starts[1:], tokens.lengths) - 1
    for step in (1, 2):
        at = np.flatnonzero(reach >= step)
        at = at[at + step <= last[at]]
        values[at] = mix(values[at]) + tokens.values[at + step]
    return Ragged(values, tokens.starts)


def mix(value: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scramble 64-bit values one to one (the finaliser of MurmurHash3). Leaves the input alone."""
    shifted = value >> np.uint64(33)
    value = value ^ shifted
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= np.right_shift(value, np.uint64(33), out=shifted)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    value ^= np.right_shift(value, np.uint64(33), out=shifted)
    return value


def code_points(texts: Sequence[str]) -> Ragged[np.uint64]:
    """Write every text as the code points of its words, for comparison by character.

    Words are parted by one space, except beside a character that is a token of its own; so equal
    tokens give equal rows. Cost: about 6 us for an English paragraph.
    """
    batch = characters(texts)
    spans = find_spans(batch)
    size = spans.end - spans.begin
    space = np.ones(len(size), dtype=np.int64)
    if spans.kind is not None:
        space[:-1] = np.maximum(spans.kind[:-1], spans.kind[1:]) == WORD
    space[spans.rows[1:][np.diff(spans.rows) > 0] - 1] = 0
    starts = starts_of(size + space)
    source = np.arange(starts[-1]) + np.repeat(spans.begin - starts[:-1], size + space)
    out = batch.bytes[source]
    out[starts[1:][space > 0] - 1] = 0x20
    heads = starts_of(((out & np.uint8(0xC0)) != np.uint8(0x80)).astype(np.int64))
    decoded = out.tobytes().decode("utf-8").encode("utf-32-le")
    units = np.frombuffer(decoded, dtype="<u4").astype(np.uint64)
    return Ragged(units, heads[starts[spans.rows]])


def words(text: str) -> list[str]:
    """List the normalised tokens of one text, as strings. For display, not for the hot path."""
    batch = characters([text])
    spans = find_spans(batch)
    raw = batch.bytes.tobytes()
    pairs = zip(spans.begin.tolist(), spans.end.tolist(), strict=True)
    return [raw[begin:end].decode("utf-8") for begin, end in pairs]


def spans(text: str) -> list[tuple[int, int, str]]:
    """List the tokens of one text as (start, end, normalised token) over the text as it stands.

    For display: a character that becomes several tokens when normalised stays one stretch here.
    Cost: Python, about 1 us a character.
    """
    found: list[tuple[int, int, str]] = []
    classes: dict[str, int] = {}
    start, inside = -1, SEPARATOR
    for position, char in enumerate(text + "\n"):
        kind = classes.get(char)
        if kind is None:
            kind = classes[char] = _display_class(char)
        if kind == _UNSEEN or (kind == MARK and start >= 0):
            continue
        if start >= 0 and not kind == inside == WORD:
            found.append((start, position, fold(text[start:position])))
            start = -1
        if kind != SEPARATOR and start < 0:
            start, inside = position, max(kind, WORD)
    return _joined(text, found)


def _joined(text: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join the tokens of which the normal form makes one word: wrapped ones and affixes."""
    parts = []
    for (_, end, token), (after, *_) in pairwise([*found, (len(text), 0, "")]):
        soft = "-" * text.startswith("\u00ad", end - 1, end)
        parts += [token, fold(soft + text[end:after])]
    whole = fold("".join(parts))
    if whole == "".join(parts):
        return found
    joined: list[tuple[int, int, str]] = []
    at, apart = 0, True
    for (start, end, token), gap in zip(found, parts[1::2], strict=True):
        if apart:
            joined.append((start, end, token))
        else:
            joined[-1] = joined[-1][0], end, joined[-1][2] + token
        at += len(token)
        # No token begins as a gap does.
        apart = gap == "" or whole.startswith(gap, at)
        at += len(gap) if apart else 0
    return joined


_UNSEEN = -1


def _display_class(char: str) -> int:
    """Class a character by what its normal form holds; ``_UNSEEN`` where that is nothing."""
    kinds = [*map(character_class, fold(char))]
    if not kinds:
        return _UNSEEN
    return MARK if kinds[0] == MARK else max(kinds)
