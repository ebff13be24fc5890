"""What a check finds: findings and the report that holds them.

Knows: the values that every format shows. Does not know: how they are found, formats, git.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from dedup.paragraph import Paragraph, Skipped

if TYPE_CHECKING:
    from dedup.check.baseline import Entry, Key

#: The rules: equal words; similar words; similar words with other facts among them.
REPEATED, SIMILAR, VARIANT = "repeated-paragraph", "similar-paragraph", "paragraph-variant"
RULES = (REPEATED, SIMILAR, VARIANT)

ERROR, WARNING, NOTE = "error", "warning", "note"
#: Levels, the gravest first.
LEVELS = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Place:
    """One paragraph of a finding.

    paragraph: its source is the path relative to the repository's root, with forward slashes.
    similarity: with the kept paragraph of the group, 1.0 for that itself. changed: it touches
    lines changed since the ref that was asked for. kept: it is the one that ``find`` keeps.
    """

    paragraph: Paragraph
    similarity: float
    changed: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One group of paragraphs that a rule reports.

    rule: one of ``RULES``; level: one of ``LEVELS``. places: at least two; the primary one first
    (the new or changed copy if there is any, else the last in path order), then the others in
    path and line order. words: of the primary paragraph. fingerprint: 32 hexadecimal digits, of
    rule and content, the same wherever the paragraphs stand. note: what else is to be said, such
    as that a copy was accepted in the baseline and differs now.
    """

    rule: str
    level: str
    places: tuple[Place, ...]
    words: int
    fingerprint: str
    note: str = ""

    @property
    def saves(self) -> int:
        """The words that go when the copies are dropped."""
        return (len(self.places) - 1) * self.words


@dataclass(frozen=True, slots=True)
class Unused:
    """A suppression comment that suppresses nothing: where it stands, its words, and why."""

    source: str
    line: int
    comment: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, and what it looked at.

    findings: sorted by the path and line of the primary place, then by rule. skipped: what was
    not read, with the reason. accepted: groups left out because they are in the baseline; stale:
    entries of the baseline that were not met; baseline: its path. root: absolute path of the
    repository's root, never printed. ref: what ``--changed-since`` was given. unused: dead
    suppression comments, where they were asked for. left_out: what was not compared, such as
    "generated file", "table" and "short paragraph", and how many of each. entries: of the baseline.
    """

    findings: tuple[Finding, ...]
    files: int
    paragraphs: int
    seconds: float
    skipped: tuple[Skipped, ...] = ()
    accepted: int = 0
    stale: int = 0
    baseline: str | None = None
    root: str = ""
    ref: str | None = None
    unused: tuple[Unused, ...] = ()
    left_out: tuple[tuple[str, int], ...] = ()
    entries: Mapping[Key, Entry] = field(default_factory=lambda: MappingProxyType({}))
