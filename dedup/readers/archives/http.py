"""Responses of HTTP as archives hold them: status, fields, and the body unpacked.

Knows: heads, chunks, codings, what a body cut short still gives. Does not know: WARC, HTML,
encodings of text.

Crawlers keep what servers send, which is often wrong: a body that is no longer packed though its
head says so is taken as it stands, and one that is damaged gives what stands before the damage.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import NamedTuple, cast

from dedup.readers.archives.members import fastwarc
from dedup.readers.packings import GZIP_MAGIC
from dedup.readers.streams import CHUNK

_STATUS = re.compile(rb"(?:HTTP/\d+(?:\.\d+)?|ICY)[ \t]+(\d{3})(?!\d)", re.IGNORECASE)
_PROTOCOL = re.compile(rb"(?:HTTP/\d|ICY[ \t])", re.IGNORECASE)
_HEAD_END = re.compile(rb"\n\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_LINE_END = re.compile(rb"\r?\n")

#: Bytes at the beginning of a body that say whether it is text.
_LOOK = 1024

_DAMAGED = "its body is damaged: "

#: Codings that change nothing.
_NONE = ("", "identity", "none", "binary", "7bit", "8bit", "chunked")

#: Bytes unpacked at once where damage was met, so that little before it is lost.
_CAREFUL = 1 << 10


class Response(NamedTuple):
    """A response: its status, its fields by lower-case name, its body, unpacked if that was asked.

    damage: what is wrong with the body, which then is what stood before that.
    """

    status: int
    fields: Mapping[str, list[str]]
    body: bytes
    damage: str = ""


class UnknownCoding(ValueError):
    """A body is packed in a way that isn't read."""


class _Part(NamedTuple):
    """What unpacking gave: bytes, and why there are no more of them."""

    content: bytes
    damage: str = ""


def parse(raw: bytes) -> Response | None:
    r"""Part a response into its head and its body as it stands; None where it is none.

    Names of fields may stand in any case, and lines end with LF alone. Raises ValueError for a head
    without an end.

    >>> parse(b"HTTP/1.1 200\ncontent-type : text/html\n\n<p>").fields
    {'content-type': ['text/html']}
    """
    if not _PROTOCOL.match(raw):
        return None
    end = _HEAD_END.search(raw)
    if not end:
        raise ValueError("its HTTP head has no end")
    status = _STATUS.match(raw)
    fields: dict[str, list[str]] = {}
    for line in _FOLDED.sub(b" ", raw[: end.start()]).split(b"\n")[1:]:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            fields.setdefault(name.strip().lower(), []).append(value.strip())
    return Response(int(status[1]) if status else 0, fields, raw[end.end() :])


def unpacked(response: Response, limit: int) -> Response:
    """Take a body out of its chunks and codings.

    limit: more bytes than that are not unpacked. Raises ValueError for more, and for what can't be
    unpacked at all; UnknownCoding; MissingExtra. Cost: that of zlib, 4 ns a byte.
    """
    body, damage = _Part(response.body)
    transfer = _codings(response.fields.get("transfer-encoding", []))
    if "chunked" in transfer:
        body, damage = _without_chunks(body)
    for coding in reversed(_codings(response.fields.get("content-encoding", [])) + transfer):
        if coding in _NONE:
            continue
        body, worse = _decoded(body, coding, limit)
        damage = damage or worse
        if len(body) > limit:
            raise ValueError(f"more than {limit:,} bytes as unpacked")
    return response._replace(body=body, damage=damage)


def _codings(values: list[str]) -> list[str]:
    return [each.strip().lower() for each in ",".join(values).split(",")]


def _without_chunks(body: bytes) -> _Part:
    """Take a body out of its chunks; as it stands where it doesn't begin with one."""
    pieces: list[bytes] = []
    at = 0
    while chunk := _CHUNK.match(body, at):
        size, start = int(chunk[1], 16), chunk.end()
        if not size:
            return _Part(b"".join(pieces))
        pieces.append(body[start : start + size])
        if start + size > len(body):
            return _Part(b"".join(pieces), "its body is cut short in a chunk")
        end = _LINE_END.match(body, start + size)
        at = end.end() if end else start + size
    if not pieces:
        return _Part(body)
    why = "cut short between chunks" if at == len(body) else "damaged: a chunk has no size"
    return _Part(b"".join(pieces), f"its body is {why}")


