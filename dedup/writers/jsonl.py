"""Write documents back to JSON Lines, or to new lines.

Knows: where in a line the text stands, how it was escaped. Does not know: packings, paragraphs.

Only the value of the text changes in a line; the order of fields, the spelling of numbers and the
spaces stay. Lines without a document, malformed ones too, are copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from json.encoder import encode_basestring, encode_basestring_ascii

import orjson

from dedup.paragraph import Document, Skipped
from dedup.readers.containers import Shard
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged
from dedup.readers.rows import jsonl
from dedup.readers.texts import charset
from dedup.writers.edits import Batches, Editor, Outcome, WriteOptions
from dedup.writers.output import Output, packing_of_name, sink

#: What stands between the key and the value of a field.
_COLON = re.compile(rb"[ \t]*+:[ \t]*+")

_SURROGATE = re.compile("[\ud800-\udfff]")


def write(
    shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
) -> None:
    """Write a file of JSON Lines anew. Raises InputError.

    Memory: a line, or about 1 MB of short ones. Cost: reading; 2 us a line, and 10 us and 20 ns a
    byte if it changes; packing.
    """
    with Output(target) as output:
        packed = editor.followed(sink(output, packing_of_name(target), writing.level))
        packed.write(b"")  # so that a file without a line is packed too
        read = editor.history.read

        def put(line: jsonl.Line) -> None:
            read(line.raw)
            if isinstance(line.found, Document):
                outcome = editor.outcome(line.found)
                new, undone = _changed(line, line.found.text, outcome, reading, writing)
                packed.write(new)
                if outcome.text is not None:
                    before = None if undone else line.raw
                    editor.history.changed(before, outcome.drop, len(new))
                return
            if isinstance(line.found, Skipped):
                lost = isinstance(line.found, Damaged) and not line.raw
                editor.skip(line.found, bool(line.raw), lost)
            packed.write(line.raw)

        with Batches(editor, put) as batches:
            for line in jsonl.lines(shard, reading):
                batches.add(line, line.found, len(line.raw))
        packed.end_member()
        editor.history.finish()


def undo(
    now: bytes, old: Callable[[str], str], encoding: str | None, reading: ReadOptions
) -> bytes:
    """Put the old text back into a line, which is UTF-8."""
    line = now.decode("utf-8", "surrogateescape")
    start, end = jsonl.span_of(line, reading.text_field) or (0, 0)
    text: str = json.loads(line[start:end])
    return with_text(now, reading.text_field, old(text), text, errors=reading.errors)[0]


def _changed(
    line: jsonl.Line, old: str, outcome: Outcome, reading: ReadOptions, writing: WriteOptions
) -> tuple[bytes, bool]:
    """Change a line, to nothing where it is dropped; say whether its ``old`` text undoes that."""
    if outcome.drop:
        return b"", False
    raw, undone = line.raw, True
    field, errors = reading.text_field, reading.errors
    if outcome.text is not None:
        raw, undone = with_text(raw, field, outcome.text, old, line.encoding, errors)
        undone = undone and line.encoding == "utf-8"  # what undoes it knows no other
    if outcome.noted and writing.note is not None:
        raw, undone = with_field(raw, writing.note, outcome.note, line.encoding), False
    return raw, undone


def with_text(
    raw: bytes, field: str, text: str, old: str, encoding: str = "utf-8", errors: str = "strict"
) -> tuple[bytes, bool]:
    r"""Put another text in a line of JSON that has that field; all other bytes stay.

    Says too whether to put ``old`` back in the same way would give the line again. errors: how
    the line was decoded; it is what counts where the line is JSON only without the bytes that are
    not UTF-8, as where such a byte follows a backslash.

    >>> before = b'{"n": 1.50, "text": "a\\u00e9b"}\n'
    >>> line, undone = with_text(before, "text", "a\u00e9", "a\u00e9b")
    >>> line, undone
    (b'{"n": 1.50, "text": "a\\u00e9"}\n', True)
    """
    if encoding == "utf-8" and (errors == "strict" or raw.isascii()):
        usual = _with_usual_text(raw, field, text, old)
        if usual is not None:
            return usual
    span = _span_of_bytes(raw, field, encoding)
    if span is None:
        return _with_text_as_read(raw.decode(encoding, errors), field, text, encoding), False
    start, end = span
    literal = raw[start:end]
    new = _literal(text, literal, encoding)
    return raw[:start] + new + raw[end:], _literal(old, new, encoding) == literal


def _with_usual_text(raw: bytes, field: str, text: str, old: str) -> tuple[bytes, bool] | None:
    """Do as ``with_text`` in a line that is like most; None for any other.

    The old text stands there as orjson writes it, or as Python's own library does: in ASCII. The
    line has no escapes beside it and names the field once, so no other key can be the field.
    """
    key = b'"%b"' % field.encode()
    at = raw.find(key)
    colon = _COLON.match(raw, at + len(key)) if at >= 0 else None
    if colon is None:
        return None
    escaped = raw.isascii() and not _is_plain(old)
    try:
        literal, new = map(_in_ascii if escaped else orjson.dumps, (old, text))
    except TypeError:  # a lone surrogate
        return None
    start = colon.end()
    end = start + len(literal)
    if not raw.startswith(literal, start) or raw.find(key, end) >= 0:
        return None
    if b"\\" in raw[:start] or b"\\" in raw[end:]:
        return None
    # How the new literal is written follows from the old one, and back; see ``literal_of``.
    if _has_slashes(old) or _has_slashes(text):
        return None
    if not escaped and literal.isascii() and not _is_plain(text):
        return None
    return raw[:start] + new + raw[end:], escaped or not new.isascii() or _is_plain(old)


def _span_of_bytes(raw: bytes, field: str, encoding: str) -> tuple[int, int] | None:
    """Find where the value of a field stands in the bytes of a line; None as of ``_span``."""
    if encoding == "utf-8" and field.isascii() and _is_whole(raw):
        # As Latin-1 every byte is a character. The signs of JSON are ASCII, and so is the field.
        return _span(raw.decode("latin-1"), field, sound=True)
    line = _decoded(raw, encoding)
    span = _span(line, field, encoding == "utf-8" and _is_whole(raw))
    return span and _bytes_at(raw, line, span, encoding)


def _literal(text: str, like: bytes, encoding: str) -> bytes:
    """Write a text as ``literal_of`` does, in an encoding."""
    if encoding == "utf-8" and b"\\/" not in like and (not like.isascii() or _is_plain(text)):
        try:
            return orjson.dumps(text)
        except TypeError:  # a lone surrogate
            pass
    return _encoded(literal_of(text, like.decode(encoding, "surrogateescape")), encoding)


def _has_slashes(text: str) -> bool:
    """Say whether a slash follows a backslash. One character is found sooner than two."""
    return "\\" in text and "\\/" in text


def _in_ascii(text: str) -> bytes:
    """Write a text as Python's own library does."""
    return encode_basestring_ascii(text).encode()


