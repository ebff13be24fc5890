"""WARC and WET archives to documents.

Knows: what kinds of records there are, which hold text, HTTP, where a page's encoding is named.
Does not know: how archives are packed and cut (``archive``), what HTML is (``html``), markup.

Documents are: conversions to text (WET), as they stand; responses of status 200 and resources that
are HTML or text. Requests, metadata and descriptions hold none and are passed over in silence;
responses and revisits that give none are told once each, with their number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import html
from dedup.readers.archive import Raw, Spill, records
from dedup.readers.containers import ARC, UNREAD_PACKINGS, WAT, Shard, is_arc, is_wat, packing_of
from dedup.readers.file import STDIN, unreadable
from dedup.readers.members import fastwarc, stretches
from dedup.readers.options import Options
from dedup.readers.record import Damaged, Record
from dedup.readers.streams import CHUNK, open_raw

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord, WarcRecordPayloadReader

_PAGES = ("text/html", "application/xhtml+xml")
_TEXTS = ("text/plain",)

_CHUNKED = re.compile(rb"\ntransfer-encoding[ \t]*:[^\r\n]*chunked", re.IGNORECASE)
_HTTP_END = re.compile(rb"\r?\n\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]+)", re.IGNORECASE)

#: Bytes at the beginning of a body that are looked at.
_LOOK = 1024


class Head:
    r"""The fields of the head of a record, looked up when they are asked for.

    >>> Head(b"WARC/1.0\r\nWARC-Type: response\r\ncontent-length:0\r\n\r\n").get(b"Content-Length")
    b'0'
    """

    __slots__ = ("_fields", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._fields: dict[bytes, bytes] | None = None

    def get(self, name: bytes) -> bytes:
        """Give the first value of a field, in whatever case its name stands; empty for none."""
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


class Entry(NamedTuple):
    """A record as it stands, its head, and what it gives; None for nothing."""

    raw: Raw
    head: Head
    found: Document | Skipped | None


def read(shard: Shard, options: Options, stdin: BinaryIO | None) -> Iterator[Document | Skipped]:
    """Read the documents of one archive, one record in memory at a time.

    Raises InputError for an ARC, a WAT, and what can't be opened; MissingExtra. Cost: 15 us a
    record and 4 ns a byte of WET; a page of HTML some 2 ms.
    """
    for entry in entries(shard, options, stdin):
        if entry.found is not None:
            yield entry.found


def entries(
    shard: Shard,
    options: Options,
    stdin: BinaryIO | None = None,
    keep_packed: bool = False,
    spill: Spill | None = None,
) -> Iterator[Entry]:
    """Read every record with what it gives; at the end, what was left out without being damaged.

    keep_packed, spill: as ``archive.records`` takes them.
    """
    if is_wat(shard.path):
        raise InputError(shard.path, *WAT)
    with open_raw(shard.path, stdin) as raw:
        try:
            packing = _packing(raw, shard)
            reader = _Records(shard.path, options)
            for each in records(raw, packing, options.max_bytes, keep_packed, spill):
                head = Head(each.head)
                yield Entry(each, head, reader.read(each, head))
        except OSError as error:
            raise unreadable(shard.path, error) from error
        for reason, count in reader.left_out.items():
            skipped = Skipped(shard.path, f"left out: {count:,} {reason}")
            yield Entry(Raw(0, b"", b"", b"", 0), Head(b""), skipped)
        if not reader.number:
            yield Entry(Raw(0, b"", b"", b"", 0), Head(b""), Damaged(shard.path, "empty"))


def _packing(raw: BinaryIO, shard: Shard) -> str:
    """Say how an archive is packed, and turn an ARC away."""
    if not raw.seekable():
        peek = getattr(raw, "peek", None)
        return packing_of(peek(8)) if peek and shard.path == STDIN else shard.packing
    if shard.packing in UNREAD_PACKINGS:
        raise InputError(shard.path, f"packed by {shard.packing}, which isn't read", "unpack it")
    head = next(iter(stretches(raw, shard.packing))).read(len(b"filedesc:"))
    raw.seek(0)
    if is_arc(head):
        raise InputError(shard.path, *ARC)
    return shard.packing


def uri_of(head: Head) -> str | None:
    """Give the address of what a record holds; some programs write it in angle brackets."""
    value = head.get(b"WARC-Target-URI")
    return value.decode("utf-8", "replace").removeprefix("<").removesuffix(">") if value else None


class _Records:
    """Makes documents of records, and counts what gives none."""

    def __init__(self, path: str, options: Options) -> None:
        self.path = path
        self.options = options
        self.left_out: Counter[str] = Counter()
        self.previous: str | None = None
        self.number = 0
        self.documents = 0

    def read(self, raw: Raw, head: Head) -> Document | Skipped | None:
        """Read one record; None where it gives nothing. Raises InputError for a WAT."""
        self.number = raw.number
        if raw.damage:
            return Damaged(self.path, raw.damage, f"record {raw.number}")
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
            limit = self.options.max_bytes
            return Damaged(self.path, f"{raw.length:,} bytes, more than {limit:,}", url)
        try:
            if kind == b"response":
                body, content = self._unwrap(raw)
            else:
                body, content = raw.body, head.get(b"Content-Type").decode("latin-1")
            text, markup = self._text(body, content, kind)
        except _LeftOut as reason:
            self.left_out[str(reason)] += 1
            return None
        except (UnicodeDecodeError, ValueError) as error:
            return Damaged(self.path, _reason(error), url or f"record {raw.number}")
        record = url or head.get(b"WARC-Record-ID").decode("latin-1") or f"record {raw.number}"
        if record == self.previous:
            record = f"{record} (record {raw.number})"
        self.previous = record
        date = head.get(b"WARC-Date")
        self.documents += 1
        return Record(
            text,
            self.path,
            record,
            raw.number,
            url,
            date.decode("latin-1") if date else None,
            markup,
        )

    def _text(self, body: bytes, content: str, kind: bytes) -> tuple[str, str | None]:
        """Decode a body by its content type. Raises _LeftOut where it is neither HTML nor text."""
        if kind == b"conversion":
            if content and content != "text/plain" and _media_type(content) not in _TEXTS:
                raise _LeftOut("conversions to something else than text")
            return body.decode("utf-8", self.options.errors), None
        media = _media_type(content)
        charset = _CHARSET.search(content)
        if media in _TEXTS:
            return html.decode(body, charset[1] if charset else None), None
        if media not in _PAGES and (media or b"<html" not in body[:_LOOK].lower()):
            raise _LeftOut(f"{kind.decode()}s that are neither HTML nor text")
        page = html.decode(body, charset[1] if charset else None)
        if self.options.pages == "source":
            return page, "html"
        return html.text_of(page, self.options.pages == "main"), None

    def _unwrap(self, raw: Raw) -> tuple[bytes, str]:
        """Take the body and its content type out of a response. Raises _LeftOut, ValueError."""
        body = cast(bytes, raw.body)
        end = _HTTP_END.search(body)
        head = body[: end.end()] if end else body[:_LOOK]
        ways = ("all", "content", "none") if _CHUNKED.search(head) else ("content", "none")
        wrapped = raw.head + body + b"\r\n\r\n"
        failure: OSError | None = None
        for way in ways:
            record = fastwarc("warc").WarcRecord.from_bytes(wrapped)
            try:
                record.parse_http(auto_decode=way)
                self._require_page(record)
                content = _up_to(record.reader, self.options.max_bytes + 1)
            except OSError as error:
                failure = error
                continue
            if len(content) > self.options.max_bytes:
                raise ValueError(f"more than {self.options.max_bytes:,} bytes as unpacked")
            if failure is not None and b"\0" in content[:_LOOK]:
                break
            return content, record.http_headers.get("Content-Type") or ""
        raise ValueError(f"its body can't be unpacked: {failure}")

    @staticmethod
    def _require_page(record: WarcRecord) -> None:
        if record.http_headers is None:
            raise _LeftOut("responses of another protocol than HTTP")
        status = record.http_headers.status_code
        if status != 200:
            raise _LeftOut(f"responses of status {status or 'unknown'}, not 200")
        media = _media_type(record.http_headers.get("Content-Type") or "")
        if media and media not in _PAGES + _TEXTS:
            raise _LeftOut("responses that are neither HTML nor text")

    def _refuse_wat(self, raw: Raw, head: Head) -> None:
        is_json = head.get(b"Content-Type").startswith(b"application/json")
        if is_json and not self.documents and b'"Envelope"' in (raw.body or b"")[: 1 << 16]:
            raise InputError(self.path, *WAT)


def _up_to(reader: WarcRecordPayloadReader, limit: int) -> bytes:
    """Read no more than so many bytes, without asking for room for all of them at once."""
    pieces, left = [], limit
    while left and (piece := reader.read(min(left, CHUNK))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


class _LeftOut(Exception):
    """A record holds no text, which is no damage; says what such records are called."""


def _media_type(content: str) -> str:
    return content.partition(";")[0].strip().lower()


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not utf-8 ({error.reason})"
    return str(error)
