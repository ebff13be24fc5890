"""Read documents from WARC and WET archives.

Knows: the types of records, and which of them hold a document. Does not know: how archives are
unpacked (``members``) and cut into records (``records``), HTTP (``http``), the encodings of pages
(``texts.charset``), HTML (``texts.html``), markup.

These records give a document:
- a conversion to text (WET), in which every line is a paragraph;
- a response of status 200 or 203, with ``partial`` also 206, that is HTML or text;
- a resource that is HTML or text.
Other responses and revisits are counted, and each reason is given as one Skipped at the end.
Requests, metadata and descriptions never hold a document, and are not counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from dedup.encoded import Column, Encoded
from dedup.errors import InputError
from dedup.files import unreadable
from dedup.paragraph import Document, Extent, Skipped
from dedup.ragged import starts_of
from dedup.readers import bounds, packings
from dedup.readers.archives import http
from dedup.readers.archives.members import intact_streams
from dedup.readers.archives.records import Raw, Spill, Stretch, stretches
from dedup.readers.byte_streams import not_unpacked, open_raw
from dedup.readers.containers import ARC, WAT, Shard, is_arc, is_wat
from dedup.readers.file import STDIN
from dedup.readers.media import kind_of, may_be_text
from dedup.readers.options import ReadOptions
from dedup.readers.packings import packing_of
from dedup.readers.record import Damaged, Record, Records
from dedup.readers.texts import charset, html

#: The head of a text in the form in which Common Crawl, dedup and others write it: the URL, date
#: and id as groups, and the length. All values that ``Head.get`` is asked for are the first of
#: their names here, written as it looks for them.
_WET = re.compile(
    rb"WARC/1\.[01]\r\nWARC-Type: conversion\r\nWARC-Target-URI: (\S++)\r\nWARC-Date: (\S++)\r\n"
    rb"WARC-Record-ID: (\S++)\r\n(?:WARC-[A-Za-z-]++: [^\r\n]*+\r\n)*"
    rb"Content-Type: text/plain\r\nContent-Length: (\d{1,18}+)\r\n\r\n"
)

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)

#: The status of responses that hold a page, and of one that holds a part of a page.
_WHOLE, _PART = (200, 203), 206


class Head:
    r"""The fields in the head of a record. The head is parsed only where that is needed.

    >>> Head(b"WARC/1.0\r\nWARC-Type: response\r\ncontent-length:0\r\n\r\n").get(b"Content-Length")
    b'0'
    """

    __slots__ = ("_fields", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._fields: dict[bytes, bytes] | None = None

    def get(self, name: bytes) -> bytes:
        """Give the first value of a field, b"" for none. The case of names doesn't matter."""
        mark = b"\n" + name + b": "
        start = self._raw.find(mark)
        if start < 0:
            return self._all().get(name.lower(), b"")
        start += len(mark)
        return self._raw[start : self._raw.find(b"\n", start)].strip()

    def _all(self) -> dict[bytes, bytes]:
        if self._fields is None:
            self._fields = {}
            for line in self._raw.split(b"\n")[1:]:
                name, colon, value = line.partition(b":")
                if colon:
                    self._fields.setdefault(name.strip().lower(), value.strip())
        return self._fields


class ParsedRecord(NamedTuple):
    """A record as it stands, with its parsed head and its document.

    found: the document, a Skipped for one that could not be read, or None if it holds none.
    damage: set beside a document of which a part could not be read.
    """

    raw: Raw
    head: Head
    found: Document | Skipped | None
    damage: Damaged | None = None


def read(
    shard: Shard, options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Skipped]:
    """Read the documents of one archive, one record in memory at a time.

    Raises:
        InputError: the archive is an ARC or a WAT, or can't be opened.
        MissingExtra: a package that is needed isn't installed.

    Cost: 10 us a record and 4 ns a byte for WET, some 2 ms for a page of HTML.
    """
    for entry in entries(shard, options, stdin):
        if entry.found is not None:
            yield entry.found
        if entry.damage is not None:
            yield entry.damage


def read_together(
    shard: Shard, options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Records | Skipped]:
    """Read what ``read`` does, and give texts of WET many at a time where they are valid UTF-8.

    Raises: as ``read``.
    Cost: 4 us a text and 4 ns a byte.
    """
    with closing(_Reading(shard, options, stdin)) as reading:
        for each in reading.stretches(False, None):
            together = reading.records.together(each) if isinstance(each, Stretch) else None
            if together is not None:
                yield together
                continue
            for entry in reading.entries(each):
                if entry.found is not None:
                    yield entry.found
                if entry.damage is not None:
                    yield entry.damage
        yield from reading.left()


def entries(
    shard: Shard,
    options: ReadOptions,
    stdin: BinaryIO | None = None,
    keep_packed: bool = False,
    spill: Spill | None = None,
) -> Iterator[ParsedRecord]:
    """Read all records with their documents; at the end, the counts of records without one.

    Args:
        keep_packed, spill: as for ``records.records``.

    Raises: as ``read``.
    """
    with closing(_Reading(shard, options, stdin)) as reading:
        for each in reading.stretches(keep_packed, spill):
            yield from reading.entries(each)
        for skipped in reading.left():
            yield ParsedRecord(_NOTHING, Head(b""), skipped)


