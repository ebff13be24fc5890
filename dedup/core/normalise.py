"""Which differences between two texts do not count, and which characters make words.

Knows: Unicode (NFKC, case folding, general categories, the scripts written without spaces).
Does not know: words, hashes, paragraphs.

The normal form, version "words/2": Unicode's compatibility caseless form (D146: NFD, fold,
NFKC, fold, NFKC), without the characters nobody sees (soft hyphens, joiners, direction marks,
variation selectors) and without what the same text is written with one day and without the next:

- Arabic vowel marks, tatweel (it stretches a word to fill the line), Hebrew points and accents;
- the yeh and the kaf of Persian, which Arabic keyboards write in their own way;
- Greek accents and breathings, which capitals don't have;
- the dots that part the i and the ı of Turkish, for a capital I may be either.

Accents of other scripts count, and so do the hamza, the madda and other marks that make letters.
The form is idempotent. ASCII text needs no more than lower case, and most other characters are
their own normal form, so only texts that hold one that isn't pay for it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.ragged import starts_of

VERSION = "words/2"

#: What a character is to the tokeniser. A mark belongs to what it stands on; from ``IDEOGRAPH`` on
#: each character is a token.
SEPARATOR, MARK, WORD, IDEOGRAPH, KANA, LETTER = range(6)


def _edges(*ranges: tuple[int, int]) -> tuple[int, ...]:
    """Write ranges, given by their first and last, as rising numbers at which a state changes."""
    return tuple(edge for first, last in ranges for edge in (first, last + 1))


#: The letters of scripts written without spaces: Thai and Lao, Myanmar, Khmer.
_LETTERS = _edges(
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x19E0, 0x19FF),
    (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F),
    (0x116D0, 0x116FF),
)
_KANA = _edges((0x3031, 0x3035), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x1AFF0, 0x1B16F))

#: The Han blocks, and the ideographs of the CJK punctuation block.
_IDEOGRAPHS = _edges(
    (0x2E80, 0x2FDF),
    (0x3005, 0x3007),
    (0x3021, 0x302D),
    (0x3038, 0x303C),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x16FF0, 0x16FF6),
    (0x20000, 0x3FFFD),
)
_KINDS = ((_IDEOGRAPHS, IDEOGRAPH), (_KANA, KANA), (_LETTERS, LETTER))

#: Characters that are there to be seen by nobody: the format characters (Cf) but for the zero-width
#: space, which is written to part words; fillers; variation selectors.
_UNSEEN = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_IS_UNSEEN = re.compile(f"[{_UNSEEN}]")

#: Letters to Unicode, but written for an apostrophe (пʼять) or an okina.
_APOSTROPHES = "\u02bb\u02bc"

#: What goes before anything else: the unseen, and Arabic vowel marks as characters of their own,
#: which NFKC would put on a space.
_FIRST = re.compile(f"[{_UNSEEN}\ufc5e-\ufc63\ufcf2-\ufcf4\ufe70-\ufe7f]")

#: What is left out of decomposed text: Arabic vowel and recitation marks and tatweel, Hebrew points
#: and accents; the marks on a Greek letter; the dots over a small i.
_OPTIONAL = re.compile(
    "[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u0658\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u08f0-\u08f2\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)
_GREEK = re.compile("([\u0370-\u03ff])[\u0300-\u036f]+")
_DOTTED = re.compile("i\u0307+")


def fold(text: str) -> str:
    """Return the normal form of ``text``. Idempotent. Cost: linear, 50 to 300 ns a character."""
    text = unicodedata.normalize("NFD", _FIRST.sub("", text)).casefold()
    text = unicodedata.normalize("NFKD", text).casefold()
    text = _OPTIONAL.sub("", unicodedata.normalize("NFKD", text))
    text = _DOTTED.sub("i", _GREEK.sub(itemgetter(1), text.replace("ı", "i")))
    text = text.replace("\u06cc", "\u064a").replace("\u06a9", "\u0643")
    # Composed only here: that is slow, and decomposed text is as good until then.
    return unicodedata.normalize("NFKC", text)


def character_class(char: str) -> int:
    """Say whether a character of the normal form parts words, marks or makes them, or is one."""
    kind = unicodedata.category(char)[0]
    if kind not in "LMN" or is_unseen(char) or char in _APOSTROPHES:
        return SEPARATOR
    if kind == "M":
        return MARK
    return next((single for edges, single in _KINDS if _within(char, edges)), WORD)


def is_unseen(char: str) -> bool:
    """Say whether a character leaves no trace on the page, and so none in the normal form."""
    return _IS_UNSEEN.match(char) is not None


def _within(char: str, edges: tuple[int, ...]) -> bool:
    return bisect_right(edges, ord(char)) % 2 == 1


def _is_settled(char: str) -> bool:
    """Say whether a character is its own normal form wherever it stands.

    Marks and the vowels and finals of Korean syllables may join what stands before them; what
    ``fold`` changes is not settled either. Lone surrogates are left alone.
    """
    if unicodedata.category(char)[0] == "M" or 0x1160 <= ord(char) <= 0x11FF:
        return False
    return fold(char) == char


class Characters(NamedTuple):
    """The UTF-8 of a batch in normal form, one text after another, parted by line ends.

    bytes: uint8 (m,), with eight zero bytes beyond the last text; starts: int64 (n + 1,), where
    each text begins (a line end stands before the next); wide: int64 (k,), where a character of
    more than one byte begins; codes: int64 (k,), which one it is.
    """

    bytes: NDArray[np.uint8]
    starts: NDArray[np.int64]
    wide: NDArray[np.int64]
    codes: NDArray[np.int64]


def characters(texts: Sequence[str]) -> Characters:
    """Encode a batch of texts in their normal form.

    Cost: 0.3 us for an English paragraph; a text with characters that are not their own normal
    form (capital letters beyond ASCII, marks, full-width forms) costs 50 to 300 ns a character.
    """
    batch = _encode(texts)
    if len(batch.wide):
        unsettled = _unsettled_rows(batch)
        if len(unsettled):
            texts = list(texts)
            for row in unsettled.tolist():
                texts[row] = fold(texts[row])
            batch = _encode(texts)
    return batch


def _encode(texts: Sequence[str]) -> Characters:
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    joined = "\n".join([*texts, "\0" * 8]).encode("utf-8", "surrogatepass")
    raw = np.frombuffer(bytearray(joined), dtype=np.uint8)
    capital = raw - np.uint8(65)
    capital = (capital < np.uint8(26)).view(np.uint8)
    capital <<= np.uint8(5)
    raw += capital
    starts = starts_of(lengths + 1)
    if int(starts[-1]) + 8 == len(raw):
        none = np.empty(0, dtype=np.int64)
        return Characters(raw, starts, none, none)
    wide = np.flatnonzero(raw >= np.uint8(0xC0))
    codes = _codes(raw, wide)
    # A character of k bytes moves all that stands after it by k - 1.
    moved = starts_of(1 + (codes > 0x7FF) + (codes > 0xFFFF))
    starts += moved[np.searchsorted(wide - moved[:-1], starts)]
    return Characters(raw, starts, wide, codes)


def _codes(raw: NDArray[np.uint8], wide: NDArray[np.int64]) -> NDArray[np.int64]:
    """Decode the characters of two to four bytes that begin at ``wide``."""
    lead = raw[wide].astype(np.int64)
    tail = [raw[wide + k].astype(np.int64) & 0x3F for k in (1, 2, 3)]
    two = (lead & 0x1F) << 6 | tail[0]
    three = (lead & 0x0F) << 12 | tail[0] << 6 | tail[1]
    four = (lead & 0x07) << 18 | tail[0] << 12 | tail[1] << 6 | tail[2]
    return np.where(lead < 0xE0, two, np.where(lead < 0xF0, three, four))


def _unsettled_rows(batch: Characters) -> NDArray[np.int64]:
    """Find the texts that hold a character which is not its own normal form."""
    unsettled = table_of(batch.codes, lambda char: not _is_settled(char))[batch.codes] > 0
    places = batch.wide[unsettled]
    return np.unique(np.searchsorted(batch.starts, places, side="right") - 1)


def table_of(codes: NDArray[np.int64], judge: Callable[[str], int]) -> NDArray[np.uint8]:
    """Tabulate ``judge(character)`` for the characters that occur: uint8, indexed by code point.

    One call for each distinct character of the batch, not for each character.
    """
    table = np.zeros(0x110000, dtype=np.uint8)
    present = np.unique(codes)
    table[present] = [judge(chr(code)) for code in present.tolist()]
    return table
