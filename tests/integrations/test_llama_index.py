"""LlamaIndex's nodes without the paragraphs seen before, in pipelines that cache and share."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import dedup

pytest.importorskip("llama_index.core", reason="llama-index-core is not installed")

from llama_index.core import Document
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.ingestion.pipeline import get_transformation_hash
from llama_index.core.schema import (
    BaseNode,
    ImageNode,
    IndexNode,
    MediaResource,
    MetadataMode,
    NodeRelationship,
    TextNode,
)
from llama_index.core.storage.docstore import SimpleDocumentStore

from dedup.integrations.llama_index import DedupTransform

LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
EDITED = LONG.replace("stone ", "")
OTHER = "seven lamps stood in the window of the council house all through that long winter"
THIRD = "nobody remembered afterwards who had first thought of painting the bridge in green"

Run = Callable[[IngestionPipeline, list[BaseNode]], list[BaseNode]]


def nodes() -> list[BaseNode]:
    resource = MediaResource(text=f"{OTHER}\n\n{EDITED}\n", mimetype="text/markdown")
    return [
        Document(text=f"{LONG}\n\nShort\n", metadata={"file_path": "a.md", "page": 1}, id_="1"),
        Document(text_resource=resource, id_="2", embedding=[1.0]),
        TextNode(text=LONG, id_="3"),
        TextNode(text=f"{THIRD}\n{LONG}", id_="4", start_char_idx=7, end_char_idx=200),
        TextNode(text="", id_="5"),
    ]


def texts(found: list[BaseNode]) -> list[tuple[str, str]]:
    return [(each.id_, each.get_content(metadata_mode=MetadataMode.NONE)) for each in found]


CLEANED = [("1", f"{LONG}\n\nShort\n"), ("2", f"{OTHER}\n"), ("4", f"{THIRD}\n"), ("5", "")]


def run(pipeline: IngestionPipeline, given: list[BaseNode]) -> list[BaseNode]:
    return [*pipeline.run(nodes=given)]


def arun(pipeline: IngestionPipeline, given: list[BaseNode]) -> list[BaseNode]:
    return [*asyncio.run(pipeline.arun(nodes=given))]


@pytest.fixture(params=[run, arun])
def run_pipeline(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.mark.parametrize("index", [None, ":memory:"])
def test_copies_go_and_nodes_without_text_with_them(run_pipeline: Run, index: str | None) -> None:
    transform = DedupTransform(index)
    pipeline = IngestionPipeline(transformations=[transform])
    given = nodes()
    found = run_pipeline(pipeline, given)
    assert texts(found) == CLEANED
    assert given == nodes(), "nodes that are given don't change"
    assert found[0].metadata == {"file_path": "a.md", "page": 1}
    assert found[1].embedding is None
    assert found[1].text_resource.mimetype == "text/markdown"
    assert (found[2].start_char_idx, found[2].end_char_idx) == (None, None)
    assert transform.counts == (5, 1, 7, 3)
    assert texts(run_pipeline(pipeline, found)) == CLEANED
    transform.close()


def test_the_cache_answers_only_where_the_answer_would_be_the_same() -> None:
    pipeline = IngestionPipeline(transformations=[DedupTransform()])
    assert texts(run(pipeline, nodes())) == CLEANED
    assert texts(run(pipeline, nodes())) == CLEANED
    assert pipeline.transformations[0].counts.documents == 5, "the second answer is the cache's"

    transform = DedupTransform(":memory:")
    pipeline = IngestionPipeline(transformations=[transform])
    first, second = ([TextNode(text=LONG, id_=name)] for name in ("a", "b"))
    for given, left in ((first, 1), (second, 0), (first, 1), (second, 0)):
        assert len(run(pipeline, given)) == left
    transform.close()


def test_components_are_equal_for_the_cache_where_their_fields_are() -> None:
    hashes = {
        get_transformation_hash(nodes(), each)
        for each in (
            DedupTransform(), DedupTransform(), DedupTransform(threshold=0.8),
            DedupTransform(markup="lines"), DedupTransform(note="gone"),
        )
    }  # fmt: skip
    assert len(hashes) == 4
    indexed = DedupTransform(":memory:")
    assert get_transformation_hash([], indexed) != get_transformation_hash([], indexed)


@pytest.mark.parametrize("form", ["dict", "json"])
def test_a_component_that_was_written_down_goes_on(tmp_path: Path, form: str) -> None:
    transform = DedupTransform(tmp_path / "seen.db", key="name", note="gone", threshold=0.75)
    given = [TextNode(text=LONG, metadata={"name": "a"})]
    assert len(transform(given)) == 1
    transform.close()
    if form == "dict":
        loaded = DedupTransform.from_dict(transform.to_dict())
    else:
        loaded = DedupTransform.from_json(transform.to_json())
    assert dict(loaded) == {**dict(transform), "index": str(tmp_path / "seen.db")}
    assert len(loaded(given)) == 1
    assert loaded([TextNode(text=EDITED, metadata={"name": "b"})]) == []
    loaded.close()


def test_a_password_is_not_written_down() -> None:
    transform = DedupTransform("redis://crawler:hunter2@host:6379/0?prefix=news")
    assert transform.to_dict()["index"] == "redis://crawler:***@host:6379/0?prefix=news"


def test_processes_share_an_index_in_a_file_and_nothing_else(tmp_path: Path) -> None:
    transform = DedupTransform(tmp_path / "seen.db", threshold=0.75, note="gone")
    assert len(transform([TextNode(text=LONG, id_="a")])) == 1
    sent = pickle.loads(pickle.dumps(transform))
    assert dict(sent) == dict(transform)
    assert sent([TextNode(text=EDITED, id_="b")]) == []
    sent.close()
    transform.close()
    with pytest.raises(TypeError, match="its own share of the documents only; give the path"):
        pickle.dumps(DedupTransform())
    with dedup.Index() as index:
        for each in (index, ":memory:"):
            with pytest.raises(TypeError, match="in memory can't be sent to another process; give"):
                pickle.dumps(DedupTransform(each))


def test_chunks_of_a_document_are_parts_of_one_page() -> None:
    parts = [LONG, OTHER, f"{THIRD}\n{LONG}", EDITED]
    source = {NodeRelationship.SOURCE: Document(text="", id_="a").as_related_node_info()}
    transform = DedupTransform(":memory:")
    for given in (parts, ["Preface", *parts], [f"{LONG}\n{OTHER}", *parts[2:]]):
        found = transform([TextNode(text=each, relationships=source) for each in given])
        left = [line for _, each in texts(found) for line in each.splitlines()]
        assert [each for each in left if each != "Preface"] == [LONG, OTHER, THIRD]
    transform.close()


def test_nodes_refer_to_the_next_one_behind_a_dropped_node() -> None:
    chain = [TextNode(text=each, id_=str(k)) for k, each in enumerate((OTHER, OTHER, OTHER, THIRD))]
    source = Document(text=OTHER, id_="whole")
    for before, after in pairwise(chain):
        before.relationships[NodeRelationship.NEXT] = after.as_related_node_info()
        after.relationships[NodeRelationship.PREVIOUS] = before.as_related_node_info()
    for each in chain:
        each.relationships[NodeRelationship.SOURCE] = source.as_related_node_info()
    parent = TextNode(text="Short", id_="parent")
    parent.relationships[NodeRelationship.CHILD] = [each.as_related_node_info() for each in chain]
    first, last, above = DedupTransform()([*chain, parent])
    assert (first.id_, first.next_node.node_id, first.prev_node) == ("0", "3", None)
    assert (last.id_, last.prev_node.node_id, last.next_node) == ("3", "0", None)
    assert [each.node_id for each in above.child_nodes] == ["0", "3"]
    assert last.ref_doc_id == "whole"
    assert chain[0].next_node.node_id == "1"


def test_nodes_that_hold_more_than_text_stay() -> None:
    given = [
        TextNode(text=LONG, id_="text"),
        ImageNode(text=LONG, image_url="https://example.org/a.png", id_="image"),
        IndexNode(text=LONG, index_id="table", id_="index"),
        Document(text=LONG, image_resource=MediaResource(data=b"a"), id_="document"),
    ]
    found = DedupTransform()(given)
    assert texts(found) == [("text", LONG), ("image", ""), ("index", ""), ("document", "")]


def test_notes_are_for_people_and_not_for_models() -> None:
    found = DedupTransform(note="gone")(nodes())
    assert [len(each.metadata["gone"]) for each in found] == [0, 1, 1, 0]
    assert found[1].metadata["gone"][0]["text"] == EDITED
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert "gone" not in found[1].get_metadata_str(mode)
    again = DedupTransform(note="gone")(found)
    assert again[1].excluded_llm_metadata_keys == ["gone"]


def test_a_docstore_knows_documents_that_did_not_change(tmp_path: Path) -> None:
    transform = DedupTransform(tmp_path / "seen.db")
    pipeline = IngestionPipeline(
        transformations=[transform], docstore=SimpleDocumentStore(),
        docstore_strategy="duplicates_only",
    )  # fmt: skip
    assert texts(run(pipeline, nodes())) == CLEANED
    assert run(pipeline, nodes()) == []
    transform.close()


def test_wrong_fields_are_named() -> None:
    with pytest.raises(ValueError, match="revisits is 'no'; it must be one of"):
        DedupTransform(revisits="no")
    with pytest.raises(TypeError, match="unexpected keyword argument 'threshhold'"):
        DedupTransform(threshhold=0.8)
    with pytest.raises(ValueError, match="document 1 has None in its metadata under 'file_path'"):
        DedupTransform(key="file_path")(nodes())
