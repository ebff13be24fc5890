"""The normal form: which differences don't count."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
import xxhash
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.core.normal_form import UNICODE, character_class, fold, is_unassigned
from dedup.core.tokens import code_points, spans, tokenise, words
from tests.core.test_tokens import texts_of_every_kind
from tests.support import brute

SAME = {
    "case": ("Ferry", "fERRY"),
    "a composed and a decomposed accent": ("café", "cafe\u0301"),
    "marks in either order": ("q\u0323\u0307", "q\u0307\u0323"),
    "a ligature": ("ﬁn", "fin"),
    "sharp s": ("Maße", "MASSE"),
    "full width": ("Ｆｅｒｒｙ", "ferry"),
    "half-width kana": ("ｶﾞ", "ガ"),
    "conjoining jamo": ("한", "\u1112\u1161\u11ab"),
    "a soft hyphen": ("fer\u00adry", "ferry"),
    "a word joiner": ("fer\u2060ry", "ferry"),
    "a direction mark": ("\u200fferry", "ferry"),
    "a variation selector": ("葛\ufe00", "葛"),
    "a joiner between a letter and its mark": ("e\u200d\u0301", "é"),
    "Greek with and without its final form": ("λόγος", "ΛΌΓΟΣ"),
    "Greek capitals without their accents": ("Μάιος ρεΰμα", "ΜΑΙΟΣ ΡΕΥΜΑ"),
    "Greek breathings": ("ἀρχὴ ἦν ὁ λόγος", "αρχή ην ο λογος"),
    "Turkish capitals by any rule": ("ışık İstanbul", "IŞIK istanbul"),
    "a dotless i with a dot": ("ı\u0307", "i"),
    "an i with two dots, one of them twice": ("i\u0307\u0307", "i"),
    "a dot over an i with an accent": ("i\u0307\u0301", "í"),
    "tatweel": ("كتـــاب", "كتاب"),
    "Arabic vowel marks": ("مُحَمَّدٌ هٰذا", "محمد هذا"),
    "Arabic presentation forms": ("ﻛﺘﺎﺏ ﻻ", "كتاب لا"),
    "an Arabic vowel as a presentation form": ("\ufed5\ufe76\ufee0\ufe79", "قل"),
    "yeh and kaf on two keyboards": ("ایران یک", "ايران يك"),
    "Hebrew points": ("שָׁלוֹם", "שלום"),
    "Hebrew presentation forms": ("\ufb2a\ufb35", "שו"),
    "Hebrew accents of the Bible": ("בְּרֵאשִׁ֖ית", "בראשית"),
    "nukta composed and decomposed": ("\u0958", "\u0915\u093c"),
    "a no-break space": ("a\u00a0b", "a b"),
    "a zero-width space": ("a\u200bb", "ab"),
    "a digit of another script": ("١", "1"),
    "the dots of ё, in either order with stress": ("всё\u0301 все\u0301\u0308", "все все"),
    "marks beyond the thirtieth": ("a" + "\u0301" * 31 + "b", "a" + "\u0301" * 30 + "b"),
    "marks of which the thirty first in order count": (
        "a" + "\u0301" * 40 + "\u0323" * 40,
        "a" + "\u0323" * 30,
    ),
    "marks with joiners between them": ("a" + "\u0301\u200d" * 50, "a" + "\u0301" * 30),
    "two marks in one": ("a" + "\u0344" * 20, "a" + "\u0308\u0301" * 15),
    "marks that are none before they are decomposed": ("か" + "\uff9e" * 60, "か" + "\u3099" * 30),
}
DIFFERENT = {
    "an accent": ("cafe", "café"),
    "the short i of Russian": ("и", "й"),
    "the yi of Ukrainian": ("і", "ї"),
    "letters of Macedonian with an acute": ("гк", "ѓќ"),
    "the thirtieth mark": ("a" + "\u0301" * 29, "a" + "\u0301" * 30),
    "a hyphen inside a line": ("exam- ple", "example"),
    "a hyphen before a blank line": ("exam-\n\nple", "example"),
    "a hyphen before a number": ("12-\n13", "1213"),
    "a dash before a line end": ("exam—\nple", "example"),
    "a Persian affix without a word of two letters": ("و ها", "وها"),
    "an ending after a word that doesn't end in heh": ("کتاب اند", "کتاباند"),
    "letters of a Persian prefix at the end of a word": ("قدیمی کتاب", "قدیمیکتاب"),
    "a dot over another letter": ("z", "ż"),
    "a hamza": ("ا", "أ"),
    "a madda": ("ا", "آ"),
    "a vowel sign of Devanagari": ("कि", "की"),
    "a tone mark of Thai": ("มา", "ม้า"),
    "a voiced kana": ("か", "が"),
    "an old and a new shape of an ideograph": ("國", "国"),
}
anything = texts_of_every_kind.map("".join)


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_does_not_count(a: str, b: str) -> None:
    assert fold(a) == fold(b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT.values(), ids=DIFFERENT)
def test_counts(a: str, b: str) -> None:
    assert fold(a) != fold(b)


@given(anything)
def test_the_normal_form_is_the_plain_one(text: str) -> None:
    assert fold(text) == brute.normal_form(text)


_AFFIXES = st.sampled_from(
    [
        *("ها", "ي", "ی", "مي", "نمي", "ن", "م", "ه", "اي", "اند", "تر", "ا", " ", " ", "  ", "\n"),
        *("-\n", "a", "1", "\u064b", "\u0654", "،"),
    ]
)
_MARKS = st.sampled_from(
    [
        *("a", "\u0301", "\u0323", "\u0344", "\u0345", "\u3099", "\uff9e", "\u0f73", "\u0f71"),
        *("\u064b", "\u200d", "\u0640", "é", "α"),
    ]
)


@given(st.lists(_AFFIXES))
def test_joined_words_are_the_plain_ones(parts: list[str]) -> None:
    text = "".join(parts)
    assert fold(text) == brute.normal_form(text) == fold(fold(text))
    assert [token for *_, token in spans(text)] == words(text) == brute.words(text)


@given(st.lists(_MARKS, max_size=120))
def test_floods_of_marks_are_cut_as_the_plain_form_cuts_them(parts: list[str]) -> None:
    text = "".join(parts)
    assert fold(text) == brute.normal_form(text)


FLOODS = {
    "marks in disorder": "\u0301\u0323\u0338\u05b0",
    "with joiners between": "\u0301\u200d\u0323\u200d",
    "with tatweel between": "\u0654\u0640\u0655\u0640",
    "half-width kana marks": "\uff9e\u0301\u0323",
    "two marks in one": "\u0f73\u0f39\u0f75",
    "affixes": " ي",
    "soft hyphens": "\u00ad ",
    "wrapped letters": "b-\n",
    "blanks": "\u00a0 ",
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_the_cost_of_a_flood_is_linear(flood: str) -> None:
    def cost(size: int) -> float:
        text = "اا" + (flood * size)[:size]
        best = float("inf")
        for _ in range(3):
            begin = time.process_time()
            tokenise([text])
            code_points([text])
            best = min(best, time.process_time() - begin)
        return best

    # Eight times the size; the square would cost 64 times as much.
    assert cost(100_000) < 24 * cost(12_500) + 0.05


def test_the_list_of_unassigned_code_points_is_that_of_its_version() -> None:
    if unicodedata.unidata_version != UNICODE:
        pytest.skip(f"this Python has Unicode {unicodedata.unidata_version}")
    for code in range(sys.maxunicode + 1):
        assert is_unassigned(chr(code)) == (unicodedata.category(chr(code)) == "Cn")


def test_every_python_has_the_same_normal_form() -> None:
    # Python 3.11, 3.12 and 3.13 gave this; they have Unicode 14.0, 15.0 and 15.1.
    digest = xxhash.xxh3_64()
    for code in (
        *range(0x3400),
        *range(0xA000, 0xAC00),
        *range(0xD7A4, 0x40000),
        *range(0xE0000, 0xE0200),
    ):
        char = chr(code)
        text = f"{fold(char)}|{character_class(char)}|{is_unassigned(char)}"
        digest.update(text.encode("utf-8", "surrogatepass"))
    assert digest.hexdigest() == "666a35c6259f9502"


LATER = {
    "a mark": "a\U0001e4ec",
    "a letter with a decomposition": "\U000105c9",
    "letters that compose": "\U00016d67\U00016d67",
    "a capital": "\U00010d50",
}


@pytest.mark.parametrize("text", LATER.values(), ids=LATER)
def test_characters_assigned_later_stand_for_themselves(text: str) -> None:
    assert fold(text) == text
    assert words(text) == [each for each in ["a"] if each in text]


def test_ideographs_assigned_later_are_ideographs() -> None:
    assert words("\U000323af\U0002ebf0a") == ["\U000323af", "\U0002ebf0", "a"]


@given(anything)
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(anything, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_form_a_text_comes_in_does_not_matter(text: str, form: str) -> None:
    # The Greek iota below becomes a letter when case is folded. A mark that only a compatibility
    # form takes for one stands behind that letter, or before it where it was put in order before.
    assume(form in ("NFC", "NFD") or "\u0345" not in unicodedata.normalize("NFD", text))
    assert fold(unicodedata.normalize(form, text)) == fold(text)  # type: ignore[arg-type]


@given(anything, st.sampled_from("\u00ad\u200d\u200f\ufe0f\u061c"))
def test_the_unseen_leave_no_trace(text: str, char: str) -> None:
    # A soft hyphen at the end of a line is seen: it parts a word there.
    assume(char != "\u00ad" or "\n" not in text)
    assert fold(char.join(text)) == fold(text)
