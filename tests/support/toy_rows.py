"""A container for the test of its recipe: texts between lines of equals signs.

Knows: how such a file is read and written. It stands for the two modules of a container, one in
``dedup.readers`` and one in ``dedup.writers``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from dedup.paragraph import Document, Skipped
from dedup.readers.byte_streams import open_unpacked
from dedup.readers.containers import Shard
from dedup.readers.options import ReadOptions
from dedup.readers.record import Record
from dedup.writers.edits import Editor, WriteOptions
from dedup.writers.output import Output, packing_of_name, sink

BORDER = "====\n"


def read(
    shard: Shard, options: ReadOptions, stdin: BinaryIO | None
) -> Iterator[Document | Skipped]:
    """Read the documents of one file."""
    with open_unpacked(shard.path, shard.packing, stdin) as stream:
        texts = stream.read().decode(options.encoding).split(BORDER)
    for number, text in enumerate(texts, 1):
        yield Record(text, shard.path, f"text {number}", number)


def first_fields(shard: Shard, options: ReadOptions) -> list[str]:
    """List the fields of the first row: it has but the one."""
    return ["text"]


def write(
    shard: Shard, target: str, editor: Editor, reading: ReadOptions, writing: WriteOptions
) -> None:
    """Write a file anew."""
    with Output(target) as output:
        packed = editor.followed(sink(output, packing_of_name(target), writing.level))
        for each in read(shard, reading, None):
            assert isinstance(each, Record)
            border = BORDER if each.number > 1 else ""
            editor.history.read((border + each.text).encode())
            outcome = editor.outcome(each)
            new = border + (each.text if outcome.text is None else outcome.text)
            packed.write(new.encode())
            if outcome.text is not None:
                editor.history.changed(None, False, len(new.encode()))
        packed.end_member()
        editor.history.finish()


def undo(
    now: bytes, old: Callable[[str], str], encoding: str | None, reading: ReadOptions
) -> bytes:
    """Put the old text back behind its border."""
    text = now.decode()
    border = BORDER if text.startswith(BORDER) else ""
    return (border + old(text.removeprefix(BORDER))).encode()
