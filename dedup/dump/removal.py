"""A removed paragraph: its place, its partner, its text, and what it takes to restore it.

Knows: how a removal is written as a line of JSON, how a cut is divided among the paragraphs that it
removes, how a text is restored. Does not know: files, how copies are found.
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

#: A place as all reports write it.
Place = dict[str, str | int | None]

#: Digits of a similarity in the record.
_DIGITS = 4

#: Kinds as reports name them, by number.
_NAMES = {int(each): each.name.lower() for each in Kind}

#: Kinds of removals without a partner: the kept paragraph of boilerplate, and what else stands in a
#: document that is removed whole.
BOILERPLATE, DOCUMENT = "boilerplate", "document"


class Going(NamedTuple):
    """A paragraph to remove: its number in its document, and what it repeats.

    kept: the place of the kept paragraph; None, with a similarity of 0, for the kinds
    ``BOILERPLATE`` and ``DOCUMENT``. whole: whether the whole document is removed.
    """

    paragraph: int
    similarity: float
    kind: str
    kept: Place | None
    whole: bool = False


class Removal(NamedTuple):
    """A removed paragraph.

    Args:
        document: the number of its document in its file, from 0.
        paragraph: its number in the document, from 0.
        start, end: its characters in the document.
        kept: as in ``Going``.
        before, after: the text that was removed with it.
        instead: the text that replaces a cut, at the first paragraph of the cut.
        at, size: where in the written file, unpacked, the line, record or file of the document
            begins, and its bytes. These and the next two stand at the first removal of a document,
            and never for Parquet.
        raw: the bytes that the document had, if they do not follow from its old text.
        dropped: whether the document was not written; in a plan, whether it will not be.

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
        """The fields of the line of JSON: without empty ones, with ``raw`` as text."""
        found = dict(zip(_ALWAYS, self, strict=False))
        others = zip(_SOMETIMES, self[len(_ALWAYS) :], strict=True)
        found.update((name, value) for name, value in others if value and name != "raw")
        if self.raw is not None:
            found["raw"] = self.raw.decode("utf-8", "surrogateescape")
        return found

    def behind(self, start: int, paragraphs: int) -> Removal:
        """Return it with its place moved by so many characters and paragraphs."""
        if not start:
            return self
        return self._replace(
            start=self.start + start, end=self.end + start,
            paragraph=self.paragraph + paragraphs,
        )  # fmt: skip

    def line(self) -> bytes:
        """Return it as a line of JSON: the same as by ``json.dumps`` of ``fields``, but faster."""
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


#: The fields that every line has: those without a default.
_ALWAYS = tuple(each for each in Removal._fields if each not in Removal._field_defaults)
_SOMETIMES = Removal._fields[len(_ALWAYS) :]


def _quoted_or_null(text: str | None) -> str:
    return "null" if text is None else _quoted(text)


def _place(place: Place) -> str:
    """Return a place as JSON, with its fields in their order."""
    inside = [
        f'"{name}": {value if isinstance(value, int) else _quoted_or_null(value)}'
        for name, value in place.items()
    ]
    return f"{{{', '.join(inside)}}}"


def _bytes(value: object, place: str) -> None:
    """Accept bytes, as in Parquet, or a text, as in JSON."""
    if not isinstance(value, bytes):
        schema.text(value, place)


#: The shape of a place.
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
    """Make a removal from its fields. Raises InputError with the file and line."""
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
    """Make the removals of a text from what is removed and the cuts, both in order.

    cuts: None if the text is not cut. document: the number of the document in its file.
    """
    found: list[Removal] = []
    rest = iter(cuts or ())
    at = end = -1  # how much of the text the removals hold, and the end of the current cut
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
    """Put all removals of a text, given in order, back into it. Raises InputError for misfits."""
    pieces: list[str] = []
    read = size = 0  # characters that were read of the text, and written of the old text
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
    """Make the error for a text from which the paragraph was not removed."""
    place = f"{removal.source}:{removal.first}"
    return InputError(
        place, "the text is not the one that the record of removals speaks of",
        "use the files as they were written, with their own record",
    )  # fmt: skip


def name_of(kind: int) -> str:
    """Return the name of a kind in reports."""
    return _NAMES[kind]


def misplaced(removal: Removal, plan: str) -> InputError:
    """Make the error for a plan that names a paragraph that is not there, or out of order."""
    place = removal.source if removal.record is None else f"{removal.source} [{removal.record}]"
    return InputError(
        plan, f"it names lines {removal.first}-{removal.last} of {place}, which are not there as "
        "it says, or not in this order",
        "make the plan anew; you may delete lines of a plan, but not move or change them",
    )  # fmt: skip
