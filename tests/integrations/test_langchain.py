"""LangChain's documents without the paragraphs seen before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dedup
from tests.support import site

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.documents import BaseDocumentTransformer, Document

from dedup.integrations.langchain import DedupTransformer

LONG = "the ferry of line 12 leaves the old stone harbour at nine and comes back over the river"
EDITED = LONG.replace("stone ", "")
VARIANT = LONG.replace("12", "14")
OTHER = "seven lamps stood in the window of the council house all through that long winter"


def documents() -> list[Document]:
    return [
        Document(f"{LONG}\n\nShort\n", metadata={"source": "a.md", "page": 1}, id="1"),
        Document(f"{OTHER}\n\n{EDITED}\n", metadata={"source": "b.md", "page": 2}, id="2"),
        Document(f"{LONG}\n", metadata={"source": "c.md"}, id="3"),
        Document(f"{VARIANT}\n", metadata={"source": "d.md"}, id="4"),
        Document("", metadata={"source": "e.md"}, id="5"),
    ]


def cleaned() -> list[Document]:
    first, second, _, fourth, fifth = documents()
    return [first, second.model_copy(update={"page_content": f"{OTHER}\n"}), fourth, fifth]


def called(transformer: DedupTransformer, given: list[Document]) -> list[Document]:
    return transformer.transform_documents(given)


def awaited(transformer: DedupTransformer, given: list[Document]) -> list[Document]:
    return [*asyncio.run(transformer.atransform_documents(given))]


@pytest.fixture(params=[called, awaited])
def transform(request: pytest.FixtureRequest) -> Any:
    return request.param


Transform = Callable[[DedupTransformer, list[Document]], list[Document]]


def test_copies_go_and_documents_without_text_with_them(transform: Transform) -> None:
    for index in (None, ":memory:"):
        transformer = DedupTransformer(index)
        given = documents()
        assert transform(transformer, given) == cleaned()
        assert given == documents(), "documents that are given don't change"
        assert transformer.counts == (5, 1, 6, 2)
        transformer.close()
    assert isinstance(transformer, BaseDocumentTransformer)


def test_transforming_twice_changes_nothing_more(transform: Transform, tmp_path: Path) -> None:
    for index in (None, tmp_path / "seen.db"):
        transformer = DedupTransformer(index)
        assert transform(transformer, transform(transformer, documents())) == cleaned()
        assert transform(transformer, documents()) == cleaned()
        transformer.close()
    with dedup.Index(tmp_path / "seen.db") as opened:
        again = DedupTransformer(opened)
        assert transform(again, documents()) == cleaned()
        again.close()
        assert len(opened) == 3, "an index that was given open stays open"


def test_a_document_whose_lines_moved_keeps_its_own() -> None:
    transformer = DedupTransformer(":memory:")
    transformer.transform_documents(documents())
    new = "One that is new, long enough to be compared with all others that stand here."
    moved = Document(f"A line more.\n\n{new}\n\n{LONG}\n", metadata={"source": "a.md"})
    assert transformer.transform_documents([moved]) == [moved]
    taken = DedupTransformer(":memory:", revisits="remove")
    assert taken.transform_documents(documents()) == cleaned()
    assert [each.id for each in taken.transform_documents(documents())] == ["1", "5"]
    transformer.close()
    taken.close()


def test_chunks_of_one_source_are_parts_of_one_page() -> None:
    chunks = [
        Document(each, metadata={"source": "a.md"}) for each in (LONG, OTHER, EDITED, "Short")
    ]
    transformer = DedupTransformer(":memory:")
    for _ in range(2):
        kept = transformer.transform_documents(chunks)
        assert [each.page_content for each in kept] == [LONG, OTHER, "Short"]
    shifted = [Document("Preface", metadata={"source": "a.md"}), *chunks]
    kept = transformer.transform_documents(shifted)
    assert [each.page_content for each in kept] == ["Preface", LONG, OTHER, "Short"]
    transformer.close()


def test_documents_without_a_name_are_known_again_by_their_text() -> None:
    transformer = DedupTransformer(":memory:")
    given = [Document(f"{LONG}\n\n{OTHER}\n"), Document(f"{EDITED}\n\nA word.\n")]
    kept = transformer.transform_documents(given)
    assert [each.page_content for each in kept] == [given[0].page_content, "A word.\n"]
    assert all(each.id for each in kept)
    assert transformer.transform_documents(kept) == kept
    assert transformer.transform_documents(given) == kept
    transformer.close()
    assert [each.id for each in DedupTransformer().transform_documents(given)] == [None, None]


def test_removed_paragraphs_are_noted_where_asked_for() -> None:
    kept = DedupTransformer(note="gone").transform_documents(documents())
    assert [len(each.metadata["gone"]) for each in kept] == [0, 1, 0, 0]
    (note,) = kept[1].metadata["gone"]
    assert (note["text"], note["key"], note["kind"]) == (EDITED, "a.md#1", "near")
    assert kept[1].metadata["page"] == 2


def test_options_are_those_of_find_and_of_the_index(tmp_path: Path) -> None:
    for index in (None, ":memory:"):
        loose = DedupTransformer(index, variants="remove", key="source")
        assert [each.id for each in loose.transform_documents(documents())] == ["1", "2", "5"]
        loose.close()
    with dedup.Index(tmp_path / "seen.db", threshold=0.7) as opened:
        with pytest.raises(ValueError, match="threshold can't be chosen for an open index"):
            DedupTransformer(opened, threshold=0.8)
        with pytest.raises(dedup.RecipeMismatch):
            DedupTransformer(opened.path, threshold=0.8).transform_documents(documents())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"markup": "htm"}, "markup is 'htm'; it must be one of"),
        ({"revisits": "no"}, "revisits is 'no'; it must be one of 'remove', 'keep'"),
        ({"threshold": 2}, "threshold is 2"),
        ({"index": ":memory:", "threshold": 2}, "threshold is 2"),
        ({"threshhold": 0.8}, "unexpected keyword argument 'threshhold'"),
        ({"index": ":memory:", "rank": [1]}, "an index has no option 'rank'"),
        ({"index": 7}, "index is a int; it must be"),
    ],
)
def test_wrong_arguments_are_named_at_once(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises((ValueError, TypeError), match=said):
        DedupTransformer(**arguments)


def test_a_document_without_the_field_that_names_it_is_told() -> None:
    transformer = DedupTransformer(key="url")
    for name in (Path("a.md"), 7, "a"):
        given = [Document(LONG, metadata={"url": name})]
        assert transformer.transform_documents(given) == given
    with pytest.raises(ValueError, match="document 0 has None in its metadata under 'url'; key"):
        transformer.transform_documents(documents())


def test_many_documents_keep_what_find_keeps(tmp_path: Path) -> None:
    pages = site.make_pages(60)
    given = [
        Document("\n".join(page), metadata={"source": str(number)})
        for number, page in enumerate(pages)
    ]
    transformer = DedupTransformer(tmp_path / "seen.db", markup="lines")
    kept = transformer.transform_documents(given[:20]) + transformer.transform_documents(given[20:])
    transformer.close()
    with dedup.Index(tmp_path / "seen.db") as index:
        flags = iter(dedup.find([x for page in pages for x in page], recipe=index.recipe).kept)
    wanted = [[each for each in page if next(flags)] for page in pages]
    assert [each.page_content.splitlines() for each in kept] == [page for page in wanted if page]
