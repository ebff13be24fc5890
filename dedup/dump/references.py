"""References: files or an index that are never changed, and whose copies are removed elsewhere.

Knows: that references are read before all else, and how an index is read. Does not know: how
paragraphs are compared.

Copies among the references do not count, as in an index: a paragraph that matches only such a copy,
and not the paragraph that the copy repeats, stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from dedup.errors import InputError
from dedup.paragraph import Paragraph
from dedup.readers import ReadOptions
from dedup.scale import Page, Shard
from dedup.scale.inputs import from_paths

#: How many paragraphs of an index are read as one document.
_TOGETHER = 1_000


def reference_shards(paths: Sequence[str], markup: str, reading: ReadOptions) -> list[Shard]:
    """Make the shards of the references that paths lead to, in order. Raises InputError."""
    found: list[Shard] = []
    if paths:
        from dedup.index.stores import is_index  # Most jobs have none, and needn't wait for it.
    for path in paths:
        if is_index(path):
            found.append(_of_index(path))
        else:
            found += from_paths(path, markup, reading)
    return found


def _of_index(path: str) -> Shard:
    """Make the shard of an index. Raises StoreError, and InputError if the index holds no texts."""
    from dedup.index import Index

    with Index(path, readonly=True) as index:
        if not index.settings.texts:
            raise InputError(
                path, "it stores no texts to compare with", "make an index with store_texts=True"
            )
        stats = index.stats()
    return Shard(path, partial(_pages, path), stats.size, f"{stats.paragraphs} {stats.met}")


def _pages(path: str) -> Iterator[Page]:
    """Read the paragraphs of an index, a thousand at a time, in the order of their keys."""
    from dedup.index import Index

    with Index(path, readonly=True) as index:
        keys = iter(dict.fromkeys(met.key for met in index.counts()))
        while some := list(islice(keys, _TOGETHER)):
            every = [(key, text) for key in some for text in index.texts(key)]
            yield Page((Paragraph(text, path, key) for key, text in every), path, path)
