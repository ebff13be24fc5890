"""Paths to documents, and to paragraphs.

Knows: which container holds what a path leads to. Does not know: how a container is opened (a
module each), markup, similarity.

A container is not a markup: whatever a document was unwrapped from, its text is cut by a segmenter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import BinaryIO, NamedTuple, Protocol, Unpack, cast

from dedup.errors import InputError
from dedup.paragraph import Document, Extent, Paragraph, Skipped
from dedup.readers import bounds, containers, file, packings
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
from dedup.readers.record import Damaged, Record
from dedup.readers.remote import found_at, is_remote
from dedup.readers.rows.fields import listed
from dedup.readers.streams import (
    head_of,
    look_ahead,
    open_unpacked,
    unpacked_head,
)
from dedup.readers.texts.long_texts import long_text
from dedup.readers.unsupported import Unsupported
from dedup.segment import (
    Section,
    are_cut_together,
    cut_together,
    in_pieces,
    is_plain,
    segmenter,
)

__all__ = [
    "ContainerOptions",
    "Damaged",
    "DocumentPart",
    "Extent",
    "NotRead",
    "Paths",
    "ReadOptions",
    "Record",
    "Shard",
    "document_parts",
    "documents",
    "fields_in",
    "listed_paths",
    "markup_of_document",
    "read",
    "read_shard",
    "require_fields",
    "shards",
    "too_large",
    "unfit",
]

#: What ``clean`` leaves in a folder beside what it writes: the name, and how the other begins.
MANIFEST, RECORD = "cleaned.json", "removed."

_USUAL = ReadOptions()

#: Characters of short texts that are cut in one go.
_TOGETHER = 1 << 18

#: One path, or several.
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class ContainerReader(Protocol):
    """The module that reads a container."""

    def read(
        self, shard: Shard, options: ReadOptions, stdin: BinaryIO | None
    ) -> Iterator[Document | Skipped]:
        """Read the documents of one file, and say what in it was not read."""


class RowReader(ContainerReader, Protocol):
    """The module that reads a container of rows with fields."""

    def first_fields(self, shard: Shard, options: ReadOptions) -> list[str]:
        """List the fields of the first row, and those within its objects by their paths."""


def _reader(container: Container) -> ContainerReader:
    return cast(ContainerReader, import_module(container.reader))


def documents(
    paths: Paths,
    encoding: str = "utf-8",
    errors: str = "strict",
    stdin: BinaryIO | None = None,
    **options: Unpack[ContainerOptions],
) -> Iterator[Document | Skipped]:
    """Read every document that the paths lead to, in order, one in memory at a time.

    A path is a file, a URL, a folder (all files in it that are read, by name, hidden ones left out)
    or "-" for standard input, whose bytes ``stdin`` gives where it isn't the process's own. Each
    file is read once, however often it is named. Files are text, HTML, JSON Lines (``.gz`` and
    ``.zst`` too), Parquet, WARC and WET (``.lz4`` too), by suffix or first bytes, and standard
    input by its first bytes, unless ``container`` says otherwise. ``options`` are those of
    ``ReadOptions``.

    Texts are decoded and nothing else: line ends stay, and so does a byte-order mark. Marks of
    UTF-8, UTF-16 and UTF-32 overrule an ``encoding`` of that family. ``errors`` is a name of
    Python's for what to do with bytes that are not ``encoding``. What is damaged is Damaged, a
    Skipped, and reading goes on, unless ``strict`` is set.

    A page of HTML is decoded as browsers do; what of it can't be is U+FFFD, and told as Damaged. A
    text in a folder that isn't ``encoding`` is Damaged too.

    Raises InputError for what is missing, can't be read or isn't ``encoding``, for a folder without
    any text, for a container that isn't read, for one without the field of the text, and with
    ``strict`` for what is damaged; MissingExtra; ValueError for options out of bounds.
    """
    return read_by(ReadOptions(encoding, errors, **options), paths, stdin)


def read_by(
    options: ReadOptions, paths: Paths, stdin: BinaryIO | None = None
) -> Iterator[Document | Skipped]:
    """Read every document that the paths lead to, as ``documents`` does."""
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
    """Read the documents of one file, in order, the same each time. Raises as ``documents`` does.

    Memory: one document, or a thousand rows of Parquet, and what its container needs to unpack it.
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
    """Make what is given for a file of a folder that isn't what its name says."""
    return Damaged(error.source, error.notice, None, Extent.FILE)


def damage(damaged: Damaged) -> InputError:
    """Make the error for what is damaged, for those who don't pass over it."""
    place = damaged.source if damaged.record is None else f"{damaged.source}: {damaged.record}"
    return InputError(place, damaged.reason, "mend it, or pass over such without --strict")


def shards(paths: Paths, container: str = "auto") -> Iterator[Shard | Skipped]:
    """List the files that paths lead to and what they are, each once, in the order of reading.

    Raises InputError for a path that is missing, a folder without any text, and, where it was named
    itself, NotRead for what isn't read: a table, XML, a PDF, an ARC, an unknown packing.
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
    """A file is something that isn't read; ``kind`` says in a few words what."""

    def __init__(self, path: str, kind: str, remedy: str, reason: str = "") -> None:
        super().__init__(path, reason or f"{kind}, which isn't read", remedy)
        self.kind = kind


