"""Which differences between two texts do not count, and which characters make words.

Knows: Unicode (NFKC, case folding, general categories, the scripts written without spaces).
Does not know: words, hashes, paragraphs.

The normal form, version "words/3", is Unicode's compatibility caseless form (D146: NFD, fold, NFKC,
fold, NFKC) with a table that says of a character what it becomes, and a few rules that look at its
neighbours. By the table:

- characters nobody sees are left out: soft hyphens, joiners, zero-width spaces, direction marks,
  variation selectors;
- Arabic vowel marks, tatweel (it stretches a word to fill the line), Hebrew points and accents are
  left out;
- the yeh and the kaf of Persian are those of Arabic, whose keyboards write them in their own way;
- the ı of Turkish is an i, for a capital I may be either;
- decimal digits of every script are ASCII digits.

By their neighbours:

1. At most 30 combining marks on one character count, in canonical order. Unicode's stream-safe
   format (UAX #15) has the same bound; real text has a tenth of it.
2. Marks on a Greek letter are left out (capitals have none), and so are dots over an i.
3. Acute, grave, double grave and inverted breve on a Cyrillic letter are left out: they show stress
   and pitch. The acute on г, к, з and с makes a letter (ѓ, ќ) and stays. The two dots of ё are left
   out too: nearly all Russian print leaves them out, and readers do not miss them. Other marks
   stay (й, ї, ў).
4. A hyphen and a line end between two letters are left out: the word was parted to wrap the line.
   So is the line end after a soft hyphen. A compound that was wrapped at its own hyphen becomes one
   word too; that happens less often.
5. Persian affixes are written to their word with a zero-width non-joiner, a space or nothing. The
   first is not seen; white space is left out after می and نمی, before ها, تر and their longer
   forms and a lone ی, and before the endings of "to be" and two pronouns after a word in ه. The
   affix must stand alone and the word must have two letters of Arabic script. Arabic and Urdu
   hardly ever write these letters as a word; where they do, each copy of the text is joined alike.

Accents of other scripts count, and so do the hamza, the madda and other marks that make letters.
The form is idempotent. ASCII text needs no more than lower case and rule 4, and most other
characters are their own normal form, so only texts that hold one that isn't pay for it.

All of this is by Unicode 14.0, in every Python: a character that was assigned later stands for
itself; it is an ideograph in the planes of ideographs and parts words elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.core.unassigned import EDGES
from dedup.ragged import starts_of

VERSION = "words/3"

#: The version of Unicode by which characters are read, whatever version this Python has.
UNICODE = "14.0.0"

#: Combining marks that count on one character.
MOST_MARKS = 30

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

#: Characters that are there to be seen by nobody: the format characters (Cf), among them the
#: zero-width space; fillers; variation selectors. A zero-width space shows where a line may be
#: wrapped: inside long words and, in scripts written without spaces, between words, where every
#: character is a token anyway.
_UNSEEN = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_IS_UNSEEN = re.compile(f"[{_UNSEEN}]")
_SOFT_HYPHEN = "\u00ad"

#: Letters to Unicode, but written for an apostrophe (пʼять) or an okina.
_APOSTROPHES = "\u02bb\u02bc"

#: What goes before anything else: the unseen but for the soft hyphen, tatweel, and Arabic vowel
#: marks as characters of their own, which NFKC would put on a space.
_FIRST = re.compile(
    f"[{_UNSEEN.removeprefix(_SOFT_HYPHEN)}\u0640\ufc5e-\ufc63\ufcf2-\ufcf4\ufe70-\ufe7f]"
)

#: Soft hyphens, with the line end at which they are seen.
_SOFT = re.compile("\u00ad+([ \t\r\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]*\n)?")

#: What is left out of decomposed text: Arabic vowel and recitation marks, Hebrew points and
#: accents; the marks on a Greek letter; the dots over a small i; the dots of ё.
_OPTIONAL = re.compile(
    "[\u0610-\u061a\u064b-\u0652\u0656-\u0658\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u08f0-\u08f2\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)
_GREEK = re.compile("([\u0370-\u03ff])[\u0300-\u036f]+")
_DOTTED = re.compile("i\u0307+")
_YO = re.compile("([еЕ])\u0308+")

#: A Cyrillic letter with its marks, and those that show stress or pitch.
_CYRILLIC = re.compile("([\u0400-\u052f])([\u0300-\u036f\u0483-\u0487]+)")
_STRESS = "\u0300\u0301\u030f\u0311"
_WITHOUT_STRESS = str.maketrans("", "", _STRESS)
_WITHOUT_GRAVE = str.maketrans("", "", _STRESS.replace("\u0301", ""))

#: The zeros of all scripts; nine more digits follow each. NFKC knows the others.
_ZEROS = (
    *(0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6),
    *(0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50),
    *(0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0),
    *(0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0),
    *(0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1E140),
    *(0x1E2F0, 0x1E950),
)
_NUMERALS = re.compile("[" + "".join(f"{chr(zero)}-{chr(zero + 9)}" for zero in _ZEROS) + "]")

#: A hyphen before a line end. Recognition of print writes ¬ for one, and ⸗ is that of blackletter.
_WRAPPED = re.compile("[-\u00ad\u2010\u00ac\u2e17][ \t\r\f\v]*\n[ \t\r\f\v]*")

#: Letters of Arabic script in normal form, with the marks that make letters.
_ARABIC = (
    "\u0620-\u063f\u0641-\u064a\u0653-\u0655\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"
    "\u06ff\u0750-\u077f"
)
#: Persian affixes in normal form: suffixes, endings of a word in heh, a lone yeh, prefixes.
_SUFFIXES = (
    *("ها", "هايي", "تر", "تري", "ترين"),
    *(f"ها{yeh}{person}" for yeh in ("", "ي") for person in ("م", "ت", "ش", "مان", "تان", "شان")),
    "هاي",
)
_ENDINGS = ("ام", "اي", "ايم", "ايد", "اند", "اش", "ات")
_YEH = "ي"
_PREFIXES = ("مي", "نمي")

#: The beginning of white space, and the rest of it: searched in linear time, and quickly.
_SPACE = r"\s(?<!\s\s)\s*+"
_END = rf"(?![{_ARABIC}\w])"
_IS_YEH = re.compile(rf"\s{_YEH}{_END}")
_AFTER_YEH = re.compile(rf"(?:{_SPACE}{_YEH}{_END})++")
_SUFFIX = re.compile(rf"{_SPACE}(?=(?:{'|'.join(_SUFFIXES)}|({'|'.join(_ENDINGS)})){_END})")
_PREFIX = re.compile(rf"مي\s++(?=[{_ARABIC}]{{2}})")
_WORD_END = re.compile(f"[{_ARABIC}]{{2}}")
_IS_LETTER = re.compile(f"[{_ARABIC}]")
_IS_WORD = re.compile(rf"[{_ARABIC}\w]")

#: What of its rules a character may need: ``CHANGES`` where it isn't its own normal form wherever
#: it stands; the others are those whose cost is saved where no character needs them.
_CHANGES, _LATER, _MARK, _LEFT_OUT, _GREEK_LETTER, _CYRILLIC_LETTER, _ARABIC_LETTER, _NUMERAL = (
    1 << k for k in range(8)
)
_ALL = 0xFF
_SCRIPTS = (("\u0370", "\u03ff", _GREEK_LETTER), ("\u0400", "\u052f", _CYRILLIC_LETTER))

#: Of the first two letters of an affix (the second is 0 where there is one only): its lengths, a
#: bit for each. Indexed by code points less 0x600.
_AFFIX_LENGTHS = np.zeros((0x180, 0x180), dtype=np.uint8)
for _affix in (*_SUFFIXES, *_ENDINGS, _YEH, *_PREFIXES):
    _pair = [ord(char) - 0x600 for char in _affix[:2]]
    _AFFIX_LENGTHS[*(_pair if len(_pair) == 2 else [*_pair, 0])] |= 1 << len(_affix)

#: Marks in a row, each of which may be several, from which on they are counted; too many of them.
_MANY_MARKS = 14
_MANY, _TOO_MANY = re.compile(rb"[^\0]{14}"), re.compile(rb"[^\0]{%d,}" % (MOST_MARKS + 1))

#: Marks that don't look like any before they are decomposed.
_MARKS = re.compile("[\u0f73\u0f75\u0f81\uff9e\uff9f]")

_Form = Literal["NFD", "NFKD"]

#: The line end in UTF-8; what may stand before it: blanks, and what hyphens end with. Beyond some
#: blanks the text itself is looked at.
_LINE_END, _MOST_BLANKS = 0x0A, 4
_BLANKS = np.isin(np.arange(256), [*b" \t\r\f\v"])
_BEFORE_END = _BLANKS | np.isin(
    np.arange(256), [char.encode()[-1] for char in "-\u2010\u00ac\u2e17"]
)


def fold(text: str) -> str:
    """Return the normal form of ``text``. Idempotent. Cost: linear, 50 to 300 ns a character."""
    return _joined(_whole(text, True), _ALL)


def bare(text: str) -> str:
    """Return what ``fold`` returns, with letters in the case in which they are written."""
    return _joined(_whole(text, False), _ALL)


def _whole(text: str, caseless: bool) -> str:
    if text.isascii():
        return text.lower() if caseless else text
    if not any(map(is_unassigned, set(text))):
        return _form(text, _ALL, caseless)
    parts = ((later, "".join(part)) for later, part in groupby(text, is_unassigned))
    return "".join(part if later else _form(part, _ALL, caseless) for later, part in parts)


def _form(text: str, needs: int, caseless: bool = True) -> str:
    """Return the normal form but for joined words. needs: those of all characters."""
    if needs & _LEFT_OUT:
        text = _FIRST.sub("", text)
        if _SOFT_HYPHEN in text:
            text = _SOFT.sub(lambda found: _SOFT_HYPHEN + found[1] if found[1] else "", text)
    text = _decomposed(text, needs, caseless)
    if needs & _LEFT_OUT:
        text = _OPTIONAL.sub("", text)
    if needs & _GREEK_LETTER:
        text = _GREEK.sub(itemgetter(1), text)
    if needs & _CYRILLIC_LETTER:
        text = _without_stress(text)
    text = _DOTTED.sub("i", text.replace("ı", "i"))
    if needs & _ARABIC_LETTER:
        text = text.replace("\u06cc", "\u064a").replace("\u06a9", "\u0643")
    if needs & _NUMERAL:
        text = _NUMERALS.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    # Composed only here: that is slow, and decomposed text is as good until then.
    return unicodedata.normalize("NFKC", text)


def _decomposed(text: str, needs: int, caseless: bool = True) -> str:
    """Decompose a text, and fold its case as D146 says: NFD, fold, NFKD, fold, NFKD."""
    text = _normalised("NFD", text, needs)
    if not caseless:
        return _normalised("NFKD", text, needs)
    text = _normalised("NFKD", text.casefold(), needs)
    again = text.casefold()
    return text if again == text else _normalised("NFKD", again, needs)


def _normalised(form: _Form, text: str, needs: int) -> str:
    return unicodedata.normalize(form, _without_floods(text, form) if needs & _MARK else text)


def _without_stress(text: str) -> str:
    if any(mark in text for mark in _STRESS):
        text = _CYRILLIC.sub(_unstressed, text)
    return _YO.sub(itemgetter(1), text) if "\u0308" in text else text


def _unstressed(found: re.Match[str]) -> str:
    letter, marks = found.groups()
    return letter + marks.translate(_WITHOUT_GRAVE if letter in "гкзсГКЗС" else _WITHOUT_STRESS)


def _without_floods(text: str, form: _Form) -> str:
    """Leave out marks beyond the 30th on a character, so that sorting them takes linear time.

    form: in which marks are counted; what is returned is to be put into it.
    """
    if not _MANY.search(bytes(map(unicodedata.combining, text))) and not _MARKS.search(text):
        return text
    text = "".join(unicodedata.normalize(form, char) for char in text)
    order = bytes(map(unicodedata.combining, text))
    kept, at = [], 0
    for found in _TOO_MANY.finditer(order):
        marks = sorted(range(*found.span()), key=order.__getitem__)
        kept += [text[at : found.start()], *(text[k] for k in marks[:MOST_MARKS])]
        at = found.end()
    return "".join([*kept, text[at:]])


def _joined(text: str, needs: int) -> str:
    """Write words as one that a line end or white space before an affix parts."""
    if "\n" in text:
        text = _WRAPPED.sub(_unwrapped, text).replace(_SOFT_HYPHEN, "")
    if needs & _ARABIC_LETTER:
        if _IS_YEH.search(text):
            text = _AFTER_YEH.sub(_with_suffix, text)
        text = _SUFFIX.sub(_with_suffix, text)
        text = _PREFIX.sub(_with_prefix, text)
    return text


def _unwrapped(found: re.Match[str]) -> str:
    text, start, end = found.string, *found.span()
    before, after = text[start - 1 : start], text[end : end + 1]
    return "" if _is_letter(before, "LM") and _is_letter(after, "L") else found[0]


def _is_letter(char: str, kinds: str) -> bool:
    """Say whether a character is of these kinds and part of a word.

    The vowels and finals of Korean syllables are not: they would join the letter before them.
    """
    if not char or unicodedata.category(char)[0] not in kinds or 0x1160 <= ord(char) <= 0x11FF:
        return False
    return character_class(char) != SEPARATOR


def _with_suffix(found: re.Match[str]) -> str:
    """Leave out white space before a suffix, if a word that may have it stands before."""
    text, at = found.string, found.start()
    ending = found.re.groups and found[1]
    if at < 2 or not _WORD_END.match(text, at - 2) or (ending and text[at - 1] != "ه"):
        return found[0]
    return "".join(found[0].split())


def _with_prefix(found: re.Match[str]) -> str:
    """Write a word to the prefix before it, if what was found is one and not the end of a word."""
    text, at = found.string, found.start()
    if at and text[at - 1] == "ن":
        at -= 1
    return found[0] if at and _IS_WORD.match(text, at - 1) else found[0].rstrip()


def character_class(char: str) -> int:
    """Say whether a character of the normal form parts words, marks or makes them, or is one."""
    if "\u4e00" <= char <= "\u9fff":
        return IDEOGRAPH
    if is_unassigned(char):
        return IDEOGRAPH if ord(char) >= 0x20000 and _within(char, _IDEOGRAPHS) else SEPARATOR
    kind = unicodedata.category(char)[0]
    if kind not in "LMN" or is_unseen(char) or char in _APOSTROPHES:
        return SEPARATOR
    if kind == "M":
        return MARK
    return next((single for edges, single in _KINDS if _within(char, edges)), WORD)


def is_unseen(char: str) -> bool:
    """Say whether a character leaves no trace on the page, and so none in the normal form."""
    return _IS_UNSEEN.match(char) is not None


def is_unassigned(char: str) -> bool:
    """Say whether Unicode 14.0 assigns no character to this code point."""
    return _within(char, EDGES)


def _within(char: str, edges: tuple[int, ...]) -> bool:
    return bisect_right(edges, ord(char)) % 2 == 1


def _needs(char: str) -> int:
    """Say which rules the normal form of a text with this character may need.

    Marks and the vowels and finals of Korean syllables may join what stands before them, so they
    are never their own normal form wherever they stand. Lone surrogates are left alone.
    """
    if "\u3400" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3":
        return 0  # Most of the distinct characters of a text in Chinese or Korean.
    if is_unassigned(char):
        return _LATER
    needs = 0
    kind = unicodedata.category(char)
    single = kind[0] != "M" and not 0x1160 <= ord(char) <= 0x11FF
    plain = single and char.casefold() == char and not unicodedata.decomposition(char)
    form = char if plain else _decomposed(char, 0)
    if any(map(unicodedata.combining, form)):
        needs |= _MARK
    if char == _SOFT_HYPHEN or _FIRST.match(char) or _OPTIONAL.search(form):
        needs |= _LEFT_OUT | _MARK
    if _NUMERALS.search(form):
        needs |= _NUMERAL
    if _IS_LETTER.search(form):
        needs |= _ARABIC_LETTER
    for letter in form:
        needs |= next((need for first, last, need in _SCRIPTS if first <= letter <= last), 0)
    # Only what has a rule of its own, or is no plain character, may be another in normal form.
    if not single or ((needs or not plain or char == "ı") and _form(char, needs) != char):
        needs |= _CHANGES
    return needs


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
    wrapped = ((row, _joined(texts[row], 0)) for row in _wrapped_rows(batch))
    changed = {row: text for row, text in wrapped if text != texts[row]}
    if len(batch.wide):
        changed.update(_changed_rows(texts, batch))
    if changed:
        texts = list(texts)
        for row, text in changed.items():
            texts[row] = text
        batch = _encode(texts)
    return batch


def _encode(texts: Sequence[str]) -> Characters:
    lengths = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
    joined = "\n".join([*texts, "\0" * 8]).encode("utf-8", "surrogatepass")
    # Of bytes, those of the capitals of ASCII are lowered.
    raw = np.frombuffer(bytearray(joined.lower()), dtype=np.uint8)
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


def _wrapped_rows(batch: Characters) -> list[int]:
    """Find the texts in which a line end follows a hyphen, and some others."""
    ends = batch.bytes == _LINE_END
    if np.count_nonzero(ends) < len(batch.starts):
        return []  # There are those between the texts alone.
    at = np.flatnonzero(ends) - 1
    at = at[_BEFORE_END[batch.bytes[at]]]
    if len(at) == 0:
        return []
    for _ in range(_MOST_BLANKS):
        at -= _BLANKS[batch.bytes[at]]
    at = at[_BEFORE_END[batch.bytes[at]] & (at > 0)]
    rows: list[int] = np.unique(np.searchsorted(batch.starts, at, side="right") - 1).tolist()
    return rows


def _changed_rows(texts: Sequence[str], batch: Characters) -> Iterator[tuple[int, str]]:
    """Give the texts that are not their own normal form, but for capitals of ASCII."""
    flags = table_of(batch.codes, _needs)[batch.codes]
    if not (flags & (_CHANGES | _ARABIC_LETTER)).any():
        return
    starts = np.searchsorted(batch.wide, batch.starts)
    rows = np.flatnonzero(np.diff(starts))
    needs = np.bitwise_or.reduceat(flags, starts[rows])
    if not _may_flood(batch, flags):
        needs &= ~np.uint8(_MARK)
    if (needs & (_CHANGES | _ARABIC_LETTER) == _ARABIC_LETTER).any():
        settled = needs & _CHANGES == 0
        needs[settled & ~np.isin(rows, _rows_with_affixes(batch, flags))] = 0
    some = np.flatnonzero(needs & (_CHANGES | _ARABIC_LETTER))
    for row, need in zip(rows[some].tolist(), needs[some].tolist(), strict=True):
        if not need & _CHANGES:
            yield row, _joined(texts[row], need)
        elif need & _LATER:
            yield row, fold(texts[row])
        else:
            yield row, _joined(_form(texts[row], need), need)


def _rows_with_affixes(batch: Characters, flags: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Find the texts in which a word of Arabic letters may be a Persian affix."""
    letter = flags & _ARABIC_LETTER > 0
    begins, ends = letter.copy(), letter.copy()
    inner = letter[1:] & letter[:-1] & ~_apart(batch)
    begins[1:] &= ~inner
    ends[:-1] &= ~inner
    first = np.flatnonzero(begins)
    length = np.flatnonzero(ends) + 1 - first
    codes = np.append(batch.codes, 0x600) - 0x600
    second = np.where(length > 1, codes[first + 1], 0)
    lengths = _AFFIX_LENGTHS[np.minimum(codes[first], 0x17F), np.minimum(second, 0x17F)]
    affix = first[(lengths >> np.minimum(length, 8) & 1) > 0]
    rows: NDArray[np.int64] = np.searchsorted(batch.starts, batch.wide[affix], side="right") - 1
    return rows


