"""A page and what it repeats: its paragraphs, their keys, and the page without its copies.

Knows: pages of one text or of several fields, and pages that are seen again. Does not know: where
pages come from, in which thread or event loop an index is asked.

``cut_page`` cuts a page into paragraphs, ``add_page`` gives these to an index and returns what they
match, and ``take_out`` returns the page without its copies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

from dedup.checks import check_choice
from dedup.core.tokens import tokenise
from dedup.cuts import without
from dedup.found import Kind
from dedup.index import Index, Match
from dedup.index.arguments import keys_of
from dedup.index.settings import Settings
from dedup.paragraph import Document, Paragraph, texts_of
from dedup.removal import FindOptions
from dedup.search import find
from dedup.segment import segmenter

#: What a field holds: a text, or a list of paragraphs.
FieldValue = str | list[str]

#: What becomes of a paragraph that the same page had when it was seen before.
REVISITS = ("remove", "keep")


@dataclass(frozen=True, slots=True)
class CutField:
    """A field of a page and its paragraphs. The name is "" where a page is one text."""

    name: str
    value: FieldValue
    paragraphs: list[Paragraph]


@dataclass(frozen=True, slots=True)
class CutPage:
    """A page in paragraphs. ``paragraphs`` and ``keys`` are what an index is given."""

    key: str
    fields: list[CutField]
    markup: str
    paragraphs: list[Paragraph]
    keys: list[str]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A paragraph of a page and the match that was found for it.

    field: the name of the field in which the paragraph stands, "" where a page is one text.
    """

    field: str
    paragraph: Paragraph
    match: Match

    def to_dict(self) -> dict[str, object]:
        """Give the place and text of the paragraph, and key, similarity and kind of its match.

        In a field that is a list, ``first`` and ``last`` are the number of the entry, from 1.
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
class CleanedFields:
    """The fields of a page without its copies, and what was found in them, in reading order.

    repeats: every paragraph that has a match. Each is in one of the other three: removed, the
    copies that were taken out; left, the copies that had to stay because what is kept would read
    differently without them (rare, and in markup only); variants, which always stay.
    """

    values: dict[str, FieldValue]
    repeats: tuple[Repeat, ...]
    removed: tuple[Repeat, ...]
    left: tuple[Repeat, ...]
    variants: tuple[Repeat, ...]


def cut_page(fields: Mapping[str, FieldValue], key: str, markup: str = "auto") -> CutPage:
    """Cut the fields of a page into paragraphs and name each paragraph.

    A text is cut by its markup; an entry of a list is one paragraph. The key of a paragraph is
    ``key#line``, or ``key#field#line`` where the field has a name.
    """
    segment = segmenter(markup)
    cut_fields = []
    for name, value in fields.items():
        source = f"{key}#{name}" if name else key
        if isinstance(value, str):
            cut = segment(Document(value, source))
        else:
            cut = [
                Paragraph(entry, source, None, number, number, 0, len(entry))
                for number, entry in enumerate(value, 1)
            ]
        cut_fields.append(CutField(name, value, cut))
    paragraphs = [each for field in cut_fields for each in field.paragraphs]
    return CutPage(key, cut_fields, markup, paragraphs, keys_of(paragraphs))


def find_in(pages: Sequence[CutPage], **options: Unpack[FindOptions]) -> list[list[Match | None]]:
    """Compare the paragraphs of several pages with each other, without an index.

    Returns a list for each page, with a match or None for each of its paragraphs.

    Args:
        options: the options of ``dedup.find``.
    """
    keys = [key for page in pages for key in page.keys]
    found = find([each for page in pages for each in page.paragraphs], **options)
    matches = iter(
        None if kind == Kind.UNIQUE else Match(keys[match], float(similarity), Kind(kind))
        for match, similarity, kind in zip(
            found.match.tolist(), found.similarity.tolist(), found.kind.tolist(), strict=True
        )
    )
    return [[next(matches) for _ in page.paragraphs] for page in pages]


def add_page(page: CutPage, index: Index | None, revisits: str) -> list[Match | None]:
    """Add a page to an index in one step; return a match or None for each of its paragraphs.

    Args:
        index: None compares only the paragraphs of the page with each other.
        revisits: one of ``REVISITS``.

    Raises: what ``Index.add_many`` raises.
    """
    if index is None:
        return find_in([page])[0]
    matches = index.add_many(page.paragraphs, page.keys)
    return without_revisits(page, matches, revisits, index.settings)


def check_revisits(revisits: str) -> None:
    """Raise ValueError, with the choices, unless the value is one of ``REVISITS``."""
    check_choice("revisits", revisits, REVISITS)


def without_revisits(
    page: CutPage, matches: Sequence[Match | None], revisits: str, settings: Settings
) -> list[Match | None]:
    """If ``revisits`` is "keep", drop the matches with paragraphs stored for the same page.

    So a page that is seen again keeps what it kept the first time, wherever the paragraphs stand in
    it now. If the page now has several copies of one paragraph, only one of them loses its match:
    the first that is stored word for word, otherwise the first of all. A page with the key "" can't
    be recognised, so all its matches stay.

    Args:
        matches: the answer of an index for the page, one for each paragraph.
        settings: the settings of this index.

    Cost: one ``find`` over the page, unless the page is unchanged.
    """
    own = {
        place: match
        for place, match in enumerate(matches)
        if match is not None and _is_own(match, page)
    }
    if revisits == "remove" or not own:
        return list(matches)
    if _are_stored(page, matches, own):
        return [None if place in own else match for place, match in enumerate(matches)]
    places = [place for place, match in enumerate(matches) if place in own or not _is_copy(match)]
    found = find(
        [page.paragraphs[place] for place in places],
        settings.threshold,
        rank=[int(_is_near(matches[place])) for place in places],
        recipe=settings.recipe,
        variants=settings.variants,
        workers=1,
    )
    kept = {place for place, stays in zip(places, found.kept.tolist(), strict=True) if stays}
    return [
        None if place in own and place in kept else match for place, match in enumerate(matches)
    ]


def _are_stored(page: CutPage, matches: Sequence[Match | None], own: Mapping[int, Match]) -> bool:
    """Say whether all own matches are exact copies of different paragraphs of an earlier visit.

    Stored paragraphs don't repeat each other, so exact copies of different ones don't either.
    """
    new = {
        key
        for key, match in zip(page.keys, matches, strict=True)
        if match is None or not match.is_copy
    }
    keys = {match.key for match in own.values() if match.kind == Kind.EXACT}
    return len(keys) == len(own) and keys.isdisjoint(new)


def _is_own(match: Match, page: CutPage) -> bool:
    """Say whether a match is a copy of a paragraph that was stored for this page."""
    if not match.is_copy or not page.key or not match.key.startswith(f"{page.key}#"):
        return False
    name, _, line = match.key[len(page.key) + 1 :].rpartition("#")
    named = not name or name.isdecimal() or any(name == each.name for each in page.fields)
    return named and line.isdecimal()


def copied_share(page: CutPage, matches: Sequence[Match | None], min_tokens: int) -> float:
    """Return the share of a page's words that stand in copies, from 0 to 1.

    Only paragraphs of at least ``min_tokens`` words count. Cost: 2 us a paragraph.
    """
    words = tokenise(texts_of(page.paragraphs)).lengths.tolist()
    long = [count if count >= max(min_tokens, 1) else 0 for count in words]
    copied = sum(count for count, match in zip(long, matches, strict=True) if _is_copy(match))
    return copied / sum(long) if copied else 0.0


def take_out(page: CutPage, matches: Sequence[Match | None]) -> CleanedFields:
    """Take the copies out of a page. Every byte of what is kept stays.

    matches: one for each of ``page.paragraphs``, None for a paragraph that matches nothing.
    """
    values: dict[str, FieldValue] = {}
    repeats: list[Repeat] = []
    removed: list[Repeat] = []
    left: list[Repeat] = []
    variants: list[Repeat] = []
    at = 0
    for field in page.fields:
        own = matches[at : at + len(field.paragraphs)]
        at += len(field.paragraphs)
        kept = [not _is_copy(match) for match in own]
        values[field.name], stays = _without(field, kept, page.markup)
        for number, match in enumerate(own):
            if match is None:
                continue
            group = variants if kept[number] else left if number in stays else removed
            repeats.append(Repeat(field.name, field.paragraphs[number], match))
            group.append(repeats[-1])
    return CleanedFields(values, *map(tuple, (repeats, removed, left, variants)))


def _without(field: CutField, kept: list[bool], markup: str) -> tuple[FieldValue, set[int]]:
    """Take paragraphs out of a field. Also return the positions of those that had to stay."""
    if isinstance(field.value, str):
        text, left = without(field.value, field.paragraphs, kept, markup)
        return text, set(left)
    return [entry for entry, stays in zip(field.value, kept, strict=True) if stays], set()


def _is_near(match: Match | None) -> bool:
    return match is not None and match.kind == Kind.NEAR


def _is_copy(match: Match | None) -> bool:
    return match is not None and match.is_copy
