"""What is kept of stored paragraphs in memory is bounded, and changes no answer."""

from __future__ import annotations

from pathlib import Path

import pytest

import dedup
from benchmarks.corpus import paragraphs as made
from dedup.index.sqlite import paragraphs
from dedup.index.sqlite.store import SqliteStore

TEXTS = made(200, seed=5, exact=0.1, edited=0.4).texts


def feed(path: Path) -> tuple[list[dedup.Match | None], SqliteStore]:
    """Add the texts in pages of seven, and return the answers."""
    with dedup.Index(path) as index:
        answers: list[dedup.Match | None] = []
        for at in range(0, len(TEXTS), 7):
            some = TEXTS[at : at + 7]
            answers += index.add_many(some, [f"k{at + row}" for row in range(len(some))])
        assert isinstance(index._store, SqliteStore)
        return answers, index._store


def test_answers_do_not_depend_on_how_much_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, _ = feed(tmp_path / "as usual.db")
    monkeypatch.setattr(paragraphs, "_MOST_SKETCHES", 5)
    monkeypatch.setattr(paragraphs, "_MOST_BYTES", 2000)
    answers, store = feed(tmp_path / "little.db")
    assert answers == expected
    assert sum(match is not None for match in answers) > 50
    assert len(store.paragraphs._sketches) < 40
    assert len(store.paragraphs._contents) < 40


def test_what_another_user_of_the_file_removed_is_kept_no_longer(tmp_path: Path) -> None:
    with dedup.Index(tmp_path / "a.db") as one, dedup.Index(tmp_path / "a.db") as other:
        one.add(TEXTS[0], "k0")
        edited = f"{TEXTS[0]} more"
        assert one.query(edited) is not None
        other.remove("k0")
        assert one.query(edited) is None
