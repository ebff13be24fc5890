"""The paragraphs of the files that are checked.

Knows: that a file is read, cut, and partly switched off. Does not know: which files those are
(``discovery``), what repeats, git.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from dedup.check.config.settings import Settings
from dedup.check.config.suppression import ALL, BITS, Scope, directives, scopes, switched_off
from dedup.check.files.discovery import LeftOut, Source, matches
from dedup.check.files.documents import Text, read
from dedup.check.matches.copies import Corpus, Reader, words_of
from dedup.check.scope import versions
from dedup.check.scope.alternatives import alternatives, unsettled
from dedup.check.scope.isolation import Sections
from dedup.errors import InputError
from dedup.paragraph import Document, Paragraph, Skipped, texts_of
from dedup.segment import Left, branches, conflicts, segmenter


class Collected(NamedTuple):
    """What was read.

    sources: the files, in path order; paragraphs: of all of them, in path and line order; off,
    free, kinds: see ``Corpus``, one for each paragraph; scopes: what comments switch off, by file,
    with positions among all paragraphs; left_out, failed: other files, with the reason; branches:
    see ``Corpus``; blocks: what is no prose in the files that were read; conflicts: files and lines
    where a merge was not settled.
    """

    sources: list[Source]
    paragraphs: list[Paragraph]
    off: list[int]
    free: list[bool]
    kinds: list[Sections]
    scopes: list[tuple[str, Scope]]
    left_out: list[LeftOut]
    failed: list[Skipped]
    branches: dict[int, Reader]
    blocks: Left
    conflicts: list[tuple[str, int]]

    def corpus(self, settings: Settings) -> Corpus:
        """Make what is compared. Cost: 3 us a paragraph."""
        texts = texts_of(self.paragraphs)
        return Corpus(
            texts,
            words_of(texts),
            np.array(self.off, dtype=np.uint8),
            np.array(self.free, dtype=bool),
            self.kinds,
            self.branches,
            versions.frozen(self.kinds, settings.isolate),
        )


def collect(
    root: str, sources: Iterable[Source], settings: Settings, given: Mapping[str, bytes]
) -> Collected:
    """Read files and cut them. given: contents to take instead of what is on the disk.

    A file that can't be read is among the failed. Cost: about 0.3 s for 5 MB of Markdown.
    """
    answer = Collected([], [], [], [], [], [], [], [], {}, Left(), [])
    cutters = _Cutters(settings.headings, answer.blocks)
    for source in sources:
        try:
            found = read(root, source, given.get(source.path))
        except InputError as error:
            answer.failed.append(Skipped(source.path, error.reason))
            continue
        if isinstance(found, LeftOut):
            answer.left_out.append(found)
            continue
        answer.sources.append(source)
        _add(answer, found, cutters.cut(found), settings)
    return answer


class _Cutters:
    """The segmenters that were asked for."""

    def __init__(self, headings: bool, left: Left) -> None:
        self.headings = headings
        self.left = left

    def cut(self, found: Text) -> list[Paragraph]:
        """Cut a text into paragraphs by its markup, and count what is none."""
        segment = segmenter(found.source.markup, self.headings, self.left)
        return segment(Document(found.text, found.source.path))


def _add(answer: Collected, found: Text, paragraphs: list[Paragraph], settings: Settings) -> None:
    """Add the paragraphs of a file, and what is to be known of each."""
    path = found.source.path
    begin, count = len(answer.paragraphs), len(paragraphs)
    inside = settings.relative(path)
    kind: Sections = ()
    if settings.isolate:
        kind = tuple(None if inside is None else each.section(inside) for each in settings.isolate)
    answer.paragraphs.extend(paragraphs)
    answer.off.extend([_off(settings, inside)] * count)
    answer.free.extend([matches(settings, settings.boilerplate, path)] * count)
    answer.kinds.extend([kind] * count)
    _add_branches(answer, found, paragraphs, begin, settings.alternatives)
    found_scopes = scopes(directives(found.text, found.source.markup), paragraphs)
    if found_scopes:
        for k, rules in enumerate(switched_off(found_scopes, count)):
            answer.off[begin + k] |= rules
    for scope in found_scopes:
        placed = [(first + begin, end + begin, rules) for first, end, rules in scope.stretches]
        answer.scopes.append((path, Scope(scope.directive, placed)))


def _add_branches(
    answer: Collected,
    found: Text,
    paragraphs: list[Paragraph],
    begin: int,
    names: Sequence[str],
) -> None:
    """Note which paragraphs of a file not all of its readers see, and conflicts among them.

    names: what is a tab, and, unless there is none, conditionals of a markup count too.

    A conflict without a paragraph on either side is an example, or about something else.
    """
    starts = [each.start for each in paragraphs]
    ends = [each.end for each in paragraphs]
    path, markup = found.source.path, found.source.markup
    every = branches(found.text, markup) if names else unsettled(found.text)
    for branch in chain(every, alternatives(found.text, markup, names)):
        for k in range(bisect_right(ends, branch.start), bisect_left(starts, branch.end)):
            inside = min(ends[k], branch.end) - max(starts[k], branch.start)
            if 2 * inside < ends[k] - starts[k]:
                continue
            known = answer.branches.get(begin + k, Reader(path, ()))
            answer.branches[begin + k] = Reader(path, known.conditions + branch.conditions)
    for conflict in conflicts(found.text):
        if any(
            bisect_left(starts, low) < bisect_left(starts, high) for low, high in conflict.sides
        ):
            answer.conflicts.append((found.source.path, conflict.line))


def _off(settings: Settings, inside: str | None) -> int:
    """Give the rules that the settings switch off for a file, as bits."""
    off = 0
    for glob, rules in settings.ignored if inside is not None else ():
        if glob.regex.match(inside or ""):
            for rule in rules:
                off |= BITS[rule]
    return min(off, ALL)
