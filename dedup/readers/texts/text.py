"""Read files of text and of HTML, each as one document.

Knows: that such a file is one document, packed or not. Does not know: encodings (``file`` for
texts, ``charset`` for pages), how HTML becomes text (``html``).

The document of an HTML file is its source, so that it can be written back; the markup ``html`` then
cuts it into paragraphs. With ``pages`` it is the text of the page instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from dedup.errors import InputError
from dedup.files import unreadable
from dedup.paragraph import Document, Extent, Skipped
from dedup.readers.byte_streams import damage_of, open_unpacked
from dedup.readers.containers import Shard
from dedup.readers.file import Decoder, TextFile, is_utf8
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged, Record


@dataclass(frozen=True, slots=True)
class HtmlFile(TextFile):
    """A document that is the source of a page.

    charset: the name of its encoding for browsers, which may decode more than ``encoding`` can
        encode.
    """

    markup: str = "html"
    charset: str = "utf-8"

    def decoded(self, raw: bytes, errors: str = "replace") -> str:
        """Decode bytes in the encoding of this file, as browsers do."""
        from dedup.readers.texts import charset

        return charset.decode(raw, self.charset).text


def read(
    shard: Shard, options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Skipped]:
    """Read a whole file of text or HTML. Raises InputError for text not in its encoding."""
    raw, damage = content(shard, options, stdin)
    if damage:
        yield Damaged(shard.path, damage, None, Extent.FILE)
        return
    yield from (each for each in document(shard, raw, options) if each is not None)


def content(shard: Shard, options: ReadOptions, stdin: BinaryIO | None = None) -> tuple[bytes, str]:
    """Give the unpacked bytes of a file, and what is wrong with them, "" for nothing."""
    limit = options.longest
    # Only a packed file may be surprisingly long. A job bounds every file, by its memory.
    bounded = bool(shard.packing) or options.max_memory is not None
    with open_unpacked(shard.path, shard.packing, stdin) as stream:
        try:
            raw = stream.read(limit + 1) if bounded else stream.read()
        except OSError as error:
            raise unreadable(shard.path, error) from error
        damage = damage_of(stream)
    if not damage and bounded and len(raw) > limit:
        unpacked = " when unpacked" if shard.packing else ""
        damage = f"more than {limit:,} bytes{unpacked}{options.beyond()}"
    return raw, damage


def document(
    shard: Shard, raw: bytes, options: ReadOptions
) -> tuple[Document | None, Damaged | None]:
    """Make a document of the bytes of a file; also give a Damaged for what can't be decoded.

    Raises:
        InputError: text isn't in its encoding.
    """
    if shard.container != "html":
        return Decoder(options.encoding, options.errors).decode(raw, shard.path), None
    from dedup.readers.texts import charset

    decoded = charset.page(raw, None, None if is_utf8(options.encoding) else options.encoding)
    if decoded.encoding == charset.REFUSED:
        return None, Damaged(shard.path, decoded.damage, None, Extent.FILE)
    damage = decoded.damage and Damaged(shard.path, decoded.damage, None, Extent.PART)
    if options.pages in ("text", "main"):
        return _extracted(shard, decoded.text.removeprefix("\ufeff"), options), damage or None
    codec = charset.codec_of(decoded.encoding)
    page = HtmlFile(decoded.text, shard.path, None, codec, markup="html", charset=decoded.encoding)
    return page, damage or None


def _extracted(shard: Shard, page: str, options: ReadOptions) -> Document:
    from dedup.readers.texts import html

    try:
        text = html.text_of(page, options.pages == "main")
    except ValueError as error:
        raise InputError(shard.path, str(error), "read its source instead") from error
    return Record(text, shard.path)
