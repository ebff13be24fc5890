"""Options are values: each has one place for its default, bounds and help."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest
from click.testing import CliRunner

import dedup
from dedup.checks import check_share
from dedup.commands.options import takes
from dedup.index.arguments import Options as IndexOptions
from dedup.options import Matching, MatchingOptions, Policy, Resources
from dedup.options.fields import chosen, option, options_of
from dedup.readers.options import ContainerOptions, ReadOptions
from dedup.recipe import Recipe
from dedup.search import FindOptions
from dedup.writers.edits import WriteOptions

VALUES = (Matching, Policy, Resources, ReadOptions, WriteOptions)


@dataclass(frozen=True)
class Toy:
    """A value with an option of each kind."""

    share: float = option(0.5, "A share.", "S")
    most: int | None = option(None, "At most.")
    kinds: tuple[str, ...] = option((), "Some kinds.")
    how: str = option("well", "How.", choices=("well", "badly"))
    loudly: bool = option(False, "Aloud.")
    place: str | None = option(None, "Where.", flag="at")
    hidden: int = 3

    def __post_init__(self) -> None:
        check_share("share", self.share)


def run(*arguments: str, **named: Any) -> tuple[int, str, Toy | None]:
    made: list[Toy] = []

    @click.command()
    @takes("toy", Toy, **named)
    def command(toy: Toy) -> None:
        made.append(toy)

    done = CliRunner().invoke(command, arguments)
    return done.exit_code, done.output, made[0] if made else None


TYPED = {
    "nothing": ((), Toy()),
    "a number": (("--share", "0.25"), Toy(share=0.25)),
    "a number that has no default": (("--most", "7"), Toy(most=7)),
    "several": (("--kinds", "a", "--kinds", "b"), Toy(kinds=("a", "b"))),
    "a choice": (("--how", "badly"), Toy(how="badly")),
    "a flag": (("--loudly",), Toy(loudly=True)),
    "an option of another name": (("--at", "home"), Toy(place="home")),
}


@pytest.mark.parametrize(("arguments", "wanted"), TYPED.values(), ids=TYPED)
def test_a_field_added_to_a_value_is_an_option_of_its_commands(
    arguments: tuple[str, ...], wanted: Toy
) -> None:
    assert run(*arguments) == (0, "", wanted)


REFUSED = {
    "out of bounds": (("--share", "2"), "share is 2.0; it must be above 0 and at most 1"),
    "no number": (("--most", "few"), "'few' is not a valid integer"),
    "no choice": (("--how", "so"), "'so' is not one of 'well', 'badly'"),
    "a field that is no option": (("--hidden", "1"), "No such option"),
}


@pytest.mark.parametrize(("arguments", "told"), REFUSED.values(), ids=REFUSED)
def test_what_a_value_refuses_is_an_error_of_usage(arguments: tuple[str, ...], told: str) -> None:
    code, output, made = run(*arguments)
    assert (code, made) == (2, None)
    assert told in output


def test_help_shows_the_default_of_the_value() -> None:
    _, output, _ = run("--help")
    for part in ("--share S", "A share.  [default: 0.5]", "--how [well|badly]", "--at TEXT"):
        assert part in output


def test_a_command_takes_some_of_the_options() -> None:
    assert run("--share", "1", only=("share",))[2] == Toy(share=1.0)
    assert run("--share", "1", without=("share",))[0] == 2


def test_what_was_chosen_is_what_differs_from_the_default() -> None:
    assert chosen(Toy()) == []
    assert chosen(Toy(share=0.1, loudly=True, hidden=4)) == ["share", "loudly"]


@pytest.mark.parametrize("value", VALUES)
def test_the_usual_value_is_within_its_bounds_and_told(value: type) -> None:
    value()
    for each, described in options_of(value):
        assert described.help.endswith((".", "]")), each.name
        assert getattr(value, each.name) == each.default


def names(value: type) -> set[str]:
    return {each.name for each in fields(value)}


def test_keyword_arguments_are_those_of_the_values() -> None:
    assert set(MatchingOptions.__annotations__) == names(Matching)
    assert set(ContainerOptions.__annotations__) == names(ReadOptions) - {"encoding", "errors"}
    of_find = set(inspect.signature(dedup.find).parameters) - {"paragraphs"}
    assert of_find == set(FindOptions.__annotations__)
    assert of_find == names(Matching) | {"rank", "workers", "progress"}
    assert names(Matching) - {"recipe"} == {each.name for each, _ in options_of(Matching)}


DOORS: dict[str, Callable[..., object]] = {
    "find": dedup.find, "explain": dedup.explain, "choose": Recipe.choose, "a recipe": Recipe,
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_what_is_meant_where_nothing_is_said_stands_in_the_value(door: Callable[..., Any]) -> None:
    usual = {each.name: each.default for each in fields(Matching)}
    for name, parameter in inspect.signature(door).parameters.items():
        if name in usual:
            assert parameter.default == usual[name], name


def test_an_index_has_the_options_of_matching_but_for_what_it_never_does() -> None:
    own = {"expected", "store_texts", "durable", "ttl"}
    assert set(IndexOptions.__annotations__) == (names(Matching) | own) - {"recipe", "contained"}
    with pytest.raises(TypeError, match="an index has no option 'treshold'; it has threshold,"):
        dedup.Index(treshold=0.9)  # type: ignore[call-arg]


def test_no_other_module_says_how_alike_copies_are_by_default() -> None:
    root = Path(dedup.__path__[0])
    lines = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in sorted(root.rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if "threshold" in line and "0.8" in line
    ]
    # The check has a threshold of its own: its settings are not those of find.
    assert [each for each in lines if not each.startswith("check/")] == []


def test_types_of_keyword_arguments_are_those_of_the_fields() -> None:
    known = {"Recipe": Recipe}
    assert get_type_hints(MatchingOptions, localns=known) == {
        each.name: get_type_hints(Matching, localns=known)[each.name] for each in fields(Matching)
    }