class _Reading:
    """An archive while its records are read."""

    def __init__(self, shard: Shard, options: ReadOptions, stdin: BinaryIO | None) -> None:
        if is_wat(shard.path):
            raise InputError(shard.path, *WAT)
        self._shard, self._options = shard, options
        self.records = _Records(shard.path, options)
        self._raw = open_raw(shard.path, stdin, shard.meter)

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()

    def stretches(self, keep_packed: bool, spill: Spill | None) -> Iterator[Raw | Stretch]:
        """Read all records, those with a usual head together."""
        path, limit = self._shard.path, self._options.longest
        try:
            packing = _packing(self._raw, self._shard)
            yield from stretches(self._raw, packing, limit, _WET, keep_packed, spill)
        except OSError as error:
            raise unreadable(path, error) from error

    def entries(self, each: Raw | Stretch) -> Iterator[ParsedRecord]:
        """Read one record, or those of a stretch."""
        if isinstance(each, Raw):
            head = Head(each.head)
            document = self.records.read(each, head)
            yield ParsedRecord(each, head, document, self.records.damage)
            return
        for raw, (found, _, _) in zip(each.raws(), each.places, strict=True):
            yield ParsedRecord(raw, Head(raw.head), self.records.read_usual(raw, found))

    def left(self) -> Iterator[Skipped]:
        """Give the counts of records without a document, at the end."""
        path = self._shard.path
        for reason, count in self.records.left_out.items():
            yield Skipped(path, f"left out: {count:,} {reason}")
        if not self.records.number:
            yield Damaged(path, "empty", None, Extent.FILE)


_NOTHING = Raw(0, b"", b"", b"", 0)


def _packing(raw: BinaryIO, shard: Shard) -> str:
    """Name the packing of an archive. Raises InputError for an ARC and a packing not read."""
    if not raw.seekable():
        peek = getattr(raw, "peek", None)
        return packing_of(peek(8)) if peek and shard.path == STDIN else shard.packing
    if shard.packing and not packings.named(shard.packing).is_read:
        raise not_unpacked(shard.path, shard.packing, remedy="unpack it")
    head = next(iter(intact_streams(raw, shard.packing))).read(len(b"filedesc:"))
    raw.seek(0)
    if is_arc(head):
        raise InputError(shard.path, *ARC)
    return shard.packing


def uri_of(head: Head) -> str | None:
    """Give the URL of a record, without the angle brackets that some programs write around it."""
    value = head.get(b"WARC-Target-URI")
    return _url(value) if value else None


def _url(value: bytes) -> str:
    return value.decode("utf-8", "replace").removeprefix("<").removesuffix(">")


class _Content(NamedTuple):
    """The text of the body of a record. damage: what could not be read of it, "" for nothing."""

    text: str
    markup: str | None = None
    damage: str = ""


