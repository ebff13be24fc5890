"""Variants: which differences carry other facts. All examples are the project's own prose."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import fit_judge
from dedup import kernel
from dedup.core.similarity import similarity
from dedup.core.tokens import lay_out, words
from dedup.core.variants import are_variants, judge, judge_of
from dedup.core.weights import READINGS
from tests.support import plain_judge
from tests.support.judged import COPIES, LIMITS, VARIANTS
from tests.support.laws import DevSet
from tests.support.places import DEV
from tests.support.scripts import SCRIPTS


@pytest.mark.parametrize(("a", "b"), VARIANTS.values(), ids=VARIANTS)
def test_other_facts_make_a_variant(a: str, b: str) -> None:
    assert judge(a, b).variant
    assert similarity(a, b) >= 0.75


@pytest.mark.parametrize(("a", "b"), COPIES.values(), ids=COPIES)
def test_edits_leave_a_copy(a: str, b: str) -> None:
    assert not judge(a, b).variant
    assert similarity(a, b) >= 0.75


@pytest.mark.parametrize(("a", "b", "answer"), LIMITS.values(), ids=LIMITS)
def test_known_limits_are_as_written_down(a: str, b: str, answer: bool) -> None:
    assert judge(a, b).variant == answer


EXAMPLES = [*VARIANTS.values(), *COPIES.values(), *((a, b) for a, b, _ in LIMITS.values())]


def _all_at_once(pairs: list[tuple[str, str]], tokens: str = "words") -> list[bool]:
    texts = [text for pair in pairs for text in pair]
    left = np.arange(len(pairs)) * 2
    return [bool(answer) for answer in are_variants(texts, left, left + 1, tokens)]


def test_a_batch_says_what_single_pairs_say() -> None:
    expected = [judge(a, b).variant for a, b in EXAMPLES]
    assert _all_at_once(EXAMPLES) == expected


# Words of every sort, among words that stay.
_SORTS = (
    *("river", "rivers", "rover", "station", "nation", "stationary", "encode", "decode", "ox", "a"),
    *("the", "of", "this", "is", "mb", "3", "3,000", "3000", "03", "7", "12", "3.4", "20mb", "l2"),
    *("not", "no", "don't", "isn't", "is not", "cannot", "Rome", "Paris", "(b)", "(c)", "v2"),
    *("cache_dir", "`temp`", "[x](http://a.b/c)", "[x](http://a.b/d)", 'href="/e"', "naïve", "für"),
    *("日本", "двор", "дворы", "١٢", "ﬁne", "co-op", "coop", "x.y", "A", "1:30", "end. Then"),
)
_FIXED = ("while", "many", "small", "boats", "went", "down", "towards", "towns", "beyond", "hills")


@st.composite
def _edited(draw: st.DrawFn) -> tuple[str, str]:
    """Two texts of fixed words, with words of every sort in some places of either."""
    sides = []
    places = draw(st.lists(st.integers(0, len(_FIXED)), min_size=1, max_size=6))
    for _ in range(2):
        words = list(_FIXED)
        for place in sorted(places, reverse=True):
            words[place:place] = draw(st.lists(st.sampled_from(_SORTS), max_size=3))
        sides.append(" ".join(words))
    return sides[0], sides[1]


def _read_by_the_kernel(a: str, b: str, noisy: bool) -> tuple[list[plain_judge.Stretch], list[int]]:
    tokens = "chars" if noisy else "words"
    found = kernel.judge_whole(
        lay_out([a, b], places=True), judge_of(tokens), np.array([0]), np.array([1])
    )
    stretches = [
        plain_judge.Stretch((i, i_end), (j, j_end), reading)
        for (i, i_end, j, j_end), reading in zip(
            found.stretches.tolist(), found.readings.tolist(), strict=True
        )
    ]
    return stretches, found.features[0].tolist()


def _reads_as_plainly(a: str, b: str, noisy: bool) -> None:
    stretches, features = _read_by_the_kernel(a, b, noisy)
    assert stretches == plain_judge.read(a, b, noisy)
    assert features == plain_judge.features(a, b, noisy)


@settings(max_examples=400)
@given(_edited(), st.booleans())
def test_made_pairs_are_read_as_plainly(pair: tuple[str, str], noisy: bool) -> None:
    _reads_as_plainly(*pair, noisy)


def test_examples_are_read_as_plainly() -> None:
    own = fit_judge.own_pairs()
    for pair in own:
        for noisy in (False, True):
            _reads_as_plainly(pair.a, pair.b, noisy)


@pytest.mark.parametrize("noisy", [False, True])
def test_real_pairs_are_read_as_plainly(real: DevSet, noisy: bool) -> None:
    draw = np.random.default_rng(1).permutation(len(real.pairs))[:300]
    for i, j, _ in (real.pairs[k] for k in draw.tolist()):
        _reads_as_plainly(real.texts[i], real.texts[j], noisy)


@pytest.mark.parametrize("size", [3, 62, 63, 64, 65, 66, 200])
def test_words_of_any_length_are_alike_as_plainly(size: int) -> None:
    one = "ab" * size
    for other in (one[:-1], one + "x", one[:9] + "z" + one[9:], one[:5] + one[8:], f"{one}7", "c"):
        for form in (one, one.capitalize(), f"`{one}`"):
            _reads_as_plainly(f"so {form} it", f"so {other} it", False)


def test_words_of_all_scripts_are_alike_as_plainly() -> None:
    draw = np.random.default_rng(5)
    for script in SCRIPTS.values():
        forms = sorted({word for text in script.paragraphs for word in words(text)})
        for one in forms:
            letters = list(one)
            if len(letters) > 2:
                k = int(draw.integers(len(letters) - 1))
                letters[k], letters[k + 1] = letters[k + 1], letters[k]
            for other in (forms[int(draw.integers(len(forms)))], "".join(letters), one[:-1] + "a"):
                _reads_as_plainly(f"so {one} it", f"so {other} it", False)


def test_the_readings_stand_in_the_order_of_the_kernel() -> None:
    header = Path(kernel.__file__).with_name("kernel.h").read_text(encoding="utf-8")
    listed = re.findall(r"^    DEDUP_(\w+)(?: = DEDUP_READINGS)?,? ", header, flags=re.MULTILINE)
    begin = listed.index("SPELLING")
    assert listed[begin + kernel.READINGS] == "BIAS"
    assert len(READINGS) == kernel.READINGS == listed.index("BIAS") - begin
    assert READINGS[listed.index("NEGATED") - begin].name == "negated"
    assert READINGS[listed.index("ADDED_LONG") - begin].name == "passage added or removed"
    end = listed.index("LENGTH")
    assert end - begin + 1 == kernel.FEATURES


NOISE = {
    "a name is misread": (
        "old Mr. Harrington came to the quay",
        "old Mr. Harringlou came to the quay",
    ),
    "two words are misread as one": (
        "over the mountain road he went",
        "over thc rnountainroad he went",
    ),
    "a digit is misread as a letter": ("in 1815 he sailed home", "in l8l5 he sailed home"),
}


@pytest.mark.parametrize(("a", "b"), NOISE.values(), ids=NOISE)
def test_a_misreading_is_no_variant_of_noisy_text(a: str, b: str) -> None:
    assert not judge(a, b, "chars").variant


def test_other_facts_are_variants_of_noisy_text_too() -> None:
    a, b = "in 1815 Harrington sailed home", "in 1816 Harrington sailed home"
    assert judge(a, b, "chars").variant
    assert judge(a, b.replace("6", "5").replace("Harrington", "Bellweather"), "chars").variant


def test_the_answer_does_not_depend_on_order() -> None:
    for a, b in EXAMPLES:
        one, other = judge(a, b), judge(b, a)
        assert (one.variant, one.reason) == (other.variant, other.reason)
        assert [d.before for d in one.differences] == [d.after for d in other.differences]


def test_the_answer_does_not_depend_on_neighbours() -> None:
    # What stands before a text in its batch must not lend it a sentence, a number or a link.
    for before in ("", "3.", "and", "see [it](/", "x" * 70, "«", "é", "\n\n", "`"):
        for a, b in EXAMPLES[:20] + EXAMPLES[-25:]:
            answer = are_variants([before, a, before, b], np.array([1]), np.array([3]))
            assert answer.tolist() == [judge(a, b).variant]


def test_many_pairs_are_split_without_harm() -> None:
    texts = [f"The house with the number {n} in this street was sold last year." for n in range(60)]
    left, right = (np.concatenate(each) for each in (np.triu_indices(60), np.tril_indices(60)))
    assert are_variants(texts, left, right).tolist() == (left != right).tolist()


def test_texts_too_long_to_align_are_compared_where_they_differ() -> None:
    head = " ".join(f"word{n}" for n in range(40_000))
    assert judge(f"{head} see release 3.4 of it", f"{head} see release 3.5 of it").variant
    other = " ".join(f"term{n}" for n in range(40_000))
    assert judge(f"{head} a", f"{other} b").differences[0].rule == "rewritten at length"


def test_nothing_asked_nothing_answered() -> None:
    none = np.empty(0, dtype=np.int64)
    assert are_variants([], none, none).tolist() == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("a version is another", "number replaced"),
        ("a town is another", "name replaced"),
        ("a snake-case name is another", "identifier replaced"),
        ("a plain noun is another", "word replaced"),
        ("the same noun is replaced everywhere", "the same substitution recurs"),
        ("a sentence is negated", "negated"),
    ],
)
def test_the_reason_names_the_rule(name: str, rule: str) -> None:
    assert judge(*VARIANTS[name]).reason == rule


def test_the_differences_are_as_written() -> None:
    difference = judge(
        "Set the `cacheDir` of your site to a folder on Disk Seven before building.",
        "Set the `tempDir` of your site to a folder on Disk Seven before Building.",
    ).differences
    assert [(d.before, d.after, d.rule) for d in difference] == [
        ("cacheDir", "tempDir", "identifier replaced")
    ]


@given(st.text(), st.text())
def test_any_two_texts_get_an_answer(a: str, b: str) -> None:
    assert judge(a, b).variant == judge(b, a).variant == _all_at_once([(a, b)])[0]


@given(
    st.text("aA 0.,\n`'tn不の\u0301é", max_size=40), st.text("aA 0.,\n`'tn不の\u0301é", max_size=40)
)
def test_any_two_like_texts_get_an_answer(a: str, b: str) -> None:
    assert judge(a, b).variant == judge(b, a).variant == _all_at_once([(a, b)])[0]


@given(st.text())
def test_a_text_is_no_variant_of_itself(text: str) -> None:
    assert not judge(text, text).variant


@pytest.fixture(scope="module")
def study() -> fit_judge.Study:
    if not (DEV / fit_judge.JUDGED).exists():
        pytest.skip("the judged pairs are not here")
    return fit_judge.Study(DEV)


def test_judged_pairs_of_other_sources_are_told_apart(study: fit_judge.Study) -> None:
    told = fit_judge.accuracy(study.judged, study.probabilities(study.fitted()))
    assert told.balanced >= 0.85
    assert min(told.variants_right, told.copies_right) >= 0.78


def test_the_weights_in_force_are_those_of_the_fit(study: fit_judge.Study) -> None:
    assert fit_judge.is_in_force(study.fitted())


def test_older_judged_pairs_are_told_apart(study: fit_judge.Study) -> None:
    older = slice(len(study.judged), None)
    told = fit_judge.accuracy(study.pairs[older], study.in_force()[older])
    # Of 109 pairs the rules that were written by hand told eight wrong.
    wrong = told.variants * (1 - told.variants_right) + told.copies * (1 - told.copies_right)
    assert round(wrong) <= 8


def test_probabilities_are_calibrated(study: fit_judge.Study) -> None:
    probability = study.probabilities(study.fitted())
    variant = np.array([pair.variant for pair in study.judged])
    apart = 0.0
    for low in (0.0, 0.25, 0.5, 0.75):
        some = (probability >= low) & (probability < low + 0.25)
        apart += some.mean() * abs(probability[some].mean() - variant[some].mean())
    assert apart < 0.06
