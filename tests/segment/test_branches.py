"""Branches of conditionals and sides of merge conflicts: where they stand, which exclude which."""

from __future__ import annotations

from functools import partial
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.segment import branches, conflicts, exclusive, paragraphs
from dedup.segment.branches import without_marks
from tests.support.growth import growth
from tests.support.segment_laws import soup


def apart(source: str, markup: str = "asciidoc") -> set[tuple[str, str]]:
    """List the pairs of stretches that nobody reads both of, by their words."""
    found = branches(source, markup)
    return {
        (source[one.start : one.end].strip(), source[other.start : other.end].strip())
        for one, other in combinations(found, 2)
        if exclusive(one.conditions, other.conditions)
    }


def when(condition: str, words: str) -> str:
    return f"{condition}\n{words}\nendif::[]\n"


EXCLUSIVE = {
    "set and not set": (when("ifdef::x[]", "A") + when("ifndef::x[]", "B"), {("A", "B")}),
    "two attributes may both be set": (when("ifdef::x[]", "A") + when("ifdef::y[]", "B"), set()),
    "or neither": (when("ifndef::x[]", "A") + when("ifndef::y[]", "B"), set()),
    "what one line holds": (
        "ifdef::x[A b]\nifndef::x[C d]\n",
        {("ifdef::x[A b]", "ifndef::x[C d]")},
    ),
    "one of several, and none of them": (
        when("ifdef::x,y[]", "A") + when("ifndef::x,y[]", "B") + when("ifdef::y[]", "C"),
        {("A", "B"), ("B", "C")},
    ),
    "all of several, and not all of them": (
        when("ifdef::x+y[]", "A") + when("ifndef::x+y[]", "B") + when("ifdef::x[]", "C"),
        {("A", "B")},
    ),
    "in one that stands in another": (
        when("ifdef::x[]", "A\n" + when("ifdef::y[]", "B") + "C")
        + when("ifndef::x[]", "D")
        + when("ifndef::y[]", "E"),
        {("A", "D"), ("B", "D"), ("C", "D"), ("B", "E")},
    ),
    "values that differ": (
        when('ifeval::["{x}" == "a"]', "A")
        + when("ifeval::['{x}' == 'b']", "B")
        + when('ifeval::["{x}" != "a"]', "C"),
        {("A", "B"), ("A", "C")},
    ),
    "greater, and not greater": (
        when("ifeval::[{x} > 2]", "A")
        + when("ifeval::[{x} <= 2]", "B")
        + when("ifeval::[{x} > 3]", "C"),
        {("A", "B")},
    ),
    "an attribute that is set again is another": (
        when("ifdef::x[]", "A") + ":x: 1\n" + when("ifndef::x[]", "B"),
        set(),
    ),
    "what can't be understood excludes nothing": (
        when("ifeval::[x]", "A") + when("ifdef::[]", "B") + when("ifndef::[]", "C"),
        set(),
    ),
    "an end too many and one too few": (
        "endif::[]\n" + when("ifdef::x[]", "A") + "endif::[]\nifndef::x[]\nB",
        {("A", "B")},
    ),
}


@pytest.mark.parametrize(("source", "expected"), EXCLUSIVE.values(), ids=EXCLUSIVE)
def test_branches_that_exclude_each_other(source: str, expected: set[tuple[str, str]]) -> None:
    assert apart(source) == expected
    assert apart(source.replace("\n", "\r\n").replace("\r\n\r\n", "\r\n")) == expected


def only(expression: str, words: str) -> str:
    return f".. only:: {expression}\n\n   {words}\n\n"


ONLY = {
    "two formats": (only("html", "A") + only("latex", "B"), {("A", "B")}),
    "set and not set": (only("draft", "A") + only("not draft", "B"), {("A", "B")}),
    "two tags may both be set": (only("draft", "A") + only("internal", "B"), set()),
    "one of several": (
        only("html or man", "A") + only("latex", "B") + only("man", "C"), {("A", "B"), ("B", "C")},
    ),
    "all of several": (
        only("html and draft", "A") + only("html and not draft", "B") + only("html", "C"),
        {("A", "B")},
    ),
    "parentheses": (
        only("not (html or latex)", "A") + only("html", "B") + only("man", "C"),
        {("A", "B"), ("B", "C")},
    ),
    "a builder of HTML": (
        only("epub", "A") + only("html", "B") + only("latex", "C") + only("singlehtml", "D"),
        {("A", "C"), ("B", "C"), ("A", "D"), ("C", "D")},
    ),
    "in one that stands in another": (
        ".. only:: draft\n\n  A\n\n  .. only:: html\n\n    B\n\n  C\n\nAll.\n\n"
        + only("not draft", "D")
        + only("man", "E"),
        {("A", "D"), ("B", "D"), ("C", "D"), ("B", "E")},
    ),
    "what can't be understood excludes nothing": (
        only("html()", "A") + only("html latex", "B") + only("latex", "C") + only("3", "D"),
        set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "expected"), ONLY.values(), ids=ONLY)