class _Records:
    """Makes documents of records, and counts the records that hold none."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        self.path = path
        self.options = options
        self.left_out: Counter[str] = Counter()
        self.previous: str | None = None
        self.number = 0
        self.documents = 0
        self.damage: Damaged | None = None  # what could not be read of the last document

    def read(self, raw: Raw, head: Head) -> Document | Skipped | None:
        """Read one record; None if it holds no document. Raises InputError for a WAT."""
        self.number, self.damage = raw.number, None
        if raw.damage:
            extent = Extent.FILE if raw.last else Extent.RECORD
            return Damaged(self.path, raw.damage, f"record {raw.number}", extent)
        kind = head.get(b"WARC-Type").lower()
        if kind == b"metadata":
            self._refuse_wat(raw, head)
        elif kind == b"revisit":
            self.left_out["revisits, whose pages are elsewhere"] += 1
        elif kind in (b"conversion", b"response", b"resource"):
            return self._document(raw, head, kind)
        return None

    def _document(self, raw: Raw, head: Head, kind: bytes) -> Document | Skipped | None:
        url = uri_of(head)
        if raw.body is None:
            limit = self.options.longest
            beyond = self.options.beyond()
            return Damaged(self.path, f"{raw.length:,} bytes, more than {limit:,}{beyond}", url)
        try:
            read = self._read(raw, head, kind)
        except _LeftOut as reason:
            self.left_out[str(reason)] += 1
            return None
        except (UnicodeDecodeError, ValueError) as error:
            return Damaged(self.path, _reason(error), url or f"record {raw.number}")
        record = self._name(url, head.get(b"WARC-Record-ID"), raw.number)
        date = head.get(b"WARC-Date")
        self.documents += 1
        if read.damage:
            self.damage = Damaged(self.path, read.damage, record, Extent.PART)
        return Record(
            read.text,
            self.path,
            record,
            raw.number,
            url,
            date.decode("latin-1") if date else None,
            read.markup,
        )

    def _name(self, url: str | None, identity: bytes, number: int) -> str:
        """Name a document by its URL, its id or its place, unlike the one before it."""
        name = url or identity.decode("latin-1") or f"record {number}"
        if name == self.previous:
            name = f"{name} (record {number})"
        self.previous = name
        return name

    def read_usual(self, raw: Raw, found: re.Match[bytes]) -> Document | Skipped:
        """Do what ``read`` does, for a text with the head that was found."""
        self.number, self.damage = raw.number, None
        value, date, identity, _ = found.groups()
        url = _url(value)
        try:
            text = cast(bytes, raw.body).decode("utf-8", self.options.errors)
        except UnicodeDecodeError as error:
            return Damaged(self.path, _reason(error), url or f"record {raw.number}")
        name = self._name(url, identity, raw.number)
        self.documents += 1
        return Record(text, self.path, name, raw.number, url, date.decode("latin-1"), "lines")

    def together(self, stretch: Stretch) -> Records | None:
        """Read the texts of a stretch; None, and nothing is read, if one isn't valid UTF-8."""
        view = memoryview(stretch.buffer)
        bodies = [view[begin:end] for _, begin, end in stretch.places]
        raw = b"".join(bodies)
        starts = starts_of(np.array([len(body) for body in bodies], dtype=np.int64))
        texts = Column(Encoded(np.frombuffer(raw, dtype=np.uint8), starts))
        if not texts.is_utf8():
            return None
        names: list[str | None] = []
        urls: list[str | None] = []
        dates: list[str | None] = []
        for number, (found, _, _) in enumerate(stretch.places, stretch.number):
            value, date, identity, _ = found.groups()
            url = _url(value)
            urls.append(url)
            names.append(self._name(url, identity, number))
            dates.append(date.decode("latin-1"))
        self.number, self.damage = stretch.number + len(names) - 1, None
        self.documents += len(names)
        numbers = range(stretch.number, stretch.number + len(names))
        no = [False] * len(names)
        return Records(texts, self.path, names, numbers, urls, dates, "lines", no)

    def _read(self, raw: Raw, head: Head, kind: bytes) -> _Content:
        """Read the body of a record. Raises _LeftOut, ValueError, UnicodeDecodeError."""
        body, content = cast(bytes, raw.body), head.get(b"Content-Type").decode("latin-1")
        if kind == b"conversion":
            if content and content != "text/plain" and kind_of(content, body) != "text":
                raise _LeftOut("conversions to something else than text")
            return _Content(body.decode("utf-8", self.options.errors), "lines")
        if kind == b"resource":
            return self._page(body, content, "resources")
        response, content = self._response(body)
        page = self._page(response.body, content, "responses")
        return page._replace(damage=response.damage or page.damage)

    def _response(self, body: bytes) -> tuple[http.Response, str]:
        """Unpack a response; also give its content type. Raises _LeftOut, ValueError."""
        response = http.parse(body)
        if response is None:
            raise _LeftOut("responses of another protocol than HTTP")
        status = response.status
        if status not in _WHOLE and not (status == _PART and self.options.partial):
            raise _LeftOut(f"responses of status {status or 'unknown'}, not 200")
        # If the head names several types, the first that can be read counts.
        contents = response.fields.get("content-type", [""])
        content = next((each for each in contents if may_be_text(each)), None)
        if content is None:
            raise _LeftOut("responses that are neither HTML nor text")
        try:
            return http.unpacked(response, self.options.longest), content
        except http.UnknownCoding as coding:
            raise _LeftOut(f"responses packed by {str(coding)[:40]!r}, which isn't read") from None

    def _page(self, body: bytes, content: str, what: str) -> _Content:
        """Decode a page or a text by its content type. Raises _LeftOut, ValueError."""
        kind = kind_of(content, body)
        if not kind:
            raise _LeftOut(f"{what} that are neither HTML nor text")
        if kind == "html" and not bounds.is_small(len(body), self.options.room):
            size = bounds.of_page(body)
            if size > self.options.room:
                raise ValueError(self.options.too_large(size))
        label = _CHARSET.search(content)
        decoded = charset.page(body, label[1] if label else None, None, kind == "html")
        if decoded.encoding == charset.REFUSED:
            raise ValueError(decoded.damage)
        text = decoded.text.removeprefix("\ufeff")
        if kind == "text":
            return _Content(text, None, decoded.damage)
        if self.options.pages == "source":
            return _Content(text, "html", decoded.damage)
        return _Content(html.text_of(text, self.options.pages == "main"), None, decoded.damage)

    def _refuse_wat(self, raw: Raw, head: Head) -> None:
        is_json = head.get(b"Content-Type").startswith(b"application/json")
        if is_json and not self.documents and b'"Envelope"' in (raw.body or b"")[: 1 << 16]:
            raise InputError(self.path, *WAT)


class _LeftOut(Exception):
    """A record holds no text, and nothing is damaged. The message names records of its kind."""


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not utf-8 ({error.reason})"
    return str(error)
