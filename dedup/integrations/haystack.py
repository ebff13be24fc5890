"""Haystack: a component that takes the paragraphs seen before out of documents.

Knows: Haystack's documents, and how its pipelines write components down. Does not know: how texts
are compared (``documents``).

    pipeline.add_component("dedup", DedupCleaner("seen.db"))
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Unpack

from dedup.errors import MissingExtra
from dedup.integrations.documents import BatchCleaner, Counts, IndexLike, name_of, written_address
from dedup.removal import FindOptions

try:
    from haystack import Document, component, default_from_dict, default_to_dict
    from haystack.utils import Secret
except ImportError as error:
    raise MissingExtra("haystack-ai", "haystack") from error

#: The metadata fields that name a document, which converters, fetchers and splitters set.
_USUAL = ("url", "file_path", "source_id")


@component
class DedupCleaner:
    """Takes out of documents the paragraphs that earlier documents, or an index, hold already.

    Documents that have no text and no blob left are not returned. All others are, in order, with
    their ids and metadata. The documents that are given don't change.

    key: the metadata field that names a document. None takes ``url``, ``file_path`` or
    ``source_id``, else the id. Documents of one name in one run are parts of one page. index: as in
    ``documents.BatchCleaner``, or a ``Secret`` that holds the address, where it has a password.
    markup, revisits, options: see ``documents.BatchCleaner``.
    """

    def __init__(
        self,
        index: IndexLike | Secret = None,
        *,
        key: str | None = None,
        markup: str = "auto",
        revisits: str = "keep",
        **options: Unpack[FindOptions],
    ) -> None:
        self._index = index
        self._rest = {"key": key, "markup": markup, "revisits": revisits, **options}
        path = index.resolve_value() if isinstance(index, Secret) else index
        self._key, self._cleaner = key, BatchCleaner(path, markup, revisits, **options)

    @property
    def counts(self) -> Counts:
        """How many documents and paragraphs were read and taken out so far."""
        return self._cleaner.counts

    def warm_up(self) -> None:
        """Open the index. The first run does so too."""
        self._cleaner.open()

    def close(self) -> None:
        """Close the index, if it was opened here."""
        self._cleaner.close()

    def to_dict(self) -> dict[str, Any]:
        """Write the component down. Raises ValueError for an index that can't be."""
        index = self._index if isinstance(self._index, Secret) else written_address(self._index)
        return default_to_dict(self, index=index, **self._rest)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DedupCleaner:
        """Make the component that ``to_dict`` has written down."""
        return default_from_dict(cls, data)

    @component.output_types(documents=list[Document], removed=list[dict[str, Any]])
    def run(self, documents: list[Document]) -> dict[str, Any]:
        """Return the ``documents`` that have something left, and the ``removed`` paragraphs."""
        texts = [(self._name(k, each), each.content or "") for k, each in enumerate(documents)]
        kept, removed = [], []
        for document, each in zip(documents, self._cleaner.clean(texts), strict=True):
            removed += [{"document": document.id, **note} for note in each.notes]
            changed = {"content": each.text, "embedding": None, "sparse_embedding": None}
            if not each.is_emptied or document.blob is not None:
                kept.append(replace(document, **changed) if each.removed else document)
        return {"documents": kept, "removed": removed}

    @component.output_types(documents=list[Document], removed=list[dict[str, Any]])
    async def run_async(self, documents: list[Document]) -> dict[str, Any]:
        """Do what ``run`` does, in a thread."""
        return await asyncio.to_thread(self.run, documents)

    def _name(self, place: int, document: Document) -> str:
        return name_of(document.meta, self._key, _USUAL, place) or document.id
