"""Which differences between two texts do not count, and which characters make words.

Knows: Unicode (NFKC, case folding, general categories, the scripts written without spaces).
Does not know: words, hashes, paragraphs, the kernel.

The normal form, version "words/4", is Unicode's compatibility caseless form (D146: NFD, fold, NFKC,
fold, NFKC) with two additions: a table that replaces single characters, and a few rules that look
at neighbouring characters. The table does this:

- It leaves out invisible characters: soft hyphens, joiners, zero-width spaces, direction marks,
  variation selectors.
- It leaves out Arabic vowel marks, tatweel (which stretches a word to fill the line), and Hebrew
  points and accents.
- It replaces the yeh and the kaf of Persian by those of Arabic: which of the two a text has depends
  on the keyboard.
- It replaces the ı of Turkish by an i, because a capital I may be either.
- It replaces the decimal digits of every script by ASCII digits.

The rules about neighbours:

1. Of the combining marks on one character, the first 30 count, in canonical order. Unicode's
   stream-safe format (UAX #15) has the same bound. Real text has at most a tenth of it.
2. Marks on a Greek letter are left out (capitals have none), and so are dots over an i.
3. Acute, grave, double grave and inverted breve on a Cyrillic letter are left out: they show stress
   and pitch. The acute on г, к, з and с makes another letter (ѓ, ќ) and stays. The two dots of ё
   are left out too, as in nearly all Russian print. Other marks stay (й, ї, ў).
4. A hyphen and a line end between two letters are left out, because the word was split to wrap the
   line. So is the line end after a soft hyphen. If a line was wrapped at the hyphen of a compound,
   this makes the compound one word, which happens less often.
5. Some texts join a Persian affix to its word with a zero-width non-joiner, others with a space or
   with nothing. The table leaves out the non-joiner. This rule leaves out white space after می and
   نمی, before ها, تر and their longer forms and a lone ی, and, after a word that ends in ه, before
   the endings of "to be" and two pronouns. The affix must be a word of its own, and the word must
   have two letters of Arabic script. Arabic and Urdu hardly ever write these letters as a word;
   where they do, the rule changes all copies of the text alike.

Accents of other scripts count, and so do the hamza, the madda and other marks that make letters.
The form is idempotent. The kernel reads most texts, by the table alone (``characters`` makes the
table for it). Only texts with characters to which a rule about neighbours may apply come here.

Every version of Python reads characters by Unicode 14.0. A character that was assigned later is its
own normal form. It is an ideograph in the planes of ideographs, and a separator elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import groupby
from operator import itemgetter
from typing import Literal

from dedup.core.unassigned import EDGES

VERSION = "words/4"

#: The version of Unicode by which characters are read, whatever version this Python has.
UNICODE = "14.0.0"

#: Combining marks that count on one character.
MOST_MARKS = 30

#: The classes of characters for the tokeniser. A mark belongs to the character before it. Each
#: character of the class ``IDEOGRAPH`` or a later one is a token.
SEPARATOR, MARK, WORD, IDEOGRAPH, KANA, LETTER = range(6)


def _edges(*ranges: tuple[int, int]) -> tuple[int, ...]:
    """Write ranges (first, last) as rising code points: a range begins, ends, the next begins."""
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

#: Invisible characters: format characters (Cf), fillers, variation selectors. The zero-width space
#: is one of them. It says where a line may be wrapped: inside long words, and between words in
#: scripts written without spaces, where every character is a token anyway.
_UNSEEN = (
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f\U000e0100-\U000e01ef"
)
_IS_UNSEEN = re.compile(f"[{_UNSEEN}]")
_SOFT_HYPHEN = "\u00ad"

#: Letters by Unicode, which texts use as an apostrophe (пʼять) or an okina.
_APOSTROPHES = "\u02bb\u02bc"

#: Characters that are left out first: the invisible ones except the soft hyphen, tatweel, and the
#: Arabic vowel marks that stand alone, because NFKC would turn these into a space with a mark.
_FIRST = re.compile(
    f"[{_UNSEEN.removeprefix(_SOFT_HYPHEN)}\u0640\ufc5e-\ufc63\ufcf2-\ufcf4\ufe70-\ufe7f]"
)

#: Soft hyphens, with the line end after them, if there is one.
_SOFT = re.compile("\u00ad+([ \t\r\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]*\n)?")

#: Characters that are left out of decomposed text: Arabic vowel and recitation marks, Hebrew points
#: and accents; the marks on a Greek letter; the dots over a small i; the dots of ё.
_OPTIONAL = re.compile(
    "[\u0610-\u061a\u064b-\u0652\u0656-\u0658\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8"
    "\u06ea-\u06ed\u08f0-\u08f2\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)
_GREEK = re.compile("([\u0370-\u03ff])[\u0300-\u036f]+")
_DOTTED = re.compile("i\u0307+")
_YO = re.compile("([еЕ])\u0308+")

#: A Cyrillic letter with its marks, and the marks that show stress or pitch.
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

#: A hyphen before a line end. Scanned text has ¬ for a hyphen, and blackletter has ⸗.
_WRAPPED = re.compile("[-\u00ad\u2010\u00ac\u2e17][ \t\r\f\v]*\n[ \t\r\f\v]*")

#: Letters of Arabic script in normal form, with the marks that make letters.
_ARABIC = (
    "\u0620-\u063f\u0641-\u064a\u0653-\u0655\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc"
    "\u06ff\u0750-\u077f"
)
#: Persian affixes in normal form: suffixes, endings after a word in heh, a lone yeh, prefixes.
_SUFFIXES = (
    *("ها", "هايي", "تر", "تري", "ترين"),
    *(f"ها{yeh}{person}" for yeh in ("", "ي") for person in ("م", "ت", "ش", "مان", "تان", "شان")),
    "هاي",
)
_ENDINGS = ("ام", "اي", "ايم", "ايد", "اند", "اش", "ات")
_YEH = "ي"
_PREFIXES = ("مي", "نمي")

AFFIXES = (*_SUFFIXES, *_ENDINGS, _YEH, *_PREFIXES)

#: All white space in one place. The pattern matches only where it begins, so a search is linear.
_SPACE = r"\s(?<!\s\s)\s*+"
_END = rf"(?![{_ARABIC}\w])"
_IS_YEH = re.compile(rf"\s{_YEH}{_END}")
_AFTER_YEH = re.compile(rf"(?:{_SPACE}{_YEH}{_END})+")
_SUFFIX = re.compile(rf"{_SPACE}(?=(?:{'|'.join(_SUFFIXES)}|({'|'.join(_ENDINGS)})){_END})")
_PREFIX = re.compile(rf"مي\s++(?=[{_ARABIC}]{{2}})")
_WORD_END = re.compile(f"[{_ARABIC}]{{2}}")

_IS_LETTER = re.compile(f"[{_ARABIC}]")
_IS_WORD = re.compile(rf"[{_ARABIC}\w]")

#: So many characters with marks in a row that it is worth counting the marks, since a character may
#: decompose into several; and too many marks in a row.
_MANY, _TOO_MANY = re.compile(rb"[^\0]{14}"), re.compile(rb"[^\0]{%d,}" % (MOST_MARKS + 1))

#: Characters that become marks only when they are decomposed.
_MARKS = re.compile("[\u0f73\u0f75\u0f81\uff9e\uff9f]")

_Form = Literal["NFD", "NFKD"]


def fold(text: str) -> str:
    """Return the normal form of ``text``. Idempotent. Cost: linear, 50 to 300 ns a character."""
    return _joined(_whole(text, True))


def bare(text: str) -> str:
    """Return the normal form of ``text``, but with capitals kept."""
    return _joined(_whole(text, False))


def _whole(text: str, caseless: bool) -> str:
    if text.isascii():
        return text.lower() if caseless else text
    if not any(map(is_unassigned, set(text))):
        return _form(text, caseless)
    parts = ((later, "".join(part)) for later, part in groupby(text, is_unassigned))
    return "".join(part if later else _form(part, caseless) for later, part in parts)


def _form(text: str, caseless: bool = True) -> str:
    """Return the normal form of a text of assigned characters, before split words are joined."""
    text = _FIRST.sub("", text)
    if _SOFT_HYPHEN in text:
        text = _SOFT.sub(lambda found: _SOFT_HYPHEN + found[1] if found[1] else "", text)
    text = _OPTIONAL.sub("", _decomposed(text, caseless))
    text = _without_stress(_GREEK.sub(itemgetter(1), text))
    text = _DOTTED.sub("i", text.replace("ı", "i"))
    text = text.replace("\u06cc", "\u064a").replace("\u06a9", "\u0643")
    text = _NUMERALS.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    # Composing is slow, and the steps above work on decomposed text too, so it comes last.
    return unicodedata.normalize("NFKC", text)


def _decomposed(text: str, caseless: bool = True) -> str:
    """Decompose a text, and fold its case as D146 says: NFD, fold, NFKD, fold, NFKD."""
    text = _normalised("NFD", text)
    if not caseless:
        return _normalised("NFKD", text)
    text = _normalised("NFKD", text.casefold())
    again = text.casefold()
    return text if again == text else _normalised("NFKD", again)


def _normalised(kind: _Form, text: str) -> str:
    return unicodedata.normalize(kind, _without_floods(text, kind))


def _without_stress(text: str) -> str:
    if any(mark in text for mark in _STRESS):
        text = _CYRILLIC.sub(_unstressed, text)
    return _YO.sub(itemgetter(1), text) if "\u0308" in text else text


def _unstressed(found: re.Match[str]) -> str:
    letter, marks = found.groups()
    return letter + marks.translate(_WITHOUT_GRAVE if letter in "гкзсГКЗС" else _WITHOUT_STRESS)


def _without_floods(text: str, kind: _Form) -> str:
    """Leave out marks beyond the 30th on a character, so that sorting them takes linear time.

    kind: the form in which the marks are counted. The caller then puts the result into that form.
    """
    if not _MANY.search(bytes(map(unicodedata.combining, text))) and not _MARKS.search(text):
        return text
    text = "".join(unicodedata.normalize(kind, char) for char in text)
    order = bytes(map(unicodedata.combining, text))
    kept, at = [], 0
    for found in _TOO_MANY.finditer(order):
        marks = sorted(range(*found.span()), key=order.__getitem__)
        kept += [text[at : found.start()], *(text[k] for k in marks[:MOST_MARKS])]
        at = found.end()
    return "".join([*kept, text[at:]])


def _joined(text: str) -> str:
    """Join words that a wrapped line or the white space beside an affix splits."""
    if "\n" in text:
        text = _WRAPPED.sub(_unwrapped, text).replace(_SOFT_HYPHEN, "")
    if text.isascii():
        return text
    if _IS_YEH.search(text):
        text = _AFTER_YEH.sub(_with_suffix, text)
    return _PREFIX.sub(_with_prefix, _SUFFIX.sub(_with_suffix, text))


def _unwrapped(found: re.Match[str]) -> str:
    text, start, end = found.string, *found.span()
    before, after = text[start - 1 : start], text[end : end + 1]
    return "" if _is_letter(before, "LM") and _is_letter(after, "L") else found[0]


def _is_letter(char: str, kinds: str) -> bool:
    """Say whether a character is of these kinds and belongs to words.

    The vowels and finals of Korean syllables don't count, because Unicode would compose them with
    the letter before them.
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
    """Join a prefix and the word after it, unless the match is only the end of a longer word."""
    text, at = found.string, found.start()
    if at and text[at - 1] == "ن":
        at -= 1
    return found[0] if at and _IS_WORD.match(text, at - 1) else found[0].rstrip()


def character_class(char: str) -> int:
    """Give the class of a character of the normal form: ``SEPARATOR``, ``MARK``, ``WORD``, ..."""
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
    """Say whether a character is invisible, so that the normal form leaves it out."""
    return _IS_UNSEEN.match(char) is not None


def is_arabic(char: str) -> bool:
    """Say whether a character is a letter of Arabic script, in normal form."""
    return _IS_LETTER.match(char) is not None


def is_unassigned(char: str) -> bool:
    """Say whether Unicode 14.0 assigns no character to this code point."""
    return _within(char, EDGES)


def _within(char: str, edges: tuple[int, ...]) -> bool:
    return bisect_right(edges, ord(char)) % 2 == 1
