"""Make natural-looking paragraphs from a seed, with planted copies.

Knows: a vocabulary of made-up words that follows Zipf's law, sentences, exact copies, edited
copies. Does not know: the stages of dedup, what is measured with the texts.

While texts are made, a word and the sign behind it (a space, a comma, a full stop) are one number.
So drawing, editing and writing work on whole arrays.
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

#: Words drawn, and paragraphs written, at a time: what fits the cache.
_DRAWN, _WRITTEN = 1 << 16, 1_000

#: Endings of a word, with how often each occurs.
_ENDINGS = (" ", ", ", ". ")
_SHARES = (0.88, 0.06, 0.06)
_STOP = 2

Draw = np.random.Generator
Whole = NDArray[np.int64]


class Corpus(NamedTuple):
    """Texts and, for each, the position of the text it was made from (its own for an original).

    origin: int64 (n,), the original at the end of the chain; wording: int64 (n,), the earliest
    text that was made with the same words, so an exact copy differs from its own position and an
    edited copy does not.
    """

    texts: list[str]
    origin: Whole
    wording: Whole


class _Rows(NamedTuple):
    """Rows of words, flat: row ``k`` is ``flat[starts[k]:starts[k + 1]]``."""

    flat: NDArray[np.int32]
    starts: Whole

    def take(self, rows: Whole) -> _Rows:
        """Copy some rows."""
        size = self.starts[rows + 1] - self.starts[rows]
        starts = _starts(size)
        place = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], size)
        return _Rows(self.flat[place], starts)


def paragraphs(
    count: int, seed: int = 1, exact: float = 0.2, edited: float = 0.1, words: int = 65
) -> Corpus:
    """Make ``count`` paragraphs, of which the given shares repeat an earlier one.

    The one repeated is drawn evenly from all before it, copies too; so there are copies of copies.
    Cost: about 10 us a paragraph, and 400 bytes beside the text while it runs.
    """
    draw = np.random.default_rng(seed)
    lot = draw.random(count)
    source = (draw.random(count) * np.arange(count)).astype(np.int64)
    own = np.arange(count)
    copied = (lot < exact + edited) & (own > 0)
    parent = np.where(copied, source, own)
    origin = _ends(parent)
    wording = _ends(np.where(lot < exact, parent, own))
    rows, row_of = _rows(draw, words, parent, origin, wording)
    return Corpus(_write(rows, row_of[wording]), origin, wording)


def _ends(parent: Whole) -> Whole:
    """Follow every chain of parents to its end."""
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return parent
        parent = further


def _rows(
    draw: Draw, words: int, parent: Whole, origin: Whole, wording: Whole
) -> tuple[_Rows, Whole]:
    """Make the words of every distinct text: (rows, the row of a text by its position)."""
    own = np.arange(len(parent))
    made = np.flatnonzero(origin == own)
    row_of = np.full(len(parent), -1)
    row_of[made] = np.arange(len(made))
    rows = _originals(draw, len(made), words)
    wait = np.flatnonzero((wording == own) & (origin != own))
    while len(wait):
        source = row_of[wording[parent[wait]]]
        ready = source >= 0
        copies = _edit(draw, rows.take(source[ready]))
        row_of[wait[ready]] = len(rows.starts) - 1 + np.arange(len(copies.starts) - 1)
        rows = _join(rows, copies)
        wait = wait[~ready]
    return rows, row_of


def _originals(draw: Draw, count: int, words: int) -> _Rows:
    lengths = draw.lognormal(np.log(words) - 0.08, 0.4, count).astype(np.int64).clip(9, 400)
    starts = _starts(lengths)
    return _Rows(_zipf(draw, int(starts[-1])), starts)


def _zipf(draw: Draw, count: int) -> NDArray[np.int32]:
    """Draw words by Zipf's law (rank r with weight 1 / (r + 2.7)), each with an ending."""
    top = np.float32(np.log((_WORDS + 2.7) / 2.7))
    comma, stop = (np.float32(share) for share in np.cumsum(_SHARES)[:2])
    out = np.empty(count, dtype=np.int32)
    for begin in range(0, count, _DRAWN):
        part = out[begin : begin + _DRAWN]
        weight = np.exp(draw.random(len(part), dtype=np.float32) * top)
        part[:] = np.minimum(2.7 * (weight - 1), _WORDS - 1)
        ending = draw.random(len(part), dtype=np.float32)
        part *= len(_ENDINGS)
        part += ending >= comma
        part += ending >= stop
    return out


