"""Write documents back to their files: one module for each container.

Knows: how a file is written anew. Does not know: which module writes which container (its row in
``readers.containers`` says it), how a document was cleaned.
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
    """A module that writes one container."""

    def write(
        self, shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
    ) -> None:
        """Write one file anew with the changes that the editor gives for its documents."""


class DocumentWriter(Writer, Protocol):
    """A module for a container in which every document has bytes of its own."""

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
    """Write one file anew with the texts that ``edit`` gives for its documents.

    Everything else in the container stays: fields, columns, records, and the bytes of documents
    that do not change. Either the file is written whole, or what was there before stays. Memory: as
    ``read_shard``; for Parquet also a row group, up to about 64 MB.

    Args:
        shard: the file to read.
        target: the file to write; its suffix says how it is packed. Its folder is created.
        edit: called once for each document, in the order of ``read_shard`` with the same options;
            returns the change, or None.
        reading, writing: the options.
        skipped: called with everything that cannot be read.
        history: records what it takes to undo the changes.
        edit_section: changes a plain text that does not fit in memory section by section.
        expect: called with some documents of rows and records before ``edit`` is called for each of
            them, so that they can be looked at together.

    Returns:
        How many documents there were, and what was done with them.

    Raises:
        InputError: for a file that cannot be read or written, and with ``strict`` for damage.
        MissingExtra: if the container needs a package that is not installed.

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
        container: one whose documents have bytes of their own.
        now: a whole text, a line of rows or a record, as it was written.
        old: gives the old text for the new one.
        encoding: the encoding of the file, if the container does not fix it.
        reading: the options with which the file was read.

    Raises:
        ValueError, LookupError, TypeError, RecursionError: if the bytes are no such document.

    """
    return cast(DocumentWriter, _writer(container)).undo(now, old, encoding, reading)
