"""Read documents and paragraphs from files, folders, URLs and standard input.

Knows: how the container of each file is found out, and which module reads it. Does not know: how a
container is read (a module each in ``texts``, ``rows`` and ``archives``), markup, similarity.

A container says how documents are stored, a markup how the text of a document is written. Any
document may be in any markup, so the text is cut into paragraphs by ``dedup.segment``, whichever
container it came from.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from io import BytesIO
from itertools import count
from typing import BinaryIO, NamedTuple, Protocol, Unpack, cast

from dedup.errors import InputError
from dedup.kernel import Cutting
from dedup.paragraph import Document, Extent, Paragraph, Skipped
from dedup.readers import bounds, containers, file, packings
from dedup.readers.byte_streams import (
    head_of,
    look_ahead,
    open_unpacked,
    unpacked_head,
)
from dedup.readers.containers import (
    ARC,
    HEAD,
    WAT,
    Container,
    Holds,
    Shard,
    container_by_name,
    container_of,
    is_arc,
    is_wat,
    packing_by_name,
    suffixes,
)
from dedup.readers.options import ContainerOptions, ReadOptions
from dedup.readers.packings import packing_of
from dedup.readers.record import Damaged, Record, Records
from dedup.readers.remote import found_at, is_remote
from dedup.readers.rows.fields import listed
from dedup.readers.texts.long_texts import long_text
from dedup.readers.unsupported import Unsupported
from dedup.segment import (
    CutTexts,
    Section,
    are_columns_cut_together,
    are_cut_together,
    cut_columns,
    cut_together,
    in_pieces,
    is_plain,
    segmenter,
)

__all__ = [
    "ContainerOptions",
    "CutRecords",
    "Damaged",
    "DocumentPart",
    "Extent",
    "NotRead",
    "Paths",
    "ReadOptions",
    "Record",
    "Records",
    "Shard",
    "document_parts",
    "documents",
    "fields_in",
    "listed_paths",
    "markup_of_document",
    "parts_together",
    "read",
    "read_shard",
    "require_fields",
    "shards",
    "too_large",
    "unfit",
]

#: Files that ``clean`` leaves in a folder beside its output: the name of the manifest, and how the
#: name of the record of removals begins.
MANIFEST, RECORD = "cleaned.json", "removed."

_USUAL = ReadOptions()

#: Characters of short texts that are cut into paragraphs by one call.
_TOGETHER = 1 << 18

#: One path, or several.
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class ContainerReader(Protocol):
    """The module that reads a container."""

    def read(
        self, shard: Shard, options: ReadOptions, stdin: BinaryIO | None
    ) -> Iterator[Document | Skipped]:
        """Read the documents of one file; what can't be read comes as Skipped, in its place."""


class RowReader(ContainerReader, Protocol):
    """The module that reads a container of rows with fields."""

    def first_fields(self, shard: Shard, options: ReadOptions) -> list[str]:
        """List the fields of the first row; fields within an object by their paths (``a.b``)."""


class RecordReader(ContainerReader, Protocol):
    """The module that reads a container of rows or records, and gives some of them together."""

    def read_together(
        self, shard: Shard, options: ReadOptions, stdin: BinaryIO | None
    ) -> Iterator[Document | Records | Skipped]:
        """Read what ``read`` does, some documents together."""


def _reader(container: Container) -> ContainerReader:
    return cast(ContainerReader, import_module(container.reader))


