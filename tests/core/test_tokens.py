"""Words: batched is one by one is a plain tokeniser, on text of every script."""

from __future__ import annotations

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import kernel
from dedup.core import tokens
from tests.support import brute
from tests.support.laws import DevSet, check_words

WORDS = {
    "nothing": ("", []),
    "only symbols": ("—*** … !?\x00\ud800", []),
    "case and punctuation don't count": ("Don't STOP.", ["don", "t", "stop"]),
    "letters, marks and digits make one word": ("b2b x² 3a", ["b2b", "x2", "3a"]),
    "an underscore parts words": ("a_b", ["a", "b"]),
    "a composed and a decomposed letter are the same": ("é e\u0301", ["é", "é"]),
    "final sigma is a sigma": ("ΟΔΟΣ οδος", ["οδοσ", "οδοσ"]),
    "sharp s is two": ("Straße STRASSE", ["strasse", "strasse"]),
    "the dotted capital I of Turkish is an i": ("İ", ["i"]),
    "ligatures come apart": ("ﬁne", ["fine"]),
    "full-width forms are usual ones": ("ＡＢＣ１２", ["abc12"]),
    "a soft hyphen is not seen": ("co\u00adoperate", ["cooperate"]),
    "a joiner is not seen": ("क्\u200dष", ["क्ष"]),
    "a zero-width space is not seen": ("a\u200bb", ["ab"]),
    "a byte-order mark is not seen": ("\ufeffword", ["word"]),
    "a variation selector is not seen": ("葛\U000e0100 x\ufe0f", ["葛", "x"]),
    "every ideograph is a word": ("日本語", ["日", "本", "語"]),
    "ideographs part the words beside them": ("ab日cd12本", ["ab", "日", "cd12", "本"]),
    "kana are words": ("カタかな", list("カタかな")),
    "half-width kana are composed": ("ﾊﾟ", ["パ"]),
    "Thai is read by character, each with its marks": ("ที่นี่", ["ที่", "นี่"]),
    "Thai am is a mark and a letter": ("น้ำ", ["น้\u0e4d", "า"]),
    "Lao, Khmer and Myanmar are read by character": (
        "ລາວ\u1781\u17d2\u1798\u1019\u103c",
        ["ລ", "າ", "ວ", "\u1781\u17d2", "\u1798", "\u1019\u103c"],
    ),
    "marks on kana and ideographs stay on them": (
        "か\u309a日\u0301本",
        ["か\u309a", "日\u0301", "本"],
    ),
    "a mark on nothing is a word": (" \u0301a \u0e48ก", ["\u0301a", "\u0e48", "ก"]),
    "a mark after a word and before an ideograph": ("a\u0301日\u0301b", ["á", "日\u0301", "b"]),
    "an apostrophe that is a letter parts words": ("пʼять", ["п", "ять"]),
    "Korean is written with spaces": ("한국어 문서", ["한국어", "문서"]),
    "jamo are composed into syllables": ("\u1112\u1161\u11ab", ["한"]),
    "beyond the first plane": ("𐐀𐐨 𠀀𠀁", ["𐐨𐐨", "𠀀", "𠀁"]),
    "emoji are no words": ("👩\u200d👩\u200d👧 ok 👍🏽", ["ok"]),
    "Devanagari vowel signs stay in the word": ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
    "circled and superscript digits are digits": ("①⁵", ["15"]),
    "a fraction is parted by its slash": ("½", ["1", "2"]),
    "digits of every script are digits": ("١٢ ۳۴ ५६ 𑁧 ໑໒", ["12", "34", "56", "1", "12"]),
    "a word of eight bytes, one of nine": ("abcdefgh abcdefghi", ["abcdefgh", "abcdefghi"]),
    "a word of 64 bytes, one of 65": ("x" * 64 + " " + "x" * 65, ["x" * 64, "x" * 65]),
}

#: Characters that have led tokenisers astray, and pieces of every script.
_PIECES = st.sampled_from(
    [*"aZ09_ \n\t.,'-–\u00a0\u2028\x00\x7f", "\u0301", "\u0338", "\u0345", "é", "ß", "ẞ", "İ",
     "ı", "Σ", "ς", "ﬃ", "Ⅷ", "½", "Ａ", "ﾊ", "ﾟ", "が", "ー", "〆", "々", "〇", "〡", "ㄅ", "日",
     "葛\U000e0100", "ก", "ำ", "ที่", "ລ", "ໍາ", "ខ្", "ម", "မြ", "\u1100", "\u1161", "\u11a8", "각",
     "ㅎ", "\u115f", "\u3164", "\u200b", "\u200c", "\u200d", "\ufeff", "\u00ad", "\u202e", "\u0640",
     "ا", "ﷺ", "א", "ן", "क्ष", "॥", "৳", "த", "ந்", "\U0001d400", "\U0001d7d8", "\U0001f468",
     "\U0001f3fd", "\ud800", "\udc00", "\U0010ffff", "\ue000", "\ufffd", "𠀀", "𐐀", "᠎", "x" * 8,
     "y" * 9, "z" * 64, "w" * 65, "ǅ", "ΐ", "ͅα", "ᾳ", "Å", "K", "ſ", "\u0f43", "\u2adc", "〮"]
)  # fmt: skip
texts_of_every_kind = st.lists(
    st.one_of(
        st.text(st.characters(codec=None, exclude_categories=())),
        st.lists(_PIECES).map("".join),
    ),
    max_size=6,
)


@pytest.mark.parametrize(("text", "expected"), WORDS.values(), ids=WORDS)
def test_words(text: str, expected: list[str]) -> None:
    assert tokens.words(text) == expected
    assert brute.words(text) == expected
    check_words([text])


