"""Bugs that other deduplicators had, one test each; the sentence says what went wrong there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash

import dedup
from dedup.core import sketch
from tests.core.test_minhash import by_datasketch, ours
from tests.support import brute
from tests.support.laws import BANDED, band_keys, check_identical, cut, template
from tests.test_search import corpus

FERRY = "the old chain ferry crosses the river at seven every morning"
BOTH: list[dedup.Recipe | None] = [None, BANDED]


def minimum_of_words_switches_everything_off() -> None:
    """dolma."""
    texts = ["short one", FERRY, FERRY + " again", "short one"]
    for minimum in (0, 1, 5, 8, 11):
        for recipe in (None, dedup.Recipe(min_tokens=minimum)):
            found = dedup.find(texts, min_tokens=minimum, recipe=recipe)
            assert found.match[2] == 1
            assert found.match[3] == (0 if minimum <= 2 else 3)


def a_size_is_used_as_a_mask_instead_of_a_modulus() -> None:
    """datatrove's Bloom filter. Low bits get lost, and strangers share a place."""
    draw = np.random.default_rng(1).integers(0, 2**32, (3, 20_000)).astype(np.uint32)
    keys = band_keys(draw, 1, 3)[0]
    # Of random keys of 32 bits 0.05 pairs are expected to collide.
    assert len(np.unique(keys)) >= 19_998
    for bit in range(32):
        assert 0.45 < (keys >> np.uint32(bit) & np.uint32(1)).mean() < 0.55


def texts_without_a_shingle_form_one_cluster() -> None:
    """datasketch, rensa, text-dedup: two empty signatures have a Jaccard index of 1."""
    texts = ["", "* * *", "—", "", "?"]
    for recipe in (None, dedup.Recipe(min_tokens=0)):
        found = dedup.find([*texts, FERRY], min_tokens=0, recipe=recipe)
        assert found.kept.all()
        assert found.groups() == []


def a_text_shorter_than_a_shingle_raises() -> None:
    """akin."""
    for tokens, width in (("words", 8), ("chars", 8)):
        recipe = dedup.Recipe(tokens=tokens, width=width, min_tokens=0)
        for texts in ([""], ["a"], ["a b"], ["", "a", "", "b c"]):
            assert dedup.signatures(texts, recipe).shape == (len(texts), 96)
            assert dedup.find(texts, recipe=recipe).kept.all()


def a_text_shorter_than_a_shingle_is_not_found_though_identical() -> None:
    """datatrove."""
    recipe = dedup.Recipe(width=8, min_tokens=1)
    assert dedup.find(["read more", "Read more!"], recipe=recipe).match.tolist() == [0, 0]
    assert dedup.find(["read", "read"], min_tokens=1).match.tolist() == [0, 0]


def short_rows_vanish_from_the_output() -> None:
    """text-dedup."""
    texts = ["", "a", FERRY, "b c", FERRY, "***"]
    found = dedup.find(texts)
    assert [row["position"] for row in found.to_dicts()] == list(range(6))
    assert found.kept.tolist() == [True, True, True, True, False, True]


def halves_of_a_component_that_are_not_alike_stay_merged() -> None:
    """text-dedup. a ~ b ~ c, and c goes though it is unlike a."""
    words = [f"w{k}" for k in range(32)]
    a, b, c = (" ".join(words[4 * k : 4 * k + 24]) for k in range(3))
    for recipe in BOTH:
        found = dedup.find([a, b, c], recipe=recipe)
        assert found.match.tolist() == [0, 0, 2]
        for k in np.flatnonzero(~found.kept).tolist():
            assert dedup.similarity([a, b, c][k], [a, b, c][int(found.match[k])]) >= 0.8


def what_one_call_saw_leaks_into_the_next() -> None:
    """trafilatura: a process-wide cache."""
    dedup.find([FERRY, FERRY])
    assert dedup.find([FERRY]).kept.all()
    other = corpus(450)
    first = dedup.find(other)
    dedup.find(other, threshold=0.5, tokens="chars")
    check_identical(first, dedup.find(other))


def hash_seeds_are_random_in_each_run() -> None:
    """dolma, BFF."""
    program = (
        "import dedup; print(dedup.signatures(['the old chain ferry']).tolist(),"
        f" dedup.find({corpus(60)!r}, recipe=dedup.Recipe()).match.tolist())"
    )
    root = str(Path(dedup.__file__).parent.parent)
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    assert printed.pop().startswith(b"[[")


def threshold_1_crashes() -> None:
    """datasketch."""
    texts = [FERRY, FERRY.upper(), FERRY + " again"]
    for recipe in BOTH:
        found = dedup.find(texts, threshold=1.0, recipe=recipe)
        assert found.match.tolist() == [0, 0, 2]
        assert found.kind.tolist() == [0, 1, 0]


def spans_of_bytes_cut_characters() -> None:
    """Google's suffix arrays. Spans are of characters here, and words keep theirs whole."""
    from dedup.core.tokens import spans, words

    text = "Straße «naïve» 日本 𐐀𐐨 fin"
    assert [text[a:b] for a, b, _ in spans(text)] == [
        "Straße", "naïve", "日", "本", "𐐀𐐨", "fin",
    ]  # fmt: skip
    assert words(text) == ["strasse", "naïve", "日", "本", "𐐨𐐨", "fin"]


