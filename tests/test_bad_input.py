"""Bad input: a clear message or a defined result, and never a hang."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import dedup
from dedup.stages import LONGEST
from tests.support.laws import BANDED, check_sound, template

FERRY = "the old chain ferry crosses the river at seven every morning"
PLACED = dedup.Paragraph(FERRY, "a.txt")

WRONG_PARAGRAPHS: dict[str, tuple[object, str]] = {
    "a number among texts": ([FERRY, 5], r"paragraphs\[1\] is a int; it must be a str"),
    "None among texts": ([FERRY, FERRY, None], r"paragraphs\[2\] is a NoneType"),
    "bytes among texts": ([b"ferry"], r"paragraphs\[0\] is a bytes"),
    "a float among texts": ([FERRY, float("nan")], r"paragraphs\[1\] is a float"),
    "a Paragraph among texts": ([FERRY, PLACED], r"paragraphs\[1\] is a Paragraph.*all must be"),
    "a text among Paragraphs": ([PLACED, FERRY], r"paragraphs\[0\] is a Paragraph"),
    "a Paragraph without a text": ([dedup.Paragraph(None)], r"paragraphs\[0\] is a NoneType"),  # type: ignore[arg-type]
    "a list among texts": ([[FERRY]], r"paragraphs\[0\] is a list"),
    "one text instead of a list": (FERRY, "paragraphs is one str.*dedup.paragraphs"),
    "one text of bytes": (FERRY.encode(), "paragraphs is one bytes"),
}


@pytest.mark.parametrize(("paragraphs", "message"), WRONG_PARAGRAPHS.values(), ids=WRONG_PARAGRAPHS)
def test_not_texts(paragraphs: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        dedup.find(paragraphs)


@pytest.mark.parametrize("paragraphs", [None, 5, {FERRY}], ids=["None", "5", "a set"])
def test_not_a_sequence(paragraphs: Any) -> None:
    with pytest.raises(TypeError, match="paragraphs is "):
        dedup.find(paragraphs)


WRONG_OPTIONS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "threshold 0": ({"threshold": 0}, ValueError, "threshold is 0; it must be above 0"),
    "threshold below 0": ({"threshold": -0.5}, ValueError, "threshold is -0.5"),
    "threshold 2": ({"threshold": 2}, ValueError, "threshold is 2; .* at most 1"),
    "threshold not a number": ({"threshold": float("nan")}, ValueError, "threshold is nan"),
    "threshold a text": ({"threshold": "x"}, TypeError, "threshold is 'x'; it must be a number"),
    "threshold None": ({"threshold": None}, TypeError, "threshold is None"),
    "threshold a truth value": ({"threshold": True}, TypeError, "threshold is True"),
    "recall 0": ({"recall": 0}, ValueError, "recall is 0; it must be above 0"),
    "recall 1.01": ({"recall": 1.01}, ValueError, "recall is 1.01"),
    "recall not a number": ({"recall": float("nan")}, ValueError, "recall is nan"),
    "recall a text": ({"recall": "all"}, TypeError, "recall is 'all'"),
    "min_tokens below 0": ({"min_tokens": -1}, ValueError, "min_tokens is -1; it must be from 0"),
    "min_tokens a float": ({"min_tokens": 8.0}, TypeError, "min_tokens is 8.0"),
    "an unknown kind of token": (
        {"tokens": "foo"},
        ValueError,
        "'foo'; it must be one of 'words', 'chars'",
    ),
    "no worker": ({"workers": 0}, ValueError, "workers is 0; it must be 1 or more"),
    "half a worker": ({"workers": 1.5}, TypeError, "workers is 1.5"),
    "a rank too short": ({"rank": [1]}, ValueError, r"rank has shape \(1,\); .* each of 2"),
    "a rank of two columns": ({"rank": [[1, 2], [3, 4]]}, ValueError, r"rank has shape \(2, 2\)"),
    "one number for a rank": ({"rank": 3}, ValueError, r"rank has shape \(\)"),
    "a rank with NaN": ({"rank": [1.0, float("nan")]}, ValueError, "rank holds float64 values or"),
    "a rank of texts": ({"rank": ["a", "b"]}, ValueError, "rank holds <U1 values"),
    "a rank of None": ({"rank": [None, 1]}, ValueError, "rank holds object values"),
    "a function giving a rank too long": (
        {"rank": lambda paragraphs: [1, 2, 3]},
        ValueError,
        r"rank has shape \(3,\)",
    ),
}


@pytest.mark.parametrize(("options", "error", "message"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_options_out_of_bounds(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        dedup.find([FERRY, FERRY], **options)


WITHIN_BOUNDS: dict[str, tuple[dict[str, Any], list[int]]] = {
    "threshold 1 finds equal words alone": ({"threshold": 1}, [0, 1, 0, 3, 4, 5]),
    "the least threshold finds a word in common": ({"threshold": 1e-9}, [0, 0, 0, 3, 4, 5]),
    "recall 1 compares all": ({"recall": 1.0}, [0, 0, 0, 3, 4, 5]),
    "the least recall": ({"recall": 1e-9}, [0, 0, 0, 3, 4, 5]),
    "min_tokens 0 lets short ones compete": ({"min_tokens": 0}, [0, 0, 0, 3, 3, 5]),
    "min_tokens 1 too": ({"min_tokens": 1}, [0, 0, 0, 3, 3, 5]),
    "min_tokens beyond all": ({"min_tokens": 10**6}, [0, 1, 2, 3, 4, 5]),
    "a threshold of numpy": ({"threshold": np.float32(0.8)}, [0, 0, 0, 3, 4, 5]),
    "more workers than texts": ({"workers": 3}, [0, 0, 0, 3, 4, 5]),
}


@pytest.mark.parametrize(("options", "match"), WITHIN_BOUNDS.values(), ids=WITHIN_BOUNDS)
def test_options_at_their_bounds(options: dict[str, Any], match: list[int]) -> None:
    texts = [FERRY, FERRY + " again", FERRY.title(), "Read more", "read more!", "* * *"]
    found = dedup.find(texts, **options)
    assert found.match.tolist() == match


@pytest.mark.parametrize("workers", [1, 2])
def test_numbers_of_numpy_are_numbers(workers: int) -> None:
    options: dict[str, Any] = {"threshold": np.float32(0.8), "recall": np.float32(1.0)}
    found = dedup.find([FERRY, FERRY + " again"], workers=workers, **options)
    assert found.match.tolist() == [0, 0]


@pytest.mark.parametrize("recipe", [None, BANDED], ids=["pairs", "bands"])
@pytest.mark.parametrize("workers", [1, 2])
def test_an_empty_list(recipe: dedup.Recipe | None, workers: int) -> None:
    for tokens in ("words", "chars"):
        found = dedup.find([], tokens=tokens, recipe=recipe, workers=workers)
        assert len(found.kept) == len(found.match) == 0
        assert (found.groups(), found.runs(), found.to_dicts()) == ([], [], [])
        assert found.to_datasketch() == []
    assert dedup.find(()).uncompared == 0


NOTHING = {
    "empty texts": ["", "", ""],
    "white space": [" ", "\n\t", "\u3000"],
    "symbols": ["* * *", "***", "—"],
    "NUL": ["\x00", "\x00\x00", "\x00"],
    "lone surrogates": ["\ud800", "\udfff", "\ud800"],
    "what nobody sees": ["\u200d", "\ufeff", "\u00ad"],
}


@pytest.mark.parametrize("texts", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("recipe", [None, BANDED], ids=["pairs", "bands"])
@pytest.mark.parametrize("tokens", ["words", "chars"])
def test_texts_without_a_word_are_kept(
    texts: list[str], recipe: dedup.Recipe | None, tokens: str
) -> None:
    for given in (texts, [*texts, FERRY, FERRY]):
        found = dedup.find(given, tokens=tokens, recipe=recipe, min_tokens=0)
        assert found.kept[:3].all()
        assert found.match[:3].tolist() == [0, 1, 2]
        assert found.kind[:3].tolist() == [0, 0, 0]
        if len(given) > 3:
            assert found.match[3:].tolist() == [3, 3]


ODD = {
    "a NUL between words": FERRY.replace(" ", "\x00"),
    "a lone surrogate between words": FERRY.replace(" ", "\ud834"),
    "a surrogate at the end": FERRY + "\udc00",
    "line ends of all kinds": FERRY.replace(" ", "\r\n\x0b\x0c\x85\u2028"),
    "a byte-order mark": "\ufeff" + FERRY,
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("workers", [1, 2])
def test_odd_characters_part_words_or_are_not_seen(odd: str, workers: int) -> None:
    for recipe in (None, BANDED):
        found = dedup.find([FERRY, odd], recipe=recipe, workers=workers)
        assert found.kind.tolist() == [dedup.Kind.UNIQUE, dedup.Kind.EXACT]
    assert dedup.find([FERRY, odd], tokens="chars").match.tolist() == [0, 0]


def test_subclasses_of_str_are_texts() -> None:
    texts = [type("Text", (str,), {})(FERRY), np.str_(FERRY)]
    assert dedup.find(texts, workers=2).match.tolist() == [0, 0]


def timed(seconds: float) -> Iterator[None]:
    """Fail where the test takes longer; the bounds are for hangs and squares, not for speed."""
    start = time.monotonic()
    yield
    taken = time.monotonic() - start
    assert taken < seconds, f"took {taken:.0f} seconds"


@pytest.fixture
def seconds() -> Iterator[None]:
    yield from timed(300)


@pytest.mark.usefixtures("seconds")
@pytest.mark.parametrize("recipe", [None, BANDED], ids=["pairs", "bands"])
def test_paragraphs_of_two_megabytes(recipe: dedup.Recipe | None) -> None:
    # A quarter of a million words, of which the second text changes one in the middle.
    block = " ".join(f"w{k:06d}" for k in range(130_000)) + "\n"
    huge = block * 2
    edited = block + "other " + block
    assert 2_000_000 < len(huge) < len(edited) <= LONGEST
    found = dedup.find(
        [huge, edited, "a text of eight or more words that stands alone"], recipe=recipe
    )
    assert found.match.tolist() == [0, 0, 2]
    assert found.similarity[1] == np.float32(520_000 / 520_001)
    assert found.uncompared == 0


@pytest.mark.usefixtures("seconds")
@pytest.mark.parametrize("recipe", [None, BANDED], ids=["pairs", "bands"])
def test_longer_paragraphs_are_copies_only_to_the_word(recipe: dedup.Recipe | None) -> None:
    block = " ".join(f"w{k:06d}" for k in range(125_000)) + "\n"
    texts = [block * 12, block * 6 + "other " + block * 6, block * 12 + " ", FERRY]
    assert len(texts[0]) >= 12_000_000
    found = dedup.find(texts, recipe=recipe)
    assert found.match.tolist() == [0, 1, 0, 3]
    assert found.uncompared >= 1


@pytest.mark.usefixtures("seconds")
def test_long_paragraphs_of_other_words_are_not_compared_but_counted() -> None:
    draw = np.random.default_rng(1)
    texts = [" ".join(map(str, draw.integers(0, 1000, 400_000).tolist())) for _ in range(2)]
    found = dedup.find(texts)
    assert found.kept.all()
    assert found.uncompared == 1


@pytest.mark.usefixtures("seconds")
def test_a_word_of_ten_megabytes() -> None:
    texts = [FERRY + " " + "x" * 10**7, FERRY + " " + "x" * (10**7 - 1), FERRY + " x" * 10**5]
    found = dedup.find([*texts, texts[0]])
    assert found.match.tolist() == [0, 1, 2, 0]
    assert found.uncompared >= 1
    near = dedup.find([FERRY + " " + "x" * 10**6, FERRY + " " + "x" * (10**6 - 1)])
    assert near.match.tolist() == [0, 0]
    assert near.kind[1] == dedup.Kind.NEAR


@pytest.mark.usefixtures("seconds")
def test_ten_thousand_copies_of_one_paragraph() -> None:
    # To the letter, and with spacing and case of their own.
    for texts in ([FERRY] * 10_000, [FERRY.replace(" ", " " * (k + 1)) for k in range(1000)] * 10):
        found = dedup.find(texts)
        assert found.match.tolist() == [0] * 10_000
        assert found.uncompared == 0
        assert len(found.groups()[0].copies) == 9_999
        assert found.runs() == []


@pytest.mark.usefixtures("seconds")
def test_variants_of_a_template_within_threshold() -> None:
    texts = [template(k, words=30, changed=2) for k in range(2000)]
    found = dedup.find(texts, variants="remove")
    assert found.kept.sum() < 400
    check_sound(found, texts)
    check_sound(dedup.find(texts), texts)


@pytest.mark.usefixtures("seconds")
def test_variants_of_a_template_beyond_threshold() -> None:
    # All share most of their words and none is a copy: hot buckets full of kept paragraphs.
    texts = [template(k, words=30, changed=8) for k in range(2000)]
    assert dedup.similarity(texts[0], texts[1]) < 0.8
    found = dedup.find(texts)
    assert found.kept.all()
    assert found.uncompared > 0


@pytest.mark.usefixtures("seconds")
def test_the_words_of_one_paragraph_in_random_order() -> None:
    draw = random.Random(2)
    words = [f"w{k}" for k in range(40)]
    texts = [" ".join(draw.sample(words, 40)) for _ in range(2000)]
    found = dedup.find(texts)
    assert found.kept.sum() > 1900
    check_sound(found, texts)


@pytest.mark.usefixtures("seconds")
def test_a_million_empty_paragraphs() -> None:
    found = dedup.find([""] * 1_000_000)
    assert found.kept.all()


def test_one_word_a_thousand_times_over() -> None:
    texts = ["ha " * 1000, "ha " * 900, "ha " * 1001, "ho " * 1000]
    for recipe in (None, BANDED):
        assert dedup.find(texts, recipe=recipe).match.tolist() == [0, 0, 0, 3]
