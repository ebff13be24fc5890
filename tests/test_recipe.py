"""Recipes: values that must agree, checked when made."""

from __future__ import annotations

import dataclasses

import pytest

import dedup

BAD: dict[str, tuple[dict[str, object], type[Exception], str]] = {
    "an unknown kind of token": ({"tokens": "foo"}, ValueError, "tokens is 'foo'"),
    "another normaliser": ({"normaliser": "words/0"}, ValueError, "normaliser is 'words/0'"),
    "another version of Unicode": ({"unicode": "15.1.0"}, ValueError, "unicode is '15.1.0'"),
    "no width": ({"width": 0}, ValueError, "width is 0; it must be from 1 to 8"),
    "too wide": ({"width": 9}, ValueError, "width is 9"),
    "no permutation": ({"permutations": 0, "bands": 0}, ValueError, "permutations is 0"),
    "more bands than permutations": ({"bands": 33}, ValueError, r"bands \* rows is 99.* 96 perm"),
    "fewer than no bands": ({"bands": -1}, ValueError, "bands is -1"),
    "no rows": ({"rows": 0}, ValueError, "rows is 0"),
    "a seed below 0": ({"seed": -1}, ValueError, "seed is -1"),
    "a seed of 33 bits": ({"seed": 2**32}, ValueError, "seed is 4294967296"),
    "min_tokens below 0": ({"min_tokens": -1}, ValueError, "min_tokens is -1"),
    "a truth value for a number": ({"min_tokens": True}, TypeError, "min_tokens is True"),
    "a float for a number": ({"bands": 3.0}, TypeError, "bands is 3.0"),
    "a text for a number": ({"rows": "3"}, TypeError, "rows is '3'"),
}


@pytest.mark.parametrize(("fields", "error", "message"), BAD.values(), ids=BAD)
def test_refused(fields: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        dedup.Recipe(**fields)  # type: ignore[arg-type]


def test_a_recipe_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        dedup.Recipe().seed = 2  # type: ignore[misc]


def test_a_recipe_comes_back_from_its_fields() -> None:
    recipe = dedup.Recipe.choose(0.7, 0.95, 10**6, "chars", 5)
    assert dedup.Recipe(**recipe.to_dict()) == recipe  # type: ignore[arg-type]


def test_a_stored_recipe_comes_back() -> None:
    recipe = dedup.Recipe.choose(0.7, 0.95, 10**6, "chars", 5)
    assert recipe.to_dict()["unicode"] == "14.0.0"
    assert dedup.Recipe.stored("work", recipe.to_dict()) == recipe


STORED = {
    "another normal form": ({"normaliser": "words/2"}, "normaliser is 'words/2'"),
    "another version of Unicode": ({"unicode": "15.1.0"}, "unicode is '15.1.0'"),
    "a field that there is not": ({"colour": 1}, "colour"),
    "a number that is a text": ({"bands": "3"}, "bands is '3'"),
}


@pytest.mark.parametrize(("fields", "message"), STORED.values(), ids=STORED)
def test_a_stored_recipe_of_another_version_is_refused(
    fields: dict[str, object], message: str
) -> None:
    with pytest.raises(dedup.InputError, match=f"^work: .*{message}.*; delete it and run"):
        dedup.Recipe.stored("work", {**dedup.Recipe().to_dict(), **fields})


def test_a_stored_recipe_without_a_version_is_refused() -> None:
    values = dedup.Recipe().to_dict()
    del values["unicode"]
    with pytest.raises(dedup.InputError, match="work: its recipe lacks unicode; delete it"):
        dedup.Recipe.stored("work", values)


def test_another_recipe_is_refused_by_its_fields() -> None:
    recipe = dedup.Recipe()
    recipe.require(dedup.Recipe())
    with pytest.raises(dedup.RecipeMismatch, match="seed is 2 instead of 1") as caught:
        recipe.require(dedup.Recipe(seed=2))
    assert caught.value.expected["seed"] == 1
    assert caught.value.found["seed"] == 2
    assert "bands" not in str(caught.value)


EXHAUSTIVE = {
    "recall 1": (0.8, 1.0, 10**6),
    "threshold 1": (1.0, 0.99, 10**6),
    "few paragraphs": (0.8, 0.99, 400),
}


@pytest.mark.parametrize(("threshold", "recall", "count"), EXHAUSTIVE.values(), ids=EXHAUSTIVE)
def test_nothing_escapes(threshold: float, recall: float, count: int) -> None:
    recipe = dedup.Recipe.choose(threshold, recall, count)
    assert recipe.bands == 0
    assert recipe.expected_recall(threshold) == 1.0


@pytest.mark.parametrize("tokens", ["words", "chars"])
@pytest.mark.parametrize("recall", [0.9, 0.99])
@pytest.mark.parametrize("threshold", [0.8, 0.9])
def test_the_choice_promises_the_recall(threshold: float, recall: float, tokens: str) -> None:
    for count in (401, 10**5, 10**7):
        recipe = dedup.Recipe.choose(threshold, recall, count, tokens, 3)
        assert recipe.expected_recall(threshold) >= recall
        assert (recipe.tokens, recipe.min_tokens) == (tokens, 3)
        assert recipe.permutations == recipe.bands * recipe.rows


def test_a_promise_that_cannot_be_made_is_not() -> None:
    # No banding of 512 permutations finds 99 % from 0.4 on; the figure says so.
    recipe = dedup.Recipe.choose(0.4, 0.99, 10**6)
    assert 0.5 < recipe.expected_recall(0.4) < 0.99


def test_find_says_which_recipe_it_chose() -> None:
    texts = [f"paragraph number {k} has words enough to compete here" for k in range(401)]
    found = dedup.find(texts, threshold=0.9, recall=0.95)
    assert found.recipe == dedup.Recipe.choose(0.9, 0.95, 401)
    assert found.expected_recall == found.recipe.expected_recall(0.9) >= 0.95
