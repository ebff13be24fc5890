"""Which paragraphs are new.

Knows: that a text which moved, or was wrapped anew, is not new. Does not know: git's diffs
(``changed``), findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from dedup.check import changed, git
from dedup.check.changed import Changes
from dedup.check.collecting import Collected
from dedup.check.discovery import MOST_BYTES, markup_for
from dedup.check.matching import words_of
from dedup.check.reading import decode
from dedup.check.settings import Settings
from dedup.paragraph import Document, Paragraph, texts_of
from dedup.segment import segmenter


def new_paragraphs(
    root: str, settings: Settings, collected: Collected, prints: Sequence[str], changes: Changes
) -> list[bool]:
    """Say of every paragraph whether it is new: on changed lines, and not merely moved.

    A text that stands in the changed files no more often than before was moved or wrapped anew.
    prints: the fingerprint of each paragraph. Cost: three runs of git, and cutting the former
    contents of the files that changed.
    """
    ranges = changed.lines(root, changes, {each.path for each in collected.sources})
    there = {each.new for each in changes.files} | set(changes.untracked)
    now = Counter(
        text
        for text, each in zip(prints, collected.paragraphs, strict=True)
        if each.source in there
    )
    before = Counter(words_of(texts_of(_before(root, settings, changes))).prints)
    return [
        each.source in ranges
        and now[text] > before[text]
        and changed.touches(ranges[each.source], each.first, each.last)
        for text, each in zip(prints, collected.paragraphs, strict=True)
    ]


def _before(root: str, settings: Settings, changes: Changes) -> list[Paragraph]:
    """Cut the former contents of the files that changed."""
    former = []
    for each in changes.files:
        markup = markup_for(settings, each.old) if each.old else None
        if each.old and markup:
            former.append((each.old, markup, each.old_object))
    contents = git.contents(root, sorted({name for _, _, name in former}), MOST_BYTES)
    paragraphs: list[Paragraph] = []
    for path, markup, name in former:
        segment = segmenter(markup, settings.headings)
        paragraphs += segment(Document(decode(contents.get(name, b"")), path))
    return paragraphs
