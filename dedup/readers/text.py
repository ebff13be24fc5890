"""Files of text and of HTML to one document each.

Knows: that such a file is one document, packed or not. Does not know: encodings (``file``), what
HTML is (``html``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers import html
from dedup.readers.containers import Shard
from dedup.readers.file import Decoder, TextFile, unreadable
from dedup.readers.options import Options
from dedup.readers.record import Damaged, Record
from dedup.readers.streams import damage_of, open_unpacked


@dataclass(frozen=True, slots=True)
class HtmlFile(TextFile):
    """A document that is the source of a page."""

    markup: str = "html"


def read(shard: Shard, options: Options, stdin: BinaryIO | None) -> Iterator[Document | Skipped]:
    """Read a file of text or HTML, whole. Raises InputError for what isn't its encoding."""
    raw, damage = content(shard, options, stdin)
    if damage:
        yield Damaged(shard.path, damage)
    else:
        yield document(shard, raw, options)


def content(shard: Shard, options: Options, stdin: BinaryIO | None = None) -> tuple[bytes, str]:
    """Give the bytes of a file as unpacked, and what is wrong with them."""
    with open_unpacked(shard.path, shard.packing, stdin) as stream:
        try:
            raw = stream.read(options.max_bytes + 1) if shard.packing else stream.read()
        except OSError as error:
            raise unreadable(shard.path, error) from error
        damage = damage_of(stream)
    if not damage and shard.packing and len(raw) > options.max_bytes:
        damage = f"more than {options.max_bytes:,} bytes as unpacked"
    return raw, damage


def document(shard: Shard, raw: bytes, options: Options) -> Document:
    """Make a document of the bytes of a file. Raises InputError."""
    page = shard.container == "html"
    if page and options.pages in ("text", "main"):
        return _extracted(shard, raw, options)
    encoding = (html.declared_encoding(raw) if page else None) or options.encoding
    decoded = Decoder(encoding, options.errors).decode(raw, shard.path)
    if not page:
        return decoded
    return HtmlFile(decoded.text, decoded.source, decoded.record, decoded.encoding)


def _extracted(shard: Shard, raw: bytes, options: Options) -> Document:
    try:
        text = html.text_of(html.decode(raw, None), options.pages == "main")
    except ValueError as error:
        raise InputError(shard.path, str(error), "read its source instead") from error
    return Record(text, shard.path)
