"""One page against an index: its paragraphs, their keys, and the page without its copies.

Knows: pages of one text or of several fields, what a page met again is. Does not know: where pages
come from, who asks the index and when.

A page is cut (``cut_page``), its paragraphs go to an index in one call, and the answer is put
together (``take_out``). The call is left to the caller: it may be in a thread or awaited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dedup.checks import check_choice
from dedup.core.tokens import tokenise
from dedup.cutting import without
from dedup.found import Kind
from dedup.index import Match
from dedup.index.asking import keys_of
from dedup.paragraph import Document, Paragraph, texts_of
from dedup.search import find
from dedup.segment import segmenter

#: What a field holds: a text, or a list of paragraphs.
Value = str | list[str]

#: What a paragraph is that the same page had at the same line before: a copy, or nothing to tell.
REVISITS = ("remove", "keep")


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a page and its paragraphs; name: "" where a page is one text."""

    name: str
    value: Value
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was cut: ``paragraphs`` and ``keys`` are what an index is given."""

    parts: list[Part]
    markup: str
    paragraphs: list[Paragraph]
    keys: list[str]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A paragraph of a page that is like one met before; field: "" where a page is one text."""

    field: str
    paragraph: Paragraph
    match: Match

    def to_dict(self) -> dict[str, object]:
        """The repeat by name: its place, its text, and key, similarity and kind of the match.

        In a list of paragraphs ``first`` and ``last`` are the number of the entry, from 1.
        """
        each, match = self.paragraph, self.match
        return {
            "field": self.field,
            "first": each.first,
            "last": each.last,
            "start": each.start,
            "end": each.end,
            "text": each.text,
            "key": match.key,
            "similarity": round(match.similarity, 6),
            "kind": match.kind.name.lower(),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The fields of a page without its copies, and what repeats what, in reading order.

    left: copies that stand in it still, because what is kept would not be the same without them;
    there are such in markup alone, and hardly ever. variants: are kept. repeats: all three.
    """

    values: dict[str, Value]
    repeats: tuple[Repeat, ...]
    removed: tuple[Repeat, ...]
    left: tuple[Repeat, ...]
    variants: tuple[Repeat, ...]


def cut_page(fields: Mapping[str, Value], key: str, markup: str = "auto") -> Page:
    """Cut the fields of a page into paragraphs, and give each a key.

    A text is cut by its markup, an entry of a list is a paragraph. Keys are ``key#line``, or
    ``key#field#line`` where the field has a name.
    """
    segment = segmenter(markup)
    parts = []
    for name, value in fields.items():
        source = f"{key}#{name}" if name else key
        if isinstance(value, str):
            cut = segment(Document(value, source))
        else:
            cut = [
                Paragraph(entry, source, None, number, number, 0, len(entry))
                for number, entry in enumerate(value, 1)
            ]
        parts.append(Part(name, value, cut))
    paragraphs = [each for part in parts for each in part.paragraphs]
    return Page(parts, markup, paragraphs, keys_of(paragraphs))


def within(page: Page, **options: object) -> list[Match | None]:
    """Match the paragraphs of a page with each other alone. ``options`` are those of ``find``."""
    found = find(page.paragraphs, **options)  # type: ignore[arg-type]
    return [
        None if kind == Kind.UNIQUE else Match(page.keys[match], float(similarity), Kind(kind))
        for match, similarity, kind in zip(
            found.match.tolist(), found.similarity.tolist(), found.kind.tolist(), strict=True
        )
    ]


def check_revisits(revisits: str) -> None:
    """Raise ValueError, naming the choices, for anything else."""
    check_choice("revisits", revisits, REVISITS)


def settle(page: Page, matches: Sequence[Match | None], revisits: str) -> list[Match | None]:
    """Leave out the matches of paragraphs with themselves, if pages met again are to be kept.

    A paragraph that matches its own key is the one this page had at that line when it was met
    before; only the first one of several at a line can be.
    """
    if revisits == "remove":
        return list(matches)
    seen: set[str] = set()
    settled: list[Match | None] = []
    for key, match in zip(page.keys, matches, strict=True):
        itself = match is not None and match.key == key and key not in seen
        settled.append(None if itself else match)
        seen.add(key)
    return settled


def copied_share(page: Page, matches: Sequence[Match | None], min_tokens: int) -> float:
    """Share of the words that stand in copies, of paragraphs long enough to be compared; 0 to 1.

    Cost: 2 us a paragraph.
    """
    words = tokenise(texts_of(page.paragraphs)).lengths.tolist()
    long = [count if count >= max(min_tokens, 1) else 0 for count in words]
    copied = sum(count for count, match in zip(long, matches, strict=True) if _is_copy(match))
    return copied / sum(long) if copied else 0.0


def take_out(page: Page, matches: Sequence[Match | None]) -> Answer:
    """Put a page together without its copies; every byte of what is kept stays.

    matches: one for each of ``page.paragraphs``, None for what matches nothing.
    """
    values: dict[str, Value] = {}
    repeats: list[Repeat] = []
    removed: list[Repeat] = []
    left: list[Repeat] = []
    variants: list[Repeat] = []
    at = 0
    for part in page.parts:
        own = matches[at : at + len(part.paragraphs)]
        at += len(part.paragraphs)
        kept = [not _is_copy(match) for match in own]
        values[part.name], stays = _without(part, kept, page.markup)
        for number, match in enumerate(own):
            if match is None:
                continue
            group = variants if kept[number] else left if number in stays else removed
            repeats.append(Repeat(part.name, part.paragraphs[number], match))
            group.append(repeats[-1])
    return Answer(values, *map(tuple, (repeats, removed, left, variants)))


def _without(part: Part, kept: list[bool], markup: str) -> tuple[Value, set[int]]:
    """Take paragraphs out of a field; also say which had to stay."""
    if isinstance(part.value, str):
        text, left = without(part.value, part.paragraphs, kept, markup)
        return text, set(left)
    return [entry for entry, stays in zip(part.value, kept, strict=True) if stays], set()


def _is_copy(match: Match | None) -> bool:
    return match is not None and match.is_copy
