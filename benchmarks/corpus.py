"""Natural-looking paragraphs, made by seed, with planted copies.

Knows: a Zipf vocabulary of made-up words, sentences, exact copies, edited copies.
Does not know: dedup's stages; what is measured with the texts.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_WORDS = 60_000
_ONSETS = [*"bcdfghjklmnprstvw", "ch", "st", "th", "br", "tr", "pl"]
_VOWELS = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "ea", "y"]
_CODAS = ["", "", "", "", "", "", "", "", "", "n", "r", "s", "t", "l"]
_CHUNK = 20_000

#: Endings of a word, with how often each occurs.
_ENDINGS = (" ", ", ", ". ")
_SHARES = (0.88, 0.06, 0.06)


class Corpus(NamedTuple):
    """Texts and, for each, the position of the text it was made from (its own for an original)."""

    texts: list[str]
    origin: NDArray[np.int64]


class _Forms(NamedTuple):
    """Every word with every ending, and capitalised: flat bytes and where each form begins."""

    raw: NDArray[np.uint8]
    starts: NDArray[np.int64]


def paragraphs(
    count: int, seed: int = 1, exact: float = 0.2, edited: float = 0.1, words: int = 65
) -> Corpus:
    """Make ``count`` paragraphs, of which the given shares repeat an earlier one.

    Cost: about 8 us a paragraph.
    """
    draw = np.random.default_rng(seed)
    forms = _forms(np.random.default_rng(99))
    texts: list[str] = []
    origin = np.arange(count)
    rows: list[NDArray[np.int32]] = []
    for begin in range(0, count, _CHUNK):
        size = min(_CHUNK, count - begin)
        lengths = np.clip(draw.lognormal(np.log(words) - 0.08, 0.4, size), 9, 400).astype(np.int64)
        flat = _zipf(draw, int(lengths.sum()))
        chunk = np.split(flat, np.cumsum(lengths)[:-1])
        lot = draw.random(size)
        source = (draw.random(size) * (np.arange(size) + begin)).astype(np.int64)
        made = (lot < exact + edited) & (np.arange(size) + begin > 0)
        for row in np.flatnonzero(made).tolist():
            origin[begin + row] = origin[source[row]]
            original = _at(rows, chunk, begin, int(source[row]))
            chunk[row] = original if lot[row] < exact else _edit(draw, original)
        rows.extend(chunk)
        texts.extend(_write(forms, chunk))
    return Corpus(texts, origin)


def _at(
    rows: list[NDArray[np.int32]], chunk: list[NDArray[np.int32]], begin: int, position: int
) -> NDArray[np.int32]:
    return rows[position] if position < begin else chunk[position - begin]


def _zipf(draw: np.random.Generator, count: int) -> NDArray[np.int32]:
    """Draw words by Zipf's law (rank r with weight 1 / (r + 2.7)), each with an ending."""
    top = np.log((_WORDS + 2.7) / 2.7)
    rank = (2.7 * (np.exp(draw.random(count, dtype=np.float32) * top) - 1.0)).astype(np.int32)
    ending = np.searchsorted(np.cumsum(_SHARES), draw.random(count, dtype=np.float32))
    return np.minimum(rank, _WORDS - 1) * 3 + np.minimum(ending, 2).astype(np.int32)


def _edit(draw: np.random.Generator, row: NDArray[np.int32]) -> NDArray[np.int32]:
    """Replace, drop, insert or move a few words, singly or a stretch of them."""
    edits = int(draw.integers(1, max(2, len(row) // 12)))
    for _ in range(edits):
        at = int(draw.integers(0, len(row)))
        span = 1 if draw.random() < 0.7 else int(draw.integers(1, 4))
        new = _zipf(draw, span)
        kind = draw.random()
        if kind < 0.5:
            row = np.concatenate((row[:at], new, row[at + span :]))
        elif kind < 0.75:
            row = np.concatenate((row[:at], new, row[at:]))
        else:
            row = np.concatenate((row[:at], row[at + span :]))
    return row if len(row) else _zipf(draw, 9)


def _write(forms: _Forms, rows: list[NDArray[np.int32]]) -> list[str]:
    """Write rows of words as texts: a capital after a full stop, a full stop at the end."""
    lengths = np.array([len(row) for row in rows])
    flat = np.concatenate(rows)
    last = np.cumsum(lengths) - 1
    flat[last] = flat[last] // 3 * 3 + 2
    after = np.concatenate(([True], flat[:-1] % 3 == 2))
    form = flat + after * (3 * _WORDS)
    size = forms.starts[form + 1] - forms.starts[form]
    ends = np.cumsum(size)
    raw = forms.raw[np.arange(ends[-1]) + np.repeat(forms.starts[form] - (ends - size), size)]
    text = raw.tobytes().decode("ascii")
    cuts = [0, *ends[last].tolist()]
    return [text[begin : end - 1] for begin, end in pairwise(cuts)]


def _forms(draw: np.random.Generator) -> _Forms:
    words = _vocabulary(draw)
    forms = [word + ending for word in words for ending in _ENDINGS]
    forms += [word.capitalize() + ending for word in words for ending in _ENDINGS]
    raw = np.frombuffer("".join(forms).encode("ascii"), dtype=np.uint8)
    return _Forms(raw, np.cumsum([0, *map(len, forms)]))


def _vocabulary(draw: np.random.Generator) -> list[str]:
    """Make distinct words, frequent ones short."""
    words: dict[str, None] = {}
    while len(words) < _WORDS:
        syllables = int(np.clip(np.log10(len(words) + 3), 1, 3))
        onset, vowel, coda = (
            draw.integers(0, len(parts), syllables + 1) for parts in (_ONSETS, _VOWELS, _CODAS)
        )
        length = syllables + int(len(words) > 30 and draw.random() < 0.4)
        words[
            "".join(_ONSETS[onset[k]] + _VOWELS[vowel[k]] + _CODAS[coda[k]] for k in range(length))
        ] = None
    return list(words)
