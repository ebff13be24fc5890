"""The kernel's reader of texts: held to a plain normal form, plain words, plain hashes.

The table of characters is looked at whole, and what characters do to each other in pairs and
triples of every script: the kernel takes a text character by character unless it tells it special.
"""

from __future__ import annotations

import itertools
import random
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedup import kernel
from dedup.core import tokens
from dedup.core.normal_form import fold
from dedup.encoded import encode
from dedup.ragged import starts_of
from tests.core.test_tokens import texts_of_every_kind
from tests.support import brute, kernel_calls, plain
from tests.support.laws import DevSet


def encoded(texts: Iterable[str]) -> list[bytes]:
    return [text.encode("utf-8", "surrogatepass") for text in texts]


def read(
    rows: Sequence[bytes],
    folded: bool = False,
    units: bool = False,
    room: tuple[int, int] | None = None,
) -> kernel_calls.Read:
    starts = starts_of(np.array([*map(len, rows)], dtype=np.int64))
    return kernel_calls.read(b"".join(rows), starts, folded, units, True, room)


def normal_rows(found: kernel_calls.Read) -> list[bytes]:
    """Take the normal form apart; a line end parts its rows."""
    raw, edges = found.normal.tobytes(), found.normal_starts.tolist()
    rows = [raw[begin:end] for begin, end in itertools.pairwise(edges)]
    assert all(row.endswith(b"\n") for row in rows)
    return [row[:-1] for row in rows]


def check_read(texts: Sequence[str]) -> list[bool]:
    """Hold the kernel to the plain versions; says which texts it told special."""
    found = read(encoded(texts))
    special = found.special.tolist()
    words = [[] if odd else brute.words(text) for text, odd in zip(texts, special, strict=True)]
    normal = ["" if odd else brute.normal_form(t) for t, odd in zip(texts, special, strict=True)]
    assert differing(texts, normal_rows(found), encoded(normal)) == []
    values = kernel_calls.rows_of(found.values, found.value_starts)
    assert differing(texts, values, [[*map(plain.token, row)] for row in words]) == []
    assert found.result == found.value_starts[-1]
    begin, end = (
        kernel_calls.rows_of(each, found.value_starts) for each in (found.begin, found.end)
    )
    assert differing(texts, cut(normal_rows(found), begin, end), [*map(encoded, words)]) == []
    both = read(encoded(texts), units=True)
    assert both.special.tolist() == special
    assert both.values[: both.result].tolist() == found.values[: found.result].tolist()
    assert both.begin[: both.result].tolist() == found.begin[: found.result].tolist()
    points = kernel_calls.rows_of(both.units, both.unit_starts)
    expected = [
        [] if odd else [*map(ord, brute.characters(text))]
        for text, odd in zip(texts, special, strict=True)
    ]
    assert differing(texts, points, expected) == []
    return [*map(bool, special)]


def cut(rows: list[bytes], begin: list[list[int]], end: list[list[int]]) -> list[list[bytes]]:
    """Cut the tokens of each row out of its normal form."""
    places = zip(rows, begin, end, strict=True)
    return [[row[a:b] for a, b in zip(some, others, strict=True)] for row, some, others in places]


def differing(
    texts: Sequence[str], found: Sequence[object], expected: Sequence[object]
) -> list[str]:
    """Name the texts that were read in another way than expected, by their code points."""
    rows = zip(texts, found, expected, strict=True)
    return [" ".join(f"{ord(c):04X}" for c in text) for text, a, b in rows if a != b]


def check_folded(texts: Sequence[str]) -> None:
    """What is in normal form already is cut into words, and not touched."""
    forms = [*map(brute.normal_form, texts)]
    found = read(encoded(forms), folded=True)
    assert not found.special.any()
    assert normal_rows(found) == encoded(forms)
    assert kernel_calls.rows_of(found.values, found.value_starts) == [
        [*map(plain.token, brute.words(text))] for text in texts
    ]


@given(texts_of_every_kind)
@example(["", "a", "", "", "b c"])
@example(["e", "\u0301", "-", "\n", "b"])
@example(["\u1100", "\u1161"])
@example(["a-\nb", "\u00ad\n", "é-\n", "b"])
@example(["\ud83d", "\ude00"])
def test_a_batch_is_read_as_plainly(texts: list[str]) -> None:
    check_read(texts)
    check_folded(texts)