def documents(
    paths: Paths,
    encoding: str = "utf-8",
    errors: str = "strict",
    stdin: BinaryIO | None = None,
    **options: Unpack[ContainerOptions],
) -> Iterator[Document | Skipped]:
    """Read all documents at some paths, in order, one in memory at a time.

    The container of a file (text, HTML, JSON Lines, Parquet, WARC, WET) is found out by its suffix
    or first bytes, that of standard input by its first bytes alone. Texts keep their line ends and
    their byte-order mark. Pages of HTML are decoded as browsers do.

    Whatever can't be read comes as a Skipped in its place, and reading goes on. It is a Damaged
    where it should have been a document. A document of which only a part can't be read comes too:
    U+FFFD stands in its text for what can't be decoded, and a Damaged follows it.

    Args:
        paths: files, URLs, folders, or "-" for standard input. Of a folder all files are read that
            hold text, in the order of their names, without hidden ones. A file that is named
            several times is read once.
        encoding: of texts and JSON Lines. A byte-order mark overrules an encoding of Unicode.
        errors: what to do with bytes that are not in the encoding, as for ``bytes.decode``.
        stdin: the stream to read for "-"; None is the standard input of the process.
        options: the other fields of ``ReadOptions``.

    Raises:
        InputError: a path is missing or can't be opened; a file that was named itself is of a kind
            that isn't read, or its text isn't in the encoding; a folder holds no text; no row has
            the field of the text; something is damaged, and ``strict`` is set.
        MissingExtra: a package that is needed to read a file isn't installed.
        ValueError: an option is out of bounds.
    """
    return read_by(ReadOptions(encoding, errors, **options), paths, stdin)


def read_by(
    options: ReadOptions, paths: Paths, stdin: BinaryIO | None = None
) -> Iterator[Document | Skipped]:
    """Do what ``documents`` does, with the options as one value."""
    listed = listed_paths(paths)
    named = frozenset(listed)
    for shard in list(shards(listed, options.container)):
        if isinstance(shard, Skipped):
            yield shard
            continue
        try:
            yield from read_shard(shard, options, stdin)
        except file.Unfit as error:
            if options.strict or shard.path in named:
                raise
            yield unfit(error)


def read_shard(
    shard: Shard, options: ReadOptions | None = None, stdin: BinaryIO | None = None
) -> Iterator[Document | Skipped]:
    """Read the documents of one file, in an order that never changes.

    Raises: as ``documents``.
    Cost: memory for one document, or for a thousand rows of Parquet, and for unpacking the file.
    """
    options = options or ReadOptions()
    if shard.container == "auto":
        shard, stdin = _of_standard_input(stdin)
    found = _reader(containers.named(shard.container)).read(shard, options, stdin)
    return _strictly(found) if options.strict else found


def _strictly(found: Iterator[Document | Skipped]) -> Iterator[Document | Skipped]:
    for each in found:
        if isinstance(each, Damaged):
            raise damage(each)
        yield each


def unfit(error: file.Unfit) -> Damaged:
    """Make the Damaged for a file in a folder whose content doesn't fit its name."""
    return Damaged(error.source, error.notice, None, Extent.FILE)


def damage(damaged: Damaged) -> InputError:
    """Make the error for something damaged, where ``strict`` is set."""
    place = damaged.source if damaged.record is None else f"{damaged.source}: {damaged.record}"
    return InputError(place, damaged.reason, "mend it, or leave out --strict")


def shards(paths: Paths, container: str = "auto") -> Iterator[Shard | Skipped]:
    """List the files at some paths with their containers, each once, in the order of reading.

    Raises:
        InputError: a path is missing, or a folder holds no text.
        NotRead: a file that was named itself is of a kind that isn't read, such as a table, XML, a
            PDF, an ARC archive or an unknown packing. In a folder such a file is a Skipped.
    """
    local: list[str] = []
    for path in listed_paths(paths):
        if is_remote(path):
            yield from _shards_at(local, container)
            local = []
            yield from (shard_of(each, container) for each in found_at(path))
        else:
            local.append(path)
    yield from _shards_at(local, container)


def _shards_at(paths: list[str], container: str) -> Iterator[Shard | Skipped]:
    for path in file.walk(paths, partial(_why_not, container=container)):
        yield path if isinstance(path, Skipped) else shard_of(path, container)