def test_text_for_one_output_excludes_text_for_another(
    source: str, expected: set[tuple[str, str]]
) -> None:
    assert apart(source, "rst") == expected
    assert apart(source.replace("\n", "\r\n"), "rst") == expected
    assert branches(source, "markdown") == []


def test_conditionals_are_those_of_asciidoc() -> None:
    source = EXCLUSIVE["set and not set"][0]
    assert branches(source, "markdown") == branches(source.replace("::", ":"), "asciidoc") == []


@settings(max_examples=200)
@given(soup("<<<<<<< ||||||| ======= >>>>>>>", "ifdef::a[]\n", "ifndef::a,b[x]\n", "endif::[]\n",
            "\n<<<<<<< a\n", "\n=======\n", "\n>>>>>>> b\n",
            ".. only:: html\n", "  .. only:: a\n", 'ifeval::["{a}" == "b"]\n', ":a: b\n"),
       st.sampled_from(["asciidoc", "markdown", "rst"]))  # fmt: skip
def test_stretches_are_in_order_and_apart(text: str, markup: str) -> None:
    behind = 0
    for start, end, conditions in branches(text, markup):
        assert behind <= start <= end <= len(text)
        assert conditions
        behind = end
    found, left = conflicts(text), without_marks(text)
    assert len(left) == len(text)
    assert all(now in (was, " ") for was, now in zip(text, left, strict=True))
    assert (left != text) == bool(found)
    # A mark that begins a conflict without an end may find one when another conflict has gone.
    if text.count("<<<<<<<") == len(found):
        assert not conflicts(left)


OURS, THEIRS = "Ours is here.", "Theirs is here."
CONFLICT = f"Above.\n<<<<<<< HEAD\n{OURS}\n=======\n{THEIRS}\n>>>>>>> topic\nBelow."


@pytest.mark.parametrize("markup", ["markdown", "mdx", "rst", "asciidoc"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_both_sides_of_a_conflict_are_read(markup: str, end: str) -> None:
    source = CONFLICT.replace("\n", end)
    found = [(each.first, each.prose) for each in paragraphs(source, markup)]
    assert found == [(1, "Above."), (3, OURS), (5, THEIRS), (7, "Below.")]
    assert apart(source, markup) == {(OURS, THEIRS)}
    [(line, sides)] = conflicts(source)
    assert line == 2
    assert [source[low:high].strip() for low, high in sides] == [OURS, THEIRS]


def test_a_conflict_may_show_what_both_began_with() -> None:
    source = CONFLICT.replace("=======", "||||||| 1a2b3c\nBase was here.\n=======")
    assert len(paragraphs(source, "markdown")) == 5
    assert len(apart(source, "markdown")) == 3
    assert len(conflicts(source)[0].sides) == 3


@pytest.mark.parametrize(
    "source",
    [
        CONFLICT.replace(">>>>>>> topic\n", ""),
        CONFLICT.replace("<<<<<<< HEAD\n", ""),
        CONFLICT.replace("=======\n", ""),
        CONFLICT.replace("=======", "======== "),
        CONFLICT.replace("<<<<<<< HEAD", " <<<<<<< HEAD"),
        CONFLICT.replace("<<<<<<< HEAD", "<<<<<<<HEAD"),
    ],
)
def test_what_is_no_conflict(source: str) -> None:
    assert conflicts(source) == [] == branches(source, "markdown")
    assert without_marks(source) is source


PIECES = [
    "ifdef::a[]\n",
    "ifdef::a[]\nb\nendif::[]\n",
    "endif::[]\n",
    "ifdef::a[b]\n",
    "<<<<<<< a\n",
    "<<<<<<< a\n=======\n>>>>>>> a\n",
    "ifeval::[a=\n",
    ":a:\n",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_is_linear(piece: str) -> None:
    def make(size: int) -> str:
        return piece * (size // len(piece))

    assert not growth(partial(branches, markup="asciidoc"), make, 1 << 15)
    assert not growth(conflicts, make)
    assert not growth(without_marks, make)
