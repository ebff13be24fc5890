"""The measure of what is read prints its tables, and counts what a folder holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import reading


def test_its_tables_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.html").write_bytes(b"<meta charset=utf-8><p>caf\xe9</p>")
    (tmp_path / "b.html").write_bytes(b"<p>words</p>")
    (tmp_path / "c.txt").write_bytes(b"caf\xe9")
    reading.main(["--times", "1", "--pages", str(tmp_path)])
    lines = capsys.readouterr().out.splitlines()
    assert "not read: none" in lines
    assert any(each.split()[:2] == ["x-gzip", "whole"] for each in lines)
    assert any(each.startswith(f"{tmp_path}: 2 read, ") for each in lines)
    assert "not read (part): 1; not read (file): 1" in lines
