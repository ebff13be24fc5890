"""Containers made for tests: records of archives, packings, and odd texts for hypothesis."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import lz4.frame
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from dedup.paragraph import Document, Skipped
from dedup.readers import Damaged, ReadOptions, read_shard
from dedup.readers.containers import Shard
from dedup.readers.packings import zstd

#: Packs the bytes of one member or frame.
Pack = Callable[[bytes], bytes]


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, 1, mtime=0)


def _zstd(content: bytes) -> bytes:
    return bytes(zstd().compress(content, 3))


def _lz4(content: bytes) -> bytes:
    return bytes(lz4.frame.compress(content, content_checksum=True))


PACKS: Mapping[str, Pack] = {"": lambda content: content, "gzip": _gzip, "zstd": _zstd, "lz4": _lz4}
SUFFIX = {"": "", "gzip": ".gz", "zstd": ".zst", "lz4": ".lz4"}


def unpacked(content: bytes, packing: str) -> bytes:
    """Unpack all members or frames, with the packages' own readers."""
    if packing == "gzip":
        return gzip.decompress(content)
    if packing == "zstd":
        return bytes(zstd().decompress(content))
    if packing == "lz4":
        with lz4.frame.open(io.BytesIO(content)) as opened:
            return bytes(opened.read())
    return content


def record(
    kind: str, body: bytes, url: str = "", *more: tuple[str, str], length: str = ""
) -> bytes:
    """Make a record of an archive, with its block digest; ``length`` to lie about it."""
    digest = base64.b32encode(hashlib.sha1(body).digest()).decode()
    name = hashlib.sha1(kind.encode() + url.encode() + body).hexdigest()[:12]
    fields = [
        ("WARC-Type", kind),
        ("WARC-Date", "2026-01-02T03:04:05Z"),
        ("WARC-Record-ID", f"<urn:uuid:00000000-0000-4000-8000-{name}>"),
        *([("WARC-Target-URI", url)] if url else []),
        ("WARC-Block-Digest", f"sha1:{digest}"),
        *more,
        ("Content-Length", length or str(len(body))),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"WARC/1.0\r\n{head}\r\n".encode() + body + b"\r\n\r\n"


def warcinfo() -> bytes:
    return record(
        "warcinfo", b"software: tests\r\n", "", ("Content-Type", "application/warc-fields")
    )


def conversion(text: str | bytes, url: str, length: str = "") -> bytes:
    """Make a record of WET."""
    body = text.encode() if isinstance(text, str) else text
    refers = ("WARC-Refers-To", "<urn:uuid:00000000-0000-4000-8000-000000000000>")
    return record("conversion", body, url, refers, ("Content-Type", "text/plain"), length=length)


def response(
    body: bytes,
    url: str,
    content: str = "text/html; charset=utf-8",
    *more: str,
    status: str = "200 OK",
) -> bytes:
    """Make a record of a response of HTTP."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {content}"] if content else []), *more]
    http = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return record("response", http, url, ("Content-Type", "application/http; msgtype=response"))


def write(path: Path, parts: Iterable[bytes], packing: str = "") -> Shard:
    """Write the members of an archive, and say what it is."""
    path.write_bytes(b"".join(map(PACKS[packing], parts)))
    return Shard(str(path), "warc", packing)


def texts(found: Iterable[Document | Skipped]) -> list[str]:
    return [each.text for each in found if isinstance(each, Document)]


def damages(found: Iterable[Document | Skipped]) -> list[tuple[str | None, str]]:
    return [(each.record, each.reason) for each in found if isinstance(each, Damaged)]


def everything(shard: Shard, options: ReadOptions | None = None) -> list[Document | Skipped]:
    return list(read_shard(shard, options))


def values(found: Iterable[Document | Skipped]) -> list[tuple[str, str | None]]:
    """Give what documents hold, whatever file they were read from."""
    return [(each.text, each.record) for each in found if isinstance(each, Document)]


#: Texts with what has broken readers of lines, of JSON and of archives.
ODD: Sequence[str] = (
    "",
    "\n",
    "\r\n\r\n",
    "\u2028\u2029\x85\x0b\x0c",
    "\x00",
    "\ufeff",
    'a\\b"c/d\te',
    "\U0001f600 é ß",
    "\r\n\r\nWARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n",
    '{"text": "x"}\n',
    "\x1f\x8b\x08",
)

odd_texts = st.lists(st.one_of(st.sampled_from(ODD), st.text(max_size=20)), max_size=6).map("".join)

paragraph_texts = st.lists(
    st.sampled_from(["First words.", "Second, longer words here.", "", "é\u2028ü", "x" * 50]),
    max_size=6,
).map("\n".join)


def _file(name: str, container: str, content: bytes) -> Callable[[Path], Shard]:
    def make(folder: Path) -> Shard:
        path = folder / name
        path.write_bytes(content)
        return Shard(str(path), container)

    return make


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": [f"text {k}" for k in range(99)]}), sink)
    return sink.getvalue()


#: Writes a small shard of each container into a folder.
FILES_OF_EACH: Mapping[str, Callable[[Path], Shard]] = {
    "text": _file("a.txt", "text", b"text"),
    "html": _file("a.html", "html", b"<p>text</p>"),
    "jsonl": _file("a.jsonl", "jsonl", b'{"text":"text"}\n' * 99),
    "parquet": _file("a.parquet", "parquet", _parquet()),
    "warc": _file("a.wet", "warc", b"".join([conversion("text", "http://h/")] * 99)),
}
