"""Take the copies out of texts, touching nothing of what is kept.

Knows: where a paragraph that goes is cut out, and how what went is written down.
Does not know: how copies are found, how a text became paragraphs, files.

The rule: a cut begins with the first line of a removed paragraph and ends before the first line
of the next kept one, so the blank lines after a paragraph go with it. Where no kept paragraph
follows, the cut begins just after the line end of the last kept one and reaches to the end of the
text, so that a text ends as its last kept line did. A byte-order mark stays in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypedDict, Unpack

from dedup.finding import Progress, Rank, find
from dedup.found import Found, Kind
from dedup.paragraph import Document, Paragraph
from dedup.recipe import Recipe
from dedup.segment import segmenter

_BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")


class FindOptions(TypedDict, total=False):
    """The options of ``dedup.find``, which ``clean`` hands on."""

    threshold: float
    recall: float
    tokens: str
    min_tokens: int
    rank: Rank
    recipe: Recipe | None
    workers: int | None
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Removed:
    """A paragraph that was taken out, and the kept one it repeats."""

    paragraph: Paragraph
    partner: Paragraph
    similarity: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without its copies, and what was taken out of it, in reading order."""

    text: str
    removed: tuple[Removed, ...]


def clean(text: str, markup: str = "auto", **options: Unpack[FindOptions]) -> Cleaned:
    r"""Take the copies out of one text. ``options`` are those of ``dedup.find``.

    >>> verse = "Row, row, row your boat, gently down the stream.\n"
    >>> clean(verse + "Merrily.\n" + verse).text == verse + "Merrily.\n"
    True
    """
    if not isinstance(text, str):
        raise TypeError(f"text is a {type(text).__name__}, not a str")
    (cleaned,) = clean_documents([Document(text)], markup, **options)
    return cleaned


def clean_documents(
    documents: Sequence[Document], markup: str = "auto", **options: Unpack[FindOptions]
) -> list[Cleaned]:
    """Take the copies out of several documents, each compared with all; one answer for each."""
    segment = segmenter(markup)
    parts = [segment(document) for document in documents]
    return take_out(documents, parts, find([each for part in parts for each in part], **options))


def take_out(
    documents: Sequence[Document], parts: Sequence[Sequence[Paragraph]], found: Found
) -> list[Cleaned]:
    """Take out of every document what ``found`` does not keep.

    parts: the paragraphs of each document, as its segmenter gave them; ``found`` is the answer for
    all of them, one document after another.
    """
    every = [each for part in parts for each in part]
    keeps = found.kept.tolist()
    cleaned = []
    at = 0
    for document, part in zip(documents, parts, strict=True):
        kept = keeps[at : at + len(part)]
        text = "".join(_between(document.text, cuts(document.text, part, kept)))
        gone = (at + k for k in range(len(part)) if not kept[k])
        cleaned.append(Cleaned(text, tuple(_removed(every, found, k) for k in gone)))
        at += len(part)
    return cleaned


def cuts(text: str, paragraphs: Sequence[Paragraph], kept: Sequence[bool]) -> list[tuple[int, int]]:
    """Say which spans of a text go with the paragraphs that aren't kept. Cost: linear."""
    spans = []
    for stays, block in groupby(range(len(paragraphs)), lambda k: kept[k]):
        if stays:
            continue
        gone = list(block)
        first, last = gone[0], gone[-1]
        if last + 1 < len(paragraphs):
            span = _line_of(text, paragraphs, first), _line_of(text, paragraphs, last + 1)
        else:
            span = _after_line_of(text, paragraphs, first - 1), len(text)
        spans.append(span)
    return spans


def _line_of(text: str, paragraphs: Sequence[Paragraph], k: int) -> int:
    """Say where the first line of a paragraph begins, or where the one before it ends there."""
    before = paragraphs[k - 1].end if k else len(_BOM) * text.startswith(_BOM)
    start = paragraphs[k].start
    return max(before, text.rfind("\n", before, start) + 1, text.rfind("\r", before, start) + 1)


def _after_line_of(text: str, paragraphs: Sequence[Paragraph], k: int) -> int:
    """Say where the line after a paragraph's last begins; after the mark where there is none."""
    if k < 0:
        return len(_BOM) * text.startswith(_BOM)
    after = paragraphs[k + 1].start
    end = _LINE_END.search(text, paragraphs[k].end, after)
    return end.end() if end else paragraphs[k].end


def _between(text: str, spans: Iterable[tuple[int, int]]) -> Iterator[str]:
    at = 0
    for start, end in spans:
        yield text[at:start]
        at = end
    yield text[at:]


def _removed(paragraphs: Sequence[Paragraph], found: Found, k: int) -> Removed:
    return Removed(
        paragraphs[k],
        paragraphs[int(found.match[k])],
        float(found.similarity[k]),
        Kind(int(found.kind[k])),
    )