def _may_flood(batch: Characters, flags: NDArray[np.uint8]) -> bool:
    """Say whether as many marks stand side by side as may be too many for one character."""
    bare = flags & _MARK == 0
    if _longest(bare) < _MANY_MARKS:
        return False
    bare[1:] |= _apart(batch)
    return _longest(bare) >= _MANY_MARKS


def _apart(batch: Characters) -> NDArray[np.bool_]:
    """Say of each character beyond ASCII but the first whether something stands before it."""
    apart: NDArray[np.bool_] = batch.wide[1:] != batch.wide[:-1] + sizes(batch.codes[:-1])
    return apart


def _longest(ends: NDArray[np.bool_]) -> int:
    return int(np.diff(np.flatnonzero(ends), prepend=-1, append=len(ends)).max())


def sizes(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Say how many bytes each character beyond ASCII takes in UTF-8."""
    return 2 + (codes > 0x7FF) + (codes > 0xFFFF)


def table_of(codes: NDArray[np.int64], judge: Callable[[str], int]) -> NDArray[np.uint8]:
    """Tabulate ``judge(character)`` for the characters that occur: uint8, indexed by code point.

    One call for each distinct character of the batch, not for each character.
    """
    table = np.zeros(0x110000, dtype=np.uint8)
    present = np.unique(codes)
    table[present] = [judge(chr(code)) for code in present.tolist()]
    return table
