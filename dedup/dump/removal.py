"""One paragraph that went: its place, its partner, its text, and what it takes to put it back.

Knows: how it is written as a line of JSON, how cuts are shared among the paragraphs that go with
them, how a text is put together again. Does not know: files, how paragraphs are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple

from dedup import schema
from dedup.core.similarity import rounded
from dedup.cuts import Cut
from dedup.errors import InputError
from dedup.found import Kind
from dedup.paragraph import Paragraph

#: A place as every report writes it.
Place = dict[str, str | int | None]

#: Digits of a similarity.
_DIGITS = 4

#: Kinds as reports name them, by number.
_NAMES = {int(each): each.name.lower() for each in Kind}

#: Kinds of what goes without a partner: the first of boilerplate; what goes with its document.
BOILERPLATE, DOCUMENT = "boilerplate", "document"


class Going(NamedTuple):
    """A paragraph that is to go: its number in its document, and what it repeats.

    kept: None for the first of boilerplate, and for what goes with its document and repeats
    nothing; similarity is 0 then. whole: whether all of its document is to go.
    """

    paragraph: int
    similarity: float
    kind: str
    kept: Place | None
    whole: bool = False


class Removal(NamedTuple):
    """A paragraph that went.

    document: the number of its document in its file; paragraph: its own in the document, both from
    0. start, end: its characters there. before, after: what went with it; instead: what stands in
    the place of a cut that begins with it. Of the first removal of a document, for its line, record
    or whole file: at, size: where the bytes that are left of it stand in what was written, as
    unpacked, and how many they are; raw: its bytes as they were, where the text alone doesn't give
    them back; dropped: whether it is not there any more, in a plan, whether it is not to be. Of
    Parquet there is nothing of this. kept: as of ``Going``.
    """

    source: str
    record: str | None
    first: int
    last: int
    document: int
    paragraph: int
    start: int
    end: int
    similarity: float
    kind: str
    kept: Place | None
    text: str
    before: str = ""
    after: str = ""
    instead: str = ""
    at: int = 0
    size: int = 0
    raw: bytes | None = None
    dropped: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """What is written down, empty things left out; ``raw`` as text."""
        found = dict(zip(_ALWAYS, self, strict=False))
        others = zip(_SOMETIMES, self[len(_ALWAYS) :], strict=True)
        found.update((name, value) for name, value in others if value and name != "raw")
        if self.raw is not None:
            found["raw"] = self.raw.decode("utf-8", "surrogateescape")
        return found

    def behind(self, start: int, paragraphs: int) -> Removal:
        """Count its place from further up, by so many characters and paragraphs."""
        if not start:
            return self
        return self._replace(
            start=self.start + start, end=self.end + start,
            paragraph=self.paragraph + paragraphs,
        )  # fmt: skip

    def line(self) -> bytes:
        """Write it as a line of JSON: what the module ``json`` makes of its fields, quicker."""
        (
            source, record, first, last, document, paragraph, start, end, similarity, kind, kept,
            text, before, after, instead, at, size, raw, dropped,
        ) = self  # fmt: skip
        found = (
            f'{{"source": {_quoted(source)}, "record": {_quoted_or_null(record)}, '
            f'"first": {first}, "last": {last}, "document": {document}, "paragraph": {paragraph}, '
            f'"start": {start}, "end": {end}, "similarity": {similarity!r}, "kind": "{kind}", '
            f'"kept": {_place(kept) if kept else "null"}, "text": {_quoted(text)}'
        )
        if before:
            found += f', "before": {_quoted(before)}'
        if after:
            found += f', "after": {_quoted(after)}'
        if instead:
            found += f', "instead": {_quoted(instead)}'
        if at:
            found += f', "at": {at}'
        if size:
            found += f', "size": {size}'
        if dropped:
            found += ', "dropped": true'
        if raw is not None:
            found += f', "raw": {_quoted(raw.decode("utf-8", "surrogateescape"))}'
        return f"{found}}}\n".encode("ascii")


#: Fields that are always written down: those without a default.
_ALWAYS = tuple(each for each in Removal._fields if each not in Removal._field_defaults)
_SOMETIMES = Removal._fields[len(_ALWAYS) :]


def _quoted_or_null(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def _place(place: Place) -> str:
    """Write a place as a line of JSON holds it, whatever its fields are and in their order."""
    inside = [
        f'"{name}": {value if isinstance(value, int) else _quoted_or_null(value)}'
        for name, value in place.items()
    ]
    return f"{{{', '.join(inside)}}}"


def _bytes(value: object, place: str) -> None:
    """Take bytes, as Parquet gives them, or what JSON has for them."""
    if not isinstance(value, bytes):
        schema.text(value, place)


#: What a place looks like.
PLACE = schema.fields(
    {"source": schema.text, "record": schema.optional(schema.text), "first": schema.whole,
     "last": schema.whole}
)  # fmt: skip
_SHAPE = schema.fields(
    {"source": schema.text, "record": schema.optional(schema.text), "first": schema.whole,
     "last": schema.whole, "document": schema.whole, "paragraph": schema.whole,
     "start": schema.whole, "end": schema.whole, "similarity": schema.share,
     "kind": schema.one_of((*_NAMES.values(), BOILERPLATE, DOCUMENT)),
     "kept": schema.optional(PLACE), "text": schema.text},
    {"before": schema.text, "after": schema.text, "instead": schema.text, "at": schema.whole,
     "size": schema.whole, "dropped": schema.flag, "raw": schema.optional(_bytes)},
)  # fmt: skip


def removal_of(fields: dict[str, Any], source: str, line: int) -> Removal:
    """Read a removal as ``fields`` gives it. Raises InputError, naming the file and line."""
    try:
        _SHAPE(fields, "")
        raw = fields.pop("raw", None)
        if isinstance(raw, str):
            raw = raw.encode("utf-8", "surrogateescape")
    except (schema.Misfit, UnicodeError) as error:
        raise InputError(f"{source}:{line}", f"it is no removal ({error})") from error
    return Removal(**fields, raw=raw)


def removals(
    text: str,
    paragraphs: Sequence[Paragraph],
    going: Sequence[Going],
    cuts: Sequence[Cut] | None,
    document: int,
) -> list[Removal]:
    """Write down what goes from a text: ``going`` in the cuts of the text, both in order.

    cuts: None where nothing is cut.
    """
    found: list[Removal] = []
    rest = iter(cuts or ())
    at = end = -1  # how far the text was written down, and where the cut at hand ends
    every = [paragraphs[number] for number, *_ in going]
    starts = [*(each.start for each in every), len(text) + 1]
    for here, (number, similarity, kind, kept, _), following in zip(
        every, going, starts[1:], strict=True
    ):
        before = after = instead = ""
        start, stop = here.start, here.end
        if cuts is not None:
            if start >= end:
                at, end, instead = next(rest)
            before = text[at:start]
            at = stop
            if following >= end:
                after = text[at:end]
        found.append(
            Removal(
                here.source, here.record, here.first, here.last, document, number, start, stop,
                rounded(similarity, _DIGITS), kind, kept, here.text, before, after, instead,
            )
        )  # fmt: skip
    return found


def put_back(text: str, gone: Sequence[Removal]) -> str:
    """Put what went from a text back into it. Raises InputError where it doesn't fit.

    gone: all removals of the text, in order.
    """
    pieces: list[str] = []
    read = size = 0  # how much of the text was read, and of the old one was written
    for each in gone:
        begin = each.start - len(each.before)
        if begin < size or read + begin - size > len(text):
            raise misfit(each)
        pieces.append(text[read : read + begin - size])
        read += begin - size
        if text[read : read + len(each.instead)] != each.instead:
            raise misfit(each)
        read += len(each.instead)
        pieces += [each.before, each.text, each.after]
        size = begin + len(each.before) + len(each.text) + len(each.after)
    return "".join([*pieces, text[read:]])


def misfit(removal: Removal) -> InputError:
    """Make the error for a text that isn't the one that a paragraph went from."""
    place = f"{removal.source}:{removal.first}"
    return InputError(
        place, "the text is not the one that the record of removals speaks of",
        "use the files as they were written, with their own record",
    )  # fmt: skip


def name_of(kind: int) -> str:
    """Name a kind as reports do."""
    return _NAMES[kind]


def misplaced(removal: Removal, plan: str) -> InputError:
    """Make the error for a plan that speaks of what isn't there, or not in order."""
    place = removal.source if removal.record is None else f"{removal.source} [{removal.record}]"
    return InputError(
        plan, f"it names lines {removal.first}-{removal.last} of {place}, which are not there as "
        "it says, or not in this order",
        "make the plan anew; of a plan lines may be left out, not moved or changed",
    )  # fmt: skip
