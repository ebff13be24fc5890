"""LlamaIndex: a transformation that takes the paragraphs seen before out of documents and nodes.

Knows: how pipelines call, cache and share transformations. Does not know: what belongs to the text
of a node (``llama_nodes``), how texts are compared (``documents``).

    IngestionPipeline(transformations=[DedupTransform("seen.db"), SentenceSplitter()])
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from dedup.errors import MissingExtra
from dedup.integrations.documents import BatchCleaner, Counts, IndexLike, address_of

try:
    from llama_index.core.bridge.pydantic import ConfigDict, PrivateAttr, field_serializer
    from llama_index.core.schema import BaseNode, TransformComponent
except ImportError as error:
    raise MissingExtra("llama-index-core", "llama-index") from error

from dedup.integrations import llama_nodes


class DedupTransform(TransformComponent):
    """Takes out of nodes the paragraphs that earlier nodes, or an index, hold already.

    Nodes that have nothing left are not returned. The nodes that are given don't change.

    key: the metadata field that names a node's document; None takes ``file_path``, ``url`` or its
    id. note: the field that gets the removed paragraphs. Others: see ``documents.BatchCleaner``.
    """

    model_config = ConfigDict(extra="allow")

    index: Any = None
    key: str | None = None
    markup: str = "auto"
    revisits: str = "keep"
    note: str | None = None
    _cleaner: BatchCleaner = PrivateAttr()

    def __init__(self, index: IndexLike = None, **fields: object) -> None:
        super().__init__(index=index, **fields)
        options = self.model_extra or {}
        self._cleaner = BatchCleaner(index, self.markup, self.revisits, **options)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which LlamaIndex writes the component down."""
        return "DedupTransform"

    @property
    def counts(self) -> Counts:
        """How many nodes and paragraphs were read and taken out so far."""
        return self._cleaner.counts

    def close(self) -> None:
        """Close the index, if it was opened here."""
        self._cleaner.close()

    @field_serializer("index")
    def _address(self, index: IndexLike) -> str | None:
        return address_of(index)

    def to_dict(self, **kwargs: object) -> dict[str, Any]:
        """Write the component down. With an index the answer is new each time, so no cache fits."""
        asked = {} if self.index is None else {"asked": uuid4().hex}
        return {**super().to_dict(**kwargs), **asked}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], **kwargs: object) -> DedupTransform:
        """Make the component that ``to_dict`` has written down."""
        return super().from_dict({name: data[name] for name in data if name != "asked"}, **kwargs)

    def __reduce__(self) -> tuple[object, ...]:
        """Let the processes of ``num_workers`` open the index. TypeError if there is none."""
        self._cleaner.check_shared()
        fields = {name: value for name, value in self if name != "index"}
        return partial(type(self), **fields), (self.index,)

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: object) -> list[BaseNode]:
        """Return the nodes that have something left. ``kwargs`` are ignored."""
        texts = [llama_nodes.named_text(node, self.key, place) for place, node in enumerate(nodes)]
        kept, dropped = [], {}
        for node, each in zip(nodes, self._cleaner.clean(texts), strict=True):
            if each.is_emptied and not llama_nodes.holds_more(node):
                dropped[node.node_id] = node
                continue
            node = llama_nodes.with_text(node, each.text) if each.removed else node
            kept.append(llama_nodes.with_note(node, self.note, each.notes) if self.note else node)
        return [llama_nodes.relinked(node, dropped) for node in kept] if dropped else kept

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: object) -> list[BaseNode]:
        """Do what a call does, in a thread."""
        return await asyncio.to_thread(self, nodes)
