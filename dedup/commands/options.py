"""Make options of the command line from values such as ``Matching``; options of several commands.

Knows: how a field of a value becomes an option of click, and how a value is made from what the user
typed. Does not know: which options a value has, their bounds and help (``dedup.options``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from functools import wraps
from typing import Any, TypeVar

import click

from dedup.checks import check_part
from dedup.options.fields import Option, option, options_of
from dedup.readers.options import ReadOptions
from dedup.segment import markups, segmenter

Command = TypeVar("Command", bound=Callable[..., None])

#: The types of options whose default is None, by the first word of the field's annotation.
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float}


@contextmanager
def wrong_values() -> Iterator[None]:
    """Turn a ValueError about an option into click's UsageError."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def takes(
    argument: str, value: type, *, without: Sequence[str] = (), only: Sequence[str] = ()
) -> Callable[[Command], Command]:
    """Give a command the options of a value, and pass it the value as one argument.

    The options of values inside the value are given too.

    Args:
        argument: the name of the command's argument.
        value: the class of the value.
        without: fields that are no options of this command; they have their defaults.
        only: the only fields that are options of this command.
    """

    def is_taken(name: str) -> bool:
        return name in only if only else name not in without

    def decorate(command: Command) -> Command:
        @wraps(command)
        def gathered(**given: Any) -> None:  # noqa: ANN401
            with wrong_values():
                made = _made(value, given, is_taken)
            command(**{argument: made}, **given)

        for each, described in reversed([*_options_within(value)]):
            if is_taken(each.name):
                gathered = _click_option(each, described)(gathered)
        return gathered  # type: ignore[return-value]

    return decorate


def asks(
    argument: str, value: type, *, before: str, without: Sequence[str] = ()
) -> Callable[[Command], Command]:
    """Give a command the options of a value, and pass it those that were typed, as a dict.

    Args:
        argument: the name of the command's argument.
        value: the class of the value.
        before: text before the help of each option.
        without: fields that are no options of this command.
    """
    every = [(each, described) for each, described in options_of(value) if each.name not in without]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def gathered(**given: Any) -> None:  # noqa: ANN401
            typed = {each.name: given.pop(each.name) for each, _ in every}
            asked = {name: each for name, each in typed.items() if each is not None}
            command(**{argument: asked}, **given)

        for each, described in reversed(every):
            text = f"{before}{described.help[0].lower()}{described.help[1:]}"
            shown = replace(described, help=f"{text}  [default: {each.default}]")
            gathered = _click_option(each, shown, optional=True)(gathered)
        return gathered  # type: ignore[return-value]

    return decorate


def _options_within(value: type) -> Iterator[tuple[Field[Any], Option]]:
    """List the options of a value and of the values inside it."""
    yield from options_of(value)
    for each in _values_in(value):
        yield from _options_within(each.default_factory)  # type: ignore[arg-type]


def _values_in(value: type) -> Iterator[Field[Any]]:
    """List the fields of a value that hold values with options themselves."""
    return (each for each in fields(value) if each.default_factory is not MISSING)


def _made(value: type, given: dict[str, Any], is_taken: Callable[[str], bool]) -> object:
    """Make a value, and the values inside it, from what was typed; take that out of ``given``."""
    names = [each.name for each, _ in options_of(value) if is_taken(each.name)]
    own = {name: given.pop(name) for name in names}
    for each in _values_in(value):
        own[each.name] = _made(each.default_factory, given, is_taken)  # type: ignore[arg-type]
    return value(**own)


def _click_option(
    each: Field[Any], described: Option, optional: bool = False
) -> Callable[[Any], Any]:
    """Make the option of click for a field. optional: give None if the user doesn't type it."""
    flag = f"--{(described.flag or each.name).replace('_', '-')}"
    if isinstance(each.default, bool):
        return click.option(flag, each.name, is_flag=True, help=described.help)
    kind: Any = type(each.default)
    if each.default is None:
        kind = _TYPES[str(each.type).split()[0]]
    if described.choices:
        kind = click.Choice(described.choices)
    several = isinstance(each.default, tuple)
    return click.option(
        flag, each.name, default=None if optional else each.default, help=described.help,
        type=str if several else kind, multiple=several,
        metavar=described.metavar or None,
        show_default=not optional and each.default not in (None, ()),
    )  # fmt: skip


@dataclass(frozen=True)
class InputOptions:
    """How the input is read and cut into paragraphs.

    allow_skipped: the share of a file's rows and records that may be unreadable before the exit
        code is 3.
    """

    markup: str = option(
        "auto", "How texts are cut into paragraphs: at each line end ('lines'), at blank lines"
        " ('blank'), or by whichever of these two a text is written with ('auto'). Or by a markup:"
        f" {markups.listed()}, without its code and tables.", "NAME",
    )  # fmt: skip
    options: ReadOptions = field(default_factory=ReadOptions)
    allow_skipped: float = option(
        0.01, "Share of the rows and records of a file that may be unreadable. If more are, or if a"
        " file is not read to its end, the exit code is 3.", "SHARE",
    )  # fmt: skip

    def __post_init__(self) -> None:
        segmenter(self.markup)
        check_part("allow_skipped", self.allow_skipped)


PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True)
LIMIT = click.option(
    "--limit", default=20, show_default=True, metavar="N", type=click.IntRange(0),
    help="Show the first N findings of each kind; 0 shows all.",
)  # fmt: skip
