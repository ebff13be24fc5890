"""Which paragraphs are new.

Knows: a text that moved or was wrapped anew is not new, and neither is a paragraph that was edited
so that it now equals one it was similar to. Does not know: git's diffs (``changes``), findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dedup.check.config.settings import CheckSettings
from dedup.check.files.collection import Collected
from dedup.check.files.discovery import MOST_BYTES, markup_for
from dedup.check.files.documents import decode
from dedup.check.git import changes as changed
from dedup.check.git import repository as git
from dedup.check.git.changes import Changes
from dedup.check.matches.copies import words_of
from dedup.check.matches.likeness import like_pairs, read
from dedup.paragraph import Document, Paragraph, texts_of
from dedup.segment import segmenter


def new_paragraphs(
    root: str,
    settings: CheckSettings,
    collected: Collected,
    prints: Sequence[str],
    changes: Changes,
) -> list[bool]:
    """Say of every paragraph whether it is new: it stands on changed lines and did not just move.

    A text that stands in the changed files no more often than before has moved or was wrapped anew.

    prints: the fingerprint of each paragraph. Cost: three runs of git, and cutting the former
    contents of the files that changed into paragraphs.
    """
    ranges = changed.lines(root, changes, {each.path for each in collected.sources})
    there = {each.new for each in changes.files} | set(changes.untracked)
    now = Counter(
        text
        for text, each in zip(prints, collected.paragraphs, strict=True)
        if each.source in there
    )
    former = _before(root, settings, changes)
    former_prints = words_of(texts_of(former)).prints
    before = Counter(former_prints)
    new = [
        each.source in ranges
        and now[text] > before[text]
        and changed.touches(ranges[each.source], each.first, each.last)
        for text, each in zip(prints, collected.paragraphs, strict=True)
    ]
    gone = [
        each for each, text in zip(former, former_prints, strict=True) if before[text] > now[text]
    ]
    renamed = {each.old: each.new for each in changes.files}
    for k in _made_equal(collected.paragraphs, prints, new, gone, renamed, settings.threshold):
        new[k] = False
    return new


def _made_equal(
    paragraphs: Sequence[Paragraph],
    prints: Sequence[str],
    new: Sequence[bool],
    gone: Sequence[Paragraph],
    renamed: Mapping[str | None, str | None],
    threshold: float,
) -> Iterator[int]:
    """List the new paragraphs that equal an older one, and were similar to it before an edit.

    Such an edit repeats nothing that was not nearly repeated before. gone: paragraphs that the
    changed files no longer hold. Cost: comparing these with the new paragraphs that equal others.
    """
    old = {text for text, is_new in zip(prints, new, strict=True) if not is_new}
    made = [k for k, is_new in enumerate(new) if is_new and prints[k] in old]
    texts = [paragraphs[k].prose for k in made]
    left, right, _ = like_pairs(read(texts), read(texts_of(gone)), threshold)
    used: set[int] = set()
    for i, j in zip(left.tolist(), right.tolist(), strict=True):
        source = gone[j].source
        if j not in used and renamed.get(source, source) == paragraphs[made[i]].source:
            used.add(j)
            yield made[i]


def _before(root: str, settings: CheckSettings, changes: Changes) -> list[Paragraph]:
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