class NotRead(InputError):
    """A file is of a kind that isn't read. ``kind`` names the kind in a few words."""

    def __init__(self, path: str, kind: str, remedy: str, reason: str = "") -> None:
        super().__init__(path, reason or f"{kind}, which isn't read", remedy)
        self.kind = kind


def shard_of(path: str, container: str = "auto") -> Shard:
    """Find out the container and the packing of a file by its suffix and first bytes.

    Standard input stays "auto": its container is found out when it is read.

    Raises:
        NotRead: the file is of a kind that isn't read.
        InputError: the file can't be opened.
    """
    if path == file.STDIN:
        return Shard(path, container)
    return _identified(path, container)[0]


def _of_standard_input(stdin: BinaryIO | None) -> tuple[Shard, BinaryIO]:
    """Find out the container of standard input; also give a stream of it from the beginning.

    Raises: NotRead.
    """
    head, stream = look_ahead(stdin, HEAD)
    packing = packing_of(head)
    _require_unpackable(file.STDIN, packing)
    inside = head
    if packing and packings.named(packing).unpack:
        with open_unpacked(file.STDIN, packing, BytesIO(head)) as opened:
            inside = opened.read(HEAD)
    try:
        return Shard(file.STDIN, _container(file.STDIN, inside), packing), stream
    except NotRead as error:
        remedy = f"{error.remedy}; if it is something else, name that, such as --container text"
        raise NotRead(file.STDIN, error.kind, remedy, error.reason) from None


def _identified(path: str, container: str) -> tuple[Shard, bytes]:
    """Find out the container of a file; also give its first bytes, unpacked.

    The bytes are b"" where the suffix of a URL says enough, and nothing was opened.
    """
    if is_wat(path):
        raise NotRead(path, "a WAT archive", WAT[1], WAT[0])
    named = container_by_name(path)
    if is_remote(path) and named and suffixes(path)[0] != "json":
        packing = packing_by_name(path)
        return Shard(path, named if container == "auto" else container, packing), b""
    head = head_of(path, HEAD)
    called = containers.named(named) if named else None
    packing = "" if called and called.packs_itself else packing_of(head)
    _require_unpackable(path, packing)
    inside = head
    if packing and not (_is_archive(named) and packings.named(packing).extra):
        inside = unpacked_head(path, packing, HEAD)
    found = _container(path, inside, container)
    if packing and packings.named(packing).unpack is None and not _is_archive(found):
        raise NotRead(
            path, f"packed by {packing}", "unpack it first",
            f"packed by {packing}, which is read for archives alone",
        )  # fmt: skip
    return Shard(path, found, packing), inside


def _require_unpackable(path: str, packing: str) -> None:
    """Raise NotRead where a file is packed in a way that can't be unpacked."""
    if packing and not packings.named(packing).is_read:
        raise NotRead(
            path, f"packed by {packing}", "unpack it first",
            f"packed by {packing}, which isn't read",
        )  # fmt: skip


def _container(path: str, head: bytes, container: str = "auto") -> str:
    """Name the container of a file by its path and its first bytes, unpacked. Raises NotRead."""
    if container == "auto":
        found = container_of(path, head)
        if isinstance(found, Unsupported):
            raise NotRead(path, *found)
        container = found
    if _is_archive(container) and is_arc(head):
        raise NotRead(path, "an ARC archive", ARC[1], ARC[0])
    return container


def _is_archive(container: str) -> bool:
    return container != "" and containers.named(container).holds == Holds.RECORDS


def fields_in(shards: Iterable[Shard], options: ReadOptions) -> str:
    """List the fields of the first row that any of the files has, for a message."""
    for shard in shards:
        names: list[str] = []
        container = containers.named(shard.container) if shard.container != "auto" else None
        if container and container.holds == Holds.ROWS:
            names = cast(RowReader, _reader(container)).first_fields(shard, options)
        if names:
            return listed(names)
    return ""


