"""Haystack's documents without the paragraphs seen before, in pipelines that are written down."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dedup

pytest.importorskip("haystack", reason="haystack-ai is not installed")

from haystack import Document, Pipeline
from haystack.dataclasses import ByteStream
from haystack.utils import Secret

from dedup.integrations.haystack import DedupCleaner

LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
EDITED = LONG.replace("stone ", "")
OTHER = "seven lamps stood in the window of the council house all through that long winter"


def documents() -> list[Document]:
    return [
        Document(content=f"{LONG}\n\nShort\n", meta={"file_path": "a.md", "page": 1}),
        Document(content=f"{OTHER}\n\n{EDITED}\n", meta={"url": "b"}, embedding=[1.0, 2.0]),
        Document(content=LONG),
        Document(blob=ByteStream(b"no text")),
        Document(content=EDITED, blob=ByteStream(b"a picture")),
    ]


def cleaned() -> list[Document]:
    first, second, _, blob, picture = documents()
    return [
        first,
        replace(second, content=f"{OTHER}\n", embedding=None),
        blob,
        replace(picture, content=""),
    ]


def made(cleaner: DedupCleaner) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("dedup", cleaner)
    return pipeline


def run(pipeline: Pipeline, given: list[Document]) -> dict[str, Any]:
    answer: dict[str, Any] = pipeline.run({"dedup": {"documents": given}})["dedup"]
    return answer


def run_async(pipeline: Pipeline, given: list[Document]) -> dict[str, Any]:
    answer = asyncio.run(pipeline.run_async({"dedup": {"documents": given}}))
    return dict(answer["dedup"])


@pytest.mark.parametrize("call", [run, run_async])
@pytest.mark.parametrize("index", [None, ":memory:"])
def test_copies_go_and_documents_without_text_with_them(call: Any, index: str | None) -> None:
    pipeline = made(DedupCleaner(index))
    given = documents()
    answer = call(pipeline, given)
    assert answer["documents"] == cleaned()
    assert given == documents(), "documents that are given don't change"
    assert [(each["document"], each["text"], each["key"]) for each in answer["removed"]] == [
        (given[1].id, EDITED, "a.md#1"),
        (given[2].id, LONG, "a.md#1"),
        (given[4].id, EDITED, "a.md#1"),
    ]
    again = call(pipeline, answer["documents"])
    assert again == {"documents": cleaned(), "removed": []}
    pipeline.close()


def test_a_pipeline_that_was_written_down_goes_on_with_its_index(tmp_path: Path) -> None:
    path = str(tmp_path / "seen.db")
    pipeline = made(DedupCleaner(path, key="name", markup="lines", threshold=0.75))
    pipeline.warm_up()
    given = [Document(content=LONG, meta={"name": "a"})]
    assert run(pipeline, given)["documents"] == given
    written = pipeline.dumps()
    pipeline.close()
    loaded = Pipeline.loads(written, allowed_modules=["dedup.integrations.haystack"])
    assert loaded.to_dict() == pipeline.to_dict()
    assert run(loaded, given)["documents"] == given
    copy = [Document(content=EDITED, meta={"name": "b"})]
    assert run(loaded, copy)["documents"] == []
    assert loaded.get_component("dedup").counts == (2, 1, 2, 1)
    loaded.close()
    assert made(DedupCleaner()).to_dict()["components"]["dedup"]["init_parameters"] == {
        "index": None, "key": None, "markup": "auto", "revisits": "keep",
    }  # fmt: skip


def test_an_address_with_a_password_is_written_down_by_its_variable_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = "redis://crawler:hunter2@host:6379/0?prefix=news"
    with pytest.raises(ValueError, match=r"redis://crawler:\*\*\*@host:6379/0\?prefix=news holds"):
        DedupCleaner(address).to_dict()
    assert DedupCleaner("redis://host/0").to_dict()["init_parameters"]["index"] == "redis://host/0"
    monkeypatch.setenv("SEEN", address)
    pipeline = made(DedupCleaner(Secret.from_env_var("SEEN")))
    written = pipeline.dumps()
    assert "hunter2" not in written
    assert "SEEN" in written
    loaded = Pipeline.loads(written, allowed_modules=["dedup.*"])
    assert loaded.to_dict() == pipeline.to_dict()


def test_an_open_index_is_written_down_by_its_path(tmp_path: Path) -> None:
    with dedup.Index(tmp_path / "seen.db") as index:
        cleaner = DedupCleaner(index)
        assert cleaner.run(documents())["documents"] == cleaned()
        assert cleaner.to_dict()["init_parameters"]["index"] == str(tmp_path / "seen.db")
    with dedup.Index() as index, pytest.raises(ValueError, match="in memory can't be written down"):
        DedupCleaner(index).to_dict()


def test_wrong_arguments_and_documents_without_a_name_are_told() -> None:
    with pytest.raises(ValueError, match="markup is 'htm'; it must be one of"):
        DedupCleaner(markup="htm")
    with pytest.raises(TypeError, match="an index has no option 'workers'"):
        DedupCleaner(":memory:", workers=2)
    with pytest.raises(ValueError, match="document 1 has None in its metadata under 'url'; key"):
        DedupCleaner(key="url").run(documents()[1:])
