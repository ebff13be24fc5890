"""Every script as well as Latin: the same text found again, edited copies too, strangers not.

Knows: the paragraphs of ``tests.support.scripts``. What is called the same, and why it's right to:

- Marks that a text is written with one day and without the next don't count: Arabic vowels, Hebrew
  points, Greek accents (capitals have none), the dots of Turkish i (a capital I may be either).
- Tatweel, joiners, soft hyphens, direction marks, variation selectors and presentation forms are
  the typesetter's.
- Stress marks and the dots of ё, digits of another script, zero-width spaces, a hyphen where a line
  was wrapped, and how a Persian affix is written to its word don't count either.
- A hamza, a nukta, a tone mark count as a letter does: who leaves them out has edited the text. So
  do old and new shapes of ideographs and letters of other kana.
- In scripts written without spaces a character with its marks is a word to ``min_tokens`` too, so
  eight of them are some five words of Chinese, four of Japanese and three of Thai: such short lines
  compete there, and ``min_tokens=16`` is nearer to what eight words are in English.
- Emoji are no words: a paragraph of nothing else doesn't compete, and one that is another isn't
  seen.
"""

from __future__ import annotations

import math
import random
import unicodedata

import numpy as np
import pytest

import dedup
from dedup.core.tokens import words
from dedup.core.variants import judge
from dedup.stages import compare_texts
from tests.support.scripts import SCRIPTS, Edit, Script, edited


def _edits(kind: str) -> list[object]:
    """List the edits of a kind in all scripts, each by its name."""
    return [
        pytest.param(script, edit, id=f"{name}: {what}")
        for name, script in SCRIPTS.items()
        for what, edit in getattr(script, kind).items()
    ]


every_script = pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)


@pytest.mark.parametrize(("script", "edit"), _edits("same"))
def test_what_no_reader_sees_leaves_an_exact_copy(script: Script, edit: Edit) -> None:
    before, after = edited(script, edit)
    assert before != after
    assert words(before) == words(after)
    found = dedup.find([*script.paragraphs, after])
    assert found.kept.tolist() == [True] * len(script.paragraphs) + [False]
    assert found.match[-1] == edit[0]
    assert found.kind[-1] == dedup.Kind.EXACT


@pytest.mark.parametrize(("script", "edit"), _edits("edits"))
def test_edited_copies_are_found(script: Script, edit: Edit) -> None:
    before, after = edited(script, edit)
    score = dedup.similarity(before, after)
    assert 0.85 <= score < 1.0
    assert not judge(before, after).variant
    found = dedup.find([*script.paragraphs, after])
    assert found.kept.tolist() == [True] * len(script.paragraphs) + [False]
    assert found.match[-1] == edit[0]
    assert found.kind[-1] == dedup.Kind.NEAR
    assert found.similarity[-1] == np.float32(score)


@pytest.mark.parametrize(("script", "edit"), _edits("facts"))
def test_other_facts_make_a_variant(script: Script, edit: Edit) -> None:
    before, after = edited(script, edit)
    assert dedup.similarity(before, after) >= 0.8
    assert judge(before, after).variant
    found = dedup.find([*script.paragraphs, after])
    assert found.kept.all()
    assert found.match[-1] == edit[0]
    assert found.kind[-1] == dedup.Kind.VARIANT
    assert not dedup.find([*script.paragraphs, after], variants="remove").kept[-1]


@every_script
def test_a_copy_in_another_form_of_unicode_is_exact(script: Script) -> None:
    forms = ("NFC", "NFD", "NFKC", "NFKD")
    copies = [unicodedata.normalize(form, p) for form in forms for p in script.paragraphs]  # type: ignore[arg-type]
    count = len(script.paragraphs)
    found = dedup.find([*script.paragraphs, *copies])
    assert found.match.tolist() == list(range(count)) * 5
    assert (found.kind[count:] == dedup.Kind.EXACT).all()


@every_script
def test_a_copy_in_capitals_or_wrapped_anew_is_exact(script: Script) -> None:
    count = len(script.paragraphs)
    capitals = [p.upper() for p in script.paragraphs]
    wrapped = [p.replace(" ", "\n").replace("，", "，\n") for p in script.paragraphs]
    found = dedup.find([*script.paragraphs, *capitals, *wrapped])
    assert found.match.tolist() == list(range(count)) * 3


def test_paragraphs_of_all_scripts_are_unrelated() -> None:
    texts = [p for script in SCRIPTS.values() for p in script.paragraphs]
    found = dedup.find(texts, threshold=0.5)
    assert found.kept.all()
    assert (found.kind == dedup.Kind.UNIQUE).all()
    # Letters are shared by strangers more than words are.
    scores = {
        name: max(
            dedup.similarity(a, b) for a in script.paragraphs for b in script.paragraphs if a < b
        )
        for name, script in SCRIPTS.items()
    }
    assert scores.pop("Thai") < 0.4
    assert max(scores.values()) < 0.25