def _is_plain(text: str) -> bool:
    """Say whether a text has the same literal in ASCII as in UTF-8."""
    return text.isascii() and "\x7f" not in text


def _decoded(raw: bytes, encoding: str) -> str:
    """Decode a line, with as little lost as its encoding allows where it is damaged."""
    if encoding == "utf-8":
        return raw.decode(encoding, "surrogateescape")
    return raw.decode(encoding, "replace")


def _bytes_at(raw: bytes, line: str, span: tuple[int, int], encoding: str) -> tuple[int, int]:
    """Say where in the bytes of a line a span of its characters stands."""
    if raw.isascii() and len(raw) == len(line):
        return span
    if encoding == "utf-8":
        start = len(line[: span[0]].encode(encoding, "surrogateescape"))
        return start, start + len(line[slice(*span)].encode(encoding, "surrogateescape"))
    line_end = "\n".encode(encoding)
    start, end = charset.offsets(raw, lambda part: _decoded(part, encoding), span, line_end)
    return start, end


def _encoded(literal: str, encoding: str) -> bytes:
    """Encode a literal of JSON, with what its encoding doesn't have escaped."""
    try:
        return literal.encode(encoding)
    except UnicodeEncodeError:
        return "".join(
            each if _has(encoding, each) else json.dumps(each)[1:-1] for each in literal
        ).encode(encoding)


def _has(encoding: str, character: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _with_text_as_read(line: str, field: str, text: str, encoding: str) -> bytes:
    """Put another text in a line that is JSON only as it was decoded for reading."""
    span = _span(line, field)
    if span is None:
        raise ValueError(f"there is no field {field!r} in this line")
    start, end = span
    return _encoded(line[:start] + literal_of(text, line[start:end]) + line[end:], encoding)


def _is_whole(raw: bytes) -> bool:
    """Say whether a line is UTF-8, so that it is decoded here as it was to be read."""
    if raw.isascii():
        return True
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _span(line: str, field: str, sound: bool = False) -> tuple[int, int] | None:
    """Find a field in a line; None where it is no JSON, or hasn't it. sound: as ``span_of``."""
    try:
        return jsonl.span_of(line, field, sound)
    except (ValueError, IndexError):
        return None


def literal_of(text: str, like: str = "") -> str:
    r"""Write a text as JSON does, with what is escaped in a literal ``like`` it escaped too.

    >>> print(literal_of("/\ud800"), literal_of("\u00e9/", r'"\u00e9 a\/b"'))
    "/\ud800" "\u00e9\/"
    """
    write = encode_basestring_ascii if like and like.isascii() else encode_basestring
    literal = write(text)
    if "\\/" in like:
        literal = literal.replace("/", "\\/")
    try:
        literal.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", literal)
    return literal


def with_field(raw: bytes, name: str, value: object, encoding: str = "utf-8") -> bytes:
    r"""Add a field at the end of a line that holds an object with fields.

    >>> with_field(b'{"text": "a"}\r\n', "cut", [[0, 1]])
    b'{"text": "a", "cut": [[0, 1]]}\r\n'
    """
    line = _decoded(raw, encoding)
    end = line.rindex("}")
    at = len(line[:end].rstrip())
    start, stop = _bytes_at(raw, line, (at, end), encoding)
    added = f", {literal_of(name)}: {json.dumps(value)}"
    return raw[:start] + _encoded(added, encoding) + raw[stop:]


def line_of(fields: dict[str, object]) -> bytes:
    """Make a line of fields, in their order."""
    inside = ", ".join(
        f"{literal_of(name)}: {literal_of(value) if isinstance(value, str) else json.dumps(value)}"
        for name, value in fields.items()
    )
    return f"{{{inside}}}\n".encode()
