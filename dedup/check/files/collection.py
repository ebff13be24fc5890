"""The paragraphs of the files that are checked.

Knows: that a file is read, cut, and partly switched off. Does not know: which files those are
(``discovery``), what repeats, git.
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

    sources: the files, in path order; paragraphs: of all of them, in path and line order; off,
    free, kinds: see ``Corpus``, one for each paragraph; scopes: what comments switch off, by file,
    with positions among all paragraphs; left_out, failed: other files, with the reason; branches:
    see ``Corpus``; blocks: what is no prose in the files that were read; conflicts: files and lines
    where a merge was not settled.
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


def left_out(
    passed: Iterable[OmittedFile], failed: int, collected: Collected, corpus: Corpus, min_words: int
) -> tuple[tuple[str, int], ...]:
    """Count what was not compared: files, then blocks that are no prose, then paragraphs.

    passed: the files left out; failed: how many couldn't be read.
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
    """Read files and cut them. given: contents to take instead of what is on the disk.

    A file that can't be read is among the failed. Cost: about 0.3 s for 5 MB of Markdown.
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
        answer.scopes.append((path, Suppression(scope.directive, placed)))


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


def _off(settings: CheckSettings, inside: str | None) -> int:
    """Give the rules that the settings switch off for a file, as bits."""
    off = 0
    for glob, rules in settings.ignored if inside is not None else ():
        if glob.regex.match(inside or ""):
            for rule in rules:
                off |= BITS[rule]
    return min(off, ALL)
