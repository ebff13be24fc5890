"""LangChain: a document transformer that takes out the paragraphs seen before.

Knows: LangChain's documents, their ids and metadata. Does not know: how texts are compared
(``documents``).

    DedupTransformer("seen.db").transform_documents(loader.load())
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Unpack

from dedup.errors import MissingExtra
from dedup.integrations.documents import BatchCleaner, Counts, IndexLike, name_of
from dedup.removal import FindOptions

try:
    from langchain_core.documents import BaseDocumentTransformer, Document
except ImportError as error:
    raise MissingExtra("langchain-core", "langchain") from error

#: The metadata field that names a document: loaders and splitters of LangChain keep it.
_USUAL = ("source",)


class DedupTransformer(BaseDocumentTransformer):
    """Takes out of documents the paragraphs that earlier documents, or an index, hold already.

    Documents that have no text left are not returned. All others are, in order, with their
    metadata. The documents that are given don't change. Use it before texts are split into chunks.

    key: the metadata field that names a document. None takes ``source``, else the id. A document
    with neither is named by a hash of its text, and returned with this as its id where there is an
    index, so that it is known again. Documents of one name in one call are parts of one page.
    note: the metadata field that gets the removed paragraphs, a list of dicts; None for no note.
    index, markup, revisits, options: see ``documents.BatchCleaner``.
    """

    def __init__(
        self,
        index: IndexLike = None,
        *,
        key: str | None = None,
        markup: str = "auto",
        revisits: str = "keep",
        note: str | None = None,
        **options: Unpack[FindOptions],
    ) -> None:
        self._cleaner = BatchCleaner(index, markup, revisits, **options)
        self._key, self._note, self._indexed = key, note, index is not None

    @property
    def counts(self) -> Counts:
        """How many documents and paragraphs were read and taken out so far."""
        return self._cleaner.counts

    def close(self) -> None:
        """Close the index, if it was opened here."""
        self._cleaner.close()

    def transform_documents(
        self,
        documents: Sequence[Document],
        **kwargs: Any,  # noqa: ANN401 - as in the base class
    ) -> list[Document]:
        """Return the documents without the paragraphs seen before. ``kwargs`` are ignored.

        ``atransform_documents`` does the same in a thread.
        """
        named = [self._named(each, place) for place, each in enumerate(documents)]
        cleaned = self._cleaner.clean([(name, each.page_content) for name, each in named])
        kept = []
        for (_, document), each in zip(named, cleaned, strict=True):
            changed: dict[str, object] = {"page_content": each.text} if each.removed else {}
            if self._note is not None:
                changed["metadata"] = {**document.metadata, self._note: each.notes}
            if not each.is_emptied:
                kept.append(document.model_copy(update=changed) if changed else document)
        return kept

    def _named(self, document: Document, place: int) -> tuple[str, Document]:
        """Return the name of a document, and the document with an id where it needs one."""
        name = name_of(document.metadata, self._key, _USUAL, place) or document.id
        if name:
            return name, document
        name = hashlib.sha256(document.page_content.encode("utf-8", "surrogatepass")).hexdigest()
        return name, document.model_copy(update={"id": name}) if self._indexed else document
