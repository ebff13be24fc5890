"""The paragraphs of the files that are checked.

Knows: how files are read and cut into paragraphs, what comments and settings switch off, why a
paragraph is not compared. Does not know: which files are checked (``discovery``), git, what
repeats.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from dedup.check.config.settings import CheckSettings
from dedup.check.config.suppression import ALL, BITS, Suppression, directives, scopes, switched_off
from dedup.check.files.discovery import OmittedFile, SourceFile, matches
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

    Attributes:
        sources: the files, in the order of their paths.
        paragraphs: the paragraphs of all files, in the order of path and line.
        off: see ``Corpus``; one value for each paragraph, as in the next two.
        free: see ``Corpus``.
        kinds: see ``Corpus``.
        scopes: what comments switch off, with the path of the file they stand in. Positions are
            those in ``paragraphs``.
        left_out: files that could be read and are not checked.
        failed: files that could not be read.
        branches: see ``Corpus``.
        blocks: how many blocks of each kind, such as code, are no prose.
        conflicts: the files and lines where an unresolved merge conflict begins.

    """

    sources: list[SourceFile]
    paragraphs: list[Paragraph]
    off: list[int]
    free: list[bool]
    kinds: list[Sections]
    scopes: list[tuple[str, Suppression]]
    left_out: list[OmittedFile]
    failed: list[Skipped]
    branches: dict[int, Reader]
    blocks: Left
    conflicts: list[tuple[str, int]]

    def corpus(self, settings: CheckSettings) -> Corpus:
        """Give what the comparison needs of each paragraph. Cost: 3 us a paragraph."""
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


def left_out(
    passed: Iterable[OmittedFile], failed: int, collected: Collected, corpus: Corpus, min_words: int
) -> tuple[tuple[str, int], ...]:
    """Count what was not compared: files, then blocks that are no prose, then paragraphs.

    Args:
        passed: the files that were left out.
        failed: the number of files that could not be read.
        collected: what was read.
        corpus: what was compared.
        min_words: shorter paragraphs were not compared.

    Returns:
        What each of them is, for people, and how many there are.

    """
    files: Counter[str] = Counter({"unreadable file": failed})
    files.update(each.what for each in passed if each.what)
    short = corpus.words.counts < min_words
    off = ~short & (corpus.off == ALL)
    paragraphs = {
        "short paragraph": int(np.count_nonzero(short)),
        "switched-off paragraph": int(np.count_nonzero(off)),
        "boilerplate paragraph": int(np.count_nonzero(~short & ~off & corpus.free)),
    }
    every = [*files.most_common(), *collected.blocks.most_common(), *paragraphs.items()]
    return tuple((name, number) for name, number in every if number)


def collect(
    root: str, sources: Iterable[SourceFile], settings: CheckSettings, given: Mapping[str, bytes]
) -> Collected:
    """Read files and cut them into paragraphs.

    given: contents that are used instead of those on the disk, by path. A file that can't be read
    is listed in ``failed``. Cost: about 0.3 s for 5 MB of Markdown.
    """
    answer = Collected([], [], [], [], [], [], [], [], {}, Left(), [])
    for source in sources:
        try:
            found = read(root, source, given.get(source.path))
        except InputError as error:
            answer.failed.append(Skipped(source.path, error.reason))
            continue
        if isinstance(found, OmittedFile):
            answer.left_out.append(found)
            continue
        answer.sources.append(source)
        segment = segmenter(source.markup, settings.headings, answer.blocks)
        _add(answer, found, segment(Document(found.text, source.path)), settings)
    return answer


def _add(
    answer: Collected, found: Text, paragraphs: list[Paragraph], settings: CheckSettings
) -> None:
    """Add the paragraphs of a file, and what the comparison needs to know of each."""
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
        answer.scopes.append((path, Suppression(scope.directive, placed)))


def _add_branches(
    answer: Collected,
    found: Text,
    paragraphs: list[Paragraph],
    begin: int,
    names: Sequence[str],
) -> None:
    """Note the paragraphs that stand in a branch of their file, and its merge conflicts.

    names: the names of tabs. Without any, the conditionals of the markup are not read either. A
    conflict that has no paragraph on either side is not noted, for it is an example in code.
    """
    starts = [each.start for each in paragraphs]
    ends = [each.end for each in paragraphs]
    path, markup = found.source.path, found.source.markup
    every = branches(found.text, markup) if names else unsettled(found.text)
    # A side of a conflict is a branch.
    unresolved = conflicts(found.text) if every else []
    for branch in chain(every, alternatives(found.text, markup, names)):
        for k in range(bisect_right(ends, branch.start), bisect_left(starts, branch.end)):
            inside = min(ends[k], branch.end) - max(starts[k], branch.start)
            if 2 * inside < ends[k] - starts[k]:
                continue
            known = answer.branches.get(begin + k, Reader(path, ()))
            answer.branches[begin + k] = Reader(path, known.conditions + branch.conditions)
    for conflict in unresolved:
        if any(
            bisect_left(starts, low) < bisect_left(starts, high) for low, high in conflict.sides
        ):
            answer.conflicts.append((found.source.path, conflict.line))


def _off(settings: CheckSettings, inside: str | None) -> int:
    """Give the rules that the settings switch off for a file, as bits."""
    off = 0
    for glob, rules in settings.ignored if inside is not None else ():
        if glob.regex.match(inside or ""):
            for rule in rules:
                off |= BITS[rule]
    return min(off, ALL)
