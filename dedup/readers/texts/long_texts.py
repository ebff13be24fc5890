"""Read plain texts that are too long for memory, section by section.

Knows: which texts are long, how bytes are decoded piece by piece, when that can't be done. Does not
know: where a section ends (``segment.sections``), paragraphs, how texts are written.

A long text is read through once before its first section is given. So a text that is damaged or
isn't in its encoding is reported as a whole, and no part of it is given.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from dedup.errors import InputError
from dedup.files import unreadable
from dedup.paragraph import Extent
from dedup.readers import containers
from dedup.readers.byte_streams import CHUNK, damage_of, open_unpacked, size_of
from dedup.readers.containers import Shard
from dedup.readers.file import STDIN, Decoder, undecodable
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged
from dedup.readers.remote import is_remote
from dedup.segment import sections
from dedup.segment.sections import Section

#: A text of more bytes than this, unpacked, is read section by section.
LONG = 4 << 20

#: The most unpacked bytes for a packed byte of a text. ``max_bytes`` are unpacked in any case.
_UNPACKED = 64

#: Copies of a line in memory while it is read and compared.
_HELD = 4


@dataclass(frozen=True, slots=True)
class LongText:
    """A text that is read section by section. Encoding it by ``encoding`` gives its bytes back."""

    shard: Shard
    encoding: str
    options: ReadOptions

    def sections(self) -> Iterator[Section]:
        """Read the sections. A line that is too long for memory comes as sections marked unread.

        Raises:
            InputError: the file has changed since it was read through.
        """
        path = self.shard.path
        try:
            texts = _decoded(self.shard, self.encoding, self.options.errors)
            yield from sections.read(texts, path, None, self.options.room // _HELD, self.encoding)
        except (UnicodeDecodeError, EOFError) as error:
            raise InputError(
                path, "it has changed while it was read", "run the command again"
            ) from error

    def skipped(self, section: Section) -> Damaged:
        """Make the Damaged for a line that is too long for memory."""
        options = self.options
        reason = f"a line of more than {options.room // _HELD:,} bytes in memory"
        remedy = "" if options.max_memory is None else "; give the job more --memory"
        place = f"line {section.line + 1}"
        return Damaged(self.shard.path, f"{reason}{remedy}", place, Extent.PART)


def long_text(shard: Shard, options: ReadOptions) -> LongText | Damaged | None:
    """Prepare to read a text by sections; None for a short one, Damaged if it can't be read.

    Raises:
        InputError: the text isn't in its encoding.

    Cost: reading the whole text, if it is long.
    """
    if shard.path == STDIN or not containers.named(shard.container).in_sections:
        return None
    local = not is_remote(shard.path)
    if local and not shard.packing and size_of(shard.path) <= LONG:
        return None
    head = _head(shard)
    if len(head) <= LONG:
        return None
    encoding = Decoder(options.encoding, options.errors).encoding_of(head)
    most = options.max_bytes
    if shard.packing and local:
        most = max(most, _UNPACKED * size_of(shard.path))
    return _looked_through(LongText(shard, encoding, options), most)


def _head(shard: Shard) -> bytes:
    with open_unpacked(shard.path, shard.packing) as stream:
        try:
            return stream.read(LONG + 1)
        except OSError as error:
            raise unreadable(shard.path, error) from error


def _looked_through(found: LongText, most: int) -> LongText | Damaged | None:
    """Read a text through, and check that its encoding decodes it and gives its bytes back.

    Args:
        most: the most bytes that are unpacked.
    """
    shard, errors = found.shard, found.options.errors
    size = line = 0
    same, cut = True, False
    owed = b""
    decoder = _codec(found.encoding).incrementaldecoder
    encoder = _codec(found.encoding).incrementalencoder
    if decoder is None or encoder is None:
        return _whole(found)
    decoding, encoding = decoder(errors), encoder(errors)
    ended = False
    with open_unpacked(shard.path, shard.packing) as stream:
        while not ended:
            raw = _read(shard, stream)
            ended = not raw
            size += len(raw)
            if shard.packing and size > most:
                return Damaged(
                    shard.path,
                    f"more than {most:,} bytes when unpacked; unpack it first to have it read",
                    None,
                    Extent.FILE,
                )
            waiting = decoding.getstate()[0]
            try:
                text = decoding.decode(raw, final=ended)
            except UnicodeDecodeError as error:
                before = size - len(raw) - len(waiting)
                behind = "\r" if cut else ""
                raise undecodable(shard.path, error, before, line - cut, behind) from error
            line += sections.line_ends(text) - (cut and text.startswith("\n"))
            cut = text.endswith("\r") if text else cut
            if same:
                owed += raw
                again = _encoded(encoding, text, ended)
                same = again is not None and owed.startswith(again)
                owed = owed[len(again or b"") :]
        damage = damage_of(stream)
    if damage:
        return Damaged(shard.path, damage, None, Extent.FILE)
    return found if same and not owed else _whole(found)


def _read(shard: Shard, stream: object) -> bytes:
    try:
        return stream.read(CHUNK)  # type: ignore[attr-defined, no-any-return]
    except OSError as error:
        raise unreadable(shard.path, error) from error


def _codec(encoding: str) -> codecs.CodecInfo:
    return codecs.lookup(encoding)


def _encoded(encoder: codecs.IncrementalEncoder, text: str, final: bool) -> bytes | None:
    try:
        return encoder.encode(text, final)
    except UnicodeEncodeError:
        return None


def _whole(found: LongText) -> Damaged | None:
    """Give None, to read a text as a whole, or Damaged if it is too long for memory.

    Such a text has an encoding that doesn't give its bytes back, so it can't be read by sections.
    """
    shard, options = found.shard, found.options
    if options.max_memory is None:
        return None
    size = size_of(shard.path) * (6 + 3 * 4) * (_UNPACKED if shard.packing else 1)
    if size <= options.room:
        return None
    reason = f"its bytes can't be written again by {found.encoding}, so it must fit into memory"
    return Damaged(shard.path, f"{reason}{options.beyond(size)}", None, Extent.FILE)


def _decoded(shard: Shard, encoding: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with open_unpacked(shard.path, shard.packing) as stream:
        while raw := _read(shard, stream):
            yield decoder.decode(raw)
        if damage_of(stream):
            raise EOFError(damage_of(stream))
    yield decoder.decode(b"", final=True)
