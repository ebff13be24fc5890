"""Documents back to where they are kept: one module a container.

Knows: how a file is written anew. Does not know: which module writes which container (its row in
``readers.containers`` says), how a document was cleaned.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Protocol, cast

from dedup.errors import InputError
from dedup.paragraph import Skipped
from dedup.readers import containers
from dedup.readers.containers import Shard
from dedup.readers.options import ReadOptions
from dedup.writers.edits import (
    LEFT_OUT,
    Change,
    Edit,
    Editor,
    EditSection,
    Expect,
    History,
    Noted,
    Shortened,
    WriteOptions,
    Written,
)
from dedup.writers.file import output_name

__all__ = [
    "LEFT_OUT", "Change", "Edit", "Expect", "History", "Noted", "Shortened", "WriteOptions",
    "Written", "output_name", "undo", "write_shard",
]  # fmt: skip


class Writer(Protocol):
    """The module that writes a container anew."""

    def write(
        self, shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
    ) -> None:
        """Write one file anew, with what the editor says of each document."""


class DocumentWriter(Writer, Protocol):
    """The module that writes a container whose documents have bytes of their own in the file."""

    def undo(
        self, now: bytes, old: Callable[[str], str], encoding: str | None, reading: ReadOptions
    ) -> bytes:
        """Put the old text of a document back into its bytes, as ``undo`` below does."""


def _writer(container: str) -> Writer:
    return cast(Writer, import_module(containers.named(container).writer))


def write_shard(
    shard: Shard,
    target: str,
    edit: Edit,
    reading: ReadOptions | None = None,
    writing: WriteOptions | None = None,
    skipped: Callable[[Skipped], object] | None = None,
    history: History | None = None,
    edit_section: EditSection | None = None,
    expect: Expect | None = None,
) -> Written:
    """Write one file anew, with the texts that ``edit`` gives for its documents.

    ``edit`` is called once for each document, in the order and with the values of ``read_shard``
    with the same options, and gives its new text, or None for one that stays; what can't be read
    goes to ``skipped``; ``history`` is told what it takes to undo it. With ``edit_section`` a plain
    text that is too long to be held in memory is changed section by section. ``expect`` is given
    some documents of rows and records before ``edit`` is called for each. Everything else in the
    container stays: fields, columns, records, and the bytes of documents that stay. ``target`` says
    by its suffix how the file is packed; its folder is made.

    The file stands there whole, or what was there before still does. Raises InputError for what
    can't be read or written, and with ``strict`` for what is damaged; MissingExtra; and whatever
    ``edit`` raises. Memory: as ``read_shard``, and a row group for Parquet, up to some 64 MB.
    """
    reading, writing = reading or ReadOptions(), writing or WriteOptions()
    if os.path.realpath(target) == os.path.realpath(shard.path):
        raise InputError(target, "would replace what is being read", "choose another place with -o")
    editor = Editor(edit, reading, writing, skipped, history, edit_section, expect)
    _writer(shard.container).write(shard, target, editor, reading, writing)
    return editor.written()


def undo(
    container: str,
    now: bytes,
    old: Callable[[str], str],
    encoding: str | None,
    reading: ReadOptions,
) -> bytes:
    """Put the old text of one document back into the bytes that it has in a cleaned file.

    Args:
        container: whose files are not packed within.
        now: a whole text, a line of rows or a record, as it was written.
        old: gives the old text for the new one.
        encoding: that of the file, where it has one for itself.
        reading: the options with which the file was read.

    Raises:
        ValueError, LookupError, TypeError, RecursionError: for bytes that are no such document.

    """
    return cast(DocumentWriter, _writer(container)).undo(now, old, encoding, reading)