def require_fields(shards: Iterable[Shard], options: ReadOptions, urls: bool, ids: bool) -> None:
    """Raise ValueError where the user has named a field of URLs or ids that no row has.

    Args:
        urls, ids: whether any row had a URL, or an id.
    """
    for name, what, met in (("url_field", "a URL", urls), ("id_field", "an id", ids)):
        value = getattr(options, name)
        if value == getattr(_USUAL, name) or met:
            continue
        if fields := fields_in(shards, options):
            raise ValueError(
                f"{name} is {value!r}, and no row has {what} there; rows have {fields}"
            )


def left_by_clean(path: str) -> bool:
    """Say whether a file is the manifest or the record of removals of an earlier ``clean``."""
    folder, name = os.path.split(path)
    if name != MANIFEST and not name.startswith(RECORD):
        return False
    return os.path.exists(os.path.join(folder, MANIFEST))


def _why_not(path: str, container: str) -> Skipped | None:
    """Say why a file in a folder isn't read; None where it is read.

    The extent is NOTHING for pictures, programs and the like, which hold no text anyway. It is FILE
    where text is missed: the suffix promises text, or the file is a table, an archive or another
    kind that holds some.
    """
    if left_by_clean(path):
        return Skipped(path, "left by 'dedup clean'")
    try:
        shard, head = _identified(path, container)
    except NotRead as error:
        return Skipped(path, error.kind, None, Extent.FILE)
    if containers.named(shard.container).magics:
        return None
    reason = file.why_binary(path, head)
    extent = Extent.FILE if container_by_name(path) else Extent.NOTHING
    return Skipped(path, reason, None, extent) if reason else None


def read(
    paths: Paths,
    markup: str = "auto",
    encoding: str = "utf-8",
    errors: str = "strict",
    stdin: BinaryIO | None = None,
    **options: Unpack[ContainerOptions],
) -> Iterator[Paragraph | Skipped]:
    """Read all paragraphs at some paths: those of each document that ``documents`` gives.

    Args:
        markup: as for ``dedup.paragraphs``. "auto" cuts HTML files as HTML, and all else as plain
            text.
        paths, encoding, errors, stdin, options: as for ``documents``.

    Raises: as ``documents``.
    """
    segmenter(markup)
    for document in documents(paths, encoding, errors, stdin, **options):
        if isinstance(document, Skipped):
            yield document
            continue
        for some in in_pieces(document, markup_of_document(document, markup)):
            yield from some


class DocumentPart(NamedTuple):
    """Some paragraphs of a document. ``number`` counts the documents of a file, from 0."""

    number: int
    document: Document
    paragraphs: Sequence[Paragraph]


class CutRecords(NamedTuple):
    """The paragraphs of neighbouring records, as columns. number: of the first, as above."""

    number: int
    records: Records
    cutting: Cutting

    def parts(self) -> Iterator[DocumentPart]:
        """Give the paragraphs of each record."""
        documents = [*self.records]
        every = CutTexts(documents, self.records.texts.encoded, self.cutting)
        return map(DocumentPart, count(self.number), documents, every.paragraphs())


def document_parts(
    shard: Shard, options: ReadOptions, markup: str = "auto"
) -> Iterator[DocumentPart | Skipped]:
    """Read the paragraphs of one file in order, some of a document at a time.

    A plain text that is too long for memory is read section by section (``texts.long_texts``).

    Raises: as ``documents``.
    Cost: memory as for ``read_shard``, but of a long text for one section and its paragraphs.
    """
    for each in parts_together(shard, options, markup):
        if isinstance(each, CutRecords):
            yield from each.parts()
        else:
            yield each


