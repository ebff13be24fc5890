"""How the judge reads a pair, plainly: word by word, as strings. The kernel must agree.

Knows: the rules of ``kernel/judge.c`` and ``kernel/words.c``. Does not know: weights, speed.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise, takewhile
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA, Indel

from dedup import kernel
from dedup.core import lexicon as lists
from dedup.core.alignment import MOST_CELLS
from dedup.core.normal_form import fold
from dedup.core.tokens import lay_out
from dedup.core.weights import EDITS, FACTS, REPLACED

#: As the kernel has them: words of a stretch that is looked into, words in which a negation is
#: looked for, words of a term, of a short addition, letters of a word.
SIDE, FEW, TERM, PASSAGE, LETTERS = 12, 4, 3, 5, 64

PLAIN, NAME, IDENTIFIER = range(3)

(
    SPELLING, SPACING, MOVED, LINK, LINK_NUMBER, NUMBER, LABEL, NEGATED, RECURS, CODE, NAMED,
    HALF_NAME, HALF_NUMBER, WORD, WORDS, PHRASE, A_TERM, REWORDED, REWRITTEN, FUNCTION, PRONOUN,
    PRONOUN_NAME, ADDED_FUNCTION, ADDED_WORDS, ADDED_NAME, ADDED_HEAD, ADDED_LONG,
) = range(kernel.READINGS)  # fmt: skip

#: A number in the path of a link, before its last part.
_WAY = -1

_FUNCTIONS = set(fold(lists._FUNCTION).split())
_NEGATIONS = set(fold(lists._NEGATION).split())
_NUMERALS = {word: str(n) for n, words in lists._NUMERALS.items() for word in words.split()}
_MIXED = re.compile("[a-z][A-Z]|[A-Za-z][0-9]|[0-9][A-Za-z]|[A-Z]{2}[a-z]")
_SLIGHT = re.compile("[\u0653-\u0655\u093c\u09bc\u0a3c\u0abc\u0b3c\u0e48-\u0e4b\u0ec8-\u0ecb]")
_SWAPS = str.maketrans("\u0649\u0629\u0901", "\u064a\u0647\u0902")
_KOREAN = re.compile("[\uac00-\ud7a3]")


class Text(NamedTuple):
    """A text in normal form and with its capitals, as bytes; where its tokens stand."""

    normal: bytes
    cased: bytes
    spans: list[tuple[int, int]]
    hashes: list[int]

    def at(self, place: int) -> str:
        """Give the character of a byte of ASCII, or another one; nothing beyond the ends."""
        return chr(self.cased[place]) if 0 <= place < len(self.cased) else ""


class Word(NamedTuple):
    """A word in normal form, and what it looks like."""

    form: str
    mark: int
    function: bool
    begin: int
    end: int

    @property
    def number(self) -> bool:
        """Say whether the word is a number, in digits or letters."""
        return self.form in _NUMERALS or is_number(self.form)


class Stretch(NamedTuple):
    """From which token to which in the first text and the second, and the reading."""

    left: tuple[int, int]
    right: tuple[int, int]
    reading: int


def text_of(text: str) -> Text:
    """Lay out one text."""
    page = lay_out([text], places=True)
    spans = zip(page.begin.tolist(), page.end.tolist(), strict=True)
    normal, cased = page.normal.values.tobytes()[:-1], page.cased.tobytes()[:-1]
    return Text(normal, cased, [*spans], page.tokens.values.tolist())


def read(a: str, b: str, noisy: bool = False) -> list[Stretch]:
    """Read every stretch in which two texts differ."""
    left, right = text_of(a), text_of(b)
    if (right.cased) < (left.cased):
        return [Stretch(s.right, s.left, s.reading) for s in read(b, a, noisy)]
    bounds = _bounds(a, b)
    readings, keys = [], []
    for ours, theirs in bounds:
        reading, key = _read(left, right, ours, theirs, noisy)
        readings.append(reading)
        keys.append(key)
    moved = LINK in readings
    readings = [(LINK if moved else LINK_NUMBER) if r == _WAY else r for r in readings]
    counts = Counter(key for key in keys if key is not None)
    for n, key in enumerate(keys):
        if key is not None and counts[key] > 1 and readings[n] not in (LINK, LINK_NUMBER):
            readings[n] = RECURS
    taken = {}
    for n, (ours, theirs) in enumerate(bounds):
        if theirs[0] == theirs[1]:
            taken[tuple(sorted(left.hashes[slice(*ours)]))] = n
    for n, (ours, theirs) in enumerate(bounds):
        origin = taken.get(tuple(sorted(right.hashes[slice(*theirs)])))
        if ours[0] == ours[1] and origin is not None and not _is_small(right, theirs):
            readings[n] = readings[origin] = MOVED
    return [Stretch(*each, reading) for each, reading in zip(bounds, readings, strict=True)]


def features(a: str, b: str, noisy: bool = False) -> list[int]:
    """Count the features of a pair, in 64ths."""
    found = read(a, b, noisy)
    counts = Counter(stretch.reading for stretch in found)
    replaced, facts, edits = (
        sum(bits >> stretch.reading & 1 for stretch in found) for bits in (REPLACED, FACTS, EDITS)
    )
    lone = sum(len({*s.left}) == 1 or len({*s.right}) == 1 for s in found)
    length = len(text_of(a).spans) + len(text_of(b).spans)
    return [
        *(magnitude(1 + counts[reading]) for reading in range(kernel.READINGS)),
        64,
        64 * (0 < len(found) == replaced),
        64 * (lone == len(found)),
        64 * (replaced > 0),
        64 * (facts > 0),
        64 * (edits > 0),
        magnitude(1 + edits),
        min(max(magnitude(1 + length) - 6 * 64, -2 * 64), 3 * 64),
    ]


def magnitude(number: int) -> int:
    """Give the logarithm to base 2 in 64ths, straight between the powers of two."""
    power = number.bit_length() - 1
    return 64 * power + (number * 64 >> power) - 64


def _bounds(a: str, b: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    tokens = lay_out([a, b], places=True).tokens
    found = kernel.align(tokens, np.array([0]), np.array([1]), MOST_CELLS)
    ends = tokens.lengths.tolist()
    bounds, i, j = [], 0, 0
    blocks = zip(found.left.tolist(), found.right.tolist(), found.size.tolist(), strict=True)
    for left, right, size in [*blocks, (*ends, 0)]:
        if (i, j) != (left, right):
            bounds.append(((i, left), (j, right)))
        i, j = left + size, right + size
    return bounds


def _read(
    left: Text, right: Text, ours: tuple[int, int], theirs: tuple[int, int], noisy: bool
) -> tuple[int, object]:
    sizes = ours[1] - ours[0], theirs[1] - theirs[0]
    if 0 in sizes:
        text, span = (left, ours) if sizes[0] else (right, theirs)
        return _read_added(text, span), None
    if max(sizes) > SIDE:
        return REWRITTEN, None
    early = ours[0] < 2 and theirs[0] < 2
    return _read_replaced(left, right, words(left, ours), words(right, theirs), early, noisy)


def _read_added(text: Text, span: tuple[int, int]) -> int:
    if span[1] - span[0] > SIDE:
        return ADDED_LONG
    some = words(text, span)
    forms = [word.form for word in some]
    link = in_link(text, some[0].begin)
    longer = lengthens(text, some[0].begin, some[-1].end)
    if len(some) <= FEW and all(map(is_number, forms)) and longer:
        return LINK if link else NUMBER
    if len(some) <= 2 and negates(forms):
        return NEGATED
    if link:
        return LINK
    content = [word for word in some if not word.function]
    if not content:
        return ADDED_FUNCTION
    if len(content) > TERM or len(some) > PASSAGE:
        return ADDED_LONG
    if span[0] == 0:
        return ADDED_HEAD
    if all(word.number for word in content) or any(word.mark != PLAIN for word in content):
        return ADDED_NAME
    return ADDED_WORDS


def _read_replaced(
    left: Text, right: Text, a: list[Word], b: list[Word], early: bool, noisy: bool
) -> tuple[int, object]:
    link = in_link(left, a[0].begin) and in_link(right, b[0].begin)
    a, b = write_out(a), write_out(b)
    ours, theirs = [word.form for word in a], [word.form for word in b]
    if "".join(ours) == "".join(theirs):
        return (SPACING if is_grouped(left, a) and is_grouped(right, b) else NUMBER), None
    x, y = without_alike(a, b)
    if not x and not y:
        return SPELLING, None
    x, y = [w for w in x if not w.function], [w for w in y if not w.function]
    if not x or not y:
        few = max(len(a), len(b)) <= FEW and len(x) + len(y) <= 1
        if few and negates(ours) != negates(theirs):
            return NEGATED, None
        if not x and not y:
            return FUNCTION, None
        if link:
            return LINK, None
        return (PRONOUN_NAME if any(w.mark != PLAIN for w in x or y) else PRONOUN), None
    if noisy and much_the_same(x, y):
        return SPELLING, None
    key = tuple(w.form for w in x), tuple(w.form for w in y)
    if any(w.number for w in x) and any(w.number for w in y):
        numbers, others = [w.form for w in x if w.number], [w.form for w in y if w.number]
        if differ(numbers, others):
            if len(numbers) == len(others) == 1 and is_misread(numbers[0], others[0]):
                return SPELLING, None
            if link:
                on_the_way = _is_on_the_way(left, a[0].begin, a[-1].end)
                return (_WAY if on_the_way else LINK_NUMBER), key
            small = all(len(form.encode()) <= 2 for form in numbers + others)
            if early and len(a) == len(b) == 1 and small:
                return LABEL, None
            return NUMBER, key
        x, y = [w for w in x if not w.number], [w for w in y if not w.number]
        if not x or not y:
            return (PRONOUN if x or y else SPELLING), None
    if link:
        return LINK, key
    if any(w.number for w in x + y):
        return HALF_NUMBER, key
    return _read_content(a, b, x, y), key


def _read_content(a: list[Word], b: list[Word], x: list[Word], y: list[Word]) -> int:
    mark, other = max(w.mark for w in x), max(w.mark for w in y)
    lone = len(x) == len(y) == 1
    if mark != PLAIN and other != PLAIN:
        if IDENTIFIER in (mark, other):
            return CODE
        return WORD if lone and OSA.distance(x[0].form, y[0].form) == 1 else NAMED
    if mark != PLAIN or other != PLAIN:
        return HALF_NAME
    if lone:
        return WORD if len(a) == len(b) else PHRASE
    if max(len(x), len(y)) > TERM:
        return REWORDED
    if len(x) == len(y) and len(a) == len(b):
        return WORDS
    return A_TERM if (len(x), len(y)) == (len(a), len(b)) else PHRASE


def _is_small(text: Text, span: tuple[int, int]) -> bool:
    if span[1] - span[0] > 2:
        return False
    forms = [word.form for word in words(text, span)]
    return all(len(form.encode()) < 4 and is_number(form) for form in forms)


# -- words


def words(text: Text, span: tuple[int, int]) -> list[Word]:
    """Look at the words of a span."""
    found = []
    for begin, end in text.spans[slice(*span)]:
        form = text.normal[begin:end].decode("utf-8", "replace")
        mark = _mark(text, begin, end)
        found.append(Word(form, mark, _is_function(text, form, mark, begin, end), begin, end))
    return found


def _mark(text: Text, begin: int, end: int) -> int:
    before, after = text.at(begin - 1), text.at(end)
    if (before and before in "_/@`=$\\#") or (after and after in "_/@`="):
        return IDENTIFIER
    if before and before in ".:" and _is_ascii_alnum(text.at(begin - 2)):
        return IDENTIFIER
    if after and after in ".:" and _is_ascii_alnum(text.at(end + 1)):
        return IDENTIFIER
    form, cased = (raw[begin:end].decode("utf-8", "replace") for raw in (text.normal, text.cased))
    if form == cased:
        return PLAIN
    if _MIXED.search(cased):
        return IDENTIFIER
    return PLAIN if form[0] == cased[0] or _begins_sentence(text, begin) else NAME


def _is_ascii_alnum(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _begins_sentence(text: Text, begin: int) -> bool:
    before = text.cased[:begin].decode("utf-8", "replace")
    head = before.rstrip(" \t\r\n\"'`*_([{<")
    if "\n\n" in before[len(head) :] or not head:
        return True
    last = head[-1]
    if last.isascii():
        return not (last.isalnum() or last in ",)]'&")
    return not (last.isalnum() or unicodedata.category(last)[0] in "LN")


def _is_function(text: Text, form: str, mark: int, begin: int, end: int) -> bool:
    raw = text.cased[begin:end]
    if mark == IDENTIFIER or (raw.isascii() and len(raw) > 1 and raw.isupper()):
        return False
    if form in _FUNCTIONS or "\u3040" <= form[0] <= "\u309f":
        return True
    if len(form) > 2 or any(map(_is_numeral, form)):
        return False
    if not form.isascii():
        return "\u00aa" <= form[0] < "\u0590" or "\u1d00" <= form[0] < "\u2000"
    if text.at(begin - 1) == " " and text.at(begin - 2) in [*"0123456789"]:
        return False
    return mark == PLAIN and text.at(begin + 1) != ")"


def _is_numeral(char: str) -> bool:
    return char.isdigit() or unicodedata.numeric(char, None) is not None


def is_number(form: str) -> bool:
    """Say whether a word holds a digit or numeral."""
    return any(map(_is_numeral, form))


def write_out(some: list[Word]) -> list[Word]:
    """Write "isn", "t" as "is", "not"."""
    some = list(some)
    for n in range(len(some) - 1, 0, -1):
        before = some[n - 1].form
        if some[n].form == "t" and before[-1] == "n" and len(before) > 2:
            some[n] = some[n]._replace(form="not")
            if before != "can":
                some[n - 1] = some[n - 1]._replace(form=before[:-1])
    return some


def negates(forms: list[str]) -> bool:
    """Say whether words hold a negation, or the end of one."""
    return not _NEGATIONS.isdisjoint(forms) or (
        "t" in forms and any(form[-1] == "n" for form in forms)
    )


def lengthens(text: Text, begin: int, end: int) -> bool:
    """Say whether a number goes on beside a stretch."""
    digits = [*"0123456789"]
    if text.at(begin - 1) in [*".,-/:"] and text.at(begin - 2) in digits:
        return True
    return text.at(end) in [*".,-/:"] and text.at(end + 1) in digits


def is_grouped(text: Text, some: list[Word]) -> bool:
    """Say whether words part a number at thousands only."""
    return all(
        len(word.form.encode()) == 3 and text.at(word.begin - 1) in [*", .'"]
        for before, word in pairwise(some)
        if word.form[0] in "0123456789" and before.form[-1] in "0123456789"
    )


def in_link(text: Text, begin: int) -> bool:
    """Say whether a word belongs to the target of a link."""
    if begin == 0 or text.at(begin - 1) in [*" \t\r\n"]:
        return False
    before = re.split(b"[ \n]", text.cased[max(0, begin - 300) : begin])[-1]
    return b"](" in before or b'href="' in before


def _is_on_the_way(text: Text, begin: int, end: int) -> bool:
    head = text.cased[max(0, begin - 299) : begin]
    at = head.rfind(b"/")
    if at > 0 and head[at - 1 : at] == b"/":
        return False
    rest = re.split(rb'[ \t\r\n)"]', text.cased[end : end + 300])[0]
    return re.search(b"/[a-zA-Z0-9]", rest + text.cased[end + len(rest) :][:1]) is not None


# -- numbers and respellings


def differ(numbers: list[str], others: list[str]) -> bool:
    """Say whether numbers differ in values or in the units written to them."""
    if sorted(map(_value, numbers)) != sorted(map(_value, others)):
        return True
    units, theirs = [*map(_unit, numbers)], [*map(_unit, others)]
    return units != theirs and all(units) and all(theirs)


def _value(form: str) -> str:
    return _NUMERALS.get(form) or "".join(filter(_is_numeral, form)).lstrip("0")


def _unit(form: str) -> str:
    if form in _NUMERALS or form[0] not in "0123456789":
        return ""
    unit = form.lstrip("0123456789")
    return "" if unit in ("st", "nd", "rd", "th") else unit


def _is_digits(form: str) -> bool:
    return form.isascii() and form.isdigit()


def is_misread(one: str, other: str) -> bool:
    """Say whether digits of one number stand as letters in the other."""
    if len(one) != len(other) or len(one) > LETTERS or _is_digits(one) == _is_digits(other):
        return False
    apart = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return 2 * len(apart) <= len(one) and all(_is_numeral(a) != _is_numeral(b) for a, b in apart)


def much_the_same(x: list[Word], y: list[Word]) -> bool:
    """Say whether words may be others that were misread."""
    one, other = ("".join(word.form for word in side) for side in (x, y))
    if max(len(one), len(other)) > 256 or (_is_digits(one) and _is_digits(other)):
        return False
    common = (len(one) + len(other) - Indel.distance(one, other)) // 2
    return 10 * common >= 3 * (len(one) + len(other))


def without_alike(a: list[Word], b: list[Word]) -> tuple[list[Word], list[Word]]:
    """Take out words that have a respelling of theirs on the other side."""
    rest, left = list(b), []
    for one in a:
        for n, other in enumerate(rest):
            if alike(one, other):
                del rest[n]
                break
        else:
            left.append(one)
    return left, rest


def alike(a: Word, b: Word) -> bool:
    """Say whether two words are one, spelt or inflected in two ways."""
    one, other = a.form, b.form
    if one == other:
        return True
    identifiers = a.mark == b.mark == IDENTIFIER
    if not identifiers and (_is_numbered(one, other) or _is_numbered(other, one)):
        return True
    if max(len(one), len(other)) > LETTERS:
        return not (identifiers or a.number or b.number) and _nearly_equal(one, other)
    if not one.isascii() and _bare(one) == _bare(other):
        return True
    if _KOREAN.match(one) and _KOREAN.match(other):
        return _alike_korean(one, other)
    short, long = sorted((len(one), len(other)))
    if short < 3 or long - short > 3 or is_number(one) or is_number(other):
        return False
    same = one[0] == other[0]
    if not same and long < (8 if short == long else 6):
        return False
    stem = max(3, long - 3, (3 * long + 4) // 5)
    slips = OSA.distance(one, other)
    if a.mark == PLAIN or b.mark == PLAIN:
        return (
            one[:stem] == other[:stem]
            or (slips == 1 and long > 3)
            or (slips == 2 and same and long > (7 if short == long else 6))
        )
    if a.mark == b.mark == IDENTIFIER:
        return False
    if slips == 2:
        return long >= 10 and same
    return slips == 1 and (short != long or long >= 6 or sorted(one) == sorted(other))


def _is_numbered(one: str, other: str) -> bool:
    """Say whether a word is another one with one or two digits behind it."""
    digits = one.removeprefix(other)
    plain = other.isascii() and other.isalpha() and len(other) > 3
    return plain and one != digits and 1 <= len(digits) <= 2 and _is_digits(digits)


def _nearly_equal(one: str, other: str) -> bool:
    """Say whether two words differ in one place alone, by two bytes at most."""
    a, b = one.encode(), other.encode()
    head = _common(a, b)
    a, b = a[head:], b[head:]
    return max(len(a), len(b)) - _common(a[::-1], b[::-1]) <= 2


def _common(a: bytes, b: bytes) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _bare(form: str) -> str:
    return _SLIGHT.sub("", unicodedata.normalize("NFD", form)).translate(_SWAPS)


def _alike_korean(one: str, other: str) -> bool:
    long = max(len(one), len(other))
    if 2 < long <= 5 and one[:2] == other[:2] and min(len(one), len(other)) > 1:
        return True
    x, y = (unicodedata.normalize("NFD", form) for form in (one, other))
    return min(len(x), len(y)) > 3 and max(len(x), len(y)) <= LETTERS and OSA.distance(x, y) == 1
