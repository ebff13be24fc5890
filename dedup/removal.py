"""Take the copies out of texts, touching nothing of what is kept.

Knows: how what went is written down. Does not know: how copies are found, how a text became
paragraphs, where one is cut out of it (``cutting``), files.
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
    """A paragraph that was taken out, and the kept one it repeats."""

    paragraph: Paragraph
    partner: Paragraph
    similarity: float
    kind: Kind


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text without its copies, and what was taken out of it, in reading order.

    left: copies that stand in it still, because what is kept would not be the same without them;
    there are such in markup alone, and hardly ever. cuts: the spans that went, in order, and what
    stands there instead.
    """

    text: str
    removed: tuple[Removed, ...]
    left: tuple[Removed, ...] = ()
    cuts: tuple[Cut, ...] = field(default=(), repr=False, compare=False)


def clean(text: str, markup: str = "auto", **options: Unpack[FindOptions]) -> Cleaned:
    r"""Take the copies out of one text. ``options`` are those of ``dedup.find``.

    ``markup`` is that of ``dedup.paragraphs``. Only paragraphs go: code, tables, headings and all
    else that isn't prose stays, and so does the meaning of what is kept (see ``dedup.cuts``).

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
    found = find([each for part in parts for each in part], **options)
    return take_out(documents, parts, found, markup)


def take_out(
    documents: Sequence[Document],
    parts: Sequence[Sequence[Paragraph]],
    found: Found,
    markup: str | Sequence[str] = "auto",
) -> list[Cleaned]:
    """Take out of every document what ``found`` does not keep.

    markup: of all, or one for each; parts: the paragraphs of each document, as the segmenter of its
    markup gave them; ``found`` is the answer for all of them, one document after another.
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
    """Give the answer that lets some of the copies stay, as if they repeated nothing.

    stays: bool (n,), true for what must not be taken out.
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
