"""Paths to documents, and to paragraphs.

Knows: which container holds what a path leads to. Does not know: how a container is opened (a
module each), markup, similarity.

A container is not a markup: whatever a document was unwrapped from, its text is cut by a segmenter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from dedup.paragraph import Document, Paragraph, Skipped
from dedup.readers import file
from dedup.segment import segmenter

#: One path, or several.
Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


def documents(
    paths: Paths, encoding: str = "utf-8", errors: str = "strict", stdin: BinaryIO | None = None
) -> Iterator[Document | Skipped]:
    """Read every document that the paths lead to, in order, one in memory at a time.

    A path is a file, a folder (all text files in it, by name, hidden ones left out) or "-" for
    standard input, whose bytes ``stdin`` gives where it isn't the process's own. Each file is read
    once, however often it is named. Bytes are decoded and nothing else: line ends stay, and so does
    a byte-order mark. Marks of UTF-8, UTF-16 and UTF-32 overrule an ``encoding`` of that family.
    ``errors`` is a name of Python's for what to do with bytes that are not ``encoding``.

    Raises InputError for what is missing, can't be read or isn't ``encoding``, and for a folder
    without any text; ValueError for an unknown encoding.
    """
    decoder = file.Decoder(encoding, errors)
    for found in file.walk(_listed(paths)):
        yield found if isinstance(found, Skipped) else decoder.read(found, stdin)


def read(
    paths: Paths,
    markup: str = "auto",
    encoding: str = "utf-8",
    errors: str = "strict",
    stdin: BinaryIO | None = None,
) -> Iterator[Paragraph | Skipped]:
    """Read every paragraph that the paths lead to: ``documents``, then ``paragraphs`` of each."""
    segment = segmenter(markup)
    for document in documents(paths, encoding, errors, stdin):
        if isinstance(document, Skipped):
            yield document
        else:
            yield from segment(document)


def _listed(paths: Paths) -> list[str]:
    if isinstance(paths, (str, os.PathLike)):
        paths = [paths]
    return [os.fspath(path) for path in paths]
