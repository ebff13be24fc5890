"""Text to tokens: which stretches of a text are words, and one 64-bit hash for each.

Knows: that the kernel reads most texts, and ``fold`` the special ones, with characters to which a
rule of ``normal_form`` about neighbours may apply. Does not know: how a token is hashed
(``kernel``), shingles, similarity, files.

A word is a run of letters, marks and digits. In scripts written without spaces, each character with
its marks is a word.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup import kernel
from dedup.core.normal_form import IDEOGRAPH, MARK, SEPARATOR, WORD, bare, character_class, fold
from dedup.encoded import encode
from dedup.kernel import Reading
from dedup.ragged import Ragged

#: The first code point of Thai. All scripts before it are written with spaces.
_FIRST_UNSPACED = 0x0E00

#: A character that may belong to a script written without spaces, or become one that does. The
#: blocks from punctuation to arrows hold none.
_UNSPACED = re.compile("[^\0-\u0dff\u2000-\u2bff]")


def tokenise(texts: Sequence[str]) -> Ragged[np.uint64]:
    """Hash the words of every text: one row of 64-bit token hashes a text.

    Cost: 1 us for an English paragraph of 65 words, 1 to 3 us in other scripts, 100 us for a text
    with rare marks. Words collide with probability 2**-62 a pair.
    """
    return lay_out(texts).tokens


def code_points(texts: Sequence[str]) -> Ragged[np.uint64]:
    """Write every text as the code points of its words, for comparison by character.

    There is one space between two words, but none beside a character that is a token of its own. So
    equal tokens give equal rows. Cost: 2 us for an English paragraph.
    """
    return lay_out(texts, units=True).units


def lay_out(texts: Sequence[str], units: bool = False, places: bool = False) -> Reading:
    """Read texts, including those with special characters. See ``kernel.read``.

    units: whether to give the code points too; places: whether to give the places of the tokens and
    the capitals, which the judge needs. Cost with places: 2 us for an English paragraph of 65
    words.
    """
    found = kernel.read(encode(texts), units=units, places=places)
    rows = np.flatnonzero(found.special)
    if not len(rows):
        return found
    some = [texts[row] for row in rows.tolist()]
    folded = [*map(fold, some)]
    others = kernel.read(encode(folded), True, units, places)
    if places:
        pairs = zip(some, folded, strict=True)
        cased = b"\n".join([*(_cased(text, form) for text, form in pairs), b""])
        others = others._replace(cased=np.frombuffer(cased, dtype=np.uint8))
    return _merged(found, others, rows)


def _cased(text: str, folded: str) -> bytes:
    """Encode a text with capitals so that each character stands at the place of its folded form.

    Where that is impossible, give the folded text.
    """
    text = bare(text)
    instead = {}
    for char in set(text):
        form = char if char.isascii() else fold(char)
        if form != char and _size(form) != _size(char):
            instead[ord(char)] = form
    raw = text.translate(instead).encode("utf-8", "surrogatepass")
    return raw if len(raw) == _size(folded) else folded.encode("utf-8", "surrogatepass")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _merged(found: Reading, others: Reading, rows: NDArray[np.int64]) -> Reading:
    """Put the rows of ``others`` in the places ``rows`` of ``found``, which are empty."""
    starts, theirs = found.tokens.starts, others.tokens.starts
    begin, end = (
        _filled(Ragged(mine, starts), Ragged(other, theirs), rows).values if len(other) else mine
        for mine, other in ((found.begin, others.begin), (found.end, others.end))
    )
    # An empty row of the normal form is a line end.
    normal = _filled(found.normal, others.normal, rows, 1)
    cased = found.cased
    if len(cased):
        mine, other = (Ragged(each.cased, each.normal.starts) for each in (found, others))
        cased = _filled(mine, other, rows, 1).values
    tokens = _filled(found.tokens, others.tokens, rows)
    units = _filled(found.units, others.units, rows)
    special = np.zeros(len(found.special), dtype=np.bool_)
    return Reading(tokens, normal, cased, begin, end, special, units)


def _filled(
    found: Ragged[Any], others: Ragged[Any], rows: NDArray[np.int64], size: int = 0
) -> Ragged[Any]:
    """Replace some rows, of ``size`` values each, by the rows of ``others``."""
    parts, at = [], 0
    for number, row in enumerate(rows.tolist()):
        begin = int(found.starts[row])
        parts += [found.values[at:begin]]
        parts += [others.values[others.starts[number] : others.starts[number + 1]]]
        at = begin + size
    longer = np.zeros(len(found.starts), dtype=np.int64)
    longer[rows + 1] = others.lengths - size
    return Ragged(np.concatenate((*parts, found.values[at:])), found.starts + np.cumsum(longer))


def may_have_singles(text: str) -> bool:
    """Say whether ``singles`` may count any token of a text. Cost: next to none for ASCII."""
    return not text.isascii() and _UNSPACED.search(text) is not None


def singles(found: Reading) -> NDArray[np.int64]:
    """Count the tokens of each text that are one character of a script written without spaces.

    found: the texts, read with ``units``. Cost: 0.5 us for an English paragraph, 50 ns a character
    of such a script.
    """
    points, starts = found.units.values, found.units.starts
    at = np.flatnonzero(points >= _FIRST_UNSPACED)
    is_single = np.zeros(sys.maxunicode + 1, dtype=np.bool_)
    is_single[points[at]] = True
    for code in np.flatnonzero(is_single).tolist():
        is_single[code] = character_class(chr(code)) >= IDEOGRAPH
    text_of = np.searchsorted(starts, at[is_single[points[at]]], side="right") - 1
    return np.bincount(text_of, minlength=len(starts) - 1)


def words(text: str) -> list[str]:
    """List the normalised tokens of one text, as strings. For display; too slow for many texts."""
    found = lay_out([text], places=True)
    raw = found.normal.values.tobytes()
    pairs = zip(found.begin.tolist(), found.end.tolist(), strict=True)
    return [raw[begin:end].decode("utf-8") for begin, end in pairs]


def spans(text: str) -> list[tuple[int, int, str]]:
    """List the tokens of one text as (start, end, normalised token), places in the original text.

    This is for display: a character that becomes several tokens when normalised is one entry here.
    Cost: about 1 us a character, in Python.
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


