"""Documents back to the WET they stood in, and pages of WARC to WET or JSON Lines.

Knows: the head of a record, its length and its digests. Does not know: how archives are cut and
packed, paragraphs.

Of a record that changes only its body, its length and the digests of its body change; one that
doesn't is copied as it stands, packed where it was packed on its own by gzip, and so is what is
damaged and what stands between records, as far as it can be unpacked. A page becomes a
record of the type ``conversion`` that refers to the record it came from, by an id that follows
from that record's.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import uuid
from collections.abc import Callable
from typing import cast

from dedup.errors import InputError
from dedup.paragraph import Document, Skipped
from dedup.readers.archives.records import Raw, records
from dedup.readers.archives.warc import Head, ParsedRecord, entries
from dedup.readers.containers import Shard, suffixes
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged, Record
from dedup.writers.edits import Batches, Editor, History, Outcome, WriteOptions
from dedup.writers.jsonl import line_of
from dedup.writers.output import Output, Sink, packing_of_name, sink

_LENGTH = re.compile(rb"(\nContent-Length[ \t]*:[ \t]*)\d+", re.IGNORECASE)
_DIGEST = re.compile(
    rb"(\r?\nWARC-(?:Block|Payload)-Digest[ \t]*:[ \t]*)([A-Za-z0-9-]+)(:)([^\s]*)", re.IGNORECASE
)

#: Digits of base 16 in the digests of each algorithm; those of base 32 are fewer.
_ALGORITHMS = {"sha1": 40, "md5": 32, "sha256": 64, "sha512": 128}


def write(
    shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
) -> None:
    """Write the documents of an archive anew, one record in memory at a time. Raises InputError.

    Cost: that of reading, 5 us a record, and that of packing what changed.
    """
    is_wet = suffixes(shard.path)[0] == "wet"
    to = writing.to or ("wet" if is_wet else "jsonl")
    if to == "jsonl":
        _to_jsonl(shard, target, editor, reading, writing)
    elif writing.note is not None:
        raise InputError(shard.path, "WET has no place for notes", "write JSONL instead")
    else:
        _to_wet(shard, target, editor, reading, writing, keep_others=is_wet)


def undo(
    now: bytes, old: Callable[[str], str], encoding: str | None, reading: ReadOptions
) -> bytes:
    """Put the old text back into a record of WET, which is UTF-8."""
    raw = next(records(io.BytesIO(now), "", len(now)))
    errors = text_errors(reading.errors)
    lenient = errors == "surrogateescape"
    text = cast(bytes, raw.body).decode("utf-8", "surrogateescape" if lenient else "strict")
    body = old(text).encode("utf-8", errors)
    return with_body(raw.head, body) + body + raw.gap


def _to_jsonl(
    shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
) -> None:
    with Output(target) as output:
        packed = editor.followed(sink(output, packing_of_name(target), writing.level))

        def put(entry: ParsedRecord) -> None:
            if isinstance(entry.found, Skipped):
                editor.skip(entry.found, lost=isinstance(entry.found, Damaged))
            elif isinstance(entry.found, Record):
                outcome = editor.outcome(entry.found)
                if not outcome.drop:
                    packed.write(_line(entry.found, outcome, writing.note))
            _tell(entry, editor)

        with Batches(editor, put) as batches:
            for entry in entries(shard, reading):
                batches.add(entry, entry.found, _size(entry))
        packed.end_member()
        editor.history.finish()


def _line(document: Record, outcome: Outcome, note: str | None) -> bytes:
    text = document.text if outcome.text is None else outcome.text
    fields: dict[str, object] = {"url": document.url, "date": document.date, "text": text}
    if outcome.noted and note is not None:
        fields[note] = outcome.note
    return line_of(fields)


def _to_wet(
    shard: Shard,
    target: str,
    editor: Editor,
    reading: ReadOptions,
    writing: WriteOptions,
    keep_others: bool,
) -> None:
    with Output(target) as output:
        packing = packing_of_name(target)
        packed = editor.followed(sink(output, packing, writing.level, archive=True))
        writer = _WetWriter(output, packed, reading, editor.history)
        copies = packing == shard.packing  # where records can be copied as they are packed

        def put(entry: ParsedRecord) -> None:
            writer.begin(entry.raw)
            if isinstance(entry.found, Skipped):
                written = keep_others and writer.copy(entry.raw)
                damaged = isinstance(entry.found, Damaged) and not keep_others
                editor.skip(entry.found, written, entry.raw.lost or damaged)
            elif isinstance(entry.found, Document):
                outcome = editor.outcome(entry.found)
                new = writer.put(entry, outcome)
                if outcome.text is not None and entry.raw.body is not None:
                    before, size = writer.beyond_text(entry, new), writer.size
                    editor.history.changed(before, outcome.drop, size)
            elif keep_others or entry.head.get(b"WARC-Type").lower() == b"warcinfo":
                writer.copy(entry.raw)
            _tell(entry, editor)

        with Batches(editor, put) as batches:

            def spill(piece: bytes) -> None:
                batches.empty()
                writer.spill(piece)

            for entry in entries(shard, reading, None, copies, spill if keep_others else None):
                batches.add(entry, entry.found, _size(entry))
        packed.end_member()  # of line ends at the end of the file
        editor.history.finish()


def _size(entry: ParsedRecord) -> int:
    """Count the bytes of a record."""
    return len(entry.raw.head) + len(entry.raw.body or b"")


def _tell(entry: ParsedRecord, editor: Editor) -> None:
    """Tell what of a document could not be read."""
    if entry.damage is not None:
        editor.skip(entry.damage)


class _WetWriter:
    """Writes records, each a member of its own."""

    def __init__(
        self, output: Output, packed: Sink, reading: ReadOptions, history: History
    ) -> None:
        self._output = output
        self._sink = packed
        self._history = history
        self._before = -1  # where began what is written piece by piece
        self._errors = text_errors(reading.errors)
        self.size = 0  # bytes of the record that was written last

    def put(self, entry: ParsedRecord, outcome: Outcome) -> bytes:
        """Write the record of a document, changed or as it was; a page as its text.

        Returns the head that was written with another text.
        """
        self.size = 0
        if outcome.drop:
            return b""
        is_text = entry.head.get(b"WARC-Type").lower() == b"conversion"
        if is_text and outcome.text is None:
            self.copy(entry.raw)
            return b""
        text = entry.found.text if outcome.text is None else outcome.text  # type: ignore[union-attr]
        body = text.encode("utf-8", self._errors)
        head = with_body(entry.raw.head, body) if is_text else _converted(entry.head, body)
        self.write(head + body + (entry.raw.gap or b"\r\n\r\n"))
        return head

    def beyond_text(self, entry: ParsedRecord, head: bytes) -> bytes | None:
        """Give a record as it was, where its text and the head written since don't give it back."""
        raw, text = entry.raw, entry.found.text  # type: ignore[union-attr]
        body = text.encode("utf-8", self._errors)
        if head and raw.gap and body == raw.body and with_body(head, body) == raw.head:
            return None
        return raw.head + (raw.body or b"") + raw.gap

    def copy(self, raw: Raw) -> bool:
        """Write a record as it stands, unless it was spilled; False where not all of it could be.

        What is damaged or too long was written piece by piece, before it is told.
        """
        if raw.damage or raw.body is None:
            return not raw.lost
        if not raw.head:
            return False
        if raw.packed is not None:
            self._output.write(raw.packed)
            for piece in (raw.head, raw.body, raw.gap):
                self._history.wrote(piece)
        else:
            self.write(raw.head + raw.body + raw.gap)
        return True

    def spill(self, piece: bytes) -> None:
        """Write a piece of what is in no whole record."""
        if self._before < 0:
            self._before = self._output.tell()
            self._history.mark()
        self._history.read(piece)
        self._sink.write(piece)

    def begin(self, raw: Raw) -> None:
        """Begin with an entry: end what was spilled before it, or take it back where it is lost.

        The beginning of a record without its end would swallow the records behind it.
        """
        if self._before >= 0:
            self._sink.end_member()
            if raw.lost:
                self._output.cut(self._before)
                self._history.take_back()
            self._before = -1
        for piece in (raw.head, raw.body, raw.gap) if raw.body is not None else ():
            self._history.read(piece)

    def write(self, record: bytes) -> None:
        """Write a record, packed by itself."""
        self._sink.write(record)
        self._sink.end_member()
        self.size = len(record)


