"""An LSH of datasketch's is read into an index with its texts, and made of texts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from datasketch import MinHash, MinHashLSH

import dedup
from benchmarks.corpus import paragraphs
from dedup.index.datasketch import to_lsh
from tests.support.index_files import KEYS, TEXTS
from tests.support.index_model import names

RECIPE = dedup.Recipe.choose(count=1_000_000)


def foreign() -> MinHashLSH:
    """An LSH as datasketch's users make it: sets of words."""
    lsh = MinHashLSH(threshold=0.5, num_perm=128)
    for key, text in zip(KEYS, TEXTS, strict=True):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([word.encode() for word in text.split()])
        lsh.insert(key, sketch)
    return lsh


def counted(index: dedup.Index) -> list[tuple[str, int]]:
    """How often each was met; when, differs."""
    return [(met.key, met.count) for met in index.counts()]


def test_an_lsh_read_in_is_an_index_of_its_texts(tmp_path: Path) -> None:
    texts = paragraphs(600, seed=4, words=20).texts
    keys = names(600)
    lsh = to_lsh(texts, keys, RECIPE)
    path = tmp_path / "seen.db"
    with (
        dedup.Index.from_datasketch(
            lsh, dict(zip(keys, texts, strict=True)), path, workers=1
        ) as index,
        dedup.Index.from_paragraphs(texts, keys=keys, workers=1) as expected,
    ):
        assert counted(index) == counted(expected)
        assert 0 < len(index) < 600
        assert index.check() == []
    with dedup.Index(path) as index:
        assert index.query(texts[0]) == dedup.Match("p0", 1.0, dedup.Kind.EXACT)


@pytest.mark.parametrize("bands", [(10, 4), (2, 60)])
def test_bands_of_the_lsh_may_be_others_than_those_of_the_index(bands: tuple[int, int]) -> None:
    made = dedup.Recipe(permutations=128, bands=bands[0], rows=4, seed=RECIPE.seed)
    lsh = MinHashLSH(num_perm=128, params=bands)
    for key, sketch in zip(KEYS, dedup.find(TEXTS, recipe=made).to_datasketch(), strict=True):
        lsh.insert(key, sketch)
    with dedup.Index.from_datasketch(lsh, dict(zip(KEYS, TEXTS, strict=True))) as index:
        assert index.recipe == RECIPE
        assert [m.key for m in index.counts()] == KEYS[:3]


def test_an_lsh_made_of_texts_answers_as_datasketch_does() -> None:
    lsh = to_lsh(TEXTS, KEYS, RECIPE)
    (sketch,) = dedup.find([TEXTS[3]], recipe=RECIPE).to_datasketch()
    assert sorted(lsh.query(sketch)) == KEYS[2:]
    assert (lsh.h, lsh.b, lsh.r) == (RECIPE.permutations, RECIPE.bands, RECIPE.rows)
    with pytest.raises(ValueError, match="the recipe has no bands"):
        to_lsh(TEXTS, KEYS, dedup.Recipe(bands=0))


def test_signatures_that_are_not_those_of_the_texts_are_refused() -> None:
    texts = dict(zip(KEYS, TEXTS, strict=True))
    lsh = to_lsh(TEXTS, KEYS, RECIPE)
    with pytest.raises(ValueError, match=r"signatures of 1 of 4 keys .* that of 'page#3'"):
        dedup.Index.from_datasketch(lsh, {**texts, "page#3": TEXTS[0]})
    with pytest.raises(ValueError, match=r"signatures of 4 of 4 keys .* unchecked=True"):
        dedup.Index.from_datasketch(foreign(), texts)
    with pytest.raises(ValueError, match=r"signatures of 4 of 4 keys .* seed 7"):
        dedup.Index.from_datasketch(lsh, texts, recipe=replace(RECIPE, seed=7))
    with dedup.Index.from_datasketch(foreign(), texts, unchecked=True) as index:
        assert [m.key for m in index.counts()] == KEYS[:3]


def _legacy() -> MinHashLSH:
    lsh = MinHashLSH(num_perm=16, params=(4, 4))
    lsh.insert("a", MinHash(16, scheme="legacy"))
    return lsh


def _numbered() -> MinHashLSH:
    lsh = MinHashLSH(num_perm=16, params=(4, 4))
    lsh.insert(7, MinHash(16))
    return lsh


TEXT = {"a": TEXTS[0]}


@pytest.mark.parametrize(
    ("lsh", "texts", "message"),
    [
        (to_lsh(TEXTS, KEYS), None, "texts is None: an LSH holds hash values alone"),
        (to_lsh(TEXTS, KEYS), TEXT, r"texts has none for 4 of 4 keys: \['page#1'"),
        (_legacy(), TEXT, "of the scheme 'legacy'"),
        (_numbered(), TEXT, "the LSH has the key 7"),
        (MinHashLSH(prepickle=True), TEXT, "its keys are pickled"),
        (MinHashLSH(hashfunc=lambda raw: raw), TEXT, "has a hashfunc"),
    ],
    ids=["no texts", "a text is missing", "another scheme", "a number", "pickled", "hashed"],
)
def test_an_lsh_that_can_t_be_read_in_is_refused(lsh: Any, texts: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        dedup.Index.from_datasketch(lsh, texts)


def test_an_empty_lsh_is_an_empty_index() -> None:
    with dedup.Index.from_datasketch(MinHashLSH(), {}) as index:
        assert len(index) == 0