@given(texts_of_every_kind)
def test_texts_with_special_characters_stand_in_their_places(texts: list[str]) -> None:
    found = tokens.lay_out(texts, places=True)
    parts = [bytes(row) for row in kernel_calls.rows_of(*found.normal)]
    assert parts == [form + b"\n" for form in encoded(map(brute.normal_form, texts))]
    begin, end = (
        kernel_calls.rows_of(each, found.tokens.starts) for each in (found.begin, found.end)
    )
    words = [*map(brute.words, texts)]
    assert cut(parts, begin, end) == [*map(encoded, words)]
    assert kernel_calls.rows_of(*found.tokens) == [[*map(plain.token, row)] for row in words]


ASCII = st.text(st.sampled_from("aZ09-_ \t\r\f\v\n.'\x00\x7f"), max_size=24)


@given(st.lists(ASCII, max_size=6))
@example(["a-\nb", "-\nb", "a-\n", "a- \t\n \tb", "a-\n\nb", "a--\nb", "1-\nb", "a-\n1", "a_-\nb"])
def test_ascii_is_read_as_plainly_and_never_special(texts: list[str]) -> None:
    assert not any(check_read(texts))
    wide = [text + "é" for text in texts]
    check_read(wide)


@given(st.lists(st.binary(max_size=40), max_size=6))
@example(
    [b"\xff", b"\xc3", b"\xa9", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe0\x80\xaf", b"\xc0\xaf"]
)
@example([b"a\xe2\x82", b"\xac", b"\xf0\x9f\x98", b"\xed\xa0\xbd\xed\xb8\x80"])
def test_bytes_that_are_no_text_are_read_as_unreadable_characters(rows: list[bytes]) -> None:
    found, texts = read(rows), [*map(plain.decoded, rows)]
    again = read(encoded(texts))
    assert found.special.tolist() == again.special.tolist()
    assert normal_rows(found) == normal_rows(again)
    count = found.result
    assert found.values[:count].tolist() == again.values[: again.result].tolist()
    special = found.special.astype(bool).tolist()
    for text, row, odd in zip(texts, normal_rows(found), special, strict=True):
        assert odd or row.decode("utf-8", "surrogatepass") == brute.normal_form(text)


# -- every character


@pytest.fixture(scope="module")
def forms() -> list[str]:
    """List the plain normal form of every character; one that was assigned later is its own."""
    every = map(chr, range(sys.maxunicode + 1))
    return [char if brute.is_later(char) else brute.normal_form(char) for char in every]


def test_the_normal_form_of_every_character_is_the_plain_one(forms: list[str]) -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    found = read(encoded(every))
    special = found.special.tolist()
    expected = ["" if odd else form for form, odd in zip(forms, special, strict=True)]
    assert differing(every, normal_rows(found), encoded(expected)) == []
    # What is left to Python are marks and a few others, and their form is the same.
    for code in np.flatnonzero(found.special).tolist():
        assert fold(chr(code)) == forms[code]
    assert 0 < sum(special) < 1_000


def test_every_character_is_the_kind_of_token_that_the_plain_tokeniser_takes_it_for() -> None:
    # Between letters: what parts them, what joins them, what stands alone.
    every = [f"a{chr(code)}b" for code in range(sys.maxunicode + 1)]
    found = read(encoded(every))
    expected = []
    for code, odd in enumerate(found.special.tolist()):
        # Most code points are nobody's or for private use, and part words.
        char = chr(code)
        apart = unicodedata.category(char) in ("Cn", "Co", "Cs") and not brute.is_inside(char)
        words = [] if odd else ["a", "b"] if apart else brute.words(every[code])
        expected.append([*map(_token, words)])
    values = kernel_calls.rows_of(found.values, found.value_starts)
    assert differing(every, values, expected) == []


_token: Callable[[str], int] = cache(plain.token)


# -- what characters do to each other


def _named(*beginnings: str, most: int = 10**6) -> list[str]:
    every = map(chr, range(0x20000))
    found = [c for c in every if unicodedata.name(c, "").startswith(beginnings)]
    return [c for c in found if not brute.is_later(c)][:most]


#: Syllables and letters that are none of the conjoining ones.
_KOREAN = "가각힣ㄱㅏﾡￂ"


@cache
def _pools() -> dict[str, list[str]]:
    """List characters that may change each other, by what they are."""
    assigned = [chr(c) for c in range(0x20000) if not brute.is_later(chr(c))]
    marks = [c for c in assigned if unicodedata.category(c)[0] == "M"]
    composed = [c for c in assigned if unicodedata.decomposition(c)]
    parts = {
        chr(int(part, 16))
        for c in composed
        for part in unicodedata.decomposition(c).split()
        if not part.startswith("<")
    }
    return {
        "marks": marks,
        "letters with a decomposition": composed,
        "parts of letters": sorted(parts),
        "jamo": [*_named("HANGUL CHOSEONG", "HANGUL JUNGSEONG", "HANGUL JONGSEONG"), *_KOREAN],
        "Indic": list(_named("DEVANAGARI", "BENGALI", "GURMUKHI", "TAMIL", "KANNADA", "MALAYALAM")
            + _named("SINHALA", "BALINESE", "KAITHI", "GRANTHA", "TIRHUTA", "TELUGU", "ORIYA")),
        "Thai and its neighbours": _named("THAI", "LAO", "TIBETAN", "MYANMAR", "KHMER"),
        "Arabic": _named("ARABIC", most=1400),
        "affixes": [
            *("می", "نمی", "ها", "های", "تر", "ترین", "ی", "ي", "ه", "ام", "اند", "کتاب", "خانه"),
            *("\u200c", "\u200d", "\u0640", "\u064e", "\u0654", " ", "  ", "\n", "\u00a0", *"a1"),
            *("مي", "ه\u0654", "\u06c0", "\ufbfc", "\ufeee", "\ufeea", "."),
        ],
        "line ends": [
            *("a", "é", "1", "я", "日", "\u0915", "\u0301", "\u0e49", "ا", "\u1161", "ʼ", "ß"),
            *("-", "\u00ad", "\u2010", "\u00ac", "\u2e17", "\u2011", "\ufe63", "\uff0d", "\ufe32"),
            *("\n", "\r\n", " ", "\t", "\u00a0", "\u2003", "\u3000", "\u200b", "\u200d", "\ufeff"),
            *("\u2028", "\x85", "\u0640", "\u064b", "\u0378", "\U0001fae8"),
        ],
        "Greek and Cyrillic": [
            *(c for c in _named("GREEK", "CYRILLIC", "COMBINING CYRILLIC")),
            *("\u0300\u0301\u0308\u0313\u0314\u0342\u0345\u030f\u0311\u0306\u0304\u0483\u0487"),
        ],
        "Latin": [
            *(c for c in _named("LATIN", most=900)),
            *("\u0300\u0307\u0308\u0323\u0327\u0328\u0331\u0338\u1dcd\u20d0\u20e3iıİI"),
        ],
        "kana": [
            *_named("HIRAGANA", "KATAKANA", "HALFWIDTH KATAKANA"),
            *("\u3099\u309a\u309b\uff9e\uff9f\u302a\u302d日葛\ufe00\U000e0100ー々"),
        ],
        "Hebrew and others": [
            *_named("HEBREW", "SYRIAC", "NKO", "THAANA", "ETHIOPIC", "MONGOLIAN", most=900),
            *("\u180b", "\u200d", "\u034f"),
        ],
        "not seen": [
            *("\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u200b\u200c\u200d\u200e\u2060\u3164\ufe0f"),
            *("\ufeff\uffa0", "\U000e0001", "\U000e0100", "\ud800", "\udfff", "\x00"),
            *"\ufffdaé",
        ],
        "assigned later": [*"\u0378\U0001fae8\U000323af\U0002ebf0\u0cf3\u0ecea"],
    }  # fmt: skip


def mixtures(pool: list[str], others: list[str], count: int, seed: str) -> list[str]:
    """Write pairs to sevens of characters, most of one pool, now and then a flood of marks."""
    rng, found = random.Random(seed), []
    for _ in range(count):
        size = rng.choice((2, 2, 3, 3, 3, 4, 5, 7))
        parts = [rng.choice(pool if rng.random() < 0.8 else others) for _ in range(size)]
        if rng.random() < 0.02:
            parts.insert(rng.randrange(size), rng.choice(parts) * rng.randrange(10, 70))
        found.append("".join(parts))
    return found


@pytest.mark.parametrize("name", _pools())
def test_neighbours_are_read_as_plainly(name: str) -> None:
    pools = _pools()
    others = [each for pool in pools.values() for each in pool]
    texts = mixtures(pools[name], others, 2_000, name)
    check_read(texts)
    assert [tokens.words(text) for text in texts[:300]] == [*map(brute.words, texts[:300])]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_neighbours_in_every_form_are_read_as_plainly(form: str) -> None:
    others = [each for pool in _pools().values() for each in pool]
    texts = mixtures(others, others, 4_000, form)
    check_read([unicodedata.normalize(form, text) for text in texts])  # type: ignore[arg-type]


# -- ranges, room, threads, sizes


@given(texts_of_every_kind, st.data())
def test_any_stretch_of_rows_gives_the_same(texts: list[str], data: st.DataObject) -> None:
    raw = encoded(texts)
    starts = starts_of(np.array([*map(len, raw)], dtype=np.int64))
    begin = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(begin, len(raw)))
    some = kernel_calls.read(b"".join(raw), starts[begin : end + 1])
    alone = read(raw[begin:end])
    assert some.result == alone.result
    assert normal_rows(some) == normal_rows(alone)
    assert some.values[: some.result].tolist() == alone.values[: alone.result].tolist()
    assert some.special.tolist() == alone.special.tolist()


