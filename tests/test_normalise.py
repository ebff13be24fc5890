"""The normal form: which differences don't count."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.core.normalise import characters, fold
from tests import brute
from tests.test_tokens import texts_of_every_kind

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
}
DIFFERENT = {
    "an accent": ("cafe", "café"),
    "a dot over another letter": ("z", "ż"),
    "a hamza": ("ا", "أ"),
    "a madda": ("ا", "آ"),
    "a vowel sign of Devanagari": ("कि", "की"),
    "a tone mark of Thai": ("มา", "ม้า"),
    "a voiced kana": ("か", "が"),
    "an old and a new shape of an ideograph": ("國", "国"),
    "a zero-width space": ("a\u200bb", "ab"),
    "a digit of another script": ("١", "1"),
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


@given(anything)
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(anything, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_form_a_text_comes_in_does_not_matter(text: str, form: str) -> None:
    assert fold(unicodedata.normalize(form, text)) == fold(text)  # type: ignore[arg-type]


@given(anything, st.sampled_from("\u00ad\u200d\u200f\ufe0f\u061c"))
def test_the_unseen_leave_no_trace(text: str, char: str) -> None:
    assert fold(char.join(text)) == fold(text)


@given(texts_of_every_kind)
def test_a_batch_is_the_utf8_of_the_normal_forms(texts: list[str]) -> None:
    batch = characters(texts)
    raw = batch.bytes.tobytes()
    assert raw.endswith(bytes(8))
    assert len(batch.starts) == len(texts) + 1
    for text, begin, end in zip(texts, batch.starts, batch.starts[1:], strict=False):
        # A text of settled characters alone is only put in lower case; that must be enough.
        assert raw[begin : end - 1] == brute.normal_form(text).encode("utf-8", "surrogatepass")
    decoded = raw.decode("utf-8", "surrogatepass")
    assert [chr(code) for code in batch.codes.tolist()] == [c for c in decoded if ord(c) > 0x7F]
