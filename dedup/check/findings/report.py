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

    Attributes:
        paragraph: the paragraph. Its source is the path relative to the root of the repository,
            with forward slashes. Several paragraphs in a row are one here, from the first line to
            the last.
        similarity: with the reference, which is the wording that most places have; 1.0 for the
            reference itself.
        changed: whether it touches lines that changed since the ref that was asked for.
        kept: whether it is the first place of the reference.
        words: the number of words that are compared.

    """

    paragraph: Paragraph
    similarity: float
    changed: bool = False
    kept: bool = False
    words: int = 0


class Part(NamedTuple):
    """One of the groups that a finding joins: all its places, and the rules that found them."""

    places: tuple[Place, ...]
    words: int
    rules: frozenset[str]


class RepeatedPages(NamedTuple):
    """Files that repeat each other in many places.

    Attributes:
        files: their paths.
        about: the file with the largest share that stands in the others.
        share: this share of its words.
        advice: a line of settings that stops comparing the files; "" where there is none.

    """

    files: tuple[str, ...]
    about: str
    share: float
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check reports: a group of paragraphs, or several groups that stand side by side.

    Attributes:
        rule: one of ``RULES``, the gravest of the groups.
        level: one of ``LEVELS``, the level of this rule.
        places: at least two. The first is the primary one: a new or changed place if there is one,
            else one that differs from the reference, else the last in the order of paths. Then come
            other places that differ, then the rest in the order of path and line.
        words: the number of words of the primary place.
        fingerprint: 32 hexadecimal digits made of the rule and the texts, which stay the same
            wherever the paragraphs stand.
        note: further information, such as that a copy was accepted in the baseline and differs now.
        parts: the groups, in reading order, if there are several, or one that several rules found.
        pages: set for files that repeat each other in many places.

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
        """The groups, at least one."""
        return self.parts or (Part(self.places, self.words, frozenset((self.rule,))),)

    @property
    def copies(self) -> int:
        """The number of paragraphs that repeat another one."""
        return sum(len(each.places) - 1 for each in self.groups)

    @property
    def saves(self) -> int:
        """The number of words that would go if the copies were removed."""
        return sum((len(each.places) - 1) * each.words for each in self.groups)

    @property
    def differs(self) -> bool:
        """Whether some place has other words than the reference."""
        return any(each.similarity < 1.0 for each in self.places)


class Trees(NamedTuple):
    """Folders that hold mostly the same paths, as versions and translations do.

    Attributes:
        folders: their paths.
        findings: the number of findings with places in several of them.
        setting: the line of settings that stops comparing them; "" where there is none.

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

    Attributes:
        findings: sorted by the path and line of the primary place, then by rule.
        files: the number of files that were read.
        paragraphs: the number of paragraphs in them.
        seconds: the time that the check took.
        skipped: the files that were not read, with the reasons.
        accepted: the number of findings that the baseline accepts, which are left out.
        stale: the number of entries of the baseline that accept more than there is.
        baseline: the path of the baseline; None without one.
        root: the absolute path of the repository's root, which is never printed.
        ref: the value of ``--changed-since``.
        unused: comments that switch nothing off, if they were asked for.
        left_out: what was not compared, such as "generated file", "table" and "short paragraph",
            and how many of each.
        entries: the entries of the baseline.
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
