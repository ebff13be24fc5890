"""The table of the formats in which ``dedup find`` reports.

Knows: the names of the formats, and what each of them is given. Does not know: how a format is
written (a module for each, imported when it is needed). CONTRIBUTING says how to add a format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dedup.readers.coverage import Coverage
    from dedup.reports.findings import Findings
    from dedup.reports.text import Style


class FindReport(NamedTuple):
    """The contents of a report.

    Attributes:
        findings: what was found.
        coverage: which parts of the input were read.
        allowed: the share of the rows and records of a file that may stay unread.
        style: how text is shown.

    """

    findings: Findings
    coverage: Coverage
    allowed: float
    style: Style


@dataclass(frozen=True, slots=True)
class Format:
    """One format. name: as of ``--format``; write: gives the lines of a report."""

    name: str
    write: Callable[[FindReport], Iterable[str]]


def _text(report: FindReport) -> Iterable[str]:
    from dedup.reports.text import find_text

    return find_text(report.findings, report.style)


def _json(report: FindReport) -> Iterable[str]:
    from dedup.reports.coverage import unread_fields
    from dedup.reports.json import find_json

    return [find_json(report.findings, unread_fields(report.coverage, report.allowed))]


def _jsonl(report: FindReport) -> Iterable[str]:
    from dedup.reports.coverage import unread_fields
    from dedup.reports.json import find_jsonl

    return find_jsonl(report.findings, unread_fields(report.coverage, report.allowed))


def _html(report: FindReport) -> Iterable[str]:
    from dedup.reports.coverage import unread_text
    from dedup.reports.review.found import contents
    from dedup.reports.review.page import page

    return page(contents(report.findings, [*unread_text(report.coverage, report.allowed)]))


FORMATS: tuple[Format, ...] = (
    Format("text", _text),
    Format("json", _json),
    Format("jsonl", _jsonl),
    Format("html", _html),
)


def names() -> tuple[str, ...]:
    """Give the names of all formats."""
    return tuple(each.name for each in FORMATS)


def named(name: str) -> Format:
    """Look up a format by its name. Raises KeyError."""
    found = next((each for each in FORMATS if each.name == name), None)
    if found is None:
        raise KeyError(name)
    return found
