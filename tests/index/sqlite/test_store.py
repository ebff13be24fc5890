"""The store in a file: nothing of a page, or all of it; what is refused; a batch."""

from __future__ import annotations

from pathlib import Path

import pytest

import dedup
from dedup.index.sqlite import cache
from dedup.index.sqlite.cache import Cache
from tests.support.index_files import KEYS, TEXTS, connection_of


def test_an_index_open_for_reading_refuses_to_store(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    with dedup.Index(path) as index:
        index.add(TEXTS[0], "a")
    with dedup.Index(path, readonly=True) as index:
        assert index.query(TEXTS[0]) is not None
        for change in (
            lambda: index.add(TEXTS[2], "b"),
            lambda: index.remove("a"),
            lambda: index.prune(max_items=0),
            index.compact,
        ):
            with pytest.raises(dedup.StoreError, match="it can't be written; nothing was stored"):
                change()
        assert len(index) == 1


def test_a_full_disk_stores_nothing_of_the_page(tmp_path: Path) -> None:
    path = tmp_path / "seen.db"
    texts = [f"{TEXTS[2]} {k} {k + 1} {k + 2} {k * k} {k * 7}" for k in range(3000)]
    keys = [str(k) for k in range(3000)]
    with dedup.Index(path, threshold=0.99) as index:
        index.add_many(texts[:100], keys[:100])
        run = connection_of(index).execute
        pages = run("PRAGMA page_count").fetchone()[0]
        run(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(dedup.StoreError, match="the disk is full; nothing of the page"):
            index.add_many(texts, keys)
        assert len(index) == 100
        assert index.check() == []
        run("PRAGMA max_page_count = 1000000")
        answers = index.add_many(texts, keys)
        assert [each is not None for each in answers[:100]] == [True] * 100
        assert index.check() == []


def test_an_error_inside_a_page_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with dedup.Index(tmp_path / "seen.db") as index:
        index.add(TEXTS[0], "a")
        calls = []

        def fail(*arguments: object) -> bool:
            calls.append(arguments)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("dedup.index.sqlite.compaction.sort_due", fail)
            with pytest.raises(KeyboardInterrupt):
                index.add_many(TEXTS[2:], KEYS[2:])
        assert calls
        assert index.query(TEXTS[2]) is None
        assert index.add(TEXTS[2], "b") is None
        assert index.check() == []


@pytest.mark.parametrize(
    "step",
    ["dedup.index.sqlite.blocks.blank", "dedup.index.sqlite.cache.Cache.follow"],
    ids=["texts", "mirror"],
)
@pytest.mark.parametrize("change", ["remove", "prune"])
def test_an_error_inside_a_removal_removes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, step: str
) -> None:
    def fail(*arguments: object) -> None:
        raise KeyboardInterrupt

    with dedup.Index(tmp_path / "seen.db") as index:
        index.add_many(TEXTS, KEYS)
        right = Cache.follow
        seen = []

        def fail_the_second_time(cache: Cache) -> None:
            seen.append(cache)
            return fail() if len(seen) == 2 else right(cache)

        with monkeypatch.context() as patch:
            patch.setattr(step, fail_the_second_time if "mirror" in step else fail)
            with pytest.raises(KeyboardInterrupt):
                index.remove(KEYS[0]) if change == "remove" else index.prune(max_items=1)
        assert len(index) == 3
        assert index.texts(KEYS[0]) == [TEXTS[0]]
        assert index.check() == []
        assert index.prune(max_items=1) == 2
        assert index.check() == []


def test_texts_are_read_anew_after_another_compacts_or_removes(tmp_path: Path) -> None:
    texts = [f"{TEXTS[2]} number{k} x{k} y{k} z{k} q{k} r{k}" for k in range(200)]
    keys = [f"page#{k}" for k in range(200)]
    path = tmp_path / "seen.db"
    with dedup.Index(path, threshold=0.95) as one, dedup.Index(path, threshold=0.95) as other:
        for begin in range(0, 200, 5):
            one.add_many(texts[begin : begin + 5], keys[begin : begin + 5])
        assert [other.texts(key) for key in keys] == [[text] for text in texts]
        assert other.texts(keys[3]) == [texts[3]]
        one.compact()
        assert other.texts(keys[8]) == [texts[8]]  # in one block with the other by now
        assert [other.texts(key) for key in keys] == [[text] for text in texts]
        one.remove(keys[27])
        one.compact()
        left = [[] if key == keys[27] else [text] for key, text in zip(keys, texts, strict=True)]
        assert [other.texts(key) for key in keys] == left
        assert other.query(texts[8]) is not None


def test_a_closed_index_says_so() -> None:
    index = dedup.Index()
    index.close()
    index.close()
    with pytest.raises(dedup.StoreError, match="it was closed"):
        index.query(TEXTS[0])


def test_an_index_made_from_a_batch_is_that_made_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks.corpus import paragraphs

    monkeypatch.setattr(cache, "RING", 512)
    texts = [*paragraphs(3000, seed=6, words=20).texts, "too short", *(["a b c d e f g h"] * 3)]
    stream = [*paragraphs(1000, seed=6, words=20).texts, *paragraphs(500, seed=8, words=20).texts]
    keys = [str(k) for k in range(len(texts))]
    with (
        dedup.Index.from_paragraphs(texts, tmp_path / "a.db", workers=1) as batch,
        dedup.Index(tmp_path / "b.db") as stepwise,
    ):
        stepwise.add_many(texts, keys)
        assert batch.check() == []
        assert [(m.key, m.count) for m in batch.counts()] == [
            (m.key, m.count) for m in stepwise.counts()
        ]
        more = [f"more{k}" for k in range(len(stream))]
        assert batch.add_many(stream, more) == stepwise.add_many(stream, more)
        assert batch.check() == []
    with pytest.raises(dedup.StoreError, match="it is not empty"):
        dedup.Index.from_paragraphs(texts, tmp_path / "a.db")
    places = [dedup.Paragraph(TEXTS[0], "a.txt", None, 7), dedup.Paragraph(TEXTS[2], "", "url", 9)]
    with dedup.Index.from_paragraphs(places) as index:
        assert [m.key for m in index.counts()] == ["a.txt#7", "url#9"]
    assert len(dedup.Index.from_paragraphs([])) == 0
