"""Paths that are those of an index."""

from __future__ import annotations

from pathlib import Path

import dedup
from dedup.index.stores import is_index


def test_an_index_is_told_from_other_files(tmp_path: Path) -> None:
    with dedup.Index(tmp_path / "seen.db") as index:
        index.add("One.", "k")
    (tmp_path / "a.txt").write_text("One.\n")
    found = {each: is_index(str(tmp_path / each)) for each in ("seen.db", "a.txt", "nothing", "")}
    assert found == {"seen.db": True, "a.txt": False, "nothing": False, "": False}
    assert is_index("redis://host/0")
