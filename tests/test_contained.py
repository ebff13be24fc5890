"""Paragraphs inside longer ones: named when asked for, taken out on request, only the shorter."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedup
from dedup.cli import main
from tests.support.articles import PARAGRAPHS
from tests.support.laws import BANDED, text_lists

INNER, NEXT, THIRD = PARAGRAPHS[6], PARAGRAPHS[9], PARAGRAPHS[12]
LED_IN = (
    "As this paper wrote two years ago, when nobody on either bank of the river cared to listen: "
    f"{INNER} So it was then and so it is now."
)
JOINED = f"{INNER} {NEXT}"
QUOTED = (
    f"> {NEXT}\n\nSaid the clerk, who has read the figures twice and trusts none of them at all."
)


@pytest.mark.parametrize("tokens", ["words", "chars"])
@pytest.mark.parametrize("recipe", [None, BANDED], ids=["pairs", "bands"])
def test_what_stands_inside_is_named(tokens: str, recipe: dedup.Recipe | None) -> None:
    if recipe is not None and tokens == "chars":
        pytest.skip("the recipe has words")
    texts = [INNER, THIRD, LED_IN, QUOTED, NEXT]
    found = dedup.find(texts, tokens=tokens, recipe=recipe)
    assert found.kept.all()
    assert [(each.inner, each.outer, each.share) for each in found.contained] == [
        (0, 2, 1.0),
        (4, 3, 1.0),
    ]


def test_an_edited_quotation_counts() -> None:
    edited = LED_IN.replace("has sunk once", "sank once")
    (only,) = dedup.find([INNER, edited]).contained
    assert (only.inner, only.outer) == (0, 1)
    assert 0.9 <= only.share < 1.0


def test_another_fact_in_its_place_does_not_count() -> None:
    texts = [INNER, LED_IN.replace("1953", "1963")]
    assert dedup.find(texts).contained == ()
    assert dedup.find(texts, contained="remove").kept.all()


def test_short_ones_and_scattered_words_are_not_inside() -> None:
    scattered = " and then ".join(INNER.split())
    texts = ["the flood of 1953", scattered, INNER]
    assert dedup.find(texts).contained == ()


def test_only_the_shorter_goes() -> None:
    texts = [JOINED, INNER, NEXT, INNER, THIRD]
    found = dedup.find(texts, contained="remove")
    assert found.kept.tolist() == [True, False, False, False, True]
    assert found.match.tolist() == [0, 0, 0, 0, 4]
    kind = dedup.Kind.CONTAINED
    assert found.kind.tolist() == [0, kind, kind, kind, 0]
    scores = [dedup.similarity(texts[k], texts[m]) for k, m in enumerate(found.match.tolist())]
    assert found.similarity.tolist() == np.array(scores, np.float32).tolist()
    assert [(group.kept, group.copies.tolist()) for group in found.groups()] == [(0, [1, 2, 3])]
    assert dedup.clean("\n\n".join(texts), contained="remove").text == f"{JOINED}\n\n{THIRD}"


def test_of_a_chain_the_longest_stays() -> None:
    texts = [INNER, LED_IN, f"{THIRD} {LED_IN} {NEXT}"]
    found = dedup.find(texts, contained="remove")
    assert found.match.tolist() == [2, 2, 2]
    assert found.kept.tolist() == [False, False, True]


def test_a_variant_of_what_goes_stays_alone() -> None:
    variant = INNER.replace("1953", "1954")
    found = dedup.find([JOINED, INNER, variant])
    assert found.match.tolist() == [0, 1, 1]
    found = dedup.find([f"{JOINED} {THIRD}", INNER, variant], contained="remove")
    assert found.match[1] == 0
    assert found.kept[found.match].all()


@settings(max_examples=60)
@given(text_lists(), st.sampled_from([0.6, 0.8, 0.95]), st.sampled_from(["words", "chars"]))
def test_removal_leaves_every_match_kept(texts: list[str], threshold: float, tokens: str) -> None:
    joined = [*texts, " ".join(texts[:3]), " ".join(texts[1:5])]
    plain = dedup.find(joined, threshold, tokens=tokens)
    found = dedup.find(joined, threshold, tokens=tokens, contained="remove")
    assert found.kept[found.match].all()
    assert (found.kept <= plain.kept).all()
    gone = plain.kept & ~found.kept
    assert (found.kind[gone] == dedup.Kind.CONTAINED).all()
    named = {each.inner for each in plain.contained}
    assert {*np.flatnonzero(gone).tolist()} <= named
    for each in plain.contained:
        assert plain.kept[each.inner]
        assert plain.kept[each.outer]
        assert each.share >= 0.9
        assert dedup.similarity(joined[each.inner], joined[each.outer], tokens) < threshold


def test_wrong_choices_are_named() -> None:
    with pytest.raises(ValueError, match="contained is 'drop'; it must be one of 'keep', 'remove'"):
        dedup.find([], contained="drop")


def test_the_commands_tell_and_take_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{JOINED}\n\n{THIRD}\n\n{NEXT}\n", encoding="utf-8")
    assert main(["find", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{path}:5"
    assert lines[1] == "  stands in line 1: 100 % of its words, in one piece"
    assert ", 1 inside others, " in lines[-1]
    assert main(["find", str(path), "--contained", "ignore"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "nothing repeats"
    assert main(["find", str(path), "--format", "json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)["contained"]
    assert (only["first"], only["in"]["first"], only["share"]) == (5, 1, 1.0)
    assert main(["clean", str(path)]) == 0
    assert capsys.readouterr().out == path.read_text(encoding="utf-8")
    assert main(["clean", str(path), "--contained", "remove"]) == 0
    out, told = capsys.readouterr()
    assert out == f"{JOINED}\n\n{THIRD}\n"
    assert told.splitlines()[0] == "line 5 stands in line 1"