def beginnings(page: Reading, texts: Sequence[str]) -> list[list[int] | None]:
    """List where the tokens of each text begin, in characters, as ``spans`` does.

    page: the texts, read with places. The answer is None for a text that, apart from case, differs
    from its normal form. Cost: 10 us for an English paragraph of 65 words.
    """
    rows, starts = page.normal.starts.tolist(), page.tokens.starts.tolist()
    found: list[list[int] | None] = []
    for row, text in enumerate(texts):
        raw = text.encode("utf-8", "surrogatepass")
        if page.cased[rows[row] : rows[row + 1] - 1].tobytes() != raw:
            found.append(None)
            continue
        begin = page.begin[starts[row] : starts[row + 1]]
        if len(raw) == len(text):
            found.append(begin.tolist())
            continue
        heads = (np.frombuffer(raw, dtype=np.uint8) & 0xC0) != 0x80
        # If a character becomes several tokens, some of these begin in the middle of it.
        found.append((np.cumsum(heads)[begin] - 1).tolist() if heads[begin].all() else None)
    return found


def _joined(text: str, found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Join tokens that the normal form makes one word: wrapped words, and words with affixes."""
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
        # A token never begins with the characters of a gap, so this tells whether the gap is left.
        apart = gap == "" or whole.startswith(gap, at)
        at += len(gap) if apart else 0
    return joined


_UNSEEN = -1


def _display_class(char: str) -> int:
    """Give the class of a character by its normal form; ``_UNSEEN`` if that is empty."""
    kinds = [*map(character_class, fold(char))]
    if not kinds:
        return _UNSEEN
    return MARK if kinds[0] == MARK else max(kinds)
