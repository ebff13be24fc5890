"""Options of the command line, made of the values that hold them, and those of several commands.

Knows: how a field of a value becomes an option of click, and how the value is made of what was
typed. Does not know: which options a value has, their bounds and help (see ``dedup.options``).
"""

from __future__ import annotations

import math
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

#: Types of options whose default is None, by the first word of their annotation.
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float}


class Finite(click.FloatRange):
    """A number within bounds; neither infinite nor none, which lie within every bound for click."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - as click has it
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Read a number; fails for what isn't one within the bounds."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{number} is no number to count with", param, ctx)
        return number


@contextmanager
def wrong_values() -> Iterator[None]:
    """Say of a wrong value that it is one of usage."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def takes(
    argument: str, value: type, *, without: Sequence[str] = (), only: Sequence[str] = ()
) -> Callable[[Command], Command]:
    """Give a command the options of a value, and the value made of them as one argument.

    A value within the value gives its options too. without, only: fields that are none of the
    command's options, or all that are; the others have their defaults.
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
    """Give a command the options of a value, and those that were typed as one argument, a dict.

    before: stands before the help of each; without: fields that are none of the options.
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
    """List the options of a value and of the values in it."""
    yield from options_of(value)
    for each in _values_in(value):
        yield from _options_within(each.default_factory)  # type: ignore[arg-type]


def _values_in(value: type) -> Iterator[Field[Any]]:
    """List the fields of a value that are values too."""
    return (each for each in fields(value) if each.default_factory is not MISSING)


def _made(value: type, given: dict[str, Any], is_taken: Callable[[str], bool]) -> object:
    """Make a value, and the values in it, of what was typed, which is taken out of ``given``."""
    names = [each.name for each, _ in options_of(value) if is_taken(each.name)]
    own = {name: given.pop(name) for name in names}
    for each in _values_in(value):
        own[each.name] = _made(each.default_factory, given, is_taken)  # type: ignore[arg-type]
    return value(**own)


def _click_option(
    each: Field[Any], described: Option, optional: bool = False
) -> Callable[[Any], Any]:
    """Make the option of click for a field; optional: None where it isn't typed."""
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
    """How input becomes paragraphs, and how much of it may go unread.

    allow_skipped: share of a file's rows and records.
    """

    markup: str = option(
        "auto", "What parts paragraphs: the ends of 'lines', 'blank' lines, or 'auto' for whichever"
        f" of the two a text was written with; or the blocks of {markups.listed()}, where code,"
        " tables and other markup are left out.", "NAME",
    )  # fmt: skip
    options: ReadOptions = field(default_factory=ReadOptions)
    allow_skipped: float = option(
        0.01, "Share of the rows and records of a file that may be unreadable; where more are, or a"
        " file is not read to its end, the exit code is 3.", "SHARE",
    )  # fmt: skip

    def __post_init__(self) -> None:
        segmenter(self.markup)
        check_part("allow_skipped", self.allow_skipped)


PATHS = click.argument("paths", metavar="PATH...", nargs=-1, required=True)
LIMIT = click.option(
    "--limit", default=20, show_default=True, metavar="N", type=click.IntRange(0),
    help="Show the first N findings of a sort; 0 shows all.",
)  # fmt: skip