@given(texts_of_every_kind, st.integers(0, 60), st.integers(0, 30), st.booleans())
def test_too_little_room_is_told_and_enough_gives_the_same(
    texts: list[str], normal: int, values: int, units: bool
) -> None:
    raw = encoded(texts)
    whole = read(raw, units=units)
    needed = int(whole.normal_starts[-1])
    small = read(raw, units=units, room=(normal, values))
    if max(whole.result, int(whole.unit_starts[-1])) > values or needed > normal:
        # A row may need room for a while that it gives back when it is told special.
        assert small.result == kernel_calls.NO_ROOM
    else:
        assert small.result in (whole.result, kernel_calls.NO_ROOM)
    count = int(whole.unit_starts[-1])
    enough = needed + 64 * len(raw) + 2_000, max(whole.result, count) + 2_000
    exact = read(raw, units=units, room=enough)
    assert exact.result == whole.result
    assert exact.values[: whole.result].tolist() == whole.values[: whole.result].tolist()
    assert exact.units[:count].tolist() == whole.units[:count].tolist()


def test_a_text_that_grows_in_its_normal_form_finds_room() -> None:
    # One character becomes eighteen, 33 bytes of three.
    text = "\ufdfa" * 5_000
    found = kernel.read(encode([text, "", text]))
    assert found.normal.values.tobytes().split(b"\n")[:3] == encoded([fold(text), "", fold(text)])


