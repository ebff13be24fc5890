"""HTTP responses in archives: their status, their fields, and their unpacked body.

Knows: heads, chunks, content codings, what a damaged body still gives. Does not know: WARC, HTML,
encodings of text.

Crawlers keep what servers send, and that is often wrong. If the head names a coding and the body
isn't packed, the body is taken as it is. A damaged body gives what stands before the damage.
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
from dedup.readers.byte_streams import CHUNK
from dedup.readers.packings import GZIP_MAGIC

_STATUS = re.compile(rb"(?:HTTP/\d+(?:\.\d+)?|ICY)[ \t]+(\d{3})(?!\d)", re.IGNORECASE)
_PROTOCOL = re.compile(rb"(?:HTTP/\d|ICY[ \t])", re.IGNORECASE)
_HEAD_END = re.compile(rb"\n\r?\n")
_FOLDED = re.compile(rb"\r?\n[ \t]+")
_CHUNK = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\n]*)?\r?\n")
_LINE_END = re.compile(rb"\r?\n")

#: Bytes at the beginning of a body in which a NUL says that it isn't text.
_LOOK = 1024

_DAMAGED = "its body is damaged: "

#: Codings that leave a body as it is. Chunks are undone before the codings.
_NONE = ("", "identity", "none", "binary", "7bit", "8bit", "chunked")

#: Bytes unpacked at once in a damaged body, so that little before the damage is lost.
_CAREFUL = 1 << 10


class Response(NamedTuple):
    """A response.

    status: 0 where the head has none.
    fields: the values of each field, by its name in lower case.
    body: as it stands in the response, or unpacked by ``unpacked``.
    damage: what is wrong with the body; "" for nothing. ``body`` is what stands before the damage.
    """

    status: int
    fields: Mapping[str, list[str]]
    body: bytes
    damage: str = ""


class UnknownCoding(ValueError):
    """A body has a content coding that isn't read."""


class _Part(NamedTuple):
    """Bytes that were unpacked, and the damage that ended them, "" for none."""

    content: bytes
    damage: str = ""


def parse(raw: bytes) -> Response | None:
    r"""Split a response into its head and its body; None for bytes that are no response.

    Names of fields may be in any case, and lines may end with LF alone.

    Raises:
        ValueError: the head has no end.

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
    """Undo the chunks and codings of the body of a response.

    Args:
        limit: the most bytes that the body may have, unpacked.

    Raises:
        ValueError: the body has more bytes, or nothing of it can be unpacked.
        UnknownCoding: the body has a coding that isn't read.
        MissingExtra: the package that undoes a coding isn't installed.

    Cost: 4 ns a byte.
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
            raise ValueError(f"more than {limit:,} bytes when unpacked")
    return response._replace(body=body, damage=damage)


def _codings(values: list[str]) -> list[str]:
    return [each.strip().lower() for each in ",".join(values).split(",")]


def _without_chunks(body: bytes) -> _Part:
    """Join the chunks of a body. A body that doesn't begin with a chunk stays as it is."""
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
    """Undo one coding. A body that is text and doesn't have the coding stays as it is."""
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
    """Unpack the members of gzip. What stands behind them is ignored, as by browsers."""
    pieces: list[bytes] = []
    while body.startswith(GZIP_MAGIC) or not pieces:
        found, body = _inflated(body, 31, limit)
        pieces.append(found.content)
        limit -= len(found.content)
        if found.damage or limit < 0:
            return _Part(b"".join(pieces), found.damage)
    return _Part(b"".join(pieces))


def _deflate(body: bytes, limit: int) -> _Part:
    """Unpack "deflate", which means zlib's format, or raw deflate where its head is missing."""
    has_head = body[0] & 15 == 8 and int.from_bytes(body[:2], "big") % 31 == 0
    found, _ = _inflated(body, 15 if has_head else -15, limit)
    if has_head and not found.content and found.damage:
        found, _ = _inflated(body, -15, limit)
    if not has_head and found.damage and b"\0" not in body[:_LOOK] and _is_ascii(body):
        return _Part(body)  # a text that raw deflate could unpack a little of
    return found


def _is_ascii(body: bytes) -> bool:
    return body[:_LOOK].isascii()


def _inflated(body: bytes, kind: int, limit: int) -> tuple[_Part, bytes]:
    """Unpack one member up to its end or to damage; also give the bytes behind it."""
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
    """Unpack Brotli by the package that fastwarc brings along."""
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
