"""What a check found, in the formats that people and CI systems read: one module a format.

Knows: the names of the formats. Does not know: any of them (a module is imported when its format
is first written), how findings come about, where reports go. Each format is a function that takes
the report and an ``Appearance`` and gives lines without line ends, which can be written as UTF-8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple, cast

from dedup.check.findings.report import Report


class Appearance(NamedTuple):
    """How a report looks to people; formats for programs ignore it.

    Attributes:
        colour: whether colours are used.
        columns: the width to which lines are wrapped.
        limit: the number of groups to show, those that save most words; 0 shows all, and None shows
            all unless there are very many.
        statistics: whether sums by rule and folder, and the largest groups, are shown too.
        verbose: whether every place and the whole wording of each group is shown.

    """

    colour: bool = False
    columns: int = 100
    limit: int | None = None
    statistics: bool = False
    verbose: bool = False


#: Writes a report: lines without their ends.
Format = Callable[[Report, Appearance], Iterable[str]]


def _of(name: str) -> Format:
    """Make a function that imports the module of a format and writes with it."""

    def write(report: Report, look: Appearance) -> Iterable[str]:
        module = import_module(f"{__name__}.{name}")
        return cast("Iterable[str]", module.lines(report, look))

    return write


#: Every format by its name. A new one is a module with a function ``lines`` and its name here.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        name: _of(name)
        for name in (
            "full",
            "concise",
            "json",
            "jsonl",
            "github",
            "gitlab",
            "sarif",
            "junit",
            "markdown",
            "rdjson",
            "html",
            "checkstyle",
            "csv",
        )
    }
)


def format_of(name: str) -> Format:
    """Look up a format by its name. Raises ValueError, naming those there are."""
    try:
        return FORMATS[name]
    except KeyError:
        known = ", ".join(FORMATS)
        raise ValueError(f"there is no format {name!r}; it must be one of {known}") from None