def _decoded(body: bytes, coding: str, limit: int) -> _Part:
    """Undo one coding; a body that isn't packed that way but is text stays as it stands."""
    if not body:
        return _Part(body)
    undo = _CODINGS.get(coding)
    if undo is None:
        if b"\0" in body[:_LOOK]:
            raise UnknownCoding(coding)
        return _Part(body)
    found = undo(body, limit)
    if found.content or not found.damage:
        return found
    if b"\0" in body[:_LOOK]:
        reason = found.damage.removeprefix(_DAMAGED)
        raise ValueError(f"its body can't be unpacked: {reason}")
    return _Part(body)


def _gzip(body: bytes, limit: int) -> _Part:
    """Unpack members of gzip; what stands behind them is passed over, as browsers do."""
    pieces: list[bytes] = []
    while body.startswith(GZIP_MAGIC) or not pieces:
        found, body = _inflated(body, 31, limit)
        pieces.append(found.content)
        limit -= len(found.content)
        if found.damage or limit < 0:
            return _Part(b"".join(pieces), found.damage)
    return _Part(b"".join(pieces))


def _deflate(body: bytes, limit: int) -> _Part:
    """Unpack what is called deflate: that of zlib by its head, and else the raw one."""
    has_head = body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    found, _ = _inflated(body, 15 if has_head else -15, limit)
    if has_head and not found.content and found.damage:
        found, _ = _inflated(body, -15, limit)
    if not has_head and found.damage and b"\0" not in body[:_LOOK] and _is_ascii(body):
        return _Part(body)  # a text in which raw deflate met something
    return found


def _is_ascii(body: bytes) -> bool:
    return body[:_LOOK].isascii()


def _inflated(body: bytes, kind: int, limit: int) -> tuple[_Part, bytes]:
    """Unpack one member up to its end or to damage, and give what stands behind it."""
    member = zlib.decompressobj(kind)
    try:
        content = member.decompress(body, limit + 1)
    except zlib.error as error:
        return _Part(_before_damage(body, kind, limit), f"{_DAMAGED}{error}"), b""
    if len(content) > limit or member.eof:
        return _Part(content), member.unused_data
    return _Part(content, "its body is cut short: its packing has no end"), b""


def _before_damage(body: bytes, kind: int, limit: int) -> bytes:
    member = zlib.decompressobj(kind)
    pieces, size = [], 0
    try:
        for at in range(0, len(body), _CAREFUL):
            pieces.append(member.decompress(body[at : at + _CAREFUL]))
            size += len(pieces[-1])
            if size > limit:
                break
    except zlib.error:
        pass
    return b"".join(pieces)


def _brotli(body: bytes, limit: int) -> _Part:
    """Unpack Brotli, by the package that comes with fastwarc."""
    fastwarc("stream_io")
    package = import_module("brotli")
    member = package.Decompressor()
    pieces, size = [], 0
    try:
        for at in range(0, len(body), _CAREFUL):
            packed = body[at : at + _CAREFUL]
            while packed or not member.can_accept_more_data():
                pieces.append(cast(bytes, member.process(packed, output_buffer_limit=CHUNK)))
                size += len(pieces[-1])
                packed = b""
                if size > limit:
                    return _Part(b"".join(pieces))
            if member.is_finished():
                return _Part(b"".join(pieces))
    except package.error as error:
        return _Part(b"".join(pieces), f"{_DAMAGED}{error}")
    return _Part(b"".join(pieces), "its body is cut short: its packing has no end")


def _zstd(body: bytes, limit: int) -> _Part:
    reader = fastwarc("stream_io").ZstdReader(io.BytesIO(body))
    pieces, left = [], limit + 1
    try:
        while left and (piece := cast(bytes, reader.read(min(left, CHUNK)))):
            pieces.append(piece)
            left -= len(piece)
    except OSError as error:
        return _Part(b"".join(pieces), f"{_DAMAGED}{error}")
    return _Part(b"".join(pieces))


_CODINGS: Mapping[str, Callable[[bytes, int], _Part]] = MappingProxyType(
    {
        "gzip": _gzip,
        "x-gzip": _gzip,
        "deflate": _deflate,
        "br": _brotli,
        "zstd": _zstd,
    }
)