def test_threads_give_the_same() -> None:
    rng = random.Random(4)
    pools = _pools()
    texts = [" ".join(rng.choices(pools[rng.choice([*pools])], k=60)) for _ in range(400)]
    whole = read(encoded(texts))
    parts = [texts[k : k + 25] for k in range(0, 400, 25)]
    with ThreadPoolExecutor(3) as threads:
        found = [*threads.map(lambda part: read(encoded(part)), parts)]
    assert np.concatenate([each.special for each in found]).tolist() == whole.special.tolist()
    values = np.concatenate([each.values[: each.result] for each in found])
    assert values.tolist() == whole.values[: whole.result].tolist()


@pytest.mark.parametrize(
    "starts", [[0, 3, 2], [-1, 2], [2, 0], [0, -5]], ids=["fall", "negative", "back", "below 0"]
)
def test_starts_that_can_not_be_are_refused(starts: list[int]) -> None:
    found = kernel_calls.read(b"abc", np.array(starts), room=(16, 16))
    assert found.result == kernel_calls.BAD_SIZE


@pytest.mark.parametrize(
    ("rows", "normal", "values", "units"),
    [(-1, 8, 8, 8), (-(2**63), 8, 8, 8), (1, -1, 8, 8), (1, 8, -(2**40), 8), (1, 8, 8, -1)],
)
def test_sizes_below_nothing_are_refused(rows: int, normal: int, values: int, units: int) -> None:
    room, starts = np.zeros(8, dtype=np.uint64), np.array([0, 1])
    where = kernel_calls.at(room)
    out = kernel_calls.CReading(
        where, normal, None, where, where, values, where, None, None, where, where, units, where
    )
    function = kernel_calls.library().dedup_read
    assert function(where, kernel_calls.at(starts), rows, 0, out) == kernel_calls.BAD_SIZE
    assert not room.any()


# -- real text


def test_real_text_is_read_as_plainly(real: DevSet) -> None:
    found = tokens.tokenise(real.texts)
    expected = [[*map(_token, row)] for row in real.words]
    assert differing(real.texts, kernel_calls.rows_of(found.values, found.starts), expected) == []
    some = real.texts[:: max(1, len(real.texts) // 100)]
    check_read(some)
    check_folded(some)
    for text in some[:50]:
        assert tokens.tokenise([text]).values.tolist() == plain.tokens(text)
