"""What a word of a text looks like: a number, a name, an identifier, a function word, a respelling.

Knows: the words of some texts as they are written, with capitals and neighbours, and a short list
of function words and negations of large languages. Does not know: pairs, alignments, weights.

Words are numbered through all the texts of a ``Page``. Whatever is said of a word depends on its
own text alone. Cost: about 0.3 us to read a word, 0.5 us a question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Indel

from dedup.core import tokens
from dedup.core.normalise import bare, fold
from dedup.ragged import Ragged

#: Articles, pronouns, prepositions, conjunctions, auxiliaries: words that carry no fact. Words of
#: one or two letters and Hiragana are taken for such anyway; this names some longer ones.
#: Modal verbs, "before" and "after" and their like are left out: they change what is said.
_FUNCTION = """
the this that these those which who whom what our your its his her their him them she they
you and but for nor yet from with into unto upon onto any all each are was were been being
has had have having did does will would shall can could than then thus also such there here
when where
der die das den dem des ein eine einen einem einer eines und oder aber für von mit bei aus
zum zur auf ist sind war wird hat dass sich auch sie wir ihr
les des une aux dans pour par sur avec est sont que qui nous vous ils elle ses
los las una unos del por para con como son sus gli dei delle della nel per che sono
uma dos das pelo pela com het een van voor met dat deze zijn wordt
что это как для при или его она они был была были його вона вони
του των τον την της τους τις στο στη στα στον στην από για και που μια ένα
bir ile için ama ise của cho với này được như thì
في من على إلى عن مع هذا هذه التي الذي از به در با را که این
של על את אל עם הוא היא זה אם גם
का के की को से में ने पर और यह है हैं कि तो ही भी
的 了 是 在 和 与 及 或 也 于 之 其 所 而 这 那 个 们
"""

_NEGATION = """
not no never cannot nicht kein keine keinen nie pas jamais non nunca niet geen não
не нет לא אין لا لم لن ليس غير 不 没 未 無 无 非
"""

FUNCTION_WORDS = frozenset(fold(_FUNCTION).split())
NEGATIONS = frozenset(fold(_NEGATION).split())

#: Marks that are left out by a slip: hamza and madda, nukta, the tones of Thai and Lao.
_SLIPS = re.compile("[\u0653-\u0655\u093c\u09bc\u0a3c\u0abc\u0b3c\u0e48-\u0e4b\u0ec8-\u0ecb]")

#: Letters that are written for each other: alef maqsura and ya, ta marbuta and ha, two nasals.
_SWAPS = str.maketrans("\u0649\u0629\u0901", "\u064a\u0647\u0902")

#: What a word is beyond a plain one: its capitals or its neighbours mark it.
PLAIN, NAME, IDENTIFIER = 0, 1, 2

_INNER = re.compile("[a-z][A-Z]|[A-Za-z][0-9]|[0-9][A-Za-z]|[A-Z]{2}[a-z]")
_SPACE = b" \t\r\n"
_OPENING = b" \t\r\n\"'`*_([{<"
_GOING_ON = b",)]'&"
_JOINTS = b".,-/:"
_GROUPING = b", .'"
_NUL = b"\0"


#: Share of the letters from which on words of noisy text may be one misread.
_MISREAD = 0.6

#: What a byte beside a word does: 1 it ties from either side, 2 only from before, 4 only with a
#: letter or digit (5) beyond it.
_TIES = np.zeros(256, dtype=np.uint8)
_TIES[list(b"_/@`=")] = 1
_TIES[list(b"$\\#")] = 2
_TIES[list(b".:")] = 4
_TIES[list(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")] = 5

#: A word in normal form, its mark, its number.
Word = tuple[str, int, int]


class Page(NamedTuple):
    """Some texts laid out one after another, and where their words stand in them.

    folded: UTF-8 in normal form; cased: the same with capitals kept, texts parted by NUL;
    begin, end: int64 (t,), the bytes of every word; words: the tokens of every text, so
    ``words.values`` (t,) are the words' hashes; noisy: whether letters may be misread.
    """

    folded: bytes
    cased: bytes
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    words: Ragged[np.uint64]
    noisy: bool = False


def lay_out(texts: Sequence[str], noisy: bool = False) -> Page:
    """Lay texts out. Cost: 3 us for an English paragraph of 65 words."""
    found = tokens.lay_out(texts, places=True)
    folded, starts = found.normal.values.tobytes() + bytes(8), found.normal.starts
    moved = np.repeat(starts[:-1], found.tokens.lengths)
    raw = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.fromiter(map(len, raw), dtype=np.int64, count=len(raw))
    for row in np.flatnonzero(lengths != np.diff(starts) - 1).tolist():
        raw[row] = _cased(texts[row], folded[starts[row] : starts[row + 1] - 1])
    cased = _NUL.join([*raw, bytes(7)])
    return Page(folded, cased, found.begin + moved, found.end + moved, found.tokens, noisy)


def _cased(text: str, folded: bytes) -> bytes:
    """Encode a text so that characters stand where their folded forms do, or else fold it."""
    text = bare(text)
    instead = {}
    for char in set(text):
        form = char if char.isascii() else fold(char)
        if form != char and len(form.encode()) != len(char.encode("utf-8", "surrogatepass")):
            # A capital stays one where that changes no length: the dotted I of Turkish.
            upper = form.upper() if char.isupper() else form
            instead[ord(char)] = upper if len(upper.encode()) == len(form.encode()) else form
    raw = text.translate(instead).encode("utf-8", "surrogatepass")
    return raw if len(raw) == len(folded) else folded


def read(page: Page, numbers: NDArray[np.int64]) -> list[Word]:
    """Read the words with the given numbers. Cost: 0.5 us a word."""
    text, cased = page.folded, page.cased
    begins, ends = page.begin[numbers], page.end[numbers]
    ties = glued(np.frombuffer(cased, dtype=np.uint8), begins, ends).tolist()
    words = []
    for k, begin, end, tied in zip(
        numbers.tolist(), begins.tolist(), ends.tolist(), ties, strict=True
    ):
        form = text[begin:end]
        mark = IDENTIFIER if tied else PLAIN
        if not tied and cased[begin:end] != form:
            mark = _capital_mark(cased, begin, end)
        words.append((form.decode("utf-8", "replace"), mark, k))
    return words


def glued(
    text: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    r"""Say which words touch what ties the parts of identifiers, paths and addresses.

    Those are ``_ / @ ` = $ # \``, and a dot or colon with a letter or digit on its other side.
    """
    before, after = _TIES[text[begins - 1]], _TIES[text[ends]]
    tied: NDArray[np.bool_] = (before == 1) | (after == 1)
    tied |= before == 2
    tied |= (before == 4) & (_TIES[text[begins - 2]] == 5)
    tied |= (after == 4) & (_TIES[text[ends + 1]] == 5)
    return tied


def written(page: Page, first: int, last: int) -> str:
    """Return words ``first`` to ``last`` (exclusive) as they are written, with what parts them."""
    if first == last:
        return ""
    return page.cased[page.begin.item(first) : page.end.item(last - 1)].decode("utf-8", "replace")


def _capital_mark(text: bytes, begin: int, end: int) -> int:
    """Say what its capitals make of the word at bytes ``begin`` to ``end``.

    An identifier mixes cases or digits, a name has a capital that no beginning of a sentence needs.
    """
    form = text[begin:end].decode("utf-8", "replace")
    if _INNER.search(form):
        return IDENTIFIER
    return NAME if form[0].isupper() and not _begins_sentence(text, begin) else PLAIN


def _begins_sentence(text: bytes, begin: int) -> bool:
    """Say whether no sentence is under way before byte ``begin``."""
    at = begin - 1
    while at >= 0 and text[at] in _OPENING:
        if text[at] == 0x0A and text[at - 1] == 0x0A:
            return True
        at -= 1
    if at < 0 or text[at] < 0x80:
        return at < 0 or not (text[at : at + 1].isalnum() or text[at] in _GOING_ON)
    return not text[max(0, at - 3) : at + 1].decode("utf-8", "ignore")[-1:].isalnum()


def is_function(page: Page, word: Word) -> bool:
    """Say whether a word carries no fact of its own.

    Listed words, Hiragana, and plain words of one or two letters that are neither a unit after a
    number nor the letter of an item, as in (b).
    """
    form, mark, k = word
    if form in FUNCTION_WORDS:
        return True
    if len(form) > 2 or not form.isalpha():
        return "\u3040" <= form <= "\u309f"
    if not form.isascii():
        # Of the scripts with cases; a short word of another script may be any.
        return "\u3040" <= form <= "\u309f" or form[0].islower()
    begin = page.begin.item(k)
    if page.cased[begin - 1] == 0x20 and page.cased[begin - 2 : begin - 1].isdigit():
        return False
    return mark == PLAIN and page.cased[begin + 1] != 0x29


def is_number(form: str) -> bool:
    """Say whether a word holds a digit or is a numeral of any script."""
    if form.isascii():
        return not form.isalpha()
    return any(char.isdigit() or unicodedata.numeric(char, None) is not None for char in form)


def value(form: str) -> str:
    """Return a number's digits without letters and leading zeros."""
    return "".join(char for char in form if not char.isalpha()).lstrip("0") or form


