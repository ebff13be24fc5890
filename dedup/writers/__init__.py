"""Documents back to where they are kept: one module a container.

Knows: which container is written how. Does not know: how a document was cleaned.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType

from dedup.errors import InputError
from dedup.paragraph import Skipped
from dedup.readers.containers import Shard
from dedup.readers.options import Options
from dedup.writers import jsonl, parquet, text, warc
from dedup.writers.editing import (
    LEFT_OUT,
    Change,
    Edit,
    Editor,
    EditSection,
    History,
    Noted,
    Shortened,
    WriteOptions,
    Written,
)
from dedup.writers.names import output_name

__all__ = [
    "LEFT_OUT", "Change", "Edit", "History", "Noted", "Shortened", "WriteOptions",
    "Written", "output_name", "write_shard",
]  # fmt: skip

_WRITERS: Mapping[str, Callable[[Shard, str, Editor, Options, WriteOptions], None]]
_WRITERS = MappingProxyType(
    {
        "text": text.write,
        "html": text.write,
        "jsonl": jsonl.write,
        "parquet": parquet.write,
        "warc": warc.write,
    }
)


def write_shard(
    shard: Shard,
    target: str,
    edit: Edit,
    reading: Options | None = None,
    writing: WriteOptions | None = None,
    skipped: Callable[[Skipped], object] | None = None,
    history: History | None = None,
    edit_section: EditSection | None = None,
) -> Written:
    """Write one file anew, with the texts that ``edit`` gives for its documents.

    ``edit`` is called once for each document, in the order and with the values of ``read_shard``
    with the same options, and gives its new text, or None for one that stays; what can't be read
    goes to ``skipped``; ``history`` is told what it takes to undo it. With ``edit_section`` a plain
    text that is too long to be held in memory is changed section by section. Everything else in the
    container stays: fields, columns, records, and the bytes of documents that stay. ``target`` says
    by its suffix how the file is packed; its folder is made.

    The file stands there whole, or what was there before still does. Raises InputError for what
    can't be read or written, and with ``strict`` for what is damaged; MissingExtra; and whatever
    ``edit`` raises. Memory: as ``read_shard``, and a row group for Parquet, up to some 64 MB.
    """
    reading, writing = reading or Options(), writing or WriteOptions()
    if os.path.realpath(target) == os.path.realpath(shard.path):
        raise InputError(target, "would replace what is being read", "choose another place with -o")
    editor = Editor(edit, reading, writing, skipped, history, edit_section)
    _WRITERS[shard.container](shard, target, editor, reading, writing)
    return editor.written()