SAME = {
    "emoji with and without a variation selector": ("A heart ❤\ufe0f and sun", "a heart ❤ and sun"),
    "emoji of another skin": ("Well done 👍🏽 all of you", "Well done 👍🏿 all of you"),
    "a family of emoji and none": ("We 👩\u200d👩\u200d👧 are at home", "We are at home"),
    "all ligatures": ("ﬀ ﬁ ﬂ ﬃ ﬄ ﬅ", "ff fi fl ffi ffl st"),
    "full-width Latin": ("Ｆｅｒｒｙ　２４", "ferry 24"),
    "right-to-left marks around a word": ("see \u200fword\u200e or \u061cword", "see word or word"),
    "half-width kana with their marks": ("ﾊﾟｿｺﾝ ﾊﾞｽ ｶﾞｽ", "パソコン バス ガス"),
    "half-width jamo": ("\uffa1\uffc2", "\u1100\u1161"),
    "sharp s in all its shapes": ("Straße STRASSE STRAẞE", "strasse strasse strasse"),
    "final sigma": ("ΣΊΣΥΦΟΣ σίσυφος", "σίσυφος ΣΙΣΥΦΟΣ"),
    "capitals of Turkish": ("ISPARTA'DA IŞIK İÇİN", "ısparta'da ışık için"),
    "two ways of writing a Vietnamese vowel": ("ệ", "e\u0323\u0302"),
    "two letters of Arabic in one": ("ﷲ ﻻ", "الله لا"),
    "digits of Bengali": ("২০২৪", "2024"),
    "digits of Thai": ("๒๐๒๔", "2024"),
    "digits of Adlam, beyond the first plane": ("\U0001e952\U0001e950", "20"),
    "stress in Ukrainian": ("за\u0301мок і замо\u0301к її", "замок і замок її"),
    "stress on a letter that has dots": ("всё\u0301", "все"),
    "a grave of Bulgarian": ("па\u0300ра ѝ", "пара и"),
    "a zero-width space in a Khmer word": ("ភាសា\u200bខ្មែរ", "ភាសាខ្មែរ"),
    "Persian, three ways to write a verb": ("می\u200cروم نمی\u200cروم", "می روم نمیروم"),
    "Persian, a plural": ("نامه\u200cهای کتاب\u200cها", "نامه های کتابها"),
    "Persian, a comparison": ("بزرگ\u200cترین", "بزرگ ترین"),
    "Persian, a perfect": ("رفته\u200cاند", "رفته اند"),
    "a word wrapped in Greek": ("θάλασ-\nσα", "θάλασσα"),
    "a word wrapped at a soft hyphen": ("exam\u00ad\nple", "example"),
    "a word wrapped with Windows line ends": ("exam- \r\n  ple", "example"),
    "a word wrapped with the sign of recognised print": ("exam¬\nple", "example"),
}  # fmt: skip
DIFFERENT = {
    "simplified and traditional ideographs": ("图书馆", "圖書館"),
    "two kinds of kana": ("りんご", "リンゴ"),
    "umlaut and its digraph": ("Straßenbäume", "Strassenbaeume"),
    "an accent of French": ("été", "ete"),
    "a hamza": ("أحمد", "احمد"),
    "ha and ta marbuta": ("مكتبة", "مكتبه"),
    "numbers of two scripts": ("٢٤", "25"),
    "a letter of Macedonian": ("ѓакон", "гакон"),
    "a short i": ("мой", "мои"),
    "letters that only look alike": ("сор", "cop"),
}


@pytest.mark.parametrize(("a", "b"), SAME.values(), ids=SAME)
def test_is_the_same(a: str, b: str) -> None:
    assert words(a) == words(b)


@pytest.mark.parametrize(("a", "b"), DIFFERENT.values(), ids=DIFFERENT)
def test_is_another_word(a: str, b: str) -> None:
    assert words(a) != words(b)
    assert len(words(a)) == len(words(b))


SHORT = {
    "English": ("The shop is closed on all Sundays.", False),
    "Chinese": ("本店每周日休息。", False),
    "Chinese, one character longer": ("本店每逢周日休息。", True),
    "Japanese": ("日曜日は休み。", False),
    "Japanese, four words": ("日曜日はお休みです。", True),
    "Thai, three words": ("ร้านปิดวันอาทิตย์", True),
    "Korean": ("저희 가게는 매주 일요일에 쉽니다.", False),
}


