"""LlamaIndex's nodes: their names, a node with another text, and what they refer to.

Knows: metadata, which fields of a node are of its text, relationships. Does not know: which text is
taken out of a node, and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dedup.errors import MissingExtra
from dedup.integrations.documents import name_of

try:
    from llama_index.core.schema import BaseNode, MetadataMode, NodeRelationship
except ImportError as error:
    raise MissingExtra("llama-index-core", "llama-index") from error

#: The metadata fields that name a document, which readers set.
_NAMES = ("file_path", "url")

#: Fields that a node may hold beside its text.
_OTHERS = ("image_resource", "audio_resource", "video_resource", "image", "image_path",
           "image_url", "index_id")  # fmt: skip

#: Fields that describe the text of a node, and are wrong for another one.
_OF_TEXT = ("embedding", "text_embedding", "start_char_idx", "end_char_idx")


def named_text(node: BaseNode, key: str | None, place: int) -> tuple[str, str]:
    """Return the name of a node's document and the text of the node.

    key: the metadata field that holds the name; None takes a usual one, else the document's id.
    Raises ValueError, naming the node by its place, where ``key`` is not there.
    """
    name = name_of(node.metadata, key, _NAMES, place) or node.ref_doc_id or node.node_id
    return name, node.get_content(metadata_mode=MetadataMode.NONE)


def holds_more(node: BaseNode) -> bool:
    """Say whether a node holds a picture, a sound or a reference beside its text."""
    return any(getattr(node, name, None) for name in _OTHERS)


def with_text(node: BaseNode, text: str) -> BaseNode:
    """Return a copy of a node with another text, without embedding and character positions."""
    node = node.model_copy()
    for name in _OF_TEXT:
        if getattr(node, name, None) is not None:
            setattr(node, name, None)
    resource = getattr(node, "text_resource", None)
    if resource is None:
        node.set_content(text)
    else:
        changed = {"text": text, "embeddings": None}
        node.text_resource = resource.model_copy(update=changed)
    return node


def with_note(node: BaseNode, name: str, note: object) -> BaseNode:
    """Return a copy of a node with one more field in its metadata, which no model gets to read."""
    changed: dict[str, Any] = {"metadata": {**node.metadata, name: note}}
    for keys in ("excluded_embed_metadata_keys", "excluded_llm_metadata_keys"):
        changed[keys] = [*dict.fromkeys([*getattr(node, keys), name])]
    return node.model_copy(update=changed)


def relinked(node: BaseNode, dropped: Mapping[str, BaseNode]) -> BaseNode:
    """Return a node that refers to no dropped node, but to the next one behind it.

    dropped: nodes that are not returned, by their ids. The reference to the document that a node
    was cut from stays. Returns the node itself where nothing changes.
    """
    links: dict[NodeRelationship, Any] = {}
    for side, related in node.relationships.items():
        if isinstance(related, list):
            links[side] = [each for each in related if each.node_id not in dropped]
        elif side == NodeRelationship.SOURCE:
            links[side] = related
        elif (found := _behind(side, related, dropped)) is not None:
            links[side] = found
    return node if links == node.relationships else node.model_copy(update={"relationships": links})


def _behind(side: NodeRelationship, related: Any, dropped: Mapping[str, BaseNode]) -> Any:  # noqa: ANN401 - LlamaIndex's RelatedNodeInfo
    """Follow one relationship past the dropped nodes; None where nothing is behind them."""
    for _ in dropped:
        if related is None or related.node_id not in dropped:
            break
        related = dropped[related.node_id].relationships.get(side)
    return None if related is None or related.node_id in dropped else related