def text_errors(errors: str) -> str:
    """Say how texts are encoded in records, by how they were decoded."""
    return "surrogateescape" if errors == "surrogateescape" else "replace"


def with_body(head: bytes, body: bytes) -> bytes:
    r"""Correct the length and the digests in the head of a record for another body.

    A digest of an algorithm that Python doesn't have is taken out.

    >>> with_body(b"WARC/1.0\r\nContent-Length: 3\r\n\r\n", b"four")
    b'WARC/1.0\r\nContent-Length: 4\r\n\r\n'
    """
    if found := _LENGTH.search(head):
        head = b"%b%d%b" % (head[: found.end(1)], len(body), head[found.end() :])
    if b"-digest" not in head.lower():
        return head
    return _DIGEST.sub(lambda found: _digest(found, body), head)


def _digest(found: re.Match[bytes], body: bytes) -> bytes:
    name = found[2].decode().lower().replace("-", "")
    if name not in _ALGORITHMS:
        return b""
    digest = hashlib.new(name, body, usedforsecurity=False).digest()
    if len(found[4]) == _ALGORITHMS[name]:
        return found[1] + found[2] + found[3] + digest.hex().encode()
    return found[1] + found[2] + found[3] + base64.b32encode(digest)


def _converted(head: Head, body: bytes) -> bytes:
    """Make the head of the text of a page."""
    source = head.get(b"WARC-Record-ID") or head.get(b"WARC-Target-URI")
    identity = uuid.uuid5(uuid.NAMESPACE_URL, source.decode("latin-1") + "#text")
    digest = base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest())
    lines = [
        (b"WARC-Type", b"conversion"),
        (b"WARC-Target-URI", head.get(b"WARC-Target-URI")),
        (b"WARC-Date", head.get(b"WARC-Date")),
        (b"WARC-Record-ID", f"<urn:uuid:{identity}>".encode()),
        (b"WARC-Refers-To", head.get(b"WARC-Record-ID")),
        (b"WARC-Block-Digest", b"sha1:" + digest),
        (b"Content-Type", b"text/plain"),
        (b"Content-Length", str(len(body)).encode()),
    ]
    written = [name + b": " + value.replace(b"\r", b"") for name, value in lines if value]
    return b"WARC/1.0\r\n" + b"\r\n".join(written) + b"\r\n\r\n"