def parts_together(
    shard: Shard, options: ReadOptions, markup: str = "auto"
) -> Iterator[DocumentPart | CutRecords | Skipped]:
    """Read what ``document_parts`` does, and give records together where that takes less time."""
    number = -1
    waiting = _Waiting()
    for document in _documents_or_sections(shard, options, markup):
        if isinstance(document, CutRecords):
            yield from waiting.taken()
            yield document._replace(number=number + 1)
            number += len(document.records)
            continue
        if isinstance(document, Skipped):
            yield from waiting.taken()
            if options.strict and isinstance(document, Damaged):
                raise damage(document)
            yield document
            continue
        own = markup_of_document(document, markup)
        together = are_cut_together(document, own)
        if not together or waiting.is_full(own):
            yield from waiting.taken()
        if skipped := too_large(document, own, options):
            if options.strict:
                raise damage(skipped)
            yield skipped
            continue
        number += not (isinstance(document, Section) and document.start)
        if together:
            waiting.add(number, document, own)
            continue
        for some in in_pieces(document, own):
            yield DocumentPart(number, document, some)
    yield from waiting.taken()


class _Waiting:
    """Short plain texts that wait until there are enough of them to cut them by one call."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._first = 0  # the number of the first; those of the others follow
        self._size, self._markup = 0, ""

    def is_full(self, markup: str) -> bool:
        """Say whether the waiting texts must be cut before one in this markup can be added."""
        return self._size > _TOGETHER or (markup != self._markup and bool(self._documents))

    def add(self, number: int, document: Document, markup: str) -> None:
        """Add a document to those that wait."""
        if not self._documents:
            self._first = number
        self._documents.append(document)
        self._size += len(document.text)
        self._markup = markup

    def taken(self) -> Iterator[DocumentPart | CutRecords]:
        """Cut the texts that wait, and forget them."""
        documents, first = self._documents, self._first
        self._documents, self._size = [], 0
        if not documents:
            return
        records = [each for each in documents if isinstance(each, Record)]
        if len(records) == len(documents):
            found = Records.of(records)
            yield CutRecords(first, found, cut_columns(found.texts, self._markup))
        else:
            every = cut_together(documents, self._markup)
            yield from map(DocumentPart, count(first), documents, every)


def too_large(document: Document, markup: str, options: ReadOptions) -> Damaged | None:
    """Give a Damaged for a document that takes too much memory to be cut; None for any other.

    Plain text never takes too much: it is cut section by section.
    """
    if is_plain(markup) or bounds.is_small(len(document.text), options.room):
        return None
    size = bounds.of_markup(document.text)
    if size <= options.room:
        return None
    extent = Extent.FILE if document.record is None else Extent.RECORD
    return Damaged(document.source, options.too_large(size), document.record, extent)


def _documents_or_sections(
    shard: Shard, options: ReadOptions, markup: str
) -> Iterator[Document | CutRecords | Skipped]:
    found = long_text(shard, options) if is_plain(markup) else None
    if isinstance(found, Skipped):
        yield found
    elif found is None:
        yield from _documents_or_cut(shard, options, markup)
    else:
        for section in found.sections():
            if not section.unread:
                yield section
            elif section.head:
                yield found.skipped(section)


def _documents_or_cut(
    shard: Shard, options: ReadOptions, markup: str
) -> Iterator[Document | CutRecords | Skipped]:
    """Read documents, and cut those that the reader gives together, if they are short texts."""
    reader = _reader(containers.named(shard.container)) if shard.container != "auto" else None
    if not hasattr(reader, "read_together"):
        yield from read_shard(shard, options)
        return
    for each in cast(RecordReader, reader).read_together(shard, options, None):
        if not isinstance(each, Records):
            yield each
            continue
        own = markup_of_document(each, markup)
        if are_columns_cut_together(each.texts, own):
            yield CutRecords(0, each, cut_columns(each.texts, own))
        else:
            yield from each


def markup_of_document(document: Document | Records, markup: str) -> str:
    """Name the markup to cut a document by: its own, if it has one and ``markup`` is "auto"."""
    own: str | None = getattr(document, "markup", None)
    return own if markup == "auto" and own is not None else markup


def listed_paths(paths: Paths) -> list[str]:
    """Give one path or several paths as a list of strings."""
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]
