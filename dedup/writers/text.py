"""Write a document back to a file of text or HTML.

Knows: packings, and that such a file is one document. Does not know: encodings, paragraphs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dedup.cuts import Cut
from dedup.errors import InputError
from dedup.paragraph import Document, Extent
from dedup.readers.containers import Shard
from dedup.readers.file import TextFile
from dedup.readers.options import ReadOptions
from dedup.readers.record import Damaged
from dedup.readers.texts import charset, text
from dedup.readers.texts.long_texts import LongText, long_text
from dedup.segment import Section
from dedup.writers.edits import Editor, Outcome, WriteOptions
from dedup.writers.output import Output, packing_of_name, sink


def write(
    shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
) -> None:
    """Write a file of text or HTML anew, unless it is damaged or dropped.

    What does not change keeps its bytes, whatever its encoding. Raises InputError, also for pages
    that were read as their text, because the text cannot be put back into a page.
    """
    long = long_text(shard, reading) if editor.takes_sections else None
    if isinstance(long, Damaged):
        editor.skip(long, lost=1)
        return
    if long is not None:
        _write_long(long, target, editor, writing)
        return
    raw, damage = text.content(shard, reading)
    if damage:
        editor.skip(Damaged(shard.path, damage, None, Extent.FILE), lost=1)
        return
    document, damaged = text.document(shard, raw, reading)
    if damaged is not None:
        editor.skip(damaged, lost=document is None)
    if document is None:
        return
    editor.history.read(raw)
    outcome = editor.outcome(document)
    if outcome.drop:
        editor.history.changed(raw, True, 0)
        editor.history.finish()
        return
    new, undone = raw, True
    if outcome.text is not None:
        file = _written_back(document)
        same = _encoded(file, document.text, reading) == raw
        new = _changed(raw, file, outcome, reading, same)
        undone = same and _gives(new, outcome.text, file, reading)
    with Output(target) as output:
        packed = editor.followed(sink(output, packing_of_name(target), writing.level))
        packed.write(new)
        packed.end_member()
        if outcome.text is not None:
            editor.history.changed(None if undone else raw, False, len(new))
        editor.history.finish()


def undo(
    now: bytes, old: Callable[[str], str], encoding: str | None, reading: ReadOptions
) -> bytes:
    """Put the old text back into the bytes of a file."""
    encoding = encoding or reading.encoding
    return old(now.decode(encoding, reading.errors)).encode(encoding, reading.errors)


def _write_long(long: LongText, target: str, editor: Editor, writing: WriteOptions) -> None:
    """Write a text anew, a section in memory at a time."""
    size, changed = 0, False
    with Output(target) as output:
        packed = editor.followed(sink(output, packing_of_name(target), writing.level))
        for content, is_new in editor.outcomes(_sections(long, editor)):
            raw = content.encode(long.encoding, long.options.errors)
            packed.write(raw)
            size, changed = size + len(raw), changed or is_new
        packed.end_member()
        if changed:
            editor.history.changed(None, False, size)
        editor.history.finish()


def _sections(long: LongText, editor: Editor) -> Iterator[Section]:
    """Read the sections, and report what in them is unread."""
    for section in long.sections():
        if section.head:
            editor.skip(long.skipped(section), written=1)
        editor.history.read(section.text.encode(long.encoding, long.options.errors))
        yield section


def _written_back(document: Document) -> TextFile:
    if isinstance(document, TextFile):
        return document
    remedy = "read the source of such pages, with --pages source"
    raise InputError(document.source, "the text of a page can't be put back into it", remedy)


def _changed(
    raw: bytes, file: TextFile, outcome: Outcome, reading: ReadOptions, same: bool
) -> bytes:
    """Give the bytes of a changed text; what stays has those it had.

    same: whether the text of the file, encoded, gives its bytes.
    """
    assert outcome.text is not None
    encoded = _encoded(file, outcome.text, reading)
    if same or outcome.cuts is None:
        if encoded is None:
            raise InputError(
                file.source, f"its new text can't be written as {file.encoding}",
                "give another encoding with --encoding",
            )  # fmt: skip
        return encoded
    return _without(raw, file, outcome.cuts, reading.errors)


def rewritten(file: TextFile, changed: str, cuts: Sequence[Cut], errors: str) -> bytes:
    """Give the bytes of a plain text with cuts; what stays has those it had.

    changed: its text with the cuts. Raises InputError where its encoding doesn't allow it.
    """
    if file.raw is None:
        return changed.encode(file.encoding, errors)
    if not cuts:
        return file.raw
    new = _without(file.raw, file, cuts, errors)
    if new.decode(file.encoding, "replace" if errors == "strict" else errors) == changed:
        return new
    raise InputError(
        file.source, f"what stays of it can't keep the bytes it has in {file.encoding}",
        "convert it to UTF-8 first",
    )  # fmt: skip


def _without(raw: bytes, file: TextFile, cuts: Sequence[Cut], errors: str) -> bytes:
    """Take cuts out of the bytes of a file."""
    # Bytes that end within a character are decoded too, to find where it begins.
    lenient = "replace" if errors == "strict" else errors
    spans = [(each.start, each.end, each.instead) for each in cuts]
    return charset.without(raw, lambda part: file.decoded(part, lenient), spans, file.encoding)


def _encoded(file: TextFile, changed: str, reading: ReadOptions) -> bytes | None:
    """Encode a text as its file was; None where that isn't possible."""
    try:
        return changed.encode(file.encoding, reading.errors)
    except UnicodeEncodeError:
        return None


def _gives(new: bytes, text: str, file: TextFile, reading: ReadOptions) -> bool:
    """Say whether the new bytes are read as the new text."""
    try:
        return new.decode(file.encoding, reading.errors) == text
    except UnicodeError:
        return False