@pytest.mark.parametrize(("text", "competes"), SHORT.values(), ids=SHORT)
def test_short_lines_compete_by_their_tokens(text: str, competes: bool) -> None:
    # Eight characters are fewer words than eight words: written down, not hidden.
    assert dedup.find([text, text]).kept.tolist() == [True, not competes]
    assert dedup.find([text, text], min_tokens=16).kept.all()


#: What the judge of variants gets wrong: where words can't be told, a noun replaced by one of
#: another length passes for rewording, and a particle for a noun; what is no word isn't seen.
LIMITS = {
    "Thai: a noun of another length": (
        "ร้านอาหารหน้าสถานีมีโต๊ะเพียงหกตัว แต่รายการอาหารเขียนด้วยมือบนกระดานดำทุกวัน",
        "ร้านอาหารหน้าโรงเรียนมีโต๊ะเพียงหกตัว แต่รายการอาหารเขียนด้วยมือบนกระดานดำทุกวัน",
        False,
    ),
    "Thai: a particle is another": (
        "ตอนบ่ายแสงแดดจึงส่องถึงชั้นหนังสือ และเจ้าของร้านพาทุกคนเดินชมห้องอ่านหนังสือใหม่",
        "ตอนบ่ายแสงแดดก็ส่องถึงชั้นหนังสือ และเจ้าของร้านพาทุกคนเดินชมห้องอ่านหนังสือใหม่",
        True,
    ),
    "Chinese: an emoji is another": (
        "我们今天收到了你们寄来的包裹，大家都非常高兴👍",
        "我们今天收到了你们寄来的包裹，大家都非常高兴👎",
        False,
    ),
}


@pytest.mark.parametrize(("a", "b", "answer"), LIMITS.values(), ids=LIMITS)
def test_known_limits_are_as_written_down(a: str, b: str, answer: bool) -> None:
    assert judge(a, b).variant == answer


MADE = {name: script for name, script in SCRIPTS.items() if script.words}

#: Bands for 100,000 paragraphs, so that little input is looked up as much input is.
RECIPE = dedup.Recipe.choose(0.8, 0.99, count=100_000)


def _written(script: Script, chosen: list[str]) -> str:
    """Write words as a paragraph: sentences of a dozen words."""
    sentences = (script.joint.join(chosen[k : k + 12]) for k in range(0, len(chosen), 12))
    return script.end.join(sentences) + script.end


def _pairs(
    script: Script, count: int, rng: random.Random, *, replaced: bool
) -> tuple[list[str], list[str]]:
    """Draw paragraphs and edited copies of them, from hardly edited to a similarity below 0.8.

    replaced: single words are replaced, all over; else one to three neighbours at a time are
    replaced, taken out, moved or have others put beside them.
    """
    vocabulary = script.words.split()
    weights = [1.0 / (rank + 8.0) for rank in range(len(vocabulary))]

    def drawn(some: int) -> list[str]:
        return rng.choices(vocabulary, weights, k=some)

    texts, copies = [], []
    for _ in range(count):
        chosen = drawn(rng.randint(30, 70))
        texts.append(_written(script, chosen))
        left = rng.uniform(0.02, 0.25) * len(chosen)
        if replaced:
            for at in rng.sample(range(len(chosen)), max(1, round(left))):
                chosen[at] = drawn(1)[0]
        while not replaced and left > 0:
            some, at = rng.randint(1, 3), rng.randrange(len(chosen))
            taken = chosen[at : at + some]
            chosen[at : at + some] = rng.choice([[], drawn(some), [*taken, *drawn(some)]])
            left -= some
        copies.append(_written(script, chosen))
    return texts, copies


@pytest.mark.parametrize("replaced", [True, False], ids=["single words replaced", "any edits"])
@pytest.mark.parametrize("script", MADE.values(), ids=MADE)
def test_the_recall_is_that_of_latin(script: Script, replaced: bool) -> None:
    texts, copies = _pairs(script, 700, random.Random(11), replaced=replaced)
    count = len(texts)
    compared = []

    def note(stage: str, done: int, total: int) -> None:
        if stage == "compare" and done == total:
            compared.append(total)

    found = dedup.find([*texts, *copies], recipe=RECIPE, variants="remove", progress=note)
    here = np.arange(count)
    alike = compare_texts([*texts, *copies], here, count + here, "words") >= 0.8
    assert alike.sum() > 0.8 * count
    assert found.kept[:count].all()
    gone = alike & ~found.kept[count:]
    assert (found.match[count:][gone] == here[gone]).all()
    escaped = found.kept[count:][alike].mean()
    # The promise, and three standard errors.
    assert escaped <= 0.01 + 3.0 * math.sqrt(0.01 * 0.99 / alike.sum())
    # Strangers share characters; few of them are compared, and none is left out for being many.
    assert sum(compared) < 2 * len(found.kept)
    assert found.uncompared < 2 * len(found.kept)