def shard_of(path: str, container: str = "auto") -> Shard:
    """Say what a file is, by its suffix and its first bytes; standard input is left at "auto".

    Raises NotRead for what is known and not read, InputError for what can't be opened.
    """
    if path == file.STDIN:
        return Shard(path, container)
    return _identified(path, container)[0]


def _of_standard_input(stdin: BinaryIO | None) -> tuple[Shard, BinaryIO]:
    """Say what standard input holds, as of a file; give it, from its beginning. Raises NotRead."""
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
        remedy = f"{error.remedy}; if it is something else, say so, such as --container text"
        raise NotRead(file.STDIN, error.kind, remedy, error.reason) from None


def _identified(path: str, container: str) -> tuple[Shard, bytes]:
    """Say what a file is; give its first bytes, unpacked, where they were looked at."""
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
    """Raise NotRead for a packing that isn't read."""
    if packing and not packings.named(packing).is_read:
        raise NotRead(
            path, f"packed by {packing}", "unpack it first",
            f"packed by {packing}, which isn't read",
        )  # fmt: skip


def _container(path: str, head: bytes, container: str = "auto") -> str:
    """Name the container of a file by its first bytes as unpacked. Raises NotRead."""
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
    """List the fields of the first rows of the first files that have some, for a message."""
    for shard in shards:
        names: list[str] = []
        container = containers.named(shard.container) if shard.container != "auto" else None
        if container and container.holds == Holds.ROWS:
            names = cast(RowReader, _reader(container)).first_fields(shard, options)
        if names:
            return listed(names)
    return ""


def require_fields(shards: Iterable[Shard], options: ReadOptions, urls: bool, ids: bool) -> None:
    """Raise ValueError for a field of URLs or ids that was named and that no row has.

    urls, ids: whether any row had one.
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
    """Say whether a file is no input but what ``clean`` left in a folder: manifest, record."""
    folder, name = os.path.split(path)
    if name != MANIFEST and not name.startswith(RECORD):
        return False
    return os.path.exists(os.path.join(folder, MANIFEST))


def _why_not(path: str, container: str) -> Skipped | None:
    """Say why a file in a folder isn't read; None where it is.

    Nothing is missed of pictures, programs and the like; a file whose name says that it is text
    should have been read, and so should tables, archives and other kinds that hold text.
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
    """Read every paragraph that the paths lead to: ``documents``, then ``paragraphs`` of each.

    With the markup "auto" the source of HTML is cut as HTML, and all else as plain text.
    """
    segmenter(markup)
    for document in documents(paths, encoding, errors, stdin, **options):
        if isinstance(document, Skipped):
            yield document
            continue
        for some in in_pieces(document, markup_of_document(document, markup)):
            yield from some


class DocumentPart(NamedTuple):
    """Some paragraphs of a document, and the number of that in its file, from 0."""

    number: int
    document: Document
    paragraphs: Sequence[Paragraph]


def document_parts(
    shard: Shard, options: ReadOptions, markup: str = "auto"
) -> Iterator[DocumentPart | Skipped]:
    """Read the paragraphs of one file, some of a document at a time, in order.

    A plain text too long to be held is read section by section: see ``texts.long_texts``. Memory: a
    document, as of ``read_shard``, or a section of a long text, and the paragraphs of a section.
    """
    number = -1
    waiting = _Waiting()
    for document in _documents_or_sections(shard, options, markup):
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
    """Short plain texts that wait until there are enough of them to be cut in one go."""

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._numbers: list[int] = []
        self._size, self._markup = 0, ""

    def is_full(self, markup: str) -> bool:
        """Say whether those that wait must be taken before one of that markup can be added."""
        return self._size > _TOGETHER or (markup != self._markup and bool(self._documents))

    def add(self, number: int, document: Document, markup: str) -> None:
        """Let a document wait."""
        self._documents.append(document)
        self._numbers.append(number)
        self._size += len(document.text)
        self._markup = markup

    def taken(self) -> Iterator[DocumentPart]:
        """Cut those that wait."""
        documents, numbers = self._documents, self._numbers
        self._documents, self._numbers, self._size = [], [], 0
        if documents:
            cut = cut_together(documents, self._markup)
            yield from map(DocumentPart, numbers, documents, cut)


def too_large(document: Document, markup: str, options: ReadOptions) -> Damaged | None:
    """Give Damaged for a document in a markup that takes too much memory to be cut, else None.

    Plain text never does: it is cut section by section.
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
) -> Iterator[Document | Skipped]:
    found = long_text(shard, options) if is_plain(markup) else None
    if isinstance(found, Skipped):
        yield found
    elif found is None:
        yield from read_shard(shard, options)
    else:
        for section in found.sections():
            if not section.unread:
                yield section
            elif section.head:
                yield found.skipped(section)


def markup_of_document(document: Document, markup: str) -> str:
    """Name the markup of a document: the one asked for, or its own where that is "auto"."""
    own: str | None = getattr(document, "markup", None)
    return own if markup == "auto" and own is not None else markup


def listed_paths(paths: Paths) -> list[str]:
    """Give the paths that one path or several are, as strings."""
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]
