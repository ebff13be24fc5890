"""Take the copies out of texts, and leave the kept paragraphs as they are.

Knows: what the result says about each removed paragraph. Does not know: how copies are found, how a
text becomes paragraphs, where a paragraph is cut out of it (``cuts``), files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from dedup.cuts import Cut, apply, cuts, plan
from dedup.found import Found, Kind
from dedup.paragraph import Document, Paragraph
from dedup.search import FindOptions, find
from dedup.segment import segmenter

__all__ = [
    "Cleaned",
    "FindOptions",
    "Removed",
    "clean",
    "clean_documents",
    "cuts",
    "spare",
    "take_out",
]


@dataclass(frozen=True, slots=True)
class Removed:
    """A paragraph that was taken out, and the kept paragraph that it repeats."""

    paragraph: Paragraph
    partner: Paragraph
    similarity: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without its copies, and the removed paragraphs, in reading order.

    left: copies that are still in the text, because the kept paragraphs would change without them.
    This happens only in markup, and rarely. cuts: the spans that were cut out, in order, and what
    replaces them.
    """

    text: str
    removed: tuple[Removed, ...]
    left: tuple[Removed, ...] = ()
    cuts: tuple[Cut, ...] = field(default=(), repr=False, compare=False)


def clean(text: str, markup: str = "auto", **options: Unpack[FindOptions]) -> Cleaned:
    r"""Take the copies out of one text. ``options`` are those of ``dedup.find``.

    For ``markup`` see ``dedup.paragraphs``. Only paragraphs are taken out. Code, tables, headings
    and everything else that isn't prose stays, and the kept text keeps its meaning (see
    ``dedup.cuts``).

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
    """Take the copies out of several documents, compared with each other; one result for each."""
    segment = segmenter(markup)
    parts = [segment(document) for document in documents]
    found = find([each for part in parts for each in part], **options)
    return take_out(documents, parts, found, markup)


def take_out(
    documents: Sequence[Document],
    parts: Sequence[Sequence[Paragraph]],
    found: Found,
    markup: str | Sequence[str] = "auto",
) -> list[Cleaned]:
    """Take the paragraphs that ``found`` does not keep out of every document.

    parts: the paragraphs of each document, as the segmenter of its markup gave them; found: the
    answer for the paragraphs of all documents, one document after another; markup: one for all
    documents, or one for each.
    """
    markups = [markup] * len(documents) if isinstance(markup, str) else markup
    every = [each for part in parts for each in part]
    keeps = found.kept.tolist()
    cleaned = []
    at = 0
    for document, part, own in zip(documents, parts, markups, strict=True):
        kept = keeps[at : at + len(part)]
        cut, left = plan(document.text, part, kept, own)
        stays = set(left)
        copies = [k for k in range(len(part)) if not kept[k]]
        gone = tuple(_removed(every, found, at + k) for k in copies if k not in stays)
        stay = tuple(_removed(every, found, at + k) for k in left)
        cleaned.append(Cleaned(apply(document.text, cut), gone, stay, tuple(cut)))
        at += len(part)
    return cleaned


def spare(found: Found, stays: NDArray[np.bool_]) -> Found:
    """Change an answer so that some copies stay, as if they repeated nothing.

    stays: bool (n,), true for each paragraph that must not be taken out.
    """
    spared = stays & ~found.kept
    own = np.arange(len(spared))
    return replace(
        found,
        kept=found.kept | spared,
        match=np.where(spared, own, found.match),
        similarity=np.where(spared, np.float32(1.0), found.similarity),
        kind=np.where(spared, np.uint8(Kind.UNIQUE), found.kind),
    )


def _removed(paragraphs: Sequence[Paragraph], found: Found, k: int) -> Removed:
    return Removed(
        paragraphs[k],
        paragraphs[int(found.match[k])],
        float(found.similarity[k]),
        Kind(int(found.kind[k])),
    )
