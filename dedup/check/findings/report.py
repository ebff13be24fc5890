"""What a check finds: findings and the report that holds them.

Knows: the values that every format shows. Does not know: how they are found, formats, git.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dedup.paragraph import Paragraph, Skipped

if TYPE_CHECKING:
    from dedup.check.findings.baseline import Entry, Key

#: The rules: equal words; similar words; similar words with other facts among them.
REPEATED, SIMILAR, VARIANT = "repeated-paragraph", "similar-paragraph", "paragraph-variant"
RULES = (REPEATED, SIMILAR, VARIANT)

ERROR, WARNING, NOTE = "error", "warning", "note"
#: Levels, the gravest first.
LEVELS = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a finding: a paragraph, or several in a row.

    paragraph: its source is the path relative to the repository's root, with forward slashes; of
    several paragraphs in a row it is all of them, from the first line to the last. similarity:
    with the reference, which is the wording that most places have; 1.0 for that itself. changed:
    it touches lines changed since the ref that was asked for. kept: it is the first place of the
    reference. words: those that are compared.
    """

    paragraph: Paragraph
    similarity: float
    changed: bool = False
    kept: bool = False
    words: int = 0


class Part(NamedTuple):
    """One paragraph that a finding is about: all its places, and the rules that found them."""

    places: tuple[Place, ...]
    words: int
    rules: frozenset[str]


class RepeatedPages(NamedTuple):
    """Files that repeat each other in many places.

    files: their paths; about: the one of which most stands in the others; share: how much of its
    words; advice: a line of settings after which they are not compared, "" where there is none.
    """

    files: tuple[str, ...]
    about: str
    share: float
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule reports: a group of paragraphs, or several groups that stand side by side.

    rule: one of ``RULES``; level: one of ``LEVELS``; the gravest of its groups. places: at least
    two; the primary one first (a new or changed one if there is any, else one that differs from the
    reference, else the last in path order), then others that differ, then the rest in path and line
    order. words: of the primary place. fingerprint: 32 hexadecimal digits, of rule and content, the
    same wherever the paragraphs stand. note: what else is to be said, such as that a copy was
    accepted in the baseline and differs now. parts: the groups, in reading order, where there are
    several, or one of several rules. pages: set where files repeat each other in many places.
    """

    rule: str
    level: str
    places: tuple[Place, ...]
    words: int
    fingerprint: str
    note: str = ""
    parts: tuple[Part, ...] = ()
    pages: RepeatedPages | None = None

    @property
    def groups(self) -> tuple[Part, ...]:
        """The groups, one at least."""
        return self.parts or (Part(self.places, self.words, frozenset((self.rule,))),)

    @property
    def copies(self) -> int:
        """How many paragraphs repeat another one."""
        return sum(len(each.places) - 1 for each in self.groups)

    @property
    def saves(self) -> int:
        """The words that go when the copies are dropped."""
        return sum((len(each.places) - 1) * each.words for each in self.groups)

    @property
    def differs(self) -> bool:
        """Whether some place has other words than the reference."""
        return any(each.similarity < 1.0 for each in self.places)


class Trees(NamedTuple):
    """Folders that hold mostly the same paths, as versions and translations do.

    findings: how many join files of several of them; setting: the line of settings after which they
    are not compared, "" where there is none.
    """

    folders: tuple[str, ...]
    findings: int
    setting: str


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
    not read, with the reason. accepted: findings left out because they are in the baseline; stale:
    entries of the baseline that were not met; baseline: its path. root: absolute path of the
    repository's root, never printed. ref: what ``--changed-since`` was given. unused: dead
    suppression comments, where they were asked for. left_out: what was not compared, such as
    "generated file", "table" and "short paragraph", and how many of each. entries: of the baseline.
    trees: folders that look like versions or translations of each other.
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
    trees: tuple[Trees, ...] = ()
