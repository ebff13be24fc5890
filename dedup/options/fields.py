"""Fields of a dataclass that are options, with default, help and choices.

Knows: help texts, choices, names of flags. Does not know: the command line, what an option does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

from dedup.checks import check_choice

Value = TypeVar("Value")

_KEY = "option"


@dataclass(frozen=True)
class Option:
    """The description of an option.

    help: a sentence or two. metavar: the name of its value in help texts. choices: the allowed
    values; () for any. flag: its name on the command line, if that is not the name of the field.
    """

    help: str
    metavar: str = ""
    choices: tuple[str, ...] = ()
    flag: str = ""


def option(
    default: Value, help: str, metavar: str = "", choices: tuple[str, ...] = (), flag: str = ""
) -> Value:
    """Declare a field that is an option; see ``Option`` for the arguments."""
    described = Option(help, metavar, choices, flag)
    return field(default=default, metadata={_KEY: described})


def options_of(value: type) -> Iterator[tuple[Field[Any], Option]]:
    """List the fields of a dataclass that are options, in order."""
    for each in fields(value):
        if _KEY in each.metadata:
            yield each, each.metadata[_KEY]


def chosen(value: object) -> list[str]:
    """Name the options of a value that differ from their defaults."""
    every = options_of(type(value))
    return [each.name for each, _ in every if getattr(value, each.name) != each.default]


def check_choices(value: object) -> None:
    """Raise ValueError for a field that is not one of its choices; a default may be None."""
    for each, described in options_of(type(value)):
        given = getattr(value, each.name)
        if described.choices and not (given is None and each.default is None):
            check_choice(each.name, given, described.choices)