def unit(form: str) -> str:
    """Return the letters written to a number's end ("mb" of "20mb"), or nothing."""
    return form.lstrip("0123456789") if form[0].isdigit() else ""


def misread(one: str, other: str) -> bool:
    """Say whether digits of one number stand as letters in the other ("18", "l8")."""
    if len(one) != len(other) or one.isdigit() == other.isdigit():
        return False
    apart = [(a, b) for a, b in zip(one, other, strict=True) if a != b]
    return 2 * len(apart) <= len(one) and all(a.isdigit() != b.isdigit() for a, b in apart)


def much_the_same(forms: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether two lots of words may be one that was misread: three fifths of the letters agree.

    Digits read for other digits are never taken for that.
    """
    one, other = "".join(forms), "".join(others)
    if one.isdigit() and other.isdigit():
        return False
    return Indel.normalized_similarity(one, other, score_cutoff=_MISREAD) >= _MISREAD


def lengthens(page: Page, first: int, last: int) -> bool:
    """Say whether words ``first`` to ``last`` continue a number beside them ("3", "3.1")."""
    text, begin, end = page.cased, page.begin.item(first), page.end.item(last - 1)
    if text[begin - 1] in _JOINTS and text[begin - 2 : begin - 1].isdigit():
        return True
    return text[end] in _JOINTS and text[end + 1 : end + 2].isdigit()


def grouped(page: Page, first: int, forms: Sequence[str]) -> bool:
    """Say whether words that are put together part a number at thousands only ("3,000")."""
    for n, form in enumerate(forms[1:]):
        if form[0].isdigit() and forms[n][-1].isdigit():
            joint = page.cased[page.begin.item(first + n + 1) - 1]
            if len(form) != 3 or joint not in _GROUPING:
                return False
    return True


def in_link(page: Page, k: int) -> bool:
    """Say whether word ``k`` belongs to the target of a Markdown or HTML link."""
    begin = page.begin.item(k)
    if page.cased[begin - 1] in _SPACE:
        return False
    stretch = page.cased[max(0, begin - 300) : begin]
    at = max(stretch.rfind(b" "), stretch.rfind(b"\n"), stretch.rfind(_NUL)) + 1
    return stretch.find(b"](", at) >= 0 or stretch.find(b'href="', at) >= 0


def write_out(forms: list[str]) -> None:
    """Replace "isn", "t" by "is", "not" and "can", "t" by "can", "not", in place."""
    for n in range(len(forms) - 1, 0, -1):
        if forms[n] == "t" and forms[n - 1][-1] == "n" and len(forms[n - 1]) > 2:
            forms[n] = "not"
            if forms[n - 1] != "can":
                forms[n - 1] = forms[n - 1][:-1]


def alike(one: str, other: str, mark: int, other_mark: int) -> bool:
    """Say whether two words, with their marks, are one word, spelt or inflected in two ways.

    A slip of one letter (two in long words), or endings of up to three letters after a long common
    beginning. The first letter may differ in long words only, so "encode" isn't "decode". Between
    names fewer slips are forgiven; identifiers are compared to the letter.
    """
    if one == other or (not one.isascii() and _bare(one) == _bare(other)):
        return True
    short, long = len(one), len(other)
    if short > long:
        short, long = long, short
    if "\uac00" <= one[0] <= "\ud7a3":
        # A syllable is a character: a stem of two and a particle or ending.
        return long > 2 and long - 2 <= 3 and one[:2] == other[:2]
    if short < 3 or long - short > 3 or not one.isalpha() or not other.isalpha():
        return False
    same = one[0] == other[0]
    if not same and long < (8 if short == long else 6):
        return False
    slips = OSA.distance(one, other, score_cutoff=2)
    # At least three letters and three fifths of the longer word, at most three letters after them.
    stem = max(3, long - 3, (3 * long + 4) // 5)
    inflected = one[:stem] == other[:stem]
    if slips > 2 and not inflected:
        return False
    if mark == PLAIN or other_mark == PLAIN:
        return (
            inflected
            or (slips == 1 and long > 3)
            or (slips == 2 and same and long > (7 if short == long else 6))
        )
    if mark == other_mark == IDENTIFIER:
        return False
    if slips == 2:
        return long >= 10 and same
    return slips == 1 and (short != long or long >= 6 or sorted(one) == sorted(other))


def _bare(form: str) -> str:
    """Take off a word the marks that are left out by a slip."""
    return _SLIPS.sub("", unicodedata.normalize("NFD", form)).translate(_SWAPS)


def one_slip(one: str, other: str) -> bool:
    """Say whether two words differ by one letter, or by two that change places."""
    return OSA.distance(one, other, score_cutoff=1) == 1
