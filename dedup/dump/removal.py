"""A removed paragraph: its place, its partner, its text, and what it takes to restore it.

Knows: how removals are written as lines of JSON, one or many at a time, how a cut is divided among
the paragraphs that it removes, how a text is restored. Does not know: files, how copies are found.
"""

from __future__ import annotations

from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import kernel, schema
from dedup.core.similarity import rounded
from dedup.cuts import Cut
from dedup.encoded import Encoded, encode
from dedup.errors import InputError
from dedup.found import Kind
from dedup.kernel import Field, FieldKind
from dedup.paragraph import Document, Paragraph
from dedup.ragged import starts_of

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
            f"{{{_home(source, record)}, "
            f'"first": {first}, "last": {last}, "document": {document}, "paragraph": {paragraph}, '
            f'"start": {start}, "end": {end}, {_reason(similarity, kind, kept)}, '
            f'"text": {_quoted(text)}'
        )
        if before:
            found += f', "before": {_quoted(before)}'
        if after:
            found += f', "after": {_quoted(after)}'
        if instead:
            found += f', "instead": {_quoted(instead)}'
        return completed(f"{found}}}\n".encode("ascii"), at, size, raw, dropped)


def completed(
    line: bytes, at: int = 0, size: int = 0, raw: bytes | None = None, dropped: bool = False
) -> bytes:
    """Add to a line of JSON what the first removal of a document has beside the others."""
    found = ""
    if at:
        found += f', "at": {at}'
    if size:
        found += f', "size": {size}'
    if dropped:
        found += ', "dropped": true'
    if raw is not None:
        found += f', "raw": {_quoted(raw.decode("utf-8", "surrogateescape"))}'
    return line[:-2] + f"{found}}}\n".encode("ascii") if found else line


#: The fields that every line has: those without a default.
_ALWAYS = tuple(each for each in Removal._fields if each not in Removal._field_defaults)
_SOMETIMES = Removal._fields[len(_ALWAYS) :]


class Spans(NamedTuple):
    """Texts as UTF-8: text ``k`` is ``bytes[begin[k]:end[k]]``. begin, end: int64 (n,)."""

    bytes: NDArray[np.uint8]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[Spans]) -> Spans:
        """Join several, one after another."""
        if len(parts) == 1:
            return parts[0]
        before = starts_of(np.array([len(each.bytes) for each in parts])).tolist()
        moved = [(each.begin + at, each.end + at) for each, at in zip(parts, before, strict=False)]
        return cls(
            np.concatenate([each.bytes for each in parts]),
            *(np.concatenate(each) for each in zip(*moved, strict=True)),
        )


class Chosen(NamedTuple):
    """Paragraphs to remove among those of neighbouring documents, none of which goes whole.

    rows: int64 (n,), their numbers among these paragraphs, rising. reasons: why each goes, as it is
    written in its line; see ``reasons``.
    """

    rows: NDArray[np.int64]
    reasons: Spans


_NONE = np.empty(0, dtype=np.int64)

#: No paragraph to remove.
NOTHING = Chosen(_NONE, Spans(np.empty(0, dtype=np.uint8), _NONE, _NONE))


class Columns(NamedTuple):
    """Where ``n`` removed paragraphs stand, in columns of int64.

    bytes: the texts of their documents as UTF-8. span, before, after: (2, n), the bytes there of
    each paragraph and of what was removed before and after it. places: (4, n), its characters and
    lines, as in ``kernel.Cutting``. document, paragraph: (n,), as in ``Removal``. among: (n,), the
    number of its document among those at hand, rising.
    """

    bytes: NDArray[np.uint8]
    span: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]
    places: NDArray[np.int64]
    document: NDArray[np.int64]
    paragraph: NDArray[np.int64]
    among: NDArray[np.int64]


def written(columns: Columns, reasons: Spans, documents: Sequence[Document]) -> Encoded:
    """Write the lines of many removals at once, the same as ``Removal.line`` one by one.

    reasons: why each paragraph goes; documents: those at hand. Cost: 0.5 us a removal, and 1 ns a
    byte.
    """
    raw, span, before, after, places, document, paragraph, among = columns
    start, end, first, last = places
    own, back = np.unique(among, return_inverse=True)
    homes = encode([_home(documents[k].source, documents[k].record) for k in own.tolist()])
    number, verbatim = FieldKind.WHOLE_NUMBER, FieldKind.WRITTEN
    fields = [
        Field(verbatim, b"", homes.starts[back], homes.starts[back + 1], homes.bytes),
        Field(number, b'"first": ', first),
        Field(number, b'"last": ', last),
        Field(number, b'"document": ', document),
        Field(number, b'"paragraph": ', paragraph),
        Field(number, b'"start": ', start),
        Field(number, b'"end": ', end),
        Field(verbatim, b"", reasons.begin, reasons.end, reasons.bytes),
        Field(FieldKind.TEXT, b'"text": ', span[0], span[1], raw),
        Field(FieldKind.TEXT_IF_ANY, b'"before": ', before[0], before[1], raw),
        Field(FieldKind.TEXT_IF_ANY, b'"after": ', after[0], after[1], raw),
    ]
    return kernel.lines(fields)


def reasons_of(going: Sequence[Going]) -> Spans:
    """Write why paragraphs go, as their lines say it."""
    found = encode(
        [_reason(rounded(each.similarity, _DIGITS), each.kind, each.kept) for each in going]
    )
    return Spans(found.bytes, found.starts[:-1], found.starts[1:])


def reasons(
    similarity: NDArray[np.float32],
    kind: NDArray[np.uint8],
    homes: Sequence[tuple[str, str | None]],
    home: NDArray[np.int64],
    lines: NDArray[np.int64],
) -> Spans:
    """Write why many copies go, the same as ``reasons_of`` gives for each.

    Args:
        similarity: (n,), to the kept paragraph.
        kind: (n,), the numbers of the kinds.
        homes: source and record of documents.
        home: (n,), in which of these each kept paragraph stands.
        lines: (2, n), its first and last line.

    Cost: 0.3 us each.

    """
    exact, back = np.unique(similarity, return_inverse=True)
    shares = encode([repr(rounded(each, _DIGITS)) for each in exact.tolist()])
    kinds = encode([f'"{_NAMES[number]}"' for number in range(len(_NAMES))])
    places = encode([_home(*each) for each in homes])
    number, verbatim = FieldKind.WHOLE_NUMBER, FieldKind.WRITTEN
    found = kernel.lines(
        [
            Field(verbatim, b'"similarity": ', *_spans(shares, back)),
            Field(verbatim, b'"kind": ', *_spans(kinds, kind)),
            # What ends the line ends the place.
            Field(verbatim, b'"kept": {', *_spans(places, home)),
            Field(number, b'"first": ', lines[0]),
            Field(number, b'"last": ', lines[1]),
        ]
    )
    # Without what begins and what ends the line.
    return Spans(found.bytes, found.starts[:-1] + 1, found.starts[1:] - 1)


def _spans(
    texts: Encoded, rows: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.uint8]]:
    """Say where some of the texts begin and end, and among which bytes."""
    return texts.starts[:-1][rows], texts.starts[1:][rows], texts.bytes


def _home(source: str, record: str | None) -> str:
    """Return the fields that say where a paragraph stood."""
    return f'"source": {_quoted(source)}, "record": {_quoted_or_null(record)}'


def _reason(similarity: float, kind: str, kept: Place | None) -> str:
    """Return the fields that say why a paragraph goes."""
    place = _place(kept) if kept else "null"
    return f'"similarity": {similarity!r}, "kind": "{kind}", "kept": {place}'


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
