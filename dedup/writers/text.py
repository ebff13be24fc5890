"""A document back to the file it was.

Knows: packings, and that such a file is one document. Does not know: encodings, paragraphs.
"""

from __future__ import annotations

from dedup.errors import InputError
from dedup.readers import text
from dedup.readers.containers import Shard
from dedup.readers.file import TextFile
from dedup.readers.options import Options
from dedup.readers.record import Damaged
from dedup.writers.editing import Editor, WriteOptions
from dedup.writers.output import Output, packing_of_name, sink


def write(
    shard: Shard, target: str, editor: Editor, reading: Options, writing: WriteOptions
) -> None:
    """Write a file of text or HTML anew; none where it is damaged, or dropped. Raises InputError.

    What is not changed keeps its bytes, whatever its encoding. Raises InputError for pages that
    were read as their text, which can't be put back into them.
    """
    raw, damage = text.content(shard, reading)
    if damage:
        editor.skip(Damaged(shard.path, damage), lost=1)
        return
    document = text.document(shard, raw, reading)
    editor.history.entry()
    outcome = editor.outcome(document)
    if outcome.exact is not None:
        raw = outcome.exact
    elif outcome.text is not None:
        same = not outcome.drop and _encoded(document, document.text, reading) == raw
        editor.history.changed(None if same else raw, outcome.drop)
        raw = _encoded(document, outcome.text, reading)
    if outcome.drop:
        return
    with Output(target) as output:
        packed = sink(output, packing_of_name(target), writing.level)
        packed.write(raw)
        packed.end_member()


def _encoded(document: object, changed: str, reading: Options) -> bytes:
    if not isinstance(document, TextFile):
        source = getattr(document, "source", "")
        remedy = "read the source of such pages, with --pages source"
        raise InputError(source, "the text of a page can't be put back into it", remedy)
    return changed.encode(document.encoding, reading.errors)