def the_worker_that_comes_first_breaks_ties() -> None:
    """mcrit. Of equally similar kept paragraphs the first is named, whoever is asked."""
    base = FERRY.split()
    texts = [
        " ".join(["x1", "x2", "x3", *base]),
        " ".join([*base, "y1", "y2", "y3"]),
        " ".join(base),
    ]
    assert dedup.similarity(texts[0], texts[2]) == dedup.similarity(texts[1], texts[2])
    for recipe in BOTH:
        for workers in (1, 2):
            found = dedup.find(texts, 0.82, recipe=recipe, workers=workers)
            assert found.match.tolist() == [0, 1, 0]


def one_footer_costs_the_square() -> None:
    """text-dedup, near-dupes: 20,000 pages with one footer made 200 million pairs."""
    compared = 0

    def count(name: str, done: int, total: int) -> None:
        nonlocal compared
        compared += name == "compare" and done == total and total

    exact = dedup.find([FERRY] * 20_000, progress=count)
    assert exact.groups()[0].copies.tolist() == list(range(1, 20_000))
    assert compared == 0
    pages = [template(k, changed=1) for k in range(3000)]
    near = dedup.find(pages, progress=count, variants="remove")
    assert near.kept.sum() == 1
    assert compared < 64 * 3000


def what_was_just_inserted_is_found_as_its_own_copy() -> None:
    """DCLM's BFF."""
    for recipe in BOTH:
        found = dedup.find([FERRY], recipe=recipe)
        assert found.kept.tolist() == [True]
        found = dedup.find([FERRY, FERRY], recipe=recipe)
        assert found.kept.tolist() == [True, False]


def ids_get_lost_on_the_way() -> None:
    """datatrove. Positions are those of the input, duplicates and short ones between them."""
    texts = ["", FERRY, "a", FERRY, "", FERRY + " again", "b"]
    for recipe in BOTH:
        found = dedup.find(texts, recipe=recipe, rank=[0, 9, 0, 3, 0, 5, 0])
        assert found.match.tolist() == [0, 3, 2, 3, 4, 3, 6]


def keys_of_a_band_are_sums_that_forget_the_order() -> None:
    """datasketch's LSHBloom."""
    rows = np.array([[1, 2, 3], [3, 2, 1], [2, 1, 3], [6, 0, 0], [2, 2, 2]], dtype=np.uint32).T
    assert len(set(band_keys(rows, 1, 3)[0].tolist())) == 5


def the_same_rows_in_another_band_are_the_same_key() -> None:
    """Band numbers left out: one band's bucket takes another's members."""
    rows = np.array([[1, 2, 3, 1, 2, 3]], dtype=np.uint32).T
    assert len(set(band_keys(rows, 2, 3)[:, 0].tolist())) == 2


def integers_overflow_before_the_modulus() -> None:
    """spark-lshbloom. Values at the top of their range are sketched and counted as datasketch."""
    tops = [2**32 - 1, 2**31, 2**31 - 1, 0]
    assert ours([tops], 64, 1) == by_datasketch([tops], 64, 1)
    # A count of places is of eight bits; it must not wrap.
    for permutations in (96, 255, 256, 510, 512, 4096):
        zeros = np.zeros((permutations, 1), dtype=np.uint32)
        same = cut(zeros, 0, 1, sketch.sketch_words(permutations)).sketches
        assert sketch.agreement(same, same)[0] == 16 * same.shape[1]


def signatures_of_another_scheme_are_taken() -> None:
    """datasketch: an index outside the process mixes hash schemes in silence."""
    (ours,) = dedup.find([FERRY], recipe=BANDED).to_datasketch()
    other = MinHash(num_perm=96, seed=1, scheme="affine64", hashfunc=lambda value: value)
    other.update(1)
    with pytest.raises(ValueError, match="scheme"):
        ours.jaccard(LeanMinHash(other))
    with pytest.raises(dedup.RecipeMismatch, match="seed"):
        BANDED.require(dedup.Recipe(seed=2))


def copies_inside_one_batch_are_kept() -> None:
    """spark-lshbloom: a batch was compared with what came before it alone."""
    texts = corpus(450)
    found = dedup.find([*texts, *texts])
    count = len(texts)
    long = [k for k, text in enumerate(texts) if len(brute.words(text)) >= 8]
    assert not found.kept[count:][long].any()
    assert found.match[: 2 * count].max() < 2 * count
    near = dedup.find([FERRY, FERRY + " again", FERRY + " and"], recipe=BANDED)
    assert near.match.tolist() == [0, 0, 0]


BUGS: list[Callable[[], None]] = [
    minimum_of_words_switches_everything_off,
    a_size_is_used_as_a_mask_instead_of_a_modulus,
    texts_without_a_shingle_form_one_cluster,
    a_text_shorter_than_a_shingle_raises,
    a_text_shorter_than_a_shingle_is_not_found_though_identical,
    short_rows_vanish_from_the_output,
    halves_of_a_component_that_are_not_alike_stay_merged,
    what_one_call_saw_leaks_into_the_next,
    hash_seeds_are_random_in_each_run,
    threshold_1_crashes,
    spans_of_bytes_cut_characters,
    the_worker_that_comes_first_breaks_ties,
    one_footer_costs_the_square,
    what_was_just_inserted_is_found_as_its_own_copy,
    ids_get_lost_on_the_way,
    keys_of_a_band_are_sums_that_forget_the_order,
    the_same_rows_in_another_band_are_the_same_key,
    integers_overflow_before_the_modulus,
    signatures_of_another_scheme_are_taken,
    copies_inside_one_batch_are_kept,
]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__.replace("_", " "))
def test_not_here(bug: Callable[[], None]) -> None:
    bug()