@given(texts_of_every_kind)
@example(["", "a", "", "", "b c"])
@example(["a", "a b"])
@example(["e", "\u0301"])
@example(["\u1100", "\u1161"])
def test_words_of_a_batch_are_those_of_a_plain_tokeniser(texts: list[str]) -> None:
    check_words(texts)


@given(texts_of_every_kind)
def test_a_batch_is_its_texts_one_by_one(texts: list[str]) -> None:
    rows = tokens.tokenise(texts)
    alone = [tokens.tokenise([text]).values.tolist() for text in texts]
    assert [each.tolist() for each in np.split(rows.values, rows.starts[1:-1])][
        : len(texts)
    ] == alone


def test_hashes_stay_what_they_were() -> None:
    # Stored fingerprints and signatures depend on them: a change needs a new normaliser version.
    hashes = tokens.tokenise(["a ferry supercalifragilistic 日 の ก " + "x" * 100]).values.tolist()
    assert hashes == [
        7520975441266452852,
        16578269613048751828,
        6605418092229837876,
        17160045636368417744,
        13368973805043065417,
        16443161033230641914,
        2205463263120148852,
    ]


def test_the_lowest_bits_of_a_hash_say_how_many_neighbours_a_token_takes_along() -> None:
    for text, reach in {
        "word": 0,
        "한국어": 0,
        "日": 0,
        "が": 1,
        "カ": 1,
        "ที่": 2,
        "ລ": 2,
        "ខ": 2,
    }.items():
        assert (tokens.tokenise([text]).values & 3).tolist() == [reach]


def taken(row: list[str]) -> list[tuple[str, ...]]:
    """List what each token stands for once it has taken its neighbours along."""
    kana, letters = ("HIRAGANA", "KATAKANA"), ("THAI", "LAO", "KHMER", "MYANMAR")
    found = []
    for place, word in enumerate(row):
        name = unicodedata.name(word[0], "") if brute.is_single(word[0]) else ""
        more = 1 if name.startswith(kana) else 2 if name.startswith(letters) else 0
        found.append(tuple(row[place : place + 1 + more]))
    return found


@given(texts_of_every_kind)
@example(["かなカナ", "か", "", "ภาษา", "日本の本 ภ"])
def test_linked_tokens_are_equal_where_they_stand_for_the_same(texts: list[str]) -> None:
    rows = tokens.tokenise(texts)
    # A shingle of one token is what it has taken along: 32 bits of it.
    found = kernel.shingles(rows, 1, linked=True)
    values = found.values.tolist()
    flat = [each for text in texts for each in taken(brute.words(text))]
    assert len(set(zip(flat, values, strict=True))) == len(set(flat)) == len(set(values))
    assert found.starts.tolist() == rows.starts.tolist()


def test_the_words_of_every_character_are_those_of_a_plain_tokeniser() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    characters = [char for char in every if unicodedata.category(char) not in ("Cn", "Co")]
    lengths = tokens.tokenise(characters).lengths.tolist()
    wrong = [
        f"U+{ord(char):04X} {unicodedata.name(char, '')}"
        for char, length in zip(characters, lengths, strict=True)
        if len(brute.words(char)) != length
    ]
    assert wrong == []


@given(texts_of_every_kind)
@example([chr(code) for code in range(0x0E00, 0x1B200) if not 0xD800 <= code < 0xE000])
def test_characters_that_are_tokens_are_counted(texts: list[str]) -> None:
    found = tokens.singles(tokens.lay_out(texts, units=True)).tolist()
    assert found == [sum(brute.is_single(word[0]) for word in brute.words(text)) for text in texts]


def test_no_such_token_comes_of_characters_that_are_said_to_give_none() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    characters = [char for char in every if not tokens.may_have_singles(char)]
    assert len(characters) > 6000
    assert not tokens.singles(tokens.lay_out(characters, units=True)).any()
    assert tokens.may_have_singles("plain “words”, then \u4e2d")


def test_the_tone_marks_of_old_korean_stay_in_their_word() -> None:
    assert tokens.words("나랏〮말〯") == ["나랏〮말〯"]


@given(texts_of_every_kind)
def test_code_points_are_the_characters_of_the_words(texts: list[str]) -> None:
    rows = tokens.code_points(texts)
    found = [
        [chr(code) for code in rows.values[a:b].tolist()]
        for a, b in zip(rows.starts, rows.starts[1:], strict=False)
    ]
    assert found == [brute.characters(text) for text in texts]


@given(texts_of_every_kind.map("".join))
def test_words_lists_the_words(text: str) -> None:
    assert tokens.words(text) == brute.words(text)


@given(texts_of_every_kind.map("".join))
def test_spans_rise_and_hold_their_words(text: str) -> None:
    end = 0
    for start, stop, word in tokens.spans(text):
        assert end <= start < stop <= len(text)
        assert brute.normal_form(text[start:stop]) == word
        assert brute.words(word)
        end = stop


@given(texts_of_every_kind.map("".join))
def test_spans_of_a_text_in_normal_form_are_its_words(text: str) -> None:
    folded = brute.normal_form(text)
    assert [word for _, _, word in tokens.spans(folded)] == brute.words(folded)


@given(st.lists(st.sampled_from(["River", "naïve", "ÉTÉ", "Straße", "日本", "ที่", "नमस्ते", "3.5"])))
def test_spans_of_everyday_text_are_its_words(words: list[str]) -> None:
    text = ", ".join(words)
    assert [word for _, _, word in tokens.spans(text)] == brute.words(text)


def test_words_of_real_text(real: DevSet) -> None:
    check_words(real.texts, real.words)