def _edit(draw: Draw, rows: _Rows) -> _Rows:
    """Replace, insert or drop a few words of every row, singly or a stretch of them."""
    lengths = np.diff(rows.starts)
    edits = draw.integers(1, np.maximum(2, lengths // 5))
    row = np.repeat(np.arange(len(lengths)), edits)
    at = rows.starts[row] + draw.integers(0, lengths[row])
    span = np.where(draw.random(len(row)) < 0.7, 1, draw.integers(1, 4, len(row)))
    kind = draw.random(len(row))
    inserted = np.zeros(len(rows.flat), dtype=np.int64)
    kept = np.ones(len(rows.flat), dtype=bool)
    adds, drops = kind < 0.75, (kind < 0.5) | (kind >= 0.75)
    np.add.at(inserted, at[adds], span[adds])
    for step in range(3):
        place = (at + step)[drops & (span > step)]
        kept[np.minimum(place, rows.starts[row[drops & (span > step)] + 1] - 1)] = False
    ends = _starts(inserted + kept)
    flat = _zipf(draw, int(ends[-1]))
    flat[ends[1:][kept] - 1] = rows.flat[kept]
    return _Rows(flat, ends[rows.starts])


def _join(first: _Rows, second: _Rows) -> _Rows:
    starts = np.concatenate((first.starts, second.starts[1:] + first.starts[-1]))
    return _Rows(np.concatenate((first.flat, second.flat)), starts)


def _starts(lengths: Whole) -> Whole:
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(lengths)))


def _write(rows: _Rows, order: Whole) -> list[str]:
    """Write rows as texts, in the given order."""
    forms = _forms(np.random.default_rng(99))
    texts: list[str] = []
    for begin in range(0, len(order), _WRITTEN):
        texts.extend(_write_some(forms, rows.take(order[begin : begin + _WRITTEN])))
    return texts


def _write_some(forms: _Forms, rows: _Rows) -> list[str]:
    """Write every row: a capital after a full stop, a full stop at the end."""
    flat, last = rows.flat.astype(np.int64), rows.starts[1:] - 1
    flat[last] = flat[last] // 3 * 3 + _STOP
    after = np.concatenate(([True], flat[:-1] % 3 == _STOP))
    form = flat + after * (3 * _WORDS)
    size = forms.starts[form + 1] - forms.starts[form]
    ends = np.cumsum(size)
    raw = forms.raw[np.arange(ends[-1]) + np.repeat(forms.starts[form] - (ends - size), size)]
    text = raw.tobytes().decode("ascii")
    cuts = [0, *ends[last].tolist()]
    return [text[begin : end - 1] for begin, end in pairwise(cuts)]


class _Forms(NamedTuple):
    """Every word with every ending, and capitalised: flat bytes and where each form begins."""

    raw: NDArray[np.uint8]
    starts: Whole


def _forms(draw: Draw) -> _Forms:
    words = _vocabulary(draw)
    forms = [word + ending for word in words for ending in _ENDINGS]
    forms += [word.capitalize() + ending for word in words for ending in _ENDINGS]
    raw = np.frombuffer("".join(forms).encode("ascii"), dtype=np.uint8)
    return _Forms(raw, _starts(np.fromiter(map(len, forms), dtype=np.int64)))


def _vocabulary(draw: Draw) -> list[str]:
    """Make distinct words, frequent ones short."""
    words: dict[str, None] = {}
    while len(words) < _WORDS:
        lots = draw.random((4096, 13)).tolist()
        words.update(dict.fromkeys(_word(len(words) + k, lot) for k, lot in enumerate(lots)))
    return list(words)[:_WORDS]


def _word(rank: int, lot: list[float]) -> str:
    """Make one word from numbers in [0, 1): one for its length, three a syllable."""
    syllables = 1 + (rank > 80) + (rank > 800) + (rank > 30 and lot[0] < 0.4)
    parts = (_ONSETS, _VOWELS, _CODAS)
    return "".join(parts[k % 3][int(lot[1 + k] * len(parts[k % 3]))] for k in range(3 * syllables))


def variants(count: int, seed: int = 1, words: int = 65, slots: int = 5) -> list[str]:
    """Make ``count`` texts of one template, with a few places filled anew in each."""
    draw = np.random.default_rng(seed)
    template = _zipf(draw, words)
    flat = np.tile(template, (count, 1))
    places = draw.choice(words, slots, replace=False)
    flat[:, places] = _zipf(draw, count * slots).reshape(count, slots)
    return _write(_Rows(flat.ravel(), np.arange(count + 1) * words), np.arange(count))


def shuffled(count: int, seed: int = 1, sentences: int = 12, words: int = 5) -> list[str]:
    """Make ``count`` texts that share their sentences but for one, each in an order of its own."""
    draw = np.random.default_rng(seed)
    shared = np.tile(np.arange((sentences - 1) * words), (count, 1))
    stock = _zipf(draw, (sentences - 1) * words)
    flat = np.concatenate((stock[shared], _zipf(draw, count * words).reshape(count, words)), axis=1)
    order = np.argsort(draw.random((count, sentences)), axis=1)
    place = (order[:, :, None] * words + np.arange(words)).reshape(count, -1)
    flat = np.take_along_axis(flat, place, axis=1)
    size = sentences * words
    return _write(_Rows(flat.ravel(), np.arange(count + 1) * size), np.arange(count))
